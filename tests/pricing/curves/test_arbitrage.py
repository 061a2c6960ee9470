"""Whether an amount is cheaper in two parts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.pricing.curves.arbitrage import Arbitrage, find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from strategies import some


@st.composite
def step_curves(draw, most=40, highest=30, grain=1):
    """Any prices at all, whole or in multiples of a grain."""
    amounts = sorted(draw(st.sets(st.integers(1, most), min_size=1, max_size=12)))
    prices = draw(st.lists(st.integers(0, highest), min_size=len(amounts), max_size=len(amounts)))
    return price_curve(zip(amounts, [p / grain for p in prices], strict=True))


@st.composite
def rising_curves(draw, most=40, highest=30, grain=1):
    curve = draw(step_curves(most, highest, grain))
    return PriceCurve(curve.amounts, np.sort(curve.prices))


def _by_all_pairs(curve):
    """All x <= y with x + y <= N; the order of ties as `find_arbitrage` promises it."""
    offered = curve.without_idle_bundles()
    p = curve.price(np.arange(curve.most + 1))
    bundle = np.append(0, offered.amounts[np.searchsorted(offered.amounts, np.arange(1, curve.most + 1))])
    found = []
    for x, y in itertools.combinations_with_replacement(range(1, curve.most), 2):
        if x + y <= curve.most and p[x + y] > p[x] + p[y]:
            order = (p[x] + p[y] - p[x + y], bundle[x] + bundle[y], bundle[x], -x - y, x)
            found.append((order, Arbitrage(x, y, p[x + y], p[x] + p[y])))
    return min(found, key=lambda pair: pair[0])[1] if found else None


@some
@given(step_curves())
def test_the_pair_is_that_of_all_pairs(curve):
    """The largest saving, ties to the smaller bundles, whether the curve rises or not."""
    assert find_arbitrage(curve) == _by_all_pairs(curve)


@some
@given(rising_curves())
def test_the_pair_is_that_of_all_pairs_where_prices_rise(curve):
    """There only bundles are looked at, and nothing is missed."""
    assert find_arbitrage(curve) == _by_all_pairs(curve)


@some
@given(rising_curves(most=120, grain=64))
def test_fractions_are_compared_as_whole_prices_are(curve):
    """Multiples of 1/64 are exact, so the tolerance decides nothing."""
    assert find_arbitrage(curve) == _by_all_pairs(curve)


@pytest.mark.parametrize("prices", [[3, 4, 5, 6], [2, 4, 6, 8], [5, 5, 5, 5], [0, 0, 0, 0], [2, 3, 5, 5]])
def test_subadditive_curves_have_none(prices):
    """A fee, a price by the row, a flat rate, gifts, and one whose price by the row rises at 3 without arbitrage."""
    assert find_arbitrage(price_curve(enumerate(prices, start=1))) is None


def test_twice_the_half():
    """By hand: 20 rows for 5, but 10 for 1."""
    assert find_arbitrage(price_curve([(10, 1), (20, 5)])) == Arbitrage(10, 10, 5.0, 2.0)


def test_no_more_than_all_rows_are_sold():
    """Two bundles of 10 are 20 rows, and there are 15: 5 and 10 are named."""
    assert find_arbitrage(price_curve([(10, 1), (15, 5)])) == Arbitrage(5, 10, 5.0, 2.0)


def test_a_dear_small_bundle_is_reached_by_two_small_amounts():
    """Prices that fall: 2 rows cost 9, and one row 1; for 3 rows the dear 2 is passed by."""
    assert find_arbitrage(price_curve([(1, 1), (2, 9), (3, 2)])) == Arbitrage(1, 1, 9.0, 2.0)


def test_one_minor_unit_of_2_to_the_53_is_seen():
    """Whole prices are compared exactly, however large."""
    half = 2**52 - 1
    assert find_arbitrage(price_curve([(1, half), (2, 2 * half)])) is None
    assert find_arbitrage(price_curve([(1, half), (2, 2 * half + 1)])) == Arbitrage(
        1, 1, 2 * half + 1, 2 * half
    )


def test_rounding_of_a_straight_line_is_no_arbitrage():
    """In floats 0.1 n is not additive: 6 * 0.1 > 0.1 + 5 * 0.1."""
    amounts = np.arange(1, 3_001)
    assert 0.1 * amounts[5] > 0.1 * amounts[0] + 0.1 * amounts[4]
    assert find_arbitrage(PriceCurve(amounts, 0.1 * amounts)) is None


def _many(kind):
    n = np.arange(1, 2_001)
    curves = {
        "concave": np.sqrt(n),
        "convex": n**1.2,
        "a jump": 0.1 * n + 5.0 * (n > 1_000),
        "wavy": n + 3 * np.sin(n / 50) + 20,
        "falling": 3_000.0 - n,
        "noisy": 0.1 * n + np.random.default_rng(5).uniform(0, 1, len(n)),
    }
    return PriceCurve(n, np.asarray(curves[kind], dtype=np.float64))


@pytest.mark.parametrize("kind", ["concave", "convex", "a jump", "wavy", "falling", "noisy"])
def test_thousands_of_bundles_agree_with_all_pairs(kind):
    """Leaving blocks out changes no saving."""
    curve = _many(kind)
    p = curve.price(np.arange(curve.most + 1))
    savings = [(p[x + x : curve.most + 1] - p[x] - p[x : curve.most + 1 - x]).max() for x in range(1, 1_001)]
    found = find_arbitrage(curve)
    saving = 0.0 if found is None else found.saving
    assert saving == pytest.approx(max(max(savings), 0.0), abs=1e-9)


def test_a_named_pair_has_the_prices_of_the_curve():
    """Every other amount is left out, so bundles do not add up to bundles."""
    n = np.unique(np.geomspace(1, 10**6, 3_000).astype(np.int64))
    curve = PriceCurve(n, n**1.01)
    found = find_arbitrage(curve)
    assert found.together == curve.price(found.n1 + found.n2)
    assert found.apart == curve.price(found.n1) + curve.price(found.n2)
    assert found.saving > 0
