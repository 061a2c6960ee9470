"""Error of sampled party values: fairpool beside shapiq and pyDVL, at the same number of evaluations.

    python benchmarks/sampled_values.py [--shapiq-python PATH] [--pydvl-python PATH] [--seeds 3] [--budgets 600 2000]

50 parties of 10 to 60 rows (a third of them with flipped labels), logistic regression, accuracy on 1,000 rows: one
scikit-learn fit per evaluation.  The error is the root mean square over parties and seeds, divided by the spread
(standard deviation over the parties) of the reference values.  The reference is a run of 60,000 evaluations, kept in
the temporary directory; its own error is shown.  The peers run in interpreters of their own, on the same data:

    python3.12 -m venv .peers/shapiq && .peers/shapiq/bin/python -m pip install shapiq xgboost
    python3.11 -m venv .peers/pydvl && .peers/pydvl/bin/python -m pip install "pydvl==0.10.*" "numpy<2"

(shapiq has RegressionMSR from 1.6 on, which needs Python 3.12.)  An evaluation is a distinct coalition; asking again is
free for everybody.  One thread throughout.
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
import warnings
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

PARTIES, COLUMNS, TASK_ROWS = 50, 20, 1000
REFERENCE = 60_000
SHAPIQ = ("RegressionMSR", "SVARM", "KernelSHAP", "PermutationSamplingSV", "StratifiedSamplingSV")
PYDVL = ("PermutationSampler", "AntitheticPermutationSampler")


class PartyGame:
    """Accuracy of a logistic regression on the rows of a coalition; every distinct coalition is fitted once."""

    def __init__(self, data: dict[str, np.ndarray]) -> None:
        self.data, self.memo = data, {}
        self.players = int(data["owner"].max()) + 1

    def worth(self, coalitions: np.ndarray) -> np.ndarray:
        return np.array([self._one(row) for row in np.atleast_2d(coalitions).astype(bool)])

    def _one(self, members: np.ndarray) -> float:
        key = np.packbits(members).tobytes()
        if key not in self.memo:
            self.memo[key] = self._fitted(members[self.data["owner"]])
        return self.memo[key]

    def _fitted(self, rows: np.ndarray) -> float:
        X, y = self.data["X"][rows], self.data["y"][rows]
        if len(np.unique(y)) < 2:
            label = y[0] if len(y) else 0
            return float(np.mean(self.data["y_task"] == label))
        model = LogisticRegression().fit(X, y)
        return float(np.mean(model.predict(self.data["X_task"]) == self.data["y_task"]))


class RidgeGame:
    """A cheap stand-in: accuracy of the sign of a ridge regression, from sums of X'X and X'y over the parties."""

    def __init__(self, data: dict[str, np.ndarray], penalty: float = 10.0) -> None:
        X = np.c_[data["X"], np.ones(len(data["X"]))]
        target, owner = 2.0 * data["y"] - 1, data["owner"]
        self.players, self.columns, self.penalty = int(owner.max()) + 1, X.shape[1], penalty
        self.grams = np.array([(X[owner == i].T @ X[owner == i]).ravel() for i in range(self.players)])
        self.moments = np.array([X[owner == i].T @ target[owner == i] for i in range(self.players)])
        self.X_task, self.y_task = np.c_[data["X_task"], np.ones(len(data["X_task"]))], data["y_task"] == 1

    def worth(self, coalitions: np.ndarray) -> np.ndarray:
        return np.concatenate(
            [self._batch(b) for b in np.array_split(coalitions, len(coalitions) // 2000 + 1)]
        )

    def _batch(self, coalitions: np.ndarray) -> np.ndarray:
        grams = (coalitions @ self.grams).reshape(-1, self.columns, self.columns)
        ridge = grams + self.penalty * np.eye(self.columns)
        coefficients = np.linalg.solve(ridge, (coalitions @ self.moments)[..., None])[..., 0]
        return np.mean((coefficients @ self.X_task.T > 0) == self.y_task, axis=1)


def unequal_parties(seed: int = 0) -> dict[str, np.ndarray]:
    """10 to 60 rows a party; three in ten with 20 to 50 % of their labels flipped."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=COLUMNS)
    owner = np.repeat(np.arange(PARTIES), rng.integers(10, 61, size=PARTIES))
    noise = np.where(rng.random(PARTIES) < 0.3, rng.uniform(0.2, 0.5, PARTIES), 0.0)
    X = rng.normal(size=(owner.size + TASK_ROWS, COLUMNS))
    margin = 2 * X @ direction / np.linalg.norm(direction)
    y = (margin + 0.5 * rng.logistic(size=len(X)) > 0).astype(np.int64)
    flipped = rng.random(owner.size) < noise[owner]
    trained = np.where(flipped, 1 - y[: owner.size], y[: owner.size])
    rows = slice(owner.size, None)
    return {"X": X[: owner.size], "y": trained, "owner": owner, "X_task": X[rows], "y_task": y[rows]}


