"""Price curves in whole money."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT
from fairpool.pricing.curves.arbitrage import Arbitrage, find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.curves.nearest_curve import cheapest_cover
from fairpool.pricing.curves.tariff import Tariff, largest_cut, tariff_rounded_down, tariff_rounded_up
from strategies import some


@st.composite
def sound_curves(draw):
    """Multiples of 1/7 cent, without arbitrage and never falling; prices in minor units."""
    amounts = sorted(draw(st.sets(st.integers(1, 40), min_size=1, max_size=10)))
    prices = draw(st.lists(st.integers(0, 200), min_size=len(amounts), max_size=len(amounts)))
    return cheapest_cover(price_curve(zip(amounts, [p / 7 for p in prices], strict=True)))


@some
@given(sound_curves())
def test_rounding_down_loses_no_buyer_and_brings_no_arbitrage(curve):
    """Whole prices, nowhere above the real ones."""
    tariff = tariff_rounded_down(curve, "EUR", unit=1)
    assert tariff.prices.dtype == np.int64
    assert (tariff.prices <= curve.prices + 1e-6).all()
    assert tariff.arbitrage is None
    assert tariff.curve.is_monotone


@some
@given(sound_curves())
def test_no_larger_whole_prices_would_do(curve):
    """Raising any price by one minor unit is above the curve, or arbitrage, or a fall."""
    tariff = tariff_rounded_down(curve, "EUR", unit=1)
    for place, price in enumerate(tariff.prices):
        raised = tariff.curve.prices.copy()
        raised[place:] = np.maximum(raised[place:], price + 1)
        above = (raised > curve.prices + 1e-6).any()
        assert above or find_arbitrage(PriceCurve(curve.amounts, raised)) is not None


@some
@given(sound_curves())
def test_rounding_up_keeps_a_sound_curve_sound(curve):
    """ceil(x + y) <= ceil(x) + ceil(y), so nothing needs mending."""
    tariff = tariff_rounded_up(curve, "EUR", unit=1)
    assert tariff.arbitrage is None
    assert tariff.curve.is_monotone
    assert (tariff.prices >= curve.prices - 1e-6).all()
    assert (tariff.prices < curve.prices + 1).all()


def test_a_price_below_one_minor_unit_is_a_gift_if_rounded_down():
    """At 0.9 cents a row everything would be free; rounded up each price is right to the cent."""
    curve = PriceCurve(np.arange(1, 101), 0.009 * np.arange(1, 101))
    down, up = tariff_rounded_down(curve, "EUR"), tariff_rounded_up(curve, "EUR")
    assert (down.price(100), up.price(100)) == (0, 90)
    assert largest_cut(curve, down) == pytest.approx(90)
    assert largest_cut(curve, up) == 0


def test_the_cover_costs_a_minor_unit_a_piece_at_most():
    """By hand: 1.5 cents for 1 row and 3 for 2; 1 + 1 is 2, so 2 rows cannot cost 3."""
    tariff = tariff_rounded_down(price_curve([(1, 0.015), (2, 0.03)]), "EUR")
    assert tariff.prices.tolist() == [1, 2]


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 29), ("JPY", 0), ("KWD", 290)])
def test_prices_are_in_units_of_the_currency(currency, minor):
    """0.29 euros are 29 cents, though 0.29 * 100 is below 29 in floats; a yen has no smaller unit."""
    assert tariff_rounded_down(price_curve([(1, 0.29)]), currency).price(1) == minor


def test_a_cent_more_by_rounding_of_floats_is_not_asked():
    """0.07 * 100 is 7.000000000000001; rounded up it is 7 cents."""
    assert tariff_rounded_up(price_curve([(1, 0.07)]), "EUR").price(1) == 7


def test_snapping_brings_no_arbitrage():
    """A millionth of a cent counts as none, but twice that does: 3 and 7 cents are mended to 3 and 6."""
    assert tariff_rounded_up(
        price_curve([(1, 3.0000009), (2, 6.0000018)]), "EUR", unit=1
    ).prices.tolist() == [3, 6]


def test_a_tariff_answers_for_every_amount():
    """The smallest bundle that holds the rows, as an int; nothing costs nothing."""
    tariff = Tariff(np.array([10, 20]), np.array([500, 900]), "EUR")
    assert [tariff.price(n) for n in (0, 1, 10, 11, 20)] == [0, 500, 500, 900, 900]
    assert type(tariff.price(11)) is int
    assert tariff.curve.pairs() == [[10, 500.0], [20, 900.0]]


def test_arbitrage_is_marked_and_not_mended():
    """A curve with arbitrage keeps its prices: whether to sell at them is for others to say."""
    tariff = tariff_rounded_down(price_curve([(1, 1.0), (2, 2.995)]), "EUR")
    assert tariff.prices.tolist() == [100, 299]
    assert tariff.arbitrage == Arbitrage(1, 1, 299.0, 200.0)


def test_one_minor_unit_too_much_is_arbitrage():
    """Whole prices are compared exactly, even where it is one in 2**53."""
    assert Tariff(np.array([1, 2]), np.array([2**52 - 1, 2**53 - 1]), "EUR").arbitrage is not None
    assert Tariff(np.array([1, 2]), np.array([2**52 - 1, 2**53 - 2]), "EUR").arbitrage is None


@pytest.mark.parametrize("amount", [-1, 21])
def test_only_amounts_for_sale_have_a_price(amount):
    """Below 0 or above N: InputError."""
    with pytest.raises(InputError, match="expected between 0 and 20 rows"):
        Tariff(np.array([20]), np.array([5]), "EUR").price(amount)


def test_too_much_money_is_refused():
    """Above 2**53 minor units floats cannot tell cents apart."""
    with pytest.raises(InputError, match=r"price of 7 rows: got .* expected at most"):
        Tariff(np.array([5, 7]), np.array([1, LARGEST_AMOUNT + 1]), "EUR")
    with pytest.raises(InputError, match="expected at most"):
        tariff_rounded_down(price_curve([(7, 1e14)]), "EUR")


@pytest.mark.parametrize("unit", [0, -1, float("nan"), float("inf")])
def test_a_unit_is_worth_something(unit):
    """Minor units in a unit of the curve: a number above 0."""
    with pytest.raises(InputError, match="expected a number above 0"):
        tariff_rounded_down(price_curve([(1, 1.0)]), "EUR", unit=unit)
