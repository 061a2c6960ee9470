"""How long `fairpool` takes to answer, beside another checkout of itself.

    python benchmarks/start_up.py --before PATH [--runs 9] [--only help run]

PATH is a checkout of the code to compare with, for instance `git worktree add ../before COMMIT`. Two commands:
`fairpool --help`, which is all import, and `fairpool run` on the four clinics that ship with fairpool, from the market
file to the written report. Both trees are called in turn, in processes of their own, the first of each pair changing
from one pair to the next; both use this interpreter and its libraries. A number is processor time, a ratio is this tree
over the other within one pair. Printed are the medians and, in brackets, the quarter and three-quarter points of the
ratios.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parents[1]
CLINICS = HERE / "src/fairpool/examples/periodontal/MARKET.toml"
PINNED = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
START = "from fairpool.cli.app import main; main()"


def seconds(tree: Path, command: str) -> float:
    """Processor time of one call, with the code of ``tree``."""
    with tempfile.TemporaryDirectory() as folder:
        said = {"help": ["--help"], "run": ["run", str(CLINICS), "--out", f"{folder}/out"]}[command]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-c", START, *said],
            env=os.environ | PINNED | {"PYTHONPATH": str(tree / "src")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def pairs(command: str, before: Path, runs: int) -> np.ndarray:
    """(runs, 2): seconds of this tree and of the other."""
    for tree in (HERE, before):
        seconds(tree, command)  # writes the compiled modules
    found = []
    for number in range(runs):
        trees = [HERE, before][:: 1 if number % 2 else -1]
        taken = {tree: seconds(tree, command) for tree in trees}
        found.append((taken[HERE], taken[before]))
    return np.array(found)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--before", type=Path, default=HERE, help="a checkout to compare with; itself if not given"
    )
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--only", nargs="+", choices=("help", "run"), default=["help", "run"])
    options = parser.parse_args()
    print(f"{'command':<16}{'this tree':>12}{'before':>12}{'ratio':>9}")
    for command in options.only:
        taken = pairs(command, options.before.resolve(), options.runs)
        now, then = np.median(taken, axis=0)
        low, middle, high = np.quantile(taken[:, 0] / taken[:, 1], (0.25, 0.5, 0.75))
        name = "fairpool --help" if command == "help" else "fairpool run"
        print(f"{name:<16}{now:>10.2f} s{then:>10.2f} s{middle:>9.2f}  ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
