"""Han, Wooldridge, Rogers, Ohrimenko, Tschiatschek: Replication-robust payoff allocation in submodular cooperative
games (arXiv:2006.14583), with the numbering of chapter 3 of D. Han's thesis, which contains it.

alpha_c^k  ``law``   (k+1) binom(n-1, c) w_{c, n+k}
z_i(c)     ``z``     mean marginal of player i at coalitions of size c
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.games.game import TableGame, tabulate
from fairpool.games.replication.robustness import (
    ReplicatedGame,
    is_replication_robust,
    replicated_size_law,
    totals_after_replication,
)
from fairpool.games.textbook.facility_location import FacilityLocationGame
from fairpool.games.values.banzhaf import banzhaf_value, banzhaf_weights
from fairpool.games.values.leave_one_out import leave_one_out_value, leave_one_out_weights
from fairpool.games.values.robust_shapley import robust_shapley_value, robust_shapley_weights
from fairpool.games.values.semivalues import semivalue, size_law
from fairpool.games.values.shapley import shapley_value, shapley_weights
from fairpool.games.values.sums_by_size import size_sums
from oracles import values as oracle
from strategies import all_coalitions, any_games, coverage_games, few, some, submodular_games

Z = np.array([3.0, 2.0, 1.0])  # the thesis' example: n = 3, mean marginals 3, 2, 1
SUBMODULAR = st.one_of(coverage_games(parties=(1, 5)), submodular_games(parties=(1, 5)))


def _exact_law(weight, n, k):
    """alpha_c^k as fractions."""
    return [(k + 1) * math.comb(n - 1, c) * weight(c, n + k) for c in range(n)]


def _gamma(n, c):
    """Robust Shapley's factor, from its definition."""
    lower, upper = (n - 1) // 2, (n - 1) - (n - 1) // 2
    if c >= lower:
        return Fraction(1)
    return Fraction(
        math.factorial(upper) * math.factorial(lower), math.factorial(c) * math.factorial(n - c - 1)
    )


def _facility_location(seed, players, customers=10):
    """The thesis' experiments: whole utilities from 0 to 20."""
    return FacilityLocationGame(np.random.default_rng(seed).integers(0, 21, (players, customers)))


# --- Semivalues and their size laws


@pytest.mark.parametrize("n", range(1, 12))
def test_size_laws_of_shapley_banzhaf_and_leave_one_out(n):
    """1/n; binom(n-1, c) / 2^(n-1); all on c = n-1. Each sums to one."""
    c = np.arange(n)
    binomial = [math.comb(n - 1, i) / 2 ** (n - 1) for i in c]
    np.testing.assert_allclose(size_law(shapley_weights(n)), 1 / n, rtol=1e-15)
    np.testing.assert_allclose(size_law(banzhaf_weights(n)), binomial, rtol=1e-15)
    assert size_law(leave_one_out_weights(n)).tolist() == (c == n - 1).tolist()


@pytest.mark.parametrize(
    ("value", "weights_of"),
    [
        (shapley_value, shapley_weights),
        (banzhaf_value, banzhaf_weights),
        (leave_one_out_value, leave_one_out_weights),
        (robust_shapley_value, robust_shapley_weights),
    ],
)
@few
@given(any_games())
def test_a_semivalue_is_the_mean_of_mean_marginals(value, weights_of, game):
    """phi_i = sum_c alpha_c z_i(c)."""
    z = size_sums(game).mean_marginals
    np.testing.assert_allclose(z @ size_law(weights_of(game.players)), value(game), atol=1e-14)


@some
@given(SUBMODULAR)
def test_mean_marginals_fall_with_size_in_submodular_games(game):
    """z_i(c) is non-increasing in c."""
    z = size_sums(game).mean_marginals
    assert (np.diff(z, axis=1) <= 1e-14).all()


# --- Totals after replication


