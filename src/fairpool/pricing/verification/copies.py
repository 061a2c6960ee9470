"""Rows that are copies of others, and how many of those are coincidence.

Two different people may well have the same three truth values.  So copies are not counted by themselves: what is tested
is whether a contributor has more pairs (of equal, or of near rows) than independent rows would have.

    p   ``rate``      how often two independent rows are a pair: the median, over all pairs of *other* contributors and
                      over the other contributors themselves, of pairs found over pairs possible; or the median over
                      those of the kind in question (between, or within), if that is more: somebody who makes rows up
                      has fewer pairs with everybody else
    E   ``expected``  p times the pairs possible
    sd                of the number of pairs among independent rows: more than Poisson's, as a row may be in many pairs
    s   ``spread``    standard deviation of log p between contributors, beyond chance: some fly one route all day,
                      others many.  From the lower half of the others' rates only: copies raise rates, never lower them

Where the contributor has at most E exp(4 s) + 4 sd pairs, nothing is taken out.  Beyond, as many rows as there are
pairs above E.  Of rows equal in every column, all copies are taken out where E is below 1/2, as with measurements.

Within a contributor the first of equal rows stays; between contributors the row of the earlier deposit.  Where rows
coincide all the time, copies cannot be told from coincidence, by this or by any other look at rows only.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fairpool.ground.arrays import Floats, Positions

STANDARD_DEVIATIONS = 4.0
QUARTILE = 0.6745  # standard deviations from the median of a normal distribution
MOST_SPREAD = 1.0  # of log p
MANY = 30  # from so many contributors on, the median is taken over all of them


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """Pairs between contributors: float64 (m, m), symmetric; on the diagonal, pairs within.

    sizes: float64 (m,), rows.  fans: chance that a row makes pairs with both of two others.
    alone: p where there are no others to learn it from.
    unseen: pairs that may be expected where the median is 0: with up to ln 2 of them half of all counts are 0.
    """

    pairs: Floats
    sizes: Floats
    fans: float
    alone: float = 0.0
    unseen: float = 0.0

    @property
    def possible(self) -> Floats:
        possible = np.outer(self.sizes, self.sizes)
        np.fill_diagonal(possible, self.sizes * (self.sizes - 1) / 2)
        return possible

    def rate(self, contributor: int, *, within: bool) -> float:
        """p for judging this contributor; ``alone`` where nobody else has two rows."""
        kinds = self._of_others(contributor), self._of_others(contributor, within=within)
        medians = [
            max(float(np.median(rates)), self.unseen / float(np.median(possible)))
            for rates, possible in kinds
            if rates.size
        ]
        return max(medians, default=self.alone)

    def spread(self, contributor: int, *, within: bool) -> float:
        """s for judging this contributor; 0 where fewer than three rates are known, or pairs are few."""
        rates, possible = self._of_others(contributor, within=within)
        pairs = float(np.median(rates * possible)) if rates.size >= 3 else 0.0
        if pairs < 1:
            return 0.0
        low, middle = np.quantile(rates + 0.5 / possible, [0.25, 0.5])
        overdispersed = self.fans / float(np.median(rates)) ** 2 * float(np.median(self.sizes)) ** -1
        by_chance = 1 / pairs + overdispersed
        return min(sqrt(max((log(middle / low) / QUARTILE) ** 2 - by_chance, 0.0)), MOST_SPREAD)

    def _of_others(self, contributor: int, *, within: bool | None = None) -> tuple[Floats, Floats]:
        """Rates and pairs possible: within the others, between them, or both."""
        others = np.arange(len(self.sizes)) != contributor
        if len(self.sizes) >= MANY:
            others[:] = True
        used = np.triu(np.outer(others, others)) & (self.possible > 0)
        if within is not None:
            used &= np.eye(len(others), dtype=np.bool_) == within
        return self.pairs[used] / self.possible[used], self.possible[used]


@dataclass(frozen=True, slots=True)
class Surplus:
    """How many pairs were found, how many are expected of independent rows, and how many rows to take out."""

    found: int
    expected: float
    rows: int


def within_surplus(counts: PairCounts, i: int, *, copies: int) -> Surplus:
    """Pairs within contributor i; ``copies``: rows that could be taken out."""
    n, p = float(counts.sizes[i]), counts.rate(i, within=True)
    found = int(counts.pairs[i, i])
    fanned = n**3 * max(counts.fans - p * p, 0.0)
    natural = exp(STANDARD_DEVIATIONS * counts.spread(i, within=True))
    return _surplus(found, p * n * (n - 1) / 2, fanned, copies, natural=natural, certain=counts.unseen == 0)


def across_surplus(counts: PairCounts, i: int, *, copies: int) -> Surplus:
    """Pairs of contributor i with contributors of earlier deposits."""
    n, earlier = float(counts.sizes[i]), float(counts.sizes[:i].sum())
    p = counts.rate(i, within=False)
    found = int(counts.pairs[i, :i].sum())
    fanned = n * earlier * (n + earlier) * max(counts.fans - p * p, 0.0)
    natural = exp(STANDARD_DEVIATIONS * counts.spread(i, within=False))
    return _surplus(found, p * n * earlier, fanned, copies, natural=natural, certain=counts.unseen == 0)


def _surplus(
    found: int, expected: float, fanned: float, copies: int, *, natural: float, certain: bool
) -> Surplus:
    if certain and expected < 0.5:
        return Surplus(found, expected, min(copies, found))
    if found <= natural * expected + STANDARD_DEVIATIONS * sqrt(expected + fanned):
        return Surplus(found, expected, 0)
    return Surplus(found, expected, min(copies, ceil(found - expected)))


def equal_pairs(identity: Positions, owner: Positions, contributors: int, *, alone: float) -> PairCounts:
    """Pairs of rows with equal ``identity``; ``alone`` as in `PairCounts`.  Cost O(N log N + m (equal rows))."""
    sizes = np.bincount(owner, minlength=contributors).astype(np.float64)
    numbers, content, times = np.unique(identity, return_inverse=True, return_counts=True)
    repeated = times[content] > 1
    held = sparse.coo_array(
        (np.ones(int(repeated.sum())), (owner[repeated], content[repeated])),
        shape=(contributors, len(numbers)),
    ).tocsr()
    pairs = np.asarray((held @ held.T).todense(), dtype=np.float64)
    np.fill_diagonal(pairs, (pairs.diagonal() - np.asarray(held.sum(axis=1)).ravel()) / 2)
    c, N = times.astype(np.float64), float(len(identity))
    fans = float((c * (c - 1) * (c - 2)).sum()) / max(N * (N - 1) * (N - 2), 1.0)
    return PairCounts(pairs, sizes, fans, alone=alone)


def chance_of_equal_rows(codes: Floats) -> float:
    """The chance that two rows are equal if columns were independent: for a contributor that is alone."""
    N = len(codes)
    if N < 2:
        return 0.0
    chances = []
    for column in codes.T:
        times = np.unique(column, return_counts=True)[1].astype(np.float64)
        chances.append(float((times * (times - 1)).sum()) / (N * (N - 1)))
    return float(np.prod(chances))


def repeats(identity: Positions) -> NDArray[np.bool_]:
    """Which rows equal an earlier one: bool (N,)."""
    again = np.ones(len(identity), dtype=np.bool_)
    again[np.unique(identity, return_index=True)[1]] = False
    return again
