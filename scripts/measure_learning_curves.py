"""What rows of the flights are worth: learning curves of five buyers' models, and the valuations that follow.

    python scripts/measure_learning_curves.py [--out DIR] [--repeats 24] [--seed 7]

Reads the rows for sale (<airline>.csv) and validation.csv in src/fairpool/examples/flights, and writes beside them

    learning_curves.csv   type,n,score,se,sd,repeats
    VALUATIONS.csv        n and a column a type, in euros, every 100 rows from 200 on

A score at n rows is the mean over repeats: n rows drawn without replacement from all rows for sale, a model trained on
them, and scored on all of validation.csv.  n = 0 is the score of a guess without data.  ``sd`` is the spread over
repeats.  Draws of a large part of the pool share rows and hide how far another pool would lie off; for scores that are
nearly averages over rows, draws of a share f = n / pool correlate by f, and

    se^2 = sd^2 (1 / repeats + f / (1 - f))

is the squared error as a measurement of rows like these.  It is the correction of Nadeau and Bengio ("Inference for the
generalization error", Machine Learning 2003), with training rows in the place of test rows.  All scores share the
validation rows; their error is not in ``se`` (PROVENANCE.md has it).

Four minutes on one core.  The seed of a score depends on nothing but --seed, the type and n, so single scores can be
measured again; other versions of scikit-learn or numpy may give other digits, within the error bars.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from fairpool.files.pricing.learning_curves import read_learning_curves
from fairpool.pricing.valuations.curve_choice import choose_curve
from fairpool.pricing.valuations.valuation_fit import BuyerType, fitted_valuations

FLIGHTS = Path(__file__).resolve().parents[1] / "src" / "fairpool" / "examples" / "flights"
SIZES = (50, 100, 200, 400, 600, 800, 1200, 1600, 2400, 3200, 4400, 6000)
FITTED_FROM = 200
LISTED_EVERY = 100

ROUTE = ["origin", "destination", "distance"]
CALENDAR = ["month", "weekday", "hour"]
WEATHER = ["temperature", "humidity", "wind_speed", "precipitation", "visibility"]
PLAN = ["airline", *ROUTE, *CALENDAR, "scheduled", *WEATHER]
TEXT = ["airline", "origin", "destination"]


@dataclass(frozen=True)
class Buyer:
    """What a type of buyer predicts, from which columns, with which model, and what it is worth to her.

    unit_value: euros for one unit of score.
    """

    name: str
    target: Callable[[pd.DataFrame], pd.Series]
    columns: list[str]
    model: Callable[[int], object]
    score: Callable[[Pipeline, pd.DataFrame, pd.Series], float]
    unit_value: float
    linear: bool = False

    def pipeline(self, seed: int) -> Pipeline:
        return make_pipeline(_prepared(self.columns, linear=self.linear), self.model(seed))


def _prepared(columns: list[str], *, linear: bool) -> object:
    """Categories as indicators for a linear model, as codes for trees."""
    categories = [c for c in columns if c in TEXT or (linear and c in CALENDAR)]
    numbers = [c for c in columns if c not in categories]
    if linear:
        return make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), categories), (StandardScaler(), numbers)
        )
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_column_transformer((codes, categories), ("passthrough", numbers))


def _area(model: Pipeline, X: pd.DataFrame, y: pd.Series) -> float:
    """Area under the ROC curve; a half where the rows held one class only and the model can order nothing."""
    odds = model.predict_proba(X)
    return float(roc_auc_score(y, odds[:, 1])) if odds.shape[1] > 1 else 0.5


def _r2(model: Pipeline, X: pd.DataFrame, y: pd.Series) -> float:
    """R2, at least 0: worse than the mean counts as the mean."""
    return max(float(r2_score(y, model.predict(X))), 0.0)


def _accuracy(model: Pipeline, X: pd.DataFrame, y: pd.Series) -> float:
    return float(accuracy_score(y, model.predict(X)))


def _forest(seed: int) -> object:
    return RandomForestClassifier(100, min_samples_leaf=5, max_features=0.5, random_state=seed)


def _extra_trees(seed: int) -> object:
    return ExtraTreesClassifier(100, min_samples_leaf=2, max_features=0.5, random_state=seed)


BUYERS = (
    Buyer("insurer", lambda d: d["arrival_delay"] > 30, PLAN, _forest, _area, 20_000),
    Buyer(
        "airport", lambda d: d["departure_delay"] > 15, PLAN, lambda _: LogisticRegression(C=0.1, max_iter=2000),
        _area, 12_000, linear=True,
    ),
    Buyer(
        "connections", lambda d: d["arrival_delay"], [*PLAN, "departure_delay"], lambda _: Ridge(10.0),
        _r2, 1_500, linear=True,
    ),
    Buyer(
        "planner", lambda d: d["distance"] / d["air_time"] * 60, PLAN, lambda _: Ridge(1.0),
        _r2, 4_000, linear=True,
    ),
    Buyer(
        "rival", lambda d: d["airline"], [c for c in PLAN if c != "airline"], _extra_trees, _accuracy, 10_000
    ),
)  # fmt: skip


def read_rows(folder: Path = FLIGHTS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All rows for sale, in the order of the files' names, and the rows that are not."""
    sold = [pd.read_csv(path) for path in sorted(folder.glob("*.csv")) if _is_for_sale(path)]
    return pd.concat(sold, ignore_index=True), pd.read_csv(folder / "validation.csv")


