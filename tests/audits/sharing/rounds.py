"""Many rounds of one strategy, run from files: what the agent received, and the errors it makes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from attackers import Attack, best_errors, recommended, statistics
from received import Received, Rows, as_meant, received
from scipy.stats import norm
from sharing_from_files import ME, NAMES, PRIOR, SEEDED, Setting, pages_told_by_their_documents

FAR = 1e4  # a number beyond all true means

Report = Callable[[Rows, int, np.random.Generator], Rows]


@dataclass(frozen=True)
class Strategy:
    """How many rows an agent collects (as a share of the plan's), and what it submits: (own, asked, rng) -> rows."""

    name: str
    share: float
    report: Report

    def collects(self, setting: Setting) -> int:
        return round(self.share * setting.rows)


def honest(own: Rows, _: int, __: np.random.Generator) -> Rows:
    return own


def made_up(own: Rows, asked: int, rng: np.random.Generator) -> Rows:
    """Rows around a guess, as many as are asked for."""
    return PRIOR * rng.standard_normal(own.shape[1]) + rng.standard_normal((asked, own.shape[1]))


def filled_up(own: Rows, asked: int, rng: np.random.Generator) -> Rows:
    """Own rows, and made-up ones around their mean."""
    return np.concatenate((own, own.mean(axis=0) + rng.standard_normal((asked - len(own), own.shape[1]))))


def far_off(own: Rows, asked: int, rng: np.random.Generator) -> Rows:
    """A known number that nobody's mean comes near, so that a distance tells on which side the others are."""
    return FAR + (spread := rng.standard_normal((asked, own.shape[1]))) - spread.mean(axis=0)


def nothing(own: Rows, _: int, __: np.random.Generator) -> Rows:
    return own[:0]


HONEST = Strategy("follows the plan, reads everything", 1.0, honest)
MADE_UP = Strategy("collects nothing, makes rows up", 0.0, made_up)
FILLED_UP = Strategy("collects a third, fills up", 1 / 3, filled_up)
FAR_OFF = Strategy("collects nothing, submits a far number", 0.0, far_off)
NOTHING = Strategy("collects nothing, submits nothing", 0.0, nothing)
WITHHOLDS = Strategy("collects half, submits nothing", 0.5, nothing)


@dataclass(frozen=True)
class Rounds:
    """means, others: (R, d), the true means, and the means of what the others submitted.  penalties: (R, agents)."""

    setting: Setting
    collected: int
    means: Rows
    others: Rows
    rounds: list[Received]
    seeds: list[int | None]
    penalties: Rows

    def attack(self, target: Rows | None = None) -> Attack:
        """The best the agent can make of it; of the true means unless told another target."""
        known = [recommended(self.setting, one) for one in self.rounds]
        facts = [
            one.fields | statistics(self.setting, one, seed)
            for one, seed in zip(self.rounds, self.seeds, strict=True)
        ]
        return best_errors(self.means if target is None else target, np.array(known), facts)

    def penalty(self, attack: Attack) -> Interval:
        """Squared errors and the cost of what was collected."""
        return Interval.of((attack.errors**2).sum(axis=1) + self.setting.cost * self.collected)


@dataclass(frozen=True)
class Interval:
    """A mean and its standard error."""

    mean: float
    error: float

    @classmethod
    def of(cls, values: Rows) -> Interval:
        return cls(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))

    def __str__(self) -> str:
        return f"{self.mean:.4f} (from {self.mean - 4 * self.error:.4f} to {self.mean + 4 * self.error:.4f})"

    def below(self, bound: float) -> bool:
        """Beyond chance."""
        return self.mean < bound - 4 * self.error

    def power(self, gain: float) -> float:
        """How probably a strategy that gains this much is found, with errors that vary as these do."""
        return float(norm.cdf(gain / self.error - 4))


@lru_cache(maxsize=12)
def played(
    setting: Setting, strategy: Strategy, count: int, *, pages: bool = False, grid: float = 0.0
) -> Rounds:
    """Rounds of a strategy, the others honest.  ``pages``: with the true pages; ``grid``: rows are measured on it."""
    with tempfile.TemporaryDirectory() as folder:
        if pages:
            return _played(Path(folder), setting, strategy, count, grid)
        with pages_told_by_their_documents():
            return _played(Path(folder), setting, strategy, count, grid)


def _played(folder: Path, setting: Setting, strategy: Strategy, count: int, grid: float) -> Rounds:
    rng = np.random.default_rng(11)
    rounds, means, others, penalties, seeds = [], [], [], [], []
    for place in range(count):
        mean, rows, own, submitted = drawn(setting, strategy, rng, grid=grid)
        seed = int(rng.integers(2**31))
        out = setting.run(folder / f"{place}", submitted, seed=seed)
        rounds.append(received(out, NAMES[ME], own, submitted[ME]))
        means.append(mean)
        others.append(np.mean([one.mean(axis=0) for i, one in enumerate(submitted) if i != ME], axis=0))
        penalties.append(
            [_penalty(setting, out, name, one, mean) for name, one in zip(NAMES, rows, strict=True)]
        )
        seeds.append(seed if SEEDED else None)
    return Rounds(
        setting,
        strategy.collects(setting),
        np.array(means),
        np.array(others),
        rounds,
        seeds,
        np.array(penalties),
    )


def drawn(
    setting: Setting, strategy: Strategy, rng: np.random.Generator, *, grid: float = 0.0
) -> tuple[Rows, list[Rows], Rows, list[Rows]]:
    """True means, what all would collect by the plan, what the agent collects, and what is submitted."""
    mean = PRIOR * rng.standard_normal(setting.columns)
    rows = [mean + rng.standard_normal((setting.rows, setting.columns)) for _ in NAMES]
    if grid:
        rows = [grid * np.rint(one / grid) for one in rows]
    own = rows[ME][: strategy.collects(setting)]
    submitted = [*rows]
    submitted[ME] = strategy.report(own, setting.rows, rng)
    return mean, rows, own, submitted


def _penalty(setting: Setting, out: Path, name: str, own: Rows, mean: Rows) -> float:
    """Realised, of an agent that uses its release as it is meant to."""
    one = as_meant(out, name, own)
    return float(((recommended(setting, one) - mean) ** 2).sum() + setting.cost * len(own))
