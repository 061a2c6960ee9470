"""A party's model file predicts what the pipeline predicts, and holds no rows."""

from __future__ import annotations

import json
import pickle
import textwrap
import warnings
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import (
    discriminant_analysis,
    dummy,
    ensemble,
    gaussian_process,
    kernel_ridge,
    neighbors,
    svm,
    tree,
)
from sklearn import linear_model as linear
from sklearn import neural_network as network
from sklearn.base import clone, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from fairpool.ground.errors import InputError
from fairpool.learning.learners.naive_bayes import NaiveBayesLearner
from fairpool.learning.learners.nearest.nearest import NearestRows
from fairpool.learning.onnx import export, trees
from fairpool.learning.onnx.export import EXPORTABLE, NotExportable, export_onnx, input_names
from fairpool.learning.rows import Rows
from fairpool.tables.dataset import Dataset
from fairpool.tables.schema import Column, ColumnKind, Kind, agree_schema
from fairpool.tables.treatment.preprocessing import learn_preprocessing

COLUMNS = (
    Column("age", ColumnKind.NUMERIC),
    Column("income", ColumnKind.NUMERIC),
    Column("smoker", ColumnKind.BOOLEAN),
    Column("site", ColumnKind.CATEGORICAL),
    Column("arm", ColumnKind.CATEGORICAL),
)
NUMBER = (Column("number", ColumnKind.NUMERIC),)
LINES = [
    linear.LinearRegression(),
    linear.Ridge(),
    linear.RidgeCV(),
    linear.Lasso(),
    linear.LassoCV(cv=3),
    linear.ElasticNet(),
    linear.ElasticNetCV(cv=3),
    linear.BayesianRidge(),
    linear.HuberRegressor(max_iter=1000),
    linear.QuantileRegressor(alpha=0.01),
    linear.SGDRegressor(random_state=0),
    svm.LinearSVR(random_state=0),
    linear.PoissonRegressor(),
    linear.GammaRegressor(),
    network.MLPRegressor(hidden_layer_sizes=(8, 5), random_state=0, max_iter=50),
    network.MLPRegressor(hidden_layer_sizes=(), activation="tanh", random_state=0, max_iter=50),
    dummy.DummyRegressor(strategy="median"),
]
REGRESSORS = [
    *LINES,
    tree.DecisionTreeRegressor(random_state=0),
    tree.ExtraTreeRegressor(random_state=0),
    ensemble.RandomForestRegressor(15, random_state=0),
    ensemble.ExtraTreesRegressor(15, random_state=0),
    ensemble.GradientBoostingRegressor(n_estimators=20, random_state=0),
    ensemble.GradientBoostingRegressor(n_estimators=20, init="zero", loss="huber", random_state=0),
    ensemble.HistGradientBoostingRegressor(max_iter=20),
    ensemble.HistGradientBoostingRegressor(max_iter=20, loss="poisson"),
]
CLASSIFIERS = [
    linear.RidgeClassifier(),
    linear.RidgeClassifierCV(),
    linear.Perceptron(random_state=0),
    svm.LinearSVC(random_state=0),
    linear.LogisticRegression(),
    linear.LogisticRegression(solver="newton-cholesky", fit_intercept=False),
    linear.LogisticRegressionCV(Cs=3, cv=3, scoring="accuracy"),
    discriminant_analysis.LinearDiscriminantAnalysis(),
    GaussianNB(),
    network.MLPClassifier(hidden_layer_sizes=(8,), random_state=0, max_iter=50),
    network.MLPClassifier(hidden_layer_sizes=(6, 4), activation="logistic", random_state=0, max_iter=50),
    tree.DecisionTreeClassifier(random_state=0),
    tree.ExtraTreeClassifier(random_state=0),
    ensemble.RandomForestClassifier(16, random_state=0),
    ensemble.ExtraTreesClassifier(16, random_state=0),
    ensemble.GradientBoostingClassifier(n_estimators=15, random_state=0),
    ensemble.GradientBoostingClassifier(n_estimators=15, init="zero", random_state=0),
    ensemble.HistGradientBoostingClassifier(max_iter=15),
    dummy.DummyClassifier(),
    dummy.DummyClassifier(strategy="most_frequent"),
]


