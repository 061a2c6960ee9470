"""What is handed in: rows, and the law of their mean and size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.audits.sharing.reports import (
    AddNoise,
    Constant,
    Copy,
    Fabricate,
    Honest,
    PadKeepingMean,
    Report,
    Scale,
    Shift,
    Substitute,
    Summary,
    Withhold,
)
from fairpool.audits.sharing.strategies import Strategy
from fairpool.ground.errors import InputError

SIGMA = 2.0
RUNS = 40_000
REPORTS: list[Report] = [
    Honest(),
    Scale(0.9),
    Shift(0.2),
    AddNoise(0.5),
    Fabricate(7),
    Substitute(3),
    PadKeepingMean(4),
    Copy(3),
    Withhold(0.4),
    Withhold(1.0),
    Constant(0.3, 2),
]


def both_ways(
    report: Report, rows: int, mean: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """(own means, submitted means from rows, submitted means from summaries, size from rows, size from summaries)."""
    rng = np.random.default_rng(rows)
    own = mean + SIGMA * rng.standard_normal((rows, RUNS))
    handed_in = report.rows(own, sigma=SIGMA, rng=rng)
    means = own.mean(axis=0) if rows else np.zeros(RUNS)
    summary = report.submitted(Summary(means, rows, SIGMA), rng=rng)
    from_rows = handed_in.mean(axis=0) if len(handed_in) else np.zeros(RUNS)
    return means, from_rows, summary.mean, len(handed_in), summary.size


@pytest.mark.parametrize("rows", [0, 1, 2, 5])
@pytest.mark.parametrize("report", REPORTS, ids=str)
def test_a_summary_has_the_law_of_the_rows(report: Report, rows: int) -> None:
    """Same size; the same mean, variance and fourth moment of what is added to the own mean, to 4 standard errors."""
    own, from_rows, from_summary, size, size_of_summary = both_ways(report, rows, 1.5)
    assert size == size_of_summary
    if not size:
        return
    for power in (1, 2, 4):
        moments = [(found - own) ** power for found in (from_rows, from_summary)]
        apart = moments[0].mean() - moments[1].mean()
        assert abs(apart) <= 4 * np.hypot(*(one.std() for one in moments)) / np.sqrt(RUNS) + 1e-9
    together = [(found - 1.5) * (own - 1.5) for found in (from_rows, from_summary)]
    apart = together[0].mean() - together[1].mean()
    assert abs(apart) <= 4 * np.hypot(*(one.std() for one in together)) / np.sqrt(RUNS) + 1e-9


@given(st.integers(1, 6), st.integers(0, 6), st.integers(1, 4))
def test_padding_and_copies_keep_the_mean(rows: int, made_up: int, times: int) -> None:
    """Size changes, the mean does not."""
    rng = np.random.default_rng(rows)
    own = rng.standard_normal((rows, 3))
    for report, size in ((PadKeepingMean(made_up), rows + made_up), (Copy(times), rows * times)):
        handed_in = report.rows(own, sigma=1.0, rng=rng)
        assert len(handed_in) == size
        assert handed_in.mean(axis=0) == pytest.approx(own.mean(axis=0), abs=1e-12)


@pytest.mark.parametrize("report", [one for one in REPORTS if one != Withhold(1.0)], ids=str)
def test_whether_a_report_moves_with_the_data_is_true(report: Report) -> None:
    """Data that are higher by 3 give a submission that is higher by 3, or the report says so."""
    own = np.random.default_rng(0).standard_normal((5, 2))
    low, high = (
        report.rows(one, sigma=1.0, rng=np.random.default_rng(1)).mean(axis=0) for one in (own, own + 3)
    )
    assert np.allclose(high - low, 3) == report.moves_with_data


def test_withholding_keeps_a_whole_number_of_rows() -> None:
    """A quarter of 10 rows: 8 are handed in, the first ones, as they are."""
    own = np.arange(10.0)[:, None]
    handed_in = Withhold(0.25).rows(own, sigma=1.0, rng=np.random.default_rng(0))
    assert handed_in[:, 0].tolist() == list(range(8))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AddNoise(-1), "standard deviation"),
        (lambda: Fabricate(-1), "fabricate: rows: got -1"),
        (lambda: Substitute(0), "expected at least 1"),
        (lambda: PadKeepingMean(-2), "pad: rows"),
        (lambda: Copy(0), "copy: times"),
        (lambda: Withhold(1.5), "share 1.5"),
        (lambda: Constant(0, 0), "constant: rows"),
        (lambda: Strategy(-1), "samples: got -1"),
        (lambda: Strategy(float("inf")), "samples: got inf"),
        (lambda: Strategy(1.5).whole_samples, "whole number"),
    ],
)
def test_impossible_reports_are_refused(make, message: str) -> None:
    """What was got and what was expected."""
    with pytest.raises(InputError, match=message):
        make()
