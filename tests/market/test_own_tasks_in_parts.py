"""Own tasks: shares in their two parts and under other weights of the rows, against the definitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fairpool.games.game import coalitions_at, positions_of
from fairpool.learning.catalogue import SCORES
from fairpool.learning.validation_rows.row_groups import RowGroups
from fairpool.market.own_tasks.exact import OwnTasks
from fairpool.market.own_tasks.selection import Selection, mask_of, select
from fairpool.market.reward_rules.catalogue import DIVISIONS
from fairpool.market.uncertainty.forms import marginal_coefficients, unseen_rows
from fairpool.market.uncertainty.own_tasks import OwnTask, own_forms
from fairpool.market.uncertainty.weights import drawn_weights

N, ROWS = 3, 6
EVERYTHING = coalitions_at(np.arange(2**N), N)
RULES = ["normalised-shapley", "gain-only", "banzhaf", "robust-shapley"]
MANY = range(40)  # rounds, so that all kinds of selections are among them


def right_rows(seed):
    """Whether each row of a task is right by coalition, bool (tasks, 2**N, ROWS): few rows, so that gains are tied."""
    right = np.random.default_rng(seed).random((N, 2**N, ROWS)) < 0.5
    right[:, 0] = False
    return right


def selections_of(gains) -> tuple[Selection, ...]:
    return tuple(select(gains[:, t], t) for t in range(N))


def improvement(gains, chosen: Selection, S):
    """v_t(S) for a member t of S, as the definition says it."""
    own, lent = gains[1 << chosen.task, chosen.task], S & mask_of(chosen.members)
    if chosen.holds_own:
        return gains[lent, chosen.task] - own
    return max(gains[lent, chosen.task] - own, 0.0) if lent else 0.0


def parts_by_definition(gains, selections, rule):
    """What a player's data add to the tasks of those it joins, and its own task by theirs; coalition by coalition."""
    data, buyer, weights = np.zeros((N, N)), np.zeros(N), rule.weights(N)
    for i in range(N):
        for S in (S for S in range(2**N) if not S >> i & 1):
            w = weights[S.bit_count()]
            buyer[i] += w * improvement(gains, selections[i], S | 1 << i)
            for t in (t for t in range(N) if S >> t & 1):
                added = improvement(gains, selections[t], S | 1 << i) - improvement(gains, selections[t], S)
                data[t, i] += w * added
    for t, chosen in enumerate(selections):
        for group in chosen.uneven:
            data[t, list(group)] = data[t, list(group)].mean()
    return data.sum(axis=0), buyer


def test_the_rounds_of_these_tests_hold_all_kinds_of_selections():
    chosen = [s for seed in MANY for s in selections_of(right_rows(seed).mean(axis=2).T)]
    assert {s.holds_own for s in chosen} == {True, False}
    assert any(s.uneven for s in chosen)


@pytest.mark.parametrize("division", RULES)
def test_a_share_is_what_data_add_and_what_the_own_task_gains(division):
    rule = DIVISIONS[division]
    for seed in MANY:
        gains = right_rows(seed).mean(axis=2).T
        selections = selections_of(gains)
        market = OwnTasks(gains, selections, rule)
        data, buyer = parts_by_definition(gains, selections, rule)
        assert market.valuation.shares == pytest.approx(rule.shares(data + buyer, market._pot), abs=1e-12)
        assert market.bought == pytest.approx(
            rule.earned_by_buying(data + buyer, buyer, market._pot), abs=1e-12
        )


def columns_of(right):
    def columns(coalitions):
        return np.hstack([right[positions_of(coalitions)], unseen_rows(coalitions)])

    return columns


def under(weights, columns):
    """Every coalition's gain under these weights; nobody's is 0."""
    return columns(EVERYTHING) @ weights * EVERYTHING.any(axis=1)


@pytest.mark.parametrize("division", RULES)
def test_shares_under_drawn_weights_are_those_of_the_gains_under_these_weights(division):
    """Row by row: all gains weighed anew, then the market of these gains, with the data that had been chosen."""
    rule, one = DIVISIONS[division], np.ones(ROWS, dtype=np.int64)
    groups = RowGroups(SCORES["accuracy"], np.arange(ROWS), one, 0 * one)
    rng = np.random.default_rng(1)
    for seed in MANY:
        right = right_rows(seed)
        chosen, columns = selections_of(right.mean(axis=2).T), [columns_of(each) for each in right]
        tasks = [
            OwnTask(s, s.members, columns[s.task], groups, right[s.task, mask_of(s.members)]) for s in chosen
        ]
        forms = own_forms(tasks, EVERYTHING, marginal_coefficients(EVERYTHING, rule.weights(N)))
        drawn = [drawn_weights(groups, 2 * N, 1, rng=rng)[:, 0] for _ in range(N)]
        gains = np.column_stack([under(w, c) for w, c in zip(drawn, columns, strict=True)])
        values, worth = settled_from(forms, drawn)
        again = tuple(reached_with(gains, s) for s in chosen)
        market = OwnTasks(gains, again, rule)
        assert rule.shares(values, worth) == pytest.approx(market.valuation.shares, abs=1e-12)


def settled_from(forms, drawn):
    values, worth = forms.values, forms.worth
    for task, weights in zip(forms.tasks, drawn, strict=True):
        values, worth = values + task.values @ weights, worth + task.worth @ weights
        if task.floored is not None:
            more, of_all = task.floored.drawn(weights[:, None], task.alone @ weights)
            values, worth = values + more[:, 0], worth + of_all[0]
    return values, worth


def reached_with(gains, chosen: Selection) -> Selection:
    """The same data; where they leave out the own ones and do worse than these now, nothing is bought."""
    reached, own = gains[mask_of(chosen.members), chosen.task], gains[1 << chosen.task, chosen.task]
    return replace(chosen, gain=reached if chosen.holds_own else max(reached, own))
