"""A delivered model as an ONNX file: formulas and fitted numbers, never rows, never a pickle.

What may be handed out, and what can still be read from it: docs/decisions/0006-what-is-handed-out.md.

The graph is written out here, in double precision: ONNX's own ``Imputer`` and ``Scaler`` hold float32 only,
and a column rounded to float32 moves rows across the thresholds of trees.  Operators: ai.onnx 18 and
ai.onnx.ml 3, IR version 8 (onnxruntime 1.14 and later).

A party needs no scikit-learn to predict.  Inputs are named after the raw columns, in their order, and are
(rows, 1): float64 with NaN for missing where the column is numeric or boolean (0 and 1), text with ``""`` for
missing where it is categorical, without spaces around::

    session = onnxruntime.InferenceSession("model.onnx")
    feed = {}
    for column in session.get_inputs():
        dtype, missing = (object, "") if column.type == "tensor(string)" else (np.float64, np.nan)
        cells = frame[column.name].str.strip() if dtype is object else frame[column.name]
        feed[column.name] = cells.to_numpy(dtype, na_value=missing)[:, None]
    label, probabilities = session.run(None, feed)

Classifiers answer ``label`` (rows,) and ``probabilities`` (rows, classes), or ``scores`` of that shape where
scikit-learn gives no probabilities either; the largest wins, and their columns are in the order of the
metadata entry ``classes`` (JSON).  Regressors answer ``value`` (rows,).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, ValueInfoProto, helper
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
from sklearn.pipeline import Pipeline

from fairpool.ground.errors import InputError
from fairpool.learning.learners.scikit import name_of
from fairpool.learning.onnx import formulas, trees
from fairpool.learning.onnx.graph import Graph, Unsupported, free, refuse, text_of
from fairpool.learning.onnx.preprocessing import Input, treat
from fairpool.learning.ties import TIED
from fairpool.tables.schema import Column
from fairpool.tables.treatment.standardisation import UNSCALED, Standardisation

_OPSETS = {"": 18, "ai.onnx.ml": 3}
_IR_VERSION = 8


@dataclass(frozen=True, slots=True)
class NotExportable:
    """Why a model is not handed out as a file."""

    estimator: str
    reason: str


def export_onnx(
    pipeline: Pipeline,
    columns: Sequence[Column],
    *,
    classes: Sequence[str] | None = None,
    label_unit: Standardisation = UNSCALED,
) -> bytes | NotExportable:
    """The file of a fitted ``Pipeline([("preprocessing", ColumnTransformer), ("estimator", ...)])``.

    columns     the raw columns, one input each
    classes     names of the classes, where the estimator was fitted on class codes 0, 1, ..
    label_unit  what the labels were measured in that a regressor was fitted on; the file puts its answers back

    The same pipeline gives the same bytes.  Raises InputError where a column is named twice, where one that
    the preprocessing reads is not among ``columns``, and where ``classes`` does not name every code.
    """
    _check_distinct([column.name for column in columns])
    try:
        model = _model(pipeline, columns, classes, label_unit)
        return bytes(model.SerializeToString(deterministic=True))
    except Unsupported as problem:
        return NotExportable(name_of(pipeline[-1]), str(problem))


def why_not_handed_out(estimator: Any) -> str | None:
    """Why no model of this estimator is written as a file; None where its kind can be."""
    try:
        _drawing(estimator)
    except Unsupported as problem:
        return str(problem)
    return None


def input_names(columns: Sequence[Column]) -> tuple[str, ...]:
    """What the inputs are called: the column's own name wherever a runtime can carry it.

    None can carry an empty name, a NUL or half a surrogate pair: such names are mended, with underscores
    appended where that makes two alike.
    """
    taken = {column.name for column in columns}
    names = []
    for column in columns:
        mended = column.name.replace("\0", "_").encode(errors="replace").decode() or "_"
        names.append(column.name if mended == column.name else free(mended, taken))
        taken.add(names[-1])
    return tuple(names)


def _check_distinct(names: Sequence[str]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError("got two columns of this name, expected each name once", column=name)


def _model(
    pipeline: Pipeline, columns: Sequence[Column], classes: Sequence[str] | None, unit: Standardisation
) -> ModelProto:
    answer, draw = _drawing(pipeline[-1])
    names = input_names(columns)
    inputs = {column.name: Input(name, column.kind) for column, name in zip(columns, names, strict=True)}
    graph = Graph(names)
    drawn = draw(graph, pipeline[-1], treat(graph, pipeline, inputs))
    labels = None if answer == "value" else _labels(pipeline[-1], classes)
    outputs = (
        _value(graph, drawn, unit, names) if labels is None else _choice(graph, drawn, labels, answer, names)
    )
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


def _value(graph: Graph, drawn: str, unit: Standardisation, taken: Sequence[str]) -> list[ValueInfoProto]:
    if unit != UNSCALED:
        scaled = graph.add("Mul", drawn, graph.constant(unit.spread))
        apart = graph.add("Add", scaled, graph.constant(unit.offset))
        drawn = graph.add("Add", apart, graph.constant(unit.origin))
    name = graph.add("Squeeze", drawn, graph.constant([1]), output=free("value", taken))
    return [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["rows"])]


def _choice(
    graph: Graph, drawn: str, labels: NDArray[Any], answer: str, taken: Sequence[str]
) -> list[ValueInfoProto]:
    best = graph.add("ArgMax", graph.deciding or _tied_with_best(graph, drawn), axis=1, keepdims=0)
    label = graph.add("Gather", graph.constant(labels), best, output=free("label", taken))
    scores = graph.add("Identity", drawn, output=free(answer, taken))
    return [
        helper.make_tensor_value_info(label, helper.np_dtype_to_tensor_dtype(labels.dtype), ["rows"]),
        helper.make_tensor_value_info(scores, TensorProto.DOUBLE, ["rows", len(labels)]),
    ]


def _tied_with_best(graph: Graph, scores: str) -> str:
    """`fairpool.learning.ties.tie_with_best`, as 1 for the classes that tie with the best and 0 for the others."""
    best = graph.add("ReduceMax", scores, graph.constant([1]), keepdims=1)
    ties = graph.add("GreaterOrEqual", scores, graph.add("Sub", best, graph.constant(TIED)))
    return graph.add("Cast", ties, to=TensorProto.INT64)


def _labels(estimator: Any, classes: Sequence[str] | None) -> NDArray[Any]:
    """What the classifier says, in the order of its scores: text, int64, float64 or bool."""
    known = np.asarray(estimator.classes_)
    if classes is not None:
        if known.dtype.kind not in "iu" or not all(0 <= code < len(classes) for code in known):
            raise InputError(f"classes: got {len(classes)} names, expected one for each of {known.tolist()}")
        known = np.array([classes[code] for code in known], dtype=object)
    if known.dtype.kind in "iu":
        return known.astype(np.int64)
    return known if known.dtype.kind in "bf" else np.array([text_of(label) for label in known], dtype=object)


_Draw = Callable[[Graph, Any, str], str]

# Estimators that hold no rows, by what they answer and how.  Each is compared with scikit-learn in the tests.
_FAMILIES: tuple[tuple[str, _Draw, tuple[type, ...]], ...] = (
    (
        "value",
        formulas.linear,
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
    ("value", formulas.log_linear, (linear_model.PoissonRegressor, linear_model.GammaRegressor)),
    ("value", formulas.network, (neural_network.MLPRegressor,)),
    ("value", trees.forest, (tree.DecisionTreeRegressor, tree.ExtraTreeRegressor)),
    ("value", trees.forest, (ensemble.RandomForestRegressor, ensemble.ExtraTreesRegressor)),
    ("value", trees.boosted, (ensemble.GradientBoostingRegressor,)),
    ("value", trees.histogram_boosted, (ensemble.HistGradientBoostingRegressor,)),
    ("value", formulas.constant_value, (dummy.DummyRegressor,)),
    ("scores", formulas.linear_scores, (linear_model.RidgeClassifier, linear_model.RidgeClassifierCV)),
    ("scores", formulas.linear_scores, (linear_model.Perceptron, svm.LinearSVC)),
    (
        "probabilities",
        formulas.logistic_regression,
        (linear_model.LogisticRegression, linear_model.LogisticRegressionCV),
    ),
    ("probabilities", formulas.logistic_regression, (discriminant_analysis.LinearDiscriminantAnalysis,)),
    ("probabilities", formulas.gaussian, (naive_bayes.GaussianNB,)),
    ("probabilities", formulas.network, (neural_network.MLPClassifier,)),
    ("probabilities", trees.forest, (tree.DecisionTreeClassifier, tree.ExtraTreeClassifier)),
    ("probabilities", trees.forest, (ensemble.RandomForestClassifier, ensemble.ExtraTreesClassifier)),
    ("probabilities", trees.boosted, (ensemble.GradientBoostingClassifier,)),
    ("probabilities", trees.histogram_boosted, (ensemble.HistGradientBoostingClassifier,)),
    ("probabilities", formulas.constant_shares, (dummy.DummyClassifier,)),
)
EXPORTABLE: Mapping[type, tuple[str, _Draw]] = MappingProxyType(
    {estimator: (answer, draw) for answer, draw, estimators in _FAMILIES for estimator in estimators}
)
KEEPS_ROWS: tuple[type, ...] = (
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
    """What the estimator answers and how it is written.  A subclass may hold anything: not let in.

    An estimator that is not scikit-learn's says so itself: ``keeps_rows``, or ``onnx_answer`` (``"value"``,
    ``"probabilities"`` or ``"scores"``) and ``draw_onnx(graph, x)``, both written in its very class.
    """
    own = vars(type(estimator))
    if isinstance(estimator, KEEPS_ROWS) or own.get("keeps_rows"):
        refuse("it predicts from training rows that it keeps: its file would hand everyone's rows to all")
    if "draw_onnx" in own:
        return own["onnx_answer"], lambda graph, fitted, x: fitted.draw_onnx(graph, x)
    if type(estimator) not in EXPORTABLE:
        refuse("it is not among the estimators checked to keep no rows and to predict the same in ONNX")
    return EXPORTABLE[type(estimator)]
