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

from fairpool.audits.deposits.strategies import RowSource, RowStrategy, TrueRows
from fairpool.audits.trial import Trial
from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Chance, chance
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

    worth: Callable[[Integers], Floats]
    commission: Fraction | float | Decimal = 0

    def __call__(self, price: int, reports: Sequence[VerificationReport]) -> Split:
        effective = np.array([round(report.verified_rows * report.quality) for report in reports])
        worths = self.worth(np.arange(effective.sum() + 1))
        values = exact_values(sale_game(worths - worths[0], effective))
        return by_shapley(price, np.maximum(values, 0.0), commission=self.commission)


@dataclass(frozen=True, slots=True)
class TriedDeposit:
    """What a strategy earned by one rule, on average over replications.

    trial                    in minor units, against what honesty would have earned with the same rows
    payment_error            standard error of the payment ``trial.deviating`` itself
    quality, verified_share  averages
    """

    rule: str
    trial: Trial[RowStrategy]
    payment_error: float
    quality: float
    verified_share: float


def compare_contributors(
    population: RowSource,
    strategies: Mapping[str, RowStrategy],
    rules: Mapping[str, Rule],
    *,
    sizes: Sequence[int],
    price: int,
    replications: int,
    rng: Chance,
    deviator: int = 0,
    permutations: int = PERMUTATIONS,
) -> tuple[TriedDeposit, ...]:
    """Try strategies of one contributor under rules that divide a price, on the same rows for all of them.

    Parameters
    ----------
    population : callable
        Rows, a pandas.DataFrame, from (number, rng).
    strategies : mapping of str to RowStrategy
        What is handed in instead of the rows.
    rules : mapping of str to Rule
        Who gets what of the price: `AmountAndQuality`, `CramerVonMises`, `Shapley` or a function.
    sizes : sequence of int
        True rows of each contributor.
    price : int
        Of each sale, in minor units.
    replications : int
        Populations drawn.
    rng : numpy.random.Generator
        All chance comes from here.
    deviator : int
        Who tries the strategies; it deposits in its place, so earlier contributors have precedence.
    permutations : int
        Of the check of distributions.

    Returns
    -------
    tuple of TriedDeposit
        One for honesty ("honest", gain 0) and for each strategy, by each rule.

    Raises
    ------
    InputError
        For fewer than two replications, and a deviator that is not there.

    Notes
    -----
    Cost: replications times (1 + strategies) verifications.

    Examples
    --------
    Copies of all rows halve the quality, and with it the payment:

    >>> import numpy as np, pandas as pd
    >>> from fairpool.audits.deposits.simulation import AmountAndQuality
    >>> from fairpool.audits.deposits.strategies import CopiedRows
    >>> honest, copies = compare_contributors(
    ...     lambda rows, rng: pd.DataFrame({"dose": rng.normal(size=rows)}),
    ...     {"copies": CopiedRows()},
    ...     {"amount": AmountAndQuality()},
    ...     sizes=[50, 50, 50], price=90_000, replications=2, rng=np.random.default_rng(1),
    ... )
    >>> honest.trial.gain, copies.trial.gain < -5_000, copies.verified_share
    (0.0, True, 0.5)
    """
    rng = chance(rng)
    if replications < 2:
        raise InputError(f"replications: got {replications}, expected at least 2 for a standard error")
    if not 0 <= deviator < len(sizes):
        raise InputError(f"deviator: got {deviator}, expected a contributor from 0 to {len(sizes) - 1}")
    tried: dict[str, RowStrategy] = {"honest": TrueRows(), **strategies}
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
        TriedDeposit(
            rule=rule,
            trial=Trial.paired(name, tried[name], honest=payments[0, k], deviating=payments[place, k]),
            payment_error=float(payments[place, k].std(ddof=1) / np.sqrt(replications)),
            quality=float(seen[place, 0].mean()),
            verified_share=float(seen[place, 1].mean()),
        )
        for place, name in enumerate(tried)
        for k, rule in enumerate(rules)
    )
