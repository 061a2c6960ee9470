"""Prices where not even the shapes of valuations are known: only purchases are seen, as an amount and a price.

Single bundles are posted: A amounts, each at K prices largest k / K.  K is the least power of 2 that is at least
(t / (A log t))^(1/3), so the grid refines with the rounds t, keeps what it learned, and T need not be known.

    n_ak   ``tried[a, k]``   rounds that posted amount a at price k + 1
    d_ak   ``sold / tried``  demand: how often it sold
    U_ak   the q above d with (q - d)^2 = 2 q c, that is d + c + sqrt(c^2 + 2 d c), c = 2 log(t) / n

U is an upper bound on demand with probability 1 - 1/t: Chernoff's bound, as kl(d, q) >= (q - d)^2 / (2 q), over all n.
Each round posts the bundle of largest price * min(U of this and of all lower prices, 1): demand never rises with the
price, so every bound at a lower price is one here.

Proved, for buyers that come independently with any valuations: a buyer who takes n rows at a price takes them at the
next lower price of the grid, too, so the best bundle of the grid loses at most largest / K a round to the best single
bundle (n, p) with n one of the amounts and p <= largest; optimism loses O(sqrt(A K T log T)) to that.  Together
O(T^(2/3) (A log T)^(1/3)) against the best single bundle, the right power where demand may have any shape (Kleinberg,
Leighton 2003).  Not claimed: anything against curves of several bundles.  A menu's bundles draw buyers from each
other, so rounding its prices down can lose far more than a grid step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.policies.fixed_curve import single_bundles
from fairpool.pricing.policies.policy import Purchase
from fairpool.pricing.policies.state import PolicyState


@dataclass(frozen=True, slots=True, eq=False)
class UnknownShapesState(PolicyState):
    """tried, sold: int64 (A, K); choice: place in them, counted along the rows."""

    round: int
    tried: Integers
    sold: Integers
    choice: int


@dataclass(frozen=True, slots=True)
class UnknownShapes:
    """amounts: bundles to try; largest: no price is above it.  Cost of a round O(A K)."""

    amounts: tuple[int, ...]
    largest: float

    def __post_init__(self) -> None:
        single_bundles(self.amounts, self.largest, levels=1)

    def start(self, *, rng: np.random.Generator) -> UnknownShapesState:  # noqa: ARG002 - it uses no chance
        none = np.zeros((len(self.amounts), self.levels(1)), dtype=np.int64)
        return UnknownShapesState(0, none, none, 0)

    def curve(self, state: UnknownShapesState) -> PriceCurve:
        return _bundles(self.amounts, self.largest, state.tried.shape[1])[state.choice]

    def observe(self, state: UnknownShapesState, sale: Purchase | None) -> UnknownShapesState:
        tried, sold = state.tried.copy(), state.sold.copy()
        tried.flat[state.choice] += 1
        sold.flat[state.choice] += sale is not None
        done = state.round + 1
        if tried.shape[1] < self.levels(done):
            tried, sold = _refined(tried), _refined(sold)
        return UnknownShapesState(done, tried, sold, int(self.promise(tried, sold, done).argmax()))

    def levels(self, done: int) -> int:
        """K after so many rounds."""
        wanted = (done / (len(self.amounts) * max(np.log(done), 1.0))) ** (1 / 3)
        return 1 << max(int(np.ceil(np.log2(wanted))), 1)

    def promise(self, tried: Integers, sold: Integers, done: int) -> Floats:
        """Price * the least of the bounds on demand, float64 (A, K)."""
        trials = np.maximum(tried, 1)
        demand, c = sold / trials, 2 * np.log(max(done, 2)) / trials
        bound = np.where(tried > 0, demand + c + np.sqrt(c * c + 2 * demand * c), 1.0)
        falling = np.minimum.accumulate(np.minimum(bound, 1.0), axis=1)
        levels = tried.shape[1]
        return falling * (self.largest * np.arange(1, levels + 1) / levels)


def _refined(counts: Integers) -> Integers:
    """The same counts on a grid of twice as many prices: old price k is new price 2 k."""
    finer = np.zeros((counts.shape[0], 2 * counts.shape[1]), dtype=np.int64)
    finer[:, 1::2] = counts
    return finer


@lru_cache(maxsize=64)
def _bundles(amounts: tuple[int, ...], largest: float, levels: int) -> tuple[PriceCurve, ...]:
    """As `single_bundles`: amount by amount, prices ascending."""
    return single_bundles(amounts, largest, levels=levels)
