"""Alone, pool-and-share, and the quota: what is released, what it costs, who cheats."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.sharing.mechanisms.pooling import PoolAndShare, Quota, WorkingAlone
from fairpool.sharing.terms import SharingTerms
from oracles.sharing_quadrature import within

terms = st.builds(
    lambda m, sigma, alone, d: SharingTerms(m, sigma, d * sigma**2 / alone**2, d),
    st.integers(2, 60),
    st.floats(0.01, 100),
    st.floats(0.3, 300),
    st.integers(1, 20),
)


def mechanisms(terms):
    quotas = (Quota.of(terms, fabrication=fabrication) for fabrication in (True, False))
    return [WorkingAlone.of(terms), PoolAndShare.of(terms), *quotas]


@given(terms)
def test_plans(terms):
    """n = a alone, a/sqrt(m) together; penalties 2 sigma sqrt(d c) and that over sqrt(m); who is truthful."""
    alone, pool, quota, restricted = (one.plan() for one in mechanisms(terms))
    m, d = terms.agents, terms.coordinates
    assert alone.samples == pytest.approx(terms.sigma * math.sqrt(d / terms.cost))
    assert alone.penalty == pytest.approx(2 * terms.sigma * math.sqrt(d * terms.cost))
    assert alone.ratio == pytest.approx(math.sqrt(m))
    for plan in (pool, quota, restricted):
        assert plan.samples == pytest.approx(alone.samples / math.sqrt(m))
        assert plan.penalty == pytest.approx(alone.penalty / math.sqrt(m))
        assert plan.ratio == pytest.approx(1)
    assert [one.truthful for one in (alone, pool, quota, restricted)] == [True, False, False, True]
    assert all(one.alpha is None for one in (alone, pool, quota, restricted))


@given(terms, st.just(0.0) | st.floats(0.001, 3))
def test_penalties_by_hand(terms, part):
    """d sigma^2/(t + others) + c t."""
    alone, pool, quota, restricted = mechanisms(terms)
    d, variance, n, m = terms.coordinates, terms.sigma**2, terms.samples_at_optimum, terms.agents
    t = part * n
    shared = d * variance / (t + (m - 1) * n) + terms.cost * t
    kept = d * variance / t + terms.cost * t if t > 0 else math.inf
    assert pool.expected_penalty(t) == pytest.approx(shared)
    assert quota.expected_penalty(t) == pytest.approx(shared)
    assert alone.expected_penalty(t) == pytest.approx(kept)
    assert restricted.expected_penalty(t) == pytest.approx(shared if part >= 1 else kept)


@given(terms)
def test_whole_quota(terms):
    """The better of the whole numbers beside n*; one row at least."""
    n = terms.samples_at_optimum
    for fabrication in (True, False):
        whole = Quota.of(terms, fabrication=fabrication).whole()
        beside = {max(1, math.floor(n)), math.ceil(n)}
        d, variance, m = terms.coordinates, terms.sigma**2, terms.agents
        assert whole.samples in beside
        assert whole.fabrication == fabrication
        assert whole.plan().penalty == pytest.approx(
            min(d * variance / (m * k) + terms.cost * k for k in beside)
        )


SIZES = [[3, 0, 5], [0, 0, 0], [4, 4, 4], [2, 0, 0]]


@pytest.mark.parametrize("sizes", SIZES)
def test_what_is_released(sizes):
    """Nothing, everything, or everything to whoever meets the quota of 4 rows."""
    terms = SharingTerms(3, 2.0, 0.01, 2)
    rng = np.random.default_rng(1)
    rows = [rng.normal(size=(size, 2)) for size in sizes]
    quota = Quota(terms, 4.0, fabrication=False)
    for mechanism in (WorkingAlone.of(terms), PoolAndShare.of(terms), quota):
        for i, release in enumerate(mechanism.release(rows, rng=rng)):
            others = np.concatenate(rows[:i] + rows[i + 1 :])
            nothing = mechanism == WorkingAlone.of(terms) or (mechanism == quota and sizes[i] < 4)
            np.testing.assert_array_equal(release.clean, others[:0] if nothing else others)
            assert release.corrupted.shape == (0, 2)
            assert release.noise_variance.tolist() == [0, 0]
            known = np.concatenate((rows[i], release.clean))
            estimate = mechanism.estimate(rows[i], release)
            if len(known):
                np.testing.assert_allclose(estimate.mean, known.mean(axis=0))
                np.testing.assert_allclose(estimate.standard_error, 2.0 / np.sqrt(len(known)))
            else:
                assert np.isnan([*estimate.mean, *estimate.standard_error]).all()


def test_a_quota_that_is_whole_but_for_the_last_bit():
    """n* = sigma/sqrt(c m) = 3, say, computed as 3.0000000000000004: three rows are enough."""
    for m in (3, 5, 7, 10):
        for n in (1, 2, 3, 6, 12, 30):
            quota = Quota.of(SharingTerms(m, 1.0, 1 / (m * n**2)), fabrication=False)
            releases = quota.release([np.ones(n)] * m, rng=np.random.default_rng(0))
            assert [len(one.clean) for one in releases] == [(m - 1) * n] * m, (m, n)
            assert quota.expected_penalty(n) == pytest.approx(quota.plan().penalty), (m, n)


def test_errors_of_real_rounds():
    """5 agents of 8 rows, 4000 coordinates: errors as the plan says, within 4 standard errors."""
    terms = SharingTerms(5, 2.0, 4000 * 4 / (5 * 64), 4000)
    rng = np.random.default_rng(6)
    rows = [rng.normal(3.0, 2.0, size=(8, 4000)) for _ in range(5)]
    for mechanism, samples in [
        (WorkingAlone.of(terms), 8),
        (PoolAndShare.of(terms), 8),
        (Quota(terms, 8), 8),
    ]:
        releases = mechanism.release(rows, rng=rng)
        errors = (mechanism.estimate(rows[0], releases[0]).mean - 3.0) ** 2
        assert within(errors, (mechanism.expected_penalty(samples) - terms.cost * samples) / 4000)


def test_made_up_rows_meet_the_quota():
    """A free rider submits noise, leaves it out of its own estimate, and pays nothing: the others pay for it."""
    terms = SharingTerms(4, 1.0, 2000 / 400, 2000)
    quota = Quota.of(terms, fabrication=True)
    rng = np.random.default_rng(7)
    rows = [rng.normal(3.0, 1.0, size=(10, 2000)) for _ in range(4)]
    rows[0] = rng.normal(-50.0, 1.0, size=(10, 2000))
    releases = quota.release(rows, rng=rng)
    rider = quota.estimate([], releases[0])
    assert within((rider.mean - 3.0) ** 2, quota.expected_penalty(0.0) / 2000)
    assert quota.expected_penalty(0.0) < quota.plan().penalty
    assert np.abs(quota.estimate(rows[1], releases[1]).mean - 3.0).min() > 10
