"""Attempts to break the best curve: exact rational arithmetic, all whole prices, extreme scales, odd markets."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from builders.price_markets import any_shape, diminishing, named, stairs
from fairpool.pricing.curves.arbitrage import find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.nearest_curve import cheapest_cover
from fairpool.pricing.curves.purchase import expected_revenue
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.arbitrage_free import arbitrage_free_curve
from fairpool.pricing.optimal.cell_grid import cells
from fairpool.pricing.optimal.lottery import best_lottery, everything
from fairpool.pricing.optimal.optimal import OptimalCurve, optimal_curve
from fairpool.pricing.oracles.menu_search import MenuSearch

SHAPES = [diminishing, any_shape, stairs]
SCALES = [1e-300, 1e-12, 1e-6, 1e3, 1e9, 1e15, 1e300]


def exact_optimum(values: np.ndarray, weights: np.ndarray) -> Fraction:
    """OPT of the floats as they are: every assignment, shortest paths in rational numbers, nothing rounded."""
    v = [[Fraction(0), *(Fraction(float(x)) for x in row)] for row in values]
    q = [Fraction(float(w)) for w in weights]
    earned = (
        sum(w * p for w, p in zip(q, prices, strict=True))
        for n in product(range(len(v[0])), repeat=len(v))
        if (prices := _exact_prices(v, n)) is not None
    )
    return max(earned) / sum(q)


def _exact_prices(v: list[list[Fraction]], n: tuple[int, ...]) -> list[Fraction] | None:
    m = range(len(v))
    prices = [v[i][n[i]] for i in m]
    for _ in range(len(v) + 1):
        shorter = [min(prices[j] + v[i][n[i]] - v[i][n[j]] for j in m) for i in m]
        if shorter == prices:
            return None if min(prices) < 0 else prices
        prices = shorter
    return None


def best_of_whole_prices(values: np.ndarray, q: np.ndarray) -> float:
    """OPT of whole valuations: every never falling curve with whole prices, buyers deciding in whole numbers."""
    N, best = values.shape[1], 0.0
    for prices in combinations_with_replacement(range(int(values.max()) + 1), N):
        gains = values - np.array(prices)
        last = N - 1 - np.argmax((gains == gains.max(axis=1, keepdims=True))[:, ::-1], axis=1)
        best = max(best, float(q @ np.where(gains.max(axis=1) >= 0, np.array(prices)[last], 0)))
    return best


def exact_revenue(curve: PriceCurve, valuations: Valuations, q: np.ndarray) -> float:
    """What buyers pay, in rational numbers; gains within a billionth of the type's *own* largest value are equal."""
    return float(
        sum(Fraction(float(w)) * _exact_payment(curve, valuations, i) for i, w in enumerate(q))
        / sum(Fraction(float(w)) for w in q)
    )


def _exact_payment(curve: PriceCurve, valuations: Valuations, i: int) -> Fraction:
    tie = Fraction(float(valuations.values[i, -1])) / 10**9
    worth = valuations.at(curve.amounts)[i]
    gains = [Fraction(float(v)) - Fraction(float(p)) for v, p in zip(worth, curve.prices, strict=True)]
    if max(gains) < -tie:
        return Fraction(0)
    return Fraction(float(curve.prices[max(k for k, gain in enumerate(gains) if gain >= max(gains) - tie)]))


def assert_best(found: OptimalCurve, valuations: Valuations, q: np.ndarray) -> None:
    """Optimal, bounded, and its revenue is that of its curve."""
    best = float(exact_optimum(valuations.values, q))
    assert found.revenue == pytest.approx(best, rel=1e-6)
    assert found.revenue == pytest.approx(exact_revenue(found.curve, valuations, q), rel=1e-8)
    assert best * (1 - 1e-9) <= found.upper_bound <= best * (1 + 2e-6)


