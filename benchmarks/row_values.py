"""Exact K-nearest-neighbour Shapley values of rows: fairpool, the floor, and peers, side by side.

    python benchmarks/row_values.py [--rows 1000 10000 50000] [--peers PYTHON]

K = 5, 32 columns, 1,000 task rows, two classes.  Every measurement runs in a process of its own with the
linear algebra pinned to one thread; the input is made before the clock starts, libraries are imported and
warmed up.  Seconds are processor time, which other work on the machine disturbs least; read the ratios.

    floor     one matrix product and one argsort per task row: what no exact method on distances goes below
    pyDVL     KNNShapleyValuation: the same values
    cleanlab  data_shapley_knn: rows valued for each other, cut off at the K nearest; memory n x n

PYTHON is the interpreter of a virtual environment that holds the peers (or the variable FAIRPOOL_PEERS):

    python3.11 -m venv .peers/rows && .peers/rows/bin/pip install "pydvl==0.10.*" "cleanlab==2.9.*"

This file is also the worker that such an interpreter runs, so its head imports nothing but numpy.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

NEIGHBOURS, COLUMNS, TASK_ROWS = 5, 32, 1000
PINNED = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
MOST_ROWS = {"cleanlab": 10_000}  # 50,000 rows would need 20 GB
INSTALL = 'python3.11 -m venv .peers/rows && .peers/rows/bin/pip install "pydvl==0.10.*" "cleanlab==2.9.*"'

Input = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def made_up(rows: int) -> Input:
    """Two overlapping clouds."""
    rng = np.random.default_rng(rows)
    y, task_y = rng.integers(0, 2, rows), rng.integers(0, 2, TASK_ROWS)
    X = rng.normal(size=(rows, COLUMNS)) + y[:, None] / 2
    return X, y, rng.normal(size=(TASK_ROWS, COLUMNS)) + task_y[:, None] / 2, task_y


def floor(X: np.ndarray, y: np.ndarray, task_X: np.ndarray, task_y: np.ndarray) -> np.ndarray:  # noqa: ARG001
    norms, order = (X**2).sum(axis=1), np.empty(0)
    for start in range(0, len(task_X), 20):
        order = np.argsort(norms - 2 * task_X[start : start + 20] @ X.T, axis=1)
    return order[0].astype(float)


def fairpool(X: np.ndarray, y: np.ndarray, task_X: np.ndarray, task_y: np.ndarray) -> np.ndarray:
    from fairpool.learning.row_valuation.values import row_values

    return row_values(X, y, task_X, task_y, neighbours=NEIGHBOURS)


def fairpool_regression(X: np.ndarray, y: np.ndarray, task_X: np.ndarray, task_y: np.ndarray) -> np.ndarray:
    return fairpool(X, y + X[:, 0], task_X, task_y + task_X[:, 0])


def pydvl(X: np.ndarray, y: np.ndarray, task_X: np.ndarray, task_y: np.ndarray) -> np.ndarray:
    from pydvl.valuation import Dataset, KNNShapleyValuation
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(n_neighbors=NEIGHBOURS)
    valuation = KNNShapleyValuation(model, Dataset(task_X, task_y), progress=False)
    result = valuation.fit(Dataset(X, y)).result
    values = np.empty(len(y))
    values[result.indices] = result.values
    return values


def cleanlab(X: np.ndarray, y: np.ndarray, task_X: np.ndarray, task_y: np.ndarray) -> np.ndarray:  # noqa: ARG001
    from cleanlab.data_valuation import data_shapley_knn

    return data_shapley_knn(y, features=X, k=NEIGHBOURS)


METHODS: dict[str, Callable[..., np.ndarray]] = {
    "floor": floor,
    "fairpool": fairpool,
    "fairpool regression": fairpool_regression,
    "pyDVL": pydvl,
    "cleanlab": cleanlab,
}
PEERS = ("pyDVL", "cleanlab")


def work(method: str, rows: int, out: Path) -> None:
    """Measure one method in this process: the better of two runs where one takes less than ten seconds."""
    run, data = METHODS[method], made_up(rows)
    small = made_up(100)
    run(*(part[:100] for part in small))
    values, seconds = timed(run, data)
    if seconds < 10:
        seconds = min(seconds, timed(run, data)[1])
    np.save(out, values)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak}))


def timed(run: Callable[..., np.ndarray], data: Input) -> tuple[np.ndarray, float]:
    start = time.process_time()
    values = run(*data)
    return values, time.process_time() - start


def measure(method: str, rows: int, python: str) -> tuple[dict[str, float] | None, np.ndarray]:
    """Run this file as a worker; None where the method's package is not there."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "values.npy"
        command = [python, __file__, "--work", method, str(rows), str(out)]
        done = subprocess.run(
            command, env={**os.environ, **PINNED}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"{method}, {rows} rows: failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            return None, np.empty(0)
        return json.loads(done.stdout.splitlines()[-1]), np.load(out)


def compare(rows: int, peers: str | None) -> None:
    """Print one table's lines for a number of rows."""
    found, ours = {}, np.empty(0)
    for method in METHODS:
        python = peers if method in PEERS else sys.executable
        if python is None or rows > MOST_ROWS.get(method, rows):
            continue
        result, values = measure(method, rows, python)
        ours = values if method == "fairpool" else ours
        if result is not None:
            found[method] = result
            difference = f"{np.abs(values - ours).max():.1e}" if method == "pyDVL" else ""
            ratio = result["seconds"] / found["floor"]["seconds"]
            print(
                f"{rows:>7,}  {method:<20} {result['seconds']:>8.3f} {ratio:>9.1f} {result['peak']:>8.0f}"
                f"  {difference}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    parser.add_argument("--peers", default=os.environ.get("FAIRPOOL_PEERS"), metavar="PYTHON")
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        method, rows, out = options.work
        work(method, int(rows), Path(out))
        return
    if options.peers is None:
        print(f"peers are left out; to have them:\n  {INSTALL}\nand give --peers .peers/rows/bin/python\n")
    print(f"{'rows':>7}  {'method':<20} {'seconds':>8} {'x floor':>9} {'peak MB':>8}  difference to fairpool")
    for rows in options.rows:
        compare(rows, options.peers)


if __name__ == "__main__":
    main()
