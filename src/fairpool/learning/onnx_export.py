"""A delivered model as an ONNX file: formulas and fitted numbers, never rows, never a pickle.

What may be handed out, and what can still be read from it: docs/decisions/0006-what-is-handed-out.md.

The graph is written out here, in double precision: ONNX's own ``Imputer`` and ``Scaler`` hold float32 only,
and a column rounded to float32 moves rows across the thresholds of trees.  Operators: ai.onnx 18 and
ai.onnx.ml 3, IR version 8 (onnxruntime 1.14 and later).

A party needs no scikit-learn to predict.  Inputs are named after the raw columns, in their order, and are
(rows, 1): float64 with NaN for missing where the column is numeric or boolean (0 and 1), text with ``""`` for
missing where it is categorical::

    session = onnxruntime.InferenceSession("model.onnx")
    feed = {}
    for column in session.get_inputs():
        dtype, missing = (object, "") if column.type == "tensor(string)" else (np.float64, np.nan)
        feed[column.name] = frame[[column.name]].to_numpy(dtype, na_value=missing)
    label, probabilities = session.run(None, feed)

Classifiers answer ``label`` (rows,) and ``probabilities`` (rows, classes), or ``scores`` of that shape where
scikit-learn gives no probabilities either; the largest wins, and their columns are in the order of the
metadata entry ``classes`` (JSON).  Regressors answer ``value`` (rows,).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper
from sklearn import (
    discriminant_analysis,
    dummy,
    ensemble,
    gaussian_process,
    kernel_ridge,
    linear_model,
    naive_bayes,
    neighbors,
    neural_network,
    semi_supervised,
    svm,
    tree,
)
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from fairpool.errors import InputError
from fairpool.learning.nearest import NearestRows
from fairpool.learning.schema import Column, Kind

_OPSETS = {"": 18, "ai.onnx.ml": 3}
_IR_VERSION = 8
_MOST_NODES = 10_000_000  # of all trees together: about 80 bytes each, and protobuf ends at 2 GiB


@dataclass(frozen=True, slots=True)
class NotExportable:
    """Why a model is not handed out as a file."""

    estimator: str
    reason: str


def export_onnx(
    pipeline: Pipeline, columns: Sequence[Column], *, classes: Sequence[str] | None = None
) -> bytes | NotExportable:
    """The file of a fitted ``Pipeline([("treatment", ColumnTransformer), ("estimator", ...)])``.

    columns  the raw columns, one input each
    classes  names of the classes, where the estimator was fitted on class codes 0, 1, ..

    The same pipeline gives the same bytes.  Raises InputError where a column is named twice, where one that
    the treatment reads is not among ``columns``, and where ``classes`` does not name every code.
    """
    _check_distinct([column.name for column in columns])
    try:
        return bytes(_model(pipeline, columns, classes).SerializeToString(deterministic=True))
    except _Unsupported as problem:
        return NotExportable(type(pipeline[-1]).__name__, str(problem))


def input_names(columns: Sequence[Column]) -> tuple[str, ...]:
    """What the inputs are called: the column's own name wherever a runtime can carry it.

    None can carry an empty name, a NUL or half a surrogate pair: such names are mended, with underscores
    appended where that makes two alike.
    """
    taken = {column.name for column in columns}
    names = []
    for column in columns:
        mended = column.name.replace("\0", "_").encode(errors="replace").decode() or "_"
        names.append(column.name if mended == column.name else _free(mended, taken))
        taken.add(names[-1])
    return tuple(names)


class _Unsupported(Exception):  # noqa: N818 - the reason of a NotExportable on its way up, no error
    pass


def _refuse(reason: str) -> NoReturn:
    raise _Unsupported(reason)


def _check_distinct(names: Sequence[str]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError("got two columns of this name, expected each name once", column=name)


def _free(name: str, taken: Iterable[str]) -> str:
    others = set(taken)
    while name in others:
        name += "_"
    return name


# --- The graph


class _Graph:
    """Nodes and constants in the order they were added; their names count up, so no two runs differ."""

    def __init__(self, taken: Sequence[str]) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._prefix = "t"
        while any(name.startswith(self._prefix) for name in taken):
            self._prefix += "_"

    def constant(self, value: Any) -> str:
        name = f"{self._prefix}c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", domain: str = "", **attributes: Any) -> str:
        name = output or f"{self._prefix}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], domain=domain, **attributes))
        return name

    def join(self, parts: Sequence[str]) -> str:
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=1)


def _model(pipeline: Pipeline, columns: Sequence[Column], classes: Sequence[str] | None) -> ModelProto:
    answer, draw = _drawing(pipeline[-1])
    names = input_names(columns)
    inputs = {column.name: _Input(name, column.kind) for column, name in zip(columns, names, strict=True)}
    graph = _Graph(names)
    drawn = draw(graph, pipeline[-1], _treat(graph, pipeline, inputs))
    labels = None if answer == "value" else _labels(pipeline[-1], classes)
    outputs = _value(graph, drawn, names) if labels is None else _choice(graph, drawn, labels, answer, names)
    described = [column.described() for column in inputs.values()]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "model", described, outputs, initializer=graph.constants),
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()],
        ir_version=_IR_VERSION,
        producer_name="fairpool",
    )
    if labels is not None:
        helper.set_model_props(model, {"classes": json.dumps(labels.tolist())})
    return model


def _value(graph: _Graph, drawn: str, taken: Sequence[str]) -> list[ValueInfoProto]:
    name = graph.add("Squeeze", drawn, graph.constant([1]), output=_free("value", taken))
    return [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["rows"])]


def _choice(
    graph: _Graph, drawn: str, labels: NDArray[Any], answer: str, taken: Sequence[str]
) -> list[ValueInfoProto]:
    best = graph.add("ArgMax", drawn, axis=1, keepdims=0)
    label = graph.add("Gather", graph.constant(labels), best, output=_free("label", taken))
    scores = graph.add("Identity", drawn, output=_free(answer, taken))
    return [
        helper.make_tensor_value_info(label, helper.np_dtype_to_tensor_dtype(labels.dtype), ["rows"]),
        helper.make_tensor_value_info(scores, TensorProto.DOUBLE, ["rows", len(labels)]),
    ]


def _labels(estimator: Any, classes: Sequence[str] | None) -> NDArray[Any]:
    """What the classifier says, in the order of its scores: text, int64, float64 or bool."""
    known = np.asarray(estimator.classes_)
    if classes is not None:
        if known.dtype.kind not in "iu" or not all(0 <= code < len(classes) for code in known):
            raise InputError(f"classes: got {len(classes)} names, expected one for each of {known.tolist()}")
        known = np.array([classes[code] for code in known], dtype=object)
    if known.dtype.kind in "iu":
        return known.astype(np.int64)
    return known if known.dtype.kind in "bf" else np.array([_text(label) for label in known], dtype=object)


def _text(value: object) -> str:
    if not isinstance(value, str):
        _refuse(f"got {value!r} among text: a tensor holds text only or numbers only")
    try:
        value.encode()
    except UnicodeEncodeError:
        _refuse(f"{value!r} cannot be written as UTF-8")
    return str(value)


# --- The treatment


@dataclass(frozen=True, slots=True)
class _Input:
    name: str
    kind: Kind

    def described(self) -> ValueInfoProto:
        text = self.kind is Kind.CATEGORICAL
        return helper.make_tensor_value_info(
            self.name, TensorProto.STRING if text else TensorProto.DOUBLE, ["rows", 1]
        )


def _treat(graph: _Graph, pipeline: Pipeline, inputs: Mapping[str, _Input]) -> str:
    """Raw columns to the matrix that the estimator sees: double (rows, d)."""
    treatment = pipeline[0]
    if len(pipeline) != 2 or not isinstance(treatment, ColumnTransformer) or treatment.transformer_weights:
        _refuse("it is no pipeline of one ColumnTransformer without weights and one estimator")
    blocks = []
    for _, step, selected in treatment.transformers_:
        names = [selected] if isinstance(selected, str) else list(selected)
        if names and not (isinstance(step, str) and step == "drop"):
            steps = [part for _, part in step.steps] if isinstance(step, Pipeline) else [step]
            blocks += _block(graph, steps, [_find(inputs, name) for name in names])
    return graph.join(blocks)


def _find(inputs: Mapping[str, _Input], name: object) -> _Input:
    if not isinstance(name, str):
        _refuse(f"the treatment selects column {name!r} by its place, not by its name")
    if name not in inputs:
        raise InputError("the treatment reads this column, expected it among the inputs", column=name)
    return inputs[name]


def _block(graph: _Graph, steps: Sequence[Any], inputs: Sequence[_Input]) -> list[str]:
    if any(column.kind is Kind.CATEGORICAL for column in inputs):
        return _indicators(graph, steps, inputs)
    block = graph.join([column.name for column in inputs])
    for step in steps:
        if isinstance(step, SimpleImputer):
            block = _impute(graph, step, block)
        elif isinstance(step, StandardScaler):
            block = _scale(graph, step, block)
        elif not (step == "passthrough" or (isinstance(step, FunctionTransformer) and step.func is None)):
            _refuse(f"the treatment of {inputs[0].name!r} has an unknown step: {type(step).__name__}")
    return [block]


def _impute(graph: _Graph, imputer: Any, block: str) -> str:
    if imputer.add_indicator or not pd.isna(imputer.missing_values):
        _refuse("the treatment marks missing numbers by something else than NaN, or adds indicators")
    fill = np.asarray(imputer.statistics_, dtype=np.float64)
    kept = np.flatnonzero(~np.isnan(fill))
    if len(kept) < len(fill):  # scikit-learn leaves out columns in which it saw no value
        block = graph.add("Gather", block, graph.constant(kept), axis=1)
    return graph.add("Where", graph.add("IsNaN", block), graph.constant(fill[kept]), block)


def _scale(graph: _Graph, scaler: Any, block: str) -> str:
    if scaler.mean_ is not None and scaler.with_mean:
        block = graph.add("Sub", block, graph.constant(scaler.mean_))
    return graph.add("Div", block, graph.constant(scaler.scale_)) if scaler.scale_ is not None else block


def _indicators(graph: _Graph, steps: Sequence[Any], inputs: Sequence[_Input]) -> list[str]:
    """One-hot columns of categorical columns: [SimpleImputer], OneHotEncoder."""
    *before, encoder = steps
    known = [type(step) for step in steps] in ([OneHotEncoder], [SimpleImputer, OneHotEncoder])
    if not known or any(column.kind is not Kind.CATEGORICAL for column in inputs):
        _refuse(f"the treatment of {inputs[0].name!r} is no SimpleImputer and OneHotEncoder of text alone")
    plain = encoder.drop is None and encoder.min_frequency is None and encoder.max_categories is None
    if encoder.handle_unknown != "ignore" or not plain or len(encoder.categories_) != len(inputs):
        _refuse("the OneHotEncoder drops, groups or rejects categories")
    return [
        _one_hot(graph, column.name, _codes(categories, before, place))
        for place, (column, categories) in enumerate(zip(inputs, encoder.categories_, strict=True))
    ]


def _codes(categories: Sequence[Any], imputers: Sequence[Any], place: int) -> dict[str, int]:
    """Which indicator a text turns on; -1, none, for missing text ("") where none was seen."""
    codes = {_text("" if pd.isna(category) else category): code for code, category in enumerate(categories)}
    for imputer in imputers:
        missing = "" if pd.isna(imputer.missing_values) else _text(imputer.missing_values)
        codes[missing] = codes.get(_text(imputer.statistics_[place]), -1)
    return codes


def _one_hot(graph: _Graph, text: str, codes: Mapping[str, int]) -> str:
    width = max(codes.values()) + 1
    code = graph.add(
        "LabelEncoder",
        text,
        domain="ai.onnx.ml",
        keys_strings=list(codes),
        values_int64s=list(codes.values()),
        default_int64=-1,
    )
    indicators = graph.add("Equal", code, graph.constant(np.arange(width)))
    return graph.add("Cast", indicators, to=TensorProto.DOUBLE)


# --- Formulas: each is handed the treated matrix, double (rows, d), and gives double (rows, outputs)


def _linear(graph: _Graph, estimator: Any, x: str) -> str:
    return _affine(graph, x, np.atleast_2d(estimator.coef_).T, estimator.intercept_)


def _affine(graph: _Graph, x: str, weights: Any, intercept: Any) -> str:
    weights = np.asarray(weights, dtype=np.float64)
    constant = np.broadcast_to(np.asarray(intercept, dtype=np.float64), weights.shape[1:])
    return graph.add("Gemm", x, graph.constant(weights), graph.constant(constant))


def _log_linear(graph: _Graph, estimator: Any, x: str) -> str:
    return graph.add("Exp", _linear(graph, estimator, x))


def _linear_scores(graph: _Graph, estimator: Any, x: str) -> str:
    return _both(graph, _linear(graph, estimator, x), len(estimator.classes_))


def _both(graph: _Graph, score: str, classes: int) -> str:
    """Two classes have one score s: written as (-s, s)."""
    return graph.join([graph.add("Neg", score), score]) if classes == 2 else score


def _logistic(graph: _Graph, estimator: Any, x: str) -> str:
    one_against_rest = len(estimator.classes_) > 2 and getattr(estimator, "solver", "") == "liblinear"
    if one_against_rest or getattr(estimator, "multi_class", "auto") not in ("auto", "deprecated"):
        _refuse("its probabilities are not the softmax of its scores")
    return _link(graph, _linear(graph, estimator, x), len(estimator.classes_))


def _link(graph: _Graph, raw: str, classes: int) -> str:
    """Logistic function for two classes (one raw score), softmax for more."""
    return graph.add("Sigmoid", _both(graph, raw, 2)) if classes == 2 else graph.add("Softmax", raw, axis=1)


def _gaussian(graph: _Graph, estimator: Any, x: str) -> str:
    """softmax over c of log p_c - 1/2 sum over j of [log(2 pi s2_cj) + (x_j - m_cj)^2 / s2_cj]."""
    with np.errstate(divide="ignore"):
        prior = np.log(estimator.class_prior_)
    constant = prior - 0.5 * np.log(2 * np.pi * estimator.var_).sum(axis=1)
    each = graph.add("Unsqueeze", x, graph.constant([1]))
    from_mean = graph.add("Sub", each, graph.constant(estimator.theta_))
    square = graph.add("Mul", from_mean, from_mean)
    terms = graph.add("Mul", square, graph.constant(-0.5 / estimator.var_))
    summed = graph.add("ReduceSum", terms, graph.constant([2]), keepdims=0)
    return graph.add("Softmax", graph.add("Add", summed, graph.constant(constant)), axis=1)


_ACTIVATIONS = MappingProxyType(
    {"identity": "Identity", "relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid", "exp": "Exp"}
)


def _network(graph: _Graph, estimator: Any, x: str) -> str:
    *hidden, last = zip(estimator.coefs_, estimator.intercepts_, strict=True)
    for weights, intercept in hidden:
        x = graph.add(_ACTIVATIONS[estimator.activation], _affine(graph, x, weights, intercept))
    raw = _affine(graph, x, *last)
    if hasattr(estimator, "classes_"):
        return _link(graph, raw, len(estimator.classes_))
    return graph.add(_ACTIVATIONS[estimator.out_activation_], raw)


def _constant_value(graph: _Graph, estimator: Any, x: str) -> str:
    return _affine(graph, x, np.zeros((estimator.n_features_in_, 1)), np.ravel(estimator.constant_))


def _constant_shares(graph: _Graph, estimator: Any, x: str) -> str:
    shares = np.asarray(estimator.class_prior_)
    if estimator.strategy not in ("prior", "most_frequent"):
        _refuse(f"it answers by strategy {estimator.strategy!r}")
    if estimator.strategy == "most_frequent":
        shares = np.eye(len(shares))[shares.argmax()]
    return _affine(graph, x, np.zeros((estimator.n_features_in_, len(shares))), shares)


# --- Trees


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """Arrays over the nodes of one tree; ``value`` (nodes, k) is added to the outputs from ``first`` on."""

    leaf: NDArray[np.bool_]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    missing_left: NDArray[np.int64]
    value: NDArray[np.float64]
    first: int


def _forest(graph: _Graph, estimator: Any, x: str) -> str:
    """One tree, or the mean of many."""
    members = getattr(estimator, "estimators_", [estimator])
    if estimator.n_outputs_ > 1:
        _refuse("it predicts several labels at once")
    trees = [_grown(member.tree_, 1 / len(members), 0) for member in members]
    return _sum_of_trees(graph, _rounded(graph, x), trees, np.zeros(trees[0].value.shape[1]))


def _boosted(graph: _Graph, estimator: Any, x: str) -> str:
    if not (estimator.init is None or (isinstance(estimator.init, str) and estimator.init == "zero")):
        _refuse("it starts from another estimator")
    if estimator.loss == "exponential":
        _refuse("its loss is not the logistic loss")
    rate = estimator.learning_rate
    trees = [_grown(t.tree_, rate, k) for stage in estimator.estimators_ for k, t in enumerate(stage)]
    raw = _sum_of_trees(graph, _rounded(graph, x), trees, _start(estimator))
    return _link(graph, raw, len(estimator.classes_)) if hasattr(estimator, "classes_") else raw


def _start(estimator: Any) -> NDArray[np.float64]:
    """What boosting starts from: its raw prediction anywhere, less what the trees say there."""
    names = getattr(estimator, "feature_names_in_", None)
    zero = np.zeros((1, estimator.n_features_in_))
    at = zero if names is None else pd.DataFrame(zero, columns=names)
    raw = estimator.decision_function(at) if hasattr(estimator, "classes_") else estimator.predict(at)
    said = [[float(t.predict(zero)[0]) for t in outputs] for outputs in np.asarray(estimator.estimators_).T]
    return np.asarray(np.ravel(raw) - estimator.learning_rate * np.sum(said, axis=1), dtype=np.float64)


def _histogram_boosted(graph: _Graph, estimator: Any, x: str) -> str:
    """Columns are compared in double, and classes have one tree each per stage (two classes: one in all)."""
    trees = [_binned(t.nodes, k) for stage in estimator._predictors for k, t in enumerate(stage)]
    raw = _sum_of_trees(graph, x, trees, np.ravel(estimator._baseline_prediction))
    if hasattr(estimator, "classes_"):
        return _link(graph, raw, len(estimator.classes_))
    return graph.add("Exp", raw) if estimator.loss in ("poisson", "gamma") else raw


def _rounded(graph: _Graph, x: str) -> str:
    """scikit-learn's trees compare columns rounded to float32 with double thresholds."""
    return graph.add("Cast", graph.add("Cast", x, to=TensorProto.FLOAT), to=TensorProto.DOUBLE)


