"""pyDVL with a memory for coalitions that it does not have: what a user gets who writes these lines (2^M - 1 fits)."""

from __future__ import annotations

from typing import Any

import numpy as np
from counted_models import fits
from pydvl.valuation import ModelUtility
from serve_pydvl import shapley
from serving import Data, serve


class RememberingUtility(ModelUtility):
    """Fits a coalition once, in whatever order its parties come and whoever's turn it is."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.known: dict[frozenset[int], float] = {}

    def __call__(self, sample: Any) -> float:
        coalition = frozenset(sample.subset.tolist())
        if coalition not in self.known:
            self.known[coalition] = super().__call__(sample)
        return self.known[coalition]


def remembered(data: Data, learner: str) -> np.ndarray:
    return shapley(data, learner, RememberingUtility)


if __name__ == "__main__":
    serve(remembered, lambda: len(fits), ("pydvl", "numpy", "scikit-learn"))
