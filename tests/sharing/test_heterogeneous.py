"""Releases to agents with different costs on real numbers, and attacks on them.

Distributions are independent rounds, so one release for thousands of copies of a distribution is how errors are
simulated.  The plan in `ROUND` has every case: one agent of V_k, four that are checked, one that only receives; in
`LONE` only the cheapest agent collects.  All errors are judged by 4 of their standard errors.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ks_2samp

from fairpool.ground.errors import InputError
from fairpool.sharing.bargaining.baseline import Objective
from fairpool.sharing.enforcement.enforcement import Role, enforceable_in_whole
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from oracles import heterogeneous as oracle
from oracles.sharing_quadrature import within

SIGMA = 2.0
ALONE = 24.0  # sigma/sqrt(c) of the agents of ROUND
PLANNED = np.array([[14.0], [3.0], [5.0], [5.0], [8.0], [0.0]])
ROLES = ["ALONE", "CHECKED", "CHECKED", "CHECKED", "CHECKED", "GETS_MEAN"]
MEAN = 3.7


def mechanism_of(planned, costs, copies=1):
    """The mechanism for ``copies`` of the distributions of this plan in whole samples."""
    start = Heterogeneous.of(costs, SIGMA)
    costs = np.tile(costs, (1, copies))
    return replace(
        start, costs=costs, enforced=enforceable_in_whole(np.tile(planned, (1, copies)), costs, SIGMA)
    )


def round_of(copies=1):
    return mechanism_of(PLANNED, np.full((6, 1), (SIGMA / ALONE) ** 2), copies)


def lone_of(copies=1):
    """Nobody plans anything: agent 2 is the cheapest and collects for all."""
    costs = (SIGMA / np.array([[5.0], [9.0], [np.nan], [4.0]])) ** 2
    return mechanism_of(np.zeros((4, 1)), np.where(np.isnan(costs), np.inf, costs), copies)


def honest_rows(mechanism, rng, mean=MEAN):
    """Submissions of all agents as planned: for every agent and distribution an array of samples."""
    return [
        [mean + SIGMA * rng.standard_normal(int(n)) for n in amounts]
        for amounts in mechanism.enforced.samples
    ]


def names(mechanism):
    return [Role(one).name for one in mechanism.enforced.roles[:, 0]]


def test_the_round_has_every_case():
    assert names(round_of()) == ROLES
    assert names(lone_of()) == ["GETS_MEAN", "COLLECTS_FOR_ALL", "GETS_MEAN", "GETS_MEAN"]
    np.testing.assert_array_equal(round_of().enforced.samples[:, 0], [24, 3, 5, 5, 8, 0])


@pytest.mark.parametrize("make", [round_of, lone_of])
def test_honest_errors_are_the_penalties_less_the_cost(make):
    """Mean squared error of what is released, and of its standard error, for every role."""
    mechanism = make(2500)
    rng = np.random.default_rng(11)
    released = mechanism.release(honest_rows(mechanism, rng), rng=rng)
    plan, costs = mechanism.enforced, np.where(np.isinf(mechanism.costs), 0.0, mechanism.costs)
    errors = plan.penalties_by_distribution()[:, 0] - costs[:, 0] * plan.samples[:, 0]
    for one, expected in zip(released, errors, strict=True):
        squared = (one.mean - MEAN) ** 2
        assert within(squared, expected)
        assert within(one.mean - MEAN, 0.0)
        assert within(squared - one.standard_error**2, 0.0)


def test_releases_are_those_of_the_loop():
    """Estimate and noise variance of every agent have the distribution of the row-by-row mechanism's."""
    mechanism = round_of(1200)
    plan, rng = mechanism.enforced, np.random.default_rng(5)
    released = mechanism.release(honest_rows(mechanism, rng), rng=rng)
    for i, role in enumerate(ROLES):
        n, alpha = int(plan.samples[i, 0]), plan.alpha[i, 0]
        loop = []
        for _ in range(1200):
            rows = [MEAN + SIGMA * rng.standard_normal(int(one)) for one in plan.samples[:, 0]]
            loop.append(oracle.released_estimate(rows, i, role, n, alpha, SIGMA, rng))
        estimates, noise = np.array(loop).T
        assert ks_2samp(estimates, released[i].mean).pvalue > 1e-3
        if role == oracle.CHECKED:
            assert ks_2samp(noise, released[i].noise_variance).pvalue > 1e-3
            assert within(released[i].noise_variance / (alpha * SIGMA) ** 2, 2 / n)
        else:
            np.testing.assert_array_equal(released[i].noise_variance, 0.0)
            np.testing.assert_array_equal(released[i].weight, 1.0)