def _grown(nodes: Any, weight: float, first: int) -> _Tree:
    return _Tree(
        leaf=nodes.children_left < 0,
        feature=nodes.feature,
        threshold=nodes.threshold,
        left=nodes.children_left,
        right=nodes.children_right,
        missing_left=np.asarray(nodes.missing_go_to_left, dtype=np.int64),
        value=nodes.value[:, 0, :] * weight,
        first=first,
    )


def _binned(nodes: Any, first: int) -> _Tree:
    if nodes["is_categorical"].any():
        _refuse("its trees split columns by sets of categories")
    return _Tree(
        leaf=nodes["is_leaf"].astype(bool),
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        left=nodes["left"],
        right=nodes["right"],
        missing_left=nodes["missing_go_to_left"],
        value=nodes["value"][:, None],
        first=first,
    )


def _sum_of_trees(graph: _Graph, x: str, trees: Sequence[_Tree], start: NDArray[np.float64]) -> str:
    """start + what the trees add.  All of it is double; the operator rounds the sum to float32 at the end.

    Neither counts nor impurities go in: inner nodes carry their test, leaves their value.
    """
    sizes = [len(t.leaf) for t in trees]
    if sum(sizes) > _MOST_NODES:
        _refuse(f"its trees have {sum(sizes)} nodes together; a file holds at most {_MOST_NODES}")
    leaf = np.concatenate([t.leaf for t in trees])
    owner = np.repeat(np.arange(len(trees)), sizes)
    place = np.concatenate([np.arange(size) for size in sizes])
    summed = graph.add(
        "TreeEnsembleRegressor",
        x,
        domain="ai.onnx.ml",
        n_targets=len(start),
        base_values_as_tensor=_doubles(start),
        nodes_treeids=owner.tolist(),
        nodes_nodeids=place.tolist(),
        nodes_modes=np.where(leaf, "LEAF", "BRANCH_LEQ").tolist(),
        nodes_values_as_tensor=_doubles(np.where(leaf, 0.0, np.concatenate([t.threshold for t in trees]))),
        **_tests_of_nodes(trees, leaf),
        **_values_of_leaves(trees, leaf, owner, place),
    )
    return graph.add("Cast", summed, to=TensorProto.DOUBLE)