def test_the_two_oracles_agree():
    """Rational shortest paths over assignments, and all whole prices: nothing in common but the definition."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        m, N = rng.integers(1, 4), rng.integers(1, 5)
        values, q = np.cumsum(rng.integers(0, 3, (m, N)), axis=1), rng.dirichlet(np.ones(m))
        assert best_of_whole_prices(values, q) == pytest.approx(float(exact_optimum(values, q)), abs=1e-12)


def test_whole_valuations_against_all_whole_prices():
    """Ties everywhere: flat stretches, types alike, types that want nothing or everything at once."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        m, N = int(rng.integers(1, 6)), int(rng.integers(1, 6))
        values, q = np.cumsum(rng.integers(0, 3, (m, N)), axis=1), rng.dirichlet(np.ones(m))
        best = best_of_whole_prices(values, q)
        assert optimal_curve(named(values), q).revenue == pytest.approx(best, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("scale", SCALES)
def test_the_unit_of_money_does_not_matter(scale):
    """From subnormal to the largest numbers: HiGHS's tolerances are absolute, so values must be scaled before."""
    for seed in range(9):
        rng = np.random.default_rng(seed)
        valuations, q = SHAPES[seed % 3](3, 4, rng), rng.dirichlet(np.ones(3))
        scaled = named(valuations.values * scale)
        assert_best(optimal_curve(scaled, q), scaled, q)


@pytest.mark.parametrize("rare", [1e-3, 1e-6, 1e-9, 1e-12, 1e-300])
def test_types_that_hardly_ever_come(rare):
    for seed in range(9):
        rng = np.random.default_rng(seed)
        valuations = SHAPES[seed % 3](3, 4, rng)
        q = rng.dirichlet(np.ones(3)) * [1, 1, rare]
        assert_best(optimal_curve(valuations, q / q.sum()), valuations, q / q.sum())


@pytest.mark.parametrize("rich", [1e3, 1e5])
def test_rare_types_that_pay_a_thousand_times_as_much(rich):
    _assert_rich_and_rare(rich)


@pytest.mark.parametrize("rich", [1e7, 1e9, 1e11])
def test_rare_types_that_pay_a_billion_times_as_much(rich):
    """They bring as much as the others, so neither they nor the others may be lost in rounding."""
    _assert_rich_and_rare(rich)


def _assert_rich_and_rare(rich: float) -> None:
    for seed in range(9):
        rng = np.random.default_rng(seed)
        values = SHAPES[seed % 3](3, 4, rng).values * np.array([[1], [1], [rich]])
        q = rng.dirichlet(np.ones(3)) * [1, 1, 1 / rich]
        assert_best(optimal_curve(named(values), q / q.sum()), named(values), q / q.sum())


def test_a_rich_type_that_never_comes_does_not_count():
    """By hand: 1 to the first, 3 to the second, half each: 2. With ties of a billionth of 1e10 all seem to pay 3."""
    valuations = named(np.array([[1.0, 1.0], [0.0, 3.0], [0.0, 1e10]]))
    assert optimal_curve(valuations, [0.5, 0.5, 0.0]).revenue == pytest.approx(2.0)


def test_lotteries_bound_the_best_curve_whatever_the_scales_of_the_types():
    """One type is worth 1e9 times as much and comes 1e9 times more rarely; values in units of the largest."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        values = any_shape(3, 4, rng).values * np.array([[1e-9], [1e-9], [1.0]])
        q = rng.dirichlet(np.ones(3)) * [1, 1, 1e-9]
        grid = cells(named(values))
        bound = best_lottery(grid, q / q.sum(), everything(grid)).bound
        assert bound >= float(exact_optimum(values, q)) * (1 - 1e-9)


@pytest.mark.parametrize("last", [10**6, 10**9, 2**63 - 1])
def test_amounts_with_gaps(last):
    """Only the order of the amounts matters to what is earned."""
    rng = np.random.default_rng(4)
    dense, q = any_shape(3, 5, rng), rng.dirichlet(np.ones(3))
    sparse = Valuations(np.array([1, 10, 1_000, 10**5, last]), dense.values, dense.names)
    found, same = optimal_curve(sparse, q), optimal_curve(dense, q)
    assert found.revenue == same.revenue
    assert found.purchases.amounts.tolist() == np.append(0, sparse.amounts)[same.purchases.amounts].tolist()
    assert found.curve.most == last


def test_one_amount_is_sold_at_the_best_single_price():
    values, q = np.array([[1.0], [2.0], [5.0], [0.0]]), np.array([0.3, 0.4, 0.2, 0.1])
    found = optimal_curve(named(values), q)
    assert found.revenue == pytest.approx(max(p * q[values[:, 0] >= p].sum() for p in (1.0, 2.0, 5.0)))


def test_types_alike_are_one_type():
    rng = np.random.default_rng(6)
    valuations, q = any_shape(3, 12, rng), rng.dirichlet(np.ones(3))
    twice = named(np.repeat(valuations.values, 2, axis=0))
    found = optimal_curve(twice, np.repeat(q, 2) / 2)
    assert found.revenue == pytest.approx(optimal_curve(valuations, q).revenue, rel=1e-6)
    assert found.purchases.amounts[::2].tolist() == found.purchases.amounts[1::2].tolist()


def test_types_worth_nothing_pay_nothing():
    rng = np.random.default_rng(7)
    valuations, q = any_shape(2, 8, rng), np.array([0.3, 0.2])
    poorer = named(np.vstack([valuations.values, np.zeros((2, 8))]))
    found = optimal_curve(poorer, [*q, 0.4, 0.1])
    assert found.revenue == pytest.approx(0.5 * optimal_curve(valuations, q / 0.5).revenue, rel=1e-6)


@pytest.mark.parametrize(
    "values",
    [
        [[3.0, 3.0, 3.0], [2.0, 2.0, 2.5], [1.0, 2.0, 2.4]],  # all is worth as much as one row to the first
        [[0.0, 0.0, 0.0, 9.0], [1.0, 1.0, 1.0, 1.0], [0.0, 2.0, 2.0, 2.0]],  # flat, then steep
        [[5.0, 5.0, 5.0], [5.0, 5.0, 5.0], [0.0, 0.0, 5.0]],  # the same in the end
        [[1e-9, 1.0], [1.0, 1.0], [1.0, 1.0 + 1e-12]],  # hardly told apart
    ],
)
@pytest.mark.parametrize("q", [(0.2, 0.3, 0.5), (0.6, 0.3, 0.1), (1 / 3, 1 / 3, 1 / 3)])
def test_odd_shapes(values, q):
    valuations = named(np.array(values))
    assert_best(optimal_curve(valuations, q), valuations, np.array(q))


@pytest.mark.parametrize("most_boxes", [0, 1, 2, 7])
def test_a_search_that_is_stopped_still_tells_the_truth(most_boxes):
    """However early: the curve is sold as told, and no curve earns more than the bound."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        valuations, q = stairs(3, 6, rng), rng.dirichlet(np.ones(3))
        found = optimal_curve(valuations, q, most_boxes=most_boxes)
        best = float(exact_optimum(valuations.values, q))
        assert found.revenue == pytest.approx(exact_revenue(found.curve, valuations, q), rel=1e-8)
        assert found.revenue * (1 - 1e-9) <= best <= found.upper_bound * (1 + 1e-9)
        assert found.boxes <= max(most_boxes, 1) + 1


def test_a_gap_of_zero_ends():
    rng = np.random.default_rng(5)
    valuations, q = stairs(3, 6, rng), rng.dirichlet(np.ones(3))
    found = optimal_curve(valuations, q, gap=0.0)
    assert found.boxes < 200
    assert found.bound <= 1e-12 * found.revenue


def test_twenty_types():
    rng = np.random.default_rng(20)
    valuations, q = diminishing(20, 60, rng), rng.dirichlet(np.ones(20))
    found = optimal_curve(valuations, q, gap=0.05, most_boxes=30)
    assert found.bound <= 0.05 * found.revenue
    assert found.revenue == pytest.approx(exact_revenue(found.curve, valuations, q), rel=1e-8)


def test_weights_of_very_different_size():
    """Counts of a learner: eighteen orders of magnitude between types, and any common factor."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        valuations = SHAPES[seed % 3](3, 5, rng)
        weights = 10.0 ** rng.uniform(-9, 9, 3)
        answer = MenuSearch(valuations).best(weights)
        best = float(exact_optimum(valuations.values, weights))
        assert answer.payments @ weights / weights.sum() == pytest.approx(best, rel=2e-6)
        for factor in (1.0, 3.0, 1e-7, 1e12):
            assert MenuSearch(valuations).best(weights * factor).curve.pairs() == answer.curve.pairs()


def test_a_learner_may_ask_for_types_worth_nothing():
    """Only the second type has been seen so far, and it wants no data: any price will do, but there must be one."""
    valuations = named(np.array([[1.0, 2.0], [0.0, 0.0]]))
    assert MenuSearch(valuations).best(np.array([0.0, 1.0])).payments[1] == 0.0


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1e-6, 1.0, 1e9, 1e12])
def test_curves_without_arbitrage_in_any_money(scale):
    """Tiny money as well, in which sums broken by less than the solver's tolerance were once added for ever."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        valuations, q = named(stairs(3, 10, rng).values * scale), rng.dirichlet(np.ones(3))
        best = optimal_curve(valuations, q)
        found = arbitrage_free_curve(valuations, q, best)
        assert find_arbitrage(found.curve) is None
        assert found.curve.is_monotone
        assert found.curve.most == 10
        own = expected_revenue(cheapest_cover(best.curve), valuations, q)
        assert own * (1 - 1e-9) <= found.revenue <= found.upper_bound * (1 + 1e-9)


def test_valuations_that_start_at_next_to_nothing():
    """S-shaped learning curves begin at 1e-12: a linear program with such numbers must not end the search."""
    rng = np.random.default_rng(3)
    n = np.arange(1, 10**5 + 1) / 10**5
    middle, slope = rng.uniform(0.05, 0.8, (10, 1)), rng.uniform(5, 60, (10, 1))
    rise = 1 / (1 + np.exp(slope * (middle - n))) - 1 / (1 + np.exp(slope * middle))
    valuations, q = named(rng.uniform(0.2, 1.0, (10, 1)) * rise), rng.dirichlet(np.ones(10))
    found = optimal_curve(valuations, q, gap=0.01, most_boxes=10)
    assert found.bound <= 0.01 * found.revenue


def test_no_worse_than_what_buyers_in_parts_pay_for_the_best_curve():
    """More amounts than the grid has: 1 row at 0.01 and 299 at 0.53 leave no arbitrage to anybody who buys."""
    rng = np.random.default_rng(7011)
    rises = -np.sort(-rng.exponential(size=(5, 300)) * rng.uniform(0.2, 1, 5)[:, None], axis=1)
    valuations, q = named(np.cumsum(rises, axis=1) / rises.sum(axis=1).max()), rng.dirichlet(np.ones(5))
    best = optimal_curve(valuations, q, gap=1e-3, most_boxes=200)
    found = arbitrage_free_curve(valuations, q, best, programs=10)
    cover = cheapest_cover(PriceCurve(valuations.amounts, best.curve.price(valuations.amounts)))
    assert found.revenue >= expected_revenue(cover, valuations, q) * (1 - 1e-9)
