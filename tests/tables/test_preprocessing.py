"""One treatment for a round: what it does, what it is learnt from, and what cannot move it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from fairpool.ground.errors import InputError
from fairpool.tables.dataset import Dataset
from fairpool.tables.schema import Kind, agree_schema
from fairpool.tables.treatment.preprocessing import Preprocessing, learn_preprocessing

VALIDATION = pd.DataFrame(
    {
        "age": [30.0, 40.0, None, 62.0],
        "smoker": [True, False, None, True],
        "site": ["b", "a", None, "b"],
        "height": [170, 170, 170, 170],
        "y": [1.0, 2.0, 3.0, 4.0],
    }
)


def rows(frame: pd.DataFrame, name: str = "validation") -> Dataset:
    return Dataset.from_frame(frame, label="y", name=name)


def learnt(*validations: pd.DataFrame, task: Kind = Kind.REGRESSION) -> Preprocessing:
    files = [rows(frame) for frame in validations]
    return learn_preprocessing(agree_schema(files, files, task=task, features=None), files)


# ---- what it does


def test_each_kind_of_column_by_hand():
    """Median 40 for the missing age, mean 43 and variance 137 of (30, 40, 40, 62); a constant has scale 1."""
    treatment = learnt(VALIDATION)
    age = (np.array([30.0, 40.0, 40.0, 62.0]) - 43.0) / np.sqrt(137.0)
    assert treatment.names == ("age", "height", "smoker", "site=a", "site=b", "site=missing")
    expected = np.column_stack([age, np.zeros(4), [1, 0, 1, 1], [0, 1, 0, 0], [1, 0, 0, 1], [0, 0, 1, 0]])
    np.testing.assert_allclose(treatment.apply(rows(VALIDATION)), expected, rtol=0, atol=1e-15)


def test_the_result_is_what_learners_need():
    """float64, C-contiguous, one row a row; labels float64, in standard deviations of the validation labels."""
    treatment = learnt(VALIDATION)
    X = treatment.apply(rows(VALIDATION))
    assert (X.shape, X.dtype, X.flags.c_contiguous) == ((4, 6), np.float64, True)
    labels = treatment.labels(rows(VALIDATION))
    assert labels.dtype == np.float64
    np.testing.assert_allclose(labels * np.sqrt(1.25) + 2.5, [1.0, 2.0, 3.0, 4.0])


def test_classes_become_codes():
    """Positions in the classes of the schema."""
    frame = VALIDATION.assign(y=["v", "u", "v", "u"])
    codes = learnt(frame, task=Kind.CLASSIFICATION).labels(rows(frame))
    assert (codes.dtype, codes.tolist()) == (np.int64, [1, 0, 1, 0])


def test_an_unknown_category_is_all_zeros():
    """It says: none of those known."""
    X = learnt(VALIDATION).apply(rows(VALIDATION.assign(site="c")))
    assert not X[:, 3:].any()


def test_other_order_and_more_columns_change_nothing():
    """Columns are taken by name."""
    shuffled = VALIDATION[["y", "site", "height", "smoker", "age"]].assign(more=1)
    treatment = learnt(VALIDATION)
    np.testing.assert_array_equal(treatment.apply(rows(shuffled)), treatment.apply(rows(VALIDATION)))


def test_raw_columns_of_any_form_become_inputs_of_the_transformer():
    """A model is asked with raw columns, without a label: as texts, or as numbers in other dtypes."""
    treatment = learnt(VALIDATION)
    expected = treatment.apply(rows(VALIDATION))
    for asked in (VALIDATION, VALIDATION.astype("string"), VALIDATION.astype(object)):
        inputs = treatment.inputs(asked.drop(columns="y"))
        assert list(inputs.columns) == ["age", "smoker", "site", "height"]
        np.testing.assert_array_equal(treatment.transformer.transform(inputs), expected)
    with pytest.raises(InputError, match="column 'site': got no such feature"):
        treatment.inputs(VALIDATION.drop(columns="site"))


# ---- what cannot move it


def test_it_is_learnt_from_distinct_rows():
    """A row that comes twice, in one file or in two, counts once."""
    expected = learnt(VALIDATION).apply(rows(VALIDATION))
    twice = pd.concat([VALIDATION, VALIDATION.iloc[[0, 0, 2]]])
    np.testing.assert_array_equal(learnt(twice).apply(rows(VALIDATION)), expected)
    np.testing.assert_array_equal(learnt(VALIDATION, VALIDATION, twice).apply(rows(VALIDATION)), expected)


CELL = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.0, -0.0, 1e-9, 1e12]))
ROW = st.tuples(CELL, CELL, st.sampled_from(["a", "b", None]), st.sampled_from([True, False, None]))


@given(st.lists(ROW, min_size=2, max_size=20), st.data())
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_and_files_does_not_matter_to_the_last_bit(some, data):
    """Nor does how the rows are dealt out to the files; what is refused is refused in the same words."""
    frame = pd.DataFrame([(1.0, 2.0, "a", True), *some], columns=["p", "q", "site", "b"]).assign(y=1.0)
    order = data.draw(st.permutations(range(len(frame))))
    cut = data.draw(st.integers(1, len(frame) - 1))
    dealt = [frame.iloc[order[:cut]], frame.iloc[order[cut:]]]
    files = [[rows(frame)], [rows(part) for part in dealt]]
    schema = agree_schema(files[0], files[0], task=Kind.REGRESSION, features=None)
    one, two = (treated_or_refused(schema, some_files, frame) for some_files in files)
    assert one == two


def treated_or_refused(schema, validation, frame):
    """The bytes of the treated rows, or why there are none: a number may be too far from others that are tiny."""
    try:
        return learn_preprocessing(schema, validation).apply(rows(frame)).tobytes()
    except InputError as refused:
        return str(refused)


def test_training_rows_cannot_move_it():
    """A hostile outlier is treated as it comes and changes the treatment of nobody else."""
    validation, honest = rows(VALIDATION), rows(VALIDATION, "honest")
    hostile = rows(VALIDATION.assign(age=1e30, site="z"), "hostile")
    treated = []
    for trainings in ([honest], [honest, hostile]):
        schema = agree_schema([validation], trainings, task=Kind.REGRESSION, features=None)
        treated.append(learn_preprocessing(schema, [validation]).apply(honest))
    np.testing.assert_array_equal(*treated)


# ---- why not from the pooled training data


X = np.array([[1.0, 0.0], [0.0, 2.0]])  # labelled "left" and "right"
Y = np.array([[0.0, 4.0]])
QUERY = np.array([[0.4, 0.35]])


def nearest_label(scaler: StandardScaler) -> str:
    model = KNeighborsClassifier(1).fit(scaler.transform(X), ["left", "right"])
    return str(model.predict(scaler.transform(QUERY))[0])


def test_scaled_by_the_pool_a_copy_changes_the_nearest_neighbour_of_somebody_else():
    """The counterexample of decision 0004, by hand: M(X) without and with a copy of Y in the pool.

    Variances of the columns of {X, Y} are 2/9 and 8/3, of {X, Y, Y} 3/16 and 11/4.  Squared distances from
    the query to X's rows are 1.666 < 1.741 with the first, 1.964 > 1.843 with the second.
    """
    pool, with_copy = StandardScaler().fit(np.vstack([X, Y])), StandardScaler().fit(np.vstack([X, Y, Y]))
    np.testing.assert_allclose(pool.var_, [2 / 9, 8 / 3])
    np.testing.assert_allclose(with_copy.var_, [3 / 16, 11 / 4])
    assert (nearest_label(pool), nearest_label(with_copy)) == ("left", "right")


def test_learnt_from_the_validation_rows_a_copy_changes_nothing():
    """The same parties: whoever enters a copy, everybody's treated rows are the same bits."""
    validation = rows(pd.DataFrame(np.vstack([QUERY, X])).assign(y=["left", "left", "right"]))
    first = rows(pd.DataFrame(X).assign(y=["left", "right"]), "X")
    second = rows(pd.DataFrame(Y).assign(y=["right"]), "Y")
    treated = []
    for parties in ([first, second], [first, second, second]):
        schema = agree_schema([validation], parties, task=Kind.CLASSIFICATION, features=None)
        treated.append(learn_preprocessing(schema, [validation]).apply(first))
    np.testing.assert_array_equal(*treated)


