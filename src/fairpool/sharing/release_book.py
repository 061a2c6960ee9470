"""The mediator's book of releases: a secret, and what every agent was judged by, so that nothing is drawn twice.

A mechanism's proof is about one release.  A second one of the same rows would undo it in two ways:

    fresh noise   is averaged away over releases                 so a row keeps its noise for an agent, for good
    a new report  that is the mean of the clean rows has none    so an agent is judged once, by what it first hands in

The noise of a row for an agent follows from the secret, the agent, whose row it is, and which of that agent's rows it
is (SHAKE-256 of these, read as uniform numbers; no agent gets from noise that it knows to noise that it does not).
The clean rows are those of the lowest such numbers when the agent is first judged.  Rows that come later are handed out
with noise of the variance that it was judged to, and rows that are handed in no longer are handed out no longer.

What it does not do: rows that are measured anew are new rows.  An agent that takes part in many rounds of new samples
learns the mean as it learns from any new samples.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtri

from fairpool.ground.arrays import Bool, Booleans, Float, Floats, Positions
from fairpool.ground.errors import InputError

SECRET_BYTES = 32
_DIGEST_BYTES = 8
_GRAIN = 2.0**-20
_WORD = np.dtype("<u8")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an agent was first judged by.

    submission      digest of what it handed in
    clean           by whose rows they are: the numbers of those that came clean
    noise_variance  of the rest, by coordinate
    estimate        that was given in place of rows, by coordinate; none where rows are given
    """

    submission: str
    clean: dict[str, tuple[int, ...]]
    noise_variance: tuple[float, ...]
    estimate: tuple[float, ...] = ()


@dataclass(slots=True)
class BookPart:
    """Of one distribution, or of all columns that are handed out together.

    grain   by coordinate: rows that differ by less are one row, written again with other digits
    rows    by agent: digests of all rows it ever handed in; a row's place is its number
    judged  by agent
    """

    grain: tuple[float, ...] = ()

    rows: dict[str, list[str]] = field(default_factory=dict)
    judged: dict[str, Judgement] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class ReleaseBook:
    """The chance of releases that remembers (`fairpool.sharing.chance_of_release.ReleaseChance`).

    secret      never leaves the mediator: with it the noise can be taken off
    agents      names, in the order of the submissions
    recorded    parts, by their names
    anew        agents that handed in something else than what they were judged by, found as releases are made

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.sharing import C3D, SharingTerms
    >>> c3d = C3D.published(SharingTerms(5, 1.0, 0.0025)).whole()
    >>> rng = np.random.default_rng(0)
    >>> rows = [rng.normal(size=(9, 1)) for _ in range(5)]
    >>> book = ReleaseBook.new(["A", "B", "C", "D", "E"])
    >>> first, again = (next(iter(c3d.releases(rows, book))) for _ in range(2))
    >>> bool((first.corrupted == again.corrupted).all())
    True
    """

    secret: bytes
    agents: tuple[str, ...]
    recorded: dict[str, BookPart] = field(default_factory=dict)
    anew: set[str] = field(default_factory=set)
    part: str = ""

    @classmethod
    def new(cls, agents: Sequence[str], *, secret: bytes | None = None) -> ReleaseBook:
        """With a secret from the operating system, unless one is given."""
        return cls(secrets.token_bytes(SECRET_BYTES) if secret is None else secret, tuple(agents))

    def parts(self, count: int) -> list[ReleaseBook]:
        return [
            ReleaseBook(self.secret, self.agents, self.recorded, self.anew, f"{self.part}{k}.")
            for k in range(count)
        ]

    def draws(self, rows: Sequence[Floats]) -> BookDraws:
        """Number the rows, new ones behind those that are known, whatever order they come in."""
        recorded = self.recorded.setdefault(self.part, BookPart())
        recorded.grain = recorded.grain or _grain_of(rows)
        digests = [self._digests(one / recorded.grain) if len(one) else [] for one in rows]
        _refuse_rows_of_another(recorded.rows, dict(zip(self.agents, digests, strict=True)))
        numbers = [
            _numbered(recorded.rows.setdefault(name, []), own)
            for name, own in zip(self.agents, digests, strict=True)
        ]
        submissions = [hashlib.sha256("".join(sorted(own)).encode()).hexdigest() for own in digests]
        return BookDraws(self, recorded, tuple(numbers), tuple(submissions))

    def generator(self, purpose: str) -> np.random.Generator:
        """For what is drawn otherwise; the same at every run."""
        return np.random.default_rng(int.from_bytes(self.stream([purpose], 4), "little"))

    def stream(self, purpose: Sequence[str], words: int) -> bytes:
        """``words`` words of 8 bytes that hang on the secret and the purpose; of more words these are the first."""
        named = json.dumps([self.part, *purpose]).encode()
        return hashlib.shake_256(self.secret + named).digest(8 * words)

    def _digests(self, rows: Floats) -> list[str]:
        """Of each row, in units of the grain; equal rows are told apart by how often they came before."""
        times: dict[bytes, int] = {}
        found = []
        for row in np.rint(rows) + 0.0:
            content = row.tobytes()
            times[content] = times.get(content, 0) + 1
            named = content + times[content].to_bytes(8, "little")
            found.append(hashlib.blake2b(named, digest_size=_DIGEST_BYTES, key=self.secret).hexdigest())
        return found


def secret_of_seed(seed: int) -> bytes:
    """The secret that a seed stands for; whoever can guess the seed has it."""
    return hashlib.shake_256(f"fairpool release book, seed {seed}".encode()).digest(SECRET_BYTES)


