"""An agent with everything it receives, and everything public, does no better than the plan.

Sharings are run from files; the agent reads every file it gets, and every public one, and estimates as well as it can.
Its mean squared error and the cost of what it collected may not be below the plan's penalty by more than 4 standard
errors (for bounded-variance, below the least that its factor allows).  A test that finds nothing proves nothing but
that cheats of a fifth of the penalty are not among these: the control and the power are asserted, too.
"""

from __future__ import annotations

import numpy as np
import pytest
from received import Rows, received
from rounds import (
    FAR_OFF,
    FILLED_UP,
    HONEST,
    MADE_UP,
    NOTHING,
    WITHHOLDS,
    Interval,
    Rounds,
    Strategy,
    drawn,
    played,
)
from sharing_from_files import ME, NAMES, Setting, pages_told_by_their_documents, seen_by

MANY = 50
CHECKED = [
    Setting("c3d"),
    Setting("c3d-tuned", samples=9.0),
    Setting("bounded-variance"),
    Setting("heterogeneous"),
]
UNCHECKED = Setting("no-fabrication")
USED = Setting("estimate-only")
SETTINGS = [*CHECKED, UNCHECKED, USED]
CHEATS = [(one, strategy) for one in CHECKED for strategy in (HONEST, MADE_UP, FILLED_UP)]


def named(one: object) -> str:
    return one.mechanism if isinstance(one, Setting) else getattr(one, "name", str(one))


def assert_no_better(rounds: Rounds) -> None:
    """The attacker's interval is not below the least penalty."""
    attack = rounds.penalty(found := rounds.attack())
    least = rounds.setting.least
    words = (
        f"penalty {attack}, the plan has {rounds.setting.penalty:.4f}, nobody may have less than {least:.4f}"
    )
    assert not attack.below(least), f"{words}; read: {'; '.join(found.used) or 'nothing'}"


def test_an_agent_that_collects_nothing_reads_nothing_of_use() -> None:
    """In a second: enough to find what tells the others' means."""
    assert_no_better(played(Setting("c3d"), MADE_UP, 5))


@pytest.mark.long
@pytest.mark.parametrize("setting", SETTINGS, ids=named)
def test_honest_agents_have_the_penalty_of_the_plan(setting: Setting) -> None:
    """The control: rounds, files and estimates are what the theory says they are."""
    found = Interval.of(played(setting, HONEST, MANY).penalties.mean(axis=1))
    assert abs(found.mean - setting.penalty) <= 4 * found.error, (
        f"{found}, the plan has {setting.penalty:.4f}"
    )


@pytest.mark.long
@pytest.mark.parametrize("setting", CHECKED, ids=named)
def test_a_cheat_of_a_fifth_of_the_penalty_would_be_found(setting: Setting) -> None:
    """With errors as large as those of an honest agent; a cheat's are smaller."""
    found = Interval.of(played(setting, HONEST, MANY).penalties[:, ME])
    gain = found.mean - 0.8 * setting.least
    assert found.power(0.2 * setting.penalty) >= 0.95, f"{found}: a gain of {gain:.4f}"


@pytest.mark.long
@pytest.mark.parametrize(("setting", "strategy"), CHEATS, ids=named)
def test_nobody_does_better_than_the_plan(setting: Setting, strategy: Strategy) -> None:
    assert_no_better(played(setting, strategy, MANY))


@pytest.mark.long
@pytest.mark.parametrize("strategy", [NOTHING, WITHHOLDS, HONEST], ids=named)
def test_who_submits_nothing_learns_nothing(strategy: Strategy) -> None:
    """Where rows cannot be made up, an agent may still withhold them."""
    assert_no_better(played(UNCHECKED, strategy, MANY))


@pytest.mark.long
def test_the_pages_tell_no_more_than_they_may() -> None:
    """Tables and drawings as a reader of the true pages finds them, one column; the agent has collected nothing."""
    assert_no_better(played(Setting("c3d", columns=1), MADE_UP, 40, pages=True))


# ---- an estimate that has to be used


@pytest.mark.long
def test_a_far_number_does_not_give_the_mean_of_the_others() -> None:
    """Noise grows with the distance by a known function: whoever is told its size can invert it."""
    rounds = played(USED, FAR_OFF, 24)
    found = rounds.attack(rounds.others)
    error = float(np.sqrt((found.errors**2).mean()))
    assert error > 1.0, f"the others' mean is known to {error:.2g} sigma; read: {'; '.join(found.used)}"


