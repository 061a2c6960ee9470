"""Sharing documents of many kinds, from the shipped examples and from made-up agents."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np

from builders.sharing_rounds import Rows, cramer_von_mises, heterogeneous, symmetric
from fairpool.documents.sharing.mediator import SharingDocument
from fairpool.sharing.bargaining.baseline import Objective
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous

BY_COLUMN = (
    "mean",
    "others_mean",
    "distance",
    "noise_variance",
    "weight",
    "estimate",
    "standard_error",
    "standard_error_alone",
)
PENALTIES = dict.fromkeys(("penalty", "penalty_alone", "penalty_realised"))


def light(mechanism: str = "c3d") -> SharingDocument:
    """The speed of light, five experiments."""
    columns, rows = _read("light", [f"experiment_{i}.csv" for i in range(1, 6)])
    made = symmetric(
        mechanism,
        rows,
        columns=columns,
        names=[f"Experiment {i}" for i in range(1, 6)],
        sigma=75.0,
        cost=2.8125,
    )
    return made.model_copy(update={"name": "The speed of light, five experiments"})


def clinics() -> SharingDocument:
    """Four clinics with different costs, five groups of women."""
    columns, rows = _read("clinics", ["mn.csv", "ky.csv", "ms.csv", "ny.csv"])
    _, (costs,) = _read("clinics", ["costs.csv"], skip=1)
    names = ["Minnesota", "Kentucky", "Mississippi", "New York"]
    made = heterogeneous(rows, costs, columns=columns, names=names, sigma=1.04, objective=Objective.NASH)
    return made.model_copy(update={"name": "C-reactive protein in five groups of women, four clinics"})


def stations() -> SharingDocument:
    """Three airports' weather, paid by how well they agree."""
    columns, rows = _read("stations", ["ewr.csv", "jfk.csv", "lga.csv"])
    made = cramer_von_mises(rows, columns=columns, names=["Newark", "Kennedy", "LaGuardia"])
    return made.model_copy(update={"name": "Noon at three airports"})


def one_liar() -> SharingDocument:
    """Ten agents, two columns; one submits another population, one too little, one nothing."""
    rng = np.random.default_rng(5)
    rows = [rng.normal([120.0, 80.0], 10.0, (9, 2)) for _ in range(10)]
    rows[3] = rows[3] + [220.0, 0.0]
    rows[6] = rows[6][:4]
    rows[8] = np.empty((0, 2))
    names = [f"Practice {i + 1}" for i in range(10)]
    return symmetric("c3d-tuned", rows, columns=["systolic", "diastolic"], names=names, sigma=10.0, cost=0.2)


def many_agents(mechanism: str = "c3d", agents: int = 100) -> SharingDocument:
    """A hundred sensors, one column."""
    rng = np.random.default_rng(11)
    sizes = rng.integers(8, 13, agents)
    rows = [rng.normal(21.5, 0.8, (int(n), 1)) for n in sizes]
    names = [f"Sensor {i + 1}" for i in range(agents)]
    return symmetric(
        mechanism, rows, columns=["temperature"], names=names, sigma=0.8, cost=0.64 / 100 / agents
    )


def many_columns(columns: int = 1000) -> SharingDocument:
    """Six laboratories, a thousand quantities."""
    rng = np.random.default_rng(12)
    rows = [rng.normal(0.0, 1.0, (10, columns)) for _ in range(6)]
    names = [f"gene_{k:04d}" for k in range(columns)]
    labs = [f"Laboratory {i + 1}" for i in range(6)]
    return symmetric("bounded-variance", rows, columns=names, names=labs, sigma=1.0, cost=columns / 600)


def two_agents(scale: float = 1.0, mechanism: str = "estimate-only") -> SharingDocument:
    """The smallest sharing there is, in units of any size."""
    rng = np.random.default_rng(13)
    rows = [rng.normal(3.0, 1.0, (8, 1)) * scale for _ in range(2)]
    cost = scale**2 / 128
    return symmetric(mechanism, rows, columns=["mass"], names=["A", "B"], sigma=scale, cost=cost)


