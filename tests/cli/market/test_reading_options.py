"""How files are to be read, said on the command line: of both files, of the task's alone, of rows to predict."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import Result

from builders.consortium import Consortium, consortium, fairpool
from fairpool.cli.reading_options import advised_as_options
from fairpool.ground.errors import InputError

GERMAN = (
    "--separator",
    ";",
    "--decimal",
    ",",
    "--rename",
    "Alter=age",
    "--recode",
    "sex:m=male,sex:w=female",
)
PLAIN_TASK = ("--task-option", "separator=", "--task-option", "decimal=")


@pytest.fixture
def files(tmp_path: Path) -> Consortium:
    return consortium(tmp_path)


def in_german(files: Consortium, name: str) -> None:
    """Semicolons, decimal commas, another name, other texts."""
    rows = pd.read_csv(files.file(name)).rename(columns={"age": "Alter"})
    rows["sex"] = rows["sex"].map({"male": "m", "female": "w"})
    rows.to_csv(files.file(name), index=False, sep=";", decimal=",")


def value(files: Consortium, *options: str) -> Result:
    rows, task = str(files.file("north.csv")), str(files.file("validation.csv"))
    return fairpool("value", rows, "--task", task, "--label", "ill", *options)


def test_the_tasks_file_may_be_of_another_make(files: Consortium):
    """A German spreadsheet's rows for a plain task with a mark, and the other way round: worth what clean files are."""
    plain = value(files).stdout
    in_german(files, "north.csv")
    assert value(files, *GERMAN, *PLAIN_TASK).stdout == plain
    consortium(files.folder)
    in_german(files, "validation.csv")
    of_task = [
        f"{key.removeprefix('--')}={said}" for key, said in zip(GERMAN[::2], GERMAN[1::2], strict=True)
    ]
    assert value(files, *(word for one in of_task for word in ("--task-option", one))).stdout == plain


def test_what_is_wrong_with_a_file_advises_options_that_reach_it(files: Consortium):
    """For both files the option itself, for the task's the one that is for it alone; each advice leads on."""
    in_german(files, "north.csv")
    files.cell("validation.csv", 4, "bmi", "?")
    said = value(files).stderr
    assert "north.csv: got columns separated by semicolons" in said
    assert said.endswith("set --separator ';' and --decimal ,\n")
    said = value(files, "--separator", ";", "--decimal", ",").stderr
    assert "validation.csv: got columns separated by commas" in said
    assert "set --task-option separator=," in said
    said = value(files, *GERMAN, *PLAIN_TASK).stderr
    assert "validation.csv, row 4, column 'bmi': got '?'" in said
    assert "if it means missing, --task-option 'missing=?' says so" in said
    assert value(files, *GERMAN, *PLAIN_TASK, "--task-option", "missing=?").exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--task-option", "seperator=;"], "--task-option: got 'seperator=;'"),
        (["--task-option", "seperator=;"], "did you mean 'separator'?"),
        (["--task-option", "missing"], "expected OPTION=VALUE with one of categorical"),
        (["--task-option", "rename=Alter"], "--task-option rename: got 'Alter', expected OLD=NEW"),
        (["--task-option", "skip-lines=two"], "--task-option skip-lines: got 'two', expected a whole number"),
        (["--task-option", "decimal=,"], "validation.csv: --task-option decimal: got ',', which separates"),
        (["--task-option", "rename=Alter=age"], "validation.csv, column 'Alter': rename: got no such column"),
        (["--recode", "sex=1"], "--recode: got 'sex=1', expected COLUMN:OLD=NEW"),
        (["--recode", "sxe:m=1"], "north.csv, column 'sxe': recode: got no such column"),
        (["--recode", "sxe:m=1"], "recode: got no such column; did you mean 'sex'?"),
        (["--rename", "sex=gender", "--exclude", "sex"], "'sex' was renamed to 'gender': exclude names"),
        (["--recode", "ill:yes=1"], "recode: got the label; --labels OLD=NEW,OLD=NEW recodes it"),
    ],
)
def test_an_option_that_says_nothing_is_refused(files: Consortium, options: list[str], message: str):
    """Exit code 2, one line, nothing written."""
    before = files.tree()
    result = value(files, *options, "--out", str(files.file("worth.csv")))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert message in result.stderr
    assert files.tree() == before


@pytest.mark.long
def test_rows_to_predict_may_be_of_another_make_than_the_round(files: Consortium):
    """What is wrong advises options that `fairpool predict` has, and with them the answers are those of clean rows."""
    files.change("MARKET.toml", '"nearest"\nlearner-options = { neighbours = 3 }', '"naive-bayes"')
    assert files.run().exit_code == 0
    ask = ("predict", str(files.out / "models" / "North.onnx"), str(files.file("west.csv")))
    plain = fairpool(*ask).stdout
    in_german(files, "west.csv")
    assert "set --separator ';' and --decimal ,\n" in fairpool(*ask).stderr
    assert fairpool(*ask, *GERMAN).stdout == plain
    files.change("west.csv", ";False;", ";?;")
    advised = fairpool(*ask, *GERMAN).stderr
    assert "column 'smoker': got '?'" in advised
    assert "--missing '?' says so" in advised
    assert fairpool(*ask, *GERMAN, "--missing", "?").exit_code == 0
    unmet = fairpool(*ask, *GERMAN[:4], "--rename", "Alt=age")
    assert (unmet.exit_code, unmet.stdout) == (2, "")


def test_every_advice_of_a_message_becomes_an_option():
    """Whatever the value is in TOML; what is left open is said by its form, and words that are none stay."""
    words = {
        "skip-lines = 2 leaves it out": "--skip-lines 2 leaves it out",
        "columns = [..] names them": "--columns NAME,NAME,.. names them",
        'missing-in = { chol = ["0", "9"] } says': "--missing-in chol=0,chol=9 says",
        'recode = { "a b" = { m = "1" } } says': "--recode 'a b:m=1' says",
        'labels = { "NA" = ".." } says': "--labels NA=.. says",
        "got 'x = 2', expected a number": "got 'x = 2', expected a number",
        'recode.sex has no entry for "d": add "d" = ".." there': (
            '--recode for sex has no entry for "d": add sex:d=.. there'
        ),
        'labels has no entry for "a b", "c": add "a b" = "..", "c" = ".." there': (
            '--labels has no entry for "a b", "c": add \'a b=..,c=..\' there'
        ),
        'recode.sex makes "d" of another text: correct it there': (
            '--recode for sex makes "d" of another text: correct it there'
        ),
    }
    for toml, option in words.items():
        with pytest.raises(InputError) as said, advised_as_options():
            raise InputError(toml, file="rows.csv", row=3, column="a")
        assert str(said.value) == f"rows.csv, row 3, column 'a': {option}"
