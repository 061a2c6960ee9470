"""How files are to be read, as MARKET.toml says it: for all files, and where a party's differ."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from builders.consortium import Consortium, consortium
from fairpool.files.market.market_file import read_market_file
from fairpool.files.market.round_inputs import read_inputs
from fairpool.market.options import Work
from fairpool.market.settling import settle_agreed

COLUMNS = ("age", "sex", "cp", "chol", "oldpeak", "ca", "num")


@pytest.fixture
def files(tmp_path: Path) -> Consortium:
    return consortium(tmp_path)


def data(files: Consortium, *lines: str) -> None:
    """More keys in [data]."""
    files.change("MARKET.toml", "[data]", "\n".join(["[data]", *lines]))


def of_party(files: Consortium, name: str, *lines: str) -> None:
    """More keys in one [[party]]."""
    files.change("MARKET.toml", f'train = "{name}.csv"', "\n".join([f'train = "{name}.csv"', *lines]))


def settled(market: Path) -> dict[str, object]:
    """The document of a round, as `fairpool run` writes it."""
    inputs = read_inputs(read_market_file(market))
    document = settle_agreed(inputs.agreement, rng=inputs.rng, work=Work()).document(inputs.name)
    return json.loads(document.json_text())


def paid(market: Path) -> dict[str, object]:
    """What was settled, without the notes."""
    document = settled(market)
    document["certificate"].pop("notes")
    return document


def notes_of(market: Path) -> list[str]:
    return settled(market)["certificate"]["notes"]


# ---- a study's raw files


def raw_rows(rng: np.random.Generator, rows: int, *, labels: int = 5) -> pd.DataFrame:
    """Invented patients as a study hands them out: numbers only, the label 0 to 4."""
    age, old = rng.integers(30, 78, rows), np.abs(rng.normal(1, 1, rows)).round(1)
    cp, ca = rng.integers(1, 5, rows), rng.integers(0, 4, rows)
    severity = np.ceil((age - 50) / 10 + old + cp / 2 - 2.5 + rng.normal(0, 0.5, rows)).clip(0, labels - 1)
    severity[:2] = 0, 1
    columns = (age, rng.integers(0, 2, rows), cp, rng.normal(240, 40, rows).round(), old, ca, severity)
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def raw_file(path: Path, rows: pd.DataFrame, *, blank: str) -> None:
    """Without header; whole numbers with a point, as such files have them."""
    rows.to_csv(path, header=False, index=False, na_rep=blank)


RAW_MARKET = """
[market]
learner = "naive-bayes"
unit-price = "1000.00 EUR"

[data]
label = "num"
validation = "validation.data"
columns = ["age", "sex", "cp", "chol", "oldpeak", "ca", "num"]
missing = ["?", "-9"]
missing-in = { chol = ["0"] }
categorical = ["cp", "sex"]
positive = "num > 0"

[[party]]
name = "Cleveland"
train = "cleveland.data"

[[party]]
name = "Budapest"
train = "budapest.data"

