"""Tables and lines for a terminal of 80 columns, where letters may be two columns wide.

Not rich.table: it takes a tab or a line feed in somebody's name as layout, and fills lines with spaces up to the end of
the table (docs/decisions/0016-charts-and-tables.md).
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.cells import cell_len, chop_cells

WIDTH = 80
_LONGEST_NAME = 24


def aligned(rows: Sequence[Sequence[str]], *, texts: int = 1) -> list[str]:
    """Columns two spaces apart, as wide as their widest cell; the first ``texts`` stand left, numbers right."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_cells(row, widths, texts)).rstrip() for row in rows]


def _cells(row: Sequence[str], widths: Sequence[int], texts: int) -> list[str]:
    gaps = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
    return [
        cell + gap if place < texts else gap + cell
        for place, (cell, gap) in enumerate(zip(row, gaps, strict=True))
    ]


def shortened(name: str) -> str:
    """A name as it is if it is short, else its beginning."""
    return name if cell_len(name) <= _LONGEST_NAME else f"{chop_cells(name, _LONGEST_NAME - 1)[0]}…"


def wrapped(text: str, hang: int) -> list[str]:
    """A line as it is if it fits, else in lines of which all but the first are indented."""
    if cell_len(text) <= WIDTH:
        return [text]
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * hang)
