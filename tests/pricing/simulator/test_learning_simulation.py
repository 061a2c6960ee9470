"""The simulator of learners, and the regret it reports."""

from __future__ import annotations

import json

import numpy as np
import pytest

from builders.learning_market import LAW, all_curves, small_market
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import price_curve
from fairpool.pricing.curves.purchase import purchases
from fairpool.pricing.policies.exp3 import Exp3
from fairpool.pricing.policies.fixed_curve import FixedCurve, best_in_hindsight
from fairpool.pricing.policies.upper_confidence import UpperConfidence
from fairpool.pricing.simulator.arrivals import Independent, periodic
from fairpool.pricing.simulator.regret import Path, Regret, band, fitted_slope
from fairpool.pricing.simulator.simulation import PurchaseTable, TradingGround, recorded_rounds, simulate

MARKET = small_market()
CURVES = all_curves(MARKET)
GROUND = TradingGround(MARKET, Independent(LAW), CURVES, LAW)


def ran(learner, ground=GROUND, rounds=300, replications=3, seed=4, **options):
    return simulate(
        learner, ground, rounds=rounds, replications=replications, rng=np.random.default_rng(seed), **options
    )


def upper_confidence(oracle):
    return UpperConfidence(MARKET, oracle, 300)


def test_revenue_and_hindsight_by_hand():
    """A fixed curve meets a fixed order: every recorded number is recounted the slow way."""
    curve, pattern = price_curve([(2, 0.3), (6, 0.6)]), [0, 1, 2, 2, 1]
    path = ran(
        lambda _: FixedCurve(curve), TradingGround(MARKET, periodic(pattern, 3), CURVES), replications=1
    ).paths[0]
    pays = purchases(curve, MARKET).payments
    order = np.resize(pattern, 300)
    for t, revenue, hindsight in zip(path.rounds, path.revenue, path.hindsight, strict=True):
        counts = np.bincount(order[:t], minlength=3)
        assert revenue == pytest.approx(pays[order[:t]].sum())
        assert hindsight == pytest.approx((CURVES.payments @ counts).max())
    assert path.pseudo is None
    assert path.curves == 1
    assert path.questions == 0


def test_the_best_fixed_curve_has_no_pseudo_regret():
    """Posting the optimum for the law loses nothing on average."""
    best = best_in_hindsight(CURVES, (1000 * LAW).astype(int)).curve
    assert ran(lambda _: FixedCurve(best)).pseudo == pytest.approx(0, abs=1e-9)


def test_no_fixed_curve_beats_hindsight():
    """Regret in hindsight is never negative for a curve that stays."""
    for one in CURVES.offers[::150]:
        assert (ran(lambda _, one=one: FixedCurve(one.curve), replications=1).in_hindsight >= -1e-9).all()


def test_pseudo_regret_is_the_mean_of_what_is_lost():
    """Over replications, regret against the fixed optimum averages to the pseudo-regret (4 standard errors)."""
    curve = price_curve([(6, 0.9)])
    found = ran(lambda _: FixedCurve(curve), replications=200, rounds=50)
    optimum = float((CURVES.payments @ LAW).max()) * 50
    lost = optimum - found.revenue
    assert abs(lost.mean() - found.pseudo[0, -1]) <= 4 * lost.std(ddof=1) / np.sqrt(200)


def test_equal_generators_give_equal_buyers_to_all_learners():
    """Comparisons are paired: the best fixed revenue is the same whoever trades."""
    one = ran(upper_confidence).best_fixed_revenue
    other = ran(lambda _: Exp3([curve.curve for curve in CURVES.offers[::90]], 300)).best_fixed_revenue
    assert one.tolist() == other.tolist()