def test_weight_and_standard_error_belong_to_the_noise():
    """1/(1 + eta^2/sigma^2), and sigma over the root of what the rows count for."""
    mechanism = round_of(50)
    rng = np.random.default_rng(2)
    released = mechanism.release(honest_rows(mechanism, rng), rng=rng)
    total = mechanism.enforced.totals[0]
    for one, n, role in zip(released, mechanism.enforced.samples[:, 0], ROLES, strict=True):
        if role == oracle.CHECKED:
            np.testing.assert_allclose(one.weight, 1 / (1 + one.noise_variance / SIGMA**2), rtol=1e-12)
            count = 2 * n + (total - 2 * n) * one.weight
            np.testing.assert_allclose(one.standard_error, SIGMA / np.sqrt(count), rtol=1e-12)
        else:
            count = n if role == oracle.ALONE else total
            np.testing.assert_allclose(one.standard_error, SIGMA / math.sqrt(count), rtol=1e-12)


def test_means_without_noise_are_plain_means():
    """V_k keeps its own, receivers get all the others', and in the fallback everybody the cheapest agent's."""
    rng = np.random.default_rng(3)
    rows = honest_rows(round_of(), rng)
    released = round_of().release(rows, rng=rng)
    assert released[0].mean[0] == pytest.approx(rows[0][0].mean(), rel=1e-14)
    assert released[5].mean[0] == pytest.approx(
        np.concatenate([one[0] for one in rows[:5]]).mean(), rel=1e-14
    )
    lone = honest_rows(lone_of(), rng)
    for one in lone_of().release(lone, rng=rng):
        assert one.mean[0] == pytest.approx(lone[1][0].mean(), rel=1e-14)


def test_the_recommended_estimate_is_what_was_released():
    rng = np.random.default_rng(3)
    rows = honest_rows(round_of(4), rng)
    for own, one in zip(rows, round_of(4).release(rows, rng=rng), strict=True):
        estimate = round_of(4).estimate(own, one)
        np.testing.assert_array_equal(estimate.mean, one.mean)
        np.testing.assert_array_equal(estimate.standard_error, one.standard_error)


def test_unequal_submissions_are_used_as_they_come():
    """Twice as many rows as planned, or one: every row counts; too few rows of the others are all clean."""
    mechanism = round_of(1500)
    rng = np.random.default_rng(8)
    plan = mechanism.enforced
    amounts = [30, 1, 10, 4, 2, 3]
    rows = [[MEAN + SIGMA * rng.standard_normal(n) for _ in range(1500)] for n in amounts]
    released = mechanism.release(rows, rng=rng)
    assert within((released[0].mean - MEAN) ** 2, SIGMA**2 / 30)
    assert within((released[5].mean - MEAN) ** 2, SIGMA**2 / 47)
    for i in range(1, 5):
        t, n = amounts[i], plan.samples[i, 0]
        expected = oracle.errors(t, n, 50 - t - n, plan.alpha[i, 0], sigma=SIGMA)
        assert within((released[i].mean - MEAN) ** 2, float(expected))
    few = [[[]], [[]], [[1.0]], [[]], [[2.0, 6.0]], [[]]]
    given = round_of().release(few, rng=rng)
    assert given[2].mean[0] == pytest.approx(3.0)
    assert given[2].standard_error[0] == pytest.approx(SIGMA / math.sqrt(3))


def test_whoever_submits_nothing_when_asked_gets_nothing():
    """nan in every field; a receiver gets nothing only if the others have nothing."""
    rng = np.random.default_rng(0)
    rows = honest_rows(round_of(), rng)
    for i in range(5):
        without = [[np.array([])] if j == i else one for j, one in enumerate(rows)]
        released = round_of().release(without, rng=rng)
        fields = np.array([(o.mean, o.standard_error, o.noise_variance, o.weight) for o in released])
        assert np.isnan(fields[i]).all()
        assert np.isfinite(np.delete(fields, i, axis=0)).all()
    nobody = round_of().release([[[]]] * 6, rng=rng)
    assert np.isnan([one.mean[0] for one in nobody]).all()
    only = round_of().release([[[]]] * 5 + [[[1.0]]], rng=rng)
    assert np.isnan([one.mean[0] for one in only]).all()
    no_collector = lone_of().release([[[1.0]], [[]], [[1.0]], [[1.0]]], rng=rng)
    assert np.isnan([one.mean[0] for one in no_collector]).all()


def test_unsolicited_samples_are_ignored_where_one_agent_collects():
    """Whatever the others send, and however much."""
    rows = honest_rows(lone_of(3), np.random.default_rng(0))
    junk = [one if i == 1 else [np.full(9, 1e9)] * 3 for i, one in enumerate(rows)]
    before = lone_of(3).release(rows, rng=np.random.default_rng(1))
    after = lone_of(3).release(junk, rng=np.random.default_rng(1))
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one.mean, other.mean)


