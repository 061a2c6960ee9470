"""Values from a sample of coalitions, and what a sample shows of the gains; for either market."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.games.estimation.estimate import estimate_semivalue
from fairpool.games.estimation.estimated_values import EstimatedValues
from fairpool.games.game import Coalitions, Game
from fairpool.ground.arrays import Float, Floats
from fairpool.learning.evaluation import Evaluator
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.valuation import SizeGain


@dataclass(frozen=True, slots=True, eq=False)
class TaskGains:
    """The gains on one task as a game, evaluated as it is asked."""

    evaluator: Evaluator
    task: int

    @property
    def players(self) -> int:
        return len(self.evaluator.experiment.parties)

    @property
    def alone(self) -> Float[Floats, " parties"]:
        """G({i})."""
        return self.worth(np.eye(self.players, dtype=bool))

    def worth(self, coalitions: Coalitions) -> Floats:
        return np.asarray(self.evaluator.gains(coalitions.astype(np.int16))[:, self.task], dtype=np.float64)


def estimate_values(
    game: Game,
    division: RewardRule,
    target_error: float | None,
    evaluations: int | None,
    surrogate: Game | None,
    *,
    rng: np.random.Generator,
) -> EstimatedValues:
    """The division's value of every player; ``target_error`` is one of shares, so a part of what all are worth."""
    worth = worth_of_all(game) if target_error is not None else 0.0
    return estimate_semivalue(
        game,
        rng=rng,
        weights=division.weights,
        evaluations=evaluations,
        target_error=target_error * worth if target_error is not None and worth > 0 else target_error,
        surrogate=surrogate,
    )


def worth_of_all(game: Game) -> float:
    """v(all) - v(empty)."""
    ends = np.stack([np.zeros(game.players, dtype=bool), np.ones(game.players, dtype=bool)])
    empty, full = game.worth(ends)
    return float(full - empty)


def sizes_of_sample(coalitions: Coalitions, gains: Floats) -> tuple[SizeGain, ...]:
    """Mean gain by size over the coalitions that were evaluated."""
    sizes = coalitions.sum(axis=1)
    seen = [s for s in np.unique(sizes) if s > 0]
    return tuple(
        SizeGain(int(s), int((sizes == s).sum()), float(gains[sizes == s].mean()), None, None) for s in seen
    )
