"""How often the intervals of a settlement hold what a very large validation set would have given.

A world is a round of four parties (8 to 80 rows each, of shifted distributions) whose models are trained once.  Each of
many validation sets of V fresh rows gives a settlement with intervals; the truth is the same round, with the same
models, on 40,000 other rows.  Nominal is 95 %.

    python benchmarks/interval_coverage.py            a table for docs/theory/uncertainty.md
    python benchmarks/interval_coverage.py --quick    a fiftieth of it
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.learning.rows import Rows
from fairpool.market.common_task.exact import CommonTask, copies_change_nothing
from fairpool.market.payments import PriceTerms, pay
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.market.uncertainty.forms import columns_of, common_forms
from fairpool.market.uncertainty.intervals import Intervals, drawn_intervals
from fairpool.market.uncertainty.round import row_groups
from fairpool.market.valuation import Valuation

PARTIES, FEATURES, TRUTH = 4, 5, 40_000
PRICE = PriceTerms(1_000_000)
SIZES = (30, 100, 300, 1000)
CASES = (
    ("nearest", "accuracy", "normalised-shapley", 1.0),
    ("naive-bayes", "accuracy", "normalised-shapley", 0.2),
    ("naive-bayes", "balanced-accuracy", "gain-only", 1.0),
    ("logistic", "roc-auc", "normalised-shapley", 1.0),
    ("logistic", "accuracy", "banzhaf", 0.5),
    ("ridge", "r2", "normalised-shapley", 1.0),
    ("ridge", "one-minus-rmse", "gain-only", 0.5),
)


@dataclass(frozen=True, slots=True)
class World:
    """Rows are drawn around a plane; ``noise`` is the spread about it."""

    plane: Floats
    noise: float
    classes: int

    def rows(self, count: int, shift: Floats | float, rng: np.random.Generator) -> Rows:
        X = rng.normal(size=(count, FEATURES)) + shift
        y = X @ self.plane + self.noise * rng.normal(size=count)
        return Rows(X, (y > 0).astype(np.int64) if self.classes else y, self.classes)


def settled(experiment: Experiment, division: str, rng: np.random.Generator) -> Intervals:
    """The intervals of a round that is valued exactly."""
    rule = division_named(division)
    evaluator = Evaluator(experiment, groups=row_groups(experiment, None))
    gains = evaluator.table()[:, 0]
    valuation = CommonTask(gains, rule, copies_change_nothing(gains)).valuation
    forms = common_forms(columns_of(evaluator, 0), evaluator.groups[0], rule, 0.0, parties=PARTIES)
    equal = np.arange(PARTIES)
    return drawn_intervals(forms, rule, PRICE, valuation, pay(PRICE, valuation), equal=equal, rng=rng)


def covered(
    learner: str, score_name: str, division: str, noise: float, *, worlds: int, sets: int
) -> Iterator[tuple[int, dict[str, Floats]]]:
    """Per validation set: V, and whether each interval holds the truth, beside its width for nets."""
    score = score_named(score_name)
    classes = 2 if score.task.value == "classification" else 0
    rng = np.random.default_rng(11)
    for _ in range(worlds):
        plane = rng.normal(size=FEATURES)
        world = World(plane / np.linalg.norm(plane), noise, classes)
        parties = tuple(
            world.rows(int(rng.integers(8, 80)), 0.5 * rng.normal(size=FEATURES), rng) for _ in range(PARTIES)
        )
        large = world.rows(TRUTH, 0.0, rng)
        experiment = Experiment(parties, (large,), learner_named(learner, {}, score), score, seed=1)
        gains = Evaluator(experiment).table()[:, 0]
        for size in SIZES:
            for _ in range(sets):
                task = world.rows(size, 0.0, rng)
                if classes and len(np.unique(task.y)) < 2:
                    continue
                true = in_unit_of(gains, large, task) if score_name == "one-minus-rmse" else gains
                found = settled(replace(experiment, tasks=(task,)), division, rng)
                yield size, holds(found, *true_round(true, division))


def true_round(gains: Floats, division: str) -> tuple[Valuation, Floats]:
    """Valuation and nets before rounding."""
    valuation = CommonTask(gains, division_named(division), copies_change_nothing(gains)).valuation
    paid = valuation.gains - valuation.alone
    back = max(0.0, 1.0 - valuation.shares.sum()) * paid
    return valuation, PRICE.unit_price * (valuation.shares * paid.sum() + back - paid)


def in_unit_of(gains: Floats, large: Rows, task: Rows) -> Floats:
    """1 - RMSE in the range of the labels of ``task``, from that in the range of ``large``."""
    found = np.clip(1.0 - (1.0 - gains) * np.ptp(large.y) / np.ptp(task.y), 0.0, 1.0)
    found[0] = 0.0
    return found


def holds(found: Intervals, valuation: Valuation, net: Floats) -> dict[str, Floats]:
    kept = {
        "gain": (found.gain, valuation.gains),
        "share": (found.share, valuation.shares),
        "net": (found.net, net),
    }
    return {what: (ends[:, 0] <= value) & (value <= ends[:, 1]) for what, (ends, value) in kept.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    print(f"{'':52s}" + "".join(f"{f'V = {size}':>21s}" for size in SIZES))
    print(f"{'learner, score, division':52s}" + f"{'gain  share    net':>21s}" * len(SIZES))
    for learner, score, division, noise in CASES:
        seen = defaultdict(lambda: defaultdict(list))
        for size, kept in covered(
            learner, score, division, noise, worlds=2 if quick else 8, sets=2 if quick else 25
        ):
            for what, each in kept.items():
                seen[size][what].append(each.mean())
        cells = "".join(
            f"{'  '.join(f'{np.mean(seen[size][what]):.3f}' for what in ('gain', 'share', 'net')):>21s}"
            for size in SIZES
        )
        print(f"{f'{learner}, {score}, {division}':52s}{cells}", flush=True)


if __name__ == "__main__":
    main()
