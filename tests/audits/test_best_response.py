"""Which plans are best responses, and by how much the others are not."""

from __future__ import annotations

import numpy as np
import pytest

from fairpool.audits.catalogue import deviations_of
from fairpool.audits.deviation import Deviation, Deviator
from fairpool.audits.finding import Finding
from fairpool.audits.sharing.equilibrium import best_response
from fairpool.audits.sharing.exact_response import ClosedForm, best_amount, exact_trials
from fairpool.audits.sharing.population import Draw, DrawnRows
from fairpool.audits.sharing.reports import AddNoise, Constant, Copy, Honest, PadKeepingMean, Scale, Shift
from fairpool.audits.sharing.simulation import compare
from fairpool.audits.sharing.strategies import Strategy, Weighing
from fairpool.audits.trial import Trial
from fairpool.ground.errors import InputError
from fairpool.sharing.mechanisms.bounded_variance import BoundedVariance
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.mechanisms.estimate_only import EstimateOnly
from fairpool.sharing.mechanisms.pooling import PoolAndShare, Quota, WorkingAlone
from fairpool.sharing.terms import SharingTerms

AGENTS = (5, 10, 100)


def terms(agents: int, samples: float = 20.3) -> SharingTerms:
    """sigma is 1; ``samples`` = n*."""
    return SharingTerms(agents, 1.0, 1 / (agents * samples**2))


def tried(mechanism: ClosedForm, *, runs: int = 10_000, **asked: object) -> Finding[Strategy]:
    return best_response(mechanism, runs=runs, rng=np.random.default_rng(4), **asked)


def truthful(agreed: SharingTerms) -> dict[str, ClosedForm]:
    """Every mechanism whose plan should be a best response."""
    return {
        "c3d": C3D.published(agreed),
        "c3d, whole": C3D.published(agreed).whole(),
        "c3d-tuned": C3D.tuned(agreed),
        "c3d-tuned, whole": C3D.tuned(agreed).whole(),
        "estimate-only": EstimateOnly.of(agreed),
        "estimate-only, whole": EstimateOnly.of(agreed).whole(),
        "estimate-only, k = 3": EstimateOnly.of(agreed, power=3),
        "no fabrication": Quota.of(agreed, fabrication=False),
        "no fabrication, whole": Quota.of(agreed, fabrication=False).whole(),
        "alone": WorkingAlone.of(agreed),
        "alone, whole": WorkingAlone.of(agreed).whole(),
    }


@pytest.mark.parametrize("agents", AGENTS)
@pytest.mark.parametrize("name", truthful(terms(10)))
def test_the_plan_is_a_best_response(name: str, agents: int) -> None:
    """Exactly for amounts, shifts, noise and constants; within 4 standard errors for all other reports."""
    mechanism = truthful(terms(agents))[name]
    found = tried(mechanism)
    assert found.holds, found.best
    for one in found.trials:
        assert one.gain <= (1e-9 * found.best.honest if one.exact else 4 * one.standard_error), one
    assert found.best.exact
    assert found.best.action.samples == pytest.approx(mechanism.plan().samples, rel=1e-3)


@pytest.mark.long
@pytest.mark.parametrize("agents", AGENTS)
@pytest.mark.parametrize("name", truthful(terms(10)))
def test_the_plan_is_a_best_response_to_more_runs(name: str, agents: int) -> None:
    """The same with error bars a sixth as long."""
    assert tried(truthful(terms(agents))[name], runs=400_000).holds


@pytest.mark.parametrize("agents", [2, 3, 4])
def test_few_agents_that_share_nothing_have_no_reason_to_lie(agents: int) -> None:
    """C3D as published for at most 4 agents."""
    assert tried(C3D.published(terms(agents)), runs=2000).holds


def test_every_family_is_tried() -> None:
    """Exact ones first; where rows cannot be made up only collecting less and withholding are left."""
    asked = [
        "scale",
        "shift",
        "noise",
        "fabricate",
        "substitute",
        "pad keeping the mean",
        "copy",
        "withhold",
        "constant",
    ]
    found = tried(C3D.published(terms(10)), runs=160).trials
    assert [one.deviation for one in found if one.exact] == ["amount", "shift", "noise", "constant"]
    assert [one.deviation for one in found if not one.exact] == ["honest", *asked]
    found = tried(Quota.of(terms(10), fabrication=False), runs=160).trials
    assert [one.deviation for one in found] == ["amount", "honest", "withhold"]


