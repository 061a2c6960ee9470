"""settlement.json: a settlement as it leaves the program, and as reports, the terminal and others read it.

Fields stand in the order in which they are written.  Amounts are whole minor units of ``currency``; gains and shares
are numbers from 0 to 1; what could not be looked at is null.  What the market itself keeps as a plain record (the
certificate, gains by size) is written as it is there.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date as day
from importlib.metadata import version
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, ValidationError, WrapSerializer

from fairpool.documents.document import CHANGED, Document, no_document
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.market.certificate import Certificate
from fairpool.market.data_sheets.sheet import DataSheet
from fairpool.market.data_sheets.task_facts import TaskFacts
from fairpool.market.market import WhoseTask
from fairpool.market.own_tasks.delivery import CustomisationReport
from fairpool.market.recomputing.known_gains import known_coalitions
from fairpool.market.settlement import AMOUNTS, Settlement
from fairpool.market.uncertainty.intervals import Intervals
from fairpool.market.valuation import HowValued, SizeGain
from fairpool.tables.schema import Schema

Texts = tuple[str, ...]
MOST_COALITIONS = 4096


class _Record(Document):
    """A part of the document: fields of later versions are let through, and nan up to the writing."""

    model_config = ConfigDict(populate_by_name=True, allow_inf_nan=True)


def _unset(choice: object) -> bool:
    return choice is None


def _none(found: object) -> bool:
    return not found


_SEEN_OF_MANY_COPIES = ("deters_from", "every_number", "largest")


def _as_looked_at(certificate: Certificate, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
    """Without what was not looked at when it was written."""
    found: dict[str, Any] = written(certificate)
    copies = {
        key: value
        for key, value in found["replication"].items()
        if key not in _SEEN_OF_MANY_COPIES or not (value is None or value is False or value == ())
    }
    looked_at = {
        key: value for key, value in found.items() if key != "rows_in_validation" or value is not None
    }
    return looked_at | {"replication": copies}


class ChosenOptions(_Record):
    """The round's options by their keys in MARKET.toml (``shared-rows``); what was left open is left out."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    shared_rows: str
    empty_coalition: str
    customise: str
    tolerance: float
    method: str
    evaluations: int | None = Field(None, exclude_if=_unset)
    target_error: float | None = Field(None, exclude_if=_unset)
    overlap: str | None = Field(None, exclude_if=_unset)


class ShareParts(_Record):
    """A share in its two parts, which sum to it.

    data    what the party's data add to the model and to what others gain
    buyer   what the party itself gains by joining
    """

    data: float
    buyer: float


class Group(_Record):
    """A coalition that was scored: its members and its gain; with own tasks its gains by whose task it is."""

    members: Texts
    gain: float | None = Field(None, exclude_if=_unset)
    gains: dict[str, float] | None = Field(None, exclude_if=_unset)


class InputFile(_Record):
    """A file that the round was settled from: whose (None: everybody's), what for, rows used, SHA-256."""

    party: str | None
    role: str
    file: str
    rows: int | None
    sha256: str


class PartyStatement(_Record):
    """One party's line: what it brought, gained, paid and earned.

    The intervals, 95 %, say what the finite validation set, and a sample of coalitions, leave open; left out where
    that is not known.
    """

    name: str
    rows: int
    validation_rows: int
    gain_alone: float
    gain: float
    fee: int
    improvement: int
    refund: int
    reward: int
    returned: int
    retained: int
    net: int
    share: float
    share_se: float
    share_parts: ShareParts | None = Field(None, exclude_if=_unset)
    gain_interval: tuple[float, float] | None = Field(None, exclude_if=_unset)
    share_interval: tuple[float, float] | None = Field(None, exclude_if=_unset)
    net_interval: tuple[int, int] | None = Field(None, exclude_if=_unset)
    trained_on: Texts


class CustomisationTable(_Record):
    """Own tasks: entry (i, j) of before and after is the gain on party j's task of the model delivered to party i."""

    parties: Texts
    step: str
    selected: dict[str, Texts]
    before: tuple[tuple[float, ...], ...]
    after: tuple[tuple[float, ...], ...]
    notes: dict[str, str] = Field(default_factory=dict)