def frame_of(rows: int, *, rng: np.random.Generator, unseen: bool = False) -> pd.DataFrame:
    """Raw columns as they come: missing values, and where asked for categories that training never saw."""
    sites = ["north", "süd", "two\nlines"] + ["unseen", "日本"] * unseen
    frame = pd.DataFrame(
        {
            "age": rng.normal(50, 10, rows).round(1),
            "income": rng.lognormal(10, 1, rows),
            "smoker": rng.integers(0, 2, rows).astype(np.float64),
            "site": rng.choice(np.array(sites, dtype=object), rows),
            "arm": rng.choice(np.array(["drug", "placebo"] + ["other"] * unseen, dtype=object), rows),
        }
    )
    for name in ("age", "income", "smoker", "site"):
        frame.loc[rng.random(rows) < 0.1, name] = np.nan
    return frame


def text_steps(**encoder: Any) -> Pipeline:
    impute = SimpleImputer(strategy="constant", fill_value="missing")
    encode = OneHotEncoder(**{"handle_unknown": "ignore", "sparse_output": False, **encoder})
    return Pipeline([("impute", impute), ("encode", encode)])


def number_steps(**imputer: Any) -> Pipeline:
    return Pipeline([("impute", SimpleImputer(strategy="median", **imputer)), ("scale", StandardScaler())])


def treatment() -> ColumnTransformer:
    return ColumnTransformer(
        [
            ("numeric", number_steps(), ["age", "income"]),
            ("boolean", SimpleImputer(strategy="most_frequent"), ["smoker"]),
            ("categorical", text_steps(), ["site", "arm"]),
        ]
    )


def signal_of(frame: pd.DataFrame, *, rng: np.random.Generator) -> np.ndarray:
    signal = frame["age"].fillna(50) / 10 + (frame["site"] == "north") + frame["smoker"].fillna(0)
    return np.asarray(signal + 0.3 * rng.normal(size=len(frame)), dtype=np.float64)


def fitted(estimator: Any, labels: Any, frame: pd.DataFrame, treat: Any = None) -> Pipeline:
    pipeline = Pipeline([("treatment", treat or treatment()), ("estimator", clone(estimator))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FutureWarning)  # LogisticRegressionCV announces its own new defaults
        return pipeline.fit(frame, labels)


def line(frame: pd.DataFrame, steps: Any = "passthrough", estimator: Any = None) -> Pipeline:
    """A regression on all columns, treated alike, of the place of the row."""
    treat = ColumnTransformer([("all", steps, list(frame.columns))])
    return fitted(estimator or linear.Ridge(), np.arange(len(frame), dtype=np.float64), frame, treat)


def run(model: bytes | NotExportable, frame: pd.DataFrame) -> list[np.ndarray]:
    """As the module's documentation tells a party to do."""
    assert isinstance(model, bytes), model
    session = onnxruntime.InferenceSession(model)
    feed = {}
    for column in session.get_inputs():
        dtype, missing = (object, "") if column.type == "tensor(string)" else (np.float64, np.nan)
        cells = frame[column.name].str.strip() if dtype is object else frame[column.name]
        feed[column.name] = cells.to_numpy(dtype, na_value=missing)[:, None]
    return session.run(None, feed)


def scikit_scores(pipeline: Pipeline, frame: pd.DataFrame) -> np.ndarray:
    if hasattr(pipeline, "predict_proba"):
        return pipeline.predict_proba(frame)
    decided = pipeline.decision_function(frame)
    return np.column_stack([-decided, decided]) if decided.ndim == 1 else decided


def ids(estimators: list[Any]) -> list[str]:
    return [f"{type(e).__name__}-{i}" for i, e in enumerate(estimators)]


@pytest.mark.parametrize("estimator", REGRESSORS, ids=ids(REGRESSORS))
def test_regressors_give_the_values_of_scikit_learn(estimator):
    """Numeric, boolean and text columns, missing values and unknown categories: the same value to 1e-6."""
    rng = np.random.default_rng(1)
    frame, later = frame_of(300, rng=rng), frame_of(500, rng=rng, unseen=True)
    pipeline = fitted(estimator, signal_of(frame, rng=rng) * 100, frame)
    (value,) = run(export_onnx(pipeline, COLUMNS), later)
    assert value.dtype == np.float64
    np.testing.assert_allclose(value, pipeline.predict(later), rtol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=ids(CLASSIFIERS))
def test_classifiers_give_the_scores_and_labels_of_scikit_learn(estimator, classes):
    """Labels may differ where the two best scores are within 1e-5 of each other, and nowhere else."""
    rng = np.random.default_rng(2)
    frame, later = frame_of(300, rng=rng), frame_of(500, rng=rng, unseen=True)
    signal = signal_of(frame, rng=rng)
    places = np.digitize(signal, np.quantile(signal, [0.6, 0.9][: classes - 1]))
    pipeline = fitted(estimator, np.array(["high", "low", "mid, dle"], dtype=object)[places], frame)
    label, scores = run(export_onnx(pipeline, COLUMNS), later)
    expected = scikit_scores(pipeline, later)
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-9)
    clear = np.diff(np.sort(expected, axis=1)[:, -2:], axis=1)[:, 0] > 1e-5
    assert clear.mean() > 0.8
    np.testing.assert_array_equal(label[clear], pipeline.predict(later)[clear])


