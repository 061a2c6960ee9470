"""Small consortia with made-up data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairpool.market.party import Party
from fairpool.market.settling import settle
from fairpool.tables.dataset import Dataset

FEATURES = 3


def frame(rng, rows, *, kind="classes", slope=(2.0, -1.0, 0.5), noise=1.0, round_to=2):
    """Rows with a linear signal and noise: two classes, or a number."""
    X = rng.normal(size=(rows, FEATURES)).round(round_to)
    signal = X @ np.array(slope) + noise * rng.normal(size=rows)
    table = pd.DataFrame(X, columns=[f"x{i}" for i in range(FEATURES)])
    table["label"] = np.where(signal > 0, "yes", "no") if kind == "classes" else signal.round(3)
    return table


def dataset(table, name="data"):
    return Dataset.from_frame(table, label="label", name=name)


def consortium(*, parties=3, rows=12, seed=0, kind="classes", own_tasks=False, validation_rows=40):
    """Parties of equal size and decreasing care, and the common validation data unless tasks are their own."""
    rng = np.random.default_rng(seed)
    trains = [frame(rng, rows, kind=kind, noise=0.3 + i) for i in range(parties)]
    tasks = [frame(rng, validation_rows, kind=kind, slope=(2.0, -1.0, 0.8 * i)) for i in range(parties)]
    members = [
        Party(f"P{i}", dataset(train, f"p{i}"), dataset(task, f"v{i}") if own_tasks else None)
        for i, (train, task) in enumerate(zip(trains, tasks, strict=True))
    ]
    common = None if own_tasks else dataset(frame(rng, validation_rows, kind=kind), "validation")
    return members, common


def settled(members, validation, *, seed=1, unit_price=100_000, **choices):
    return settle(members, validation, rng=np.random.default_rng(seed), unit_price=unit_price, **choices)
