"""`fairpool price sell`: what an operator types, reads, and is refused."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from fairpool.cli.sell.commands import sell

NAMES = ("North", "South", "West")
CURVE = "n,price\n" + "".join(f"{n},{n**0.5:.2f}\n" for n in range(1, 61))
ARBITRAGE = "n,price\n10,5\n50,20\n"


@dataclass(frozen=True)
class Counter:
    """A folder with CURVE.csv and a file of rows a contributor; the market is in shop/."""

    folder: Path

    def file(self, name: str, text: str | None = None) -> str:
        path = self.folder / name
        if text is not None:
            path.write_text(text)
        return str(path)

    def sell(self, *words: str) -> Result:
        return CliRunner().invoke(sell, [str(self.folder / "shop"), *words])

    def done(self, *words: str) -> str:
        result = self.sell(*words)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def document(self, *words: str) -> dict[str, Any]:
        return json.loads(self.done(*words, "--json"))

    def refused(self, *words: str) -> str:
        """The one line on stderr; the market's file stays as it was."""
        market = self.folder / "shop" / "market.sqlite"
        before = market.read_bytes() if market.exists() else None
        result = self.sell(*words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert len(result.stderr.splitlines()) == 1
        assert (market.read_bytes() if market.exists() else None) == before
        return result.stderr


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return filled(tmp_path)


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stocked market, to be copied: verification takes a while."""
    counter = filled(tmp_path_factory.mktemp("shelf"))
    counter.done("open", *terms(counter), "--seed", "7")
    for name in NAMES:
        counter.done("contributor", "add", name)
        counter.done("deposit", name, counter.file(f"{name}.csv"))
    counter.done("buyer", "add", "Ada")
    return counter.folder


@pytest.fixture
def stocked(shelf: Path, tmp_path: Path) -> Counter:
    return Counter(Path(shutil.copytree(shelf, tmp_path / "copy")))


def filled(folder: Path) -> Counter:
    rng = np.random.default_rng(2)
    for name in NAMES:
        rows = pd.DataFrame({"age": rng.normal(50, 12, 25).round(3), "bmi": rng.normal(25, 4, 25).round(3)})
        rows.to_csv(folder / f"{name}.csv", index=False)
    (folder / "CURVE.csv").write_text(CURVE)
    return Counter(folder)


def terms(counter: Counter) -> list[str]:
    return ["--currency", "EUR", "--curve", counter.file("CURVE.csv"), "--commission", "10%"]


def test_from_rows_to_the_first_sale(stocked: Counter):
    """List, quote, buy, statement: one price, the same in every answer, delivered as Parquet."""
    listed = stocked.document("list")
    assert listed["rows"] == sum(one["for_sale"] for one in listed["contributors"]) > 40
    assert listed["prices"][15] == [16, 400]
    assert stocked.document("quote", "16")["price"] == 400
    out = stocked.folder / "rows.parquet"
    sale = stocked.document("buy", "Ada", "16", "--out", str(out))
    assert (sale["price"], sale["commission"], sale["file"]) == (400, 40, str(out))
    assert sum(one["payment"] for one in sale["shares"]) == 360
    assert pd.read_parquet(out).shape == (16, 2)
    books = stocked.document("statement")
    assert (books["charged"], books["commission_kept"], books["owed"]) == (400, 40, 360)
    mine = stocked.document("statement", "North")
    assert mine["balance"] == sale["shares"][0]["payment"]
    assert "buyer" not in json.dumps(mine)
    assert stocked.document("check")["holds"] is True


def test_answers_in_words(stocked: Counter):
    """Every command has an answer for people, no wider than 80 columns."""
    said = [
        stocked.done(*words)
        for words in (
            ["list"],
            ["quote", "16"],
            ["buy", "Ada", "16"],
            ["statement"],
            ["statement", "North"],
            ["check"],
        )
    ]
    assert "16 rows: 4.00 EUR" in said[1]
    assert "sale 1: Ada gets 16 rows for 4.00 EUR" in said[2]
    assert "paid 4.00 EUR = commission 0.40 EUR + owed to contributors 3.60 EUR" in said[3]
    assert "owed to North: " in said[4]
    lines = [line for text in said for line in text.splitlines() if "/" not in line]
    assert max(map(len, lines)) <= 80


def test_a_report_names_the_lines_of_the_file(stocked: Counter):
    """Copied rows are told by their lines, on the terminal, as JSON and in a text file."""
    copied = Path(stocked.file("South.csv")).read_text().splitlines()
    rows = stocked.file("more.csv", "\n".join([copied[0], "", "61.5,22.25", *copied[1:5]]) + "\n")
    text = stocked.folder / "report.txt"
    document = stocked.document("deposit", "West", rows, "--report", str(text))
    removed = [one["rows"] for one in document["report"]["findings"] if one["effect"] == "removed"]
    assert {4, 5, 6, 7} <= {row for found in removed for row in found}
    assert text.read_text().startswith(f"deposit 4 of West: {document['verified']} of 5 rows of")


def test_a_killed_delivery_is_finished_by_the_next_command(stocked: Counter):
    """Whatever is asked next writes the file first, and says so on stderr."""
    stocked.done("buy", "Ada", "5")
    file = stocked.folder / "shop" / "deliveries" / "sale-000001.parquet"
    forget_delivery(stocked)
    file.unlink()
    result = stocked.sell("list", "--json")
    assert "sale 1, booked by an earlier command, is delivered now" in result.stderr
    assert json.loads(result.stdout)["sales"] == 1
    assert len(pd.read_parquet(file)) == 5
    file.unlink()
    assert stocked.document("deliver", "1")["file"] == str(file)
    assert file.exists()


def test_a_sale_given_again_after_a_kill_is_not_made_twice(stocked: Counter):
    """Whoever repeats a purchase that was cut short gets the rows of the first one, and no second one unasked."""
    stocked.done("buy", "Ada", "5")
    forget_delivery(stocked)
    result = stocked.sell("buy", "Ada", "5")
    assert result.exit_code == 2
    assert "sale 1, booked by an earlier command, is delivered now" in result.stderr
    assert "nothing else was sold; if another sale is meant, give the command again" in result.stderr
    assert stocked.document("buy", "Ada", "5")["sale"] == 2


def test_a_purchase_given_again_with_its_reference_is_answered_with_its_sale(stocked: Counter):
    """Killed or not, delivered or not: the same reference is the same sale, and the answer is the same."""
    words = ["buy", "Ada", "5", "--reference", "order 1"]
    first = stocked.document(*words)
    forget_delivery(stocked)
    assert stocked.document(*words) == stocked.document(*words) == first
    assert "'order 1' is sale 1 of 5 rows, got 6" in stocked.refused(
        "buy", "Ada", "6", "--reference", "order 1"
    )
    assert stocked.document("list")["sales"] == 1


@pytest.fixture
def learning(stocked: Counter) -> Counter:
    """Its prices are learned from two types, of up to 30 rows."""
    stocked.file(
        "VALUATIONS.csv", "n,lab,bank\n" + "".join(f"{n},{4 * n**0.5:.2f},{n}\n" for n in range(1, 31))
    )
    stocked.done("learn", stocked.file("VALUATIONS.csv"), "--rounds", "50")
    return stocked


def test_prices_are_learned_from_visits(learning: Counter):
    """A visitor who leaves, a sale of a type: both are rounds, each at the curve the one before has posted."""
    first = learning.document("list")
    assert first["prices"] == [[30, 2191]]
    left = learning.document("declined", "--curve", str(first["curve"]))
    assert (left["round"], left["declined"]) == (1, first["curve"])
    sale = learning.document("buy", "Ada", "5", "--type", "lab", "--curve", str(left["curve"]))
    assert (sale["type"], sale["curve"]) == ("lab", left["curve"])
    learned = learning.document("quote", "5")["learning"]
    assert (learned["rounds"], learned["sales"], learned["declined"]) == (2, 1, 1)
    assert learning.document("statement")["learnings"] == [learned]
    assert learning.document("check")["checks"][-1] == {"name": "learning", "holds": True, "wrong": []}


def test_learned_prices_in_words(learning: Counter):
    """What is learned stands beside the prices, in lines of at most 80 columns."""
    learned = learning.done("learn", learning.file("VALUATIONS.csv"), "--learner", "resampled-leader")
    said = [learning.done(*words) for words in (["declined"], ["list"], ["quote", "3"], ["statement"])]
    assert "prices are learned from now on (resampled-leader) from buyers of the types lab," in learned
    assert said[0].startswith("round 1: the visitor left; curve ")
    assert "prices are learned (resampled-leader): curve" in " ".join(said[1].split())
    assert "prices are learned (resampled-leader): curve" in " ".join(said[2].split())
    books = " ".join(said[3].split())
    assert "prices were learned (upper-confidence): 0 rounds, of them 0 sales, 0 declined" in books
    assert "prices are learned (resampled-leader): 1 round, of them 0 sales, 1 declined" in books
    lines = [line for text in (learned, *said) for line in text.splitlines()]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["buy", "Ada", "5"], "type: got none, but this market learns its prices from the types of buyers"),
        (["buy", "Ada", "5", "--type", "x"], "type: got 'x', expected one of 'lab', 'bank'"),
        (["buy", "Ada", "5", "--type", "lab", "--curve", "1"], "curve: got 1, but curve 2 is posted by now"),
        (["buy", "Ada", "31", "--type", "lab"], "amount: got 31, expected at most 30"),
        (["declined", "--curve", "first"], "curve: got 'first', expected a whole number from 1 up"),
        (
            ["learn", "{CURVE.csv}", "--learner", "ucb"],
            "learner: got 'ucb', expected one of 'upper-confidence'",
        ),
        (["learn", "{CURVE.csv}", "--rounds", "0"], "rounds: got 0, expected at least 1"),
        (["learn", "{falls.csv}"], "falls.csv, row 3, column 'lab': got 1 for 2 rows, less than the 3 for 1"),
        (["learn", "{nothing.csv}"], "valuations of 'bank': 2 rows are worth less than the smallest coin"),
    ],
)
def test_bad_input_to_a_market_that_learns(learning: Counter, words: list[str], message: str):
    """One line, exit code 2, nothing booked."""
    learning.file("falls.csv", "n,lab\n1,3\n2,1\n")
    learning.file("nothing.csv", "n,lab,bank\n1,3,0\n2,3,0\n")
    given = [learning.file(word[1:-1]) if word.startswith("{") else word for word in words]
    assert message in learning.refused(*given)


def test_what_only_a_market_that_learns_knows(stocked: Counter):
    """Without `learn` there are no rounds and no types."""
    assert "does not learn its prices, so it counts no visits; `learn` begins it" in stocked.refused(
        "declined"
    )
    assert "this market does not learn its prices" in stocked.refused("buy", "Ada", "5", "--type", "lab")


def test_prices_for_more_rows_than_there_are_come_with_a_note(stocked: Counter):
    """The learner's amounts may exceed the stock: `learn` says so, and who asks for more is refused."""
    file = stocked.file("VALUATIONS.csv", "n,lab\n10,5\n500,50\n")
    assert "note: prices go up to 500 rows, but" in stocked.done("learn", file)
    assert "rows are for sale" in stocked.refused("buy", "Ada", "400", "--type", "lab")


def forget_delivery(counter: Counter) -> None:
    connection = sqlite3.connect(counter.folder / "shop" / "market.sqlite", isolation_level=None)
    connection.execute("DROP TRIGGER delivery_no_delete")
    connection.execute("DELETE FROM delivery")
    connection.close()


def test_a_check_that_fails_exits_with_1(stocked: Counter):
    """A sale without its delivery is told; the exit code is 1."""
    stocked.done("buy", "Ada", "5")
    forget_delivery(stocked)
    (stocked.folder / "shop" / "deliveries" / "sale-000001.parquet").write_text("something else")
    result = stocked.sell("check")
    assert result.exit_code == 1
    assert "delivery  DOES NOT HOLD" in result.stdout
    assert "something else is there, and rows are never written over it" in result.stderr


def test_arbitrage_is_refused_unless_forced_and_then_marked(counter: Counter):
    """The pair is named; forced, it stands with every price."""
    curve = counter.file("pieces.csv", ARBITRAGE)
    given = ["--currency", "EUR", "--curve", curve, "--commission", "0"]
    assert "20 rows cost 20.00 EUR at once, but 10.00 EUR as 10 and 10 rows" in counter.refused(
        "open", *given
    )
    assert "these prices have arbitrage" in counter.done("open", *given, "--force")
    assert counter.document("list")["arbitrage"] == [10, 10, 2000]
    assert "these prices have arbitrage" in counter.done("list")
    counter.done("post", counter.file("CURVE.csv"))
    assert counter.document("list")["arbitrage"] is None
    assert "arbitrage" in counter.done("post", curve, "--force")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["quote", "0"], "amount: got 0, expected a whole number of rows from 1 up"),
        (["quote", "-5"], "amount: got -5"),
        (["quote", "1.5"], "amount: got '1.5', expected a whole number"),
        (["quote", "61"], "amount: got 61, expected at most 60"),
        (["buy", "Ada", "many"], "amount: got 'many'"),
        (["buy", "Eve", "5"], "buyer: got 'Eve', who is not registered"),
        (["quote", "5", "--buyer", "Eve"], "buyer: got 'Eve', who is not registered"),
        (["statement", "Nord"], "contributor: got 'Nord', who is not registered; did you mean 'North'?"),
        (["deposit", "Nord", "{North.csv}"], "contributor: got 'Nord'"),
        (["deposit", "North", "{North.csv}"], "they are in the market already"),
        (
            ["deposit", "North", "{ragged.csv}"],
            "ragged.csv, row 3: got 1 cell(s), expected 2 as in the header",
        ),
        (
            ["deposit", "North", "{words.csv}"],
            "words.csv, row 3, column 'bmi': got 'high', expected a finite number",
        ),
        (
            ["deposit", "North", "{CURVE.csv}"],
            "CURVE.csv: got no column 'age', 'bmi' and the column 'n', 'price'",
        ),
        (["deposit", "North", "{none.csv}"], "none.csv: there is no such file"),
        (
            ["post", "{negative.csv}"],
            "negative.csv, row 2, column 'price': got '-1', expected a number from 0 up",
        ),
        (["post", "{falling.csv}"], "expected prices that never fall"),
        (["deliver", "1"], "sale: got 1, expected one of the 0 sales"),
        (["buyer", "add", "ada"], "there is a buyer called 'Ada' already"),
        (["buy", "Ada", "5", "--out", "{CURVE.csv}"], "CURVE.csv: there is something already"),
        (["open", "--currency", "EUR", "--curve", "{CURVE.csv}", "--commission", "2"], "commission: got 2"),
    ],
)
def test_bad_input_is_told_in_one_line(stocked: Counter, words: list[str], message: str):
    """File, row and column where there are some, what was got and what was expected; exit code 2, nothing changed."""
    stocked.file("ragged.csv", "age,bmi\n1,2\n3\n")
    stocked.file("words.csv", "age,bmi\n1,2\n3,high\n")
    stocked.file("negative.csv", "n,price\n10,-1\n")
    stocked.file("falling.csv", "n,price\n10,5\n20,4\n")
    given = [stocked.file(word[1:-1]) if word.startswith("{") else word for word in words]
    assert message in stocked.refused(*given)


def test_no_market_no_command(counter: Counter):
    """Without a market every command says how to make one."""
    for words in (["list"], ["statement"], ["check"], ["buy", "Ada", "1"], ["buyer", "add", "Ada"]):
        assert "there is no such folder; `open` makes one" in counter.refused(*words)


@pytest.mark.parametrize("split", ["cramer-von-mises", "shapley"])
def test_other_divisions(counter: Counter, split: str):
    """What a division withholds goes back to the buyer, and the statement says what was charged."""
    counter.done("open", *terms(counter), "--split", split, "--exclusive", "--columns", "bmi, age")
    for name in NAMES:
        counter.done("contributor", "add", name)
        counter.done("deposit", name, counter.file(f"{name}.csv"))
    counter.done("buyer", "add", "Ada")
    sale = counter.document("buy", "Ada", "25")
    paid = sum(one["payment"] for one in sale["shares"])
    assert sale["price"] == 500 == sale["refund"] + sale["commission"] + sale["withheld"] + paid
    assert counter.document("statement")["charged"] == 500 - sale["refund"]
    assert [column["name"] for column in counter.document("list")["columns"]] == ["bmi", "age"]
    assert counter.document("list")["left"] == counter.document("list")["rows"] - 25
