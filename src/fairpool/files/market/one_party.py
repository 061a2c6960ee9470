"""What stands out in one party's files, for that party alone: no other party's cell is in it.

Where the files of all parties are there and fit, it is what the round's notes will tell of the party: also which rows
another one brings, and which texts hardly anybody has.  Elsewhere its rows are held against the validation file alone,
and what hangs on the others' is not told.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fairpool.files.market.market_file import MarketFile, PartyFiles
from fairpool.files.market.round_inputs import read_rows, terms_of
from fairpool.ground.errors import InputError
from fairpool.market.agreement import Agreement, agree
from fairpool.market.data_sheets.leakage import leakage_refused
from fairpool.market.departures import remarks_on_party, remarks_on_rows
from fairpool.market.options import OverlapRule


def party_remarks(market: MarketFile, party: PartyFiles) -> list[str]:
    """A sentence each; InputError where the round would refuse rows of this party that stand in the validation data."""
    whole = _agreed(market) if all(path.exists() for path in market.paths) else None
    alone = None if whole else _agreed(replace(market, parties=(party,)))
    found = whole or alone
    if found is None:
        return []
    overlaps = [one for one in found.rows_in_validation if party.name in (one.party, one.task)]
    beyond = [one for one in overlaps if one.more_than_chance]
    if beyond and market.options.overlap is OverlapRule.REFUSE:
        raise leakage_refused(beyond)
    told = remarks_on_party(found, party.name) if whole else remarks_on_rows(found, party.name)
    return list(told)


def _agreed(market: MarketFile) -> Agreement | None:
    """A round of these files, with the validation rows that are among the training rows; None where they do not fit."""
    options = market.options
    if options.overlap is OverlapRule.REFUSE:
        options = replace(options, overlap=OverlapRule.KEEP)
    try:
        rows = read_rows(market)
        terms = terms_of(replace(market, options=options))
        return agree(rows.parties, rows.validation, terms, rng=np.random.default_rng(market.seed))
    except InputError:
        return None
