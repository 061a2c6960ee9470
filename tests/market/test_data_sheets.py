"""Data sheets: silent about honest data, and a note for each thing that stands out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fairpool.examples import example_path
from fairpool.files.market.market_file import read_market_file
from fairpool.files.market.round_inputs import read_rows
from fairpool.ground.errors import InputError
from fairpool.ground.privacy import FEWEST_ROWS
from fairpool.market.agreement import LearningTerms, RoundTerms, agree
from fairpool.market.party import Party
from fairpool.market.payments import PriceTerms
from fairpool.tables.dataset import Dataset


def patients(rng, rows, *, age=50.0):
    """Cholesterol in mg/dl, age, temperature in Celsius, a truth value, three wards; the old and fat are ill."""
    years, fat = rng.normal(age, 12, rows).round().clip(1), rng.normal(220, 40, rows).round(1)
    ill = (years - 50) / 12 + (fat - 220) / 40 + 0.5 * rng.normal(size=rows) > 0
    return pd.DataFrame(
        {
            "chol": fat,
            "age": years,
            "temperature": rng.normal(36.9, 0.5, rows).round(1),
            "smoker": rng.random(rows) < 0.4,
            "ward": rng.choice(["east", "north", "south"], rows),
            "ill": np.where(ill, "yes", "no"),
        }
    )


def agreed_on(*tables, score="accuracy", label="ill", features=None, rows=250, change=lambda table: table):
    """A round of the tables; ``change`` is made to the validation data."""
    rng = np.random.default_rng(9)
    validation = Dataset.from_frame(change(patients(rng, rows)), label=label)
    members = [Party(f"P{i}", Dataset.from_frame(table, label=label)) for i, table in enumerate(tables)]
    terms = RoundTerms(PriceTerms(1000), LearningTerms("ridge", {}, score, features))
    return agree(members, validation, terms, rng=rng)


def sheets(*tables, **options):
    return agreed_on(*tables, **options).data_sheets


def notes(table, **options):
    return [note.removeprefix("P0: ") for note in sheets(table, **options)[0].notes]


@pytest.mark.long
def test_honest_parties_are_told_nothing_of():
    """A hundred and twenty sheets of 20 to 300 patients, in part much older than the validation data's."""
    rng = np.random.default_rng(1)
    for _ in range(4):
        tables = [patients(rng, int(rng.integers(20, 300)), age=float(rng.normal(50, 12))) for _ in range(30)]
        assert [sheet.notes for sheet in sheets(*tables)] == [()] * 30


@pytest.mark.parametrize("folder", ["periodontal", "insurance"])
def test_what_is_noted_of_the_shipped_rounds_is_true(folder):
    """One site of the insurance experiment did not ask for an index: nothing else stands out."""
    market = read_market_file(example_path(folder) / "MARKET.toml")
    terms = RoundTerms(
        PriceTerms(1000), LearningTerms(market.learner, market.learner_options, market.score, market.features)
    )
    rows = read_rows(market)
    agreed = agree(rows.parties, rows.validation, terms, rng=np.random.default_rng(0))
    noted = [note for sheet in agreed.data_sheets for note in sheet.notes]
    true = ["Dayton: general_health_index is blank in 100% of its rows (validation: 21%)"]
    assert noted == (true if folder == "insurance" else [])
    assert not any(one.more_than_chance for one in agreed.rows_in_validation)
    assert agreed.preprocessing.schema.identifiers == ()


def other(column, change):
    table = patients(np.random.default_rng(2), 120)
    table[column] = change(table[column])
    return table


@pytest.mark.parametrize(
    ("column", "change", "unit"),
    [
        ("chol", lambda x: x / 38.67, "cholesterol"),
        ("chol", lambda x: x * 10, "a power of ten, 10"),
        ("chol", lambda x: x / 1000, "a power of ten, 1,000"),
        ("temperature", lambda x: 1.8 * x + 32, "°F"),
        ("temperature", lambda x: -x, "the opposite sign"),
        ("age", lambda x: x * 12, "months"),
        ("age", lambda x: x * 365.25, "days"),
    ],
)
def test_another_unit_is_told(column, change, unit):
    """By the name of the conversion, and of no value."""
    assert any(column in note and unit in note for note in notes(other(column, change)))


