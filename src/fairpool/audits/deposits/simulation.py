"""Is dishonesty worth it?  One contributor tries strategies, the others are honest, and the money is counted.

A replication draws rows for all contributors from one population.  For every strategy the deviating contributor hands
in what the strategy makes of *the same* rows; `verify` looks at everything; all verified rows are sold for one price;
the price is split by each rule.  Strategies are compared within replications, so that differences have small errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fairpool.audits.deposits.strategies import Honest, Population, Strategy
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.revenue.contribution_game import exact_values, sale_game
from fairpool.pricing.revenue.splits import (
    Recipient,
    Split,
    by_amount_and_quality,
    by_cramer_von_mises,
    by_shapley,
)
from fairpool.pricing.verification.report import VerificationReport, verify

Rule = Callable[[int, Sequence[VerificationReport]], Split]

PERMUTATIONS = 199


@dataclass(frozen=True, slots=True)
class AmountAndQuality:
    """`by_amount_and_quality` when all verified rows are sold."""

    commission: Fraction | float | Decimal = 0

    def __call__(self, price: int, reports: Sequence[VerificationReport]) -> Split:
        delivered = [report.verified_rows for report in reports]
        return by_amount_and_quality(
            price, delivered, [report.quality for report in reports], commission=self.commission
        )


@dataclass(frozen=True, slots=True)
class CramerVonMises:
    """`by_cramer_von_mises`; what is withheld goes back to the buyer."""

    commission: Fraction | float | Decimal = 0

    def __call__(self, price: int, reports: Sequence[VerificationReport]) -> Split:
        return by_cramer_von_mises(
            price,
            [report.loss for report in reports],
            commission=self.commission,
            withheld_to=Recipient.BUYER,
        )


@dataclass(frozen=True, slots=True)
class Shapley:
    """`by_shapley` of the effective rows sold.

    worth: V(n), of int64 (k,) numbers of rows, never falling; rows verified times quality are rounded, so that rows
    of a wrong distribution count as the few honest ones they are worth.
    """

    worth: Callable[[NDArray[np.int64]], Floats]
    commission: Fraction | float | Decimal = 0

    def __call__(self, price: int, reports: Sequence[VerificationReport]) -> Split:
        effective = np.array([round(report.verified_rows * report.quality) for report in reports])
        worths = self.worth(np.arange(effective.sum() + 1))
        values = exact_values(sale_game(worths - worths[0], effective))
        return by_shapley(price, np.maximum(values, 0.0), commission=self.commission)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a strategy earned by a rule, in minor units, on average over replications.

    revenue, revenue_error: the contributor's payment and its standard error.
    gain, gain_error: payment less what honesty would have earned with the same rows, and its standard error.
    quality, verified_share: averages.
    """

    strategy: str
    rule: str
    revenue: float
    revenue_error: float
    gain: float
    gain_error: float
    quality: float
    verified_share: float

    @property
    def pays(self) -> bool:
        """Whether the strategy earned more than honesty, beyond four standard errors."""
        return self.gain > 4 * self.gain_error

    @property
    def costs(self) -> bool:
        """Whether it earned less, beyond four standard errors."""
        return self.gain < -4 * self.gain_error


def compare_contributors(
    population: Population,
    strategies: Mapping[str, Strategy],
    rules: Mapping[str, Rule],
    *,
    sizes: Sequence[int],
    price: int,
    replications: int,
    rng: np.random.Generator,
    deviator: int = 0,
    permutations: int = PERMUTATIONS,
) -> tuple[Comparison, ...]:
    """Honesty and every strategy under every rule.

    population: rows from (number, rng).  sizes: true rows of each contributor.  price: of each sale, in minor units.
    deviator: who tries the strategies; it deposits in its place, so earlier contributors have precedence.
    Returns a comparison for honesty ("honest", gain 0) and each strategy, by each rule.
    Cost: replications times (1 + strategies) verifications.  Raises InputError for fewer than two replications, and a
    deviator that is not there.
    """
    if replications < 2:
        raise InputError(f"replications: got {replications}, expected at least 2 for a standard error")
    if not 0 <= deviator < len(sizes):
        raise InputError(f"deviator: got {deviator}, expected a contributor from 0 to {len(sizes) - 1}")
    tried: dict[str, Strategy] = {"honest": Honest(), **strategies}
    payments = np.empty((len(tried), len(rules), replications))
    seen = np.empty((len(tried), 2, replications))
    for replication in range(replications):
        frames = [population(size, rng) for size in sizes]
        for place, strategy in enumerate(tried.values()):
            handed_in = strategy.submit(frames[deviator], rng=rng)
            everything = [*frames[:deviator], handed_in, *frames[deviator + 1 :]]
            names = [f"contributor {i}" for i in range(len(sizes))]
            reports = verify(everything, names, rng=rng, permutations=permutations)
            own = reports[deviator]
            seen[place, :, replication] = own.quality, own.verified_rows / max(own.rows, 1)
            for k, rule in enumerate(rules.values()):
                payments[place, k, replication] = rule(price, reports).payments[deviator]
    return tuple(
        _comparison(strategy, rule, payments[place, k], payments[0, k], seen[place])
        for place, strategy in enumerate(tried)
        for k, rule in enumerate(rules)
    )


def _comparison(strategy: str, rule: str, paid: Floats, honest: Floats, seen: Floats) -> Comparison:
    gains = paid - honest
    root = np.sqrt(len(paid))
    return Comparison(
        strategy=strategy,
        rule=rule,
        revenue=float(paid.mean()),
        revenue_error=float(paid.std(ddof=1) / root),
        gain=float(gains.mean()),
        gain_error=float(gains.std(ddof=1) / root),
        quality=float(seen[0].mean()),
        verified_share=float(seen[1].mean()),
    )
