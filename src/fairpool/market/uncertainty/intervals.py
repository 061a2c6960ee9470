"""Intervals for gains, shares and nets: where 95 of 100 draws of the validation rows' weights put them.

The models are what they are; what is drawn is how often rows like each of those that were seen come (`weights`).  In
every draw the round is settled again from the gains that the draw gives: who keeps its own model, the division's
clipping at 0 and its scaling are done anew.  Where values are estimated from a sample of coalitions, a normal error of
the size of their standard errors is added, so that the interval holds both errors.

An interval is from the 2.5 % to the 97.5 % quantile, as `draws` finds them: it is never too narrow because of the luck
of the draws, and it always holds the number that it is about.
benchmarks/interval_coverage.py measures how often intervals hold what a very large validation set would have given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairpool.ground.arrays import Float, Floats, Int, Integers
from fairpool.market.copies.functional_replicas import split_among_members
from fairpool.market.payments import Payments, PriceTerms
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.tolerances import NOTHING_LEFT, SAME
from fairpool.market.uncertainty.draws import blocks_of_draws, outer_quantiles
from fairpool.market.uncertainty.forms import Forms, TaskForms
from fairpool.market.uncertainty.weights import drawn_weights
from fairpool.market.valuation import Valuation


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """95 % intervals, low and high.

    gain, share   float64 (parties, 2)
    net           int64 (parties, 2), whole minor units, rounded outwards
    pooling       float64 (2,): what the pooled model scores above the best party alone; own tasks: what the models that
                  are delivered score above the parties' own, on average
    """

    gain: Float[Floats, "parties 2"]
    share: Float[Floats, "parties 2"]
    net: Int[Integers, "parties 2"]
    pooling: Float[Floats, " 2"]


@dataclass(frozen=True, slots=True, eq=False)
class DrawnRounds:
    """Rounds under drawn weights: alone, gains and shares (parties, draws); pooling (draws,)."""

    alone: Floats
    gains: Floats
    shares: Floats
    pooling: Floats

    def nets(self, unit_price: int) -> Float[Floats, "parties draws"]:
        """Nets before rounding, minor units."""
        paid = self.gains - self.alone
        left = np.maximum(1.0 - self.shares.sum(axis=0), 0.0)
        back = np.where(left > NOTHING_LEFT, left, 0.0) * paid
        return unit_price * (self.shares * paid.sum(axis=0) + back - paid)


def drawn_intervals(
    forms: Forms,
    rule: RewardRule,
    price: PriceTerms,
    valuation: Valuation,
    payments: Payments,
    *,
    equal: Integers,
    rank: Integers,
    rng: np.random.Generator,
) -> Intervals:
    """The intervals of a round that was valued and paid.

    equal   the first party that is equal to each: int64 (parties,)
    rank    each party's place in an order that hangs on nothing but what they brought, in which chance is handed out
    """
    leading = np.flatnonzero(valuation.alone >= valuation.alone.max() - SAME)
    best = int(leading[rank[leading].argmin()])
    rounds = drawn_rounds(forms, rule, blocks_of_draws(forms), best=best, rank=rank, rng=rng)
    low, high = _holding(rounds.nets(price.unit_price), payments.net, equal).T
    return Intervals(
        gain=_holding(rounds.gains, valuation.gains, equal),
        share=_holding(rounds.shares, valuation.shares, equal),
        net=np.column_stack([np.floor(low), np.ceil(high)]).astype(np.int64),
        pooling=outer_quantiles(rounds.pooling),
    )


def drawn_rounds(
    forms: Forms,
    rule: RewardRule,
    blocks: Sequence[int],
    *,
    best: int,
    rank: Integers,
    rng: np.random.Generator,
) -> DrawnRounds:
    """Settle the round again under drawn weights of the rows, a block of draws at a time.

    best   the party that is best alone; of equally good ones the first in rank
    """
    forms = replace(forms, tasks=tuple(map(_keeping, forms.tasks)))
    drawn = [_some_rounds(forms, rule, draws, best=best, rank=rank, rng=rng) for draws in blocks]
    names = ("alone", "gains", "shares", "pooling")
    return DrawnRounds(*(np.concatenate([getattr(one, name) for one in drawn], axis=-1) for name in names))


def _some_rounds(
    forms: Forms, rule: RewardRule, draws: int, *, best: int, rank: Integers, rng: np.random.Generator
) -> DrawnRounds:
    alone, model = np.empty((2, len(rank), draws))
    values = np.repeat(forms.values[:, None], draws, axis=1)
    worth = np.full(draws, forms.worth)
    for task in sorted(forms.tasks, key=lambda one: int(rank[one.parties[0]])):
        weights = _weights(task, draws, rank, rng)
        own = task.alone @ weights
        alone[task.parties], model[task.parties] = own, task.model @ weights
        values += task.values @ weights
        worth += task.worth @ weights
        if task.floored is not None:
            more, of_all = task.floored.drawn(weights, own[0])
            values, worth = values + more, worth + of_all
    if forms.standard_errors is not None:
        values += forms.standard_errors[:, None] * rng.normal(size=values.shape)[rank]
    alone, model = np.clip(alone, 0.0, 1.0), np.clip(model, 0.0, 1.0)
    common = len(forms.tasks) == 1
    pooling = model[best] - alone[best] if common else (np.maximum(alone, model) - alone).mean(axis=0)
    shares = rule.shares(values, worth)
    split = shares if forms.classes is None else split_among_members(shares, forms.classes)
    return DrawnRounds(alone, np.maximum(alone, model), split, pooling)


def _keeping(task: TaskForms) -> TaskForms:
    return task if task.floored is None else replace(task, floored=task.floored.keeping())


def _weights(task: TaskForms, draws: int, rank: Integers, rng: np.random.Generator) -> Floats:
    """Of the groups of rows and of the rows that might have been seen, two of each party, in the columns' order."""
    groups, patterns = len(task.groups), 2 * len(rank)
    weights = drawn_weights(task.groups, patterns, draws, rng=rng)
    weights[groups:] = weights[groups:][np.concatenate([rank, len(rank) + rank])]
    return weights


def _holding(draws: Floats, found: Floats | Integers, equal: Integers) -> Float[Floats, "parties 2"]:
    """Outer quantiles, of equal parties their mean, made wide enough to hold what was found."""
    low, high = (
        (np.bincount(equal, end) / np.maximum(np.bincount(equal), 1))[equal]
        for end in outer_quantiles(draws).T
    )
    return np.column_stack([np.minimum(low, found), np.maximum(high, found)])
