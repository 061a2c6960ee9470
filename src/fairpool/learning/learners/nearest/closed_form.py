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

Neither w_c nor the binomials are ever formed: beyond a thousand players the one is below the smallest float64 and the
other above the largest.  With the size law alpha_c = binom(n-1, c) w_c the sums are those of

    alpha_c R_k(c),   R_k(c) = binom(n-k, c) / binom(n-1, c),   R_1 = 1,   R_{k+1}(c) = R_k(c) (n-k-c) / (n-k)

which lie in [0, 1], as binom(n-k, c-1) = binom(n-k+1, c) c / (n-k+1).

It needs a score that adds up over task rows: accuracy and balanced accuracy.

Cost: O(n^2) once, then O(rows n log n) for the ranking and O(rows n) for the sums; with copies of one party as much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats, Integers
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.nearest.nearest import Neighbours, nearest_of_blocks

LawOf = Callable[[int], Floats]
"""Players -> how much weight a value puts on coalitions of each size (`fairpool.games.values.size_laws`)."""


@dataclass(frozen=True, eq=False)
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

    @cached_property
    def alone(self) -> Floats:
        """G({i}): float64 (n,), in [0, 1]."""
        return gains_by_column(np.take_along_axis(self.right, self.ranks, axis=1))

    @property
    def everyone(self) -> float:
        """G of all parties, in [0, 1]."""
        return float(gains_by_column(self.right[:, :1])[0])

    @cached_property
    def ranks(self) -> Integers:
        """Where each party stands, counted from 0: int64 (rows, n)."""
        return np.argsort(self.party, axis=1)

    @property
    def mean_by_size(self) -> Floats:
        """Mean of G over the coalitions of each size 1 .. n: float64 (n,).

        The nearest of s members stands at rank k with chance binom(n-k, s-1) / binom(n, s).
        """
        n, by_rank = self.party.shape[1], self.right.sum(axis=0)
        sizes = np.arange(1, n + 1)
        chance, mean = sizes / n, np.zeros(n)
        for k in range(1, n + 1):
            mean += by_rank[k - 1] * chance
            chance = chance * np.maximum(n - k - sizes + 1, 0) / max(n - k, 1)
        return np.append(mean[:-1], self.everyone)

    def of(self, parties: NDArray[np.int64]) -> Ranking:
        """The ranking among some of the parties, renumbered in their order."""
        number = np.full(self.party.shape[1], -1)
        number[parties] = np.arange(len(parties))
        stays = number[self.party] >= 0
        shape = (len(self.party), len(parties))
        return Ranking(
            number[self.party][stays].reshape(shape), self.right[stays].reshape(shape), number[parties]
        )

    def table(self, empty: float) -> Floats:
        """G of every coalition, in the order of a `TableGame`: float64 (2**n,).  Cost O(rows n 2**n)."""
        n = self.party.shape[1]
        members, gains = np.arange(2**n), np.zeros(2**n)
        for party, right in zip(self.party, self.right, strict=True):
            first = np.zeros(2**n)
            for k in range(n - 1, -1, -1):
                first[members >> party[k] & 1 == 1] = right[k]
            gains += first
        gains[0] = empty
        return np.minimum(gains, 1.0)

    def values(self, law_of: LawOf, *, model: float, members: float) -> Floats:
        """The semivalue of every party: float64 (n,)."""
        terms = _terms(law_of, self.party.shape[1], model, members)
        r = self.right
        farther = np.cumsum(r * terms.farther, axis=1)
        nearer = np.cumsum((r * terms.nearer)[:, ::-1], axis=1)[:, ::-1]
        by_rank = r * terms.own - (nearer - r * terms.nearer) + (farther - r * terms.farther)
        return self._per_party(by_rank) - members * self.alone * terms.total

    def bought(self, law_of: LawOf) -> Floats:
        """sum over S without i of w_|S| (G(S + i) - G({i})), of every party: float64 (n,).

        G(S + i) is r_i where nobody nearer is in S, else r of the nearest in S: the own term with model = 1, members =
        0, and the farther one.
        """
        n, r = self.party.shape[1], self.right
        terms, own = _terms(law_of, n, 0.0, 1.0), _terms(law_of, n, 1.0, 0.0).own
        farther = np.cumsum(r * terms.farther, axis=1) - r * terms.farther
        return self._per_party(r * own + farther) - self.alone * terms.total

    def with_copies(self, law_of: LawOf, copies: int, *, model: float, members: float) -> RankingWithCopies:
        """The ranking in which one party, no matter which, enters so many copies: they stand at its rank."""
        terms = _terms(law_of, self.party.shape[1] + copies, model, members)
        return RankingWithCopies.of(self, terms, copies, members * self.alone * terms.total)

    def _per_party(self, by_rank: NDArray[np.float64]) -> Floats:
        n = self.party.shape[1]
        return np.bincount(self.party.ravel(), weights=by_rank.ravel(), minlength=n).astype(np.float64)


