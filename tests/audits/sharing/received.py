"""Every number an agent can read in its files, by place, so that the same place can be compared over many rounds.

A list of as many numbers as there are columns is one field with a value per column; everything else is the same for
all columns.  Positions in drawings are read off their axes.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sharing_from_files import own_folder, seen_by

Rows = NDArray[np.float64]
Field = tuple[str, Any]

_NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_TICK = re.compile(
    r'<text [^>]*transform="translate\(([-\d.]+),([-\d.]+)\)"[^>]*>([-+−]?\d+(?:\.\d+)?)</text>'
)


@dataclass(frozen=True)
class Received:
    """What one agent holds after a round: its rows, what it submitted, and all it was given.

    fields: by place, float64 (d,)
    """

    own: Rows
    submitted: Rows
    clean: Rows
    corrupted: Rows
    estimate: Rows
    record: dict[str, Any]
    fields: dict[str, Rows]


def received(out: Path, name: str, own: Rows, submitted: Rows) -> Received:
    """Read everything."""
    columns = own.shape[1]
    place = own_folder(out, name)
    fields: dict[str, Rows] = {}
    for file in seen_by(out, name):
        short = "/".join(file.relative_to(out).parts[-2:])
        for key, value in _fields(file, columns):
            fields[f"{short}: {key}"] = np.broadcast_to(np.asarray(value, dtype=float), (columns,))
    clean, corrupted, estimate = release_of(place, columns)
    record = json.loads((place / "release.json").read_text())
    return Received(own, submitted, clean, corrupted, estimate, record, fields)


def as_meant(out: Path, name: str, own: Rows) -> Received:
    """The same of an agent that reads its release and nothing else."""
    return Received(own, own, *release_of(own_folder(out, name), own.shape[1]), {}, {})


def release_of(place: Path, columns: int) -> tuple[Rows, Rows, Rows]:
    """Clean rows, corrupted rows, and estimates (nan where there are none)."""
    heads, *lines = list(csv.reader((place / "release.csv").read_text().splitlines()))
    nothing = np.empty((0, columns))
    if "distribution" in heads or any(line[-1] == "estimate" for line in lines):
        means = [float(line[1]) for line in lines]
        return nothing, nothing, np.array(means if len(means) == columns else [np.nan] * columns)
    rows = {
        kind: [[*map(float, line[:-1])] for line in lines if line[-1] == kind]
        for kind in ("clean", "corrupted")
    }
    clean, corrupted = (np.array(rows[kind]).reshape(-1, columns) for kind in rows)
    return clean, corrupted, np.full(columns, np.nan)


def _fields(file: Path, columns: int) -> Iterator[Field]:
    yield "size", file.stat().st_size
    yield "time of writing", file.stat().st_mtime_ns % 1_000_000_000
    text = file.read_text(encoding="utf-8")
    if text.startswith(("{", "[")):
        yield from _of_json(json.loads(text), "", columns)
    elif file.suffix == ".csv":
        yield from _of_table(text, columns)
    else:
        yield from _of_text(text)
        yield from _of_drawings(text)


def _of_json(node: Any, place: str, columns: int) -> Iterator[Field]:
    match node:
        case dict():
            for key, value in node.items():
                yield from _of_json(value, f"{place}/{key}", columns)
        case list() if len(node) == columns and all(isinstance(one, int | float) for one in node):
            yield place, node
        case list():
            for i, value in enumerate(node):
                yield from _of_json(value, f"{place}/{i}", columns)
        case str():
            for key, value in _of_text(node):
                yield f"{place} {key}", value
        case int() | float():
            yield place, node


def _of_table(text: str, columns: int) -> Iterator[Field]:
    for i, line in enumerate(csv.reader(text.splitlines())):
        numbers = [float(cell) for cell in line if _NUMBER.fullmatch(cell)]
        if len(numbers) == columns:
            yield f"row {i}", numbers


def _of_text(text: str) -> Iterator[Field]:
    """Numbers by the words before them."""
    times: Counter[str] = Counter()
    end = 0
    for found in _NUMBER.finditer(text):
        before = _NUMBER.sub("#", text[max(end, found.start() - 40) : found.start()])[-24:]
        times[before] += 1
        end = found.end()
        yield f"{before!r} no. {times[before]}", float(found.group().replace("−", "-"))


def _of_drawings(text: str) -> Iterator[Field]:
    """Numbers in drawings, each taken for a position along an axis and read off its ticks."""
    for i, drawing in enumerate(re.findall(r"<svg.*?</svg>", text, re.S)):
        ticks = [(float(x), float(y), float(t.replace("−", "-"))) for x, y, t in _TICK.findall(drawing)]
        for along, start in ((0, "M"), (1, ",")):
            axis = [(tick[along], tick[2]) for tick in ticks]
            if len({at for at, _ in axis}) < 2:
                continue
            slope, shift = np.polyfit(*zip(*axis, strict=True), 1)
            for key, value in _of_text(drawing):
                yield f"drawing {i}, read off axis {along}: {start} {key}", slope * value + shift
