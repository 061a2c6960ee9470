"""What a buyer may bid instead of its value, and what it then gets out of the market.

mu     ``value``    what one unit of gain is worth to the buyer
b      ``bid``      what it says that it is worth
U(b)   ``utility``  mu times the gain at b, less the payment at b
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fairpool.audits.finding import Finding
from fairpool.audits.trial import Trial
from fairpool.pricing.published.feature_market.payment import GainCurve

_ROUNDING = 1e-12  # of the largest bid: gains below are not gains


def try_bids(curve: GainCurve, value: float, bids: Mapping[str, float]) -> tuple[Trial[float], ...]:
    """What a buyer gets out of bids, beside what its value gets it.

    Parameters
    ----------
    curve : GainCurve
        The gain as a function of the bid, at one price.
    value : float
        What one unit of gain is worth to the buyer: the honest bid.
    bids : mapping of str to float
        By name.

    Returns
    -------
    tuple of Trial
        One for each bid, in money.

    Examples
    --------
    A gain that falls from 0.8 to 0.5 at a bid of 1 makes bidding less pay:

    >>> import numpy as np
    >>> from fairpool.audits import try_bids
    >>> from fairpool.pricing.published.feature_market.payment import GainCurve
    >>> falling = GainCurve(bids=np.array([0.0, 1.0]), gains=np.array([0.8, 0.5]))
    >>> (trial,) = try_bids(falling, 2.0, {"low": 0.5})
    >>> round(trial.honest, 9), round(trial.deviating, 9), trial.pays
    (1.3, 1.6, True)

    References
    ----------
    Agarwal, Dahleh, Sarkar, A Marketplace for Data, EC 2019: property 3.1, truthfulness.
    """
    *utilities, truth = curve.utility(np.array([*bids.values(), value]), value).tolist()
    return tuple(
        Trial.between(name, bid, honest=truth, deviating=utility)
        for (name, bid), utility in zip(bids.items(), utilities, strict=True)
    )


def lies_about_value(curve: GainCurve, *, value: float, largest_bid: float) -> Finding[float]:
    """Every bid in [0, largest_bid], as far as bids differ: U is constant between two steps of the curve.

    The claim allows d max |mu - b|, with d the largest fall of the gain: no lie among these bids gains more (see
    `fairpool.pricing.published.feature_market.payment`).
    """
    bids = np.unique(np.append(curve.bids[curve.bids <= largest_bid], [value, largest_bid]))
    bound = curve.largest_fall * float(np.abs(bids - value).max())
    return Finding(
        "no bid gains more over the true value than falls of the gain allow",
        try_bids(curve, value, {f"bid {bid!r}": bid for bid in bids.tolist()}),
        epsilon=max(bound, _ROUNDING * largest_bid),
    )
