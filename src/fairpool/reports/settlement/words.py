"""The sentences of the first screen, and what the settings of a round mean in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fairpool.documents.settlement import PartyStatement, SettlementDocument
from fairpool.learning import catalogue
from fairpool.market.reward_rules.catalogue import DIVISIONS
from fairpool.reports.frame.numerals import amount_of, count_in_words, decimal, decimals_apart, listed, plural
from fairpool.reports.settlement.certainty import pooling_in_words
from fairpool.reports.settlement.left import left_with

_SAME = 1e-9
_MOST_NAMED = 4


def day(document: SettlementDocument) -> str:
    """``1 December 2026``, the day the round was settled; empty where it was not settled from files."""
    if document.date is None:
        return ""
    settled = date.fromisoformat(document.date)
    return f"{settled.day} {settled:%B %Y}"


def score_name(document: SettlementDocument) -> str:
    """``R²``."""
    known = catalogue.SCORES.get(document.score)
    return document.score if known is None else known.title


def score_meaning(document: SettlementDocument) -> str:
    """A clause: what 0 to 1 measures here."""
    known = catalogue.SCORES.get(document.score)
    return "at most 1, which is perfect" if known is None else known.meaning


def score_scale(document: SettlementDocument) -> str:
    """What a score is, and where a model starts that has learnt nothing."""
    name, meaning = score_name(document), score_meaning(document)
    said = f"A score says how good a model is; 1 is perfect. Here it is {name}: {meaning}."
    if not document.tasks:
        return said
    trivial = sorted(task.trivial for task in document.tasks)
    least, most = decimal(trivial[0], 3), decimal(trivial[-1], 3)
    scores = f"scores {least}" if least == most else f"scores {least} to {most}, depending on the task"
    return f"{said} The best model that says the same of every row {scores}."


def learner_name(document: SettlementDocument) -> str:
    """``ridge regression``; a dotted scikit-learn name stays as it is."""
    known = catalogue.LEARNERS.get(document.learner)
    return document.learner if known is None else known.title


def division_meaning(document: SettlementDocument) -> str:
    """How the pot is divided, in one or two sentences."""
    rule = DIVISIONS.get(document.division)
    if rule and document.task == "own":
        rest = "" if rule.everything else " What the shares leave over goes back to those who paid."
        return f"A party's share is {rule.own_clause}; in percent of all.{rest}"
    return rule.meaning if rule else f"The shares follow the rule {document.division}."


def method_meaning(document: SettlementDocument) -> str:
    """How the shares were computed, and how sure they are."""
    evaluations = f"{document.evaluations:,}"
    evaluated = document.certificate.replication.basis == "evaluated"
    copies = ", with those for the certificate's copies" if evaluated else ""
    return {
        "exact": (
            f"Exactly for these validation rows: every group the parties can form was scored ({evaluations} models in"
            f" all{copies})."
        ),
        "closed-form": (
            "Exactly for these validation rows, by a formula for this learner that covers every group the parties can"
            " form."
        ),
        "sampled": (
            f"By sampling: {evaluations} of the groups the parties can form were scored. Shares carry a"
            " standard error; another seed gives slightly different amounts."
        ),
    }[document.method]


def pooled_score(document: SettlementDocument) -> float:
    """What the model of all parties scores (common task)."""
    parties = document.parties
    whole = [s.mean for s in document.gain_by_size if s.size == len(parties)]
    return float(whole[-1] if whole else min(party.gain for party in parties))


def best_alone(document: SettlementDocument) -> PartyStatement:
    """The party whose own model scores highest."""
    return max(document.parties, key=lambda party: party.gain_alone)


def headline(document: SettlementDocument) -> str:
    """The one sentence to remember, and how certain it is."""
    if no_better_than_trivial(document):
        return "No model beats the trivial one, which says the same of every row."
    said = _own_headline(document) if document.task == "own" else _common_headline(document)
    return f"{said} {pooling_in_words(document)}".rstrip()


def _common_headline(document: SettlementDocument) -> str:
    together, best = pooled_score(document), best_alone(document)
    decimals = decimals_apart(together, best.gain_alone)
    alone = decimal(best.gain_alone, decimals)
    if together == best.gain_alone:
        return f"{best.name} alone already scores {alone}, as good as the model from everybody's data."
    if together < best.gain_alone:
        return (
            f"Pooling did not beat the best party: {best.name} alone scores {alone}, "
            f"the model of all {count_in_words(len(document.parties))} {decimal(together, decimals)}."
        )
    return (
        f"Together the {count_in_words(len(document.parties))} parties' model scores "
        f"{decimal(together, decimals)}; the best party alone, {best.name}, has {alone}."
    )


def _own_headline(document: SettlementDocument) -> str:
    parties = document.parties
    alone, delivered = mean_alone(document), mean_delivered(document)
    better = sum(party.gain > party.gain_alone for party in parties)
    if not better:
        return "Nobody's model became better than the one its own data give."
    decimals = decimals_apart(alone, delivered)
    whose = "All" if better == len(parties) else f"{count_in_words(better).capitalize()} of"
    return (
        f"{whose} {count_in_words(len(parties))} parties get a better model for their own task: "
        f"on average {decimal(delivered, decimals)} instead of {decimal(alone, decimals)} alone."
    )


def no_better_than_trivial(document: SettlementDocument) -> bool:
    """Whether no party gets a model that is better on its task than the best constant."""
    constants = [task.trivial for task in document.tasks] * (
        1 if document.task == "own" else len(document.parties)
    )
    return bool(constants) and all(
        party.gain <= trivial + _SAME for party, trivial in zip(document.parties, constants, strict=True)
    )


def mean_alone(document: SettlementDocument) -> float:
    """What the parties' own models score on average."""
    return sum(party.gain_alone for party in document.parties) / len(document.parties)


