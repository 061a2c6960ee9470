"""How an agent makes the best of everything it received.

An attacker holds R rounds and d columns.  ``honest`` is what it can tell from its rows and its release as the mechanism
means it to; every other statistic and every field is a candidate to add to it.  `best_errors` fits each candidate on
half of the rounds, takes the best of them, and reports its errors on the other half.

mu - honest = a + sum b (statistic - honest) + c (field - honest | field | sqrt(field) | +- sqrt(field))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from received import Received, Rows
from sharing_from_files import ME, NAMES, Setting

EVIDENCE = 30.0  # times the noise of a fit that a candidate has to explain before it is used
SMALL_SEEDS = tuple(range(21))


@dataclass(frozen=True)
class Attack:
    """Errors of the attacker's estimates, float64 (rounds, d), and what it used."""

    errors: Rows
    used: tuple[str, ...]


def mean_of_rows(rows: Rows) -> Rows:
    return rows.mean(axis=0) if len(rows) else np.full(rows.shape[1], np.nan)


def recommended(setting: Setting, one: Received) -> Rows:
    """The best estimate from what the mechanism means to give: own rows count, made-up ones do not."""
    if np.isfinite(one.estimate).all():
        return _without_what_was_made_up(setting, one)
    if len(one.clean) + len(one.corrupted) + len(one.own) == 0:
        return np.zeros(one.own.shape[1])
    weight = _weight(setting, one)
    total = len(one.own) + len(one.clean) + weight * len(one.corrupted)
    return (one.own.sum(axis=0) + one.clean.sum(axis=0) + weight * one.corrupted.sum(axis=0)) / total


def _weight(setting: Setting, one: Received) -> Rows:
    """Of a corrupted row; the noise's variance is known from the clean rows."""
    if setting.mechanism == "bounded-variance" and len(one.own):
        return np.full(one.own.shape[1], 1 / 3)
    return 1 / (1 + noise_variance(setting, one))


def noise_variance(setting: Setting, one: Received) -> Rows:
    """eta^2 as the mechanism defines it."""
    alpha = getattr(setting.equal, "alpha", None) or 0.0
    if len(one.corrupted) == 0:
        return np.zeros(one.submitted.shape[1])
    return (alpha * (one.submitted.mean(axis=0) - one.clean.mean(axis=0))) ** 2


def _without_what_was_made_up(setting: Setting, one: Received) -> Rows:
    """An estimate of the product that counts made-up rows among its clean ones, without them."""
    if len(one.own):
        return one.estimate
    if setting.mechanism != "heterogeneous":
        return np.zeros(one.own.shape[1])  # the made-up rows' distance decides what it is worth
    made_up, clean = len(one.submitted), setting.clean
    total = made_up + clean
    return (one.estimate * total - one.submitted.sum(axis=0)) / clean


# ---- statistics of several fields together


def statistics(setting: Setting, one: Received, seed: int | None) -> dict[str, Rows]:
    """Own numbers, and what is left if noise is taken off with a seed that could be the right one."""
    found = {"own mean": mean_of_rows(one.own), "clean mean": mean_of_rows(one.clean)}
    found["corrupted mean"] = mean_of_rows(one.corrupted)
    honest = recommended(setting, one)
    found["seeds, rows that fit best"] = _best_fit(setting, one, _candidates(one, seed), honest)
    if np.isfinite(one.estimate).all():
        for name, value in _named_seeds(one, seed).items():
            found[f"estimate without the noise of {name}"] = _estimate_without_noise(setting, one, value)
    return found


def _named_seeds(one: Received, seed: int | None) -> dict[str, int]:
    printed = [int(value[0]) for place, value in one.fields.items() if place.endswith("seed")]
    named = {f"seed {value}": value for value in SMALL_SEEDS}
    if seed is not None:
        named["the seed of the share file"] = seed
    return named | {f"printed seed {i}": value for i, value in enumerate(printed)}


def _candidates(one: Received, seed: int | None) -> list[int]:
    """Whole numbers of the files that are used as seeds, small ones, and the one in the share file."""
    whole = {
        int(value[0])
        for place, value in one.fields.items()
        if "seed" in place.casefold() and float(value[0]).is_integer() and value[0] >= 0
    }
    return [*whole, *SMALL_SEEDS, *([] if seed is None else [seed])]


def _noises(one: Received, seed: int) -> list[Rows]:
    """What generators made from ``seed`` would have added to the corrupted rows, in units of eta."""
    total, columns = len(one.clean) + len(one.corrupted), one.submitted.shape[1]
    drawn = []
    for stream in (_stream(seed), np.random.default_rng(seed)):
        stream.permutation(total)
        drawn.append(stream.standard_normal((len(one.corrupted), columns)))
    return drawn


def _stream(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed).spawn(len(NAMES))[ME]


