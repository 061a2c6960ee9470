"""`fairpool share run`: what it prints, what it writes, and what it leaves alone."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import Result

from builders.consortium import fairpool
from builders.sharers import C3D, COMPARED, LABS, ROWS, Sharers, costly_sharers, sharers
from fairpool.comparing.cramer_von_mises import cramer_von_mises_check
from fairpool.comparing.permutation import permutation_p_value
from fairpool.examples import SHARINGS, example_path
from fairpool.sharing import Objective, SharingTerms, run
from fairpool.sharing.mechanisms.catalogue import SYMMETRIC, mechanism_named
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.release_book import ReleaseBook, secret_of_seed

DATA = COMPARED.replace('"budget"', '"data"').replace(
    'budget = "900.00 EUR"', 'agreed = 8\nvalue = { curve = "logarithmic", scale = 10.0, unit = 5.0 }'
)
COLLECTION = COMPARED.replace('"budget"', '"collection-cost"').replace(
    'budget = "900.00 EUR"',
    'row-cost = "1.00 EUR"\nvalue = { curve = "power-law", ceiling = 6000.0, scale = 9000.0 }',
)


def summary(result: Result) -> dict[str, Any]:
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def release(files: Sharers, agent: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    own = files.out / "agents" / agent
    return pd.read_csv(own / "release.csv"), json.loads((own / "release.json").read_text())


# ---- the folder


def test_a_sharing_leaves_a_place_for_the_mediator_one_for_every_agent_and_one_for_all(tmp_path: Path):
    """And nothing else; the text says where, and who may look."""
    files = sharers(tmp_path)
    result = files.run()
    assert (result.exit_code, result.stderr) == (0, "")
    each = {f"agents/{lab}/{name}" for lab in LABS for name in ("release.csv", "release.json", "page.html")}
    mediators, for_all = {"summary.json", "report.html"}, {"round.json", "round.html"}
    assert set(files.results()) == {
        *each,
        *(f"mediator/{name}" for name in mediators),
        *(f"public/{name}" for name in for_all),
    }
    assert f"{files.out / 'mediator' / 'report.html'}, for the mediator alone" in result.stdout
    assert f"{files.out / 'public' / 'round.html'}, for everybody" in result.stdout
    assert max(len(line) for line in result.stdout.splitlines() if str(tmp_path) not in line) <= 80
    assert not list(tmp_path.glob(".*"))


def test_json_is_one_document_and_the_one_in_the_folder(tmp_path: Path):
    """Nothing else on stdout, nothing on stderr."""
    files = sharers(tmp_path)
    document = summary(files.run("--json"))
    assert document == json.loads((files.out / "mediator" / "summary.json").read_text())
    assert list(document)[:11] == [
        "format", "kind", "fairpool", "name", "mechanism", "objective", "sigma", "cost", "costs", "columns", "plan",
    ]  # fmt: skip


def test_places_are_closed_to_others_but_the_public_one(tmp_path: Path):
    """The mediator's folder and each agent's: the account that ran the sharing, and nobody else."""
    files = sharers(tmp_path)
    assert files.run().exit_code == 0
    closed = [files.out / "mediator", *(files.out / "agents" / lab for lab in LABS)]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in closed} == {0o700}
    assert stat.S_IMODE((files.out / "public").stat().st_mode) & 0o055 == 0o055


def test_the_pages_of_agents_name_no_other_agent(tmp_path: Path):
    """Nor do their other files."""
    files = sharers(tmp_path)
    files.run()
    for name, content in files.results().items():
        place, _, rest = name.partition("/")
        if place == "agents":
            owner = rest.partition("/")[0]
            assert not [lab for lab in LABS if lab != owner and lab.encode() in content]


def test_the_agents_page_says_its_estimate_first(tmp_path: Path):
    """Then what was given, what was asked, and what the plan promises."""
    files = sharers(tmp_path)
    files.run()
    page = (files.out / "agents" / "North" / "page.html").read_text()
    heads = [part.partition("</h2>")[0].partition(">")[2] for part in page.split("<h2")[1:]]
    assert heads[:4] == [
        "Your estimate",
        "What you were given, and how to use it",
        "What was asked of you, and what you handed in",
        "What the plan promises",
    ]
    assert "North: the estimate of iron is" in page


@pytest.mark.long
def test_the_same_file_shares_to_the_same_bytes(tmp_path: Path):
    """Twice into one folder, then into another, read from another place."""
    files = sharers(tmp_path / "here")
    files.run()
    first = files.results()
    files.run()
    moved = sharers(tmp_path / "there")
    moved.run()
    assert files.results() == moved.results() == first
    assert all(str(tmp_path).encode() not in content for content in first.values())


@pytest.mark.long
def test_another_seed_draws_other_noise(tmp_path: Path):
    """And nothing else changes in the plan; in a folder of its own, as a round has one seed."""
    before = summary(sharers(tmp_path / "one").run("--json"))
    files = sharers(tmp_path / "other")
    files.change("SHARE.toml", "seed = 7", "seed = 8")
    after = summary(files.run("--json"))
    assert before["plan"] == after["plan"]
    assert before["agents"][0]["estimate"] != after["agents"][0]["estimate"]


def test_results_go_beside_the_reader_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """SHARE.toml shares into SHARE-shared, in the folder one is in."""
    files = sharers(tmp_path / "data")
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    assert fairpool("share", "run", str(files.share)).exit_code == 0
    assert [path.name for path in (tmp_path / "desk").iterdir()] == ["SHARE-shared"]


@pytest.mark.long
def test_parquet_shares_as_csv_does(tmp_path: Path):
    """The same bytes."""
    files = sharers(tmp_path)
    files.run()
    before = files.results()
    for lab in LABS:
        pd.read_csv(files.file(f"{lab.lower()}.csv")).to_parquet(files.file(f"{lab.lower()}.parquet"))
    files.change_all("SHARE.toml", ".csv", ".parquet")
    assert files.run().exit_code == 0
    assert files.results() == before


def test_the_disk_being_full_leaves_an_earlier_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """One line, exit code 2."""
    files = sharers(tmp_path)
    files.run()
    before = files.tree()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fairpool.runs.sharings.running.write_summary", full)
    result = files.run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot write the results: No space left on device" in result.stderr
    assert files.tree() == before


def test_ctrl_c_while_writing_leaves_an_earlier_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Exit code 130, one line."""
    files = sharers(tmp_path)
    files.run()
    before = files.tree()

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fairpool.runs.sharings.running.write_summary", stopped)
    result = files.run()
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "fairpool: stopped\n")
    assert files.tree() == before


