"""Findings of a market of own tasks: which data for which task, gains, shares and what copies would do.

Exact from a table of all coalitions; else every task game and then the joint game are estimated, each with its part of
the budget.  A value of the joint game asks for one model a member, so a sampled round of own tasks costs up to
2 * parties times as many models as it has coalitions in its budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.errors import InputError
from fairpool.games.game import Coalitions, Values
from fairpool.learning.evaluation import Evaluator
from fairpool.market.appraisal import TaskGains, chosen_method, copies_basis, estimate_values, sizes_of_sample
from fairpool.market.collapsed import Collapsed
from fairpool.market.division import DIVISIONS, Division
from fairpool.market.functional_replicas import SAME, collapsed_table, replica_classes
from fairpool.market.options import Options
from fairpool.market.own_tasks import OwnTasks, Selection, Table, best_prefix, select
from fairpool.market.sampled import SampledMarket, SizeMeans
from fairpool.market.table_findings import gains_by_size, largest_drop
from fairpool.market.valuation import Findings, Valuation, delivered


def choose_data(evaluator: Evaluator, options: Options, *, rng: np.random.Generator) -> tuple[Selection, ...]:
    """For each party's task the data that fit it."""
    tasks = range(len(evaluator.round.parties))
    if chosen_method(evaluator.round, options, own_tasks=True) == "exact":
        return tuple(select(evaluator.table()[:, task], task) for task in tasks)
    return tuple(_select_by_sample(evaluator, options, task, rng) for task in tasks)


def appraise_own(
    evaluator: Evaluator,
    division: Division,
    options: Options,
    selections: Sequence[Selection],
    reached: Values,
    *,
    rng: np.random.Generator,
) -> tuple[Findings, Valuation]:
    """The findings, and the valuation in which copies declare a free task; ``reached``: what delivered models score."""
    if chosen_method(evaluator.round, options, own_tasks=True) == "exact":
        return _exact(evaluator, division, tuple(selections), reached)
    return _sampled(evaluator, division, options, tuple(selections), reached, rng)


def _exact(
    evaluator: Evaluator, division: Division, selections: tuple[Selection, ...], reached: Values
) -> tuple[Findings, Valuation]:
    gains = evaluator.table()
    basis = copies_basis(evaluator.round)
    markets = [OwnTasks(gains, selections, division, reached, free_task=free) for free in (False, True)]
    valuation: Valuation = _collapsed(gains, markets[0]) if division.collapse else markets[0]
    findings = Findings(
        valuation=valuation,
        share_errors=np.zeros(len(selections)),
        method="exact",
        copies_basis="assumed" if basis == "evaluated" else basis,
        by_size=gains_by_size(gains),
        largest_drop=largest_drop(gains),
        twins=(),
    )
    return findings, markets[1]


def _collapsed(gains: Table, market: OwnTasks) -> Valuation:
    """Functional replicas for every task, with the same task themselves, play as one."""
    n = gains.shape[1]
    classes = replica_classes(gains, n)
    for i in range(n):
        if np.abs(gains[:, i] - gains[:, classes[i]]).max() > SAME:
            classes[i] = i
    members = np.unique(classes)
    number = {int(member): place for place, member in enumerate(members)}
    selections = tuple(
        Selection(
            number[s.task],
            tuple(dict.fromkeys(number[int(classes[j])] for j in s.others if classes[j] != s.task)),
            s.gain,
        )
        for s in market.selections
        if s.task in number
    )
    reached = None if market.reached is None else market.reached[members]
    inner = OwnTasks(collapsed_table(gains, classes)[:, members], selections, market.division, reached)
    return Collapsed(inner, market.alone, market.standing.gains, classes, lambda _party: True)


def _select_by_sample(
    evaluator: Evaluator, options: Options, task: int, rng: np.random.Generator
) -> Selection:
    n = len(evaluator.round.parties)
    found = estimate_values(TaskGame(evaluator, task), DIVISIONS["gain-only"], options, None, rng=rng)
    game = TaskGains(evaluator, task)
    others = [j for j in range(n) if j != task]

    def gain_of(prefix: tuple[int, ...]) -> float:
        return float(game.worth(np.isin(np.arange(n), [task, *prefix])[None])[0])

    sure = np.where(found.values > 2 * found.standard_errors, found.values, 0.0)
    return best_prefix(task, others, sure, gain_of)


@dataclass(frozen=True, slots=True, eq=False)
class TaskGame:
    """w_i(S) = G_i(S + i) - G_i({i}) over the other parties, evaluated as it is asked."""

    evaluator: Evaluator
    task: int

    @property
    def players(self) -> int:
        return len(self.evaluator.round.parties) - 1

    def worth(self, coalitions: Coalitions) -> Values:
        gains = TaskGains(self.evaluator, self.task)
        with_task = np.insert(coalitions, self.task, True, axis=1)
        alone = np.zeros((1, self.players + 1), dtype=bool)
        alone[0, self.task] = True
        return gains.worth(with_task) - gains.worth(alone)


@dataclass(frozen=True, slots=True, eq=False)
class JointGame:
    """v(S) of `fairpool.market.own_tasks`, evaluated as it is asked."""

    evaluator: Evaluator
    selections: tuple[Selection, ...]
    alone: Values

    @property
    def players(self) -> int:
        return len(self.selections)

    def worth(self, coalitions: Coalitions) -> Values:
        return self.improvements(coalitions).sum(axis=1)

    def improvements(self, coalitions: Coalitions) -> Table:
        """G_j((S and S_j) + j) - G_j({j}) for the members j of S, else 0: float64 (b, n)."""
        out = np.zeros(coalitions.shape)
        for s in self.selections:
            there = np.flatnonzero(coalitions[:, s.task])
            trained = coalitions[there] & np.isin(np.arange(self.players), s.members)
            out[there, s.task] = TaskGains(self.evaluator, s.task).worth(trained) - self.alone[s.task]
        return out


def _sampled(
    evaluator: Evaluator,
    division: Division,
    options: Options,
    selections: tuple[Selection, ...],
    reached: Values,
    rng: np.random.Generator,
) -> tuple[Findings, Valuation]:
    if division.collapse:
        raise InputError(
            'division "collapsed" compares all coalitions; with a sample choose another division'
        )
    n = len(selections)
    alone = np.diagonal(evaluator.gains(np.eye(n, dtype=np.int16))).copy()
    game = JointGame(evaluator, selections, alone)
    found = estimate_values(game, division, options, None, rng=rng)
    improvements = game.improvements(found.coalitions)
    worth = float(game.worth(np.ones((1, n), dtype=bool))[0])
    another = np.array(
        [SizeMeans.of(found.coalitions, improvements[:, i]).with_player[i, 1:] for i in range(n)]
    )
    markets = [
        SampledMarket(
            alone=alone,
            gains=delivered(alone, reached),
            values=found.values,
            worth=worth,
            division=division,
            means=SizeMeans.of(found.coalitions, found.worths),
            another=another,
            extra_worth=np.array([s.gain for s in selections]) - alone,
            free_task=free,
        )
        for free in (False, True)
    ]
    basis = copies_basis(evaluator.round)
    findings = Findings(
        valuation=markets[0],
        share_errors=found.standard_errors / max(float(np.maximum(found.values, 0).sum()), 1e-300),
        method="sampled",
        copies_basis="assumed" if basis == "evaluated" else basis,
        by_size=sizes_of_sample(
            found.coalitions, evaluator.gains(found.coalitions.astype(np.int16)).mean(axis=1)
        ),
        largest_drop=None,
        twins=(),
    )
    return findings, markets[1]
