"""From parties' tables to a round: what was agreed, and the data after one common treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.experiment import Experiment
from fairpool.learning.rows import Rows
from fairpool.learning.scores import Score
from fairpool.market.options import Options
from fairpool.market.party import Party, check_parties
from fairpool.market.payments import PriceTerms
from fairpool.market.reward_rules.catalogue import RewardRule, division_named
from fairpool.tables.dataset import Dataset
from fairpool.tables.preprocessing import Preprocessing, learn_preprocessing
from fairpool.tables.schema import agree_schema, unknown_categories

_MOST_TEXTS = 5  # named for each column and party


@dataclass(frozen=True, slots=True)
class Settings:
    """How the round was run, for its record."""

    learner: str
    learner_options: Mapping[str, Any]
    score: str
    division: str
    task: str
    options: Options
    currency: str
    seed: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """A round that is ready to be valued: names in the order of the parties, and everything by its object."""

    names: tuple[str, ...]
    settings: Settings
    round: Experiment
    treatment: Preprocessing
    division: RewardRule
    terms: PriceTerms
    unknown_categories: tuple[str, ...] = ()

    @property
    def own_tasks(self) -> bool:
        return self.settings.task == "own"


def agree(
    parties: Sequence[Party],
    validation: Dataset | None,
    *,
    settings: Settings,
    terms: PriceTerms,
    features: Sequence[str] | None,
    options: Options,
    seed: int,
) -> Agreement:
    """Resolve the names, check the data and treat them; raises InputError for whatever does not fit."""
    check_parties(parties)
    scored = score_named(settings.score)
    tasks = task_data(parties, validation)
    schema = agree_schema(tasks, [party.train for party in parties], task=scored.task, features=features)
    treatment = learn_preprocessing(schema, tasks)
    round_ = Experiment(
        parties=tuple(_rows(treatment, party.train) for party in parties),
        tasks=tuple(_task_rows(treatment, task, scored) for task in tasks),
        learner=learner_named(settings.learner, settings.learner_options, scored),
        score=scored,
        seed=seed,
        shared_rows=options.shared_rows,
        empty=options.empty,
    )
    names = tuple(party.name for party in parties)
    division = division_named(settings.division)
    found = [(party.name, unknown_categories(schema, party.train)) for party in parties]
    unknown = tuple(_said(name, columns) for name, columns in found if columns)
    return Agreement(names, settings, round_, treatment, division, terms, unknown)


def _said(party: str, columns: Mapping[str, Mapping[str, int]]) -> str:
    """``Kentucky: group "old" (1 row)``: the texts of a party that no validation row holds."""
    said = [
        f'{column} "{text}" ({rows} row{"s" * (rows > 1)})'
        for column, texts in columns.items()
        for text, rows in list(texts.items())[:_MOST_TEXTS]
    ]
    return f"{party}: {', '.join(said)}"


def task_data(parties: Sequence[Party], validation: Dataset | None) -> list[Dataset]:
    """The common validation data, or every party's own; InputError where both or neither are given."""
    own = [party.validation for party in parties if party.validation is not None]
    if validation is not None:
        if own:
            raise InputError("got a common validation file and a party's own, expected one kind")
        return [validation]
    for party in parties:
        if party.validation is None:
            raise InputError(f"party {party.name!r} has no validation data, and there is no common one")
    return own


def _rows(treatment: Preprocessing, data: Dataset) -> Rows:
    classes = treatment.schema.classes
    return Rows(treatment.apply(data), treatment.labels(data), len(classes) if classes else 0)


def _task_rows(treatment: Preprocessing, data: Dataset, score: Score) -> Rows:
    rows = _rows(treatment, data)
    score.check(rows.y, file=data.name)
    return rows
