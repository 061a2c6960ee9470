"""Writing results: all of them or none, and work that outlives an interruption.

Everything is written into a hidden folder beside the target, and takes its place when it is complete; a run that
fails, is stopped or finds the disk full leaves an earlier result as it was.

    settlement/              the target
    .settlement.unfinished/  while a run is at work: ``checkpoint/``, and ``results-xxxx/`` being written

The hidden folder goes when the run is done or its input is refused.  Finished work stays in it after an interruption
or a full disk: the same command goes on from there.  Where the target is on a disk of its own (a mounted folder), or
only the target may be written to, the hidden folder is inside it.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fairpool.ground.errors import InputError


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """Where results go, and where they are made."""

    target: Path
    unfinished: Path
    staging: Path  # inside of ``unfinished``, named before it is made: whatever stops us, it can be removed

    @property
    def checkpoint(self) -> Path:
        """A folder for finished parts of the work; not there until something is written."""
        return self.unfinished / "checkpoint"

    @contextmanager
    def results(self) -> Iterator[Path]:
        """A folder to write into; its entries replace those of the same name in the target when the block ends.

        Raises InputError where the disk does not let us.
        """
        try:
            content, replaced = self.staging / "content", self.staging / "replaced"
            content.mkdir(parents=True)
            replaced.mkdir()
            yield content
            _move(content, self.target, replaced)
        except OSError as problem:
            raise InputError(f"cannot write the results: {problem.strerror}", file=self.target) from problem
        finally:
            shutil.rmtree(self.staging, ignore_errors=True)


@contextmanager
def output_folder(target: Path) -> Iterator[OutputFolder]:
    """Check, before the work begins, that results can be written to ``target``; tidy up when it ends.

    Raises InputError where ``target`` is a file, or the disk does not let us write there.
    """
    place = _absolute(target)
    if place.exists() and not place.is_dir():
        raise InputError("is a file, expected a folder for the results", file=target)
    _refuse_no_way(place, shown=target)
    unfinished = _place_of_work(place)
    folder = OutputFolder(target, unfinished, unfinished / f"results-{secrets.token_hex(4)}")
    new = [one for one in (folder.unfinished, *folder.unfinished.parents) if not one.exists()]
    try:
        yield folder
        shutil.rmtree(folder.unfinished, ignore_errors=True)
    except InputError as problem:
        full = isinstance(problem.__cause__, OSError)  # no reason to lose what was computed
        if new and not full:
            shutil.rmtree(folder.unfinished, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(folder.staging, ignore_errors=True)  # for a Ctrl-C that stopped ``results`` doing so
        _remove_empty([folder.unfinished, *new])


def refuse_unwritable_file(file: Path) -> None:
    """InputError unless a file can be written here."""
    place = _absolute(file)
    if place.is_dir():
        raise InputError("is a folder, expected a file for the results", file=file)
    _refuse_no_way(place.parent, shown=file)


def written_whole(file: Path, text: str, *, mode: int | None = None) -> None:
    """Write a file under another name and rename it: it is there whole or not at all, never with other rights.

    What is not a file (a pipe, /dev/null) is written to as it is.  Raises InputError where the disk does not let us.
    """
    place = _absolute(file)
    unfinished = place.with_name(f".{place.name}.unfinished")
    try:
        if place.exists() and not place.is_file():
            place.write_text(text, encoding="utf-8")
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        if mode is not None:
            unfinished.touch(mode)
            unfinished.chmod(mode)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(place)
    except OSError as problem:
        raise InputError(f"cannot write there: {problem.strerror}", file=file) from problem
    finally:
        with suppress(OSError):
            unfinished.unlink()


def _absolute(target: Path) -> Path:
    try:
        place = target.resolve()
        place.exists()  # a name that is too long is found out here
    except (OSError, RuntimeError) as problem:  # RuntimeError: symbolic links in a circle
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise InputError(f"cannot write there: {reason}", file=target) from None
    return place


def _refuse_no_way(place: Path, *, shown: Path) -> None:
    """InputError unless the folder ``place`` is there and can be written into, or can be made."""
    known = next(folder for folder in (place, *place.parents) if folder.exists())
    if not known.is_dir():
        raise InputError(f"cannot write there: {known} is a file", file=shown)
    if not _may_write(known):
        raise InputError(f"cannot write there: no permission to write in {known}", file=shown)


def _place_of_work(place: Path) -> Path:
    if place.exists():
        disks = {folder.stat().st_dev for folder in (place, place.parent)}
        if len(disks) > 1 or not _may_write(place.parent):
            return place / ".unfinished"
    return place.with_name(f".{place.name}.unfinished")


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def _remove_empty(folders: list[Path]) -> None:
    """Remove these folders, the innermost first, where nothing is in them."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _move(content: Path, target: Path, replaced: Path) -> None:
    """Put every entry of ``content`` into ``target``, or leave ``target`` as it was."""
    if not target.exists():
        content.rename(target)
        return
    arrived: list[str] = []
    try:
        for entry in sorted(content.iterdir()):
            there = target / entry.name
            if there.exists():
                there.rename(replaced / entry.name)
            arrived.append(entry.name)
            entry.rename(there)
    except BaseException:
        _put_back(arrived, content, target, replaced)
        raise


def _put_back(arrived: list[str], content: Path, target: Path, replaced: Path) -> None:
    for name in arrived:
        if (target / name).exists():
            (target / name).rename(content / name)
    for old in replaced.iterdir():
        old.rename(target / old.name)
