"""The statement in a terminal: 80 columns, exact, and clear to people who have never seen one."""

from __future__ import annotations

import html

import pytest
from rich.cells import cell_len

from builders import documents
from fairpool.cli.market.statement import statement_text
from fairpool.documents.settlement import TaskDescription
from fairpool.market.certificate import Symmetry
from fairpool.reports.settlement.page import report_page
from fairpool.reports.settlement.words import headline, kept_sentence, money_sentence


def table(text: str) -> list[str]:
    """The lines from the head to the totals."""
    lines = text.splitlines()
    return lines[2 : next(place for place, line in enumerate(lines) if line.startswith("all "))]


def two(first: str, unit_price: int = 100_000) -> documents.Document:
    return documents.document(
        [first, "B"], alone=[0.2, 0.4], delivered=[1.0, 1.0], shares=[0.5, 0.5], unit_price=unit_price
    )


def many(count: int, width: int = 8) -> documents.Document:
    names = [f"Hospital {n:03d} {'x' * width}" for n in range(count)]
    alone = [0.2 + 0.5 * n / count for n in range(count)]
    shares = [1 / count] * count
    return documents.document(names, alone=alone, delivered=[0.8] * count, shares=shares)


def test_the_table_adds_up():
    """Nets to zero, payments to payments."""
    total = next(line for line in statement_text(documents.common()).splitlines() if line.startswith("all "))
    paid, received, net, share = total.split()[1:]
    assert paid == received
    assert (net, share) == ("0.00", "100.0%")


def test_who_earns_and_who_pays_is_said_with_the_amounts():
    """As the nets in the table have it."""
    document = documents.common()
    text = " ".join(statement_text(document).split())
    earn = [party.name for party in document.parties if party.net > 0]
    pay = [party.name for party in document.parties if party.net < 0]
    said = text[text.index("(amounts in EUR)") : text.index(" alone R²")]
    before, after = said.split("paid more by the share")
    assert all(name in before and name not in after for name in earn)
    assert all(name in after and name not in before for name in pay)
    assert "the model costs more than" in after


@pytest.mark.parametrize(
    "document",
    [
        documents.common(),
        documents.common(currency="JPY", unit_price=1000),
        many(100),
        many(5, width=290),
        two("東京大学医学部附属病院" * 4),
        two("A" * 60, unit_price=10**8),
    ],
    ids=["clinics", "yen", "hundred", "long names", "wide letters", "large amounts"],
)
def test_no_line_is_wider_than_80_columns(document: documents.Document):
    """Up to amounts of millions; names give way."""
    assert max(map(cell_len, statement_text(document).splitlines())) <= 80


def test_amounts_are_never_cut():
    """Not even the largest there are."""
    document = documents.document(
        ["A" * 60, "B"], alone=[0.0, 0.5], delivered=[1.0, 1.0], shares=[0.5, 0.5], unit_price=2**53
    )
    assert f"{2**53 / 100:,.2f}" in statement_text(document)


def test_yen_have_no_decimals():
    """And three of dinars."""
    assert "at 1,000 JPY for 1.000" in statement_text(documents.common(currency="JPY", unit_price=1000))
    assert "at 1.000 KWD for 1.000" in statement_text(documents.common(currency="KWD", unit_price=1000))


def test_of_a_hundred_parties_the_first_and_last_are_shown_and_all_are_summed():
    """Ten that earn most, ten that pay most; the rest is in statement.csv."""
    lines = table(statement_text(many(100)))
    assert len(lines) == 1 + 20 + 1
    assert "80 parties in between: see statement.csv" in lines[11]


def test_long_names_keep_their_beginning_and_end():
    """Where departments of one hospital differ."""
    names = [f"University Hospital of Northern Somewhere, Department of {n} Medicine {n}" for n in "AB"]
    document = documents.document(names, alone=[0.2, 0.4], delivered=[0.5, 0.5], shares=[0.5, 0.5])
    first, second = (line.split("  ")[0] for line in table(statement_text(document))[1:])
    assert "…" in first
    assert (first[-1], second[-1]) == ("A", "B")


