"""What a sharing leaves in its folder: release.csv and release.json an agent, summary.json, report.html."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from fairpool.ground.arrays import Floats
from fairpool.reports.sharing.page import sharing_page

Document = dict[str, Any]

KIND = "kind"


@dataclass(frozen=True, slots=True, eq=False)
class ReleasedRows:
    """Rows of others as an agent gets them, float64 (rows, d)."""

    columns: Sequence[str]
    clean: Floats
    corrupted: Floats

    def write(self, file: Path) -> None:
        """A column a coordinate, called ``value`` if there is one only, and the kind of the row."""
        names = ["value"] if len(self.columns) == 1 else self.columns
        values = np.concatenate((self.clean, self.corrupted))
        kinds = pa.array(["clean"] * len(self.clean) + ["corrupted"] * len(self.corrupted), pa.string())
        table = pa.table(
            [*(pa.array(column) for column in values.T), kinds], [*map(str, range(len(names))), KIND]
        )
        with file.open("wb") as stream:
            stream.write(_line([*names, KIND]).encode())
            options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
            pyarrow.csv.write_csv(table, stream, options)


@dataclass(frozen=True, slots=True, eq=False)
class ReleasedEstimates:
    """Estimates in place of rows, float64 (d,); nan where an agent gets none."""

    columns: Sequence[str]
    means: Floats

    def write(self, file: Path) -> None:
        """A line a distribution, those without an estimate left out."""
        known = [
            _line([name, repr(float(mean)), "estimate"])
            for name, mean in zip(self.columns, self.means, strict=True)
            if np.isfinite(mean)
        ]
        file.write_text("".join([_line(["distribution", "value", KIND]), *known]), encoding="utf-8")


@dataclass(frozen=True, slots=True, eq=False)
class Handout:
    """One agent's results: its part of the summary, what it is given, and what that means."""

    folder: str
    entry: Document
    released: ReleasedRows | ReleasedEstimates
    record: Document

    def write(self, place: Path) -> None:
        own = place / self.folder
        own.mkdir()
        self.released.write(own / "release.csv")
        _write_json(own / "release.json", self.record)


def write_summary(place: Path, document: Mapping[str, Any]) -> None:
    _write_json(place / "summary.json", document)
    (place / "report.html").write_text(sharing_page(document), encoding="utf-8")


def _write_json(file: Path, document: Mapping[str, Any]) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()
