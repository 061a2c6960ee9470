"""``recode`` in MARKET.toml: what a party calls otherwise becomes what the round calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders.consortium import Consortium, consortium, fairpool

GERMAN = (
    'recode = { sex = { "männlich" = "male", weiblich = "female" }, smoker = { ja = "true", nein = false } }'
)


@pytest.fixture
def files(tmp_path: Path) -> Consortium:
    return consortium(tmp_path)


def in_german(files: Consortium, name: str) -> None:
    """One party's texts in other words."""
    for old, new in {",male": ",männlich", ",female": ",weiblich", "true": "ja", "false": "nein"}.items():
        files.change_all(f"{name}.csv", old, new)


def say(files: Consortium, name: str, line: str) -> None:
    """One more key in [data], or in the [[party]] of a file."""
    place = "[data]" if name == "data" else f'train = "{name}.csv"'
    files.change("MARKET.toml", place, f"{place}\n{line}")


def paid(files: Consortium) -> tuple[list[object], list[str]]:
    """What everybody is paid, and the notes."""
    result = files.run("--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    return document["parties"], document["certificate"]["notes"]


@pytest.mark.long
@pytest.mark.parametrize("where", ["data", "south"])
def test_a_party_that_says_what_its_texts_mean_is_paid_the_same(files: Consortium, where: str):
    """For all files, or for its own; and a model reads its rows so afterwards."""
    plain = paid(files)
    in_german(files, "south")
    assert files.run().exit_code == 2, "the round takes no ja for true"
    say(files, where, GERMAN)
    assert paid(files) == plain


def test_a_model_reads_rows_as_they_were_recoded(files: Consortium):
    """The key travels with the party's model, and no note says that a text is unknown."""
    files.change("MARKET.toml", '"nearest"\nlearner-options = { neighbours = 3 }', '"naive-bayes"')
    in_german(files, "south")
    say(files, "south", GERMAN)
    assert files.run().exit_code == 0
    found = fairpool("predict", str(files.out / "models" / "South.onnx"), str(files.file("south.csv")))
    assert (found.exit_code, found.stderr) == (0, "")


def test_a_text_that_stands_nowhere_is_a_note(files: Consortium):
    """It may come with next month's file; one that was met is not told."""
    in_german(files, "south")
    say(files, "south", GERMAN.replace("weiblich =", 'divers = "male", weiblich ='))
    _, notes = paid(files)
    assert 'No cell of sex is "divers", which party 2.recode names.' in notes
    assert not any("weiblich" in note or "ja" in note.split() for note in notes)


@pytest.mark.long
def test_a_party_takes_back_what_is_said_of_all(files: Consortium):
    """An empty table in its place."""
    plain = paid(files)
    for name in ("north", "west", "validation"):
        in_german(files, name)
    say(files, "data", GERMAN)
    say(files, "south", "recode = {}")
    assert paid(files) == plain


def test_a_rare_text_is_in_nobody_elses_hands(files: Consortium):
    """Who recodes it finds it in its own model; the document, the page and the others' models do not have it."""
    files.change("MARKET.toml", '"nearest"\nlearner-options = { neighbours = 3 }', '"naive-bayes"')
    files.cell("south.csv", 3, "sex", "zwitter")
    say(files, "south", 'recode = { sex = { zwitter = "intersex" } }')
    assert files.run().exit_code == 0
    for file in (path for path in files.out.rglob("*") if path.is_file() and path.name != "South.onnx"):
        content = file.read_bytes()
        assert b"zwitter" not in content, file
        assert b"intersex" not in content, file


REFUSED = {
    "no such column": ('recode = { sxe = { m = "1" } }', "no file has the column 'sxe'; did you mean 'sex'?"),
    "the label": ('recode = { ill = { ja = "yes" } }', "party 2.recode: got the label 'ill'; labels = {..}"),
    "one level": (
        'recode = { m = "1" }',
        'expected a table of columns, such as { sex = { m = "1", w = "0" } }',
    ),
    "three levels": ('recode = { sex = { m = { a = "1" } } }', 'expected a table of texts, such as { "old"'),
    "one text twice": ('recode = { sex = { "1" = "a", "1.0" = "b" } }', "recode: got '1' of 'sex' twice"),
    "nothing for a text": ('recode = { sex = { male = "" } }', 'missing-in = { sex = ["male"] } says'),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_recoded_is_refused(files: Consortium, what: str):
    """Exit code 2, one line that names the key, nothing written; `fairpool check` says the same."""
    line, message = REFUSED[what]
    say(files, "south", line)
    before = files.tree()
    result = files.run("--json")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert message in result.stderr
    assert fairpool("check", str(files.market)).stderr == result.stderr
    assert files.tree() == before
