"""What one validation row is worth to a score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.learning.catalogue import SCORES, score_named
from fairpool.learning.rows import Rows
from fairpool.learning.validation_rows.one_row import worth_of_one_row


def task_of(labels, classes):
    y = np.array(labels)
    return Rows(np.zeros((len(y), 1)), y, classes)


@given(labels=st.lists(st.integers(0, 2), min_size=3, max_size=30).filter(lambda y: len(set(y)) == 3))
def test_a_row_of_a_class(labels):
    """Accuracy counts rows, balanced accuracy classes; the area under the curve loses all comparisons of the row."""
    counts = np.bincount(labels)
    rarest = counts.min()
    task = task_of(labels, 3)
    assert worth_of_one_row(score_named("accuracy"), task).worth == pytest.approx(1 / len(labels))
    found = worth_of_one_row(score_named("balanced-accuracy"), task)
    assert found.worth == pytest.approx(1 / (3 * rarest))
    assert (counts[found.code], found.alike) == (rarest, rarest)


@given(yes=st.integers(1, 20), no=st.integers(1, 20))
def test_the_area_under_the_curve_of_two_classes(yes, no):
    """A row below all of the other class loses its part of all pairs: one by the rows of its class."""
    found = worth_of_one_row(score_named("roc-auc"), task_of([1] * yes + [0] * no, 2))
    assert found.worth == pytest.approx(1 / min(yes, no))


def test_29_to_1():
    """Half of the balanced accuracy hangs on one row."""
    found = worth_of_one_row(score_named("balanced-accuracy"), task_of([1] * 29 + [0], 2))
    assert (found.worth, found.code, found.alike) == (0.5, 0, 1)


def test_a_row_of_numbers():
    """The row farthest from the mean: its part of all squared differences, or its part of the typical error."""
    task = task_of([0.0, 0.0, 0.0, 10.0], 0)
    assert worth_of_one_row(score_named("r2"), task).worth == pytest.approx(7.5**2 / 75)
    assert worth_of_one_row(score_named("one-minus-rmse"), task).worth == pytest.approx(7.5 / 2 / 10)


def test_every_score_says_what_one_row_is_worth():
    """Also one that is added: nothing is asked of it but the score itself."""
    for name, score in SCORES.items():
        classes = 2 if score.task.value == "classification" else 0
        task = task_of([0, 1, 1, 1, 1] if classes else [0.0, 1.0, 2.0, 3.0, 4.5], classes)
        assert 0 < worth_of_one_row(score, task).worth <= 1, name
