"""The terminal: progress and messages on stderr, results on stdout, exit codes.

0    done
1    a check failed (audits)
2    bad input: a message that says what to mend
130  stopped by Ctrl-C
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, TextIO

import typer

from fairpool.ground.errors import FairpoolError, InputError

GOES_ON = "stopped; the same command goes on where it was"
SECONDS_BETWEEN_LINES = 30.0

Json = Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON document instead of text.")]


@contextmanager
def exit_codes(*, stopped: str = "stopped") -> Iterator[None]:
    """Turn what can go wrong into a line on stderr, or one for each that was found with it, and an exit code;
    ``stopped`` is said after Ctrl-C."""
    try:
        with _quiet():
            yield
    except FairpoolError as problem:
        for one in (problem, *(problem.also if isinstance(problem, InputError) else ())):
            say(f"fairpool: {one}")
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        say(f"fairpool: {stopped}")
        raise typer.Exit(130) from None
    except MemoryError:
        say("fairpool: out of memory; fewer rows, fewer parties or a smaller budget of evaluations need less")
        raise typer.Exit(2) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep libraries' warnings from the user's terminal, those of worker processes as well."""
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = "ignore"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        del os.environ["PYTHONWARNINGS"]
        if before is not None:
            os.environ["PYTHONWARNINGS"] = before


class Stages:
    """What is being done, on stderr: a bar with the time left on a terminal, else a line every half minute."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._words = "starting"
        self._said = time.monotonic()
        self._current = self._bars.add_task(self._words, total=None)

    def __enter__(self) -> Stages:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def stage(self, words: str) -> None:
        self._words = words
        self._bars.remove_task(self._current)
        self._current = self._bars.add_task(words, total=None)

    def progress(self, done: int, total: int) -> None:
        self._bars.update(self._current, completed=done, total=total)
        if self._bars.disable and time.monotonic() - self._said > SECONDS_BETWEEN_LINES:
            self._said = time.monotonic()
            say(f"fairpool: {self._words}: {done:,} of {total:,}")


def say(text: str) -> None:
    """A message, on stderr."""
    _write(sys.stderr, text)


def show(text: str) -> None:
    """A result, on stdout."""
    _write(sys.stdout, text)


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text + "\n")
        stream.flush()
    except OSError as problem:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # or Python complains again at its end
        if not isinstance(problem, BrokenPipeError):  # `| head` has read all it wanted
            raise InputError(f"cannot write to {stream.name}: {problem.strerror}") from problem