def offset() -> SharingDocument:
    """Means of a billion that differ by ones."""
    rng = np.random.default_rng(14)
    rows = [rng.normal(1e9, 3.0, (10, 1)) for _ in range(6)]
    return symmetric("c3d", rows, columns=["count"], names=list("ABCDEF"), sigma=3.0, cost=9 / 600)


def cannot_alone() -> SharingDocument:
    """Six agents, three quantities, costs over four orders of magnitude, some that cannot be sampled."""
    rng = np.random.default_rng(15)
    costs = np.exp(rng.uniform(-9, 0, (6, 3)))
    costs[0, 1] = costs[2, 2] = math.inf
    plan = Heterogeneous.of(costs, 1.0).whole().enforced.samples
    rows = [_ragged([rng.normal(2.0, 1.0, int(n)) for n in one]) for one in plan]
    names = [f"Fishery {i + 1}" for i in range(6)]
    return heterogeneous(rows, costs, columns=["length", "weight", "age"], names=names, sigma=1.0)


def data_reward() -> SharingDocument:
    """Rows in return, one agent far off in one of twenty features."""
    rng = np.random.default_rng(16)
    rows = [rng.gamma(2.0, 1.0, (60, 20)) for _ in range(5)]
    rows[2][:, 7] += 2.0
    made = cramer_von_mises(
        rows, columns=[f"feature {k + 1}" for k in range(20)], names=[f"Archive {i + 1}" for i in range(5)]
    )
    found = made.cramer_von_mises
    assert found
    given = [one.model_copy(update={"payment": None, "rows_given": 100}) for one in found.agents]
    nothing = dict.fromkeys(("budget", "currency", "unspent"))
    reward = found.model_copy(update={**nothing, "reward": "data", "agents": tuple(given)})
    return made.model_copy(update={"cramer_von_mises": reward})


def nothing_known() -> SharingDocument:
    """Null wherever null is allowed."""
    made = light()
    agents = [agent.model_copy(update=dict.fromkeys(BY_COLUMN, (None,)) | PENALTIES) for agent in made.agents]
    curves = [
        curve.model_copy(
            update=dict.fromkeys(("penalties", "alone"), (None,) * len(curve.amounts))
            | dict.fromkeys(("equilibrium_penalty", "alone_penalty"))
        )
        for curve in made.curves
    ]
    nothing: dict[str, Any] = dict.fromkeys(("plan", "theory", "sigma", "cost"))
    return made.model_copy(
        update=nothing
        | {
            "agents": tuple(agents),
            "curves": tuple(curves),
            "checks": tuple(one.model_copy(update={"holds": None}) for one in made.checks),
            "spread": tuple(one.model_copy(update={"deviation": None}) for one in made.spread),
        }
    )


def heterogeneous_of(names: Sequence[str], columns: Sequence[str]) -> SharingDocument:
    """Made-up costs and samples for any names of agents and columns."""
    rng = np.random.default_rng(17)
    costs = np.exp(rng.uniform(-7, -4, (len(names), len(columns))))
    rows = [rng.normal(0.0, 1.0, (12, len(columns))) for _ in names]
    return heterogeneous(rows, costs, columns=columns, names=names, sigma=1.0)


def _read(folder: str, names: Sequence[str], *, skip: int = 0) -> tuple[list[str], list[Rows]]:
    """The columns and the rows of an example's files; empty cells are nan."""
    tables = []
    for name in names:
        text = files("fairpool.examples").joinpath(folder, name).read_text(encoding="utf-8")
        heads, *lines = list(csv.reader(text.splitlines()))
        tables.append(np.array([[float(cell or "nan") for cell in line[skip:]] for line in lines]))
    return heads[skip:], tables


def _ragged(columns: Sequence[Rows]) -> Rows:
    """Columns of different lengths as one table, filled up with nan."""
    table = np.full((max(len(one) for one in columns), len(columns)), np.nan)
    for k, one in enumerate(columns):
        table[: len(one), k] = one
    return table
