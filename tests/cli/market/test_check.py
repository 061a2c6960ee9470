"""`fairpool check`: what a run would say, all of it at once, of all files or of one party's alone.

That it says what `fairpool run` says is tested where a run's bad input is (tests/files/test_market_file.py).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
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


def test_what_stands_out_in_the_data_is_told_before_a_run(tmp_path):
    """As the round's notes will tell it: the numbers that mean missing, say."""
    rng = np.random.default_rng(3)
    for name in ("validation", "north"):
        dose = rng.normal(60, 8, 80).round(1)
        dose[:5] = -999 if name == "north" else dose[:5]
        ill = np.where(rng.random(80) < 0.5, "yes", "no")
        pd.DataFrame({"dose": dose, "ill": ill}).to_csv(tmp_path / f"{name}.csv", index=False)
    market = tmp_path / "MARKET.toml"
    market.write_text(
        '[market]\nlearner = "naive-bayes"\nunit-price = "10.00 EUR"\n[data]\nlabel = "ill"\n'
        'validation = "validation.csv"\n[[party]]\nname = "North"\ntrain = "north.csv"\n'
    )
    told = fairpool("check", str(market))
    assert told.exit_code == 0, told.stderr
    said = " ".join(told.stdout.split())
    assert "dose" in said
    assert "far outside the validation data's range: typing errors, or signs for missing?" in said
    assert said.endswith("Nothing stands in the way of a run.")


def noted(market: Path, *options: str) -> list[str]:
    result = fairpool("check", str(market), *options, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)["notes"]


def test_rows_that_two_parties_bring_are_told_before_a_run(tmp_path: Path):
    """As the round's notes tell them; to a party only its own."""
    files = consortium(tmp_path, rows=60)
    files.file("south.csv").write_bytes(files.file("north.csv").read_bytes())
    (told,) = [note for note in noted(files.market) if "bring 60 rows" in note]
    assert told in json.loads(files.run("--json").stdout)["certificate"]["notes"]
    assert told in noted(files.market, "--party", "South")
    assert told not in noted(files.market, "--party", "West")


def test_a_class_that_nobody_has_is_told_before_a_run(tmp_path: Path):
    """With how many validation rows are of it."""
    files = consortium(tmp_path, rows=60)
    files.cell("validation.csv", 9, "ill", "unsure")
    told = [note for note in noted(files.market) if 'of class "unsure", and 1 of the 60' in note]
    assert told
    assert set(told) <= set(noted(files.market, "--party", "South"))


def test_a_party_is_told_what_stands_out_in_its_own_file_and_in_no_others(tmp_path: Path):
    """Where the others' files are there, and where they are not; nothing of theirs is shown."""
    files = consortium(tmp_path, rows=60)
    for name, times in (("north", 1000), ("west", 1000)):
        table = pd.read_csv(files.file(f"{name}.csv"))
        table.assign(bmi=table["bmi"] * times).to_csv(files.file(f"{name}.csv"), index=False)
    files.cell("west.csv", 5, "sex", "unheard")
    own = [note for note in noted(files.market, "--party", "North") if "bmi" in note]
    assert len(own) == 1
    assert own[0].startswith("North: bmi looks as if it were in another unit")
    assert not any("West" in note or "unheard" in note for note in noted(files.market, "--party", "North"))
    assert any(note.endswith("West: sex (1 row).") for note in noted(files.market, "--party", "West"))
    files.file("west.csv").unlink()
    assert [note for note in noted(files.market, "--party", "North") if "bmi" in note] == own


def test_a_party_is_told_that_its_rows_stand_in_the_validation_file(tmp_path: Path):
    """As a run would refuse them; another party's are no fault of its own."""
    files = consortium(tmp_path, rows=60)
    files.file("north.csv").write_bytes(files.file("validation.csv").read_bytes())
    refused = fairpool("check", str(files.market), "--party", "North")
    assert refused.exit_code == 2
    assert "got training rows that stand in the validation data" in refused.stderr
    assert "North (60 exactly, 0 nearly)" in refused.stderr
    assert fairpool("check", str(files.market), "--party", "South").exit_code == 0
    files.change("MARKET.toml", "[data]", '[data]\noverlap = "keep"')
    assert any("North (60 exactly" in note for note in noted(files.market))
    assert any("North (60 exactly" in note for note in noted(files.market, "--party", "North"))


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


