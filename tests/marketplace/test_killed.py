"""Nothing is lost when a command is killed: all of it happened, or nothing, and the next command puts the rest right.

`kill_points` does the killing.  Each test looks at every report: what was left, what the next command made of it, and
what the same command did when it was given again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builders.shops import AT, Shop, worths
from fairpool.marketplace.prices.learning import learn

AMOUNT = 6
PROGRAM = Path(__file__).with_name("kill_points.py")
Report = dict[str, Any]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked children")


def killed(shop: Shop, command: str, way: str, stride: int = 1) -> list[Report]:
    scratch = shop.folder.parent / "scratch"
    path = os.pathsep.join(
        [str(PROGRAM.parents[1]), os.environ.get("PYTHONPATH", "")]
    )  # builders, and what the tests see
    done = subprocess.run(
        [sys.executable, "-W", "ignore", PROGRAM, command, shop.folder, scratch, way, str(stride)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def all_or_nothing(report: Report) -> None:
    """A sale with its seal, its rows and its money, or no trace of one."""
    left, repaired, end = report["left"], report["repaired"], report["end"]
    assert left["sale"] in (0, 1)
    assert left["seal"] == left["sale"]
    assert left["sold_row"] == AMOUNT * left["sale"]
    assert left["sum"] == 0
    assert (left["entry"] > 0) == (left["sale"] == 1)
    if not left["sale"]:
        assert left["beside"] == []  # no row leaves the market before its price is booked
    assert repaired["sale"] == repaired["delivery"] == left["sale"]
    assert repaired["beside"] == ["rows.parquet"] * left["sale"]
    assert (end["sale"], end["beside"]) == (1, ["rows.parquet"])
    assert report["again"] == "done" or "rows are never written over it" in report["again"]
    assert report["wrong"] == []


def told_or_not(report: Report) -> None:
    """The learner is told of a sale in the commit that books it, and once only, however often the command is given."""
    left, end = report["left"], report["end"]
    assert left["learning_round"] == left["seal"] == left["sale"] in (0, 1)
    assert (end["sale"], end["learning_round"], end["sum"]) == (1, 1, 0)
    assert report["again"] == "done"  # its reference tells that it is the same
    assert report["wrong"] == []


def left_or_not(report: Report) -> None:
    """A visit is counted once."""
    assert report["left"]["learning_round"] in (0, 1)
    assert (report["end"]["learning_round"], report["again"], report["wrong"]) == (1, "done", [])


def deposited_or_not(report: Report) -> None:
    """The same deposit given again is made once, or told that it is made."""
    left, end = report["left"], report["end"]
    assert left["deposit"] in (3, 4)
    assert (end["deposit"], end["sale"]) == (4, 0)
    assert (report["again"] == "done") == (left["deposit"] == 3)
    assert report["wrong"] == []
    assert end["beside"] == []


def opened_or_not(report: Report) -> None:
    left, end = report["left"], report["end"]
    assert left["market"] or "there is no" in left["why"]
    assert (report["again"] == "done") == (not left["market"])
    assert (end["curve"], end["beside"], report["wrong"]) == (1, [], [])


def survived_last(reports: list[Report], key: str, before: int, after: int) -> None:
    """Every child but the last was killed, some before the commit and some after it."""
    assert all(report["killed"] for report in reports[:-1])
    assert {report["left"][key] for report in reports} == {before, after}


def test_a_sale_killed_on_its_way_is_made_or_not(shop: Shop):
    """Every ninth step of a sale: SQL statements, files opened, renamed and removed."""
    reports = killed(shop, "buy", "steps", stride=9)
    for report in reports:
        all_or_nothing(report)
    survived_last(reports, "sale", 0, 1)


@pytest.mark.long
@pytest.mark.parametrize("way", ["steps", "sizes"])
def test_a_sale_killed_anywhere_is_made_or_not(shop: Shop, way: str):
    """Every step, and in the middle of what SQLite writes at each kilobyte."""
    reports = killed(shop, "buy", way)
    for report in reports:
        all_or_nothing(report)
    survived_last(reports, "sale", 0, 1)
    assert len(reports) > 40


@pytest.mark.long
def test_a_sale_killed_at_any_moment_is_made_or_not(shop: Shop):
    """Forty moments drawn at random within the time a sale takes."""
    reports = killed(shop, "buy", "delays")
    assert any(report["killed"] for report in reports)
    for report in reports:
        all_or_nothing(report)


def learning(shop: Shop) -> Shop:
    """A market that learns with the learner whose state is the largest."""
    learn(shop.folder, worths(), at=AT, learner="resampled-leader")
    return shop


@pytest.mark.long
def test_a_learned_sale_killed_on_its_way_is_learned_from_or_not(shop: Shop):
    """Every 29th step of a sale at learned prices; given again with its reference, it is made once."""
    reports = killed(learning(shop), "learned-sale", "steps", stride=29)
    for report in reports:
        all_or_nothing(report)
        told_or_not(report)
    survived_last(reports, "learning_round", 0, 1)


@pytest.mark.long
@pytest.mark.parametrize("way", ["steps", "sizes"])
def test_a_learned_sale_killed_anywhere_is_learned_from_or_not(shop: Shop, way: str):
    """Every step, and in the middle of what SQLite writes at each kilobyte."""
    reports = killed(learning(shop), "learned-sale", way)
    for report in reports:
        all_or_nothing(report)
        told_or_not(report)
    survived_last(reports, "learning_round", 0, 1)
    assert len(reports) > 40


@pytest.mark.long
@pytest.mark.parametrize("way", ["steps", "sizes"])
def test_a_visit_killed_anywhere_is_counted_once(shop: Shop, way: str):
    """A visitor who left: all of the round or nothing of it."""
    reports = killed(learning(shop), "declined", way)
    for report in reports:
        left_or_not(report)
    survived_last(reports, "learning_round", 0, 1)


@pytest.mark.long
@pytest.mark.parametrize("way", ["steps", "sizes"])
def test_a_deposit_killed_anywhere_is_made_or_not(shop: Shop, way: str):
    """Rows, report and appraisal are kept together or not at all."""
    reports = killed(shop, "deposit", way, stride=3)
    for report in reports:
        deposited_or_not(report)
    survived_last(reports, "deposit", 3, 4)


@pytest.mark.long
@pytest.mark.parametrize("way", ["steps", "sizes"])
def test_a_market_killed_while_it_is_opened_is_opened_or_not(shop: Shop, way: str):
    """Terms and prices are there together, or the folder holds no market and can be given again."""
    reports = killed(shop, "open", way, stride=2)
    for report in reports:
        opened_or_not(report)
    assert {report["left"]["market"] for report in reports} == {False, True}