@pytest.mark.parametrize("agents", AGENTS)
@pytest.mark.parametrize("name", ["pool-and-share", "quota", "quota, whole"])
def test_free_riding_gains(name: str, agents: int) -> None:
    """Collecting nothing costs sigma^2/((m-1) n*) = u m/(m-1); the plan costs 2 u."""
    agreed = terms(agents, 20.0 if name == "quota, whole" else 20.3)
    quota = Quota.of(agreed, fabrication=True)
    mechanism = {"pool-and-share": PoolAndShare.of(agreed), "quota": quota, "quota, whole": quota.whole()}[
        name
    ]
    found = tried(mechanism, runs=2000)
    u = agreed.penalty_at_optimum / 2
    assert found.best.exact
    assert not found.holds
    assert found.best.action.samples == 0
    assert found.best.honest == pytest.approx(2 * u)
    assert found.best.deviating == pytest.approx(u * agents / (agents - 1))
    assert found.best.factor == pytest.approx(2 * (agents - 1) / agents)


def test_a_free_rider_gets_what_was_computed() -> None:
    """The strategy that was found, simulated: enough made-up rows for the quota, left out of the own estimate."""
    mechanism = Quota.of(terms(10), fabrication=True)
    found = tried(mechanism, runs=2000).best
    assert found.action.report == Constant(0.0, 21)
    simulated = compare(mechanism, [found.action], runs=100_000, rng=np.random.default_rng(0))
    assert abs(simulated.worst_penalties[0] - found.deviating) <= 4 * simulated.penalty_errors.max()


@pytest.mark.parametrize(
    ("agents", "factor", "against_fixed"),
    [
        (5, 1.0424, 1.1276),
        (10, 1.0180, 1.1225),
        (20, 1.0066, None),
        (50, 1.0015, None),
        (100, 1.0004, 1.0330),
    ],
)
def test_bounded_variance_can_be_gamed_a_little(
    agents: int, factor: float, against_fixed: float | None
) -> None:
    """By collecting less, by the measured factor and no more; no made-up report does better than that."""
    mechanism = BoundedVariance.of(terms(agents))
    found = tried(mechanism, weighing=Weighing.BEST)
    assert found.best.factor == pytest.approx(factor, abs=6e-5)
    assert found.best.exact
    assert found.best.deviation == "amount"
    simulated = [one.sure_gain for one in found.trials if not one.exact]
    assert max(simulated) <= found.gain
    if against_fixed:
        assert tried(mechanism, runs=2000).best.factor == pytest.approx(against_fixed, abs=6e-5)


@pytest.mark.parametrize("agents", AGENTS)
def test_the_best_amount_is_the_one_of_a_fine_grid(agents: int) -> None:
    """100,000 amounts one by one, for mechanisms whose best amount is and is not the plan's."""
    for mechanism in (*truthful(terms(agents)).values(), BoundedVariance.of(terms(agents))):
        whole = float(mechanism.plan().samples).is_integer()
        amounts = np.arange(1, 2000) if whole else np.linspace(0.01, 300, 100_000)
        _, strategy, penalty = best_amount(mechanism)
        assert penalty <= mechanism.expected_penalty(amounts).min() * (1 + 1e-12)
        assert penalty == pytest.approx(float(mechanism.expected_penalty(strategy.samples)))


def test_data_that_are_ignored_leave_the_clean_rows() -> None:
    """A made-up submission at its best: collect sigma/sqrt(c) - n* oneself; 2 sqrt(m) - 1 in u, above the plan's 3.4.

    A million sigma away the simulation of it, and of a submission scaled by 0.9, is there.
    """
    agreed = terms(10)
    mechanism, u = C3D.published(agreed), agreed.penalty_at_optimum / 2
    (found,) = (
        one for one in exact_trials(mechanism, mechanism.plan().penalty) if one.deviation == "constant"
    )
    assert found.deviating / u == pytest.approx(2 * np.sqrt(10) - 1)
    assert found.action.samples == pytest.approx(agreed.samples_alone - agreed.samples_at_optimum)
    tried_far = [found.action, Strategy(found.action.samples, Scale(0.9))]
    simulated = compare(mechanism, tried_far, runs=100_000, rng=np.random.default_rng(0), means=1e6)
    assert np.all(np.abs(simulated.penalties - found.deviating) <= 4 * simulated.penalty_errors)


