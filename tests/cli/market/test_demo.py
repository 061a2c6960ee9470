"""`fairpool demo`: a whole round on real data, out of the box."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders.consortium import fairpool


def test_the_four_clinics_settle(tmp_path: Path):
    """Every clinic's model gets better, and the nets sum to zero."""
    result = fairpool("demo", "--out", str(tmp_path / "demo"), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    parties = document["parties"]
    assert [party["name"] for party in parties] == ["Minnesota", "Kentucky", "Mississippi", "New York"]
    assert all(party["gain"] > party["gain_alone"] for party in parties)
    assert sum(party["net"] for party in parties) == 0
    assert {path.name for path in (tmp_path / "demo").iterdir()} == {
        "settlement.json", "statement.csv", "report.html", "models", "round",
    }  # fmt: skip


@pytest.mark.long
def test_the_demonstration_can_be_settled_again_from_what_it_leaves(tmp_path: Path):
    """It says that it is one; its files give the same amounts, and its page names the columns of its CSV."""
    first = tmp_path / "demo"
    told = fairpool("demo", "--out", str(first)).stdout
    assert "demonstration, invented price" in told.splitlines()[0]
    assert told.splitlines()[-1] == f"Round:   {first / 'round' / 'MARKET.toml'}"
    again = fairpool("run", str(first / "round" / "MARKET.toml"), "--out", str(tmp_path / "again"))
    assert again.exit_code == 0, again.stderr
    statement = (first / "statement.csv").read_text(encoding="utf-8")
    assert (tmp_path / "again" / "statement.csv").read_text(encoding="utf-8") == statement
    page, head = (first / "report.html").read_text(encoding="utf-8"), statement.splitlines()[0].split(",")
    only_where_it_says_something = {"returned", "retained", "share_se"}
    assert all(f"<small>{name}</small>" in page for name in {*head[1:-1]} - only_where_it_says_something)


@pytest.mark.long
def test_the_second_example_has_a_task_per_party(tmp_path: Path):
    """Six sites of a health insurance."""
    result = fairpool("demo", "--example", "insurance", "--out", str(tmp_path / "demo"), "--json")
    document = json.loads(result.stdout)
    assert (document["task"], len(document["parties"])) == ("own", 6)


def test_an_unknown_example_is_refused(tmp_path: Path):
    """With the names there are; nothing is written."""
    result = fairpool("demo", "--example", "weather", "--out", str(tmp_path / "demo"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "periodontal, insurance" in result.stderr
    assert not list(tmp_path.iterdir())