@pytest.mark.parametrize("n", range(1, 8))
@pytest.mark.parametrize("k", range(6))
def test_size_laws_after_replication(n, k):
    """Shapley (k+1) binom(n-1,c) / ((n+k) binom(n+k-1,c)); Banzhaf (k+1) binom(n-1,c) / 2^(n+k-1);
    leave-one-out 1[c = n-1, k = 0]."""
    shapley = [(k + 1) * math.comb(n - 1, c) / ((n + k) * math.comb(n + k - 1, c)) for c in range(n)]
    banzhaf = [(k + 1) * math.comb(n - 1, c) / 2 ** (n + k - 1) for c in range(n)]
    top = [float(c == n - 1 and k == 0) for c in range(n)]
    np.testing.assert_allclose(replicated_size_law(shapley_weights, n, k), shapley, rtol=1e-14)
    np.testing.assert_allclose(replicated_size_law(banzhaf_weights, n, k), banzhaf, rtol=1e-14)
    assert replicated_size_law(leave_one_out_weights, n, k).tolist() == top


@pytest.mark.parametrize(
    "value_and_weights",
    [
        (shapley_value, shapley_weights),
        (banzhaf_value, banzhaf_weights),
        (robust_shapley_value, robust_shapley_weights),
    ],
)
def test_total_in_facility_location_agrees_with_the_replicated_game(value_and_weights):
    """phi^tot(k) = sum_c alpha_c^k z_i(c), against the game of n + k players, k = 0..5."""
    value, weights_of = value_and_weights
    game = _facility_location(1, players=7)
    totals = totals_after_replication(size_sums(game).mean_marginals[2], weights_of, 5)
    for k in range(6):
        replicated = ReplicatedGame(game, 2, k)
        assert totals[k] == pytest.approx(value(replicated)[replicated.identities].sum(), rel=1e-12)


def test_worked_example():
    """z = (3, 2, 1): Shapley rises from 2 to v({i}) = 3, Banzhaf falls to nothing."""
    shapley = totals_after_replication(Z, shapley_weights, 4)
    banzhaf = totals_after_replication(Z, banzhaf_weights, 4)
    np.testing.assert_allclose(shapley, [2, 7 / 3, 2.5, 2.6, 8 / 3], rtol=1e-15)
    np.testing.assert_allclose(banzhaf, [2, 2, 1.5, 1.0, 0.625], rtol=1e-15)
    assert totals_after_replication(Z, shapley_weights, 400)[-1] == pytest.approx(3, abs=0.02)
    assert totals_after_replication(Z, banzhaf_weights, 60)[-1] == pytest.approx(0, abs=1e-12)


def test_worked_example_robust_shapley():
    """By hand, weights (1/6, 1/6, 1/3) for n = 3 and (1/12, 1/12, 1/12, 1/4) for n = 4: 3/2, then 4/3."""
    totals = totals_after_replication(Z, robust_shapley_weights, 1)
    np.testing.assert_allclose(totals, [3 / 2, 4 / 3], rtol=1e-15)


# --- Theorem 3.3.6.1


@pytest.mark.parametrize("weight", [oracle.banzhaf_weight, oracle.robust_shapley_weight])
def test_robustness_condition_for_fewer_than_25_players_and_copies(weight):
    """Exact fractions: every cumulative sum for k copies is at most the one for none, and they fall with k."""
    for n in range(1, 25):
        laws = [list(accumulate(_exact_law(weight, n, k))) for k in range(25)]
        for fewer, more in pairwise(laws):
            assert all(a >= b for a, b in zip(fewer, more, strict=True))


@pytest.mark.parametrize(
    ("weights_of", "robust"),
    [
        (banzhaf_weights, True),
        (robust_shapley_weights, True),
        (leave_one_out_weights, True),
        (shapley_weights, False),
    ],
)
def test_the_machine_check_of_the_condition_agrees(weights_of, robust):
    """For n < 25 and k < 25, except that Shapley needs a second player to be manipulable."""
    verdicts = [bool(is_replication_robust(weights_of, n, 24)) for n in range(1, 25)]
    assert verdicts == [True] + [robust] * 23


