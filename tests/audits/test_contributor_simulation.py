"""Is dishonesty worth it?  Strategies against honesty under every rule, refutations kept."""

import numpy as np
import pandas as pd
import pytest

from builders.contributor_rows import answers, patients
from fairpool.audits.deposits.simulation import (
    AmountAndQuality,
    CramerVonMises,
    Shapley,
    compare_contributors,
)
from fairpool.audits.deposits.strategies import (
    CopiedRows,
    DrawnFromTruth,
    FarOut,
    Flipped,
    IndependentColumns,
    NoisyCopies,
    NormalFit,
    ResampledWithNoise,
    Shifted,
    Subsample,
)
from fairpool.ground.errors import InputError

RULES = {
    "amount": AmountAndQuality(0.1),
    "loss": CramerVonMises(0.1),
    "shapley": Shapley(lambda n: 1 - (1 + n / 500) ** -0.5, 0.1),
}


def compared(strategies, *, size=500, replications=8, seed=3, population=patients, deviator=0):
    found = compare_contributors(
        population,
        strategies,
        RULES,
        sizes=[size] * 4,
        price=100_000,
        replications=replications,
        rng=np.random.default_rng(seed),
        deviator=deviator,
        permutations=99,
    )
    return {(one.trial.deviation, one.rule): one for one in found}


def test_honest_contributors_of_equal_size_share_the_pot_equally():
    found = compared({}, size=200)
    for rule in RULES:
        one = found["honest", rule]
        assert abs(one.trial.deviating - 22_500) < 4 * one.payment_error + 100
        assert (one.trial.gain, one.trial.standard_error) == (0, 0)


@pytest.mark.long
def test_padding_poisoning_withholding_and_clumsy_fabrication_cost_the_contributor():
    """Under the rules that pay by amounts, each of these earns less than honesty, beyond four standard errors."""
    found = compared(
        {
            "copies": CopiedRows(),
            "noisy copies": NoisyCopies(),
            "little noise": ResampledWithNoise(noise=0.03),
            "much noise": ResampledWithNoise(noise=1.0),
            "independent columns": IndependentColumns(),
            "normal fit, five times": NormalFit(5),
            "shifted": Shifted(),
            "far out": FarOut(),
            "withheld": Subsample(),
        }
    )
    for (strategy, rule), one in found.items():
        if strategy != "honest" and rule != "loss":
            assert one.trial.costs, (strategy, rule, one.trial.gain, one.trial.standard_error)


@pytest.mark.long
def test_more_rows_make_fine_fabrication_cost_too():
    found = compared({"normal fit": NormalFit(), "flipped": Flipped()}, size=2_000)
    for strategy in ("normal fit", "flipped"):
        assert found[strategy, "amount"].trial.costs
        assert found[strategy, "loss"].trial.costs


def test_copies_by_hand():
    """Twice the rows, half of them verified: the same rows for sale, at quality 1/2: (1/2) / (1/2 + 3) of the pot."""
    found = compared({"copies": CopiedRows()}, size=200, replications=3)
    honest, copies = found["honest", "amount"], found["copies", "amount"]
    assert copies.verified_share == pytest.approx(0.5, abs=0.01)
    assert copies.quality == pytest.approx(0.5, abs=0.01)
    if honest.payment_error == 0:
        assert copies.trial.deviating == pytest.approx(90_000 / 7, abs=300)


def test_cramer_von_mises_payments_hardly_move_with_copies():
    """Amounts do not enter: copies neither gain nor lose more than a thousandth of the payment."""
    one = compared({"copies": CopiedRows()}, size=200, replications=3)["copies", "loss"]
    assert abs(one.trial.gain) < 1e-3 * one.trial.deviating


@pytest.mark.long
def test_rows_drawn_from_the_truth_pay_wherever_amounts_count():
    """A refutation, kept: nobody can tell invented rows of the true distribution from collected ones."""
    found = compared({"truth": DrawnFromTruth(patients)}, size=200)
    assert found["truth", "amount"].trial.pays
    assert found["truth", "shapley"].trial.pays
    assert found["truth", "loss"].trial.gain < 0.01 * found["truth", "loss"].trial.deviating


@pytest.mark.long
def test_small_samples_hide_a_normal_fit():
    """A refutation, kept: with 30 rows of each contributor, doubling them by a normal fit pays by amount."""
    found = compared({"normal fit": NormalFit()}, size=30, replications=30)
    assert found["normal fit", "amount"].trial.pays


@pytest.mark.long
def test_smoothed_resampling_pays_until_there_are_enough_rows():
    """A refutation, kept: noise of 0.3 standard deviations makes rows that are nearly from the truth."""
    assert compared({"smoothed": ResampledWithNoise(noise=0.3)}, size=200)["smoothed", "amount"].trial.pays


def test_padding_pays_where_everybodys_rows_coincide():
    """A refutation, kept: eight possible rows, and nobody's copies can be told."""
    found = compared({"copies": CopiedRows()}, size=200, replications=4, population=answers)
    assert found["copies", "amount"].trial.pays
    assert not found["copies", "loss"].trial.pays


def test_strategies_leave_the_rows_as_they_are_and_hand_in_what_they_say():
    rng = np.random.default_rng(1)
    rows = patients(100, rng)
    before = rows.copy()
    expected = {
        ResampledWithNoise(0.5): 150,
        IndependentColumns(2): 300,
        NormalFit(): 200,
        DrawnFromTruth(patients): 200,
        CopiedRows(3): 400,
        NoisyCopies(): 200,
        Shifted(): 100,
        Flipped(): 100,
        FarOut(): 100,
        Subsample(0.25): 25,
    }
    for strategy, number in expected.items():
        handed_in = strategy.submit(rows, rng=rng)
        assert len(handed_in) == number
        assert list(handed_in.columns) == list(rows.columns)
        assert handed_in.notna().all().all()
        pd.testing.assert_frame_equal(rows, before)


def test_shares_of_damaged_rows_are_exact():
    rng = np.random.default_rng(1)
    rows = patients(100, rng)
    for strategy in (Shifted(0.3), Flipped(0.3), FarOut(0.3)):
        assert (strategy.submit(rows, rng=rng)["age"] != rows["age"]).sum() == 30


def test_bad_calls_are_named():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="replications: got 1"):
        compare_contributors(patients, {}, RULES, sizes=[5, 5], price=10, replications=1, rng=rng)
    with pytest.raises(InputError, match="deviator: got 2"):
        compare_contributors(patients, {}, RULES, sizes=[5, 5], price=10, replications=2, rng=rng, deviator=2)
    with pytest.raises(InputError, match="share: got 2"):
        Shifted(share=2).submit(patients(5, rng), rng=rng)
    with pytest.raises(InputError, match="times: got -1"):
        CopiedRows(-1).submit(patients(5, rng), rng=rng)
