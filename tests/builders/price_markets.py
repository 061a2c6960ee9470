"""Markets to test on: valuations of several shapes, and every assignment of amounts to types, one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st

from fairpool.pricing.curves.valuations import Valuations


def named(values: np.ndarray) -> Valuations:
    """Valuations of 1..N rows from float64 (types, N)."""
    return Valuations(
        np.arange(1, values.shape[1] + 1), values.astype(float), tuple(f"t{i}" for i in range(len(values)))
    )


def diminishing(types: int, amounts: int, rng: np.random.Generator) -> Valuations:
    """C (1 - exp(-beta n / N)): learning curves that level off."""
    n = np.arange(1, amounts + 1) / amounts
    ceiling, rate = rng.uniform(0.2, 1.0, types), rng.uniform(0.5, 8.0, types)
    return named(ceiling[:, None] * -np.expm1(-rate[:, None] * n))


def any_shape(types: int, amounts: int, rng: np.random.Generator) -> Valuations:
    """Sorted uniform numbers: no structure but that they do not fall."""
    return named(np.sort(rng.random((types, amounts)), axis=1))


def stairs(types: int, amounts: int, rng: np.random.Generator) -> Valuations:
    """A few large steps each."""
    steps = rng.exponential(size=(types, amounts)) * (rng.random((types, amounts)) < 0.3)
    return named(np.cumsum(steps, axis=1) / max(steps.sum(axis=1).max(), 1e-9))


def with_nothing(valuations: Valuations) -> np.ndarray:
    """v_i(0), v_i(1), ..: float64 (types, N + 1)."""
    return np.hstack([np.zeros((valuations.types, 1)), valuations.values])


def best_by_enumeration(valuations: Valuations, q: np.ndarray) -> float:
    """OPT, the slow way: every assignment, prices by repeated relaxation in plain Python."""
    v = with_nothing(valuations).tolist()
    m, best = len(v), 0.0
    for n in product(range(len(v[0])), repeat=m):
        prices = _highest_prices(v, n)
        if prices is not None:
            best = max(best, sum(w * p for w, p in zip(q, prices, strict=True)))
    return best


def _highest_prices(v: list[list[float]], n: tuple[int, ...]) -> list[float] | None:
    m = len(v)
    prices = [v[i][n[i]] for i in range(m)]
    for _ in range(m + 1):
        for i in range(m):
            for j in range(m):
                prices[i] = min(prices[i], prices[j] + v[i][n[i]] - v[i][n[j]])
    envied = any(prices[i] > prices[j] + v[i][n[i]] - v[i][n[j]] + 1e-12 for i in range(m) for j in range(m))
    return None if envied or min(prices) < -1e-12 else prices


@st.composite
def small_markets(draw, *, types: int = 3, amounts: int = 6):
    """Valuations and probabilities, small whole numbers so that ties are common."""
    m, N = draw(st.integers(1, types)), draw(st.integers(1, amounts))
    rises = draw(st.lists(st.lists(st.integers(0, 3), min_size=N, max_size=N), min_size=m, max_size=m))
    weights = draw(st.lists(st.integers(1, 9), min_size=m, max_size=m))
    return named(np.cumsum(np.array(rises), axis=1)), np.array(weights) / sum(weights)
