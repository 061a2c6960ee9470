"""What a document cannot give to somebody who has none of the rows: by the places it covers, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fairpool.documents.settlement import SettlementDocument
from fairpool.runs.rounds.verifying.recomputed import (
    Path,
    every_coalition_is_a_model,
    findings_again,
    table_of_gains,
)

_ANY = "*"


@dataclass(frozen=True, slots=True)
class Unknown:
    """places: where it stands, as patterns of steps joined by dots, ``*`` for any one; words: what it is, and why."""

    words: str
    places: tuple[str, ...]

    def covers(self, place: Path) -> bool:
        """Whether a value at ``place``, or below it, is of this.

        >>> Unknown("the seed", ("parties.*.net_interval",)).covers(("parties", 0, "net_interval", 1))
        True
        """
        steps = [str(step) for step in place]
        return any(_begins(steps, pattern.split(".")) for pattern in self.places)


def _begins(steps: list[str], pattern: list[str]) -> bool:
    return len(steps) >= len(pattern) and all(p in (_ANY, s) for p, s in zip(pattern, steps, strict=False))


def unknowns(document: SettlementDocument) -> Iterator[Unknown]:
    """Everything that this document cannot give."""
    yield Unknown(
        "what was agreed: name, label, currency, price, minimum fee, division, learner, score, options; "
        "amounts follow from them, so compare them with MARKET.toml",
        (
            "name",
            "currency",
            "unit_price",
            "minimum_fee",
            "division",
            "learner",
            "learner_options",
            "score",
            "options",
            "data.label",
        ),
    )
    yield Unknown(
        "the gains of coalitions themselves: they take the parties' rows (fairpool run computes them again)",
        ("coalitions.*.gain", "coalitions.*.gains"),
    )
    yield from _of_intervals(document)
    yield from _of_shares(document)
    yield from _of_models(document)
    yield from _of_files(document)
    yield Unknown(
        "seed, versions and date: they say how and when the round was settled",
        ("seed", "versions", "date"),
    )


_IN_ROWS = (
    "certificate.shared_rows",
    "certificate.symmetry.equal_parties",
    "certificate.rows_in_validation",
    "certificate.notes",
    "data",
    "data_sheets",
    "parties.*.rows",
    "parties.*.validation_rows",
)


def _of_files(document: SettlementDocument) -> Iterator[Unknown]:
    yield Unknown(
        "what the best constant scores on a task, and what one row decides: they take the labels",
        tuple(f"tasks.*.{what}" for what in ("trivial", "one_row", "of_class", "alike")),
    )
    files = "the files' names and SHA-256: compare them with the files (sha256sum FILE)"
    none = "the files that the round was settled from: the document names none"
    yield Unknown(files if document.inputs else none, ("inputs",))
    yield Unknown(
        "how many rows each file had, shared rows, parties of equal rows, rows in the validation data, columns, "
        "classes, data sheets and notes: they were found in the rows",
        _IN_ROWS,
    )


def _of_intervals(document: SettlementDocument) -> Iterator[Unknown]:
    places = ("pooling_interval", *(f"parties.*.{what}_interval" for what in ("gain", "share", "net")))
    if document.pooling_interval is None:
        yield Unknown(
            "95 % intervals: the document has none, so how sure its numbers are is not told", places
        )
        return
    why = "they take the predictions of every validation row (only that each holds its number)"
    yield Unknown(f"the 95 % intervals: {why}", places)


def _of_shares(document: SettlementDocument) -> Iterator[Unknown]:
    """Shares and copies, where not all coalitions have their gains in the document."""
    copies = ("certificate.replication",)
    shares: tuple[str, ...] = ("parties.*.share", "parties.*.share_se", "parties.*.share_parts")
    known = findings_again(document) is not None
    if not known and document.method == "sampled":
        shares = (*shares, "coalitions")
    if not known:
        yield Unknown(_why_no_shares(document), shares)
        yield Unknown(
            "gains by the number of parties, and whether no gain falls when a party joins",
            ("gain_by_size", "certificate.monotone"),
        )
    if document.certificate.replication.basis == "evaluated":
        yield Unknown("what copies would have earned: models were trained with the copies in", copies)
    elif not known or document.method == "sampled":
        yield Unknown("what copies would have earned", copies)


def _of_models(document: SettlementDocument) -> Iterator[Unknown]:
    exactly = document.method == "exact" and every_coalition_is_a_model(document)
    if document.method != "closed-form" and not exactly:
        yield Unknown(
            "how many different models were scored: that hangs on the rows that parties share, and on copies",
            ("evaluations",),
        )
    if document.customisation is None:
        return
    yield Unknown("whose data each model was trained on", ("customisation.selected", "parties.*.trained_on"))
    if table_of_gains(document) is None:
        yield Unknown(
            "what each model scores on every task, and the gains and amounts that follow from it",
            ("customisation",),
        )
    elif document.customisation.step != "none":
        yield Unknown(
            "what customised models score on every task, and the gains and amounts that follow from it",
            ("customisation.after", "customisation.notes"),
        )


def _why_no_shares(document: SettlementDocument) -> str:
    if document.method == "sampled":
        return (
            "shares, their parts and their standard errors: they were estimated from a sample of coalitions"
        )
    if document.coalitions is None:
        return "scores, shares and their parts: the document holds no gains of coalitions"
    return "shares and their parts: not all coalitions have a gain in the document"
