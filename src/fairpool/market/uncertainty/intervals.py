"""Intervals for gains, shares and nets: where 95 of 100 draws of the validation rows' weights put them.

The models are what they are; what is drawn is how often rows like each of those that were seen come (`weights`).  In
every draw the round is settled again from the gains that the draw gives: who keeps its own model, the division's
clipping at 0 and its scaling are done anew.  Where values are estimated from a sample of coalitions, a normal error of
the size of their standard errors is added, so that the interval holds both errors.

An interval is from the 2.5 % to the 97.5 % quantile of the draws, and always holds the number that it is about.
benchmarks/interval_coverage.py measures how often intervals hold what a very large validation set would have given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Float, Floats, Int, Integers
from fairpool.market.copies.functional_replicas import split_among_members
from fairpool.market.payments import Payments, PriceTerms
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.tolerances import NOTHING_LEFT
from fairpool.market.uncertainty.forms import Forms
from fairpool.market.uncertainty.weights import drawn_weights
from fairpool.market.valuation import Valuation

DRAWS = 2000
LEVEL = 0.95


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
    rng: np.random.Generator,
) -> Intervals:
    """The intervals of a round that was valued and paid; ``equal``: the first party that is equal to each."""
    rounds = drawn_rounds(forms, rule, len(valuation.alone), best=int(valuation.alone.argmax()), rng=rng)
    low, high = _holding(rounds.nets(price.unit_price), payments.net, equal).T
    return Intervals(
        gain=_holding(rounds.gains, valuation.gains, equal),
        share=_holding(rounds.shares, valuation.shares, equal),
        net=np.column_stack([np.floor(low), np.ceil(high)]).astype(np.int64),
        pooling=_quantiles(rounds.pooling),
    )


def drawn_rounds(
    forms: Forms, rule: RewardRule, parties: int, *, best: int, rng: np.random.Generator
) -> DrawnRounds:
    """Settle the round again under `DRAWS` weights of the rows; ``best``: the party that is best alone."""
    alone, model = np.empty((2, parties, DRAWS))
    values = np.repeat(forms.values[:, None], DRAWS, axis=1)
    worth = np.full(DRAWS, forms.worth)
    for task in forms.tasks:
        patterns = task.alone.shape[1] - len(task.groups)
        weights = drawn_weights(task.groups, patterns, DRAWS, rng=rng)
        alone[task.parties], model[task.parties] = task.alone @ weights, task.model @ weights
        values += task.values @ weights
        worth += task.worth @ weights
        if task.floored is not None:
            more, of_all = task.floored.drawn(weights, alone[task.parties[0]])
            values, worth = values + more, worth + of_all
    if forms.standard_errors is not None:
        values += forms.standard_errors[:, None] * rng.normal(size=values.shape)
    alone, model = np.clip(alone, 0.0, 1.0), np.clip(model, 0.0, 1.0)
    common = len(forms.tasks) == 1
    pooling = model[best] - alone[best] if common else (np.maximum(alone, model) - alone).mean(axis=0)
    shares = rule.shares(values, worth)
    split = shares if forms.classes is None else split_among_members(shares, forms.classes)
    return DrawnRounds(alone, np.maximum(alone, model), split, pooling)


def _holding(draws: Floats, found: Floats | Integers, equal: Integers) -> Float[Floats, "parties 2"]:
    """Quantiles, of equal parties their mean, made wide enough to hold what was found."""
    low, high = (
        (np.bincount(equal, end) / np.maximum(np.bincount(equal), 1))[equal] for end in _quantiles(draws).T
    )
    return np.column_stack([np.minimum(low, found), np.maximum(high, found)])


def _quantiles(draws: Floats) -> Floats:
    """The ends of the middle 95 % of the last axis: (.., 2)."""
    return np.moveaxis(np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=-1), 0, -1)
