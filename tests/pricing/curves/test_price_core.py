"""Curves, valuations and what buyers take: the contract that everything else in the room stands on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.price_markets import named
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.curves.purchase import TIE, expected_revenue, largest_maximiser, purchases
from fairpool.pricing.curves.valuations import Valuations, checked_probabilities


def curve(*bundles: tuple[int, float]) -> PriceCurve:
    return price_curve(bundles)


def valued(amounts: list[int], values: list[list[float]]) -> Valuations:
    return Valuations(np.array(amounts), np.array(values), tuple("abcdefgh"[: len(values)]))


# Curves


def test_an_amount_costs_as_much_as_the_smallest_bundle_that_holds_it():
    asked = curve((10, 1.0), (30, 2.5)).price([0, 1, 10, 11, 30])
    assert asked.tolist() == [0.0, 1.0, 1.0, 2.5, 2.5]


def test_nothing_costs_nothing_even_where_a_bundle_of_one_row_has_a_price():
    assert curve((1, 7.0)).price(0) == 0.0


def test_prices_have_the_shape_of_the_amounts():
    offered = curve((2, 1.0), (4, 3.0))
    assert offered.price(3).shape == ()
    assert offered.price(np.array([[0, 2], [3, 4]])).tolist() == [[0.0, 1.0], [3.0, 3.0]]
    assert offered.price(np.array([], dtype=np.int64)).shape == (0,)


@pytest.mark.parametrize(
    ("amount", "told"),
    [(31, "got 31, expected between 0 and 30 rows"), (-1, "got -1"), ([1, 5_000], "5,000")],
)
def test_amounts_that_are_not_for_sale_are_told(amount, told):
    with pytest.raises(InputError, match=told):
        curve((10, 1.0), (30, 2.5)).price(amount)


def test_bundles_may_come_in_any_order():
    assert curve((30, 2.5), (10, 1.0)).pairs() == [[10, 1.0], [30, 2.5]]


@pytest.mark.parametrize(
    ("bundles", "told"),
    [
        ([], "one or more amounts"),
        ([(0, 0.0), (5, 1.0)], "a bundle of 0 rows, expected at least 1"),
        ([(-3, 1.0)], "a bundle of -3 rows"),
        ([(2, 1.0), (2_000, 1.0), (2_000, 2.0)], "the amount 2,000 after 2,000, expected ascending"),
        ([(2, -0.5)], "the price -0.5 for 2 rows, expected a number from 0 up"),
        ([(1, 1.0), (4, float("nan"))], "the price nan for 4 rows"),
        ([(4, float("inf"))], "the price inf for 4 rows"),
    ],
)
def test_bundles_that_make_no_curve(bundles, told):
    with pytest.raises(InputError, match=told):
        price_curve(bundles)


def test_a_price_is_needed_for_each_amount():
    with pytest.raises(InputError, match=r"shape \(2,\) and prices of shape \(3,\)"):
        PriceCurve(np.array([1, 2]), np.zeros(3))


def test_falling_prices_are_kept_and_told():
    """What a seller wrote is checked by others; a flat stretch is not a fall."""
    assert not curve((1, 2.0), (2, 1.0)).is_monotone
    assert curve((1, 2.0), (2, 2.0)).is_monotone
    assert curve((1, 2.0)).is_monotone


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=1, max_size=8))
def test_idle_bundles_are_those_that_no_price_needs(prices):
    offered = PriceCurve(np.arange(1, len(prices) + 1) * 3, np.array(prices))
    fewer = offered.without_idle_bundles()
    everything = np.arange(offered.most + 1)
    assert fewer.price(everything).tolist() == offered.price(everything).tolist()
    assert (np.diff(fewer.prices) != 0).all()


def test_amounts_up_to_the_largest_whole_number():
    offered = curve((10**9, 1.0), (2**63 - 1, 2.0))
    assert offered.price([10**9, 10**9 + 1, 2**63 - 1]).tolist() == [1.0, 2.0, 2.0]


# Valuations


def test_between_listed_amounts_the_one_below_counts():
    worth = valued([10, 30], [[1.0, 4.0], [0.0, 2.0]]).at([0, 9, 10, 29, 30, 31])
    assert worth.tolist() == [[0, 0, 1, 1, 4, 4], [0, 0, 0, 0, 2, 2]]


def test_values_have_the_shape_of_the_amounts():
    valuations = valued([10, 30], [[1.0, 4.0], [0.0, 2.0]])
    assert valuations.at(30).tolist() == [4.0, 2.0]
    assert valuations.at([[10, 30]]).shape == (2, 1, 2)
    assert (valuations.types, valuations.most, valuations.largest) == (2, 30, 4.0)


def test_listing_fewer_amounts_changes_nothing_at_those():
    valuations = valued([1, 5, 9], [[1.0, 2.0, 3.0]])
    assert valuations.only_at(np.array([3, 7, 9])).values.tolist() == [[1.0, 2.0, 3.0]]


@pytest.mark.parametrize(
    ("amounts", "values", "told"),
    [
        ([1, 2], [[1.0, 2.0], [3.0, 1.0]], "of 'b': got 1 for 2 rows, less than the 3 of 1"),
        ([1, 2_000], [[1.0, -2.0]], "of 'a': got -2 for 2,000 rows, expected a number from 0 up"),
        ([1, 2], [[float("nan"), 2.0]], "of 'a': got nan for 1 rows"),
        ([1, 2], [[0.0, float("inf")]], "got inf for 2 rows"),
        ([2, 2], [[0.0, 1.0]], "ascend from 1"),
        ([0, 2], [[0.0, 1.0]], "ascend from 1"),
        ([1, 2, 3], [[0.0, 1.0]], "a column for each amount"),
    ],
)
def test_valuations_that_are_none(amounts, values, told):
    with pytest.raises(InputError, match=told):
        valued(amounts, values)


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)])
def test_at_least_one_type_and_one_amount_are_needed(shape):
    with pytest.raises(InputError, match="for each type"):
        Valuations(np.arange(1, shape[1] + 1), np.zeros(shape), ("a", "b")[: shape[0]])


def test_probabilities_are_made_to_sum_to_one():
    q = checked_probabilities([0.1] * 10, 10)
    assert q.sum() == pytest.approx(1.0, abs=1e-15)
    assert checked_probabilities([0.5 + 4e-10, 0.5], 2).sum() == 1.0
    assert checked_probabilities([1, 0], 2).dtype == np.float64


@pytest.mark.parametrize(
    ("q", "told"),
    [
        ([0.5, 0.5 + 1e-8], "sum to 1.00000001, expected 1"),
        ([0.0, 0.0], "sum to 0, expected 1"),
        ([1.0], "got 1, expected one for each of the 2 types"),
        ([1.1, -0.1], "got 1.1, -0.1, expected numbers from 0 to 1"),
        ([float("inf"), 0.0], "got inf, 0"),
    ],
)
def test_numbers_that_are_no_probabilities(q, told):
    with pytest.raises(InputError, match=told):
        checked_probabilities(q, 2)


# Purchases


def test_each_type_takes_what_leaves_it_most():
    """By hand: at 1 and 3 the first gains 1 by one row, 0 by both; the second 0 and 2; the third buys nothing."""
    bought = purchases(curve((1, 1.0), (2, 3.0)), valued([1, 2], [[2.0, 3.0], [1.0, 5.0], [0.5, 2.0]]))
    assert bought.amounts.tolist() == [1, 2, 0]
    assert bought.payments.tolist() == [1.0, 3.0, 0.0]
    assert bought.buys.tolist() == [True, True, False]


def test_equal_gains_go_to_the_larger_amount():
    bought = purchases(curve((1, 1.0), (2, 2.0)), valued([1, 2], [[2.0, 3.0], [1.0, 2.0]]))
    assert bought.amounts.tolist() == [2, 2]


def test_who_gains_nothing_still_buys():
    """At a price of exactly its value a type takes the bundle, at any more it does not."""
    worth = valued([1], [[1.0]])
    assert purchases(curve((1, 1.0)), worth).amounts.tolist() == [1]
    assert purchases(curve((1, 1.0 + 1e-6)), worth).amounts.tolist() == [0]


def test_differences_of_rounding_count_as_equal():
    worth = valued([1, 2], [[1.0, 2.0]])
    assert purchases(curve((1, 0.5), (2, 1.5 + TIE)), worth).amounts.tolist() == [2]
    assert purchases(curve((1, 0.5), (2, 1.5 + 10 * TIE)), worth).amounts.tolist() == [1]


def test_worthless_data_are_taken_where_they_are_free():
    worth = valued([1, 2], [[0.0, 0.0]])
    assert purchases(curve((2, 0.0)), worth).amounts.tolist() == [2]
    assert purchases(curve((2, 1e-300)), worth).amounts.tolist() == [0]


def test_a_larger_bundle_that_is_cheaper_is_taken():
    """On a curve that falls the smallest bundle holding an amount counts; buyers see the cheap large one."""
    bought = purchases(curve((1, 2.0), (3, 1.0)), valued([1, 3], [[2.0, 2.0]]))
    assert (bought.amounts.tolist(), bought.payments.tolist()) == ([3], [1.0])


def test_a_curve_may_go_beyond_the_listed_amounts():
    """Rows nobody lists a value for add none, but at the same price they are taken."""
    bought = purchases(curve((2, 1.0), (50, 1.0)), valued([1, 2], [[0.5, 2.0]]))
    assert (bought.amounts.tolist(), bought.payments.tolist()) == ([50], [1.0])


def test_a_curve_may_end_before_the_listed_amounts():
    bought = purchases(curve((1, 0.5)), valued([1, 9], [[1.0, 7.0]]))
    assert (bought.amounts.tolist(), bought.payments.tolist()) == ([1], [0.5])


def _taken_in_plain_python(offered: PriceCurve, worth: Valuations, i: int) -> tuple[int, float]:
    """Every single amount from 0 up, the last of the best; whole numbers, so that nothing is rounded."""
    best, taken = 0.0, (0, 0.0)
    for n in range(1, offered.most + 1):
        asked = next(p for held, p in offered.pairs() if held >= n)
        value = max((v for m, v in zip(worth.amounts, worth.values[i], strict=True) if m <= n), default=0.0)
        if value - asked >= best:
            best, taken = value - asked, (n, asked)
    return taken


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_only_bundles_need_be_looked_at(data):
    """Against every amount one by one, for curves that may fall and amounts with gaps."""
    amounts = data.draw(st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True).map(sorted))
    rises = data.draw(
        st.lists(
            st.lists(st.integers(0, 3), min_size=len(amounts), max_size=len(amounts)), min_size=1, max_size=3
        )
    )
    worth = valued(amounts, np.cumsum(rises, axis=1).astype(float).tolist())
    bundles = data.draw(st.dictionaries(st.integers(1, 12), st.integers(0, 6), min_size=1, max_size=4))
    offered = price_curve((n, float(p)) for n, p in bundles.items())
    bought = purchases(offered, worth)
    for i in range(worth.types):
        assert (bought.amounts[i], bought.payments[i]) == _taken_in_plain_python(offered, worth, i)


def test_the_last_of_equal_maxima():
    utilities = np.array([[1.0, 3.0, 3.0, 2.0], [-1.0, -2.0, -3.0, -4.0], [-1e-12, -1.0, -2.0, -1e-12]])
    assert largest_maximiser(utilities, tie=1e-9).tolist() == [2, -1, 3]
    assert largest_maximiser(utilities, tie=0.0).tolist() == [2, -1, -1]


def test_expected_revenue_weighs_payments_by_how_often_types_come():
    worth = named(np.array([[2.0, 2.0], [3.0, 6.0]]))
    assert expected_revenue(curve((1, 2.0), (2, 5.0)), worth, np.array([0.25, 0.75])) == 0.25 * 2 + 0.75 * 5


def test_a_rich_type_does_not_blur_what_others_take():
    """A type that values data ten thousand million times as much does not make others pay three times their value."""
    worth = valued([1, 2], [[1.0, 1.0], [0.0, 3.0], [0.0, 1e10]])
    bought = purchases(curve((1, 1.0), (2, 3.0)), worth)
    assert bought.amounts.tolist() == [1, 2, 2]
    assert bought.payments.tolist() == [1.0, 3.0, 3.0]


def test_an_amount_that_is_no_number_is_told():
    with pytest.raises(InputError, match="nan"):
        curve((10, 1.0)).price(float("nan"))


def test_bundles_of_parts_of_rows_are_refused():
    with pytest.raises(InputError):
        price_curve([(1.7, 1.0), (3, 2.0)])