@pytest.mark.long
def test_a_signal_to_the_real_command_leaves_nothing(tmp_path: Path):
    """Sent while releases are being written."""
    files = sharers(tmp_path, columns=tuple(f"metal {k}" for k in range(3000)))
    program = [sys.executable, "-c", "from fairpool.cli.app import main; main()"]
    command = [*program, "share", "run", str(files.share), "--out", str(files.out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True, text=True) as process:
        while process.poll() is None and not files.file(".results.unfinished").exists():
            time.sleep(0.01)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert (process.returncode, said) == (130, "fairpool: stopped\n")
    assert not files.out.exists()
    assert not list(tmp_path.glob(".*"))


# ---- what agents are given


def test_releases_and_estimates_are_those_of_the_room(tmp_path: Path):
    """C3D on the rows of the files, with the seed of the file."""
    files = sharers(tmp_path)
    files.run()
    rows = [pd.read_csv(files.file(f"{lab.lower()}.csv")).to_numpy() for lab in LABS]
    mechanism = mechanism_named("c3d", SharingTerms(6, 2.0, 0.01)).whole()
    outcomes = run(mechanism, rows, rng=ReleaseBook.new(LABS, secret=secret_of_seed(7)))
    for lab, outcome in zip(LABS, outcomes, strict=True):
        table, record = release(files, lab)
        assert list(table.columns) == ["value", "kind"]
        for kind in ("clean", "corrupted"):
            given = table.loc[table["kind"] == kind, "value"].to_numpy()
            assert given.tolist() == getattr(outcome.release, kind)[:, 0].tolist()
            assert record[f"{kind}_rows"] == len(given)
        assert record["noise_variance"] == outcome.release.noise_variance.tolist()
        assert record["weight"] == outcome.release.weight.tolist()
        assert record["estimate"] == outcome.estimate.mean.tolist()
        assert record["standard_error"] == outcome.estimate.standard_error.tolist()


def test_an_agent_can_check_its_estimate_from_its_release_alone(tmp_path: Path):
    """Weight 1 on own and clean rows, the weight given on corrupted ones."""
    files = sharers(tmp_path)
    files.run()
    own = pd.read_csv(files.file("north.csv"))["iron"].to_numpy()
    table, record = release(files, "North")
    weights = np.where(table["kind"] == "clean", 1.0, record["weight"][0])
    total = len(own) + weights.sum()
    estimate = (own.sum() + (weights * table["value"]).sum()) / total
    assert record["estimate"][0] == pytest.approx(estimate)
    assert record["standard_error"][0] == pytest.approx(2 / np.sqrt(total))
    assert "weight 1" in record["explanation"]


@pytest.mark.long
def test_several_coordinates_have_a_column_each(tmp_path: Path):
    """In the order of the first file, whatever the order in the others."""
    files = sharers(tmp_path, columns=("iron", "zinc"))
    turned = pd.read_csv(files.file("south.csv"))[["zinc", "iron"]]
    turned.to_csv(files.file("south.csv"), index=False)
    document = summary(files.run("--json"))
    table, record = release(files, "South")
    assert document["columns"] == record["columns"] == ["iron", "zinc"]
    assert list(table.columns) == ["iron", "zinc", "kind"]
    assert document["agents"][1]["mean"] == pytest.approx(turned[["iron", "zinc"]].mean().tolist())
    assert [round(one, -1) for one in document["agents"][1]["estimate"]] == [10, 20]


@pytest.mark.parametrize("mechanism", SYMMETRIC)
def test_every_mechanism_shares(mechanism: str, tmp_path: Path):
    """Its whole plan and the theory's, a curve with the plan marked, and no number that JSON does not have."""
    files = sharers(tmp_path, C3D.replace('"c3d"', f'"{mechanism}"'))
    document = summary(files.run("--json"))
    known = mechanism_named(mechanism, SharingTerms(6, 2.0, 0.01))
    assert document["plan"]["samples"] == known.whole().plan().samples
    assert document["theory"]["samples"] == known.plan().samples
    (curve,) = document["curves"]
    at = curve["amounts"].index(curve["equilibrium"])
    assert curve["penalties"][at] == curve["equilibrium_penalty"]
    assert curve["amounts"][0] == pytest.approx(0.05 * curve["equilibrium"])
    assert curve["amounts"][-1] == pytest.approx(3 * curve["equilibrium"])
    assert len(document["agents"]) == 6


def test_estimates_are_released_where_agents_must_use_them(tmp_path: Path):
    """One line a coordinate; all others' rows are in it, with noise."""
    files = sharers(tmp_path, C3D.replace('"c3d"', '"estimate-only"\npower = 2'))
    document = summary(files.run("--json"))
    table, record = release(files, "West")
    assert table.to_dict("list") == {
        "distribution": ["iron"],
        "value": record["estimate"],
        "kind": ["estimate"],
    }
    assert (record["clean_rows"], record["corrupted_rows"]) == (0, 5 * ROWS)
    assert document["plan"]["ratio"] == pytest.approx(1.25, abs=0.01)


def test_an_agent_that_hands_in_nothing_gets_nothing(tmp_path: Path):
    """A header without rows, nulls, and a note; the others share on."""
    files = sharers(tmp_path)
    files.change("SHARE.toml", 'samples = "hill.csv"', "")
    document = summary(files.run("--json"))
    table, record = release(files, "Hill")
    hill, north = document["agents"][4], document["agents"][0]
    assert table.empty
    assert record["estimate"] == record["standard_error"] == [None]
    assert hill["mean"] == hill["distance"] == [None]
    assert hill["penalty_realised"] is None
    assert hill["collected"] == [0]
    assert hill["notes"] == ["submitted nothing"]
    assert north["clean"] == [ROWS]
    assert holds(document)["everybody submitted what was asked"] is False


def holds(document: dict[str, Any]) -> dict[str, bool | None]:
    return {one["name"]: one["holds"] for one in document["checks"]}


def test_an_honest_sharing_passes_every_check(tmp_path: Path):
    """Best response, rationality, ratio, spread, amounts, distances."""
    document = summary(sharers(tmp_path).run("--json"))
    assert len(holds(document)) == 6
    assert all(holds(document).values())


@pytest.mark.long
def test_made_up_rows_lie_far_off_and_get_noise(tmp_path: Path):
    """An agent that reports another mean is told from the others by its distance, and its estimate suffers."""
    before = summary(sharers(tmp_path / "honest").run("--json"))["agents"][0]
    files = sharers(tmp_path / "made-up")
    for row in range(2, ROWS + 2):
        files.cell("north.csv", row, "iron", str(40 + row % 3 * 2))
    document = summary(files.run("--json"))
    after = document["agents"][0]
    assert holds(document)["no submission lies far off"] is False
    assert abs(after["distance"][0]) > 10 > 4 > abs(before["distance"][0])
    assert after["noise_variance"][0] > 100 * before["noise_variance"][0]
    assert after["standard_error"][0] > before["standard_error"][0]


def test_distances_are_in_standard_errors_of_honest_submissions(tmp_path: Path):
    """(own mean - others' mean) / (sigma sqrt(1/n + 1/N))."""
    files = sharers(tmp_path)
    found = summary(files.run("--json"))["agents"][2]
    rows = [pd.read_csv(files.file(f"{lab.lower()}.csv"))["iron"] for lab in LABS]
    others = pd.concat([*rows[:2], *rows[3:]])
    expected = (rows[2].mean() - others.mean()) / (2 * np.sqrt(1 / ROWS + 1 / (5 * ROWS)))
    assert found["distance"][0] == pytest.approx(expected)
    assert found["others_mean"][0] == pytest.approx(others.mean())
    assert found["standard_error_alone"][0] == pytest.approx(2 / np.sqrt(ROWS))
    assert found["penalty_realised"] == pytest.approx(found["standard_error"][0] ** 2 + 0.01 * ROWS)


def test_too_few_agents_for_c3d_work_alone_and_are_told(tmp_path: Path):
    """Four agents: no corruption enforces n*."""
    document = summary(sharers(tmp_path, agents=4, rows=20).run("--json"))
    assert document["plan"]["alpha"] is None
    assert "every agent works alone" in document["notes"][0]
    north = document["agents"][0]
    assert north["standard_error"] == pytest.approx(north["standard_error_alone"])


def test_free_riding_is_said_where_it_pays(tmp_path: Path):
    """Pool-and-share: collecting nothing is better than following the plan."""
    document = summary(sharers(tmp_path, C3D.replace('"c3d"', '"pool-and-share"')).run("--json"))
    assert holds(document)["collecting what the plan asks is best"] is False
    assert "does not make collecting" in document["notes"][0]


# ---- costs of their own


def test_costs_of_their_own_release_estimates(tmp_path: Path):
    """The room's, in the order of the agents whatever the order of the costs; blank cells are no samples."""
    files = costly_sharers(tmp_path)
    lines = files.file("costs.csv").read_text().splitlines()
    files.file("costs.csv").write_text("\n".join([lines[0], lines[3], lines[1], lines[2]]) + "\n")
    document = summary(files.run("--json"))
    tables = [pd.read_csv(files.file(f"{lab.lower()}.csv")) for lab in LABS[:3]]
    costs = [[0.01, 0.02], [0.015, np.inf], [np.inf, 0.01]]
    mechanism = Heterogeneous.of(costs, 2.0, objective=Objective.NASH).whole()
    samples = [[table[name].dropna() for name in ("iron", "zinc")] for table in tables]
    outcomes = run(mechanism, samples, rng=np.random.default_rng(7))
    for lab, outcome in zip(LABS, outcomes, strict=False):
        table, record = release(files, lab)
        assert list(table.columns) == ["distribution", "value", "kind"]
        assert table["value"].tolist() == record["estimate"] == outcome.estimate.mean.tolist()
        assert record["standard_error"] == outcome.estimate.standard_error.tolist()
    assert document["plan"]["samples"] == mechanism.enforced.samples.tolist()
    assert document["agents"][1]["collected"] == [25, 0]
    assert document["agents"][1]["penalty_alone"] is None
    assert set(document["agents"][0]["role"]) <= {
        "works alone", "gets the mean", "is checked", "collects for all",
    }  # fmt: skip


@pytest.mark.long
def test_every_agent_with_costs_has_a_curve(tmp_path: Path):
    """Over shares of its plan; the plan is its least point, and alone is null where it cannot work alone."""
    document = summary(costly_sharers(tmp_path).run("--json"))
    assert [curve["agent"] for curve in document["curves"]] == list(LABS[:3])
    for agent, curve in zip(document["agents"], document["curves"], strict=True):
        at = curve["amounts"].index(1.0)
        assert curve["penalties"][at] == pytest.approx(agent["penalty"])
        assert (curve["alone"][0] is None) is (agent["penalty_alone"] is None)
        if agent["penalty_alone"] is not None:
            assert curve["alone"][at] == pytest.approx(agent["penalty_alone"])


def test_rows_used_and_estimates_agree(tmp_path: Path):
    """Standard error of a mean of own and clean samples, and of the weighted corrupted ones."""
    document = summary(costly_sharers(tmp_path).run("--json"))
    for agent in document["agents"]:
        for k, role in enumerate(agent["role"]):
            own = agent["collected"][k] if role != "gets the mean" else 0
            total = own + agent["clean"][k] + agent["weight"][k] * agent["corrupted"][k]
            assert agent["standard_error"][k] == pytest.approx(2 / np.sqrt(total))


# ---- compared


def test_a_budget_is_paid_out_to_the_last_cent(tmp_path: Path):
    """Losses are the room's; payments and what is kept add up; releases are headers only."""
    files = sharers(tmp_path, COMPARED, columns=("iron", "zinc"))
    document = summary(files.run("--json"))
    found = document["cramer_von_mises"]
    rows = [pd.read_csv(files.file(f"{lab.lower()}.csv")).to_numpy() for lab in LABS]
    assert [one["loss"] for one in found["agents"]] == [one.loss for one in cramer_von_mises_check(rows)]
    assert sum(one["payment"] for one in found["agents"]) + found["unspent"] == found["budget"] == 90_000
    assert (document["plan"], document["sigma"]) == (None, None)
    table, record = release(files, "East")
    assert (list(table.columns), len(table)) == (["iron", "zinc", "kind"], 0)
    assert record["payment"] == found["agents"][3]["payment"]
    assert all(holds(document).values())


def test_data_pay_for_data(tmp_path: Path):
    """Whole rows of others, as they were submitted."""
    files = sharers(tmp_path, DATA, columns=("iron", "zinc"))
    document = summary(files.run("--json"))
    everybody = pd.concat([pd.read_csv(files.file(f"{lab.lower()}.csv")) for lab in LABS[1:]])
    table, record = release(files, "North")
    assert 0 < len(table) == document["cramer_von_mises"]["agents"][0]["rows_given"] == record["clean_rows"]
    assert set(map(tuple, table[["iron", "zinc"]].to_numpy())) <= set(map(tuple, everybody.to_numpy()))
    assert set(table["kind"]) == {"clean"}


def test_p_values_are_those_of_the_permutation_test(tmp_path: Path):
    """Agents with equally many rows share the imagined ones; each p-value is the room's for its own draws."""
    files = sharers(tmp_path, COMPARED, rows=20)
    files.file("mill.csv").write_text("\n".join(files.file("mill.csv").read_text().split("\n")[:13]) + "\n")
    found = summary(files.run("--json"))["cramer_von_mises"]
    rows = [pd.read_csv(files.file(f"{lab.lower()}.csv")).to_numpy() for lab in LABS]
    for i, one in enumerate(found["agents"]):
        p = permutation_p_value(rows, i, permutations=4000, rng=np.random.default_rng(1))
        error = np.sqrt(p * (1 - p) * (1 / found["permutations"] + 1 / 4000))
        assert abs(one["p_value"] - p) < 4 * error


def test_collecting_is_paid_as_planned(tmp_path: Path):
    """The plan asks for rows; what was submitted is held against it."""
    document = summary(sharers(tmp_path, COLLECTION).run("--json"))
    found = document["cramer_von_mises"]
    assert found["plan"]["rows_each"] == document["agents"][0]["asked"][0] > 0
    assert sum(one["payment"] for one in found["agents"]) + found["unspent"] == found["budget"]


def test_a_stranger_among_the_agents_is_noticed(tmp_path: Path):
    """Another distribution: a small p-value and less pay; who is to blame is not said."""
    files = sharers(tmp_path, COMPARED, rows=30)
    for row in range(2, 32):
        files.cell("mill.csv", row, "iron", f"{20 + row / 10:.2f}")
    document = summary(files.run("--json"))
    agents = document["cramer_von_mises"]["agents"]
    assert agents[5]["p_value"] == pytest.approx(0.001)
    assert agents[5]["payment"] == min(one["payment"] for one in agents)
    assert holds(document)["every agent's rows are like the others'"] is False


# ---- examples


@pytest.mark.long
@pytest.mark.parametrize("name", SHARINGS)
def test_the_examples_share(name: str, tmp_path: Path):
    """As they ship: an estimate for everybody, or a payment; text and JSON alike."""
    path, out = str(example_path(name) / "SHARE.toml"), str(tmp_path / "out")
    command = ("share", "run", path, "--out", out, "--book", str(tmp_path / "book.json"))
    assert fairpool(*command).exit_code == 0
    document = summary(fairpool(*command, "--json"))
    assert document == json.loads((tmp_path / "out" / "mediator" / "summary.json").read_text())
    paid = document["cramer_von_mises"]
    for agent in document["agents"]:
        assert paid or None not in agent["estimate"]
    assert paid is None or sum(one["payment"] for one in paid["agents"]) + paid["unspent"] == 90_000


def test_the_light_is_measured_better_together(tmp_path: Path):
    """Every experiment's standard error is smaller than alone."""
    path = str(example_path("light") / "SHARE.toml")
    places = ("--out", str(tmp_path / "out"), "--book", str(tmp_path / "book.json"))
    document = summary(fairpool("share", "run", path, *places, "--json"))
    assert document["plan"]["samples"] == 20
    assert all(one["standard_error"][0] < one["standard_error_alone"][0] for one in document["agents"])


@pytest.mark.long
def test_more_agents_than_a_screen_holds_are_cut_short(tmp_path: Path):
    """And the text says where the others are."""
    files = sharers(tmp_path, rows=3)
    more = "".join(f'\n[[agent]]\nname = "Lab {n}"\nsamples = "north.csv"\n' for n in range(34))
    files.file("SHARE.toml").write_text(C3D + more)
    assert "... 4 more: see summary.json" in files.run().stdout
