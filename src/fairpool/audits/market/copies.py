"""What a party may enter into a round instead of itself, and what it has when that round is really settled.

A certificate says what copies of oneself would earn without settling them (`fairpool.market.copies`).  Here they are
entered: one round is settled with the parties as they are, one with what the deviator makes of them, with equal chance.
What a party has is counted as in the certificate:

    c gain + sum over its identities of (net - retained)

with c the price of one unit of gain and ``gain`` that of its first identity: the models of the others are of no use.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from fairpool.audits.trial import Trial
from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Chance, chance
from fairpool.market.party import Party
from fairpool.market.settlement import Settlement

SettleRound = Callable[[Sequence[Party], np.random.Generator], Settlement]
"""Settles whoever takes part, on terms that were agreed before."""


class PartyStrategy(Protocol):
    """What one party makes of the parties of a round."""

    def enter(self, parties: Sequence[Party], who: int) -> list[Party]:
        """All parties: the deviator's first identity in its place, any further ones behind the others."""
        ...


@dataclass(frozen=True, slots=True)
class CopiesOfOneself:
    """The party, and so many copies that bring its data and want what it wants, under other names."""

    copies: int

    def enter(self, parties: Sequence[Party], who: int) -> list[Party]:
        party, n = parties[who], len(parties)
        names = (f"copy {n + c} of {party.name}" for c in range(self.copies))
        return [*parties, *(replace(party, name=name) for name in names)]


def try_entries(
    settle_round: SettleRound,
    parties: Sequence[Party],
    who: int,
    entries: Mapping[str, PartyStrategy],
    *,
    rng: Chance,
) -> tuple[Trial[PartyStrategy], ...]:
    """Settle a round as it is and with what one party enters instead of itself.

    Parameters
    ----------
    settle_round : callable
        From (parties, rng) to a `Settlement`: `settle` with its terms.
    parties : sequence of Party
        The honest round.
    who : int
        The place of the deviator.
    entries : mapping of str to PartyStrategy
        What it enters, by name.
    rng : numpy.random.Generator
        Every round starts from a copy of it, so that all meet with the same chance.

    Returns
    -------
    tuple of Trial
        One for each entry, in minor units.  Payments are whole: they move a gain by up to one unit for each identity
        and payer.

    Raises
    ------
    InputError
        For a deviator that is not there, and as `settle_round`.

    Notes
    -----
    Cost: one settlement more than there are entries.

    Examples
    --------
    Two parties of four rows; copies lose, and the certificate has said so:

    >>> import numpy as np, pandas as pd
    >>> from fairpool.audits import try_entries
    >>> from fairpool.audits.market.copies import CopiesOfOneself, certified_trial
    >>> from fairpool.market import Dataset, Party, settle
    >>> def rows(*x):
    ...     return Dataset.from_frame(pd.DataFrame({"x": x, "y": np.array(x) > 2.5}), label="y")
    >>> parties = [Party("low", rows(0.0, 1.0, 2.0, 4.0)), Party("high", rows(1.5, 3.0, 4.0, 5.0))]
    >>> def settled(parties, rng):
    ...     return settle(parties, rows(0.5, 1.4, 2.2, 2.7, 2.8, 4.5), rng=rng, unit_price=60_000)
    >>> (trial,) = try_entries(settled, parties, 0, {"one copy": CopiesOfOneself(1)}, rng=np.random.default_rng(1))
    >>> honest = settled(parties, np.random.default_rng(1))
    >>> trial.gain, certified_trial(honest, "low", 1).gain
    (-8834.0, -8833.3333)
    """
    rng = chance(rng)
    if not 0 <= who < len(parties):
        raise InputError(f"who: got {who}, expected a party from 0 to {len(parties) - 1}")
    honest = held(settle_round(parties, deepcopy(rng)), [parties[who].name])
    trials = []
    for name, entry in entries.items():
        entered = entry.enter(parties, who)
        identities = [entered[who].name, *(party.name for party in entered[len(parties) :])]
        settlement = settle_round(entered, deepcopy(rng))
        trials.append(Trial.between(name, entry, honest=honest, deviating=held(settlement, identities)))
    return tuple(trials)


def certified_trial(settlement: Settlement, party: str, copies: int) -> Trial[PartyStrategy]:
    """What the certificate of an honest round says of copies, in the language of trials.

    Of a sampled round the error is not known (nan), so such a trial neither pays nor costs for sure.  Raises InputError
    for copies that the certificate does not tell of.
    """
    replication = settlement.certificate.replication
    for one in replication.gains:
        if (one.party, one.copies) == (party, copies):
            honest = held(settlement, [party])
            after, exact = honest + one.gain, not replication.estimated
            name, strategy = f"{copies} copies of {party}", CopiesOfOneself(copies)
            error = math.nan if one.standard_error is None else one.standard_error
            return Trial(name, strategy, honest, after, one.gain, error, exact)
    raise InputError(f"copies: the certificate does not tell of {copies} copies of {party!r}")


def held(settlement: Settlement, identities: Sequence[str]) -> float:
    """What these identities of one party have in the end, in minor units: the model of the first only is of use."""
    rows = settlement.statement.loc[list(identities)]
    paid = int((rows["net"] - rows["retained"]).sum())
    return paid + settlement.terms.price.unit_price * float(rows["gain"].iloc[0])
