"""A column that one file of several lacks under its name, and may have under another: the ``rename`` that says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fairpool.files.reading_keys import is_parquet, of_columns
from fairpool.files.table_file import read_table
from fairpool.ground.errors import InputError
from fairpool.tables.conventions import Conventions
from fairpool.tables.names import NO_SUCH, rename_hint

Files = Sequence[tuple[Path, Conventions]]
"""The files that have columns in common, and how each is read."""


@contextmanager
def advising_rename(files: Files) -> Iterator[None]:
    """Let an InputError about a column that one of the files lacks advise what `rename_hint` does."""
    try:
        yield
    except InputError as problem:
        column, meant = problem.column, {str(path): conventions for path, conventions in files}
        if column is None or problem.file not in meant or not problem.problem.startswith(NO_SUCH):
            raise
        names = {file: _names(Path(file), conventions) for file, conventions in meant.items()}
        others = {name for file, found in names.items() if file != problem.file for name in found}
        if column not in others:
            raise
        hint = rename_hint(column, names[problem.file], others, meant[problem.file].rename)
        raise InputError(f"{problem.problem}{hint}", file=problem.file, column=column) from problem


def _names(path: Path, conventions: Conventions) -> tuple[str, ...]:
    """The columns of a file; none where it cannot be read, which is said elsewhere."""
    try:
        return read_table(path, of_columns(conventions) if is_parquet(path) else conventions).names
    except InputError:
        return ()
