"""Error of estimated Shapley values: fairpool beside plain permutations and shapiq, game by game and size by size.

    python benchmarks/estimators.py [--quick] [--players 50 200 1000] [--budgets 2 5 20 100 400] [--seeds 2]
                                    [--shapiq-python PATH]

Budgets are multiples of the number of players n; the smallest is 2n + 2.  Games, with Shapley values known in closed
form or by symmetry, or (root, spanning tree) from thousands of antithetic permutations, kept in the temporary
directory, whose own error is shown as ``truth``:

    additive         v(S) = sum of a_i, a_i normal
    size             v(S) = |S|
    majority         v(S) = 1 if more than half are in
    root             v(S) = root of the sum of a_i, a_i uniform
    facility         v(S) = sum over 10 customers of the best utility in S
    couples          v(S) = number of complete pairs
    spanning tree    v(S) = cost of connecting S and a source in the plane; up to 200 players

The error is the root mean square over players and seeds, divided by the spread (standard deviation over the players) of
the true values, or by their mean where they are equal; claimed is the estimate's own standard error on the same scale.
z is the root mean square of error over standard error: near 1 where error bars are right, below where they are wide.
The peer runs in an interpreter of its own, on the same games (SVARM up to 100 players):

    python3.11 -m venv .peers/shapiq && .peers/shapiq/bin/python -m pip install "shapiq==1.4.1"

One thread throughout.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

GAMES = ("additive", "size", "majority", "root", "facility", "couples", "spanning tree")
PEERS = ("PermutationSamplingSV", "SVARM", "KernelSHAP")
MOST_PLAYERS_OF_SVARM = 100  # beyond, it takes minutes for every line
MOST_PLAYERS_OF_TREES = 200
REFERENCE_WALKS = {"root": 4000, "spanning tree": 1000}


@dataclass(frozen=True)
class Known:
    """A game, and its Shapley value where it is known."""

    players: int
    of: Callable[[np.ndarray], np.ndarray]
    value: np.ndarray | None

    def worth(self, coalitions: np.ndarray) -> np.ndarray:
        return self.of(np.asarray(coalitions, dtype=bool))


def known_game(name: str, n: int) -> Known:
    """The game of that name for n players."""
    rng = np.random.default_rng(n)
    if name == "additive":
        parts = rng.normal(size=n)
        return Known(n, lambda c: c @ parts, parts)
    if name == "size":
        return Known(n, lambda c: c.sum(axis=1) * 1.0, np.ones(n))
    if name == "majority":
        return Known(n, lambda c: (2 * c.sum(axis=1) > n) * 1.0, np.full(n, 1 / n))
    if name == "couples":
        return Known(n, lambda c: (c[:, ::2] & c[:, 1::2]).sum(axis=1) * 1.0, np.full(n, 0.5))
    if name == "root":
        sizes = rng.random(n)
        return Known(n, lambda c: np.sqrt(c @ sizes), None)
    if name == "facility":
        utilities = rng.random((n, 10)) ** 3
        return Known(n, lambda c: best_served(c, utilities), first_comers(utilities))
    return Known(n, spanning_tree(rng.random((n + 1, 2))), None)


def best_served(coalitions: np.ndarray, utilities: np.ndarray) -> np.ndarray:
    best = np.zeros((len(coalitions), utilities.shape[1]))
    for i, utility in enumerate(utilities):
        np.maximum(best, np.where(coalitions[:, i, None], utility, 0.0), out=best)
    return best.sum(axis=1)


def first_comers(utilities: np.ndarray) -> np.ndarray:
    """The closed form: customer by customer, stakes shared by those who offer at least as much."""
    order = np.argsort(utilities, axis=0)
    stakes = np.diff(np.take_along_axis(utilities, order, axis=0), axis=0, prepend=0.0)
    shares = np.cumsum(stakes / np.arange(len(utilities), 0, -1)[:, None], axis=0)
    values = np.empty_like(shares)
    np.put_along_axis(values, order, shares, axis=0)
    return values.sum(axis=1)


def spanning_tree(points: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Prim's algorithm for all coalitions at once; the source is the last point."""
    apart = np.sqrt(((points[:, None] - points) ** 2).sum(axis=-1))
    n = len(points) - 1

    def cost(coalitions: np.ndarray) -> np.ndarray:
        waiting = coalitions.copy()
        nearest = np.broadcast_to(apart[n, :n], waiting.shape).copy()
        total, rows = np.zeros(len(waiting)), np.arange(len(waiting))
        for _ in range(n):
            reach = np.where(waiting, nearest, np.inf)
            joins = reach.argmin(axis=1)
            step = reach[rows, joins]
            total += np.where(np.isfinite(step), step, 0.0)
            waiting[rows, joins] = False
            nearest = np.where(np.isfinite(step)[:, None], np.minimum(nearest, apart[joins, :n]), nearest)
        return total

    return cost


def marginals(game: Known, order: np.ndarray) -> np.ndarray:
    """What each player adds, entering in that order."""
    before = np.argsort(order) < np.arange(game.players + 1)[:, None]
    added = np.empty(game.players)
    added[order] = np.diff(game.worth(before))
    return added


