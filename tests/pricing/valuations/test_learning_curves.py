"""Learning curves: what is fitted, how sure one can be of it, and the valuations that follow."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from fairpool.files.pricing.learning_curves import read_learning_curves
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import price_curve
from fairpool.pricing.curves.purchase import expected_revenue
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.valuations.curve_choice import Criterion, choose_curve, prediction_loss
from fairpool.pricing.valuations.curve_fit import FittedCurve, fit_learning_curve
from fairpool.pricing.valuations.learning_curves import (
    CurveFamily,
    LearningCurve,
    MeasuredCurve,
    measured_curve,
)
from fairpool.pricing.valuations.valuation_fit import (
    BuyerType,
    bootstrapped_valuations,
    drawn_valuations,
    fitted_valuations,
    lower_valuations,
    revenue_range,
    upper_valuations,
)

SIZES = np.array([50, 100, 200, 400, 800, 1600, 3200, 6400])
TRUTH = {
    CurveFamily.POWER_LAW: LearningCurve(CurveFamily.POWER_LAW, asymptote=0.8, gap=0.3, rate=0.5, first=50),
    CurveFamily.EXPONENTIAL: LearningCurve(
        CurveFamily.EXPONENTIAL, asymptote=0.8, gap=0.3, rate=1e-3, first=50
    ),
}
families = pytest.mark.parametrize("family", CurveFamily)


def noisy(
    family: CurveFamily, error: float, *, rng: np.random.Generator, known: bool = True
) -> MeasuredCurve:
    """Scores of the true curve, each with a normal error of the same size."""
    scores = TRUTH[family].at(SIZES) + rng.normal(scale=error, size=len(SIZES))
    errors = np.full(len(SIZES), error) if known else None
    return measured_curve(SIZES, scores, name="buyer", errors=errors, alone=0.2)


def exact(family: CurveFamily) -> MeasuredCurve:
    return measured_curve(SIZES, TRUTH[family].at(SIZES), name="buyer", alone=0.2)


@st.composite
def rising_scores(draw: st.DrawFn) -> MeasuredCurve:
    """Scores in [0, 1] at four to nine amounts that rise on the whole, not always from one to the next."""
    amounts = sorted(draw(st.sets(st.integers(1, 100_000), min_size=4, max_size=9)))
    steps = draw(st.lists(st.floats(0.01, 1), min_size=len(amounts), max_size=len(amounts)))
    dips = draw(st.lists(st.floats(0, 0.02), min_size=len(amounts), max_size=len(amounts)))
    scores = np.cumsum(steps) / np.sum(steps) - np.array(dips)
    errors = draw(st.none() | st.just(np.linspace(0.05, 0.01, len(amounts))))
    return measured_curve(amounts, scores, name="buyer", errors=errors, alone=0.0)


# ---- The curves


def test_both_families_read_as_the_literature_writes_them():
    """a - b n^-c and a - b exp(-c n)."""
    power, exponential = TRUTH[CurveFamily.POWER_LAW], TRUTH[CurveFamily.EXPONENTIAL]
    assert power.at(SIZES) == pytest.approx(0.8 - power.b * SIZES**-0.5)
    assert exponential.at(SIZES) == pytest.approx(0.8 - exponential.b * np.exp(-1e-3 * SIZES))
    assert power.b == pytest.approx(0.3 * 50**0.5)


@families
def test_the_gradient_is_that_of_finite_differences(family: CurveFamily):
    """By a, ln r and ln c."""
    true, step = TRUTH[family], 1e-6

    def shifted(da: float, dr: float, dc: float) -> np.ndarray:
        gap, rate = true.gap * math.exp(dr), true.rate * math.exp(dc)
        return LearningCurve(family, true.asymptote + da, gap, rate, true.first).at(SIZES)

    central = [(shifted(*(step * e)) - shifted(*(-step * e))) / (2 * step) for e in np.eye(3)]
    assert true.gradient(SIZES) == pytest.approx(np.transpose(central), abs=1e-8)


# ---- The fit


@families
def test_scores_without_error_give_their_curve_back(family: CurveFamily):
    """To eight digits at the points and far beyond them."""
    found = fit_learning_curve(exact(family), family).curve
    assert (found.asymptote, found.gap, found.rate) == pytest.approx((0.8, 0.3, TRUTH[family].rate), rel=1e-6)
    assert found.at(10**6) == pytest.approx(TRUTH[family].at(10**6), abs=1e-8)


@families
@pytest.mark.parametrize("known", [True, False])
def test_fit_and_covariance_are_those_of_scipy(family: CurveFamily, known: bool):
    """scipy.optimize.curve_fit, started at the truth, finds the same curve and the same errors."""
    measured = noisy(family, 0.004, rng=np.random.default_rng(3), known=known)
    fitted = fit_learning_curve(measured, family)

    def shape(n: np.ndarray, a: float, log_gap: float, log_rate: float) -> np.ndarray:
        return LearningCurve(family, a, math.exp(log_gap), math.exp(log_rate), 50).at(n)

    start = [0.8, math.log(0.3), math.log(TRUTH[family].rate)]
    found, covariance = curve_fit(
        shape, SIZES, measured.scores, p0=start, sigma=measured.errors, absolute_sigma=known, xtol=1e-12
    )
    curve = fitted.curve
    assert [curve.asymptote, math.log(curve.gap), math.log(curve.rate)] == pytest.approx(found, abs=1e-5)
    assert fitted.covariance == pytest.approx(covariance * (fitted.scale if known else 1), rel=1e-3, abs=1e-9)


@families
@settings(max_examples=30)
@given(measured=rising_scores())
def test_no_curve_of_the_family_is_nearer(family: CurveFamily, measured: MeasuredCurve):
    """Against 40,000 curves with a up to the ceiling and r from 0, over the whole range of rates searched."""
    try:
        fitted = fit_learning_curve(measured, family)
    except InputError:  # nearest is flat
        return
    g = family.progress(measured.amounts)
    beyond, first_step = g - g[0], np.unique(g)[1] - g[0]
    rates = np.geomspace(1e-2 / beyond[-1], 10 / first_step, 100)
    shapes = np.exp(-np.outer(rates, beyond))
    a = np.linspace(0, 1, 20)[:, None, None, None]
    r = np.linspace(0, 3, 20)[:, None, None]
    left = ((measured.scores - a + r * shapes) ** 2 * measured.weights).sum(axis=-1)
    assert fitted.chi_squared <= left.min() + 1e-9


def test_an_asymptote_stops_at_the_ceiling():
    """Scores that rise in a straight line over ln n would pass 1; the nearest curve that does not ends at 1."""
    scores = 0.1 + 0.1 * np.log2(SIZES / 50)
    free = fit_learning_curve(
        measured_curve(SIZES, scores, name="x"), CurveFamily.POWER_LAW, ceiling=math.inf
    )
    fitted = fit_learning_curve(measured_curve(SIZES, scores, name="x"), CurveFamily.POWER_LAW)
    assert free.curve.asymptote > 1
    assert free.held == ("rate",)
    assert fitted.curve.asymptote == 1
    assert fitted.held == ("asymptote",)
    assert fitted.standard_error(10**6) > 0


def test_points_that_scatter_more_than_their_errors_widen_the_band():
    """Errors said to be a tenth of what they are: the covariance is widened by chi^2 over the degrees of freedom."""
    rng = np.random.default_rng(0)
    honest = noisy(CurveFamily.POWER_LAW, 0.01, rng=rng)
    boasting = measured_curve(SIZES, honest.scores, name="x", errors=np.full(len(SIZES), 0.001))
    fitted = fit_learning_curve(boasting, CurveFamily.POWER_LAW)
    unknown = fit_learning_curve(measured_curve(SIZES, honest.scores, name="x"), CurveFamily.POWER_LAW)
    assert fitted.scale > 10
    assert fitted.standard_error(10**5) == pytest.approx(unknown.standard_error(10**5))


# ---- Uncertainty


@families
def test_the_bootstrap_finds_the_error_of_the_delta_method(family: CurveFamily):
    """400 refits: their spread is the standard error, within four standard errors of a standard deviation."""
    fitted = fit_learning_curve(noisy(family, 0.002, rng=np.random.default_rng(1)), family)
    at = np.array([100, 1000, 20_000])
    refits = np.array([one.at(at) for one in fitted.bootstrap(400, rng=np.random.default_rng(2))])
    assert refits.std(axis=0) == pytest.approx(fitted.standard_error(at), rel=4 / math.sqrt(2 * 400))


@families
def test_drawn_curves_follow_the_law_of_the_parameters(family: CurveFamily):
    """400 draws spread over s(n) by its standard error."""
    fitted = fit_learning_curve(noisy(family, 0.002, rng=np.random.default_rng(1)), family)
    rng = np.random.default_rng(5)
    drawn = np.array([fitted.drawn(rng=rng).at(20_000) for _ in range(400)])
    assert drawn.std() == pytest.approx(fitted.standard_error(20_000), rel=4 / math.sqrt(2 * 400))
    assert drawn.mean() == pytest.approx(
        fitted.at(20_000), abs=4 * float(fitted.standard_error(20_000)) / 20 + 1e-3
    )


@families
@pytest.mark.parametrize("known", [True, False])
def test_bands_hold_the_truth_as_often_as_they_say(family: CurveFamily, known: bool):
    """Four in five at one amount beyond those measured; the whole band at least as often over all amounts."""
    rng, studies = np.random.default_rng(11), 300
    fits = [fit_learning_curve(noisy(family, 0.004, rng=rng, known=known), family) for _ in range(studies)]
    at, everywhere = np.array([12_000]), np.geomspace(50, 12_000, 40)
    single = np.mean([_holds(fitted.band(at, 0.8), family, at) for fitted in fits])
    whole = np.mean([_holds(fitted.whole_band(everywhere, 0.8), family, everywhere) for fitted in fits])
    chance = math.sqrt(0.8 * 0.2 / studies)
    assert single == pytest.approx(0.8, abs=4 * chance)
    assert whole > 0.8 - 4 * chance


def _holds(band: tuple[np.ndarray, np.ndarray], family: CurveFamily, amounts: np.ndarray) -> bool:
    truth = TRUTH[family].at(amounts)
    return bool(((band[0] <= truth) & (truth <= band[1])).all())


def test_a_rise_over_own_rows_is_surer_than_the_level():
    """Errors of s(1100) and s(1000) nearly cancel in their difference."""
    fitted = fit_learning_curve(
        noisy(CurveFamily.POWER_LAW, 0.01, rng=np.random.default_rng(1)), CurveFamily.POWER_LAW
    )
    assert fitted.standard_error(1100, above=1000) < fitted.standard_error(1100) / 5
    assert fitted.standard_error(1000, above=1000) == pytest.approx(0, abs=1e-12)


# ---- The choice


@families
@pytest.mark.parametrize("criterion", Criterion)
def test_the_family_that_made_the_scores_is_chosen(family: CurveFamily, criterion: Criterion):
    """By following the points and by predicting the largest; both fits are kept."""
    choice = choose_curve(noisy(family, 0.004, rng=np.random.default_rng(4)), criterion)
    assert choice.chosen.curve.family is family
    assert {choice.power_law.curve.family, choice.exponential.curve.family} == set(CurveFamily)


def test_prediction_is_tried_on_amounts_the_fit_has_not_seen():
    """Eight amounts: fitted to six, judged on the two largest."""
    measured = noisy(CurveFamily.POWER_LAW, 0.004, rng=np.random.default_rng(4))
    earlier = fit_learning_curve(measured.between(1, 1600), CurveFamily.POWER_LAW)
    missed = (measured.scores - earlier.at(SIZES))[-2:] / 0.004
    fitted = fit_learning_curve(measured, CurveFamily.POWER_LAW)
    assert prediction_loss(fitted) == pytest.approx(np.mean(missed**2))


@pytest.mark.parametrize("known", [True, False])
def test_the_criterion_of_akaike_is_as_published(known: bool):
    """chi^2 + 2k + 2k(k+1)/(K-k-1) with three parameters, or the estimated variance and four."""
    fitted = fit_learning_curve(
        noisy(CurveFamily.POWER_LAW, 0.01, rng=np.random.default_rng(0), known=known), CurveFamily.POWER_LAW
    )
    if known:
        assert fitted.aicc == pytest.approx(fitted.chi_squared + 6 + 24 / 4)
    else:
        assert fitted.aicc == pytest.approx(8 * math.log(fitted.chi_squared / 8) + 8 + 40 / 3)


# ---- Valuations


def buyer(family: CurveFamily = CurveFamily.POWER_LAW, **options: float) -> BuyerType:
    fitted = fit_learning_curve(noisy(family, 0.01, rng=np.random.default_rng(1)), family)
    return BuyerType(fitted, unit_value=1000.0, **options)  # type: ignore[arg-type]


def test_a_buyer_without_rows_pays_for_what_lies_above_her_guess():
    """v(n) = 1000 (s(n) - 0.2), and 0 where the curve is below."""
    one = buyer()
    amounts = np.arange(1, 2001)
    expected = 1000 * np.maximum(one.fitted.at(amounts) - 0.2, 0)
    valuations = fitted_valuations([one], amounts)
    assert valuations.values[0] == pytest.approx(expected)
    assert valuations.values[0, 0] == 0
    assert valuations.names == ("buyer",)


def test_a_buyer_with_rows_pays_for_the_rise():
    """v(n) = 1000 (s(500 + n) - s(500)); what she has lowers what the first row is worth."""
    one = buyer(own_rows=500)
    curve = one.fitted.curve
    assert fitted_valuations([one], np.array([1, 100])).values[0] == pytest.approx(
        1000 * (curve.at([501, 600]) - curve.at(500))
    )


@settings(max_examples=30)
@given(
    measured=rising_scores(), own_rows=st.integers(0, 1000), alone=st.none() | st.floats(0, 1), seed=st.integers(0, 99)
)  # fmt: skip
def test_valuations_are_valid_and_in_order(
    measured: MeasuredCurve, own_rows: int, alone: float | None, seed: int
):
    """Whatever was measured: fitted, both ends and draws never fall, and the fit lies between the ends."""
    amounts = np.unique(np.geomspace(1, 10**6, 60).astype(np.int64))
    for family in CurveFamily:
        try:
            fitted = fit_learning_curve(measured, family)
        except InputError:  # nearest is flat
            continue
        buyers = [BuyerType(fitted, 100.0, own_rows, alone)]
        middle = fitted_valuations(buyers, amounts).values
        lower, upper = lower_valuations(buyers, amounts).values, upper_valuations(buyers, amounts).values
        assert (lower <= middle + 1e-9).all()
        assert (middle <= upper + 1e-9).all()
        assert list(drawn_valuations(buyers, amounts, 3, rng=np.random.default_rng(seed)))


def test_the_lower_end_does_not_fall_where_the_error_grows():
    """Far beyond the measured amounts s - error falls; the end of the valuations stays where it was highest."""
    fitted = fit_learning_curve(
        noisy(CurveFamily.POWER_LAW, 0.02, rng=np.random.default_rng(8)), CurveFamily.POWER_LAW
    )
    amounts = np.array([1000, 10_000, 10**5, 10**6, 10**7])
    raw = fitted.whole_band(amounts, 0.95)[0]
    assert (np.diff(raw) < 0).any()
    lower = lower_valuations([BuyerType(fitted, 1.0)], amounts).values[0]
    assert lower == pytest.approx(np.maximum.accumulate(np.maximum(raw - 0.2, 0)))


def test_a_million_amounts_are_no_trouble():
    """Five types, every amount from 1 to a million."""
    amounts = np.arange(1, 10**6 + 1)
    valuations = fitted_valuations([buyer()] * 5, amounts)
    assert valuations.values.shape == (5, 10**6)
    assert valuations.most == 10**6


@pytest.mark.parametrize("valuations", [drawn_valuations, bootstrapped_valuations])
def test_the_same_seed_draws_the_same_valuations(valuations):
    """Chance is handed in."""
    buyers = [buyer(), buyer(CurveFamily.EXPONENTIAL)]
    amounts = np.array([100, 1000])
    one, same = (list(valuations(buyers, amounts, 2, rng=np.random.default_rng(6))) for _ in range(2))
    assert len(one) == 2
    assert (one[0].values == same[0].values).all()
    assert (one[0].values != one[1].values).any()


def test_a_price_of_all_that_rows_are_worth_sells_half_the_time():
    """A buyer who is left nothing by the fit is left less than nothing by half of the draws."""
    one = buyer()
    price = float(fitted_valuations([one], np.array([1000])).values[0, 0])
    took = revenue_range(
        price_curve([(1000, price)]), [one], np.ones(1), draws=400, rng=np.random.default_rng(9)
    )
    assert (took.fitted, took.lower, took.upper) == (price, 0.0, price)
    assert (took.drawn > 0).mean() == pytest.approx(0.5, abs=4 * 0.5 / 20)


def test_a_price_below_the_band_always_sells():
    """At the lower end of the 95 % band, 19 of 20 draws buy at the least."""
    one = buyer()
    price = float(lower_valuations([one], np.array([1000])).values[0, 0])
    took = revenue_range(
        price_curve([(1000, price)]), [one], np.ones(1), draws=400, rng=np.random.default_rng(9)
    )
    assert took.lower == price
    assert (took.drawn == price).mean() > 0.95


def test_revenue_may_fall_where_rows_are_worth_more():
    """By hand: 100 rows worth more to her, she leaves the bundle of 1000 for the one of 100; so ends enclose nothing.

    v = (50, 100) pays 95 for the large bundle (5 left, 0 left by the small one at 50); v = (60, 101) pays 50.
    """
    curve = price_curve([(100, 50.0), (1000, 95.0)])
    for worth, paid in (([50.0, 100.0], 95.0), ([60.0, 101.0], 50.0)):
        valuations = Valuations(np.array([100, 1000]), np.array([worth]), ("buyer",))
        assert expected_revenue(curve, valuations, np.ones(1)) == paid


# ---- Bad input


@pytest.mark.parametrize(
    ("amounts", "scores", "options", "message"),
    [
        ([1, 2, 3], [0.1, 0.2, 0.3], {}, "3 amounts, expected at least 4"),
        ([1, 1, 2, 3], [0.1, 0.1, 0.2, 0.3], {}, "3 amounts, expected at least 4"),
        ([1, 2, 3, 4], [0.4, 0.3, 0.2, 0.1], {}, "do not rise"),
        ([1, 2, 3, 4], [0.3, 0.3, 0.3, 0.3], {}, "do not rise"),
        ([0, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], {}, "ascend from 1 row"),
        ([1, 2.5, 3, 4], [0.1, 0.2, 0.3, 0.4], {}, "whole numbers"),
        ([1, 2, 3, 4], [0.1, 0.2, 0.3], {}, "4 amounts and 3 scores"),
        ([1, 2, 3, 4], [0.1, 0.2, math.nan, 0.4], {}, "score nan at 3 rows"),
        ([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], {"errors": [1, 1, 0, 1]}, "error 0 at 3 rows"),
        ([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], {"errors": [1, 1]}, "one error if any"),
        ([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], {"alone": math.inf}, "inf without rows"),
    ],
)
def test_points_that_are_no_learning_curve_are_refused(amounts, scores, options, message):
    """With the name of the curve and what was expected."""
    with pytest.raises(InputError, match=rf"'x'.*{message}"):
        measured_curve(amounts, scores, name="x", **options)


def test_a_score_above_the_ceiling_is_refused():
    """An accuracy of 1.2 is a mistake."""
    measured = measured_curve([1, 2, 3, 4], [0.1, 0.2, 0.3, 1.2], name="x")
    with pytest.raises(InputError, match=r"1\.2, expected at most the ceiling 1"):
        fit_learning_curve(measured, CurveFamily.POWER_LAW)


def test_choosing_by_prediction_needs_an_amount_to_predict():
    """With four amounts nothing can be hidden."""
    measured = measured_curve([10, 100, 1000, 10_000], [0.1, 0.2, 0.28, 0.3], name="x")
    with pytest.raises(InputError, match=r"at least 5 .*'aicc'"):
        choose_curve(measured, Criterion.EXTRAPOLATION)
    assert choose_curve(measured, Criterion.AICC).chosen.at(10) < 0.15


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit_value": 0.0}, "unit value of 0"),
        ({"unit_value": math.nan}, "unit value of nan"),
        ({"unit_value": 1.0, "own_rows": -1}, "-1 own rows"),
        ({"unit_value": 1.0}, "no score without rows"),
    ],
)
def test_buyers_without_a_worth_are_refused(options, message):
    """What one unit of score is worth and what she has alone must be known."""
    measured = measured_curve(SIZES, TRUTH[CurveFamily.POWER_LAW].at(SIZES), name="x")
    with pytest.raises(InputError, match=message):
        BuyerType(fit_learning_curve(measured, CurveFamily.POWER_LAW), **options)


def test_levels_and_empty_lists_are_refused():
    """95 is no level, and nobody has no valuations."""
    fitted: FittedCurve = buyer().fitted
    with pytest.raises(InputError, match="got 95, expected a number between 0 and 1"):
        fitted.band([10], 95)
    with pytest.raises(InputError, match="no buyers"):
        fitted_valuations([], np.array([1]))


# ---- Files


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "curves.csv"
    path.write_text(text)
    return path


def test_a_file_holds_a_curve_for_each_type(tmp_path: Path):
    """In the order of the file; n = 0 is the score without rows; other columns are left alone."""
    lines = ["type,n,score,se,remark", "b,0,0.5,,guess"]
    lines += [f"{name},{n},{n / 100},0.01," for n in (10, 20, 40, 80) for name in "ba"]
    one, other = read_learning_curves(written(tmp_path, "\n".join(lines)))
    assert (one.name, one.alone, other.name, other.alone) == ("b", 0.5, "a", None)
    assert one.amounts.tolist() == [10, 20, 40, 80]
    assert one.scores.tolist() == [0.1, 0.2, 0.4, 0.8]
    assert one.errors is not None
    assert one.errors.tolist() == [0.01] * 4


def test_n_and_score_are_enough(tmp_path: Path):
    """One curve, errors not known, rows in any order and amounts that repeat."""
    (one,) = read_learning_curves(written(tmp_path, "n,score\n80,.8\n10,.1\n20,.2\n40,.4\n10,.2\n"))
    assert one.errors is None
    assert one.amounts.tolist() == [10, 10, 20, 40, 80]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m,score\n1,1\n", "got columns m, score, expected 'n'"),
        ("n,score\n1,.1\n2,high\n", "row 3, column 'score': got 'high', expected a number"),
        ("n,score\n1,.1\n,.2\n", "row 3, column 'n': got nothing"),
        ("n,score,se\n1,.1,.1\n2,.2,\n3,.3,.1\n4,.4,.1\n", "row 3, column 'se': got no standard error"),
        ("n,score\n0,.1\n0,.2\n", "2 scores of 'buyer' at n = 0"),
        ("n,score\n1,.1\n2,.2\n", "curves.csv: learning curve of 'buyer': got scores at 2 amounts"),
    ],
)
def test_files_that_hold_no_curves_are_refused(tmp_path: Path, text: str, message: str):
    """With file, row and column."""
    with pytest.raises(InputError, match=message):
        read_learning_curves(written(tmp_path, text))
