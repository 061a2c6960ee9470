"""Rounds of sharing on rows that no file holds: what came of them as the program's own document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairpool.comparing.cramer_von_mises import nothing_withheld
from fairpool.documents.sharing.mediator import SharingDocument
from fairpool.files.sharing.costs import CostTable
from fairpool.files.sharing.rewards import Reward
from fairpool.files.sharing.share_file import AgentFile, CostTerms, EqualTerms, ShareFile
from fairpool.files.sharing.submissions import Submitted
from fairpool.ground.progress import Unwatched
from fairpool.runs.sharings.compared import rewarded
from fairpool.runs.sharings.costly import CostlyRound
from fairpool.runs.sharings.equal import EqualRound
from fairpool.runs.sharings.running import SharingRound
from fairpool.sharing.bargaining.baseline import Objective
from fairpool.sharing.collected import Collected
from fairpool.sharing.mechanisms.catalogue import mechanism_named
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.release_book import ReleaseBook
from fairpool.sharing.rewards.budget import Budget
from fairpool.sharing.terms import SharingTerms

Rows = NDArray[np.float64]

NOWHERE = Path("SHARE.toml")


def _share(mechanism: str, names: Sequence[str], terms: Any) -> ShareFile:
    agents = tuple(AgentFile(name, f"agent-{i}", None, None) for i, name in enumerate(names, start=1))
    return ShareFile(NOWHERE, "A sharing of made-up data", mechanism, 7, terms, agents)


def book_of(names: Sequence[str]) -> ReleaseBook:
    """A book that has the same secret every time."""
    return ReleaseBook.new(names, secret=bytes(32))


def _document(found: SharingRound) -> SharingDocument:
    return found.document([handout.entry for handout in found.handouts()])


def symmetric(
    mechanism: str,
    rows: Sequence[Rows],
    *,
    columns: Sequence[str],
    names: Sequence[str],
    sigma: float,
    cost: float,
) -> SharingDocument:
    """A mechanism for equal agents, run on ``rows``, (rows_i, columns) each."""
    theory = mechanism_named(mechanism, SharingTerms(len(rows), sigma, cost, len(columns)))
    share = _share(mechanism, names, EqualTerms(sigma, cost, 1))
    submitted = Submitted(tuple(columns), tuple(rows))
    return _document(EqualRound(share, submitted, Collected.of(rows), theory.whole(), theory, book_of(names)))


def heterogeneous(
    rows: Sequence[Rows],
    costs: Rows,
    *,
    columns: Sequence[str],
    names: Sequence[str],
    sigma: float,
    objective: Objective = Objective.SOCIAL,
) -> SharingDocument:
    """The mechanism for different costs; rows may hold nan where an agent has fewer of a distribution."""
    theory = Heterogeneous.of(costs, sigma, objective=objective)
    share = _share("heterogeneous", names, CostTerms(sigma, NOWHERE, objective))
    table = CostTable(NOWHERE, tuple(names), tuple(columns), np.asarray(costs), tuple(range(len(rows))))
    submitted = Submitted(tuple(columns), tuple(rows))
    return _document(
        CostlyRound(share, table, submitted, Collected.of(rows), theory.whole(), theory, book_of(names))
    )


def cramer_von_mises(
    rows: Sequence[Rows], *, columns: Sequence[str], names: Sequence[str]
) -> SharingDocument:
    """The check of whole distributions, and 900 euros divided by it."""
    reward = Reward("budget", Budget(90_000), nothing_withheld, "EUR")
    submitted = Submitted(tuple(columns), tuple(rows))
    return _document(
        rewarded(
            _share("cramer-von-mises", names, reward), reward, None, submitted, book_of(names), Unwatched()
        )
    )


def changed(document: SharingDocument, part: str, place: int, **new: Any) -> SharingDocument:
    """The same with other values in one entry of a part: ``changed(found, "agents", 2, penalty=3.0)``."""
    entries = list(getattr(document, part))
    entries[place] = entries[place].model_copy(update=new)
    return document.model_copy(update={part: tuple(entries)})
