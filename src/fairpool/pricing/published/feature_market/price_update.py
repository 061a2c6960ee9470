"""The price of the next buyer, learned by multiplicative weights (Algorithm 1 of [ADS19]).

    c^i     ``prices``       experts: an eps-net of the bids [0, Bmax]
    w^i     exp(``log_weights``)   1 at first
    Bmax    ``largest_bid``
    N       ``horizon``      how many buyers will come
    g^i     RF*(c^i, b_n, Y_n) / Bmax, what each price would have earned from buyer n

1.  Before buyer n comes: the price is c^i with probability w^i / sum of w.
2.  Afterwards: w^i <- w^i (1 + delta g^i) for every i; what prices that were not set would have earned is computed.

delta = sqrt(log|net| / N), eps = 1 / (L sqrt(N)) for a revenue that is L-Lipschitz in the price.

The average expected regret against the best price of the net is at most 2 Bmax sqrt(log|net| / N) [ADS19, proof of
Theorem 5.2].  With log(1 + x) >= x - x^2/2 in place of x - x^2 the 2 is a 3/2 (own, `net_regret_bound`).  Both hold
for every sequence of buyers.  Against the best price of all, L eps comes on top.

The printed eps is a sum of money without a unit: ``unit`` says how many of the caller's units of money the paper's 1 is
(100 for cents, if Bmax is of the order of 1 in whole money).

Weights are kept as logarithms, so no number of rounds overflows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.published.feature_market.allocation import refuse_unless_positive

MOST_EXPERTS = 10**6


@dataclass(frozen=True, slots=True, eq=False)
class PriceWeights:
    """The state of the learner, a value: `updated` returns the next one.

    prices       float64 (experts,), ascending, within [0, largest_bid]
    log_weights  float64 (experts,)
    rate         delta, above 0
    rounds       how many buyers were seen
    """

    prices: Floats
    log_weights: Floats
    rate: float
    largest_bid: float
    rounds: int

    def __post_init__(self) -> None:
        refuse_unless_positive("largest_bid", self.largest_bid)
        refuse_unless_positive("rate", self.rate)
        if self.prices.ndim != 1 or not len(self.prices) or self.prices.shape != self.log_weights.shape:
            raise InputError("price weights: expected one weight for each of one or more prices")
        if self.prices.min() < 0 or self.prices.max() > self.largest_bid or (np.diff(self.prices) <= 0).any():
            raise InputError(f"prices: expected different prices from 0 to {self.largest_bid:g}, ascending")
        if not np.isfinite(self.log_weights).all():
            raise InputError("price weights: expected finite logarithms of weights")

    @property
    def probabilities(self) -> Floats:
        """How likely each price is next: float64 (experts,)."""
        w = np.exp(self.log_weights - self.log_weights.max())
        return w / w.sum()

    def draw(self, *, rng: np.random.Generator) -> float:
        """A price for the next buyer."""
        return float(rng.choice(self.prices, p=self.probabilities))

    def updated(self, revenues: ArrayLike) -> PriceWeights:
        """The state after a buyer from whom each price would have earned ``revenues``: float64 (experts,).

        Raises InputError for revenues outside [-largest_bid, largest_bid], or where 1 + delta g is not positive.
        """
        g = np.asarray(revenues, dtype=np.float64) / self.largest_bid
        if g.shape != self.prices.shape:
            raise InputError(
                f"revenues: got shape {g.shape}, expected one for each of {len(self.prices)} prices"
            )
        if not (np.abs(g) <= 1 + 1e-12).all() or (self.rate * g <= -1).any():
            raise InputError(f"revenues: expected numbers from 0 to {self.largest_bid:g}, the largest bid")
        return replace(self, log_weights=self.log_weights + np.log1p(self.rate * g), rounds=self.rounds + 1)

    def to_dict(self) -> dict[str, Any]:
        """Lists and numbers, ready for JSON; `price_weights_from` reads them back exactly."""
        return {
            "prices": self.prices.tolist(),
            "log_weights": self.log_weights.tolist(),
            "rate": self.rate,
            "largest_bid": self.largest_bid,
            "rounds": self.rounds,
        }


def price_weights_from(state: dict[str, Any]) -> PriceWeights:
    """The inverse of `PriceWeights.to_dict`; InputError where a part is missing."""
    missing = {"prices", "log_weights", "rate", "largest_bid", "rounds"} - state.keys()
    if missing:
        raise InputError(f"price weights: got no {', '.join(sorted(missing))}")
    prices, logs = (np.array(state[name], dtype=np.float64) for name in ("prices", "log_weights"))
    return PriceWeights(prices, logs, float(state["rate"]), float(state["largest_bid"]), int(state["rounds"]))


def equal_weights(prices: ArrayLike, *, largest_bid: float, horizon: int) -> PriceWeights:
    """Before the first buyer: every weight 1, delta = sqrt(log|net| / N).

    Parameters
    ----------
    prices : array of shape (experts,)
        Ascending, from 0 to ``largest_bid``.
    largest_bid : float
        Bmax, above 0, in the same unit of money.
    horizon : int
        N, how many buyers will come.

    Returns
    -------
    PriceWeights

    Raises
    ------
    InputError
        For prices, a largest bid or a horizon that are none.

    References
    ----------
    [ADS19] Agarwal, Dahleh, Sarkar, "A Marketplace for Data: An Algorithmic Solution", EC 2019, Algorithm 1.

    Examples
    --------
    >>> equal_weights([1.0, 3.0], largest_bid=4.0, horizon=100).probabilities.tolist()
    [0.5, 0.5]
    """
    c = np.array(prices, dtype=np.float64)
    return PriceWeights(c, np.zeros(c.shape), learning_rate(c.size, horizon), largest_bid, 0)


def published_weights(
    *, largest_bid: float, lipschitz: float, horizon: int, unit: float = 1.0
) -> PriceWeights:
    """Algorithm 1 as printed: eps = unit / (L sqrt N), the net of that eps, equal weights."""
    refuse_unless_positive("lipschitz", lipschitz)
    refuse_unless_positive("unit", unit)
    net = price_net(largest_bid, unit / (lipschitz * math.sqrt(refused_horizon(horizon))))
    return equal_weights(net, largest_bid=largest_bid, horizon=horizon)


def price_net(largest_bid: float, eps: float) -> Floats:
    """Fewest prices with one within ``eps`` of each bid in [0, Bmax]: ceil(Bmax / (2 eps)) of them, evenly spaced.

    The paper's count is 3 Bmax / eps.

    Parameters
    ----------
    largest_bid : float
        Bmax, above 0.
    eps : float
        Above 0, in the same unit of money.

    Returns
    -------
    float64 array of shape (prices,)
        Ascending.

    Raises
    ------
    InputError
        For anything else, and for an eps that takes more than a million prices.

    References
    ----------
    [ADS19] Agarwal, Dahleh, Sarkar, "A Marketplace for Data: An Algorithmic Solution", EC 2019, Algorithm 1.

    Examples
    --------
    >>> price_net(10.0, 1.0).tolist()
    [1.0, 3.0, 5.0, 7.0, 9.0]
    """
    refuse_unless_positive("largest_bid", largest_bid)
    refuse_unless_positive("eps", eps)
    many = max(1, math.ceil(largest_bid / (2 * eps) - 1e-9))
    if many > MOST_EXPERTS:
        raise InputError(f"eps: got {eps:g}, which takes {many:,} prices; expected at most {MOST_EXPERTS:,}")
    return (np.arange(many) + 0.5) * largest_bid / many


def learning_rate(experts: int, horizon: int) -> float:
    """delta = sqrt(log|net| / N); with one price, which has nothing to learn, that of two."""
    return math.sqrt(math.log(max(experts, 2)) / refused_horizon(horizon))


def regret_bound(*, largest_bid: float, experts: int, horizon: int, lipschitz: float, eps: float) -> float:
    """2 Bmax sqrt(log|net| / N) + L eps, as in the proof of Theorem 5.2: average expected regret, best price of all."""
    return 2 * largest_bid * math.sqrt(math.log(experts) / refused_horizon(horizon)) + lipschitz * eps


def net_regret_bound(*, largest_bid: float, experts: int, horizon: int) -> float:
    """3/2 Bmax sqrt(log|net| / N): the same against the best price of the net (own constant)."""
    return 1.5 * largest_bid * math.sqrt(math.log(experts) / refused_horizon(horizon))


def refused_horizon(horizon: int) -> int:
    if horizon < 1:
        raise InputError(f"horizon: got {horizon}, expected at least 1 buyer")
    return horizon
