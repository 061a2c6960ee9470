"""The truthful market of two contributors for a mean: derivations, best responses, balance to the minor unit."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.ground.errors import InputError
from fairpool.pricing.published.two_contributors import (
    Duopoly,
    MeanMarket,
    honest_report,
    settle_sale,
    simulate_payments,
)

PAIR = Duopoly(("Ada", "Ben"), (100.0, 250.0), (60, 40), variance=4.0)

duopolies = st.builds(
    Duopoly,
    st.just(("a", "b")),
    st.tuples(st.floats(0.01, 1e4), st.floats(0.01, 1e4)),
    st.tuples(st.integers(1, 500), st.integers(1, 500)),
    st.floats(0.01, 1e3),
    st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)),
)


def standard_error(sample):
    return sample.std(ddof=1) / sqrt(len(sample))


@given(duopolies, st.integers(0, 1))
def test_honest_contributors_expect_their_margin_exactly(duopoly, i):
    """r_i = c_i n_i (2 + n_i/n_j) + m_i leaves m_i; without margin nothing."""
    profit = duopoly.expected_profit(i, duopoly.amounts[i])
    assert profit == pytest.approx(duopoly.margins[i], abs=1e-9 * max(duopoly.fees))


@given(duopolies, st.integers(0, 1), st.integers(1, 2_000), st.floats(-10, 10), st.floats(0, 10))
def test_no_other_number_of_samples_no_shift_and_no_noise_earns_more(duopoly, i, samples, shift, noise):
    """c_i n_i^2 (1/k) + c_i k is least at k = n_i, by the inequality of means."""
    deviating = duopoly.expected_profit(i, samples, shift=shift, noise=noise)
    assert deviating <= duopoly.expected_profit(i, duopoly.amounts[i]) + 1e-9 * max(duopoly.fees)


def test_the_other_collecting_less_lowers_profits_but_not_the_best_response():
    """The penalty c n^2 / sigma^2 makes n best whatever the other one does: dominant in the amount."""
    for other in (1, 7, 40, 1_000):
        profits = [PAIR.expected_profit(0, k, other_samples=other) for k in range(1, 200)]
        assert int(np.argmax(profits)) + 1 == PAIR.amounts[0]


def test_simulated_payments_have_the_expected_mean_and_deviation():
    """E pi_i = c_i n_i + m_i, and a standard deviation of sqrt(2) c_i n_i (1 + n_i/n_j) for normal samples."""
    paid = simulate_payments(
        PAIR,
        [honest_report(PAIR, 0, 3.0), honest_report(PAIR, 1, 3.0)],
        replications=200_000,
        rng=np.random.default_rng(7),
    )
    for i in range(2):
        assert abs(paid[:, i].mean() - PAIR.costs[i] * PAIR.amounts[i]) <= 4 * standard_error(paid[:, i])
        squares = (paid[:, i] - paid[:, i].mean()) ** 2
        assert abs(squares.mean() - PAIR.payment_deviations[i] ** 2) <= 4 * standard_error(squares)


@pytest.mark.parametrize(
    ("samples", "shift", "noise"), [(30, 0.0, 0.0), (60, 0.3, 0.0), (60, 0.0, 0.05), (120, 0.0, 0.0)]
)
def test_simulated_deviations_earn_what_the_formula_says(samples, shift, noise):
    sd = sqrt(PAIR.variance / samples + noise)
    reports = [lambda rng, n: rng.normal(shift, sd, n), honest_report(PAIR, 1)]
    paid = simulate_payments(PAIR, reports, replications=200_000, rng=np.random.default_rng(8))[:, 0]
    expected = PAIR.expected_profit(0, samples, shift=shift, noise=noise)
    assert abs(paid.mean() - PAIR.costs[0] * samples - expected) <= 4 * standard_error(paid)
    assert expected < 0


def test_who_knows_the_mean_beforehand_earns_more_by_collecting_nothing():
    """A refutation, kept: with a prior variance below 2 sigma^2 / n, reporting the prior mean beats honesty."""
    edge = 2 * PAIR.variance / PAIR.amounts[0]
    assert PAIR.prior_profit(0, 0.0) == pytest.approx(2 * 100 * 60)
    assert PAIR.prior_profit(0, edge) == pytest.approx(0, abs=1e-9)
    assert PAIR.prior_profit(0, 1.1 * edge) < 0
    rng, tau = np.random.default_rng(9), sqrt(edge / 2)
    belief = simulate_payments(
        PAIR, [lambda rng, n: rng.normal(0, tau, n), honest_report(PAIR, 1)], replications=100_000, rng=rng
    )[:, 0]
    assert abs(belief.mean() - PAIR.prior_profit(0, edge / 2)) <= 4 * standard_error(belief)
    assert belief.mean() > 4 * standard_error(belief)


@given(
    duopolies,
    st.tuples(st.floats(-50, 50), st.floats(-50, 50)),
    st.lists(st.floats(0, 1e9), min_size=1, max_size=8).filter(any),
)
def test_buyers_pay_exactly_what_contributors_are_paid(duopoly, means, shares):
    """Balanced in every sale, also where payments are negative; each payment within half a unit of the formula."""
    sale = settle_sale(duopoly, means, shares)
    assert sum(sale.prices) == sum(sale.payments)
    for paid, due in zip(sale.payments, duopoly.payments(means), strict=True):
        assert abs(paid - due) <= 0.5
    assert len({price > 0 for price in sale.prices if price}) <= 1


def test_buyers_pay_less_than_the_estimate_is_worth_on_average():
    """Shares in proportion to worths: buyer k expects to pay w_k cost / sum(w) <= w_k where the sum covers the cost."""
    worths = np.array([12_000.0, 6_000.0, 300.0])
    rng = np.random.default_rng(10)
    means = np.column_stack([honest_report(PAIR, i)(rng, 4_000) for i in range(2)])
    prices = np.array([settle_sale(PAIR, (a, b), worths).prices for a, b in means], dtype=float)
    for k in range(3):
        expected = worths[k] / worths.sum() * PAIR.expected_cost
        assert abs(prices[:, k].mean() - expected) <= 4 * standard_error(prices[:, k]) + 0.5
        assert expected < worths[k]
    assert (prices.sum(axis=1) < 0).any()  # no promise for a single sale


def test_the_two_cheapest_collect():
    market = MeanMarket({"Cem": 9.0, "Ada": 2.0, "Ben": 3.0}, variance=1.0)
    pair = market.duopoly(100)
    assert (pair.names, pair.amounts) == (("Ada", "Ben"), (50, 50))
    lopsided = market.duopoly(100, second_samples=1)
    assert lopsided.expected_cost == 99 * 2 + 3 < pair.expected_cost == 250
    assert lopsided.payment_deviations[0] > 40 * pair.payment_deviations[0]


def test_no_other_pair_is_cheaper():
    costs = {"Ada": 2.0, "Ben": 3.0, "Cem": 9.0, "Dia": 3.5}
    chosen = MeanMarket(costs, 1.0).duopoly(10).expected_cost
    pairs = [
        MeanMarket({a: costs[a], b: costs[b]}, 1.0).duopoly(10).expected_cost
        for a in costs
        for b in costs
        if a < b
    ]
    assert chosen == min(pairs)


def test_the_best_number_of_samples_is_found_by_trying_all():
    market = MeanMarket({"Ada": 2.0, "Ben": 3.0}, variance=1.0)
    best = market.best_duopoly(lambda n: 1_000 - 5_000 / n, most=500)
    assert best is not None
    n = np.arange(2, 501)
    assert best.total == n[np.argmax(1_000 - 5_000 / n - 2 * (n - n // 2) - 3 * (n // 2))]
    assert market.best_duopoly(lambda _: 1.0, most=50) is None


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: MeanMarket({"Ada": 1.0}, 1.0).duopoly(5), "at least two to check each other"),
        (lambda: MeanMarket({"Ada": 1.0, "Ben": 1.0}, 1.0).duopoly(1), "at least one from each"),
        (lambda: Duopoly(("a", "b"), (0.0, 1.0), (1, 1), 1.0), "costs"),
        (lambda: Duopoly(("a", "b"), (1.0, 1.0), (1, 0), 1.0), "amounts"),
        (lambda: Duopoly(("a", "b"), (1.0, 1.0), (1, 1), 0.0), "variance"),
        (lambda: settle_sale(PAIR, (float("nan"), 0.0), [1.0]), "means"),
        (lambda: settle_sale(PAIR, (0.0, 0.0), [0.0]), "shares"),
    ],
)
def test_bad_input_is_named(call, told):
    with pytest.raises(InputError, match=told):
        call()
