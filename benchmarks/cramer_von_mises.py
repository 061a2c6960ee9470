"""The Cramér-von Mises check of all agents, beside one sort and beside scipy, in one run.

    python benchmarks/cramer_von_mises.py [--agents 20] [--rows 10000] [--features 50]

    floor      one np.sort of the pooled columns: what no method that looks at ranks goes below
    fairpool   losses and spreads of all agents in all features
    scipy      scipy.stats.cramervonmises_2samp (asymptotic p-value) of each agent against the pool, feature by feature:
               a relative of the loss, not the same number; timed on --scipy-features of them and scaled up

Seconds are processor time, the better of two; linear algebra is not involved.  Read the ratios.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import cramervonmises_2samp

from fairpool.comparing.cramer_von_mises import cramer_von_mises_check


def made_up(agents: int, rows: int, features: int) -> list[np.ndarray]:
    """Continuous features; no two values are equal."""
    rng = np.random.default_rng(agents)
    return [rng.normal(size=(rows, features)) for _ in range(agents)]


def floor(submissions: Sequence[np.ndarray]) -> None:
    np.sort(np.concatenate(submissions), axis=0)


def scipy_one_by_one(submissions: Sequence[np.ndarray]) -> None:
    for i, own in enumerate(submissions):
        pool = np.concatenate([rows for j, rows in enumerate(submissions) if j != i])
        for k in range(own.shape[1]):
            cramervonmises_2samp(own[:, k], pool[:, k], method="asymptotic")


def seconds(
    run: Callable[[Sequence[np.ndarray]], object], submissions: Sequence[np.ndarray], runs: int = 2
) -> float:
    taken = []
    for _ in range(runs):
        start = time.process_time()
        run(submissions)
        taken.append(time.process_time() - start)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--features", type=int, default=50)
    parser.add_argument("--scipy-features", type=int, default=1)
    options = parser.parse_args()
    agents, features = options.agents, options.features
    submissions = made_up(agents, options.rows, features)
    few = min(options.scipy_features, features)
    found = {
        "floor": seconds(floor, submissions),
        "fairpool": seconds(cramer_von_mises_check, submissions),
        "fairpool, values tied": seconds(cramer_von_mises_check, [rows.round(2) for rows in submissions]),
        "scipy": seconds(scipy_one_by_one, [rows[:, :few] for rows in submissions], 1) * features / few,
    }
    print(f"{agents} agents x {options.rows:,} rows x {features} features; scipy scaled up from {few}")
    print(f"{'':<22} {'seconds':>9} {'x floor':>9}")
    for method, taken in found.items():
        print(f"{method:<22} {taken:>9.3f} {taken / found['floor']:>9.1f}")
    print(f"scipy / fairpool: {found['scipy'] / found['fairpool']:.0f}")


if __name__ == "__main__":
    main()
