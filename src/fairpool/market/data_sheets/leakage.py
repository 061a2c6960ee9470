"""Validation rows among the training rows: found for every party and task, and dealt with as the operator chose.

Whoever trains on the rows that models are scored on has a perfect score and a worthless model, and is paid for it by
those who did not: it is the dearest mistake, or lie, that a round can hold.  What counts as found, and what as chance:
`fairpool.comparing.overlap`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.comparing.overlap import Overlap, validation_overlap
from fairpool.ground.errors import InputError
from fairpool.learning.rows import Rows
from fairpool.market.options import OverlapRule

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class RowsInValidation:
    """How many training rows of a party stand in the validation rows of a task.

    task              whose task it is; None where it is common
    exact, near       rows that are a validation row with its label; others close to one, whatever their label
    closeness         how close, in units of the validation row's distance to the nearest other one; 0: equal features
    met, chance       how many validation rows are met so, and how many honest rows meet at most
    more_than_chance  whether more are met
    left_out          how many rows were left out of training for it
    """

    party: str
    task: str | None
    exact: int
    near: int
    closeness: float
    met: int
    chance: int
    more_than_chance: bool
    left_out: int

    @property
    def counted(self) -> str:
        """``West (75 exactly, 3 nearly)``, with whose validation rows they are where there are several tasks."""
        whose = "" if self.task is None else f", of {'its own' if self.task == self.party else self.task}"
        return f"{self.party} ({self.exact} exactly, {self.near} nearly{whose})"


def without_leakage(
    names: Sequence[str],
    parties: Sequence[Rows],
    tasks: Sequence[Rows],
    rule: OverlapRule,
    *,
    common: bool,
) -> tuple[tuple[Rows, ...], tuple[RowsInValidation, ...]]:
    """The rows that are trained on, and what was found; tasks are the parties' own, or the common one.

    Raises InputError where more than chance explains is found and the rule is to refuse, or nothing would be left.
    """
    labelled = [(rows.X, rows.y) for rows in parties]
    comparisons = len(parties) * len(tasks)
    overlaps = [validation_overlap(labelled, (task.X, task.y), comparisons=comparisons) for task in tasks]
    leaves_out = rule is OverlapRule.LEAVE_OUT
    found = tuple(
        _record(names[i], None if common else names[t], of_task[i], leaves_out=leaves_out)
        for i in range(len(parties))
        for t, of_task in enumerate(overlaps)
    )
    beyond = [one for one in found if one.more_than_chance]
    if beyond and rule is OverlapRule.REFUSE:
        raise leakage_refused(beyond)
    if not leaves_out:
        return tuple(parties), found
    kept = (_kept(names[i], rows, [of_task[i] for of_task in overlaps]) for i, rows in enumerate(parties))
    return tuple(kept), found


def _record(party: str, task: str | None, overlap: Overlap, *, leaves_out: bool) -> RowsInValidation:
    beyond = overlap.more_than_chance
    return RowsInValidation(
        party=party,
        task=task,
        exact=overlap.exact,
        near=overlap.near,
        closeness=overlap.closeness,
        met=overlap.met,
        chance=overlap.chance,
        more_than_chance=beyond,
        left_out=overlap.exact + overlap.near if beyond and leaves_out else 0,
    )


def _kept(party: str, rows: Rows, overlaps: Sequence[Overlap]) -> Rows:
    """Without what stands in any task more often than by chance."""
    out = np.zeros(len(rows), dtype=bool)
    for overlap in overlaps:
        out |= overlap.rows & overlap.more_than_chance
    if out.all():
        raise InputError(
            f"party {party!r}: got {len(rows)} training rows that all stand in the validation data, "
            "expected rows of its own"
        )
    return rows.take(~out)


def leakage_refused(beyond: Sequence[RowsInValidation]) -> InputError:
    """In one line: whose rows, how many, and what can be done."""
    named = "; ".join(one.counted for one in beyond[:_MOST_NAMED])
    more = f" and {len(beyond) - _MOST_NAMED} more" if len(beyond) > _MOST_NAMED else ""
    return InputError(
        f"got training rows that stand in the validation data, more than chance explains: {named}{more}; "
        'expected none: take them out of one file, or set overlap = "leave-out" or "keep" under [data]'
    )