@pytest.mark.long
def test_the_estimate_tells_less_than_the_mean_of_the_others() -> None:
    """An honest agent knows of the others' mean what its own mean and the estimate tell, and not much more."""
    rounds = played(USED, HONEST, MANY)
    found = rounds.attack(rounds.others)
    told = np.array([one.estimate - one.own.mean(axis=0) for one in rounds.rounds])
    away = rounds.others - np.array([one.own.mean(axis=0) for one in rounds.rounds])
    left = away - told * (told * away).sum() / (told**2).sum()
    error, meant = np.sqrt((found.errors**2).mean()), np.sqrt((left**2).mean())
    assert error > 0.7 * meant, f"{error:.2g} sigma, meant {meant:.2g}; read: {'; '.join(found.used)}"


# ---- rows on a grid, and in an order


def on_grid(rounds: Rounds, grid: float) -> Rows:
    """Posterior means of an agent that knows the others' rows lie on a grid, under a flat prior: errors (R, d)."""
    from attackers import noise_variance, recommended

    offsets = np.linspace(-3, 3, 241)
    errors = np.empty_like(rounds.means)
    for r, one in enumerate(rounds.rounds):
        centre, variance = recommended(rounds.setting, one), noise_variance(rounds.setting, one)
        plain = np.concatenate((one.own, one.clean))
        for k, middle in enumerate(centre):
            at = middle + offsets
            log = -((plain[:, k, None] - at) ** 2).sum(axis=0) / 2
            points = grid * (np.rint(middle / grid) + np.arange(-6 / grid, 6 / grid + 1))
            exact = -((points[:, None] - at) ** 2) / 2  # (points, at)
            exact -= np.log(np.exp(exact).sum(axis=0))
            noise = -((one.corrupted[:, k, None] - points) ** 2) / (
                2 * max(variance[k], 1e-12)
            )  # (rows, points)
            top = noise.max(axis=1, keepdims=True)
            log = log + np.log(np.exp(noise - top) @ np.exp(exact) + 1e-300).sum(axis=0)
            weight = np.exp(log - log.max())
            errors[r, k] = (weight * at).sum() / weight.sum() - rounds.means[r, k]
    return errors


@pytest.mark.long
@pytest.mark.parametrize("grid", [0.5, 1.0])
def test_rows_on_a_grid_do_not_give_their_noise_away(grid: float) -> None:
    """Whoever knows that all rows are multiples of a number can tell small noise from it."""
    rounds = played(Setting("c3d"), HONEST, MANY, grid=grid)
    errors = on_grid(rounds, grid)
    found = Interval.of((errors**2).sum(axis=1) + rounds.setting.cost * rounds.collected)
    assert not found.below(rounds.setting.least), (
        f"penalty {found}, the plan has {rounds.setting.penalty:.4f}"
    )


@pytest.mark.long
def test_the_order_of_rows_tells_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Rows are given in an order that has nothing to do with the others' files."""
    setting, rng = Setting("c3d"), np.random.default_rng(3)
    clean, corrupted = [], []
    for r in range(40):
        _, rows, own, submitted = drawn(setting, HONEST, rng)
        with pages_told_by_their_documents():
            out = setting.run(tmp_path_factory.mktemp("order"), submitted, seed=r + 100)
        one = received(out, NAMES[ME], own, own)
        others = np.concatenate([rows[i] for i in range(len(NAMES)) if i != ME])
        places = np.abs(others[None, :, 0] - one.clean[:, None, 0]).argmin(axis=1)
        clean.append(np.corrcoef(places, np.arange(len(places)))[0, 1])
        rest = np.delete(others, places, axis=0)
        assert len(rest) == len(one.corrupted)
        centred = one.corrupted - one.corrupted.mean(axis=0)
        corrupted.append(((rest - rest.mean(axis=0)) * centred / centred.std(axis=0)).mean())
    for found in (Interval.of(np.array(clean)), Interval.of(np.array(corrupted))):
        assert abs(found.mean) < 4 * found.error, str(found)


@pytest.mark.long
def test_nobody_sees_anothers_folder_or_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No row of another agent stands in a file an agent sees but its own release."""
    setting = Setting("c3d")
    _, rows, _, submitted = drawn(setting, HONEST, np.random.default_rng(4))
    out = setting.run(tmp_path_factory.mktemp("seen"), submitted, seed=5)
    for file in seen_by(out, NAMES[ME]):
        if file.name == "release.csv":
            continue
        text = file.read_text(encoding="utf-8")
        for i in set(range(len(NAMES))) - {ME}:
            told = [
                value for value in (*rows[i].ravel(), *rows[i].mean(axis=0)) if repr(float(value)) in text
            ]
            assert not told, f"{file.name} holds {told[:3]} of {NAMES[i]}"
