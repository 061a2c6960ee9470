"""The result of a round: everything a party, an operator or an auditor asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from fairpool.games.game import Game
from fairpool.ground.arrays import Float, Floats
from fairpool.ground.handed_in import one_text, record
from fairpool.ground.money import format_minor
from fairpool.ground.tabular import Tabular
from fairpool.learning.model import Model
from fairpool.market.agreement import RoundTerms
from fairpool.market.certificate import Certificate
from fairpool.market.data_sheets.sheet import DataSheet
from fairpool.market.data_sheets.task_facts import TaskFacts
from fairpool.market.market import WhoseTask
from fairpool.market.own_tasks.delivery import CustomisationReport
from fairpool.market.payments import Payments
from fairpool.market.uncertainty.intervals import Intervals
from fairpool.market.valuation import HowValued, SizeGain, Valuation
from fairpool.tables.schema import Schema

if TYPE_CHECKING:
    from fairpool.documents.settlement import InputFile, SettlementDocument

AMOUNTS = ("fee", "improvement", "refund", "reward", "returned", "retained", "net")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Settlement(Tabular):
    """A settled round, as `settle` returns it; it holds none of the parties' rows.

    Attributes
    ----------
    names            the parties, in the order they were given
    statement        one row per party: gains, share, and amounts in whole minor units
    models           the model delivered to each party, by name
    certificate      what was checked
    terms            what they had agreed on
    task             "common" or "own"
    seed             of the generator, where it has one
    valuation        gains and shares
    share_errors     the shares' standard errors, zero where they are exact
    intervals        what the finite validation set leaves open; None where too much would have to be kept
    bought           the part of each share that the party has as a buyer; the rest is for its data
    gains            the gains of coalitions as a game for any function of `fairpool.games`: a `TableGame`, or what
                     was sampled; own tasks: one for each party's task, by name
    payments         whole minor units, int64 (parties,) each; the nets sum to zero
    method           "closed-form", "exact" or "sampled"
    evaluations      how many distinct coalitions' models were scored
    rows             how many rows each party brought
    validation_rows  how many rows each task has: one number where it is common
    tasks            what the best constant scores on each task, and what one of its rows is worth
    by_size          gains over the coalitions of each size
    customisation    own tasks: who gained what from whose model, before and after customisation
    schema           the columns and classes the files agreed on
    data_sheets      what each party brought, and what stands out in it; no cell

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from fairpool.market import Dataset, Party, settle
    >>> rows = Dataset.from_frame(pd.DataFrame({"x": [1, 9], "ill": ["no", "yes"]}), label="ill")
    >>> settlement = settle([Party("North", rows)], rows, unit_price=10_000, rng=np.random.default_rng(0))
    >>> settlement.models["North"].predict(pd.DataFrame({"x": [8]})).tolist()
    ['yes']
    >>> settlement.document("our round").parties[0].net
    0
    """

    names: tuple[str, ...]
    terms: RoundTerms
    task: WhoseTask
    seed: int | None
    valuation: Valuation
    share_errors: Float[Floats, " parties"]
    intervals: Intervals | None
    bought: Float[Floats, " parties"]
    gains: Game | Mapping[str, Game]
    payments: Payments
    models: Mapping[str, Model]
    certificate: Certificate
    method: HowValued
    evaluations: int
    rows: tuple[int, ...]
    validation_rows: tuple[int, ...]
    tasks: tuple[TaskFacts, ...]
    by_size: tuple[SizeGain, ...]
    customisation: CustomisationReport | None
    schema: Schema
    data_sheets: tuple[DataSheet, ...] = ()

    @property
    def statement(self) -> pd.DataFrame:
        """One row per party, indexed by name; amounts are integer minor units."""
        columns = {
            "gain_alone": self.valuation.alone,
            "gain": self.valuation.gains,
            **{name: getattr(self.payments, name) for name in AMOUNTS},
            "share": self.valuation.shares,
            "share_se": self.share_errors,
        }
        return pd.DataFrame(columns, index=pd.Index(self.names, name="name"))

    def document(
        self, name: str = "", *, inputs: Sequence[InputFile] = (), date: str | None = None
    ) -> SettlementDocument:
        """The document behind settlement.json; ``name`` is the round's, ``inputs`` the files it was settled from."""
        from fairpool.documents.settlement import (
            InputFile,
            document_of,
        )  # pydantic is for those who ask for the document

        one_text(name, what="name")
        for one in inputs if isinstance(inputs, Sequence) else [inputs]:
            record(one, InputFile, what="inputs")
        return document_of(self, name, inputs=inputs, date=date)

    def to_frame(self) -> pd.DataFrame:
        """The statement, amounts in whole minor units."""
        return self.statement

    def headline(self) -> str:
        """Parties, method and what is paid in all."""
        currency = self.terms.price.currency
        paid = format_minor(int(self.payments.improvement.sum()), currency)
        return f"{len(self.names)} parties, {self.method}: {paid} {currency} paid for better models"
