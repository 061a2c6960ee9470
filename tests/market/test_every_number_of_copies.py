"""What copies earn for every number of them: exactly, in bounds without end, and the fee from which none pays.

The oracle counts identities instead of listing them (`oracles.many_copies`), so fifty copies are real players of it.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.consortia import consortium, dataset, settled
from builders.market_tables import array_of, market_of, rankings, tables
from fairpool.games.values.size_laws import shapley_size_law
from fairpool.learning.learners.nearest.closed_form import Ranking
from fairpool.market.common_task.closed_form import NearestMarket
from fairpool.market.common_task.collapsed import CollapsedCurve
from fairpool.market.common_task.copies_of_table import TableCurve
from fairpool.market.copies.curve import earned, earned_at_most, rising, survival
from fairpool.market.copies.replication import PayingFees, Replications, Retained
from fairpool.market.options import Customise, Options
from fairpool.market.party import Party
from fairpool.market.payments import PriceTerms
from fairpool.market.reward_rules.catalogue import division_named
from oracles import common_market, many_copies
from oracles.alike_others import most_earned, worst_at_the_mean
from oracles.gains import best_of
from oracles.many_copies import RULES

F = Fraction
C = 100_000
EVERY_RULE = pytest.mark.parametrize("rule", RULES)
few = settings(deadline=None, max_examples=8)


def curve_of(gains, rule, party=0):
    found = division_named(rule)
    return TableCurve.of(array_of(gains), found, found.copies, party)


def replications(gains, rule):
    """The market of a table with every number of copies."""
    market = market_of(gains, rule)
    if rule == "collapsed":
        curves = [CollapsedCurve.of(market.joining, i) for i in range(len(market.joining.alone))]
    else:
        curves = [curve_of(gains, rule, i) for i in common_market.parties_of(gains)]
    return Replications.of(market, curves)


@EVERY_RULE
@given(gains=tables(most=3, empty=True), data=st.data())
@few
def test_any_number_of_copies_is_what_the_market_of_all_identities_pays(rule, gains, data):
    """In fractions, up to fifty copies."""
    party = data.draw(st.sampled_from(common_market.parties_of(gains)))
    copies = data.draw(st.sampled_from([1, 2, 3, 7, 20, 50]))
    expected = many_copies.earned(gains, party, copies, rule)
    assert earned(curve_of(gains, rule, party), copies) == pytest.approx(float(expected), abs=1e-11)


@EVERY_RULE
def test_counting_identities_is_listing_them(rule):
    """The oracle against the one that writes down all coalitions of all identities."""
    gains = best_of(F(1, 2), F(3, 4), F(1, 3))
    for copies in (1, 2):
        listed = common_market.replication_gain(gains, 1, copies, rule)
        assert many_copies.earned(gains, 1, copies, rule) == listed


@EVERY_RULE
@given(gains=tables(most=4, empty=True), data=st.data())
@few
def test_no_number_in_a_range_earns_more_than_its_bound(rule, gains, data):
    """Ranges of one number, of a few, and without end."""
    curve = curve_of(gains, rule)
    least = data.draw(st.sampled_from([1, 2, 6, 40, 90, 300]))
    most = least + data.draw(st.sampled_from([0, 1, 5, 50]))
    for end in (most, math.inf):
        bound = earned_at_most(curve, least, end)
        assert all(earned(curve, k) <= bound + 1e-11 for k in range(least, most + 1))


@EVERY_RULE
@given(gains=tables(most=3, kinds=("monotone", "coverage", "best-of")), price=st.sampled_from([60, C]))
@settings(deadline=None, max_examples=4)
def test_from_the_named_fee_on_no_number_of_copies_pays(rule, gains, price):
    """Sixty are tried one by one; with one unit less some number pays."""
    found = replications(gains, rule)
    most = found.most(PriceTerms(price))
    fee = found.paying_fees(PriceTerms(price)).smallest_deterring
    gained = [
        (price * (curve.paid + earned(curve, k) / k), price * earned(curve, k))
        for curve in found.curves
        for k in range(1, 61)
    ]
    needed = [least for least, gain in gained if gain > 1e-3]
    assert max(needed, default=0.0) <= fee + 1e-3
    if all(gain.copies <= 60 for gain, _ in most):
        assert max(needed, default=0.0) > fee - 1
    if rule != "robust-shapley":
        assert all(least.proven for _, least in most)
        assert all(
            gain.proven or rises_for_ever(curve) for (gain, _), curve in zip(most, found.curves, strict=True)
        )


def rises_for_ever(curve):
    """The largest gain is no number's own, as more copies come ever nearer to it: that is searched, not proven."""
    return earned(curve, 10_000) < earned(curve, 100_000)


