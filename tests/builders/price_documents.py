"""Documents of simulated prices, made up: what `fairpool price simulate` writes, without simulating."""

from __future__ import annotations

from typing import Any

import numpy as np

from fairpool.documents.pricing import SimulationDocument, read_simulation

MARKS = [1, 2, 3, 5, 8, 13, 22, 36, 60, 100, 170, 280, 460, 770, 1300, 2200, 3600, 6000, 10_000]
SLOPES = {
    "Upper confidence": 0.48,
    "Perturbed leader": 0.6,
    "Explore, then commit": 0.67,
    "One price a row": 1.0,
}


def given(
    *,
    titles: tuple[str, ...] = tuple(SLOPES),
    types: tuple[str, ...] = ("start-up", "laboratory", "insurer"),
    money: float = 1.0,
    most: int = 1000,
    replications: int = 20,
    marks: list[int] | None = None,
    **changed: Any,
) -> dict[str, Any]:
    """The JSON of a summary of regular shape: regrets are powers of t, valuations saturate."""
    marks = marks or MARKS
    amounts = sorted({*np.unique(np.geomspace(1, most, 60).astype(int)).tolist()})
    worths = [
        [money * (i + 1) * 30 * (1 - float(np.exp(-4 * n / most))) for n in amounts]
        for i in range(len(types))
    ]
    curve = [[max(1, most // 5), money * 14.0], [most, money * 26.0]]
    return {
        "format": 1, "kind": "pricing", "fairpool": "0.1.0", "name": "Sensor rows", "unit": "EUR",
        "rounds": marks[-1], "replications": replications, "seed": 7, "arrivals": "stochastic", "regret": "expected",
        "most": most, "settings": {
            "name": "Sensor rows", "unit": "EUR", "rounds": marks[-1], "replications": replications, "seed": 7,
            "learners": ["upper-confidence"], "arrivals": "stochastic", "most": most,
        },
        "types": [
            {
                "name": name, "probability": 1 / len(types), "later_probability": None, "frequency": 1 / len(types),
                "worth": worths[i][-1], "buys": [0, most // 5, most][i % 3],
                "pays": [0.0, money * 14.0, money * 26.0][i % 3],
                "shape": {"shape": "exponential", "ceiling": money * (i + 1) * 30, "rate": 4 / most},
            }
            for i, name in enumerate(types)
        ],
        "valuations": {"amounts": amounts, "values": worths},
        "optimal": {"curve": curve, "revenue": money * 13.3},
        "marks": marks,
        "learners": [_learner(title, place, money, most, replications, marks) for place, title in enumerate(titles)],
        "notes": [],
        **changed,
    }  # fmt: skip


def document(**changed: Any) -> SimulationDocument:
    return read_simulation(given(**changed))


def _learner(
    title: str, place: int, money: float, most: int, replications: int, marks: list[int]
) -> dict[str, Any]:
    slope = SLOPES.get(title, 0.5 + 0.05 * place)
    t = np.array(marks, dtype=float)
    mean = money * 5 * t**slope
    error = 0.08 * mean * (replications > 1)
    revenue = money * 13.3 * t - mean
    return {
        "name": title.lower().replace(" ", "-"), "title": title, "words": f"How {title} decides.",
        "regret": {
            "mean": mean.tolist(), "standard_error": error.tolist(), "low": (mean - 2 * error).tolist(),
            "high": (mean + 2 * error).tolist(),
        },
        "revenue": revenue.tolist(), "part_of_best": float(revenue[-1] / (money * 13.3 * t[-1])) if money else None,
        "slope": slope, "slope_standard_error": 0.01, "seconds_a_round": 3.5e-5 * 10**place,
        "questions": 30.0, "curves": 20.0,
        "curve": [[max(1, most // 4), money * 15.0], [most // 2 + 1, money * 18.0], [most, money * 25.0]],
    }  # fmt: skip


def light() -> SimulationDocument:
    return document()


def small_money() -> SimulationDocument:
    """Amounts of data that span six powers of ten, money of a billionth."""
    return document(money=1e-9, most=1_000_000)


def large_money() -> SimulationDocument:
    return document(money=1e9, titles=("Upper confidence",), types=("one",), replications=1)


def ten_learners() -> SimulationDocument:
    return document(
        titles=tuple(f"Learner number {i}" for i in range(10)), types=tuple(f"type {i}" for i in range(12))
    )


def no_regret() -> SimulationDocument:
    """A learner that always posts the best curve: nothing to draw on logarithmic axes."""
    found = given(titles=("Best",))
    learner = found["learners"][0]
    learner["regret"] = {key: [0.0] * len(found["marks"]) for key in learner["regret"]}
    learner |= {"slope": None, "slope_standard_error": None, "part_of_best": 1.0, "seconds_a_round": None}
    return read_simulation(found)


def better_than_best() -> SimulationDocument:
    """Regret below zero, for a while and to the end: buyers came in an order that a learner could use."""
    found = given()
    for place in (0, 1):
        learner = found["learners"][place]
        for key in ("mean", "low", "high"):
            learner["regret"][key] = [
                v if (t < 50 and place) else -v
                for t, v in zip(found["marks"], learner["regret"][key], strict=True)
            ]
        learner["regret"]["low"], learner["regret"]["high"] = (
            [min(a, b) for a, b in zip(learner["regret"]["low"], learner["regret"]["high"], strict=True)],
            [max(a, b) for a, b in zip(learner["regret"]["low"], learner["regret"]["high"], strict=True)],
        )
        learner |= {"slope": None, "slope_standard_error": None, "part_of_best": 1.2}
    return read_simulation(found)


def worthless() -> SimulationDocument:
    """Nothing is worth anything: the best curve earns nothing."""
    found = given(titles=("Upper confidence",), money=0.0)
    found["learners"][0] |= {"part_of_best": None, "slope": None, "slope_standard_error": None, "curve": None}
    return read_simulation(found)
