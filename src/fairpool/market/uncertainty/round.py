"""What a finite validation set leaves open in a round: from its rows to intervals.

The chance is a stream of its own, from the round's seed for learners: no other number of a settlement hangs on it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fairpool.ground.arrays import Integers
from fairpool.ground.seeds import Stream, generator
from fairpool.learning.experiment import Experiment
from fairpool.learning.scores import Score
from fairpool.learning.validation_rows.row_groups import RowGroups
from fairpool.market.agreement import Agreement
from fairpool.market.copies.equals import equal_parties, rank_by_content
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
    """Groups of every task's rows; none where too few of them could be kept for so many evaluations.

    None either for a caller's own score: nothing is known of what one row weighs in it, and to ask it again for many
    other sets of rows would cost more than the round.
    """
    score, most = experiment.score, MOST_GROUPS
    if not isinstance(score, Score):
        return ()
    if not experiment.learner.capabilities.cheap:
        most = min(most, _KEPT // (len(experiment.tasks) * _coalitions(experiment, evaluations)))
    if most < min(FEWEST_GROUPS, min(map(len, experiment.tasks))):
        return ()
    places = rank_by_content(experiment).tolist() if len(experiment.tasks) > 1 else [0]
    return tuple(
        RowGroups.of(rows, score, most, rng=generator(experiment.seed, Stream.VALIDATION_ROWS, 1 + place))
        for rows, place in zip(experiment.tasks, places, strict=True)
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
    found = drawn_intervals(
        appraisal.findings.forms,
        division_named(agreement.terms.division),
        agreement.terms.price,
        appraisal.valuation,
        payments,
        equal=_first_equal(agreement.experiment, appraisal.findings),
        rank=rank_by_content(agreement.experiment),
        rng=generator(agreement.experiment.seed, Stream.VALIDATION_ROWS, 0),
    )
    low, high = found.pooling.tolist()
    pooling = _gain_by_pooling(agreement, appraisal)
    return replace(found, pooling=np.array([min(low, pooling), max(high, pooling)]))


def _gain_by_pooling(agreement: Agreement, appraisal: Appraisal) -> float:
    """What `Intervals.pooling` is about, as it was found."""
    valuation = appraisal.valuation
    if agreement.task == "own":
        return float(np.mean(valuation.gains - valuation.alone))
    return appraisal.findings.by_size[-1].mean - float(valuation.alone.max())


def why_unknown(agreement: Agreement, findings: Findings) -> str | None:
    """Why a round has no intervals, in a sentence; None where it has."""
    if findings.forms is not None:
        return None
    experiment, options = agreement.experiment, agreement.terms.options
    if not isinstance(experiment.score, Score):
        why = f"what one validation row weighs in a score of the caller's own ({experiment.score.name}) is not known"
    elif not row_groups(experiment, options.evaluations):
        why = "too many models were scored to keep what each of them says of the validation rows"
    else:
        why = "some tasks take other parties' data without their own party's, in too many groups to find each anew"
    return f"How far other validation rows would have moved scores, shares and nets is not known: {why}."


def _first_equal(experiment: Experiment, findings: Findings) -> Integers:
    """The first party that is equal to each: int64 (parties,)."""
    first = np.arange(len(experiment.parties))
    for i, j in sorted({*equal_parties(experiment), *findings.twins}):
        first[j] = min(first[i], first[j])
    return first
