"""Values of single rows against enumeration of all subsets."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import StandardScaler

from fairpool.comparing.distances import nearest_first
from fairpool.ground.errors import InputError
from fairpool.learning.row_valuation.tables import value_rows
from fairpool.learning.row_valuation.values import row_values
from fairpool.tables.schema import Kind


def nearest_labels(X, y, members, x, K):
    """Labels of the K members nearest to x, ordered by (distance, label)."""
    return [label for _, label in sorted((float(((X[i] - x) ** 2).sum()), y[i]) for i in members)[:K]]


def share_of_right_labels(X, y, members, task_X, task_y, K):
    hits = [nearest_labels(X, y, members, x, K).count(label) for x, label in zip(task_X, task_y, strict=True)]
    return float(np.mean(hits)) / K


def r_squared(X, y, members, task_X, task_y, K):
    centre = task_y.mean()
    errors = [
        sum(label - centre for label in nearest_labels(X, y, members, x, K)) / K - (target - centre)
        for x, target in zip(task_X, task_y, strict=True)
    ]
    return 1 - float(np.sum(np.square(errors)) / np.sum((task_y - centre) ** 2))


def shapley_by_enumeration(worth, n):
    """The definition: mean marginal contribution, first over subsets of a size, then over sizes."""
    values = np.zeros(n)
    for size in range(n):
        for S in combinations(range(n), size):
            for i in set(range(n)) - set(S):
                values[i] += (worth((*S, i)) - worth(S)) / (n * comb(n - 1, size))
    return values


@st.composite
def instances(draw, labels):
    """Few rows on a small grid, so that equal rows, equal distances and K > n are all common."""
    n, t, d = draw(st.integers(1, 6)), draw(st.integers(2, 3)), draw(st.integers(1, 2))
    grid = st.integers(-2, 2).map(float)
    X, task_X = draw(arrays(float, (n, d), elements=grid)), draw(arrays(float, (t, d), elements=grid))
    y, task_y = draw(arrays(labels.dtype, n, elements=st.sampled_from(labels.tolist()))), labels[:t]
    return X, y, task_X, task_y, draw(st.integers(1, 8))


@settings(deadline=None, max_examples=60)
@given(instances(np.array([2, 0, 1])))
def test_class_values_are_shapley_values_of_the_share_of_right_labels(instance):
    """Every K, ties and duplicates included, agree with enumeration."""
    X, y, task_X, task_y, K = instance

    def worth(S):
        return share_of_right_labels(X, y, S, task_X, task_y, K)

    np.testing.assert_allclose(
        row_values(X, y, task_X, task_y, neighbours=K), shapley_by_enumeration(worth, len(X)), atol=1e-13
    )


@settings(deadline=None, max_examples=60)
@given(instances(np.array([3.5, -1.0, 0.25])))
def test_regression_values_are_shapley_values_of_r_squared(instance):
    """Every K, ties and duplicates included, agree with enumeration; no rows are worth nothing."""
    X, y, task_X, task_y, K = instance

    def worth(S):
        return r_squared(X, y, S, task_X, task_y, K)

    assert worth(()) == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(
        row_values(X, y, task_X, task_y, neighbours=K), shapley_by_enumeration(worth, len(X)), atol=1e-12
    )


@pytest.mark.parametrize("K", [1, 2, 4, 9, 12])
def test_nine_rows_without_ties(K):
    """Larger than the random instances: nine rows, five task rows, both kinds of labels."""
    rng = np.random.default_rng(K)
    X, task_X = rng.normal(size=(9, 3)), rng.normal(size=(5, 3))
    y, task_y = rng.normal(size=9), rng.normal(size=5)
    values = row_values(X, y, task_X, task_y, neighbours=K)
    expected = shapley_by_enumeration(lambda S: r_squared(X, y, S, task_X, task_y, K), 9)
    np.testing.assert_allclose(values, expected, atol=1e-12)
    y, task_y = y > 0, task_y > 0
    values = row_values(X, y, task_X, task_y, neighbours=K)
    expected = shapley_by_enumeration(lambda S: share_of_right_labels(X, y, S, task_X, task_y, K), 9)
    np.testing.assert_allclose(values, expected, atol=1e-13)


def test_class_values_sum_to_what_scikit_learn_gives_the_right_class():
    """The pot is the mean predicted probability of the right class."""
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    model = KNeighborsClassifier(7).fit(X[:300], y[:300])
    right = model.predict_proba(X[300:])[np.arange(269), y[300:]]
    assert row_values(X[:300], y[:300], X[300:], y[300:], neighbours=7).sum() == pytest.approx(right.mean())


def test_regression_values_sum_to_scikit_learns_r_squared():
    """The pot is the R^2 of the K-NN mean."""
    X, y = load_diabetes(return_X_y=True)
    model = KNeighborsRegressor(9).fit(X[:300], y[:300])
    values = row_values(X[:300], y[:300], X[300:], y[300:], neighbours=9)
    assert values.sum() == pytest.approx(model.score(X[300:], y[300:]))


@pytest.mark.parametrize("kind", [float, int])
def test_identical_rows_have_identical_values_and_file_order_changes_nothing(kind):
    """To the last bit, on features that no float holds exactly and with rows repeated."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 37))[rng.integers(0, 40, 150)] / 3
    y = rng.integers(0, 3, 150).astype(kind)
    task_X, task_y = rng.normal(size=(20, 37)), rng.integers(0, 3, 20).astype(kind)
    values = row_values(X, y, task_X, task_y, neighbours=4)
    order = rng.permutation(150)
    assert (row_values(X[order], y[order], task_X, task_y, neighbours=4) == values[order]).all()
    for i in range(150):
        twins = (X[i] == X).all(axis=1) & (y == y[i])
        assert (values[twins] == values[i]).all()


