"""How many coalitions a sample may take, so that all that is evaluated stays within the operator's budget.

Besides the sample itself a round asks for every party alone; a round of own tasks also for prefixes of parties, and for
one model a member of every coalition of the joint game.
"""

from __future__ import annotations

from fairpool.games.estimation.stopping import StoppingRule
from fairpool.ground.errors import InputError
from fairpool.market.options import Options

LEAST = 2000  # coalitions where the operator names no budget


def default_evaluations(parties: int, *, own_tasks: bool) -> int:
    """The budget where the operator names none: 2,000 coalitions, and more for many parties."""
    return max(LEAST, 20 * parties**2 if own_tasks else 10 * parties)


def budget_of(options: Options, parties: int, *, own_tasks: bool) -> int | None:
    """Most coalitions a round may evaluate; None where only a target error stops it.

    Raises InputError for a budget too small for any error bar.
    """
    if options.evaluations is None:
        target_only = options.target_error is not None and not own_tasks
        return None if target_only else default_evaluations(parties, own_tasks=own_tasks)
    least = 6 * parties**2 + 6 * parties if own_tasks else 3 * parties + 2
    if options.evaluations < min(least, 2**parties):
        raise InputError(
            f"evaluations: got {options.evaluations}, expected at least {min(least, 2**parties)} for {parties} parties"
        )
    return options.evaluations


def sample_of_common_task(budget: int | None, parties: int) -> int | None:
    """What is left for the sample: small samples do not hold every party alone anyway."""
    if budget is None or budget >= 2**parties or StoppingRule(budget, None).completes_extremes(parties):
        return budget
    return budget - parties


def sample_of_task_game(budget: int, parties: int) -> int:
    """For each task: half the budget is for choosing data, and a choice also looks at up to n prefixes."""
    return budget // (2 * parties) - parties


def sample_of_joint_game(left: int, parties: int) -> int:
    """A coalition of the joint game asks for up to one model a member, and for the model of all members."""
    return left // (parties + 1)
