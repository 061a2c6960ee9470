"""Verification: what is found, what stays for sale, and that every row taken out is told."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import fairpool.examples
from builders.contributor_rows import answers, patients
from fairpool.audits.deposits.strategies import IndependentColumns, NormalFit, Shifted
from fairpool.documents.marketplace import verification_document
from fairpool.ground.errors import InputError
from fairpool.pricing.verification.findings import Effect
from fairpool.pricing.verification.report import verify


def verified(frames, *, seed=0, **options):
    names = [f"clinic {i}" for i in range(len(frames))]
    return verify(frames, names, rng=np.random.default_rng(seed), permutations=99, **options)


def clinics(*sizes, seed=1):
    rng = np.random.default_rng(seed)
    return [patients(size, rng) for size in sizes]


def kinds(report):
    return {finding.kind for finding in report.findings}


def rows_of(report, kind):
    return sorted(row for finding in report.findings if finding.kind == kind for row in finding.rows)


def assert_nothing_is_silent(report):
    """A row is for sale unless a finding that has a sentence took it out."""
    removed = {
        row
        for finding in report.findings
        if finding.effect is Effect.REMOVED and finding.words
        for row in finding.rows
    }
    assert set(np.flatnonzero(~report.verified).tolist()) == removed


def test_honest_rows_are_all_for_sale_at_full_quality():
    for report in verified(clinics(200, 250, 300)):
        assert report.verified.all()
        assert report.quality == 1.0
        assert report.findings == ()
        assert report.p_value > 0.01
        assert 0 < report.loss < 4 * report.expected_loss


def test_the_later_deposit_holds_the_copy():
    first, second, third = clinics(100, 100, 100)
    second.iloc[10:30] = first.iloc[:20]
    reports = verified([first, second, third])
    assert reports[0].verified.all()
    assert rows_of(reports[1], "duplicate-across") == list(range(10, 30))
    assert reports[1].quality == pytest.approx(0.8)


def test_of_equal_rows_in_a_deposit_the_first_stays():
    first, second = clinics(100, 100)
    padded = pd.concat([first, first.iloc[:40]])
    report = verified([padded, second])[0]
    assert rows_of(report, "duplicate-within") == list(range(100, 140))
    assert report.verified_rows == 100


def test_a_contributor_that_is_alone_is_checked_for_equal_rows_only():
    first = clinics(100)[0]
    report = verified([pd.concat([first, first])])[0]
    assert report.verified_rows == 100
    assert report.quality == 0.5
    assert (report.loss, report.p_value) == (None, None)
    assert "not-compared" in kinds(report)


def test_noisy_copies_of_ones_own_rows_are_found():
    """A row moved by a hundredth of a standard deviation is nearer than independent rows ever are."""
    frames = clinics(300, 300, 300)
    rng = np.random.default_rng(2)
    noisy = frames[1].copy()
    for name in ("age", "dose", "pressure"):
        noisy[name] += rng.normal(0, 0.01 * noisy[name].std(), 300)
    report = verified([frames[0], pd.concat([frames[1], noisy]), frames[2]])[1]
    found = rows_of(report, "near-duplicate")
    assert len(found) >= 280
    assert sum(row < 300 for row in found) <= 10


def test_noisy_copies_of_anothers_rows_are_found_at_the_later_deposit():
    frames = clinics(300, 300, 300)
    rng = np.random.default_rng(2)
    stolen = frames[0].copy()
    for name in ("age", "dose", "pressure"):
        stolen[name] += rng.normal(0, 0.01 * stolen[name].std(), 300)
    reports = verified([frames[0], frames[1], stolen])
    assert reports[0].verified.all()
    assert reports[2].verified_rows <= 20


def test_rows_that_coincide_by_nature_are_told_and_kept():
    """Among eight possible rows everybody has copies; nobody is blamed for it."""
    rng = np.random.default_rng(3)
    for report in verified([answers(200, rng) for _ in range(4)]):
        assert report.verified.all()
        assert report.quality == 1.0
        assert kinds(report) == {"coincidence"}


def test_where_rows_coincide_by_nature_padding_is_not_seen():
    """A refutation, kept: copies of truth values look like other people's; amounts must be agreed there."""
    rng = np.random.default_rng(3)
    frames = [answers(200, rng) for _ in range(4)]
    report = verified([pd.concat([frames[0], frames[0]]), *frames[1:]])[0]
    assert report.verified_rows == 400


def test_far_rows_are_judged_by_the_others():
    """A contributor that is all outliers cannot make itself the measure."""
    frames = clinics(200, 200, 200)
    frames[2]["dose"] += 1_000
    reports = verified(frames)
    assert rows_of(reports[2], "outlier") == list(range(200))
    assert reports[2].quality == 0.0
    assert reports[0].verified.all()
    assert reports[1].verified.all()