def mean_delivered(document: SettlementDocument) -> float:
    """What the models they get score on average."""
    return sum(party.gain for party in document.parties) / len(document.parties)


def money_sentence(document: SettlementDocument) -> str:
    """Who ends up earning and who paying, with the amounts that the minimum fee leaves."""
    currency, ranked = document.currency, sorted(document.parties, key=lambda party: -left_with(party))
    earners, payers = (
        [p for p in ranked if left_with(p) > 0],
        [p for p in reversed(ranked) if left_with(p) < 0],
    )
    said = [
        _all_and_most(earners, "earn", _more_than_it_costs(earners), currency),
        _all_and_most(
            [p for p in payers if p.net < 0], "pay", "for a better model than {} own data give", currency
        ),
        _all_and_most(
            [p for p in payers if p.net >= 0], "pay", "the minimum fee, more than {} share earned", currency
        ),
    ]
    if any(party.net for party in ranked):
        return " ".join(filter(None, said))
    nobody = "Nobody pays another" if payers else "Nobody owes anything in the end"
    return " ".join([f"{nobody}: {why_nobody_owes(document)}.", *filter(None, said)])


def why_nobody_owes(document: SettlementDocument) -> str:
    """A clause: why every net is zero."""
    parties = document.parties
    if not document.unit_price:
        return "the price of a better model was set to zero"
    if all(party.gain <= party.gain_alone for party in parties):
        if no_better_than_trivial(document):
            return "no model beats the trivial one, which says the same of every row"
        return "no party got a better model than its own"
    if not pot(document):
        return f"the better models cost less than the smallest amount of {document.currency}"
    if not any(party.returned for party in parties):
        return "what each pays for its model, its share earned"
    if not any(party.reward for party in parties):
        return "no share earned anything, so all that was paid for better models went back to those who paid"
    return "what each pays for its model comes back to it, by its share and from what the shares leave over"


def earned_by_the_share(parties: Sequence[PartyStatement]) -> bool:
    """Whether the share alone earned each of them more than it pays and leaves."""
    return all(party.reward > party.improvement + party.retained for party in parties)


def _more_than_it_costs(earners: Sequence[PartyStatement]) -> str:
    beside = "" if earned_by_the_share(earners) else " and what the shares leave over"
    return f"more by {{}} share of the pot{beside} than the better model costs"


def kept_sentence(document: SettlementDocument) -> str:
    """What the operator keeps as minimum fee, beside the nets; empty where it keeps nothing."""
    kept = sorted((p for p in document.parties if p.retained), key=lambda party: -party.retained)
    if not kept:
        return ""
    currency, all_kept = document.currency, sum(party.retained for party in kept)
    each = [f"{amount_of(party.retained, currency)} of {party.name}" for party in kept]
    whose = (
        f"{listed(each)}"
        if len(kept) <= _MOST_NAMED
        else f"{amount_of(all_kept, currency)} of {len(kept)} parties"
    )
    total = f", {amount_of(all_kept, currency)} in all" if 1 < len(kept) <= _MOST_NAMED else ""
    return f"The operator keeps {whose} as minimum fee{total}, which is no part of the nets."


