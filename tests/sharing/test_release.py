"""Releases of real rows: which rows, how much noise, whose chance; and what is wrong with a submission is said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from fairpool.ground.errors import InputError
from fairpool.sharing.mechanisms.bounded_variance import BoundedVariance
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.release import Release, weighted_estimate
from fairpool.sharing.terms import SharingTerms


def mechanism(agents, *, clean=2, alpha=1.7, coordinates=1, sigma=2.0):
    return C3D(SharingTerms(agents, sigma, 0.01, coordinates), 3.0, clean, alpha)


def rows_of(sizes, d, *, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(size, d)) for size in sizes]


def released(sizes, *, d=1, seed=0, **options):
    """Submissions and releases."""
    rows = rows_of(sizes, d)
    c3d = mechanism(len(sizes), coordinates=d, **options)
    return rows, c3d.release(rows, rng=np.random.default_rng(seed))


def others_of(rows, i):
    return np.concatenate([one for j, one in enumerate(rows) if j != i])


def as_set(rows):
    return sorted(map(tuple, rows))


sizes_of_submissions = st.lists(st.integers(0, 6), min_size=2, max_size=6)


@given(sizes_of_submissions, st.integers(1, 3), st.integers(0, 9), st.integers(0, 99))
def test_rows_of_a_release(sizes, d, clean, seed):
    """Clean rows are others' rows, each at most once; with no noise, all rows together are the others' rows."""
    rows, releases = released(sizes, d=d, clean=clean, seed=seed)
    _, noiseless = released(sizes, d=d, clean=clean, seed=seed, alpha=0.0)
    for i, (release, twin) in enumerate(zip(releases, noiseless, strict=True)):
        others = others_of(rows, i)
        if len(rows[i]) == 0 or len(others) == 0:
            assert release.clean.shape == release.corrupted.shape == (0, d)
            continue
        assert release.clean.shape == (min(len(others), max(1, clean)), d)
        assert len(release.clean) + len(release.corrupted) == len(others)
        assert set(as_set(release.clean)) <= set(as_set(others))
        np.testing.assert_array_equal(release.clean, twin.clean)
        assert as_set(np.concatenate((twin.clean, twin.corrupted))) == as_set(others)


@given(sizes_of_submissions, st.integers(1, 3), st.floats(0.1, 10))
def test_noise_variance_and_weight(sizes, d, alpha):
    """eta^2 = alpha^2 (mean(Y_i) - mean(Z_i))^2 per coordinate; weight 1/(1 + eta^2/sigma^2), or 1/3 for any data."""
    rows, releases = released(sizes, d=d, alpha=alpha)
    bounded = BoundedVariance(SharingTerms(len(sizes), 2.0, 0.01, d), 2.0)
    for own, release in zip(rows, releases, strict=True):
        if len(release.clean):
            expected = alpha**2 * (np.mean(own, axis=0) - np.mean(release.clean, axis=0)) ** 2
            np.testing.assert_allclose(release.noise_variance, expected)
            np.testing.assert_allclose(release.weight, 1 / (1 + expected / 4))
    if bounded.alpha is not None:
        for own, release in zip(rows, bounded.release(rows, rng=np.random.default_rng(0)), strict=True):
            if len(release.clean):
                expected = 2.0 * (np.mean(own, axis=0) - np.mean(release.clean, axis=0)) ** 2
                np.testing.assert_allclose(release.noise_variance, expected)
                assert release.weight.tolist() == [1 / 3] * d


def test_noise_is_normal_and_independent():
    """In units of eta: no pattern across rows, coordinates or agents."""
    _, releases = released([20] * 4, d=200, clean=5)
    _, noiseless = released([20] * 4, d=200, clean=5, alpha=0.0)
    noise = np.array(
        [
            (one.corrupted - twin.corrupted) / np.sqrt(one.noise_variance)
            for one, twin in zip(releases, noiseless, strict=True)
        ]
    )
    assert noise.shape == (4, 55, 200)
    assert kstest(noise.ravel(), "norm").pvalue > 1e-3
    for shifted in (noise[1:] * noise[:-1], noise[:, 1:] * noise[:, :-1], noise[..., 1:] * noise[..., :-1]):
        assert abs(shifted.mean()) < 4 / np.sqrt(shifted.size)


def test_every_row_is_as_likely_to_be_clean():
    """12 rows of others, 4 clean: each in a third of 3000 draws, wherever it stands and whosever it is."""
    rows = [np.array([0.5]), np.arange(1.0, 3.0), np.arange(3.0, 13.0)]
    c3d, rng = mechanism(3, clean=4), np.random.default_rng(5)
    counts = np.zeros(13)
    for _ in range(3000):
        counts[c3d.release(rows, rng=rng)[0].clean[:, 0].astype(int)] += 1
    assert counts[0] == 0
    assert np.abs(counts[1:] / 3000 - 1 / 3).max() < 4 * math.sqrt(2 / 9 / 3000)


def test_a_release_comes_back_from_its_seed():
    """The same seed gives the same, another seed another; a second round of one generator is a new draw."""
    rows, first = released([4, 5, 3])
    for again, same in [(released([4, 5, 3])[1], True), (released([4, 5, 3], seed=1)[1], False)]:
        for one, other in zip(first, again, strict=True):
            assert np.array_equal(one.corrupted, other.corrupted) == same
    rng = np.random.default_rng(0)
    rounds = [mechanism(3).release(rows, rng=rng) for _ in range(2)]
    assert np.array_equal(rounds[0][0].corrupted, first[0].corrupted)
    assert not np.array_equal(rounds[1][0].corrupted, first[0].corrupted)


@given(
    st.lists(st.integers(0, 4), min_size=3, max_size=3), st.lists(st.integers(0, 4), min_size=3, max_size=3)
)
def test_chance_of_an_agent_is_its_own(cuts, other_cuts):
    """The first agent's release depends on the others' rows, not on who of them brought which, or nothing at all."""
    pooled, own = np.arange(12.0), [np.array([0.3, 5.0])]
    one, other = (np.split(pooled, np.cumsum(sizes)) for sizes in (cuts, other_cuts))
    c3d = mechanism(5, clean=3)
    first, second = (c3d.release(own + rows, rng=np.random.default_rng(9))[0] for rows in (one, other))
    np.testing.assert_array_equal(first.clean, second.clean)
    np.testing.assert_array_equal(first.corrupted, second.corrupted)


def test_own_rows_count_by_their_mean_only():
    """In another order, or all at their mean: the same release (so fabricating around the mean changes nothing)."""
    rows = rows_of([5, 6, 7], 2)
    c3d = mechanism(3, coordinates=2)
    releases = [
        c3d.release([own, *rows[1:]], rng=np.random.default_rng(4))[0]
        for own in (rows[0], rows[0][::-1], np.tile(rows[0].mean(axis=0), (50, 1)))
    ]
    for release in releases[1:]:
        np.testing.assert_array_equal(release.clean, releases[0].clean)
        np.testing.assert_allclose(release.corrupted, releases[0].corrupted, rtol=1e-9)


def test_releases_are_copies_and_submissions_stay_as_they_are():
    rows = rows_of([4, 4, 4], 1)
    before = [one.copy() for one in rows]
    for release in mechanism(3).release(rows, rng=np.random.default_rng(0)):
        release.clean[:] = release.corrupted[:] = np.nan
    for one, old in zip(rows, before, strict=True):
        np.testing.assert_array_equal(one, old)


def test_lists_of_numbers_are_rows_of_one_coordinate():
    rows, releases = released([3, 0, 4])
    again = mechanism(3).release([one[:, 0].tolist() for one in rows], rng=np.random.default_rng(0))
    for one, other in zip(releases, again, strict=True):
        np.testing.assert_array_equal(one.corrupted, other.corrupted)


@given(st.integers(0, 4), st.integers(0, 5), st.integers(0, 9), st.floats(0, 30), st.floats(0.01, 5))
def test_no_weight_is_better_than_the_recommended(own, clean, corrupted, noise, weight):
    """The standard error is least at 1/(1 + eta^2/sigma^2); no rows at all make nan."""
    variance = np.array([2.0])

    def at(weight):
        parts = (np.full((size, 1), 3.0) for size in (clean, corrupted))
        release = Release(*parts, np.array([noise]), np.array([weight]))
        return weighted_estimate(np.full((own, 1), 3.0), release, variance=variance)

    best = at(1 / (1 + noise / 2.0))
    if own + clean + corrupted == 0:
        assert np.isnan(best.mean)
        assert np.isnan(best.standard_error)
    else:
        assert best.mean == pytest.approx(3.0)
        assert best.standard_error <= at(weight).standard_error * (1 + 1e-12)
        precision = (own + clean) / 2.0 + corrupted / (2.0 + noise)
        assert best.standard_error == pytest.approx(precision**-0.5)


WRONG_TERMS = [
    ({"agents": 1}, "agents: got 1, expected a whole number from 2 on"),
    ({"agents": -3}, "agents: got -3"),
    ({"coordinates": 0}, "coordinates: got 0, expected a whole number from 1 on"),
    ({"sigma": 0.0}, "sigma: got 0.0, expected a positive number"),
    ({"sigma": -1.0}, "sigma: got -1.0"),
    ({"sigma": math.nan}, "sigma: got nan"),
    ({"sigma": math.inf}, "sigma: got inf"),
    ({"cost": 0.0}, "cost: got 0.0, expected a positive number"),
    ({"cost": -2.0}, "cost: got -2.0"),
    ({"cost": math.nan}, "cost: got nan"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG_TERMS)
def test_terms_that_make_no_sense(wrong, message):
    with pytest.raises(InputError) as caught:
        SharingTerms(**{"agents": 5, "sigma": 1.0, "cost": 0.1} | wrong)
    assert message in str(caught.value)


WRONG_SUBMISSIONS = [
    ([[1.0, 2.0]] * 2, 1, "submissions: got 2, expected 3"),
    ([[1.0], [2.0, math.nan], [3.0]], 1, "agent 2: got nan in row 2, coordinate 1, expected a finite number"),
    ([[1.0], [2.0], [math.inf]], 1, "agent 3: got inf in row 1, coordinate 1"),
    ([[[1.0, 2.0]], [[1.0, math.nan]], [[1.0, 2.0]]], 2, "agent 2: got nan in row 1, coordinate 2"),
    ([[[1.0, 2.0]], [[1.0, 2.0, 3.0]], []], 2, "agent 2: got rows of shape (1, 3), expected (rows, 2)"),
    ([[1.0, 2.0], [], []], 2, "agent 1: got rows of shape (2, 1), expected (rows, 2)"),
    ([1.0, 2.0, 3.0], 1, "agent 1: got rows of shape ()"),
    ([[None], [1.0], [2.0]], 1, "agent 1: got nan in row 1"),
    ([["a"], [1.0], [2.0]], 1, "agent 1: "),
    ([[1.0], [[1.0, 2.0], [3.0]], [2.0]], 1, "agent 2: "),
]


@pytest.mark.parametrize(("submissions", "d", "message"), WRONG_SUBMISSIONS)
def test_submissions_that_make_no_sense(submissions, d, message):
    """The agent, the row and the coordinate are named; text and ragged rows, too, are the caller's to mend."""
    with pytest.raises(InputError) as caught:
        mechanism(3, coordinates=d).release(submissions, rng=np.random.default_rng(0))
    assert message in str(caught.value)


def test_own_rows_that_make_no_sense():
    c3d = mechanism(3)
    release = c3d.release([[1.0], [2.0], [3.0]], rng=np.random.default_rng(0))[0]
    with pytest.raises(InputError, match="own rows: got nan in row 2"):
        c3d.estimate([1.0, math.nan], release)
