"""The mediator's book of releases on disk, beside the share file: SHARE.toml has SHARE.book.json.

It holds the secret of the noise, so it is the mediator's alone (mode 0600), and what every agent was judged by.  It is
written before anything is handed out: what was handed out is always in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from fairpool.documents.document import Document, no_document
from fairpool.files.output import written_whole
from fairpool.files.sharing.share_file import ShareFile
from fairpool.ground.errors import InputError
from fairpool.sharing.release_book import BookPart, Judgement, ReleaseBook, secret_of_seed


class JudgementEntry(Document):
    """What an agent was first judged by (`fairpool.sharing.release_book.Judgement`)."""

    submission: str
    clean: dict[str, tuple[int, ...]]
    noise_variance: tuple[float, ...] = Field(min_length=1)
    estimate: tuple[float, ...] = ()


class PartEntry(Document):
    """One distribution, or all columns together."""

    grain: tuple[Annotated[float, Field(gt=0)], ...]
    rows: dict[str, list[str]]
    judged: dict[str, JudgementEntry]


class ReleaseBookDocument(Document):
    """SHARE.book.json; terms: digest of what was agreed; agents: all that ever took part, by whose names it goes.

    seeded: whether the secret is that of a seed, which can be guessed
    """

    format: Literal[1] = 1
    kind: Literal["release-book"] = "release-book"
    secret: str = Field(pattern="^[0-9a-f]{64}$")
    seeded: bool
    terms: str
    agents: tuple[str, ...]
    columns: tuple[str, ...]
    parts: dict[str, PartEntry]


def book_path(share_file: Path) -> Path:
    """Where it is kept unless told otherwise: beside the share file."""
    return share_file.with_name(f"{share_file.stem}.book.json")


def open_book(share: ShareFile, place: Path) -> ReleaseBook:
    """The book of this round, or a new one.

    Raises InputError where it cannot be read, or was begun under other terms or with another seed: releases by both
    together would tell more than either.
    """
    secret = _secret_of(share)
    if not place.exists():
        return ReleaseBook.new(share.names, secret=secret)
    found = _read(place)
    again = f"; a new round has a share file, and a book, of its own ({place.name} is this one's)"
    if found.terms != _terms_of(share):
        raise InputError(
            f"got terms other than those of the releases that were made before: mechanism, sigma, cost and option are "
            f"agreed on before anybody hands in{again}",
            file=share.path,
        )
    _refuse_other_name(share, found.agents, again)
    if secret is None and found.seeded:
        raise InputError(
            f"sharing.seed: got none, but the releases before were made with one, and its secret can be guessed{again}",
            file=share.path,
        )
    if secret is not None and secret.hex() != found.secret:
        raise InputError(
            f"sharing.seed: got {share.seed}, but the releases before were made with another, or with none{again}",
            file=share.path,
        )
    parts = {
        name: BookPart(
            part.grain,
            {agent: list(rows) for agent, rows in part.rows.items()},
            {agent: Judgement(**dict(one)) for agent, one in part.judged.items()},
        )
        for name, part in found.parts.items()
    }
    return ReleaseBook(bytes.fromhex(found.secret), share.names, parts)


def refuse_other_columns(share: ShareFile, place: Path, columns: Sequence[str]) -> None:
    """InputError where the releases before were of other columns."""
    if place.exists() and (before := _read(place).columns) != tuple(columns):
        raise InputError(
            f"got columns {', '.join(columns)}, but the releases before were of {', '.join(before)}; other columns are "
            f"a new round, with a share file, and a book, of its own ({place.name} is this one's)",
            file=share.path,
        )


def _refuse_other_name(share: ShareFile, before: Sequence[str], again: str) -> None:
    """An agent under another name would be judged anew, and its rows handed out under new noise."""
    gone = [name for name in before if name not in share.names]
    new = [name for name in share.names if name not in before]
    if gone and new:
        raise InputError(
            f"[[agent]]: got {new[0]!r}, which is new, but no {gone[0]!r}, which took part before: an agent keeps the "
            f"name under which it handed in (without samples where it hands in nothing){again}",
            file=share.path,
        )


def digest_of(place: Path) -> str:
    """Of the book as it is on disk; of none where there is none."""
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.exists() else ""


def write_book(
    share: ShareFile, place: Path, book: ReleaseBook, columns: Sequence[str], *, before: str
) -> None:
    """Whole or not at all; raises InputError where the disk does not let us, or another run wrote it meanwhile.

    before: `digest_of` when it was opened.
    """
    if digest_of(place) != before:
        raise InputError(
            "another run wrote this book meanwhile; expected one at a time: run again", file=place
        )
    document = ReleaseBookDocument(
        secret=book.secret.hex(),
        seeded=share.seed is not None,
        terms=_terms_of(share),
        agents=tuple(dict.fromkeys([*_agents_before(place), *share.names])),
        columns=tuple(columns),
        parts={
            name: PartEntry(
                grain=part.grain,
                rows=part.rows,
                judged={
                    agent: JudgementEntry(
                        submission=one.submission,
                        clean=one.clean,
                        noise_variance=one.noise_variance,
                        estimate=one.estimate,
                    )
                    for agent, one in part.judged.items()
                },
            )
            for name, part in book.recorded.items()
        },
    )
    written_whole(place, document.json_text() + "\n", mode=0o600)


def _agents_before(place: Path) -> tuple[str, ...]:
    return _read(place).agents if place.exists() else ()


def _read(place: Path) -> ReleaseBookDocument:
    try:
        return ReleaseBookDocument.model_validate_json(place.read_bytes())
    except ValidationError as problem:
        raise no_document(problem, place) from None
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=place) from problem


def _secret_of(share: ShareFile) -> bytes | None:
    """A seed's, where the share file has one: as good as the seed is hard to guess."""
    return None if share.seed is None else secret_of_seed(share.seed)


def _terms_of(share: ShareFile) -> str:
    """Digest of the mechanism and all that was agreed with it; of a file of costs its content."""
    terms = {key: getattr(share.terms, key) for key in share.terms.__dataclass_fields__}
    named = {key: getattr(value, "__name__", str(value)) for key, value in terms.items()}
    costs = getattr(share.terms, "costs", None)
    if isinstance(costs, Path):
        try:
            named["costs"] = hashlib.sha256(costs.read_bytes()).hexdigest()
        except OSError as problem:
            raise InputError(f"cannot be read: {problem.strerror}", file=costs) from problem
    return hashlib.sha256(json.dumps([share.mechanism, named], sort_keys=True).encode()).hexdigest()