def test_values_far_out_are_counted():
    """A typing error of 10^6, signs for missing, a decimal point in place of one for thousands."""

    def spoil(ages):
        ages = ages.astype(float)
        ages.iloc[[3, 4, 5]] = [1_000_000.0, 999.0, -99.0]
        return ages

    assert notes(other("age", spoil)) == [
        "age has 3 values far outside the validation data's range: typing errors, or signs for missing?"
    ]
    shifted = notes(other("chol", lambda x: x.where(x.index > 0, x / 1000)))
    assert shifted[0].startswith("chol has 1 value far outside")


def test_a_column_of_which_hardly_a_value_lies_within_the_range_holds_no_typing_errors():
    """Signs for missing in every second row, or values of another population in all: one wording, whichever it is."""
    assert notes(other("age", lambda x: x.where(x.index % 5 == 0, -9999.0))) == [
        "age lies outside the validation data's range in 80% of its rows: "
        "another unit, another population, or signs for missing?"
    ]
    (note,) = notes(other("age", lambda x: 5000 + 3000 * np.random.default_rng(1).random(len(x))))
    assert note == (
        "age lies outside the validation data's range in all its rows: "
        "another unit, another population, or signs for missing?"
    )
    (note,) = notes(other("ward", lambda x: x.str.upper()))
    assert note == "ward holds texts that the validation data do not in all its rows: is it coded otherwise?"


def test_texts_that_the_validation_data_hold_are_told_of_nobody_however_rare():
    """They are no category of a model, and yet no other coding."""
    rng = np.random.default_rng(8)
    rare = patients(rng, 6).assign(ward="west")
    task = lambda table: table.assign(ward=table["ward"].where(table.index > 2, "west"))  # noqa: E731
    found = agreed_on(rare, patients(rng, 60), change=task)
    assert found.preprocessing.schema.columns[4].categories == ("east", "north", "south")
    assert found.data_sheets[0].notes == ()


def four_parties():
    rng = np.random.default_rng(4)
    return [patients(rng, 240) for _ in range(4)]


@pytest.mark.parametrize(
    ("column", "change", "told"),
    [
        (
            "chol",
            lambda x: x * 1000,
            "Column 'chol': all 4 parties' values are about a thousandth of the validation file's: the validation "
            "file may be in another unit",
        ),
        (
            "chol",
            lambda x: x / 10,
            "Column 'chol': all 4 parties' values are about ten times the validation file's: the validation file "
            "may be in another unit",
        ),
        (
            "temperature",
            lambda x: 1.8 * x + 32,
            "Column 'temperature': all 4 parties' values look as if they were in another unit than those of the "
            "validation file (°F and °C): the validation file may be in another unit",
        ),
        (
            "age",
            lambda x: 5000 + 3000 * np.random.default_rng(1).random(len(x)),
            "Column 'age': all 4 parties' values lie outside the range of the validation file in most rows: the "
            "validation file may be in another unit, or of another population",
        ),
        (
            "ward",
            lambda x: x.str.upper(),
            "Column 'ward': all 4 parties' texts are mostly none of those in the validation file: the validation file "
            "may be coded otherwise",
        ),
        (
            "chol",
            lambda x: 440 - x,
            "Column 'chol': with all 4 parties it goes with the label the other way round than in the validation file: "
            "the validation file may have another sign or meaning there",
        ),
        (
            "ill",
            lambda y: y.map({"yes": "no", "no": "yes"}),
            "The labels (ill) of all 4 parties fall where those of the validation file rise: the validation file may "
            "have them reversed, or spelt the other way round",
        ),
    ],
)
def test_where_every_party_stands_out_alike_the_validation_file_does(column, change, told):
    """One note, and none of any party."""
    found = agreed_on(*four_parties(), change=lambda table: table.assign(**{column: change(table[column])}))
    assert found.notes_on_validation == (told,)
    assert [sheet.notes for sheet in found.data_sheets] == [()] * 4
    assert found.unknown_categories == ()


def test_what_every_party_lacks_is_one_note_that_blames_nobody():
    """Blank, or one value for each party: its own name, say."""
    tables = [
        table.assign(chol=np.nan, ward=ward) for table, ward in zip(four_parties(), "enws", strict=True)
    ]
    wards = {"east": "e", "north": "n", "south": "s"}
    found = agreed_on(*tables, change=lambda table: table.assign(ward=table["ward"].map(wards)))
    assert [note.partition(":")[0] for note in found.notes_on_validation] == [
        "Column 'chol' is blank in most rows of all 4 parties and not in the validation file",
        "Column 'ward' has one value in all rows of each of all 4 parties and more of them in the validation file",
    ]


