"""What was checked about a settlement.

    balance        the nets sum to zero, exactly
    symmetry       parties that are equal in the market are treated equally, up to one minor unit of rounding
    refunds        no refund is negative
    zero element   a party that gained nothing pays nothing (but a minimum fee, where there is one)
    monotone       no gain falls when a party joins (the paper's assumption)
    replication    what k copies would earn each party, and the smallest minimum fee that deters them all
    shared rows    rows that two parties hold, exactly or nearly
    validation     training rows that stand in the validation data, exactly or nearly

A certificate says what it found; nothing is raised where something does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.market.agreement import Agreement
from fairpool.market.copies.equals import equal_parties
from fairpool.market.copies.replication import PayingFees, Replications
from fairpool.market.data_sheets.leakage import RowsInValidation
from fairpool.market.data_sheets.shared import SharedRowsReport, brought_twice, shared_among
from fairpool.market.departures import remarks
from fairpool.market.market import Appraisal
from fairpool.market.payments import Payments, PriceTerms
from fairpool.market.tolerances import SAME
from fairpool.market.valuation import MOST_COPIES, Findings, Valuation


@dataclass(frozen=True, slots=True)
class Balance:
    holds: bool
    sum_of_net: int


@dataclass(frozen=True, slots=True)
class Symmetry:
    holds: bool
    equal_parties: tuple[tuple[str, str], ...]
    largest_difference: int


@dataclass(frozen=True, slots=True)
class Refunds:
    holds: bool
    smallest: int


@dataclass(frozen=True, slots=True)
class ZeroElement:
    holds: bool
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Monotone:
    """holds is None where not every coalition was looked at."""

    holds: bool | None
    largest_drop: float | None


@dataclass(frozen=True, slots=True)
class CopiesGain:
    """What entering ``copies`` copies would earn ``party``, in minor units; with a task of its own, also where the
    copies declare a task on which they have nothing to gain.

    standard_error: 0 where it is computed; None where it is estimated, as no error that covers is known.
    """

    party: str
    copies: int
    gain: float
    standard_error: float | None
    gain_with_free_task: float | None

    @property
    def pays(self) -> bool:
        """Whether copies pay, as far as is known."""
        return max(self.gain, self.gain_with_free_task or 0.0) > 0.0


@dataclass(frozen=True, slots=True)
class LargestGain:
    """What copies would earn ``party`` where more than five earn most: about this, with so many copies."""

    party: str
    copies: int
    gain: float


@dataclass(frozen=True, slots=True)
class Replication:
    """basis: how coalitions with copies were scored; estimated: whether the gains come from a sample.

    smallest_minimum_fee  at this minimum fee no copies that were looked at pay anybody
    deters_from           nor at any larger one; larger than the smallest only where copies change models
    every_number          whether every number of copies was looked at, or 1 to 5 only
    largest               parties that more than five copies earn most
    """

    basis: str
    estimated: bool
    gains: tuple[CopiesGain, ...]
    pays_for: tuple[str, ...]
    smallest_minimum_fee: int
    deters_from: int | None = None
    every_number: bool = False
    largest: tuple[LargestGain, ...] = ()

    def gain(self, party: str, copies: int) -> float:
        """What ``copies`` copies would earn ``party``, in minor units."""
        return next(g.gain for g in self.gains if (g.party, g.copies) == (party, copies))


@dataclass(frozen=True, slots=True)
class Certificate:
    """Everything that was checked about a settlement.

    Attributes
    ----------
    balance        whether the nets sum to zero, exactly
    symmetry       whether equal parties are treated equally
    refunds        whether no refund is negative
    zero_element   whether a party that gained nothing pays nothing
    monotone       whether no gain falls when a party joins
    replication    what copies of itself would have earned each party
    shared_rows    rows that two parties hold
    notes          where something does not hold, in words
    rows_in_validation
                   training rows of each party that stand in the validation rows of each task; None where it was not
                   looked at, before this was

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from fairpool.market import Dataset, Party, settle
    >>> rows = Dataset.from_frame(pd.DataFrame({"x": [1, 9], "ill": ["no", "yes"]}), label="ill")
    >>> twins = [Party("North", rows), Party("South", rows)]
    >>> certificate = settle(twins, rows, unit_price=10_000, rng=np.random.default_rng(0)).certificate
    >>> certificate.balance.holds, certificate.symmetry.equal_parties, certificate.replication.pays_for
    (True, (('North', 'South'),), ())
    """

    balance: Balance
    symmetry: Symmetry
    refunds: Refunds
    zero_element: ZeroElement
    monotone: Monotone
    replication: Replication
    shared_rows: SharedRowsReport
    notes: tuple[str, ...]
    rows_in_validation: tuple[RowsInValidation, ...] | None = None


def certify(agreement: Agreement, appraisal: Appraisal, payments: Payments) -> Certificate:
    """Check a settlement."""
    names, rows, findings = agreement.names, agreement.experiment.parties, appraisal.findings
    drop, shared = findings.largest_drop, shared_among(names, rows)
    return Certificate(
        balance=Balance(int(payments.net.sum()) == 0, int(payments.net.sum())),
        symmetry=_symmetry(agreement, findings, payments),
        refunds=Refunds(bool((payments.refund >= 0).all()), int(payments.refund.min())),
        zero_element=_zero_element(names, appraisal.valuation, payments),
        monotone=Monotone(None if drop is None else drop <= SAME, drop),
        replication=replication_of(names, findings, agreement.terms.price),
        shared_rows=shared,
        notes=(*brought_twice(agreement, shared), *remarks(agreement, appraisal, payments)),
        rows_in_validation=agreement.rows_in_validation,
    )


def _symmetry(agreement: Agreement, findings: Findings, payments: Payments) -> Symmetry:
    equal = equal_parties(agreement.experiment)
    pairs = sorted({*equal, *findings.twins})
    apart = max((int(abs(payments.net[i] - payments.net[j])) for i, j in pairs), default=0)
    names = agreement.names
    return Symmetry(apart <= 1, tuple((names[i], names[j]) for i, j in pairs), apart)


def _zero_element(names: Sequence[str], valuation: Valuation, payments: Payments) -> ZeroElement:
    idle = [int(i) for i in np.flatnonzero(valuation.gains <= valuation.alone)]
    return ZeroElement(bool((payments.net[idle] >= 0).all()), tuple(names[i] for i in idle))


def replication_of(names: Sequence[str], findings: Findings, price: PriceTerms) -> Replication:
    """What copies would earn each party, and the minimum fees that deter them."""
    curve = findings.curve
    found = Replications.of(findings.market, None if curve is None else list(map(curve, range(len(names)))))
    gains, most = found.gains(price), found.most(price)
    fees = found.paying_fees_with(price, most)
    free: list[float | None] = [None] * len(gains)
    if findings.free_task is not None:
        other = found.entering(findings.free_task)
        free = [g.gain for g in other.gains(price)]
        fees = PayingFees((*fees.ranges, *other.paying_fees(price).ranges))
    error = None if findings.method == "sampled" else 0.0
    table = tuple(
        CopiesGain(names[g.party], g.copies, _cents(g.gain), error, None if f is None else _cents(f))
        for g, f in zip(gains, free, strict=True)
    )
    largest = tuple(
        LargestGain(name, gain.copies, _cents(gain.value))
        for name, (gain, _) in zip(names, most, strict=False)
        if gain.copies > MOST_COPIES
    )
    pays = {gain.party for gain in table if gain.pays} | {gain.party for gain in largest}
    return Replication(
        basis=findings.copies_basis,
        estimated=findings.method == "sampled",
        gains=table,
        pays_for=tuple(name for name in names if name in pays),
        smallest_minimum_fee=fees.smallest_deterring,
        deters_from=fees.deterring_from,
        every_number=bool(most) and all(gain.proven and fee.proven for gain, fee in most),
        largest=largest,
    )


def _cents(gain: float) -> float:
    """Minor units without the noise of floating point."""
    return round(gain, 4) + 0.0
