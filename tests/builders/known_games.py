"""Games whose Shapley value is known by a formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Known:
    """A game with its Shapley value."""

    players: int
    of: Callable[[np.ndarray], np.ndarray]
    value: np.ndarray

    def worth(self, coalitions: np.ndarray) -> np.ndarray:
        return self.of(coalitions) * 1.0
