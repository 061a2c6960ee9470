"""A market with fixed numbers, in which policies are compared: ten types whose valuations saturate.

    v_i(n) = C_i (1 - exp(-beta_i n)),  i = 1..10

    C_i     0.1, 0.2, .., 1.0
    beta_i  from 0.2 for the first type down to 0.02 for the last, in equal ratios: who values data more needs more
    q_i     (11 - i) / 55: the more a type values data, the rarer it is

This is the natural setting of [CHK24] (diminishing returns, ten types, 100 amounts); the paper reports no experiments,
so the numbers are ours, written down before anything was run on them.
"""

from __future__ import annotations

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.pricing.curves.valuations import Valuations

TYPES = 10


def saturating_valuations(*, most: int = 100) -> Valuations:
    """v_i at every amount from 1 to ``most``."""
    amounts = np.arange(1, most + 1)
    ceilings = np.arange(1, TYPES + 1) / TYPES
    speeds = np.geomspace(0.2, 0.02, TYPES)
    values = ceilings[:, None] * -np.expm1(-speeds[:, None] * amounts)
    return Valuations(amounts, values, tuple(f"type {i}" for i in range(1, TYPES + 1)))


def saturating_probabilities() -> Floats:
    """q_i, float64 (10,)."""
    ranks = np.arange(TYPES, 0, -1.0)
    return ranks / ranks.sum()
