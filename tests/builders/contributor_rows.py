"""Populations for tests of contributors: rows from (number, rng)."""

import numpy as np
import pandas as pd


def patients(rows, rng):
    """Numbers that depend on each other, one skewed, and a truth value."""
    z = rng.normal(size=(rows, 3))
    return pd.DataFrame(
        {
            "age": 50 + 10 * z[:, 0],
            "dose": rng.exponential(size=rows) + 0.5 * np.abs(z[:, 0]),
            "pressure": 120 + 15 * (0.8 * z[:, 0] + 0.6 * z[:, 1]),
            "smokes": rng.random(rows) < 0.3,
        }
    )


def answers(rows, rng):
    """Three truth values: everybody's rows coincide."""
    return pd.DataFrame(rng.random((rows, 3)) < 0.5, columns=["a", "b", "c"])
