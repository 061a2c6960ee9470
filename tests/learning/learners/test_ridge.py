"""Ridge from summed statistics, against scikit-learn fitted on the stacked rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge, RidgeClassifier

from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import SCORES
from fairpool.learning.learners.ridge import RidgeLearner
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.rows import Rows
from oracles.stacked import each_fitted, random_blocks, random_counts, random_task, stacked

seeds = st.integers(0, 2**32 - 1)
some = settings(deadline=None, max_examples=40)


def predicted(learner, blocks, task, counts):
    return learner.prepare(blocks, [task], seed=0).predictions(counts)[0]


@some
@given(seeds, st.sampled_from([0.01, 1.0, 30.0]), st.booleans())
def test_regression_is_scikit_learns_on_the_stacked_rows(seed, alpha, grid):
    """Copies are counts; one row, constant columns and more columns than rows are among the coalitions."""
    rng = np.random.default_rng(seed)
    blocks = random_blocks(rng, classes=0, most_rows=8, d=5, grid=grid)
    task, counts = random_task(rng, classes=0, d=5), random_counts(rng, 12, 4, most=3)
    found = predicted(RidgeLearner(alpha), blocks, task, counts)
    expected = each_fitted(blocks, counts, task, lambda rows, X: Ridge(alpha).fit(rows.X, rows.y).predict(X))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@some
@given(seeds, st.sampled_from([2, 3, 4]))
def test_class_scores_are_ridge_on_signs(seed, classes):
    """One column of -1 and +1 for each class, the second alone where there are two: also for classes not there.

    To the grain of class scores, 1.5e-8 of the weights.
    """
    rng = np.random.default_rng(seed)
    blocks, task = random_blocks(rng, classes=classes), random_task(rng, classes=classes)
    counts = random_counts(rng, 12, 4, most=2)
    found = predicted(RidgeLearner(), blocks, task, counts)

    def signs(rows, X):
        targets = np.where(rows.y[:, None] == np.arange(classes), 1.0, -1.0)
        outputs = Ridge(1.0).fit(rows.X, targets).predict(X)
        return outputs[:, 1] if classes == 2 else outputs

    np.testing.assert_allclose(found, each_fitted(blocks, counts, task, signs), rtol=0, atol=1e-7)


@some
@given(seeds, st.sampled_from([2, 3]), st.sampled_from(["accuracy", "balanced-accuracy", "roc-auc"]))
def test_the_delivered_classifier_scores_what_its_coalition_did(seed, classes, score):
    """RidgeClassifier on the rows, also where a class is missing or only one is there."""
    rng = np.random.default_rng(seed)
    blocks, task = random_blocks(rng, classes=classes), random_task(rng, classes=classes, rows=40)
    counts, learner = random_counts(rng, 8, 4), RidgeLearner(0.5)
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


def test_the_delivered_regression_is_scikit_learns():
    """A fitted Ridge with the learner's penalty."""
    rng = np.random.default_rng(4)
    rows = stacked(random_blocks(rng, classes=0), [1, 1, 1, 1])
    model = RidgeLearner(3.0).fit(rows, seed=0)
    assert type(model) is Ridge
    np.testing.assert_allclose(model.coef_, Ridge(3.0).fit(rows.X, rows.y).coef_, rtol=0, atol=1e-12)


@pytest.mark.parametrize("far", [1e4, 1e8, 1e12])
def test_a_constant_column_far_from_zero_costs_no_accuracy(far):
    """Raw sums of squares would drown the penalty in rounding errors: 1e16 * 40 rows * 1e-16 is more than 1."""
    rng = np.random.default_rng(8)
    blocks = random_blocks(rng, classes=0, blocks=3, most_rows=30)
    blocks = tuple(Rows(np.column_stack([b.X, np.full(len(b), far)]), b.y, 0) for b in blocks)
    task = random_task(rng, classes=0, d=4)
    counts = random_counts(rng, 10, 3, most=2)
    found = predicted(RidgeLearner(), blocks, task, counts)
    without = tuple(Rows(b.X[:, :3], b.y, 0) for b in blocks)
    expected = predicted(RidgeLearner(), without, Rows(task.X[:, :3], task.y, 0), counts)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [1e20, 1e38])
def test_huge_numbers_give_finite_scores(size):
    """A party that brings them bears what they do to its gain, but nothing breaks."""
    rng = np.random.default_rng(2)
    blocks = random_blocks(rng, classes=2, blocks=3, most_rows=20)
    blocks = (Rows(blocks[0].X * size, blocks[0].y, 2), *blocks[1:])
    task = random_task(rng, classes=2)
    gains = SCORES["accuracy"].of(
        predicted(RidgeLearner(), blocks, task, np.array([[1, 0, 0], [1, 1, 1], [0, 1, 1]])), task.y
    )
    alone = RidgeClassifier(1.0).fit(*[getattr(stacked(blocks, [0, 1, 1]), k) for k in "Xy"])
    assert np.isfinite(gains).all()
    assert gains[2] == pytest.approx(alone.score(task.X, task.y))


def test_a_penalty_lost_in_rounding_gives_the_shortest_solution():
    """Two equal columns and a penalty of 1e-300: the weight is shared between them."""
    X = np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])
    blocks = [Rows(X, np.array([1.0, 2.0, 4.0]), 0)]
    predictor = RidgeLearner(1e-300).prepare(blocks, blocks, seed=0)
    weights, intercept = predictor.models(np.array([[1]]))
    np.testing.assert_allclose(weights[0, :, 0], [0.5, 0.5], atol=1e-12)
    np.testing.assert_allclose(intercept, [[0.0]], atol=1e-12)


def test_no_row_is_kept_or_written_to():
    """Read-only inputs, as workers get them, are enough; the predictor holds sums only."""
    rng = np.random.default_rng(0)
    blocks, task = random_blocks(rng, classes=2), random_task(rng, classes=2)
    for rows in (*blocks, task):
        rows.X.setflags(write=False)
        rows.y.setflags(write=False)
    predictor = RidgeLearner().prepare(blocks, [task, task], seed=0)
    moments = predictor.moments
    for array in (moments.means, moments.scatters, moments.sizes, *predictor.tasks):
        array.setflags(write=False)
    first, second = predictor.predictions(np.ones((3, 4), dtype=np.int64))
    np.testing.assert_array_equal(first, second)
    assert sum(array.size for array in (moments.means, moments.scatters)) == 4 * (4 + 3 * 4)


def test_a_coalition_does_not_depend_on_its_company():
    """Alone or in a batch of 300: the same to 1e-12."""
    rng = np.random.default_rng(5)
    blocks, task = random_blocks(rng, classes=0, blocks=9), random_task(rng, classes=0)
    counts = random_counts(rng, 300, 9)
    together = predicted(RidgeLearner(), blocks, task, counts)
    alone = np.concatenate([predicted(RidgeLearner(), blocks, task, row[None]) for row in counts])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("alpha", [0, -1.0, float("nan"), float("inf")])
def test_the_penalty_is_a_number_above_zero(alpha):
    with pytest.raises(InputError, match="alpha: got"):
        RidgeLearner(alpha)