def test_a_simulated_gain_counts_only_when_it_is_sure() -> None:
    """A gain of 1 with error 0.5 is none; with error 0.1 it is the best response."""
    exact = Trial("amount", Strategy(3), 5.0, 5.0, 0.0, 0.0, exact=True)
    doubtful = Trial("scale", Strategy(3, Scale(0.5)), 5.0, 4.0, 1.0, 0.5, exact=False)
    sure = Trial("scale", Strategy(3, Scale(0.5)), 5.0, 4.0, 1.0, 0.1, exact=False)
    kept = Finding("the plan holds", (exact, doubtful))
    assert kept.holds
    assert kept.best is exact
    broken = Finding("the plan holds", (exact, sure))
    assert not broken.holds
    assert broken.best is sure
    assert broken.best.factor == 1.25


@pytest.mark.long
def test_a_search_finds_what_the_grid_does_not_hold() -> None:
    """Too much corruption asks for more than the plan: the simulated search alone comes near the exact best amount."""
    mechanism = C3D(terms(10), 20.3, 20.3, 30.0)
    found = tried(mechanism, runs=100_000)
    assert not found.holds
    exact, simulated = (
        next(one for one in found.trials if one.deviation == name) for name in ("amount", "honest")
    )
    assert exact.gain > 0
    assert simulated.action.samples == pytest.approx(exact.action.samples, rel=0.05)
    assert abs(simulated.gain - exact.gain) <= 4 * simulated.standard_error + 0.01 * exact.gain


def test_families_become_finer_around_a_parameter() -> None:
    """Midpoints are added; neighbours are those beside it."""
    family = Deviation("scale", Deviator.AGENT, "scales", (0.0, 0.5, 1.0), lambda p, _: Scale(p))
    assert family.around(0.0) == (0.0, 0.5)
    assert family.finer().parameters == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert family.finer().around(0.5) == (0.25, 0.5, 0.75)
    for one in deviations_of(Deviator.AGENT):
        reports = [one.make(p, 20.3) for p in one.finer().finer().finer().parameters]
        assert Honest() not in reports or one.name == "honest"
        assert not {Scale(1.0), Shift(0.0)} & set(reports)