def test_minus_zero_is_zero():
    """Rows that differ in the sign of a zero only are one row."""
    values = row_values([[0.0], [-0.0], [1.0]], [1, 1, 0], [[0.3]], [1], neighbours=1)
    assert values[0] == values[1]


def test_regression_values_do_not_depend_on_the_labels_unit_or_origin():
    """Celsius or Fahrenheit: the values are gains, not squared degrees."""
    rng = np.random.default_rng(4)
    X, y, task_X, task_y = (
        rng.normal(size=(30, 2)),
        rng.normal(size=30),
        rng.normal(size=(9, 2)),
        rng.normal(size=9),
    )
    celsius = row_values(X, y, task_X, task_y, neighbours=3)
    fahrenheit = row_values(X, 32 + 1.8 * y, task_X, 32 + 1.8 * task_y, neighbours=3)
    np.testing.assert_allclose(celsius, fahrenheit, atol=1e-12)


def test_batches_change_nothing_but_rounding():
    """One task row at a time, a few, or all."""
    rng = np.random.default_rng(5)
    X, y, task_X, task_y = (
        rng.normal(size=(50, 3)),
        rng.normal(size=50),
        rng.normal(size=(11, 3)),
        rng.normal(size=11),
    )
    one, four, every = (row_values(X, y, task_X, task_y, neighbours=3, batch=b) for b in (1, 4, None))
    np.testing.assert_allclose(one, every, atol=1e-15)
    np.testing.assert_allclose(four, every, atol=1e-15)


def test_progress_counts_task_rows():
    """It is told how many task rows are done, of how many."""
    calls = []
    task = np.arange(5.0)[:, None], np.arange(5) % 2
    row_values(
        [[0.0], [1.0]], [0, 1], *task, neighbours=1, batch=2, progress=lambda *done: calls.append(done)
    )
    assert calls == [(2, 5), (4, 5), (5, 5)]


def test_classes_may_be_words():
    """Words and codes give the same values; a class the task does not know is never right."""
    X, task_X = [[0.0], [1.0], [2.0]], [[0.1], [1.9]]
    words = row_values(X, ["cat", "dog", "newt"], task_X, ["cat", "dog"], neighbours=1)
    codes = row_values(X, [0, 1, 2], task_X, [0, 1], neighbours=1)
    np.testing.assert_array_equal(words, codes)
    assert words[2] < 0


def test_flipped_labels_have_the_lowest_values():
    """A tenth of the labels of a real data set flipped: ranking by value finds them."""
    X, y = load_breast_cancer(return_X_y=True)
    rng = np.random.default_rng(6)
    order = rng.permutation(len(y))
    X, y = StandardScaler().fit_transform(X)[order], y[order]
    flipped = np.zeros(400, dtype=bool)
    flipped[rng.choice(400, 40, replace=False)] = True
    values = row_values(X[:400], np.where(flipped, 1 - y[:400], y[:400]), X[400:], y[400:], neighbours=5)
    assert roc_auc_score(flipped, -values) > 0.95


def test_spoilt_labels_of_a_regression_are_worth_less_than_nothing():
    """Rows whose label was replaced by a far-off number harm; the others help."""
    X, y = load_diabetes(return_X_y=True)
    spoilt = np.arange(300) < 30
    values = row_values(X[:300], np.where(spoilt, y[:300] + 1000, y[:300]), X[300:], y[300:], neighbours=5)
    assert values[spoilt].max() < 0 < values[~spoilt].mean()


def test_copies_of_rows_raise_their_owners_sum():
    """By hand, K = 1, two right rows: 1/2 each; a copy of the nearer one takes its owner to 2/3.

    So sums of row values are no payment rule.
    """
    assert row_values([[1.0], [2.0]], [1, 1], [[0.0]], [1], neighbours=1)[0] == pytest.approx(1 / 2)
    copied = row_values([[1.0], [1.0], [2.0]], [1, 1, 1], [[0.0]], [1], neighbours=1)
    assert copied[:2].sum() == pytest.approx(2 / 3)