@pytest.mark.parametrize("weights_of", [banzhaf_weights, robust_shapley_weights, leave_one_out_weights])
@some
@given(SUBMODULAR)
def test_robust_values_never_pay_for_copies(weights_of, game):
    """phi_i >= phi_i^tot(k) for all k, in submodular games, and the total falls with every further copy."""
    totals = totals_after_replication(size_sums(game).mean_marginals, weights_of, 8)
    assert (np.diff(totals, axis=1) <= 1e-13).all()


@pytest.mark.parametrize("n", range(2, 9))
def test_a_violated_condition_is_a_submodular_game_in_which_copies_pay(n):
    """Necessity: the step z = 1[c <= p] belongs to the game min(|S|, p + 1), where Shapley's copies gain."""
    k, p = is_replication_robust(shapley_weights, n, 1).violation
    game = TableGame(np.minimum(all_coalitions(n).sum(axis=1), p + 1))
    z = size_sums(game).mean_marginals[0]
    assert z.tolist() == (np.arange(n) <= p).tolist()
    totals = totals_after_replication(z, shapley_weights, k)
    assert totals[k] > totals[0]


@pytest.mark.parametrize("n", range(1, 15))
def test_the_reversed_condition_holds_for_shapley(n):
    """Exact fractions: cumulative sums that rise with every copy make the total rise."""
    laws = [list(accumulate(_exact_law(oracle.shapley_weight, n, k))) for k in range(15)]
    for fewer, more in pairwise(laws):
        assert all(a <= b for a, b in zip(fewer, more, strict=True))


# --- Theorem 3.3.6.2


@some
@given(SUBMODULAR)
def test_shapley_total_rises_ever_more_slowly_towards_the_worth_alone(game):
    """Monotone, with decreasing increments, below v({i})."""
    totals = totals_after_replication(size_sums(game).mean_marginals, shapley_weights, 10)
    alone = game.values[2 ** np.arange(game.players)]
    assert (np.diff(totals, axis=1) >= -1e-13).all()
    assert (np.diff(totals, 2, axis=1) <= 1e-13).all()
    assert (totals <= alone[:, None] + 1e-13).all()


def test_shapley_total_reaches_the_worth_alone_in_the_limit():
    """All of alpha^k moves to c = 0."""
    law = replicated_size_law(shapley_weights, 5, 900)
    assert law[0] == pytest.approx(1, abs=0.006)
    assert law[1:].max() < 0.006


def test_banzhaf_and_leave_one_out_totals_vanish():
    """Limits 0; leave-one-out with the first copy."""
    assert replicated_size_law(banzhaf_weights, 6, 80).sum() < 1e-20
    assert totals_after_replication(Z, leave_one_out_weights, 2).tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("n", [1, 3, 8])
def test_banzhaf_ratio_between_consecutive_copies(n):
    """alpha^k / alpha^(k+1) = 2 (k+1) / (k+2): 1 at k = 0, so the first copy neither gains nor loses."""
    for k in range(10):
        now, then = (replicated_size_law(banzhaf_weights, n, j) for j in (k, k + 1))
        np.testing.assert_allclose(now / then, 2 * (k + 1) / (k + 2), rtol=1e-14)


@some
@given(any_games(parties=(1, 5)))
def test_the_first_copy_is_neutral_under_banzhaf_in_every_game(game):
    """Not only in submodular ones."""
    totals = totals_after_replication(size_sums(game).mean_marginals, banzhaf_weights, 1)
    np.testing.assert_allclose(totals[:, 0], totals[:, 1], atol=1e-14)


