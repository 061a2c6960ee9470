"""All curves on two grids."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from builders.price_markets import any_shape, named, stairs
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.optimal.grids import enumeration
from fairpool.pricing.optimal.grids.enumeration import count_curves, every_curve
from fairpool.pricing.oracles.oracle import ListedCurves, offer

LEVELS = np.array([0.0, 0.3, 0.5, 1.0])


def written_out(jumps, levels, steps):
    """Every curve of at most ``steps`` bundles with rising prices, in plain Python."""
    return [
        PriceCurve(np.array(amounts), np.array(prices))
        for r in range(1, steps + 1)
        for amounts in combinations(jumps.tolist(), r)
        for prices in combinations(levels.tolist(), r)
    ]


@pytest.mark.parametrize("shape", [any_shape, stairs])
def test_every_curve_is_there_once_with_what_each_type_pays(shape):
    valuations = shape(3, 5, np.random.default_rng(0))
    found = every_curve(valuations, valuations.amounts, LEVELS)
    expected = written_out(valuations.amounts, LEVELS, 3)
    assert len(found) == len(expected) == count_curves(5, 4, 3)
    for k, curve in enumerate(expected):
        assert found.curve(k).pairs() == curve.pairs()
        assert (found.payments[k] == offer(curve, valuations).payments).all()


def test_small_blocks_give_the_same(monkeypatch):
    """However many curves are looked at together."""
    valuations = any_shape(2, 5, np.random.default_rng(1))
    whole = every_curve(valuations, valuations.amounts, LEVELS)
    monkeypatch.setattr(enumeration, "BLOCK", 7)
    pieces = every_curve(valuations, valuations.amounts, LEVELS)
    assert (whole.payments == pieces.payments).all()
    assert (whole.at == pieces.at).all()


def test_the_best_curve_is_the_best_of_the_list():
    """Against ListedCurves of all, and of those that are paid differently, for random weights."""
    rng = np.random.default_rng(2)
    valuations = any_shape(3, 5, rng)
    found = every_curve(valuations, valuations.amounts, LEVELS)
    everything = ListedCurves(
        [offer(curve, valuations) for curve in written_out(valuations.amounts, LEVELS, 3)]
    )
    few = found.listed()
    assert len(few.payments) < len(found)
    for weights in rng.random((20, 3)):
        most = everything.best(weights).payments @ weights
        assert found.best(weights).payments @ weights == most
        assert few.best(weights).payments @ weights == most


def test_curves_have_no_more_bundles_than_amounts_or_prices():
    """Five types, two amounts: at most two steps."""
    valuations = any_shape(5, 2, np.random.default_rng(3))
    assert len(every_curve(valuations, valuations.amounts, LEVELS)) == 2 * 4 + 1 * 6


def test_too_many_curves_are_refused_before_any_is_made():
    valuations = named(np.sort(np.random.default_rng(4).random((4, 100)), axis=1))
    with pytest.raises(
        InputError, match=r"got 15,\d+,\d+,\d+,\d+ curves .*expected at most 2,000,000: take a larger"
    ):
        every_curve(valuations, valuations.amounts, np.linspace(0, 1, 100))