def test_a_shifted_column_lowers_quality_and_is_named():
    frames = clinics(300, 300, 300, 300)
    frames[2]["pressure"] += 15
    reports = verified(frames)
    [finding] = [one for one in reports[2].findings if one.kind == "distribution"]
    assert reports[2].verified.all()
    assert reports[2].quality < 0.1
    assert reports[2].p_value == 0.01
    assert "'pressure'" in finding.words or "combination" in finding.words
    assert all(reports[i].quality > 0.9 for i in (0, 1, 3))


def test_rows_whose_columns_fit_one_by_one_but_not_each_other_are_seen():
    frames = clinics(400, 400, 400)
    rng = np.random.default_rng(4)
    frames[0]["pressure"] = rng.permutation(frames[0]["pressure"])
    reports = verified(frames)
    assert reports[0].quality < 0.2
    assert "combination of columns" in reports[0].findings[-1].words


def test_two_contributors_are_compared_but_none_is_blamed():
    frames = clinics(300, 300)
    frames[1]["age"] += 10
    reports = verified(frames)
    for report in reports:
        assert report.loss is None
        assert report.p_value == 0.01
        assert report.quality == 1
        assert "nobody can tell whose rows are right; they count in full" in report.findings[-1].words


def test_a_column_that_names_the_contributor_hurts_nobody():
    frames = [frame.assign(clinic=f"clinic {i}") for i, frame in enumerate(clinics(200, 200, 200, 200))]
    for report in verified(frames):
        assert report.quality > 0.9
    frames[1]["pressure"] += 15
    assert [report.quality > 0.9 for report in verified(frames)] == [True, False, True, True]


def test_the_column_told_is_the_one_that_decides_with_its_numbers():
    frames = clinics(300, 300, 300, 300)
    frames[2]["pressure"] += 15
    words = verified(frames)[2].findings[-1].words
    ratio, limit = (float(number.replace(",", "")) for number in re.findall(r"([\d,.]+) times", words))
    assert ratio > limit > 1
    assert re.search(r"count (less than )?\d+ percent\.$", words)


def airlines():
    folder = Path(fairpool.examples.__file__).parent / "flights"
    files = [file for file in sorted(folder.glob("*.csv")) if "distance" in file.read_text()[:200]]
    return {file.stem: pd.read_csv(file) for file in files if file.stem != "validation"}


def test_airlines_differ_and_count_in_full():
    """Real rows: Southwest flies elsewhere than JetBlue, and nobody has made anything up."""
    flights = airlines()
    reports = verify(list(flights.values()), list(flights), rng=np.random.default_rng(1), permutations=199)
    assert len(reports) == 10
    for report in reports:
        assert report.quality > 0.9
        assert report.verified_rows >= 0.99 * report.rows
        assert {"natural-difference"} <= kinds(report) <= {"natural-difference", "outlier"}


@pytest.mark.long
@pytest.mark.parametrize(
    ("strategy", "most"), [(NormalFit(), 0.4), (NormalFit(5), 0.3), (Shifted(), 0.1), (Shifted(by=0.3), 0.1)]
)
@pytest.mark.parametrize("name", ["american", "virgin"])
def test_an_airline_that_makes_flights_up_counts_less(name, strategy, most):
    """Weather is the same for all airlines, and gives the made-up rows away; the others hardly suffer."""
    flights, rng = airlines(), np.random.default_rng(2)
    flights[name] = strategy.submit(flights[name], rng=rng)
    reports = verify(list(flights.values()), list(flights), rng=rng, permutations=199)
    for report in reports:
        assert report.quality < most if report.contributor == name else report.quality > 0.7


@pytest.mark.long
def test_flights_whose_columns_are_drawn_one_by_one_are_not_seen():
    """A refutation, kept: airlines' columns fit each other in ways of their own, and that hides such rows."""
    flights, rng = airlines(), np.random.default_rng(2)
    flights["american"] = IndependentColumns().submit(flights["american"], rng=rng)
    assert verify(list(flights.values()), list(flights), rng=rng, permutations=199)[0].quality > 0.9


def test_a_missing_column_takes_all_rows_out_and_is_told():
    frames = clinics(100, 100, 100)
    frames[1] = frames[1].drop(columns="dose").assign(colour="red")
    report = verified(frames)[1]
    assert report.verified_rows == 0
    assert report.quality == 0.0
    assert "lacks the column 'dose'" in report.findings[0].words
    assert "Nobody asked for the column 'colour'" in report.findings[1].words
    assert_nothing_is_silent(report)


def test_cells_of_a_wrong_kind_take_their_rows_out():
    frames = clinics(100, 100, 100)
    frames[0]["age"] = frames[0]["age"].astype(object)
    frames[0].loc[[3, 5], "age"] = ["old", np.inf]
    frames[0].loc[8, "age"] = None
    report = verified(frames)[0]
    assert rows_of(report, "wrong-cell") == [3, 5]
    assert rows_of(report, "missing") == [8]
    assert report.verified[8]


def test_an_empty_row_is_not_for_sale():
    frames = clinics(100, 100)
    frames[1] = frames[1].astype(object)
    frames[1].loc[7] = None
    report = verified(frames)[1]
    assert rows_of(report, "empty-row") == [7]


