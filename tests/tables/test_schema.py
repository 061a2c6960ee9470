"""What the files of a round agree on, and every file that does not, refused with its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.files.table_file import read_dataset
from fairpool.ground.errors import InputError
from fairpool.tables.dataset import Dataset
from fairpool.tables.schema import Column, ColumnKind, Kind, Schema, agree_schema, unknown_categories
from strategies import few

NUMERIC, BOOLEAN, CATEGORICAL = ColumnKind.NUMERIC, ColumnKind.BOOLEAN, ColumnKind.CATEGORICAL


def rows(name: str = "validation", *, label: str = "y", **columns: object) -> Dataset:
    return Dataset.from_frame(pd.DataFrame(columns), label=label, name=name)


def agreed(
    validations: Dataset | list[Dataset],
    trainings: Dataset | list[Dataset] | None = None,
    *,
    task: Kind = Kind.REGRESSION,
    features: list[str] | None = None,
) -> Schema:
    trainings = validations if trainings is None else trainings
    several = [data if isinstance(data, list) else [data] for data in (validations, trainings)]
    return agree_schema(several[0], several[1], task=task, features=features)


def refusal(*arguments: object, **options: object) -> InputError:
    with pytest.raises(InputError) as refused:
        agreed(*arguments, **options)
    return refused.value


# ---- which columns


def test_columns_that_all_files_share_are_the_features():
    """In the order of the first validation file; the others are listed as not shared."""
    schema = agreed(rows(b=[1, 2], a=[3, 4], c=[5, 6], y=[7, 8]), rows("mn", a=[1], b=[2], d=[3], y=[4]))
    assert [column.name for column in schema.columns] == ["b", "a"]
    assert schema.unshared == ("c", "d")


def test_features_asked_for_must_be_in_every_file():
    """The message names the file that lacks one."""
    validation, training = rows(a=[1, 2], b=[3, 4], y=[5, 6]), rows("mn", a=[1, 2], y=[3, 4])
    assert [column.name for column in agreed(validation, training, features=["a"]).columns] == ["a"]
    refused = refusal(validation, training, features=["a", "b"])
    assert (refused.file, refused.column) == ("mn", "b")


def test_files_that_share_no_feature_are_refused():
    """There would be nothing to learn from."""
    assert "share no column" in str(refusal(rows(a=[1], y=[2]), rows("mn", b=[1], y=[2])))


def test_a_column_missing_everywhere_in_the_validation_files_is_dropped():
    """And listed; with no other column left there is nothing to learn from."""
    nothing = [None, " "]
    schema = agreed(rows(a=nothing, b=[1, 2], y=[1, 2]), rows("mn", a=["x", "z"], b=[1, 2], y=[1, 2]))
    assert [column.name for column in schema.columns] == ["b"]
    assert schema.dropped == ("a",)
    assert "every feature is missing" in str(refusal(rows(a=nothing, y=[1, 2])))


def test_files_must_have_the_same_label():
    """One round predicts one thing."""
    assert "expected 'y'" in str(refusal(rows(a=[1], y=[1]), rows("mn", label="z", a=[1], z=[1])))


def test_an_empty_party_is_refused():
    """By its name."""
    assert refusal(rows(a=[1], y=[1]), rows("mn", a=[], y=[])).file == "mn"


# ---- how a column is read


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([1, 2], Column("a", NUMERIC)),
        ([0.5, None], Column("a", NUMERIC)),
        (["007", "012"], Column("a", NUMERIC)),
        (["1", " 2.5 "], Column("a", NUMERIC)),
        ([True, None], Column("a", BOOLEAN)),
        (["TRUE", "false"], Column("a", BOOLEAN)),
        (["yes", "no"], Column("a", CATEGORICAL, ("no", "yes"))),
        (["1A", "2A"], Column("a", CATEGORICAL, ("1A", "2A"))),
        ([" b", "b"], Column("a", CATEGORICAL, ("b",))),
        (["b", "NA"], Column("a", CATEGORICAL, ("NA", "b"))),
        (["1", "NA"], Column("a", NUMERIC)),
        (pd.Series([1, 2], dtype="category"), Column("a", CATEGORICAL, ("1", "2"))),
    ],
)
def test_how_the_validation_file_fixes_the_reading(cells, expected):
    """By the cells that are not missing."""
    assert agreed(rows(a=cells, y=[1, 2])).columns == (expected,)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2], ["x", "2B"], Column("a", CATEGORICAL, ("1", "2", "2B", "x"))),
        ([1, 2], [True, False], Column("a", NUMERIC)),
        ([True, True], ["false", None], Column("a", BOOLEAN)),
        ([None, None], [1, 2], Column("a", NUMERIC)),
    ],
)
def test_the_validation_files_fix_the_reading_together(first, second, expected):
    """Whichever comes first."""
    one, two = rows("one", a=first, y=[1, 2]), rows("two", a=second, y=[1, 2])
    assert agreed([one, two]).columns == agreed([two, one]).columns == (expected,)


def test_truth_values_and_zero_one_are_taken_for_each_other():
    """One clinic writes TRUE, the next 1."""
    agreed(rows(a=[True, False], y=[1, 2]), rows("mn", a=[1, 0], y=[1, 2]))
    agreed(rows(a=[1, 0], y=[1, 2]), rows("mn", a=[True, None], y=[1, 2]))


@pytest.mark.parametrize("known", [[1.5, 2.5], [True, False]])
def test_a_stray_text_of_one_party_is_refused_with_the_keys_that_decide_it(known):
    """As one in the validation files is: only its owner knows whether nothing was measured, or these are codes."""
    training = rows("mn", a=pd.Series([1, None, "2l.4"], dtype=object), y=[1, 2, 1])
    said = str(refusal(rows(a=known, y=[1, 2]), training))
    assert 'missing = ["2l.4"] says so' in said
    assert 'categorical = ["a"] says so' in said


@pytest.mark.parametrize(
    ("known", "got", "expected"),
    [
        ([1.5, 2.5], "abc", "got 'abc', expected a number"),
        ([1.5, 2.5], "1,234", "got '1,234', expected a number"),
        ([1.5, 2.5], np.inf, "got 'inf', expected a finite number"),
        ([1.5, 2.5], "-Infinity", "got '-Infinity', expected a finite number"),
        ([1.5, 2.5], 1e300, "got '1e+300', expected a number between -1e+38 and 1e+38"),
        ([True, False], 2, "got '2', expected true or false"),
        ([True, False], "yes", "got 'yes', expected true or false"),
    ],
)
def test_a_training_cell_that_does_not_fit_is_refused(known, got, expected):
    """The message names the party, the row, the column, what was got and what was expected."""
    training = rows("mn", a=pd.Series([1, None, got, got], dtype=object), y=[1, 2, 3, 4])
    refused = refusal(rows(a=known, y=[1, 2]), training)
    assert (refused.file, refused.row, refused.column) == ("mn", 2, "a")
    assert expected in str(refused)


def test_the_row_of_a_file_is_its_line(tmp_path: Path):
    """The header is line 1, and blank lines count."""
    (tmp_path / "mn.csv").write_text("a,y\n1,1\n\n2,2\nabc,3\n")
    refused = refusal(rows(a=[1, 2], y=[1, 2]), read_dataset(tmp_path / "mn.csv", label="y"))
    assert (refused.file, refused.row, refused.column) == (str(tmp_path / "mn.csv"), 5, "a")


def test_an_infinite_number_in_a_validation_file_is_refused():
    """It has no mean."""
    assert refusal(rows("v", a=[1, np.inf], y=[1, 2])).row == 1


def test_numbers_with_thousands_separators_are_refused():
    """Read as texts they would become one category each."""
    refused = refusal(rows("v", a=["950", "1,234"], y=[1, 2]))
    assert (refused.file, refused.row, refused.column) == ("v", 1, "a")
    assert "without commas" in str(refused)


def test_a_stray_text_among_many_numbers_is_refused():
    """It would turn every measurement into a category."""
    cells = [*map(str, range(30)), "unknown"]
    refused = refusal(rows("v", a=cells, y=range(31)))
    assert (refused.row, refused.column) == (30, "a")
    assert "got 'unknown', expected a number as in most rows" in str(
        refusal([rows("v", a=cells, y=range(31))], [])
    )


def test_text_in_a_column_that_is_numeric_in_every_training_file_is_refused():
    """However few rows the validation file has."""
    validation, numbers = rows("v", a=["31", "abc", "40"], y=[1, 2, 3]), rows("mn", a=[30, 50], y=[1, 2])
    refused = refusal(validation, numbers)
    assert (refused.file, refused.row, refused.column) == ("v", 1, "a")
    assert "got 'abc', expected a number as in every training file" in str(refused)


def test_a_stray_text_is_refused_where_a_party_has_such_texts_too():
    """One cell of a small validation file, and a party of nothing else: every file's first row, and both keys."""
    validation = rows("v", a=["31", "abc", "40"], y=[1, 2, 3])
    numbers, mixed = rows("mn", a=[30, 50], y=[1, 2]), rows("wi", a=["3", "abc"], y=[1, 2])
    texts = rows("ky", a=["low", "high"], y=[1, 2])
    refused = refusal(validation, [numbers, mixed, texts])
    assert (refused.file, refused.row, refused.column) == ("v", 1, "a")
    assert str(refused).endswith(
        "got 'abc', expected a number as in most rows, or a blank where it is missing; if it means missing, "
        'missing = ["abc"] says so (if these are codes and not numbers, categorical = ["a"] says so)'
        "; more of them: wi, row 1; ky, row 0"
    )


