"""summary.json: what is the same for every kind of sharing.

The document is the single source of report.html.  What cannot be known is null; there is no nan and no infinity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import chi2, norm

from fairpool import __version__
from fairpool.files.sharing.share_file import AgentFile, ShareFile
from fairpool.ground.arrays import Floats
from fairpool.sharing.spread import Spread, spread_within

Document = dict[str, Any]

FORMAT = 1
EXTRAORDINARY = 4.0  # standard errors; more where so many are looked at that chance alone would exceed it
SPREAD_FITS = 1.25  # factor between sigma and what is measured
CHANCE = 0.001
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """What m agents submitted, per column; float64 (m, d).

    counts, means          an agent's own (nan without samples)
    other_counts, others   the same of all others' samples together
    """

    counts: Floats
    means: Floats
    other_counts: Floats
    others: Floats

    @classmethod
    def of(cls, samples: Sequence[Floats]) -> Collected:
        """samples: float64 (rows_i, d) each, nan where there is none."""
        counts = np.array([(~np.isnan(one)).sum(axis=0) for one in samples], dtype=np.float64)
        sums = np.array([np.nansum(one, axis=0) for one in samples])
        other_counts, other_sums = counts.sum(axis=0) - counts, sums.sum(axis=0) - sums
        with np.errstate(divide="ignore", invalid="ignore"):
            return cls(counts, sums / counts, other_counts, other_sums / other_counts)

    def distances(self, sigma: float) -> Floats:
        """Own mean less the others', in standard errors under honesty; float64 (m, d), nan without either."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return (self.means - self.others) / (sigma * np.sqrt(1 / self.counts + 1 / self.other_counts))


def agent_entry(agent: AgentFile, i: int, collected: Collected, sigma: float | None) -> Document:
    """An agent's part as far as it does not depend on the mechanism: null what does."""
    unknown = [None] * collected.counts.shape[1]
    entry: Document = {
        "name": agent.name,
        "folder": agent.folder,
        "asked": unknown,
        "collected": whole_numbers(collected.counts[i]),
        "clean": unknown,
        "corrupted": unknown,
        "mean": nulls(collected.means[i]),
        "others_mean": nulls(collected.others[i]),
        "distance": unknown if sigma is None else nulls(collected.distances(sigma)[i]),
    }
    later = ("noise_variance", "weight", "estimate", "standard_error")
    with np.errstate(divide="ignore"):
        alone = unknown if sigma is None else nulls(sigma / np.sqrt(collected.counts[i]))
    return {
        **entry,
        **dict.fromkeys(later, unknown),
        "standard_error_alone": alone,
        **dict.fromkeys(("penalty", "penalty_alone", "penalty_realised", "role")),
        "notes": [],
    }


def summary(share: ShareFile, columns: Sequence[str], **parts: Any) -> Document:
    """The whole document in the order of format 1; what ``parts`` leaves out is null or empty."""
    empty: Document = dict.fromkeys(("objective", "sigma", "cost", "plan", "theory", "cramer_von_mises"))
    lists: Document = {name: [] for name in ("spread", "agents", "curves", "checks", "notes")}
    found = empty | lists | parts
    return {
        "format": FORMAT,
        "kind": "sharing",
        "fairpool": __version__,
        "name": share.name,
        "mechanism": share.mechanism,
        "objective": found["objective"],
        "seed": share.seed,
        "sigma": found["sigma"],
        "cost": found["cost"],
        "columns": list(columns),
        **{name: found[name] for name in ("plan", "theory", "spread", "agents", "curves", "checks")},
        "cramer_von_mises": found["cramer_von_mises"],
        "notes": found["notes"],
    }


# ---- spread


def spreads(samples: Sequence[Floats]) -> list[Spread]:
    """Within agents, of every column."""
    return [spread_within(one) for one in by_column(samples)]


def by_column(samples: Sequence[Floats]) -> list[list[Floats]]:
    """For every column the agents' samples, float64 (n_ik,) each."""
    columns = range(samples[0].shape[1])
    return [[one[~np.isnan(one[:, k]), k] for one in samples] for k in columns]


