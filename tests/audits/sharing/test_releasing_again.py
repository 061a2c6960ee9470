"""Running again, and handing in anew, give nobody more than a single release does.

The mediator runs again with the same submissions; the attacker hands in anew, having seen its clean rows; another agent
hands in anew, with one row more.  All runs are in one folder with one share file, so that whatever the product keeps
beside it is there; its seed is another one each time where the share file has one, as a mediator might try.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import typer
from attackers import noise_variance
from received import Received, Rows, as_meant, release_of
from rounds import HONEST, MADE_UP, Interval, Strategy, drawn
from sharing_from_files import ME, NAMES, Setting, own_folder, pages_told_by_their_documents, run_share

ROUNDS = 30
SETTING = Setting("c3d")
Play = Callable[[Path, Strategy, np.random.Generator], tuple[Rows, list[Received]]]


def pooled(setting: Setting, own: Rows, releases: Sequence[Received]) -> Rows:
    """The best unbiased estimate from several releases of the same rows, (d,).

    Clean rows that come twice count once; the sum of all rows is known from every release with noise of its own.  Rows
    that a release did not have yet are taken for average ones.  Releases that are equal are one.
    """
    rows = [len(one.clean) + len(one.corrupted) for one in releases]
    found = np.empty(own.shape[1])
    for k in range(own.shape[1]):
        clean = np.unique(np.concatenate([one.clean[:, k] for one in releases]))
        sums: dict[float, float] = {}
        for one, total in zip(releases, rows, strict=True):
            everything = float(one.clean[:, k].sum() + one.corrupted[:, k].sum()) * rows[-1] / total
            noise = len(one.corrupted) * told_noise(setting, one)[k]
            sums[round(everything, 6)] = noise + abs(total - rows[-1]) + 1e-12
        variance = 1 / sum(1 / one for one in sums.values())
        rest = variance * sum(value / one for value, one in sums.items()) - clean.sum()
        unknown = rows[-1] - len(clean)
        weight = unknown / (1 + variance / unknown) if unknown > 0 else 0.0  # in rows
        exact = own[:, k].sum() + clean.sum()
        held = len(own) + len(clean)
        found[k] = (exact + (weight * rest / unknown if unknown > 0 else 0.0)) / (held + weight)
    return found


def told_noise(setting: Setting, one: Received) -> Rows:
    """eta^2 as release.json has it; without it, from the clean rows and what was submitted."""
    told = one.record.get("noise_variance")
    return noise_variance(setting, one) if told is None else np.array(told, dtype=float)


def run(folder: Path, submitted: Sequence[Rows], own: Rows, seed: int, out: str = "shared") -> Received:
    """A run in a folder, and what the attacker is given."""
    place = own_folder(SETTING.run(folder, submitted, seed=seed, out=out), NAMES[ME])
    record = json.loads((place / "release.json").read_text())
    return Received(own, submitted[ME], *release_of(place, own.shape[1]), record, {})


def rerun(times: int) -> Play:
    """The same submissions, ``times`` runs, half of them into other folders."""

    def play(folder: Path, strategy: Strategy, rng: np.random.Generator) -> tuple[Rows, list[Received]]:
        mean, _, own, submitted = drawn(SETTING, strategy, rng)
        seeds = rng.integers(2**31, size=times).tolist()
        runs = [run(folder, submitted, own, seed, f"shared{i % 2}") for i, seed in enumerate(seeds)]
        return mean, runs

    return play


def handed_in_anew(folder: Path, strategy: Strategy, rng: np.random.Generator) -> tuple[Rows, list[Received]]:
    """The attacker hands in the mean of its clean rows, under which its noise would vanish; the seed stays."""
    mean, _, own, submitted = drawn(SETTING, strategy, rng)
    seed = int(rng.integers(2**31))
    first = run(folder, submitted, own, seed)
    submitted[ME] = np.tile(first.clean.mean(axis=0), (SETTING.rows, 1))
    return mean, [first, run(folder, submitted, own, seed)]


def rows_of_others(folder: Path, strategy: Strategy, rng: np.random.Generator) -> tuple[Rows, list[Received]]:
    """The other agents hand in anew one after the other, each with one row more; the attacker's file stays."""
    mean, _, own, submitted = drawn(SETTING, strategy, rng)
    seed = int(rng.integers(2**31))
    found = [run(folder, submitted, own, seed)]
    for i in set(range(len(NAMES))) - {ME}:
        submitted[i] = np.concatenate((submitted[i], mean + rng.standard_normal((1, SETTING.columns))))
        found.append(run(folder, submitted, own, seed))
    return mean, found


def penalty(folder: Path, strategy: Strategy, play: Play, count: int = ROUNDS) -> Interval:
    """Of an attacker that uses all its releases."""
    rng = np.random.default_rng(21)
    found = []
    with pages_told_by_their_documents():
        for r in range(count):
            mean, releases = play(folder / str(r), strategy, rng)
            own = releases[0].own
            best = pooled(SETTING, own, releases)
            found.append(((best - mean) ** 2).sum() + SETTING.cost * len(own))
    return Interval.of(np.array(found))


def assert_no_better(found: Interval) -> None:
    assert not found.below(SETTING.least), f"penalty {found}, the plan has {SETTING.penalty:.4f}"


