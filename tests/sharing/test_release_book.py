"""The mediator's book: releasing again tells nobody more than releasing once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from fairpool.sharing import EstimateOnly, SharingTerms, plan_heterogeneous, run
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.release_book import ReleaseBook, secret_of_seed

NAMES = ("A", "B", "C", "D", "E", "F")
TERMS = SharingTerms(6, 1.0, 0.01)
MECHANISM = C3D.published(TERMS).whole()


def rows_of(sizes=(5, 4, 6, 5, 3, 5), *, d=1, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(size, d)) for size in sizes]


def a_book(seed=1):
    return ReleaseBook.new(NAMES, secret=secret_of_seed(seed))


def given_to(i, rows, book, mechanism=MECHANISM):
    return list(mechanism.releases(rows, book))[i]


def as_set(rows):
    return sorted(map(tuple, rows.tolist()))


def test_the_same_submissions_give_the_same_releases():
    """To the last bit, in whatever order an agent's file has its rows; another secret gives others."""
    rows, book = rows_of(), a_book()
    first, again = (list(MECHANISM.releases(rows, book)) for _ in range(2))
    shuffled = list(MECHANISM.releases([one[::-1] for one in rows], book))
    other = list(MECHANISM.releases(rows, a_book(2)))
    for i in range(6):
        for same in (again[i], shuffled[i]):
            assert np.array_equal(first[i].clean, same.clean)
            assert np.array_equal(first[i].corrupted, same.corrupted)
        assert not np.array_equal(first[i].corrupted, other[i].corrupted)


def test_averaging_over_releases_takes_no_noise_off():
    """Ten runs of the same files have one noise: the mean over them is as far from the rows as each."""
    rows, book = rows_of(), a_book()
    rows[0] = rows[0] + 3.0  # a liar, so that there is much noise
    runs = np.array([given_to(0, rows, book).corrupted for _ in range(10)])
    assert np.ptp(runs, axis=0).max() == 0.0
    fresh = [C3D.release(MECHANISM, rows, rng=np.random.default_rng(k))[0] for k in range(10)]
    assert np.std([one.corrupted.mean() for one in fresh]) > 0.1


def test_an_agent_that_hands_in_the_mean_of_its_clean_rows_is_given_what_it_was_given():
    """It knows them by then: without the book the second release would have no noise at all."""
    rows, book = rows_of(), a_book()
    rows[0] = rows[0] + 3.0
    first = given_to(0, rows, book)
    cheating = [np.full((5, 1), first.clean.mean()), *rows[1:]]
    second = given_to(0, cheating, book)
    assert np.array_equal(first.clean, second.clean)
    assert np.array_equal(first.corrupted, second.corrupted)
    assert np.array_equal(first.noise_variance, second.noise_variance)
    assert book.anew == {"A"}
    book.recorded[""].judged.clear()  # the same secret, and no memory
    unbound = given_to(0, cheating, book)
    assert unbound.noise_variance[0] < 1e-20


@given(
    st.lists(st.integers(0, 5), min_size=6, max_size=6),
    st.integers(1, 5),
    st.lists(st.integers(0, 4), max_size=3),
    st.integers(0, 3),
)
def test_another_agent_that_hands_in_anew_changes_nothing_about_the_others_rows(sizes, which, kept, more):
    """Whatever it keeps, drops and adds: rows that were given once stay clean, or keep their noise."""
    rows, book = rows_of(sizes), a_book()
    first = given_to(0, rows, book)
    some = sorted({k for k in kept if k < sizes[which]})
    anew = np.concatenate([rows[which][some], rows_of([more], seed=9)[0]])
    changed = [anew if i == which else one for i, one in enumerate(rows)]
    second = given_to(0, changed, book)
    if not len(first.clean) or not any(map(len, changed[1:])):
        return  # nothing is given
    gone = {float(x) for x in rows[which][[k for k in range(sizes[which]) if k not in some], 0]}
    assert set(as_set(second.clean)) == {one for one in as_set(first.clean) if one[0] not in gone}
    before, after = set(as_set(first.corrupted)), set(as_set(second.corrupted))
    assert len(before - after) <= len(gone)
    assert len(after - before) == more
    assert np.array_equal(first.noise_variance, second.noise_variance)


def test_equal_rows_have_noise_of_their_own():
    rows = [np.zeros((4, 1)), *([np.ones((6, 1))] * 5)]
    corrupted = given_to(0, rows, a_book()).corrupted
    assert len(np.unique(corrupted)) == len(corrupted)


