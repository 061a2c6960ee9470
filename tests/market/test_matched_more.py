"""A party whose rows are exactly validation rows far more often than the others' is asked about, and never refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairpool.market.data_sheets.copied_validation import matched_more
from fairpool.market.data_sheets.leakage import RowsInValidation
from fairpool.market.options import Options, OverlapRule
from fairpool.market.party import Party
from fairpool.market.settling import settle
from fairpool.reports.settlement.leakage import leakage_meaning
from fairpool.tables.dataset import Dataset

ROWS = {"North": 25, "South": 25, "West": 40}


def found(exact, *, task=None, beyond=False):
    return [
        RowsInValidation(name, task, n, 0, 0.0, n, 18, beyond, 0) for name, n in zip(ROWS, exact, strict=True)
    ]


def patients(rng, rows):
    age = rng.integers(30, 80, rows)
    bmi = rng.normal(27, 4, rows).round(1)
    rare = rng.choice(["A", "B"], rows)
    ill = np.where(age + rng.normal(0, 10, rows) > 55, "yes", "no")
    return pd.DataFrame({"age": age, "bmi": bmi, "rare": rare, "ill": ill})


def round_of(copied):
    """Three parties; the last has so many rows copied from the validation rows."""
    rng = np.random.default_rng(5)
    task = patients(rng, 60)
    last = pd.concat([patients(rng, 40 - copied), task.iloc[:copied]], ignore_index=True)
    tables = [patients(rng, 25), patients(rng, 25), last]
    parties = [
        Party(name, Dataset.from_frame(table, label="ill")) for name, table in zip(ROWS, tables, strict=True)
    ]
    return settle(
        parties,
        Dataset.from_frame(task, label="ill"),
        learner="nearest",
        unit_price=100_000,
        options=Options(overlap=OverlapRule.REFUSE),
        rng=np.random.default_rng(0),
    )


def test_copied_rows_that_pass_as_chance_are_asked_about():
    """15 of 40 rows are validation rows, of the others' 50 none: told in a note and on the page, and not refused."""
    settled = round_of(copied=15)
    (note,) = [one for one in settled.certificate.notes if "exactly validation rows" in one]
    assert "West: 15 of 40 (others: 0 of 50)" in note
    assert "North" not in note
    said = leakage_meaning(settled.document("a round"))
    assert "no more than chance explains" not in said
    assert "West: 15 of 40 (others: 0 of 50)" in said


def test_honest_rows_are_not_asked_about():
    assert not [one for one in round_of(copied=0).certificate.notes if "exactly validation rows" in one]


@pytest.mark.parametrize(
    ("exact", "task", "beyond", "told"),
    [
        ((0, 0, 15), None, False, ["West"]),
        ((4, 5, 15), None, False, []),
        ((0, 0, 3), None, False, []),
        ((3, 3, 38), None, False, ["West"]),
        ((5, 5, 38), None, False, []),
        ((0, 0, 15), "West", False, []),
        ((0, 0, 15), "North", False, ["West"]),
        ((0, 0, 15), None, True, []),
    ],
)
def test_who_is_asked(exact, task, beyond, told):
    """Not where others match as well, nor for few rows, its own task, or what is told as more than chance already."""
    more = matched_more(found(exact, task=task, beyond=beyond), ROWS)
    assert [one.found.party for one in more] == told


@pytest.mark.parametrize(("others", "told"), [(99, 0), (100, 1)])
def test_one_other_party_tells_by_a_hundred_rows(others, told):
    assert len(matched_more(found((0, 0, 15))[1:], {"South": others, "West": 40})) == told


@pytest.mark.long
def test_honest_parties_are_hardly_ever_asked_about():
    """Exchangeable rows, of which any part are validation rows: none of 20,000 rounds is told of; at most one in
    100,000 is to be."""
    rng = np.random.default_rng(11)
    told = 0
    for _ in range(20_000):
        rate = rng.beta(0.5, 2.0)
        told += bool(matched_more(found([rng.binomial(n, rate) for n in ROWS.values()]), ROWS))
    assert told == 0