def test_a_mark_for_missing_in_every_file_is_refused():
    """Few codes and many question marks are no texts, nor is one among true and false."""
    marked = rows("v", a=["?", "?", "?", "0", "2"], y=range(5))
    assert 'missing = ["?"] says so' in str(refusal(marked, [marked, marked]))
    truths = rows("v", a=["true", "?", "false"], y=range(3))
    assert "got '?', expected true or false as in" in str(refusal(truths, [truths, truths]))


def test_codes_with_one_text_are_asked_for_and_taken_where_they_are_declared():
    """1, 2, 3 and other: only the owner knows that these are no amounts."""
    cells = ["1", "2", "3", "other"]
    assert 'categorical = ["a"] says so' in str(refusal(rows("v", a=cells, y=range(4))))
    declared = rows("v", a=pd.Series(cells, dtype="category"), y=range(4))
    assert agreed(declared).columns == (Column("a", CATEGORICAL, tuple(cells)),)
    assert agreed(rows("v", a=["1", "2", "3+", "4+"], y=range(4))).columns[0].kind is CATEGORICAL


def test_numbers_in_most_files_are_no_texts_for_the_sake_of_one_owner():
    """Own tasks: three owners measure, the fourth writes words."""
    measured = [rows(f"m{k}", a=[1.5, 2.5 + k], b=[1, 2], y=[1, 2]) for k in range(3)]
    worded = rows("w", a=["low", "high"], b=[1, 2], y=[1, 2])
    refused = refusal([*measured, worded], [*measured, worded])
    assert (refused.file, refused.row) == ("w", 0)
    assert "expected a number as in most files" in str(refused)
    assert agreed([measured[0], worded], [measured[0], worded]).columns[0].kind is CATEGORICAL


