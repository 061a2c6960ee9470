"""Batched logistic regression, against scikit-learn fitted on the stacked rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import SCORES
from fairpool.learning.learners.logistic import softmax
from fairpool.learning.learners.logistic.logistic import LogisticLearner
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.rows import Rows
from oracles.stacked import each_fitted, random_blocks, random_counts, random_task, stacked

seeds = st.integers(0, 2**32 - 1)
some = settings(deadline=None, max_examples=25)


def predicted(learner, blocks, task, counts):
    return learner.prepare(blocks, [task], seed=0).predictions(counts)[0]


def newton_cholesky(C):
    return LogisticRegression(C=C, tol=1e-12, max_iter=1000, solver="newton-cholesky")


def odds_by_scikit_learn(C):
    def predict(rows, X):
        if len(np.unique(rows.y)) == 1:
            return np.full(len(X), 2.0 * rows.y[0] - 1.0)
        return newton_cholesky(C).fit(rows.X, rows.y).decision_function(X)

    return predict


def probabilities_by_scikit_learn(C, classes):
    def predict(rows, X):
        found = np.zeros((len(X), classes))
        present = np.unique(rows.y)
        one = len(present) == 1
        found[:, present] = 1.0 if one else newton_cholesky(C).fit(rows.X, rows.y).predict_proba(X)
        return found

    return predict


@some
@given(seeds, st.sampled_from([0.05, 1.0, 20.0]), st.booleans())
def test_log_odds_are_scikit_learns_on_the_stacked_rows(seed, C, grid):
    """Two classes; copies are counts; a coalition of one class says 1 for it, everywhere."""
    rng = np.random.default_rng(seed)
    blocks = random_blocks(rng, classes=2, most_rows=10, d=4, grid=grid)
    task, counts = random_task(rng, classes=2, d=4), random_counts(rng, 10, 4, most=3)
    found = predicted(LogisticLearner(C), blocks, task, counts)
    expected = each_fitted(blocks, counts, task, odds_by_scikit_learn(C))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


@some
@given(seeds, st.sampled_from([0.1, 1.0, 10.0]), st.sampled_from([3, 4]))
def test_probabilities_are_scikit_learns_on_the_stacked_rows(seed, C, classes):
    """More classes; where two of them are left it is the plain logistic regression of those, as in scikit-learn."""
    rng = np.random.default_rng(seed)
    blocks = random_blocks(rng, classes=classes, most_rows=9)
    task, counts = random_task(rng, classes=classes), random_counts(rng, 10, 4, most=2)
    found = predicted(LogisticLearner(C), blocks, task, counts)
    expected = each_fitted(blocks, counts, task, probabilities_by_scikit_learn(C, classes))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


@some
@given(seeds, st.sampled_from([2, 3]), st.sampled_from(["accuracy", "balanced-accuracy", "roc-auc"]))
def test_the_delivered_classifier_scores_what_its_coalition_did(seed, classes, score):
    """A LogisticRegression with the parameters that were found, also where a class is missing."""
    rng = np.random.default_rng(seed)
    blocks, task = random_blocks(rng, classes=classes), random_task(rng, classes=classes, rows=40)
    counts, learner = random_counts(rng, 8, 4), LogisticLearner(2.0)
    found = SCORES[score].of(predicted(learner, blocks, task, counts), task.y)
    delivered = each_fitted(
        blocks,
        counts,
        task,
        lambda rows, X: (
            SCORES[score].of(class_scores(learner.fit(rows, seed=1), X, classes)[None], task.y).item()
        ),
    )
    np.testing.assert_allclose(found, delivered, rtol=0, atol=1e-9)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_delivered_classifier_is_the_one_scikit_learn_fits(classes):
    """Same classes, coefficients and probabilities, and it can be fitted again from its own settings."""
    rng = np.random.default_rng(classes)
    rows = stacked(random_blocks(rng, classes=classes, most_rows=40), [1, 1, 1, 1])
    model = LogisticLearner(0.7).fit(rows, seed=0)
    theirs = newton_cholesky(0.7).fit(rows.X, rows.y)
    np.testing.assert_array_equal(model.classes_, theirs.classes_)
    np.testing.assert_allclose(model.coef_, theirs.coef_, atol=1e-7)
    np.testing.assert_allclose(model.predict_proba(rows.X), theirs.predict_proba(rows.X), atol=1e-7)
    again = LogisticRegression(**model.get_params()).fit(rows.X, rows.y)
    np.testing.assert_allclose(again.predict_proba(rows.X), theirs.predict_proba(rows.X), atol=1e-5)


def test_one_class_is_delivered_as_a_constant():
    rows = Rows(np.eye(3), np.ones(3, dtype=np.int64), 2)
    assert isinstance(LogisticLearner().fit(rows, seed=0), DummyClassifier)


@pytest.mark.parametrize("C", [1.0, 1e4, 1e8])
def test_separable_data_have_a_solution(C):
    """Classes far apart and hardly any penalty: the gradient vanishes and every row is on its side."""
    rng = np.random.default_rng(3)
    blocks = tuple(
        Rows(rng.normal(size=(20, 2)) + np.where(y, 4.0, -4.0)[:, None], y, 2)
        for y in (rng.integers(0, 2, 20), rng.integers(0, 2, 20), np.arange(20) % 2)
    )
    counts = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 1]])
    for row in counts:
        rows = stacked(blocks, row)
        odds = predicted(LogisticLearner(C), blocks, rows, row[None])[0]
        assert ((odds > 0) == rows.y).all()
        model = LogisticLearner(C).fit(rows, seed=0)
        off = 1 / (1 + np.exp(-odds)) - rows.y
        np.testing.assert_allclose(rows.X.T @ off + model.coef_[0] / C, 0.0, atol=1e-6)
        np.testing.assert_allclose(off.sum(), 0.0, atol=1e-6)


@pytest.mark.parametrize("size", [1e3, 1e10, 1e38])
def test_huge_numbers_end_with_finite_scores(size):
    """One party brings them; coalitions without it are as they were, to the last digits."""
    rng = np.random.default_rng(6)
    blocks, task = random_blocks(rng, classes=2, most_rows=20), random_task(rng, classes=2)
    huge = (Rows(blocks[0].X * size, blocks[0].y, 2), *blocks[1:])
    counts = np.array([[1, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1, 1]])
    found = predicted(LogisticLearner(), huge, task, counts)
    gains = SCORES["accuracy"].of(found, task.y)
    assert np.isfinite(gains).all()
    np.testing.assert_allclose(found[2], predicted(LogisticLearner(), blocks, task, counts)[2], atol=1e-6)


def test_a_constant_column_gets_no_weight_of_its_own():
    """A second intercept, penalised: log-odds as without the column, up to what the penalty makes of it."""
    rng = np.random.default_rng(1)
    blocks, task = random_blocks(rng, classes=2, most_rows=20), random_task(rng, classes=2)
    counts = random_counts(rng, 8, 4)
    wider = tuple(Rows(np.column_stack([b.X, np.zeros(len(b))]), b.y, 2) for b in blocks)
    found = predicted(LogisticLearner(), wider, Rows(np.column_stack([task.X, task.y]), task.y, 2), counts)
    np.testing.assert_allclose(found, predicted(LogisticLearner(), blocks, task, counts), atol=1e-7)


def test_a_coalition_does_not_depend_on_its_company():
    """Alone or in a batch of 200: the same to the grain of class scores; each starts from the same place and stops by
    itself."""
    rng = np.random.default_rng(5)
    blocks, task = random_blocks(rng, classes=2, blocks=9, most_rows=30), random_task(rng, classes=2)
    counts = random_counts(rng, 200, 9)
    predictor = LogisticLearner().prepare(blocks, [task], seed=0)
    together = predictor.predictions(counts)[0]
    alone = np.concatenate([predictor.predictions(row[None])[0] for row in counts])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-7)


@pytest.mark.parametrize("classes", [2, 3])
def test_pieces_and_products_at_hand_change_nothing(classes, monkeypatch):
    """Large blocks are cut, small ones put together, outer products kept or made anew: the same solutions."""
    rng = np.random.default_rng(7)
    blocks = (
        *random_blocks(rng, classes=classes, blocks=3, most_rows=5),
        *random_blocks(rng, classes=classes, blocks=2, most_rows=90),
    )
    task, counts = random_task(rng, classes=classes), random_counts(rng, 20, 5, most=2)
    usual = predicted(LogisticLearner(), blocks, task, counts)
    monkeypatch.setattr(softmax, "_CACHED", 0)
    monkeypatch.setattr(softmax, "_LEAST_ROWS", 7)
    monkeypatch.setattr(softmax, "_MOST_ROWS", 11)
    cut = LogisticLearner().prepare(blocks, [task], seed=0)
    assert max(len(piece.rows) for piece in cut.problem.pieces) <= 11
    np.testing.assert_allclose(cut.predictions(counts)[0], usual, rtol=0, atol=1e-7)


def test_read_only_arrays_are_enough():
    """As workers get them."""
    rng = np.random.default_rng(0)
    blocks, task = random_blocks(rng, classes=3), random_task(rng, classes=3)
    for rows in (*blocks, task):
        rows.X.setflags(write=False)
        rows.y.setflags(write=False)
    predictor = LogisticLearner().prepare(blocks, [task], seed=0)
    predictor.start.setflags(write=False)
    predictor.at_start.gradient.setflags(write=False)
    predictor.at_start.hessian.setflags(write=False)
    assert np.isfinite(predictor.predictions(np.ones((2, 4), dtype=np.int64))[0]).all()


@pytest.mark.parametrize("C", [0, -1.0, float("nan"), float("inf")])
def test_the_inverse_penalty_is_a_number_above_zero(C):
    with pytest.raises(InputError, match="C: got"):
        LogisticLearner(C)


def loss(rows, weights, intercept):
    """The objective at C = 1: sum of log(1 + exp(-margin)) and half the squared weights."""
    signs = 2.0 * rows.y - 1.0
    return np.logaddexp(0, -signs * (rows.X @ weights + intercept)).sum() + weights @ weights / 2


@pytest.mark.parametrize("far", [0.0, 1e3, 1e5, -1e8])
@pytest.mark.parametrize("seed", range(4))
def test_columns_far_from_zero_are_the_same_problem(seed, far):
    """The intercept is free, so the optimum is that of the columns as they were; its excess was up to 8."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(20, 2))
    y = (X[:, 0] + 0.7 * rng.normal(size=20) > 0).astype(np.int64)
    model = LogisticLearner().fit(Rows(X + far, y, 2), seed=0)
    moved = Rows(X + far - far, y, 2)  # as rounding left them
    best = newton_cholesky(1.0).fit(moved.X, y)
    excess = loss(moved, model.coef_[0], model.intercept_[0] + far * model.coef_[0].sum()) - loss(
        moved, best.coef_[0], best.intercept_[0]
    )
    assert abs(excess) < 1e-5