def _tests_of_nodes(trees: Sequence[_Tree], leaf: NDArray[np.bool_]) -> dict[str, Any]:
    arrays = {
        "nodes_featureids": [t.feature for t in trees],
        "nodes_truenodeids": [t.left for t in trees],
        "nodes_falsenodeids": [t.right for t in trees],
        "nodes_missing_value_tracks_true": [t.missing_left for t in trees],
    }
    return {name: np.where(leaf, 0, np.concatenate(parts)).tolist() for name, parts in arrays.items()}


def _values_of_leaves(
    trees: Sequence[_Tree], leaf: NDArray[np.bool_], owner: NDArray[np.int64], place: NDArray[np.int64]
) -> dict[str, Any]:
    values = np.concatenate([t.value for t in trees])[leaf]
    outputs = values.shape[1]
    first = np.array([t.first for t in trees])[owner[leaf]]
    return {
        "target_treeids": np.repeat(owner[leaf], outputs).tolist(),
        "target_nodeids": np.repeat(place[leaf], outputs).tolist(),
        "target_ids": (first[:, None] + np.arange(outputs)).ravel().tolist(),
        "target_weights_as_tensor": _doubles(values.ravel()),
    }


def _doubles(values: Any) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values, dtype=np.float64), "")


# --- What may be handed out


