"""`fairpool share plan`: the documents others rely on, what is told to people, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from builders.consortium import fairpool
from fairpool.cli.app import app
from fairpool.ground.errors import InputError
from fairpool.sharing import SharingTerms, mechanism_named, plan, plan_heterogeneous
from fairpool.sharing.certificate import certify
from fairpool.sharing.mechanisms.catalogue import SYMMETRIC

FIXED = [
    "mechanism", "samples", "samples_alone", "alpha", "alpha_squared_over_samples", "penalty", "penalty_alone",
    "penalty_social_optimum", "ratio",
]  # fmt: skip
FIXED_WITH_COSTS = [
    "samples", "penalties", "penalties_alone", "social_penalty", "social_optimum", "favourable", "alpha",
    "unverifiable", "ratio",
]  # fmt: skip
COSTS = "lab,iron,zinc\nNorth,0.01,0.02\nSouth,0.015,inf\nWest,inf,0.01\nEast,0.02,0.03\n"
TABLE = np.array([[0.01, 0.02], [0.015, np.inf], [np.inf, 0.01], [0.02, 0.03]])


def plan_of(*options: str) -> Result:
    return fairpool("share", "plan", *options)


def equal(mechanism: str, *options: str) -> Result:
    terms = ("--agents", "10", "--sigma", "1", "--cost", "0.0025")
    return plan_of("--mechanism", mechanism, *terms, *options)


@pytest.fixture
def costs(tmp_path: Path) -> Path:
    (tmp_path / "COSTS.csv").write_text(COSTS)
    return tmp_path / "COSTS.csv"


def with_costs(costs: Path, *options: str) -> Result:
    return plan_of("--mechanism", "heterogeneous", "--costs", str(costs), "--sigma", "1", *options)


def test_c3d_for_ten_agents_is_the_papers():
    """n* = sigma/sqrt(c m), 20 samples alone, penalties 0.1 and 0.1/sqrt(10), ratio below two ([CZK23])."""
    result = equal("c3d", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert list(found)[:9] == FIXED
    assert found["samples"] == pytest.approx(1 / np.sqrt(0.025))
    assert found["samples_alone"] == pytest.approx(20)
    assert found["penalty_alone"] == pytest.approx(0.1)
    assert found["penalty_social_optimum"] == pytest.approx(0.1 / np.sqrt(10))
    assert found["alpha_squared_over_samples"] == pytest.approx(found["alpha"] ** 2 / found["samples"])
    assert found["ratio"] == pytest.approx(found["penalty"] / found["penalty_social_optimum"])
    assert 1 < found["ratio"] < 2


@pytest.mark.parametrize("mechanism", SYMMETRIC)
def test_every_mechanism_has_a_plan_that_is_the_rooms(mechanism: str):
    """And one in whole samples, of which `--whole` makes the plan."""
    exact, counted = (json.loads(equal(mechanism, "--json", *more).stdout) for more in ((), ("--whole",)))
    known = mechanism_named(mechanism, SharingTerms(10, 1.0, 0.0025))
    for found, expected in ((exact, known.plan()), (counted, known.whole().plan())):
        assert found["samples"] == expected.samples
        assert (found["alpha"], found["penalty"]) == (expected.alpha, expected.penalty)
    assert {key: counted[key] for key in FIXED} == exact["whole"]
    assert counted["samples"] == int(counted["samples"])
    assert exact["mechanism"] == mechanism


def test_several_coordinates_cost_as_much_as_one_row():
    """d coordinates: sqrt(d) times the samples, as for a cost of c/d a coordinate."""
    one, four = (json.loads(equal("c3d", "--json", "--coordinates", d).stdout) for d in ("1", "4"))
    assert four["samples"] == pytest.approx(2 * one["samples"])
    assert four["coordinates"] == 4


def test_power_is_k_of_estimate_only():
    """Ratio 1 + 1/(2k)."""
    found = json.loads(equal("estimate-only", "--json", "--power", "4").stdout)
    assert found["ratio"] == pytest.approx(1.125)


def test_the_text_has_whole_samples_first():
    """Then the real number, alone, and what it is worth."""
    text = equal("c3d").stdout
    assert "samples each   6 (in theory 6.325); alone 20" in text
    assert "ratio          1.6511" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_plan_nobody_wants_to_follow_says_so():
    """Pool-and-share is the optimum that free riding destroys."""
    assert "NOT guaranteed" in equal("pool-and-share").stdout
    assert "best strategy" in equal("c3d").stdout


@pytest.mark.parametrize("objective", ["social", "nash", "egalitarian", "kalai-smorodinsky"])
def test_a_plan_with_costs_is_the_rooms(objective: str, costs: Path):
    """Samples, penalties, alpha and who cannot be verified, for every objective."""
    result = with_costs(costs, "--objective", objective, "--json")
    found = json.loads(result.stdout)
    expected = plan_heterogeneous(TABLE, 1.0, objective)
    assert (result.exit_code, result.stderr) == (0, "")
    assert list(found)[:9] == FIXED_WITH_COSTS
    assert found["samples"] == expected.enforced.samples.tolist()
    assert found["penalties"] == expected.enforced.penalties().tolist()
    assert found["penalties_alone"][1:3] == [None, None]
    assert found["ratio"] == pytest.approx(found["social_penalty"] / found["social_optimum"])
    assert np.array(found["alpha"], dtype=float).tolist() == pytest.approx(
        expected.enforced.alpha, nan_ok=True
    )
    assert (found["agents"], found["distributions"]) == (["North", "South", "West", "East"], ["iron", "zinc"])
    assert (
        found["certificate"]["nash_incentive_compatible"]
        is certify(expected).nash_incentive_compatible
        is True
    )
    assert found["certificate"]["individually_rational"]


def test_who_works_alone_is_called_by_name(tmp_path: Path):
    """Equal costs, two agents: each keeps what it collects, or nobody does; the names are those of the file."""
    path = tmp_path / "COSTS.csv"
    path.write_text("agent,iron\n007,0.01\nB,0.01\n")
    found = json.loads(with_costs(path, "--objective", "egalitarian", "--json").stdout)
    assert found["favourable"]
    assert found["unverifiable"] == [["007", "B"]]
    assert found["alpha"] == [[None], [None]]


def test_whole_plans_with_costs_hold_in_whole_samples(costs: Path):
    """Nobody is worse off than alone in whole samples, and the short form is part of the exact plan."""
    exact, counted = (json.loads(with_costs(costs, "--json", *more).stdout) for more in ((), ("--whole",)))
    samples = np.array(counted["samples"])
    assert (samples == np.rint(samples)).all()
    assert exact["whole"]["samples"] == counted["samples"]
    assert counted["certificate"]["nash_incentive_compatible"]
    assert counted["certificate"]["individually_rational"]


def test_the_text_with_costs_is_a_table(costs: Path):
    """One row per agent, one column per distribution, infinite penalties as a dash."""
    text = with_costs(costs).stdout
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line}
    assert rows["agent"][1:3] == ["iron", "zinc"]
    assert rows["South"][-1] == "-"
    assert "DOES NOT HOLD" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_parquet_costs_plan_as_csv_do(costs: Path, tmp_path: Path):
    """With row names that pandas would write left out."""
    import pandas as pd

    pd.read_csv(costs).to_parquet(tmp_path / "COSTS.parquet")
    assert with_costs(tmp_path / "COSTS.parquet", "--json").stdout == with_costs(costs, "--json").stdout


REFUSED = {
    "--sigma 0": "sigma: got 0.0, expected a positive number",
    "--sigma -1": "sigma: got -1.0, expected a positive number",
    "--sigma nan": "sigma: got nan, expected a positive number",
    "--sigma 1e300": "sigma: got 1e+300, expected a number from 1e-75 to 1e+75",
    "--cost 0": "cost: got 0.0, expected a positive number",
    "--cost -2": "cost: got -2.0, expected a positive number",
    "--cost inf": "cost: got inf, expected a positive number",
    "--agents 1": "agents: got 1, expected",
    "--agents 10000000000000": "agents: got 10000000000000, expected at most",
    "--coordinates 0": "coordinates: got 0, expected",
    "--power 2": "--power: does not belong to the mechanism 'c3d', which takes --agents, --sigma, --cost",
    "--objective nash": "--objective: does not belong to the mechanism 'c3d'",
    "--costs x.csv": "--costs: does not belong to the mechanism 'c3d'",
    "--mechanism c3": "mechanism: got 'c3'; did you mean 'c3d'?",
    "--mechanism magic": "mechanism: got 'magic'; expected alone, pool-and-share",
    "--mechanism cramer-von-mises": "plans no amounts: it compares what was submitted; use fairpool share run",
    "--mechanism estimate-only --power 0": "power: got 0, expected a whole number from 1 to 100",
    "--mechanism heterogeneous": "--agents: does not belong to the mechanism 'heterogeneous', which takes --sigma",
}


@pytest.mark.parametrize(("options", "message"), REFUSED.items(), ids=REFUSED)
def test_terms_that_are_none_are_refused(options: str, message: str):
    """One line on stderr, exit code 2, nothing on stdout."""
    result = equal("c3d", *options.split(), "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("left_out", ["--agents", "--cost"])
def test_what_a_mechanism_has_to_be_told_is_asked_for(left_out: str):
    """By the name of the option."""
    terms = {"--agents": "10", "--sigma": "1", "--cost": "0.0025"}
    rest = [word for name, value in terms.items() if name != left_out for word in (name, value)]
    result = plan_of("--mechanism", "c3d", *rest)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{left_out} is missing: the mechanism 'c3d' is told" in result.stderr


def test_costs_have_to_be_given():
    """And an objective that there is."""
    result = plan_of("--mechanism", "heterogeneous", "--sigma", "1")
    assert "--costs is missing" in result.stderr
    unknown = plan_of(
        "--mechanism", "heterogeneous", "--sigma", "1", "--costs", "x.csv", "--objective", "best"
    )
    assert "--objective: got 'best', expected social, nash, egalitarian" in unknown.stderr


WRONG_COSTS = {
    "zero": ("0.02\nSouth", "0\nSouth", "COSTS.csv, row 2, column 'zinc': got '0', expected a cost above 0, or inf"),
    "negative": ("0.015", "-1", "COSTS.csv, row 3, column 'iron': got '-1', expected a cost above 0"),
    "nan": ("0.015", "nan", "COSTS.csv, row 3, column 'iron': got a blank cell, expected a cost above 0"),
    "blank": ("0.015", "", "COSTS.csv, row 3, column 'iron': got a blank cell"),
    "text": ("0.015", "cheap", "COSTS.csv, row 3, column 'iron': got 'cheap', expected a cost above 0"),
    "minus infinity": ("0.015", "-inf", "COSTS.csv, row 3, column 'iron': got '-inf'"),
    "truth value": ("0.015", "true", "COSTS.csv, row 3, column 'iron': got 'true'"),
    "ragged": ("0.015,inf", "0.015", "COSTS.csv, row 3: got 2 cell(s), expected 3 as in the header"),
    "twice": ("West", "North", "COSTS.csv, row 4, column 'lab': got 'North' as in row 2, expected one row per agent"),
    "nameless agent": ("West", "", "COSTS.csv, row 4, column 'lab': got a blank cell, expected the name of an agent"),
    "same columns": ("zinc", "iron", "COSTS.csv"),
    "nameless column": ("lab,", ",", "COSTS.csv, row 1: got no name for column 1 in the header, expected agent"),
    "nobody": ("0.02\nSouth,0.015,inf\nWest,inf,0.01\nEast,0.02,0.03", "inf\nSouth,0.015,inf",
               "COSTS.csv, column 'zinc': every cost is inf: nobody can sample this distribution"),
    "one agent": (COSTS.split("\n", 2)[2], "", "COSTS.csv: got 1 agent, expected at least 2"),
    "no agent": (COSTS.split("\n", 1)[1], "", "COSTS.csv: got no rows of data"),
    "empty": (COSTS, "", "COSTS.csv: got an empty file"),
    "no costs": (COSTS, "lab\nNorth\nSouth\n", "COSTS.csv: got no column of costs"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), WRONG_COSTS.values(), ids=WRONG_COSTS)
def test_costs_that_are_none_are_refused(old: str, new: str, message: str, costs: Path):
    """With file, row and column."""
    assert old in COSTS
    costs.write_text(COSTS.replace(old, new, 1))
    result = with_costs(costs, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_costs_that_are_not_there_are_refused(tmp_path: Path):
    """As any other file."""
    assert "there is no such file" in with_costs(tmp_path / "COSTS.csv").stderr


@pytest.mark.parametrize("command", [["share"], ["share", "plan"], ["share", "run"]])
def test_every_door_has_help(command: list[str]):
    """That fits 80 columns."""
    result = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_an_objective_that_is_none_is_refused_in_python_too():
    """With those there are."""
    with pytest.raises(InputError, match="objective: got 'best', expected one of social, nash"):
        plan_heterogeneous(TABLE, 1.0, "best")


def test_the_python_doors_are_the_same():
    """fairpool.sharing.plan is the function, not a module."""
    found = json.loads(equal("c3d-tuned", "--json").stdout)
    known = plan("c3d-tuned", agents=10, sigma=1.0, cost=0.0025)
    assert (found["samples"], found["penalty"], found["ratio"]) == (known.samples, known.penalty, known.ratio)


def test_a_bargain_that_is_not_worth_its_enforcement_is_called_so(tmp_path: Path) -> None:
    """Costs 1, 4, 9: enforcing the Nash plan serves nobody better than letting the cheapest agent collect for all."""
    (tmp_path / "costs.csv").write_text("agent,k\nA,0.001\nB,0.004\nC,0.009\n")
    command = [
        "share",
        "plan",
        "--mechanism",
        "heterogeneous",
        "--costs",
        str(tmp_path / "costs.csv"),
        "--sigma",
        "1",
    ]
    nash = CliRunner().invoke(app, [*command, "--objective", "nash", "--json"])
    social = CliRunner().invoke(app, [*command, "--json"])
    assert json.loads(nash.stdout)["dominated"] is True
    assert json.loads(social.stdout)["dominated"] is False