def test_a_forgotten_mark_is_one_line_for_each_file_and_column(files: Consortium):
    """With its first row, how many rows have it, and the key that mends all of them."""
    for row in (3, 5, 6, 9):
        files.cell("north.csv", row, "bmi", "?")
    files.cell("north.csv", 7, "bmi", "na")
    files.cell("south.csv", 4, "smoker", "-")
    files.cell("south.csv", 8, "smoker", "-")
    lines = fairpool("check", str(files.market)).stderr.splitlines()
    assert [line.partition(", expected")[0] for line in lines] == [
        f"fairpool: {files.file('north.csv')}, row 3, column 'bmi': "
        "got '?' here and in 3 more rows and 'na' in row 7",
        f"fairpool: {files.file('south.csv')}, row 4, column 'smoker': got '-' here and in 1 more row",
    ]
    assert lines[0].endswith('if it means missing, missing = ["?", "na"] says so')
    assert lines[1].endswith('if it means missing, missing = ["-"] says so')
    (first, *_) = files.run().stderr.splitlines()
    assert "north.csv, row 3, column 'bmi': got '?', expected a number" in first, (
        "a run stops at the first cell"
    )


def test_a_mark_in_the_validation_data_hides_none_in_the_others(tmp_path: Path):
    """All files with it are told at once, each with how many rows have it."""
    files = consortium(tmp_path, rows=60)
    for name, rows in (("validation", (2, 4)), ("north", (3,)), ("west", (5, 6, 8))):
        for row in rows:
            files.cell(f"{name}.csv", row, "age", "?")
    lines = fairpool("check", str(files.market)).stderr.splitlines()
    places = [line.partition("fairpool: ")[2].partition(", expected")[0] for line in lines]
    assert [Path(place.partition(",")[0]).name for place in places] == [
        "validation.csv",
        "north.csv",
        "west.csv",
    ]
    assert [place.partition(" got ")[2] for place in places] == [
        "'?' here and in 1 more row",
        "'?'",
        "'?' here and in 2 more rows",
    ]
    assert all('missing = ["?"] says so' in line for line in lines)


def test_a_mark_among_true_and_false_is_told_of_every_file_and_of_no_other_cell(files: Consortium):
    """What is true in the other files is no number, and is not expected to be one."""
    for name in ("validation", "north", "south"):
        files.cell(f"{name}.csv", 3, "smoker", "?")
    lines = fairpool("check", str(files.market)).stderr.splitlines()
    assert [Path(line.split()[1].rstrip(",")).name for line in lines] == [
        "validation.csv",
        "north.csv",
        "south.csv",
    ]
    assert all("got '?', expected true or false" in line for line in lines)
    assert all('missing = ["?"] says so' in line for line in lines)


def test_another_coding_is_one_line_with_the_key_that_recodes_it(files: Consortium):
    """All of its texts in the key; more than are shown are counted."""
    files.change_all("south.csv", "true", "ja")
    files.change_all("south.csv", "false", "nein")
    for row, text in enumerate(("a", "b", "c", "d", "e", "e"), 4):
        files.cell("north.csv", row, "age", text)
    said = fairpool("check", str(files.market)).stderr
    assert said.count("\n") == 2
    assert (
        "column 'age': got 'a' here, 'b' in row 5, 'c' in row 6 and 2 other texts in 3 rows, expected" in said
    )
    key = said.partition("recode = ")[2].partition(" says")[0]
    assert key in (
        '{ smoker = { "ja" = "..", "nein" = ".." } }',
        '{ smoker = { "nein" = "..", "ja" = ".." } }',
    )


def test_very_many_texts_are_told_by_their_least_number(files: Consortium):
    """Fifty are looked for; a whole column of other texts is one line."""
    rows = [f"{k // 2},{k},true,male,yes" for k in range(180)]
    files.file("north.csv").write_text(
        "\n".join(["age,bmi,smoker,sex,ill", *(f"x{row}" for row in rows)]) + "\n"
    )
    (line,) = fairpool("check", str(files.market)).stderr.splitlines()
    assert "got 'x0' here and in 1 more row, 'x1' in 2 rows from row 4 on" in line
    assert "and at least 47 other texts in at least 94 rows, expected" in line