@settings(deadline=None)
@given(
    arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 12)), elements=st.integers(0, 5)),
    st.sampled_from([0.0, 1e-9, 1e-3, 1e45, 1e-50]),
)
def test_order_is_that_of_a_stable_argsort(whole, scale):
    """Also where float32 cannot tell distances apart, overflows or underflows."""
    distances = scale * whole if scale > 1 or scale < 1e-40 else 1 + scale * whole
    np.testing.assert_array_equal(nearest_first(distances), np.argsort(distances, axis=1, kind="stable"))


def test_order_of_many_distances():
    """Twenty thousand distances have many float32 ties; none is left."""
    distances = np.random.default_rng(7).random((2, 20_000)) + 1
    assert len(np.unique(distances[0].astype(np.float32))) < 20_000
    np.testing.assert_array_equal(nearest_first(distances), np.argsort(distances, axis=1, kind="stable"))


GOOD = {
    "train_X": [[0.0], [1.0]],
    "train_y": [0, 1],
    "task_X": [[0.5], [0.2]],
    "task_y": [0, 1],
    "neighbours": 1,
}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"train_X": [0.0, 1.0]}, r"train_X: got shape \(2,\)"),
        ({"train_X": np.empty((0, 1)), "train_y": []}, r"train_X: got shape \(0, 1\)"),
        ({"train_X": [[0.0], [np.nan]]}, r"train_X\[1, 0\]: got nan"),
        ({"train_X": [["a"], ["b"]]}, "train_X: expected numbers"),
        ({"task_X": [[0.0, 1.0], [0.0, 1.0]]}, "task_X: got 2 columns, expected 1"),
        ({"train_y": [0, 1, 1]}, r"train_y: got shape \(3,\), expected \(2,\)"),
        ({"train_y": [0.0, np.inf], "task_y": [0.0, 1.0]}, r"train_y\[1\]: got inf"),
        ({"train_y": [0.0, 1.0]}, "task_y: got labels of type int64"),
        ({"train_y": ["a", "b"]}, "task_y: got labels of type int64"),
        ({"train_y": [0.0, 1.0], "task_y": [3.0, 3.0]}, "task_y: all 2 labels are 3.0"),
        ({"neighbours": 0}, "neighbours: got 0"),
        ({"neighbours": 1.5}, "neighbours: got 1.5"),
        ({"batch": 0}, "batch: got 0"),
    ],
)
def test_bad_input_is_named(bad, message):
    """What was got, what was expected, and where."""
    with pytest.raises(InputError, match=message):
        row_values(**{**GOOD, **bad})


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
@pytest.mark.parametrize("kind", [float, int])
def test_no_unit_of_columns_or_labels_overflows_or_vanishes(scale, kind):
    """Squares of 1e160 are infinite, and of 1e-160 nothing: they were ties, silently."""
    rng = np.random.default_rng(8)
    X, task_X = rng.normal(size=(20, 2)), rng.normal(size=(6, 2))
    y, task_y = rng.integers(0, 3, 20).astype(kind), np.arange(6).astype(kind) % 3
    usual = row_values(X, y, task_X, task_y, neighbours=2)
    labels = (y * scale, task_y * scale) if kind is float else (y, task_y)
    found = row_values(X * scale, labels[0], task_X * scale, labels[1], neighbours=2)
    np.testing.assert_allclose(found, usual, atol=1e-9)


def test_columns_of_two_frames_are_matched_by_name():
    """An age is no laboratory value, wherever it stands; a frame and an array go by place."""
    rows = pd.DataFrame({"age": [30.0, 60.0], "lab": [1.0, 2.0]})
    task = pd.DataFrame({"lab": [1.1], "age": [58.0]})
    found = row_values(rows, [0, 1], task, [1], neighbours=1)
    by_place = row_values(rows.to_numpy(), [0, 1], task[["age", "lab"]].to_numpy(), [1], neighbours=1)
    np.testing.assert_array_equal(found, by_place)
    with pytest.raises(
        InputError, match="task_X: got the columns 'lab', expected those of train_X, each once: 'age', 'lab'"
    ):
        row_values(rows, [0, 1], task[["lab"]], [1], neighbours=1)


def test_rows_of_a_table_keep_their_names():
    """Treated as in a round: a missing number, a text, a column that the task has at another place."""
    index = ["ann", "bo", "cy", "di"]
    rows = pd.DataFrame(
        {"age": [30, None, 70, 66], "sex": ["f", "m", "f", "m"], "days": [2.0, 5.0, 9.0, 8.0]}, index=index
    )
    task = pd.DataFrame({"days": [3.0, 8.5, 7.0], "sex": ["f", "f", "m"], "age": [33, 69, 60]})
    worth = value_rows(rows, task, label="days", kind="regression", neighbours=1)
    assert worth.index.tolist() == index
    assert worth.name == "worth"
    hours = value_rows(rows.assign(days=rows["days"] * 24), task.assign(days=task["days"] * 24),
                       label="days", kind=Kind.REGRESSION, neighbours=1)  # fmt: skip
    np.testing.assert_allclose(worth, hours, atol=1e-12)
    with pytest.raises(InputError, match="kind: got 'ranking', expected 'classification' or 'regression'"):
        value_rows(rows, task, label="days", kind="ranking")
