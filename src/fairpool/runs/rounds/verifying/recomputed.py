"""The numbers of a settlement's document computed again from it, by where they stand in it.

    gains of coalitions  ->  scores, shares, gains by size, copies, who is alike   (where all are there)
    scores and shares    ->  amounts, sums, balance, refunds, who pays             (always)

What is not among them cannot be had from the document: `unknown` names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from fairpool.documents.settlement import PartyStatement, SettlementDocument
from fairpool.ground.arrays import Float, Floats
from fairpool.market.payments import PriceTerms, pay
from fairpool.market.recomputing.from_gains import (
    findings_from_gains,
    own_findings_from_gains,
    replication_from_gains,
)
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.market.settlement import AMOUNTS
from fairpool.market.tolerances import SAME
from fairpool.market.valuation import Findings, Valuation

Path = tuple[str | int, ...]
"""Where a number stands: ``("parties", 0, "net")``."""
Numbers = dict[Path, Any]


def numbers_again(document: SettlementDocument) -> Numbers:
    """Every number that the document determines otherwise, by its place."""
    found = {**_amounts(document), **_counts(document), **_checks(document), **_nobody(document)}
    findings = findings_again(document)
    if findings is not None:
        found |= {**_valued(findings), **_of_all_coalitions(document, findings)}
    elif document.coalitions is not None and document.task == "common":
        found |= _from_some(document)
    elif document.coalitions is not None:
        found |= _own_alone(document)
    return found


def _nobody(document: SettlementDocument) -> Numbers:
    """The empty coalition is worth nothing, or what the best constant scores where the round says so."""
    empty = [i for i, group in enumerate(document.coalitions or ()) if not group.members]
    names = [party.name for party in document.parties]
    worth = [0.0] * len(names)
    if document.options.empty_coalition != "zero":
        worth = [task.trivial for task in document.tasks]
    if document.task == "own":
        return {("coalitions", i, "gains", n): w for i in empty for n, w in zip(names, worth, strict=False)}
    return {("coalitions", i, "gain"): w for i in empty for w in worth[:1]}


def findings_again(document: SettlementDocument) -> Findings | None:
    """The round valued again from the gains of all its coalitions; None where they are not all there."""
    table = table_of_gains(document)
    if table is None:
        return None
    rule, basis = division_named(document.division), document.certificate.replication.basis
    if document.task == "common":
        return findings_from_gains(table[:, 0], rule, basis)
    if document.method == "sampled" or document.customisation is None:
        return None
    names = [party.name for party in document.parties]
    after, chosen = document.customisation.after, document.customisation.selected
    equal = [(names.index(i), names.index(j)) for i, j in document.certificate.symmetry.equal_parties]
    return own_findings_from_gains(
        table,
        rule,
        basis,
        equal=equal,
        delivered=np.array([after[i][i] for i in range(len(names))]),
        kept=np.array([chosen[name] == (name,) for name in names]),
    )


def table_of_gains(document: SettlementDocument) -> Float[Floats, "coalitions tasks"] | None:
    """Gains of all coalitions, in the order of a `TableGame`, on each task; None where they are not all there."""
    names, groups = [party.name for party in document.parties], document.coalitions or ()
    if len(groups) != 2 ** len(names):
        return None
    place = {name: 1 << i for i, name in enumerate(names)}
    own = document.task == "own"
    gains = np.full((len(groups), len(names) if own else 1), np.nan)
    for group in groups:
        position = sum(place.get(name, 0) for name in set(group.members))
        each = [(group.gains or {}).get(name) for name in names] if own else [group.gain]
        gains[position] = [np.nan if gain is None else gain for gain in each]
    return None if np.isnan(gains).any() else gains


def _amounts(document: SettlementDocument) -> Numbers:
    """Whole money from the scores and shares that the document states."""
    parties = document.parties
    valuation = Valuation(
        np.array([party.gain_alone for party in parties]),
        np.array([party.gain for party in parties]),
        np.array([party.share for party in parties]),
    )
    paid = pay(PriceTerms(document.unit_price, document.minimum_fee, document.currency), valuation)
    return {
        ("parties", i, amount): int(getattr(paid, amount)[i])
        for i in range(len(parties))
        for amount in AMOUNTS
    }


def _counts(document: SettlementDocument) -> Numbers:
    found: Numbers = {}
    for i, party in enumerate(document.parties):
        if party.share_parts is not None:
            found["parties", i, "share"] = party.share_parts.data + party.share_parts.buyer
        for file in document.inputs or ():
            if file.party == party.name and file.role == "train" and file.rows is not None:
                found["parties", i, "rows"] = file.rows
    each = [party.validation_rows for party in document.parties]
    found["data", "validation_rows"] = sum(each) if document.task == "own" else each[0]
    found |= {
        ("parties", i, "validation_rows"): each[0] for i in range(len(each)) if document.task == "common"
    }
    for i, file in enumerate(document.inputs or ()):
        if file.role == "validation":
            found["inputs", i, "rows"] = _validation_rows_of(document, file.party)
    for i, task in enumerate(document.tasks):
        found["tasks", i, "rows"] = _validation_rows_of(document, task.party)
        found["tasks", i, "one_row_amount"] = round(document.unit_price * task.one_row)
    return found


def _validation_rows_of(document: SettlementDocument, party: str | None) -> int:
    """Of a party's task, or of the common one."""
    return next((p for p in document.parties if p.name == party), document.parties[0]).validation_rows


