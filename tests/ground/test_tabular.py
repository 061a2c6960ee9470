"""Results show themselves: in a line on a terminal, as a table in a notebook, whatever their size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from builders.consortia import consortium
from fairpool.audits import Finding, Strategy, Trial, compare
from fairpool.audits.sharing.reports import PadKeepingMean
from fairpool.games import TableGame, estimate_shapley, shapley_value, stability_of
from fairpool.ground.tabular import Tabular
from fairpool.market import Options, settle
from fairpool.pricing import MenuSearch, TradingGround, UpperConfidence, Valuations, fit, simulate, verify
from fairpool.pricing.simulator.arrivals import Independent
from fairpool.sharing import C3D, Objective, SharingTerms, bargain

WORTHS = Valuations(
    np.arange(1, 61), np.sort(np.random.default_rng(1).random((4, 60)), axis=1), tuple("abcd")
)
LAW = np.full(4, 0.25)
GAME = TableGame(np.arange(2.0**12) ** 0.5)


def settlement(parties: int, *, own_tasks: bool = False) -> object:
    members, validation = consortium(parties=parties, own_tasks=own_tasks)
    return settle(members, validation, unit_price=100_000, rng=1)


def regret() -> object:
    ground = TradingGround(WORTHS, Independent(LAW), MenuSearch(WORTHS), LAW)
    return simulate(
        lambda oracle: UpperConfidence(WORTHS, oracle, 50),
        ground,
        rounds=50,
        replications=2,
        rng=1,
        records=10,
    )


def found() -> Finding[int]:
    trials = [Trial.between("copy", k, honest=0.25, deviating=0.25 - k / 1000) for k in range(100)]
    return Finding("copies earn nothing", tuple(trials))


def compared() -> object:
    mechanism = C3D.published(SharingTerms(agents=10, sigma=1.0, cost=1 / 4000))
    return compare(mechanism, [Strategy(20), Strategy(10, PadKeepingMean(10))], runs=200, rng=1)


def verified() -> object:
    rng = np.random.default_rng(1)
    frames = [pd.DataFrame({"age": rng.normal(50, 12, 40)}) for _ in range(3)]
    frames[1].loc[:9] = frames[0].loc[:9]
    return verify(frames, ["North", "South", "<West>"], rng=1)[2]


RESULTS: dict[str, tuple[Callable[[], object], int | None]] = {
    "settlement": (lambda: settlement(3), 3),
    "settlement of 40 parties": (lambda: settlement(40), 40),
    "settlement of own tasks": (lambda: settlement(3, own_tasks=True), 3),
    "estimate": (lambda: estimate_shapley(GAME, evaluations=200, rng=1), 12),
    "stability": (lambda: stability_of(GAME, shapley_value(GAME)), 10),
    "optimal curve": (lambda: fit(WORTHS, LAW), None),
    "discretised curve": (lambda: fit(WORTHS, LAW, method="discretised", epsilon=0.2), None),
    "price curve": (lambda: fit(WORTHS, LAW).curve, None),
    "regret": (regret, None),
    "finding": (found, 100),
    "finding of nothing": (lambda: Finding("nothing was tried", ()), 0),
    "compared strategies": (compared, 2),
    "verification": (verified, None),
    "bargain": (lambda: bargain([[0.001, 0.004], [0.0012, float("inf")]] * 20, 1.0, Objective.SOCIAL), 40),
}


@pytest.mark.long
@pytest.mark.parametrize(("make", "rows"), RESULTS.values(), ids=RESULTS)
def test_a_result_is_a_line_and_a_table(make: Callable[[], object], rows: int | None):
    """A long one is cut short in a notebook, never on the way to a frame."""
    result = make()
    line = repr(result)
    assert line.startswith(f"{type(result).__name__}(")
    assert "\n" not in line
    assert len(line) < 400
    frame = result.to_frame()
    assert rows is None or len(frame) == rows
    html = result._repr_html_()
    assert html.count("<tr") <= min(len(frame), 20) + 3
    assert "<West>" not in html


def test_a_settlement_says_what_was_paid():
    """In money, as the statement has it."""
    result = settlement(3)
    assert isinstance(result, Tabular)
    paid = result.statement["improvement"].sum()
    assert (
        repr(result) == f"Settlement(3 parties, {result.method}: {paid / 100:.2f} EUR paid for better models)"
    )
    pd.testing.assert_frame_equal(result.to_frame(), result.statement)


@pytest.mark.parametrize(
    "choices",
    [{}, {"learner": "ridge"}, {"learner": "ridge", "options": Options(method="sampled", evaluations=20)}],
    ids=["closed form", "table", "sample"],
)
def test_the_gains_of_a_round_know_the_parties(choices: dict[str, object]):
    """Whichever way they were found: in a line, and beside any values."""
    members, validation = consortium(parties=6)
    gains = settle(members, validation, unit_price=100_000, rng=1, **choices).gains
    assert repr(gains) == f"{type(gains).__name__}(6 players: P0, P1, P2, P3, ..)"
    alone = gains.worth(np.eye(6, dtype=bool))
    assert gains.to_frame(alone=alone)["alone"].to_dict() == dict(
        zip((f"P{i}" for i in range(6)), alone, strict=True)
    )