def test_a_gain_that_is_only_approached_is_not_called_proven():
    """Two equal parties beside one without worth: k copies earn 1/72 of the price less what falls as 1/k^2."""
    gains = best_of(0, F(1, 12), F(1, 12))
    found = replications(gains, "normalised-shapley")
    assert all(rises_for_ever(curve) for curve in found.curves[1:])
    for (largest, least), curve in zip(found.most(PriceTerms(60))[1:], found.curves[1:], strict=True):
        assert largest.value == pytest.approx(60 / 72, rel=1e-9)
        assert not largest.proven
        assert least.proven
        assert float(many_copies.earned(gains, 1, 50, "normalised-shapley")) == pytest.approx(
            earned(curve, 50)
        )


def test_where_more_than_five_copies_pay_and_five_do_not():
    """best-of(1, 5/8, 5/8): one to five copies lose, eight earn 130 of 100,000 and a hundred 1,581.

    The fee is that of the number that earns most a copy, by the oracle.
    """
    found = replications(best_of(1, F(5, 8), F(5, 8)), "normalised-shapley")
    assert all(gain.gain <= 0 for gain in found.gains(PriceTerms(C)) if gain.party == 0)
    curve = found.curves[0]
    assert [round(C * earned(curve, k)) for k in (8, 100)] == [130, 1581]
    largest, fee = found.most(PriceTerms(C))[0]
    assert largest.copies > 100
    assert largest.proven
    assert found.paying_fees(PriceTerms(C)).smallest_deterring == fee.value == _fee_by_trying()


def _fee_by_trying():
    gains = best_of(1, F(5, 8), F(5, 8))
    each = (C * many_copies.earned(gains, 0, k, "normalised-shapley") / k for k in range(1, 61))
    return math.ceil(max(each))


def test_one_nearest_neighbour_pays_from_more_than_five_copies_on():
    """Ten task rows; one party knows all of them and the other none, and one falls when both are in.

    The copies are entered as parties of their own, at the rank of the original: fourteen earn 18,529.
    """
    right = np.array([[0.1, 0.0]] * 9 + [[0.0, 0.1]])
    party = np.array([[0, 1]] * 9 + [[1, 0]])
    honest = NearestMarket(Ranking(party, right, np.arange(2)), division_named("normalised-shapley"), 0.0)
    curve = honest.curve()
    found = Replications.of(honest, [curve(0), curve(1)])
    terms = PriceTerms(C)
    assert max(gain.gain for gain in found.gains(terms) if gain.party == 0) < 0
    fee = found.paying_fees(terms).smallest_deterring
    assert fee > 0
    for copies in (14, 30, 50):
        names = [0, *range(2, 2 + copies)]
        ranks = [[*names, 1]] * 9 + [[1, *names]]
        rows = [[0.1] * (copies + 1) + [0.0]] * 9 + [[0.0] + [0.1] * (copies + 1)]
        larger = NearestMarket(
            Ranking(np.array(ranks), np.array(rows), np.arange(copies + 2)), honest.division, 0.0
        )
        assert larger.ranking.alone[0] == pytest.approx(honest.ranking.alone[0])
        net = [
            C * float(m.valuation.shares[who].sum() * (m.valuation.gains - m.valuation.alone).sum())
            for m, who in ((larger, names), (honest, [0]))
        ]
        assert net[0] - net[1] == pytest.approx(C * earned(curve(0), copies), abs=1e-6)
        assert net[0] - net[1] - copies * fee <= 1e-6
        if copies == 14:
            assert round(net[0] - net[1]) == 18_529


@pytest.mark.parametrize("rule", ["normalised-shapley", "gain-only"])
@given(ranking=rankings(most=5), empty=st.sampled_from([0.0, 0.125]), data=st.data())
@few
def test_ranks_bound_what_a_table_computes(rule, ranking, empty, data):
    """Values of all identities exactly for one number of them, and no range earns more than its bound."""
    market = NearestMarket(ranking, division_named(rule), empty)
    party = data.draw(st.integers(0, ranking.party.shape[1] - 1))
    table, ranked = market.curve()(party), market._ranked_curve(party)
    for identities in (1, 2, 9, 70):
        own = table.law.values(table.game, identities).own
        found = ranked.identities.at_most(identities, identities) + identities * ranked.identities.later
        assert found[party] == pytest.approx(own, abs=1e-11)
    assert [earned(ranked, k) for k in range(1, 6)] == pytest.approx([earned(table, k) for k in range(1, 6)])
    for least, most in ((6, 6), (6, 12), (6, math.inf), (60, math.inf)):
        bound = earned_at_most(ranked, least, most)
        assert all(earned(table, k) <= bound + 1e-11 for k in (least, least + 3, 700) if k <= most)


