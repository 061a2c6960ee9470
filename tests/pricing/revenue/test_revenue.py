"""Splits of a price: exact to the minor unit, whatever is put in."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT
from fairpool.pricing.revenue.splits import (
    FixedFee,
    Recipient,
    Split,
    by_amount_and_quality,
    by_cramer_von_mises,
    by_shapley,
    commission_of,
)

prices = st.integers(0, 10**12)
shares = st.fractions(0, 1, max_denominator=10**6)
commissions = shares | st.floats(0, 1) | st.builds(FixedFee, st.integers(0, 10**12))
unit = st.floats(0, 1)


@given(
    price=prices,
    contributors=st.lists(st.tuples(st.integers(0, 10**9), unit), min_size=1, max_size=12),
    commission=commissions,
)
def test_amount_and_quality_is_balanced_and_within_a_unit_of_its_formula(price, contributors, commission):
    """Every contributor gets pot * n q / sum(n q), within one minor unit."""
    delivered, qualities = zip(*contributors, strict=True)
    split = by_amount_and_quality(price, delivered, qualities, commission=commission)
    assert split.is_balanced
    weights = [n * Fraction(q) for n, q in contributors]
    pot = price - split.commission
    if sum(weights) == 0:
        assert split.refund == pot
    else:
        for paid, weight in zip(split.payments, weights, strict=True):
            assert abs(paid - pot * weight / sum(weights)) <= 1 + pot * 1e-12


@given(
    price=prices,
    losses=st.lists(st.none() | unit, min_size=1, max_size=12),
    commission=commissions,
    to=st.sampled_from(Recipient),
)
def test_cramer_von_mises_payments_are_the_formula_and_the_rest_goes_where_it_was_said(
    price, losses, commission, to
):
    """(pot / m)(1 - L_i), within a unit; what is left is the named recipient's, and the other one gets nothing."""
    if all(loss is None for loss in losses):
        with pytest.raises(InputError, match="at least three contributors"):
            by_cramer_von_mises(price, losses, commission=commission, withheld_to=to)
        return
    split = by_cramer_von_mises(price, losses, commission=commission, withheld_to=to)
    assert split.is_balanced
    pot = price - split.commission
    for paid, loss in zip(split.payments, losses, strict=True):
        due = Fraction(pot, len(losses)) * (1 - Fraction(1.0 if loss is None else loss))
        assert abs(paid - due) <= 1 + pot * 1e-12
    assert (split.refund if to is Recipient.MARKET else split.withheld) == 0


@given(price=prices, values=st.lists(st.floats(0, 1e300), min_size=1, max_size=12), commission=commissions)
def test_shapley_splits_are_balanced_for_values_of_any_size(price, values, commission):
    assert by_shapley(price, values, commission=commission).is_balanced


@given(price=prices, delivered=st.lists(st.integers(0, 1000), min_size=2, max_size=8), commission=shares)
def test_who_delivers_nothing_gets_nothing_and_equals_differ_by_a_unit_at_most(price, delivered, commission):
    split = by_amount_and_quality(
        price, [0, *delivered, delivered[0]], [1] * (len(delivered) + 2), commission=commission
    )
    assert split.payments[0] == 0
    assert abs(split.payments[1] - split.payments[-1]) <= 1


def test_a_sale_by_hand():
    """100.00 with 10 %: 90.00 are split 300 : 100 * 0.5, so 77.14 and 12.86."""
    split = by_amount_and_quality(10_000, [300, 100], [1.0, 0.5], commission=0.1)
    assert split == Split(10_000, 1_000, (7_714, 1_286))
    assert split.charged == 10_000


def test_a_float_commission_is_read_as_written():
    """0.29 as a float is a little less than 0.29, and 29 % of 100 is 29 all the same."""
    assert commission_of(100, 0.29) == 29
    assert commission_of(100, Decimal("0.29")) == commission_of(100, Fraction(29, 100)) == 29
    assert commission_of(99, Fraction(1, 2)) == 49


def test_a_fixed_fee_takes_no_more_than_the_price():
    assert commission_of(30, FixedFee(50)) == 30
    assert commission_of(300, FixedFee(50)) == 50


def test_without_any_quality_the_pot_goes_back_to_the_buyer():
    """A market that kept it would earn by finding fault with everybody."""
    split = by_amount_and_quality(1_000, [5, 5], [0.0, 0.0], commission=0.1)
    assert split == Split(1_000, 100, (0, 0), refund=900)
    assert split.charged == 100


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda: by_amount_and_quality(10, [1, 2], [1.0], commission=0),
            "one for each of the 2 contributors",
        ),
        (lambda: by_amount_and_quality(10, [1], [1.5], commission=0), "from 0 to 1"),
        (lambda: by_amount_and_quality(10, [-1], [1.0], commission=0), "got -1 for contributor 0"),
        (lambda: by_amount_and_quality(-1, [1], [1.0], commission=0), "price: got -1"),
        (lambda: by_amount_and_quality(10, [1], [1.0], commission=5), "or a FixedFee"),
        (lambda: by_amount_and_quality(10, [1], [1.0], commission=float("nan")), "or a FixedFee"),
        (
            lambda: by_cramer_von_mises(10, [1.5], commission=0, withheld_to=Recipient.BUYER),
            "losses: got 1.5",
        ),
        (lambda: by_shapley(10, [np.nan], commission=0), "got nan for contributor 0"),
        (lambda: by_shapley(10, [], commission=0), "one number for each contributor"),
        (lambda: by_shapley(LARGEST_AMOUNT + 1, [1], commission=0), "price: got"),
        (lambda: FixedFee(-1), "a fee of -1"),
    ],
)
def test_bad_input_is_named(call, told):
    with pytest.raises(InputError, match=told):
        call()
