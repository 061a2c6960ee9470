"""The terminal: progress and messages on stderr, results on stdout, exit codes.

0    done
1    a check failed (audits)
2    bad input: one message that says what to mend
130  stopped by Ctrl-C; the same command goes on where it was
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from fairpool.errors import FairpoolError


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn what can go wrong into one line on stderr and an exit code."""
    try:
        yield
    except FairpoolError as problem:
        _say(f"fairpool: {problem}")
        raise typer.Exit(2) from problem
    except KeyboardInterrupt:
        _say("fairpool: stopped; the same command goes on where it was")
        raise typer.Exit(130) from None
    except MemoryError as problem:
        _say(
            "fairpool: out of memory; fewer rows, fewer parties or a smaller budget of evaluations need less"
        )
        raise typer.Exit(2) from problem


class Stages:
    """A progress bar that moves through named stages, with the time left for the one at work."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._current = self._bars.add_task("starting", total=None)

    def __enter__(self) -> Stages:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def stage(self, words: str) -> None:
        self._bars.remove_task(self._current)
        self._current = self._bars.add_task(words, total=None)

    def progress(self, done: int, total: int) -> None:
        self._bars.update(self._current, completed=done, total=total)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def show(text: str) -> None:
    """A result, on stdout."""
    sys.stdout.write(text + "\n")
