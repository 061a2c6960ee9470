"""A delivered model: raw columns in, labels out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import LEARNERS, SCORES, learner_named
from fairpool.learning.model import Model
from fairpool.learning.onnx.export import NotExportable
from fairpool.learning.rows import Rows
from fairpool.tables.dataset import Dataset
from fairpool.tables.schema import Kind, agree_schema
from fairpool.tables.treatment.preprocessing import learn_preprocessing

RNG = np.random.default_rng(0)
N = 60
FRAME = pd.DataFrame(
    {
        "age": RNG.normal(50, 10, N),
        "smoker": RNG.integers(0, 2, N).astype(bool),
        "site": RNG.choice(["north", "south", "west"], N),
    }
)
SICK = np.where(FRAME["age"] + 8 * FRAME["smoker"] + RNG.normal(0, 3, N) > 54, "sick", "well")
PRESSURE = 90 + 0.6 * FRAME["age"] + 5 * FRAME["smoker"] + RNG.normal(0, 2, N)


def model_of(name, *, label, task, rows=slice(None)):
    data = Dataset.from_frame(FRAME.assign(y=label), label="y", name="all")
    treatment = learn_preprocessing(agree_schema([data], [data], task=task, features=None), [data])
    classes = len(treatment.schema.classes or ())
    treated = Rows(treatment.apply(data), treatment.labels(data), classes)
    score = SCORES["accuracy" if classes else "r2"]
    estimator = learner_named(name, {}, score).fit(treated.take(np.arange(N)[rows]), seed=0)
    return Model(treatment, estimator, ("North", "South")), treated, estimator


@pytest.mark.parametrize("name", LEARNERS)
def test_classes_come_back_as_they_were_written(name):
    """Predictions of raw rows are the estimator's of treated ones, in words; the label's column may be there."""
    model, treated, estimator = model_of(name, label=SICK, task=Kind.CLASSIFICATION)
    names = np.array(["sick", "well"])
    found = model.predict(FRAME)
    np.testing.assert_array_equal(found, names[estimator.predict(treated.X)])
    np.testing.assert_array_equal(model.predict(FRAME.assign(y=SICK)[["y", "site", "age", "smoker"]]), found)
    assert np.mean(found == SICK) > 0.7


@pytest.mark.parametrize("name", ["nearest", "ridge", "random-forest", "gradient-boosting"])
def test_numbers_come_back_as_numbers(name):
    """In their own unit; the estimator was taught them in standard deviations."""
    model, treated, estimator = model_of(name, label=PRESSURE, task=Kind.REGRESSION)
    found = model.predict(FRAME)
    assert found.dtype == np.float64
    put_back = PRESSURE.mean() + PRESSURE.std(ddof=0) * estimator.predict(treated.X)
    np.testing.assert_allclose(found, put_back, rtol=1e-12)


@pytest.mark.parametrize("name", ["nearest", "logistic", "naive-bayes", "random-forest", "gradient-boosting"])
def test_probabilities_have_a_column_a_class(name):
    model, _, _ = model_of(name, label=SICK, task=Kind.CLASSIFICATION)
    found = model.predict_proba(FRAME)
    assert list(found.columns) == ["sick", "well"]
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    np.testing.assert_array_equal(found.columns[found.to_numpy().argmax(axis=1)], model.predict(FRAME))


def test_probabilities_name_the_classes_that_the_model_knows():
    """A model of one class, trained by a party that has no other."""
    model, _, _ = model_of("ridge", label=SICK, task=Kind.CLASSIFICATION, rows=SICK == "well")
    assert list(model.predict_proba(FRAME).columns) == ["well"]
    assert set(model.predict(FRAME)) == {"well"}


def test_missing_cells_and_unknown_categories_are_treated_as_in_the_round():
    model, _, _ = model_of("ridge", label=SICK, task=Kind.CLASSIFICATION)
    odd = pd.DataFrame({"age": [None, 50.0], "smoker": [None, True], "site": ["moon", None]})
    assert set(model.predict(odd)) <= {"sick", "well"}


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.drop(columns="age"), "data, column 'age': got no such feature"),
        (FRAME.assign(age="old"), "data, row 0, column 'age': got 'old', expected a number"),
        (pd.concat([FRAME, FRAME["age"]], axis=1), "age"),
    ],
    ids=["a column missing", "text for a number", "a column twice"],
)
def test_rows_that_cannot_be_read_are_named(frame, message):
    model, _, _ = model_of("ridge", label=SICK, task=Kind.CLASSIFICATION)
    with pytest.raises(InputError, match=message):
        model.predict(frame)


def test_a_model_that_holds_rows_is_not_handed_out():
    """The others can be, as bytes."""
    held, _, _ = model_of("nearest", label=SICK, task=Kind.CLASSIFICATION)
    assert isinstance(held.to_onnx(), NotExportable)
    plain, _, _ = model_of("logistic", label=SICK, task=Kind.CLASSIFICATION)
    assert isinstance(plain.to_onnx(), bytes)
