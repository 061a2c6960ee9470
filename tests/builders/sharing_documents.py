"""Sharing documents of many kinds, from the shipped examples and from made-up agents."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from importlib.resources import files

import numpy as np

from builders.sharing_rounds import Document, Rows, cramer_von_mises, heterogeneous, symmetric
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous


def light(mechanism: str = "c3d") -> Document:
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
    return made | {"name": "The speed of light, five experiments"}


def clinics() -> Document:
    """Four clinics with different costs, five groups of women."""
    columns, rows = _read("clinics", ["mn.csv", "ky.csv", "ms.csv", "ny.csv"])
    _, (costs,) = _read("clinics", ["costs.csv"], skip=1)
    names = ["Minnesota", "Kentucky", "Mississippi", "New York"]
    made = heterogeneous(rows, costs, columns=columns, names=names, sigma=1.04)
    return made | {"name": "C-reactive protein in five groups of women, four clinics", "objective": "nash"}


def stations() -> Document:
    """Three airports' weather, paid by how well they agree."""
    columns, rows = _read("stations", ["ewr.csv", "jfk.csv", "lga.csv"])
    made = cramer_von_mises(rows, columns=columns, names=["Newark", "Kennedy", "LaGuardia"])
    return made | {"name": "Noon at three airports"}


def one_liar() -> Document:
    """Ten agents, two columns; one submits another population, one too little, one nothing."""
    rng = np.random.default_rng(5)
    rows = [rng.normal([120.0, 80.0], 10.0, (9, 2)) for _ in range(10)]
    rows[3] = rows[3] + [220.0, 0.0]
    rows[6] = rows[6][:4]
    rows[8] = np.empty((0, 2))
    names = [f"Practice {i + 1}" for i in range(10)]
    return symmetric("c3d-tuned", rows, columns=["systolic", "diastolic"], names=names, sigma=10.0, cost=0.2)


def many_agents(mechanism: str = "c3d", agents: int = 100) -> Document:
    """A hundred sensors, one column."""
    rng = np.random.default_rng(11)
    sizes = rng.integers(8, 13, agents)
    rows = [rng.normal(21.5, 0.8, (int(n), 1)) for n in sizes]
    names = [f"Sensor {i + 1}" for i in range(agents)]
    return symmetric(
        mechanism, rows, columns=["temperature"], names=names, sigma=0.8, cost=0.64 / 100 / agents
    )


def many_columns(columns: int = 1000) -> Document:
    """Six laboratories, a thousand quantities."""
    rng = np.random.default_rng(12)
    rows = [rng.normal(0.0, 1.0, (10, columns)) for _ in range(6)]
    names = [f"gene_{k:04d}" for k in range(columns)]
    labs = [f"Laboratory {i + 1}" for i in range(6)]
    return symmetric("bounded-variance", rows, columns=names, names=labs, sigma=1.0, cost=columns / 600)


def two_agents(scale: float = 1.0, mechanism: str = "estimate-only") -> Document:
    """The smallest sharing there is, in units of any size."""
    rng = np.random.default_rng(13)
    rows = [rng.normal(3.0, 1.0, (8, 1)) * scale for _ in range(2)]
    cost = scale**2 / 128
    return symmetric(mechanism, rows, columns=["mass"], names=["A", "B"], sigma=scale, cost=cost)


def offset() -> Document:
    """Means of a billion that differ by ones."""
    rng = np.random.default_rng(14)
    rows = [rng.normal(1e9, 3.0, (10, 1)) for _ in range(6)]
    return symmetric("c3d", rows, columns=["count"], names=list("ABCDEF"), sigma=3.0, cost=9 / 600)


def cannot_alone() -> Document:
    """Six agents, three quantities, costs over four orders of magnitude, some that cannot be sampled."""
    rng = np.random.default_rng(15)
    costs = np.exp(rng.uniform(-9, 0, (6, 3)))
    costs[0, 1] = costs[2, 2] = math.inf
    plan = Heterogeneous.of(costs, 1.0).whole().enforced.samples
    rows = [_ragged([rng.normal(2.0, 1.0, int(n)) for n in one]) for one in plan]
    names = [f"Fishery {i + 1}" for i in range(6)]
    return heterogeneous(rows, costs, columns=["length", "weight", "age"], names=names, sigma=1.0)


def data_reward() -> Document:
    """Rows in return, one agent far off in one of twenty features."""
    rng = np.random.default_rng(16)
    rows = [rng.gamma(2.0, 1.0, (60, 20)) for _ in range(5)]
    rows[2][:, 7] += 2.0
    made = cramer_von_mises(
        rows, columns=[f"feature {k + 1}" for k in range(20)], names=[f"Archive {i + 1}" for i in range(5)]
    )
    found = made["cramer_von_mises"]
    found |= {"reward": "data", "budget": None, "currency": None, "unspent": None}
    for one in found["agents"]:
        one |= {"payment": None, "rows_given": 100}
    return made


def nothing_known() -> Document:
    """Null wherever null is allowed."""
    made = light()
    kept = ("name", "folder", "asked", "collected", "clean", "corrupted", "notes")
    for agent in made["agents"]:
        for key in set(agent) - set(kept):
            is_list = isinstance(agent[key], list)
            agent[key] = [None] if is_list else None
    for curve in made["curves"]:
        curve["penalties"] = [None] * len(curve["amounts"])
        curve["alone"] = [None] * len(curve["amounts"])
        curve |= {"equilibrium_penalty": None, "alone_penalty": None}
    made["checks"] = [{"name": one["name"], "holds": None, "words": one["words"]} for one in made["checks"]]
    made["spread"] = [one | {"deviation": None} for one in made["spread"]]
    return made | {"plan": None, "theory": None, "sigma": None, "cost": None}


def heterogeneous_of(names: Sequence[str], columns: Sequence[str]) -> Document:
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
