"""What a careless or hostile user of `fairpool price` types: nothing is written over, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from test_price_sell import ARBITRAGE, Counter, filled, forget_delivery, terms
from typer.testing import Result

from builders.consortium import fairpool
from builders.price_documents import light
from builders.pricers import BY_TYPES, pricers
from fairpool.reports.pricing.page import price_page

VALUATIONS = "n,a,b\n10,1,2\n20,3,4\n"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A market with rows of North and two buyers, to be copied."""
    counter = filled(tmp_path_factory.mktemp("shelf"))
    counter.done("open", *terms(counter), "--seed", "7")
    counter.done("contributor", "add", "North")
    counter.done("deposit", "North", counter.file("North.csv"))
    for name in ("Ada", "Second"):
        counter.done("buyer", "add", name)
    return counter.folder


@pytest.fixture
def counter(shelf: Path, tmp_path: Path) -> Counter:
    return Counter(Path(shutil.copytree(shelf, tmp_path / "copy")))


def refusal(result: Result) -> str:
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


# ---- what is there stays


def test_a_curve_is_not_written_over_its_valuations(tmp_path: Path):
    """Also not by another name for the same file."""
    given, link = tmp_path / "valuations.csv", tmp_path / "link.csv"
    given.write_text(VALUATIONS)
    link.symlink_to(given)
    for out in (given, link):
        result = fairpool("price", "fit", str(given), "--probabilities", "0.5,0.5", "--out", str(out))
        assert "is the file of the valuations" in refusal(result)
    assert given.read_text() == VALUATIONS


@pytest.mark.parametrize(
    "place", ["rows.csv", "earlier.txt", "shop/market.sqlite", "shop/market.sqlite-journal"]
)
def test_a_report_is_written_over_nothing(counter: Counter, place: str):
    """Neither over the rows it is about, nor over an earlier report, nor over the market."""
    rows = counter.file("rows.csv", "age,bmi\n1,2\n")
    counter.file("earlier.txt", "of another deposit")
    message = counter.refused("deposit", "North", rows, "--report", counter.file(place))
    assert "give another name" in message
    assert Path(rows).read_text() == "age,bmi\n1,2\n"


def test_a_report_that_cannot_be_written_says_that_the_deposit_is_booked(counter: Counter):
    """The disk is full; what was verified is in the market all the same."""
    rows = rows_like_those_there(counter)
    result = counter.sell("deposit", "North", rows, "--report", "/dev/full")
    assert "is booked; `statement` shows what verification found" in refusal(result)
    assert "in the market already" in counter.refused("deposit", "North", rows)


@pytest.mark.parametrize("name", ["market.sqlite", "market.sqlite-journal", "market.sqlite-wal"])
def test_rows_are_not_delivered_over_the_records_of_the_market(counter: Counter, name: str):
    """SQLite takes the file beside its own for an unfinished transaction."""
    place = counter.file(f"shop/{name}")
    counter.refused("buy", "Ada", "2", "--out", place)
    counter.done("buy", "Ada", "2")
    result = counter.sell("deliver", "1", "--out", place)
    assert "records" in refusal(result)
    assert counter.document("check")["holds"]


def test_a_column_without_a_name_is_not_left_out_silently(counter: Counter):
    """Row numbers as pandas writes them are, as they say nothing."""
    rows = counter.file("rows.csv", "age,bmi,\n1,2,3\n")
    assert "rows.csv, row 1: got no name for column 3" in counter.refused("deposit", "North", rows)
    counter.file("rows.csv", ",age,bmi\n0,51.25,22.5\n")
    assert counter.document("deposit", "North", rows)["rows"] == 1


# ---- who is meant


def test_names_that_look_the_same_are_the_same(counter: Counter):
    """An accent may be a letter of its own, letters may be wide: who reads the statement sees no difference."""
    counter.done("contributor", "add", "Caf\u00e9")
    assert "called 'Caf\u00e9' already" in counter.refused("contributor", "add", "Cafe\u0301")
    assert "called 'North' already" in counter.refused("contributor", "add", "\uff2eorth")
    assert counter.document("statement", "Cafe\u0301")["contributor"] == "Caf\u00e9"


def test_a_long_name_does_not_widen_a_table(counter: Counter):
    """A sale names every contributor; whole names are in --json."""
    name = "L" * 200
    counter.done("contributor", "add", name)
    counter.done("deposit", name, counter.file("South.csv"))
    lines = counter.done("buy", "Ada", "40").splitlines()
    assert max(len(line) for line in lines if not line.startswith("rows: ")) <= 80
    assert counter.document("buy", "Second", "40")["shares"][1]["contributor"] == name


