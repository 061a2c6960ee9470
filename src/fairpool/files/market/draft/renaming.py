"""Which columns of a folder's files are one column under several names.

    alike    names that agree but for case, spaces, punctuation and accents: the same column
    likely   a file lacks a column that most others have, and has one in its place that nobody else has: of the same
             kind, with values that lie where the others' do, and at the same place or of a like name

Nothing that is told of it shows a cell: it stands in a market file that all parties read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairpool.ground.spelling import nearest
from fairpool.tables.cells import all_numbers, all_truths, numbers, present, settle, texts

_BRACKETS = re.compile(r"[\[(].*?[\])]")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_FEWEST_ALIKE = 0.5  # of a column's values within the others' range, or of its texts among theirs


@dataclass(frozen=True, slots=True)
class NamedColumns:
    """A file's columns, in order, each with its cells."""

    file: str
    cells: Mapping[str, pd.Series]

    @property
    def names(self) -> list[str]:
        return list(self.cells)


@dataclass(frozen=True, slots=True)
class LikelyName:
    """That a column of a file is one that the others have, and why."""

    file: str
    old: str
    new: str
    reason: str


def common_names(files: Sequence[NamedColumns]) -> list[str]:
    """The names that more than half of the files have, in the order of the first file that has them."""
    order = dict.fromkeys(name for file in files for name in file.names)
    return [name for name in order if sum(name in file.names for file in files) * 2 > len(files)]


def known_names(files: Sequence[NamedColumns]) -> list[str]:
    """The names of the first file, and those of most files that are none of these written otherwise."""
    first = files[0].names
    spelt = {one for name in first for one in _spelt(name)}
    return [*first, *(name for name in common_names(files) if not spelt & set(_spelt(name)))]


def alike_names(file: NamedColumns, known: Sequence[str]) -> dict[str, str]:
    """New names for those that are one of ``known`` but for how it is written."""
    wanted = {spelt: name for name in known if name not in file.names for spelt in _spelt(name)}
    found: dict[str, str] = {}
    for name in file.names:
        new = next((wanted[spelt] for spelt in _spelt(name) if spelt in wanted), None)
        if new is not None and name not in known and new not in found.values():
            found[name] = new
    return found


def likely_names(
    file: NamedColumns, others: Sequence[NamedColumns], known: Sequence[str]
) -> list[LikelyName]:
    """Columns that are likely one of ``known``, each taken once; none where two are as likely."""
    elsewhere = {name for other in others for name in other.names}
    unknown = [name for name in file.names if name not in elsewhere]
    found: list[LikelyName] = []
    for new in (name for name in known if name not in file.names):
        like = [other for other in others if new in other.cells]
        reasons = {old: reason for old in unknown if (reason := _reason(old, new, file, like)) is not None}
        best = sorted(reasons, key=lambda old: -reasons[old][0])
        if best and (len(best) == 1 or reasons[best[0]][0] > reasons[best[1]][0]):
            found.append(LikelyName(file.file, best[0], new, reasons[best[0]][1]))
    olds = [one.old for one in found]
    return [one for one in found if olds.count(one.old) == 1]


def _spelt(name: str) -> Iterator[str]:
    """A name without what does not tell names apart: with ae for ä, and with a."""
    folded = unicodedata.normalize("NFC", name).casefold()
    for text in (folded.translate(_GERMAN), folded):
        bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        yield re.sub(r"[\W_]+", "", bare) or name


def _reason(old: str, new: str, file: NamedColumns, others: Sequence[NamedColumns]) -> tuple[int, str] | None:
    """How much speaks for it, and what; None where the cells are of another kind, or nothing but them speaks for it."""
    theirs = settle(pd.concat([other.cells[new].astype(object) for other in others], ignore_index=True))
    like = _like_cells(file.cells[old], theirs)
    if like is None:
        return None
    place = file.names.index(old)
    placed = any(other.names.index(new) == place for other in others)
    (bare,), (other_bare,) = ([next(_spelt(_BRACKETS.sub("", name)))] for name in (old, new))
    named = bare == other_bare or bool(nearest(bare, [other_bare])) or min(bare, other_bare) == bare[:3]
    if not placed and not named:
        return None
    words = [f"in the same place (column {place + 1})"] if placed else []
    words += ["of a like name"] if named else []
    return (2 * named + placed, f"{like}, {' and '.join(words)}")


def _like_cells(mine: pd.Series, theirs: pd.Series) -> str | None:
    """What cells of one column and of another have in common, in words; None where they are not alike."""
    one, other = present(mine), present(theirs)
    if one.empty or other.empty:
        return None
    if all_numbers(one) != all_numbers(other) or all_truths(one) != all_truths(other):
        return None
    if all_numbers(one):
        low, high = np.nanmin(numbers(other)), np.nanmax(numbers(other))
        values = numbers(mine)
        values = values[~np.isnan(values)]
        within = float(np.mean((values >= low) & (values <= high)))
        return "numbers of the same range" if within >= _FEWEST_ALIKE else None
    known = set(texts(other))
    if not all_truths(one) and np.mean([text in known for text in texts(one)]) < _FEWEST_ALIKE:
        few = 2 <= len(one) <= 20 and len(one) == len(other)
        return "as many different texts" if few else None
    return "the same texts"
