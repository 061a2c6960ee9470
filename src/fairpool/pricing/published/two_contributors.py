"""A truthful market for the estimate of a mean, collected by two contributors who check each other.

After [CCK25]: Chen, Clinton, Kandasamy, "Incentivizing truthful submissions in a data marketplace for mean estimation"
(AISTATS 2026; arXiv 2502.16052).  The paper's formulas were not at hand; those below are derived and tested here
(docs/theory/contributors.md).

    sigma^2      ``variance`` of a sample;  c_i  ``cost`` of one;  n_i  ``amounts``: what contributor i is to collect
    Y_i          ``means``: what contributor i reports as the mean of its samples
    pi_i         payment r_i - beta_i (Y_i - Y_j)^2
    beta_i       ``penalties``  c_i n_i^2 / sigma^2: with it n_i samples, reported as they are, are the best response
    r_i          ``fees``       c_i n_i (2 + n_i / n_j) + m_i: leaves an expected profit of exactly m_i, the ``margins``
    w_k          ``shares`` of buyer k in what contributors are paid

Expected payment r_i - c_i n_i (1 + n_i/n_j) = c_i n_i + m_i, so the buyers pay the cost of collecting plus the margins,
on average.  What they pay in a given sale is exactly what contributors are paid: a disagreement of the two lowers
prices and payments alike.  Both can fall below zero: beta_i (Y_i - Y_j)^2 is not bounded.

Truthful: whatever a contributor that collects k samples reports, the squared difference is in the worst case over means
at least sigma^2 (1/k + 1/n_j) on average, and the plain mean attains it for all of them.  Not truthful for somebody
who knows about the mean beforehand: see `Duopoly.prior_profit`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT, whole


@dataclass(frozen=True, slots=True)
class Duopoly:
    """Two contributors, what they collect and how they are paid; costs and margins in minor units.

    names: of the two contributors; costs: c_i > 0; amounts: n_i >= 1; margins: m_i >= 0; variance: sigma^2 > 0.
    """

    names: tuple[str, str]
    costs: tuple[float, float]
    amounts: tuple[int, int]
    variance: float
    margins: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        if min(self.amounts) < 1:
            raise InputError(
                f"amounts: got {self.amounts}, expected at least one sample from each of the two"
            )
        if not (min(self.costs) > 0 and max(self.costs) < LARGEST_AMOUNT):
            raise InputError(f"costs: got {self.costs}, expected positive numbers of minor units")
        if not 0 < self.variance < float("inf"):
            raise InputError(f"variance: got {self.variance}, expected a positive number")
        if not 0 <= min(self.margins) <= max(self.margins) < LARGEST_AMOUNT:
            raise InputError(f"margins: got {self.margins}, expected numbers of minor units from 0 up")

    @property
    def total(self) -> int:
        """Samples in the estimate that is sold."""
        return sum(self.amounts)

    @property
    def penalties(self) -> tuple[float, float]:
        """beta_i = c_i n_i^2 / sigma^2."""
        c, n = self.costs, self.amounts
        return c[0] * n[0] ** 2 / self.variance, c[1] * n[1] ** 2 / self.variance

    @property
    def fees(self) -> tuple[float, float]:
        """r_i = c_i n_i (2 + n_i / n_j) + m_i."""
        return self._fee(0), self._fee(1)

    def _fee(self, i: int) -> float:
        n, other = self.amounts[i], self.amounts[1 - i]
        return self.costs[i] * n * (2 + n / other) + self.margins[i]

    @property
    def expected_cost(self) -> float:
        """What contributors are paid together, on average: the cost of collecting, and the margins."""
        return float(np.dot(self.costs, self.amounts) + sum(self.margins))

    @property
    def payment_deviations(self) -> tuple[float, float]:
        """Standard deviation of each payment if samples are normal: sqrt(2) c_i n_i (1 + n_i / n_j)."""
        a, b = self.amounts
        return sqrt(2) * self.costs[0] * a * (1 + a / b), sqrt(2) * self.costs[1] * b * (1 + b / a)

    def estimate(self, means: tuple[float, float]) -> float:
        """What is sold: the mean of all samples."""
        return float(np.dot(means, self.amounts)) / self.total

    def payments(self, means: tuple[float, float]) -> tuple[float, float]:
        """pi_i for reported means, in minor units and fractions of them; may be negative."""
        squared = (means[0] - means[1]) ** 2
        return self.fees[0] - self.penalties[0] * squared, self.fees[1] - self.penalties[1] * squared

    def expected_profit(
        self,
        i: int,
        samples: int,
        *,
        other_samples: int | None = None,
        shift: float = 0.0,
        noise: float = 0.0,
    ) -> float:
        """What contributor i earns on average, its costs taken off.

        It collects ``samples`` >= 1 and reports their mean plus ``shift`` plus noise of variance ``noise``; the other
        one reports truthfully, ``other_samples`` of them (default: as asked):
        r_i - beta_i (sigma^2 / samples + sigma^2 / n_j + shift^2 + noise) - c_i samples.
        """
        other = self.amounts[1 - i] if other_samples is None else other_samples
        squared = self.variance * (1 / samples + 1 / other) + shift**2 + noise
        return self.fees[i] - self.penalties[i] * squared - self.costs[i] * samples

    def prior_profit(self, i: int, prior_variance: float) -> float:
        """What contributor i earns if it collects nothing and reports what it believes beforehand.

        prior_variance: tau^2, of its belief about the mean.  The profit is m_i + c_i n_i (2 - n_i tau^2 / sigma^2):
        **more than honesty's m_i where tau^2 < 2 sigma^2 / n_i**, a belief as good as half the samples asked for.
        """
        n = self.amounts[i]
        return self.margins[i] + self.costs[i] * n * (2 - n * prior_variance / self.variance)


@dataclass(frozen=True, slots=True)
class SettledSale:
    """Whole minor units: payments to the two contributors and prices of the buyers, of equal sum.

    Negative payments are charges, negative prices refunds.
    """

    payments: tuple[int, int]
    prices: tuple[int, ...]


def settle_sale(duopoly: Duopoly, means: tuple[float, float], shares: Sequence[float]) -> SettledSale:
    """What contributors are paid for the means they reported, and what each buyer pays.

    shares: w_k >= 0 of each buyer in the payments, not all zero; in proportion to the estimate's worth to them, every
    buyer's expected price is below its worth whenever the worths together exceed `Duopoly.expected_cost`.
    Payments are within half a minor unit of pi_i; prices sum to them exactly (largest remainder).
    Raises InputError for means that are not finite or too far apart to pay for, and for bad shares.
    """
    due = duopoly.payments(means)
    if not np.isfinite(due).all() or max(map(abs, due)) > LARGEST_AMOUNT:
        raise InputError(f"means: got {means}, expected two finite numbers not too far apart to settle")
    w = np.asarray(shares, dtype=np.float64)
    if w.ndim != 1 or not np.isfinite(w).all() or (w < 0).any() or not w.any():
        raise InputError(f"shares: got {list(shares)}, expected numbers from 0 up, not all of them 0")
    paid = (round(due[0]), round(due[1]))
    total = sum(paid)
    parts = whole(abs(total), w / w.max()).tolist()
    return SettledSale(paid, tuple(part if total >= 0 else -part for part in parts))


@dataclass(frozen=True, slots=True)
class MeanMarket:
    """Contributors who could collect samples of one quantity.

    costs: name to cost c_i > 0 of a sample, in minor units; variance: sigma^2.
    """

    costs: dict[str, float]
    variance: float

    def duopoly(self, total: int, *, second_samples: int | None = None, margin: float = 0.0) -> Duopoly:
        """The two cheapest collect ``total`` >= 2 samples together.

        second_samples: what the second cheapest collects; default half, rounded down.  Fewer cost less, c_2 - c_1
        each, but the cheapest one's payment then varies more: its standard deviation grows like n_1^2 / n_2.
        margin: expected profit of each of the two.
        Equal costs go to the contributor named first.  Raises InputError for fewer than two contributors or samples.
        """
        if len(self.costs) < 2:
            raise InputError(
                f"costs: got {len(self.costs)} contributors, expected at least two to check each other"
            )
        if total < 2:
            raise InputError(
                f"total: got {total} samples, expected at least one from each of two contributors"
            )
        second = total // 2 if second_samples is None else second_samples
        first, runner_up = sorted(self.costs, key=lambda name: self.costs[name])[:2]
        return Duopoly(
            names=(first, runner_up),
            costs=(self.costs[first], self.costs[runner_up]),
            amounts=(total - second, second),
            variance=self.variance,
            margins=(margin, margin),
        )

    def best_duopoly(
        self, worth: Callable[[int], float], *, most: int, second_share: float = 0.5, margin: float = 0.0
    ) -> Duopoly | None:
        """The duopoly of most welfare: worth of the estimate to all buyers together, less what collecting costs.

        worth: of an estimate from so many samples; ``most``: the largest number of samples looked at, each one is;
        second_share: of the samples, which the second cheapest collects, at least one.
        None where no number of samples is worth its cost.
        """
        options = [
            self.duopoly(n, second_samples=min(max(int(second_share * n), 1), n - 1), margin=margin)
            for n in range(2, most + 1)
        ]
        welfare = [worth(one.total) - one.expected_cost for one in options]
        if not options or max(welfare) < 0:
            return None
        return options[int(np.argmax(welfare))]


def simulate_payments(
    duopoly: Duopoly,
    reports: Sequence[Callable[[np.random.Generator, int], Floats]],
    *,
    replications: int,
    rng: np.random.Generator,
) -> Floats:
    """Payments of both contributors for simulated reports: float64 (replications, 2).

    reports: for each contributor a function from (rng, replications) to its reported means, float64 (replications,).
    """
    first, second = (report(rng, replications) for report in reports)
    squared = (first - second) ** 2
    return np.array(duopoly.fees) - np.outer(squared, duopoly.penalties)


def honest_report(
    duopoly: Duopoly, i: int, mean: float = 0.0
) -> Callable[[np.random.Generator, int], Floats]:
    """Reports the mean of the samples contributor i was asked for, if they are normal around ``mean``."""
    sd = sqrt(duopoly.variance / duopoly.amounts[i])
    return lambda rng, replications: rng.normal(mean, sd, replications)