def test_another_buyer_is_served_beside_a_sale_that_is_being_delivered(counter: Counter):
    """Only the buyer of that sale may be repeating a command that was killed."""
    counter.done("buy", "Ada", "2")
    forget_delivery(counter)
    result = counter.sell("buy", "Second", "2", "--json")
    assert (result.exit_code, json.loads(result.stdout)["sale"]) == (0, 2)
    assert "sale 1, booked by an earlier command, is delivered now" in result.stderr


# ---- numbers


@pytest.mark.parametrize(
    "part", ["1e-999999999", "1e999999999", "9" * 1000, "1/" + "9" * 1000, "1_0%", "\u0661"]
)
def test_a_commission_of_any_length_is_answered_at_once(part: str, tmp_path: Path):
    """No number is made of it that fills the memory."""
    (tmp_path / "curve.csv").write_text("n,price\n1,1\n")
    words = ("--curve", str(tmp_path / "curve.csv"), "--currency", "EUR", "--commission", part)
    result = fairpool("price", "sell", str(tmp_path / "shop"), "open", *words)
    assert "expected a part of the price like 0.1 or 10%" in refusal(result)
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize(("part", "is_"), [("1e-3", 0.001), ("1/3", 1 / 3), (".5", 0.5), ("12.5%", 0.125)])
def test_a_commission_in_every_spelling(part: str, is_: float, tmp_path: Path):
    """A number, a fraction, per cent."""
    (tmp_path / "curve.csv").write_text("n,price\n1,1\n")
    words = ("--curve", str(tmp_path / "curve.csv"), "--currency", "EUR", "--commission", part, "--json")
    result = fairpool("price", "sell", str(tmp_path / "shop"), "open", *words)
    assert json.loads(result.stdout)["commission"] == pytest.approx(is_)


def test_an_amount_is_written_in_digits(counter: Counter):
    """Those that everybody reads."""
    assert "expected a whole number from 1 up" in counter.refused("quote", "\u0663")


def test_a_number_too_large_for_a_formula_says_so(tmp_path: Path):
    """Above 0 it is."""
    files = pricers(tmp_path, BY_TYPES.replace("ceiling = 10.0", "ceiling = 1e300"))
    assert "got 1e+300, expected a number above 0, at most 1e+" in refusal(files.run())


def test_rounding_is_no_regret(tmp_path: Path):
    """A learner that posts the best curve from the first round on regrets nothing, not 1e-14."""
    one = '[[type]]\nname = "only"\nprobability = 1.0\nvaluation = { shape = "linear", ceiling = 9.9, needs = 7.0 }\n'
    head = BY_TYPES.split("[[type]]")[0].replace("upper-confidence", "resampled-leader")
    files = pricers(tmp_path, head + one)
    assert files.run().exit_code == 0
    learner = json.loads((files.out / "summary.json").read_text())["learners"][0]
    assert set(learner["regret"]["mean"]) == {0.0}


# ---- files


def test_prices_that_are_refused_name_their_file(counter: Counter):
    """To open a market on, and to post."""
    falling, pieces = counter.file("falls.csv", "n,price\n1,5\n2,4\n"), counter.file("pieces.csv", ARBITRAGE)
    for name, path in (("falls.csv", falling), ("pieces.csv", pieces)):
        assert f"{name}: price curve: " in counter.refused("post", path)


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE delivery",
        "UPDATE contributor SET name = CAST(x'ff' AS TEXT)",
        "DELETE FROM entry WHERE account = 'withheld'",
    ],
)
def test_a_market_that_lost_something_is_damaged(counter: Counter, damage: str):
    """No traceback, but what to do."""
    counter.done("buy", "Ada", "2")
    connection = sqlite3.connect(counter.folder / "shop" / "market.sqlite")
    connection.execute("PRAGMA foreign_keys = OFF")
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(damage)
    connection.commit()
    connection.close()
    assert "is damaged" in counter.refused("statement")


@pytest.mark.long
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_sale_nobody_could_be_told_of_is_told_of_on_stderr(counter: Counter):
    """stdout is a full disk: whoever repeats the command would buy twice."""
    words = [sys.executable, "-c", "from fairpool.cli.app import main; main()", "price", "sell"]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [*words, str(counter.folder / "shop"), "buy", "Ada", "2"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 2
    assert "sale 1 is booked, its rows are in " in result.stderr


def test_hostile_settings_stay_text():
    """A unit and a title with letters of HTML, in every sentence and chart."""
    names = {"unit": "<b>&\"€'</b>", "name": "</title><script>alert(1)</script>"}
    page = price_page(light().model_copy(update=names))
    assert "<b>&" not in page
    assert "<script>alert" not in page


def rows_like_those_there(counter: Counter) -> str:
    """Rows of the market's columns."""
    return counter.file("more.csv", "age,bmi\n51.5,22.25\n42.5,21.75\n")
