"""Shapley values of parties by fairpool, as a market of its own learners finds them.

Ridge and logistic regression: a table of all coalitions, 2^M - 1 models. One nearest neighbour: the closed form, none.
"""

from __future__ import annotations

import numpy as np
from serving import Data, serve

from fairpool.games.game import TableGame
from fairpool.games.values.shapley import shapley_value
from fairpool.games.values.size_laws import shapley_size_law
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.learning.learner import Learner
from fairpool.learning.learners.nearest.closed_form import has_closed_form, ranking_of
from fairpool.learning.rows import Rows

PACKAGES = ("fairpool", "numpy", "scikit-learn")
OPTIONS = {"ridge": {"alpha": 1.0}, "logistic": {"C": 1.0}, "nearest": {"neighbours": 1}}

trained = [0]  # models of the first run


def round_of(data: Data, learner: Learner) -> Experiment:
    parties = range(int(data["owner"].max()) + 1)
    return Experiment(
        parties=tuple(Rows(data["X"][data["owner"] == i], data["y"][data["owner"] == i], 2) for i in parties),
        tasks=(Rows(data["X_task"], data["y_task"], 2),),
        learner=learner,
        score=score_named("accuracy"),
        seed=0,
    )


def from_table(round_: Experiment) -> np.ndarray:
    """The value from all coalitions; the empty one needs no model."""
    evaluator = Evaluator(round_)
    gains = evaluator.table()[:, 0]
    trained[0] = evaluator.evaluations - 1
    return shapley_value(TableGame(gains))


def shapley(data: Data, learner: str) -> np.ndarray:
    round_ = round_of(data, learner_named(learner, OPTIONS[learner], score_named("accuracy")))
    if has_closed_form(round_):
        return ranking_of(round_).values(shapley_size_law, model=1.0, members=0.0)
    return from_table(round_)


if __name__ == "__main__":
    serve(shapley, lambda: trained[0], PACKAGES)
