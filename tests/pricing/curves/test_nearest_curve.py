"""The nearest curve without arbitrage."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from fairpool.ground.errors import InputError
from fairpool.pricing.curves.arbitrage import find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.curves.nearest_curve import (
    cheapest_cover,
    cover_prices,
    nearest_arbitrage_free,
    nearest_in_total,
)
from strategies import few, some


@st.composite
def step_curves(draw, most=40, highest=30):
    amounts = sorted(draw(st.sets(st.integers(1, most), min_size=1, max_size=9)))
    prices = draw(st.lists(st.integers(0, highest), min_size=len(amounts), max_size=len(amounts)))
    return price_curve(zip(amounts, prices, strict=True))


def _all_sums(amounts):
    """Rows of r_j - r_a - r_b <= 0 and of r_j - r_(j+1) <= 0: every x + y <= N written out, step by step."""
    k, most = len(amounts), amounts[-1]
    step = np.searchsorted(amounts, np.arange(most + 1))
    rows = {(step[x + y], step[x], step[y]) for x in range(1, most) for y in range(x, most - x + 1)}
    matrix = [np.eye(k)[j] - np.eye(k)[a] - np.eye(k)[b] for j, a, b in sorted(rows)]
    return np.array(matrix + [np.eye(k)[j] - np.eye(k)[j + 1] for j in range(k - 1)]).reshape(-1, k)


def _program(curve, cost_of_change, *, shared):
    """min cost of the changes e, |r - p| <= e; one e shared by all bundles, or one each."""
    k = len(curve.prices)
    change = np.ones((k, 1)) if shared else np.eye(k)
    sums = _all_sums(curve.amounts)
    rows = np.block(
        [[np.eye(k), -change], [-np.eye(k), -change], [sums, np.zeros((len(sums), change.shape[1]))]]
    )
    limits = np.concatenate([curve.prices, -curve.prices, np.zeros(len(sums))])
    return linprog(np.append(np.zeros(k), cost_of_change), A_ub=rows, b_ub=limits, bounds=(0, None)).fun


def _is_sound(curve):
    return curve.is_monotone and find_arbitrage(curve) is None


def _lowered_until_sound(curve):
    """Lower prices of all amounts wherever two parts are cheaper, or a larger amount of the step or above is."""
    p = curve.price(np.arange(curve.most + 1))
    ends = curve.amounts[np.searchsorted(curve.amounts, np.arange(curve.most + 1))]
    while True:
        before = p.copy()
        for x, y in itertools.product(range(curve.most + 1), repeat=2):
            if x + y <= curve.most:
                p[x + y] = min(p[x + y], p[x] + p[y])
        p = np.minimum.accumulate(p[::-1])[::-1]
        p = np.array(
            [p[(ends == end) & (np.arange(len(p)) > 0)].min() if n else 0.0 for n, end in enumerate(ends)]
        )
        if (p == before).all():
            return p[curve.amounts]


@some
@given(step_curves(most=25))
def test_the_cover_is_what_is_left_of_prices_lowered_bit_by_bit(curve):
    """Only what must fall falls."""
    assert (cheapest_cover(curve).prices == _lowered_until_sound(curve)).all()


@some
@given(st.lists(st.integers(0, 30), min_size=1, max_size=15), st.integers(1, 3))
def test_the_cover_of_even_bundles_is_a_knapsack(prices, size):
    """The least cost of bundles that hold as many rows, by dynamic programming."""
    cost = [0]
    for n in range(1, len(prices) + 1):
        cost.append(min(p + cost[max(n - a, 0)] for a, p in enumerate(prices, start=1)))
    curve = price_curve((size * a, p) for a, p in enumerate(prices, start=1))
    assert cheapest_cover(curve).prices.tolist() == cost[1:]


@some
@given(step_curves())
def test_the_cover_is_the_largest_curve_below(curve):
    """By a linear program that raises the sum of all prices as far as it goes."""
    k, sums = len(curve.prices), _all_sums(curve.amounts)
    highest = linprog(-np.ones(k), A_ub=sums, b_ub=np.zeros(len(sums)), bounds=[(0, p) for p in curve.prices])
    covered = cheapest_cover(curve)
    assert _is_sound(covered)
    assert covered.prices == pytest.approx(highest.x, abs=1e-7)


def test_rows_that_come_free_with_a_step_count():
    """By hand: 4 rows are twice 2, for 2; so the step of 4 to 6 costs 2; so 7 rows cost 3, though 6 + 1 cost 4."""
    curve = price_curve([(1, 1), (2, 1), (3, 2), (6, 3), (7, 4)])
    assert cheapest_cover(curve).prices.tolist() == [1, 1, 2, 2, 3]


def test_whole_prices_stay_whole():
    """The cover of int64 prices is int64.  By hand: 16 rows are two bundles of 10, and cost what 30 cost."""
    covered = cover_prices(np.array([10, 15, 30]), np.array([1, 4, 4]))
    assert covered.dtype == np.int64
    assert covered.tolist() == [1, 2, 2]


@some
@given(step_curves())
def test_no_curve_is_nearer(curve):
    """The largest change is that of the linear program with every constraint."""
    nearest = nearest_arbitrage_free(curve)
    assert _is_sound(nearest.curve)
    assert np.abs(nearest.curve.prices - curve.prices).max() == nearest.largest_change
    assert nearest.largest_change == pytest.approx(_program(curve, [1.0], shared=True), abs=1e-7)


def test_the_change_is_shared_by_both_sides():
    """By hand: 20 rows for 5 and 10 for 1 meet at 4 and 2, a change of 1 each."""
    nearest = nearest_arbitrage_free(price_curve([(10, 1), (20, 5)]))
    assert nearest.curve.pairs() == [[10, 2.0], [20, 4.0]]
    assert (nearest.largest_change, nearest.total_change) == (1.0, 2.0)


def test_bundles_without_a_part_in_the_arbitrage_keep_their_price():
    """Only what is part of a cover too cheap is raised: 30 rows stay at 6, though 7 were allowed."""
    nearest = nearest_arbitrage_free(price_curve([(10, 1), (20, 5), (30, 6)]))
    assert nearest.curve.pairs() == [[10, 2.0], [20, 4.0], [30, 6.0]]


def test_a_sound_curve_is_its_own_nearest():
    """Nothing changes, to the last bit."""
    curve = PriceCurve(np.arange(1, 200), np.sqrt(np.arange(1, 200)))
    assert nearest_arbitrage_free(curve).curve is curve


@pytest.mark.parametrize("kind", ["bumps", "convex"])
@pytest.mark.parametrize("seed", range(3))
def test_longer_curves_of_real_prices(seed, kind):
    """Sixty uneven bundles, dear by bumps or by the row, against the program with every constraint."""
    rng = np.random.default_rng(seed)
    amounts = np.sort(rng.choice(np.arange(1, 200), size=60, replace=False))
    prices = np.sqrt(amounts) + rng.uniform(0, 3, 60) if kind == "bumps" else amounts**1.05
    curve = PriceCurve(amounts, prices)
    nearest = nearest_arbitrage_free(curve)
    assert _is_sound(nearest.curve)
    assert nearest.largest_change == pytest.approx(_program(curve, [1.0], shared=True), abs=1e-7)


@few
@given(step_curves(), st.randoms(use_true_random=False))
def test_no_curve_changes_less_in_total(curve, random):
    """Leaving constraints out until they are broken changes nothing."""
    weights = np.array([random.randint(1, 5) for _ in curve.prices], dtype=np.float64)
    nearest = nearest_in_total(curve, weights=weights)
    assert _is_sound(nearest.curve)
    assert weights @ np.abs(nearest.curve.prices - curve.prices) == pytest.approx(nearest.total_change)
    assert nearest.total_change == pytest.approx(_program(curve, weights, shared=False), abs=1e-6)


def test_the_least_total_change_moves_one_price():
    """By hand: lowering 20 rows from 5 to 2 costs 3; raising 10 rows to 2.5 costs 1.5, and so is done."""
    nearest = nearest_in_total(price_curve([(10, 1), (20, 5)]))
    assert nearest.curve.prices == pytest.approx([2.5, 5.0])
    assert nearest.total_change == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("weights", "told"),
    [([1.0], "got 1, expected one for each of the 2"), ([1.0, 0.0], "got 1, 0, expected numbers above 0")],
)
def test_weights_must_be_above_zero(weights, told):
    """One for each bundle, or InputError."""
    with pytest.raises(InputError, match=told):
        nearest_in_total(price_curve([(1, 1), (2, 3)]), weights=weights)


def test_every_small_curve():
    """All prices up to 4 of three bundles, evenly spaced or not: no exception to the above."""
    for amounts in ([1, 2, 3], [2, 3, 7], [1, 4, 5]):
        for prices in itertools.product(range(0, 5, 2), repeat=3):
            curve = price_curve(zip(amounts, prices, strict=True))
            nearest = nearest_arbitrage_free(curve)
            assert _is_sound(nearest.curve)
            assert nearest.largest_change == pytest.approx(_program(curve, [1.0], shared=True), abs=1e-7)