[[party]]
name = "Zurich"
train = "zurich.data"
"""


def test_the_raw_files_of_a_study_settle_by_a_market_file_alone(tmp_path: Path):
    """No header, ? or -9 for missing, labels 0 to 4 and in one hospital 0 and 1, chol = 0 where it was not measured.

    The settlement is the one of files that were cleaned by hand.
    """
    rng, parties = np.random.default_rng(11), ("cleveland", "budapest", "zurich", "validation")
    rows = {name: raw_rows(rng, 40, labels=2 if name == "budapest" else 5) for name in parties}
    rows["budapest"].loc[3:, "ca"] = np.nan
    rows["zurich"]["chol"] = 0
    for name, table in rows.items():
        raw_file(tmp_path / f"{name}.data", table, blank="-9" if name == "zurich" else "?")
        clean = table.assign(
            num=np.where(table["num"] > 0, "yes", "no"), chol=table["chol"].replace(0, np.nan)
        )
        clean = clean.assign(cp="type " + clean["cp"].astype(str), sex="sex " + clean["sex"].astype(str))
        clean.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "RAW.toml").write_text(RAW_MARKET)
    by_hand = "\n".join(
        line for line in RAW_MARKET.replace(".data", ".csv").splitlines() if not line.startswith(KEYS)
    )
    (tmp_path / "CLEAN.toml").write_text(by_hand)
    raw, clean = (settled(tmp_path / f"{name}.toml") for name in ("RAW", "CLEAN"))
    assert raw["data"]["classes"] == ["no", "yes"]
    assert [party["net"] for party in raw["parties"]] == [party["net"] for party in clean["parties"]]
    assert any(party["net"] for party in raw["parties"])


KEYS = ("columns", "missing", "categorical", "positive")


# ---- one party's files differ


def as_spreadsheet(files: Consortium, name: str) -> None:
    """One party's file as a German spreadsheet writes it, with Excel's line, other names and other words."""
    rows = pd.read_csv(files.file(f"{name}.csv"))
    rows = rows.rename(columns={"age": "Alter", "sex": "Geschlecht"})
    rows["ill"] = rows["ill"].map({"yes": "krank", "no": "gesund"})
    rows["Geschlecht"] = rows["Geschlecht"].map({"female": "ß", "male": "male"}).replace("ß", "female")
    text = "sep=;\n" + rows.to_csv(index=False, sep=";", decimal=",")
    files.file(f"{name}.csv").write_bytes(text.replace("gesund", "gesünder").encode("latin-1"))


def test_a_party_whose_files_differ_says_so_and_the_settlement_is_the_same(files: Consortium):
    """Separator, decimal mark, encoding, names and labels of its own; to the last byte but for nothing."""
    plain = paid(files.market)
    as_spreadsheet(files, "south")
    of_party(
        files,
        "south",
        'separator = ";"',
        'decimal = ","',
        'encoding = "latin-1"',
        'rename = { Alter = "age", Geschlecht = "sex" }',
        'labels = { krank = "yes", "gesünder" = "no" }',
    )
    assert paid(files.market) == plain


def test_csv_keys_for_all_leave_parquet_files_alone(files: Consortium):
    """A party that brings Parquet needs none of them."""
    plain = paid(files.market)
    pd.read_csv(files.file("south.csv")).to_parquet(files.file("south.parquet"))
    files.change("MARKET.toml", '"south.csv"', '"south.parquet"')
    for name in ("north", "west", "validation"):
        files.change_all(f"{name}.csv", ",", ";")
    data(files, 'separator = ";"')
    assert paid(files.market) == plain


def test_a_party_may_take_back_what_is_said_for_all(files: Consortium):
    """An empty list or table in its place."""
    plain = paid(files.market)
    for name in ("north", "west", "validation"):
        files.change_all(f"{name}.csv", "yes", "2")
        files.change_all(f"{name}.csv", "no", "0")
    data(files, 'positive = "ill > 1"', 'exclude = ["x"]')
    files.change("north.csv", "age,bmi", "x,bmi")
    files.change("north.csv", "x,bmi", "x,age,bmi")
    rows = files.file("north.csv").read_text().splitlines()
    files.file("north.csv").write_text("\n".join([rows[0], *(f"0,{row}" for row in rows[1:])]) + "\n")
    of_party(files, "south", "labels = {}")
    assert paid(files.market) == plain


def test_queries_are_read_as_the_partys_other_files(files: Consortium):
    """Renamed and with its decimal mark."""
    files.file("asked.csv").write_text("Alter;bmi;smoker;sex\n50;22,5;true;male\n")
    as_spreadsheet(files, "south")
    of_party(
        files,
        "south",
        'queries = "asked.csv"',
        'separator = ";"',
        'decimal = ","',
        'encoding = "latin-1"',
        'rename = { Alter = "age", Geschlecht = "sex" }',
        'labels = { krank = "yes", "gesünder" = "no" }',
    )
    asked = read_inputs(read_market_file(files.market)).queries["South"]
    assert asked.features.to_dict("list") == {"age": [50], "bmi": [22.5], "smoker": [True], "sex": ["male"]}


# ---- what meets nothing, and what contradicts itself


def test_a_mark_or_label_that_no_file_holds_is_a_note(files: Consortium):
    """It may come with next month's file."""
    data(files, 'missing = ["?", "-9"]', 'labels = { yes = "yes", maybe = "no" }')
    files.cell("south.csv", 4, "bmi", "?")
    notes = notes_of(files.market)
    assert 'No cell is "-9", which data.missing says means missing.' in notes
    assert 'No label is "maybe", which data.labels names.' in notes
    assert not any('"?"' in note or '"yes"' in note for note in notes)


