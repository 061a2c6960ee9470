"""Agarwal, Dahleh, Sarkar, A Marketplace for Data: An Algorithmic Solution, EC 2019 (arXiv:1805.08125).

Claims that a machine can check, refuted ones included.  Copies are played in `ReplicatedGame`, whose players beyond the
first n are copies of one of them (Assumption 2: the model does not notice).
"""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from fairpool.games.game import TableGame
from fairpool.games.replication.robustness import ReplicatedGame
from fairpool.games.values.shapley import shapley_value
from fairpool.pricing.published.feature_market.division import (
    PUBLISHED_PENALTY,
    ExactShapley,
    ShapleyApprox,
    ShapleyRobust,
    SharedPermutations,
    first_paying_copies,
    least_penalty,
    permutations_needed,
    published_permutations,
)
from fairpool.pricing.published.feature_market.payment import GainCurve, linear_payment, myerson_payment
from fairpool.pricing.published.feature_market.price_update import (
    equal_weights,
    net_regret_bound,
    price_net,
    published_weights,
    regret_bound,
)
from fairpool.pricing.published.feature_market.similarity import absolute_cosine, hellinger_similarity
from fairpool.pricing.published.feature_market.simulation import learn_prices
from strategies import monotone_games, some

TWINS = TableGame([0.0, 1.0, 1.0, 1.0])  # two sellers of one feature


def only_copies(players, copies):
    """SM of n features of which the last are copies of the first, and nothing else is alike."""
    alike = np.eye(players + copies)
    own = [0, *range(players, players + copies)]
    alike[np.ix_(own, own)] = 1.0
    return alike


def robust_total(game, copies, *, penalty=PUBLISHED_PENALTY, alike=None):
    """Share of player 0 and its copies under Algorithm 3 with exact values."""
    n = game.players
    similarity = only_copies(n, copies) if alike is None else alike
    rule = ShapleyRobust(ExactShapley(), lambda _: similarity, penalty=penalty)
    replicated = ReplicatedGame(game, 0, copies)
    shares = rule.divide(replicated, np.zeros((1, n + copies)), rng=np.random.default_rng(0)).shares
    return float(shares[replicated.identities].sum())


# ---------------------------------------------------------------- examples


def test_example_3_1_copies_pay_under_shapley():
    """Two identical sellers get 1/2 each; when A copies itself once, A gets 2/3 and B 1/3."""
    np.testing.assert_allclose(shapley_value(TWINS), [1 / 2, 1 / 2])
    values = shapley_value(ReplicatedGame(TWINS, 0, 1))
    np.testing.assert_allclose([values[0] + values[2], values[1]], [2 / 3, 1 / 3])


@pytest.mark.parametrize(
    ("penalty", "before", "after"),
    [(1.0, 1 / (2 * math.e), 2 / (3 * math.e**2)), (math.log(2), 0.25, 1 / 6)],
)
def test_example_4_5_copies_lose_under_algorithm_3(penalty, before, after):
    """A's total falls from 0.18394 to 0.09022 with lambda = 1, from 0.25 to 0.16667 with lambda = log 2."""
    everybody = np.ones((3, 3))
    assert robust_total(TWINS, 0, penalty=penalty, alike=everybody[:2, :2]) == pytest.approx(before)
    assert robust_total(TWINS, 1, penalty=penalty, alike=everybody) == pytest.approx(after)
    if penalty == 1:
        assert (round(before, 5), round(after, 5)) == (0.18394, 0.09022)


# ---------------------------------------------------------------- section 4.2 and Theorem 5.1: payments


@pytest.mark.parametrize("price", [0.25, 1.0, 3.0])
@pytest.mark.parametrize("bid", [0.0, 0.2, 1.0, 5.0])
def test_payment_of_a_linear_gain(price, bid):
    """G(z) = min(z/p, 1): RF* = b^2 / (2p) below the price, p/2 from it up."""
    expected = bid**2 / (2 * price) if bid < price else price / 2
    assert float(linear_payment([0.0, price], [0.0, 1.0], bid)) == pytest.approx(expected)
    found = myerson_payment(lambda z: np.minimum(z / price, 1), bid, tolerance=0.01)
    assert abs(found.amount - expected) <= found.error + 1e-12
    steps = np.linspace(0, price, 4001)
    assert abs(float(GainCurve(steps, steps / price).payment(bid)) - expected) <= bid / 4000 + 1e-12


@pytest.mark.parametrize("value", [0.0, 0.3, 0.99, 1.0, 2.0])
def test_utility_is_largest_at_the_truth(value):
    """mu G(b) - RF*(b) on a fine grid of bids: no bid does better than mu."""
    bids = np.linspace(0, 3, 3001)
    utilities = value * np.minimum(bids, 1) - linear_payment([0.0, 1.0], [0.0, 1.0], bids)
    truth = value * min(value, 1) - float(linear_payment([0.0, 1.0], [0.0, 1.0], value))
    assert utilities.max() <= truth + 1e-12