def _is_for_sale(path: Path) -> bool:
    return path.name not in ("validation.csv", "learning_curves.csv", "VALUATIONS.csv")


def scores(
    buyer: Buyer, pool: pd.DataFrame, validation: pd.DataFrame, n: int, *, repeats: int, seed: int
) -> np.ndarray:
    """float64 (repeats,): scores of models trained on n rows each."""
    rng = np.random.default_rng([seed, n, *buyer.name.encode()])
    return np.array([_trained_score(buyer, pool, validation, n, rng) for _ in range(repeats)])


def _trained_score(
    buyer: Buyer, pool: pd.DataFrame, validation: pd.DataFrame, n: int, rng: np.random.Generator
) -> float:
    rows = pool.iloc[rng.choice(len(pool), n, replace=False)]
    model = buyer.pipeline(int(rng.integers(2**31))).fit(rows[buyer.columns], buyer.target(rows))
    return buyer.score(model, validation[buyer.columns], buyer.target(validation))


def score_alone(buyer: Buyer, pool: pd.DataFrame, validation: pd.DataFrame) -> float:
    """Of a guess that looks at no column: the mean, or the commonest class."""
    guess = DummyRegressor() if buyer.score is _r2 else DummyClassifier(strategy="prior")
    guess.fit(pool[buyer.columns], buyer.target(pool))
    return buyer.score(guess, validation[buyer.columns], buyer.target(validation))


def measured(pool: pd.DataFrame, validation: pd.DataFrame, *, repeats: int, seed: int) -> pd.DataFrame:
    """learning_curves.csv."""
    return pd.DataFrame(
        row
        for buyer in BUYERS
        for row in _curve(buyer, pool, validation, repeats=repeats, seed=seed)
    )  # fmt: skip


def _curve(
    buyer: Buyer, pool: pd.DataFrame, validation: pd.DataFrame, *, repeats: int, seed: int
) -> Iterable[dict[str, object]]:
    yield {"type": buyer.name, "n": 0, "score": round(score_alone(buyer, pool, validation), 5)}
    for n in SIZES:
        found = scores(buyer, pool, validation, n, repeats=repeats, seed=seed)
        sd = found.std(ddof=1)
        se = sd * np.sqrt(1 / repeats + n / (len(pool) - n))
        point = {"score": found.mean(), "se": se, "sd": sd}
        yield {
            "type": buyer.name,
            "n": n,
            **{k: round(float(x), 5) for k, x in point.items()},
            "repeats": repeats,
        }


def buyer_types(curves: Path) -> list[BuyerType]:
    """Each with the family of curves, fitted from 200 rows on, that predicts the largest third of the sizes better."""
    unit_values = {buyer.name: buyer.unit_value for buyer in BUYERS}
    fitted = [
        choose_curve(one.between(FITTED_FROM, SIZES[-1])).chosen for one in read_learning_curves(curves)
    ]
    return [BuyerType(one, unit_values[one.measured.name]) for one in fitted]


def valued(curves: Path, most: int) -> pd.DataFrame:
    """VALUATIONS.csv, in euros."""
    listed = np.arange(FITTED_FROM, most + 1, LISTED_EVERY)
    valuations = fitted_valuations(buyer_types(curves), listed)
    table = pd.DataFrame(valuations.values.T.round(2), columns=list(valuations.names))
    table.insert(0, "n", listed)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the learning curves of the flights' buyers.")
    parser.add_argument("--out", type=Path, default=FLIGHTS, help="folder to write to (default: the package)")
    parser.add_argument("--repeats", type=int, default=24, help="models a size")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    pool, validation = read_rows()
    curves = options.out / "learning_curves.csv"
    table = measured(pool, validation, repeats=options.repeats, seed=options.seed)
    table.astype({"repeats": "Int64"}).to_csv(curves, index=False, lineterminator="\n")
    valued(curves, len(pool)).to_csv(options.out / "VALUATIONS.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