@some
@given(SUBMODULAR)
def test_what_the_first_copy_gains_under_shapley(game):
    """sum_C |C|! (n-|C|-1)! / (n+1)!  (n - 2|C| - 1) MC_i(C), and it is not negative."""
    n = game.players
    weights = [
        math.factorial(c) * math.factorial(n - c - 1) / math.factorial(n + 1) * (n - 2 * c - 1)
        for c in range(n)
    ]
    gain = semivalue(game, weights)
    totals = totals_after_replication(size_sums(game).mean_marginals, shapley_weights, 1)
    np.testing.assert_allclose(gain, totals[:, 1] - totals[:, 0], atol=1e-14)
    assert (gain >= -1e-14).all()


# --- Robust Shapley


@pytest.mark.parametrize("n", range(1, 15))
def test_robust_shapley_weights_are_shapleys_times_gamma(n):
    """gamma_c from the factorials; below the middle the product is the middle's weight."""
    exact = [float(_gamma(n, c) * oracle.shapley_weight(c, n)) for c in range(n)]
    assert robust_shapley_weights(n).tolist() == exact


def test_what_robust_shapley_takes_from_a_replicator_at_least():
    """Loss >= (1/n) sum_c (1 - (k+1)/2^k) gamma_c z_i(c): exact fractions, for every step z = 1[c <= p] and hence,
    by adding steps up, for every non-increasing z >= 0; n < 25, k < 25."""
    for n in range(1, 25):
        plain = list(accumulate(_exact_law(oracle.robust_shapley_weight, n, 0)))
        damped = list(accumulate(_gamma(n, c) / n for c in range(n)))
        assert plain == damped
        for k in range(1, 25):
            after = accumulate(_exact_law(oracle.robust_shapley_weight, n, k))
            bound = [(1 - Fraction(k + 1, 2**k)) * part for part in damped]
            assert all(a - b >= least for a, b, least in zip(plain, after, bound, strict=True))


@some
@given(SUBMODULAR)
def test_robust_shapley_hands_out_at_most_the_worth_of_all(game):
    """Not balanced: total <= v(N)."""
    assert robust_shapley_value(game).sum() <= game.values[-1] + 1e-14


# --- Attacks other than plain copies


def _coverage(sets, weights):
    """v(S) = weight of the union of the members' sets; sets: bool (n, items)."""
    n = len(sets)
    return TableGame((all_coalitions(n).astype(float) @ sets > 0) @ weights)


@st.composite
def _attacks(draw):
    """Players' sets of items, and player 0's two identities in each attack: copy, subset, split."""
    items = 5
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sets, weights = rng.random((draw(st.integers(2, 4)), items)) < 0.6, rng.integers(0, 9, items) / 64
    mine, part = sets[0], rng.random(items) < 0.5
    identities = {"copy": (mine, mine), "subset": (mine, mine & part), "split": (mine & part, mine & ~part)}
    honest = _coverage(sets, weights)
    attacked = {name: _coverage(np.vstack([pair, sets[1:]]), weights) for name, pair in identities.items()}
    return honest, attacked


@some
@given(_attacks())
def test_plain_copies_are_the_best_attack_on_shapley(case):
    """With k = 1, replication pays at least as much as subset replication and as splitting."""
    _, attacked = case
    total = {name: shapley_value(game)[:2].sum() for name, game in attacked.items()}
    assert total["copy"] >= total["subset"] - 1e-14
    assert total["copy"] >= total["split"] - 1e-14


@some
@given(_attacks())
def test_two_identities_earn_what_one_does_under_banzhaf(case):
    """With k = 1 the three attacks tie, with each other and with honesty."""
    honest, attacked = case
    for game in attacked.values():
        assert banzhaf_value(game)[:2].sum() == pytest.approx(banzhaf_value(honest)[0], abs=1e-14)


