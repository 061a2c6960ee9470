"""A market too large for a table: values estimated from a sample of coalitions.

The values and their standard errors are those of `fairpool.games.estimation.estimate`.  What copies would earn is
estimated from the same coalitions under the assumption that copies change no model: only means by size are needed,

    identity    sum over s of  binom(n-1, s) [ w'_s D_i(s) + sum over c = 1 .. k of  binom(k, c) w'_{s+c} E_i(s) ]

with D_i(s) the mean of v(S + i) - v(S) over S of size s without i, and E_i(s) the mean of what one more identity adds
where another one already is in.  E is a mean of levels and known well.  D - E, what the party's data bring to others,
is a difference that a few coalitions of each size cannot tell from noise: it is fitted by alpha + beta / (1 + s), with
alpha such that the sum with k = 0 is the party's estimated value.  That shape is assumed: what copies would earn in a
sampled market is rough, of the right size but not calibrated.  Where the sample holds every coalition, D is as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from fairpool.games.game import Coalitions
from fairpool.ground.arrays import Booleans, Float, Floats
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.valuation import MOST_COPIES, Valuation, followed


@dataclass(frozen=True, slots=True, eq=False)
class SizeMeans:
    """Means of v by coalition size, with and without player i: (n, n + 1) each; sizes never seen are interpolated."""

    with_player: Floats
    without: Floats
    complete: bool

    @classmethod
    def of(cls, coalitions: Coalitions, worths: Floats) -> SizeMeans:
        """From coalitions that are a uniform sample within each size: bool (m, n), float64 (m,)."""
        complete = len(worths) == 2 ** coalitions.shape[1]
        return cls(_means(coalitions, worths), _means(~coalitions, worths)[:, ::-1], complete)

    @property
    def marginals(self) -> Floats:
        """Mean of v(S + i) - v(S) by the size of S: (n, n)."""
        return self.with_player[:, 1:] - self.without[:, :-1]


def _means(members: Booleans, worths: Floats) -> Floats:
    """Mean worth by the number of True entries, over the rows where entry i is True: (n, n + 1)."""
    n = members.shape[1]
    sizes = members.sum(axis=1)
    by_size = np.zeros((n + 1, len(sizes)))
    by_size[sizes, np.arange(len(sizes))] = 1.0
    counts = by_size @ members
    sums = by_size @ (members * worths[:, None])
    seen = counts > 0
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=seen)
    grid = np.arange(n + 1)
    return np.array([np.interp(grid, grid[seen[:, i]], means[seen[:, i], i]) for i in range(n)])


@dataclass(frozen=True, eq=False)
class SampledMarket:
    """values: float64 (n,), the estimated values; worth: v(all) - v(empty), known exactly.

    another      float64 (n, n): E_i(s)
    extra_worth  float64 (n,): by how much v(all) grows with one more identity of i
    free_task    copies buy nothing (own tasks only)
    """

    alone: Floats
    gains: Floats
    values: Floats
    worth: float
    division: RewardRule
    means: SizeMeans
    another: Floats
    extra_worth: Floats
    free_task: bool = False

    @cached_property
    def brought(self) -> Float[Floats, "parties sizes"]:
        """D_i(s) - E_i(s): what the data of i bring to others."""
        raw = self.means.marginals - self.another
        return raw if self.means.complete else self._smoothed(raw)

    def _smoothed(self, raw: Floats) -> Floats:
        """alpha_i + beta_i / (1 + s), fitted to ``raw`` with weights 1 / (1 + s); alpha makes up the value."""
        n = len(self.alone)
        law = _law(n, self.division.weights(n), 0, 1)
        falling = 1.0 / np.arange(1, n + 1)
        basis = np.column_stack([np.ones(n), falling]) * falling[:, None]
        beta = np.linalg.lstsq(basis, (raw * falling).T, rcond=None)[0][1]
        curve = beta[:, None] * falling
        alpha = (self.values - (self.another + curve) @ law) / law.sum()
        return alpha[:, None] + curve

    @cached_property
    def valuation(self) -> Valuation:
        return Valuation(self.alone, self.gains, self.division.shares(self.values, self.worth))

    @property
    def bought(self) -> Floats:
        """What one more identity gains itself, averaged by the law of the value: estimated from the same coalitions."""
        n = len(self.alone)
        law = _law(n, self.division.weights(n), 0, 1)
        return self.division.earned_by_buying(self.values, self.another @ law, self.worth)

    def share_errors(self, standard_errors: Floats) -> Floats:
        """Standard errors of the shares from those of the values; the sum of all values counts as known."""
        whole = self.division.whole(self.values, self.worth)
        return standard_errors / whole if whole > 0.0 else np.zeros_like(standard_errors)

    def with_copies(self, party: int) -> tuple[Valuation, ...]:
        return tuple(self._with(party, copies) for copies in range(1, MOST_COPIES + 1))

    def _with(self, party: int, copies: int) -> Valuation:
        shares = self._shares(party, copies)
        copy_alone = self.gains[party] if self.free_task else self.alone[party]
        return Valuation(
            followed(self.alone, copy_alone, copies),
            followed(self.gains, self.gains[party], copies),
            shares,
        )

    def _shares(self, party: int, copies: int) -> Floats:
        main, copy = self._identity(party, copies)
        worth = self.worth + (0.0 if self.free_task else copies * self.extra_worth[party])
        identities = np.append(main, np.full(copies, copy))
        others = np.delete(self.values, party)  # those below zero as well: only all together are known
        handed = self._handed_out(party, copies, worth) - float(identities.sum())
        others = others * max(handed, 0.0) / others.sum() if others.sum() > 0 else others
        psi = np.insert(np.append(others, identities[1:]), party, identities[0])
        return self.division.shares(psi, worth)

    def _handed_out(self, party: int, copies: int, worth: float) -> float:
        """The sum of all values in the market with copies: exactly the worth for an efficient value."""
        if self.division.everything:
            return worth
        now = self._total(party, 0)
        return float(self.values.sum()) * (self._total(party, copies) / now if now > 0 else 1.0)

    def _identity(self, party: int, copies: int) -> tuple[float, float]:
        """Values of the party itself and of one of its copies in the market with ``copies`` copies."""
        n = len(self.alone)
        weights = self.division.weights(n + copies)
        first = float(_law(n, weights, 0, 1) @ (self.brought[party] + self.another[party]))
        others_in = sum(
            (_law(n, weights, c, math.comb(copies, c)) for c in range(1, copies + 1)), start=np.zeros(n)
        )
        later = float(others_in @ self.another[party])
        if not self.free_task:
            return first + later, first + later
        return first + later, float(_law(n, weights, 0, 1) @ self.brought[party])

    def _total(self, party: int, copies: int) -> float:
        """sum over all coalitions of v(C) [ |C| w_{|C|-1} - (n' - |C|) w_{|C|} ], which is the sum of all values."""
        n, players = len(self.alone), len(self.alone) + copies
        weights = self.division.weights(players)
        total = 0.0
        for c in range(copies + 2):
            for s in range(n):
                size = s + c
                many = math.comb(copies + 1, c) * math.comb(n - 1, s)
                joins = size * Fraction(float(weights[size - 1])) if size else Fraction(0)
                leaves = (players - size) * Fraction(float(weights[size])) if size < players else Fraction(0)
                total += float(many * (joins - leaves)) * self._mean_worth(party, copies, c, s)
        return total

    def _mean_worth(self, party: int, copies: int, identities: int, others: int) -> float:
        """Mean of v over coalitions with so many of the party's copies + 1 identities and so many others."""
        if identities == 0:
            return float(self.means.without[party, others])
        # Each identity buys what the party buys; with a free task only the party itself does, if it is among them.
        bought = identities / (copies + 1) if self.free_task else identities
        return float(self.means.with_player[party, others + 1] + (bought - 1) * self.another[party, others])


def _law(n: int, weights: Floats, shift: int, many: int) -> Floats:
    """many * binom(n - 1, s) * weights_{s + shift} for s = 0 .. n-1, rounded once."""
    return np.array(
        [float(many * math.comb(n - 1, s) * Fraction(float(weights[s + shift]))) for s in range(n)]
    )
