"""What a document's parts have in common, whatever its numbers are: every party everywhere, and one set of words.

A list that was cut short, a party that was left out of the certificate, or a method that the terms rule out would each
excuse a number from being computed again; so they are held against one another first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np

from fairpool.documents.settlement import MOST_COALITIONS, SettlementDocument
from fairpool.learning.catalogue import SCORES
from fairpool.market.tolerances import SAME
from fairpool.market.valuation import MOST_COPIES, twins
from fairpool.runs.rounds.verifying.difference import Difference
from fairpool.runs.rounds.verifying.recomputed import table_of_gains
from fairpool.runs.rounds.verifying.terms import basis_of, method_of

CLOSE = 1e-9  # scores and shares: sums of the same numbers in another order
_SHA_256 = 64


def misshapen(document: SettlementDocument) -> Iterator[Difference]:
    """Parties, tables and lists that do not fit one another: such a document determines no number."""
    yield from _unequal([*_lists(document), *_models(document), *_pairs_of_parties(document)])
    yield from _repeated(document)
    for party in document.parties:
        if party.gain < party.gain_alone:
            yield Difference(f"parties.{party.name}.gain", party.gain, f"at least {party.gain_alone}")


def incoherences(document: SettlementDocument) -> Iterator[Difference]:
    """What does not fit in a document that is not misshapen; raises InputError for options that nobody can choose."""
    yield from _unequal([*_sheets(document), *_copies(document), *_certificate(document), *_alike(document)])
    yield from _words(document)
    yield from _left_out(document)
    yield from _delivered(document)
    yield from _contradictions(document)
    yield from _intervals(document)
    yield from _out_of_range(document)


Pair = tuple[str, object, object]
"""A place, what is there, and what is to be there."""


def _unequal(pairs: Iterable[Pair]) -> Iterator[Difference]:
    for place, got, expected in pairs:
        if got != expected:
            yield Difference(place, got, expected)


def _names(document: SettlementDocument) -> list[str]:
    return [party.name for party in document.parties]


def _lists(document: SettlementDocument) -> Iterator[Pair]:
    """Parties, tasks, sheets and files: each party once, in the order of the parties."""
    names = _names(document)
    yield "parties", names, list(dict.fromkeys(names))
    tasks: list[str | None] = list(names) if document.task == "own" else [None]
    yield "tasks", [task.party for task in document.tasks], tasks
    yield "data_sheets", [sheet.party for sheet in document.data_sheets], names
    sizes = [size.size for size in document.gain_by_size]
    every = document.method != "sampled"
    yield "gain_by_size", sizes, list(range(1, len(names) + 1)) if every else sorted(set(sizes))
    if document.inputs is not None:
        for role, whose in (("train", list(names)), ("validation", tasks)):
            yield f"inputs, {role}", [file.party for file in document.inputs if file.role == role], whose
    yield "customisation", document.customisation is None, document.task == "common"
    yield "data.classes", document.data.classes is None, document.data.kind == "regression"
    score = SCORES.get(document.score)
    yield "data.kind", document.data.kind, document.data.kind if score is None else score.task.value


def _models(document: SettlementDocument) -> Iterator[Pair]:
    """Who is delivered which model, and whether it is the better one."""
    names, table = _names(document), document.customisation
    if table is not None:
        places = {
            "parties": list(table.parties),
            "selected": list(table.selected),
            "notes": list(table.notes),
        }
        for what, there in places.items():
            yield f"customisation.{what}", there, names
        for what, matrix in (("before", table.before), ("after", table.after)):
            shape = [len(row) for row in matrix]
            yield f"customisation.{what}, entries of each row", shape, [len(names)] * len(names)
        yield "customisation.step", table.step, document.options.customise
    pooled = document.gain_by_size[-1].mean if document.gain_by_size else 0.0
    for party in document.parties:
        members = (party.name,) if party.gain_alone > pooled + SAME else tuple(names)
        if table is not None:
            members = table.selected.get(party.name, ())
            yield f"parties.{party.name}.trained_on", set(members) <= set(names) and len(members) > 0, True
        yield f"parties.{party.name}.trained_on", party.trained_on, members


def _sheets(document: SettlementDocument) -> Iterator[Pair]:
    """A sheet tells of the columns and classes that the files agreed on, and of the rows that the party brought."""
    features, classes = (
        [feature.name for feature in document.data.features],
        list(document.data.classes or ()),
    )
    for party, sheet in zip(document.parties, document.data_sheets, strict=False):
        at = f"data_sheets.{sheet.party}"
        yield f"{at}.columns", [column.name for column in sheet.columns], features
        yield f"{at}.classes", [one.label for one in sheet.classes], classes
        if classes:
            yield f"{at}.classes, all rows", sum(one.rows for one in sheet.classes), sheet.rows
        yield f"{at}.label", sheet.label is None, document.data.classes is not None
        left_out = document.options.overlap == "leave-out" and sheet.rows >= party.rows
        yield f"{at}.rows", sheet.rows, sheet.rows if left_out else party.rows


def _copies(document: SettlementDocument) -> Iterator[Pair]:
    """Copies of every party, 1 to 5 of them, and whom they pay; how they were scored follows from the terms."""
    at, found = "certificate.replication", document.certificate.replication
    names, sampled = _names(document), document.method == "sampled"
    tried = [(name, copies) for name in names for copies in range(1, MOST_COPIES + 1)]
    yield f"{at}.gains", [(gain.party, gain.copies) for gain in found.gains], tried
    yield f"{at}.basis", found.basis, basis_of(document) or found.basis
    yield f"{at}.estimated", found.estimated, sampled
    error = None if sampled else 0.0
    own = document.task == "own"
    for i, gain in enumerate(found.gains):
        yield f"{at}.gains.{i}.standard_error", gain.standard_error, error
        yield f"{at}.gains.{i}.gain_with_free_task", gain.gain_with_free_task is None, not own
    pays = {gain.party for gain in found.gains if gain.pays} | {gain.party for gain in found.largest}
    yield f"{at}.pays_for", list(found.pays_for), [name for name in names if name in pays]


def _pairs_of_parties(document: SettlementDocument) -> Iterator[Pair]:
    names, certificate = _names(document), document.certificate
    every = {(names[i], names[j]) for j in range(len(names)) for i in range(j)}
    for what, found in (
        ("symmetry.equal_parties", certificate.symmetry.equal_parties),
        ("shared_rows.exact", tuple(one.parties for one in certificate.shared_rows.exact)),
        ("shared_rows.near", tuple(one.parties for one in certificate.shared_rows.near)),
    ):
        yield f"certificate.{what}", list(found), [pair for pair in dict.fromkeys(found) if pair in every]


def _certificate(document: SettlementDocument) -> Iterator[Pair]:
    names, certificate = _names(document), document.certificate
    whose: Iterable[str | None] = names if document.task == "own" else [None]
    looked_at = [(one.party, one.task) for one in certificate.rows_in_validation or ()]
    yield "certificate.rows_in_validation", looked_at, list(product(names, whose))
    if document.method != "exact":
        monotone = (certificate.monotone.holds, certificate.monotone.largest_drop)
        yield "certificate.monotone", monotone, (None, None)
    closed, exact = document.method == "closed-form", document.method == "exact"
    for size in document.gain_by_size:
        unstated = (size.coalitions is None, size.lowest is None, size.highest is None)
        yield f"gain_by_size.{size.size}, what is null", unstated, (closed, not exact, not exact)


def _alike(document: SettlementDocument) -> Iterator[Pair]:
    """Parties are alike where no coalition tells them apart; a closed form knows it of equal rows only."""
    table = table_of_gains(document)
    if table is None or document.task == "own" or document.method == "sampled":
        return
    names, found = _names(document), list(document.certificate.symmetry.equal_parties)
    alike = [(names[i], names[j]) for i, j in sorted(twins(table[:, 0]))]
    expected = alike if document.method == "exact" else [pair for pair in found if pair in alike]
    yield "certificate.symmetry.equal_parties", found, expected


def _words(document: SettlementDocument) -> Iterator[Difference]:
    """A method that the terms rule out would excuse the shares from being computed again."""
    methods = method_of(document)
    if document.method not in methods:
        yield Difference("method", document.method, " or ".join(methods))
    for task in document.tasks:
        if task.of_class is not None and task.of_class not in (document.data.classes or ()):
            expected = f"one of {', '.join(document.data.classes or ())}"
            yield Difference(f"tasks.{task.party or 'common'}.of_class", task.of_class, expected)
    for file in document.inputs or ():
        if len(file.sha256) != _SHA_256 or not set(file.sha256) <= set("0123456789abcdef"):
            yield Difference(f"inputs.{file.file}.sha256", file.sha256, f"{_SHA_256} hexadecimal digits")


def _repeated(document: SettlementDocument) -> Iterator[Difference]:
    """Every coalition stands once, holds parties of the round, and has the gains of its tasks."""
    names, seen = _names(document), set[frozenset[str]]()
    for i, group in enumerate(document.coalitions or ()):
        members = frozenset(group.members)
        if members in seen or not members <= set(names) or len(members) < len(group.members):
            yield Difference(f"coalitions.{i}.members", list(group.members), "a coalition that stands once")
        seen.add(members)
        if (group.gain is None) is (document.task == "common"):
            yield Difference(
                f"coalitions.{i}.gain", group.gain, "a number where the task is common, else null"
            )
        if document.task == "own" and list(group.gains or ()) != names:
            yield Difference(f"coalitions.{i}.gains", list(group.gains or ()), names)


def _left_out(document: SettlementDocument) -> Iterator[Difference]:
    """All coalitions that were scored are there where they are few enough: else any shares would pass."""
    there, every = len(document.coalitions or ()), 2 ** len(document.parties)
    if document.method != "sampled" and every <= MOST_COALITIONS and there != every:
        yield Difference("coalitions", f"{there} of them", f"all {every}")
    if (
        document.method == "sampled"
        and there < document.evaluations <= MOST_COALITIONS
        and _all_differ(document)
    ):
        yield Difference("coalitions", f"{there} of them", f"the {document.evaluations} that were evaluated")


def _all_differ(document: SettlementDocument) -> bool:
    """Equal parties stand for one another: their coalitions are more than were evaluated."""
    return not document.certificate.symmetry.equal_parties


def _delivered(document: SettlementDocument) -> Iterator[Difference]:
    """Own tasks: a model that nobody customised scores what its coalition does, on every task."""
    table, gains = document.customisation, table_of_gains(document)
    if table is None or gains is None:
        return
    for name, before, after in zip(table.parties, table.before, table.after, strict=True):
        apart = np.abs(gains[1:] - np.array(before)).max(axis=1)
        if apart.min() > CLOSE:
            expected = "the gains of a coalition on every task"
            yield Difference(f"customisation.before.{name}", list(before), expected)
        if table.step == "none" and after != before:
            place = f"customisation.after.{name}"
            yield Difference(place, list(after), "those before: nothing was customised")


def _contradictions(document: SettlementDocument) -> Iterator[Difference]:
    """What a certificate cannot say of one and the same round."""
    copies, fee = document.certificate.replication, document.minimum_fee
    at = "certificate.replication"
    deters = copies.smallest_minimum_fee if copies.deters_from is None else copies.deters_from
    if not copies.pays_for and copies.smallest_minimum_fee > fee:
        place = f"{at}.smallest_minimum_fee"
        yield Difference(place, copies.smallest_minimum_fee, f"at most {fee}: copies pay nobody")
    if deters < copies.smallest_minimum_fee or (copies.pays_for and deters <= fee):
        least = max(copies.smallest_minimum_fee, fee + 1 if copies.pays_for else 0)
        yield Difference(f"{at}.deters_from", deters, f"{least} or more")
    rule = document.options.overlap
    for i, one in enumerate(document.certificate.rows_in_validation or ()):
        where = f"certificate.rows_in_validation.{i}"
        if one.more_than_chance and rule == "refuse":
            yield Difference(f"{where}.more_than_chance", True, "false: such a round is refused")
        if one.more_than_chance is not (one.met > one.chance):
            yield Difference(f"{where}.more_than_chance", one.more_than_chance, one.met > one.chance)
        left = one.exact + one.near if one.more_than_chance and rule == "leave-out" else 0
        if one.left_out != left:
            yield Difference(f"{where}.left_out", one.left_out, left)


def _intervals(document: SettlementDocument) -> Iterator[Difference]:
    """There for every number or for none; each from its lower to its upper end, and around its number."""
    known = document.pooling_interval is not None
    pooling = _gain_by_pooling(document)
    each = [("pooling_interval", document.pooling_interval, pooling)]
    for party in document.parties:
        for what in ("gain", "share", "net"):
            ends = getattr(party, f"{what}_interval")
            each.append((f"parties.{party.name}.{what}_interval", ends, getattr(party, what)))
    for place, ends, number in each:
        if (ends is not None) is not known:
            yield Difference(place, ends, "an interval" if known else "none, as there is no pooling_interval")
        elif ends is not None and not ends[0] - CLOSE <= number <= ends[1] + CLOSE:
            yield Difference(place, list(ends), f"an interval that holds {number:.12g}")


def _gain_by_pooling(document: SettlementDocument) -> float:
    """What the pooled model scores above the best party alone; own tasks: the delivered above the own, on average."""
    parties = document.parties
    if document.task == "own":
        return float(np.mean([party.gain - party.gain_alone for party in parties]))
    pooled = document.gain_by_size[-1].mean if document.gain_by_size else 0.0
    return pooled - max(party.gain_alone for party in parties)


def _out_of_range(document: SettlementDocument) -> Iterator[Difference]:
    """Scores and shares are parts of 1."""
    parts: dict[str, float] = {
        f"tasks.{task.party or 'common'}.trivial": task.trivial for task in document.tasks
    }
    for task in document.tasks:
        parts[f"tasks.{task.party or 'common'}.one_row"] = task.one_row
    for party in document.parties:
        parts |= {
            f"parties.{party.name}.{what}": getattr(party, what) for what in ("gain_alone", "gain", "share")
        }
        for what in ("gain_interval", "share_interval"):
            ends = getattr(party, what) or ()
            parts |= {f"parties.{party.name}.{what}.{i}": end for i, end in enumerate(ends)}
    for i, group in enumerate(document.coalitions or ()):
        parts |= {f"coalitions.{i}.gains.{name}": gain for name, gain in (group.gains or {}).items()}
        parts |= {} if group.gain is None else {f"coalitions.{i}.gain": group.gain}
    parts["parties, all shares"] = sum(party.share for party in document.parties)
    for place, part in parts.items():
        if not -CLOSE <= part <= 1 + CLOSE:
            yield Difference(place, part, "0 to 1")
