"""Tasks, models on subsets of columns, and gains: against scikit-learn, one subset at a time."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge, RidgeClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from builders.feature_buyers import held_out, patients
from fairpool.games.game import coalitions_at
from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import score_named
from fairpool.learning.rows import Rows
from fairpool.pricing.published.feature_market.buyer_task import (
    BuyerTask,
    task_on_all_rows,
    task_with_holdout,
)
from fairpool.pricing.published.feature_market.feature_model import LinearModel, ScikitModel
from fairpool.pricing.published.feature_market.prediction_gain import AboveGuessing

SUBSETS = coalitions_at(np.arange(16), 4)


@pytest.mark.parametrize("alpha", [0.0, 7.0])
def test_linear_models_of_all_subsets_are_scikit_learns(alpha):
    """Each subset's predictions are those of its own fit on standardised columns; without columns, the mean."""
    X, y = patients([2, 3, 8, 4])
    found = LinearModel(alpha).predictions(Rows(X[:300], y[:300], 0), X[300:], SUBSETS)
    Z = (X - X[:300].mean(axis=0)) / X[:300].std(axis=0)
    for S, predicted in zip(SUBSETS, found, strict=True):
        if S.any():
            peer = Ridge(alpha=alpha) if alpha else LinearRegression()
            expected = peer.fit(Z[:300, S], y[:300]).predict(Z[300:, S])
        else:
            expected = np.full(142, y[:300].mean())
        np.testing.assert_allclose(predicted, expected, rtol=1e-9)


@pytest.mark.parametrize("classes", [2, 3])
def test_linear_classifiers_are_ridge_classifiers(classes):
    """The class of the largest output is that of scikit-learn's RidgeClassifier."""
    X, y = patients([2, 3, 8, 4])
    codes = np.digitize(y, np.quantile(y, np.arange(1, classes) / classes)).astype(np.int64)
    found = LinearModel(3.0).predictions(Rows(X[:300], codes[:300], classes), X[300:], SUBSETS[15:])[0]
    Z = (X - X[:300].mean(axis=0)) / X[:300].std(axis=0)
    predicted = (found > 0).astype(int) if classes == 2 else found.argmax(axis=1)
    expected = RidgeClassifier(alpha=3.0).fit(Z[:300], codes[:300]).predict(Z[300:])
    np.testing.assert_array_equal(predicted, expected)


def test_linear_models_in_batches_are_the_same():
    """More subsets than fit into memory at once are solved in parts."""
    X = np.random.default_rng(0).standard_normal((200, 60))
    many = np.random.default_rng(1).random((700, 60)) < 0.5
    model, lesson = LinearModel(1.0), Rows(X, X @ np.ones(60), 0)
    whole = model.predictions(lesson, X[:5], many)
    np.testing.assert_allclose(whole[650:], model.predictions(lesson, X[:5], many[650:]), rtol=1e-9)


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_scikit_learn_estimators_serve_as_models(classes):
    """A tree for each subset; without columns the mean or the class met most often."""
    X, y = patients([2, 3, 8, 4])
    if classes:
        y = np.digitize(y, np.quantile(y, np.arange(1, classes) / 4)).astype(np.int64)
    tree = DecisionTreeClassifier if classes else DecisionTreeRegressor
    model = ScikitModel(tree(max_depth=3, random_state=0))
    found = model.predictions(Rows(X[:300], y[:300], classes), X[300:], SUBSETS[[0, 5]])
    expected = (
        tree(max_depth=3, random_state=0).fit(X[:300][:, SUBSETS[5]], y[:300]).predict(X[300:][:, SUBSETS[5]])
    )
    constant = np.bincount(y[:300]).argmax() if classes else y[:300].mean()
    shown = {0: lambda f: f, 2: lambda f: (f > 0).astype(int), 3: lambda f: f.argmax(axis=-1)}[classes](found)
    np.testing.assert_allclose(shown, np.array([np.full(142, constant), expected]))