def test_every_estimator_on_the_list_is_compared_here():
    assert {type(e) for e in REGRESSORS + CLASSIFIERS} == set(EXPORTABLE)


def test_classifiers_answer_probabilities_where_scikit_learn_gives_some():
    for estimator, (answer, _) in EXPORTABLE.items():
        assert (answer == "value") == (not is_classifier(estimator()))
        assert (answer == "probabilities") == hasattr(estimator, "predict_proba")


TREES = [
    tree.DecisionTreeRegressor(),
    ensemble.GradientBoostingRegressor(max_depth=11, n_estimators=5),
    ensemble.HistGradientBoostingRegressor(min_samples_leaf=1, max_leaf_nodes=None, max_iter=3),
]


@pytest.mark.parametrize("estimator", TREES, ids=ids(TREES))
def test_thresholds_are_not_moved_by_rounding(estimator):
    """Seconds since 1970: neighbours fall together in float32, and still every row takes its branch."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"number": 1.7e9 + rng.choice(10**7, 1000, replace=False)})
    later = pd.DataFrame({"number": (frame["number"].to_numpy()[:, None] + [-1, 0, 1]).ravel()})
    treat = ColumnTransformer([("n", number_steps(), ["number"])])
    pipeline = fitted(estimator, frame["number"] % 2, frame, treat)
    (value,) = run(export_onnx(pipeline, NUMBER), later)
    np.testing.assert_allclose(value, pipeline.predict(later), atol=1e-6)


@pytest.mark.parametrize("estimator", TREES[::2], ids=ids(TREES[::2]))
def test_missing_numbers_that_nobody_imputes_take_the_branch_they_were_taught(estimator):
    frame = pd.DataFrame({"number": [1.0, 2.0, np.nan, 4.0] * 40})
    pipeline = line(frame, estimator=estimator)
    (value,) = run(export_onnx(pipeline, NUMBER), frame)
    np.testing.assert_allclose(value, pipeline.predict(frame), rtol=1e-6)


def test_a_column_in_which_the_treatment_saw_no_value_is_left_out():
    frame = pd.DataFrame({"empty": [np.nan] * 4, "number": [1.0, 2.0, np.nan, 9.0]})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipping features without any observed values")
        pipeline = line(frame, number_steps())
        expected = pipeline.predict(frame)
    (value,) = run(export_onnx(pipeline, (Column("empty", ColumnKind.NUMERIC), *NUMBER)), frame)
    np.testing.assert_allclose(value, expected)


@pytest.mark.parametrize("labels", [[3, 8], [False, True], [1.0, 2.0], np.array(["a", "b"])])
def test_labels_keep_their_type(labels):
    frame = pd.DataFrame({"number": [0.0, 1.0]})
    treat = ColumnTransformer([("all", "passthrough", ["number"])])
    label, _ = run(export_onnx(fitted(linear.RidgeClassifier(), labels, frame, treat), NUMBER), frame)
    assert label.tolist() == list(labels)


def hospital(rows: int, *, rng: np.random.Generator) -> Dataset:
    """Data as files give it, with a class that only the last rows hold."""
    frame = frame_of(rows, rng=rng)
    frame["smoker"] = frame["smoker"].astype("boolean")
    frame["site"] = frame["site"].astype("category")
    frame["outcome"] = np.where(frame["age"].fillna(50) > 50, "worse", "better")
    frame.loc[rows - 5 :, "outcome"] = "died"
    return Dataset.from_frame(frame, label="outcome")


def test_naive_bayes_of_a_round_on_codes_with_names_of_its_own():
    """The round's treatment and learner (attributes set by hand, no row of one class), texts for codes."""
    rng = np.random.default_rng(4)
    validation, training = hospital(80, rng=rng), hospital(200, rng=rng)
    schema = agree_schema([validation], [training], task=Kind.CLASSIFICATION, features=None)
    treated = learn_preprocessing(schema, [validation])
    rows = Rows(treated.apply(training), treated.labels(training), len(schema.classes))
    model = NaiveBayesLearner().fit(rows.take(rows.y != 0), seed=0)
    pipeline = Pipeline([("treatment", treated.transformer), ("estimator", model)])
    exported = export_onnx(pipeline, schema.columns, classes=schema.classes)
    inputs = treated.inputs(validation.features)
    label, probabilities = run(exported, inputs)
    np.testing.assert_allclose(probabilities, pipeline.predict_proba(inputs), rtol=1e-9, atol=1e-12)
    assert label.tolist() == [schema.classes[code] for code in pipeline.predict(inputs)]
    properties = {entry.key: entry.value for entry in onnx.load_from_string(exported).metadata_props}
    assert {name: json.loads(value) for name, value in properties.items()} == {"classes": ["died", "worse"]}
    np.testing.assert_array_equal(run(exported, validation.features)[1], probabilities)


