"""Sharings run from files by the command line, and what one agent sees of what they write.

A setting has d columns, so that one round tells d squared errors of every agent.  The true means are drawn with a
standard deviation of a hundred sigma: nobody gains by guessing them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fairpool.runs.sharings as sharings
from fairpool.cli.share import commands
from fairpool.documents.document import Document
from fairpool.files.sharing.keys import SharingKeys
from fairpool.sharing.mechanisms.catalogue import mechanism_named
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.terms import SharingTerms

Rows = NDArray[np.float64]

NAMES = ("North", "South", "West", "East", "Hill", "Mill")
ME = 2  # the agent that reads
SEEDED = (
    getattr(SharingKeys.model_fields.get("seed"), "default", None) is not None
)  # a share file always has one
PRIOR = 100.0  # standard deviation of the true means


def seen_by(out: Path, name: str) -> tuple[Path, ...]:
    """Every file that an agent gets to see, its own and the public ones, in one order."""
    if (out / "agents").is_dir():
        places = [out / "agents" / name, out / "public"]
    else:
        places = [out / name, out / "summary.json", out / "report.html"]
    found = [file for place in places for file in ([place] if place.is_file() else sorted(place.rglob("*")))]
    return tuple(file for file in found if file.is_file())


def own_folder(out: Path, name: str) -> Path:
    """Where release.csv and release.json of an agent are."""
    return out / "agents" / name if (out / "agents").is_dir() else out / name


@dataclass(frozen=True)
class Setting:
    """What six agents agreed on; sigma is 1, and n* of the paper is ``samples``."""

    mechanism: str
    columns: int = 23
    samples: float = 6.0

    @property
    def cost(self) -> float:
        return self.columns / (len(NAMES) * self.samples**2)

    @property
    def rows(self) -> int:
        """Asked of every agent."""
        if self.mechanism == "heterogeneous":
            return round(float(self._costly.enforced.samples[ME, 0]))
        return round(self.equal.plan().samples)

    @property
    def clean(self) -> int:
        """Rows that an agent is given without noise."""
        return round(getattr(self.equal, "clean", self.rows)) if self._has_rows else self.rows

    @property
    def penalty(self) -> float:
        """Of every agent, all following the plan."""
        if self.mechanism == "heterogeneous":
            return float(self._costly.enforced.penalties()[ME])
        return self.equal.plan().penalty

    @property
    def least(self) -> float:
        """What no strategy can get below: the plan's penalty, but for bounded-variance, which promises a factor."""
        if self.mechanism != "bounded-variance":
            return self.penalty
        return float(self.equal.expected_penalty(np.linspace(1, 3 * self.rows, 2000)).min())

    @property
    def equal(self) -> Any:
        """The mechanism for equal agents, in whole samples; None where costs differ."""
        return None if self.mechanism == "heterogeneous" else _equal(self)

    @property
    def _costly(self) -> Heterogeneous:
        return _costly(self)

    @property
    def costs(self) -> Rows:
        return np.full((len(NAMES), self.columns), self.cost / self.columns)

    @property
    def _has_rows(self) -> bool:
        return self.mechanism not in ("heterogeneous", "estimate-only")

    @property
    def heads(self) -> list[str]:
        return [f"q{chr(97 + k)}" for k in range(self.columns)]

    def write(self, folder: Path, submissions: Sequence[Rows], seed: int) -> Path:
        """SHARE.toml, with the seed where there always is one, and the agents' files; who submits no rows has none."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["[sharing]", 'name = "An audit"', f'mechanism = "{self.mechanism}"', "sigma = 1.0"]
        if SEEDED:
            lines.append(f"seed = {seed}")
        if self.mechanism == "heterogeneous":
            lines.append('costs = "costs.csv"')
            table = [
                ",".join([name, *map(repr, row.tolist())])
                for name, row in zip(NAMES, self.costs, strict=True)
            ]
            (folder / "costs.csv").write_text("\n".join([",".join(["agent", *self.heads]), *table]) + "\n")
        else:
            lines.append(f"cost = {self.cost!r}")
        for name, rows in zip(NAMES, submissions, strict=True):
            lines += ["", "[[agent]]", f'name = "{name}"']
            if len(rows):
                lines.append(f'samples = "{name.lower()}.csv"')
                cells = [",".join(map(repr, row.tolist())) for row in rows]
                (folder / f"{name.lower()}.csv").write_text("\n".join([",".join(self.heads), *cells]) + "\n")
        (folder / "SHARE.toml").write_text("\n".join(lines) + "\n")
        return folder / "SHARE.toml"

    def run(self, folder: Path, submissions: Sequence[Rows], *, seed: int, out: str = "shared") -> Path:
        """Write the files, run them, and say where the results are; a later run in the same folder is a rerun."""
        share = self.write(folder, submissions, seed)
        return run_share(share, folder / out)


def run_share(share: Path, out: Path) -> Path:
    """The command, without its parser."""
    commands.run(share_file=share, out=out, as_json=False)
    return out


@lru_cache
def _equal(setting: Setting) -> Any:
    terms = SharingTerms(len(NAMES), 1.0, setting.cost, setting.columns)
    return mechanism_named(setting.mechanism, terms, power=1).whole()


@lru_cache
def _costly(setting: Setting) -> Heterogeneous:
    return Heterogeneous.of(setting.costs, 1.0).whole()


@contextmanager
def pages_told_by_their_documents() -> Iterator[None]:
    """A page takes seconds to draw and tells no more than the documents it is made of: these are written in its place.

    Tests of the true pages do without.
    """
    with pytest.MonkeyPatch.context() as patch:
        for found in pkgutil.walk_packages(sharings.__path__, sharings.__name__ + "."):
            module = importlib.import_module(found.name)
            for name, one in list(vars(module).items()):
                if name.endswith("page") and callable(one):
                    patch.setattr(module, name, _told)
        yield


def _told(*documents: Any, **more: Any) -> str:
    texts = [one.json_text() for one in [*documents, *more.values()] if isinstance(one, Document)]
    return "[" + ",".join(texts) + "]"