def test_missing_more_than_others_do_is_seen():
    frames = clinics(300, 300, 300)
    frames[1].loc[:100, "dose"] = np.nan
    reports = verified(frames)
    assert reports[1].quality < 0.5
    assert reports[0].quality == 1.0


def test_the_minority_does_not_spoil_the_measure_of_the_others():
    """Two of five make up the same rows; they are set aside, and the three honest ones keep full quality."""
    rng = np.random.default_rng(5)
    frames = [patients(300, rng) for _ in range(5)]
    for i in (1, 4):
        frames[i]["age"] += 12
    reports = verified(frames)
    assert [report.quality > 0.9 for report in reports] == [True, False, True, True, False]


def test_the_majority_is_believed_even_if_it_lies():
    """A refutation, kept: three of four who fabricate from one distribution make the honest one look wrong."""
    rng = np.random.default_rng(5)
    frames = [patients(300, rng) for _ in range(4)]
    for i in (1, 2, 3):
        frames[i]["age"] += 12
    reports = verified(frames)
    assert reports[0].quality < 0.1
    assert reports[1].quality > 0.9


@pytest.mark.parametrize(
    "sizes", [(), (0,), (1,), (0, 0), (1, 1), (0, 5), (1, 1, 1), (2, 3, 1), (0, 40, 40), (1, 60, 60)]
)
def test_few_rows_are_no_reason_to_stop(sizes):
    frames = clinics(*sizes)
    if not frames:
        with pytest.raises(InputError, match="got none"):
            verified(frames)
        return
    for report, size in zip(verified(frames), sizes, strict=True):
        assert report.rows == size
        assert 0 <= report.quality <= 1
        assert_nothing_is_silent(report)


def anything(rows):
    """Columns of every kind a file can hold."""
    cells = {
        "number": st.floats(width=32) | st.none(),
        "whole": st.integers(-5, 5),
        "text": st.sampled_from(["red", "Red ", "", "12", "NA"]) | st.text(max_size=5),
        "truth": st.booleans() | st.none(),
        "day": st.sampled_from([pd.Timestamp("2024-02-29"), pd.NaT, pd.Timestamp("1969-01-01")]),
        "mixed": st.one_of(st.integers(), st.text(max_size=3), st.just([1, 2]), st.just(2 + 3j), st.none()),
        "constant": st.just(7),
    }
    return st.fixed_dictionaries(
        {name: st.lists(cell, min_size=rows, max_size=rows) for name, cell in cells.items()}
    )


@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(st.lists(st.integers(0, 12).flatmap(anything), min_size=1, max_size=4), st.integers(0, 2**32))
def test_whatever_a_table_holds_is_told_and_not_crashed(tables, seed):
    frames = [pd.DataFrame(table) for table in tables]
    for report, frame in zip(verified(frames, seed=seed), frames, strict=True):
        assert len(report.verified) == report.rows == len(frame)
        assert 0 <= report.quality <= 1
        assert 0 <= report.quality_error <= 1
        assert_nothing_is_silent(report)
        verification_document(report).json_text()


def test_dates_categories_and_free_text_are_read():
    """Dates as texts or timestamps are one kind; names of rows are compared for equality only."""
    rng = np.random.default_rng(6)

    def visits(rows, *, texts):
        days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), "D")
        return pd.DataFrame(
            {
                "day": days.strftime("%Y-%m-%d") if texts else days,
                "ward": pd.Categorical(rng.choice(["a", "b", "c"], rows)),
                "name": [f"patient {rng.integers(10**9)}" for _ in range(rows)],
            }
        )

    frames = [visits(300, texts=True), visits(300, texts=False), visits(300, texts=True)]
    reports = verified(frames)
    assert all(report.verified.all() and report.quality > 0.9 for report in reports)
    frames[2]["day"] = "2024-03-01"
    assert verified(frames)[2].quality < 0.1


def test_a_hundred_columns_some_constant():
    rng = np.random.default_rng(7)
    frames = [pd.DataFrame(rng.normal(size=(60, 100))).assign(one=1, gone=np.nan) for _ in range(3)]
    frames[1].loc[:, 50] = rng.exponential(5, 60)
    reports = verified(frames)
    assert [report.quality == 1.0 for report in reports] == [True, False, True]
    assert all(report.verified_rows == 60 for report in (reports[0], reports[2]))


def test_the_same_generator_gives_the_same_reports():
    frames = clinics(80, 80, 80)
    once, again = (verified(frames, seed=5) for _ in range(2))
    assert [verification_document(report) for report in once] == [
        verification_document(report) for report in again
    ]


def test_inputs_are_left_as_they_are():
    frames = clinics(50, 50, 50)
    before = [frame.copy() for frame in frames]
    verified(frames)
    for frame, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_bad_calls_are_named():
    frames = clinics(10, 10)
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="one for each of the 2 tables"):
        verify(frames, ["a"], rng=rng)
    with pytest.raises(InputError, match="'a' more than once"):
        verify(frames, ["a", "a"], rng=rng)
    with pytest.raises(InputError, match="permutations: got 5"):
        verify(frames, ["a", "b"], rng=rng, permutations=5)
