"""Strategic behaviour tried against the mechanisms: a deviation is tried, a trial has a gain, trials make a finding."""

from fairpool.audits.catalogue import deviations_of
from fairpool.audits.deposits.simulation import compare_contributors
from fairpool.audits.deviation import Deviation, Deviator
from fairpool.audits.feature_market.bids import try_bids
from fairpool.audits.feature_market.columns import try_columns
from fairpool.audits.finding import Finding, audit
from fairpool.audits.market.copies import try_entries
from fairpool.audits.sharing.equilibrium import best_response
from fairpool.audits.sharing.row_simulation import simulate_rows
from fairpool.audits.sharing.simulation import compare
from fairpool.audits.sharing.strategies import Strategy
from fairpool.audits.trial import Trial

__all__ = [  # noqa: RUF022 (in the order a user needs them)
    "audit",
    "deviations_of",
    "Deviation",
    "Deviator",
    "Trial",
    "Finding",
    "best_response",
    "compare",
    "Strategy",
    "simulate_rows",
    "compare_contributors",
    "try_entries",
    "try_columns",
    "try_bids",
]
