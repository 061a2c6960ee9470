"""Settlement documents of many kinds, built in code, whose amounts add up as the market's do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fairpool.ground.money import whole

Document = dict[str, Any]

CLINICS = ("Minnesota", "Kentucky", "New York", "Mississippi")
VERSIONS = {"fairpool": "0.1.0", "python": "3.11.2", "numpy": "2.4.6", "scikit-learn": "1.9.1"}
FAILING_NOTE = (
    "The score of two coalitions fell when a party joined, so the pooled model is not best for everyone."
)


def common(currency: str = "EUR", unit_price: int = 100_000) -> Document:
    """Four clinics, one task, everything exact, every check holds."""
    return document(
        CLINICS,
        alone=[0.31, 0.39, 0.26, 0.04],
        delivered=[0.54, 0.54, 0.54, 0.54],
        shares=[0.29, 0.36, 0.24, 0.11],
        unit_price=unit_price,
        currency=currency,
    )


def document(
    names: Sequence[str],
    *,
    alone: Sequence[float],
    delivered: Sequence[float],
    shares: Sequence[float],
    unit_price: int = 100_000,
    minimum_fee: int = 0,
    currency: str = "EUR",
) -> Document:
    """A common-task settlement; the amounts follow from the scores, made whole as the market makes them."""
    parties = parties_of(names, alone, delivered, shares, unit_price, minimum_fee)
    return {
        "format": 1,
        "name": "Periodontal trial, four clinics",
        "currency": currency,
        "unit_price": unit_price,
        "minimum_fee": minimum_fee,
        "task": "common",
        "learner": "ridge",
        "learner_options": {"alpha": 10.0},
        "score": "r2",
        "division": "normalised-shapley",
        "options": {
            "shared-rows": "keep",
            "empty-coalition": "zero",
            "customise": "rows",
            "tolerance": 0.0,
            "method": "auto",
        },
        "method": "exact",
        "evaluations": 2 ** min(len(names), 12),
        "seed": 7,
        "parties": parties,
        "gain_by_size": sizes_of(alone, max(delivered)),
        "customisation": None,
        "data": {
            "label": "pocket_depth_visit_5",
            "kind": "regression",
            "classes": None,
            "validation_rows": 210,
            "features": [
                {"name": "age", "kind": "numeric"},
                {"name": "smoker", "kind": "boolean"},
                {"name": "group", "kind": "categorical"},
            ],
        },
        "certificate": certificate(parties),
        "versions": dict(VERSIONS),
    }


def parties_of(
    names: Sequence[str],
    alone: Sequence[float],
    delivered: Sequence[float],
    shares: Sequence[float],
    unit_price: int,
    minimum_fee: int,
) -> list[dict[str, Any]]:
    """One record a party; the sum of all nets is 0."""
    fees = [max(round(unit_price * (1 - g)), minimum_fee) for g in alone]
    paid = [round(unit_price * (d - g)) for g, d in zip(alone, delivered, strict=True)]
    kept = [max(minimum_fee - amount, 0) for amount in paid]
    rewards = whole(sum(paid), shares) if sum(paid) else np.zeros(len(names), dtype=np.int64)
    return [
        {
            "name": name,
            "rows": 150 + 20 * i,
            "validation_rows": 210,
            "gain_alone": alone[i],
            "gain": delivered[i],
            "fee": fees[i],
            "improvement": paid[i],
            "refund": fees[i] - paid[i] - kept[i],
            "retained": kept[i],
            "reward": int(rewards[i]),
            "returned": 0,
            "net": int(rewards[i]) - paid[i],
            "share": shares[i],
            "share_se": 0.0,
            "trained_on": list(names),
        }
        for i, name in enumerate(names)
    ]


def sizes_of(alone: Sequence[float], together: float) -> list[dict[str, Any]]:
    """Scores that rise from the mean alone to ``together``."""
    n, mean = len(alone), float(np.mean(alone))
    rise = [mean + (together - mean) * np.sqrt(k / max(n - 1, 1)) for k in range(n)]
    spread = [(1 - k / max(n - 1, 1)) for k in range(n)]
    return [
        {
            "size": k + 1,
            "coalitions": min(coalitions_of(n, k + 1), 5000),
            "mean": float(rise[k]),
            "lowest": float(rise[k] - spread[k] * (mean - min(alone))),
            "highest": float(rise[k] + spread[k] * (max(alone) - mean)),
        }
        for k in range(n)
    ]


def coalitions_of(n: int, k: int) -> int:
    """n over k, at most 10**9."""
    return int(min(1e9, np.prod([(n - i) / (i + 1) for i in range(min(k, n - k))])))


def certificate(parties: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Everything holds; copies lose more the more there are."""
    gains = [
        {
            "party": p["name"],
            "copies": k,
            "gain": -k * (200 + p["improvement"] // 15),
            "gain_with_free_task": None,
        }
        for p in parties
        for k in range(1, 6)
    ]
    unimproved = [p["name"] for p in parties if p["improvement"] == 0]
    return {
        "balance": {"holds": True, "sum_of_net": 0},
        "symmetry": {"holds": True, "equal_parties": [], "largest_difference": 0},
        "refunds": {"holds": True, "smallest": min(p["refund"] for p in parties)},
        "zero_element": {"holds": True, "parties": unimproved},
        "monotone": {"holds": True, "largest_drop": 0.0},
        "replication": {
            "basis": "evaluated",
            "estimated": False,
            "gains": gains,
            "pays_for": [],
            "smallest_minimum_fee": 0,
        },
        "shared_rows": {"exact": [], "near": [], "radius": 0.1},
        "notes": [],
    }


def own() -> Document:
    """Five banks with long names, a task each, a customisation step that leaves one leak."""
    names = (
        "Sparkasse der Rheinisch-Westfälischen Handelskammern und Genossenschaften",
        "北海道信用金庫連合会",
        "Crédit Coopératif",
        'First & Second Bank <of> "Everywhere"',
        "Nordbank",
    )
    made = document(
        names,
        alone=[0.71, 0.64, 0.80, 0.58, 0.77],
        delivered=[0.82, 0.81, 0.80, 0.79, 0.84],
        shares=[0.31, 0.14, 0.33, 0.04, 0.18],
        minimum_fee=250,
    )
    before = np.full((5, 5), 0.69) + np.diag([0.14, 0.13, 0.12, 0.11, 0.16]) + 0.02 * np.arange(5)[:, None]
    after = np.full((5, 5), 0.52) + np.diag([0.30, 0.29, 0.28, 0.27, 0.32])
    after[0, 3], before[2, 2] = 0.66, 0.80
    made["customisation"] = {
        "parties": list(names),
        "before": before.tolist(),
        "after": after.tolist(),
        "step": "penalty",
        "selected": {name: list(names[: 2 + i % 3]) for i, name in enumerate(names)},
    }
    for party in made["parties"]:
        party["trained_on"] = made["customisation"]["selected"][party["name"]]
    made |= {
        "name": "Default risk, five banks",
        "task": "own",
        "learner": "logistic",
        "score": "roc-auc",
        "learner_options": {},
    }
    made["data"] |= {
        "label": "default",
        "kind": "classification",
        "classes": ["no", "yes"],
        "validation_rows": 1040,
    }
    for gain in made["certificate"]["replication"]["gains"]:
        gain["gain_with_free_task"] = gain["gain"] + 150 * gain["copies"]
    made["certificate"]["shared_rows"]["near"] = [{"parties": [names[0], names[4]], "rows": 5}]
    return made


def sampled(parties: int = 100) -> Document:
    """Many parties, shares estimated with standard errors."""
    rng = np.random.default_rng(3)
    alone = rng.uniform(0.2, 0.7, parties)
    shares = rng.dirichlet(np.full(parties, 3.0))
    made = document(
        [f"Sensor owner {i:03}" for i in range(parties)],
        alone=[float(g) for g in alone.round(3)],
        delivered=[0.83] * parties,
        shares=[float(s) for s in shares],
    )
    for party in made["parties"]:
        party["share_se"] = float(0.0005 + 0.1 * party["share"])
    made |= {
        "name": f"Air quality, {parties} sensor owners",
        "method": "sampled",
        "evaluations": 4000,
        "learner": "gradient-boosting",
    }
    made["certificate"]["replication"] |= {"basis": "assumed", "estimated": True}
    return made


def failing() -> Document:
    """A certificate in which most checks fail: two near-perfect parties and a buyer."""
    made = document(
        ("Alpha", "Beta", "Gamma"),
        alone=[1.0, 0.97, 0.0],
        delivered=[1.0, 1.0, 1.0],
        shares=[0.4, 0.35, 0.25],
        currency="USD",
    )
    made["name"] = "Two that know it all"
    checks = made["certificate"]
    checks["symmetry"] = {"holds": False, "equal_parties": [["Alpha", "Beta"]], "largest_difference": 5150}
    checks["zero_element"] = {"holds": False, "parties": ["Alpha"]}
    checks["monotone"] = {"holds": False, "largest_drop": 0.034}
    checks["replication"] |= {"basis": "assumed", "pays_for": ["Alpha", "Beta"], "smallest_minimum_fee": 4321}
    for gain in checks["replication"]["gains"]:
        if gain["party"] != "Gamma":
            gain["gain"] = (
                2100 * gain["copies"] - 180 * gain["copies"] ** 2 + (400 if gain["party"] == "Alpha" else 0)
            )
    checks["shared_rows"] = {
        "exact": [{"parties": ["Alpha", "Beta"], "rows": 1203}],
        "near": [{"parties": ["Alpha", "Gamma"], "rows": 1}],
        "radius": 0.1,
    }
    checks["notes"] = [FAILING_NOTE]
    return made


def zero_pot() -> Document:
    """Pooling helps nobody: no payment, no reward."""
    return document(("A", "B"), alone=[0.5, 0.6], delivered=[0.5, 0.6], shares=[0.0, 0.0])
