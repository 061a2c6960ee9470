"""Coalitions a second of each learner, beside one scikit-learn fit per coalition and the matrix products alone.

    python benchmarks/coalitions.py [--parties 14] [--rows 100] [--columns 20] [--task-rows 1000] [--score accuracy]

Every learner scores coalitions of the same data; scikit-learn's estimator is fitted on the stacked rows of some of
them, and the gains are compared. "products" is the time of the matrix products that the method cannot do without (sums
over parties, one Hessian for logistic regression, predictions), at BLAS speed: the floor. One thread; processor time,
the least of several runs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.rows import Rows, stack

REPEATS = 5


@dataclass(frozen=True)
class Contender:
    """A learner, how many coalitions it is asked for, scikit-learn's estimator, and its unavoidable products.

    products: (b, n, m) sizes of matrix products (b, n) @ (n, m) for b coalitions.
    """

    name: str
    learner: str
    options: dict
    coalitions: int
    fits: int
    estimator: Callable[[Rows], object]
    products: Callable[[argparse.Namespace], list[tuple[int, int]]]


def _naive_bayes(rows: Rows) -> GaussianNB:
    """With 0.01 added to every variance: scikit-learn's option is a share of the largest one."""
    return GaussianNB(var_smoothing=0.01 / rows.X.var(axis=0).max())


CONTENDERS = (
    Contender("ridge", "ridge", {}, 8192, 200, lambda _: RidgeClassifier(),
              lambda o: [(o.parties, o.columns * (o.columns + 1)), (o.columns + 1, o.task_rows)]),
    Contender("naive Bayes", "naive-bayes", {}, 8192, 200, _naive_bayes,
              lambda o: [(o.parties, 4 * o.columns), (2 * o.columns, o.task_rows)]),
    Contender("logistic", "logistic", {}, 2048, 50, lambda _: LogisticRegression(tol=1e-8, max_iter=1000),
              lambda o: [(o.parties * o.rows // 2, (o.columns + 1) * (o.columns + 2) // 2),
                         (o.columns + 1, o.task_rows)]),
    Contender("nearest, K = 1", "nearest", {}, 4096, 50, lambda _: KNeighborsClassifier(1), lambda _: []),
    Contender("nearest, K = 5", "nearest", {"neighbours": 5}, 2048, 50, lambda _: KNeighborsClassifier(5),
              lambda _: []),
)  # fmt: skip


def main() -> None:
    options = _options()
    with threadpool_limits(1):
        _show(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parties", type=int, default=14)
    parser.add_argument("--rows", type=int, default=100, help="rows of each party")
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--task-rows", type=int, default=1000)
    parser.add_argument("--score", default="accuracy", choices=["accuracy", "balanced-accuracy", "roc-auc"])
    return parser.parse_args()


def _show(options: argparse.Namespace) -> None:
    rng = np.random.default_rng(0)
    parties, task = _data(options, rng)
    print(
        f"{options.parties} parties x {options.rows} rows, {options.columns} columns, "
        f"{options.score} on {options.task_rows} rows; coalitions a second"
    )
    heads = f"{'fairpool':>10} {'scikit-learn':>13} {'times':>7} {'products':>11} {'prepared in':>12}"
    print(f"{'learner':<16} {heads}  differ")
    for contender in CONTENDERS:
        print(_line(contender, parties, task, options, rng), flush=True)


def _data(options: argparse.Namespace, rng: np.random.Generator) -> tuple[tuple[Rows, ...], Rows]:
    weights = rng.normal(size=options.columns)

    def rows(n: int) -> Rows:
        X = rng.normal(size=(n, options.columns))
        y = (X @ weights + rng.normal(scale=3.0, size=n) > 0).astype(np.int64)
        return Rows(X, y, 2)

    return tuple(rows(options.rows) for _ in range(options.parties)), rows(options.task_rows)


def _line(
    contender: Contender,
    parties: tuple[Rows, ...],
    task: Rows,
    options: argparse.Namespace,
    rng: np.random.Generator,
) -> str:
    score = score_named(options.score)
    learner = learner_named(contender.learner, contender.options, score)
    round_ = Experiment(parties, (task,), learner, score, seed=0)
    prepared, scorer = _seconds(round_.scorer, repeats=1)
    coalitions = _coalitions(contender.coalitions, options.parties, rng)
    ours, gains = _seconds(lambda: scorer.gains(coalitions))
    asked = coalitions[: contender.fits]
    fitted = list(_fitted(contender, parties, task, asked))
    theirs, expected = _seconds(lambda: np.array([score.of(each(), task.y)[0] for each in fitted]), repeats=1)
    floor = _floor(contender.products(options))
    apart = np.mean(np.abs(expected - gains[: contender.fits, 0]) > 1e-9)
    speed, fits = contender.coalitions / ours, contender.fits / theirs
    products = f"{1 / floor:>11,.0f}" if floor else f"{'-':>11}"
    return (
        f"{contender.name:<16} {speed:>10,.0f} {fits:>13,.0f} {speed / fits:>7,.0f} {products} "
        f"{prepared * 1e3:>9,.0f} ms  {apart:.0%}"
    )


def _coalitions(many: int, parties: int, rng: np.random.Generator) -> np.ndarray:
    """As a table has them, from a random place on: at least one member each."""
    start = rng.integers(1, max(2, 2**parties - many))
    return ((np.arange(start, start + many)[:, None] >> np.arange(parties)) & 1).astype(np.int16)


def _fitted(
    contender: Contender, parties: tuple[Rows, ...], task: Rows, coalitions: np.ndarray
) -> Iterator[Callable[[], np.ndarray]]:
    """One fit and prediction per coalition, as `fairpool.learning.learners.scikit` does it."""
    for row in coalitions:
        members = np.flatnonzero(row)

        def fit(members: np.ndarray = members) -> np.ndarray:
            rows = stack([parties[i] for i in members])
            model = contender.estimator(rows).fit(rows.X, rows.y)
            return class_scores(model, task.X, 2)[None]

        yield fit


def _floor(products: list[tuple[int, int]]) -> float:
    """Seconds of these matrix products for one coalition, 256 coalitions at a time."""
    rng = np.random.default_rng(0)
    total = 0.0
    for n, m in products:
        left, right = rng.normal(size=(256, n)), rng.normal(size=(n, m))
        total += _seconds(lambda left=left, right=right: left @ right, repeats=20)[0] / 256
    return total


def _seconds(call: Callable[[], object], *, repeats: int = REPEATS) -> tuple[float, object]:
    """Least processor time of a few runs, and what the last one returned."""
    taken, found = [], None
    for _ in range(repeats):
        start = time.process_time()
        found = call()
        taken.append(time.process_time() - start)
    return min(taken), found


if __name__ == "__main__":
    main()