def test_running_again_gives_the_same_release(tmp_path: Path) -> None:
    """Twice the same submissions, another folder for the results, another seed: not a byte is new to the agent."""
    _, _, own, submitted = drawn(SETTING, HONEST, np.random.default_rng(2))
    with pages_told_by_their_documents():
        first = SETTING.run(tmp_path, submitted, seed=1, out="first")
        again = SETTING.run(tmp_path, submitted, seed=2, out="again")
    one, other = (as_meant(out, NAMES[ME], own) for out in (first, again))
    assert np.array_equal(one.clean, other.clean)
    assert np.array_equal(one.corrupted, other.corrupted)


@pytest.mark.long
@pytest.mark.parametrize("times", [1, 2, 5, 10])
def test_running_again_takes_no_noise_off(tmp_path: Path, times: int) -> None:
    """Honest submissions; with one run the estimate is the plan's, which shows that the attacker knows how."""
    found = penalty(tmp_path, HONEST, rerun(times), ROUNDS if times < 5 else ROUNDS // 3)
    assert_no_better(found)
    if times == 1:
        assert abs(found.mean - SETTING.penalty) < 4 * found.error, str(found)


@pytest.mark.long
def test_running_again_gives_an_agent_that_collects_nothing_no_more_clean_rows(tmp_path: Path) -> None:
    """Rows made up without a sample earn the clean rows, once."""
    assert_no_better(penalty(tmp_path, MADE_UP, rerun(5), ROUNDS // 2))


@pytest.mark.long
@pytest.mark.parametrize("strategy", [HONEST, MADE_UP], ids=lambda one: one.name)
def test_handing_in_the_mean_of_ones_clean_rows_is_judged_as_before(
    tmp_path: Path, strategy: Strategy
) -> None:
    """A judgement is made once: what is submitted after the clean rows were seen changes nothing."""
    assert_no_better(penalty(tmp_path, strategy, handed_in_anew))


@pytest.mark.long
@pytest.mark.parametrize("strategy", [HONEST, MADE_UP], ids=lambda one: one.name)
def test_rows_that_others_add_give_no_fresh_noise(tmp_path: Path, strategy: Strategy) -> None:
    """Five other agents add a row each, one after the other: six releases, worth one and five rows."""
    found = penalty(tmp_path, strategy, rows_of_others)
    fair = SETTING.least - 5 / 35 * (
        SETTING.penalty - SETTING.cost * SETTING.rows
    )  # five rows more of thirty
    assert not found.below(fair), (
        f"penalty {found}, the plan has {SETTING.penalty:.4f}, with five rows {fair:.4f}"
    )


# ---- the same agents and rows under other names and in other files: refused, or no more than before


def attempt(again: Callable[[], Path], first: Path, own: Rows) -> None:
    """A run that is refused, or gives the attacker what it had."""
    try:
        out = again()
    except typer.Exit:  # bad input
        return
    known = as_meant(first, NAMES[ME], own)
    found = next(one for one in out.rglob("release.csv") if one.parent.name.startswith(NAMES[ME]))
    clean, corrupted, _ = release_of(found.parent, own.shape[1])
    new_clean, new_noise = (
        sum(not (np.abs(known_rows - row).max(axis=1) < 1e-9).any() for row in rows)
        for known_rows, rows in ((known.clean, clean), (known.corrupted, corrupted))
    )
    assert (new_clean, new_noise) == (0, 0), (
        f"{new_clean} other clean rows, {new_noise} rows with other noise"
    )


def edited(folder: Path, old: str, new: str) -> None:
    share = folder / "SHARE.toml"
    text = share.read_text()
    assert old in text
    share.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("name", [NAMES[ME], "Hill"])
def test_an_agent_under_another_name_is_not_judged_anew(tmp_path: Path, name: str) -> None:
    """The attacker asks for its name to be corrected, or another agent does."""
    _, _, own, submitted = drawn(SETTING, HONEST, np.random.default_rng(2))
    with pages_told_by_their_documents():
        first = SETTING.run(tmp_path, submitted, seed=1, out="first")
        edited(tmp_path, f'name = "{name}"', f'name = "{name} Clinic"')
        attempt(lambda: run_share(tmp_path / "SHARE.toml", tmp_path / "again"), first, own)


def test_files_in_another_form_are_not_rows_measured_anew(tmp_path: Path) -> None:
    """Another agent's file is written again with its rows in another order."""
    _, _, own, submitted = drawn(SETTING, HONEST, np.random.default_rng(2))
    with pages_told_by_their_documents():
        first = SETTING.run(tmp_path, submitted, seed=1, out="first")
        submitted[4] = submitted[4][::-1]
        attempt(lambda: SETTING.run(tmp_path, submitted, seed=1, out="again"), first, own)


def test_agents_in_another_order_are_given_the_same(tmp_path: Path) -> None:
    """The mediator sorts the agents of the share file."""
    _, _, own, submitted = drawn(SETTING, HONEST, np.random.default_rng(2))
    with pages_told_by_their_documents():
        first = SETTING.run(tmp_path, submitted, seed=1, out="first")
        head, *tables = (tmp_path / "SHARE.toml").read_text().split("[[agent]]")
        ordered = [head, *sorted(table.strip() + "\n\n" for table in tables)]
        (tmp_path / "SHARE.toml").write_text("[[agent]]\n".join(ordered))
        attempt(lambda: run_share(tmp_path / "SHARE.toml", tmp_path / "again"), first, own)
