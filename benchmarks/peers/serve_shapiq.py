"""Shapley values of parties by shapiq: a game as its documentation has it, and its exact computer (2^M - 1 fits)."""

from __future__ import annotations

import numpy as np
from counted_models import fits, model_of
from serving import Data, serve
from shapiq import ExactComputer, Game


class PooledAccuracy(Game):
    """The accuracy of the model of a coalition's rows; the empty coalition is worth nothing."""

    def __init__(self, data: Data, learner: str) -> None:
        self.data, self.learner = data, learner
        super().__init__(int(data["owner"].max()) + 1, normalize=False)

    def value_function(self, coalitions: np.ndarray) -> np.ndarray:
        return np.array([self._accuracy(coalition) if coalition.any() else 0.0 for coalition in coalitions])

    def _accuracy(self, coalition: np.ndarray) -> float:
        rows = coalition[self.data["owner"]]
        model = model_of(self.learner).fit(self.data["X"][rows], self.data["y"][rows])
        return float(np.mean(model.predict(self.data["X_task"]) == self.data["y_task"]))


def shapley(data: Data, learner: str) -> np.ndarray:
    computer = ExactComputer(PooledAccuracy(data, learner))
    return computer("SV", order=1).get_n_order_values(1)


if __name__ == "__main__":
    serve(shapley, lambda: len(fits), ("shapiq", "numpy", "scikit-learn"))
