"""COSTS.csv: what a sample of every distribution costs every agent.

A row an agent, its name in the first column, a column a distribution; ``inf`` where an agent cannot sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from fairpool.files.sharing.mechanisms import LARGEST, LEAST
from fairpool.files.sharing.samples import is_csv, records, row_of
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.tables.cells import canonical, is_readable, missing, numbers, texts, written
from fairpool.tables.reading import read_table

_EXPECTED = "a cost above 0, or inf where the agent cannot sample"
_FEWEST_AGENTS = 2


@dataclass(frozen=True, slots=True, eq=False)
class CostTable:
    """float64 (agents, distributions) in (0, inf]; ``rows`` are lines of the file."""

    path: Path
    agents: tuple[str, ...]
    distributions: tuple[str, ...]
    values: Floats
    rows: tuple[int, ...]

    def of_agents(self, names: Sequence[str]) -> CostTable:
        """Rows in the order of ``names``; InputError unless there is one for each, and no other."""
        wanted = [canonical(name) for name in names]
        for row, agent in zip(self.rows, self.agents, strict=True):
            if agent not in wanted:
                near = get_close_matches(agent, wanted, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"expected {', '.join(names[:8])}"
                raise InputError(
                    f"got {agent!r}, which is no agent of the sharing; {hint}", file=self.path, row=row
                )
        for agent in wanted:
            if agent not in self.agents:
                raise InputError(f"got no row for the agent {agent!r}, expected one for each", file=self.path)
        places = [self.agents.index(agent) for agent in wanted]
        rows = tuple(self.rows[place] for place in places)
        return CostTable(self.path, tuple(names), self.distributions, self.values[places], rows)


def read_costs(path: Path) -> CostTable:
    """Read and check; raises InputError with row and column, and for a distribution that nobody can sample."""
    frame = read_table(path)
    if is_csv(path):
        _refuse_nameless(path)
    if len(frame.columns) < 2:
        raise InputError(
            "got no column of costs, expected agents' names and a column a distribution", file=path
        )
    rows = [row_of(path, frame, place) for place in range(len(frame))]
    agents = _names(frame, rows, path)
    values = np.column_stack([_column(frame, str(name), rows, path) for name in frame.columns[1:]])
    if len(agents) < _FEWEST_AGENTS:
        raise InputError(
            f"got {len(agents)} agent, expected at least {_FEWEST_AGENTS}; one has nobody to share with",
            file=path,
        )
    for name, column in zip(frame.columns[1:], values.T, strict=True):
        if np.isinf(column).all():
            problem = (
                "every cost is inf: nobody can sample this distribution, so its mean cannot be estimated"
            )
            raise InputError(
                f"{problem}; expected an agent that can, or leave it out", file=path, column=str(name)
            )
    return CostTable(path, agents, tuple(map(str, frame.columns[1:])), values, tuple(rows))


def _refuse_nameless(path: Path) -> None:
    """A column without a name is left out by `read_table`; here the first one holds the agents."""
    _, header = next(records(path))
    for place, name in enumerate(header, start=1):
        if not name:
            what = "agent" if place == 1 else "the name of the distribution"
            raise InputError(
                f"got no name for column {place} in the header, expected {what}", file=path, row=1
            )


def _names(frame: pd.DataFrame, rows: Sequence[int], path: Path) -> tuple[str, ...]:
    column = str(frame.columns[0])
    found: dict[str, int] = {}
    for row, name in zip(rows, texts(frame.iloc[:, 0]), strict=True):
        if not name:
            raise InputError(
                "got a blank cell, expected the name of an agent", file=path, row=row, column=column
            )
        if name in found:
            problem = f"got {name!r} as in row {found[name]}, expected one row an agent"
            raise InputError(problem, file=path, row=row, column=column)
        found[str(name)] = row
    return tuple(found)


def _column(frame: pd.DataFrame, name: str, rows: Sequence[int], path: Path) -> Floats:
    cells = frame[name]
    if not is_readable(cells) or cells.dtype.name in ("bool", "boolean"):
        raise InputError(f"got cells of type {cells.dtype}, expected {_EXPECTED}", file=path, column=name)
    values, absent = numbers(cells), missing(cells)
    fits = np.isposinf(values) | ((values >= LEAST) & (values <= LARGEST))
    wrong = np.flatnonzero(~fits)
    if len(wrong):
        place = int(wrong[0])
        got = "a blank cell" if absent[place] else repr(written(cells.iloc[place]))
        limits = f" (from {LEAST:g} to {LARGEST:g})" if values[place] > 0 else ""
        raise InputError(f"got {got}, expected {_EXPECTED}{limits}", file=path, row=rows[place], column=name)
    return values
