"""What a bid below the price gets: degraded features (AF of section 4 of [ADS19]).

[ADS19]: Agarwal, Dahleh, Sarkar, "A Marketplace for Data: An Algorithmic Solution", EC 2019, arXiv:1805.08125.

    p, b        ``price``, ``bid``     per unit of gain
    X           ``features``           float64 (T, M): one row per moment, one column per seller
    AF1         `NoiseAllocation`      X + max(0, p - b) N(0, sigma^2)
    AF2         `MaskAllocation`       X times Bernoulli(min(b/p, 1)), cell by cell

A ``level`` says how much is left of the features: the noise's scale max(0, p - b), or the probability min(b/p, 1) of
keeping a cell.  Both formulas depend on price and bid through the level alone, so the gains at a list of levels tell
the gain at every price and every bid.

Chance is drawn once (`draw`) and then shared by all bids and prices: the noise of a higher bid is the same noise, less
of it, and a cell that a bid keeps is kept by every higher bid.

``levels`` are the qualities for sale, worst first.  A bid gets the best of them that the formula grants it, so what a
market sells is a step function of the bid and its Myerson payment has no quadrature error; `level` is the formula
itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError


class Allocation(Protocol):
    """A way to degrade features, and the qualities for sale."""

    @property
    def levels(self) -> Floats:
        """float64 (levels,): the qualities for sale, worst first, undegraded last."""
        ...

    def draw(self, shape: tuple[int, ...], *, rng: np.random.Generator) -> Floats:
        """The chance that degrades one buyer's features, for all bids: float64 of ``shape``."""
        ...

    def degraded(self, features: Floats, level: float, draw: Floats) -> Floats:
        """What is left of ``features`` at a level: float64 (T, M)."""
        ...

    def least_bids(self, price: ArrayLike) -> Floats:
        """The least bid that gets each level: float64 (*shape of price, levels), ascending, the first 0."""
        ...


@dataclass(frozen=True, slots=True)
class NoiseAllocation:
    """AF1: noise of standard deviation sigma max(0, p - b).

    Parameters
    ----------
    sigma : float
        Noise per unit of money, above 0.
    largest_price : float
        The largest price that will be set, above 0.
    steps : int
        How many levels there are besides the undegraded one, at least 1.

    Raises
    ------
    InputError
        For anything else.

    References
    ----------
    [ADS19] Agarwal, Dahleh, Sarkar, "A Marketplace for Data: An Algorithmic Solution", EC 2019, section 4.

    Examples
    --------
    >>> noise = NoiseAllocation(1.0, largest_price=10.0, steps=2)
    >>> noise.levels.tolist(), noise.least_bids(8.0).tolist()
    ([10.0, 5.0, 0.0], [0.0, 3.0, 8.0])
    """

    sigma: float
    largest_price: float
    steps: int = 100

    def __post_init__(self) -> None:
        refuse_unless_positive("noise: sigma", self.sigma)
        refuse_unless_positive("noise: largest_price", self.largest_price)
        refuse_steps(self.steps)

    @property
    def levels(self) -> Floats:
        return np.linspace(self.largest_price, 0.0, self.steps + 1)

    def level(self, price: ArrayLike, bid: ArrayLike) -> Floats:
        """max(0, p - b): the formula of the paper."""
        return np.maximum(0.0, np.subtract(price, bid))

    def draw(self, shape: tuple[int, ...], *, rng: np.random.Generator) -> Floats:
        return self.sigma * rng.standard_normal(shape)

    def degraded(self, features: Floats, level: float, draw: Floats) -> Floats:
        return features + level * draw

    def least_bids(self, price: ArrayLike) -> Floats:
        asked = np.asarray(price, dtype=np.float64)
        if (asked > self.largest_price).any():
            raise InputError(f"price: got {asked.max():g}, expected at most {self.largest_price:g}")
        return np.maximum(0.0, asked[..., None] - self.levels)


@dataclass(frozen=True, slots=True)
class MaskAllocation:
    """AF2: every cell is kept with probability min(b/p, 1), else 0.  ``steps`` as for `NoiseAllocation`."""

    steps: int = 100

    def __post_init__(self) -> None:
        refuse_steps(self.steps)

    @property
    def levels(self) -> Floats:
        return np.linspace(0.0, 1.0, self.steps + 1)

    def level(self, price: ArrayLike, bid: ArrayLike) -> Floats:
        """min(b/p, 1): the formula of the paper; 1 where the price is 0."""
        p, b = np.broadcast_arrays(np.asarray(price, dtype=np.float64), np.asarray(bid, dtype=np.float64))
        return np.minimum(1.0, np.divide(b, p, out=np.ones(p.shape), where=p > 0))

    def draw(self, shape: tuple[int, ...], *, rng: np.random.Generator) -> Floats:
        return rng.random(shape)

    def degraded(self, features: Floats, level: float, draw: Floats) -> Floats:
        return np.where(draw < level, features, 0.0)

    def least_bids(self, price: ArrayLike) -> Floats:
        return np.asarray(price, dtype=np.float64)[..., None] * self.levels


def refuse_unless_positive(what: str, number: float) -> None:
    if not (np.isfinite(number) and number > 0):
        raise InputError(f"{what}: got {number}, expected a number above 0")


def refuse_steps(steps: int) -> None:
    if steps < 1:
        raise InputError(f"steps: got {steps}, expected at least 1 level below the undegraded one")
