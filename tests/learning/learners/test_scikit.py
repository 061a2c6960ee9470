"""scikit-learn's estimators as learners: one fit a coalition."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeRegressor

from fairpool.ground.errors import InputError
from fairpool.learning.learners.scikit import ScikitLearner, class_scores, dotted, random_forest
from fairpool.learning.rows import Rows, in_order_of_content
from fairpool.tables.schema import Kind
from oracles.stacked import each_fitted, random_blocks, random_counts, random_task, stacked


def predicted(learner, blocks, task, counts, *, seed=0):
    return learner.prepare(blocks, [task], seed=seed).predictions(counts)[0]


def exact_labels(blocks):
    """Labels with ten binary digits after the point, which learners read as they are."""
    return tuple(Rows(b.X, np.round(b.y * 1024) / 1024 if not b.classes else b.y, b.classes) for b in blocks)


@pytest.mark.parametrize("classes", [0, 3])
def test_each_coalition_is_a_forest_of_its_stacked_rows(classes):
    """With the seed of the round and rows in the order of their contents; copies are rows again."""
    rng = np.random.default_rng(0)
    blocks = exact_labels(random_blocks(rng, classes=classes, most_rows=30))
    task, counts = random_task(rng, classes=classes), random_counts(rng, 5, 4, most=2)
    kind = RandomForestClassifier if classes else RandomForestRegressor
    found = predicted(random_forest(n_estimators=3), blocks, task, counts, seed=9)
    for outcome, row in zip(found, counts, strict=True):
        rows = in_order_of_content(stacked(blocks, row))
        model = kind(n_estimators=3, min_samples_leaf=5, random_state=9).fit(rows.X, rows.y)
        if classes:
            np.testing.assert_array_equal(outcome[:, model.classes_], model.predict_proba(task.X))
        else:
            np.testing.assert_array_equal(outcome, model.predict(task.X))


@pytest.mark.parametrize("classes", [0, 2])
def test_a_forest_does_not_depend_on_the_order_of_rows_or_of_parties(classes):
    """Equal parties have equal forests; shuffled rows and swapped blocks change no prediction by a bit."""
    rng = np.random.default_rng(3)
    first, second = random_blocks(rng, classes=classes, most_rows=30)[:2]
    task, counts = random_task(rng, classes=classes), np.array([[1, 0, 1], [0, 1, 1]])
    shuffled = first.take(rng.permutation(len(first)))
    found = predicted(random_forest(n_estimators=3), [first, shuffled, second], task, counts, seed=4)
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize(
    "path", ["sklearn.svm.LinearSVC", "sklearn.svm.SVC", "sklearn.linear_model.Perceptron"]
)
@pytest.mark.parametrize("classes", [2, 3])
def test_estimators_without_probabilities_are_scored_by_their_decisions(path, classes):
    """The largest score is the class they predict, also where the coalition lacks a class."""
    rng = np.random.default_rng(1)
    blocks = random_blocks(rng, classes=classes, most_rows=30)
    lacking = Rows(blocks[0].X, np.minimum(blocks[0].y, 1), classes)
    for rows in (stacked(blocks, [1, 1, 1, 1]), lacking):
        model = dotted(path, {}).fit(rows, seed=0)
        found = class_scores(model, rows.X, classes)
        np.testing.assert_array_equal(found.argmax(axis=1), model.predict(rows.X))


def test_decisions_of_one_class_against_one_are_not_taken_for_scores():
    """Four classes give six of them; then the predicted class is all that is known."""
    rng = np.random.default_rng(2)
    rows = stacked(random_blocks(rng, classes=4, most_rows=30), [1, 1, 1, 1])
    model = SVC(decision_function_shape="ovo").fit(rows.X, rows.y)
    assert model.decision_function(rows.X).shape[1] == 6
    found = class_scores(model, rows.X, 4)
    np.testing.assert_array_equal(found.argmax(axis=1), model.predict(rows.X))
    assert set(np.unique(found)) == {0.0, 1.0}


def test_an_estimator_with_nothing_but_predictions_will_do():
    rng = np.random.default_rng(3)
    rows = stacked(random_blocks(rng, classes=2, most_rows=30), [1, 1, 1, 1])

    class Labels:
        classes_ = np.array([0, 1])

        def predict(self, X):
            return (X[:, 0] > 0).astype(int)

    np.testing.assert_array_equal(class_scores(Labels(), rows.X, 2).argmax(axis=1), rows.X[:, 0] > 0)


def test_two_classes_are_ranked_by_decisions_where_there_are_any():
    """Their probabilities would round to 0 and 1, and hide which row is the surer one."""
    X = np.linspace(-1, 1, 9)[:, None]
    model = LinearSVC(C=1e6).fit(X, (X[:, 0] > 0.1).astype(int))
    found = class_scores(model, X, 2)
    np.testing.assert_allclose(found[:, 1] - found[:, 0], model.decision_function(X))


def test_a_coalition_of_one_class_predicts_it_unasked():
    """LinearSVC would refuse to learn it."""
    rows = Rows(np.eye(3), np.ones(3, dtype=np.int64), 3)
    found = predicted(dotted("sklearn.svm.LinearSVC", {}), [rows], rows, np.array([[1]]))
    assert (found.argmax(axis=2) == 1).all()


def test_rows_that_an_estimator_refuses_are_named():
    """Five neighbours of three rows: it learns them, and cannot predict."""
    rows = Rows(np.eye(3), np.array([1.0, 2.0, 3.0]), 0)
    learner = dotted("sklearn.neighbors.KNeighborsRegressor", {})
    with pytest.raises(InputError, match="KNeighborsRegressor cannot predict: Expected n_neighbors <= "):
        predicted(learner, [rows], rows, np.array([[1]]))


def test_option_values_that_an_estimator_refuses_are_named():
    rows = Rows(np.eye(3), np.array([1.0, 2.0, 3.0]), 0)
    learner = dotted("sklearn.tree.DecisionTreeRegressor", {"max_depth": "deep"})
    with pytest.raises(
        InputError, match=r"DecisionTreeRegressor cannot .* 'max_depth' parameter .* Got 'deep'"
    ):
        predicted(learner, [rows], rows, np.array([[1]]))


def test_a_fit_that_does_not_converge_is_scored_as_it_is():
    """Without a warning for each of thousands of coalitions."""
    rng = np.random.default_rng(4)
    blocks, task = random_blocks(rng, classes=2, most_rows=30), random_task(rng, classes=2)
    learner = dotted("sklearn.neural_network.MLPClassifier", {"max_iter": 2, "hidden_layer_sizes": [3]})
    assert np.isfinite(predicted(learner, blocks, task, np.ones((1, 4), dtype=np.int64))).all()


def test_values_come_as_one_column():
    """PLS regression predicts (rows, 1) in some releases."""
    rng = np.random.default_rng(5)
    blocks, task = random_blocks(rng, classes=0, most_rows=30), random_task(rng, classes=0)
    learner = dotted("sklearn.cross_decomposition.PLSRegression", {"n_components": 1})
    assert predicted(learner, blocks, task, np.ones((2, 4), dtype=np.int64)).shape == (2, 25)


def test_read_only_arrays_are_enough():
    """As workers get them."""
    rng = np.random.default_rng(0)
    blocks = exact_labels(random_blocks(rng, classes=0, most_rows=30))
    task = random_task(rng, classes=0)
    for rows in (*blocks, task):
        rows.X.setflags(write=False)
        rows.y.setflags(write=False)
    counts = np.ones((1, 4), dtype=np.int64)
    learner = ScikitLearner({Kind.REGRESSION: DecisionTreeRegressor})
    expected = each_fitted(
        blocks,
        counts,
        task,
        lambda rows, X: (
            DecisionTreeRegressor(random_state=0)
            .fit(in_order_of_content(rows).X, in_order_of_content(rows).y)
            .predict(X)
        ),
    )
    np.testing.assert_array_equal(predicted(learner, blocks, task, counts), expected)
