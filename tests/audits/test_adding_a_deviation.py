"""A deviation takes two places: a file of its own (`builders.doubled`) and one entry; every trial then knows it."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from builders.consortia import consortium
from builders.doubled import Doubled
from builders.feature_buyers import in_sample, patients
from fairpool.audits.catalogue import CATALOGUE, deviations_of
from fairpool.audits.deposits.simulation import AmountAndQuality, compare_contributors
from fairpool.audits.deviation import Deviation, Deviator
from fairpool.audits.feature_market.bids import try_bids
from fairpool.audits.feature_market.columns import try_columns
from fairpool.audits.finding import Finding, audit
from fairpool.audits.market.copies import CopiesOfOneself, certified_trial, try_entries
from fairpool.audits.sharing.equilibrium import best_response
from fairpool.audits.trial import Trial
from fairpool.ground.errors import InputError
from fairpool.market.settling import settle
from fairpool.pricing.published.feature_market.division import ExactShapley, ShapleyApprox
from fairpool.pricing.published.feature_market.payment import GainCurve
from fairpool.sharing.mechanisms.pooling import WorkingAlone
from fairpool.sharing.terms import SharingTerms


def doubled(deviator: Deviator) -> Deviation:
    return Deviation("doubled", deviator, "doubles every number", (1.0,), lambda *_: Doubled())


def only(found: Finding, name: str = "doubled") -> Trial:
    (trial,) = (one for one in found.trials if one.deviation == name)
    return trial


def test_an_agents() -> None:
    """The search for a best response tries it after all others of the catalogue; alone, no report matters."""
    mechanism = WorkingAlone.of(SharingTerms(10, 1.0, 0.0025))
    catalogue = (*CATALOGUE, doubled(Deviator.AGENT))
    found = best_response(mechanism, runs=160, rng=np.random.default_rng(1), catalogue=catalogue)
    assert found.trials[-1].action.report == Doubled()
    assert only(found).gain == 0
    assert found.holds


def test_a_contributors() -> None:
    """Rows of twice the size have the wrong distribution."""

    def attempt(actions):
        rules = {"amount": AmountAndQuality()}
        rng = np.random.default_rng(1)
        population = lambda rows, rng: pd.DataFrame({"x": 5 + rng.normal(size=rows)})  # noqa: E731
        tried = compare_contributors(
            population, actions, rules, sizes=[80] * 3, price=9_000, replications=2, rng=rng
        )
        return [one.trial for one in tried]

    found = audit([doubled(Deviator.CONTRIBUTOR)], attempt, claim="doubling does not pay")
    assert [one.deviation for one in found.trials] == ["honest", "doubled"]
    assert only(found).costs
    assert found.verdict == "no gain found"


def test_a_sellers() -> None:
    """Least squares does not see a factor: the same part of the revenue, exactly, but for rounding."""
    X, y = patients([2, 3])
    attempt = partial(try_columns, in_sample(y), X, ExactShapley(), 0, rng=np.random.default_rng(1))
    found = audit([doubled(Deviator.SELLER)], attempt, claim="a factor changes nothing", epsilon=1e-9)
    assert only(found).exact
    assert abs(found.gain) < 1e-9
    assert found.verdict != "gain found"


class TwiceTheData:
    """A party's: it enters itself twice."""

    def enter(self, parties, who):
        return CopiesOfOneself(1).enter(parties, who)


def test_a_partys() -> None:
    """Settled as the catalogue's copies are: the same gain, which is the certificate's."""
    members, validation = consortium()

    def settle_round(parties, rng):
        return settle(parties, validation, rng=rng, unit_price=100_000)

    entry = Deviation("twice", Deviator.PARTY, "enters itself twice", (1.0,), lambda *_: TwiceTheData())
    attempt = partial(try_entries, settle_round, members, 0, rng=np.random.default_rng(1))
    found = audit([*deviations_of(Deviator.PARTY), entry], attempt, claim="copies do not pay", epsilon=9)
    assert [one.deviation for one in found.trials] == ["copies of oneself 1", "copies of oneself 2", "twice"]
    assert only(found, "twice").gain == found.trials[0].gain
    certified = certified_trial(settle_round(members, np.random.default_rng(1)), "P0", 1)
    assert only(found, "twice").gain == pytest.approx(certified.gain, abs=9)
    assert certified.exact


def test_a_buyers() -> None:
    """Bids are tried as whatever else is; a gain that falls makes some pay."""
    falling = GainCurve(np.array([0.0, 1.0]), np.array([0.8, 0.5]))
    entry = Deviation("a third", Deviator.BUYER, "bids a third", (1 / 3,), lambda p, value: p * value)
    claim = "no lie pays"
    found = audit([entry], partial(try_bids, falling, 2.0), claim=claim, honest=2.0)
    assert found.verdict == "gain found"
    assert (
        audit([entry], partial(try_bids, falling, 2.0), claim=claim, honest=2.0, epsilon=1.0).verdict
        == "within epsilon"
    )


def test_every_entry_makes_its_actions() -> None:
    """Names are used once for each deviator, words say what is done, and every parameter can be made."""
    for deviator in Deviator:
        entries = deviations_of(deviator)
        assert entries
        names = [name for one in entries for name in one.actions(20.3)]
        assert len(set(names)) == len(names)
        assert all(one.words and list(one.parameters) == sorted(one.parameters) for one in entries)


def test_an_estimated_division_gives_its_error() -> None:
    """Sampled Shapley values: the gain of a copy is within four standard errors of the exact one."""
    X, y = patients([2, 3])
    copies = deviations_of(Deviator.SELLER)[0].actions(len(y))
    exact, sampled = (
        try_columns(in_sample(y), X, rule, 0, copies, rng=np.random.default_rng(1))[0]
        for rule in (ExactShapley(), ShapleyApprox(100))
    )
    assert exact.exact
    assert not sampled.exact
    assert sampled.standard_error > 0
    assert abs(sampled.gain - exact.gain) < 4 * sampled.standard_error


def test_whoever_is_not_there_cannot_deviate() -> None:
    """Messages say what was got and what was expected."""
    members, validation = consortium()
    X, y = patients([2, 3])
    rng = np.random.default_rng(1)
    with pytest.raises(InputError, match="who: got 3, expected a party from 0 to 2"):
        try_entries(lambda *_: None, members, 3, {}, rng=rng)
    with pytest.raises(InputError, match="seller: got 2, expected 0 to 1"):
        try_columns(in_sample(y), X, ExactShapley(), 2, {}, rng=rng)
    settlement = settle(members, validation, rng=rng, unit_price=100_000)
    with pytest.raises(InputError, match="does not tell of 99 copies of 'P0'"):
        certified_trial(settlement, "P0", 99)
