"""Shapley values of parties by pyDVL: grouped data, and the sampler that visits every subset for every party.

Each coalition is fitted once for every party, M 2^M - M fits. pyDVL's own cache does not help: its key holds the party
whose turn it is, so no coalition is ever found in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from counted_models import fits, model_of
from pydvl.valuation import (
    Dataset,
    DeterministicUniformSampler,
    GroupedDataset,
    ModelUtility,
    NoStopping,
    ShapleyValuation,
    SupervisedScorer,
)
from serving import Data, serve


def shapley(data: Data, learner: str, utility_class: type[Any] = ModelUtility) -> np.ndarray:
    task = Dataset(data["X_task"], data["y_task"])
    scorer = SupervisedScorer("accuracy", task, default=0.0, range=(0.0, 1.0))
    utility = utility_class(model_of(learner), scorer, catch_errors=False)
    sampler = DeterministicUniformSampler()
    valuation = ShapleyValuation(utility, sampler, is_done=NoStopping(sampler), progress=False)
    result = valuation.fit(GroupedDataset(data["X"], data["y"], data["owner"])).result
    values = np.empty(len(result.values))
    values[result.indices] = result.values
    return values


if __name__ == "__main__":
    serve(shapley, lambda: len(fits), ("pydvl", "numpy", "scikit-learn"))
