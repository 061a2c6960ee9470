"""Cells of one column of one file that a round refuses: one fault for all that one answer mends.

A mark for missing that nobody has told of stands in hundreds of rows.  What is told is each text once, with the first
row that has it and how many do, and the key that mends them all; texts of which different things are to be said are
faults of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from fairpool.ground.arrays import Bool, Booleans
from fairpool.ground.errors import InputError
from fairpool.tables.cells import written
from fairpool.tables.dataset import Dataset

MOST_TEXTS = 50  # different ones of a column that are looked for
_MOST_SHOWN = 3
_TEXT, _ENTRY = r'(?P<text>".*?")', r'(?P<text>".*?") = "\.\."'
_ADVICE = tuple(  # what a message says of one text, and the same of several: entries are text = ".."
    (re.compile(one), several)
    for one, several in (
        (rf"(?P<key>missing) = \[{_TEXT}\] says", "{key} = [{texts}] says"),
        (rf"(?P<key>recode = \{{ .*? =) \{{ {_ENTRY} \}} \}} says", "{key} {{ {entries} }} }} says"),
        (rf"(?P<key>labels) = \{{ {_ENTRY} \}} says", "{key} = {{ {entries} }} says"),
        (
            rf'(?P<key>has no entry for) {_TEXT}: add (?P=text) = "\.\." there',
            "{key} {texts}: add {entries} there",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class _Text:
    """A cell that is refused, as the first of its rows was; rows: how many have it."""

    fault: InputError
    shown: str
    rows: int

    @property
    def rest(self) -> str:
        """What the message says behind the text."""
        return self.fault.problem.removeprefix(f"got {self.shown}")

    @property
    def said(self) -> str:
        """The same without the text, where it stands in the advice: equal where one answer mends both."""
        said = self.rest
        for one, _ in _ADVICE:
            said = one.sub(r"\g<key>", said)
        return said


def refused_cells(read: Callable[[Dataset], Any], data: Dataset) -> list[InputError]:
    """What ``read`` refuses of a column's cells, all of it, in the order of the rows in which it stands first."""
    groups: dict[str, list[_Text]] = {}
    met = list(_texts(read, data))
    for one in met:
        groups.setdefault(one.said, []).append(one)
    return [_together(group, cut=len(met) == MOST_TEXTS) for group in groups.values()]


def counted(fault: InputError, data: Dataset) -> InputError:
    """A fault of one cell with the number of rows that have the same; as it is where it names no cell of ``data``."""
    if fault.row is None or fault.file != data.name:
        return fault
    cells, _, same = _cells_of(fault, data)
    return _together([_Text(fault, _shown(fault, data, cells), int(same.sum()))], cut=False)


def _texts(read: Callable[[Dataset], Any], data: Dataset) -> Iterator[_Text]:
    """Each text once: the rows that have it are taken out, and the column is read again."""
    for _ in range(MOST_TEXTS):
        try:
            read(data)
        except InputError as fault:
            if fault.row is None:
                yield _Text(fault, "", 1)
                return
            cells, _, same = _cells_of(fault, data)
            yield _Text(fault, _shown(fault, data, cells), int(same.sum()))
            data = replace(data, features=data.features[~same], label=data.label[~same])
        else:
            return


def _cells_of(fault: InputError, data: Dataset) -> tuple[pd.Series, int, Bool[Booleans, " rows"]]:
    """The column of a fault, the place of its row, and which rows have the same cell."""
    cells = data.label if fault.column == data.label.name else data.features[fault.column]
    place = int((data.label.index + data.rows_start == fault.row).argmax())
    cell = cells.iloc[place]
    blank = pd.isna(cell) or not str(cell).strip()
    same = cells.isna() | (cells.astype(str).str.strip() == "") if blank else cells == cell
    return cells, place, same.fillna(False).to_numpy(dtype=bool)


def _shown(fault: InputError, data: Dataset, cells: pd.Series) -> str:
    """The cell as the message has it."""
    text = repr(written(cells.iloc[int((data.label.index + data.rows_start == fault.row).argmax())]))
    return text if fault.problem.startswith(f"got {text}") else "a blank"


def _together(texts: Sequence[_Text], *, cut: bool) -> InputError:
    """One fault for all texts; ``cut``: there may be more of them."""
    first, *others = texts
    if not others and first.rows == 1:
        return first.fault
    said = [first.shown + (f" here and in {_rows(first.rows - 1, more=True)}" if first.rows > 1 else " here")]
    said += [f"{one.shown} {_where(one)}" for one in others[: _MOST_SHOWN - 1]]
    left = others[_MOST_SHOWN - 1 :]
    if left:
        least = "at least " if cut else ""
        rows = sum(one.rows for one in left)
        said.append(f"{least}{len(left)} other texts in {least}{_rows(rows)}")
    got = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    fault = first.fault
    problem = f"got {got}{_advice(texts)}"
    return InputError(problem, file=fault.file, row=fault.row, column=fault.column)


def _where(one: _Text) -> str:
    row = f"row {one.fault.row}"
    return f"in {row}" if one.rows == 1 else f"in {_rows(one.rows)} from {row} on"


def _rows(number: int, *, more: bool = False) -> str:
    return f"{number:,}{' more' if more else ''} row{'s' * (number > 1)}"


def _advice(texts: Sequence[_Text]) -> str:
    """What was expected, and the key with all texts that it mends."""
    rest = texts[0].rest
    for one, several in _ADVICE:
        met = [found["text"] for text in texts if (found := one.search(text.rest))]
        entries = ", ".join(f'{text} = ".."' for text in met)
        rest = one.sub(_as_one(several, texts=", ".join(met), entries=entries), rest)
    return rest


def _as_one(several: str, **said: str) -> Callable[[re.Match[str]], str]:
    return lambda found: several.format(key=found["key"], **said)
