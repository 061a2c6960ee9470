"""From MARKET.toml to a round that is agreed: what `fairpool run` settles, and what it answers afterwards.

The schema is agreed once, here: queries (``queries = "ROWS.csv"`` of a [[party]]) are held against it before the round
is settled, so that nobody waits for hours to hear that a column is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fairpool.files.forgotten_names import advising_rename
from fairpool.files.market.conventions_met import RoundRows, notes_on_conventions
from fairpool.files.market.market_file import MarketFile, conventions_for
from fairpool.files.table_file import read_table
from fairpool.market.agreement import Agreement, LearningTerms, RoundTerms, agree
from fairpool.market.party import Party
from fairpool.market.payments import PriceTerms
from fairpool.tables.conventions import Conventions
from fairpool.tables.dataset import Dataset, dataset_of
from fairpool.tables.treatment.preprocessing import treatable


@dataclass(frozen=True, slots=True, eq=False)
class RoundInputs:
    """A round that is agreed, rows numeric, and the rows that parties want predictions for, by the parties' names.

    rng          the generator the round was agreed with; settling goes on with it
    conventions  how each party's files were read, by its name
    """

    name: str
    agreement: Agreement
    queries: Mapping[str, Dataset]
    rng: np.random.Generator
    conventions: Mapping[str, Conventions]


def read_inputs(market: MarketFile) -> RoundInputs:
    """Read the files a market file names, and agree.

    Raises InputError, with file, row and column, for whatever does not fit: also where queries lack a column of the
    round, or hold a cell that cannot be read as the round reads it.
    """
    rng = np.random.default_rng(market.seed)
    with advising_rename(market.files):
        rows = read_rows(market)
    notes = notes_on_conventions(market, rows)
    agreement = agree(rows.parties, rows.validation, terms_of(market), rng=rng)
    for asked in rows.queries.values():
        treatable(asked, agreement.preprocessing.schema)
    meant = {files.name: conventions_for(files.train, files.conventions) for files in market.parties}
    return RoundInputs(market.name, replace(agreement, notes=notes), rows.queries, rng, meant)


def read_rows(market: MarketFile) -> RoundRows:
    """The rows of all files; raises InputError as reading does."""
    return RoundRows(
        [
            Party(
                files.name,
                market.read(files.train, files.conventions),
                None if files.validation is None else market.read(files.validation, files.conventions),
            )
            for files in market.parties
        ],
        None if market.validation is None else market.read(market.validation, market.conventions),
        {
            files.name: read_queries(files.queries, market.label, files.conventions)
            for files in market.parties
            if files.queries is not None
        },
    )


def terms_of(market: MarketFile) -> RoundTerms:
    """What a market file says was agreed."""
    return RoundTerms(
        PriceTerms(market.unit_price, market.minimum_fee, market.currency),
        LearningTerms(market.learner, market.learner_options, market.score, market.features),
        market.division,
        market.options,
    )


def read_queries(path: Path, label: str, conventions: Conventions) -> Dataset:
    """The rows of a file with every label blank: what a model is asked is not looked at."""
    table = read_table(path, conventions_for(path, conventions))
    return dataset_of(replace(table, frame=table.frame.assign(**{label: np.nan})), label=label)
