"""Shapley values of a sale, against enumeration of all orders."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairpool.games.values.shapley import shapley_value
from fairpool.ground.errors import InputError
from fairpool.pricing.revenue.contribution_game import exact_values, sale_game, shapley_of_sale


def by_orders(worths, amounts):
    """The definition: what each adds to those before it, averaged over all orders."""
    values = np.zeros(len(amounts))
    orders = list(permutations(range(len(amounts))))
    for order in orders:
        before = 0
        for i in order:
            values[i] += worths[before + amounts[i]] - worths[before]
            before += amounts[i]
    return values / len(orders)


sales = st.lists(st.integers(0, 6), min_size=1, max_size=5).flatmap(
    lambda amounts: st.tuples(
        st.lists(st.floats(0, 10), min_size=sum(amounts), max_size=sum(amounts)), st.just(amounts)
    )
)


@given(sales)
@settings(max_examples=60)
def test_values_are_those_of_all_orders(sale):
    gains, amounts = sale
    worths = np.append(0.0, np.cumsum(gains))
    assert np.allclose(exact_values(sale_game(worths, amounts)), by_orders(worths, amounts), atol=1e-9)


def test_twelve_contributors_as_the_room_of_games_has_them():
    amounts = np.array([0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89])
    game = sale_game(np.sqrt(np.arange(amounts.sum() + 1)), amounts)
    assert np.allclose(exact_values(game), shapley_value(game), atol=1e-10)


def test_a_hundred_contributors_share_all_of_the_worth():
    """Efficiency, and equal values for equal amounts, where nobody could enumerate 2^100 coalitions."""
    amounts = np.arange(1, 101) % 25
    worths = 1 - np.exp(-np.arange(amounts.sum() + 1) / 300)
    values = exact_values(sale_game(worths, amounts))
    assert values.sum() == pytest.approx(worths[-1], abs=1e-12)
    assert np.ptp(values[amounts == 7]) < 1e-12
    assert (values[amounts == 0] == 0).all()


def test_where_exact_is_too_much_work_values_are_sampled_within_their_error_bars():
    amounts = np.arange(1, 31)
    game = sale_game(np.sqrt(np.arange(amounts.sum() + 1)), amounts)
    exact = shapley_of_sale(game, rng=np.random.default_rng(1))
    sampled = shapley_of_sale(game, rng=np.random.default_rng(1), evaluations=2_000, most_steps=0)
    assert exact.exact
    assert not sampled.exact
    assert (np.abs(sampled.values - exact.values) <= 4 * sampled.standard_errors + 1e-12).all()


@pytest.mark.parametrize(
    ("worths", "amounts", "told"),
    [
        ([0, 1], [2], "one for each of 0 to 2 rows"),
        ([0, 2, 1], [2], "never fall"),
        ([1, 2, 3], [2], "start at 0"),
        ([0, 1], [0.5], "whole number"),
        ([0], [-1], "whole number"),
    ],
)
def test_bad_input_is_named(worths, amounts, told):
    with pytest.raises(InputError, match=told):
        sale_game(worths, amounts)
