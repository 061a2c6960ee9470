"""An experiment: the learning side of a round.  Which rows, which tasks, and the gains of coalitions.

    G_t(S)    gain of the model trained on the rows of coalition S, scored on task t

A coalition travels with its members counted (`fairpool.games.game.CountedCoalitions`): k in is a party with k - 1
copies of itself.

Where rows that several members bring identically are trained on once (``once``), the training rows are cut into blocks
by the set of their owners: a block is in a coalition as soon as one owner is.  Otherwise a block is a party's rows and
copies count.

Parties of equal rows share a block, and blocks stand in the order of their contents.  So a coalition's gain depends on
what rows its members bring, to the last bit, and neither on who they are nor on how they were listed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import scipy
import sklearn
from numpy.typing import NDArray

import fairpool
from fairpool.comparing.rows_in_common import distinct_row_owners
from fairpool.games.game import CountedCoalitions
from fairpool.ground.arrays import Float, Floats, Int, Integers
from fairpool.ground.errors import InputError
from fairpool.learning.learner import Learner, Predictor, Refusal
from fairpool.learning.own_scores import AnyScore
from fairpool.learning.rows import Rows, content, stack
from fairpool.learning.validation_rows.row_groups import RowGroups
from fairpool.tables.names import listed

_NO_WORTH_IS_MADE_UP = (
    "what a coalition without a model is worth is not made up: expected a learner (or options of it) that learns from "
    "such rows, or a round without them"
)


class SharedRowsRule(Enum):
    """What a model is trained on where several members of a coalition bring the same row: all of them, or one.

    Examples
    --------
    >>> SharedRowsRule("once")
    <SharedRowsRule.ONCE: 'once'>
    """

    KEEP = "keep"
    ONCE = "once"


class EmptyCoalition(Enum):
    """What the empty coalition is worth: nothing, as in the paper, or what the best constant prediction scores.

    Examples
    --------
    >>> EmptyCoalition("trivial")
    <EmptyCoalition.TRIVIAL: 'trivial'>
    """

    ZERO = "zero"
    TRIVIAL = "trivial"


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """Everything that fixes the gains of coalitions.

    Parameters
    ----------
    parties, tasks : tuples of Rows
        Training rows of each party, and validation rows of each task.
    learner, score : Learner, Score or OwnScore
        How models are trained, and what they are worth on a task.
    seed : int
        All chance of the learner.
    shared_rows, empty : SharedRowsRule, EmptyCoalition
        What is made of rows that several members bring, and what the empty coalition is worth.
    names : tuple of str
        The parties', for messages; nothing depends on them.

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.learning.catalogue import learner_named, score_named
    >>> ill = Rows(np.array([[1.0], [2.0]]), np.array([1, 1]), classes=2)
    >>> well = Rows(np.array([[-1.0], [-2.0]]), np.array([0, 0]), classes=2)
    >>> accuracy = score_named("accuracy")
    >>> experiment = Experiment((ill, well), (stack([ill, well]),), learner_named("nearest", {}, accuracy), accuracy, 0)
    >>> experiment.scorer().gains(np.array([[1, 0], [1, 1]])).tolist()
    [[0.5], [1.0]]
    """

    parties: tuple[Rows, ...]
    tasks: tuple[Rows, ...]
    learner: Learner
    score: AnyScore
    seed: int
    shared_rows: SharedRowsRule = SharedRowsRule.KEEP
    empty: EmptyCoalition = EmptyCoalition.ZERO
    names: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """A hash of all that the gains depend on: a checkpoint of another experiment is never taken for this one's.

        Versions count, because another release may round or fit differently.
        """
        versions = (fairpool.__version__, np.__version__, scipy.__version__, sklearn.__version__)
        settings = (self.learner, self.score.name, self.seed, self.shared_rows.value, self.empty.value)
        digest = hashlib.sha256(repr((versions, settings, len(self.parties), len(self.tasks))).encode())
        for rows in (*self.parties, *self.tasks):
            digest.update(repr((rows.X.shape, rows.X.dtype, rows.y.dtype, rows.classes)).encode())
            digest.update(np.ascontiguousarray(rows.X).data)
            digest.update(np.ascontiguousarray(rows.y).data)
        return digest.hexdigest()

    def scorer(self) -> CoalitionScorer:
        """Prepare to score coalitions: cuts the rows into blocks and lets the learner prepare."""
        blocks, owners = self._blocks_in_order()
        return CoalitionScorer(
            owners=owners,
            once=self.shared_rows is SharedRowsRule.ONCE,
            predictor=self.learner.prepare(blocks, self.tasks, seed=self.seed),
            labels=tuple(task.y for task in self.tasks),
            score=self.score,
            empty=self.empty_gains(),
            names=self.names or tuple(f"party {i}" for i in range(len(self.parties))),
        )

    def blocks(self) -> tuple[tuple[Rows, ...], NDArray[np.bool_]]:
        """The training rows cut into blocks, and who brings each: bool (blocks, parties)."""
        if self.shared_rows is SharedRowsRule.KEEP:
            return self.parties, np.eye(len(self.parties), dtype=bool)
        found = distinct_row_owners([(rows.X, rows.y) for rows in self.parties])
        pooled = stack(self.parties)
        return tuple(pooled.take(index) for index in found.rows), found.owners

    def _blocks_in_order(self) -> tuple[list[Rows], NDArray[np.bool_]]:
        """The blocks by content, those of equal parties as one block with several owners."""
        blocks, owners = self.blocks()
        held = [content(block) for block in blocks]
        if self.shared_rows is SharedRowsRule.KEEP:
            owners = np.array([[one == other for other in held] for one in held])
            kept = [held.index(one) for one in sorted(set(held))]
        else:
            kept = sorted(range(len(held)), key=held.__getitem__)
        return [blocks[i] for i in kept], owners[kept]

    def training_rows(self, members: Sequence[int]) -> Rows:
        """What the model of this coalition is trained on."""
        blocks, owners = self._blocks_in_order()
        times = owners[:, list(members)].sum(axis=1)
        if self.shared_rows is SharedRowsRule.ONCE:
            times = np.minimum(times, 1)
        return stack([blocks[i] for i in np.repeat(np.arange(len(blocks)), times)])

    def model(self, members: Sequence[int]) -> Any:
        """The model of this coalition as a fitted scikit-learn estimator on treated columns."""
        return self.learner.fit(self.training_rows(members), seed=self.seed)

    def empty_gains(self) -> Float[Floats, " tasks"]:
        """Gain of the empty coalition on every task: float64 (tasks,)."""
        if self.empty is EmptyCoalition.ZERO:
            return np.zeros(len(self.tasks))
        return np.array([self.score.trivial(task.y, task.classes) for task in self.tasks])


@dataclass(frozen=True, slots=True, eq=False)
class CoalitionScorer:
    """Gains of coalitions on every task.

    owners  bool (blocks, parties)
    empty   float64 (tasks,): gains of the empty coalition
    names   of the parties
    groups  of each task's rows, where the parts of gains are asked for as well
    """

    owners: NDArray[np.bool_]
    once: bool
    predictor: Predictor
    labels: tuple[NDArray[np.int64] | NDArray[np.float64], ...]
    score: AnyScore
    empty: NDArray[np.float64]
    names: tuple[str, ...]
    groups: tuple[RowGroups, ...] = ()

    def gains(self, coalitions: Int[CountedCoalitions, "batch parties"]) -> Float[Floats, "batch tasks"]:
        """integers (b, parties) -> float64 (b, tasks).  Raises InputError, naming the coalition, where one has none."""
        return self.scored(self.block_counts(coalitions))[:, : len(self.labels)]

    def scored(self, counts: Int[Integers, "batch blocks"]) -> Float[Floats, "batch numbers"]:
        """Of how often each block is in: the gains on every task, and after them the parts of every task's gain."""
        constants = [groups.constant(gain) for groups, gain in zip(self.groups, self.empty, strict=False)]
        scored = np.tile(np.concatenate([self.empty, *constants]), (len(counts), 1))
        filled = np.flatnonzero(counts.any(axis=1))
        step = self.predictor.batch
        for start in range(0, len(filled), step):
            batch = filled[start : start + step]
            try:
                scored[batch] = self._batch(counts[batch])
            except Refusal as refusal:
                said = self._said(counts[batch[refusal.place]])
                raise InputError(f"{said}: {refusal.problem}; {_NO_WORTH_IS_MADE_UP}") from refusal
        return scored

    def _batch(self, counts: Integers) -> NDArray[np.float64]:
        """The same of a few that are not empty, predicted together."""
        predictions = self.predictor.predictions(counts)
        gains = [self.score.of(predicted, self.labels[t])[:, None] for t, predicted in enumerate(predictions)]
        parts = [
            groups.parts(predicted, labels)
            for groups, predicted, labels in zip(self.groups, predictions, self.labels, strict=False)
        ]
        return np.hstack([*gains, *parts])

    def _said(self, counts: Integers) -> str:
        """The parties of a coalition by name; of parties with equal rows as many as there are."""
        inside = self.owners & (counts > 0)[:, None]
        whole = [
            name for name, own in zip(self.names, self.owners.T & ~inside.T, strict=True) if not own.any()
        ]
        return f"coalition of {listed(whole)}"

    def block_counts(
        self, coalitions: Int[CountedCoalitions, "batch parties"]
    ) -> Int[Integers, "batch blocks"]:
        """How often each block is in: coalitions with equal ones train the same model."""
        counts = coalitions.astype(np.int64) @ self.owners.T.astype(np.int64)
        return np.minimum(counts, 1) if self.once else counts