def test_a_gain_that_falls_is_not_truthful():
    """Theorem 5.1, the other way round: G = 1 - z on [0, 1]. With mu = 1 the bid 0 brings 1, the truth 1/2."""
    truth = 1.0 * 0 - float(linear_payment([0.0, 1.0], [1.0, 0.0], 1.0))
    at_zero = 1.0 * 1 - float(linear_payment([0.0, 1.0], [1.0, 0.0], 0.0))
    assert (truth, at_zero) == (pytest.approx(0.5), pytest.approx(1.0))


# ---------------------------------------------------------------- Theorem 5.2: regret


def linear_revenues(prices, bids):
    """RF*(c, b) of G(z) = min(z/c, 1): float64 (bids, prices); Lipschitz in c with L = 1/2."""
    b, c = bids[:, None], prices[None, :]
    return np.where(b < c, b**2 / (2 * c), c / 2)


def bids_of(kind, N):
    rng = np.random.default_rng(N)
    if kind == "uniform":
        return rng.random(N)
    if kind == "two kinds":
        return np.where(rng.random(N) < 0.7, 0.3, 0.9)
    return np.where(np.arange(N) < N / 2, 0.2, 1.0)  # a market that changes


@pytest.mark.parametrize("kind", ["uniform", "two kinds", "changing"])
@pytest.mark.parametrize("N", [25, 100, 400, 1600])
def test_regret_stays_below_the_bound(kind, N):
    """2 Bmax sqrt(log|net| / N) + L eps against the best of all prices, in expectation over the price drawn."""
    weights = published_weights(largest_bid=1.0, lipschitz=0.5, horizon=N)
    bids, K = bids_of(kind, N), len(weights.prices)
    found = learn_prices(weights, linear_revenues(weights.prices, bids))
    best_of_all = linear_revenues(np.linspace(1e-9, 1, 1001), bids).mean(axis=0).max()
    bound = regret_bound(largest_bid=1.0, experts=K, horizon=N, lipschitz=0.5, eps=2 / math.sqrt(N))
    assert best_of_all - found.earned.mean() <= bound
    assert found.average_regret <= net_regret_bound(largest_bid=1.0, experts=K, horizon=N)
    assert 3 / (2 / math.sqrt(N)) >= K


def test_regret_goes_to_zero():
    """Four times the buyers, less average regret, every time: from 200 to 12,800 buyers it falls to a third."""
    net, regrets = price_net(1.0, 0.05), []
    for N in (200, 800, 3_200, 12_800):
        weights = equal_weights(net, largest_bid=1.0, horizon=N)
        regrets.append(learn_prices(weights, linear_revenues(net, bids_of("uniform", N))).average_regret)
    assert regrets == sorted(regrets, reverse=True)
    assert 0 < regrets[-1] < regrets[0] / 3


def test_revenue_of_a_linear_gain_is_lipschitz_in_the_price():
    """L = 1/2, used above."""
    prices = np.linspace(1e-6, 1, 2001)
    slopes = np.diff(linear_revenues(prices, np.linspace(0, 1, 101))) / np.diff(prices)
    assert np.abs(slopes).max() <= 0.5 + 1e-9


# ---------------------------------------------------------------- Theorem 5.3: Algorithm 2


@pytest.mark.parametrize("rule", [ShapleyApprox, SharedPermutations])
def test_algorithm_2_on_every_order_is_the_shapley_value(rule):
    """Marginals over predecessors, averaged: within four standard errors, for a game that is not symmetric."""
    game = TableGame([0.0, 0.125, 0.5, 0.5, 0.25, 0.75, 0.5, 1.0])
    exact = np.zeros(3)
    for order in permutations(range(3)):
        for place, i in enumerate(order):
            before = sum(1 << j for j in order[:place])
            exact[i] += (game.values[before | 1 << i] - game.values[before]) / 6
    found = rule(4000).value(game, rng=np.random.default_rng(0))
    np.testing.assert_allclose(shapley_value(game), exact)
    assert (np.abs(found.values - exact) < 4 * found.standard_errors).all()


@given(sellers=st.integers(1, 2000), error=st.floats(0.01, 1), chance=st.floats(1e-6, 0.999))
def test_the_printed_number_of_orders_is_more_than_needed(sellers, error, chance):
    """M log(2/delta) >= log(2M/delta) for delta <= 1: the printed K is valid for marginals in [0, 1], and wasteful."""
    needed = permutations_needed(sellers, error=error, chance=chance, monotone=True)
    assert published_permutations(sellers, error=error, chance=chance) >= needed
    exponent = -2 * needed * error**2
    assert 2 * sellers * math.exp(exponent) <= chance * (1 + 1e-9)


