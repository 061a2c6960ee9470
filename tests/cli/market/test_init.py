"""`fairpool init`: a market file from a folder, which runs, says why, and overwrites nothing."""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from builders.consortium import consortium, fairpool
from fairpool.cli.market import init as door
from fairpool.files.market.market_file import read_market_file
from fairpool.files.market.round_inputs import read_inputs
from fairpool.market.options import Work
from fairpool.market.settling import settle_agreed

PRICE = ("--unit-price", "500.00 EUR")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of a consortium, without a market file."""
    consortium(tmp_path).market.unlink()
    return tmp_path


def nets(market: Path) -> list[int]:
    inputs = read_inputs(read_market_file(market))
    return settle_agreed(inputs.agreement, rng=inputs.rng, work=Work()).statement["net"].tolist()


def test_a_market_file_is_written_that_settles(folder: Path):
    """One party for each file but the validation file, found by its name; the label is the last shared column."""
    result = fairpool("init", str(folder), *PRICE)
    assert result.exit_code == 0, result.stderr
    found = tomllib.loads((folder / "MARKET.toml").read_text())
    assert found["data"]["label"] == "ill"
    assert found["data"]["validation"] == "validation.csv"
    assert [party["name"] for party in found["party"]] == ["North", "South", "West"]
    assert found["market"]["unit-price"] == "500.00 EUR"
    assert "label = 'ill', the last column that all files have" in result.stderr
    assert sum(nets(folder / "MARKET.toml")) == 0


def test_what_files_look_like_is_guessed_and_said_why(folder: Path):
    """Semicolons, decimal commas, Latin-1, a mark among numbers, other capitals, no header: the same settlement."""
    fairpool("init", str(folder), *PRICE)
    plain = nets(folder / "MARKET.toml")
    (folder / "MARKET.toml").unlink()
    south = (
        pd.read_csv(folder / "south.csv")
        .rename(columns={"age": "Age", "sex": "SEX"})
        .assign(note="für später")
    )
    text = south.to_csv(index=False, sep=";", decimal=",", na_rep="?")
    (folder / "south.csv").write_bytes(text.encode("latin-1"))
    north = (folder / "north.csv").read_text().partition("\n")[2]
    (folder / "north.csv").write_text(north)
    west = pd.read_csv(folder / "west.csv").astype({"bmi": object})
    (folder / "west.csv").unlink()
    west.to_csv(folder / "west.txt", index=False, sep="\t")
    result = fairpool("init", str(folder), *PRICE, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    parties = {party["name"]: party for party in tomllib.loads(document["toml"])["party"]}
    assert parties["South"]["separator"] == ";"
    assert parties["South"]["decimal"] == ","
    assert parties["South"]["encoding"] in ("latin-1", "cp1252")
    assert parties["South"]["rename"] == {"Age": "age", "SEX": "sex"}
    assert parties["North"]["columns"] == ["age", "bmi", "smoker", "sex", "ill"]
    assert parties["West"]["separator"] == "\t"
    assert any(
        reason.startswith("south.csv: decimal") and "numbers such as" in reason
        for reason in document["reasons"]
    )
    assert nets(folder / "MARKET.toml") == plain


def test_files_of_an_archive_keep_their_own_names_and_layouts(folder: Path):
    """``processed.north.data`` and ``processed.south.data`` are no two parties called Processed; one has a header."""
    for name in ("north", "south"):
        text = (folder / f"{name}.csv").read_text().partition("\n")[2]
        (folder / f"processed.{name}.data").write_text(text)
        (folder / f"{name}.csv").unlink()
    (folder / "validation.csv").write_text((folder / "validation.csv").read_text().partition("\n")[2])
    result = fairpool("init", str(folder), *PRICE, "--label", "ill")
    assert result.exit_code == 0, result.stderr
    found = tomllib.loads((folder / "MARKET.toml").read_text())
    assert [party["name"] for party in found["party"]] == ["Processed north", "Processed south", "West"]
    assert found["party"][2]["columns"] == [], "takes back what [data] says"
    assert sum(nets(folder / "MARKET.toml")) == 0


def test_marks_among_numbers_are_found(folder: Path):
    """? in a column of numbers; a word among texts is left alone."""
    rows = pd.read_csv(folder / "west.csv", dtype=str)
    rows.loc[3, "age"], rows.loc[4, "bmi"] = "?", "unknown"
    rows.to_csv(folder / "west.csv", index=False)
    assert fairpool("init", str(folder), *PRICE).exit_code == 0
    found = tomllib.loads((folder / "MARKET.toml").read_text())
    assert set(found["party"][2]["missing"]) == {"?", "unknown"}


def test_a_label_of_amounts_gets_a_score_of_amounts(folder: Path):
    """Decimal numbers are no classes."""
    assert fairpool("init", str(folder), *PRICE, "--label", "bmi").exit_code == 0
    found = tomllib.loads((folder / "MARKET.toml").read_text())
    assert (found["market"]["learner"], found["market"]["score"]) == ("ridge", "r2")
    assert sum(nets(folder / "MARKET.toml")) == 0


def test_parquet_needs_no_keys(folder: Path):
    """A party's Parquet file beside CSV files with semicolons."""
    pd.read_csv(folder / "south.csv").to_parquet(folder / "south.parquet")
    (folder / "south.csv").unlink()
    for name in ("north", "west", "validation"):
        path = folder / f"{name}.csv"
        path.write_text(path.read_text().replace(",", ";"))
    assert fairpool("init", str(folder), *PRICE).exit_code == 0
    found = tomllib.loads((folder / "MARKET.toml").read_text())
    assert found["data"]["separator"] == ";"
    assert set(found["party"][1]) == {"name", "train"}


