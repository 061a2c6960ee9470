"""A caller's own estimator: cloned, seeded, fed by name where it asks for names, and named where it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, make_scorer
from sklearn.neighbors import KNeighborsRegressor, RadiusNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from builders.consortia import consortium, dataset, frame, settled
from fairpool.ground.errors import InputError
from fairpool.learning.learners.own import OwnLearner, asks_for_names
from fairpool.learning.onnx.export import NotExportable
from fairpool.learning.rows import Rows
from fairpool.market.party import Party
from fairpool.tables.dataset import Dataset

ROWS = Rows(np.random.default_rng(0).normal(size=(30, 2)), np.random.default_rng(1).normal(size=30), 0)


def test_a_clone_is_fitted_with_the_rounds_seed_and_the_callers_stays_as_it_was():
    forest = RandomForestRegressor(3)
    one, same, other = (OwnLearner(forest).fit(ROWS, seed=seed).predict(ROWS.X) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()
    assert not hasattr(forest, "estimators_")
    assert forest.random_state is None


def test_seeds_of_parts_are_set_and_a_number_that_the_caller_chose_stays():
    pipeline = make_pipeline(StandardScaler(), RandomForestRegressor(3))
    assert OwnLearner(pipeline).fit(ROWS, seed=5)[-1].random_state == 5
    assert OwnLearner(RandomForestRegressor(3, random_state=9)).fit(ROWS, seed=5).random_state == 9


def clinic(rng, rows):
    """Ill where older, and more so for one of two sexes; an age is missing here and there."""
    age, sex = rng.integers(20, 90, rows).astype(float), rng.choice(["f", "m"], rows)
    ill = np.where(age + 20 * (sex == "m") + rng.normal(0, 9, rows) > 65, "yes", "no")
    age[rng.random(rows) < 0.05] = np.nan
    return pd.DataFrame({"sex": sex, "age": age, "ill": ill, "smoker": rng.random(rows) < 0.3})


@pytest.fixture
def clinics():
    rng = np.random.default_rng(3)
    frames = [clinic(rng, 25) for _ in range(3)]
    frames[1].loc[0, "sex"] = "unknown to the others"
    members = [Party(f"P{i}", Dataset.from_frame(frame, label="ill")) for i, frame in enumerate(frames[:2])]
    return members, Dataset.from_frame(frames[2], label="ill")


def test_a_pipeline_picks_raw_columns_by_name(clinics):
    """Ages in years, texts as they were, and a text that the validation data do not know as none."""
    members, validation = clinics
    picked = make_column_transformer(
        (StandardScaler(), ["age"]),
        (OneHotEncoder(categories=[["f", "m", ""]]), ["sex"]),
        ("passthrough", ["smoker"]),
    )
    pipeline = make_pipeline(picked, LogisticRegression())
    assert asks_for_names(pipeline)
    settlement = settled(members, validation, learner=pipeline, score="accuracy")
    model = settlement.models["P0"]
    fitted = model.estimator.estimator
    ages = pd.concat([m.train.features["age"] for m in members if m.name in model.trained_on])
    filled = ages.fillna(validation.features["age"].median())
    assert fitted[0].named_transformers_["standardscaler"].mean_[0] == pytest.approx(filled.mean())
    predicted = settlement.models["P0"].predict(validation.features)
    assert np.mean(predicted == validation.label) == settlement.statement.loc["P0", "gain"]
    refused = settlement.models["P0"].to_onnx()
    assert isinstance(refused, NotExportable)
    assert refused.estimator == "Pipeline"
    assert "caller's own" in settlement.certificate.notes[-1]
    assert "in memory only, not as files" in settlement.certificate.notes[-1]


def test_an_estimator_that_can_be_written_is_handed_out():
    """Ridge of one's own is Ridge; the certificate says that it could not be checked further, and no more."""
    members, validation = consortium(kind="numbers")
    settlement = settled(members, validation, learner=Ridge(alpha=3.0), score="r2")
    assert isinstance(settlement.models["P0"].to_onnx(), bytes)
    assert settlement.certificate.notes[-1].endswith("nothing else could be checked further.")
    named = settled(members, validation, learner="ridge", learner_options={"alpha": 3.0}, score="r2")
    np.testing.assert_allclose(settlement.statement["gain"], named.statement["gain"], rtol=0, atol=1e-7)


