"""From parties' tables to a round: what was agreed, and the data after one common treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.experiment import Experiment
from fairpool.learning.rows import Rows
from fairpool.learning.scores import Score
from fairpool.market.common_task.market import CommonTaskMarket
from fairpool.market.market import Market
from fairpool.market.options import Options
from fairpool.market.own_tasks.market import OwnTasksMarket
from fairpool.market.party import Party, check_parties
from fairpool.market.payments import PriceTerms
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.tables.dataset import Dataset
from fairpool.tables.preprocessing import Preprocessing, learn_preprocessing
from fairpool.tables.schema import agree_schema, unknown_categories

_MOST_TEXTS = 5  # named for each column and party


@dataclass(frozen=True, slots=True)
class LearningTerms:
    """What is learnt and how it is scored, by name; features: the columns to learn from, None for all shared ones."""

    learner: str = "nearest"
    learner_options: Mapping[str, Any] = field(default_factory=dict)
    score: str = "accuracy"
    features: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class RoundTerms:
    """What the parties agree on before anybody looks at data."""

    price: PriceTerms
    learning: LearningTerms = field(default_factory=LearningTerms)
    division: str = "normalised-shapley"
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """A round that is ready to be valued: names in the order of the parties, the schema agreed and the rows numeric."""

    names: tuple[str, ...]
    terms: RoundTerms
    task: str
    seed: int | None
    experiment: Experiment
    preprocessing: Preprocessing
    market: Market
    unknown_categories: tuple[str, ...] = ()


def agree(
    parties: Sequence[Party], validation: Dataset | None, terms: RoundTerms, *, rng: np.random.Generator
) -> Agreement:
    """Resolve the names, check the data and treat them; raises InputError for whatever does not fit."""
    check_parties(parties)
    terms.price.check_for(len(parties))
    score, learning = score_named(terms.learning.score), terms.learning
    tasks = task_data(parties, validation)
    schema = agree_schema(
        tasks, [party.train for party in parties], task=score.task, features=learning.features
    )
    treatment = learn_preprocessing(schema, tasks)
    round_ = Experiment(
        parties=tuple(_rows(treatment, party.train) for party in parties),
        tasks=tuple(_task_rows(treatment, task, score) for task in tasks),
        learner=learner_named(learning.learner, learning.learner_options, score),
        score=score,
        seed=int(rng.integers(2**32)),
        shared_rows=terms.options.shared_rows,
        empty=terms.options.empty,
    )
    found = [(party.name, unknown_categories(schema, party.train)) for party in parties]
    market_of = OwnTasksMarket if validation is None else CommonTaskMarket
    return Agreement(
        names=tuple(party.name for party in parties),
        terms=terms,
        task="own" if validation is None else "common",
        seed=_seed_of(rng),
        experiment=round_,
        preprocessing=treatment,
        market=market_of(round_, division_named(terms.division), terms.options),
        unknown_categories=tuple(_said(name, columns) for name, columns in found if columns),
    )


def _seed_of(rng: np.random.Generator) -> int | None:
    entropy = getattr(rng.bit_generator.seed_seq, "entropy", None)
    return entropy if isinstance(entropy, int) else None


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
