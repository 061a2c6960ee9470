"""Evaluating coalitions: each distinct one once, in chunks, in parallel, and never twice after an interruption.

What is evaluated is how often each block of rows is in: coalitions that parties of equal rows make alike are one model,
with one gain.  Chunks are cut from those counts in an order of their own, whatever the number of workers and the order
of the request, and a chunk's gains depend on nothing but the experiment and the chunk: so a run that was killed and
continues gives the same bits as one that was not.
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
from fairpool.ground.arrays import Bool, Float, Floats, Int, Positions
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress, unwatched
from fairpool.learning.checkpoint import Checkpoint
from fairpool.learning.experiment import CoalitionScorer, Experiment
from fairpool.learning.validation_rows.row_groups import RowGroups

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
        How many different models have been scored.
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
    _asked: dict[bytes, None] = field(default_factory=dict)
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
        counts = self._counts(asked)
        self._asked.update(dict.fromkeys(row.tobytes() for row in asked))
        names = [row.tobytes() for row in counts]
        first = {name: i for i, name in reversed(list(enumerate(names))) if name not in self._known}
        if first:
            rows = sorted(first.values())
            gains, parts = self._evaluate(counts[rows])
            self._known.update(zip([names[i] for i in rows], gains, strict=True))
            if self._keeps_parts:
                self._parts.update(zip([names[i] for i in rows], parts, strict=True))
        return np.array([self._known[name] for name in names]).reshape(len(asked), len(self.experiment.tasks))

    def table(self) -> Float[Floats, "coalitions tasks"]:
        """All 2**n coalitions, in the order of a `TableGame`: float64 (2**n, tasks)."""
        if self._table is None:
            n = len(self.experiment.parties)
            self._table, self._table_parts = self._evaluate(self._counts(coalitions_at(np.arange(2**n), n)))
        return self._table

    def known(self) -> tuple[Coalitions, Floats]:
        """What has been evaluated, without copies: bool (m, parties), and gains (m, tasks)."""
        n = len(self.experiment.parties)
        if self._table is not None:
            return coalitions_at(np.arange(2**n), n), self._table
        asked = np.array([np.frombuffer(name, dtype=np.int16) for name in self._asked]).reshape(-1, n)
        plain = asked[asked.max(axis=1, initial=0) <= 1]
        return plain > 0, self._remembered(plain)

    def once(self, coalitions: Int[CountedCoalitions, "batch parties"]) -> Float[Floats, "batch tasks"]:
        """Gains of coalitions, all different, that nobody will ask for again: they are not remembered."""
        return self._evaluate(self._counts(coalitions))[0]

    def parts(self, coalitions: Bool[Coalitions, "batch parties"]) -> list[Float[Floats, "batch groups"]]:
        """Of each task, the parts of the gains of coalitions by the groups of its rows.

        Looked up where they were kept, else predicted again: only learners that predict many coalitions in no time
        keep nothing.
        """
        cuts = np.cumsum([len(groups) for groups in self.groups])[:-1]
        found = self._kept(coalitions) if self._keeps_parts else self._again(coalitions)
        return np.split(found, cuts, axis=1)

    @property
    def _keeps_parts(self) -> bool:
        return bool(self.groups) and not self.experiment.learner.capabilities.cheap

    def _kept(self, coalitions: Coalitions) -> NDArray[np.float64]:
        if self._table_parts is not None:
            return self._table_parts[positions_of(coalitions)].astype(np.float64)
        self._remembered(coalitions.astype(np.int16))
        names = [row.tobytes() for row in self._counts(coalitions)]
        return np.array([self._parts[name] for name in names], dtype=np.float64)

    def _again(self, coalitions: Coalitions) -> NDArray[np.float64]:
        distinct, place = _distinct(self._counts(coalitions))
        with threadpool_limits(1):
            scorer = replace(self._prepared(), groups=self.groups)
            return scorer.scored(distinct.astype(np.int64))[place, len(self.experiment.tasks) :]

    def _counts(self, asked: CountedCoalitions | Coalitions) -> CountedCoalitions:
        """How often each block is in, int16 (b, blocks)."""
        return self._prepared().block_counts(asked.astype(np.int16)).astype(np.int16)

    def _prepared(self) -> CoalitionScorer:
        if self._scorer is None:
            kept = self.groups if self._keeps_parts else ()
            with threadpool_limits(1):
                self._scorer = replace(self.experiment.scorer(), groups=kept)
        return self._scorer

    def _evaluate(self, asked: CountedCoalitions) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Gains of counts (b, blocks) and the parts that are kept, equal counts computed once.

        float64 (b, tasks) and float32 (b, groups of all tasks).
        """
        tasks = len(self.experiment.tasks)
        kept = sum(map(len, self.groups)) if self._keeps_parts else 0
        if not len(asked):
            return np.empty((0, tasks)), np.empty((0, kept), dtype=np.float32)
        distinct, place = _distinct(asked)
        self.evaluations += len(distinct)
        found = self._in_chunks(distinct, tasks + kept)
        return found[:, :tasks][place], found[:, tasks:].astype(np.float32)[place]

    def _in_chunks(self, asked: CountedCoalitions, numbers: int) -> NDArray[np.float64]:
        """What is scored of different counts: float64 (b, numbers)."""
        scorer = self._prepared()
        size = scorer.predictor.chunk
        chunks = [asked[i : i + size] for i in range(0, len(asked), size)]
        results = [self._finished(chunk, numbers) for chunk in chunks]
        done = sum(len(result) for result in results if result is not None)
        self.progress(done, len(asked))
        with closing(_computed(scorer, chunks, results, self.jobs)) as computed:
            for i, gains in computed:
                results[i] = gains
                if self.checkpoint:
                    self.checkpoint.write(chunks[i], gains)
                done += len(gains)
                self.progress(done, len(asked))
        return np.concatenate([result for result in results if result is not None])

    def _finished(self, chunk: CountedCoalitions, numbers: int) -> NDArray[np.float64] | None:
        """What a checkpoint holds of this chunk, if it is all that is wanted."""
        found = self.checkpoint.read(chunk) if self.checkpoint else None
        return found if found is not None and found.shape[1] == numbers else None


def _distinct(counts: CountedCoalitions) -> tuple[CountedCoalitions, Positions]:
    """The different rows of counts in the order of a `TableGame`, and which of them each row is."""
    base = int(counts.max(initial=0)) + 1
    if counts.shape[1] * np.log2(base) < 62:  # a row is one number: sorted thirty times as fast as rows
        keys = counts @ np.array([base**place for place in range(counts.shape[1])], dtype=np.int64)
        _, first, place = np.unique(keys, return_index=True, return_inverse=True)
        return counts[first], place.reshape(-1)
    distinct, place = np.unique(counts[:, ::-1], axis=0, return_inverse=True)
    return np.ascontiguousarray(distinct[:, ::-1]), place.reshape(-1)


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
        return i, scorer.scored(chunk.astype(np.int64))
