"""What is not certain is said not to be, and a share is shown in its two parts, on the page and in the terminal."""

from __future__ import annotations

import html
import re

import pytest

from builders import documents
from fairpool.cli.market.statement import statement_text
from fairpool.documents.settlement import ShareParts
from fairpool.market.reward_rules.catalogue import DIVISIONS
from fairpool.reports.settlement.page import report_page

PARTS = [(0.21, 0.08), (0.30, 0.06), (0.10, 0.14), (0.02, 0.09)]  # of the shares of `documents.common`


def intervals(document, *, give_or_take):
    """The document with a 95 % interval about every number, nets within so many minor units."""
    parties = [
        documents.changed(
            party,
            net_interval=(party.net - give_or_take, party.net + give_or_take),
            share_interval=(party.share - 0.02, party.share + 0.03),
            gain_interval=(party.gain - 0.1, party.gain + 0.1),
        )
        for party in document.parties
    ]
    return documents.changed(document, parties=tuple(parties), pooling_interval=(0.02, 0.28))


def in_parts(document):
    parties = [
        documents.changed(party, share_parts=ShareParts(data=data, buyer=buyer))
        for party, (data, buyer) in zip(document.parties, PARTS, strict=True)
    ]
    return documents.changed(document, parties=tuple(parties))


def plain(document):
    """What a reader reads: the page without its tags' escapes, and the terminal without its lines' ends."""
    page = html.unescape(report_page(document)).replace("\u00a0", " ")
    return {"page": page, "terminal": " ".join(statement_text(document).split())}


def said_not_to_be_certain(text):
    """Who is named between these words."""
    return re.findall(r"not certain whether (.*?) would earn or pay", text)


@pytest.mark.parametrize("where", ["page", "terminal"])
def test_whose_sign_is_open_is_named_and_nobody_else(where):
    """Nets of +267.60, +106.40, -1.60 and -372.40: give or take 150 two signs are open, give or take 1 none is."""
    made = documents.common()
    (named,) = said_not_to_be_certain(plain(intervals(made, give_or_take=15_000))[where])
    assert [party.name for party in made.parties if party.name in named] == ["Minnesota", "New York"]
    assert said_not_to_be_certain(plain(intervals(made, give_or_take=100))[where]) == []


@pytest.mark.parametrize("where", ["page", "terminal"])
def test_earning_and_paying_are_certain_by_what_the_minimum_fee_leaves(where):
    """Give or take 150, nets of +106.40 and -1.60 hold zero; less 900 that the operator keeps, neither does.  Less 300,
    the net of +267.60 does, and the sentence says less what."""
    made = intervals(documents.common(), give_or_take=15_000)
    kept = [documents.changed(party, retained=90_000) for party in made.parties]
    text = plain(documents.changed(made, parties=tuple(kept)))[where]
    assert said_not_to_be_certain(text) == []
    kept = [documents.changed(party, retained=30_000) for party in made.parties]
    text = plain(documents.changed(made, parties=tuple(kept)))[where]
    assert said_not_to_be_certain(text) == [max(made.parties, key=lambda party: party.net).name]
    assert "the 95 % interval of its net, less what the operator keeps, holds zero" in text


def test_a_card_is_headed_by_what_the_minimum_fee_leaves():
    """A net of 267.60 less 900.00 is no party that earns, whatever the rows."""
    made = intervals(documents.common(), give_or_take=15_000)
    ranked = sorted(made.parties, key=lambda party: -party.net)
    first = documents.changed(ranked[0], retained=90_000)
    page = plain(documents.changed(made, parties=(first, *ranked[1:])))["page"]
    (card,) = re.findall(rf"<h3><bdi>{first.name}</bdi></h3>(.*?)</article>", page, re.DOTALL)
    assert "\u2212632.40" in card
    assert "After the minimum fee; net +267.60." in card
    assert "\u2212782.40 to \u2212482.40 (95 %): it pays all over this range" in card


@pytest.mark.parametrize("where", ["page", "terminal"])
@pytest.mark.parametrize(("parties", "interval"), [(1, (-0.01, 0.04)), (4, (0.0, 0.0))])
def test_of_no_difference_nothing_is_said(where, parties, interval):
    """One party has nobody to differ from; and between 0 and 0 nothing lies."""
    made = documents.changed(intervals(documents.common(), give_or_take=500), pooling_interval=interval)
    alone = documents.changed(made, parties=made.parties[:parties])
    text = plain(alone)[where]
    assert "this difference" not in text
    assert "against the best alone" not in text


@pytest.mark.parametrize("where", ["page", "terminal"])
@pytest.mark.parametrize(
    ("interval", "open_"), [((-0.01, 0.04), True), ((0.0, 0.04), True), ((0.02, 0.28), False)]
)
def test_a_headline_that_may_be_chance_says_so(where, interval, open_):
    """The pooled model beats the best alone by one patient: the difference holds zero."""
    made = documents.changed(intervals(documents.common(), give_or_take=500), pooling_interval=interval)
    assert ("this difference is not certain" in plain(made)[where]) == open_


@pytest.mark.parametrize("where", ["page", "terminal"])
def test_a_share_is_shown_in_its_two_parts(where):
    """Of 24 % the third party has 10 for what its data add, and 14 for what it gains itself as a buyer."""
    text = plain(in_parts(documents.common()))[where]
    for data, buyer in PARTS:
        for part in (data, buyer):
            assert f"{100 * part:.1f}" in text
    assert "for what its data add" in text
    assert ("as buyer" if where == "terminal" else "As a buyer") in text
    assert "as buyer" not in plain(documents.common())[where].lower()


@pytest.mark.parametrize("where", ["page", "terminal"])
def test_numbers_stand_beside_their_intervals(where):
    text = plain(intervals(documents.common(), give_or_take=15_000))[where]
    for party in documents.common().parties:
        for end in (party.net - 15_000, party.net + 15_000):
            assert f"{abs(end) / 100:,.2f}" in text
        for end in (party.share - 0.02, party.share + 0.03):
            assert f"{100 * end:.1f}" in text


@pytest.mark.long
@pytest.mark.parametrize("where", ["page", "terminal"])
@pytest.mark.parametrize("division", sorted(DIVISIONS))
def test_a_share_of_own_tasks_is_of_what_parties_gain(where, division):
    """There is no common score in that pot, so none is said to be shared."""
    text = plain(documents.changed(documents.own(), division=division))[where]
    assert DIVISIONS[division].own_clause in text
    assert "to the score and to what everyone gains" not in text
