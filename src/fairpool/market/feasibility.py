"""Whether the values of a round can be found as was asked, before any model is trained."""

from __future__ import annotations

import numpy as np

from fairpool.ground.errors import InputError
from fairpool.learning.learners.nearest.closed_form import has_closed_form
from fairpool.learning.rows import Rows
from fairpool.market.agreement import Agreement
from fairpool.market.common_task.market import budget_of as common_budget
from fairpool.market.options import Method, exact_is_meant, refuse_sample_of_collapsed
from fairpool.market.own_tasks.sampled import budget_of as own_budget
from fairpool.market.reward_rules.catalogue import division_named


def refuse_unusable_options(agreement: Agreement) -> None:
    """InputError for options of a learner that it refuses whatever the rows are; two made-up rows tell."""
    classes = agreement.experiment.parties[0].classes
    labels = np.array([0, 1]) if classes else np.array([0.0, 1.0])
    made_up = Rows(np.zeros((2, agreement.experiment.parties[0].X.shape[1])), labels, classes)
    try:
        agreement.experiment.learner.fit(made_up, seed=0)
    except InputError as problem:
        if type(problem.__cause__).__name__ == "InvalidParameterError":  # of scikit-learn, private
            raise


def refuse_infeasible(agreement: Agreement) -> None:
    """InputError for too many parties to be exact, a division that cannot be sampled, a budget that is too small."""
    experiment, options, n = agreement.experiment, agreement.terms.options, len(agreement.names)
    common = agreement.task == "common"
    if common and has_closed_form(experiment) and options.method is not Method.SAMPLED:
        return
    if exact_is_meant(options, n, experiment.learner.capabilities.exact_players):
        return
    if division_named(agreement.terms.division).collapse:
        refuse_sample_of_collapsed(options, n)
    (common_budget if common else own_budget)(options, n)