def _checks(document: SettlementDocument) -> Numbers:
    parties = document.parties
    nets = {party.name: party.net for party in parties}
    apart = [abs(nets[i] - nets[j]) for i, j in document.certificate.symmetry.equal_parties]
    idle = [party for party in parties if party.gain <= party.gain_alone]
    at = ("certificate",)
    return {
        (*at, "balance", "sum_of_net"): sum(nets.values()),
        (*at, "balance", "holds"): sum(nets.values()) == 0,
        (*at, "refunds", "smallest"): min(party.refund for party in parties),
        (*at, "refunds", "holds"): all(party.refund >= 0 for party in parties),
        (*at, "symmetry", "largest_difference"): max(apart, default=0),
        (*at, "symmetry", "holds"): max(apart, default=0) <= 1,
        (*at, "zero_element", "holds"): all(party.net >= 0 for party in idle),
        **dict(flat([party.name for party in idle], (*at, "zero_element", "parties"))),
    }


def _of_all_coalitions(document: SettlementDocument, findings: Findings) -> Numbers:
    """Sizes, and what copies would earn; a sample that happens to hold every coalition states the copies otherwise."""
    if document.method == "sampled":
        return _sizes(document, findings)
    names = [party.name for party in document.parties]
    price = PriceTerms(document.unit_price, document.minimum_fee, document.currency)
    copies = replication_from_gains(names, findings, price)
    return {
        **_sizes(document, findings),
        **({} if copies is None else dict(flat(asdict(copies), ("certificate", "replication")))),
    }


def _valued(findings: Findings) -> Numbers:
    valuation, bought = findings.market.valuation, findings.market.bought
    found: Numbers = {}
    for i in range(len(valuation.alone)):
        at = ("parties", i)
        found[*at, "gain_alone"] = float(valuation.alone[i])
        found[*at, "gain"] = float(valuation.gains[i])
        found[*at, "share"] = float(valuation.shares[i])
        found[*at, "share_se"] = 0.0
        found[*at, "share_parts", "buyer"] = float(bought[i])
        found[*at, "share_parts", "data"] = float(valuation.shares[i] - bought[i])
    return found


_STATED = {
    "exact": ("size", "coalitions", "mean", "lowest", "highest"),
    "closed-form": ("size", "mean"),
    "sampled": ("size", "coalitions", "mean"),
}


def _sizes(document: SettlementDocument, findings: Findings) -> Numbers:
    """Gains by size, as far as the method states them, and the largest fall where every coalition was looked at."""
    found: Numbers = {("gain_by_size", "length"): len(findings.by_size)}
    for i, size in enumerate(findings.by_size):
        found |= {("gain_by_size", i, what): getattr(size, what) for what in _STATED[document.method]}
    drop = findings.largest_drop
    if document.method == "exact" and drop is not None:
        found["certificate", "monotone", "largest_drop"] = drop
        found["certificate", "monotone", "holds"] = drop <= SAME
    if document.method == "closed-form":
        found[("evaluations",)] = 0
    elif document.method == "exact" and every_coalition_is_a_model(document):
        found[("evaluations",)] = 2 ** len(document.parties)
    return found


def every_coalition_is_a_model(document: SettlementDocument) -> bool:
    """Whether as many models were scored as there are coalitions: no more for copies, no fewer as rows are the same."""
    certificate, rows = document.certificate, {party.name: party.rows for party in document.parties}
    alike = any(rows[i] == rows[j] for i, j in certificate.symmetry.equal_parties)
    return certificate.replication.basis != "evaluated" and not alike and not certificate.shared_rows.exact


def _from_some(document: SettlementDocument) -> Numbers:
    """A sampled round: the parties alone, and all together."""
    gains = {frozenset(group.members): group.gain for group in document.coalitions or ()}
    everyone = gains.get(frozenset(party.name for party in document.parties))
    found: Numbers = {}
    for i, party in enumerate(document.parties):
        alone = gains.get(frozenset([party.name]))
        if alone is not None and everyone is not None:
            found["parties", i, "gain_alone"] = alone
            found["parties", i, "gain"] = max(alone, everyone)
    return found


def _own_alone(document: SettlementDocument) -> Numbers:
    """Own tasks: the parties alone; what a delivered model scores is in the matrix of customisation."""
    gains = {frozenset(group.members): group.gains or {} for group in document.coalitions or ()}
    found: Numbers = {}
    for i, party in enumerate(document.parties):
        found["parties", i, "gain_alone"] = gains.get(frozenset([party.name]), {}).get(party.name)
        found["parties", i, "gain"] = _delivered(document, i, party)
    return {place: value for place, value in found.items() if value is not None}


def _delivered(document: SettlementDocument, i: int, party: PartyStatement) -> float | None:
    table = document.customisation
    return None if table is None else max(party.gain_alone, table.after[i][i])


def flat(value: Any, at: Path) -> Iterator[tuple[Path, Any]]:
    """The leaves of records and lists, by their places, and how long each list is."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flat(inner, (*at, key))
    elif isinstance(value, list | tuple):
        yield (*at, "length"), len(value)
        for i, inner in enumerate(value):
            yield from flat(inner, (*at, i))
    else:
        yield at, value
