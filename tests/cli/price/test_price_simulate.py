"""`fairpool price simulate`: what it writes, what it refuses, and that it goes on where it was stopped."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.pricers import BY_FILE, BY_TYPES, Pricers, Spoil, added, pricers, replaced
from fairpool.documents.pricing import read_simulation
from fairpool.files.pricing.price_file import read_price_file
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.optimal import optimal_curve
from fairpool.pricing.oracles.menu_search import MenuSearch
from fairpool.pricing.policies.catalogue import POLICIES
from fairpool.reports.pricing.page import price_page
from fairpool.runs.simulations.replications import fingerprint
from fairpool.runs.simulations.simulating import RECORDS


def summary_of(files: Pricers) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files.out / "summary.json").read_text())
    return found


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    """Seconds differ from run to run."""
    learners = [{k: v for k, v in one.items() if k != "seconds_a_round"} for one in document["learners"]]
    return document | {"learners": learners}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Pricers:
    files = pricers(tmp_path_factory.mktemp("simulated"))
    assert files.run().exit_code == 0
    return files


def test_the_folder_holds_three_files(simulated: Pricers):
    """And nothing of the work is left."""
    assert sorted(path.name for path in simulated.out.iterdir()) == [
        "regret.csv",
        "report.html",
        "summary.json",
    ]
    assert not list(simulated.folder.glob(".*"))


def test_the_report_is_made_of_the_summary(simulated: Pricers):
    """Every number of the page is in summary.json."""
    assert price_page(read_simulation(summary_of(simulated))) == (simulated.out / "report.html").read_text(
        encoding="utf-8"
    )


def test_regret_has_a_line_a_learner_and_round(simulated: Pricers):
    """With the numbers of the summary; the band holds the mean."""
    with (simulated.out / "regret.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = summary_of(simulated)
    assert list(rows[0]) == ["learner", "round", "mean", "standard_error", "low", "high", "revenue"]
    assert len(rows) == 2 * len(found["marks"])
    last = rows[len(found["marks"]) - 1]
    assert (last["learner"], last["round"]) == ("upper-confidence", "60")
    assert float(last["mean"]) == found["learners"][0]["regret"]["mean"][-1]
    assert all(float(row["low"]) <= float(row["mean"]) <= float(row["high"]) for row in rows)


def test_the_best_fixed_curve_is_the_optimal_one(simulated: Pricers):
    """28 a round, by hand as in the test of `price fit`."""
    found, price = summary_of(simulated), read_price_file(simulated.price)
    best = optimal_curve(price.buyers.valuations, price.buyers.frequencies)
    assert found["optimal"]["revenue"] == pytest.approx(28)
    assert found["optimal"]["revenue"] == pytest.approx(best.revenue)
    assert sum(one["frequency"] * one["pays"] for one in found["types"]) == pytest.approx(28)


def test_expected_regret_is_what_the_rounds_add_up_to(simulated: Pricers):
    """Explore then commit gives everything away for 15 of 60 rounds, and then regrets as its last curve does."""
    found = summary_of(simulated)
    learner = found["learners"][1]
    free = [r for t, r in zip(found["marks"], learner["regret"]["mean"], strict=True) if t <= 15]
    expected = [28.0 * t for t in found["marks"] if t <= 15]
    assert free == pytest.approx(expected)
    assert all(revenue == 0 for t, revenue in zip(found["marks"], learner["revenue"], strict=True) if t <= 15)


@pytest.mark.long
def test_the_same_file_gives_the_same_numbers(simulated: Pricers, tmp_path: Path):
    """All but the seconds; and `--json` prints the summary."""
    again = pricers(tmp_path)
    result = again.run("--json")
    assert without_times(json.loads(result.stdout)) == without_times(summary_of(simulated))
    assert json.loads(result.stdout) == summary_of(again)


@pytest.mark.long
def test_another_seed_gives_other_buyers(simulated: Pricers, tmp_path: Path):
    """Revenue depends on who comes."""
    other = pricers(tmp_path, BY_FILE.replace("seed = 7", "seed = 8"))
    assert other.run().exit_code == 0
    first, second = (summary_of(files)["learners"][0]["revenue"] for files in (simulated, other))
    assert first != second


def test_the_text_has_the_learners_in_order_of_regret(tmp_path: Path):
    """Least first, and where the report is."""
    text = pricers(tmp_path).run().stdout
    assert text.startswith("Three kinds of buyers: 60 rounds, 2 times (stochastic)\n")
    assert "The best fixed curve earns 28 EUR a round." in text
    assert text.index("Upper confidence") < text.index("Explore, then commit")
    assert "report.html" in text
    assert max(map(len, text.partition("Report:")[0].splitlines())) <= 80


def test_types_by_formula(tmp_path: Path):
    """The values are the formula's at every amount from 1 to most."""
    files = pricers(tmp_path, BY_TYPES)
    found = read_price_file(files.price).buyers.valuations
    n = np.arange(1, 21)
    assert found.values[0] == pytest.approx(10 * (1 - np.exp(-0.5 * n)))
    assert found.values[1] == pytest.approx(40 * (1 - (1 + n) ** -0.5))
    assert files.run().exit_code == 0
    assert summary_of(files)["types"][1]["shape"] == {
        "shape": "power", "ceiling": 40.0, "exponent": 0.5, "scale": 1.0,
    }  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(
    ("lines", "frequencies"),
    [
        ('arrivals = "periodic"\npattern = ["small", "large", "small", "small"]', [0.75, 0.0, 0.25]),
        ('arrivals = "periodic"', [1 / 3, 1 / 3, 1 / 3]),
        (
            'arrivals = "drifting"\nprobabilities = [1, 0, 0]\nlater-probabilities = [0, 0, 1.0]',
            [0.5, 0, 0.5],
        ),
        (
            'arrivals = "switching"\nperiod = 15\nprobabilities = [1, 0, 0]\nlater-probabilities = [0, 0, 1.0]',
            [0.5, 0, 0.5],
        ),
    ],
)
def test_buyers_in_other_orders(lines: str, frequencies: list[float], tmp_path: Path):
    """The best fixed curve is the one for how often types come on average; regret is counted in hindsight."""
    text = BY_FILE.replace("probabilities = [0.5, 0.3, 0.2]\n", lines + "\n")
    files = pricers(tmp_path, text.replace(', "explore-then-commit"', ""))
    assert files.run().exit_code == 0
    found = summary_of(files)
    assert [one["frequency"] for one in found["types"]] == pytest.approx(frequencies)
    assert found["regret"] == "in hindsight"