# ---- numbers at the edge


def test_outliers_are_kept():
    """A finite outlier stays where it is: its owner bears what it does."""
    X = learnt(VALIDATION).apply(rows(VALIDATION.assign(age=1e30)))
    np.testing.assert_allclose(X[:, 0], 1e30 / np.sqrt(137.0))


def test_a_number_that_scaling_would_carry_too_far_is_refused():
    """With party, row and column, and the scale that was learnt; never an infinity."""
    tiny = VALIDATION.assign(age=[0.0, 1e-150, 2e-150, 3e-150])
    far = rows(tiny.assign(age=[0.0, 1e-150, 1e30, 1e38]), "mn")
    with pytest.raises(InputError, match="standard deviations of the validation data's mean") as refused:
        learnt(tiny).apply(far)
    assert (refused.value.file, refused.value.row, refused.value.column) == ("mn", 2, "age")


def test_numbers_up_to_the_limit_are_scaled():
    """1e38 squares to 1e76 on the way: nothing overflows."""
    X = learnt(VALIDATION.assign(age=[1e38, -1e38, 1e38, -1e38])).apply(rows(VALIDATION.assign(age=1e38)))
    np.testing.assert_allclose(X[:, 0], 1.0)


@pytest.mark.parametrize("keep", [["age"], ["smoker"], ["site"], ["site", "smoker"]])
def test_a_kind_of_column_may_be_absent(keep):
    """Only numbers, only truth values, only texts."""
    frame = VALIDATION[[*keep, "y"]]
    treatment = learnt(frame)
    X = treatment.apply(rows(frame))
    assert X.shape == (4, len(treatment.names))
    assert np.isfinite(X).all()
