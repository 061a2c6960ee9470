"""What is checked about every sharing: the spread, the distances, and whether all handed in what was asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import chi2, norm

from fairpool.documents.sharing.checked import CheckEntry
from fairpool.documents.sharing.mediator import AgentEntry, ColumnSpread
from fairpool.runs.sharings.words import listed
from fairpool.sharing.spread import Spread

EXTRAORDINARY = 4.0  # standard errors; more where so many are looked at that chance alone would exceed it
SPREAD_FITS = 1.25  # factor between sigma and what is measured
CHANCE = 0.001


def spread_entries(columns: Sequence[str], found: Sequence[Spread]) -> tuple[ColumnSpread, ...]:
    """The measured spread of every column."""
    return tuple(
        ColumnSpread(
            column=name,
            deviation=one.deviation if np.isfinite(one.deviation) else None,
            degrees=one.degrees,
        )
        for name, one in zip(columns, found, strict=True)
    )


def sigma_check(
    columns: Sequence[str], found: Sequence[Spread], sigma: float, *, upper_bound: bool = False
) -> CheckEntry:
    """Whether the spread within agents is that which was agreed on, but for chance or a quarter."""
    name = "sigma fits the samples"
    known = [(column, one) for column, one in zip(columns, found, strict=True) if one.degrees]
    if not known:
        words = "No agent submitted two samples, so their spread cannot be compared with sigma."
        return CheckEntry(name=name, holds=None, words=words)
    wrong = [(c, s) for c, s in known if not _fits(s, sigma, len(known), upper_bound=upper_bound)]
    told = listed([f"{column} {one.deviation:.4g}" for column, one in wrong or known])
    words = f"Sigma was agreed on as {sigma:g}; within agents samples spread by: {told}."
    return CheckEntry(name=name, holds=not wrong, words=words)


def _fits(spread: Spread, sigma: float, looked_at: int, *, upper_bound: bool) -> bool:
    factor = spread.deviation / sigma
    if 1 / SPREAD_FITS <= factor <= SPREAD_FITS or (upper_bound and factor < 1):
        return True
    statistic = spread.degrees * factor**2
    tail = min(chi2.sf(statistic, spread.degrees), chi2.cdf(statistic, spread.degrees))
    return bool(tail * 2 * looked_at >= CHANCE)


def distance_check(agents: Sequence[AgentEntry], columns: Sequence[str]) -> CheckEntry:
    """Whether every submitted mean is as near to the others' as honest ones are."""
    name = "no submission lies far off"
    found = [
        (abs(distance), agent.name, column)
        for agent in agents
        for column, distance in zip(columns, agent.distance, strict=True)
        if distance is not None
    ]
    if not found:
        words = "No two agents submitted samples of one column, so there is no distance."
        return CheckEntry(name=name, holds=None, words=words)
    limit = max(EXTRAORDINARY, float(norm.isf(CHANCE / (2 * len(found)))))
    far = sorted((one for one in found if one[0] > limit), reverse=True)
    if far:
        told = listed([f"{agent}, {column}: {distance:.1f}" for distance, agent, column in far])
        rarely = f"where honest ones of one distribution rarely exceed {limit:.1f}"
        words = f"Standard errors from the others' mean, {rarely}: {told}. This does not say who is right."
    else:
        largest, agent, column = max(found)
        words = (
            f"The largest distance from the others' mean is {largest:.1f} standard errors ({agent}, {column}); "
            f"honest ones of one distribution are rarely above {limit:.1f}."
        )
    return CheckEntry(name=name, holds=not far, words=words)


def submitted_check(agents: Sequence[AgentEntry]) -> CheckEntry:
    """Whether everybody submitted what its plan asks for."""
    short = [
        agent.name
        for agent in agents
        if any(
            asked is not None and got < asked for asked, got in zip(agent.asked, agent.collected, strict=True)
        )
    ]
    words = (
        f"Fewer samples than the plan asks for: {listed(short)}."
        if short
        else "Every agent submitted at least the samples its plan asks for."
    )
    return CheckEntry(name="everybody submitted what was asked", holds=not short, words=words)