def _grain_of(rows: Sequence[Floats]) -> tuple[float, ...]:
    """A millionth of what the rows of an agent span when they are first handed in, of half the agents more.

    One agent cannot move it far, whatever it hands in.
    """
    handed_in = [one for one in rows if len(one)]
    if not handed_in:
        return ()
    span = np.median([np.ptp(one, axis=0) for one in handed_in], axis=0)
    size = np.median([np.abs(one).max(axis=0) for one in handed_in], axis=0)
    return tuple((_GRAIN * np.where(span > 0, span, np.maximum(size, 1.0))).tolist())


def _refuse_rows_of_another(
    known: Mapping[str, Sequence[str]], handed_in: Mapping[str, Sequence[str]]
) -> None:
    """InputError where half of an agent's rows are new under its name, and were handed in under one other before."""
    owners: dict[str, set[str]] = {}
    for name, rows in known.items():
        for digest in rows:
            owners.setdefault(digest, set()).add(name)
    for name, rows in handed_in.items():
        before = Counter(
            min(owners[row]) for row in rows if len(owners.get(row, ())) == 1 and name not in owners[row]
        )
        for other, count in before.most_common(1):
            if count > len(rows) / 2:
                raise InputError(
                    f"{name!r}: got {count} of {len(rows)} rows that {other!r} handed in before; rows that come again "
                    "under another name would be handed out again under other noise"
                )


def _numbered(known: list[str], own: Sequence[str]) -> Positions:
    """The number of each row; rows that are not known yet are added."""
    place = {digest: number for number, digest in enumerate(known)}
    for digest in sorted(set(own) - place.keys()):  # in no order that the file has
        place[digest] = len(known)
        known.append(digest)
    return np.array([place[digest] for digest in own], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class BookDraws:
    """numbers: of every agent's rows; submissions: digests of what each handed in."""

    book: ReleaseBook
    recorded: BookPart
    numbers: tuple[Positions, ...]
    submissions: tuple[str, ...]

    def of(self, agent: int) -> BookDraw:
        return BookDraw(self, agent)


@dataclass(frozen=True, slots=True, eq=False)
class BookDraw:
    """What one agent is given, by the book."""

    draws: BookDraws
    agent: int

    @property
    def _name(self) -> str:
        return self.draws.book.agents[self.agent]

    @property
    def _judged(self) -> Judgement | None:
        return self.draws.recorded.judged.get(self._name)

    def split(self, clean: int) -> tuple[Positions, Positions]:
        order = np.argsort(self._words("order", 1)[:, 0], kind="stable")
        if self._judged is None:
            return order[:clean], order[clean:]
        came_clean = self._came_clean(self._judged)[order]
        return order[came_clean], order[~came_clean]

    def judged(self, clean: Positions, noise_variance: Floats) -> Floats:
        """Of the first release; which is recorded, with the rows that came clean in it."""
        submission = self.draws.submissions[self.agent]
        found = self._judged
        if found is None:
            found = Judgement(submission, self._by_owner(clean), tuple(noise_variance.tolist()))
            self.draws.recorded.judged[self._name] = found
        elif found.submission != submission:
            self.draws.book.anew.add(self._name)
        return np.array(found.noise_variance)

    def estimate(self, found: Floats) -> Floats:
        """The first one: what changes about the others would show, beside noise that stays as it is."""
        judgement = self._judged
        if judgement is not None and not judgement.estimate:
            judgement = replace(judgement, estimate=tuple(found.tolist()))
            self.draws.recorded.judged[self._name] = judgement
        return found if judgement is None else np.array(judgement.estimate)

    def noise(self, rows: Positions, coordinates: int) -> Floats:
        return _normal(self._words("noise", coordinates))[rows]

    def noise_of_estimate(self, coordinates: int) -> Floats:
        raw = self.draws.book.stream(["estimate", self._name], coordinates)
        return _normal(np.frombuffer(raw, dtype=_WORD))

    def _others(self) -> Iterator[tuple[str, Positions]]:
        """The others' names and the numbers of their rows, in the order in which rows are pooled."""
        for j, (name, numbers) in enumerate(zip(self.draws.book.agents, self.draws.numbers, strict=True)):
            if j != self.agent:
                yield name, numbers

    def _came_clean(self, judgement: Judgement) -> Bool[Booleans, " others"]:
        known = [np.isin(numbers, judgement.clean.get(name, ())) for name, numbers in self._others()]
        return np.concatenate(known)

    def _by_owner(self, clean: Positions) -> dict[str, tuple[int, ...]]:
        chosen, first, found = np.sort(clean), 0, {}
        for name, numbers in self._others():
            here = chosen[(chosen >= first) & (chosen < first + len(numbers))] - first
            if len(here):
                found[name] = tuple(sorted(numbers[here].tolist()))
            first += len(numbers)
        return found

    def _words(self, purpose: str, width: int) -> np.ndarray:
        """Of each of the others' rows, uint64 (rows, width): what its number has in the stream of whose row it is."""
        found = [np.empty((0, width), dtype=_WORD)]
        for name, numbers in self._others():
            if len(numbers):
                most = int(numbers.max()) + 1
                raw = self.draws.book.stream([purpose, self._name, name], most * width)
                found.append(np.frombuffer(raw, dtype=_WORD).reshape(most, width)[numbers])
        return np.concatenate(found)


def _normal(words: np.ndarray) -> Float[Floats, ...]:
    """Standard normal from uniform words, by their upper 52 bits; never infinite."""
    return np.asarray(ndtri(((words >> np.uint64(12)) + 0.5) / 2.0**52), dtype=np.float64)
