"""Faults collected instead of raised, where somebody wants to hear of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fairpool.ground.errors import InputError


class Faults:
    """What was wrong, in the order in which it was met.

    >>> faults = Faults()
    >>> with faults.noted():
    ...     raise InputError("got a blank", file="north.csv", row=3)
    >>> [str(fault) for fault in faults.met]
    ['north.csv, row 3: got a blank']
    """

    def __init__(self, *, file: object = None) -> None:
        self.met: list[InputError] = []
        self._file = file

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Keep an InputError of this block; the block ends there.  One without a file is of the file named first."""
        try:
            yield
        except InputError as problem:
            if problem.file is None and self._file is not None:
                row, column = problem.row, problem.column
                problem = InputError(problem.problem, file=self._file, row=row, column=column)
            self.met.append(problem)


def refuse_all(faults: Sequence[InputError]) -> None:
    """Raise the first with the others beside it; do nothing where there is none."""
    if faults:
        first, *also = faults
        raise InputError(
            first.problem, file=first.file, row=first.row, column=first.column, also=also
        ) from first
