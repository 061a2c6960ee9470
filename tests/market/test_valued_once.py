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
    """A value's weights, or its law of sizes, counting how often the value of a game of n players is begun."""

    def __init__(self, weights, begun):
        self.weights, self.begun = weights, begun

    def __call__(self, players):
        self.begun[players] += 1
        return self.weights(players)


@pytest.mark.parametrize("division", ["normalised-shapley", "collapsed", "banzhaf"])
@pytest.mark.parametrize("learner", ["nearest", "ridge"])
@pytest.mark.parametrize("own_tasks", [False, True])
def test_a_settlement_computes_its_shapley_value_once(division, learner, own_tasks):
    """For the parties as they are; every larger game is one with copies.  From ranks, from a table, for own tasks.

    The weights are looked up for the value, and once more for what validation rows weigh in it.  The closed form looks
    its law of sizes up five times: for the sums over ranks, for the empty coalition, for what validation rows weigh in
    that one, and for the two sums of a share's buyer's part; where a value counts the model alone, one of these two is
    the sum over ranks that is known.
    """
    members, validation = consortium(parties=4, own_tasks=own_tasks)
    terms = RoundTerms(PriceTerms(100_000, 300), LearningTerms(learner), division)
    rng = np.random.default_rng(1)
    agreement = agree(members, validation, terms, rng=rng)
    rule = division_named(division)
    begun = Counter()
    counting = replace(
        rule, weights=CountedWeights(rule.weights, begun), size_law=CountedWeights(rule.size_law, begun)
    )
    counted = replace(agreement.market, division=counting)
    settlement = settle_agreed(replace(agreement, market=counted), rng=rng, work=Work())
    assert len(settlement.statement) == 4
    assert settlement.certificate.balance.holds
    assert min(begun) == 4
    in_closed_form = 5 if rule.function.members else 4
    assert begun[4] == (in_closed_form if settlement.method == "closed-form" else 2)