def test_nothing_is_overwritten_and_nothing_is_written_that_would_not_run(folder: Path):
    """A market file that is there stays; a cell that a run would refuse is told, and no file is left."""
    (folder / "MARKET.toml").write_text("mine")
    result = fairpool("init", str(folder), *PRICE)
    assert (result.exit_code, (folder / "MARKET.toml").read_text()) == (2, "mine")
    assert "is not overwritten" in result.stderr
    (folder / "MARKET.toml").unlink()
    rows = pd.read_csv(folder / "south.csv", dtype=str)
    rows.loc[2, "age"] = "forty"
    rows.to_csv(folder / "south.csv", index=False)
    before = sorted(folder.iterdir())
    result = fairpool("init", str(folder), *PRICE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "south.csv, row 4, column 'age': got 'forty'" in result.stderr
    assert "nothing was written" in result.stderr
    assert sorted(folder.iterdir()) == before


def test_what_cannot_be_known_is_asked_for_by_its_option(folder: Path):
    """The price; the validation file where no name says which it is; a column that is not there."""
    assert "--unit-price is missing" in fairpool("init", str(folder)).stderr
    assert (
        "label: got 'il', expected one of age"
        in fairpool("init", str(folder), *PRICE, "--label", "il").stderr
    )
    (folder / "validation.csv").rename(folder / "zurich.csv")
    result = fairpool("init", str(folder), *PRICE)
    assert "--validation is missing (no name says so): expected one of north.csv" in result.stderr
    assert fairpool("init", str(folder), *PRICE, "--validation", "zurich.csv").exit_code == 0
    (folder / "empty").mkdir()
    assert "got 0 files of rows" in fairpool("init", str(folder / "empty"), *PRICE).stderr
    assert "there is no such folder" in fairpool("init", str(folder / "none"), *PRICE).stderr


def test_files_that_programs_keep_beside_others_are_no_parties(folder: Path):
    """Hidden ones, macOS's and Excel's: left out, and said."""
    for name in (".hidden.csv", "._north.csv", "~$north.csv"):
        (folder / name).write_bytes(b"\x00\x05\x16\x07")
    result = fairpool("init", str(folder), *PRICE, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    names = [party["name"] for party in tomllib.loads(document["toml"])["party"]]
    assert names == ["North", "South", "West"]
    for name in (".hidden.csv", "._north.csv", "~$north.csv"):
        assert any(one.startswith(f"{name} is left out") for one in document["reasons"])
        assert f"fairpool: {name} is left out" in result.stderr


@pytest.mark.parametrize("name", ["data.xlsx", "east.ODS"])
def test_a_spreadsheet_is_no_party_and_is_said_to_be_left_out(folder: Path, name: str):
    """Its owner would wait for a party that never comes."""
    (folder / name).write_bytes(b"PK\x03\x04")
    result = fairpool("init", str(folder), *PRICE)
    assert result.exit_code == 0, result.stderr
    said = f"{name} is left out: a spreadsheet, which is not read; save its sheet as CSV"
    assert f"fairpool: {said}" in result.stderr
    for path in folder.glob("*.csv"):
        path.unlink()
    (folder / "MARKET.toml").unlink()
    assert said in fairpool("init", str(folder), *PRICE).stderr


@pytest.mark.parametrize("packed", [False, True])
def test_two_files_of_one_content_are_told_by_their_names(folder: Path, packed: bool):
    """Two parties would be paid for one file's rows."""
    content = (folder / "south.csv").read_bytes()
    copy = folder / ("east.csv.gz" if packed else "east.csv")
    copy.write_bytes(gzip.compress(content) if packed else content)
    result = fairpool("init", str(folder), *PRICE)
    assert result.exit_code == 0, result.stderr
    assert f"fairpool: {copy.name} and south.csv hold the same rows" in result.stderr
    assert "north.csv" not in result.stderr


def test_all_files_that_cannot_be_read_are_named_at_once(folder: Path):
    """Empty, binary, no Parquet, cut short; nothing is written."""
    (folder / "north.csv").write_bytes(b"")
    (folder / "south.csv").write_bytes(bytes(range(256)) * 4)
    (folder / "east.parquet").write_bytes(b"PAR0")
    (folder / "east.csv.gz").write_bytes(gzip.compress(b"age,ill\n1,yes\n")[:20])
    before = sorted(folder.iterdir())
    result = fairpool("init", str(folder), *PRICE)
    assert (result.exit_code, result.stdout) == (2, "")
    told = [line for line in result.stderr.splitlines() if str(folder) in line]
    assert [Path(line.split()[1].rstrip(",:")).name for line in told] == [
        "east.csv.gz",
        "east.parquet",
        "north.csv",
        "south.csv",
    ]
    assert told[3].endswith(
        "got something that is no text, expected lines of cells; a spreadsheet is saved as CSV first"
    )
    assert "nothing was written" in result.stderr
    assert sorted(folder.iterdir()) == before


def test_two_names_that_may_be_the_validation_files_are_told(folder: Path):
    """Neither is guessed, and it is not said that no name says so."""
    (folder / "south.csv").rename(folder / "test.csv")
    said = fairpool("init", str(folder), *PRICE).stderr
    assert (
        "--validation is missing (test.csv and validation.csv may be it by their names): expected one of"
        in said
    )


def test_on_a_terminal_it_asks(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """With what is likely as the answer that Return gives."""
    asked: list[tuple[str, object]] = []

    def answer(question: str, default: object, **_: object) -> object:
        asked.append((question, default))
        return default

    monkeypatch.setattr(door, "asks", lambda: True)
    monkeypatch.setattr(door.typer, "prompt", answer)
    assert fairpool("init", str(folder)).exit_code == 0
    assert [default for _, default in asked] == ["validation.csv", "ill", "1000.00 EUR"]


@pytest.mark.long
def test_many_kinds_of_folders_give_files_that_run(tmp_path: Path):
    """Whatever separator, decimal mark and encoding each file has."""
    rng = np.random.default_rng(2)
    for case in range(6):
        folder = tmp_path / str(case)
        folder.mkdir()
        consortium(folder).market.unlink()
        for name in ("north", "south", "west", "validation"):
            rows = pd.read_csv(folder / f"{name}.csv")
            separator = str(rng.choice([",", ";", "\t", "|"]))
            decimal = "," if separator != "," and rng.random() < 0.5 else "."
            rows = rows.rename(columns={"sex": "Größe"}) if case % 2 else rows
            text = rows.to_csv(index=False, sep=separator, decimal=decimal)
            encoding = "latin-1" if case % 2 and rng.random() < 0.5 else "utf-8"
            (folder / f"{name}.csv").write_bytes(text.encode(encoding))
        result = fairpool("init", str(folder), *PRICE)
        assert result.exit_code == 0, (folder, result.stderr)
        assert sum(nets(folder / "MARKET.toml")) == 0


# ---- columns under other names


def named(files: Path, **changes: dict[str, str]) -> None:
    """Files with other names in their headers."""
    for file, new in changes.items():
        pd.read_csv(files / f"{file}.csv").rename(columns=new).to_csv(files / f"{file}.csv", index=False)


def renames(folder: Path) -> dict[str, dict[str, str]]:
    found = tomllib.loads((folder / "MARKET.toml").read_text())
    parties = {party["name"]: party.get("rename", {}) for party in found["party"]}
    return {"": found["data"].get("rename", {})} | parties


def test_names_that_are_written_otherwise_are_one_column(folder: Path):
    """Capitals, spaces, underscores, accents and umlauts; the settlement is that of one spelling."""
    fairpool("init", str(folder), *PRICE)
    plain = nets(folder / "MARKET.toml")
    (folder / "MARKET.toml").unlink()
    named(folder, validation={"sex": "Größe x"}, north={"sex": "groesse_x"}, south={"sex": "GROßE-X"})
    named(folder, west={"sex": "Größe.X", "age": " AGE* "})
    assert fairpool("init", str(folder), *PRICE).exit_code == 0
    assert renames(folder) == {
        "": {},
        "North": {"groesse_x": "Größe x"},
        "South": {"GROßE-X": "Größe x"},
        "West": {"Größe.X": "Größe x", "AGE*": "age"},
    }
    assert nets(folder / "MARKET.toml") == plain


def test_a_column_that_is_likely_anothers_is_a_commented_line_with_its_reason(folder: Path):
    """It is no part of the round until somebody says so, by hand or by the option; no cell is in the reason."""
    fairpool("init", str(folder), *PRICE)
    plain = nets(folder / "MARKET.toml")
    (folder / "MARKET.toml").unlink()
    named(folder, south={"age": "Alter", "sex": "SEX"})
    result = fairpool("init", str(folder), *PRICE, "--json")
    document = json.loads(result.stdout)
    assert renames(folder)["South"] == {"SEX": "sex"}
    line = '# rename = { "SEX" = "sex", "Alter" = "age" }'
    reason = '"Alter" and "age" are numbers of the same range, in the same place (column 1)'
    assert f"# Likely, as {reason}; if so, in place of the line above:\n{line}\n" in document["toml"]
    assert any("is likely" in one and reason in one for one in document["reasons"])
    (folder / "MARKET.toml").unlink()
    assert fairpool("init", str(folder), *PRICE, "--likely-renames").exit_code == 0
    assert renames(folder)["South"] == {"SEX": "sex", "Alter": "age"}
    assert nets(folder / "MARKET.toml") == plain


def test_the_validation_file_may_be_the_one_with_another_name(folder: Path):
    """Most files' name is taken; what is said of all files is said in [data]."""
    named(folder, validation={"age": "Alter"})
    assert fairpool("init", str(folder), *PRICE, "--likely-renames").exit_code == 0
    assert renames(folder) == {"": {"Alter": "age"}, "North": {}, "South": {}, "West": {}}


def test_a_label_under_another_name_is_told_with_what_says_so(folder: Path):
    """Nothing is written until it is said."""
    named(folder, south={"ill": "krank"})
    result = fairpool("init", str(folder), *PRICE, "--label", "ill")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'krank' of south.csv is likely 'ill'" in result.stderr
    assert "--likely-renames says so" in result.stderr
    assert not (folder / "MARKET.toml").exists()
    assert fairpool("init", str(folder), *PRICE, "--label", "ill", "--likely-renames").exit_code == 0


def test_a_column_of_another_kind_or_range_is_no_question(folder: Path):
    """Where age is missing, a text or a weight in its place is not it."""
    rows = pd.read_csv(folder / "south.csv")
    rows.assign(age="ward").rename(columns={"age": "unit"}).to_csv(folder / "south.csv", index=False)
    rows = pd.read_csv(folder / "west.csv")
    rows.assign(age=rows["age"] * 1000).rename(columns={"age": "grams"}).to_csv(
        folder / "west.csv", index=False
    )
    assert fairpool("init", str(folder), *PRICE).exit_code == 0
    assert "Likely" not in (folder / "MARKET.toml").read_text()


@pytest.mark.parametrize("yes", [True, False])
def test_on_a_terminal_a_likely_name_is_a_question(folder: Path, monkeypatch: pytest.MonkeyPatch, yes: bool):
    """Yes renames, no leaves the line to be taken in later."""
    named(folder, south={"age": "Alter"})
    asked: list[str] = []

    def confirm(question: str, **_: object) -> bool:
        asked.append(question)
        return yes

    monkeypatch.setattr(door, "asks", lambda: True)
    monkeypatch.setattr(door.typer, "prompt", lambda _, default, **__: default)
    monkeypatch.setattr(door.typer, "confirm", confirm)
    assert fairpool("init", str(folder)).exit_code == 0
    (question,) = asked
    assert question.startswith("south.csv: is 'Alter' the 'age' of the others (numbers of the same range")
    assert renames(folder)["South"] == ({"Alter": "age"} if yes else {})
    assert ("# rename" in (folder / "MARKET.toml").read_text()) is not yes
