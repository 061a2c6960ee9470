"""Exact Shapley values of parties: fairpool, shapiq and pyDVL side by side.

    python benchmarks/party_values.py [--parties 4 8 10 12 14] [--shapiq-python PATH] [--pydvl-python PATH]

M parties with 100 rows each, 20 columns, two classes; a coalition is worth the accuracy on 1,000 task rows of the model
trained on its rows, the empty coalition nothing. Three models: ridge, logistic regression, one nearest neighbour.

    fairpool                 its own learners: one small solve, or a few Newton steps, for each coalition; for one
                             neighbour a closed form, no coalition at all
    fairpool, scikit-learn   the same estimator as the peers, fitted for each coalition: a learner without a shortcut
    shapiq                   its Game and ExactComputer, scikit-learn in the game
    pyDVL                    its deterministic sampler, scikit-learn in the utility: each coalition once for every party
    pyDVL, memo added        the same with a memory for coalitions, which the user has to write

All get the same arrays and train the same model; the run ends with an error where their values are not the same.
pyDVL is shown up to M = 10 (14 parties are 229,362 fits), and what fits scikit-learn 2^M times beside shapiq up to 12.

"differs by" is the largest difference of a value from fairpool's. Each line is measured in a process of its own with
the linear algebra pinned to one thread. Seconds are processor time from arrays to values, the best of three where they
are short; "start-up" is what the interpreter and its imports took before, in the same unit, from compiled files. Peak
memory is that of the whole process. Read the ratios: they hold within one run, on a machine that others may use.

The peers run in interpreters of their own (pyDVL needs another numpy than fairpool):

    python3.11 -m venv .peers/shapiq && .peers/shapiq/bin/python -m pip install "shapiq==1.4.*"
    python3.11 -m venv .peers/pydvl && .peers/pydvl/bin/python -m pip install "pydvl==0.10.*" "numpy<2"

Without them fairpool's lines alone are shown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from made_up_parties import made_up_parties

PINNED = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
PEERS = Path(".peers")
WORKERS = Path(__file__).resolve().parent / "peers"
AGREE = {"ridge": 1e-9, "logistic": 1e-9, "nearest": 1e-12}
MOST_PARTIES = {"pyDVL": 10, "pyDVL, memo added": 12, "fairpool, scikit-learn": 12}  # so that a run ends


@dataclass(frozen=True, slots=True)
class Method:
    """A line of the table: who computes, by which worker script, under whose interpreter."""

    name: str
    worker: str
    package: str


METHODS = (
    Method("fairpool", "serve_fairpool.py", "fairpool"),
    Method("fairpool, scikit-learn", "serve_fairpool_scikit.py", "fairpool"),
    Method("shapiq", "serve_shapiq.py", "shapiq"),
    Method("pyDVL", "serve_pydvl.py", "pydvl"),
    Method("pyDVL, memo added", "serve_pydvl_memo.py", "pydvl"),
)


def main() -> int:
    options = _options()
    pythons = _interpreters(options)
    for method in METHODS:
        if method.package in pythons:
            _compile(pythons[method.package], method.worker)
    print(
        f"{'M':>3}  {'model':<9} {'who':<22} {'models':>7} {'seconds':>9} {'x fairpool':>10} {'start-up':>8} "
        f"{'peak MB':>8}  differs by"
    )
    versions: dict[str, dict[str, str]] = {}
    apart = []
    for parties in options.parties:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "parties.npz"
            np.savez(
                file, **made_up_parties(parties, rows=options.rows, task_rows=options.task_rows).arrays()
            )
            for learner in options.learners:
                apart += list(_compare(parties, learner, file, pythons, versions))
    for package, found in versions.items():
        print(f"{package}: " + ", ".join(f"{name} {number}" for name, number in found.items()))
    for complaint in apart:
        print(complaint, file=sys.stderr)
    return 1 if apart else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parties", type=int, nargs="+", default=[4, 8, 10, 12, 14], metavar="M")
    parser.add_argument("--learners", nargs="+", choices=list(AGREE), default=list(AGREE))
    parser.add_argument("--rows", type=int, default=100, help="rows of every party")
    parser.add_argument("--task-rows", type=int, default=1000)
    parser.add_argument("--shapiq-python", type=Path, default=PEERS / "shapiq/bin/python")
    parser.add_argument("--pydvl-python", type=Path, default=PEERS / "pydvl/bin/python")
    return parser.parse_args()


def _interpreters(options: argparse.Namespace) -> dict[str, str]:
    """By package; a peer that is not there is left out, with a word about how to get it."""
    pythons = {"fairpool": sys.executable}
    for package in ("shapiq", "pydvl"):
        python = getattr(options, f"{package}_python")
        if python.exists():
            pythons[package] = str(python)
        else:
            print(
                f"{package} is left out: no {python} (the head of {Path(__file__).name} says how to set it up)"
            )
    return pythons


def _compile(python: str, worker: str) -> None:
    """Import all that a worker needs once, so that nobody's start-up and memory are those of Python's compiler."""
    command = [python, "-W", "ignore", "-c", f"import {worker.removesuffix('.py')}"]
    subprocess.run(command, cwd=WORKERS, env=_environment(), check=True)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | PINNED


def _compare(
    parties: int, learner: str, file: Path, pythons: dict[str, str], versions: dict[str, dict[str, str]]
) -> Iterator[str]:
    """Print the lines of one number of parties and one model; yields a complaint for values that are not the same."""
    ours: dict[str, Any] = {}
    for method in METHODS:
        if method.package not in pythons or parties > MOST_PARTIES.get(method.name, parties):
            continue
        found = _measured(pythons[method.package], method.worker, file, learner)
        versions[method.package] = found["versions"]
        ours = ours or found
        apart = float(np.abs(np.subtract(found["values"], ours["values"])).max())
        print(
            f"{parties:>3}  {learner:<9} {method.name:<22} {found['fits']:>7,} {found['seconds']:>9.4f} "
            f"{found['seconds'] / ours['seconds']:>10.1f} {found['start_up']:>8.1f} {found['peak']:>8.0f}"
            + (f"  {apart:.0e}" if found is not ours else ""),
            flush=True,
        )
        if apart > AGREE[learner]:
            yield f"{method.name}, {learner}, M = {parties}: values differ by {apart:.1e}, more than {AGREE[learner]}"


def _measured(python: str, worker: str, file: Path, learner: str) -> dict[str, Any]:
    """What a worker found; its warnings are dropped, its errors end the run."""
    command = [python, "-W", "ignore", str(WORKERS / worker), str(file), learner]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{worker} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
