"""Exact values of parties in a 1-nearest-neighbour market, for any number of parties (own result).

For one task row let the n parties be ranked by the distance of their nearest row, rank 1 nearest, and let r_k be the
row's weight if the nearest row of the party at rank k has the right label, else 0.  Then G(S) = r of the first rank in
S, and for the game v(S) = (model + members |S|) G(S) - members sum of G({j}) a semivalue with weights w_c is, for the
party at rank i,

    own     r_i * sum_c w_c (model + members (c+1)) binom(n-i, c)
    nearer  - sum over k > i of  r_k * sum_c w_c (model + members c) binom(n-k, c-1)
    farther + sum over k < i of  r_k * members * sum_c w_c binom(n-k-1, c-1)

summed over task rows, less members * G({i}).  With the Shapley weights and model = members = 1 these are
2/i + (n-i)/(i(i+1)), 2 B(2,k-1) + (n-k) B(3,k-1) and 1/(k(k+1)).

It needs a score that adds up over task rows: accuracy and balanced accuracy.

Cost: O(n) weights of O(n) terms once, then O(rows n log n) for the ranking and O(rows n) for the sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from fairpool.ground.arrays import Floats
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.nearest.nearest import Neighbours, nearest_of_blocks

WeightsOf = Callable[[int], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Parties by rank for every task row.

    party   int64 (rows, n): the party at rank 1 .. n
    right   float64 (rows, n): r_k, the row's weight where that party's nearest row is right, else 0
    classes int64 (n,): parties of one class have equally near rows of the same label for every task row, so that no
            coalition can tell them apart; a class is named by its first party
    """

    party: NDArray[np.int64]
    right: NDArray[np.float64]
    classes: NDArray[np.int64]

    @property
    def alone(self) -> Floats:
        """G({i}): float64 (n,)."""
        return self._per_party(self.right)

    @property
    def everyone(self) -> float:
        """G of all parties."""
        return float(self.right[:, 0].sum())

    @property
    def mean_by_size(self) -> Floats:
        """Mean of G over the coalitions of each size 1 .. n: float64 (n,)."""
        n = self.party.shape[1]
        sizes, ranks = np.arange(1, n + 1)[:, None], np.arange(1, n + 1)
        share = np.where(
            ranks <= n - sizes + 1, np.exp(_log_binom(n - ranks, sizes - 1) - _log_binom(n, sizes)), 0.0
        )
        return np.asarray(share @ self.right.sum(axis=0), dtype=np.float64)

    def of(self, parties: NDArray[np.int64]) -> Ranking:
        """The ranking among some of the parties, renumbered in their order."""
        number = np.full(self.party.shape[1], -1)
        number[parties] = np.arange(len(parties))
        stays = number[self.party] >= 0
        shape = (len(self.party), len(parties))
        return Ranking(
            number[self.party][stays].reshape(shape), self.right[stays].reshape(shape), number[parties]
        )

    def values(self, weights_of: WeightsOf, *, model: float, members: float) -> Floats:
        """The semivalue of every party: float64 (n,)."""
        terms = _terms(weights_of, self.party.shape[1], model, members)
        r = self.right
        farther = np.cumsum(r * terms.farther, axis=1)
        nearer = np.cumsum((r * terms.nearer)[:, ::-1], axis=1)[:, ::-1]
        by_rank = r * terms.own - (nearer - r * terms.nearer) + (farther - r * terms.farther)
        return self._per_party(by_rank) - members * self.alone * terms.total

    def bought(self, weights_of: WeightsOf) -> Floats:
        """sum over S without i of w_|S| (G(S + i) - G({i})), of every party: float64 (n,).

        G(S + i) is r_i where nobody nearer is in S, else r of the nearest in S: the own term with model = 1, members =
        0, and the farther one.
        """
        n, r = self.party.shape[1], self.right
        terms, own = _terms(weights_of, n, 0.0, 1.0), _terms(weights_of, n, 1.0, 0.0).own
        farther = np.cumsum(r * terms.farther, axis=1) - r * terms.farther
        return self._per_party(r * own + farther) - self.alone * terms.total

    def values_with_copies(
        self, weights_of: WeightsOf, party: int, copies: int, *, model: float, members: float
    ) -> tuple[Floats, float]:
        """Values of the n parties and of each of ``copies`` copies of ``party``, which stand at its rank."""
        rows, n = self.party.shape
        rank = np.argmax(self.party == party, axis=1)
        places = np.arange(n + copies)
        source = np.where(places <= rank[:, None], places, np.maximum(places - copies, rank[:, None]))
        names = np.take_along_axis(self.party, source, axis=1)
        copied = (places > rank[:, None]) & (places <= rank[:, None] + copies)
        names[copied] = np.tile(np.arange(n, n + copies), rows)
        values = Ranking(names, np.take_along_axis(self.right, source, axis=1), self.classes).values(
            weights_of, model=model, members=members
        )
        return values[:n], float(values[n]) if copies else 0.0

    def _per_party(self, by_rank: NDArray[np.float64]) -> Floats:
        n = self.party.shape[1]
        return np.bincount(self.party.ravel(), weights=by_rank.ravel(), minlength=n).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    own: Floats
    nearer: Floats
    farther: Floats
    total: float

    @classmethod
    def of(cls, weights: Floats, model: float, members: float) -> _Terms:
        n = len(weights)
        rank, size = np.arange(1, n + 1)[:, None], np.arange(n)
        return cls(
            own=_summed(weights * (model + members * (size + 1)), n - rank, size),
            nearer=_summed(weights * (model + members * size), n - rank, size - 1),
            farther=members * _summed(weights, n - rank - 1, size - 1),
            total=float(_summed(weights, np.array([[n - 1]]), size)[0]),
        )