def test_a_lesson_of_one_class_predicts_it():
    """No estimator could be fitted on it."""
    lesson = Rows(np.ones((3, 1)), np.ones(3, dtype=np.int64), 2)
    found = ScikitModel(DecisionTreeClassifier()).predictions(
        lesson, np.ones((2, 1)), np.ones((1, 1), dtype=bool)
    )
    np.testing.assert_array_equal(found, [[1.0, 1.0]])


def test_guessing_is_worth_nothing():
    """Balanced classes: gain = max(0, 2 accuracy - 1); unbalanced: the best constant scores 0; perfection scores 1."""
    gain = AboveGuessing(score_named("accuracy"))
    labels = np.array([0, 0, 1, 1])
    predictions = np.array([[-1.0, -1, 1, 1], [-1, -1, -1, 1], [1, 1, 1, 1], [1, 1, -1, -1]])
    np.testing.assert_allclose(gain.of(predictions, labels), [1, 0.5, 0, 0])
    np.testing.assert_allclose(gain.of(-np.ones((1, 4)), np.array([0, 0, 0, 1])), [0])
    one = AboveGuessing(score_named("one-minus-rmse"))
    numbers = np.array([0.0, 1.0, 5.0])
    np.testing.assert_allclose(one.of(np.array([numbers, np.full(3, 2.0)]), numbers), [1, 0], atol=1e-15)


def test_rows_to_be_predicted_need_no_label():
    """A buyer's own rows carry no label and change nothing but what is predicted."""
    X, y = patients([2, 8])
    learn, judge = np.arange(442) < 200, (np.arange(442) >= 200) & (np.arange(442) < 400)
    asked = y.copy()
    asked[400:] = np.nan
    task = BuyerTask(asked, learn, judge)
    assert task.lesson(X).X.shape == (200, 2)
    judged = held_out(y)
    assert type(judged)(task, judged.model, judged.measure).predictions(X).shape == (442,)


def test_tasks_that_cannot_be_are_refused():
    """Messages say what was got or expected."""
    y = np.array([1.0, 2.0, 3.0, 4.0])
    all_rows = np.ones(4, dtype=bool)
    first = np.array([True, False, False, False])
    with pytest.raises(InputError, match="got 1 rows to learn from"):
        BuyerTask(y, first, all_rows)
    with pytest.raises(InputError, match="two different labels"):
        BuyerTask(y, all_rows, first)
    with pytest.raises(InputError, match=r"judge: got shape \(3,\)"):
        BuyerTask(y, all_rows, np.ones(3, dtype=bool))
    with pytest.raises(InputError, match="label that is missing"):
        task_on_all_rows(np.array([1.0, np.nan]))
    with pytest.raises(InputError, match="class codes, whole numbers from 0 to 1"):
        task_on_all_rows(np.array([0, 2]), classes=2)
    with pytest.raises(InputError, match="share: got 1"):
        task_with_holdout(y, share=1, rng=np.random.default_rng(0))
    with pytest.raises(InputError, match="alpha: got -1"):
        LinearModel(-1.0)
    judge = held_out(patients([2])[1])
    with pytest.raises(InputError, match="a row for each of the task's 442 labels"):
        judge.gain(np.ones((5, 2)))
    with pytest.raises(InputError, match="can tell no models apart"):
        AboveGuessing(score_named("accuracy")).of(np.ones((1, 2)), np.array([1, 1]))


@pytest.mark.parametrize("still", [0.1, 0.5, 1e-300, 1.7e9 + 0.1])
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_column_that_is_constant_in_the_rows_learnt_from_teaches_nothing(still, alpha):
    """Its mean is rounded, so its standard deviation came out as 4e-17, and predictions elsewhere as -10."""
    rng = np.random.default_rng(13)
    x = rng.normal(size=40)
    lesson = Rows(np.column_stack([x, np.full(40, still)]), 3 * x + rng.normal(size=40), 0)
    asked = np.column_stack([[0.0, 1.0, -1.0, 0.0], [still, still, still, 6 * still + 0.5]])
    found = LinearModel(alpha).predictions(lesson, asked, np.array([[True, False], [True, True]]))
    np.testing.assert_allclose(found[1], found[0], rtol=0, atol=1e-12)
