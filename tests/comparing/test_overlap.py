"""Validation rows among training rows: counts by definition, silence about honest rows, and what is found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

from fairpool.comparing.closeness import SpacedRows
from fairpool.comparing.overlap import validation_overlap
from fairpool.ground.errors import InputError

ROWS = 150


def scaled(task, *others):
    """As a round treats columns: by mean and standard deviation of the validation rows."""
    spread = np.where(task.std(axis=0) > 0, task.std(axis=0), 1.0)
    return [(rows - task.mean(axis=0)) / spread for rows in (task, *others)]


def overlap(task, party, labels=None):
    task, party = scaled(task, party)
    theirs = np.zeros(len(party)) if labels is None else labels
    return validation_overlap([(party, theirs)], (task, np.zeros(len(task))), comparisons=4)[0]


def measured(name):
    loaders = {"cancer": load_breast_cancer, "diabetes": load_diabetes, "wine": load_wine, "iris": load_iris}
    return loaders[name]().data


# ---- what is counted


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=12),
)
def test_exact_rows_are_those_that_stand_in_the_task(task, party):
    """Features and label; a row brought twice is two rows."""
    task_rows, rows = np.array(task, dtype=float), np.array(party, dtype=float)
    found = validation_overlap([(rows[:, :2], rows[:, 2])], (task_rows[:, :2], task_rows[:, 2]))[0]
    assert found.exact == sum(row in task for row in party)
    assert found.exact + found.near == found.rows.sum()
    assert all(found.rows[k] for k, row in enumerate(party) if row[:2] in [other[:2] for other in task])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(2, 20), st.integers(1, 20), st.integers(1, 4))
def test_closeness_is_distance_over_the_distance_to_the_nearest_other_row(seed, task_rows, rows, columns):
    """Against distances between all pairs, for two tables at once."""
    rng = np.random.default_rng(seed)
    task, table = rng.normal(size=(task_rows, columns)), rng.normal(size=(2 * rows, columns))
    among = cdist(task, task) + np.diag(np.full(task_rows, np.inf))
    expected = cdist(task, table) / among.min(axis=1)[:, None]
    spaced = SpacedRows.of(task, against=len(table))
    order = [int(np.flatnonzero((task == point).all(axis=1))[0]) for point in spaced.points]
    found = spaced.closeness(table, np.array([0, rows]))
    np.testing.assert_allclose(found.by_row, expected.min(axis=0), rtol=1e-6, atol=1e-6)
    halves = np.stack([expected[order][:, :rows].min(axis=1), expected[order][:, rows:].min(axis=1)], axis=1)
    np.testing.assert_allclose(found.by_task_row, halves, rtol=1e-6, atol=1e-6)


def test_parties_are_looked_at_each_for_itself():
    """Who else is in the round changes no count, only how much is left to chance."""
    rng = np.random.default_rng(5)
    task, honest = rng.normal(size=(60, 5)), rng.normal(size=(40, 5))
    copied, labels = task[:30] + 0.01 * rng.normal(size=(30, 5)), np.zeros(60)
    alone = [
        validation_overlap([(rows, np.zeros(len(rows)))], (task, labels), comparisons=2)[0]
        for rows in (honest, copied)
    ]
    both = validation_overlap([(honest, np.zeros(40)), (copied, np.zeros(30))], (task, labels))
    for one, same in zip(alone, both, strict=True):
        assert (one.exact, one.near, one.met, one.chance) == (same.exact, same.near, same.met, same.chance)


def test_tables_of_other_widths_are_refused():
    rows = (np.zeros((2, 3)), np.zeros(2))
    with pytest.raises(InputError, match="the same columns for all"):
        validation_overlap([(np.zeros((2, 2)), np.zeros(2))], rows)
    with pytest.raises(InputError, match="at least one"):
        validation_overlap([], rows)


# ---- honest rows raise no alarm


@pytest.mark.parametrize("name", ["cancer", "diabetes", "wine", "iris"])
def test_halves_of_measured_data_raise_no_alarm(name):
    """Thirty ways to deal out each: none is an alarm, where one in a thousand is allowed for."""
    rows, rng = measured(name), np.random.default_rng(1)
    half = min(len(rows) // 2, ROWS)
    for _ in range(30):
        order = rng.permutation(len(rows))
        found = overlap(rows[order[:half]], rows[order[half : 2 * half]])
        assert not found.more_than_chance, (found.met, found.chance)


def truth_values(rng, rows, columns):
    return (rng.random((rows, columns)) < rng.random(columns)).astype(float)


def grades(rng, rows, columns):
    return rng.binomial(4, rng.random(columns), size=(rows, columns)).astype(float)


def charts(rng, rows, columns):
    """Age in years, truth values, a grade, a rounded pressure: each of the size that a party happens to have."""
    age = np.round(rng.normal(45 + 20 * rng.random(), 5 + 10 * rng.random(), rows))
    pressure = np.round(rng.normal(130, 18, rows), -1)
    return np.column_stack([age, pressure, truth_values(rng, rows, columns), grades(rng, rows, 1)])


def one_thing_in_many_units(rng, rows, columns):
    """Two whole numbers, told again and again."""
    whole = rng.integers(0, 60, (rows, 2)).astype(float)
    return np.hstack([whole * (k + 1) + k for k in range(columns)])


def few_causes(rng, rows, columns):
    """Rounded columns that two hidden causes drive, spread differently at every party."""
    causes = rng.normal(size=(rows, 2)) * (0.3 + rng.random(2)) + rng.random(2)
    return np.round(causes @ np.cos(np.arange(2 * columns)).reshape(2, columns), 1)


@pytest.mark.parametrize(("task_rows", "rows"), [(8, 6), (20, 20), (200, 200), (50, 3000), (1000, 20)])
@pytest.mark.parametrize("columns", [3, 10])
@pytest.mark.parametrize("kind", [truth_values, grades, charts, one_thing_in_many_units, few_causes])
def test_honest_rows_of_few_values_raise_no_alarm(kind, columns, task_rows, rows):
    """Party and task have laws of their own; equal rows are as frequent as columns and values make them."""
    rng = np.random.default_rng(columns)
    for _ in range(3):
        found = overlap(kind(rng, task_rows, columns), kind(rng, rows, columns))
        assert not found.more_than_chance, (found.met, found.chance, found.closeness)


# ---- what is found


def spoilt(how, task, honest, rng):
    """Training rows with validation rows among them, and their labels."""
    tenth = len(honest) // 10
    spread = task.std(axis=0)
    match how:
        case "copied":
            return task
        case "noise of 0.3":
            return task + 0.3 * spread * rng.normal(size=task.shape)
        case "a tenth":
            return np.vstack([task[:tenth], honest[tenth:]])
        case "five times":
            return np.vstack([task[:tenth]] * 5 + [honest[5 * tenth :]])
        case "rounded":
            return np.round(task / spread, 1) * spread
        case "another unit":
            return 1.8 * task + 32
        case _:
            raise ValueError(how)


@pytest.mark.parametrize(
    "how", ["copied", "noise of 0.3", "a tenth", "five times", "rounded", "another unit"]
)
@pytest.mark.parametrize("name", ["cancer", "diabetes", "normal"])
def test_validation_rows_are_found_however_they_are_hidden(name, how):
    """Ten or more measured columns: ten ways to deal out the rows, all found."""
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(400, 8)) if name == "normal" else measured(name)
    for _ in range(10):
        order = rng.permutation(len(rows))
        task, honest = rows[order[:ROWS]], rows[order[ROWS : 2 * ROWS]]
        assert overlap(task, spoilt(how, task, honest, rng)).more_than_chance


def test_a_label_that_was_turned_hides_nothing():
    """Near and not exact: the features stand in the task, with another label."""
    rows = measured("diabetes")[:ROWS]
    found = overlap(rows, rows, labels=np.ones(ROWS))
    assert (found.exact, found.near, found.closeness) == (0, ROWS, 0.0)
    assert found.more_than_chance


def test_two_equal_rows_of_ten_measurements_are_no_chance():
    """And of four truth values a thousand are."""
    rows, rng = measured("diabetes"), np.random.default_rng(3)
    assert overlap(rows[:200], np.vstack([rows[:2], rows[200:]])).more_than_chance
    few = truth_values(rng, 1000, 4)
    found = overlap(few, few)
    assert (found.exact, found.more_than_chance) == (1000, False)


def test_a_row_that_is_brought_a_hundred_times_counts_once():
    """One honest patient of whom a file is full is no copy of the task."""
    rng = np.random.default_rng(4)
    task = rng.normal(size=(50, 2)).round(1)
    found = overlap(task, np.repeat(task[:1], 100, axis=0))
    assert (found.exact, found.met, found.more_than_chance) == (100, 1, False)