@pytest.mark.parametrize("value", [shapley_value, banzhaf_value, robust_shapley_value])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_perturbed_copies_gain_little_over_plain_ones(value, k):
    """Where no marginal moves by more than eps, the k + 1 identities gain at most (k+1) eps."""
    rng, eps = np.random.default_rng(k), 0.01
    replicated = ReplicatedGame(_facility_location(4, players=5, customers=6), 0, k)
    plain = tabulate(replicated)
    perturbed = TableGame(plain.values + rng.uniform(-eps / 2, eps / 2, plain.values.size))
    gain = (value(perturbed) - value(plain))[replicated.identities].sum()
    assert abs(gain) <= (k + 1) * eps


# --- Closed forms for facility location, as stated in the thesis


def _thesis_closed_forms(utilities):
    """Shapley_i = sum_d [u_id / (n-|L_id|) - sum_t e_t / (lam + lam^2)], lam = n - |L_id| + t - 1;
    Banzhaf_i = 2^-(n-1) sum_d [2^|L_id| u_id - sum_t 2^(|L_id| - t) e_t]; e_1 >= e_2 >= ... are the utilities of the
    others that do not exceed u_id. Players with equal utilities stand in one another's L."""
    n, customers = utilities.shape
    shapley, banzhaf = np.zeros(n), np.zeros(n)
    for i in range(n):
        for d in range(customers):
            u = utilities[i, d]
            others = np.delete(utilities[:, d], i)
            e = np.sort(others[others <= u])[::-1]
            t = np.arange(1, len(e) + 1)
            lam = n - len(e) + t - 1
            shapley[i] += u / (n - len(e)) - (e / (lam + lam**2)).sum()
            banzhaf[i] += (2.0 ** len(e) * u - (2.0 ** (len(e) - t) * e).sum()) / 2 ** (n - 1)
    return shapley, banzhaf


@pytest.mark.parametrize("seed", range(5))
def test_closed_forms_of_facility_location(seed):
    """The thesis' sums, ours, and the enumeration of all 2^10 coalitions agree; utilities up to 20 have ties."""
    game = _facility_location(seed, players=10)
    shapley, banzhaf = _thesis_closed_forms(game.utilities)
    np.testing.assert_allclose(shapley, shapley_value(game), rtol=1e-12)
    np.testing.assert_allclose(banzhaf, banzhaf_value(game), rtol=1e-12)
    np.testing.assert_allclose(game.shapley_value(), shapley, rtol=1e-12)
    np.testing.assert_allclose(game.banzhaf_value(), banzhaf, rtol=1e-12)


def test_closed_forms_of_facility_location_for_a_hundred_players():
    """Where the enumeration of table 3.2 stops."""
    game = _facility_location(9, players=100)
    shapley, banzhaf = _thesis_closed_forms(game.utilities)
    np.testing.assert_allclose(game.shapley_value(), shapley, rtol=1e-9)
    np.testing.assert_allclose(game.banzhaf_value(), banzhaf, rtol=1e-9, atol=1e-15)


# --- Algorithm 5: values from means by size


@some
@given(any_games(parties=(1, 5)))
def test_values_from_means_by_coalition_size(game):
    """With exact means in place of sampled ones,
    phi_i = sum_c alpha_c [Ubar_i(c+1) - n/(n-c) (U_c - c/n Ubar_i(c))], and
    the sum over all players is n sum_c alpha_c (U_{c+1} - U_c) (theorem 3.4.3.1, without the sampling)."""
    n = game.players
    sums = size_sums(game)
    c = np.arange(n)
    U = sums.totals / [math.comb(n, s) for s in range(n + 1)]
    Ubar = sums.containing / [max(math.comb(n - 1, s - 1), 1) if s else 1 for s in range(n + 1)]
    for weights in (shapley_weights(n), banzhaf_weights(n), robust_shapley_weights(n)):
        alpha = size_law(weights)
        phi = (Ubar[:, 1:] - n / (n - c) * (U[:-1] - c / n * Ubar[:, :-1])) @ alpha
        np.testing.assert_allclose(phi, semivalue(game, weights), atol=1e-13)
        assert n * (alpha * np.diff(U)).sum() == pytest.approx(phi.sum(), abs=1e-13)
