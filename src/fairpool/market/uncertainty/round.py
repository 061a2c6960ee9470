"""What a finite validation set leaves open in a round: from its rows to intervals.

The chance is a stream of its own, from the round's seed for learners: no other number of a settlement hangs on it.
"""

from __future__ import annotations

import numpy as np

from fairpool.ground.arrays import Integers
from fairpool.ground.seeds import Stream, generator
from fairpool.learning.experiment import Experiment
from fairpool.learning.row_groups import RowGroups
from fairpool.market.agreement import Agreement
from fairpool.market.copies.equals import equal_parties
from fairpool.market.market import Appraisal
from fairpool.market.options import LEAST_BUDGET
from fairpool.market.payments import Payments
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.market.uncertainty.intervals import Intervals, drawn_intervals
from fairpool.market.valuation import Findings

MOST_GROUPS = 1000  # of one task's rows: a standard error from so many random groups is off by 2 %
FEWEST_GROUPS = 20
_KEPT = 2**25  # numbers of all coalitions that are kept at most, float32: 128 MB
_TABLE = 13  # parties up to which a learner that is dear to ask twice evaluates every coalition


def row_groups(experiment: Experiment, evaluations: int | None) -> tuple[RowGroups, ...]:
    """Groups of every task's rows; none where too few of them could be kept for so many evaluations."""
    most = MOST_GROUPS
    if not experiment.learner.capabilities.cheap:
        most = min(most, _KEPT // (len(experiment.tasks) * _coalitions(experiment, evaluations)))
    if most < min(FEWEST_GROUPS, min(map(len, experiment.tasks))):
        return ()
    return tuple(
        RowGroups.of(
            rows, experiment.score, most, rng=generator(experiment.seed, Stream.VALIDATION_ROWS, place)
        )
        for place, rows in enumerate(experiment.tasks, 1)
    )


def _coalitions(experiment: Experiment, evaluations: int | None) -> int:
    n = len(experiment.parties)
    if n <= _TABLE:
        return 2**n
    return evaluations or max(LEAST_BUDGET, 20 * n**2 if len(experiment.tasks) > 1 else 10 * n)


def intervals_of(agreement: Agreement, appraisal: Appraisal, payments: Payments) -> Intervals | None:
    """The intervals of a round; equal parties have equal ones.  None where nothing was kept of the rows."""
    if appraisal.findings.forms is None:
        return None
    return drawn_intervals(
        appraisal.findings.forms,
        division_named(agreement.terms.division),
        agreement.terms.price,
        appraisal.valuation,
        payments,
        equal=_first_equal(agreement.experiment, appraisal.findings),
        rng=generator(agreement.experiment.seed, Stream.VALIDATION_ROWS, 0),
    )


def _first_equal(experiment: Experiment, findings: Findings) -> Integers:
    """The first party that is equal to each: int64 (parties,)."""
    first = np.arange(len(experiment.parties))
    for i, j in sorted({*equal_parties(experiment), *findings.twins}):
        first[j] = min(first[i], first[j])
    return first
