"""Regret of the learners of prices, ten types and 100 amounts, beside their baselines and the best fixed curve.

    python benchmarks/price_learning.py [--rounds 100000] [--replications 3] [--buyers independent blocks switching]
                                        [--learners NAME ..]

The market is `fairpool.pricing.simulator.saturating_market`.  Buyers: independent with its law; blocks, a period of 550
rounds in which type 1 comes 100 times running, type 2 90 times, .., type 10 10 times; switching, the law and its mirror
image in turn for 1,000 rounds each.  Columns: mean regret against the best fixed curve in hindsight at the end and its
standard error; the slope of log regret on log rounds over the last decade of rounds, and its error; revenue as a share
of the best fixed curve's; microseconds of processor time a round, the oracle's included; questions to the oracle.
All learners meet the same buyers.  One thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from fairpool.pricing.oracles.menu_search import MenuSearch
from fairpool.pricing.oracles.oracle import CurveOracle
from fairpool.pricing.policies.exp3 import Exp3
from fairpool.pricing.policies.explore_then_commit import ExploreThenCommit
from fairpool.pricing.policies.fixed_curve import FixedCurve, best_linear_curve, linear_curves, single_bundles
from fairpool.pricing.policies.perturbed_leader import LazyPerturbedLeader
from fairpool.pricing.policies.resampled_leader import ResampledLeader
from fairpool.pricing.policies.ucb1 import Ucb1
from fairpool.pricing.policies.unknown_shapes import UnknownShapes
from fairpool.pricing.policies.upper_confidence import UpperConfidence, bernstein
from fairpool.pricing.simulator.arrivals import Arrivals, Independent, Periodic, Switching
from fairpool.pricing.simulator.regret import Regret, fitted_slope
from fairpool.pricing.simulator.saturating_market import saturating_probabilities, saturating_valuations
from fairpool.pricing.simulator.simulation import TradingGround, simulate

Maker = Callable[[CurveOracle], Any]
MARKET, LAW = saturating_valuations(), saturating_probabilities()
GRID = (10, 25, 50, 100)
_COLUMNS = (
    f"{'buyers':<12} {'learner':<24} {'regret':>9} {'s.e.':>7} {'slope':>6} {'s.e.':>5} {'revenue':>8} "
    f"{'us/round':>9} {'questions':>9}"
)


def main() -> None:
    from threadpoolctl import threadpool_limits

    options = _options()
    with threadpool_limits(1):
        print(_COLUMNS)
        for buyers in options.buyers:
            for name in options.learners:
                _show(buyers, name, options)


def learners(rounds: int) -> dict[str, Maker]:
    """Name -> what makes it around an oracle."""
    return {
        "upper confidence": lambda oracle: UpperConfidence(MARKET, oracle, rounds, growth=0.05),
        "with Bernstein radius": lambda oracle: UpperConfidence(MARKET, oracle, rounds, 0.05, bernstein),
        "perturbed leader": lambda oracle: LazyPerturbedLeader(MARKET, oracle, rounds),
        "resampled leader": lambda oracle: ResampledLeader(MARKET, oracle),
        "explore then commit": lambda oracle: ExploreThenCommit(MARKET, oracle, rounds),
        "explore 300, then commit": lambda oracle: ExploreThenCommit(MARKET, oracle, rounds, 300),
        "EXP3, 40 bundles": lambda _: Exp3(single_bundles(GRID, 1.0, levels=10), rounds),
        "EXP3, 30 linear prices": lambda _: Exp3(linear_curves(MARKET, 30), rounds),
        "UCB1, 30 linear prices": lambda _: Ucb1(linear_curves(MARKET, 30)),
        "best linear price": lambda _: FixedCurve(best_linear_curve(MARKET, LAW)),
        "unknown shapes": lambda _: UnknownShapes(GRID, 1.0),
    }


def buyers_in(order: str) -> Arrivals:
    if order == "independent":
        return Independent(LAW)
    if order == "blocks":
        return Periodic(np.repeat(np.arange(10), np.arange(100, 0, -10)))
    return Switching(LAW, LAW[::-1].copy(), 1000)


def _options() -> argparse.Namespace:
    orders, names = ["independent", "blocks", "switching"], list(learners(2))
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100_000)
    parser.add_argument("--replications", type=int, default=3)
    parser.add_argument("--records", type=int, default=60)
    parser.add_argument("--buyers", nargs="+", choices=orders, default=orders)
    parser.add_argument("--learners", nargs="+", choices=names, default=names)
    return parser.parse_args()


def _show(buyers: str, name: str, options: argparse.Namespace) -> None:
    ground = TradingGround(MARKET, buyers_in(buyers), MenuSearch(MARKET))
    found = simulate(
        learners(options.rounds)[name],
        ground,
        rounds=options.rounds,
        replications=options.replications,
        rng=np.random.default_rng(20),
        records=options.records,
        clock=time.process_time,
    )
    print(f"{buyers:<12} {name:<24} {_line(found)}", flush=True)


def _line(found: Regret) -> str:
    last, slope = found.in_hindsight[:, -1], fitted_slope(found.rounds, found.in_hindsight)
    error = last.std(ddof=1) / np.sqrt(len(last)) if len(last) > 1 else np.nan
    fit = f"{slope.value:>6.2f} {slope.error or np.nan:>5.2f}" if slope else f"{'-':>6} {'-':>5}"
    share = found.revenue.sum() / found.best_fixed_revenue.sum()
    micro = 1e6 * (found.seconds_per_round or 0.0)
    questions = np.mean([path.questions for path in found.paths])
    return f"{last.mean():>9.1f} {error:>7.1f} {fit} {share:>8.1%} {micro:>9.1f} {questions:>9.0f}"


if __name__ == "__main__":
    main()
