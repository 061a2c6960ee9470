"""Copies among the contributors' rows, in sentences: which are taken out, and which are coincidence.

Near copies are looked for at three distances: a tenth, three tenths and all of the usual distance between rows.  The
one with most pairs too many counts: noise of any size shows up at the distance it is of.  Among more than 200,000 rows
the last, which costs most, is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairpool.ground.arrays import Booleans, Positions
from fairpool.pricing.verification.coded_rows import CodedRows
from fairpool.pricing.verification.copies import (
    PairCounts,
    Surplus,
    across_surplus,
    chance_of_equal_rows,
    equal_pairs,
    repeats,
    within_surplus,
)
from fairpool.pricing.verification.findings import DepositFinding, counted, remark, removal
from fairpool.pricing.verification.near_rows import NearPairs, near_pairs, usual_spacing

Found = list[tuple[DepositFinding, ...]]

DISTANCES = (0.1, 0.3, 1.0)
MOST_ROWS_FAR = 200_000
LEAST_FILLED = 0.75  # of a row's cells: rows that miss more look alike in what they miss
FEWEST_ROWS = 3  # of a table in which neighbours are looked for
NONE = np.empty(0, dtype=np.intp)


def exact_copies(coded: CodedRows, kept: Booleans, *, rng: np.random.Generator) -> Found:  # noqa: ARG001
    """Rows equal in every column to one of the same contributor, or of an earlier deposit."""
    rows = np.flatnonzero(kept)
    if not rows.size:
        return [()] * coded.contributors
    owner, identity = coded.owner[rows], coded.identity[rows]
    alone = chance_of_equal_rows(np.column_stack([column.codes for column in coded.columns])[rows])
    counts = equal_pairs(identity, owner, coded.contributors, alone=alone)
    again = repeats(identity * coded.contributors + owner)
    first_owner = _first_owner(identity, owner)
    return [
        _exact_findings(coded, i, rows[owner == i], again[owner == i], first_owner[owner == i] < i, counts)
        for i in range(coded.contributors)
    ]


def _first_owner(identity: Positions, owner: Positions) -> Positions:
    """Of each row, the earliest contributor that holds it: owners ascend along the rows."""
    _, first, number = np.unique(identity, return_index=True, return_inverse=True)
    return owner[first[number]]


def _exact_findings(
    coded: CodedRows, i: int, rows: Positions, again: Booleans, held: Booleans, counts: PairCounts
) -> tuple[DepositFinding, ...]:
    positions = rows - np.searchsorted(coded.owner, i)
    across = across_surplus(counts, i, copies=int(held.sum()))
    taken = positions[held][held.sum() - across.rows :] if across.rows else NONE
    inside = again & ~np.isin(positions, taken)
    within = within_surplus(counts, i, copies=int(inside.sum()))
    repeated = positions[inside][inside.sum() - within.rows :] if within.rows else NONE
    others, own = "rows deposited earlier by others", "another row of this deposit"
    found = (
        _told("duplicate-across", taken, across, positions[held], f"equal in every column to {others}"),
        _told("duplicate-within", repeated, within, positions[inside], f"equal in every column to {own}"),
    )
    return tuple(one for one in found if one is not None)


def _told(
    kind: str, taken: Positions, surplus: Surplus, candidates: Positions, what: str
) -> DepositFinding | None:
    if taken.size and surplus.expected < 0.5:
        words = f"{counted(taken.size)} {_are(taken.size)} {what} and {_are(taken.size)} not for sale."
        return removal(kind, taken, words)
    if taken.size:
        words = (
            f"{surplus.found:,} pairs of rows are {what}, where {surplus.expected:,.0f} are expected by chance; "
            f"{counted(taken.size)} {_are(taken.size)} not for sale in their stead, the last ones with a pair."
        )
        return removal(kind, taken, words)
    if candidates.size:
        words = (
            f"{counted(candidates.size)} {_are(candidates.size)} {what}, no more than happens by chance in such "
            "columns; they stay for sale."
        )
        return remark("coincidence", candidates, words)
    return None


def near_copies(coded: CodedRows, kept: Booleans, *, rng: np.random.Generator) -> Found:
    """Rows unusually close to one of the same contributor, or of an earlier deposit.

    With a single contributor nothing is known of how close rows usually are, and nothing is looked for; nor among rows
    that miss more than a quarter of their cells.
    """
    none: Found = [()] * coded.contributors
    rows = np.flatnonzero(kept & (coded.filled() >= LEAST_FILLED))
    _, distinct = np.unique(coded.identity[rows], return_index=True)
    rows = rows[np.sort(distinct)]
    owner = coded.owner[rows]
    if len(np.unique(owner)) < 2 or len(rows) < FEWEST_ROWS or not coded.compared:
        return none
    points = coded.scaled()[rows]
    spacing = usual_spacing(points, owner, coded.contributors)
    distances = DISTANCES if len(rows) <= MOST_ROWS_FAR else DISTANCES[:-1]
    pairs = near_pairs(points, spacing * distances[-1], rng=rng)
    levels = [pairs.within(spacing * distance) for distance in distances]
    counted_levels = [(level, level.counts(owner, coded.contributors)) for level in levels]
    return [_near_findings(coded, i, rows, owner, counted_levels) for i in range(coded.contributors)]


def _near_findings(
    coded: CodedRows,
    i: int,
    rows: Positions,
    owner: Positions,
    levels: Sequence[tuple[NearPairs, PairCounts]],
) -> tuple[DepositFinding, ...]:
    start = int(np.searchsorted(coded.owner, i))
    across = _widest(levels, i, owner, across=True)
    within = _widest(levels, i, owner, across=False)
    findings = []
    for (surplus, candidates), whose in (
        (across, "rows deposited earlier by others"),
        (within, "other rows of this deposit"),
    ):
        taken = rows[candidates[: surplus.rows]] - start
        if taken.size:
            findings.append(removal("near-duplicate", taken, _near_words(taken.size, surplus, whose)))
    return tuple(findings)


def _widest(
    levels: Sequence[tuple[NearPairs, PairCounts]], i: int, owner: Positions, *, across: bool
) -> tuple[Surplus, Positions]:
    """The distance at which most rows are too many, and the rows concerned, closest first."""
    options = []
    for pairs, counts in levels:
        mine = owner[pairs.later] == i
        mine &= (owner[pairs.earlier] < i) if across else (owner[pairs.earlier] == i)
        candidates = _in_order(pairs.later[mine])
        test = across_surplus if across else within_surplus
        options.append((test(counts, i, copies=len(candidates)), candidates))
    return max(options, key=lambda option: option[0].rows)


def _in_order(rows: Positions) -> Positions:
    """The different ones, in the order in which they come first."""
    return rows[np.sort(np.unique(rows, return_index=True)[1])]


def _near_words(taken: int, surplus: Surplus, whose: str) -> str:
    return (
        f"{surplus.found:,} pairs of rows are nearly equal to {whose}, where {surplus.expected:,.1f} are expected "
        f"by chance; {counted(taken)}, the closest, {_are(taken)} taken for copies with noise and "
        f"{_are(taken)} not for sale."
    )


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