def test_noise_is_normal_and_independent_between_agents():
    """In units of eta, for 6 agents and 200 columns: no pattern across rows, columns or agents."""
    d = 200
    c3d = C3D(SharingTerms(6, 1.0, 0.01, d), 20.0, 5.0, 1.7)
    rows = rows_of([20] * 6, d=d)
    plain = list(replace(c3d, alpha=0.0).releases(rows, a_book()))
    noisy = list(c3d.releases(rows, a_book()))
    noise = np.array(
        [
            (one.corrupted - twin.corrupted) / np.sqrt(one.noise_variance)
            for one, twin in zip(noisy, plain, strict=True)
        ]
    )
    assert noise.shape == (6, 95, d)
    assert kstest(noise.ravel(), "norm").pvalue > 1e-3
    for shifted in (noise[1:] * noise[:-1], noise[:, 1:] * noise[:, :-1], noise[..., 1:] * noise[..., :-1]):
        assert abs(shifted.mean()) < 4 / np.sqrt(shifted.size)


@pytest.mark.long
def test_every_row_is_as_likely_to_be_clean_under_a_secret_of_chance():
    """12 rows of others, 4 clean: each in a third of 3,000 books."""
    rows = [np.array([[0.5]]), np.arange(1.0, 3.0)[:, None], np.arange(3.0, 13.0)[:, None]]
    c3d, counts = C3D(SharingTerms(3, 2.0, 0.01), 3.0, 4.0, 1.7), np.zeros(13)
    for _ in range(3000):
        release = next(iter(c3d.releases(rows, ReleaseBook.new(["A", "B", "C"]))))
        counts[release.clean[:, 0].astype(int)] += 1
    assert counts[0] == 0
    assert np.abs(counts[1:] / 3000 - 1 / 3).max() < 4.5 * np.sqrt(2 / 9 / 3000)


def test_an_estimate_with_noise_is_given_once():
    """Its noise stays as it is, so whatever changed in it would show: who takes part, what anybody hands in."""
    mechanism, rows, book = EstimateOnly.of(TERMS), rows_of(), a_book()
    rows[0] = rows[0] + 5.0
    first = given_to(0, rows, book, mechanism)
    without = [one if i != 3 else one[:0] for i, one in enumerate(rows)]
    for later in ([rows[0] - 5.0, *rows[1:]], without, [rows[0], *(one + 1.0 for one in rows[1:])]):
        again = given_to(0, later, book, mechanism)
        assert np.array_equal(again.mean, first.mean)
        assert np.array_equal(again.noise_variance, first.noise_variance)


def test_one_agent_cannot_make_the_others_rows_one_row():
    """A file far off, or in another unit, does not set what counts as the same row."""
    rows = rows_of()
    rows[2] = 1e9 * (1.0 + rows[2])
    book = a_book()
    first = given_to(0, rows, book)
    again = given_to(0, [rows[0], *(one[::-1] for one in rows[1:])], book)
    assert np.array_equal(first.clean, again.clean)
    assert np.array_equal(first.corrupted, again.corrupted)


def test_different_costs_have_a_book_of_parts():
    """The same estimates again; and the first judgement of each distribution stays."""
    costs = [[0.01, 0.01]] * 6
    mechanism = plan_heterogeneous(costs, 1.0, "nash").whole()
    rng, book = np.random.default_rng(3), a_book()
    rows = [[rng.normal(size=int(n)) for n in asked] for asked in mechanism.enforced.samples]
    first = [outcome.release for outcome in run(mechanism, rows, rng=book)]
    again = [outcome.release for outcome in run(mechanism, rows, rng=book)]
    for one, same in zip(first, again, strict=True):
        assert np.array_equal(one.mean, same.mean, equal_nan=True)
    assert set(book.recorded) == {"0.", "1."}
    checked = np.isfinite(mechanism.enforced.alpha)
    assert checked.any()
    for k in range(2):
        assert set(book.recorded[f"{k}."].judged) == {NAMES[i] for i in np.flatnonzero(checked[:, k])}


def test_rows_written_again_with_other_digits_are_the_same_rows():
    """Whatever their size: what counts is a millionth of what an agent's rows span."""
    for centre, digits in ((0.0, 9), (1e6, 8)):
        rows, book = [centre + one for one in rows_of()], a_book()
        first = given_to(0, rows, book)
        again = given_to(0, [rows[0], *(np.round(one, digits) for one in rows[1:])], book)
        assert again.corrupted == pytest.approx(first.corrupted, abs=1e-5)
        assert again.clean == pytest.approx(first.clean, abs=1e-5)
        assert {name: len(known) for name, known in book.recorded[""].rows.items()} == {
            name: len(one) for name, one in zip(NAMES, rows, strict=True)
        }
