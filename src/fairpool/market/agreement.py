"""From parties' tables to a round: what was agreed, and the data after one common treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fairpool.ground.errors import InputError
from fairpool.ground.handed_in import mapping, text_list
from fairpool.ground.privacy import FEWEST_ROWS
from fairpool.learning.catalogue import SCORES, kinds_named, learner_named, refuse_other_task, score_named
from fairpool.learning.experiment import Experiment
from fairpool.learning.learner import Learner
from fairpool.learning.learners.own import OwnLearner, asks_for_names, kinds_of
from fairpool.learning.learners.scikit import name_of
from fairpool.learning.own_scores import OF_SCIKIT_LEARN, AnyScore, OwnScore, own_score
from fairpool.learning.rows import Rows, in_order_of_content
from fairpool.market.common_task.market import CommonTaskMarket
from fairpool.market.data_sheets.leakage import RowsInValidation, without_leakage
from fairpool.market.data_sheets.sheet import DataSheet, DataSheets, data_sheets
from fairpool.market.market import Market, WhoseTask
from fairpool.market.options import Options
from fairpool.market.own_tasks.market import OwnTasksMarket
from fairpool.market.party import Party, check_dataset, check_parties
from fairpool.market.payments import PriceTerms
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.tables.cells import toml_key
from fairpool.tables.dataset import Dataset
from fairpool.tables.labels import holds_words
from fairpool.tables.names import rename_hint
from fairpool.tables.schema import Kind, Schema, agree_schema, unknown_categories
from fairpool.tables.treatment.preprocessing import Preprocessing, learn_preprocessing

_MOST_TEXTS = 5  # named for each column and party, of those that enough rows have


@dataclass(frozen=True, slots=True)
class LearningTerms:
    """What is learnt and how it is scored, by name; features: the columns to learn from, None for all shared ones.

    estimator, scoring: the caller's own, instead of what is called so by name (`own_terms`)
    """

    learner: str = "nearest"
    learner_options: Mapping[str, Any] = field(default_factory=dict)
    score: str = "accuracy"
    features: Sequence[str] | None = None
    estimator: Any = None
    scoring: OwnScore | None = None


def own_terms(
    learner: Any, options: Mapping[str, Any], score: Any, features: Sequence[str] | None
) -> LearningTerms:
    """Terms of a caller in Python: names, or an estimator and a function or scorer in their place.

    Raises InputError for what is neither.
    """
    named = isinstance(learner, str)
    mapping(options, what="learner-options", expected="a mapping of names to values")
    if features is not None:
        features = text_list(features, what="features", expected="a list of names of columns")
    if not named and options:
        raise InputError("learner-options: got some beside an estimator, which has its own; expected none")
    kinds = kinds_named(learner, options) if named else kinds_of(learner)
    by_name = isinstance(score, str) and (score in SCORES or score not in OF_SCIKIT_LEARN)
    scoring = None if by_name else own_score(score, kinds)
    return LearningTerms(
        learner=learner if named else name_of(learner),
        learner_options=dict(options),
        score=score if scoring is None else scoring.name,
        features=features,
        estimator=None if named else learner,
        scoring=scoring,
    )


@dataclass(frozen=True, slots=True)
class RoundTerms:
    """What the parties agree on before anybody looks at data."""

    price: PriceTerms
    learning: LearningTerms = field(default_factory=LearningTerms)
    division: str = "normalised-shapley"
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """A round that is ready to be valued: names in the order of the parties, the schema agreed and the rows numeric.

    unshared  columns that are not used, and who lacks them
    notes     what else was met in reading the files, a sentence each
    notes_on_validation
              what stands out in the validation data beside all parties'
    """

    names: tuple[str, ...]
    terms: RoundTerms
    task: WhoseTask
    seed: int | None
    experiment: Experiment
    preprocessing: Preprocessing
    market: Market
    unknown_categories: tuple[str, ...] = ()
    unshared: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows_in_validation: tuple[RowsInValidation, ...] = ()
    data_sheets: tuple[DataSheet, ...] = ()
    notes_on_validation: tuple[str, ...] = ()


def agree(
    parties: Sequence[Party], validation: Dataset | None, terms: RoundTerms, *, rng: np.random.Generator
) -> Agreement:
    """Resolve the names, check the data and treat them; raises InputError for whatever does not fit."""
    check_parties(parties)
    terms.price.check_for(len(parties))
    score: AnyScore = terms.learning.scoring or score_named(terms.learning.score)
    tasks = task_data(parties, validation)
    _refuse_words(score, tasks)
    schema = _schema(parties, tasks, score, terms.learning.features)
    treatment = learn_preprocessing(schema, tasks)
    task_rows = tuple(_task_rows(treatment, task, score) for task in tasks)
    brought = _rows(treatment, [party.train for party in parties])
    names = [party.name for party in parties]
    trained, overlap = without_leakage(
        names, brought, task_rows, terms.options.overlap, common=validation is not None
    )
    round_ = Experiment(  # how a file is sorted decides nothing, not even a last bit
        parties=tuple(map(in_order_of_content, trained)),
        tasks=tuple(map(in_order_of_content, task_rows)),
        learner=_learner(terms.learning, score, treatment),
        score=score.bound(schema.classes, treatment.label_unit) if isinstance(score, OwnScore) else score,
        seed=int(rng.integers(2**32)),
        shared_rows=terms.options.shared_rows,
        empty=terms.options.empty,
        names=tuple(names),
    )
    sheets = _data_sheets(parties, brought, tasks, task_rows, schema)
    market_of = OwnTasksMarket if validation is None else CommonTaskMarket
    return Agreement(
        names=tuple(names),
        terms=terms,
        task="own" if validation is None else "common",
        seed=_seed_of(rng),
        experiment=round_,
        preprocessing=treatment,
        market=market_of(round_, division_named(terms.division), terms.options),
        unknown_categories=_unknown_texts(parties, schema, sheets.coded_otherwise),
        unshared=tuple(_lacked(column, parties, tasks) for column in schema.unshared),
        rows_in_validation=overlap,
        data_sheets=sheets.sheets,
        notes_on_validation=tuple(odd.note for odd in sheets.of_validation),
    )


def _schema(
    parties: Sequence[Party], tasks: Sequence[Dataset], score: AnyScore, features: Sequence[str] | None
) -> Schema:
    trainings = [party.train for party in parties]
    return agree_schema(tasks, trainings, task=score.task, features=features, fewest_rows=FEWEST_ROWS)


def _data_sheets(
    parties: Sequence[Party],
    brought: Sequence[Rows],
    tasks: Sequence[Dataset],
    task_rows: Sequence[Rows],
    schema: Schema,
) -> DataSheets:
    trainings = [party.train for party in parties]
    names = [party.name for party in parties]
    return data_sheets(
        names,
        list(zip(trainings, brought, strict=True)),
        list(zip(tasks, task_rows, strict=True)),
        schema,
    )


def _refuse_words(score: AnyScore, tasks: Sequence[Dataset]) -> None:
    """InputError for a score of numbers where every label is a word."""
    if score.task is Kind.REGRESSION and all(map(holds_words, tasks)):
        fitting = [other.name for other in SCORES.values() if other.task is Kind.CLASSIFICATION]
        raise InputError(
            f"score: got {score.name!r}, which is for numbers, but no label is one; expected {', '.join(fitting)}",
            file=tasks[0].name,
            column=str(tasks[0].label.name),
        )


def _lacked(column: str, parties: Sequence[Party], tasks: Sequence[Dataset]) -> str:
    """``chol (not in the files of South)``: a column and whose files lack it, or who alone has it."""
    files = {
        party.name: [party.train, *([party.validation] if party.validation else [])] for party in parties
    }
    lack = [name for name, own in files.items() if any(column not in data.features for data in own)]
    if any(column not in task.features for task in tasks) and all(
        party.validation is None for party in parties
    ):
        return f"{column} (not in the validation file)"
    have = [name for name in files if name not in lack]
    if have and len(have) < len(lack):
        return f"{column} (only in the files of {', '.join(have)})"
    hint = _renaming(column, parties[list(files).index(lack[0])], parties, tasks) if len(lack) == 1 else ""
    return f"{column} (not in the files of {', '.join(lack)}{hint})"


def _renaming(column: str, party: Party, parties: Sequence[Party], tasks: Sequence[Dataset]) -> str:
    """What would say that the one column that a party alone has is the one that it alone lacks."""
    mine = set(party.train.features.columns)
    others = [other.train for other in parties if other is not party]
    names = [set(data.features.columns) for data in (*others, *tasks) if data is not party.validation]
    if set.intersection(*names) - mine != {column}:
        return ""
    renamed = [name for key, name in party.train.met if key == "rename"]
    return rename_hint(column, sorted(mine), set.union(*names), renamed)


def _learner(learning: LearningTerms, score: AnyScore, treatment: Preprocessing) -> Learner:
    if learning.estimator is None:
        return learner_named(learning.learner, learning.learner_options, score)
    own = OwnLearner(learning.estimator, treatment.untreated if asks_for_names(learning.estimator) else None)
    refuse_other_task(learning.learner, own, score)
    return own


def _seed_of(rng: np.random.Generator) -> int | None:
    entropy = getattr(rng.bit_generator.seed_seq, "entropy", None)
    return entropy if isinstance(entropy, int) else None


def _unknown_texts(parties: Sequence[Party], schema: Schema, told: frozenset[str]) -> tuple[str, ...]:
    return tuple(filter(None, (_unknown(party, schema, told) for party in parties)))


def _unknown(party: Party, schema: Schema, told: frozenset[str]) -> str:
    """``Kentucky: group (3 rows), sex "f" (12 rows)``: the columns in which a party has texts that no validation row
    holds; the texts themselves where ten different rows have them, since everybody reads this.  Without those that are
    told of the validation data."""
    columns = unknown_categories(schema, party.train)
    distinct = unknown_categories(schema, party.train.distinct()) if columns else {}
    said = []
    for column, texts in ((name, texts) for name, texts in columns.items() if name not in told):
        shown = [text for text in texts if distinct[column][text] >= FEWEST_ROWS][:_MOST_TEXTS]
        others = sum(rows for text, rows in texts.items() if text not in shown)
        beside = f"; recode.{toml_key(column)} names others" if ("recode", column) in party.train.met else ""
        said += [f'{column} "{text}" ({texts[text]} rows{beside})' for text in shown]
        said += [f"{column} ({others} row{'s' * (others > 1)}{beside})"] if others else []
    return f"{party.name}: {', '.join(said)}" if said else ""


def task_data(parties: Sequence[Party], validation: Dataset | None) -> list[Dataset]:
    """The common validation data, or every party's own; InputError where both or neither are given."""
    own = [party.validation for party in parties if party.validation is not None]
    if validation is not None:
        check_dataset(validation, what="validation")
        if own:
            raise InputError("got a common validation file and a party's own, expected one kind")
        return [validation]
    for party in parties:
        if party.validation is None:
            raise InputError(f"party {party.name!r} has no validation data, and there is no common one")
    return own


def _rows(treatment: Preprocessing, brought: Sequence[Dataset]) -> list[Rows]:
    classes = treatment.schema.classes
    return [
        Rows(features, treatment.labels(data), len(classes) if classes else 0)
        for data, features in zip(brought, treatment.apply_all(brought), strict=True)
    ]


def _task_rows(treatment: Preprocessing, data: Dataset, score: AnyScore) -> Rows:
    (rows,) = _rows(treatment, [data])
    score.check(rows.y, file=data.name)
    return rows
