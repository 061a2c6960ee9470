"""A round's market: one task for all parties, or a task of its own for each.

The two are `fairpool.market.common_task.market` and `fairpool.market.own_tasks.market`; which one a round is was chosen
when it was agreed, and nothing after it asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from fairpool.ground.arrays import Float, Floats
from fairpool.learning.evaluation import Evaluator
from fairpool.market.copies.equals import mean_of_equals
from fairpool.market.own_tasks.delivery import CustomisationReport
from fairpool.market.valuation import Findings, Valuation

WhoseTask = Literal["common", "own"]
Stage = Callable[[str], None]
"""Told what is being done, in words."""


@dataclass(frozen=True, slots=True, eq=False)
class DeliveredModel:
    """The model a party is given, as a fitted estimator; members: the parties whose rows it was trained on."""

    members: tuple[int, ...]
    estimator: Any


@dataclass(frozen=True, slots=True, eq=False)
class Appraisal:
    """What a round found out before any money.

    keep_their_own  parties whose own model is better than the pooled one; with own tasks, at least as good as any
    customisation   own tasks: who gains what from whose model
    """

    findings: Findings
    models: tuple[DeliveredModel, ...]
    keep_their_own: tuple[int, ...] = ()
    customisation: CustomisationReport | None = None

    @property
    def valuation(self) -> Valuation:
        """The market as it is; parties that no coalition can tell apart have the same to the last bit."""
        found, equal = self.findings.market.valuation, self.findings.twins
        return Valuation(*(mean_of_equals(each, equal) for each in (found.alone, found.gains, found.shares)))

    @property
    def bought(self) -> Float[Floats, " parties"]:
        """The part of each share that the party has as a buyer, of such parties the same."""
        return mean_of_equals(self.findings.market.bought, self.findings.twins)


class Market(Protocol):
    """What is done between agreeing on a round and its payments."""

    def appraise(self, evaluator: Evaluator, *, rng: np.random.Generator, stage: Stage) -> Appraisal:
        """Value the coalitions and train the models that are delivered."""
        ...
