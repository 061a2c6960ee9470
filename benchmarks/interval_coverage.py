"""How often the intervals of a settlement hold what a very large validation set would have given.

A world is a round of four parties (8 to 80 rows each, of shifted distributions) whose models are trained once.  A
validation set of V fresh rows gives a settlement with intervals; the truth is the same round, with the same models and,
for own tasks, the same choice of data, on 40,000 other rows.  Nominal is 95 %.  A standard error is that of a mean over
worlds (for own tasks half as many), since the four parties' intervals of one round hang together.

    python benchmarks/interval_coverage.py                 a table for docs/theory/uncertainty.md
    python benchmarks/interval_coverage.py --only r2       the lines that have this in their name
    python benchmarks/interval_coverage.py --quick         a fiftieth of it
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.learning.own_scores import AnyScore
from fairpool.learning.rows import Rows, stack
from fairpool.market.common_task.exact import CommonTask, copies_change_nothing
from fairpool.market.common_task.market import CommonTaskMarket
from fairpool.market.market import Appraisal
from fairpool.market.options import Options
from fairpool.market.own_tasks.exact import OwnTasks
from fairpool.market.own_tasks.market import OwnTasksMarket
from fairpool.market.own_tasks.selection import Selection, mask_of
from fairpool.market.payments import PriceTerms, pay
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.market.uncertainty.intervals import Intervals, drawn_intervals
from fairpool.market.uncertainty.round import row_groups
from fairpool.market.valuation import Valuation

PARTIES, FEATURES, TRUTH = 4, 5, 40_000
PRICE = PriceTerms(1_000_000)
SIZES = (50, 200, 1000)
WHAT = ("gain", "share", "net")
ALIKE = "each row from anywhere"
BY_PARTY = "as many rows from each party"
BY_SITE = "ten rows from each site"


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table; rare: one row of eight is of the one class, else one of two."""

    learner: str
    score: str
    noise: float
    division: str = "normalised-shapley"
    own: bool = False
    rare: bool = False
    drawn: str = ALIKE

    def __str__(self) -> str:
        more = [
            self.division * (self.division != "normalised-shapley"),
            "own tasks" * self.own,
            "a rare class" * self.rare,
            self.drawn * (self.drawn != ALIKE),
        ]
        return ", ".join([self.learner, self.score, *filter(None, more)])


CASES = (
    Case("nearest", "accuracy", 1.0),
    Case("naive-bayes", "accuracy", 0.2),
    Case("logistic", "accuracy", 0.5, division="banzhaf"),
    Case("naive-bayes", "balanced-accuracy", 0.5),
    Case("naive-bayes", "balanced-accuracy", 0.5, rare=True),
    Case("logistic", "roc-auc", 0.5),
    Case("logistic", "roc-auc", 0.5, rare=True),
    Case("ridge", "r2", 1.0),
    Case("ridge", "r2", 1.0, division="banzhaf"),
    Case("ridge", "one-minus-rmse", 0.5),
    Case("nearest", "accuracy", 0.5, own=True),
    Case("ridge", "r2", 0.5, own=True),
    Case("logistic", "accuracy", 0.5, drawn=BY_PARTY),
    Case("ridge", "r2", 0.5, drawn=BY_PARTY),
    Case("logistic", "accuracy", 0.5, drawn=BY_SITE),
    Case("ridge", "r2", 0.5, drawn=BY_SITE),
)