def permutations(game: Known, budget: int, rng: np.random.Generator) -> np.ndarray:
    """The plain estimate: n - 1 evaluations an order beyond the empty and the full coalition."""
    orders = max(1, (budget - 2) // (game.players - 1))
    return np.mean([marginals(game, rng.permutation(game.players)) for _ in range(orders)], axis=0)


def truth_of(name: str, game: Known) -> tuple[np.ndarray, float]:
    """The value and its standard error: by many antithetic orders where it is not known."""
    if game.value is not None:
        return game.value, 0.0
    kept = Path(tempfile.gettempdir()) / f"fairpool-estimators-{name.replace(' ', '-')}-{game.players}.npz"
    if not kept.exists():
        rng, pairs = np.random.default_rng(10**6), []
        for _ in range(REFERENCE_WALKS[name]):
            order = rng.permutation(game.players)
            pairs.append((marginals(game, order) + marginals(game, order[::-1])) / 2)
        told = np.array(pairs)
        np.savez(kept, value=told.mean(axis=0), error=told.std(axis=0, ddof=1) / np.sqrt(len(told)))
    with np.load(kept) as arrays:
        return arrays["value"], float(np.sqrt(np.mean(arrays["error"] ** 2)))


def main() -> None:
    options = _options()
    if options.serve:
        _serve(options)
        return
    print(
        f"{'game':<14} {'n':>5} {'budget':>7} {'fairpool':>9} {'claimed':>9} {'z':>5} {'seconds':>8} "
        f"{'permutations':>13} {'seconds':>8}  peer"
    )
    for n in options.players:
        for name in options.games:
            if name != "spanning tree" or n <= MOST_PLAYERS_OF_TREES:
                _show_game(name, n, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="50 and 200 players, at most 20 n evaluations")
    parser.add_argument("--players", type=int, nargs="+")
    parser.add_argument("--budgets", type=float, nargs="+", help="in units of the number of players")
    parser.add_argument("--games", nargs="+", default=list(GAMES), choices=GAMES)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--shapiq-python", default=".peers/shapiq/bin/python")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.players = options.players or ([50, 200] if options.quick else [50, 200, 500, 1000])
    options.budgets = options.budgets or ([2, 5, 20] if options.quick else [2, 3, 5, 20, 100, 400])
    return options


def _show_game(name: str, n: int, options: argparse.Namespace) -> None:
    from fairpool.games.estimation.estimate import estimate_shapley

    game = known_game(name, n)
    truth, truth_error = truth_of(name, game)
    scale = float(truth.std()) if truth.std() > 1e-9 else float(np.abs(truth).mean())
    if truth_error:
        print(f"{name:<14} {n:>5}   truth: own error {truth_error / scale:.2g} of the spread")
    for times in options.budgets:
        budget = max(int(times * n), 2 * n + 2)
        start = time.perf_counter()
        found = [estimate_shapley(game, rng=seed, evaluations=budget) for seed in range(options.seeds)]
        ours = (time.perf_counter() - start) / options.seeds
        errors = np.array([each.values - truth for each in found])
        bars = np.array([each.standard_errors for each in found])
        start = time.perf_counter()
        plain = np.array([permutations(game, budget, np.random.default_rng(s)) for s in range(options.seeds)])
        theirs = (time.perf_counter() - start) / options.seeds
        z = _rms(errors / np.sqrt(bars**2 + truth_error**2))
        print(
            f"{name:<14} {n:>5} {budget:>7} {_rms(errors) / scale:>9.2g} {_rms(bars) / scale:>9.2g} {z:>5.2f} "
            f"{ours:>8.1f} {_rms(plain - truth) / scale:>13.2g} {theirs:>8.1f}  "
            f"{_peer(name, n, budget, truth, scale, options)}",
            flush=True,
        )


def _rms(numbers: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(numbers))))


def _peer(
    name: str, n: int, budget: int, truth: np.ndarray, scale: float, options: argparse.Namespace
) -> str:
    """The peer's methods in its interpreter; says so where there is none, and where a method fails."""
    if not Path(options.shapiq_python).exists():
        return f"no interpreter at {options.shapiq_python}"
    asked = json.dumps({"game": name, "players": n, "budget": budget, "seeds": options.seeds})
    ran = subprocess.run(
        [options.shapiq_python, __file__, "--serve", asked], capture_output=True, text=True, check=False
    )
    told = []
    for line in ran.stdout.splitlines():
        if line.startswith("{"):
            answer = json.loads(line)
            if "failed" in answer:
                told.append(f"{answer['method']} failed")
            else:
                told.append(
                    f"{answer['method']} {_rms(np.array(answer['values']) - truth) / scale:.2g} "
                    f"({answer['seconds']:.1f} s)"
                )
    return ", ".join(told) or f"failed: {(ran.stderr.strip().splitlines() or ['?'])[-1][:80]}"


def _serve(options: argparse.Namespace) -> None:
    """In the peer's interpreter: one JSON line for each method."""
    import shapiq.approximator

    asked = json.loads(options.serve)
    game = known_game(asked["game"], asked["players"])
    for method in PEERS:
        if method == "SVARM" and game.players > MOST_PLAYERS_OF_SVARM:
            continue
        start = time.perf_counter()
        try:
            values = []
            for seed in range(asked["seeds"]):
                approximator = getattr(shapiq.approximator, method)(n=game.players, random_state=seed)
                found = approximator.approximate(
                    asked["budget"], lambda coalitions: game.worth(np.atleast_2d(coalitions))
                )
                values.append([found[(i,)] for i in range(game.players)])
            answer = {
                "method": method,
                "values": values,
                "seconds": (time.perf_counter() - start) / len(values),
            }
        except Exception as problem:  # noqa: BLE001  a peer's failure is a finding
            answer = {"method": method, "failed": str(problem)}
        print("\n" + json.dumps(answer), flush=True)


if __name__ == "__main__":
    sys.exit(main())
