"""Agent-releases a second of the sharing simulator for C3D, one mean, on one core.

    python benchmarks/sharing_simulation.py [--agents 10] [--samples 20] [--seconds 2]

An agent-release is one agent's submission, what it is given for it, and its estimate. `compare` draws the means of the
rows from their exact joint law; beside it stand a plain simulation in numpy that draws every row, one agent and one run
after the other, the same for a block of runs at once, and fairpool's own run of the real mechanism on rows. Each is
given about the same time; the penalties are printed with their standard errors, and the closed form above them.
Processor time, one thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from fairpool.audits.sharing.reports import Fabricate
from fairpool.audits.sharing.row_simulation import simulate_rows
from fairpool.audits.sharing.simulation import compare
from fairpool.audits.sharing.strategies import Strategy
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.terms import SharingTerms

Simulation = Callable[[C3D, int, np.random.Generator], tuple[float, float, int]]
_BLOCK = 500
_COLUMNS = f"{'simulation':<42} {'releases/s':>13} {'of plain':>9} {'penalty/u':>10} {'s.e.':>8}"


def main() -> None:
    from threadpoolctl import threadpool_limits

    options = _options()
    with threadpool_limits(1):
        _show_table(options.agents, options.samples, options.seconds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--samples", type=int, default=20, help="that every agent collects, n*")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each line, about")
    return parser.parse_args()


def _show_table(agents: int, samples: int, seconds: float) -> None:
    terms = SharingTerms(agents, 1.0, 1 / (agents * samples**2))
    mechanism, u = C3D.published(terms).whole(), terms.penalty_at_optimum / 2
    print(
        f"C3D, {agents} agents, {mechanism.samples:g} samples each; exact {mechanism.plan().penalty / u:.4f} u"
    )
    print(_COLUMNS)
    plain = 0.0
    for name, simulation in SIMULATIONS.items():
        speed, penalty, error = _measured(simulation, mechanism, seconds)
        plain = plain or speed
        print(f"{name:<42} {speed:>13,.0f} {speed / plain:>9.1f} {penalty / u:>10.4f} {error / u:>8.4f}")


def _measured(simulation: Simulation, mechanism: C3D, seconds: float) -> tuple[float, float, float]:
    """(agent-releases a second, penalty, its standard error); a short run says how long the long one should be."""
    runs, taken = 100, 0.0
    while taken < seconds / 20:
        runs *= 2
        taken, *_ = _timed(simulation, mechanism, runs)
    taken, penalty, error, releases = _timed(simulation, mechanism, max(runs, int(runs * seconds / taken)))
    return releases / taken, penalty, error


def _timed(simulation: Simulation, mechanism: C3D, runs: int) -> tuple[float, float, float, int]:
    start = time.process_time()
    penalty, error, releases = simulation(mechanism, runs, np.random.default_rng(1))
    return time.process_time() - start, penalty, error, releases


def _plain(mechanism: C3D, runs: int, rng: np.random.Generator) -> tuple[float, float, int]:
    """Row by row as in the paper, for one agent: everybody's rows, the draw of Z, the noise, the weighted mean."""
    m, n = mechanism.terms.agents, int(mechanism.samples)
    clean, alpha = int(mechanism.clean), mechanism.alpha or 0.0
    squared = np.empty(runs)
    for run in range(runs):
        rows = rng.standard_normal((m, n))
        others = rng.permutation(rows[1:].ravel())
        drawn, rest = others[:clean], others[clean:]
        noise_variance = (alpha * (rows[0].mean() - drawn.mean())) ** 2
        rest = rest + np.sqrt(noise_variance) * rng.standard_normal(len(rest))
        weight = 1 / (1 + noise_variance)
        total = rows[0].sum() + drawn.sum() + weight * rest.sum()
        squared[run] = (total / (n + clean + weight * len(rest))) ** 2
    return _summary(mechanism, squared)


def _plain_in_blocks(mechanism: C3D, runs: int, rng: np.random.Generator) -> tuple[float, float, int]:
    """The same for many runs at once; independent rows need no permutation."""
    m, n = mechanism.terms.agents, int(mechanism.samples)
    clean, alpha = int(mechanism.clean), mechanism.alpha or 0.0
    squared = np.empty(runs)
    for start in range(0, runs, _BLOCK):
        block = min(_BLOCK, runs - start)
        own, others = rng.standard_normal((block, n)), rng.standard_normal((block, (m - 1) * n))
        drawn, rest = others[:, :clean], others[:, clean:]
        noise_variance = (alpha * (own.mean(axis=1) - drawn.mean(axis=1))) ** 2
        rest = rest + np.sqrt(noise_variance)[:, None] * rng.standard_normal(rest.shape)
        weight = 1 / (1 + noise_variance)
        total = own.sum(axis=1) + drawn.sum(axis=1) + weight * rest.sum(axis=1)
        squared[start : start + block] = (total / (n + clean + weight * rest.shape[1])) ** 2
    return _summary(mechanism, squared)


def _summary(mechanism: C3D, squared: np.ndarray) -> tuple[float, float, int]:
    cost = mechanism.terms.cost * mechanism.samples
    return squared.mean() + cost, squared.std(ddof=1) / np.sqrt(len(squared)), len(squared)


def _on_rows(mechanism: C3D, runs: int, rng: np.random.Generator) -> tuple[float, float, int]:
    """The real mechanism; all agents have a release in every run."""
    agents = mechanism.terms.agents
    found = simulate_rows(
        mechanism,
        [Strategy(mechanism.samples)] * agents,
        draw=lambda rng, size: rng.standard_normal(size),
        mean=0.0,
        runs=runs,
        rng=rng,
    )
    return found.penalties[0], found.standard_errors[0], agents * runs


def _by_means(mechanism: C3D, runs: int, rng: np.random.Generator) -> tuple[float, float, int]:
    return _compared(mechanism, [Strategy(mechanism.samples)], runs, rng)


def _ten_by_means(mechanism: C3D, runs: int, rng: np.random.Generator) -> tuple[float, float, int]:
    """Ten strategies that need the standard deviation of their rows, too, on common draws."""
    strategies = [
        Strategy(mechanism.samples),
        *(Strategy(mechanism.samples, Fabricate(k)) for k in range(1, 10)),
    ]
    return _compared(mechanism, strategies, runs, rng)


def _compared(
    mechanism: C3D, strategies: list[Strategy], runs: int, rng: np.random.Generator
) -> tuple[float, float, int]:
    found = compare(mechanism, strategies, runs=runs, rng=rng)
    return found.penalties[0, 0], found.penalty_errors[0, 0], len(strategies) * runs


SIMULATIONS: dict[str, Simulation] = {
    "plain numpy, run by run": _plain,
    "plain numpy, blocks of runs": _plain_in_blocks,
    "fairpool, the real mechanism on rows": _on_rows,
    "fairpool, compare, the plan": _by_means,
    "fairpool, compare, plan and 9 fabrications": _ten_by_means,
}


if __name__ == "__main__":
    main()