def test_ten_sellers_within_a_tenth():
    """By hand: K > 10 log(20) / 0.02 = 1,497.9 as printed, log(200) / 0.02 = 264.9 needed."""
    assert published_permutations(10, error=0.1, chance=0.1) == 1498
    assert permutations_needed(10, error=0.1, chance=0.1, monotone=True) == 265
    assert permutations_needed(10, error=0.1, chance=0.1, monotone=False) == 1060


@pytest.mark.long
def test_the_printed_number_of_orders_is_too_small_where_gains_fall():
    """Two sellers who are worth 1 alone and 0 together: marginals 1 and -1. The printed K misses eps = 0.1 in more than
    delta = 0.1 of the runs (four standard errors above); four times the union bound keeps the promise.
    """
    rivals, runs = TableGame([0.0, 1.0, 1.0, 0.0]), 600

    def missed(K):
        found = [
            ShapleyApprox(K).value(rivals, rng=np.random.default_rng(seed)).values for seed in range(runs)
        ]
        return np.mean(np.abs(found).max(axis=1) >= 0.1)

    margin = 4 * math.sqrt(0.1 * 0.9 / runs)
    assert missed(published_permutations(2, error=0.1, chance=0.1)) > 0.1 + margin
    assert missed(permutations_needed(2, error=0.1, chance=0.1, monotone=False)) < 0.1


# ---------------------------------------------------------------- Theorem 5.4: Algorithm 3


def test_key_of_the_proof():
    """c exp(-lambda (c - 1)) at lambda = log 2: 1, 1, 0.75, 0.5, 0.3125, never above 1."""
    c = np.arange(1, 100)
    values = c * np.exp(-PUBLISHED_PENALTY * (c - 1))
    np.testing.assert_allclose(values[:5], [1, 1, 0.75, 0.5, 0.3125])
    assert (values <= 1 + 1e-12).all()


@some
@given(monotone_games(parties=(2, 4)), st.integers(1, 4))
def test_copies_never_pay_with_monotone_gains(game, copies):
    """Exact values, lambda = log 2: the total of any number of copies is at most the original's share."""
    assert robust_total(game, copies) <= robust_total(game, 0) + 1e-12


@some
@given(monotone_games(parties=(2, 4)), st.integers(1, 4))
def test_a_milder_penalty_is_enough_for_few_sellers(game, copies):
    """Own: lambda = log(2M/(M+1)), with M the number of features entered, copies included or not."""
    before = robust_total(game, 0, penalty=least_penalty(game.players))
    assert robust_total(game, copies, penalty=least_penalty(game.players)) <= before + 1e-12
    assert robust_total(game, copies, penalty=least_penalty(game.players + copies)) <= before + 1e-12


@pytest.mark.parametrize("sellers", [2, 3, 5, 9])
def test_the_milder_penalty_is_the_least(sellers):
    """Gain 1 as soon as anybody's feature is there, independent features: any lambda below it makes a copy pay."""
    game = TableGame(np.append(0.0, np.ones(2**sellers - 1)))
    exactly, below = least_penalty(sellers), least_penalty(sellers) - 0.01
    before = 1 / sellers
    assert robust_total(game, 1, penalty=exactly) == pytest.approx(before)
    assert robust_total(game, 1, penalty=below) > before
    assert exactly < PUBLISHED_PENALTY


def test_twins_keep_three_eighths_under_the_milder_penalty():
    """1/2 exp(-log(4/3)) each, where log 2 leaves 1/4."""
    assert robust_total(TWINS, 0, penalty=least_penalty(2), alike=np.ones((2, 2))) == pytest.approx(3 / 8)


def test_the_theorem_needs_monotone_gains():
    """Refuted without: A is worth 0.4 alone and -0.4 beside B, so its value is 0; with one copy A gets 1/6 of all."""
    game = TableGame([0.0, 0.4, 0.8, 0.4])
    assert shapley_value(game)[0] == pytest.approx(0)
    assert robust_total(game, 0) == pytest.approx(0)
    assert robust_total(game, 1) == pytest.approx(1 / 6)
    assert robust_total(game, 1, penalty=3.0) > 0.01