def test_copies_that_earn_nothing_whatever_their_number():
    """best-of(1, 1/2): what the first identity brings does not depend on how many there are; no fee is advised."""
    found = replications(best_of(1, F(1, 2)), "normalised-shapley")
    assert found.most(PriceTerms(C))[0][0].value == 0.0
    assert earned(found.curves[0], 1_000) == pytest.approx(0.0, abs=1e-12)
    assert many_copies.earned(best_of(1, F(1, 2)), 0, 31, "normalised-shapley") == 0
    assert found.paying_fees(PriceTerms(C)).deterring_from == 0


def test_collapsed_copies_of_a_party_with_a_double_take_from_it_without_end():
    """best-of(1, 1, 0): the class has 3/4 of the pot; k copies raise the party's part from 3/8 towards all of it."""
    found = replications(best_of(1, 1, 0), "collapsed")
    curve = found.curves[0]
    assert [earned(curve, k) for k in (1, 3)] == pytest.approx([1 / 8, 3 / 8 * 3 / 5])
    assert earned_at_most(curve, 6, math.inf) == pytest.approx(3 / 8)
    assert found.most(PriceTerms(C))[0][0].value == pytest.approx(C * 3 / 8, rel=1e-6)
    assert found.paying_fees(PriceTerms(C)).smallest_deterring == 12_500


