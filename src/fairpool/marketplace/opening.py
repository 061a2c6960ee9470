"""A new market: its terms and its first prices."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from fairpool import __version__
from fairpool.marketplace.moment import written_moment
from fairpool.marketplace.posted import PostedCurve, checked, write_curve
from fairpool.marketplace.store import founding
from fairpool.marketplace.terms import MarketTerms, write_terms
from fairpool.pricing.curves.curve import PriceCurve


def open_market(
    folder: Path, terms: MarketTerms, curve: PriceCurve, *, at: datetime, force: bool = False
) -> PostedCurve:
    """Make a market in ``folder``, which is made if it is not there; the prices are in units of the currency.

    Raises InputError where there is a market already, for a curve that falls, and unless ``force`` for one with
    arbitrage, which then is marked wherever prices are shown.
    """
    moment, offered = written_moment(at), checked(curve, terms.currency, force=force)
    with founding(folder) as connection:
        write_terms(connection, terms, at=moment, software=f"fairpool {__version__}")
        return write_curve(connection, offered, at=moment)
