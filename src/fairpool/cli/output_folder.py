"""Writing results: all of them or none.

Everything is written into a folder beside the target under another name, and takes its place when it is complete; a
run that fails, is stopped or finds the disk full leaves an earlier result as it was.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fairpool.errors import InputError


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A folder to write into; what is in it replaces entries of the same name in ``target`` when the block ends.

    Raises InputError where the disk does not let us.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", suffix=".tmp", dir=target.parent))
    except OSError as problem:
        raise InputError(f"cannot write there: {problem.strerror}", file=target) from problem
    try:
        content = staging / "content"
        content.mkdir()
        yield content
        _move(content, target, staging / "replaced")
    except OSError as problem:
        raise InputError(f"cannot write the results: {problem.strerror}", file=target) from problem
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _move(content: Path, target: Path, replaced: Path) -> None:
    if not target.exists():
        content.rename(target)
        return
    replaced.mkdir()
    for entry in sorted(content.iterdir()):
        there = target / entry.name
        if there.exists():
            there.rename(replaced / entry.name)
        entry.rename(there)


def file_names(names: list[str]) -> dict[str, str]:
    """A file name for every party: its own, with whatever a file system could stumble over replaced.

    >>> file_names(["New York", "../etc/passwd", ".._etc_passwd"])
    {'New York': 'New York', '../etc/passwd': '_._etc_passwd', '.._etc_passwd': '_._etc_passwd-2'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = "".join(c if c.isalnum() or c in " -_.," else "_" for c in name)[:100].strip()
        plain = "_" + plain[1:] if plain[:1] in (".", "") else plain
        number, unique = 1, plain
        while unique.casefold() in taken:
            number += 1
            unique = f"{plain}-{number}"
        taken.add(unique.casefold())
        found[name] = unique
    return found


def written_whole(file: Path, text: str) -> None:
    """Write a file under another name and rename it: it is there whole or not at all."""
    unfinished = file.with_name(f".{file.name}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    except OSError as problem:
        unfinished.unlink(missing_ok=True)
        raise InputError(f"cannot write there: {problem.strerror}", file=file) from problem
