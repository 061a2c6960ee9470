"""What the choice of data for an own task is truly worth: three rules of choice on fresh rows.

    python benchmarks/own_task_choice.py [--learners naive-bayes nearest logistic] [--worlds 25]

Made-up markets: parties with linear labels of laws that differ, sizes that differ, and two junk parties whose labels
are coin flips.  Each rule chooses, by V validation rows, whose data a party's model is trained on:

    prefix   the party's rows and the best prefix of the others in the order of their Shapley values for its task
    any      the best of all prefixes of any task's order, with the own rows or without
    all      the best of all coalitions, as fairpool does

and is told by what the model gains over the party's own on the V rows (paid), by what it gains on 2,000 fresh rows of
the same law (true), and by how many of the two junk parties are chosen.  Means over parties and worlds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fairpool.games.game import TableGame
from fairpool.games.values.shapley import shapley_value
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.learning.rows import Rows
from fairpool.market.own_tasks.selection import mask_of, select

Table = NDArray[np.float64]
COLUMNS, JUNK, FRESH = 5, 2, 2000
SIZES = (
    (4, 20, 30),
    (8, 20, 30),
    (8, 20, 100),
    (8, 60, 300),
)  # parties, typical rows of one, validation rows
JUNK_PARTIES = (1 << JUNK) - 1


def table_of(rng: np.random.Generator, learner: str, parties: int, rows: int, validation: int) -> Table:
    """Gains of all coalitions: (2**n, 2 n), on every party's validation rows and on fresh ones."""
    law = rng.normal(size=COLUMNS)
    slopes = [law + 0.8 * rng.normal(size=COLUMNS) for _ in range(parties)]
    places = [0.7 * rng.normal(size=COLUMNS) for _ in range(parties)]

    def drawn(i: int, many: int, *, junk: bool = False) -> Rows:
        X = rng.normal(size=(many, COLUMNS)) + places[i]
        y = ((X - places[i]) @ slopes[i] + rng.normal(size=many) > 0).astype(np.int64)
        y = rng.integers(0, 2, many) if junk else y
        y[:2] = [0, 1]
        return Rows(X, y, 2)

    sizes = [int(rows * np.exp(0.7 * rng.normal())) + 4 for _ in range(parties)]
    trains = tuple(drawn(i, size, junk=i < JUNK) for i, size in enumerate(sizes))
    tasks = tuple(drawn(i, many) for many in (validation, FRESH) for i in range(parties))
    score = score_named("accuracy")
    return Evaluator(Experiment(trains, tasks, learner_named(learner, {}, score), score, seed=0)).table()


def prefixes(gains: Table, task: int) -> list[int]:
    """Positions of the prefixes in falling order of value, with the own rows, the shortest first."""
    positions = np.arange(len(gains))
    phi = shapley_value(TableGame(gains[(positions >> task & 1) == 1, task]))
    worth = np.insert(phi, task, 0.0)
    found = [1 << task]
    for j in np.argsort(-worth, kind="stable"):
        if worth[j] > 0:
            found.append(found[-1] | 1 << int(j))
    return found


def best(gains: Table, task: int, candidates: list[int]) -> int:
    """The best candidate, of equals the one of fewest other parties."""
    return max(candidates, key=lambda one: (gains[one, task], -(one & ~(1 << task)).bit_count()))


def choices(gains: Table, parties: int) -> dict[str, list[int]]:
    """Whose data each rule chooses for every task, as positions."""
    own = [prefixes(gains, task) for task in range(parties)]
    pool = sorted(
        {one & ~out for task in range(parties) for one in own[task] for out in (0, 1 << task)} - {0}
    )
    chosen: dict[str, Callable[[int], int]] = {
        "prefix": lambda task: best(gains, task, own[task]),
        "any": lambda task: best(gains, task, pool),
        "all": lambda task: mask_of(select(gains[:, task], task).members),
    }
    return {rule: [of(task) for task in range(parties)] for rule, of in chosen.items()}


def measured(learner: str, size: tuple[int, int, int], worlds: int) -> dict[str, Table]:
    """Rule -> paid, true, junk; means over parties and worlds."""
    parties = size[0]
    found: dict[str, list[tuple[float, float, int]]] = {}
    for seed in range(worlds):
        gains = table_of(np.random.default_rng(seed), learner, *size)
        for rule, chosen in choices(gains, parties).items():
            for task, position in enumerate(chosen):
                over = gains[position] - gains[1 << task]
                junk = (position & JUNK_PARTIES).bit_count()
                found.setdefault(rule, []).append((over[task], over[parties + task], junk))
    return {rule: np.mean(each, axis=0) for rule, each in found.items()}


def main() -> None:
    """Print a line a learner, size and rule."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--learners", nargs="+", default=["naive-bayes", "nearest", "logistic"])
    parser.add_argument("--worlds", type=int, default=25)
    asked = parser.parse_args()
    print("learner      parties rows    V  rule      paid   true   junk")
    for learner in asked.learners:
        for size in SIZES:
            for rule, (paid, true, junk) in measured(learner, size, asked.worlds).items():
                print(
                    f"{learner:12} {size[0]:7} {size[1]:4} {size[2]:4}  {rule:7} {paid:6.3f} {true:6.3f} {junk:6.2f}"
                )


if __name__ == "__main__":
    main()
