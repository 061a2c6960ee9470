"""Seconds and peak memory of the exact values from a ready table of 2**n worths, n = 12, 16, 20.

    python benchmarks/exact_values.py [--peer-python PATH] [--peer-players N]

Beside each value stand a straightforward numpy loop over the players, the floor (one addition over the table), and
shapiq's ExactComputer, if an interpreter that has it is found:

    python -m venv .peers/exact && .peers/exact/bin/python -m pip install shapiq

The peer runs in a process of its own, on the same table, and its Shapley and Banzhaf values are compared with ours. One
thread throughout. Memory is what the call allocates beyond the table (tracemalloc), measured in a separate call.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

PLAYERS = (12, 16, 20)
REPEATS = 3
INSTALL_PEER = "python -m venv .peers/exact && .peers/exact/bin/python -m pip install shapiq"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
PEER_INDEX = {"Shapley": "SV", "Banzhaf": "BV"}


def main() -> None:
    options = _options()
    if options.serve_peer:
        _serve_peer(Path(options.serve_peer))
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        _show_table(options)


def _show_table(options: argparse.Namespace) -> None:
    print(f"{'n':>3}  {'what':<34} {'seconds':>10} {'of floor':>9} {'peak MB':>8}")
    for players in PLAYERS:
        table = _coverage_table(players, np.random.default_rng(players))
        _show_ours(players, table)
        if players <= options.peer_players:
            _show_peer(players, table, options.peer_python)
        else:
            print(f"{players:>3}  {'shapiq: not run':<34} (raise --peer-players to run it)")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--peer-python", default=".peers/exact/bin/python", help="an interpreter that has shapiq"
    )
    parser.add_argument("--peer-players", type=int, default=16, help="largest game the peer is asked for")
    parser.add_argument("--serve-peer", help=argparse.SUPPRESS)
    return parser.parse_args()


def _coverage_table(players: int, rng: np.random.Generator) -> np.ndarray:
    """Share of 60 items that a coalition covers; each player covers about a tenth of them."""
    covers = rng.random((players, 60)) < 0.1
    covered = np.zeros((2**players, 60), dtype=bool)
    for i in range(players):
        covered[2**i : 2 ** (i + 1)] = covered[: 2**i] | covers[i]
    return covered.mean(axis=1)


def _show_ours(players: int, table: np.ndarray) -> None:
    floor = _seconds(lambda: table.sum())
    print(f"{players:>3}  {'floor: one addition over the table':<34} {floor:>10.5f} {1:>9.1f} {0:>8.2f}")
    for name, call in _calls(table):
        seconds, peak = _seconds(call), _peak_megabytes(call)
        print(f"{players:>3}  {name:<34} {seconds:>10.5f} {seconds / floor:>9.1f} {peak:>8.2f}")


def _calls(table: np.ndarray) -> Iterator[tuple[str, Callable[[], object]]]:
    from fairpool import games
    from fairpool.games.stability.core import least_core
    from fairpool.games.stability.nucleoli import prenucleolus
    from fairpool.games.values.leave_one_out import leave_one_out_value
    from fairpool.games.values.robust_shapley import robust_shapley_value

    game = games.TableGame(table)
    yield "Shapley", lambda: games.shapley_value(game)
    yield "Banzhaf", lambda: games.banzhaf_value(game)
    yield "Beta(16, 1)-Shapley", lambda: games.beta_shapley_value(game, alpha=16, beta=1)
    yield "Robust Shapley", lambda: robust_shapley_value(game)
    yield "leave-one-out", lambda: leave_one_out_value(game)
    yield "least core", lambda: least_core(game)
    yield "prenucleolus", lambda: prenucleolus(game)
    yield (
        "numpy, a loop over the players",
        lambda: _shapley_by_player(table, games.shapley_weights(game.players)),
    )


def _shapley_by_player(table: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The definition with one fancy index per player, as one would write it in a notebook."""
    players = len(weights)
    positions = np.arange(2**players)
    size = np.bitwise_count(positions)
    value = np.empty(players)
    for i in range(players):
        without = positions[positions & (1 << i) == 0]
        value[i] = (weights[size[without]] * (table[without | (1 << i)] - table[without])).sum()
    return value


def _seconds(call: Callable[[], object]) -> float:
    """Least of a few runs."""
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _peak_megabytes(call: Callable[[], object]) -> float:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def _show_peer(players: int, table: np.ndarray, interpreter: str) -> None:
    from fairpool import games

    game = games.TableGame(table)
    ours = {"Shapley": games.shapley_value(game), "Banzhaf": games.banzhaf_value(game)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.npy"
        np.save(path, table)
        answer = _ask_peer(path, interpreter)
    if answer is None:
        print(f"{players:>3}  {'shapiq: not found':<34} ({INSTALL_PEER})")
        return
    for name, found in answer["values"].items():
        apart = np.abs(np.array(found["value"]) - ours[name]).max()
        label = f"shapiq {answer['version']} {name}"
        print(
            f"{players:>3}  {label:<34} {found['seconds']:>10.5f} {'':>9} {found['peak']:>8.2f}  differs by {apart:.0e}"
        )


def _ask_peer(path: Path, interpreter: str) -> dict | None:
    """Run this file under the peer's interpreter; None where there is none, or it has no shapiq."""
    if not Path(interpreter).exists():
        return None
    command = [interpreter, __file__, "--serve-peer", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | ONE_THREAD)
    if done.returncode != 0:
        print(done.stderr.strip().rpartition("\n")[2], file=sys.stderr)
        return None
    return json.loads(done.stdout)


def _serve_peer(path: Path) -> None:
    """In the peer's process: values of the table by shapiq, as JSON on stdout."""
    from importlib.metadata import version

    from shapiq import ExactComputer

    table = np.load(path)
    players = table.size.bit_length() - 1

    def value(index: str) -> np.ndarray:
        computer = ExactComputer(
            lambda coalitions: table[coalitions @ (1 << np.arange(players))], n_players=players
        )
        return computer(index, order=1).get_n_order_values(1)

    values = {}
    for name, index in PEER_INDEX.items():
        start = time.perf_counter()
        answer = value(index)
        seconds = time.perf_counter() - start
        peak = _peak_megabytes(lambda index=index: value(index))
        values[name] = {"value": answer.tolist(), "seconds": seconds, "peak": peak}
    print(json.dumps({"version": version("shapiq"), "values": values}))


if __name__ == "__main__":
    main()