def _best_fit(setting: Setting, one: Received, seeds: Sequence[int], honest: Rows) -> Rows:
    """Rows without the noise of the most likely seed; the honest estimate if none is likelier than no seed at all."""
    if len(one.corrupted) < 2:
        return honest
    variance = noise_variance(setting, one)
    options = [(_likelihood(one.corrupted, 1 + variance) + np.log(2 * len(seeds)) + 10, honest)]
    for seed in seeds:
        for noise in _noises(one, seed):
            rows = one.corrupted - np.sqrt(variance) * noise
            everything = np.concatenate((one.own, one.clean, rows))
            options.append((_likelihood(rows, np.ones_like(variance)), everything.mean(axis=0)))
    return max(options, key=lambda option: option[0])[1]


def _likelihood(rows: Rows, variance: Rows) -> float:
    return float(-((rows.var(axis=0) / variance + np.log(variance)) * len(rows) / 2).sum())


def _estimate_without_noise(setting: Setting, one: Received, seed: int) -> Rows:
    """The released estimate without the noise of a seed, its size as release.json has it."""
    variance = _told(one.record, "noise_variance", one.submitted.shape[1])
    if setting.mechanism == "estimate-only":
        return one.estimate - np.sqrt(variance) * _stream(seed).standard_normal(len(variance))
    weight = _told(one.record, "weight", len(variance))
    rows, clean = (len(NAMES) - 1) * setting.rows, setting.clean
    sums = []
    for columns in np.random.default_rng(seed).spawn(len(variance)):
        stream = columns.spawn(len(NAMES))[ME]
        stream.permutation(rows)
        sums.append(stream.standard_normal(rows - clean).sum())
    total = len(one.submitted) + clean + weight * (rows - clean)
    others = one.estimate * total - one.submitted.sum(axis=0) - weight * np.sqrt(variance) * np.array(sums)
    return (others + one.own.sum(axis=0)) / (total - len(one.submitted) + len(one.own))


def _told(record: dict[str, Any], key: str, columns: int) -> Rows:
    values = record.get(key)
    known = isinstance(values, list) and len(values) == columns and None not in values
    return np.array(values, dtype=float) if known else np.zeros(columns)


# ---- the best of all candidates, out of sample


def best_errors(target: Rows, honest: Rows, rounds: Sequence[dict[str, Rows]]) -> Attack:
    """target, honest: (R, d).  rounds: every statistic and field by name, (d,) each."""
    half = np.arange(len(target)) % 2 == 0
    names, values = _in_all_rounds(rounds)
    errors, used = np.empty_like(target), []
    for train in (half, ~half):
        guess, chosen = _fitted(target, honest, names, values, train)
        errors[~train] = (guess - target)[~train]
        used += chosen
    return Attack(errors, tuple(dict.fromkeys(used)))


def _in_all_rounds(rounds: Sequence[dict[str, Rows]]) -> tuple[list[str], Rows]:
    names = [name for name in rounds[0] if all(name in one for one in rounds)]
    values = np.array([[one[name] for name in names] for one in rounds]).transpose(1, 0, 2)
    useful = np.isfinite(values).all(axis=(1, 2)) & (np.ptp(values, axis=(1, 2)) > 0)
    return [name for name, one in zip(names, useful, strict=True) if one], values[useful]


def _fitted(
    target: Rows, honest: Rows, names: list[str], values: Rows, train: Rows
) -> tuple[Rows, list[str]]:
    """Add candidates one after the other as long as they explain much more than noise does; at most three."""
    forms = _forms(names, values, honest)
    wanted = target - honest
    base, chosen = [np.ones_like(honest)], []
    guess = np.zeros_like(honest)
    for _ in range(3):
        found = _best_form(wanted[train].ravel(), [one[train].ravel() for one in base], forms, train)
        if found is None:
            break
        chosen.append(found[0])
        base.append(found[1])
        fit = np.linalg.lstsq(
            np.array([one[train].ravel() for one in base]).T, wanted[train].ravel(), rcond=None
        )[0]
        guess = np.tensordot(fit, np.array(base), axes=1)
    return honest + guess, chosen


def _forms(names: list[str], values: Rows, honest: Rows) -> list[tuple[str, Rows]]:
    own = [value for name, value in zip(names, values, strict=True) if name == "own mean"]
    side = np.sign(own[0] - honest) if own else np.ones_like(honest)
    found: list[tuple[str, Rows]] = []
    for name, value in zip(names, values, strict=True):
        root = np.sqrt(np.abs(value))
        found += [(f"{name} as a mean", value - honest), (name, value)]
        found += [(f"root of {name}", root), (f"root of {name}, by side", side * root)]
    return found


def _best_form(
    wanted: Rows, base: list[Rows], forms: list[tuple[str, Rows]], train: Rows
) -> tuple[str, Rows] | None:
    """The candidate that explains most of what the ones in ``base`` leave, if it is more than noise would."""
    frame = np.linalg.qr(np.array(base).T)[0]
    left = wanted - frame @ (frame.T @ wanted)
    best, most = None, 0.0
    for name, values in forms:
        inside = values[train].ravel()
        apart = inside - frame @ (frame.T @ inside)
        size = float(apart @ apart)
        if size <= 1e-9 * float(inside @ inside):
            continue
        explained = float(apart @ left) ** 2 / size
        if explained > most:
            best, most = (name, values), explained
    noise = (float(left @ left) - most) / len(left)
    return best if best is not None and most > EVIDENCE * max(noise, 1e-300) else None
