"""From MARKET.toml to a round that is agreed: what `fairpool run` settles, and what it answers afterwards.

The schema is agreed once, here: queries (``queries = "ROWS.csv"`` of a [[party]]) are held against it before the round
is settled, so that nobody waits for hours to hear that a column is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairpool.files.market.market_file import MarketFile
from fairpool.files.table_file import read_table
from fairpool.market.agreement import Agreement, LearningTerms, RoundTerms, agree
from fairpool.market.payments import PriceTerms
from fairpool.tables.dataset import Dataset, dataset_of
from fairpool.tables.preprocessing import treatable


@dataclass(frozen=True, slots=True, eq=False)
class RoundInputs:
    """A round that is agreed, rows numeric, and the rows that parties want predictions for, by the parties' names.

    rng  the generator the round was agreed with; settling goes on with it
    """

    name: str
    agreement: Agreement
    queries: Mapping[str, Dataset]
    rng: np.random.Generator


def read_inputs(market: MarketFile) -> RoundInputs:
    """Read the files a market file names, and agree.

    Raises InputError, with file, row and column, for whatever does not fit: also where queries lack a column of the
    round, or hold a cell that cannot be read as the round reads it.
    """
    rng = np.random.default_rng(market.seed)
    parties, validation = market.read_parties(), market.read_validation()
    queries = {
        files.name: _without_label(files.queries, market.label) for files in market.parties if files.queries
    }
    agreement = agree(parties, validation, _terms(market), rng=rng)
    for asked in queries.values():
        treatable(asked, agreement.preprocessing.schema)
    return RoundInputs(market.name, agreement, queries, rng)


def _terms(market: MarketFile) -> RoundTerms:
    return RoundTerms(
        PriceTerms(market.unit_price, market.minimum_fee, market.currency),
        LearningTerms(market.learner, market.learner_options, market.score, market.features),
        market.division,
        market.options,
    )


def _without_label(path: Path, label: str) -> Dataset:
    """The rows of a file with every label blank: what a model is asked is not looked at."""
    table = read_table(path)
    blank = table.frame.assign(**{label: np.nan})
    return dataset_of(blank, label=label, features=None, name=table.name, rows_start=table.rows_start)