def test_one_party_that_fits_does_not_hide_an_odd_validation_file():
    """Three of four are enough, two of four are parties that stand out, and so is one alone."""
    tables = four_parties()
    grams = lambda table: table.assign(chol=table["chol"] * 1000)  # noqa: E731
    found = agreed_on(grams(tables[0]), *tables[1:], change=grams)
    assert found.notes_on_validation[0].startswith(
        "Column 'chol': 3 of 4 parties' values are about a thousandth"
    )
    assert [sheet.notes for sheet in found.data_sheets] == [()] * 4
    found = agreed_on(*map(grams, tables[:2]), *tables[2:], change=grams)
    assert found.notes_on_validation == ()
    assert [len(sheet.notes) for sheet in found.data_sheets] == [0, 0, 1, 1]
    found = agreed_on(tables[0], change=grams)
    assert (found.notes_on_validation, len(found.data_sheets[0].notes)) == ((), 1)


def test_parties_in_two_other_units_are_told_each():
    """No unit of the validation file explains both."""
    tables = [
        table.assign(chol=table["chol"] / k)
        for table, k in zip(four_parties(), (1, 1, 38.67, 38.67), strict=True)
    ]
    found = agreed_on(*tables, change=lambda table: table.assign(chol=table["chol"] * 1000))
    assert found.notes_on_validation == ()
    assert [len(sheet.notes) for sheet in found.data_sheets] == [1] * 4


def test_blank_and_constant_columns_are_told():
    assert notes(other("chol", lambda x: x * np.nan)) == [
        "chol is blank in 100% of its rows (validation: 0%)"
    ]
    assert notes(other("ward", lambda x: x.map(lambda _: "east"))) == [
        "ward is the same in all its rows that have it"
    ]


def test_a_column_that_is_turned_is_told():
    """Its values lie as the validation data's do; only how it goes with the label tells."""
    assert notes(other("chol", lambda x: 440 - x)) == [
        "chol goes with ill the other way round than in the validation data: has it another sign or meaning?"
    ]


def test_grades_that_are_turned_are_told():
    """0 to 4 as 4 to 0, which are classes here and in order."""
    rng = np.random.default_rng(3)

    def graded(rows):
        table = patients(rng, rows)
        risk = (table["age"] - 50) / 12 + (table["chol"] - 220) / 40
        return table.assign(ill=np.clip(np.round(risk + 2), 0, 4).astype(int))

    def noted(table):
        parties = [Party("P", Dataset.from_frame(table, label="ill"))]
        task = Dataset.from_frame(graded(250), label="ill")
        terms = RoundTerms(PriceTerms(1000), LearningTerms("naive-bayes", {}, "accuracy", None))
        return agree(parties, task, terms, rng=rng).data_sheets[0].notes

    assert noted(graded(120)) == ()
    (note,) = noted(graded(120).assign(ill=lambda table: 4 - table["ill"]))
    assert note.startswith("P: its labels (ill) fall where the validation data's rise")


def test_labels_that_are_turned_are_told():
    """Yes for no; and numbers that fall where the validation data's rise."""
    turned = notes(other("ill", lambda y: y.map({"yes": "no", "no": "yes"})))
    assert turned[0].startswith("its labels (ill) fall where the validation data's rise")
    rng, slope = np.random.default_rng(3), pd.Series([1.0, -1.0])
    tables = []
    for sign in slope:
        x = rng.normal(size=120)
        tables.append(pd.DataFrame({"x": x, "y": sign * x + 0.3 * rng.normal(size=120)}))
    data = [Dataset.from_frame(table, label="y") for table in tables]
    terms = RoundTerms(PriceTerms(1000), LearningTerms("ridge", {}, "r2"))
    agreed = agree([Party("up", data[0]), Party("down", data[1])], data[0], terms, rng=rng)
    assert [len(sheet.notes) for sheet in agreed.data_sheets] == [0, 1]
    assert "down: its labels (y) fall" in agreed.data_sheets[1].notes[0]


def test_a_class_that_a_party_never_has_is_told():
    """A party beside it keeps both classes in the round."""
    only = other("ill", lambda y: y.map(lambda _: "no"))
    both = patients(np.random.default_rng(3), 100)
    assert any("no row has the label yes" in note for note in sheets(only, both)[0].notes)