NUMBERS = {
    "decimals": lambda rng, n: rng.normal(70, 9, n).round(4),
    "codes": lambda rng, n: rng.integers(0, 4, n),
    "numbers of patients": lambda rng, n: rng.permutation(n) + 1000,
    "truths": lambda rng, n: rng.random(n) < 0.5,
}


def with_stray(data: Dataset, text: str, place: int) -> Dataset:
    """One cell of column a is a text, as a file would give it."""
    cells = data.features["a"].astype(str)
    cells.iloc[place % len(cells)] = text
    return Dataset.from_frame(data.features.assign(a=cells, y=data.label), label="y", name=data.name)


@few
@given(data=st.data())
def test_one_stray_text_anywhere_never_changes_silently_what_a_column_is(data: st.DataObject):
    """In the validation file, in one party's, in some or in all: refused, or the schema is what it was without."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    kind = data.draw(st.sampled_from(sorted(NUMBERS)))
    sizes = data.draw(st.lists(st.sampled_from([2, 3, 5, 12, 30, 60]), min_size=2, max_size=5))
    files = [
        rows(f"f{k}", a=NUMBERS[kind](rng, n), b=rng.normal(size=n), y=rng.normal(size=n))
        for k, n in enumerate(sizes)
    ]
    text = data.draw(st.sampled_from(["?", "x", "n.b.", "unknown", "12a", "<5", "high"]))
    where = data.draw(st.sets(st.integers(0, len(files) - 1), min_size=1))
    spoilt = [
        with_stray(one, text, int(rng.integers(99))) if k in where else one for k, one in enumerate(files)
    ]
    before = agreed(files[0], files[1:])
    after, refused = None, None
    try:
        after = agreed(spoilt[0], spoilt[1:])
    except InputError as problem:
        refused = problem
    if refused is not None:
        assert (refused.column, refused.row is None) == ("a", False)
    else:
        assert (after.columns, after.identifiers) == (before.columns, before.identifiers)


def test_a_column_that_names_rows_is_refused():
    """A patient's name is no category."""
    refused = refusal(rows("v", patient=[f"p{i}" for i in range(300)], y=range(300)))
    assert refused.column == "patient"
    assert "got 300 different texts, expected at most 256 categories" in str(refused)


