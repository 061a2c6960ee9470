"""What a buyer pays (RF* of section 4.2 of [ADS19]; Myerson 1981).

    G(b)     gain that a bid b gets, in [0, 1]
    RF*(b)   b G(b) - integral of G from 0 to b

A step function's payment is a finite sum: every rise of the gain is paid at the bid where it happens,

    RF*(b) = sum over the steps z_k <= b of  z_k (G_k - G_{k-1}).

With private value mu a buyer's utility is U(b) = mu G(b) - RF*(b), and

    U(b) - U(mu) = integral from b to mu of (G(b) - G(z)) dz

so for a G that never falls the truth is best, whatever else G does.  Where G falls, by at most d = ``largest_fall``,
no bid gains more than d |mu - b| over the truth, a truthful buyer still has U(mu) = integral of G >= 0, and a payment
is no less than -b d.  `GainCurve.best_so_far` takes the falls out by selling a worse level where that does better.

Adding a constant to G changes no payment: nobody is charged for what a constant prediction scores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError

FIRST_GRID = 9


@dataclass(frozen=True, slots=True, eq=False)
class GainCurve:
    """Gain as a step function of the bid, on one draw or as a mean of draws.

    Parameters
    ----------
    bids : float64 array of shape (levels,)
        Least bid of each level, ascending, the first 0; of equal bids the last level counts.
    gains : float64 array of shape (levels,)
        Finite.

    Raises
    ------
    InputError
        For anything else.

    References
    ----------
    [ADS19] Agarwal, Dahleh, Sarkar, "A Marketplace for Data: An Algorithmic Solution", EC 2019, section 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> curve = GainCurve(np.array([0.0, 2.0]), np.array([0.0, 0.5]))
    >>> curve.gain(3.0).item(), curve.payment(3.0).item()
    (0.5, 1.0)
    """

    bids: Floats
    gains: Floats

    def __post_init__(self) -> None:
        refuse_grid(self.bids, self.gains)

    @property
    def largest_fall(self) -> float:
        """The largest G(b) - G(z) over b < z; 0 for a curve that never falls."""
        return float((np.maximum.accumulate(self.gains) - self.gains).max())

    def gain(self, bid: ArrayLike) -> Floats:
        """G(b): float64 of the shape of ``bid``."""
        return self.gains[self.place(bid)]

    def place(self, bid: ArrayLike) -> NDArray[np.intp]:
        """Which level a bid gets; InputError for a bid below 0."""
        asked = np.asarray(bid, dtype=np.float64)
        refuse_bids(asked)
        return np.searchsorted(self.bids, asked, side="right") - 1

    def payment(self, bid: ArrayLike) -> Floats:
        """RF*(b), exact up to rounding: float64 of the shape of ``bid``."""
        paid = np.append(0.0, np.cumsum(self.bids[1:] * np.diff(self.gains)))
        return paid[self.place(bid)]

    def utility(self, bid: ArrayLike, value: ArrayLike) -> Floats:
        """U(b) = mu G(b) - RF*(b) of a buyer to whom a unit of gain is worth ``value``."""
        return np.asarray(value) * self.gain(bid) - self.payment(bid)

    def best_so_far(self) -> GainCurve:
        """The curve of who gets, of all levels up to its own, the one with the largest gain: it never falls."""
        return GainCurve(self.bids, np.maximum.accumulate(self.gains))


def payments_over_prices(least_bids: Floats, gains: Floats, bid: float) -> Floats:
    """RF* of one bid under many prices: least_bids float64 (prices, levels), gains (levels,) -> (prices,)."""
    rises = np.where(least_bids[:, 1:] <= bid, least_bids[:, 1:], 0.0)
    return rises @ np.diff(gains)


def linear_payment(bids: ArrayLike, gains: ArrayLike, bid: ArrayLike) -> Floats:
    """RF*(b) for the G that is linear between the grid's points and constant beyond the last: exact.

    Parameters
    ----------
    bids : array of shape (points,)
        Finite, ascending from 0, in money.
    gains : array of shape (points,)
        G at these bids, finite.
    bid : array
        b, from 0 up.

    Returns
    -------
    float64 array of the shape of ``bid``
        In the money of the bids.

    Raises
    ------
    InputError
        For anything else.

    References
    ----------
    [ADS19] Agarwal, Dahleh, Sarkar, "A Marketplace for Data: An Algorithmic Solution", EC 2019, section 4.2.

    Examples
    --------
    >>> linear_payment([0.0, 2.0, 4.0], [0.0, 0.5, 0.5], 4.0).item()
    0.5
    """
    z, G = np.asarray(bids, dtype=np.float64), np.asarray(gains, dtype=np.float64)
    asked = np.asarray(bid, dtype=np.float64)
    refuse_grid(z, G)
    refuse_bids(asked)
    areas = np.append(0.0, np.cumsum(np.diff(z) * (G[1:] + G[:-1]) / 2))
    here = np.interp(asked, z, G)
    last = np.searchsorted(z, asked, side="right") - 1
    return asked * here - areas[last] - (asked - z[last]) * (G[last] + here) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Payment:
    """A payment found by quadrature.

    amount   RF*(b)
    error    how far it can be off, if G never falls
    bids, gains  where G was asked, ascending
    """

    amount: float
    error: float
    bids: Floats
    gains: Floats

    @property
    def largest_fall(self) -> float:
        """The largest fall that was seen: above 0, ``error`` is no bound."""
        return float((np.maximum.accumulate(self.gains) - self.gains).max())


def myerson_payment(
    gain: Callable[[Floats], Floats], bid: float, *, tolerance: float, most_evaluations: int = 4096
) -> Payment:
    """RF*(b) of any gain that never falls, to within ``tolerance`` or as far as ``most_evaluations`` lead.

    Trapezoids: between z and z' a monotone G errs by at most (z' - z) |G(z') - G(z)| / 2, whatever its shape.  The
    intervals that err most are halved; n evaluations leave about b (G(b) - G(0)) / (2n), and no rule can promise less.
    ``gain`` is asked in batches, float64 (n,) -> (n,).
    """
    refuse_bids(np.asarray(bid))
    if not tolerance > 0:
        raise InputError(f"tolerance: got {tolerance}, expected a number above 0")
    bids = np.linspace(0.0, bid, FIRST_GRID)
    gains = np.asarray(gain(bids), dtype=np.float64)
    while (errors := _errors(bids, gains)).sum() > tolerance and len(bids) < most_evaluations:
        wide = np.flatnonzero(errors > errors.max() / 4)
        wide = wide[np.argsort(-errors[wide], kind="stable")][: most_evaluations - len(bids)]
        middles = (bids[wide] + bids[wide + 1]) / 2
        order = np.argsort(np.append(bids, middles), kind="stable")
        bids = np.append(bids, middles)[order]
        gains = np.append(gains, gain(middles))[order]
    return Payment(float(linear_payment(bids, gains, bid)) if bid else 0.0, float(errors.sum()), bids, gains)


def _errors(bids: Floats, gains: Floats) -> Floats:
    return np.diff(bids) * np.abs(np.diff(gains)) / 2


def refuse_grid(bids: Floats, gains: Floats) -> None:
    if bids.ndim != 1 or bids.shape != gains.shape or not len(bids):
        raise InputError(
            f"gain curve: got bids of shape {bids.shape} and gains of shape {gains.shape}, expected a gain for each bid"
        )
    if bids[0] != 0 or (np.diff(bids) < 0).any() or not np.isfinite(bids).all():
        raise InputError("gain curve: expected finite bids that ascend from 0")
    if not np.isfinite(gains).all():
        raise InputError("gain curve: expected finite gains")


def refuse_bids(bids: Floats) -> None:
    wrong = ~np.isfinite(bids) | (bids < 0)
    if wrong.any():
        raise InputError(f"bid: got {bids[wrong].flat[0]:g}, expected a number from 0 up")
