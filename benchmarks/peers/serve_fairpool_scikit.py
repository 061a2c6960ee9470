"""fairpool with the same scikit-learn estimator as its peers: a learner without a shortcut (2^M - 1 fits)."""

from __future__ import annotations

import numpy as np
from counted_models import MODELS, fits
from serve_fairpool import PACKAGES, from_table, round_of
from serving import Data, serve

from fairpool.learning.learners.scikit import ScikitLearner
from fairpool.tables.schema import Kind


def shapley(data: Data, learner: str) -> np.ndarray:
    estimator, options = MODELS[learner]
    return from_table(round_of(data, ScikitLearner({Kind.CLASSIFICATION: estimator}, options)))


if __name__ == "__main__":
    serve(shapley, lambda: len(fits), PACKAGES)