def assert_both_say(document: documents.Document, sentence: str) -> None:
    """The terminal and the report's first screen."""
    assert sentence in " ".join(statement_text(document).split())
    assert money_sentence(document) == sentence


def test_a_round_that_helped_nobody_says_so():
    """No model got better."""
    document = documents.document(["A", "B"], alone=[0.5, 0.5], delivered=[0.5, 0.5], shares=[0.5, 0.5])
    said = "Nobody owes anything in the end: no party got a better model than its own."
    assert_both_say(document, said)


def test_a_round_for_free_says_so():
    """The models are better, and cost nothing."""
    document = documents.document(
        ["A", "B"], alone=[0.2, 0.4], delivered=[0.5, 0.5], shares=[0.5, 0.5], unit_price=0
    )
    assert_both_say(document, "Nobody owes anything in the end: the price of a better model was set to zero.")


NOBODY_OWES = {
    "each share earns what is paid": (
        {"shares": [0.6, 0.4], "alone": [0.2, 0.3]},
        "what each pays for its model, its share earned",
    ),
    "no share earns anything": (
        {"shares": [0.0, 0.0], "alone": [0.2, 0.3]},
        "no share earned anything, so all that was paid for better models went back to those who paid",
    ),
    "shares earn a part": (
        {"shares": [0.3, 0.2], "alone": [0.2, 0.3]},
        "what each pays for its model comes back to it, by its share and from what the shares leave over",
    ),
    "a better model for less than a cent": (
        {"shares": [0.6, 0.4], "alone": [0.2, 0.3], "unit_price": 1, "delivered": [0.3, 0.3]},
        "the better models cost less than the smallest amount of EUR",
    ),
}


@pytest.mark.parametrize("case", NOBODY_OWES)
def test_why_nobody_owes_anything_is_true_of_the_amounts(case: str):
    """Money that went back to those who paid it was earned by no share; the report says the same."""
    given, why = NOBODY_OWES[case]
    document = documents.document(["A", "B"], **{"delivered": [0.8, 0.7], **given})
    assert not any(party.net for party in document.parties)
    assert_both_say(document, f"Nobody owes anything in the end: {why}.")


def test_that_only_the_minimum_fee_is_left_is_no_share_that_earned_it():
    """Everything paid for models went back; what the operator keeps is told with it."""
    document = documents.document(
        ["A", "B"], alone=[0.5, 0.2], delivered=[0.5, 0.3], shares=[0.0, 0.0], minimum_fee=20_000
    )
    text = " ".join(statement_text(document).split())
    assert "Nobody pays another: no share earned anything, so all that was paid" in text
    assert "the minimum fee is more than their shares earned" in text
    assert money_sentence(document).startswith("Nobody pays another: no share earned anything")


def test_a_party_that_earns_by_what_comes_back_is_not_told_that_its_share_did():
    """Half of the pot is returned: A's share alone earned less than A pays."""
    document = documents.document(["A", "B"], alone=[0.3, 0.3], delivered=[0.8, 0.8], shares=[0.4, 0.1])
    earner = document.parties[0]
    assert earner.reward < earner.improvement < earner.reward + earner.returned
    text = " ".join(statement_text(document).split())
    assert "paid more by the share and what the shares leave over than it pays for the model" in text
    assert "share of the pot and what the shares leave over than the better model costs" in money_sentence(
        document
    )


def test_a_minimum_fee_is_shown_where_some_of_it_is_kept():
    """In a column of its own; the sentences count it."""
    document = documents.document(
        ["A", "B"], alone=[0.5, 0.2], delivered=[0.5, 0.5], shares=[0.5, 0.5], minimum_fee=20_000
    )
    kept = document.parties[0]
    text = statement_text(document)
    assert kept.retained == 20_000
    assert "kept" in table(text)[0]
    assert "kept       by the operator, so that every party leaves at least 200.00 EUR" in text
    assert "kept" not in statement_text(documents.common())
    assert f"A ({abs(kept.net - 20_000) / 100:.2f} EUR) pay" in text


