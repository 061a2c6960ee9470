"""Gaussian naive Bayes from summed statistics, against scikit-learn fitted on the stacked rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.naive_bayes import GaussianNB

from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import SCORES
from fairpool.learning.learners.naive_bayes import NaiveBayesLearner
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.rows import Rows
from oracles.stacked import each_fitted, random_blocks, random_counts, random_task, stacked

seeds = st.integers(0, 2**32 - 1)
some = settings(deadline=None, max_examples=40)


def predicted(learner, blocks, task, counts):
    return learner.prepare(blocks, [task], seed=0).predictions(counts)[0]


def theirs(rows, smoothing):
    """scikit-learn's estimator, told the same absolute smoothing: its share is of the largest variance."""
    largest = np.var(rows.X, axis=0).max()
    model = GaussianNB(var_smoothing=smoothing / largest if largest else smoothing).fit(rows.X, rows.y)
    model.var_ += 0.0 if largest else smoothing
    return model


@some
@given(seeds, st.sampled_from([0.01, 0.5]))
def test_log_odds_are_scikit_learns_on_the_stacked_rows(seed, smoothing):
    """Of two classes that are both there; copies are counts; one row a class has the smoothing as its variance."""
    rng = np.random.default_rng(seed)
    blocks, task = random_blocks(rng, classes=2), random_task(rng, classes=2)
    counts = random_counts(rng, 12, 4, most=3)
    for found, row in zip(predicted(NaiveBayesLearner(smoothing), blocks, task, counts), counts, strict=True):
        rows = stacked(blocks, row)
        if len(np.unique(rows.y)) == 2:
            joint = theirs(rows, smoothing).predict_joint_log_proba(task.X)
            np.testing.assert_allclose(found, joint[:, 1] - joint[:, 0], rtol=1e-9, atol=1e-8)
        else:
            np.testing.assert_array_equal(found, np.where(rows.y[0] == 1, np.inf, -np.inf))


@some
@given(seeds, st.booleans())
def test_probabilities_are_scikit_learns_on_the_stacked_rows(seed, grid):
    """Of three classes; one that is not there has probability zero."""
    rng = np.random.default_rng(seed)
    blocks, task = random_blocks(rng, classes=3, grid=grid), random_task(rng, classes=3)
    counts = random_counts(rng, 12, 4, most=2)

    def predict(rows, X):
        found = np.zeros((len(X), 3))
        found[:, np.unique(rows.y)] = theirs(rows, 0.1).predict_proba(X)
        return found

    found = predicted(NaiveBayesLearner(0.1), blocks, task, counts)
    np.testing.assert_allclose(found, each_fitted(blocks, counts, task, predict), rtol=0, atol=1e-9)


@some
@given(seeds, st.sampled_from([2, 3]), st.sampled_from(["accuracy", "balanced-accuracy", "roc-auc"]))
def test_the_delivered_classifier_scores_what_its_coalition_did(seed, classes, score):
    """Also where a class is missing or only one is there; rows that differ in the 16th digit have no order to keep."""
    rng = np.random.default_rng(seed)
    blocks, task = random_blocks(rng, classes=classes), random_task(rng, classes=classes, rows=40)
    counts, learner = random_counts(rng, 8, 4), NaiveBayesLearner(0.3)
    predictions = predicted(learner, blocks, task, counts)
    ordered = np.sort(predictions, axis=1)
    later, earlier = ordered[:, 1:], ordered[:, :-1]
    assume(
        score != "roc-auc" or not ((later != earlier) & np.isclose(later, earlier, rtol=0, atol=1e-13)).any()
    )
    found = SCORES[score].of(predictions, task.y)
    delivered = each_fitted(
        blocks,
        counts,
        task,
        lambda rows, X: (
            SCORES[score].of(class_scores(learner.fit(rows, seed=1), X, classes)[None], task.y).item()
        ),
    )
    np.testing.assert_allclose(found, delivered, rtol=0, atol=1e-9)


def test_the_delivered_classifier_is_a_fitted_gaussian_nb():
    """Class counts, means and variances of the rows, and new weights can be given to a fresh one."""
    X = np.array([[0.0, 1.0], [2.0, 1.0], [5.0, 5.0]])
    model = NaiveBayesLearner(0.25).fit(Rows(X, np.array([0, 0, 2]), 3), seed=0)
    np.testing.assert_array_equal(model.classes_, [0, 2])
    np.testing.assert_array_equal(model.theta_, [[1.0, 1.0], [5.0, 5.0]])
    np.testing.assert_array_equal(model.var_, [[1.25, 0.25], [0.25, 0.25]])
    np.testing.assert_array_equal(model.predict(X), [0, 0, 2])
    assert GaussianNB(**model.get_params()).fit(X, [0, 0, 2]).predict(X).tolist() == [0, 0, 2]


@pytest.mark.parametrize("far", [1e4, 1e8])
def test_a_constant_column_far_from_zero_has_no_variance(far):
    """Raw squares would leave rounding errors of 1e16 * 1e-16 where the variance is nothing but the smoothing."""
    rng = np.random.default_rng(8)
    blocks = random_blocks(rng, classes=2, blocks=3, most_rows=30)
    blocks = tuple(Rows(np.column_stack([b.X, np.full(len(b), far)]), b.y, 2) for b in blocks)
    predictor = NaiveBayesLearner(0.01).prepare(blocks, blocks, seed=0)
    _, _, square = predictor.moments.summed(random_counts(rng, 10, 3, most=2).astype(float))
    np.testing.assert_allclose(square[:, :, 3], 0.0, atol=1e-12)


@pytest.mark.parametrize("size", [1e20, 1e38])
def test_huge_numbers_give_finite_scores(size):
    """A party that brings them bears what they do to its gain; the others' coalitions are as they were."""
    rng = np.random.default_rng(2)
    blocks, task = random_blocks(rng, classes=2, blocks=3, most_rows=20), random_task(rng, classes=2)
    huge = (Rows(blocks[0].X * size, blocks[0].y, 2), *blocks[1:])
    counts = np.array([[1, 0, 0], [1, 1, 1], [0, 1, 1]])
    found = predicted(NaiveBayesLearner(), huge, task, counts)
    assert np.isfinite(SCORES["accuracy"].of(found, task.y)).all()
    np.testing.assert_allclose(found[2], predicted(NaiveBayesLearner(), blocks, task, counts)[2], atol=1e-9)


def test_a_coalition_does_not_depend_on_its_company():
    """Alone or in a batch of 300: the same to 1e-12 of the log-odds."""
    rng = np.random.default_rng(5)
    blocks, task = random_blocks(rng, classes=2, blocks=9, most_rows=30), random_task(rng, classes=2)
    counts = random_counts(rng, 300, 9)
    predictor = NaiveBayesLearner().prepare(blocks, [task], seed=0)
    together = predictor.predictions(counts)[0]
    alone = np.concatenate([predictor.predictions(row[None])[0] for row in counts])
    np.testing.assert_allclose(
        together, alone, rtol=1e-12, atol=1e-12 * np.abs(together[np.isfinite(together)]).max()
    )


@pytest.mark.parametrize("smoothing", [0, -1.0, float("nan"), float("inf")])
def test_the_smoothing_is_a_number_above_zero(smoothing):
    with pytest.raises(InputError, match="smoothing: got"):
        NaiveBayesLearner(smoothing)
