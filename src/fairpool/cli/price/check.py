"""`fairpool price check`: whether a curve rises with the amount, and cannot be undercut by buying in pieces."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fairpool.cli.console import Stages, say, show
from fairpool.cli.price.text import check_text
from fairpool.documents.pricing import CheckedCurve, arbitrage_shown, bundles_shown
from fairpool.files.pricing.amounts import read_curve
from fairpool.files.problem_in_file import concerning
from fairpool.pricing.curves.arbitrage import check
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.nearest_curve import nearest_arbitrage_free

MOST_REPAIRED = 5000  # bundles; the nearest curve takes time that grows with their square


def check_curve(path: Path, *, as_json: bool) -> bool:
    """Check the curve of a file, tell what was found, and return whether it holds; raises InputError."""
    with Stages() as stages:
        stages.stage("reading the curve")
        curve = read_curve(path)
        stages.stage("looking for arbitrage")
        with concerning(path):
            document = checked(curve)
    show(document.json_text() if as_json else check_text(document))
    if not document.holds:
        say(f"fairpool: {path}: the check failed")
    return document.holds


def checked(curve: PriceCurve) -> CheckedCurve:
    """The verdict, and the nearest curve where one is needed and the curve has not too many bundles."""
    verdict = check(curve)
    repaired = not verdict.holds and len(curve.amounts) <= MOST_REPAIRED
    nearest = nearest_arbitrage_free(curve) if repaired else None
    return CheckedCurve(
        monotone=verdict.monotone,
        arbitrage=arbitrage_shown(verdict.arbitrage),
        apart=None if verdict.arbitrage is None else verdict.arbitrage.apart,
        falls=None if verdict.monotone else _largest_fall(curve),
        nearest=None if nearest is None else bundles_shown(nearest.curve),
        largest_change=None if nearest is None else nearest.largest_change,
    )


def _largest_fall(curve: PriceCurve) -> tuple[int, int, float, float]:
    """[n, n', p, p']: neighbouring bundles of which the larger one is cheaper, by most."""
    place = int(np.argmin(np.diff(curve.prices)))
    fewer, more = curve.amounts[place : place + 2].tolist()
    price, lower = curve.prices[place : place + 2].tolist()
    return fewer, more, price, lower
