"""Whole money: amounts as people write them, and splitting to the last minor unit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT, Amount, exponent, format_minor, parse_amount, whole

weights = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=12)
some = settings(deadline=None, max_examples=200)


@given(total=st.integers(0, 10**12), entitled=weights)
@some
def test_parts_add_up_and_are_within_one_unit_of_their_quota(total, entitled):
    """Largest remainder: sums match exactly, and nobody is a whole unit from its exact part."""
    assume(sum(entitled) > 0)
    parts = whole(total, entitled)
    exact = [total * Fraction(w) / sum(map(Fraction, entitled)) for w in entitled]
    assert parts.sum() == total
    assert all(abs(part - quota) < 1 for part, quota in zip(parts.tolist(), exact, strict=True))
    assert all(part == 0 for part, w in zip(parts, entitled, strict=True) if w == 0)


@given(total=st.integers(0, 10**6), entitled=weights)
@some
def test_who_is_entitled_to_more_never_gets_less(total, entitled):
    """Equal entitlements differ by at most one unit, the earlier one first."""
    assume(sum(entitled) > 0)
    parts = whole(total, [*entitled, entitled[0]])
    order = np.argsort([*entitled, entitled[0]], kind="stable")
    assert (np.diff(parts[order].astype(int)) >= -1).all()
    assert 0 <= parts[0] - parts[-1] <= 1


def test_the_last_units_go_to_the_largest_remainders():
    """Quotas 1.4, 1.4, 7.2: two units are left, for the two quotas of remainder 0.4."""
    assert whole(10, [14, 14, 72]).tolist() == [2, 1, 7]
    assert whole(10, [1, 1, 1]).tolist() == [4, 3, 3]


def test_nothing_to_hand_out_and_nobody_to_get_it():
    """Zero splits into zeros; something without anybody entitled is a mistake of the caller."""
    assert whole(0, [0.0, 0.0]).tolist() == [0, 0]
    with pytest.raises(ValueError, match="nobody is entitled"):
        whole(5, [0.0, 0.0])
    with pytest.raises(ValueError, match="negative"):
        whole(5, [1.0, -1.0])


def test_the_largest_amounts_are_split_exactly():
    """Quotas are fractions: no unit is lost where floats are coarser than one."""
    parts = whole(LARGEST_AMOUNT - 1, [1 / 3, 1 / 3, 1 / 3])
    assert int(parts.sum()) == LARGEST_AMOUNT - 1
    assert parts.max() - parts.min() <= 1


@given(minor=st.integers(0, LARGEST_AMOUNT), currency=st.sampled_from(["EUR", "JPY", "KWD", "USD"]))
@some
def test_amounts_are_read_as_they_are_written(minor, currency):
    """Euros have two decimals, yen none, dinars three."""
    amount = Amount(minor, currency)
    assert parse_amount(str(amount)) == amount


def test_decimals_of_currencies():
    """The minor unit is a hundredth unless ISO 4217 says otherwise."""
    assert [exponent(currency) for currency in ("EUR", "JPY", "KWD", "CLF", "UYW")] == [2, 0, 3, 4, 4]
    assert parse_amount("1.2345 CLF") == Amount(12345, "CLF")
    assert format_minor(-123456, "EUR") == "-1234.56"
    assert format_minor(-5, "EUR") == "-0.05"
    assert parse_amount(" 5 JPY ") == Amount(5, "JPY")
    assert parse_amount("0.5 EUR") == Amount(50, "EUR")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1000", 'a number and a currency like "1000.00 EUR"'),
        ("1,000.00 EUR", "a number and a currency"),
        ("10 eur", "a number and a currency"),
        ("1e3 EUR", "a number and a currency"),
        (1000, "a number and a currency"),
        (None, "a number and a currency"),
        ("0.001 EUR", "EUR has 2 decimals"),
        ("0.5 JPY", "JPY has 0 decimals"),
        ("-1.00 EUR", "not negative"),
        ("90071992547409.93 EUR", "at most"),
    ],
)
def test_an_amount_that_cannot_be_read(text, expected):
    """The message says which amount, what was got and what was expected."""
    with pytest.raises(InputError, match=f"unit-price: got {text!r}".replace("(", "\\(")) as problem:
        parse_amount(text, what="unit-price", file="MARKET.toml")
    assert expected in str(problem.value)
    assert problem.value.file == "MARKET.toml"
