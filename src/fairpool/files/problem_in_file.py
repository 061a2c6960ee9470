"""The file in which something was asked for, named where what is wrong with it is found out later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fairpool.ground.errors import InputError


@contextmanager
def concerning(path: Path) -> Iterator[None]:
    """Let an InputError that names no file name this one."""
    try:
        yield
    except InputError as problem:
        if problem.file is not None:
            raise
        raise InputError(problem.problem, file=path, row=problem.row, column=problem.column) from problem
