"""`fairpool price fit` and `price check`: the documents others rely on, what is told to people, and what is refused."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import Result

from builders.consortium import fairpool
from fairpool.files.pricing.amounts import read_curve, read_valuations
from fairpool.pricing.curves.curve import price_curve
from fairpool.pricing.curves.purchase import expected_revenue

FIXED = ["curve", "revenue", "purchases", "bound", "method"]
VALUATIONS = "n,small,medium,large\n100,10,20,30\n200,12,32,50\n500,12,40,90\n1000,12,41,110\n"
CROSSING = "n,a,b,c\n1,5,2,0\n2,6,7,1\n3,6,8,9\n"


@pytest.fixture
def valuations(tmp_path: Path) -> Path:
    (tmp_path / "VALUATIONS.csv").write_text(VALUATIONS)
    return tmp_path / "VALUATIONS.csv"


def fit(file: Path, *options: str, probabilities: str = "0.5,0.3,0.2") -> Result:
    return fairpool("price", "fit", str(file), "--probabilities", probabilities, *options)


def check(file: Path, *options: str) -> Result:
    return fairpool("price", "check", str(file), *options)


def refused(result: Result, *messages: str) -> None:
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert all(message in result.stderr for message in messages)


def best_by_enumeration(file: Path, q: list[float], highest: int) -> float:
    """Over all never falling curves with whole prices on all listed amounts; whole valuations need no others."""
    found = read_valuations(file)
    curves = itertools.combinations_with_replacement(range(highest + 1), len(found.amounts))
    return max(
        expected_revenue(price_curve(zip(found.amounts.tolist(), prices, strict=True)), found, np.array(q))
        for prices in curves
    )


def test_three_types_in_order(valuations: Path):
    """By hand: 100 rows for 10, then as much more as the next type values more: 22 and 82; 5 + 6.6 + 16.4 = 28."""
    result = fit(valuations, "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert list(found)[:5] == FIXED
    assert found["revenue"] == pytest.approx(28)
    assert found["curve"] == [[100, 10], [200, 22], [1000, 82]]
    assert found["purchases"] == [100, 200, 1000]
    assert found["bound"] == pytest.approx(0, abs=1e-6)
    assert found["method"] == "exact"
    assert found["types"] == ["small", "medium", "large"]
    assert found["payments"] == [10, 22, 82]


@pytest.mark.parametrize("q", [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [1 / 3, 1 / 3, 1 / 3], [0.0, 1.0, 0.0]])
def test_exact_is_the_best_of_all_curves(q: list[float], tmp_path: Path):
    """Types whose valuations cross; every curve with whole prices tried."""
    file = tmp_path / "crossing.csv"
    file.write_text(CROSSING)
    found = json.loads(fit(file, "--json", probabilities=",".join(map(repr, q))).stdout)
    assert found["revenue"] == pytest.approx(best_by_enumeration(file, q, 9))
    assert found["upper_bound"] == pytest.approx(found["revenue"])


@pytest.mark.parametrize("assumption", ["monotone", "smooth", "diminishing-returns", "adapted"])
def test_discretised_is_within_its_bound(assumption: str, valuations: Path):
    """The best curve earns at most ``bound`` more, and that is at most what the grid promises."""
    options = ("--method", "discretised", "--epsilon", "0.2", "--assumption", assumption)
    found = json.loads(fit(valuations, "--json", *options).stdout)
    assert list(found)[:5] == FIXED
    assert found["method"] == "discretised"
    assert found["assumption"] == assumption
    assert found["revenue"] <= 28 + 1e-9
    assert found["revenue"] + found["bound"] >= 28 - 1e-6
    assert found["bound"] <= found["promised"] + 1e-6


def test_the_text_says_who_buys_what(valuations: Path):
    """And how much more any curve could earn."""
    text = fit(valuations, probabilities="0.05,0.05,0.9").stdout
    assert "1,000    110  bought by large (90 %)" in text
    assert "buys nothing  small (5 %), medium (5 %)" in text
    assert "revenue       99 from a buyer, on average" in text
    assert "at most       99: no curve earns more than this one" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_text_names_arbitrage(valuations: Path):
    """The best curve for known types may be one that buyers undercut in pieces; then it is said."""
    document = json.loads(fit(valuations, "--json").stdout)
    assert document["arbitrage"] == [100, 200, 82]
    assert document["apart"] == 32
    assert "arbitrage     YES: 100 and 200 rows cost 32 apart, but 82 together" in fit(valuations).stdout


def test_without_arbitrage_a_little_less_is_earned(valuations: Path):
    """Pieces of 100 and 200 rows may not be cheaper than both together; the bound told is that of all curves."""
    best = json.loads(fit(valuations, "--json").stdout)
    found = json.loads(fit(valuations, "--json", "--arbitrage-free").stdout)
    assert found["arbitrage"] is None
    assert found["revenue"] <= best["revenue"]
    assert found["upper_bound"] == best["upper_bound"]
    assert found["bound"] == pytest.approx(best["revenue"] - found["revenue"], abs=1e-6)
    refused = fit(valuations, "--arbitrage-free", "--method", "discretised")
    assert refused.exit_code == 2
    assert "--arbitrage-free belongs to --method exact" in refused.stderr


def test_the_curve_is_written_as_check_reads_it(valuations: Path, tmp_path: Path):
    """Whole or not at all; the same curve to the last bit."""
    out = tmp_path / "deep" / "CURVE.csv"
    result = fit(valuations, "--json", "--out", str(out))
    assert read_curve(out).pairs() == json.loads(result.stdout)["curve"]
    assert check(out).exit_code == 1


def test_nothing_is_worth_anything(tmp_path: Path):
    """No revenue is the best revenue."""
    file = tmp_path / "worthless.csv"
    file.write_text("n,a\n1,0\n2,0\n")
    result = fit(file, probabilities="1")
    assert result.exit_code == 0
    assert "revenue       0 from a buyer" in result.stdout


@pytest.mark.long
def test_a_million_amounts(tmp_path: Path):
    """Diminishing returns, five types, every amount listed: within one per cent of the best."""
    n = np.arange(1, 1_000_001)
    rates = (3e-6, 1e-5, 3e-5, 1e-4, 3e-4)
    worths = {f"t{i}": (5 - i) * (1 - np.exp(-rate * n)) for i, rate in enumerate(rates)}
    pd.DataFrame({"n": n, **worths}).to_csv(tmp_path / "large.csv", index=False)
    options = ("--method", "discretised", "--assumption", "adapted", "--json")
    result = fit(tmp_path / "large.csv", "--gap", "0.01", "--json", probabilities="0.2,0.2,0.2,0.2,0.2")
    found = json.loads(result.stdout)
    assert found["bound"] <= 0.01 * found["revenue"]
    coarse = json.loads(fit(tmp_path / "large.csv", *options, probabilities="0.2,0.2,0.2,0.2,0.2").stdout)
    assert coarse["revenue"] <= found["upper_bound"] * (1 + 1e-9)


def test_bad_probabilities_are_refused(valuations: Path):
    """Sum, count, sign, text and nothing at all."""
    refused(
        fit(valuations, probabilities="0.5,0.3,0.1"), "probabilities: got numbers that sum to 0.9, expected 1"
    )
    refused(
        fit(valuations, probabilities="0.5,0.5"), "probabilities: got 2, expected one for each of the 3 types"
    )
    refused(fit(valuations, probabilities="1.5,-0.3,-0.2"), "expected numbers from 0 to 1")
    refused(fit(valuations, probabilities="nan,0.5,0.5"), "expected numbers from 0 to 1")
    refused(
        fit(valuations, probabilities="half,0.3,0.2"),
        "--probabilities: got 'half', expected numbers with commas",
    )
    refused(fit(valuations, probabilities=""), "--probabilities: got '', expected numbers with commas")


def test_bad_options_are_refused(valuations: Path, tmp_path: Path):
    """Unknown words, numbers out of range, options of the other method, a folder for a file."""
    discretised = ("--method", "discretised")
    refused(fit(valuations, "--method", "greedy"), "--method: got 'greedy', expected exact or discretised")
    refused(fit(valuations, "--epsilon", "0.1"), "--epsilon belongs to --method discretised")
    refused(fit(valuations, "--assumption", "smooth"), "--assumption belongs to --method discretised")
    refused(fit(valuations, *discretised, "--gap", "0.1"), "--gap belongs to --method exact")
    refused(fit(valuations, *discretised, "--epsilon", "1.5"), "--epsilon: got 1.5, expected a number from")
    refused(
        fit(valuations, *discretised, "--assumption", "steep"),
        "--assumption: got 'steep', expected monotone,",
    )
    refused(fit(valuations, "--gap", "nan"), "--gap: got nan, expected a number from 0 to 1")
    refused(fit(valuations, "--out", str(tmp_path)), "is a folder, expected a file for the results")


def test_bad_valuations_are_refused(valuations: Path, tmp_path: Path):
    """One line with file, row and column, and no curve written."""
    out = tmp_path / "CURVE.csv"
    valuations.write_text(VALUATIONS.replace("200,12,32,50", "200,12,19,50"))
    refused(
        fit(valuations, "--out", str(out)), str(valuations), "row 3, column 'medium': got 19 for 200 rows"
    )
    valuations.write_text(VALUATIONS.replace("200,12,32,50", "200,12,32"))
    refused(fit(valuations, "--out", str(out)), "row 3: got 3 cell(s), expected 4 as in the header")
    refused(fit(tmp_path / "none.csv", "--out", str(out)), "there is no such file")
    assert not out.exists()


# ---- check


def curve_of(folder: Path, *bundles: tuple[int, float]) -> Path:
    (folder / "CURVE.csv").write_text(curve_text(bundles))
    return folder / "CURVE.csv"


def curve_text(bundles: tuple[tuple[int, float], ...]) -> str:
    return "n,price\n" + "".join(f"{n},{price}\n" for n, price in bundles)


def test_a_good_curve_holds(tmp_path: Path):
    """Exit code 0, and nothing to repair."""
    file = curve_of(tmp_path, (100, 10), (200, 18), (500, 28))
    result = check(file, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert list(found)[:2] == ["monotone", "arbitrage"]
    assert (found["monotone"], found["arbitrage"], found["nearest"]) == (True, None, None)
    assert "none: buying in pieces never costs less" in check(file).stdout


def test_the_pair_of_an_arbitrage_is_named(tmp_path: Path):
    """Exit code 1, the pair and what it costs at once; the nearest curve is one that holds."""
    file = curve_of(tmp_path, (100, 10), (200, 30), (400, 50))
    result = check(file, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["monotone"]
    n1, n2, price = found["arbitrage"]
    assert (n1, n2, price) == (100, 100, 30)
    assert found["apart"] == 20
    assert found["largest_change"] == pytest.approx(5)  # 400 rows for 50 - d, three times 100 for 10 + d
    assert check(curve_of(tmp_path, *map(tuple, found["nearest"]))).exit_code == 0
    assert json.loads(check(file, "--json").stdout)["arbitrage"] is None


def test_a_curve_that_falls_is_named(tmp_path: Path):
    """Both bundles and both prices; also told to people."""
    file = curve_of(tmp_path, (100, 10), (200, 8), (400, 12))
    result = check(file)
    assert result.exit_code == 1
    assert "monotone      NO: 100 rows cost 10, but 200 rows only 8" in result.stdout
    assert json.loads(check(file, "--json").stdout)["monotone"] is False


def test_bad_curves_are_refused(tmp_path: Path):
    """Exit code 2, not 1: nothing was checked."""
    refused(
        check(curve_of(tmp_path, (100, -1))), "row 2, column 'price': got '-1', expected a number from 0 up"
    )
    refused(check(curve_of(tmp_path, (100, 1), (100, 2))), "row 3, column 'n': got 100 as in row 2")
    refused(check(tmp_path / "none.csv"), "there is no such file")
