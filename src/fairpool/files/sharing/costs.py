"""COSTS.csv: what a sample of every distribution costs every agent.

One row per agent, its name in the first column, and one column per distribution; ``inf`` where an agent cannot sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairpool.files.sharing.mechanisms import LARGEST, LEAST
from fairpool.files.table_file import read_table
from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.ground.spelling import nearest
from fairpool.tables.cells import canonical, texts
from fairpool.tables.table import Table

_EXPECTED = "a cost above 0, or inf where the agent cannot sample"
_FEWEST_AGENTS = 2


@dataclass(frozen=True, slots=True, eq=False)
class CostTable:
    """Costs in (0, inf]; ``rows`` are lines of the file."""

    path: Path
    agents: tuple[str, ...]
    distributions: tuple[str, ...]
    values: Float[Floats, "agents distributions"]
    rows: tuple[int, ...]

    def of_agents(self, names: Sequence[str]) -> CostTable:
        """Rows in the order of ``names``; InputError unless there is one for each, and no other."""
        wanted = [canonical(name) for name in names]
        for row, agent in zip(self.rows, self.agents, strict=True):
            if agent not in wanted:
                near = nearest(agent, wanted)
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
    table = read_table(path)
    _refuse_nameless(table)
    if len(table.names) < 2:
        raise InputError(
            "got no column of costs, expected agents' names and one column per distribution", file=path
        )
    rows = tuple(table.row_of(place) for place in range(len(table.frame)))
    agents, distributions = _agents(table, rows), table.names[1:]
    values = np.column_stack([_costs(table, name) for name in distributions])
    if len(agents) < _FEWEST_AGENTS:
        raise InputError(
            f"got {len(agents)} agent, expected at least {_FEWEST_AGENTS}; one has nobody to share with",
            file=path,
        )
    for name, column in zip(distributions, values.T, strict=True):
        if np.isinf(column).all():
            problem = (
                "every cost is inf: nobody can sample this distribution, so its mean cannot be estimated"
            )
            raise InputError(
                f"{problem}; expected an agent that can, or leave it out", file=path, column=name
            )
    return CostTable(path, agents, distributions, values, rows)


def _refuse_nameless(table: Table) -> None:
    """A column without a name is left out of a table; here the first one holds the agents."""
    for place, name in enumerate(table.header, start=1):
        if not name:
            what = "agent" if place == 1 else "the name of the distribution"
            raise InputError(
                f"got no name for column {place} in the header, expected {what}", file=table.name, row=1
            )


def _agents(table: Table, rows: Sequence[int]) -> tuple[str, ...]:
    column = table.names[0]
    found: dict[str, int] = {}
    for row, name in zip(rows, texts(table.frame[column]), strict=True):
        if not name:
            raise InputError(
                "got a blank cell, expected the name of an agent", file=table.name, row=row, column=column
            )
        if name in found:
            problem = f"got {name!r} as in row {found[name]}, expected one row per agent"
            raise InputError(problem, file=table.name, row=row, column=column)
        found[str(name)] = row
    return tuple(found)


def _costs(table: Table, name: str) -> Float[Floats, " agents"]:
    values = table.numbers(name, _EXPECTED)
    wrong = ~(np.isposinf(values) | ((values >= LEAST) & (values <= LARGEST)))
    limits = f" (from {LEAST:g} to {LARGEST:g})" if wrong.any() and values[wrong.argmax()] > 0 else ""
    table.refuse(wrong, name, _EXPECTED + limits)
    return values
