"""Stray texts among numbers: one of them must not make categories of everybody's measurements.

The validation files fix how a column is read, and a single ``?`` in one of them would make it a column of texts.  So a
column is refused, with the keys that decide it, where numbers seem to be meant (of true and false the same holds):

    in the validation files   at least nine in ten cells are numbers, or all but one text and the text has no more cells
                              than they, or very many different ones are; texts that seem to mean missing count as blank
    or in the others          every training file holds nothing else, or nearly
    or in most files          all files together, each counted once

A column of codes (1, 2, 3, other) looks the same, and only its owner knows: ``categorical`` says that these are texts.
Asking costs a line of the market file; guessing wrong changes what everybody is paid, and nobody sees it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import Enum

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from fairpool.ground.arrays import Bool, Booleans
from fairpool.tables.cells import (
    MISSING,
    all_numbers,
    all_truths,
    canonical,
    is_number,
    is_text_for_missing,
    meaning_hint,
    missing,
    numbers,
    present,
    truths,
)
from fairpool.tables.dataset import Dataset

MOST_STRAY = 0.1  # of the cells of a column that is meant to hold numbers
_MANY_NUMBERS = 20  # more different numbers than this are measurements, not codes
_MOST_FILES = 4  # named in a message


class Held(Enum):
    """What the cells of one column are, missing ones aside."""

    NOTHING = "nothing"
    NUMBERS = "numbers"
    NEARLY = "numbers, but for stray texts"
    TEXTS = "texts"

    @property
    def numeric(self) -> bool:
        """Whether numbers, or truth values, are meant."""
        return self in (Held.NUMBERS, Held.NEARLY)


def held(cells: pd.Series) -> Held:
    """What one file's column holds; numbers that are declared codes are texts.

    >>> [held(pd.Series(cells)).name for cells in ([1, 2], ["1", "?"], ["1", "2", "other"], ["a", "b", "1"])]
    ['NUMBERS', 'NEARLY', 'NEARLY', 'TEXTS']
    """
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return Held.TEXTS
    distinct = present(cells)
    if not len(distinct):
        return Held.NOTHING
    if all_truths(distinct) or all_numbers(distinct):
        return Held.NUMBERS
    return _held(_counted(cells))


def refuse_stray_texts(name: str, validations: Sequence[Dataset], trainings: Sequence[Dataset]) -> None:
    """InputError for the first text of a column of the validation files that are not all numbers; see above.

    It says in which other files such texts stand, each with the first row, and shows none of theirs.
    """
    columns = [dataset.features[name] for dataset in validations]
    if any(isinstance(cells.dtype, pd.CategoricalDtype) for cells in columns):
        return
    counts = sum(map(_counted, columns), Counter[str]())
    others = [held(dataset.readable(dataset.features[name])) for dataset in trainings]
    where = _where_numbers_are_meant(counts, list(map(held, columns)), others)
    if where is None:
        return
    reads = _reading(counts)
    for dataset, cells in zip(validations, columns, strict=True):
        stray = _stray(cells, reads)
        if stray.any():
            first = str(cells.iloc[int(stray.argmax())]).strip()
            what = "true or false" if reads is _is_truth else "a number"
            also = _also([one for one in (*validations, *trainings) if one is not dataset], name, reads)
            expected = (
                f"{what} as in {where}, or a blank where it is missing{_keys(dataset, first, name)}{also}"
            )
            dataset.refuse(stray, cells, expected)


def refuse_misfits(dataset: Dataset, name: str, *, of_truths: bool) -> None:
    """InputError for the first text of a training file's column of numbers, or of truth values, with the key that
    the text itself asks for (``?``, a comma, a column of nothing but codes), or else with both that may decide it."""
    cells = dataset.readable(dataset.features[name])
    if is_numeric_dtype(cells.dtype):
        return
    stray = np.isnan(truths(cells) if of_truths else numbers(cells)) & ~missing(cells)
    if not stray.any():
        return
    first = str(cells.iloc[int(stray.argmax())]).strip()
    keys = dataset.text_hint(stray, cells) or _keys(dataset, first, name)
    what, kind = ("true or false", "boolean") if of_truths else ("a number like 1234.5", "numeric")
    dataset.refuse(stray, cells, f"{what} (the column is {kind} in the validation data){keys}")


def means_truths(name: str, validations: Sequence[Dataset]) -> bool:
    """Whether a column with stray texts in the validation files holds true and false rather than numbers."""
    return _reading(sum((_counted(one.features[name]) for one in validations), Counter[str]())) is _is_truth


def _where_numbers_are_meant(
    counts: Mapping[str, int], tasks: Sequence[Held], others: Sequence[Held]
) -> str | None:
    """In the words of a message; None where texts may be meant."""
    reads = _reading(counts)
    strays = {text for text in counts if not reads(text)}
    filled = [one for one in others if one is not Held.NOTHING]
    everyone = [one for one in (*tasks, *filled) if one is not Held.NOTHING]
    if filled and all(one.numeric for one in filled):
        return (
            "every training file" if Held.NEARLY not in filled else "nearly all rows of every training file"
        )
    if _held(counts) is Held.NEARLY or len(counts) - len(strays) > max(_MANY_NUMBERS, len(strays)):
        return "most rows"
    return "most files" if 2 * sum(one.numeric for one in everyone) > len(everyone) else None


def _held(counts: Mapping[str, int]) -> Held:
    """Of a column with a text in it, by how many cells hold each text."""
    reads = _reading(counts)
    telling = [text for text in counts if not reads(text) and not is_text_for_missing(text)]
    numeric, stray = (
        sum(n for text, n in counts.items() if reads(text)),
        sum(counts[text] for text in telling),
    )
    if not numeric:
        return Held.TEXTS if telling else Held.NOTHING
    few = stray <= MOST_STRAY * (numeric + stray)
    return Held.NEARLY if few or (len(telling) == 1 and stray <= numeric) else Held.TEXTS


def _reading(counts: Mapping[str, int]) -> Callable[[str], bool]:
    """Whether a cell is a number; or a truth value, where there are more of those."""
    truths, numbers = (
        sum(n for text, n in counts.items() if reads(text)) for reads in (_is_truth, is_number)
    )
    return _is_truth if truths > numbers else is_number


def _is_truth(text: str) -> bool:
    return canonical(text) in ("true", "false")


def _counted(cells: pd.Series) -> Counter[str]:
    """How many cells hold each text, missing ones aside; numbers and truth values as they would be written."""
    times = Counter[str]()
    for cell, n in cells.value_counts(dropna=True).items():
        times[str(cell).strip()] += int(n)
    return Counter({text: n for text, n in times.items() if text not in MISSING})


def _stray(cells: pd.Series, reads: Callable[[str], bool]) -> Bool[Booleans, " rows"]:
    strays = [cell for cell in present(cells) if not reads(str(cell))]
    found: Bool[Booleans, " rows"] = cells.isin(strays).to_numpy(dtype=bool)
    return found


def _also(others: Sequence[Dataset], name: str, reads: Callable[[str], bool]) -> str:
    """``; more of them: north.csv, row 3; south.csv, row 5``."""
    places = []
    for dataset in others:
        cells = dataset.features[name]
        stray = _stray(cells, reads) if held(cells) in (Held.NEARLY, Held.TEXTS) else np.zeros(1, dtype=bool)
        if stray.any():
            places.append(f"{dataset.name}, row {dataset.row_of(int(stray.argmax()))}")
    left = len(places) - _MOST_FILES
    more = f"; and {left} more file{'s' * (left > 1)}" if left > 0 else ""
    return f"; more of them: {'; '.join(places[:_MOST_FILES])}{more}" if places else ""


def _keys(dataset: Dataset, text: str, name: str) -> str:
    """What decides how a text among numbers is read."""
    return f"{_hint(dataset, text, name)}{_codes(name)}"


def _codes(name: str) -> str:
    return f' (if these are codes and not numbers, categorical = ["{name}"] says so)'


def _hint(dataset: Dataset, text: str, name: str) -> str:
    """The key that takes a stray text for missing, whatever it says; another where the text asks for that."""
    mark = json.dumps(text, ensure_ascii=False)
    told = meaning_hint(text) or dataset.entry_hint(text, name)
    return told or f"; if it means missing, missing = [{mark}] says so"
