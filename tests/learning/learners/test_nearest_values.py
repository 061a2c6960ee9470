"""Values of parties in a nearest-neighbour market without coalitions, against tables of all of them."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from operator import mul

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairpool.games.game import coalitions_at
from fairpool.games.values.banzhaf import banzhaf_weights
from fairpool.games.values.beta_shapley import beta_shapley_weights
from fairpool.games.values.leave_one_out import leave_one_out_weights
from fairpool.games.values.robust_shapley import robust_shapley_weights
from fairpool.games.values.semivalues import size_law
from fairpool.games.values.shapley import shapley_weights
from fairpool.games.values.size_laws import (
    banzhaf_size_law,
    robust_shapley_size_law,
    shapley_size_law,
)
from fairpool.learning.catalogue import SCORES
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.nearest.closed_form import Ranking, has_closed_form, ranking_of
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


def law_of(weights_of):
    """The weights of a value as its size law."""
    return lambda players: size_law(weights_of(players))


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
    found = ranking_of(experiment).values(law_of(weights_of), model=model, members=members)
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
    ranking = ranking_of(experiment).with_copies(law_of(weights_of), copies, model=1.0, members=1.0)
    found, each = ranking.values(party)
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
        found.values(shapley_size_law, model=1.0, members=1.0),
        expected.values(shapley_size_law, model=1.0, members=1.0),
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
    values = ranking.values(shapley_size_law, model=1.0, members=0.0)
    assert values.sum() == pytest.approx(ranking.everyone, abs=1e-9)
    weighted = ranking.values(shapley_size_law, model=1.0, members=1.0)
    assert weighted.sum() == pytest.approx(301 * ranking.everyone - ranking.alone.sum(), abs=1e-7)
    banzhaf = ranking.values(banzhaf_size_law, model=1.0, members=0.0)
    shares = 0.5 ** np.arange(300)  # of the party at rank k: nobody nearer is in
    expected = np.zeros(300)
    for party, right in zip(ranking.party, ranking.right, strict=True):
        # alone at rank i: right_i * 2^-(i-1); it takes the place of the next one in, who is at rank k with 2^-(k-1)
        behind = np.cumsum((right * shares)[::-1])[::-1] - right * shares
        expected[party] += right * shares - behind
    np.testing.assert_allclose(banzhaf, expected, rtol=0, atol=1e-12)
    assert ranking.mean_by_size[0] == pytest.approx(ranking.alone.mean(), abs=1e-12)
    assert ranking.mean_by_size[-1] == pytest.approx(ranking.everyone, abs=1e-9)


@pytest.mark.parametrize(
    ("law", "weights"),
    [
        (shapley_size_law, shapley_weights),
        (banzhaf_size_law, banzhaf_weights),
        (robust_shapley_size_law, robust_shapley_weights),
    ],
)
@pytest.mark.parametrize("players", [1, 2, 3, 8, 51, 400])
def test_size_laws_are_those_of_the_weights(law, weights, players):
    """Where no weight underflows, binom(n-1, c) w_c is what it is."""
    np.testing.assert_allclose(law(players), size_law(weights(players)), rtol=1e-13)


BEYOND = 1_200  # parties; the weights of the middle sizes are below the smallest float64


def one_row_of(right):
    """A ranking of one task row, the parties in the order of their rank."""
    n = len(right)
    return Ranking(np.arange(n)[None], np.array(right, dtype=float)[None], np.arange(n))


def test_shapley_values_of_more_than_a_thousand_parties():
    """In fractions: r_i / i - sum over k > i of r_k / (k (k - 1)) for the plain gain, every second party right."""
    right = [k % 2 for k in range(1, BEYOND + 1)]
    found = one_row_of(right).values(shapley_size_law, model=1.0, members=0.0)
    nearer, expected = Fraction(0), []
    for k in range(BEYOND, 0, -1):
        expected.append(float(Fraction(right[k - 1], k) - nearer))
        nearer += Fraction(right[k - 1], k * (k - 1)) if k > 1 else 0
    np.testing.assert_allclose(found, expected[::-1], rtol=0, atol=1e-14)
    assert found.sum() == pytest.approx(1.0, abs=1e-12)


def test_size_weighted_values_of_more_than_a_thousand_parties():
    """Of (1 + |S|) G(S), in fractions: 2/i + (n-i)/(i(i+1)), 2 B(2, k-1) + (n-k) B(3, k-1) and 1/(k(k+1))."""
    rng = np.random.default_rng(3)
    n, right = BEYOND, rng.integers(0, 2, BEYOND).tolist()
    found = one_row_of(right).values(shapley_size_law, model=1.0, members=1.0)
    own = [Fraction(2, i) + Fraction(n - i, i * (i + 1)) for i in range(1, n + 1)]
    nearer = [
        Fraction(2, k * (k - 1)) + Fraction(2 * (n - k), (k - 1) * k * (k + 1)) if k > 1 else Fraction(0)
        for k in range(1, n + 1)
    ]
    farther = [Fraction(1, k * (k + 1)) for k in range(1, n + 1)]
    before, behind, expected = Fraction(0), sum(map(mul, nearer, right)), []
    for i in range(n):
        behind -= nearer[i] * right[i]
        expected.append(float(own[i] * right[i] - behind + before) - right[i])
        before += farther[i] * right[i]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("rule", ["Banzhaf", "Robust Shapley"])
def test_other_values_of_more_than_a_thousand_parties(rule):
    """The first party's, in fractions, where it and the third are right: own less what the third would have been."""
    n, half = BEYOND, (BEYOND - 1) // 2
    law = {"Banzhaf": banzhaf_size_law, "Robust Shapley": robust_shapley_size_law}[rule]
    weights = [
        Fraction(1, 2 ** (n - 1)) if rule == "Banzhaf" else Fraction(1, n * comb(n - 1, max(c, half)))
        for c in range(n)
    ]
    expected = sum(
        float(w * (comb(n - 1, c) - (comb(n - 3, c - 1) if c else 0))) for c, w in enumerate(weights)
    )
    found = one_row_of([1, 0, 1] + [0] * (n - 3)).values(law, model=1.0, members=0.0)
    assert found[0] == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("copies", [1, 5])
def test_copies_in_a_market_of_more_than_a_thousand_parties(copies):
    """The copies entered as parties of their own, at the rank of the original."""
    right = [k % 3 == 0 for k in range(BEYOND)]
    place = 6
    larger = one_row_of([*right[: place + 1], *[right[place]] * copies, *right[place + 1 :]])
    expected = larger.values(shapley_size_law, model=1.0, members=1.0)
    found, each = (
        one_row_of(right).with_copies(shapley_size_law, copies, model=1.0, members=1.0).values(place)
    )
    np.testing.assert_allclose(found, np.delete(expected, range(place + 1, place + copies + 1)), atol=1e-9)
    assert each == pytest.approx(expected[place + 1], abs=1e-9)


def test_gains_are_whole_counts_over_whole_numbers():
    """Twenty or 49 rights of as many are 1, not 1.0000000000000002 or 0.9999999999999999; some of them a quotient."""
    for rows in range(1, 60):
        weight = 1 / rows
        ranking = Ranking(
            np.tile([0, 1], (rows, 1)),
            np.column_stack([np.full(rows, weight), weight * (np.arange(rows) % 2)]),
            np.arange(2),
        )
        assert ranking.alone.tolist() == [1.0, (rows // 2) / rows]
        assert ranking.everyone == 1.0
        assert ranking.mean_by_size[-1] == 1.0


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