def test_what_copies_would_have_earned_is_said():
    """Whom it pays for, and what deters it."""
    replication = documents.changed(
        documents.common().certificate.replication,
        pays_for=("Kentucky",),
        smallest_minimum_fee=12_345,
        basis="assumed",
        estimated=True,
    )
    document = documents.changed(documents.common(), certificate__replication=replication)
    text = " ".join(statement_text(document).split())
    assert (
        "would have earned more for Kentucky (estimated, on the assumption that copies change no model)"
        in text
    )
    assert "a minimum fee of 123.45 EUR deters it" in text
    document = documents.changed(document, certificate__replication__smallest_minimum_fee=None)
    assert "no minimum fee deters it" in " ".join(statement_text(document).split())


def test_a_check_that_fails_is_not_among_those_that_hold():
    """It stands apart, in capitals."""
    unequal = Symmetry(holds=False, equal_parties=(documents.CLINICS[:2],), largest_difference=100)
    document = documents.changed(documents.common(), certificate__symmetry=unequal)
    text = " ".join(statement_text(document).split())
    held, failed = text.split("DOES NOT HOLD: ")
    assert "equal parties are treated alike" in failed
    assert "equal parties are treated alike" not in held


@pytest.mark.parametrize("method", ["exact", "closed-form", "sampled"])
@pytest.mark.parametrize(
    "division", ["normalised-shapley", "gain-only", "collapsed", "banzhaf", "robust-shapley"]
)
@pytest.mark.parametrize("task", ["common", "own"])
def test_every_division_and_method_has_its_words(method: str, division: str, task: str):
    """What a share is depends on the division; how sure it is, on the method."""
    document = documents.changed(documents.common(), method=method, division=division, task=task)
    text = " ".join(statement_text(document).split())
    assert ("Shapley value" in text) is (division != "banzhaf")
    assert ("its own validation rows" in text) is (task == "own")
    assert ("estimated" in text) is (method == "sampled")


def test_what_the_operator_keeps_is_told_beside_the_nets():
    """Who earns and who pays is said with the net of the table; the minimum fee is told apart from it."""
    charged = documents.own()
    text = " ".join(statement_text(charged).split())
    kept = sum(party.retained for party in charged.parties)
    assert f"{kept / 100:,.2f} EUR" in text
    assert "as minimum fee" in text
    assert "no part of the nets" in text
    assert kept_sentence(charged).split(",")[0] in html.unescape(report_page(charged))
    assert kept_sentence(documents.common()) == ""


@pytest.mark.parametrize("retained", [0, 500])
def test_a_round_without_a_useful_model_says_so(retained):
    """All scores 0 and a minimum fee: nobody is told that its data earned too little."""
    made = documents.document(["A", "B"], alone=[0.0, 0.0], delivered=[0.0, 0.0], shares=[0.0, 0.0])
    parties = [documents.changed(party, retained=retained) for party in made.parties]
    trivial = {"rows": 30, "trivial": 0.0, "one_row": 0.1, "one_row_amount": 10_000, "alike": 1}
    task = TaskDescription(party=None, of_class=None, **trivial)
    made = documents.changed(made, parties=tuple(parties), tasks=(task,))
    text = " ".join(statement_text(made).split())
    assert "no model beats the trivial one" in text
    assert "costs more" not in text
    assert ("Nobody owes anything" in text) == (retained == 0)
    assert ("10.00 EUR in all" in text) == (retained == 500)
    assert headline(made).startswith("No model beats the trivial one")


def test_what_one_validation_row_is_worth():
    """In money, with its class and how many rows are of it, in the terminal and in the report."""
    made = documents.common()
    facts = {"rows": 30, "trivial": 0.5, "one_row": 0.5, "one_row_amount": 50_000, "alike": 1}
    made = documents.changed(made, tasks=(TaskDescription(party=None, of_class="no", **facts),))
    said = "One validation row of class no (1 of 30) decides up to 0.500 of the score, which is worth 500.00 EUR."
    assert said in " ".join(statement_text(made).split())
    assert said in html.unescape(report_page(made)).replace("\u00a0", " ")