def main() -> None:
    options = _options()
    if options.serve:
        _serve(options)
        return
    data = unequal_parties()
    truth, truth_error = _reference(data)
    spread = float(truth.std())
    print(
        f"reference: {REFERENCE} evaluations, spread {spread:.5f}, its own error {truth_error / spread:.3f} of it\n"
    )
    print(f"{'method':<44} {'evaluations':>11} {'error / spread':>14} {'claimed':>8} {'seconds':>8}")
    for budget in options.budgets:
        for with_surrogate in (False, True):
            _show_ours(data, truth, budget, options.seeds, with_surrogate=with_surrogate)
        _show_peers("shapiq", SHAPIQ, options.shapiq_python, data, truth, budget, options.seeds)
        _show_peers("pydvl", PYDVL, options.pydvl_python, data, truth, budget, options.seeds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shapiq-python", default=".peers/shapiq/bin/python")
    parser.add_argument("--pydvl-python", default=".peers/pydvl/bin/python")
    parser.add_argument("--seeds", type=int, default=3, help="runs of every method")
    parser.add_argument("--budgets", type=int, nargs="+", default=[600, 2000])
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--method", help=argparse.SUPPRESS)
    parser.add_argument("--data", help=argparse.SUPPRESS)
    return parser.parse_args()


def _reference(data: dict[str, np.ndarray]) -> tuple[np.ndarray, float]:
    from fairpool.games.estimation.estimate import estimate_shapley

    kept = Path(tempfile.gettempdir()) / f"fairpool-sampled-values-reference-{REFERENCE}.npz"
    if not kept.exists():
        print(f"computing the reference ({REFERENCE} fits) ...", flush=True)
        found = estimate_shapley(PartyGame(data), rng=np.random.default_rng(10**6), evaluations=REFERENCE)
        np.savez(kept, values=found.values, errors=found.standard_errors)
    with np.load(kept) as arrays:
        return arrays["values"], float(np.sqrt(np.mean(arrays["errors"] ** 2)))


def _show_ours(
    data: dict[str, np.ndarray], truth: np.ndarray, budget: int, seeds: int, *, with_surrogate: bool
) -> None:
    from fairpool.games.estimation.estimate import estimate_shapley

    errors, claimed, evaluations, seconds = [], [], [], []
    for seed in range(seeds):
        game, start = PartyGame(data), time.perf_counter()
        surrogate = RidgeGame(data) if with_surrogate else None
        found = estimate_shapley(
            game, rng=np.random.default_rng(seed), evaluations=budget, surrogate=surrogate
        )
        seconds.append(time.perf_counter() - start)
        errors.append(found.values - truth)
        claimed.append(found.standard_errors)
        evaluations.append(len(game.memo))
    name = "fairpool, ridge surrogate" if with_surrogate else "fairpool"
    _show_line(name, evaluations, errors, truth, seconds, claimed)


def _show_line(name: str, evaluations, errors, truth, seconds, claimed=None) -> None:
    spread = truth.std()
    bar = "" if claimed is None else f"{np.sqrt(np.mean(np.square(claimed))) / spread:.3f}"
    error = np.sqrt(np.mean(np.square(errors))) / spread
    count, took = np.mean(evaluations), np.mean(seconds)
    print(f"{name:<44} {count:>11.0f} {error:>14.3f} {bar:>8} {took:>8.1f}", flush=True)


def _show_peers(
    peer: str, methods: tuple[str, ...], python: str, data, truth: np.ndarray, budget: int, seeds: int
) -> None:
    """Each method in the peer's interpreter; says how to install it where there is none."""
    if not Path(python).exists():
        print(
            f"{peer}: no interpreter at {python}; see the head of {Path(__file__).name} for how to install it"
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        np.savez(path, **data)
        for method in methods:
            command = [python, __file__, "--serve", peer, "--method", method, "--data", str(path)]
            command += ["--budgets", str(budget), "--seeds", str(seeds)]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            if ran.returncode:
                print(f"{peer} {method:<{43 - len(peer)}} failed: {ran.stderr.strip().splitlines()[-1][:90]}")
                continue
            answers = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
            errors = [np.array(answer["values"]) - truth for answer in answers]
            evaluations, seconds = ([answer[key] for answer in answers] for key in ("evaluations", "seconds"))
            _show_line(f"{peer} {answers[0]['version']} {method}", evaluations, errors, truth, seconds)


def _serve(options: argparse.Namespace) -> None:
    """In the peer's interpreter: one JSON line a seed."""
    warnings.filterwarnings("ignore")
    from importlib.metadata import version

    with np.load(options.data) as arrays:
        data = {name: arrays[name] for name in arrays.files}
    run = {"shapiq": _shapiq_values, "pydvl": _pydvl_values}[options.serve]
    for seed in range(options.seeds):
        game, start = PartyGame(data), time.perf_counter()
        values = run(options.method, game, options.budgets[0], seed)
        answer = {"values": list(map(float, values)), "evaluations": len(game.memo)}
        answer |= {"seconds": time.perf_counter() - start, "version": version(options.serve)}
        print("\n" + json.dumps(answer))


def _shapiq_values(method: str, game: PartyGame, budget: int, seed: int) -> list[float]:
    import shapiq.approximator

    make = getattr(shapiq.approximator, method)
    options = {"index": "SV"} if method == "RegressionMSR" else {}
    found = make(n=game.players, random_state=seed, **options).approximate(budget, game.worth)
    return [found[(i,)] for i in range(game.players)]


def _pydvl_values(method: str, game: PartyGame, budget: int, seed: int) -> list[float]:
    import pydvl.valuation as pydvl
    from pydvl.valuation.utility.base import UtilityBase

    class Worth(UtilityBase):
        def __call__(self, sample) -> float:
            members = np.zeros(game.players, dtype=bool)
            if sample is not None:
                members[list(sample.subset)] = True
            return float(game.worth(members[None])[0])

    class Spent(pydvl.StoppingCriterion):
        def _check(self, _result):
            done = len(game.memo) >= budget
            return pydvl.Status.Converged if done else pydvl.Status.Pending

    parties = pydvl.Dataset(np.arange(game.players, dtype=float)[:, None], np.arange(game.players) % 2)
    sampler = getattr(pydvl, method)(seed=seed)
    valuation = pydvl.ShapleyValuation(Worth(), sampler, is_done=Spent(), progress=False)
    result = valuation.fit(parties).result
    values = np.empty(game.players)
    values[np.asarray(result.indices)] = np.asarray(result.values)
    return list(values)


if __name__ == "__main__":
    sys.exit(main())
