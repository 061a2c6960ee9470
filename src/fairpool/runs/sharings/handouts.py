"""What every agent of a sharing is given: its part of the mediator's summary, and release.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from fairpool import __version__
from fairpool.documents.sharing.mediator import AgentEntry, SharingDocument
from fairpool.files.sharing.share_file import AgentFile, ShareFile
from fairpool.ground.arrays import Floats
from fairpool.runs.sharings.numbers import nulls, whole_numbers
from fairpool.sharing.collected import Collected
from fairpool.sharing.release import Estimate, MeanRelease, Release

KIND = "kind"


@dataclass(frozen=True, slots=True, eq=False)
class ReleasedRows:
    """Rows of others as an agent gets them, float64 (rows, d)."""

    columns: Sequence[str]
    clean: Floats
    corrupted: Floats

    def write(self, file: Path) -> None:
        """One column per coordinate, called ``value`` if there is only one, and the kind of the row."""
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
        """One line per distribution, those without an estimate left out."""
        known = [
            _line([name, repr(float(mean)), "estimate"])
            for name, mean in zip(self.columns, self.means, strict=True)
            if np.isfinite(mean)
        ]
        file.write_text("".join([_line(["distribution", "value", KIND]), *known]), encoding="utf-8")


@dataclass(frozen=True, slots=True, eq=False)
class Handout:
    """One agent's results: its part of the summary, what it is given, and what that means in words."""

    entry: AgentEntry
    released: ReleasedRows | ReleasedEstimates
    explanation: str


def numbers_of(release: MeanRelease | Release, estimate: MeanRelease | Estimate) -> dict[str, Any]:
    """What an agent is told by column of its noise, and of the estimate recommended to it."""
    return {
        "noise_variance": nulls(release.noise_variance),
        "weight": nulls(release.weight),
        "estimate": nulls(estimate.mean),
        "standard_error": nulls(estimate.standard_error),
    }


def agent_entry(
    agent: AgentFile, i: int, collected: Collected, sigma: float | None, **own: Any
) -> AgentEntry:
    """An agent's part of the summary: what does not depend on the mechanism, and what is the mechanism's ``own``."""
    unknown = (None,) * collected.counts.shape[1]
    later = ("noise_variance", "weight", "estimate", "standard_error")
    same = {
        "name": agent.name,
        "folder": agent.folder,
        "collected": whole_numbers(collected.counts[i]),
        "mean": nulls(collected.means[i]),
        "others_mean": nulls(collected.others[i]),
        "distance": unknown if sigma is None else nulls(collected.distances(sigma)[i]),
        "standard_error_alone": unknown if sigma is None else nulls(collected.errors_alone(sigma)[i]),
    }
    return AgentEntry(**dict.fromkeys(later, unknown) | same | own)


def summary(share: ShareFile, columns: Sequence[str], **parts: Any) -> SharingDocument:
    """The whole document; what ``parts`` leaves out is null or empty."""
    return SharingDocument(
        fairpool=__version__,
        name=share.name,
        mechanism=share.mechanism,
        columns=tuple(columns),
        **parts,
    )


def _line(cells: Sequence[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()