_Draw = Callable[[_Graph, Any, str], str]

# Estimators that hold no rows, by what they answer and how.  Each is compared with scikit-learn in the tests.
_FAMILIES: tuple[tuple[str, _Draw, tuple[type, ...]], ...] = (
    (
        "value",
        _linear,
        (
            linear_model.LinearRegression,
            linear_model.Ridge,
            linear_model.RidgeCV,
            linear_model.Lasso,
            linear_model.LassoCV,
            linear_model.ElasticNet,
            linear_model.ElasticNetCV,
            linear_model.BayesianRidge,
            linear_model.HuberRegressor,
            linear_model.QuantileRegressor,
            linear_model.SGDRegressor,
            svm.LinearSVR,
        ),
    ),
    ("value", _log_linear, (linear_model.PoissonRegressor, linear_model.GammaRegressor)),
    ("value", _network, (neural_network.MLPRegressor,)),
    ("value", _forest, (tree.DecisionTreeRegressor, tree.ExtraTreeRegressor)),
    ("value", _forest, (ensemble.RandomForestRegressor, ensemble.ExtraTreesRegressor)),
    ("value", _boosted, (ensemble.GradientBoostingRegressor,)),
    ("value", _histogram_boosted, (ensemble.HistGradientBoostingRegressor,)),
    ("value", _constant_value, (dummy.DummyRegressor,)),
    ("scores", _linear_scores, (linear_model.RidgeClassifier, linear_model.RidgeClassifierCV)),
    ("scores", _linear_scores, (linear_model.Perceptron, svm.LinearSVC)),
    ("probabilities", _logistic, (linear_model.LogisticRegression, linear_model.LogisticRegressionCV)),
    ("probabilities", _logistic, (discriminant_analysis.LinearDiscriminantAnalysis,)),
    ("probabilities", _gaussian, (naive_bayes.GaussianNB,)),
    ("probabilities", _network, (neural_network.MLPClassifier,)),
    ("probabilities", _forest, (tree.DecisionTreeClassifier, tree.ExtraTreeClassifier)),
    ("probabilities", _forest, (ensemble.RandomForestClassifier, ensemble.ExtraTreesClassifier)),
    ("probabilities", _boosted, (ensemble.GradientBoostingClassifier,)),
    ("probabilities", _histogram_boosted, (ensemble.HistGradientBoostingClassifier,)),
    ("probabilities", _constant_shares, (dummy.DummyClassifier,)),
)
EXPORTABLE: Mapping[type, tuple[str, _Draw]] = MappingProxyType(
    {estimator: (answer, draw) for answer, draw, estimators in _FAMILIES for estimator in estimators}
)
KEEPS_ROWS: tuple[type, ...] = (
    NearestRows,
    neighbors.KNeighborsClassifier,
    neighbors.KNeighborsRegressor,
    neighbors.RadiusNeighborsClassifier,
    neighbors.RadiusNeighborsRegressor,
    svm.SVC,
    svm.SVR,
    svm.NuSVC,
    svm.NuSVR,
    gaussian_process.GaussianProcessClassifier,
    gaussian_process.GaussianProcessRegressor,
    kernel_ridge.KernelRidge,
    semi_supervised.LabelPropagation,
    semi_supervised.LabelSpreading,
)


def _drawing(estimator: Any) -> tuple[str, _Draw]:
    """What the estimator answers and how it is written.  A subclass may hold anything: not let in."""
    if isinstance(estimator, KEEPS_ROWS):
        _refuse("it predicts from training rows that it keeps: its file would hand everyone's rows to all")
    if type(estimator) not in EXPORTABLE:
        _refuse("it is not among the estimators checked to keep no rows and to predict the same in ONNX")
    return EXPORTABLE[type(estimator)]
