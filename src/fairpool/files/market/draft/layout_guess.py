"""How a file of rows is written, guessed from its first lines: encoding, separator, decimal mark, header."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairpool.files.problem_in_file import concerning
from fairpool.ground.errors import InputError
from fairpool.tables.cells import is_number
from fairpool.tables.delimited.text import SEPARATORS, encoding_hint

LOOKED_AT = 2**16  # bytes of a file
_ROWS = 50
_COMMA = re.compile(r"[+-]?\d+,\d+")
_GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?")
_POINT = re.compile(r"[+-]?\d+\.\d+")
_EXCEL = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_WORDS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}


@dataclass(frozen=True, slots=True)
class LayoutGuess:
    """given and reasons are by the names of `Conventions`; width: columns; header: their names, if there is one."""

    given: Mapping[str, Any]
    reasons: Mapping[str, str]
    width: int
    header: tuple[str, ...] | None


def guess_layout(path: Path) -> LayoutGuess:
    """Of a CSV file; InputError where it cannot be read, or has no lines."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(LOOKED_AT)
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=path) from None
    with concerning(path):
        text, given, reasons = _decoded(raw)
    lines = [line for line in text.splitlines() if line.strip()][:_ROWS]
    if lines and _EXCEL.fullmatch(lines[0].strip()):
        lines = lines[1:]
    if not lines:
        raise InputError("got an empty file, expected a header line and rows", file=path)
    separator = _separator(lines)
    if separator != ",":
        given["separator"], reasons["separator"] = separator, f"lines have {_WORDS[separator]} between cells"
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    for key, value, reason in _marks(rows, separator):
        given[key], reasons[key] = value, reason
    first = tuple(cell.strip() for cell in rows[0])
    header = None if len(first) > 1 and _holds_data(rows) else first
    return LayoutGuess(given, reasons, len(first), header)


def _decoded(raw: bytes) -> tuple[str, dict[str, Any], dict[str, str]]:
    whole = raw if len(raw) < LOOKED_AT else raw[: raw.rfind(b"\n") + 1]
    try:
        text = whole.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        start = whole.rfind(b"\n", 0, problem.start) + 1
        hint = encoding_hint(whole[start:], 1 if start == 0 else 2)
        encoding = hint.split('"')[1]
        _refuse_no_text(whole, encoding)
        reason = {"encoding": f"byte 0x{whole[problem.start]:02x} is no UTF-8"}
        return whole.decode(encoding, errors="replace").removeprefix("\ufeff"), {"encoding": encoding}, reason
    _refuse_no_text(whole, "utf-8-sig")
    return text, {}, {}


def _refuse_no_text(raw: bytes, encoding: str) -> None:
    """InputError for bytes that are no text in the encoding that seems likeliest; those of UTF-16 may be cut short."""
    if encoding.startswith("utf-16"):
        return
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InputError(
            "got something that is no text, expected lines of cells; a spreadsheet is saved as CSV first"
        )


def _separator(lines: Sequence[str]) -> str:
    """The mark that cuts the most lines into the same number of cells, more than one."""

    def agreement(mark: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark) if row)
        width, times = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]))
        return (times if width > 1 else 0, width)

    return max((",", *SEPARATORS), key=agreement)


def _marks(rows: Sequence[Sequence[str]], separator: str) -> Iterator[tuple[str, str, str]]:
    cells = [cell.strip() for row in rows for cell in row]
    commas = [cell for cell in cells if _COMMA.fullmatch(cell)]
    grouped = [cell for cell in cells if _GROUPED.fullmatch(cell)]
    points = [cell for cell in cells if _POINT.fullmatch(cell) and cell not in grouped]
    if separator == "," or points or not commas:
        return
    yield "decimal", ",", f"numbers such as {commas[0]}"
    if grouped:
        yield "thousands", ".", f"numbers such as {grouped[0]}"


def _holds_data(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is none of names: a number or mark stands in it, no word above nothing but numbers."""
    first, below = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    data = [_is_data(cell.strip()) for cell in first]
    numeric = [
        bool(below) and all(_is_data(row[place].strip()) for row in below) for place in range(len(first))
    ]
    return any(data) and all(here or not under for here, under in zip(data, numeric, strict=True))


def _is_data(cell: str) -> bool:
    """Whether a cell is a number, also with a decimal comma, or none that names anything."""
    return is_number(cell.replace(",", ".")) or not any(map(str.isalnum, cell))
