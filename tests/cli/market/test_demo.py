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
        "settlement.json", "statement.csv", "report.html", "models",
    }  # fmt: skip


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