def test_whose_file_lacks_a_column_is_told(files: Consortium):
    """By the party's name, or that the validation file does."""
    files.without("south.csv", "bmi")
    files.without("validation.csv", "smoker")
    unused = "bmi (not in the files of South), smoker (not in the validation file)"
    assert f"Not used, as not every file has them: {unused}." in notes_of(files.market)


def test_a_column_of_dates_is_told(files: Consortium):
    """It is not used, and how it could be is said."""
    for name in ("north", "south", "west", "validation"):
        rows = files.file(f"{name}.csv").read_text().splitlines()
        dated = [
            f"admitted,{rows[0]}",
            *(f"2021-03-{place + 1:02d},{row}" for place, row in enumerate(rows[1:])),
        ]
        files.file(f"{name}.csv").write_text("\n".join(dated) + "\n")
    document = settled(files.market)
    assert "admitted" not in [feature["name"] for feature in document["data"]["features"]]
    assert any(
        note.startswith("Not used, as they hold dates: admitted.")
        for note in document["certificate"]["notes"]
    )


CONTRADICTIONS = {
    "a column nobody has": (
        ['rename = { agee = "old" }'],
        [],
        "data.rename: no file has the column 'agee'; did you mean 'age'?",
    ),
    "nothing to exclude": (['exclude = ["weight"]'], [], "data.exclude: no file has the column 'weight'"),
    "no such codes": (
        ['categorical = ["sax"]'],
        [],
        "data.categorical: no file has the column 'sax'; did you mean 'sex'?",
    ),
    "marks of nothing": (
        ['missing-in = { chol = ["0"] }'],
        [],
        "data.missing-in: no file has the column 'chol'",
    ),
    "a party's column": (
        [],
        ['rename = { Alter = "age" }'],
        "party 2.rename: no file has the column 'Alter'",
    ),
    "decimal and separator": ([], ['decimal = ","'], "party 2.decimal: got ',', which separates the columns"),
    "the label excluded": (['exclude = ["ill"]'], [], "data.exclude: got the label 'ill'"),
    "the label as codes": (['categorical = ["ill"]'], [], "data.categorical: got the label 'ill'"),
    "a feature excluded": (
        ['features = ["age"]', 'exclude = ["age"]'],
        [],
        "data.exclude: got 'age', which is among the features",
    ),
    "a condition elsewhere": (
        ['positive = "age > 0"'],
        [],
        "data.positive: got a condition on 'age', expected one on the label",
    ),
    "no condition": (['positive = "ill"'], [], "data.positive: got 'ill', expected a condition such as"),
    "two ways to say it": (
        ['positive = "ill = yes"', 'labels = { yes = "no" }'],
        [],
        "data.positive: got it beside labels",
    ),
    "a text for a list": (
        ['missing = "?"'],
        [],
        'data.missing: got \'?\', expected a list of texts or numbers, such as ["?", "-9"]',
    ),
    "a list for a table": (
        ['rename = ["a", "b"]'],
        [],
        "data.rename: got ['a', 'b'], expected a table of texts",
    ),
    "a column twice": (['columns = ["a", "a"]'], [], "data.columns: got 'a' twice"),
    "two names for one": (['rename = { age = "bmi" }'], [], "column 'bmi': got one name for columns 1 and 2"),
    "a key that is not there": (
        ['seperator = ";"'],
        [],
        "data: got the unknown key 'seperator'; did you mean 'separator'?",
    ),
    "a word for a number": (
        ['positive = "ill > 0"'],
        [],
        "row 2, column 'ill': got 'yes', expected a number, as positive",
    ),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_what_meets_nothing_or_contradicts_itself_is_refused(files: Consortium, what: str):
    """Exit code 2, one line that names the table and the key, nothing written."""
    for_all, for_south, message = CONTRADICTIONS[what]
    if for_all:
        data(files, *for_all)
    if for_south:
        of_party(files, "south", *for_south)
    before = files.tree()
    result = files.run("--json")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert message in result.stderr
    assert files.tree() == before


def test_csv_keys_of_a_party_with_parquet_files_are_refused(files: Consortium):
    """They would be for nothing."""
    pd.read_csv(files.file("south.csv")).to_parquet(files.file("south.parquet"))
    files.change("MARKET.toml", '"south.csv"', '"south.parquet"\nencoding = "latin-1"')
    result = files.run()
    assert result.exit_code == 2
    assert "party 2.encoding: is for CSV files, got only Parquet files" in result.stderr


@pytest.mark.parametrize(
    ("mark", "key"), [("?", 'missing = ["?"]'), ("none", 'missing = ["none"]'), ('"27,5"', 'decimal = ","')]
)
def test_a_cell_that_a_key_would_settle_names_the_key(files: Consortium, mark: str, key: str):
    """In a training file of a column that is numeric elsewhere."""
    files.cell("south.csv", 4, "bmi", mark)
    result = files.run()
    assert result.exit_code == 2
    assert "row 4, column 'bmi'" in result.stderr
    assert key in result.stderr


def test_labels_that_say_na_are_refused_with_the_key_that_keeps_them(files: Consortium):
    """A third class would change the task in silence."""
    files.cell("south.csv", 5, "ill", "NA")
    result = files.run()
    assert "row 5, column 'ill': got 'NA', expected a class" in result.stderr
    assert 'labels = { "NA" = ".." }' in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"accuracy"', '"acuracy"', "did you mean 'accuracy'?"),
        ('"nearest"', '"nearst"', "did you mean 'nearest'?"),
        ("seed = 7", 'seed = 7\ndivision = "banzaf"', "did you mean 'banzhaf'?"),
        (
            '"accuracy"',
            '"r2"',
            "score: got 'r2', which is for numbers, but no label is one; expected accuracy",
        ),
    ],
)
def test_a_misspelt_or_unfitting_name_is_told_with_the_one_meant(
    files: Consortium, old: str, new: str, message: str
):
    """Learner, score and division; a score of numbers names itself and no row."""
    files.change("MARKET.toml", old, new)
    files.change("MARKET.toml", "learner-options = { neighbours = 3 }", "")
    result = files.run()
    assert result.exit_code == 2
    assert message in result.stderr
    assert "row " not in result.stderr


def test_codes_of_twenty_digits_are_the_classes_they_are(files: Consortium):
    """Two that a float cannot tell apart are two, also where one file spells a word beside them."""
    for name in ("north", "south", "west", "validation"):
        files.change_all(f"{name}.csv", "yes", "10000000000000000001")
        files.change_all(f"{name}.csv", "no", "10000000000000000002")
    assert paid(files.market)["data"]["classes"] == ["10000000000000000001", "10000000000000000002"]
    with files.file("validation.csv").open("a") as rows:
        rows.write("50,20.0,true,male,other\n")
    assert paid(files.market)["data"]["classes"] == ["10000000000000000001", "10000000000000000002", "other"]
