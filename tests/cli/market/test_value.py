"""`fairpool value`: what every row is worth, as CSV."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import Result

from builders.consortium import Consortium, consortium, fairpool
from fairpool.cli.market.value import likely_task
from fairpool.files.table_file import read_dataset
from fairpool.learning.row_valuation.values import row_values
from fairpool.tables.dataset import Dataset
from fairpool.tables.schema import Kind, agree_schema
from fairpool.tables.treatment.preprocessing import learn_preprocessing


@pytest.fixture
def files(tmp_path: Path) -> Consortium:
    return consortium(tmp_path)


def value(files: Consortium, *options: str, label: str = "ill", rows: str = "north.csv") -> Result:
    task = str(files.file("validation.csv"))
    return fairpool("value", str(files.file(rows)), "--task", task, "--label", label, *options)


@pytest.mark.parametrize(("label", "task"), [("ill", Kind.CLASSIFICATION), ("bmi", Kind.REGRESSION)])
def test_worth_is_that_of_the_learning_room(files: Consortium, label: str, task: Kind):
    """The treatment of a round, then exact K-nearest-neighbour Shapley values, for text and number labels."""
    result = value(files, "--neighbours", "3", label=label)
    assert result.exit_code == 0
    found = pd.read_csv(io.StringIO(result.stdout))
    train, wanted = (read_dataset(files.file(name), label=label) for name in ("north.csv", "validation.csv"))
    treatment = learn_preprocessing(agree_schema([wanted], [train], task=task, features=None), [wanted])
    columns = [(treatment.apply(data), treatment.labels(data)) for data in (train, wanted)]
    expected = row_values(*columns[0], *columns[1], neighbours=3)
    assert list(found["row"]) == list(range(2, 14))
    assert set(found["kind"]) == {task.value}
    assert found["worth"].to_numpy() == pytest.approx(expected, rel=1e-11, abs=1e-15)


def test_rows_are_called_by_their_lines(files: Consortium):
    """Blank lines count, as in a text editor."""
    lines = files.file("north.csv").read_text().splitlines()
    files.file("north.csv").write_text("\n".join([*lines[:3], "", *lines[3:]]))
    found = pd.read_csv(io.StringIO(value(files).stdout))
    assert list(found["row"]) == [2, 3, *range(5, 15)]


def test_parquet_is_worth_what_csv_is(files: Consortium):
    """Rows are then counted from 1."""
    pd.read_csv(files.file("north.csv")).to_parquet(files.file("north.parquet"))
    csv, parquet = (
        pd.read_csv(io.StringIO(value(files, rows=f"north.{kind}").stdout)) for kind in ("csv", "parquet")
    )
    assert list(parquet["row"]) == list(range(1, 13))
    assert list(parquet["worth"]) == list(csv["worth"])


def test_json_is_one_document(files: Consortium):
    """With the sum, which is the score of the K nearest neighbours of all rows."""
    document = json.loads(value(files, "--json").stdout)
    assert (document["kind"], document["neighbours"]) == ("classification", 5)
    assert document["sum"] == pytest.approx(sum(row["worth"] for row in document["rows"]))
    assert [row["row"] for row in document["rows"]] == list(range(2, 14))


def test_out_gets_what_stdout_would(files: Consortium):
    """And stdout the summary, or the document."""
    plain = value(files)
    expected = plain.stdout
    result = value(files, "--out", str(files.file("worth.csv")))
    assert (result.stdout, result.stderr) == (plain.stderr, "")
    assert files.file("worth.csv").read_text() == expected
    assert json.loads(value(files, "--json", "--out", str(files.file("worth.csv"))).stdout)["rows"]


def test_features_are_the_columns_rows_are_compared_by(files: Consortium):
    """As if the files had no other columns."""
    chosen = value(files, "--features", "age, smoker").stdout
    for name in ("north.csv", "validation.csv"):
        files.without(name, "bmi")
        files.without(name, "sex")
    assert value(files).stdout == chosen


def test_a_kind_that_is_named_is_taken(files: Consortium):
    """Ages as classes would be no classification that anybody asked for."""
    for name in ("north.csv", "validation.csv"):
        files.change_all(name, "yes", "1")
        files.change_all(name, "no", "0")
    auto, numbers = (
        json.loads(value(files, "--json", "--kind", kind).stdout) for kind in ("auto", "regression")
    )
    assert (auto["kind"], numbers["kind"]) == ("classification", "regression")
    assert auto["sum"] != numbers["sum"]


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        (["a", "b"], Kind.CLASSIFICATION),
        ([True, False], Kind.CLASSIFICATION),
        ([0, 1, 2], Kind.CLASSIFICATION),
        ([0.5, 1.0], Kind.REGRESSION),
        (list(range(21)), Kind.REGRESSION),
    ],
)
def test_the_likely_kind_follows_from_the_labels(labels: list[object], task: Kind):
    """Texts, truth values and few whole numbers that all rows share are classes."""
    frame = pd.DataFrame({"x": np.arange(len(labels)), "y": labels})
    task_rows = Dataset.from_frame(frame, label="y")
    assert likely_task(task_rows, task_rows) is task


def test_whole_numbers_that_the_task_does_not_know_are_no_classes():
    """A row of 8 where the task has 12 and 35: near is better than equal."""
    task, rows = (
        Dataset.from_frame(pd.DataFrame({"x": [0, 1], "y": labels}), label="y")
        for labels in ([12, 35], [8, 35])
    )
    assert likely_task(task, rows) is Kind.REGRESSION


def test_a_summary_tells_what_stands_out(files: Consortium):
    """How many rows of how many harm, what they are worth together, and the worst by their lines."""
    found = pd.read_csv(io.StringIO(value(files).stdout))
    harmful = found[found["worth"] < 0].sort_values("worth")
    assert len(harmful), "the example has a row that harms"
    said = value(files).stderr
    assert "12 rows valued for the 12 rows of" in said
    assert "as a classification" in said
    assert f"{len(harmful)} worth less than 0" in said
    assert f"worst rows: {harmful['row'].iloc[0]} (" in said
    document = json.loads(value(files, "--json").stdout)
    assert [row["row"] for row in document["worst"]] == list(harmful["row"])
    assert document["summary"]["harm"] == pytest.approx(harmful["worth"].sum())


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ([0, 1, 2, 3, 4], [0, 1], Kind.REGRESSION),
        ([0, 1, 2], [2, 1, 0, 0], Kind.CLASSIFICATION),
        (["a", "b"], [1, 2], Kind.CLASSIFICATION),
        ([0.5, 1.0], [1, 2], Kind.REGRESSION),
    ],
)
def test_the_likely_kind_does_not_depend_on_the_order_of_the_files(one, other, kind):
    """Whichever holds the rows and whichever the task."""
    first, second = (
        Dataset.from_frame(pd.DataFrame({"x": range(len(labels)), "y": labels}), label="y")
        for labels in (one, other)
    )
    assert likely_task(first, second) is likely_task(second, first) is kind


def test_classes_that_may_have_been_taken_for_amounts_are_told(files: Consortium):
    """0 to 2 in one file, 0 and 1 in the other: a note, and the option that decides."""
    for name in ("north.csv", "validation.csv"):
        files.change_all(name, "yes", "1")
        files.change_all(name, "no", "0")
    files.cell("north.csv", 4, "ill", "2")
    result = value(files)
    assert "regression" in result.stdout
    assert "say --kind classification" in result.stderr


def test_files_are_read_as_the_options_say(files: Consortium):
    """Semicolons, decimal commas, a mark for missing, another name, a recoded label: worth what clean files are."""
    expected = value(files).stdout
    for name in ("north.csv", "validation.csv"):
        rows = pd.read_csv(files.file(name)).rename(columns={"age": "Alter"})
        rows["ill"] = rows["ill"].map({"yes": 3, "no": 0})
        rows.to_csv(files.file(name), index=False, sep=";", decimal=",")
    layout = ("--separator", ";", "--decimal", ",", "--missing", "?,-9")
    found = value(files, *layout, "--rename", "Alter=age", "--positive", "ill > 0")
    assert found.stdout == expected
    refused = value(files, "--separator", ";", "--decimal", ",", "--rename", "Alte=age")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "column 'Alte': rename: got no such column" in refused.stderr
    refused = value(files, "--labels", "0")
    assert "--labels: got '0', expected OLD=NEW" in refused.stderr


def test_a_page_shows_the_worst_rows(files: Consortium):
    """One file, nothing from outside, texts escaped."""
    files.change_all("north.csv", "yes", "<b>yes")
    files.change_all("validation.csv", "yes", "<b>yes")
    result = value(files, "--report", str(files.file("rows.html")), "--out", str(files.file("worth.csv")))
    assert result.exit_code == 0
    page = files.file("rows.html").read_text()
    worst = pd.read_csv(files.file("worth.csv")).sort_values("worth")["row"].iloc[0]
    assert f'<bdi class="named">{worst}</bdi>' in page
    assert "<svg" in page
    assert "<b>yes" not in page
    assert not re.search(r"(src|href)=.http", page)


@pytest.mark.parametrize(
    ("spoil", "options", "message"),
    [
        (lambda f: f.file("north.csv").unlink(), [], "north.csv: there is no such file"),
        (lambda f: f.file("validation.csv").unlink(), [], "validation.csv: there is no such file"),
        (lambda f: f.without("validation.csv", "ill"), [], "validation.csv, column 'ill': got no such label"),
        (lambda f: f.without("north.csv", "ill"), [], "north.csv, column 'ill': got no such label"),
        (lambda f: f.cell("north.csv", 4, "ill", "maybe"), [], "north.csv, row 4, column 'ill': got 'maybe'"),
        (lambda f: f.cell("north.csv", 4, "age", "old"), [], "north.csv, row 4, column 'age': got 'old'"),
        (lambda f: f.column("validation.csv", "ill", "yes"), [], "got the one class 'yes'"),
        (lambda f: f.column("validation.csv", "ill", "1"), ["--kind", "regression"], "got the same label in every row"),
        (lambda _: None, ["--kind", "guess"], "--kind: got 'guess', expected auto, classification, regression"),
        (lambda _: None, ["--kind", "regression"], "validation.csv, row 2, column 'ill': got 'yes', expected a number"),
        (lambda _: None, ["--features", "age,weight"], "north.csv, column 'weight': got no such feature"),
        (lambda _: None, ["--features", "age,ill"], "got the label among the features"),
        (lambda f: f.file("worth").write_text(""), ["--out", "worth/a.csv"], "cannot write there"),
    ],
)  # fmt: skip
def test_bad_input_is_one_message(files: Consortium, spoil, options: list[str], message: str, monkeypatch):
    """Exit code 2, nothing on stdout, nothing written."""
    monkeypatch.chdir(files.folder)
    if "regression" in options:
        files.change_all("north.csv", "yes", "1")
        files.change_all("north.csv", "no", "0")
    spoil(files)
    before = files.tree()
    result = value(files, "--json", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert files.tree() == before


def test_all_texts_that_do_not_fit_are_told_at_once(files: Consortium):
    """Of both files, one line for each answer, as `fairpool check` tells them; advice is for the file it is of."""
    for row, text in ((3, "ja"), (5, "nein"), (6, "ja")):
        files.cell("north.csv", row, "smoker", text)
    files.cell("north.csv", 4, "age", "forty")
    files.cell("north.csv", 8, "ill", "maybe")
    files.cell("validation.csv", 2, "bmi", "?")
    result = value(files)
    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    said = [line.partition(", expected")[0].rpartition("/")[2] for line in lines]
    assert sorted(said) == [
        "north.csv, row 3, column 'smoker': got 'ja' here and in 1 more row and 'nein' in row 5",
        "north.csv, row 4, column 'age': got 'forty'",
        "north.csv, row 8, column 'ill': got 'maybe'",
        "validation.csv, row 2, column 'bmi': got '?'",
    ]
    assert all(line.startswith("fairpool: ") for line in lines)
    assert any("--task-option 'missing=?' says so" in line for line in lines)
    assert any("--labels maybe=.. says which" in line for line in lines)
    assert any("--missing forty says so" in line and "--categorical age says so" in line for line in lines)


def test_a_label_under_another_name_is_advised_to_be_renamed(files: Consortium):
    """Of the rows, and of the task, whose option is its own."""
    files.change("north.csv", "ill", "krank")
    assert value(files).stderr.endswith("'krank': if it is 'ill', --rename krank=ill says so\n")
    assert value(files, "--rename", "krank=ill").exit_code == 0
    files.change("north.csv", "krank", "ill")
    files.change("validation.csv", "ill", "krank")
    assert value(files).stderr.endswith("if it is 'ill', --task-option rename=krank=ill says so\n")