@settings(max_examples=10)
@given(monotone_games(parties=(2, 3)), st.integers(0, 10**6))
def test_estimated_values_are_robust_up_to_eps(game, seed):
    """K orders for eps/3 and delta = 1e-6 on the larger game: copies bring at most eps."""
    eps, n = 0.3, game.players
    K = permutations_needed(n + 2, error=eps / 3, chance=1e-6, monotone=True)
    rng = np.random.default_rng(seed)
    parts = []
    for copies in (0, 2):
        replicated, alike = ReplicatedGame(game, 0, copies), only_copies(n, copies)
        values = ShapleyApprox(K).value(replicated, rng=rng).values
        penalised = values * np.exp(-PUBLISHED_PENALTY * (alike.sum(axis=1) - 1))
        parts.append(float(penalised[replicated.identities].sum()))
    assert parts[1] <= parts[0] + eps


def test_proposition_5_1_balance_and_robustness_cannot_both_be():
    """Twins, then a copy: balance and anonymity give A's two identities 2/3, robustness allows 1/2."""
    rng, X = np.random.default_rng(0), np.ones((2, 3))
    shares = ExactShapley().divide(ReplicatedGame(TWINS, 0, 1), X, rng=rng).shares
    np.testing.assert_allclose(shares, 1 / 3)
    assert shares[[0, 2]].sum() > 0.5
    robust = ShapleyRobust(ExactShapley(), absolute_cosine).divide(ReplicatedGame(TWINS, 0, 1), X, rng=rng)
    assert robust.retained == pytest.approx(3 / 4)


def test_proposition_5_2_which_penalties_are_robust():
    """(c + 1) f(x + c) <= f(x): exponentials from lambda = log 2 on, no power of 1 + x, nothing milder."""
    x = np.linspace(0, 20, 81)
    assert first_paying_copies(lambda s: np.exp(-np.log(2) * s), copies=50, likeness=x) is None
    assert first_paying_copies(lambda s: np.exp(-0.69 * s), copies=50, likeness=x) == 1
    assert first_paying_copies(lambda s: (1 + s) ** -3.0, copies=50, likeness=x) == 1
    assert first_paying_copies(np.ones_like, copies=50, likeness=x) == 1


def test_with_real_numbers_of_copies_lambda_has_to_be_one():
    """The continuous relaxation: (1 + c) exp(-lambda c) <= 1 for all c > 0 from lambda = 1 on, not below."""
    c = np.linspace(0, 5, 5001)
    assert ((1 + c) * np.exp(-c) <= 1 + 1e-12).all()
    assert ((1 + c) * np.exp(-0.95 * c)).max() > 1


# ---------------------------------------------------------------- remarks


@pytest.mark.parametrize("n", [2, 3, 5])
def test_honest_sellers_who_are_alike_lose_nearly_everything(n):
    """n identical honest sellers get (1/n) 2^-(n-1) each; the market keeps 1 - 2^-(n-1)."""
    game = TableGame(np.append(0.0, np.ones(2**n - 1)))
    rule = ShapleyRobust(ExactShapley(), absolute_cosine)
    found = rule.divide(game, np.ones((4, n)), rng=np.random.default_rng(0))
    np.testing.assert_allclose(found.shares, 2.0 ** -(n - 1) / n)
    assert found.retained == pytest.approx(1 - 2.0 ** -(n - 1))


def test_cosine_is_one_for_features_that_are_not_equal():
    """Multiples and flipped signs count as copies, against the paper's SM = 1 iff equal."""
    x = np.array([1.0, -2.0, 3.0])
    np.testing.assert_allclose(absolute_cosine(np.column_stack([x, 7 * x, -x])), 1)


def test_one_less_cosine_is_no_metric():
    """0, 45 and 90 degrees: 0.293 + 0.293 < 1."""
    distance = 1 - absolute_cosine(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]))
    assert distance[0, 2] == pytest.approx(1)
    assert distance[0, 1] + distance[1, 2] == pytest.approx(2 - math.sqrt(2))
    assert distance[0, 1] + distance[1, 2] < distance[0, 2]


def test_hellinger_is_one_for_independent_features_of_one_distribution():
    """Own: distributions do not see rows, so the same values in another order count as a copy."""
    x = np.array([0.0, 0.0, 1.0, 1.0])
    X = np.column_stack([x, [0.0, 1.0, 0.0, 1.0]])
    assert np.corrcoef(X.T)[0, 1] == 0
    np.testing.assert_allclose(hellinger_similarity(X), 1)


def test_hellinger_distance_is_a_metric_of_distributions():
    """Triangle inequality on random columns of three values."""
    X = np.random.default_rng(0).integers(0, 3, (12, 9)).astype(float)
    d = 1 - hellinger_similarity(X)
    assert (d[:, None, :] <= d[:, :, None] + d[None, :, :] + 1e-12).all()


def test_area_under_the_linear_gain():
    """The integral that the closed form above stands for, by quadrature."""
    area = quad(lambda z: min(z / 2, 1), 0, 3, points=[2])[0]
    assert 3 - area == pytest.approx(1.0)