def test_a_type_that_never_comes(tmp_path: Path):
    """With nobody who would buy there is no revenue to take a part of, and the report says so."""
    text = BY_FILE.replace("[0.5, 0.3, 0.2]", "[1.0, 0, 0]")
    files = pricers(tmp_path, text)
    files.file("valuations.csv").write_text("n,small,medium,large\n100,0,20,30\n")
    assert files.run().exit_code == 0
    assert [one["part_of_best"] for one in summary_of(files)["learners"]] == [None, None]
    assert "no price curve earns anything" in (files.out / "report.html").read_text()


def test_one_replication_has_no_error_bars(tmp_path: Path):
    """Null in the summary, blank in the CSV."""
    files = pricers(tmp_path, BY_FILE.replace("replications = 2", "replications = 1"))
    assert files.run().exit_code == 0
    assert summary_of(files)["learners"][0]["regret"]["standard_error"][-1] is None
    assert (files.out / "regret.csv").read_text().splitlines()[1].split(",")[3] == ""


@pytest.mark.long
@pytest.mark.parametrize("name", POLICIES)
def test_every_learner_can_be_named(name: str, tmp_path: Path):
    """And leaves a curve to be drawn."""
    text = BY_FILE.replace('"upper-confidence", "explore-then-commit"', f'"{name}"')
    files = pricers(tmp_path, text.replace("replications = 2", "replications = 1"))
    assert files.run().exit_code == 0
    learner = summary_of(files)["learners"][0]
    assert (learner["name"], learner["title"]) == (name, POLICIES[name].title)
    assert learner["curve"]


def test_very_many_amounts_are_offered_on_a_grid(tmp_path: Path):
    """It is said so, and the best curve is still nearly the best."""
    text = BY_TYPES.replace("most = 20", "most = 50_000").replace("rounds = 60", "rounds = 12")
    files = pricers(
        tmp_path, text.replace("rate = 0.5", "rate = 0.0005").replace("exponent = 0.5", "exponent = 0.1")
    )
    assert files.run().exit_code == 0
    found, buyers = summary_of(files), read_price_file(files.price).buyers
    best = optimal_curve(buyers.valuations, buyers.frequencies)
    assert found["notes"][0].startswith("Of 50,000 amounts ")
    assert 0.98 * best.revenue <= found["optimal"]["revenue"] <= best.upper_bound * (1 + 1e-9)
    assert len(found["valuations"]["amounts"]) <= 200