@given(st.lists(st.integers(0, 9), min_size=2, max_size=8), st.integers(1, 5), st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_sums_over_arrivals_lie_between_their_bounds(first, identities, more):
    """What the first identity brings by the number of others before it, for fewer and for more identities."""
    x, others = np.array(first, dtype=float), len(first) - 1

    def mean(count):
        tails = survival(others, count)
        return float(x @ (tails - np.append(tails[1:], 0.0)))

    least, most = rising(x, survival(others, identities), survival(others, identities + more))
    for count in range(identities, identities + more + 1):
        assert least - 1e-12 <= mean(count) <= most + 1e-12


def test_who_arrives_first_by_hand():
    """Two others and one identity: each number of others before it is equally likely; with two identities less so."""
    assert survival(2, 1).tolist() == pytest.approx([1, 2 / 3, 1 / 3])
    assert survival(2, 2).tolist() == pytest.approx([1, 1 / 2, 1 / 6])
    assert survival(2, math.inf).tolist() == [1, 0, 0]
    assert shapley_size_law(3).tolist() == pytest.approx([1 / 3] * 3)


# ------------------------------------------------------------------------------------------ fees


@given(
    st.lists(st.integers(0, 12), min_size=2, max_size=4),
    st.integers(0, 12),
    st.integers(-20, 30).map(lambda g: g + 0.25),
)
@settings(deadline=None, max_examples=150)
def test_fees_at_which_copies_pay_are_found_in_ranges(identities, alone, gain):
    """All fees up to fifty one by one: the gain may rise with the fee where identities pay for more than the party."""
    retained = Retained(tuple(map(float, identities)), float(alone))
    expected = [fee for fee in range(60) if gain - retained.at(fee) > 1e-6]
    found = PayingFees(tuple(retained.paying(gain)))
    assert sorted({fee for low, high in found.ranges for fee in range(low, high + 1)}) == expected
    assert found.smallest_deterring == next(fee for fee in range(60) if fee not in expected)
    assert found.deterring_from == (expected[-1] + 1 if expected else 0)


def test_no_fee_is_advised_where_nothing_pays_without_one():
    """Identities pay for 10 and the party alone for 4: copies lose 3 without a fee and gain 3 at a fee of 10."""
    retained = Retained((10.0, 10.0), 4.0)
    fees = PayingFees(tuple(retained.paying(-3.0)))
    assert fees.ranges == ((8, 10), (10, 12))
    assert (fees.smallest_deterring, fees.deterring_from) == (0, 13)


# ------------------------------------------------------------------------------------------ a refuted claim


def seven():
    """Party 0 with anybody scores 1, and so do any four others; alone nobody scores: all improve by 1."""
    return common_market.table_of(range(7), lambda S: F((0 in S and len(S) > 1) or len(S - {0}) >= 4))


def test_a_party_that_improves_as_much_as_all_others_can_gain_by_a_copy():
    """More data never hurts, all seven improve by 1, and one copy of the first earns 1/72."""
    assert many_copies.earned(seven(), 0, 1, "normalised-shapley") == F(1, 72)
    assert earned(curve_of(seven(), "normalised-shapley"), 1) == pytest.approx(1 / 72)


def test_so_it_can_where_data_are_worth_less_the_more_there_are():
    """Twelve parties know 55 of 100 task rows each: each of the first's is also known by one pair of the others."""
    pairs = [(a, b) for a in range(1, 12) for b in range(1, a)]
    knows = {0: frozenset(range(55))}
    for j in range(1, 12):
        knows[j] = frozenset(i for i, pair in enumerate(pairs) if j in pair) | frozenset(range(55, 100))
    gains = np.array(
        [len(frozenset().union(*(knows[j] for j in range(12) if S >> j & 1))) / 100 for S in range(2**12)]
    )
    rule = division_named("normalised-shapley")
    assert round(C * earned(TableCurve.of(gains, rule, rule.copies, 0), 1)) == 6_137


@pytest.mark.parametrize(("n", "model"), [(3, 1), (5, 1), (6, 1), (3, 0), (7, 0)])
def test_in_smaller_markets_none_was_found(n, model):
    """The worst market in which the others are alike, by linear programming: a copy earns nothing."""
    assert worst_at_the_mean(n, model=model) <= 1e-9


@pytest.mark.parametrize(
    ("n", "model", "worst"), [(7, 1, 0.0138), (8, 1, 0.0972), (8, 0, 0.0694), (12, 1, 0.3415)]
)
def test_in_larger_markets_some_are_found(n, model, worst):
    """From seven parties under normalised-shapley, from eight under gain-only."""
    assert worst_at_the_mean(n, model=model) > worst


def test_the_linear_program_finds_the_market_of_seven():
    """The same market as above."""
    gain, with_first, without = most_earned(7, 1, 1.0, 1.0)
    assert gain == pytest.approx(1 / 72)
    assert with_first.tolist() == [0, 1, 1, 1, 1, 1, 1]
    assert without.tolist() == [0, 0, 0, 0, 1, 1, 1]


# ------------------------------------------------------------------------------------------ what a certificate says


@pytest.mark.parametrize(
    ("choices", "basis", "every"),
    [
        ({"learner": "nearest"}, "exact", True),
        ({"learner": "nearest", "division": "collapsed"}, "exact", True),
        ({"learner": "ridge"}, "evaluated", False),
        ({"learner": "logistic"}, "evaluated", False),
    ],
)
def test_a_certificate_says_how_many_copies_it_is_about(choices, basis, every):
    """Every number where copies change no model; one to five where models with them were trained."""
    members, validation = consortium()
    found = settled(members, validation, **choices).certificate.replication
    assert (found.basis, found.every_number) == (basis, every)
    assert found.deters_from >= found.smallest_minimum_fee


def test_parties_that_only_many_copies_pay_are_named():
    """One nearest neighbour: the first knows eight task rows, the others five of them each."""
    task = [(float(x), "yes" if x % 2 else "no") for x in range(8)]
    rows = {"A": task, "B": _knowing(task, 5), "C": _knowing(task, 5)}
    members = [Party(name, _dataset(known)) for name, known in rows.items()]
    found = settled(members, _dataset(task)).certificate.replication
    assert all(gain.gain <= 0 for gain in found.gains)
    assert found.pays_for == ("A",)
    assert [one.party for one in found.largest] == ["A"]
    fee = found.smallest_minimum_fee
    assert fee == _fee_by_trying()
    safe = settled(members, _dataset(task), minimum_fee=fee).certificate.replication
    assert (safe.pays_for, safe.largest) == ((), ())


def _knowing(task, rows):
    """The first rows as they are, and the others with the other label, farther off than anybody's right ones."""
    return task[:rows] + [(x + 0.01, "no" if label == "yes" else "yes") for x, label in task[rows:]]


def _dataset(rows):
    return dataset(pd.DataFrame(rows, columns=["x", "label"]))


def test_customised_models_beside_copies_are_assumed():
    """With own tasks a copy's task changes what customisation makes of the party's model, which is not looked at."""
    members, _ = consortium(own_tasks=True)
    bases = [
        settled(members, None, options=Options(customise=step)).certificate.replication.basis
        for step in (Customise.NONE, Customise.ROWS)
    ]
    assert bases == ["exact", "assumed"]
