"""`fairpool price check`: whether a curve rises with the amount, and cannot be undercut by buying in pieces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from fairpool.cli.console import Stages, say, show
from fairpool.cli.price.text import check_text
from fairpool.files.concerning import concerning
from fairpool.files.pricing.amounts import read_curve
from fairpool.pricing.curves.arbitrage import find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.nearest_curve import nearest_arbitrage_free

Document = dict[str, Any]

MOST_REPAIRED = 5000  # bundles; the nearest curve takes time that grows with their square


def check_curve(path: Path, *, as_json: bool) -> bool:
    """Check the curve of a file, tell what was found, and return whether it holds; raises InputError."""
    with Stages() as stages:
        stages.stage("reading the curve")
        curve = read_curve(path)
        stages.stage("looking for arbitrage")
        with concerning(path):
            document = checked(curve)
    show(json.dumps(document, allow_nan=False) if as_json else check_text(document))
    if not holds(document):
        say(f"fairpool: {path}: the check failed")
    return holds(document)


def holds(document: Document) -> bool:
    return bool(document["monotone"]) and document["arbitrage"] is None


def checked(curve: PriceCurve) -> Document:
    """The fixed keys first; ``nearest`` where the curve needs one and has not too many bundles."""
    found = find_arbitrage(curve)
    document: Document = {
        "monotone": curve.is_monotone,
        "arbitrage": None if found is None else [found.n1, found.n2, found.together],
        "apart": None if found is None else found.apart,
        "falls": None if curve.is_monotone else _largest_fall(curve),
        "nearest": None,
        "largest_change": None,
    }
    if holds(document) or len(curve.amounts) > MOST_REPAIRED:
        return document
    nearest = nearest_arbitrage_free(curve)
    return document | {"nearest": nearest.curve.pairs(), "largest_change": nearest.largest_change}


def _largest_fall(curve: PriceCurve) -> list[float]:
    """[n, n', p, p']: neighbouring bundles of which the larger one is cheaper, by most."""
    place = int(np.argmin(np.diff(curve.prices)))
    fewer, more = curve.amounts[place : place + 2].tolist()
    return [fewer, more, *curve.prices[place : place + 2].tolist()]
