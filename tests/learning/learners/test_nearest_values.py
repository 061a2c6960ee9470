"""Values of parties in a nearest-neighbour market without coalitions, against tables of all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairpool.games.game import coalitions_at
from fairpool.games.values.banzhaf import banzhaf_weights
from fairpool.games.values.beta_shapley import beta_shapley_weights
from fairpool.games.values.leave_one_out import leave_one_out_weights
from fairpool.games.values.shapley import shapley_weights
from fairpool.learning.catalogue import SCORES
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.nearest.closed_form import has_closed_form, ranking_of
from fairpool.learning.learners.nearest.nearest import NearestLearner
from fairpool.learning.learners.ridge import RidgeLearner
from fairpool.learning.rows import Rows
from oracles.stacked import random_blocks, random_rows, random_task

seeds = st.integers(0, 2**32 - 1)
some = settings(deadline=None, max_examples=40)


def first_only(n):
    """What a party brings alone."""
    return np.eye(n)[0]


WEIGHTS = {
    "Shapley": shapley_weights,
    "Banzhaf": banzhaf_weights,
    "Beta(4, 1)": lambda n: beta_shapley_weights(n, alpha=4, beta=1),
    "alone": first_only,
    "leave one out": leave_one_out_weights,
}
weights_of = st.sampled_from(list(WEIGHTS.values()))


def a_round(seed, parties, *, score="accuracy", classes=2, grid=True):
    rng = np.random.default_rng(seed)
    blocks = random_blocks(rng, classes=classes, blocks=parties, most_rows=5, grid=grid)
    task = random_task(rng, classes=classes, rows=12, grid=grid)
    y = task.y.copy()
    y[:2] = 0, 1
    return Experiment(blocks, (Rows(task.X, y, classes),), NearestLearner(), SCORES[score], seed=0)


def by_enumeration(experiment, weights_of, *, model, members):
    """sum over S without i of w_|S| (v(S + i) - v(S)), with v(S) = (model + members |S|) G(S) - members sum G({j})."""
    n = len(experiment.parties)
    gains = Evaluator(experiment).table()[:, 0]
    coalitions = coalitions_at(np.arange(2**n), n)
    size, alone = coalitions.sum(axis=1), gains[1 << np.arange(n)]
    v = (model + members * size) * gains - members * (coalitions @ alone)
    weight = np.append(weights_of(n), 0.0)[size]
    return np.array(
        [sum(weight[S] * (v[S | 1 << i] - v[S]) for S in range(2**n) if not S >> i & 1) for i in range(n)]
    )


@some
@given(
    seeds,
    st.integers(1, 8),
    weights_of,
    st.sampled_from([(1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.5, 2.0)]),
    st.sampled_from(["accuracy", "balanced-accuracy"]),
    st.sampled_from([2, 3]),
)
def test_values_are_those_of_the_table(seed, parties, weights_of, game, score, classes):
    """Any semivalue, of the plain and the size-weighted game, with ties in distance throughout."""
    experiment = a_round(seed, parties, score=score, classes=classes)
    model, members = game
    found = ranking_of(experiment).values(weights_of, model=model, members=members)
    expected = by_enumeration(experiment, weights_of, model=model, members=members)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


@some
@given(seeds, st.integers(1, 5), st.integers(0, 3), weights_of, st.data())
def test_values_with_copies_are_those_of_the_table_with_the_copies_in(
    seed, parties, copies, weights_of, data
):
    """The copies are parties of their own, with the same rows; each earns what the original does."""
    experiment = a_round(seed, parties)
    party = data.draw(st.integers(0, parties - 1))
    found, each = ranking_of(experiment).values_with_copies(weights_of, party, copies, model=1.0, members=1.0)
    larger = Experiment(
        (*experiment.parties, *[experiment.parties[party]] * copies),
        experiment.tasks,
        NearestLearner(),
        experiment.score,
        seed=0,
    )
    expected = by_enumeration(larger, weights_of, model=1.0, members=1.0)
    np.testing.assert_allclose(found, expected[:parties], rtol=0, atol=1e-10)
    np.testing.assert_allclose(expected[parties:], each, rtol=0, atol=1e-10)


@some
@given(seeds, st.integers(1, 7), st.sampled_from(["accuracy", "balanced-accuracy"]))
def test_gains_of_single_parties_everyone_and_sizes_are_those_of_the_table(seed, parties, score):
    experiment = a_round(seed, parties, score=score, classes=3)
    ranking, gains = ranking_of(experiment), Evaluator(experiment).table()[:, 0]
    size = coalitions_at(np.arange(2**parties), parties).sum(axis=1)
    np.testing.assert_allclose(ranking.alone, gains[1 << np.arange(parties)], atol=1e-12)
    assert ranking.everyone == pytest.approx(gains[-1])
    means = [gains[size == s].mean() for s in range(1, parties + 1)]
    np.testing.assert_allclose(ranking.mean_by_size, means, atol=1e-10)


@some
@given(seeds, st.integers(2, 6), st.data())
def test_a_ranking_of_some_parties_is_that_of_their_round(seed, parties, data):
    experiment = a_round(seed, parties)
    some_parties = np.array(sorted(data.draw(st.sets(st.integers(0, parties - 1), min_size=1))))
    smaller = Experiment(
        tuple(experiment.parties[i] for i in some_parties),
        experiment.tasks,
        NearestLearner(),
        experiment.score,
        seed=0,
    )
    found, expected = ranking_of(experiment).of(some_parties), ranking_of(smaller)
    np.testing.assert_allclose(found.alone, expected.alone, atol=1e-12)
    np.testing.assert_allclose(
        found.values(shapley_weights, model=1.0, members=1.0),
        expected.values(shapley_weights, model=1.0, members=1.0),
        atol=1e-12,
    )


def test_parties_that_no_coalition_can_tell_apart_are_one_class():
    """The first and third bring the same rows, in another order and one of them twice; the second does not."""
    rng = np.random.default_rng(0)
    first, second = random_blocks(rng, classes=2, blocks=2, most_rows=9)
    third = first.take(np.append(rng.permutation(len(first)), 0))
    task = Rows(rng.normal(size=(9, 3)), np.arange(9) % 2, 2)
    ranking = ranking_of(
        Experiment((first, second, third), (task,), NearestLearner(), SCORES["accuracy"], seed=0)
    )
    assert ranking.classes.tolist() == [0, 1, 0]


def test_three_hundred_parties_take_no_coalitions():
    """Shapley values add up to the gain of all; Banzhaf weights of 2**-299 neither vanish nor overflow."""
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(3, 2))
    parties = tuple(random_rows(rng, 4, weights, 2) for _ in range(300))
    experiment = Experiment(
        parties, (random_rows(rng, 50, weights, 2),), NearestLearner(), SCORES["accuracy"], seed=0
    )
    ranking = ranking_of(experiment)
    values = ranking.values(shapley_weights, model=1.0, members=0.0)
    assert values.sum() == pytest.approx(ranking.everyone, abs=1e-9)
    weighted = ranking.values(shapley_weights, model=1.0, members=1.0)
    assert weighted.sum() == pytest.approx(301 * ranking.everyone - ranking.alone.sum(), abs=1e-7)
    banzhaf = ranking.values(banzhaf_weights, model=1.0, members=0.0)
    shares = 0.5 ** np.arange(300)  # of the party at rank k: nobody nearer is in
    expected = np.zeros(300)
    for party, right in zip(ranking.party, ranking.right, strict=True):
        # alone at rank i: right_i * 2^-(i-1); it takes the place of the next one in, who is at rank k with 2^-(k-1)
        behind = np.cumsum((right * shares)[::-1])[::-1] - right * shares
        expected[party] += right * shares - behind
    np.testing.assert_allclose(banzhaf, expected, rtol=0, atol=1e-12)
    assert ranking.mean_by_size[0] == pytest.approx(ranking.alone.mean(), abs=1e-12)
    assert ranking.mean_by_size[-1] == pytest.approx(ranking.everyone, abs=1e-9)


def test_the_closed_form_is_for_one_neighbour_one_task_and_scores_that_add_up():
    experiment = a_round(0, 3)
    assert has_closed_form(experiment)
    assert has_closed_form(a_round(0, 3, score="balanced-accuracy"))
    assert not has_closed_form(a_round(0, 3, score="roc-auc"))
    two_tasks = Experiment(
        experiment.parties, experiment.tasks * 2, NearestLearner(), experiment.score, seed=0
    )
    five = Experiment(experiment.parties, experiment.tasks, NearestLearner(5), experiment.score, seed=0)
    ridge = Experiment(experiment.parties, experiment.tasks, RidgeLearner(), experiment.score, seed=0)
    assert not any(map(has_closed_form, (two_tasks, five, ridge)))
