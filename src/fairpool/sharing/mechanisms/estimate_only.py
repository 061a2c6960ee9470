"""Agents that must use the mechanism's estimate ([CZK23], restricted setting 2): the platform deploys the model.

k        ``power``
n*       sigma/sqrt(c m), asked of every agent
release  mean over agents of mean(Y_j), plus N(0, eta_i^2),  eta_i^2 = B |mean(Y_i) - mean(Y_-i)|^(2k)
tau^2    sigma^2/n* m/(m-1), variance of mean(Y_i) - mean(Y_-i) when all are honest
B        from the first-order condition at n: B (2k-1)!! k tau^(2k-2) sigma^2/n^2 = c - sigma^2/(m n)^2  (1 coordinate)
         computed in units of tau, where nothing over- or underflows: eta^2 = E eta^2 (x/tau)^(2k)/(2k-1)!!

Every agent weighs the same whatever the size of its submission, so a padded submission moves the estimate no further.
At n* the noise costs c n*/k, and the ratio to the optimum is 1 + 1/(2k): as near to 1 as one likes.  (What grows with k
is the punishment of bad luck: the noise of one round has ever heavier tails.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import factorial2

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Chance, chance
from fairpool.sharing.chance_of_release import AgentDraw, OneRound, ReleaseChance
from fairpool.sharing.release import (
    Estimate,
    MeanRelease,
    Submissions,
    checked_submissions,
)
from fairpool.sharing.terms import Plan, SharingTerms
from fairpool.sharing.tolerances import WHOLE
from fairpool.sharing.whole_samples import beside, least

_NO_ROWS = np.empty(0, dtype=np.int64)
MOST_POWER = 100  # (2k-1)!! leaves the range of float64 at k = 151


@dataclass(frozen=True, slots=True)
class EstimateOnly:
    """One noisy mean that agents have to use; made by `of`.

    Parameters
    ----------
    terms : SharingTerms
        What the agents agreed on.
    samples : float
        Asked of every agent; at least sigma/(m sqrt(c)), because noise makes agents collect more, never less.
    power : int
        k, from 1 to 100: the noise grows as the distance to the power 2k.

    Raises
    ------
    InputError
        For a power or samples out of range.

    Notes
    -----
    A closed form.

    References
    ----------
    [CZK23], restricted setting 2.

    Examples
    --------
    >>> from fairpool.sharing import EstimateOnly, SharingTerms
    >>> EstimateOnly.of(SharingTerms(10, 1.0, 0.0025), power=2).plan().ratio
    1.25
    """

    terms: SharingTerms
    samples: float
    power: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.power <= MOST_POWER:
            raise InputError(f"power: got {self.power}, expected a whole number from 1 to {MOST_POWER}")
        if self.samples < self._fewest * (1 - WHOLE):
            raise InputError(
                f"samples: got {self.samples}, expected at least {self._fewest}, which no noise is needed for"
            )

    @classmethod
    def of(cls, terms: SharingTerms, *, power: int = 1) -> EstimateOnly:
        return cls(terms, terms.samples_at_optimum, power)

    def whole(self) -> EstimateOnly:
        """The whole number beside n* with the lower penalty among those that noise can enforce."""
        enough = [n for n in beside(self.samples) if n >= self._fewest]
        return least([replace(self, samples=n) for n in enough])

    @property
    def _fewest(self) -> float:
        return self.terms.samples_alone / self.terms.agents

    @property
    def _honest_noise(self) -> float:
        """E eta^2 of an honest agent: (c - sigma^2/(m n)^2) n^2 tau^2/(k sigma^2)."""
        m, n, variance = self.terms.agents, self.samples, self.terms.sigma**2
        wanted = self.terms.cost_per_coordinate - variance / (m * n) ** 2
        return float(wanted * n**2 * self._distance(n) / (self.power * variance))

    @property
    def strength(self) -> float:
        """B, in units of the data to the power 2 - 2k; for large k it may leave the range of float64."""
        return float(self.noise_variance(np.ones(1))[0])

    def noise_variance(self, distance: Floats) -> Floats:
        """eta^2 for distances mean(Y_i) - mean(Y_-i)."""
        scaled = (distance / np.sqrt(self._distance(self.samples))) ** (2 * self.power)
        found: Floats = self._honest_noise / _odd_factorial(self.power) * scaled
        return found

    def plan(self) -> Plan:
        penalty = float(self.expected_penalty(self.samples))
        bound = 1 + 1 / (2 * self.power)
        return Plan("estimate-only", self.terms, self.samples, None, penalty, truthful=True, bound=bound)

    def expected_penalty(
        self, samples: ArrayLike, *, shift: ArrayLike = 0.0, jitter: ArrayLike = 0.0
    ) -> Floats:
        """Of an agent that collects ``samples`` and submits its mean plus an independent N(shift, jitter).

        Exact, by the moments of a normal variable.
        """
        t, shift, jitter = (np.asarray(one, dtype=np.float64) for one in (samples, shift, jitter))
        m, variance = self.terms.agents, self.terms.sigma**2
        with np.errstate(divide="ignore", invalid="ignore"):
            error = (variance / t + jitter + shift**2 + (m - 1) * variance / self.samples) / m**2
            unit = self._distance(self.samples)
            moment = _moment(self.power, (self._distance(t) + jitter) / unit, shift / np.sqrt(unit))
            noise = self._honest_noise / _odd_factorial(self.power) * moment
            penalty = self.terms.coordinates * (error + noise) + self.terms.cost * t
        return np.where(t > 0, penalty, np.inf)

    def _distance(self, samples: ArrayLike) -> Floats:
        """Variance of mean(Y_i) - mean(Y_-i) for an honest agent."""
        others = (self.terms.agents - 1) * self.samples
        return self.terms.sigma**2 * (1 / np.asarray(samples, dtype=np.float64) + 1 / others)

    def release(self, submissions: Submissions, *, rng: Chance) -> tuple[MeanRelease, ...]:
        """What every agent is given in a round that happens once."""
        drawn = OneRound(chance(rng))
        return tuple(self.releases(submissions, drawn))

    def releases(self, submissions: Submissions, chance: ReleaseChance) -> Iterator[MeanRelease]:
        """An agent that submitted nothing gets nothing; it does not count in the others' mean either."""
        d = self.terms.coordinates
        rows = checked_submissions(submissions, agents=self.terms.agents, coordinates=d)
        means = np.array([one.mean(axis=0) if len(one) else np.full(d, np.nan) for one in rows])
        spreads = self.terms.sigma**2 / np.array([max(1, len(one)) for one in rows])
        draws = chance.draws(rows)
        return (self._released(i, means, spreads, draws.of(i)) for i in range(len(rows)))

    def _released(self, i: int, means: Floats, spreads: Floats, draw: AgentDraw) -> MeanRelease:
        takes_part = ~np.isnan(means[:, 0])
        others = takes_part & (np.arange(len(means)) != i)
        nothing = np.full(means.shape[1], np.nan)
        if not takes_part[i] or not others.any():
            return MeanRelease(nothing, nothing, nothing, nothing)
        distance = means[i] - means[others].mean(axis=0)
        noise_variance = draw.judged(_NO_ROWS, self.noise_variance(distance))
        noise = np.sqrt(noise_variance) * draw.noise_of_estimate(len(distance))
        count = takes_part.sum()
        spread = spreads[takes_part].sum() / count**2
        return MeanRelease(
            draw.estimate(means[takes_part].mean(axis=0) + noise),
            np.sqrt(spread + noise_variance),
            noise_variance,
            np.full(len(distance), 1 / count),
        )

    def estimate(self, own: ArrayLike, release: MeanRelease) -> Estimate:  # noqa: ARG002
        """The release itself: in this setting an agent has no choice."""
        return Estimate(release.mean, release.standard_error)


def power_of(ratio: float) -> int:
    """k of a plan whose ratio is 1 + 1/(2k)."""
    return round(1 / (2 * (ratio - 1)))


def _odd_factorial(power: int) -> float:
    """(2k - 1)!!, which is 1 for k = 0."""
    return float(factorial2(2 * power - 1, exact=False)) if power else 1.0


def _moment(power: int, variance: ArrayLike, shift: ArrayLike = 0.0) -> Floats:
    """E X^(2k) for X ~ N(shift, variance): sum over j of C(2k, 2j) shift^(2k-2j) (2j-1)!! variance^j."""
    variance, shift = np.asarray(variance, dtype=np.float64), np.asarray(shift, dtype=np.float64)
    terms = [
        math.comb(2 * power, 2 * j) * np.power(shift, 2 * (power - j)) * _odd_factorial(j) * variance**j
        for j in range(power + 1)
    ]
    return np.sum(terms, axis=0)