BAD: dict[str, tuple[Spoil, str]] = {
    "no table": (replaced("[price]", "[prices]"), "got the unknown key 'prices'; did you mean 'price'?"),
    "unknown key": (added("round = 5"), "price: got the unknown key 'round'; did you mean 'rounds'?"),
    "no rounds": (replaced("rounds = 60", "rounds = 0"), "price.rounds: got 0, expected a whole number from 10 up"),
    "many rounds": (replaced("rounds = 60", "rounds = 10_000_000_000"), "expected at most 10,000,000"),
    "half a round": (replaced("rounds = 60", "rounds = 20.5"), "price.rounds: got 20.5, expected a whole number"),
    "replications": (replaced("replications = 2", "replications = 0"), "price.replications: got 0, expected"),
    "seed": (replaced("seed = 7", "seed = -1"), "price.seed: got -1, expected a whole number from 0 up"),
    "learner": (replaced('"upper-confidence"', '"ucb"'), "price.learners: got 'ucb', expected some of upper-conf"),
    "learner twice": (
        replaced('"upper-confidence"', '"explore-then-commit"'),
        "price.learners: got 'explore-then-commit' twice",
    ),
    "arrivals": (added('arrivals = "random"'), "price.arrivals: got 'random', expected \"stochastic\" or"),
    "no valuations": (replaced('valuations = "valuations.csv"', ""), "price.valuations is missing: expected a CSV"),
    "no file": (replaced("valuations.csv", "worths.csv"), "worths.csv: there is no such file"),
    "most with a file": (added("most = 9"), "price.most: got it without [[type]]"),
    "no probabilities": (replaced("probabilities = [0.5, 0.3, 0.2]", ""), "price.probabilities is missing"),
    "sum": (replaced("0.2]", "0.1]"), "probabilities: got numbers that sum to 0.9, expected 1"),
    "number": (replaced(", 0.2]", "]"), "probabilities: got 2, expected one for each of the 3 types"),
    "negative": (replaced("0.5, 0.3", "1.1, -0.3"), "expected numbers from 0 to 1"),
    "nan": (replaced("0.5, 0.3", "nan, 0.3"), "expected numbers from 0 to 1"),
    "text": (replaced("[0.5, 0.3, 0.2]", '["half", 0.3, 0.2]'), "price.probabilities: got ['half', 0.3, 0.2], exp"),
    "no list": (replaced("[0.5, 0.3, 0.2]", "0.5"), "price.probabilities: got 0.5, expected a list of numbers"),
    "later": (added("later-probabilities = [1, 0, 0]"), 'later-probabilities: belongs to arrivals = "drifting"'),
    "pattern": (added('pattern = ["small"]'), 'pattern: belongs to arrivals = "periodic", got "stochastic"'),
    "no later": (added('arrivals = "drifting"'), "price.later-probabilities is missing: expected a list of 3"),
    "periodic law": (added('arrivals = "periodic"'), "probabilities: belongs to arrivals = "),
    "worthless": (
        lambda files: files.file("valuations.csv").write_text("n,small,medium,large\n100,0,0,0\n"),
        "valuations: no amount is worth anything to any type; expected somebody who would buy",
    ),
    "a huge number": (replaced("0.5, 0.3", f"1{'0' * 400}, 0.3"), "expected a list of numbers that sum to 1"),
    "falling": (
        lambda files: files.cell("valuations.csv", 3, "medium", "19"),
        "valuations.csv, row 3, column 'medium': got 19 for 200 rows, less than the 20 for 100",
    ),
    "ragged": (
        lambda files: files.change("valuations.csv", "200,12,32,50", "200,12,32"),
        "valuations.csv, row 3: got 3 cell(s), expected 4",
    ),
    "a text": (
        lambda files: files.cell("valuations.csv", 3, "large", "much"),
        "valuations.csv, row 3, column 'large': got 'much', expected a number from 0 up",
    ),
}  # fmt: skip
BAD_TYPES: dict[str, tuple[Spoil, str]] = {
    "probabilities": (added("probabilities = [0.5, 0.5]"), "price.probabilities: got it beside [[type]]"),
    "no most": (replaced("most = 20", ""), "price.most is missing: expected how many rows there are for sale"),
    "too much": (replaced("most = 20", "most = 2_000_000"), "price.most: got 2,000,000, expected at most 1,000,000"),
    "no probability": (replaced("probability = 0.25", ""), "type 2.probability is missing"),
    "one name": (replaced('"large"', '"small"'), "type 2: got the name 'small', which type 1 has already"),
    "no valuation": (
        replaced("valuation = { shape = \"power\", ceiling = 40.0, exponent = 0.5 }", ""),
        "type 2.valuation is missing: expected a table such as",
    ),
    "shape": (replaced('"power"', '"logistic"'), "type 2.valuation.shape: got 'logistic', expected \"exponential\""),
    "no shape": (replaced('shape = "power", ', ""), "type 2.valuation.shape is missing: expected one of exponential"),
    "another's number": (
        replaced("exponent = 0.5", "exponent = 0.5, rate = 1"),
        "type 2.valuation (power): got the unknown key 'rate'",
    ),
    "no number": (replaced(", rate = 0.5", ""), "type 1.valuation (exponential): rate is missing"),
    "no size": (replaced("ceiling = 10.0", "ceiling = 0"), "ceiling: got 0, expected a number above 0"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "spoil", "message"),
    [(BY_FILE, *case) for case in BAD.values()] + [(BY_TYPES, *case) for case in BAD_TYPES.values()],
    ids=[*BAD, *(f"types: {name}" for name in BAD_TYPES)],
)
def test_bad_input_is_refused_and_nothing_changes(text: str, spoil: Spoil, message: str, tmp_path: Path):
    """Exit code 2, one line, an earlier result as it was."""
    files = pricers(tmp_path, text)
    spoil(files)
    files.out.mkdir()
    (files.out / "summary.json").write_text("of an earlier simulation")
    before = files.tree()
    result = files.run("--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"fairpool: {files.folder}")
    assert files.tree() == before


def test_a_damaged_checkpoint_is_not_believed(simulated: Pricers, tmp_path: Path):
    """Of a stopped run: replications that are cut short or changed are done again."""
    files = pricers(tmp_path)
    work = files.file(".results.unfinished") / "checkpoint"
    work.mkdir(parents=True)
    name = fingerprint(read_price_file(files.price), "upper-confidence", RECORDS)[:32]
    (work / f"{name}-0.json").write_text('{"content": {"path": {}}, "hash": "0"}')
    (work / f"{name}-1.json").write_text('{"content": ')
    assert files.run().exit_code == 0
    assert without_times(summary_of(files)) == without_times(summary_of(simulated))


@pytest.mark.long
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_the_same_command_goes_on(how: signal.Signals, code: int, tmp_path: Path):
    """Stopped after a replication: no results, the work kept; then the numbers of an undisturbed run."""
    text = BY_FILE.replace("rounds = 60", "rounds = 300").replace("replications = 2", "replications = 4")
    files = pricers(tmp_path, text)
    assert stopped_in_the_middle(files, how) == code
    said = files.file("stderr.txt").read_text().splitlines()
    assert said == (["fairpool: stopped; the same command goes on where it was"] if code == 130 else [])
    assert not files.out.exists()
    assert finished(files) > 0
    assert files.run().exit_code == 0
    assert not list(tmp_path.glob(".*"))
    (tmp_path / "undisturbed").mkdir()
    undisturbed = pricers(tmp_path / "undisturbed", text)
    assert undisturbed.run().exit_code == 0
    assert without_times(summary_of(files)) == without_times(summary_of(undisturbed))


def finished(files: Pricers) -> int:
    kept = files.file(".results.unfinished").glob("checkpoint/*.json")
    return len([path for path in kept if not path.name.startswith(".")])


def stopped_in_the_middle(files: Pricers, how: signal.Signals) -> int:
    """Run the real command in a process group of its own and signal it once a replication is kept; the exit code."""
    program = "from fairpool.cli.app import main; main()"
    command = [sys.executable, "-c", program, "price", "simulate", str(files.price), "--out", str(files.out)]
    with (
        files.file("stdout.txt").open("wb") as out,
        files.file("stderr.txt").open("wb") as err,
        subprocess.Popen(command, stdout=out, stderr=err, start_new_session=True) as process,
    ):
        while not finished(files) and process.poll() is None:
            time.sleep(0.01)
        if process.poll() is None:
            os.killpg(process.pid, how)
        return process.wait(120)


@pytest.mark.parametrize("name", POLICIES)
def test_the_options_of_a_named_learner_are_those_of_its_page(name: str):
    """Whatever is not said here is the learner's default; the number of rounds is not mistaken for something else."""
    valuations = Valuations(np.array([1, 2]), np.array([[1.0, 2.0], [1.0, 1.5]]), ("a", "b"))
    made = POLICIES[name].make(valuations, MenuSearch(valuations), 5000)
    defaults = {field.name: field.default for field in dataclasses.fields(made)}
    chosen = {
        field: getattr(made, field) for field, default in defaults.items() if isinstance(default, float)
    }
    changed = {field for field, value in chosen.items() if value != defaults[field]}
    assert changed == ({"growth"} if name.startswith("upper-confidence") else set())