def test_a_run_taken_up_again_equals_a_run_in_one_go():
    """Replications handed back, through JSON, are not run again, and the rest comes out the same."""
    whole = ran(upper_confidence)
    kept = [Path.from_document(json.loads(json.dumps(path.document()))) for path in whole.paths[:2]]
    again = ran(upper_confidence, done=kept)
    assert [path.document() for path in again.paths] == [path.document() for path in whole.paths]


def test_progress_is_told_at_every_record_and_time_by_the_clock_handed_in():
    """The watch hears of each replication in order; seconds are the clock's."""
    heard, ticks = [], iter(range(100))
    found = ran(
        upper_confidence,
        replications=2,
        records=10,
        watch=lambda *told: heard.append(told),
        clock=lambda: next(ticks),
    )
    rounds = found.rounds.tolist()
    assert heard == [(k, t) for k in range(2) for t in rounds]
    assert found.seconds_per_round == pytest.approx(1 / 300)
    assert ran(upper_confidence, replications=1).seconds_per_round is None


def test_questions_are_those_of_the_learner_only():
    """The yardstick's questions are not counted."""
    assert ran(upper_confidence, replications=1, records=100).paths[0].questions <= 300


def test_recorded_rounds_ascend_from_the_first_to_the_last():
    """In about equal ratios, none twice."""
    rounds = recorded_rounds(100_000, 200)
    assert (rounds[0], rounds[-1]) == (1, 100_000)
    assert (np.diff(rounds) > 0).all()
    assert len(rounds) <= 200


def test_the_table_of_purchases_forgets_before_it_grows_for_ever(monkeypatch):
    """It holds a bounded number of curves and answers the same."""
    monkeypatch.setattr("fairpool.pricing.simulator.simulation.MOST_REMEMBERED", 4)
    table = PurchaseTable(MARKET, LAW)
    for one in CURVES.offers[:50]:
        sales, worth = table.of(one.curve)
        assert worth == pytest.approx(one.payments @ LAW)
        assert [sale.price if sale else 0.0 for sale in sales] == one.payments.tolist()
        assert len(table._known) <= 4


@pytest.mark.parametrize("power", [0.3, 0.5, 1.0])
def test_the_slope_of_a_power_is_its_exponent(power):
    """Exact on a pure power; the jackknife covers it within four errors under noise."""
    rounds = recorded_rounds(10_000, 100)
    exact = rounds[None, :] ** power
    assert fitted_slope(rounds, exact).value == pytest.approx(power)
    assert fitted_slope(rounds, exact).error is None
    noisy = exact * np.exp(0.2 * np.random.default_rng(8).standard_normal((20, len(rounds))))
    found = fitted_slope(rounds, noisy)
    assert abs(found.value - power) <= 4 * found.error


def test_a_regret_that_is_not_positive_has_no_slope():
    """No logarithm of what a learner gained."""
    rounds = recorded_rounds(100, 20)
    assert fitted_slope(rounds, -np.ones((3, len(rounds)))) is None


def test_the_band_holds_the_share_it_names():
    """Quantiles of the replications around their mean; no error bar from one."""
    regrets = np.random.default_rng(9).standard_normal((1000, 2))
    found = band(regrets, coverage=0.9)
    inside = (regrets >= found.low) & (regrets <= found.high)
    assert inside.mean() == pytest.approx(0.9, abs=0.01)
    assert found.error == pytest.approx(regrets.std(axis=0, ddof=1) / np.sqrt(1000))
    assert band(regrets[:1]).error is None


@pytest.mark.parametrize("wrong", [{"rounds": 0}, {"replications": 0}, {"records": 1}])
def test_a_simulation_has_rounds_replications_and_records(wrong):
    """None of them may be missing."""
    with pytest.raises(InputError, match="expected at least"):
        ran(upper_confidence, **wrong)


def test_regret_is_known_only_with_all_parts():
    """Pseudo-regret needs a law of the buyers."""
    path = Path(np.array([1]), np.array([0.0]), np.array([1.0]), None, 0, 1, None)
    assert Regret((path,)).pseudo is None
