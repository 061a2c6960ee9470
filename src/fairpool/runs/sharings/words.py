"""Sentences for one agent: what it submitted, what it is given, and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.sharing.enforcement.enforcement import Role
from fairpool.sharing.release import MeanRelease, Release

ROLES = {
    Role.ALONE: "works alone",
    Role.GETS_MEAN: "gets the mean",
    Role.CHECKED: "is checked",
    Role.COLLECTS_FOR_ALL: "collects for all",
}
_MOST_NOTES = 5
_MOST_NAMED = 5
_NOTHING = "You are given nothing"
_ERROR = "standard_error takes the agreed sigma for the standard deviation of a sample"


def collected_notes(rows: int, asked: float) -> list[str]:
    """About an agent that submitted other than it was asked to."""
    if rows == 0:
        return ["submitted nothing"]
    if rows < asked:
        return [f"submitted {rows} of the {asked:g} rows asked for"]
    if rows > asked:
        return [f"submitted {rows} rows where {asked:g} were asked for"]
    return []


def collected_notes_by_column(columns: Sequence[str], counts: Floats, asked: Floats) -> list[str]:
    """The same where every column has a plan of its own; five notes at most."""
    notes = []
    for name, got, wanted in zip(columns, counts, asked, strict=True):
        if wanted == 0 and got > 0:
            notes.append(f"{name}: submitted {got:g} samples that were not asked for")
        elif got < wanted:
            notes.append(f"{name}: submitted {got:g} of the {wanted:g} samples asked for")
        elif got > wanted:
            notes.append(f"{name}: submitted {got:g} samples where {wanted:g} were asked for")
    if len(notes) > _MOST_NOTES:
        return [*notes[:_MOST_NOTES], f"and so in {len(notes) - _MOST_NOTES} more columns"]
    return notes


def equal_explanation(release: Release | MeanRelease, *, submitted: int) -> str:
    """For the statistician of an agent with one cost."""
    if isinstance(release, MeanRelease):
        if np.isnan(release.mean).any():
            return f"{_NOTHING}: an agent has to submit something, and so has another."
        return (
            "estimate is the mean over all agents' means with normal noise; the noise grows with the distance of your "
            "mean from the others'. Use it as it is. How large the noise was is not told: it would give the others' "
            "mean to whoever made its own up. standard_error is what the plan promises to agents that follow it, over "
            "many rounds and with the noise, and interval is 1.96 of it to each side."
        )
    if len(release.clean) + len(release.corrupted) == 0:
        own = "and you submitted nothing" if submitted == 0 else "so estimate is the mean of your own rows"
        return f"{_NOTHING}, {own}. {_ERROR}."
    if len(release.corrupted) == 0:
        return (
            "The rows of release.csv are others' rows as they were submitted. estimate is the mean of them and yours. "
            f"{_ERROR}."
        )
    return (
        "Clean rows of release.csv are others' rows as they were submitted; corrupted rows are others' rows with "
        "independent normal noise of variance noise_variance, one number per column. estimate is the weighted mean of "
        "your rows (weight 1), the clean rows (weight 1) and the corrupted rows (weight as given). "
        f"{_ERROR}, and includes the noise."
    )


def costs_explanation() -> str:
    """For the statistician of an agent with costs of its own."""
    return (
        "estimate has one number per column, null where you are given nothing. Where you work alone or collect for "
        "all it is the mean of your own samples; where you get the mean it is the mean of what others submitted; "
        "where you are checked it is the weighted mean of your samples, of as many of the others' as you were "
        "asked for, and of the rest of theirs with normal noise of variance noise_variance and the weight given. "
        f"Use it as it is. {_ERROR}, and includes the noise."
    )


def compared_explanation(kind: str) -> str:
    """For an agent whose rows were compared with the others'."""
    reward = {
        "budget": "payment is an equal part of the budget, less what the loss takes off.",
        "collection-cost": "payment is an equal part of what all rows are worth, less what the loss takes off.",
        "data": "The rows of release.csv are others' rows as they were submitted; the smaller the loss, the more.",
    }[kind]
    return (
        "loss is the mean over columns of the squared distance between the distribution of your rows and that of the "
        "others' (Cramér-von Mises); expected is what honest rows of one distribution have on average. p_value is the "
        "chance of a loss as large if all rows were drawn alike; a small one does not say who is to blame. Amounts "
        f"are in minor units (cents). {reward}"
    )


def figure(value: float) -> str:
    """Four digits, for people."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def listed(items: Sequence[str]) -> str:
    """The first five, and how many more there are."""
    shown = ", ".join(items[:_MOST_NAMED])
    return shown if len(items) <= _MOST_NAMED else f"{shown} and {len(items) - _MOST_NAMED} more"
