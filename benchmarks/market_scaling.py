"""How long a whole round takes, and what it needs: `fairpool.market.settling` on made-up parties.

    python benchmarks/market_scaling.py [--cases ridge-16 nearest-1000 ...] [--rows 100] [--task-rows 1000]
    python benchmarks/market_scaling.py --profile ridge-16

A round is everything from the parties' tables to the settlement: treatment, gains, shares, delivered models, payments,
and the certificate with what copies of every party would earn. 100 rows a party, 20 columns, two classes, accuracy on
1,000 task rows. Each case runs once, in a process of its own, with the linear algebra pinned to one thread; seconds are
processor time, "in the certificate" the part of them that is spent after the models are delivered. Peak memory is that
of the whole process, of which about 200 MB are the libraries.

``--profile`` runs one case under cProfile and prints the functions of fairpool that it spends its time in.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

PINNED = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
MOST_PROFILED = 25
CERTIFYING = "certifying"  # how the last stage of a round announces itself


@dataclass(frozen=True, slots=True)
class Case:
    """A round: how many parties, and what `settle` is told."""

    parties: int
    learner: str
    learner_options: dict[str, Any] = field(default_factory=dict)
    method: str = "auto"
    evaluations: int | None = None


CASES = {
    "ridge-8": Case(8, "ridge"),
    "ridge-14": Case(14, "ridge"),
    "ridge-16": Case(16, "ridge", method="exact"),
    "ridge-20": Case(20, "ridge", method="exact"),
    "nearest-100": Case(100, "nearest"),
    "nearest-1000": Case(1000, "nearest"),
    "nearest-1200": Case(1200, "nearest"),
    "nearest-5-16": Case(16, "nearest", {"neighbours": 5}, method="exact"),
    "naive-bayes-14": Case(14, "naive-bayes", method="exact"),
    "logistic-12": Case(12, "logistic", method="exact"),
    "logistic-50": Case(50, "logistic", method="sampled", evaluations=2000),
}
LEFT_OUT = ("ridge-8", "nearest-1000", "nearest-1200")  # for a quick look, and for parties of one row
SHOWN = [name for name in CASES if name not in LEFT_OUT]


def main() -> None:
    options = _options()
    if options.work:
        _work(options.work, options)
        return
    if options.profile:
        _profile(options.profile, options)
        return
    print(
        f"{'case':<16} {'parties':>7} {'method':<12} {'coalitions':>10} {'copies':<10} {'seconds':>8} "
        f"{'in the certificate':>18} {'peak MB':>8}"
    )
    for name in options.cases:
        print(_line(name, _measured(name, options)), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=SHOWN, metavar="CASE")
    parser.add_argument("--rows", type=int, default=100, help="rows of every party")
    parser.add_argument("--task-rows", type=int, default=1000)
    parser.add_argument("--profile", choices=list(CASES), metavar="CASE")
    parser.add_argument("--work", choices=list(CASES), help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    size = ["--rows", str(options.rows), "--task-rows", str(options.task_rows)]
    command = [sys.executable, __file__, "--work", name, *size]
    done = subprocess.run(command, env=os.environ | PINNED, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def _line(name: str, found: dict[str, Any]) -> str:
    return (
        f"{name:<16} {CASES[name].parties:>7} {found['method']:<12} {found['evaluations']:>10,} "
        f"{found['copies']:<10} {found['seconds']:>8.2f} {found['certificate']:>18.2f} {found['peak']:>8.0f}"
    )


def _work(name: str, options: argparse.Namespace) -> None:
    """In a process of its own: settle one round and say what it took, as JSON."""
    settle = _round(CASES[name], options.rows, options.task_rows)
    stages: list[tuple[str, float]] = []
    start = time.process_time()
    settlement = settle(lambda words: stages.append((words, time.process_time())))
    end = time.process_time()
    certifying = next(at for words, at in stages if words.startswith(CERTIFYING))
    found = {
        "method": settlement.method,
        "evaluations": settlement.evaluations,
        "copies": settlement.certificate.replication.basis,
        "seconds": end - start,
        "certificate": end - certifying,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(found))


def _round(case: Case, rows: int, task_rows: int) -> Any:
    """A call that settles the case and is told where to announce its stages; the data are made before it."""
    import numpy as np
    import pandas as pd

    from fairpool.market import Party
    from fairpool.market.options import Method, Options, Work
    from fairpool.market.settling import settle
    from fairpool.tables.dataset import Dataset
    from made_up_parties import made_up_parties

    data = made_up_parties(case.parties, rows=rows, task_rows=task_rows)

    def dataset(X: np.ndarray, y: np.ndarray, name: str) -> Dataset:
        frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]).assign(label=y)
        return Dataset.from_frame(frame, label="label", name=name)

    names = [f"party {i}" for i in range(data.count)]
    parties = [
        Party(name, dataset(data.X[data.owner == i], data.y[data.owner == i], name))
        for i, name in enumerate(names)
    ]
    validation = dataset(data.X_task, data.y_task, "validation")
    return lambda stage: settle(
        parties,
        validation,
        rng=np.random.default_rng(7),
        unit_price=100_000,
        learner=case.learner,
        learner_options=case.learner_options,
        score="accuracy",
        options=Options(method=Method(case.method), evaluations=case.evaluations),
        work=Work(stage=stage),
    )


def _profile(name: str, options: argparse.Namespace) -> None:
    """Functions of fairpool by the time within them, and the other functions that cost most by themselves."""
    os.environ.update(PINNED)  # before numpy is imported
    settle = _round(CASES[name], options.rows, options.task_rows)
    profile = cProfile.Profile(time.process_time)
    profile.runcall(settle, lambda _words: None)
    stats = pstats.Stats(profile)
    print(f"{name}: {stats.total_tt:.2f} s under the profiler\n")
    rows = [(key, own, within) for key, (_, _, own, within, _) in stats.stats.items()]
    ours = sorted((r for r in rows if "fairpool" in r[0][0]), key=lambda r: -r[2])[:MOST_PROFILED]
    costly = sorted(rows, key=lambda r: -r[1])[:MOST_PROFILED]
    for title, some in (("fairpool, by time within", ours), ("any function, by its own time", costly)):
        print(f"{title}\n{'own':>6} {'within':>7}  function")
        for (file, line, function), own, within in some:
            where = file.rpartition("site-packages/")[2].rpartition("/src/")[2]
            print(f"{own / stats.total_tt:>6.1%} {within / stats.total_tt:>7.1%}  {where}:{line} {function}")
        print()


if __name__ == "__main__":
    main()
