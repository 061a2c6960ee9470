"""All agents' samples side by side: read, brought into one order of columns, and held against the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairpool.files.sharing.samples import SampleTable, read_samples
from fairpool.files.sharing.share_file import AgentFile, ShareFile
from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress
from fairpool.tables.columns import COLUMN_KEYS, Met
from fairpool.tables.conventions import key_of
from fairpool.tables.names import key_hint

MOST_ASKED = 1e15


@dataclass(frozen=True, slots=True, eq=False)
class Submitted:
    """Samples of each agent, nan where a cell is blank; no rows where an agent hands in nothing."""

    columns: tuple[str, ...]
    samples: tuple[Float[Floats, "rows columns"], ...]


def read_submissions(
    share: ShareFile,
    progress: Progress,
    *,
    columns: tuple[str, ...] | None = None,
    of: object = None,
    gaps: bool = False,
) -> Submitted:
    """Read every agent's file; ``columns`` (default: those of the first file) are the same in all, as ``of`` has them.

    Raises InputError as `read_samples`, for files of different columns, and where nobody hands in anything.
    """
    tables: list[SampleTable | None] = []
    read: list[tuple[AgentFile, SampleTable]] = []
    for agent in share.agents:
        table = (
            None
            if agent.samples is None
            else read_samples(agent.samples, gaps=gaps, conventions=agent.conventions)
        )
        if table is not None:
            read.append((agent, table))
        if table is not None and columns is None:
            columns, of = table.columns, agent.samples
        tables.append(None if table is None or columns is None else table.in_order(columns, of))
        progress(len(tables), len(share.agents))
    _refuse_unmet_keys(share, read)
    if columns is None or not any(tables):
        raise InputError("[[agent]]: got samples of nobody, expected at least one agent that hands in a file")
    return Submitted(
        columns, tuple(np.empty((0, len(columns))) if one is None else one.values for one in tables)
    )


def _refuse_unmet_keys(share: ShareFile, read: Sequence[tuple[AgentFile, SampleTable]]) -> None:
    """InputError for a column that a key names and none of the files has that are read so."""
    for key in COLUMN_KEYS:
        for name in dict.fromkeys(name for agent, _ in read for name in getattr(agent.conventions, key, ())):
            tables = [table for agent, table in read if name in getattr(agent.conventions, key)]
            met: Met = frozenset().union(*(table.met for table in tables))
            if (key, name) not in met:
                there = list(dict.fromkeys(column for table in tables for column in table.columns))
                problem = f"{key_of(key)}: got no such column{key_hint(key_of(key), name, there, met)}"
                file = tables[0].path if len(tables) == 1 else share.path
                raise InputError(problem, file=file, column=name)


def refuse_column(name: str, share: ShareFile, columns: Sequence[str]) -> None:
    """InputError for a column that release.csv needs the name of."""
    if len(columns) > 1 and name in columns:
        raise InputError(
            f"got a column of this name, which says in release.csv what a row is; expected another name, in the file "
            f"of every one of the {len(share.agents)} agents",
            file=_first_file(share),
            column=name,
        )


def refuse_single(agent: AgentFile, count: int, asked: float, column: str | None = None) -> None:
    """InputError for one sample where more were asked for: it has no spread to be checked by."""
    if count == 1 and asked > 1:
        raise InputError(
            f"got one sample of {agent.name!r}, but its plan asks for {asked:g}, and the spread of a single sample "
            "cannot be checked; expected at least two samples, or none",
            file=agent.samples,
            column=column,
        )


def refuse_uncountable(samples: float) -> None:
    """InputError for a plan that nobody could carry out; a count this large comes from terms in other units."""
    if samples > MOST_ASKED:
        raise InputError(
            f"sharing.sigma: the plan would ask an agent for {samples:.3g} samples; "
            "expected sigma in the units of the samples, and costs in those units squared"
        )


def _first_file(share: ShareFile) -> Path | None:
    return next((agent.samples for agent in share.agents if agent.samples is not None), None)
