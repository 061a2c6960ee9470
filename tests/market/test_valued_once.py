"""A settlement finds its shares once, however often they are asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from builders.consortia import consortium
from fairpool.market.agreement import LearningTerms, RoundTerms, agree
from fairpool.market.options import Work
from fairpool.market.payments import PriceTerms
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.market.settling import settle_agreed


class CountedWeights:
    """A value's weights, counting how often the value of a game of n players is begun."""

    def __init__(self, weights):
        self.weights, self.begun = weights, Counter()

    def __call__(self, players):
        self.begun[players] += 1
        return self.weights(players)


@pytest.mark.parametrize("division", ["normalised-shapley", "collapsed", "banzhaf"])
@pytest.mark.parametrize("learner", ["nearest", "ridge"])
@pytest.mark.parametrize("own_tasks", [False, True])
def test_a_settlement_computes_its_shapley_value_once(division, learner, own_tasks):
    """For the parties as they are; every larger game is one with copies.  From ranks, from a table, for own tasks.

    What validation rows weigh looks the weights up once more.  The closed form does so for the sums over ranks, for the
    empty coalition, and for the two sums of a share's parts.
    """
    members, validation = consortium(parties=4, own_tasks=own_tasks)
    terms = RoundTerms(PriceTerms(100_000, 300), LearningTerms(learner), division)
    rng = np.random.default_rng(1)
    agreement = agree(members, validation, terms, rng=rng)
    rule = division_named(division)
    weights = CountedWeights(rule.weights)
    counted = replace(agreement.market, division=replace(rule, weights=weights))
    settlement = settle_agreed(replace(agreement, market=counted), rng=rng, work=Work())
    assert len(settlement.statement) == 4
    assert settlement.certificate.balance.holds
    assert min(weights.begun) == 4
    assert weights.begun[4] <= (6 if settlement.method == "closed-form" else 2)
