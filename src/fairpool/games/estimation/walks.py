"""Values from walks: players enter in a random order, and each is paid what it adds [Cas09], with a control variate.

    walk l        coalitions of 1 .. n - 1 players, each holding the one before
    D_l(i)        ``marginals``   what player i adds where it enters
    p_l(i)        ``places``      how many were there before, 0 .. n - 1, each as likely as the other
    value_i   =   E [ n alpha_p D(i) ]

Whatever is additive in the players is met exactly by the first walk, so walks are right for budgets of a few times n,
where no stand-in (`control_variate`) can be fitted.  What a player adds changes with the place, though, and that is
noise; it is taken out by a guess that knows only the *other* walks, and so leaves the estimate unbiased:

    e_l(i) = n alpha_p (D_l(i) - c_i(p)) + sum over q of alpha_q c_i(q),      c_i(p) = a_i d(p)

d(p)   what is added at a place, smoothed over the places nearby;  a_i how much more player i adds than others do
       there, drawn towards 1.  Of several strengths of that draw, and of c = 0, the one with the least variance.
Shapley values add up to v(N) - v(empty) in every walk, so e_l is shifted to do so, too.

[Cas09] J. Castro, D. Gomez, J. Tejada: Polynomial calculation of the Shapley value based on sampling, Computers &
Operations Research 36, 2009.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fairpool.games.estimation.coalition_sample import CoalitionSample
from fairpool.games.estimation.error_bars import alike_by_chance, few_draws
from fairpool.games.estimation.stratified import unit_of
from fairpool.games.estimation.weights_by_size import SizeWeights
from fairpool.games.smoothing import kernel_of, log_odds
from fairpool.games.tolerances import SAME_EXCESS
from fairpool.ground.arrays import Floats, Integers

DRAWN_TO_ONE = (np.inf, 1.0, 0.1, 1e-3)  # a_i, as if that many further walks had shown an average player


@dataclass(frozen=True, slots=True, eq=False)
class WalkEstimate:
    """Values and standard errors, float64 (n,) each; noise_left: the mean of SE^2 in `unit_of` the worths, and 0 where
    each player added the same in all walks, as in an additive game."""

    values: Floats
    standard_errors: Floats
    noise_left: float


def walk_estimate(sample: CoalitionSample, weights: SizeWeights) -> WalkEstimate:
    """From two walks or more in ``sample``, and the worths of nobody and of all.  Cost O(L n^2) for L walks."""
    unit = unit_of(sample.worths)
    walked = _walked(replace(sample, worths=sample.worths / unit))
    law = weights.law
    found = [walked.told(law, drawn) for drawn in (None, *DRAWN_TO_ONE)]
    told = min(found, key=lambda each: float(each.var(axis=0).sum()))
    count = len(told)
    squares = (told - told.mean(axis=0)) ** 2 / (count * (count - 1))
    plain = walked.told(law, None)
    variances = few_draws(squares, count - 1) + alike_by_chance(plain)
    alike = np.ptp(plain, axis=0).max() <= SAME_EXCESS * np.abs(plain).max()
    noise_left = 0.0 if alike else float(variances.mean())
    return WalkEstimate(told.mean(axis=0) * unit, np.sqrt(variances) * unit, noise_left)


@dataclass(frozen=True, slots=True, eq=False)
class _Walked:
    """What each player added in each walk, and how many were there before: (L, n) each."""

    marginals: Floats
    places: Integers

    def told(self, law: Floats, drawn_to_one: float | None) -> Floats:
        """e_l(i): (L, n); ``drawn_to_one`` is the strength of that draw, None for c = 0."""
        n = law.size
        if drawn_to_one is None:
            return np.asarray(n * law[self.places] * self.marginals)
        at_place = np.stack([self._added_at(walk) for walk in range(len(self.places))])
        own = np.take_along_axis(at_place, self.places, axis=1)
        more = np.stack([self._more(walk, at_place[walk], drawn_to_one) for walk in range(len(own))])
        rest = n * law[self.places] * (self.marginals - more * own)
        told = rest + more * (at_place @ law)[:, None]
        if np.ptp(law) == 0:  # Shapley: what all add together is known
            told -= (told.sum(axis=1) - self.marginals.sum(axis=1))[:, None] / n
        return np.asarray(told)

    def _added_at(self, walk: int) -> Floats:
        """d(p), from the other walks: (n,)."""
        n = self.places.shape[1]
        others = np.arange(len(self.places)) != walk
        total = np.bincount(self.places[others].ravel(), weights=self.marginals[others].ravel(), minlength=n)
        kernel = kernel_of(log_odds(np.arange(n) + 0.5, n))
        return np.asarray(kernel @ total / (kernel.sum(axis=1) * max(others.sum(), 1)))

    def _more(self, walk: int, added: Floats, drawn_to_one: float) -> Floats:
        """a_i, from the other walks: (n,)."""
        if np.isinf(drawn_to_one) or not added.any():
            return np.ones(added.size)
        others = np.arange(len(self.places)) != walk
        expected, prior = added[self.places[others]], drawn_to_one * np.mean(added**2)
        shown = (expected * self.marginals[others]).sum(axis=0)
        return np.asarray((shown + prior) / ((expected**2).sum(axis=0) + prior))


def _walked(sample: CoalitionSample) -> _Walked:
    n, count = sample.players, int(sample.walks.max()) + 1
    sizes = sample.sizes
    ends = [float(sample.worths[sizes == size][0]) for size in (0, n)]
    marginals, places = np.empty((count, n)), np.empty((count, n), dtype=np.int64)
    for walk in range(count):
        rows = np.flatnonzero(sample.walks == walk)
        places[walk] = n - 1 - sample.coalitions[rows].sum(axis=0)
        added = np.diff(np.concatenate([ends[:1], sample.worths[rows], ends[1:]]))
        marginals[walk] = added[places[walk]]
    return _Walked(marginals, places)