def spread_entries(columns: Sequence[str], found: Sequence[Spread]) -> list[Document]:
    return [
        {
            "column": name,
            "deviation": one.deviation if np.isfinite(one.deviation) else None,
            "degrees": one.degrees,
        }
        for name, one in zip(columns, found, strict=True)
    ]


# ---- checks


def check(name: str, holds: bool | None, words: str) -> Document:
    return {"name": name, "holds": holds, "words": words}


def sigma_check(
    columns: Sequence[str], found: Sequence[Spread], sigma: float, *, upper_bound: bool = False
) -> Document:
    """Whether the spread within agents is that which was agreed on, but for chance or a quarter."""
    name = "sigma fits the samples"
    known = [(column, one) for column, one in zip(columns, found, strict=True) if one.degrees]
    if not known:
        return check(
            name, None, "No agent submitted two samples, so their spread cannot be compared with sigma."
        )
    wrong = [(c, s) for c, s in known if not _fits(s, sigma, len(known), upper_bound=upper_bound)]
    if wrong:
        told = listed([f"{column} {one.deviation:.4g}" for column, one in wrong])
        return check(
            name, False, f"Sigma was agreed on as {sigma:g}; within agents samples spread by: {told}."
        )
    told = listed([f"{column} {one.deviation:.4g}" for column, one in known])
    return check(name, True, f"Sigma was agreed on as {sigma:g}; within agents samples spread by: {told}.")


def _fits(spread: Spread, sigma: float, looked_at: int, *, upper_bound: bool) -> bool:
    factor = spread.deviation / sigma
    if 1 / SPREAD_FITS <= factor <= SPREAD_FITS or (upper_bound and factor < 1):
        return True
    statistic = spread.degrees * factor**2
    tail = min(chi2.sf(statistic, spread.degrees), chi2.cdf(statistic, spread.degrees))
    return bool(tail * 2 * looked_at >= CHANCE)


def distance_check(agents: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Document:
    """Whether every submitted mean is as near to the others' as honest ones are."""
    name = "no submission lies far off"
    found = [
        (abs(distance), agent["name"], column)
        for agent in agents
        for column, distance in zip(columns, agent["distance"], strict=True)
        if distance is not None
    ]
    if not found:
        return check(name, None, "No two agents submitted samples of one column, so there is no distance.")
    limit = max(EXTRAORDINARY, float(norm.isf(CHANCE / (2 * len(found)))))
    far = sorted((one for one in found if one[0] > limit), reverse=True)
    if not far:
        largest, agent, column = max(found)
        words = (
            f"The largest distance from the others' mean is {largest:.1f} standard errors ({agent}, {column})"
        )
        return check(name, True, f"{words}; honest ones of one distribution are rarely above {limit:.1f}.")
    told = listed([f"{agent}, {column}: {distance:.1f}" for distance, agent, column in far])
    words = f"Standard errors from the others' mean, where honest ones of one distribution rarely exceed {limit:.1f}"
    return check(name, False, f"{words}: {told}. This does not say who is right.")


def submitted_check(agents: Sequence[Mapping[str, Any]]) -> Document:
    """Whether everybody submitted what its plan asks for."""
    name = "everybody submitted what was asked"
    short = [
        agent["name"]
        for agent in agents
        if any(
            asked is not None and got < asked
            for asked, got in zip(agent["asked"], agent["collected"], strict=True)
        )
    ]
    if not short:
        return check(name, True, "Every agent submitted at least the samples its plan asks for.")
    return check(name, False, f"Fewer samples than the plan asks for: {listed(short)}.")


# ---- numbers and words


def nulls(values: Floats) -> list[Any]:
    """Nested lists with None for what is not finite: what JSON can hold."""
    objects = values.astype(object)
    objects[~np.isfinite(values)] = None
    found: list[Any] = objects.tolist()
    return found


def whole_numbers(values: Floats) -> list[int]:
    return [int(one) for one in values]


def number(value: float) -> str:
    """Four digits, for people."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def listed(items: Sequence[str]) -> str:
    shown = ", ".join(items[:_MOST_NAMED])
    return shown if len(items) <= _MOST_NAMED else f"{shown} and {len(items) - _MOST_NAMED} more"