class TaskDescription(_Record):
    """A task's validation rows: what the best constant scores, and what one row decides at most.

    party is null for the common task; one_row is a part of the score, one_row_amount the same in minor units.
    """

    party: str | None
    rows: int
    trivial: float
    one_row: float
    one_row_amount: int
    of_class: str | None
    alike: int


class Feature(_Record):
    """A column and how it was read."""

    name: str
    kind: str


class DataDescription(_Record):
    """What the files agreed on."""

    label: str
    kind: Literal["classification", "regression"]
    classes: Texts | None
    features: tuple[Feature, ...]
    dropped: Texts = ()
    unshared: Texts = ()
    identifiers: Texts = Field((), exclude_if=_none)
    validation_rows: int


class SettlementDocument(_Record):
    """The whole of settlement.json.

    pooling_interval   95 %: what the pooled model scores above the best party alone; own tasks: what the delivered
                       models score above the parties' own, on average
    coalitions         gains of all that were scored, where they are at most 4,096; the empty one is among them
    inputs, date       the files, and the day the round was settled, where it was settled from files
    """

    format: Literal[1] = 1
    name: str
    currency: str
    unit_price: int
    minimum_fee: int
    task: WhoseTask
    learner: str
    learner_options: dict[str, Any]
    score: str
    division: str
    options: ChosenOptions
    method: HowValued
    evaluations: int
    seed: int | None
    parties: tuple[PartyStatement, ...] = Field(min_length=1)
    gain_by_size: tuple[SizeGain, ...]
    pooling_interval: tuple[float, float] | None = Field(None, exclude_if=_unset)
    customisation: CustomisationTable | None
    tasks: tuple[TaskDescription, ...] = Field((), exclude_if=_none)
    data: DataDescription
    data_sheets: tuple[DataSheet, ...] = Field((), exclude_if=_none)
    certificate: Annotated[Certificate, WrapSerializer(_as_looked_at)]
    coalitions: tuple[Group, ...] | None = Field(None, exclude_if=_unset)
    inputs: tuple[InputFile, ...] | None = Field(None, exclude_if=_unset)
    date: str | None = Field(None, exclude_if=_unset)
    versions: dict[str, str]


def read_settlement(text: str | bytes, *, file: object = "settlement.json") -> SettlementDocument:
    """The document in a settlement.json; InputError where it is none, was changed, or is of another format."""
    try:
        found = SettlementDocument.model_validate_json(text)
    except ValidationError as problem:
        raise no_document(problem, file) from None
    for i, party in enumerate(found.parties):
        if not 0 <= party.share < math.inf:
            raise InputError(f"parties[{i}].share: got {party.share}, expected 0 or more{CHANGED}", file=file)
    return found


def _check_day(given: object) -> None:
    """InputError for what is no day as ``2026-12-01``."""
    try:
        day.fromisoformat(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError(f"date: got {given!r}, expected a day such as '2026-12-01'") from None


def document_of(
    settlement: Settlement, name: str, *, inputs: Sequence[InputFile] = (), date: str | None = None
) -> SettlementDocument:
    """What is written of a settlement; ``name`` is the round's, ``date`` the day it was settled."""
    terms, learning, options = settlement.terms, settlement.terms.learning, settlement.terms.options
    if date is not None:
        _check_day(date)
    return SettlementDocument(
        name=name,
        currency=terms.price.currency,
        unit_price=int(terms.price.unit_price),
        minimum_fee=int(terms.price.minimum_fee),
        task=settlement.task,
        learner=learning.learner,
        learner_options=dict(learning.learner_options),
        score=learning.score,
        division=terms.division,
        options=ChosenOptions(
            shared_rows=options.shared_rows.value,
            empty_coalition=options.empty.value,
            customise=options.customise.value,
            tolerance=options.tolerance,
            method=options.method.value,
            evaluations=options.evaluations,
            target_error=options.target_error,
            overlap=options.overlap.value,
        ),
        method=settlement.method,
        evaluations=settlement.evaluations,
        seed=settlement.seed,
        parties=tuple(_party(settlement, i) for i in range(len(settlement.names))),
        gain_by_size=settlement.by_size,
        pooling_interval=_ends(settlement.intervals.pooling) if settlement.intervals else None,
        customisation=_customisation(settlement.names, settlement.customisation),
        tasks=tuple(_task(facts, terms.price.unit_price) for facts in settlement.tasks),
        data=_data(settlement.schema, sum(settlement.validation_rows)),
        data_sheets=settlement.data_sheets,
        certificate=settlement.certificate,
        coalitions=_coalitions(settlement),
        inputs=tuple(inputs) or None,
        date=date,
        versions=_versions(),
    )


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in ("numpy", "scikit-learn")}
    return {"fairpool": version("fairpool"), "python": platform.python_version(), **packages}


