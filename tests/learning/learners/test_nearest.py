"""Nearest neighbours of coalitions, against sorting the stacked rows anew for each of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import SCORES
from fairpool.learning.learners.nearest import nearest
from fairpool.learning.learners.nearest.first_neighbours import lowest
from fairpool.learning.learners.nearest.nearest import NearestLearner
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.rows import Rows
from oracles.nearest import nearest_labels, vote_is_right
from oracles.stacked import each_fitted, first_of_best, random_blocks, random_counts, random_task, stacked

seeds = st.integers(0, 2**32 - 1)
some = settings(deadline=None, max_examples=40)
tables_or_not = pytest.mark.parametrize("most_words", [2000, 0], ids=["tables", "in order"])


def predicted(K, blocks, task, counts):
    return NearestLearner(K).prepare(blocks, [task], seed=0).predictions(counts)[0]


def labels_by_sorting(rows, x, K):
    """Labels of the K nearest rows by (distance, label)."""
    contents = [
        (tuple(features), label) for features, label in zip(rows.X.tolist(), rows.y.tolist(), strict=True)
    ]
    return nearest_labels({"all": contents}, ["all"], tuple(x), K)


@some
@given(seeds, st.integers(1, 7), st.sampled_from([2, 3]), st.booleans())
def test_the_vote_is_that_of_the_stacked_rows(seed, K, classes, grid):
    """On a grid most distances tie, and the smaller label is nearer; copies are rows again."""
    rng = np.random.default_rng(seed)
    blocks = random_blocks(rng, classes=classes, most_rows=6, grid=grid)
    task, counts = random_task(rng, classes=classes, rows=8, grid=grid), random_counts(rng, 6, 4, most=3)
    votes = first_of_best(predicted(K, blocks, task, counts))
    for row, vote in zip(counts, votes, strict=True):
        rows = stacked(blocks, row)
        for x, truth, chosen in zip(task.X.tolist(), task.y, vote, strict=True):
            assert vote_is_right(labels_by_sorting(rows, x, K), truth) == (chosen == truth)


@some
@given(seeds, st.integers(1, 7), st.sampled_from([0, 2, 3]))
def test_shares_and_means_are_those_of_the_stacked_rows(seed, K, classes):
    """The difference of two classes' shares, all shares of three, the mean of numbers; fewer than K rows all vote."""
    rng = np.random.default_rng(seed)
    blocks = random_blocks(rng, classes=classes, most_rows=5, grid=True)
    task, counts = random_task(rng, classes=classes, rows=8, grid=True), random_counts(rng, 6, 4, most=2)

    def predict(rows, X):
        nearest = [labels_by_sorting(rows, x, K) for x in X.tolist()]
        if not classes:
            return [np.mean(labels) for labels in nearest]
        shares = np.array([[labels.count(c) / len(labels) for c in range(classes)] for labels in nearest])
        return shares[:, 1] - shares[:, 0] if classes == 2 else shares

    expected = each_fitted(blocks, counts, task, predict)
    np.testing.assert_allclose(predicted(K, blocks, task, counts), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("classes", [0, 2, 3])
@pytest.mark.parametrize("K", [1, 5, 40])
@tables_or_not
def test_it_is_scikit_learns_where_nothing_ties(K, classes, most_words, monkeypatch):
    """Forty neighbours of eight parties are 320 candidates, five words of bits."""
    monkeypatch.setattr(nearest, "_MOST_WORDS", most_words)
    rng = np.random.default_rng(K)
    blocks = random_blocks(rng, classes=classes, blocks=8, most_rows=80)
    task, counts = random_task(rng, classes=classes), random_counts(rng, 20, 8)
    kind = KNeighborsClassifier if classes else KNeighborsRegressor

    def predict(rows, X):
        model = kind(min(K, len(rows)), algorithm="brute").fit(rows.X, rows.y)
        if not classes:
            return model.predict(X)
        shares = np.zeros((len(X), classes))
        shares[:, model.classes_] = model.predict_proba(X)
        return shares[:, 1] - shares[:, 0] if classes == 2 else shares

    expected = each_fitted(blocks, counts, task, predict)
    np.testing.assert_allclose(predicted(K, blocks, task, counts), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("classes", [0, 2, 3])
@pytest.mark.parametrize("K", [1, 4, 70])
def test_tables_of_unions_and_looking_in_order_agree(K, classes, monkeypatch):
    """To the last bit for classes, to rounding for means; with copies, and with blocks that nobody brings."""
    rng = np.random.default_rng(11)
    blocks = random_blocks(rng, classes=classes, blocks=21, most_rows=30, grid=True)
    task, counts = random_task(rng, classes=classes, grid=True), random_counts(rng, 60, 21, most=3)
    counts[:, 5] = 0
    with_tables = predicted(K, blocks, task, counts)
    monkeypatch.setattr(nearest, "_MOST_WORDS", 0)
    in_order = predicted(K, blocks, task, counts)
    np.testing.assert_allclose(with_tables, in_order, rtol=0, atol=0 if classes else 1e-12)


@some
@given(seeds, st.sampled_from([0, 2, 3]), st.integers(1, 5), st.randoms())
def test_the_order_of_parties_and_rows_decides_nothing(seed, classes, K, random):
    """Not even on a grid, where most rows coincide or tie."""
    rng = np.random.default_rng(seed)
    blocks = random_blocks(rng, classes=classes, grid=True)
    task, counts = random_task(rng, classes=classes, grid=True), random_counts(rng, 6, 4)
    order = random.sample(range(4), 4)
    shuffled = [blocks[i].take(rng.permutation(len(blocks[i]))) for i in order]
    np.testing.assert_allclose(
        predicted(K, shuffled, task, counts[:, order]),
        predicted(K, blocks, task, counts),
        rtol=0,
        atol=0 if classes else 1e-12,
    )


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_copies_change_nothing_for_one_neighbour(classes):
    """M(X + X) = M(X), exactly."""
    rng = np.random.default_rng(1)
    blocks = random_blocks(rng, classes=classes, grid=True)
    task, counts = random_task(rng, classes=classes, grid=True), random_counts(rng, 12, 4, most=5)
    np.testing.assert_array_equal(
        predicted(1, blocks, task, counts), predicted(1, blocks, task, np.minimum(counts, 1))
    )


@some
@given(seeds, st.sampled_from([0, 2, 3]), st.integers(1, 6))
def test_the_delivered_model_scores_what_its_coalition_did(seed, classes, K):
    """Also on grids: distances depend on the two rows alone."""
    rng = np.random.default_rng(seed)
    blocks = random_blocks(rng, classes=classes, grid=True)
    task, counts = random_task(rng, classes=classes, rows=40), random_counts(rng, 6, 4, most=2)
    score, learner = SCORES["roc-auc" if classes else "r2"], NearestLearner(K)

    def gain(rows, X):
        model = learner.fit(rows, seed=0)
        outcome = class_scores(model, X, classes) if classes else model.predict(X)
        return score.of(outcome[None], task.y).item()

    found = score.of(predicted(K, blocks, task, counts), task.y)
    np.testing.assert_allclose(found, each_fitted(blocks, counts, task, gain), rtol=0, atol=1e-12)


def test_the_delivered_model_predicts_classes_or_numbers():
    rows = Rows(np.array([[0.0], [1.0], [5.0]]), np.array([0, 0, 1]), 2)
    model = NearestLearner(3).fit(rows, seed=0)
    np.testing.assert_allclose(model.predict_proba(np.array([[9.0]])), [[2 / 3, 1 / 3]])
    assert model.predict(np.array([[9.0]])).tolist() == [0]
    numbers = NearestLearner(2).fit(Rows(rows.X, np.array([1.0, 2.0, 6.0]), 0), seed=0)
    assert numbers.predict(np.array([[9.0], [0.0]])).tolist() == [4.0, 1.5]


@pytest.mark.parametrize("size", [1e20, 1e38])
def test_huge_numbers_are_far_away(size):
    """A row of them is never chosen before an ordinary one, and alone it still predicts."""
    near, far = Rows(np.eye(2), np.array([0, 1]), 2), Rows(np.full((1, 2), size), np.array([1]), 2)
    counts = np.array([[1, 1], [0, 1]])
    found = predicted(1, [near, far], Rows(np.eye(2), np.array([0, 1]), 2), counts)
    assert found.tolist() == [[-1.0, 1.0], [1.0, 1.0]]


def test_rows_far_from_the_origin_keep_their_distances():
    """The identity |a|^2 + |b|^2 - 2ab would lose a distance of 1 between rows that lie 1e9 away."""
    rows = Rows(np.array([[1e9], [1e9 + 3]]), np.array([0, 1]), 2)
    task = Rows(np.array([[1e9 + 1], [1e9 + 2]]), np.array([0, 1]), 2)
    assert predicted(1, [rows], task, np.array([[1]])).tolist() == [[-1.0, 1.0]]


def test_a_coalition_does_not_depend_on_its_company():
    """Alone or in a batch of 300, to the last bit."""
    rng = np.random.default_rng(5)
    for classes in (0, 2):
        blocks, task = random_blocks(rng, classes=classes, blocks=9), random_task(rng, classes=classes)
        counts = random_counts(rng, 300, 9, most=2)
        predictor = NearestLearner(3).prepare(blocks, [task], seed=0)
        alone = np.concatenate([predictor.predictions(row[None])[0] for row in counts])
        np.testing.assert_array_equal(predictor.predictions(counts)[0], alone)


def test_read_only_arrays_are_enough():
    """As workers get them."""
    rng = np.random.default_rng(0)
    blocks, task = random_blocks(rng, classes=2), random_task(rng, classes=2)
    for rows in (*blocks, task):
        rows.X.setflags(write=False)
        rows.y.setflags(write=False)
    predictor = NearestLearner(3).prepare(blocks, [task], seed=0)
    for found in predictor.tasks:
        for array in (found.block, found.label, found.distance):
            array.setflags(write=False)
    counts = np.ones((2, 4), dtype=np.int64)
    counts.setflags(write=False)
    assert np.isfinite(predictor.predictions(counts)[0]).all()


@pytest.mark.parametrize("words", [1, 2, 3])
@pytest.mark.parametrize("K", [1, 3, 64, 100])
def test_the_lowest_bits_are_kept(words, K):
    """Against writing the bits out."""
    rng = np.random.default_rng(words)
    found = rng.integers(0, 2**64, size=(words, 5, 7), dtype=np.uint64) & rng.integers(
        0, 2**64, size=(words, 5, 7), dtype=np.uint64
    )
    bits = np.unpackbits(found[..., None].view(np.uint8), axis=-1, bitorder="little")  # words, 5, 7, 64
    written = bits.transpose(1, 2, 0, 3).reshape(5, 7, words * 64).astype(np.int64)
    expected = (written & (np.cumsum(written, axis=2) <= K)).reshape(5, 7, words, 64).transpose(2, 0, 1, 3)
    packed = np.packbits(expected.astype(np.uint8), axis=-1, bitorder="little").view(np.uint64)[..., 0]
    np.testing.assert_array_equal(lowest(found, K), packed)


@pytest.mark.parametrize("neighbours", [0, -1, 2.5, True, "3"])
def test_the_number_of_neighbours_is_whole(neighbours):
    with pytest.raises(InputError, match="neighbours: got"):
        NearestLearner(neighbours)


@some
@given(seeds, st.sampled_from([1e-12, 1e-6, 1.0, 1e9]), st.sampled_from([1, 3]))
def test_no_scale_makes_ties_of_distances_that_differ(seed, scale, K):
    """Rounded to 9 decimals, rows within 3e-5 of each other were equally near, and the smaller label won."""
    rng = np.random.default_rng(seed)
    blocks, task = random_blocks(rng, classes=2), random_task(rng, classes=2)
    counts = random_counts(rng, 6, 4)
    small = [Rows(b.X * scale, b.y, 2) for b in blocks]
    found = predicted(K, small, Rows(task.X * scale, task.y, 2), counts)
    np.testing.assert_array_equal(found, predicted(K, blocks, task, counts))
