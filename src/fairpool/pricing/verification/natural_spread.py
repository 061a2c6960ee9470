"""How much contributors differ by nature, in each column, learned from the others of the one that is judged.

Airlines fly to different places, hospitals see patients of different ages: honest contributors have distributions of
their own.  In each column let F_j be the distribution function of contributor j, n_j its rows, H the mixture of all
contributors in equal parts, c the mean of F (1 - F) over all rows, and

    D_jl    ``squares``    integral of (F_j - F_l)^2 dH
    E_jl    ``by_chance``  c (1/n_j + 1/n_l), what chance makes of it on average
    ratio   ``ratios``     D_jl / E_jl: about 1 for contributors that are alike
    h       an honest majority of the m contributors, m // 2 + 1
    k       pairs an honest majority makes: h (h - 1) / 2
    s^2     ``spread``     the k-th smallest D_jl - u E_jl of pairs of *others* than the one judged, u being the k-th
                           smallest ratio of contributors that are alike (median), and at least what chance moves that
                           by (98th percentile).  0 in all columns, if in none the k-th smallest ratio is beyond chance
    R       ``tolerance``  in all columns of 98 of 100 honest contributors |F_i - others|^2 is at most R s^2

s is the estimator Q_n of Rousseeuw and Croux (1993), of distribution functions in place of numbers: as many pairs as an
honest majority makes are at least as close as s, whatever a minority hands in.  Contributor i's own rows do not enter.
Whether others differ at all is asked of all columns together: where they do, small differences are to be expected in
the other columns as well; where they do not, nothing is natural and every difference beyond chance counts.

R follows from m and the number of columns: in each, distributions differ along one direction, by normal amounts (a
random effect).  More directions would make R smaller, as sums of squares vary less, and so would knowing s^2: for 20
columns R is 61 for ten contributors, 354 for four.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, comb, exp, expm1, log, pi

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaincinv, ndtr

from fairpool.ground.arrays import Floats

MOST_ROWS = 20_000  # of a contributor that are looked at
PLACES = 1_000  # of H at which distribution functions are compared
FEWEST_PLACES = 20  # of each contributor
SEEN_ROWS = 10  # what fewer rows of all show is not seen: a truth value that is hardly ever true
HONEST = 0.98
SURELY = 0.999  # before differences count as natural: then much is forgiven
TAIL = 0.9
SHORTEST = 12 / pi**2
DRAWS = 20_000
MOST_DRAWN = 21  # contributors; R hardly changes beyond
MOST_LOG = 60.0


def _quantile(ratios: Floats, level: float) -> Floats:
    """Of ratios (draws, columns), ascending, of contributors that are alike: float64 (columns,).

    Above nine tenths from the mean excess there: tails of Cramér-von Mises losses are exponential, P(ratio > x) falling
    by e for each 12 / pi^2 in columns without ties, and no faster in others.
    """
    start = np.quantile(ratios, min(level, TAIL), axis=0)
    tail = ratios[round(TAIL * len(ratios)) :]
    excess = tail.mean(axis=0) - np.quantile(ratios, TAIL, axis=0)
    found: Floats = start + np.maximum(excess, SHORTEST) * max(log((1 - TAIL) / (1 - level)), 0.0)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class PairDistances:
    """D and E: float64 (m, m, columns), symmetric.

    spreads: float64 (columns,), c.
    """

    squares: Floats
    by_chance: Floats
    spreads: Floats

    @property
    def ratios(self) -> Floats:
        return self.squares / self.by_chance

    def spread(self, others: Sequence[int], chance_ratios: Floats) -> Floats:
        """s^2, float64 (columns,), of two or more others; infinite for one: then nobody knows what is natural.

        chance_ratios: float64 (draws, columns), ascending: ratios of contributors that are alike.
        """
        n = len(others)
        if n < 2:
            return np.full(len(self.spreads), np.inf)
        k, pairs = majority_pairs(n + 1), np.triu_indices(n, 1)
        first, second = (np.asarray(others)[side] for side in pairs)
        ratio = np.partition(self.ratios[first, second], k - 1, axis=0)[k - 1]
        surely = 1 - (1 - SURELY) / len(self.spreads)
        if (ratio <= _quantile(chance_ratios, _level(n, k, surely))).all():
            return np.zeros(len(self.spreads))
        usual = _quantile(chance_ratios, _level(n, k, 0.5))
        luck = _quantile(chance_ratios, _level(n, k, HONEST)) - usual
        expected = self.by_chance[first, second]
        squared = np.partition(self.squares[first, second] - usual * expected, k - 1, axis=0)[k - 1]
        found: Floats = np.maximum(squared, luck * np.median(expected, axis=0))
        return found


def _level(others: int, k: int, confidence: float) -> float:
    """The quantile of one ratio that the k-th smallest of the pairs stays below, with such confidence.

    As if there were as many independent ratios as others: pairs of n contributors depend on each other.
    """
    rank = ceil(others * k / comb(others, 2))
    return float(betaincinv(rank, others + 1 - rank, confidence))


def majority_pairs(contributors: int) -> int:
    """k, at most the pairs of all but one contributor."""
    return min(comb(contributors // 2 + 1, 2), comb(contributors - 1, 2))


def pair_distances(tables: Sequence[Floats]) -> PairDistances:
    """Of contributors' tables, float64 (rows, columns), at least one row each.

    Cost: a sort of at most 20,000 rows of each contributor, and m^2 times 1,000 multiplications, for each column.
    """
    thinned = [table[:: -(-len(table) // MOST_ROWS)] for table in tables]
    sizes = np.array([len(table) for table in thinned], dtype=np.float64)
    found = [
        _column_distances([np.sort(table[:, k]) for table in thinned]) for k in range(tables[0].shape[1])
    ]
    squares = np.stack([square for square, _ in found], axis=-1)
    spreads = np.maximum([spread for _, spread in found], SEEN_ROWS / sizes.sum())
    by_chance = (1 / sizes[:, None] + 1 / sizes)[..., None] * spreads
    return PairDistances(squares, by_chance, spreads)


def _column_distances(values: Sequence[Floats]) -> tuple[Floats, float]:
    """The integrals (m, m), and c, of one column; values: ascending, of each contributor."""
    each = max(PLACES // len(values), FEWEST_PLACES)
    shares = (np.arange(each) + 0.5) / each
    places = np.concatenate([mine[(shares * len(mine)).astype(np.intp)] for mine in values])
    F = np.stack([np.searchsorted(mine, places, side="right") / len(mine) for mine in values])
    inner = F @ F.T / len(places)
    norms = inner.diagonal()
    pool = np.sort(np.concatenate(values))
    together = np.searchsorted(pool, pool, side="right") / len(pool)
    return np.maximum(norms[:, None] + norms - 2 * inner, 0.0), float((together * (1 - together)).mean())


@cache
def tolerance(contributors: int, columns: int) -> float:
    """R, for three or more contributors, so large that 98 of 100 honest ones stay below in all columns.

    P(|x_0 - mean of x_1..x_m-1|^2 > R times the k-th smallest (x_j - x_l)^2) = 1 - 0.98^(1/columns), x standard normal:
    exactly in x_0, and on average over draws of the others.  Their generator is its own: R is a constant, not chance.
    """
    m = min(contributors, MOST_DRAWN)
    x = np.random.default_rng(0).standard_normal((DRAWS, m - 1))
    first, second = np.triu_indices(m - 1, 1)
    k = majority_pairs(m)
    natural = np.sqrt(np.partition((x[:, first] - x[:, second]) ** 2, k - 1, axis=1)[:, k - 1])
    centre = x.mean(axis=1)
    rare = -expm1(log(HONEST) / columns)

    def too_many(log_R: float) -> float:
        reach = np.exp(log_R / 2) * natural
        return float((ndtr(centre - reach) + ndtr(-centre - reach)).mean()) - rare

    return exp(float(brentq(too_many, 0.0, MOST_LOG)))