def one_row_sentence(document: SettlementDocument) -> str:
    """How much hangs on a single validation row, in money; empty where it is not known."""
    if not document.tasks:
        return ""
    dearest = max(document.tasks, key=lambda task: task.one_row)
    whose = "" if dearest.party is None else f", on the task of {dearest.party}"
    of = (
        ""
        if dearest.of_class is None
        else f" of class {dearest.of_class} ({dearest.alike} of {dearest.rows})"
    )
    return (
        f"One validation row{of} decides up to {decimal(dearest.one_row, 3)} of the score{whose}, which is worth "
        f"{amount_of(dearest.one_row_amount, document.currency)}."
    )


def _all_and_most(parties: Sequence[PartyStatement], verb: str, what_for: str, currency: str) -> str:
    """``B pays 2.00 EUR for ….``, or ``A, B and C pay for …, most of all B with 2.00 EUR.``; of nobody, nothing."""
    if not parties:
        return ""
    most = amount_of(abs(left_with(parties[0])), currency)
    if len(parties) == 1:
        return f"{parties[0].name} {verb}s {most} {what_for.format('its')}."
    names = [party.name for party in parties]
    who = listed(names) if len(parties) <= 3 else f"{count_in_words(len(parties)).capitalize()} parties"
    return f"{who} {verb} {what_for.format('their')}, most of all {names[0]} with {most}."


def pot(document: SettlementDocument) -> int:
    """The sum of all payments, minor units."""
    return sum(party.improvement for party in document.parties)


def _kept(party: PartyStatement, currency: str) -> str:
    if not party.retained:
        return ""
    return f"the operator keeps {amount_of(party.retained, currency)} as minimum fee; "


def _returned(party: PartyStatement, currency: str) -> str:
    if not party.returned:
        return ""
    return f" What was not handed out returns {amount_of(party.returned, currency)} to it."


def worked_example(document: SettlementDocument) -> list[str]:
    """The arithmetic of the party that pays most, so that a reader can redo it."""
    currency, price = document.currency, document.unit_price
    party = max(document.parties, key=lambda p: p.improvement)
    alone, gain = decimal(party.gain_alone, 3), decimal(party.gain, 3)
    least = (
        f" (at least {amount_of(document.minimum_fee, currency)}, the minimum fee)"
        if document.minimum_fee
        else ""
    )
    kept, returned = _kept(party, currency), _returned(party, currency)
    return [
        (
            f"{party.name} alone scores {alone}. A perfect model scores 1, so it deposits the price of the"
            f" way up to there: {amount_of(price, currency)} × (1 − {alone}) ="
            f" {amount_of(party.fee, currency)}{least}. That is its fee."
        ),
        (
            f"The model it gets scores {gain}. It pays only for that improvement:"
            f" {amount_of(price, currency)} × ({gain} − {alone}) ="
            f" {amount_of(party.improvement, currency)}; {kept}the rest of the fee,"
            f" {amount_of(party.refund, currency)}, is refunded."
        ),
        (
            f"All payments together make the pot, {amount_of(pot(document), currency)}. Its share of the pot"
            f" is {decimal(100 * party.share, 2)}\u00a0%{_in_parts(party)}, which earns it"
            f" {amount_of(party.reward, currency)}.{returned}"
        ),
        (
            f"Net: {amount_of(party.reward + party.returned, currency)} −"
            f" {amount_of(party.improvement, currency)} = {amount_of(party.net, currency)}. (Scores are"
            " shown to three decimals, so the last digits may differ; amounts are whole cents or the"
            " currency's smallest unit.)"
        ),
    ]


def _in_parts(party: PartyStatement) -> str:
    if party.share_parts is None:
        return ""
    data, buyer = (decimal(100 * part, 2) for part in (party.share_parts.data, party.share_parts.buyer))
    return f" ({data}\u00a0% for what its data add, {buyer}\u00a0% for what it gains itself by joining)"


def brought(party: PartyStatement, document: SettlementDocument) -> str:
    """``190 rows of training data``; with own tasks its validation rows, too."""
    rows = plural(party.rows, "training row")
    if document.task != "own":
        return rows
    worth = [task.one_row_amount for task in document.tasks if task.party == party.name]
    each = f" (one row decides up to {amount_of(worth[0], document.currency)})" if worth else ""
    return f"{rows}, {plural(party.validation_rows, 'validation row')}{each}"
