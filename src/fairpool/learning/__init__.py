"""What the data of a coalition are worth: the gain of a model trained on them."""

from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import EmptyCoalition, Experiment, SharedRowsRule
from fairpool.learning.learner import Capabilities
from fairpool.learning.row_valuation.tables import value_rows
from fairpool.learning.row_valuation.values import row_values
from fairpool.learning.rows import Rows
from fairpool.learning.scores import Score

__all__ = [  # noqa: RUF022 in the order a user needs them
    "learner_named",
    "score_named",
    "Rows",
    "Experiment",
    "Evaluator",
    "SharedRowsRule",
    "EmptyCoalition",
    "value_rows",
    "row_values",
    "Score",
    "Capabilities",
]
