"""What can go wrong by the caller's hand.

    FairpoolError
    └── InputError      something the caller can mend: it names what was got, what was expected, and where

What the world decides (a solver's status, an audit's verdict, a certificate that does not hold) is returned
as a value, never raised.
"""

from __future__ import annotations

from collections.abc import Sequence


class FairpoolError(Exception):
    """Anything fairpool raises on purpose."""


class InputError(FairpoolError):
    """Input that the caller can mend.

    The message reads ``file, row 12, column 'age': got 'abc', expected a number``; ``file``, ``row`` and
    ``column`` are kept as attributes so that a front door can show them in its own way.  ``row`` is the line
    of the file as a text editor counts it (the header is line 1); ``file`` is a path or a name.  ``also`` are others
    that were found with it, where a front door tells all at once.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: object = None,
        row: int | None = None,
        column: str | None = None,
        also: Sequence[InputError] = (),
    ) -> None:
        self.problem = problem
        self.file = None if file is None else str(file)
        self.row = row
        self.column = column
        self.also = tuple(also)
        super().__init__(self._message())

    def _message(self) -> str:
        where = [self.file] if self.file else []
        if self.row is not None:
            where.append(f"row {self.row}")
        if self.column is not None:
            where.append(f"column {self.column!r}")
        return f"{', '.join(where)}: {self.problem}" if where else self.problem

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.problem, self.file, self.row, self.column, self.also))


def _rebuild(
    problem: str, file: str | None, row: int | None, column: str | None, also: tuple[InputError, ...]
) -> InputError:
    return InputError(problem, file=file, row=row, column=column, also=also)