def exponential(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    return rng.exponential(size=size) - 1


def two_point(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    return 2.0 * (rng.random(size) < 0.5) - 1


def rare(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Once in a hundred."""
    return ((rng.random(size) < 0.01) - 0.01) / np.sqrt(0.01 * 0.99)


@pytest.mark.parametrize("data", [exponential, two_point, rare])
def test_with_the_fixed_weight_only_a_worse_mean_can_be_submitted(data: Draw) -> None:
    """For any data a report changes the squared error by the fixed (w/3)^2 alpha^2/w (...)^-2 times that of its mean.

    A shift by s adds s^2, noise its variance, a padded or copied sample nothing.
    """
    agreed = terms(5, 5.0)
    mechanism = BoundedVariance(agreed, 5.0)
    t, w = 3.0, mechanism.corrupted
    per_square = (1 / 3) ** 2 * w * 5.0 / (t + 5 + w / 3) ** 2
    added = {
        Shift(0.3): 0.09,
        Shift(-0.3): 0.09,
        AddNoise(0.6): 0.36 / t,
        Copy(3): 0.0,
        PadKeepingMean(4): 0.0,
    }
    strategies = [Strategy(t), *(Strategy(t, report) for report in added)]
    found = compare(
        mechanism,
        strategies,
        runs=60_000,
        rng=np.random.default_rng(0),
        means=0.0,
        population=DrawnRows(data, 1.0),
    )
    expected = per_square * np.array([0.0, *added.values()])
    assert np.all(np.abs(found.differences[:, 0] - expected) <= 4 * found.difference_errors[:, 0])
    assert np.all(expected[1:4] > 4 * found.difference_errors[1:4, 0])
    bound = float(mechanism.penalty_bound(t))
    assert abs(found.penalties[0, 0] - bound) <= 4 * found.penalty_errors[0, 0]


@pytest.mark.parametrize(("samples", "gains"), [(3, True), (5, False)])
def test_a_lie_can_help_whoever_collects_less_skewed_data(samples: int, gains: bool) -> None:
    """Bounded variance, five agents, n* = 5, exponential data, adaptive weights: a shift of 0.06 sigma gains 0.1 %.

    Only with fewer samples than there are clean rows: with as many, the distance of the two means is symmetric.
    """
    found = compare(
        BoundedVariance(terms(5, 5.0), 5.0),
        [Strategy(samples, weighing=Weighing.BEST), Strategy(samples, Shift(0.06), Weighing.BEST)],
        runs=400_000,
        rng=np.random.default_rng(8),
        means=0.0,
        population=DrawnRows(exponential, 1.0),
    )
    gain, error = found.gain(1)
    assert (gain > 4 * error) == gains
    assert gain < 0.003 * found.penalties[0, 0]


def test_data_of_two_values_reward_collecting_less_more_than_normal_data() -> None:
    """Bounded variance, five agents, n* = 5: three samples and adaptive weights gain a factor 1.17; normal: 1.13."""
    mechanism = BoundedVariance(terms(5, 5.0), 5.0)
    strategies = [Strategy(5), Strategy(3, weighing=Weighing.BEST)]
    found = compare(
        mechanism,
        strategies,
        runs=100_000,
        rng=np.random.default_rng(0),
        means=0.0,
        population=DrawnRows(two_point, 1.0),
    )
    honest = mechanism.plan().penalty
    on_normal = honest - float(mechanism.expected_penalty(3))
    gain, error = found.gain(1)
    assert gain > on_normal + 4 * error
    assert honest / (honest - gain) == pytest.approx(1.173, abs=4 * error / honest * 1.2)


def test_adaptive_weights_are_no_answer_to_rare_values() -> None:
    """One in a hundred, twenty agents with five samples each: they cost their user more than half of the penalty."""
    mechanism = BoundedVariance(terms(20, 5.0), 5.0)
    found = compare(
        mechanism,
        [Strategy(5), Strategy(5, weighing=Weighing.BEST)],
        runs=40_000,
        rng=np.random.default_rng(0),
        means=0.0,
        population=DrawnRows(rare, 1.0),
    )
    assert found.differences[1, 0] - 4 * found.difference_errors[1, 0] > 0.5 * mechanism.plan().penalty


@pytest.mark.long
@pytest.mark.parametrize("weighing", Weighing)
def test_a_search_on_skewed_data_gains_no_more_than_on_normal_data(weighing: Weighing) -> None:
    """Bounded variance, five agents, exponential data: every family of reports, both ways to weigh."""
    mechanism = BoundedVariance(terms(5, 8.0), 8.0)
    on_normal = tried(mechanism, runs=2000, weighing=weighing)
    found = tried(mechanism, runs=40_000, weighing=weighing, population=DrawnRows(exponential, 1.0))
    assert not any(one.exact for one in found.trials)
    assert {one.action.weighing for one in found.trials} == set(Weighing)
    assert found.best.sure_gain <= on_normal.gain


def test_a_search_needs_some_runs_and_tells_how_far_it_is() -> None:
    """16 at least; the last word is that all is done."""
    mechanism = WorkingAlone.of(terms(10))
    with pytest.raises(InputError, match="runs: got 10"):
        tried(mechanism, runs=10)
    told: list[tuple[int, int]] = []
    tried(mechanism, runs=16, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_padding_to_a_quota_is_named() -> None:
    """Fewer samples than the quota are padded to it in the strategy that is reported."""
    agreed = SharingTerms(2, 1.0, 0.01)
    mechanism = Quota(agreed, 3.0)
    family, strategy, penalty = best_amount(mechanism)
    assert (family, penalty) == ("amount", pytest.approx(float(mechanism.expected_penalty(strategy.samples))))
    assert strategy == Strategy(7.0)
    family, strategy, _ = best_amount(Quota(agreed, 8.0))
    assert strategy == Strategy(2.0, PadKeepingMean(6))
