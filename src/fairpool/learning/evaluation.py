"""Evaluating coalitions: each distinct one once, in chunks, in parallel, and never twice after an interruption.

Chunks are cut from the order of the request, whatever the number of workers, and a chunk's gains depend on nothing
but the experiment and the chunk: so a run that was killed and continues gives the same bits as one that was not.
"""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from warnings import catch_warnings, simplefilter

import numpy as np
from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from fairpool.games.game import Coalitions, CountedCoalitions, coalitions_at, positions_of
from fairpool.ground.arrays import Bool, Float, Floats, Int
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress, unwatched
from fairpool.learning.checkpoint import Checkpoint
from fairpool.learning.experiment import CoalitionScorer, Experiment
from fairpool.learning.row_groups import RowGroups

Found = NDArray[np.float64] | None
Numbered = tuple[int, NDArray[np.float64]]
_TRIES = 3  # before workers that keep dying are given up


@dataclass(slots=True, eq=False)
class Evaluator:
    """Evaluates coalitions of one experiment and remembers them.

    Parameters
    ----------
    experiment : Experiment
        What fixes the gains.
    jobs : int
        Worker processes; 1 stays in this one, -1 takes one for every core.
    checkpoint : Checkpoint
        Where finished chunks are kept, if anywhere.
    progress : Progress
        Told (coalitions done, coalitions asked for) after every chunk.
    evaluations : int
        How many distinct coalitions have been evaluated.
    groups : tuple of RowGroups
        Groups of each task's rows, where `parts` will be asked for; a learner that is dear to ask twice keeps the
        parts of what it evaluates, in float32.

    Examples
    --------
    All coalitions of two parties, in the order of a `TableGame`: nobody, the first, the second, both.

    >>> from fairpool.learning.catalogue import learner_named, score_named
    >>> from fairpool.learning.rows import Rows, stack
    >>> ill = Rows(np.array([[1.0], [2.0]]), np.array([1, 1]), classes=2)
    >>> well = Rows(np.array([[-1.0], [-2.0]]), np.array([0, 0]), classes=2)
    >>> accuracy = score_named("accuracy")
    >>> nearest = learner_named("nearest", {}, accuracy)
    >>> Evaluator(Experiment((ill, well), (stack([ill, well]),), nearest, accuracy, seed=0)).table().tolist()
    [[0.0], [0.5], [0.5], [1.0]]
    """

    experiment: Experiment
    jobs: int = 1
    checkpoint: Checkpoint | None = None
    progress: Progress = unwatched
    evaluations: int = 0
    groups: tuple[RowGroups, ...] = ()
    _scorer: CoalitionScorer | None = None
    _known: dict[bytes, NDArray[np.float64]] = field(default_factory=dict)
    _parts: dict[bytes, NDArray[np.float32]] = field(default_factory=dict)
    _table: NDArray[np.float64] | None = None
    _table_parts: NDArray[np.float32] | None = None

    def gains(
        self, coalitions: Int[CountedCoalitions, "batch parties"] | Bool[Coalitions, "batch parties"]
    ) -> Float[Floats, "batch tasks"]:
        """Gains of coalitions, integers (b, parties) -> float64 (b, tasks); what is known is not computed again."""
        asked = np.ascontiguousarray(coalitions, dtype=np.int16)
        if self._table is None:
            return self._remembered(asked)
        gains = self._table[positions_of(asked > 0)]
        copied = asked.max(axis=1, initial=0) > 1
        gains[copied] = self._remembered(asked[copied])
        return gains

    def _remembered(self, asked: CountedCoalitions) -> NDArray[np.float64]:
        names = [row.tobytes() for row in asked]
        first = {name: i for i, name in reversed(list(enumerate(names))) if name not in self._known}
        if first:
            rows = sorted(first.values())
            gains, parts = self._evaluate(asked[rows])
            self._known.update(zip([names[i] for i in rows], gains, strict=True))
            if self._keeps_parts:
                self._parts.update(zip([names[i] for i in rows], parts, strict=True))
        return np.array([self._known[name] for name in names]).reshape(len(asked), len(self.experiment.tasks))

    def table(self) -> Float[Floats, "coalitions tasks"]:
        """All 2**n coalitions, in the order of a `TableGame`: float64 (2**n, tasks)."""
        if self._table is None:
            n = len(self.experiment.parties)
            self._table, self._table_parts = self._evaluate(
                coalitions_at(np.arange(2**n), n).astype(np.int16)
            )
        return self._table

    def known(self) -> tuple[Coalitions, Floats]:
        """What has been evaluated, without copies: bool (m, parties), and gains (m, tasks)."""
        n = len(self.experiment.parties)
        if self._table is not None:
            return coalitions_at(np.arange(2**n), n), self._table
        asked = np.array([np.frombuffer(name, dtype=np.int16) for name in self._known]).reshape(-1, n)
        plain = asked.max(axis=1, initial=0) <= 1
        gains = np.array(list(self._known.values())).reshape(len(asked), -1)
        return asked[plain] > 0, gains[plain]

    def once(self, coalitions: Int[CountedCoalitions, "batch parties"]) -> Float[Floats, "batch tasks"]:
        """Gains of coalitions, all different, that nobody will ask for again: they are not remembered."""
        return self._evaluate(coalitions.astype(np.int16))[0]

    def parts(self, coalitions: Bool[Coalitions, "batch parties"]) -> list[Float[Floats, "batch groups"]]:
        """Of each task, the parts of the gains of coalitions by the groups of its rows.

        Looked up where they were kept, else predicted again: only learners that predict many coalitions in no time
        keep nothing.
        """
        asked = np.ascontiguousarray(coalitions, dtype=np.int16)
        cuts = np.cumsum([len(groups) for groups in self.groups])[:-1]
        return np.split(self._kept(asked) if self._keeps_parts else self._again(asked), cuts, axis=1)

    @property
    def _keeps_parts(self) -> bool:
        return bool(self.groups) and not self.experiment.learner.capabilities.cheap

    def _kept(self, asked: CountedCoalitions) -> NDArray[np.float64]:
        if self._table_parts is not None:
            return self._table_parts[positions_of(asked > 0)].astype(np.float64)
        self._remembered(asked)
        return np.array([self._parts[row.tobytes()] for row in asked], dtype=np.float64)

    def _again(self, asked: CountedCoalitions) -> NDArray[np.float64]:
        with threadpool_limits(1):
            scorer = replace(self._prepared(), groups=self.groups)
            return scorer.scored(asked)[:, len(self.experiment.tasks) :]

    def _prepared(self) -> CoalitionScorer:
        kept = self.groups if self._keeps_parts else ()
        self._scorer = self._scorer or replace(self.experiment.scorer(), groups=kept)
        return self._scorer

    def _evaluate(self, asked: CountedCoalitions) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Gains (b, tasks), and the parts that are kept, (b, groups of all tasks)."""
        tasks = len(self.experiment.tasks)
        kept = sum(map(len, self.groups)) if self._keeps_parts else 0
        if not len(asked):
            return np.empty((0, tasks)), np.empty((0, kept), dtype=np.float32)
        with threadpool_limits(1):
            scorer = self._prepared()
        size = scorer.predictor.chunk
        chunks = [asked[i : i + size] for i in range(0, len(asked), size)]
        results = [self._finished(chunk, tasks + kept) for chunk in chunks]
        done = sum(len(result) for result in results if result is not None)
        self.progress(done, len(asked))
        with closing(_computed(scorer, chunks, results, self.jobs)) as computed:
            for i, gains in computed:
                results[i] = gains
                if self.checkpoint:
                    self.checkpoint.write(chunks[i], gains)
                done += len(gains)
                self.progress(done, len(asked))
        self.evaluations += len(asked)
        gains = np.concatenate([result[:, :tasks] for result in results if result is not None])
        parts = np.concatenate([result[:, tasks:] for result in results if result is not None])
        return gains, parts.astype(np.float32)

    def _finished(self, chunk: CountedCoalitions, numbers: int) -> NDArray[np.float64] | None:
        """What a checkpoint holds of this chunk, if it is all that is wanted."""
        found = self.checkpoint.read(chunk) if self.checkpoint else None
        return found if found is not None and found.shape[1] == numbers else None


def _computed(
    scorer: CoalitionScorer, chunks: list[CountedCoalitions], results: list[Found], jobs: int
) -> Generator[Numbered]:
    """Gains of the chunks that have no result yet, as they become ready.

    Where a worker process dies, what is missing is given to new ones, never to this process: it may be the machine's
    memory that ran out.  This is tried a few times only.
    """
    for trial in range(_TRIES):
        missing = [(i, chunk) for i, chunk in enumerate(chunks) if results[i] is None]
        if jobs == 1 or not missing or (len(missing) == 1 and trial == 0):
            yield from (_numbered(scorer, i, chunk) for i, chunk in missing)
            return
        try:
            yield from _in_workers(scorer, missing, jobs)
        except TerminatedWorkerError:
            continue
        return
    raise InputError(
        f"worker processes were killed {_TRIES} times, most likely because memory ran out: got jobs = {jobs}, "
        "expected fewer (jobs = 1 works in this process)"
    )


def _in_workers(
    scorer: CoalitionScorer, missing: list[tuple[int, CountedCoalitions]], jobs: int
) -> Generator[Numbered]:
    workers = Parallel(
        n_jobs=min(jobs, len(missing)) if jobs > 0 else jobs,
        return_as="generator_unordered",
        batch_size=1,
        initializer=_leave_interruptions_to_the_parent,
    )
    ready = workers(delayed(_numbered)(scorer, i, chunk) for i, chunk in missing)
    try:
        for found in ready:  # noqa: UP028 "yield from" would close ``ready`` before the warning is silenced
            yield found
    finally:
        with catch_warnings():
            simplefilter("ignore", UserWarning)  # that cancelled work was wasted
            ready.close()


def _leave_interruptions_to_the_parent() -> None:
    """Ctrl-C reaches every process of the terminal; a worker that took it itself would print a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _numbered(scorer: CoalitionScorer, i: int, chunk: CountedCoalitions) -> Numbered:
    """The work of one worker: BLAS pinned to one thread, so that workers do not fight over the cores."""
    with threadpool_limits(1):
        return i, scorer.scored(chunk)
