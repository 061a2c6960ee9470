"""How far the luck of the draws moves the ends of a settlement's intervals, and what the draws cost.

The same round is settled with many seeds of the draws.  An end's error is the standard deviation of a net's lower or
upper end over the seeds, in percent of the interval's width: mean and largest of the four parties' ends.  "wider" is
what the interval is wider than between the plain quantiles of all seeds' draws together, so that no end lies too far
inside by luck.

    python benchmarks/interval_draws.py            a table for docs/benchmarks.md
    python benchmarks/interval_draws.py --quick    three seeds instead of twelve
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.market.uncertainty.draws import blocks_of_draws, outer_quantiles
from fairpool.market.uncertainty.forms import Forms, columns_of, common_forms
from fairpool.market.uncertainty.intervals import drawn_rounds
from fairpool.market.uncertainty.round import row_groups
from interval_coverage import PARTIES, PRICE, a_world

CASES = (
    ("nearest", "accuracy"),
    ("logistic", "roc-auc"),
    ("naive-bayes", "balanced-accuracy"),
    ("ridge", "r2"),
)
ROWS = (50, 200, 1000)
RULE = division_named("normalised-shapley")


def forms_of(learner: str, score_name: str, rows: int) -> Forms:
    """A made-up round of four parties."""
    score, rng = score_named(score_name), np.random.default_rng(5)
    world, parties = a_world(score, 0.5, rng)
    task = world.rows(rows, 0.0, rng)
    experiment = Experiment(parties, (task,), learner_named(learner, {}, score), score, seed=1)
    evaluator = Evaluator(experiment, groups=row_groups(experiment, None))
    evaluator.table()
    return common_forms(columns_of(evaluator, 0), evaluator.groups[0], RULE, 0.0, parties=PARTIES)


def nets(forms: Forms, blocks: tuple[int, ...], seed: int) -> Floats:
    rank, rng = np.arange(PARTIES), np.random.default_rng(seed)
    return drawn_rounds(forms, RULE, blocks, best=0, rank=rank, rng=rng).nets(PRICE.unit_price)


def line(forms: Forms, blocks: tuple[int, ...], seeds: int) -> str:
    start = time.process_time()
    drawn = [nets(forms, blocks, seed) for seed in range(seeds)]
    ends = np.array([outer_quantiles(one) for one in drawn])
    seconds = (time.process_time() - start) / seeds
    low, high = np.quantile(np.concatenate(drawn, axis=1), [0.025, 0.975], axis=1)
    error = 100 * ends.std(axis=0, ddof=1) / (high - low)[:, None]
    wider = 100 * ((ends[..., 1] - ends[..., 0]).mean(axis=0) / (high - low) - 1).mean()
    return f"{sum(blocks):8d}{error.mean():8.2f} %{error.max():8.2f} %{wider:8.1f} %{seconds:9.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    seeds = 3 if parser.parse_args().quick else 12
    print(
        f"{'learner, score':32s}{'rows':>6s}{'draws':>8s}{'error':>10s}{'largest':>10s}{'wider':>10s}{'seconds':>9s}"
    )
    for learner, score in CASES:
        for rows in ROWS:
            forms = forms_of(learner, score, rows)
            for blocks in ((2000,), blocks_of_draws(forms)):
                print(f"{f'{learner}, {score}':32s}{rows:6d}{line(forms, blocks, seeds)}", flush=True)


if __name__ == "__main__":
    main()
