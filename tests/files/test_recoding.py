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


def test_a_text_that_recode_forgot_is_told_with_the_entry_to_add(files: Consortium):
    """In a column of truth values and in one of numbers; `fairpool check` has all of them in one line."""
    in_german(files, "south")
    for row, text in ((3, "vielleicht"), (4, "unklar"), (5, "vielleicht")):
        files.cell("south.csv", row, "smoker", text)
    files.cell("south.csv", 6, "age", "alt")
    say(files, "south", GERMAN.replace("recode = {", 'recode = { age = { jung = "30" },'))
    files.cell("south.csv", 7, "age", "jung")
    said = fairpool("check", str(files.market)).stderr
    told = '"vielleicht", "unklar": add "vielleicht" = "..", "unklar" = ".." there'
    assert f"recode.smoker has no entry for {told}\n" in said
    assert 'recode.age has no entry for "alt": add "alt" = ".." there\n' in said
    run = files.run().stderr
    assert 'recode.age has no entry for "alt": add "alt" = ".." there' in run


def test_a_text_that_recode_forgot_in_the_validation_file_is_told_so(files: Consortium):
    """The file that says how a column is read."""
    for name in ("north", "south", "west", "validation"):
        files.change_all(f"{name}.csv", ",female", ",w")
        files.change_all(f"{name}.csv", ",male", ",m")
    files.cell("validation.csv", 4, "sex", "f")
    say(files, "data", 'recode = { sex = { m = "1", w = "0" } }')
    said = files.run().stderr
    assert "validation.csv, row 4, column 'sex': got 'f', expected a number as in every training file" in said
    assert 'recode.sex has no entry for "f": add "f" = ".." there' in said


def test_a_category_that_recode_forgot_is_named_by_the_note(files: Consortium):
    """Nothing is refused there, as any text may be a category."""
    in_german(files, "south")
    files.cell("south.csv", 3, "sex", "weibl.")
    say(files, "south", GERMAN)
    _, notes = paid(files)
    assert any("South: sex (1 row; recode.sex names others)" in note for note in notes)


def test_a_text_that_recode_itself_made_is_corrected_where_it_stands(files: Consortium):
    """To add an entry for it would change nothing: the file does not hold it."""
    in_german(files, "south")
    say(files, "south", GERMAN.replace('ja = "true"', 'ja = "treu"'))
    said = files.run().stderr
    assert "got 'treu', expected true or false" in said
    assert 'recode.smoker makes "treu" of another text: correct it there' in said


def test_a_label_that_labels_forgot_is_told_with_the_entry_to_add(files: Consortium):
    """And one that they misspell is corrected there; without the key the message says how to begin it."""
    files.change_all("south.csv", "yes", "ja")
    files.change_all("south.csv", ",no", ",nein")
    assert 'labels = { "' in files.run().stderr
    say(files, "south", 'labels = { ja = "yes" }')
    for said in (files.run().stderr, fairpool("check", str(files.market)).stderr):
        assert 'labels has no entry for "nein": add "nein" = ".." there' in said
        assert "labels = {" not in said
    files.change("MARKET.toml", 'ja = "yes"', 'ja = "yes", nein = "on"')
    assert 'labels makes "on" of another text: correct it there' in files.run().stderr


def test_a_label_of_words_where_numbers_are_predicted_names_the_labels(files: Consortium):
    """`recode` would be refused for it."""
    for name in ("north", "south", "west", "validation"):
        files.change_all(f"{name}.csv", "yes", "1")
        files.change_all(f"{name}.csv", ",no", ",0")
    files.change("MARKET.toml", '"accuracy"', '"r2"')
    files.column("south.csv", "ill", "krank")
    assert 'labels = { "krank" = ".." } says what it stands for' in files.run().stderr


KEYS_BY_THE_OLD_NAME = {
    "recode": 'recode = { Geschlecht = { male = "m" } }',
    "categorical": 'categorical = ["Geschlecht"]',
    "exclude": 'exclude = ["Geschlecht"]',
    "missing-in": 'missing-in = { Geschlecht = ["male"] }',
}


