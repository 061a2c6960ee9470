"""The best price curve for known types: branch and bound on lotteries beside HiGHS's mixed-integer solver.

    python benchmarks/optimal_curves.py [--markets 5] [--seconds 60] [--only small|million]

Both are asked for a proof within one part in a million of the optimum on the same random markets (three shapes of
valuations), and both results are evaluated by what buyers really pay. A solver that is not done in time says how far it
is from a proof. Then a million amounts with diminishing returns, within one in a thousand, which is out of reach for
a formulation with a variable for each type and amount. First bound: how far the first menu of lotteries is above the
optimum. The floor is one look at all valuations: one pass over m N numbers. Processor time, one thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.cell_grid import cells
from fairpool.pricing.optimal.lottery import best_lottery, everything
from fairpool.pricing.optimal.mixed_integer import solve_exactly
from fairpool.pricing.optimal.optimal import optimal_curve

Shape = Callable[[int, int, np.random.Generator], np.ndarray]
SMALL = ((3, 20), (5, 20), (5, 50), (10, 100))
MOST_FOR_MIXED_INTEGER = 250  # types times amounts
MILLION = (2, 5, 10)
_COLUMNS = (
    f"{'shape':<12} {'m':>3} {'N':>4} {'boxes':>6} {'s':>7} {'first bound':>11} {'MILP s':>8} "
    f"{'MILP open':>9} {'ratio':>7}"
)


def diminishing(types: int, amounts: int, rng: np.random.Generator) -> np.ndarray:
    n = np.arange(1, amounts + 1) / amounts
    ceiling, rate = rng.uniform(0.2, 1.0, types), rng.uniform(0.5, 8.0, types)
    return ceiling[:, None] * -np.expm1(-rate[:, None] * n)


def any_shape(types: int, amounts: int, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.random((types, amounts)), axis=1)


def stairs(types: int, amounts: int, rng: np.random.Generator) -> np.ndarray:
    steps = rng.exponential(size=(types, amounts)) * (rng.random((types, amounts)) < 0.1)
    steps[:, 0] += 1e-3
    return np.cumsum(steps, axis=1) / steps.sum(axis=1).max()


SHAPES: dict[str, Shape] = {"diminishing": diminishing, "any": any_shape, "stairs": stairs}


def main() -> None:
    from threadpoolctl import threadpool_limits

    options = _options()
    with threadpool_limits(1):
        if options.only != "million":
            _show_small(options.markets, options.seconds)
        if options.only != "small":
            _show_million()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--markets", type=int, default=5, help="of each kind")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="for the mixed-integer solver, each market"
    )
    parser.add_argument("--only", choices=("small", "million"))
    return parser.parse_args()


def _show_small(markets: int, seconds: float) -> None:
    print(_COLUMNS)
    for name, shape in SHAPES.items():
        for types, amounts in SMALL:
            rows = [_measured(shape, types, amounts, seed, seconds) for seed in range(markets)]
            boxes, own, first, peer, left = (np.array(column) for column in zip(*rows, strict=True))
            print(
                f"{name:<12} {types:>3} {amounts:>4} {np.median(boxes):>6.0f} {np.median(own):>7.3f} "
                f"{first.max():>11.2%} {_or_none(peer, '.2f'):>8} {_or_none(left, '.1%'):>9} "
                f"{_or_none(peer / own, '.0f'):>7}"
            )


def _or_none(numbers: np.ndarray, form: str) -> str:
    return "-" if np.isnan(numbers).any() else format(np.median(numbers), form)


def _measured(
    shape: Shape, types: int, amounts: int, seed: int, seconds: float
) -> tuple[float, float, float, float, float]:
    valuations, q = _market(shape, types, amounts, seed)
    start = time.process_time()
    found = optimal_curve(valuations, q, gap=1e-6)
    own = time.process_time() - start
    grid = cells(valuations)
    first = best_lottery(grid, q, everything(grid)).bound / found.revenue - 1
    if types * amounts > MOST_FOR_MIXED_INTEGER:
        return found.boxes, own, first, np.nan, np.nan
    start = time.process_time()
    peer = solve_exactly(valuations, q, time_limit=seconds)
    spent = time.process_time() - start
    if peer.revenue > found.revenue * (1 + 2e-6):
        raise SystemExit(f"the peer found more: {peer.revenue} > {found.revenue}")
    return found.boxes, own, first, spent, peer.upper_bound / max(peer.revenue, 1e-12) - 1


def _show_million() -> None:
    print(f"\n{'m':>3} {'N':>9} {'boxes':>6} {'s':>7} {'open':>8} {'one pass s':>10} {'of a pass':>9}")
    for types in MILLION:
        valuations, q = _market(diminishing, types, 10**6, types)
        start = time.process_time()
        found = optimal_curve(valuations, q, gap=1e-3)
        own = time.process_time() - start
        start = time.process_time()
        float(valuations.values.sum())
        floor = time.process_time() - start
        print(
            f"{types:>3} {10**6:>9,} {found.boxes:>6} {own:>7.2f} {found.bound / found.revenue:>8.1e} "
            f"{floor:>10.4f} {own / floor:>9.0f}"
        )


def _market(shape: Shape, types: int, amounts: int, seed: int) -> tuple[Valuations, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = shape(types, amounts, rng)
    names = tuple(f"type {i}" for i in range(types))
    return Valuations(np.arange(1, amounts + 1), values, names), rng.dirichlet(np.ones(types))


if __name__ == "__main__":
    main()