def test_the_documented_call_works(tmp_path, monkeypatch):
    """The six lines of the module's docstring, as they stand there; spaces around a text are no part of it."""
    frame = frame_of(40, rng=np.random.default_rng(5))
    pipeline = fitted(linear.LogisticRegression(), np.arange(40) % 2, frame)
    (tmp_path / "model.onnx").write_bytes(export_onnx(pipeline, COLUMNS))
    monkeypatch.chdir(tmp_path)
    lines = export.__doc__.split("::\n\n")[1].split("\n\nClassifiers")[0]
    padded = frame.assign(site=" " + frame["site"] + "  ", arm=frame["arm"] + " ")
    names = {"onnxruntime": onnxruntime, "np": np, "frame": padded}
    exec(textwrap.dedent(lines), names)
    np.testing.assert_array_equal(names["label"], pipeline.predict(frame))


# What is in the file


def test_the_same_pipeline_gives_the_same_bytes():
    """Also after it went to another worker and back."""
    frame = frame_of(60, rng=np.random.default_rng(6))
    for estimator in (ensemble.RandomForestClassifier(3), network.MLPClassifier(max_iter=5)):
        pipeline = fitted(estimator, np.arange(60) % 3, frame)
        assert export_onnx(pipeline, COLUMNS) == export_onnx(pickle.loads(pickle.dumps(pipeline)), COLUMNS)


@pytest.mark.parametrize("estimator", [linear.Ridge(), ensemble.HistGradientBoostingClassifier(max_iter=3)])
def test_the_file_is_valid_onnx_that_says_nothing_of_where_it_was_made(estimator):
    frame = frame_of(60, rng=np.random.default_rng(7))
    model = onnx.load_from_string(export_onnx(fitted(estimator, np.arange(60) % 3, frame), COLUMNS))
    onnx.checker.check_model(model, full_check=True)
    assert [value.name for value in model.graph.input] == [column.name for column in COLUMNS]
    assert (model.producer_name, model.producer_version, model.domain) == ("fairpool", "", "")
    assert not any(
        [model.doc_string, model.graph.doc_string, *(node.doc_string for node in model.graph.node)]
    )
    assert {entry.key for entry in model.metadata_props} <= {"classes"}
    attributes = {attribute.name for node in model.graph.node for attribute in node.attribute}
    assert not attributes & {"nodes_hitrates", "nodes_hitrates_as_tensor"}