@pytest.mark.parametrize("place", ["validation", "training"])
def test_dates_of_a_file_format_are_refused_where_a_column_was_asked_for(place):
    """With the type that was got; a training file may not have dates where the validation file has numbers."""
    dates, numbers = rows("d", a=pd.to_datetime(["2020-01-01"]), y=[1]), rows("n", a=[1], y=[1])
    refused = refusal(dates, numbers, features=["a"]) if place == "validation" else refusal(numbers, dates)
    assert (refused.file, refused.column) == ("d", "a")
    assert "datetime64" in str(refused)


# ---- labels


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([10, 9, 1], ("1", "9", "10")),
        ([1.0, 2.5, 10.0], ("1", "2.5", "10")),
        (["b", "a", "10"], ("10", "a", "b")),
        ([True, False, True], ("false", "true")),
        (["None", "mild", "None"], ("None", "mild")),
    ],
)
def test_classes_are_in_order(labels, classes):
    """Of number where all are numbers, else of the alphabet."""
    assert agreed(rows(a=[1, 2, 3], y=labels), task=Kind.CLASSIFICATION).classes == classes


def test_equal_labels_are_one_class_however_they_are_written():
    """1, 1.0 and "1" in three files."""
    files = [rows(str(i), a=[1, 2], y=labels) for i, labels in enumerate(([1, 2], [1.0, 2.0], ["1", " 2"]))]
    assert agreed(files, task=Kind.CLASSIFICATION).classes == ("1", "2")


def test_a_label_that_no_validation_row_holds_is_refused():
    """With the label and the known classes."""
    validation, training = rows(a=[1, 2], y=["u", "v"]), rows("mn", a=[1, 2, 3], y=["u", "v", "w"])
    refused = refusal(validation, training, task=Kind.CLASSIFICATION)
    assert (refused.file, refused.row, refused.column) == ("mn", 2, "y")
    assert "got 'w', expected a label that the validation data knows: 'u', 'v'" in str(refused)


def test_one_class_only_is_refused():
    """In all validation files, or in all training files; a single party may have one class."""
    both, one, other = rows(a=[1, 2], y=[0, 1]), rows("mn", a=[1], y=[0]), rows("ky", a=[1], y=[1])
    assert "in all validation data" in str(refusal(one, both, task=Kind.CLASSIFICATION))
    assert "in all training data" in str(refusal(both, [one, one], task=Kind.CLASSIFICATION))
    assert agreed([one, other], [one, other], task=Kind.CLASSIFICATION).classes == ("0", "1")


@pytest.mark.parametrize("task", Kind)
@pytest.mark.parametrize("missing", [None, "", " NA "])
def test_a_missing_label_is_refused(task, missing):
    """A row without a label teaches nothing."""
    labels = pd.Series([1, 2, missing], dtype=object)
    refused = refusal(rows(a=[1, 2], y=[1, 2]), rows("mn", a=[1, 2, 3], y=labels), task=task)
    assert (refused.file, refused.row, refused.column) == ("mn", 2, "y")
    assert "every row needs its label" in str(refused)


@pytest.mark.parametrize("label", ["high", np.inf, 1e39])
def test_a_regression_predicts_finite_numbers(label):
    """Text and infinity are refused with their row."""
    training = rows("mn", a=[1, 2], y=pd.Series([1, label], dtype=object))
    refused = refusal(rows(a=[1, 2], y=[1, 2]), training)
    assert (refused.file, refused.row, refused.column) == ("mn", 1, "y")


def test_measurements_as_classes_are_refused():
    """Someone who classifies a decimal column wants a regression; whole numbers may be classes."""
    labels = np.arange(60) / 7
    refused = refusal(rows("v", a=range(60), y=labels), task=Kind.CLASSIFICATION)
    assert (refused.file, refused.column) == ("v", "y")
    assert '"r2" or "one-minus-rmse"' in str(refused)
    assert len(agreed(rows(a=range(60), y=range(60)), task=Kind.CLASSIFICATION).classes or ()) == 60


def test_a_regression_has_no_classes():
    """Only a classification does."""
    assert agreed(rows(a=[1, 2], y=[1, 2])).classes is None


def test_texts_that_no_validation_row_holds_are_counted():
    """A typing error looks like a rare category; blanks and known texts are not counted."""
    validation, training = (
        rows(site=["a", "b"], n=[1, 2], y=[1, 2]),
        rows("mn", site=["a", "A", "A", None], n=[1] * 4, y=[1] * 4),
    )
    schema = agreed(validation, training)
    assert unknown_categories(schema, training) == {"site": {"A": 2}}
    assert unknown_categories(schema, validation) == {}
