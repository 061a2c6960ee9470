"""Who takes part: contributors bring rows, buyers take them.  Both are registered by name before they act."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import Enum
from pathlib import Path

from fairpool.ground.errors import InputError
from fairpool.marketplace.file.store import writing, written_moment
from fairpool.tables.names import listed

LONGEST_NAME = 200
EARLIER = ", earlier deposits"  # what reports call a contributor's own earlier rows


class MemberRole(Enum):
    """What a member does; the value is the word for it, and the table they are kept in."""

    CONTRIBUTOR = "contributor"
    BUYER = "buyer"


@dataclass(frozen=True, slots=True)
class Member:
    """A contributor or a buyer; ``number`` counts them from 1 in the order in which they were added."""

    number: int
    name: str


def add_contributor(folder: Path, name: str, *, at: datetime) -> Member:
    """Register a contributor.

    Parameters
    ----------
    folder : Path
    name : str
        1 to 200 letters that can be printed; blanks around it are taken off.
    at : datetime
        When, with a time zone; kept in UTC, to the second.

    Returns
    -------
    Member
        ``number``, counted from 1 in the order of registration, and ``name``.

    Raises
    ------
    InputError
        For a name that cannot be read or that another contributor has, also if it differs in capitals only, one
        that ends in ", earlier deposits", a time without a time zone, and where there is no market in ``folder``.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> from fairpool.marketplace import MarketTerms, add_contributor, open_market
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> add_contributor(shop, "North", at=at)
    Member(number=1, name='North')
    >>> place.cleanup()
    """
    return _add(folder, MemberRole.CONTRIBUTOR, name, at)


def add_buyer(folder: Path, name: str, *, at: datetime) -> Member:
    """Register a buyer.

    Parameters
    ----------
    folder : Path
    name : str
        1 to 200 letters that can be printed; blanks around it are taken off.
    at : datetime
        When, with a time zone; kept in UTC, to the second.

    Returns
    -------
    Member
        ``number``, counted from 1 in the order of registration, and ``name``.

    Raises
    ------
    InputError
        For a name that cannot be read or that another buyer has, also if it differs in capitals only, one
        that ends in ", earlier deposits", a time without a time zone, and where there is no market in ``folder``.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> from fairpool.marketplace import MarketTerms, add_buyer, open_market
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> add_buyer(shop, "Ada", at=at)
    Member(number=1, name='Ada')
    >>> place.cleanup()
    """
    return _add(folder, MemberRole.BUYER, name, at)


def members(connection: sqlite3.Connection, role: MemberRole) -> tuple[Member, ...]:
    """All of a kind, in the order in which they were added."""
    rows = connection.execute(f"SELECT id, name FROM {role.value} ORDER BY id")
    return tuple(Member(row["id"], row["name"]) for row in rows)


def member_named(connection: sqlite3.Connection, role: MemberRole, name: str) -> Member:
    """InputError for a name nobody has, with the nearest ones."""
    known = members(connection, role)
    found = next((one for one in known if one.name == _composed(name)), None)
    if found is None:
        raise InputError(_unknown(role, name, [one.name for one in known]))
    return found


def plain_reference(reference: str | None) -> str | None:
    """A caller's own name for what it asks, as it is kept: asked again after a kill, nothing is done twice.

    InputError for one that cannot be read.
    """
    if reference is None:
        return None
    plain = reference.strip()
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise InputError(
            f"reference: got {reference!r}, expected 1 to {LONGEST_NAME} letters that can be printed"
        )
    return plain


def _add(folder: Path, role: MemberRole, name: str, at: datetime) -> Member:
    plain = _composed(name)
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise InputError(
            f"{role.value}: got the name {name!r}, expected 1 to {LONGEST_NAME} letters that can be printed"
        )
    if plain.endswith(EARLIER):
        raise InputError(f"{role.value}: got the name {name!r}, whose ending means something else in reports")
    moment = written_moment(at)
    with writing(folder) as connection:
        _refuse_taken(plain, role, [one.name for one in members(connection, role)])
        added = connection.execute(
            f"INSERT INTO {role.value} (name, added_at) VALUES (?, ?)", (plain, moment)
        )
        return Member(int(added.lastrowid or 0), plain)


def _refuse_taken(name: str, role: MemberRole, known: Sequence[str]) -> None:
    same = next((one for one in known if _alike(one) == _alike(name)), None)
    if same is not None:
        raise InputError(f"{role.value}: got {name!r}, but there is a {role.value} called {same!r} already")


def _composed(name: str) -> str:
    """One spelling of what looks the same: é is one letter, whatever the keyboard made of it."""
    return unicodedata.normalize("NFC", name.strip())


def _alike(name: str) -> str:
    """What names that a reader would take for each other have in common."""
    return unicodedata.normalize("NFKC", name).casefold()


def _unknown(role: MemberRole, name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=3)
    if near:
        who = f"did you mean {listed(near)}?"
    else:
        who = f"registered: {listed(known)}." if known else f"there is no {role.value} yet."
    return f"{role.value}: got {name!r}, who is not registered; {who} `{role.value} add NAME` registers one"