@dataclass(frozen=True, slots=True)
class World:
    """Rows are drawn around a plane; ``noise`` is the spread about it, ``shifts`` are where the parties' rows lie."""

    plane: Floats
    noise: float
    classes: int
    cut: float
    shifts: Floats

    def rows(self, count: int, shift: Floats | float, rng: np.random.Generator) -> Rows:
        X = rng.normal(size=(count, FEATURES)) + shift
        y = X @ self.plane + self.noise * rng.normal(size=count)
        return Rows(X, (y > self.cut).astype(np.int64) if self.classes else y, self.classes)

    def validation(self, count: int, drawn: str, rng: np.random.Generator) -> Rows:
        if drawn == BY_PARTY:
            return stack([self.rows(count // PARTIES, shift, rng) for shift in self.shifts])
        sites = (
            0.5 * rng.normal(size=(count // 10, FEATURES)) if drawn == BY_SITE else np.zeros((1, FEATURES))
        )
        return self.rows(count, np.repeat(sites, count // len(sites), axis=0), rng)

    def tasks(self, case: Case, count: int, rng: np.random.Generator) -> tuple[Rows, ...]:
        if case.own:
            return tuple(self.rows(count, shift, rng) for shift in self.shifts)
        return (self.validation(count, case.drawn, rng),)


def a_world(
    score: AnyScore, noise: float, rng: np.random.Generator, *, rare: bool = False
) -> tuple[World, tuple[Rows, ...]]:
    """A world and its parties' training rows."""
    plane, shifts = rng.normal(size=FEATURES), 0.5 * rng.normal(size=(PARTIES, FEATURES))
    cut = 1.15 * np.sqrt(1 + noise**2) if rare else 0.0
    classes = 2 if score.task.value == "classification" else 0
    world = World(plane / np.linalg.norm(plane), noise, classes, cut, shifts)
    return world, tuple(world.rows(int(rng.integers(8, 80)), shift, rng) for shift in shifts)


@dataclass(frozen=True, slots=True)
class Round:
    """A round that was settled on few rows, and what it is about."""

    appraisal: Appraisal
    intervals: Intervals

    @classmethod
    def of(cls, experiment: Experiment, division: str, rng: np.random.Generator) -> Round:
        rule = division_named(division)
        made: Any = CommonTaskMarket if len(experiment.tasks) == 1 else OwnTasksMarket
        evaluator = Evaluator(experiment, groups=row_groups(experiment, None))
        appraisal = made(experiment, rule, Options()).appraise(evaluator, rng=rng, stage=lambda _: None)
        order = np.arange(PARTIES)
        found = drawn_intervals(
            appraisal.findings.forms,
            rule,
            PRICE,
            appraisal.valuation,
            pay(PRICE, appraisal.valuation),
            equal=order,
            rank=order,
            rng=rng,
        )
        return cls(appraisal, found)

    def true_valuation(self, gains: Floats, division: str) -> Valuation:
        """With other gains of the same models: float64 (coalitions, tasks)."""
        rule, market = division_named(division), self.appraisal.findings.market
        if gains.shape[1] == 1:
            return CommonTask(gains[:, 0], rule, copies_change_nothing(gains[:, 0])).valuation
        assert isinstance(market, OwnTasks)
        chosen = tuple(_again(gains, one) for one in market.selections)
        reached = [gains[mask_of(one.members), i] for i, one in enumerate(self.appraisal.models)]
        return OwnTasks(gains, chosen, rule, np.array(reached)).valuation


def _again(gains: Floats, chosen: Selection) -> Selection:
    """The same data; where they leave out the own ones and do worse than these, nothing is bought."""
    reached, own = gains[mask_of(chosen.members), chosen.task], gains[1 << chosen.task, chosen.task]
    return replace(chosen, gain=float(reached if chosen.holds_own else max(reached, own)))


def covered(case: Case, *, worlds: int) -> Iterator[tuple[int, dict[str, float]]]:
    """Per world and size: V, and what part of the intervals holds the truth."""
    score = score_named(case.score)
    rng = np.random.default_rng(11)
    for _ in range(worlds):
        world, parties = a_world(score, case.noise, rng, rare=case.rare)
        large = world.tasks(case, TRUTH, rng)
        experiment = Experiment(parties, large, learner_named(case.learner, {}, score), score, seed=1)
        gains = Evaluator(experiment).table()
        for size in SIZES:
            tasks = world.tasks(case, size, rng)
            while any(len(np.unique(task.y)) < 2 for task in tasks):
                tasks = world.tasks(case, size, rng)
            settled = Round.of(replace(experiment, tasks=tasks), case.division, rng)
            true = in_unit_of(gains, large[0], tasks[0]) if case.score == "one-minus-rmse" else gains
            held = holds(settled.intervals, settled.true_valuation(true, case.division))
            yield size, {what: float(held[what].mean()) for what in WHAT}


def in_unit_of(gains: Floats, large: Rows, task: Rows) -> Floats:
    """1 - RMSE in the range of the labels of ``task``, from that in the range of ``large``."""
    found = np.clip(1.0 - (1.0 - gains) * np.ptp(large.y) / np.ptp(task.y), 0.0, 1.0)
    found[0] = 0.0
    return found


def holds(found: Intervals, true: Valuation) -> dict[str, Floats]:
    paid = true.gains - true.alone
    back = max(0.0, 1.0 - true.shares.sum()) * paid
    net = PRICE.unit_price * (true.shares * paid.sum() + back - paid)  # before rounding
    kept = {"gain": (found.gain, true.gains), "share": (found.share, true.shares), "net": (found.net, net)}
    slack = 1e-9  # a gain of 1 in both is held
    return {
        what: (ends[:, 0] <= value + slack) & (value - slack <= ends[:, 1])
        for what, (ends, value) in kept.items()
    }


def line(case: Case, *, worlds: int) -> str:
    seen: dict[int, list[dict[str, float]]] = defaultdict(list)
    for size, kept in covered(case, worlds=worlds):
        seen[size].append(kept)
    cells, errors = [], []
    for size in SIZES:
        each = np.array([[one[what] for what in WHAT] for one in seen[size]])
        cells.append("  ".join(f"{mean:.3f}" for mean in each.mean(axis=0)))
        errors.append(each.std(axis=0, ddof=1) / np.sqrt(worlds))
    return "".join(f"{cell:>24s}" for cell in cells) + f"{np.max(errors):12.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="lines that have this in their name")
    parser.add_argument("--worlds", type=int, default=100)
    asked = parser.parse_args()
    worlds = 2 if asked.quick else asked.worlds
    print(f"{'':62s}" + "".join(f"{f'V = {size}':>24s}" for size in SIZES) + f"{'largest':>12s}")
    print(
        f"{'learner, score':62s}"
        + f"{'gain  share    net':>24s}" * len(SIZES)
        + f"{'s.e.':>12s}{'seconds':>9s}"
    )
    for case in CASES:
        if asked.only in str(case):
            start = time.process_time()
            found = line(case, worlds=max(2, worlds // 2) if case.own else worlds)
            print(f"{case!s:62s}{found}{time.process_time() - start:9.0f}", flush=True)


if __name__ == "__main__":
    main()
