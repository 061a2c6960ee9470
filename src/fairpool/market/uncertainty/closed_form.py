"""The forms of a round of one nearest neighbour: values add up over rows, so each group of rows is a ranking.

A row that might have been seen, which one party's data alone decide, is a ranking with that party nearest.

Cost: that of the values once more, and an evaluation of O(n) for each of 2 n such rows.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.learning.learners.nearest.closed_form import Ranking
from fairpool.learning.validation_rows.row_groups import RowGroups
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.uncertainty.forms import Forms, TaskForms


def ranking_forms(
    ranking: Ranking, groups: RowGroups, rule: RewardRule, empty: float, *, classes: Integers | None = None
) -> Forms:
    """Every party's value by the groups of rows; ``classes`` where functional replicas play as one."""
    function = rule.function
    rows, everybody = len(ranking.party), ranking.party.shape[1]
    counted = replace(ranking, right=np.where(ranking.right > 0, 1.0 / rows, 0.0))  # of gains in [0, 1]
    each = [*_cut(counted, groups), *_unseen(counted)]
    members = np.arange(everybody) if classes is None else np.unique(classes)
    playing = each if classes is None else [one.of(members) for one in each]
    weights = {"model": function.model, "members": function.members}
    values = rows * np.array([one.values(rule.size_law, **weights) for one in playing]).T
    alone = rows * np.array([one.alone for one in each]).T
    everyone = rows * np.array([one.everyone for one in each])
    of_all = rows * np.array([one.everyone for one in playing])
    worth = (function.model + function.members * len(members)) * of_all
    worth -= function.members * alone[members].sum(axis=0)
    task = TaskForms(groups, np.arange(everybody), alone, everyone[None], values, worth)
    start = function.model * empty
    first = float(rule.size_law(len(members))[0])
    return Forms((task,), np.full(len(members), -start * first), -start, classes)


def _cut(ranking: Ranking, groups: RowGroups) -> list[Ranking]:
    starts = np.cumsum(groups.sizes)[:-1]
    return [
        replace(ranking, party=ranking.party[rows], right=ranking.right[rows])
        for rows in np.split(groups.order, starts)
    ]


def _unseen(ranking: Ranking) -> list[Ranking]:
    """One row each, in the order of `fairpool.market.uncertainty.forms.unseen_rows`."""
    n = ranking.party.shape[1]
    weighs = 1.0 / len(ranking.party)
    others: list[Floats] = [np.zeros(n), np.full(n, weighs)]
    found = []
    for right in others:
        for j in range(n):
            nearest_first = np.concatenate([[j], np.delete(np.arange(n), j)])[None]
            row = right.copy()
            row[0] = weighs - right[0]
            found.append(replace(ranking, party=nearest_first, right=row[None]))
    return found
