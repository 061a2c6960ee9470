"""Rows of several files held against what the validation files say, column by column, every cell that does not fit.

A round stops at the first cell that it cannot read; whoever wants to hear of all of them at once asks here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fairpool.files.faults import Faults
from fairpool.files.market.cells_refused import counted, refused_cells
from fairpool.tables.dataset import Dataset
from fairpool.tables.dates import holds_dates
from fairpool.tables.labels import agree_classes, class_codes, class_names, holds_words, label_numbers
from fairpool.tables.names import require_columns
from fairpool.tables.schema import (
    Column,
    ColumnKind,
    Kind,
    agree_column,
    chosen_columns,
    identifiers_among,
    values_in_a_round,
)
from fairpool.tables.stray_texts import means_truths


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRows:
    """The rows by what they are for; what is wrong with them is noted in ``faults``.

    queries    rows whose labels nobody looks at
    features   the columns to learn from; None for all that the files share
    """

    validations: Sequence[Dataset]
    trainings: Sequence[Dataset]
    queries: Sequence[Dataset]
    kind: Kind
    features: Sequence[str] | None
    faults: Faults

    def compare(self) -> None:
        """Hold every column and label against what the validation files say."""
        validations = self.validations or self.trainings
        if not validations:
            return
        everyone = [*self.validations, *self.trainings]
        with self.faults.noted():
            names, _ = chosen_columns(everyone, self.features)
            told = self.features is not None
            named = () if told else identifiers_among(names, validations, self.trainings)
            for name in (name for name in names if name not in named):
                self._compare_column(name, validations, everyone)
        self._compare_labels(validations, everyone)

    def _compare_column(self, name: str, validations: Sequence[Dataset], everyone: Sequence[Dataset]) -> None:
        if holds_dates(name, validations) and self.features is None:
            return
        met = self.faults.met
        column, before = Column(name, ColumnKind.NUMERIC), len(met)
        with self.faults.noted():
            agreed = agree_column(name, validations, self.trainings)
            if agreed is None:
                return
            column = agreed
        refused = met[before:]
        if refused:  # a stray text among the validation data's numbers: the others' are looked for, too
            told = next(data for data in validations if data.name == refused[0].file)
            met[before] = counted(refused[0], told)
            everyone = [data for data in everyone if data is not told]
            if refused[0].row is None:
                return
            column = Column(name, ColumnKind.BOOLEAN) if means_truths(name, validations) else column
        for data in [*everyone, *self.queries]:
            if name in data.features:
                self._all_cells(partial(values_in_a_round, column), data)
            else:
                with self.faults.noted():
                    require_columns([name], list(data.features.columns), file=data.name, what="feature")

    def _compare_labels(self, validations: Sequence[Dataset], everyone: Sequence[Dataset]) -> None:
        if self.kind is Kind.REGRESSION:
            if not all(
                map(holds_words, validations)
            ):  # else the score is wrong: a run says so in one message
                for data in everyone:
                    self._all_cells(label_numbers, data)
            return
        for data in everyone:
            self._all_cells(class_names, data)
        classes: tuple[str, ...] = ()
        with self.faults.noted():
            classes = agree_classes(self.validations, []) if self.validations else ()
        if classes:
            for data in self.trainings:
                self._all_cells(lambda rows: class_codes(rows, classes), data)

    def _all_cells(self, read: Callable[[Dataset], Any], data: Dataset) -> None:
        """Note every cell that ``read`` refuses."""
        for fault in refused_cells(read, data):
            if str(fault) not in set(map(str, self.faults.met)):
                self.faults.met.append(fault)
