"""Every deviation that is tried, one entry each: who might do it, what it is in words, and how it is made.

A further deviation takes two places: its action in a file of its own, and an entry here (or, to try it once, an entry
handed to `audit` or `best_response`).  Rows drawn from the truth (`DrawnFromTruth`) have no entry: they need the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairpool.audits.deposits.strategies import (
    CopiedRows,
    FarOut,
    Flipped,
    IndependentColumns,
    NoisyCopies,
    NormalFit,
    ResampledWithNoise,
    Shifted,
    Subsample,
)
from fairpool.audits.deviation import Deviation, Deviator
from fairpool.audits.feature_market.columns import CopiedColumn, MultipliedColumn, ShiftedColumn, SplitColumn
from fairpool.audits.market.copies import CopiesOfOneself
from fairpool.audits.sharing.reports import (
    AddNoise,
    Constant,
    Copy,
    Fabricate,
    Honest,
    PadKeepingMean,
    Scale,
    Shift,
    Substitute,
    Withhold,
)

AGENT, CONTRIBUTOR, PARTY, SELLER, BUYER = Deviator

SCALES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 1.03, 1.1)
SHIFTS = (-0.5, -0.2, -0.1, -0.05, -0.01, 0.012, 0.05, 0.1, 0.2, 0.5)
NOISES = (0.05, 0.2, 0.5, 1.0, 2.0)
PARTS = (0.1, 0.25, 0.5, 0.75)
BIDS = (0.0, 0.5, 0.9, 1.1, 1.5, 2.0)
ONCE, TWICE = (1.0,), (1.0, 2.0)
FIT = (0.05, 0.5, 1.0, 4.0)


def _rows(multiple: float, samples: float) -> int:
    """A multiple of the samples of the plan."""
    return max(1, round(multiple * samples))


def _padded(p: float, n: float) -> PadKeepingMean:
    return PadKeepingMean(_rows(p, n))


def _constant(p: float, n: float) -> Constant:
    return Constant(p, _rows(1.0, n) + 1)


CATALOGUE: tuple[Deviation[Any], ...] = (
    Deviation("honest", AGENT, "collects another amount", (0.0,), lambda *_: Honest(), subset=True),
    Deviation("scale", AGENT, "multiplies its rows", SCALES, lambda p, _: Scale(p)),
    Deviation("shift", AGENT, "moves its rows by so many sigma", SHIFTS, lambda p, _: Shift(p)),
    Deviation("noise", AGENT, "adds noise of so many sigma", NOISES, lambda p, _: AddNoise(p)),
    Deviation("fabricate", AGENT, "adds rows of a normal fit", FIT, lambda p, n: Fabricate(_rows(p, n))),
    Deviation(
        "substitute",
        AGENT,
        "hands in rows of a normal fit instead of its own",
        (0.5, 1.0, 4.0, 20.0),
        lambda p, n: Substitute(_rows(p, n)),
    ),
    Deviation("pad keeping the mean", AGENT, "adds rows that keep the mean", (0.5, 1.0, 4.0), _padded),
    Deviation("copy", AGENT, "hands in rows several times", (2.0, 3.0, 5.0), lambda p, _: Copy(round(p))),
    Deviation("withhold", AGENT, "keeps a part of its rows", PARTS, lambda p, _: Withhold(p), subset=True),
    Deviation("constant", AGENT, "hands in rows that all say the same", (-1.0, 0.0, 1.0), _constant),
    Deviation("copies", CONTRIBUTOR, "adds copies of its rows", ONCE, lambda p, _: CopiedRows(p)),
    Deviation("noisy copies", CONTRIBUTOR, "adds near copies", ONCE, lambda p, _: NoisyCopies(p)),
    Deviation(
        "resampled",
        CONTRIBUTOR,
        "adds its rows with noise of so many standard deviations",
        (0.1, 0.3, 1.0),
        lambda p, _: ResampledWithNoise(noise=p),
    ),
    Deviation(
        "independent columns",
        CONTRIBUTOR,
        "adds rows whose columns are drawn one by one",
        ONCE,
        lambda p, _: IndependentColumns(p),
    ),
    Deviation("normal fit", CONTRIBUTOR, "adds rows of a fit", (1.0, 5.0), lambda p, _: NormalFit(p)),
    Deviation("shifted", CONTRIBUTOR, "moves a share of its rows", (0.5,), lambda p, _: Shifted(p)),
    Deviation("flipped", CONTRIBUTOR, "mirrors a share of its rows", (0.5,), lambda p, _: Flipped(p)),
    Deviation("far out", CONTRIBUTOR, "moves a share far out", (0.1,), lambda p, _: FarOut(p)),
    Deviation("withheld", CONTRIBUTOR, "keeps a share", (0.5,), lambda p, _: Subsample(p), subset=True),
    Deviation(
        "copies of oneself",
        PARTY,
        "enters so many copies of itself under other names",
        TWICE,
        lambda p, _: CopiesOfOneself(round(p)),
    ),
    Deviation(
        "copies", SELLER, "enters copies of its feature, too", TWICE, lambda p, _: CopiedColumn(round(p))
    ),
    Deviation("multiple", SELLER, "enters a multiple, too", (1000.0,), lambda p, _: MultipliedColumn(p)),
    Deviation("shift", SELLER, "enters an orthogonal shift, too", ONCE, lambda *_: ShiftedColumn()),
    Deviation("split", SELLER, "enters plus and minus noise instead", ONCE, lambda p, _: SplitColumn(p)),
    Deviation("another bid", BUYER, "bids so many times its value", BIDS, lambda p, value: p * value),
)


def deviations_of(
    deviator: Deviator, catalogue: Sequence[Deviation[Any]] = CATALOGUE
) -> tuple[Deviation[Any], ...]:
    """What one kind of participant is tried with.

    Parameters
    ----------
    deviator : Deviator
        Who deviates.
    catalogue : sequence of Deviation
        What to choose from; fairpool's own unless another is given.

    Returns
    -------
    tuple of Deviation
        In the order of the catalogue.

    Examples
    --------
    >>> from fairpool.audits import Deviator, deviations_of
    >>> for one in deviations_of(Deviator.PARTY):
    ...     print(f"{one.name}: {one.words}")
    copies of oneself: enters so many copies of itself under other names
    """
    return tuple(one for one in catalogue if one.deviator is deviator)