def test_seeds_reproduce_and_differ():
    rows = honest_rows(round_of(3), np.random.default_rng(0))
    one, same, other = (
        np.array([r.mean for r in round_of(3).release(rows, rng=np.random.default_rng(seed))])
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one[1:5] != other[1:5]).all()


@pytest.mark.parametrize("meddler", range(6))
def test_distributions_do_not_touch_each_other(meddler):
    """Whatever any agent sends for one distribution, its own included, releases for the others stay the same."""
    rows = honest_rows(round_of(3), np.random.default_rng(0))
    changed = [list(one) for one in rows]
    changed[meddler][1] = np.full(17, -50.0)
    before = np.array([r.mean for r in round_of(3).release(rows, rng=np.random.default_rng(1))])
    after = np.array([r.mean for r in round_of(3).release(changed, rng=np.random.default_rng(1))])
    np.testing.assert_array_equal(before[:, [0, 2]], after[:, [0, 2]])
    assert (before[:, 1] != after[:, 1]).any()


def test_a_receiver_gains_nothing_by_submitting():
    """Agent 6 is asked for nothing; what it sends changes what the others get, not what it gets."""
    rows = honest_rows(round_of(3), np.random.default_rng(0))
    generous = [*rows[:5], [np.full(40, MEAN)] * 3]
    before = round_of(3).release(rows, rng=np.random.default_rng(1))[5]
    after = round_of(3).release(generous, rng=np.random.default_rng(1))[5]
    np.testing.assert_array_equal(before.mean, after.mean)


# Attacks: (samples collected, what is submitted for them).  The attacker is agent 3, planned n = 5.
ATTACKS = {
    "collect less": (3, lambda x, _: x),
    "collect one": (1, lambda x, _: x),
    "collect more": (10, lambda x, _: x),
    "pad with copies": (3, lambda x, _: np.resize(x, 6)),
    "pad a thousand times": (2, lambda x, _: np.tile(x, 1000)),
    "one row, the mean": (5, lambda x, _: x[:1] * 0 + x.mean()),
    "fabricate from own fit": (3, lambda x, r: np.append(x, x.mean() + SIGMA * r.standard_normal(2))),
    "fabricate all from own fit": (3, lambda x, r: x.mean() + SIGMA * r.standard_normal(5)),
    "shift": (5, lambda x, _: x + SIGMA),
    "shift far": (5, lambda x, _: x + 1e6 * SIGMA),
    "noise": (5, lambda x, r: x + SIGMA * r.standard_normal(5)),
    "scale": (5, lambda x, _: 0.9 * x),
    "shrink": (2, lambda x, _: np.append(x, np.zeros(3))),
    "withhold part": (5, lambda x, _: x[:2]),
    "withhold of more": (10, lambda x, _: x[:5]),
    "a guess": (0, lambda _x, _r: np.zeros(5)),
}
MEANS = (0.0, 3 * SIGMA, 50 * SIGMA)
ATTACKER = 2


def losses(collected, report, mean, copies, seed):
    """Penalties of the attacker, which undoes its own report in the mean it is given and weighs its samples in.

    With t samples of its own and a released mean over Y, Z and Z': the others' part is known, as the standard error
    tells the sum of the weights.
    """
    mechanism = round_of(copies)
    rng, secret = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    rows = honest_rows(mechanism, rng, mean)
    own = [mean + SIGMA * secret.standard_normal(20)[:collected] for _ in range(copies)]
    submitted = [report(x, secret) for x in own]
    rows[ATTACKER] = submitted
    given = mechanism.release(rows, rng=rng)[ATTACKER]
    weights = (SIGMA / given.standard_error) ** 2
    sent, count = np.array([y.sum() for y in submitted]), np.array([len(y) for y in submitted])
    others = given.mean * weights - sent
    estimate = (np.array([x.sum() for x in own]) + others) / (weights - count + collected)
    return (estimate - mean) ** 2 + mechanism.costs[0, 0] * collected


@pytest.mark.long
@pytest.mark.parametrize("name", ATTACKS)
def test_no_attack_gains(name):
    """The worst mean of three is never better than honesty by more than 4 standard errors of the difference."""
    copies = 2500
    honest = round_of().enforced.penalties_by_distribution()[ATTACKER, 0]
    worst = max((losses(*ATTACKS[name], mean, copies, 77) for mean in MEANS), key=lambda found: found.mean())
    assert worst.mean() >= honest - 4 * worst.std(ddof=1) / math.sqrt(copies)