def gains_by_column(right: NDArray[np.float64]) -> Floats:
    """Sums over task rows, (rows, n) -> (n,), as the score has them: whole counts over whole numbers where it counts.

    Rows weigh 1/m with a whole m, one for each class; sums of such floats would miss 1, and exceed it.
    """
    total = np.zeros(right.shape[1])
    for weight in np.unique(right[right > 0]):
        count, per = (right == weight).sum(axis=0), 1 / weight
        whole = np.rint(per)
        total += count / whole if abs(per - whole) <= _WHOLE * whole else count * weight
    return np.minimum(total, 1.0)


_WHOLE = 1e-12  # of a weight's inverse: that it is a whole number but for rounding


@dataclass(frozen=True, slots=True, eq=False)
class RankingWithCopies:
    """Values in a market in which a party enters copies, for any party at O(rows n).

    A party nearer than the copies stands at its rank r, one farther at r + copies.  What the value of party j is where
    party i has copies splits into a part of j's rank and one of i's, on either side:

        before_of_it[j] + before[i]    where j is nearer than i
        behind_of_it[j] + behind[i]    where it is farther

    Arrays are float64 (rows, n) by party; ``each``: value of each identity of a party; ``alone``: (n,), what every
    value is less.
    """

    ranks: Integers
    before_of_it: Floats
    before: Floats
    behind_of_it: Floats
    behind: Floats
    each: Floats
    alone: Floats

    @classmethod
    def of(cls, ranking: Ranking, terms: _Terms, copies: int, alone: Floats) -> RankingWithCopies:
        r, n = ranking.right, ranking.party.shape[1]
        first, later = slice(0, n), slice(copies, n + copies)
        nearer, farther = (
            np.cumsum(r * terms.nearer[first], axis=1),
            np.cumsum(r * terms.farther[first], axis=1),
        )
        moved_nearer = np.cumsum((r * terms.nearer[later])[:, ::-1], axis=1)[:, ::-1]
        moved_farther = np.cumsum(r * terms.farther[later], axis=1)
        behind_it = moved_nearer - r * terms.nearer[later]
        of_all = _windows(terms.nearer, copies + 1) * r
        of_others = (_windows(terms.nearer, copies + 1) - terms.nearer[first]) * r
        nearer_than_it, farther_than_it = nearer - r * terms.nearer[first], farther - r * terms.farther[first]
        ranks = ranking.ranks
        by_rank = (
            r * terms.own[first] + nearer + farther_than_it,
            -nearer_than_it - of_all - behind_it,
            r * terms.own[later] - behind_it + moved_farther - r * terms.farther[later],
            farther_than_it + _windows(terms.farther, copies + 1) * r - moved_farther,
            r * terms.own[first] - of_others - behind_it + farther_than_it,
        )
        of_party = [np.take_along_axis(part, ranks, axis=1) for part in by_rank]
        before_of_it, before, behind_of_it, behind, each = of_party
        return cls(ranks, before_of_it, before, behind_of_it, behind, each, alone)

    def values(self, party: int) -> tuple[Floats, float]:
        """Values of the n parties where ``party`` has the copies, and of each of these."""
        own = slice(party, party + 1)
        nearer = self.ranks < self.ranks[:, own]
        found = np.where(
            nearer, self.before_of_it + self.before[:, own], self.behind_of_it + self.behind[:, own]
        ).sum(axis=0)
        found[party] = self.each[:, party].sum()
        found -= self.alone
        return found, float(found[party])


def _windows(terms: Floats, width: int) -> Floats:
    """Sums of ``width`` terms from each one on."""
    sums = np.concatenate([[0.0], np.cumsum(terms)])
    return np.asarray(sums[width:] - sums[:-width], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    own: Floats
    nearer: Floats
    farther: Floats
    total: float

    @classmethod
    def of(cls, law: Floats, model: float, members: float) -> _Terms:
        n = len(law)
        size = np.arange(n)
        joining, present = law * (model + members * (size + 1)), law * (model + members * size) * size
        own, nearer, farther = np.zeros((3, n))
        ratio = np.ones(n)
        for k in range(1, n + 1):
            own[k - 1] = joining @ ratio
            if k < n:
                farther[k - 1] = members * ((law * size) @ ratio) / (n - k)
                nearer[k] = (present @ ratio) / (n - k)
                ratio = ratio * np.maximum(n - k - size, 0) / (n - k)
        return cls(own, nearer, farther, float(law.sum()))


@lru_cache(maxsize=16)  # a market with copies asks for the same few sizes once a party
def _terms(law_of: LawOf, players: int, model: float, members: float) -> _Terms:
    return _Terms.of(law_of(players), model, members)


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
