"""`fairpool check`: what a run would say, all of it at once, of all files or of one party's alone.

That it says what `fairpool run` says is tested where a run's bad input is (tests/files/test_market_file.py).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders.consortium import Consortium, consortium, fairpool


@pytest.fixture
def files(tmp_path: Path) -> Consortium:
    return consortium(tmp_path)


def spoilt(files: Consortium) -> None:
    """Something wrong in three files."""
    files.cell("north.csv", 4, "age", "forty")
    files.cell("north.csv", 6, "age", "?")
    files.cell("north.csv", 6, "bmi", "inf")
    files.cell("south.csv", 5, "ill", "maybe")
    files.cell("south.csv", 7, "ill", "")
    files.file("west.csv").unlink()


def test_files_that_fit_are_told_and_nothing_is_written(files: Consortium):
    """Exit code 0; each file with its rows and columns."""
    before = files.tree()
    result = fairpool("check", str(files.market))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[:3] == [
        "file             rows  columns",
        "validation         12        4",
        "North, training    12        4",
    ]
    assert result.stdout.splitlines()[-1] == "Nothing stands in the way of a run."
    assert files.tree() == before


def test_all_faults_of_all_files_are_told_at_once(files: Consortium):
    """Every cell of every column, and the file that is not there; a line each."""
    spoilt(files)
    result = fairpool("check", str(files.market))
    assert (result.exit_code, result.stdout) == (2, "")
    for place in (
        "north.csv, row 4, column 'age': got 'forty'",
        "north.csv, row 6, column 'age': got '?'",
        "north.csv, row 6, column 'bmi': got 'inf'",
        "south.csv, row 5, column 'ill': got 'maybe'",
        "south.csv, row 7, column 'ill': got a blank",
        "west.csv: there is no such file",
    ):
        assert place in result.stderr
    assert result.stderr.count("\n") == 6
    assert all(line.startswith("fairpool: ") for line in result.stderr.splitlines())


def test_all_faults_of_the_market_file_are_told_at_once(files: Consortium):
    """A typing error explains the key that is missing, and both are not told."""
    files.change("MARKET.toml", "unit-price", "unitprice")
    files.change("MARKET.toml", "seed = 7", "seed = -7")
    files.change("MARKET.toml", 'label = "ill"', "")
    lines = fairpool("check", str(files.market)).stderr.splitlines()
    assert [line.partition("MARKET.toml: ")[2].partition(":")[0] for line in lines] == [
        "market",
        "market.seed",
        "data.label is missing",
    ]


def test_what_each_key_says_by_itself_is_told_beside_the_others(files: Consortium):
    """A price, a learner, a division, a party without a file of its own."""
    files.change("MARKET.toml", "1000.00 EUR", "1000.00")
    files.change("MARKET.toml", '"accuracy"', '"acuracy"')
    files.change("MARKET.toml", "seed = 7", 'seed = 7\ndivision = "banzaf"\ntolerance = 3')
    files.change("MARKET.toml", '"south.csv"', '"south.csv"\nvalidation = "validation.csv"')
    said = fairpool("check", str(files.market)).stderr
    for what in (
        "market.unit-price",
        "tolerance",
        "party 2 ('South')",
        "did you mean 'accuracy'",
        "'banzhaf'",
    ):
        assert what in said


def test_a_party_checks_its_own_file_alone(files: Consortium):
    """The others' need not be there; without the validation file labels and cells are held against nothing."""
    spoilt(files)
    files.file("south.csv").unlink()
    result = fairpool("check", str(files.market), "--party", "North", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["holds"], document["party"]) == (2, False, "North")
    assert [(fault["row"], fault["column"]) for fault in document["faults"]] == [
        (4, "age"),
        (6, "age"),
        (6, "bmi"),
    ]
    files.cell("north.csv", 4, "age", "40")
    files.cell("north.csv", 6, "age", "40")
    files.cell("north.csv", 6, "bmi", "20.0")
    assert fairpool("check", str(files.market), "--party", "North").exit_code == 0
    files.file("validation.csv").unlink()
    result = fairpool("check", str(files.market), "--party", "North")
    assert result.exit_code == 0
    assert "is not here: no cell was held against it" in " ".join(result.stdout.split())


def test_one_party_with_one_class_is_no_fault(files: Consortium):
    """A ward may have healthy patients only; the round has others."""
    files.column("north.csv", "ill", "no")
    assert fairpool("check", str(files.market), "--party", "North").exit_code == 0
    assert fairpool("check", str(files.market)).exit_code == 0


def test_a_party_that_is_not_in_the_file_is_refused(files: Consortium):
    """With the one that was meant."""
    result = fairpool("check", str(files.market), "--party", "Nord")
    assert result.exit_code == 2
    assert "--party: got 'Nord', expected one of North, South, West; did you mean 'North'?" in result.stderr


def test_the_document_names_every_fault_by_its_place(files: Consortium):
    """For programs: file, row, column, the problem, and all of it in one line."""
    files.cell("north.csv", 4, "age", "forty")
    result = fairpool("check", str(files.market), "--json")
    (fault,) = json.loads(result.stdout)["faults"]
    assert (fault["file"], fault["row"], fault["column"]) == (str(files.file("north.csv")), 4, "age")
    assert fault["problem"].startswith("got 'forty'")
    assert result.stderr == f"fairpool: {fault['message']}\n"


def test_notes_are_told_and_stop_nothing(files: Consortium):
    """What is left out, and what a key did not meet."""
    files.change("MARKET.toml", "[data]", '[data]\nmissing = ["-9"]')
    files.without("south.csv", "bmi")
    result = fairpool("check", str(files.market), "--json")
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["notes"]) == 2


def test_a_sample_that_is_too_small_is_told_before_anything_is_trained(files: Consortium):
    """As a run says it when it begins to value coalitions."""
    files.change("MARKET.toml", "seed = 7", 'seed = 7\nmethod = "sampled"\nevaluations = 2')
    assert "evaluations: got 2, expected at least" in fairpool("check", str(files.market)).stderr
