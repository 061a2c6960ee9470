"""From gains and shares to whole money."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.consortia import dataset, frame, settled
from fairpool.ground.errors import InputError
from fairpool.market.copies.equals import mean_of_equals
from fairpool.market.party import Party
from fairpool.market.payments import PriceTerms, pay
from fairpool.market.valuation import Valuation
from fairpool.tables.dataset import Dataset

some = settings(deadline=None, max_examples=150)
PRICES = st.sampled_from([0, 1, 3, 100, 1_000, 99_999, 10**9])


@st.composite
def outcomes(draw):
    """Gains alone, delivered gains and shares of one to eight parties; shares sum to one or less."""
    n = draw(st.integers(1, 8))
    part = st.integers(0, 50).map(lambda v: v / 50)
    alone = np.array(draw(st.lists(part, min_size=n, max_size=n)))
    gains = np.maximum(alone, draw(part))
    raw = np.array(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), dtype=float)
    handed = draw(st.sampled_from([0.0, 0.3, 1.0]))
    shares = handed * raw / raw.sum() if raw.sum() else raw
    return alone, gains, shares


@given(outcome=outcomes(), price=PRICES, minimum_fee=st.sampled_from([0, 1, 7, 500]))
@some
def test_money_balances_to_the_last_minor_unit(outcome, price, minimum_fee):
    """Nets sum to zero, what is paid in is refunded, paid on or retained, and nothing is negative."""
    alone, gains, shares = outcome
    found = pay(PriceTerms(price, minimum_fee), Valuation(alone, gains, shares))
    assert found.net.sum() == 0
    assert (found.reward + found.returned).sum() == found.improvement.sum()
    assert (found.fee == found.refund + found.improvement + found.retained).all()
    for amount in (found.fee, found.improvement, found.refund, found.reward, found.returned, found.retained):
        assert amount.dtype == np.int64
        assert (amount >= 0).all()
    assert (found.improvement + found.retained >= minimum_fee).all()


@given(outcome=outcomes(), price=PRICES, minimum_fee=st.sampled_from([0, 7]))
@some
def test_amounts_are_within_a_unit_of_the_formulas(outcome, price, minimum_fee):
    """Rounding moves a fee or payment by half a unit, and a part of the rounded pot by less than one."""
    alone, gains, shares = outcome
    found = pay(PriceTerms(price, minimum_fee), Valuation(alone, gains, shares))
    assert (np.abs(found.fee - np.maximum(price * (1 - alone), minimum_fee)) <= 0.5 + 1e-6).all()
    assert (np.abs(found.improvement - price * (gains - alone)) <= 0.5 + 1e-6).all()
    pot = found.improvement.sum()
    if shares.sum() > 0:
        assert (np.abs(found.reward - shares * pot) < 1 + 1e-6 * price).all()
    left = max(1 - shares.sum(), 0.0)
    assert (np.abs(found.returned - left * found.improvement) < 1 + 1e-6 * price).all()


@given(outcome=outcomes(), price=PRICES)
@some
def test_equal_parties_are_within_one_minor_unit(outcome, price):
    """Two parties with the same numbers: largest remainder may tell them apart by one unit in all, not by two."""
    alone, gains, shares = outcome
    twice = [np.append(column, column[0]) for column in (alone, gains, shares / 2)]
    found = pay(PriceTerms(price), Valuation(*twice))
    assert abs(int(found.net[0]) - int(found.net[-1])) <= 1


def test_the_papers_toy_market():
    """G = 1, 0 and 1 together: fees 0 and 1000, the second pays 1000, of which the first gets three quarters."""
    found = pay(
        PriceTerms(1000), Valuation(np.array([1.0, 0.0]), np.array([1.0, 1.0]), np.array([0.75, 0.25]))
    )
    assert found.fee.tolist() == [0, 1000]
    assert found.improvement.tolist() == [0, 1000]
    assert found.reward.tolist() == [750, 250]
    assert found.net.tolist() == [750, -750]


def test_what_is_not_handed_out_goes_back_to_the_payers():
    """Shares of 1/4 and 1/4: half of the pot of 600 and 300 returns as 300 and 150."""
    found = pay(
        PriceTerms(1000), Valuation(np.array([0.2, 0.5]), np.array([0.8, 0.8]), np.array([0.25, 0.25]))
    )
    assert found.returned.tolist() == [300, 150]
    assert found.reward.tolist() == [225, 225]
    assert found.net.tolist() == [-75, 75]


def test_nobody_with_a_share_means_everybody_gets_its_payment_back():
    """The corner in which no party's value is positive."""
    found = pay(PriceTerms(999), Valuation(np.array([0.1, 0.3, 0.3]), np.array([0.7, 0.7, 0.7]), np.zeros(3)))
    assert found.net.tolist() == [0, 0, 0]