def test_a_score_of_ones_own_sees_labels_as_they_were(clinics):
    """A function of true and predicted labels, a scorer, and a scorer's name say the same."""
    members, validation = clinics

    def found(y_true, y_pred):
        assert set(y_true) <= {"yes", "no"}
        return f1_score(y_true, y_pred, pos_label="yes")

    gains = [
        settled(members, validation, learner=LogisticRegression(), score=score).statement["gain"]
        for score in (found, make_scorer(f1_score, pos_label="yes"))
    ]
    pd.testing.assert_series_equal(*gains, check_exact=True)
    averaged = settled(members, validation, learner="logistic", score="f1_macro")
    assert "score f1_macro is the caller's own" in averaged.certificate.notes[-1]


def test_a_score_of_numbers_sees_them_in_their_own_unit():
    members, validation = consortium(kind="numbers")
    largest = float(np.abs(validation.label).max())

    def close(y_true, y_pred):
        assert np.abs(y_true).max() == pytest.approx(largest)
        return float(np.mean(np.abs(y_true - y_pred) < 1.0))

    settlement = settled(members, validation, learner=Ridge(), score=close)
    predicted = settlement.models["P0"].predict(validation.features)
    if settlement.models["P0"].trained_on == ("P0", "P1", "P2"):
        assert close(validation.label, predicted) == settlement.statement.loc["P0", "gain"]


@pytest.mark.parametrize("value", [1.5, -0.2, float("nan")])
def test_a_score_outside_the_unit_interval_is_named_with_its_coalition(clinics, value):
    members, validation = clinics
    with pytest.raises(
        InputError, match=rf"coalition of 'P\d'.*: score: odd gave {value}, expected a number from 0 to 1"
    ):
        settled(members, validation, learner=LogisticRegression(), score=odd_score(value))


def odd_score(value):
    def odd(y_true, y_pred):  # noqa: ARG001
        return value

    return odd


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"learner": StandardScaler()}, "StandardScaler is neither a classifier nor a regressor"),
        ({"learner": 7}, "learner: got 7, expected a name or an instance"),
        ({"learner": Ridge()}, "learner 'Ridge' cannot do regression|cannot do classification"),
        ({"learner": Ridge(), "learner_options": {"alpha": 1}}, "got some beside an estimator"),
        (
            {"learner": "ridge", "score": odd_score(1.0)},
            "neither says whether labels are classes or numbers",
        ),
        ({"score": 3, "learner": "logistic"}, "score: got 3, expected a name, a function"),
        ({"score": "no-such"}, "score: got 'no-such', expected one of accuracy"),
        ({"score": "neg_log_loss", "learner": "logistic"}, "gives no probabilities"),
    ],
)
def test_what_is_no_learner_and_no_score_is_said(clinics, choices, message):
    with pytest.raises(InputError, match=message):
        settled(*clinics, **choices)


def test_a_coalition_that_an_estimator_refuses_is_named():
    """Five neighbours of three rows; and a radius within which there is nobody."""
    members, validation = consortium(kind="numbers", parties=2, rows=3)
    with pytest.raises(
        InputError, match=r"coalition of 'P\d': KNeighborsRegressor cannot predict: Expected n_neighbors"
    ):
        settled(members, validation, learner=KNeighborsRegressor(5), score="r2")
    with (
        pytest.warns(UserWarning, match="no neighbors"),
        pytest.raises(InputError, match=r"coalition of 'P\d': RadiusNeighborsRegressor predicts nan for"),
    ):
        settled(members, validation, learner=RadiusNeighborsRegressor(1e-6), score="r2")


class NearestOrMean(RegressorMixin, BaseEstimator):
    """Five nearest rows, or the mean of fewer."""

    def fit(self, X, y):
        self.model_ = (KNeighborsRegressor(5) if len(y) >= 5 else DummyRegressor()).fit(X, y)
        return self

    def predict(self, X):
        return self.model_.predict(X)


def test_what_a_coalition_without_a_model_is_worth_is_the_callers_to_say():
    """Three rows are no five neighbours: the round is refused, with the way out, and not settled at a worth made up.

    An estimator that says what it predicts then settles it: the mean of three rows explains nothing.
    """
    members, validation = consortium(kind="numbers", parties=2, rows=20)
    few = Party("few", dataset(frame(np.random.default_rng(2), 3, kind="numbers")))
    with pytest.raises(InputError, match=r"coalition of 'few'.* is not made up: expected a learner"):
        settled([*members, few], validation, learner=KNeighborsRegressor(5), score="r2")
    statement = settled([*members, few], validation, learner=NearestOrMean(), score="r2").statement
    assert statement.loc["few", "gain_alone"] == 0.0
    assert statement["gain_alone"].drop("few").min() > 0.0