@pytest.mark.parametrize("estimator", LINES, ids=ids(LINES))
def test_no_number_of_a_training_row_is_in_the_file(estimator):
    """Neither a raw cell, nor a treated one, nor a label, where others brought the validation data."""
    rng = np.random.default_rng(8)
    validation, training = frame_of(60, rng=rng), frame_of(60, rng=rng)
    treat, labels = treatment().fit(validation), signal_of(training, rng=rng)
    treated = treat.transform(training)[:, :2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = clone(estimator).fit(treat.transform(training), labels)
    exported = export_onnx(Pipeline([("treatment", treat), ("estimator", model)]), COLUMNS)
    kept = training[["age", "income"]].notna().to_numpy()
    cells = [*training[["age", "income"]].to_numpy()[kept], *treated[kept], *labels]
    assert isinstance(exported, bytes)
    assert len(cells) > 250
    assert not [cell for cell in cells if np.float64(cell).tobytes() in exported]


def test_a_grown_tree_gives_every_label_away():
    """The other side, kept for the record: with one row a leaf, the leaf's value is that row's label."""
    labels = np.random.default_rng(9).normal(size=50)
    frame = pd.DataFrame({"number": np.arange(50.0)})
    treat = ColumnTransformer([("all", "passthrough", ["number"])])
    exported = export_onnx(fitted(tree.DecisionTreeRegressor(), labels, frame, treat), NUMBER)
    assert all(label.tobytes() in exported for label in labels)
    careful = export_onnx(
        fitted(tree.DecisionTreeRegressor(min_samples_leaf=5), labels, frame, treat), NUMBER
    )
    assert not any(label.tobytes() in careful for label in labels)


def test_histogram_boosting_gives_single_cells_away():
    """In a column of more than 255 distinct values, its thresholds are values of training rows."""
    cells = np.random.default_rng(12).normal(size=400)
    model = line(
        pd.DataFrame({"number": cells}), estimator=ensemble.HistGradientBoostingRegressor(max_iter=20)
    )
    exported = export_onnx(model, NUMBER)
    assert sum(cell.tobytes() in exported for cell in cells) > 50


def test_a_class_of_one_row_gives_the_row_away():
    """Naive Bayes keeps the mean of each class: of one row, that is the row."""
    frame = pd.DataFrame({"number": [0.1, 0.2, 0.3, 7.77]})
    treat = ColumnTransformer([("all", "passthrough", ["number"])])
    exported = export_onnx(fitted(GaussianNB(), ["a", "a", "a", "b"], frame, treat), NUMBER)
    assert np.float64(7.77).tobytes() in exported


# What is not handed out


class RidgeWithSouvenirs(linear.Ridge):
    pass


HOARDERS = [
    neighbors.KNeighborsClassifier(),
    neighbors.RadiusNeighborsRegressor(),
    svm.SVC(),
    svm.NuSVR(),
    gaussian_process.GaussianProcessRegressor(),
    kernel_ridge.KernelRidge(),
    NearestRows(1),
]


@pytest.mark.parametrize("estimator", HOARDERS, ids=ids(HOARDERS))
def test_models_that_keep_rows_are_not_handed_out(estimator):
    refusal = export_onnx(Pipeline([("treatment", treatment()), ("estimator", estimator)]), COLUMNS)
    assert isinstance(refusal, NotExportable)
    assert refusal.estimator == type(estimator).__name__
    assert "training rows that it keeps" in refusal.reason


UNCHECKED = [
    (RidgeWithSouvenirs(), "not among the estimators"),
    (ensemble.BaggingRegressor(n_estimators=2), "not among the estimators"),
    (
        ensemble.GradientBoostingRegressor(init=neighbors.KNeighborsRegressor()),
        "starts from another estimator",
    ),
    (ensemble.GradientBoostingClassifier(n_estimators=2, loss="exponential"), "not the logistic loss"),
    (ensemble.HistGradientBoostingRegressor(max_iter=2, categorical_features=[0]), "sets of categories"),
    (dummy.DummyClassifier(strategy="uniform"), "uniform"),
]


@pytest.mark.parametrize(("estimator", "reason"), UNCHECKED, ids=ids([e for e, _ in UNCHECKED]))
def test_what_was_not_checked_is_not_handed_out(estimator, reason):
    frame = pd.DataFrame({"number": np.arange(40.0) % 4})
    treat = ColumnTransformer([("all", "passthrough", ["number"])])
    refusal = export_onnx(fitted(estimator, np.arange(40) % 2, frame, treat), NUMBER)
    assert isinstance(refusal, NotExportable)
    assert reason in refusal.reason


def test_several_labels_and_one_against_the_rest_are_not_written_out():
    frame = pd.DataFrame({"number": np.arange(12.0)})
    treat = ColumnTransformer([("all", "passthrough", ["number"])])
    several = fitted(tree.DecisionTreeRegressor(), frame[["number", "number"]].to_numpy(), frame, treat)
    assert "several labels" in export_onnx(several, NUMBER).reason
    rest = fitted(linear.LogisticRegression(), np.arange(12) % 3, frame, treat)
    rest[-1].solver = "liblinear"  # scikit-learn before 1.8 could be fitted so
    assert "not the softmax" in export_onnx(rest, NUMBER).reason


def test_a_forest_too_large_for_a_file_is_told(monkeypatch):
    monkeypatch.setattr(trees, "_MOST_NODES", 50)
    frame = pd.DataFrame({"number": np.arange(40.0)})
    assert "79 nodes" in export_onnx(line(frame, estimator=tree.DecisionTreeRegressor()), NUMBER).reason


TEXT = (Column("number", ColumnKind.CATEGORICAL),)
TREATMENTS = [
    (MinMaxScaler(), NUMBER, "unknown step: MinMaxScaler"),
    (number_steps(add_indicator=True), NUMBER, "adds indicators"),
    (number_steps(missing_values=-1.0), NUMBER, "something else than NaN"),
    (OneHotEncoder(handle_unknown="ignore"), NUMBER, "unknown step: OneHotEncoder"),
    (OneHotEncoder(), TEXT, "drops, groups or rejects"),
    (OneHotEncoder(handle_unknown="ignore", drop="first"), TEXT, "drops, groups or rejects"),
    (OneHotEncoder(handle_unknown="ignore", max_categories=2), TEXT, "drops, groups or rejects"),
    (OneHotEncoder(handle_unknown="ignore"), TEXT, "among text"),
    (StandardScaler(), TEXT, "no SimpleImputer and OneHotEncoder"),
]


@pytest.mark.parametrize(
    ("steps", "columns", "reason"), TREATMENTS, ids=[reason for _, _, reason in TREATMENTS]
)
def test_a_treatment_that_is_not_written_out_is_told(steps, columns, reason):
    refusal = export_onnx(line(pd.DataFrame({"number": np.arange(4.0)}), steps), columns)
    assert isinstance(refusal, NotExportable)
    assert reason in refusal.reason


@pytest.mark.parametrize(
    "treat",
    [
        ColumnTransformer([("n", "passthrough", ["number"])], transformer_weights={"n": 2.0}),
        ColumnTransformer([("n", "passthrough", [0])]),
        StandardScaler(),
    ],
    ids=["weights", "by place", "no ColumnTransformer"],
)
def test_another_pipeline_is_told(treat):
    frame = pd.DataFrame({"number": np.arange(4.0)})
    assert isinstance(
        export_onnx(fitted(linear.Ridge(), [1.0, 2, 3, 4], frame, treat), NUMBER), NotExportable
    )


def test_columns_and_classes_that_do_not_fit_are_refused():
    frame = pd.DataFrame({"number": [0.0, 1.0, 2.0]})
    with pytest.raises(InputError, match="column 'number': got two columns"):
        export_onnx(line(frame), NUMBER * 2)
    with pytest.raises(InputError, match="column 'number': the treatment reads this column"):
        export_onnx(line(frame), COLUMNS)
    treat = ColumnTransformer([("all", "passthrough", ["number"])])
    with pytest.raises(InputError, match="got 2 names, expected one for each of"):
        export_onnx(fitted(GaussianNB(), [0, 1, 2], frame, treat), NUMBER, classes=("no", "yes"))


# Hostile names and texts


def test_names_that_no_runtime_can_carry_are_mended_and_stay_apart():
    names = ("", "_", "a\0b", "a_b", "a_b_", "\ud800", "?", "ok", "two words\n")
    mended = input_names([Column(name, ColumnKind.NUMERIC) for name in names])
    assert mended == ("__", "_", "a_b__", "a_b", "a_b_", "?_", "?", "ok", "two words\n")


def test_columns_may_be_called_like_the_outputs_and_the_inner_values():
    names = [
        "label",
        "label_",
        "value",
        "probabilities",
        "scores",
        "t",
        "t0",
        "tc0",
        "t_",
        "model",
        "a\0b",
        "",
    ]
    frame = pd.DataFrame(np.random.default_rng(10).normal(size=(30, len(names))), columns=names)
    columns = [Column(name, ColumnKind.NUMERIC) for name in names]
    later = frame.set_axis(input_names(columns), axis=1)
    pipeline = line(frame, number_steps())
    (value,) = run(export_onnx(pipeline, columns), later)
    np.testing.assert_allclose(value, pipeline.predict(frame), rtol=1e-9)
    treat = ColumnTransformer([("all", number_steps(), names)])
    choice = fitted(linear.LogisticRegression(), np.arange(30) % 3, frame, treat)
    label, _ = run(export_onnx(choice, columns), later)
    np.testing.assert_array_equal(label, choice.predict(frame))


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(ANY_TEXT.filter(lambda name: "\0" not in name), min_size=1, max_size=4, unique=True),
    st.lists(ANY_TEXT.map(str.strip) | st.just("missing"), min_size=2, max_size=6, unique=True),
)
def test_any_column_name_and_any_category_arrive(names, categories):
    """Newlines, emoji, combining marks, in categories NULs: each category is its own, an unknown one is nobody's."""
    frame = pd.DataFrame({name: pd.Series(categories, dtype=object) for name in names})
    impute = SimpleImputer(missing_values="", strategy="constant", fill_value="missing")
    columns = [Column(name, ColumnKind.CATEGORICAL) for name in names]
    pipeline = line(frame, Pipeline([("impute", impute), *text_steps().steps[1:]]))
    later = pd.concat([frame, pd.DataFrame({name: ["never seen before", ""] for name in names})])
    (value,) = run(export_onnx(pipeline, columns), later.set_axis(input_names(columns), axis=1))
    np.testing.assert_allclose(value, pipeline.predict(later), rtol=1e-9, atol=1e-9)


def test_five_hundred_columns():
    rng = np.random.default_rng(11)
    numbers = {f"n {i}": rng.normal(size=60) for i in range(400)}
    texts = {f"t {i}": rng.choice(np.array(["a", "b", "é\né"], dtype=object), 60) for i in range(100)}
    frame = pd.DataFrame(numbers | texts)
    treat = ColumnTransformer([("n", number_steps(), list(numbers)), ("t", text_steps(), list(texts))])
    pipeline = fitted(linear.Ridge(), rng.normal(size=60), frame, treat)
    columns = [
        Column(name, ColumnKind.CATEGORICAL if name in texts else ColumnKind.NUMERIC) for name in frame
    ]
    (value,) = run(export_onnx(pipeline, columns), frame)
    np.testing.assert_allclose(value, pipeline.predict(frame), rtol=1e-9)


def test_a_label_that_is_no_text_for_others_is_told():
    frame = pd.DataFrame({"number": [0.0, 1.0]})
    treat = ColumnTransformer([("all", "passthrough", ["number"])])
    pipeline = fitted(GaussianNB(), [0, 1], frame, treat)
    assert "UTF-8" in export_onnx(pipeline, NUMBER, classes=("no", "half \ud800")).reason