@pytest.mark.parametrize("price", [0, 1])
def test_prices_at_the_lower_end(price):
    """A price of nothing settles at nothing; one yen a unit of gain still adds up."""
    alone, gains = np.array([0.0, 0.4, 0.6]), np.array([0.9, 0.9, 0.9])
    found = pay(PriceTerms(price), Valuation(alone, gains, np.array([0.2, 0.3, 0.5])))
    assert found.improvement.tolist() == [price, price if price * 0.5 > 0.5 else 0, 0]
    assert found.net.sum() == 0


def test_what_falls_short_of_the_minimum_fee_is_retained():
    """Fees are at least 300; the party that gained 0.1 leaves 200 more with the operator, which is no part of net."""
    found = pay(
        PriceTerms(1000, 300), Valuation(np.array([0.9, 0.2]), np.array([1.0, 1.0]), np.array([0.5, 0.5]))
    )
    assert found.fee.tolist() == [300, 800]
    assert found.improvement.tolist() == [100, 800]
    assert found.retained.tolist() == [200, 0]
    assert found.refund.tolist() == [0, 0]
    assert found.net.tolist() == [350, -350]


def test_a_single_party_pays_nothing():
    """Nobody to gain from."""
    found = pay(PriceTerms(1000), Valuation(np.array([0.3]), np.array([0.3]), np.array([1.0])))
    assert (found.fee[0], found.refund[0], found.net[0]) == (700, 700, 0)


def test_more_money_than_can_be_booked_is_refused_before_anything_is_trained():
    """1,300 payers at 2**53 minor units are more than an int64 holds; so is a minimum fee that large."""
    assert PriceTerms(2**53).check_for(1023) is None
    with pytest.raises(
        InputError, match=r"unit-price: got 9007199254740992 .* at most 7094901566811366 for 1300"
    ):
        PriceTerms(2**53).check_for(1300)
    with pytest.raises(InputError, match="minimum-fee"):
        PriceTerms(1, 2**53).check_for(1300)
    with pytest.raises(InputError, match="unit-price"):
        settled([Party(f"P{i}", LINE) for i in range(1025)], LINE, unit_price=2**53)


LINE = Dataset.from_frame(pd.DataFrame({"x": [0.0, 1.0], "label": ["no", "yes"]}), label="label")


@pytest.mark.parametrize("division", ["normalised-shapley", "banzhaf"])
def test_equal_sellers_get_the_same_but_for_one_unit(division):
    """Twenty equal sellers and a buyer at a price of 10**12: rounding errors of shares decide nothing."""
    rng = np.random.default_rng(5)
    validation = dataset(frame(rng, 30))
    seller, buyer = dataset(frame(rng, 9, noise=0.1)), dataset(frame(rng, 2, noise=3.0))
    members = [Party("buyer", buyer), *(Party(f"S{i}", seller) for i in range(20))]
    found = settled(members, validation, unit_price=10**12, division=division)
    assert np.ptp(found.payments.net[1:]) <= 1
    assert len(set(found.valuation.shares[1:])) == 1
    assert found.certificate.symmetry.holds


def test_equals_that_are_told_pair_by_pair_all_get_the_mean():
    """The first and third are equal, and so are the second and third: then all three are."""
    pairs = [(0, 1), (0, 2), (1, 2)]
    assert mean_of_equals(np.array([1.0, 2.0, 6.0, 8.0]), pairs).tolist() == [3.0, 3.0, 3.0, 8.0]


def test_no_refund_is_negative_where_all_rows_are_right():
    """Twenty task rows, a minimum fee that the improvement exceeds by one unit: the gain is 1 and no more."""
    rows = [(x, "yes" if x > 9.5 else "no") for x in range(20)]
    task = dataset(pd.DataFrame(rows, columns=["x", "label"]))
    first, second = (dataset(pd.DataFrame(part, columns=["x", "label"])) for part in (rows[:10], rows[10:]))
    found = settled([Party("A", first), Party("B", second)], task, unit_price=100_001, minimum_fee=50_000)
    assert found.statement["gain"].tolist() == [1.0, 1.0]
    assert found.certificate.refunds.holds
    assert (found.payments.refund >= 0).all()
