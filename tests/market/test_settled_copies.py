"""The certificate's promise: what k copies would earn a party is what it earns when it really enters them.

Every test settles two markets, one with the copies as parties of their own, and compares the difference in whole
minor units with the certificate of the first.  Rounding to whole units moves either side by at most a unit an
identity and payer.
"""

from __future__ import annotations

import numpy as np
import pytest

from builders.consortia import consortium, settled
from fairpool.audits.market.copies import CopiesOfOneself, certified_trial, try_entries
from fairpool.learning.experiment import SharedRowsRule
from fairpool.market.options import Customise, Options
from fairpool.market.settling import settle

ONCE = Options(shared_rows=SharedRowsRule.ONCE)
ROUNDING = 9.0  # minor units
DIVISIONS = ["normalised-shapley", "gain-only", "collapsed", "banzhaf", "robust-shapley"]


def gain_by_settling_again(members, validation, who, copies, price, **choices):
    """How much more a party and its copies have than the party alone, the worth of its own model included."""

    def settle_round(parties, rng):
        return settle(parties, validation, rng=rng, unit_price=price, **choices)

    entries = {"copies": CopiesOfOneself(copies)}
    (trial,) = try_entries(settle_round, members, who, entries, rng=np.random.default_rng(1))
    return trial.gain


def check(members, validation, who, copies, **choices):
    price = choices.pop("unit_price", 100_000)
    honest = settled(members, validation, unit_price=price, **choices)
    expected = gain_by_settling_again(members, validation, who, copies, price, **choices)
    certified = certified_trial(honest, members[who].name, copies)
    assert certified.gain == pytest.approx(expected, abs=ROUNDING)
    return honest.certificate.replication


CASES = {
    "one nearest neighbour": ({"learner": "nearest"}, "exact"),
    "three nearest neighbours": ({"learner": "nearest", "learner_options": {"neighbours": 3}}, "evaluated"),
    "three nearest neighbours, rows once": (
        {"learner": "nearest", "learner_options": {"neighbours": 3}, "options": ONCE},
        "by construction",
    ),
    "ridge": ({"learner": "ridge"}, "evaluated"),
    "ridge, rows once": ({"learner": "ridge", "options": ONCE}, "by construction"),
    "naive Bayes": ({"learner": "naive-bayes"}, "evaluated"),
    "naive Bayes, area under the curve": ({"learner": "naive-bayes", "score": "roc-auc"}, "evaluated"),
    "logistic, rows once": ({"learner": "logistic", "options": ONCE}, "by construction"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("division", DIVISIONS)
def test_a_common_task(case, division):
    """Every learner whose certificate is exact, by whatever basis."""
    choices, basis = CASES[case]
    members, validation = consortium()
    found = check(members, validation, 2, 2, division=division, **choices)
    assert (found.basis, found.estimated) == (basis, False)


@pytest.mark.parametrize("case", ["ridge", "ridge, rows once"])
def test_regression(case):
    """The same for numbers."""
    members, validation = consortium(kind="numbers", parties=4)
    for score in ("r2", "one-minus-rmse"):
        check(members, validation, 1, 5, score=score, **CASES[case][0])


@pytest.mark.parametrize("case", ["one nearest neighbour", "ridge", "naive Bayes"])
def test_with_a_minimum_fee(case):
    """Copies leave the minimum fee with the operator as anybody does."""
    members, validation = consortium(parties=4, seed=4)
    check(members, validation, 0, 2, minimum_fee=1_234, **CASES[case][0])


@pytest.mark.long
@pytest.mark.parametrize("case", ["one nearest neighbour", "three nearest neighbours", "ridge"])
def test_collapsed_where_two_honest_parties_bring_the_same(case):
    """A copy takes from an honest double where copies change nothing, and tears the pair apart where they do."""
    members, validation = consortium(seed=2)
    twins = CopiesOfOneself(1).enter(members, 0)
    check(twins, validation, 0, 2, division="collapsed", **CASES[case][0])
    check(twins, validation, 1, 1, division="collapsed", **CASES[case][0])


OWN = {
    "one nearest neighbour": {"learner": "nearest"},
    "ridge, rows once": {"learner": "ridge"},
    "three nearest neighbours, rows once": {"learner": "nearest", "learner_options": {"neighbours": 3}},
}


@pytest.mark.long
@pytest.mark.parametrize("case", OWN)
@pytest.mark.parametrize(("division", "seed"), list(zip(DIVISIONS, range(5), strict=True)))
def test_own_tasks(case, division, seed):
    """Data are selected anew with the copies in; models are delivered as selected."""
    rule = SharedRowsRule.KEEP if case == "one nearest neighbour" else SharedRowsRule.ONCE
    options = Options(shared_rows=rule, customise=Customise.NONE)
    members, _ = consortium(own_tasks=True, parties=4, seed=seed)
    check(members, None, seed % 4, 1 + seed % 2, division=division, options=options, **OWN[case])


@pytest.mark.long
@pytest.mark.parametrize("case", ["one nearest neighbour", "ridge", "naive Bayes"])
def test_the_smallest_minimum_fee_deters_copies_that_are_really_entered(case):
    """With a tenth less than that fee somebody gains, and with the fee nobody does: the copies are really entered."""
    members, validation = consortium(parties=4, seed=6, rows=6)
    choices = CASES[case][0]
    fee = settled(members, validation, **choices).certificate.replication.smallest_minimum_fee
    low = settled(members, validation, minimum_fee=fee * 9 // 10, **choices).certificate.replication
    best = max(low.gains, key=lambda gain: gain.gain)
    who = [party.name for party in members].index(best.party)
    for charged, gains in ((fee * 9 // 10, True), (fee, False)):
        earned = gain_by_settling_again(
            members, validation, who, best.copies, 100_000, minimum_fee=charged, **choices
        )
        assert (earned > ROUNDING) == gains
    assert settled(members, validation, minimum_fee=fee, **choices).certificate.replication.pays_for == ()