def test_rows_that_repeat_are_told():
    table = patients(np.random.default_rng(2), 20)
    repeated = pd.concat([table] * 5, ignore_index=True)
    sheet = sheets(repeated)[0]
    assert (sheet.rows, sheet.repeated) == (100, 80)
    assert sheet.notes[0].startswith("P0: 80 of its 100 rows repeat an earlier one")


def test_ranges_are_means_of_ten_rows_with_ten_beyond():
    """Below two hundred rows a twentieth is fewer than ten: nothing is shown."""
    rng = np.random.default_rng(4)
    few, many = patients(rng, 199), patients(rng, 400)
    assert {column.low for column in sheets(few)[0].columns} == {None}
    chol = sheets(many)[0].columns[0]
    ordered = np.sort(many["chol"])
    half = FEWEST_ROWS // 2
    assert chol.low == float(f"{ordered[20 - half : 20 + half].mean():.3g}")
    assert np.mean(many["chol"] < chol.low) == pytest.approx(0.05, abs=0.02)
    assert np.mean(many["chol"] > chol.high) == pytest.approx(0.05, abs=0.02)


def test_a_stray_text_in_one_file_takes_a_column_from_nobody():
    """Decimals are measurements; the text is refused where it stands, and no round is settled without the column."""
    rng = np.random.default_rng(7)
    train, task = (patients(rng, rows).assign(mass=rng.normal(70, 9, rows)) for rows in (80, 90))
    stray = train.assign(mass=train["mass"].astype(str).where(train.index != 3, "n.b."))

    def agreed(other, task=task):
        members = [
            Party(name, Dataset.from_frame(table, label="ill"))
            for name, table in (("P", train), ("Q", other))
        ]
        terms = RoundTerms(PriceTerms(1000), LearningTerms("ridge"))
        return agree(members, Dataset.from_frame(task, label="ill"), terms, rng=rng).preprocessing.schema

    assert agreed(train).identifiers == ()
    with pytest.raises(InputError, match=r"got 'n\.b\.', expected a number"):
        agreed(stray)
    with pytest.raises(InputError, match=r"got 'n\.b\.', expected a number as in every training file"):
        agreed(train, task.assign(mass=task["mass"].astype(str).where(task.index != 3, "n.b.")))


def test_columns_that_name_rows_are_left_out_unless_asked_for():
    """Numbers of patients and names; not ages, not decimals however different."""
    rng = np.random.default_rng(5)

    def numbered(rows):
        table = patients(rng, rows)
        return table.assign(
            number=rng.permutation(rows) + 1,
            name=[f"n{k}" for k in range(rows)],
            mass=rng.normal(70, 9, rows),
        )

    train, task = numbered(80), numbered(90)
    terms = RoundTerms(PriceTerms(1000), LearningTerms("ridge"))

    def agreed(features):
        learning = replace(terms.learning, features=features)
        return agree(
            [Party("P", Dataset.from_frame(train, label="ill"))],
            Dataset.from_frame(task, label="ill"),
            replace(terms, learning=learning),
            rng=rng,
        ).preprocessing.schema

    assert agreed(None).identifiers == ("number", "name")
    assert [column.name for column in agreed(["number", "mass"]).columns] == ["number", "mass"]


def test_rare_texts_are_no_categories_of_a_model():
    """Nine rows are too few, ten are enough, over all files of the round and repeated rows counted once."""
    rng = np.random.default_rng(6)

    def with_ward(table, rare, often):
        table.loc[table.index[:rare], "ward"] = "rare"
        table.loc[table.index[20 : 20 + often], "ward"] = "often"
        return table

    train, task = with_ward(patients(rng, 60), 4, 5), with_ward(patients(rng, 60), 5, 5)
    train = pd.concat([train, train[:4]], ignore_index=True)
    agreed = agree(
        [Party("P", Dataset.from_frame(train, label="ill"))],
        Dataset.from_frame(task, label="ill"),
        RoundTerms(PriceTerms(1000), LearningTerms("ridge")),
        rng=rng,
    )
    names = agreed.preprocessing.names
    assert "ward=often" in names
    assert "ward=rare" not in names
    ward = agreed.experiment.tasks[0].X[:, [names.index(name) for name in names if "ward" in name]]
    assert (~ward.any(axis=1)).sum() == 5