@lru_cache(maxsize=16)  # a market with copies asks for the same few sizes once a party
def _terms(weights_of: WeightsOf, players: int, model: float, members: float) -> _Terms:
    return _Terms.of(weights_of(players), model, members)


def _summed(weights: Floats, top: NDArray[np.int64], chosen: NDArray[np.int64]) -> Floats:
    """sum over c of weights_c binom(top, chosen), for every row of ``top``."""
    possible = (chosen >= 0) & (chosen <= top) & (weights > 0)
    with np.errstate(divide="ignore"):
        terms = np.exp(np.log(weights) + _log_binom(top, chosen))
    return np.asarray(np.where(possible, terms, 0.0).sum(axis=1), dtype=np.float64)


def _log_binom(top: NDArray[np.int64] | int, chosen: NDArray[np.int64] | int) -> NDArray[np.float64]:
    a, b = np.maximum(top, 0), np.clip(chosen, 0, np.maximum(top, 0))
    return np.asarray(gammaln(a + 1) - gammaln(b + 1) - gammaln(a - b + 1), dtype=np.float64)


def ranking_of(experiment: Experiment) -> Ranking:
    """The ranking of an experiment that `has_closed_form`: one distance matrix, one sort."""
    task = experiment.tasks[0]
    found = nearest_of_blocks(experiment.parties, task.X, 1)
    right = np.where(found.label == task.y[:, None], experiment.score.row_weights(task.y)[:, None], 0.0)
    return Ranking(found.block, right, _classes(found))


def _classes(found: Neighbours) -> NDArray[np.int64]:
    """Parties with the same nearest distances and labels on all task rows, named by the first of them."""
    order = np.argsort(found.block, axis=1)
    columns = [np.take_along_axis(column, order, axis=1) for column in (found.distance, found.label)]
    _, first, number = np.unique(np.vstack(columns), axis=1, return_index=True, return_inverse=True)
    return np.asarray(first[number.ravel()], dtype=np.int64)


def has_closed_form(experiment: Experiment) -> bool:
    """Whether values can be had without coalitions: one task, one neighbour, a score that adds up over task rows."""
    one_neighbour = experiment.learner.capabilities.nearest_row_decides
    return one_neighbour and len(experiment.tasks) == 1 and experiment.score.additive
