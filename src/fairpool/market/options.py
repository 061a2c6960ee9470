"""What an operator may choose beside learner, score, division and price, and how the work is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress, unwatched
from fairpool.learning.checkpoint import Store
from fairpool.learning.experiment import EmptyCoalition, SharedRowsRule

MOST_EXACT = 20  # parties: 2**20 coalitions


class Method(Enum):
    """How values are found.

    AUTO     a closed form where there is one, every coalition where the learner can afford it, else a sample
    EXACT    a closed form or every coalition; refused beyond `MOST_EXACT` parties
    SAMPLED  a sample of coalitions
    """

    AUTO = "auto"
    EXACT = "exact"
    SAMPLED = "sampled"


class Customise(Enum):
    """How a model for an own task is kept from serving other tasks (`fairpool.market.own_tasks.customisation`)."""

    NONE = "none"
    ROWS = "rows"
    PENALTY = "penalty"


@dataclass(frozen=True, slots=True)
class Options:
    """Choices with defaults.

    shared_rows    whether a model is trained on a row once that several members bring identically
    empty          what the empty coalition is worth
    customise      own tasks: the customisation step
    tolerance      own tasks: how much of its own gain a model may lose to customisation
    method         how values are found
    evaluations    sampled: most coalitions to evaluate; None for `fairpool.market.budget.default_evaluations`
    target_error   sampled: stop when every share's standard error is this small
    """

    shared_rows: SharedRowsRule = SharedRowsRule.KEEP
    empty: EmptyCoalition = EmptyCoalition.ZERO
    customise: Customise = Customise.ROWS
    tolerance: float = 0.0
    method: Method = Method.AUTO
    evaluations: int | None = None
    target_error: float | None = None

    def to_dict(self) -> dict[str, str | float | int]:
        """The choices by their keys in MARKET.toml; what was left open is left out."""
        choices = {
            "shared-rows": self.shared_rows.value,
            "empty-coalition": self.empty.value,
            "customise": self.customise.value,
            "tolerance": self.tolerance,
            "method": self.method.value,
            "evaluations": self.evaluations,
            "target-error": self.target_error,
        }
        return {key: choice for key, choice in choices.items() if choice is not None}

    def __post_init__(self) -> None:
        if not 0.0 <= self.tolerance <= 1.0:
            raise InputError(f"tolerance: got {self.tolerance}, expected a number from 0 to 1")
        if self.evaluations is not None and self.evaluations < 1:
            raise InputError(f"evaluations: got {self.evaluations}, expected a whole number above 0")
        if self.target_error is not None and not self.target_error > 0:
            raise InputError(f"target-error: got {self.target_error}, expected a number above 0")


@dataclass(frozen=True, slots=True)
class Work:
    """How the work is done; nothing here changes a result.

    jobs        worker processes
    checkpoint  where finished chunks are kept, so that a killed run goes on where it was
    progress    told (coalitions done, coalitions asked for)
    stage       told what is being done, in words
    """

    jobs: int = 1
    checkpoint: Store | None = None
    progress: Progress = unwatched
    stage: Callable[[str], None] = lambda _words: None