def test_the_attackers_bookkeeping_is_right():
    """An honest attacker finds its own release, and its penalty is the plan's."""
    honest = losses(5, lambda x, _: x, MEAN, 1500, 4)
    assert within(honest, round_of().enforced.penalties_by_distribution()[ATTACKER, 0])


def test_shrinking_looks_good_at_zero_and_is_ruinous_elsewhere():
    """Twenty zeros made up at no cost, and the mean that comes back taken as it is: the sup over true means decides."""
    honest = round_of().enforced.penalties_by_distribution()[ATTACKER, 0]
    worth = []
    for mean in (0.0, 50 * SIGMA):
        rows = honest_rows(round_of(1200), np.random.default_rng(9), mean)
        rows[ATTACKER] = [np.zeros(20)] * 1200
        given = round_of(1200).release(rows, rng=np.random.default_rng(9))[ATTACKER]
        worth.append((given.mean - mean) ** 2)
    near, far = worth
    assert near.mean() < honest - 4 * near.std() / math.sqrt(1200)
    assert far.mean() > 1000 * honest


def test_a_guess_is_worth_the_clean_samples():
    """Without a sample the best that can be had at a far true mean is what came clean, sigma^2/n; and that loses."""
    found = losses(*ATTACKS["a guess"], 50 * SIGMA, 1200, 9)
    assert within(found, SIGMA**2 / 5)
    assert found.mean() > round_of().enforced.penalties_by_distribution()[ATTACKER, 0]


def test_nothing_submitted_is_working_alone():
    """The attacker is given nothing, so it collects for itself, and has more to bear than in the mechanism."""
    mechanism = round_of()
    rows = honest_rows(mechanism, np.random.default_rng(0))
    rows[ATTACKER] = [[]]
    assert np.isnan(mechanism.release(rows, rng=np.random.default_rng(0))[ATTACKER].mean[0])
    alone = oracle.alone(mechanism.costs[ATTACKER, 0], SIGMA)
    assert mechanism.enforced.penalties_by_distribution()[ATTACKER, 0] < alone


@pytest.mark.parametrize(
    ("costs", "sigma", "message"),
    [
        ([[1.0], [-1.0]], 1.0, r"agent 2, distribution 1: got -1.0, expected a number above 0"),
        ([[1.0, 0.0], [1.0, 1.0]], 1.0, r"agent 1, distribution 2: got 0.0, expected a number above 0"),
        ([[1.0], [np.nan]], 1.0, r"agent 2, distribution 1: got nan"),
        ([[1.0], [-np.inf]], 1.0, r"agent 2, distribution 1: got -inf"),
        (
            [[1.0, np.inf], [1.0, np.inf]],
            1.0,
            r"distribution 2: every cost is infinite, expected an agent that can",
        ),
        ([1.0, 1.0], 1.0, r"got an array of 1 dimensions, expected a row an agent"),
        ([[1.0, 1.0]], 1.0, r"got 1 agents and 2 distributions, expected at least 2 and 1"),
        (np.empty((3, 0)), 1.0, r"got 3 agents and 0 distributions"),
        ([[1.0], [1.0]], 0.0, r"sigma: got 0.0, expected a finite number above 0"),
        ([[1.0], [1.0]], np.inf, r"sigma: got inf"),
        ([[1.0], [1.0]], np.nan, r"sigma: got nan"),
    ],
)
@pytest.mark.parametrize("objective", Objective)
def test_costs_that_make_no_instance(costs, sigma, message, objective):
    with pytest.raises(InputError, match=message):
        Heterogeneous.of(costs, sigma, objective=objective)


@pytest.mark.parametrize("costs", [[[1.0, 2.0], [1.0]], [["a"], ["b"]], None])
def test_costs_that_are_no_table_of_numbers(costs):
    with pytest.raises(InputError, match="costs"):
        Heterogeneous.of(costs, 1.0)


@pytest.mark.parametrize(
    ("submissions", "message"),
    [
        ([[[1.0]]] * 5, "submissions: got 5, expected 6"),
        ([[[1.0], [2.0]]] + [[[1.0]]] * 5, "agent 1: got samples of 2 distributions, expected 1"),
        ([[[1.0]]] * 5 + [[[np.nan]]], "agent 6, distribution 1: got nan in row 1"),
        ([[[1.0]], [[2.0, np.inf]]] + [[[1.0]]] * 4, "agent 2, distribution 1: got inf in row 2"),
        ([[[[1.0, 2.0]]]] + [[[1.0]]] * 5, r"agent 1, distribution 1: got rows of shape \(1, 2\)"),
        ([[["x"]]] + [[[1.0]]] * 5, "agent 1, distribution 1"),
    ],
)
def test_submissions_that_cannot_be_used(submissions, message):
    with pytest.raises(InputError, match=message):
        round_of().release(submissions, rng=np.random.default_rng(0))