def _party(settlement: Settlement, i: int) -> PartyStatement:
    name, valuation, tasks = settlement.names[i], settlement.valuation, settlement.validation_rows
    amounts: dict[str, Any] = {amount: int(getattr(settlement.payments, amount)[i]) for amount in AMOUNTS}
    return PartyStatement(
        name=name,
        rows=settlement.rows[i],
        validation_rows=tasks[min(i, len(tasks) - 1)],
        gain_alone=float(valuation.alone[i]),
        gain=float(valuation.gains[i]),
        **amounts,
        share=float(valuation.shares[i]),
        share_se=float(settlement.share_errors[i]),
        share_parts=ShareParts(
            data=float(valuation.shares[i] - settlement.bought[i]), buyer=float(settlement.bought[i])
        ),
        **_intervals(settlement.intervals, i),
        trained_on=settlement.models[name].trained_on,
    )


def _task(facts: TaskFacts, unit_price: int) -> TaskDescription:
    return TaskDescription(**asdict(facts), one_row_amount=round(unit_price * facts.one_row))


def _intervals(found: Intervals | None, i: int) -> dict[str, Any]:
    if found is None:
        return {}
    low, high = found.net[i].tolist()
    return {
        "gain_interval": _ends(found.gain[i]),
        "share_interval": _ends(found.share[i]),
        "net_interval": (low, high),
    }


def _ends(interval: Floats) -> tuple[float, float]:
    low, high = interval.tolist()
    return low, high


def _coalitions(settlement: Settlement) -> tuple[Group, ...] | None:
    """Everything that was scored, in the order of the table or of the asking; None where it is too much."""
    own = isinstance(settlement.gains, Mapping)
    games = list(settlement.gains.values()) if isinstance(settlement.gains, Mapping) else [settlement.gains]
    coalitions = known_coalitions(games[0], most=MOST_COALITIONS)
    if coalitions is None:
        return None
    gains, names = np.column_stack([game.worth(coalitions) for game in games]), settlement.names
    return tuple(
        Group(
            members=tuple(names[j] for j in np.flatnonzero(members)),
            **({"gains": dict(zip(names, each.tolist(), strict=True))} if own else {"gain": float(each[0])}),
        )
        for members, each in zip(coalitions, gains, strict=True)
    )


def _customisation(names: Texts, found: CustomisationReport | None) -> CustomisationTable | None:
    if found is None:
        return None
    selected = (tuple(names[j] for j in chosen) for chosen in found.selected)
    return CustomisationTable(
        parties=names,
        step=found.step.value,
        selected=dict(zip(names, selected, strict=True)),
        before=found.before.tolist(),
        after=found.after.tolist(),
        notes=dict(zip(names, found.notes, strict=True)),
    )


def _data(schema: Schema, validation_rows: int) -> DataDescription:
    return DataDescription(
        label=schema.label,
        kind=schema.task.value,
        classes=schema.classes,
        features=tuple(Feature(name=c.name, kind=c.kind.value) for c in schema.columns),
        dropped=schema.dropped,
        unshared=schema.unshared,
        identifiers=schema.identifiers,
        validation_rows=validation_rows,
    )