@pytest.mark.parametrize("key", KEYS_BY_THE_OLD_NAME)
def test_a_key_that_names_a_column_by_its_old_name_is_refused(files: Consortium, key: str):
    """It would be met nowhere; a run, a check of all files and one of the party's own say the same."""
    files.change("south.csv", "sex", "Geschlecht")
    say(files, "south", f'{KEYS_BY_THE_OLD_NAME[key]}\nrename = {{ Geschlecht = "sex" }}')
    told = (
        f"party 2.{key}: no file has the column 'Geschlecht'; 'Geschlecht' was renamed to 'sex': "
        f"{key} names columns by their new names\n"
    )
    assert files.run().stderr.endswith(told)
    for options in ((), ("--party", "South")):
        assert fairpool("check", str(files.market), *options).stderr.endswith(told)


def test_a_column_that_no_file_has_is_told_beside_the_cells_that_are_refused(files: Consortium):
    """What the key was to mend stands in the way as well."""
    in_german(files, "south")
    say(files, "south", 'recode = { smokr = { ja = "true", nein = "false" } }')
    said = fairpool("check", str(files.market)).stderr
    assert "party 2.recode: no file has the column 'smokr'; did you mean 'smoker'?" in said
    assert "expected true or false" in said


def test_what_is_said_of_all_is_not_looked_for_where_files_are_not_here(files: Consortium):
    """One party's check, and one of files that are missing: another may have the column."""
    say(files, "data", 'exclude = ["patient"]')
    assert fairpool("check", str(files.market), "--party", "South").exit_code == 0
    assert "patient" in fairpool("check", str(files.market)).stderr
    files.file("west.csv").unlink()
    assert "patient" not in fairpool("check", str(files.market)).stderr


def test_label_features_and_condition_by_their_old_names_are_told_the_new_ones(files: Consortium):
    """They name columns as they are called after reading, too."""
    for name in ("north", "south", "west", "validation"):
        files.change(f"{name}.csv", "ill", "krank")
        files.change(f"{name}.csv", "bmi", "BMI")
    say(files, "data", 'rename = { krank = "ill", BMI = "bmi" }\nfeatures = ["BMI", "age"]')
    assert "got no such feature; 'BMI' was renamed to 'bmi', and is called so" in files.run().stderr
    files.change("MARKET.toml", '["BMI", ', "[")
    files.change("MARKET.toml", 'label = "ill"', 'label = "krank"')
    assert "got no such label; 'krank' was renamed to 'ill', and is called so" in files.run().stderr
    files.change("MARKET.toml", 'label = "krank"', 'label = "ill"')
    say(files, "data", 'positive = "krank = yes"')
    told = "expected one on the label 'ill': 'krank' is renamed to it, and positive names it by its new name"
    assert told in files.run().stderr


def test_a_forgotten_rename_of_the_label_is_advised(files: Consortium):
    """The party's only column that nobody else has; a run and both checks say so, and the advice leads on."""
    files.change("south.csv", "ill", "krank")
    told = "if it is 'ill', rename = { krank = \"ill\" } says so\n"
    assert "no other file has 'krank': " in files.run().stderr
    assert files.run().stderr.endswith(told)
    for options in ((), ("--party", "South")):
        assert fairpool("check", str(files.market), *options).stderr.endswith(told)
    say(files, "south", 'rename = { krank = "ill" }')
    assert fairpool("check", str(files.market)).exit_code == 0
    files.change("south.csv", "age", "Alter")
    say(files, "data", 'features = ["age", "bmi"]')
    assert (
        "'Alter': if it is 'age', rename has no entry for it: add Alter = \"age\" there" in files.run().stderr
    )


def test_no_rename_is_advised_where_nobody_could_tell_which(files: Consortium):
    """Two columns that nobody else has, or no other file that has the label."""
    files.change("south.csv", "ill", "krank")
    files.change("south.csv", "age", "Alter")
    assert "no other file" not in files.run().stderr
    files.change("south.csv", "Alter", "age")
    for name in ("north", "west", "validation"):
        files.file(f"{name}.csv").unlink()
    assert "no other file" not in fairpool("check", str(files.market), "--party", "South").stderr


def test_a_feature_that_one_party_calls_otherwise_is_told_in_the_note(files: Consortium):
    """Nothing is refused where no features are named: the column would be left out for all."""
    files.change("south.csv", "bmi", "BMI")
    _, notes = paid(files)
    assert any(
        "no other file has 'BMI': if it is 'bmi', rename = { BMI = \"bmi\" } says so" in one for one in notes
    )
