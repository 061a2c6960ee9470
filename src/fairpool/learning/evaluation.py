"""Evaluating coalitions: each distinct one once, in chunks, in parallel, and never twice after an interruption.

Chunks are cut from the order of the request, whatever the number of workers, and a chunk's gains depend on nothing
but the round and the chunk: so a run that was killed and continues gives the same bits as one that was not.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from fairpool.errors import InputError
from fairpool.games.game import coalitions_at, positions_of
from fairpool.learning.round import CoalitionScorer, Copies, Round

Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Finished chunks of one round in a folder; those of another round are not read.

    A chunk's file is written under another name and renamed, so that a killed run leaves whole files or none.
    """

    folder: Path
    fingerprint: str

    def read(self, chunk: Copies) -> NDArray[np.float64] | None:
        file = self._file(chunk)
        if not file.exists():
            return None
        return np.asarray(np.load(file, allow_pickle=False), dtype=np.float64)

    def write(self, chunk: Copies, gains: NDArray[np.float64]) -> None:
        file = self._file(chunk)
        unfinished = file.with_suffix(f".{os.getpid()}.tmp")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as out:
                np.save(out, gains, allow_pickle=False)
            unfinished.replace(file)
        except OSError as problem:
            raise InputError(f"cannot write a checkpoint: {problem.strerror}", file=file.parent) from problem

    def _file(self, chunk: Copies) -> Path:
        name = hashlib.sha256(self.fingerprint.encode() + chunk.astype(np.int16).tobytes()).hexdigest()
        return self.folder / f"{name[:32]}.npy"


@dataclass(slots=True, eq=False)
class Evaluator:
    """Evaluates coalitions of one round and remembers them.

    jobs         worker processes; 1 stays in this one
    checkpoint   where finished chunks are kept, if anywhere
    progress     told (coalitions done, coalitions asked for) after every chunk
    evaluations  how many distinct coalitions have been evaluated
    """

    round: Round
    jobs: int = 1
    checkpoint: Checkpoint | None = None
    progress: Progress = silent
    evaluations: int = 0
    _scorer: CoalitionScorer | None = None
    _known: dict[bytes, NDArray[np.float64]] = field(default_factory=dict)
    _table: NDArray[np.float64] | None = None

    def gains(self, copies: Copies) -> NDArray[np.float64]:
        """Gains of coalitions, integers (b, parties) -> float64 (b, tasks); what is known is not computed again."""
        if self._table is not None and copies.max(initial=0) <= 1:
            return self._table[positions_of(copies.astype(bool))]
        asked = np.ascontiguousarray(copies, dtype=np.int16)
        names = [row.tobytes() for row in asked]
        first = {name: i for i, name in reversed(list(enumerate(names))) if name not in self._known}
        if first:
            rows = sorted(first.values())
            self._known.update(zip([names[i] for i in rows], self._evaluate(asked[rows]), strict=True))
        return np.array([self._known[name] for name in names]).reshape(len(asked), len(self.round.tasks))

    def table(self) -> NDArray[np.float64]:
        """All 2**n coalitions, in the order of a `TableGame`: float64 (2**n, tasks)."""
        if self._table is None:
            n = len(self.round.parties)
            self._table = self._evaluate(coalitions_at(np.arange(2**n), n).astype(np.int16))
        return self._table

    def once(self, copies: Copies) -> NDArray[np.float64]:
        """Gains of coalitions, all different, that nobody will ask for again: they are not remembered."""
        return self._evaluate(copies.astype(np.int16))

    def _evaluate(self, asked: Copies) -> NDArray[np.float64]:
        with threadpool_limits(1):
            scorer = self._scorer = self._scorer or self.round.scorer()
        size = self.round.learner.reach.chunk
        chunks = [asked[i : i + size] for i in range(0, len(asked), size)]
        results = [self.checkpoint.read(chunk) if self.checkpoint else None for chunk in chunks]
        missing = [i for i, result in enumerate(results) if result is None]
        done = sum(len(chunk) for chunk, result in zip(chunks, results, strict=True) if result is not None)
        self.progress(done, len(asked))
        for i, gains in zip(missing, self._computed(scorer, [chunks[i] for i in missing]), strict=True):
            if self.checkpoint:
                self.checkpoint.write(chunks[i], gains)
            results[i] = gains
            done += len(gains)
            self.progress(done, len(asked))
        self.evaluations += len(asked)
        return np.concatenate([result for result in results if result is not None])

    def _computed(self, scorer: CoalitionScorer, chunks: list[Copies]) -> Iterator[NDArray[np.float64]]:
        if self.jobs == 1 or len(chunks) < 2:
            return (gains_of_chunk(scorer, chunk) for chunk in chunks)
        workers = Parallel(n_jobs=self.jobs, return_as="generator", batch_size=1)
        return iter(workers(delayed(gains_of_chunk)(scorer, chunk) for chunk in chunks))


def gains_of_chunk(scorer: CoalitionScorer, chunk: Copies) -> NDArray[np.float64]:
    """The work of one worker: BLAS pinned to one thread, so that workers do not fight over the cores."""
    with threadpool_limits(1):
        return scorer.gains(chunk)
