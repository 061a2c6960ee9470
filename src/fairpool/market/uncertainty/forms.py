"""Gains and values of a round as linear forms in what the validation rows weigh.

A gain is a sum over columns, each with a weight (`fairpool.market.uncertainty.weights`): the groups of validation rows,
and rows that might have been seen.  Values of players are sums over gains of coalitions, so they are such sums, too,
and a round under other weights costs one product of matrices.

    psi_i  =  sum over S of c_i(S) (model + members |S|) G(S)  -  members c_i G({i})

with c_i(S) = w_{|S|-1} where i is in S and -w_{|S|} where it is not, and c_i the sum of w over the coalitions without
i; G of the empty coalition is no matter of rows.

Cost: n C k operations for n parties, C coalitions and k columns, a block of coalitions at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from fairpool.games.game import Coalitions, coalitions_at
from fairpool.games.values.semivalues import size_law
from fairpool.ground.arrays import Booleans, Float, Floats, Integers
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.validation_rows.row_groups import RowGroups
from fairpool.market.reward_rules.reward_rule import RewardRule

_BLOCK = 4096  # coalitions looked at together: 32 MB of a thousand groups
MOST_KEPT = 2**22  # numbers of improvements that are kept from block to block of draws: 32 MB

Columns = Callable[[Coalitions], Float[Floats, "batch columns"]]
"""What each column adds to the gains of coalitions on one task."""


@dataclass(frozen=True, slots=True, eq=False)
class TaskForms:
    """One task's part.

    parties    whose gains are scored on it: int64 (p,)
    alone      G({i}) of these parties by column: (p, columns)
    model      gains of the models they are delivered, or of the pooled one: (p or 1, columns)
    values     the task's part of psi: (players, columns)
    worth      the task's part of v(all): (columns,)
    floored    what more there is of psi and v(all) that is not linear in the rows' weights
    """

    groups: RowGroups
    parties: Integers
    alone: Float[Floats, "parties columns"]
    model: Float[Floats, "models columns"]
    values: Float[Floats, "players columns"]
    worth: Float[Floats, " columns"]
    floored: Floored | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Floored:
    """Improvements of one party's task that are never below 0: where data do worse, it is left its own model.

    coalitions   whose data are lent, nobody's left out: bool (b, parties)
    counted      what the improvement by each counts in every player's value: (players, b)
    everyone     the gain with all data that were chosen: (columns,)
    kept         the columns of all coalitions, where draws are made in several blocks: (b, columns)
    """

    coalitions: Booleans
    counted: Float[Floats, "players batch"]
    columns: Columns
    everyone: Float[Floats, " columns"]
    kept: Float[Floats, "batch columns"] | None = None

    @property
    def numbers(self) -> int:
        """How many numbers a draw of the weights multiplies."""
        return len(self.coalitions) * len(self.everyone)

    def keeping(self) -> Floored:
        """The same, which does not ask for its columns in every block of draws; as it is where they are too many."""
        if self.numbers > MOST_KEPT:
            return self
        blocks = range(0, len(self.coalitions), _BLOCK)
        return replace(
            self, kept=np.vstack([self.columns(self.coalitions[at : at + _BLOCK]) for at in blocks])
        )

    def drawn(self, weights: Float[Floats, "columns draws"], own: Floats) -> tuple[Floats, Floats]:
        """Parts of psi, (players, draws), and of v(all), (draws,); ``own``: what the party's own model scores."""
        values = np.zeros((len(self.counted), weights.shape[1]))
        for first in range(0, len(self.coalitions), _BLOCK):
            some = slice(first, first + _BLOCK)
            columns = self.columns(self.coalitions[some]) if self.kept is None else self.kept[some]
            better = np.maximum(columns @ weights - own, 0.0)
            values += self.counted[:, some] @ better
        return values, np.maximum(self.everyone @ weights - own, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """tasks, and what does not hang on rows.

    values, worth     constants to be added to psi and to v(all): (players,) and a number
    classes           the player of each party, where functional replicas play as one
    standard_errors   of psi, where it is estimated from a sample of coalitions: (players,)
    """

    tasks: tuple[TaskForms, ...]
    values: Float[Floats, " players"]
    worth: float
    classes: Integers | None = None
    standard_errors: Float[Floats, " players"] | None = None


def columns_of(evaluator: Evaluator, task: int) -> Columns:
    """The groups of one task's rows, and after them the rows that might have been seen."""

    def columns(coalitions: Coalitions) -> Floats:
        unseen = unseen_rows(coalitions, evaluator.groups[task].least)
        return np.hstack([evaluator.parts(coalitions)[task], unseen])

    return columns


def unseen_rows(coalitions: Coalitions, least: float = 0.0) -> Float[Floats, "batch patterns"]:
    """Rows that only one party's data make right, and rows that they make wrong: two for each party.

    least   what a model adds to its gain by a row that it gets wrong; by one that it gets right it adds 1
    """
    filled = coalitions.any(axis=1, keepdims=True)
    return np.where(np.hstack([coalitions, ~coalitions]), 1.0, least) * filled


def common_forms(
    columns: Columns,
    groups: RowGroups,
    rule: RewardRule,
    empty: float,
    *,
    parties: int,
    classes: Integers | None = None,
) -> Forms:
    """A common task, every coalition known; ``classes`` where functional replicas play as one."""
    playing = np.arange(parties) if classes is None else np.unique(classes)
    n, function = len(playing), rule.function
    weights = rule.weights(n)
    alone, everyone = columns(np.eye(parties, dtype=bool)), columns(np.ones((1, parties), dtype=bool))
    values = np.zeros((n, alone.shape[1]))
    for coalitions in _blocks(n):
        sizes = coalitions.sum(axis=1)
        scale = (function.model + function.members * sizes) * (sizes > 0)
        asked = np.zeros((len(coalitions), parties), dtype=bool)
        asked[:, playing] = coalitions
        values += weighed(marginal_coefficients(coalitions, weights) * scale, asked, columns)
    own = function.members * alone[playing]
    task = TaskForms(
        groups,
        np.arange(parties),
        alone,
        everyone,
        values - own * float(size_law(weights).sum()),
        (function.model + function.members * n) * everyone[0] - own.sum(axis=0),
    )
    start = function.model * empty
    return Forms((task,), np.full(n, -start * float(weights[0])), -start, classes)


def marginal_coefficients(coalitions: Coalitions, weights: Floats) -> Float[Floats, "players batch"]:
    """c_i(S): what v(S) counts in the value of player i."""
    sizes = coalitions.sum(axis=1)
    padded = np.concatenate([[0.0], weights, [0.0]])
    return np.where(coalitions, padded[sizes][:, None], -padded[sizes + 1][:, None]).T


def weighed(
    coefficients: Float[Floats, "players batch"], coalitions: Coalitions, columns: Columns
) -> Float[Floats, "players columns"]:
    """The product of coefficients and the coalitions' columns, a block at a time."""
    blocks = [slice(first, first + _BLOCK) for first in range(0, len(coalitions), _BLOCK)]
    return sum(
        (coefficients[:, some] @ columns(coalitions[some]) for some in blocks[1:]),
        start=coefficients[:, blocks[0]] @ columns(coalitions[blocks[0]]),
    )


def _blocks(players: int) -> Iterator[Coalitions]:
    for start in range(0, 2**players, _BLOCK):
        yield coalitions_at(np.arange(start, min(start + _BLOCK, 2**players)), players)
