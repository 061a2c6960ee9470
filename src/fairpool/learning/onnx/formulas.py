"""Estimators that are a formula, as ONNX.

Each is handed the treated matrix, double (rows, d), and gives double (rows, outputs).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from fairpool.learning.learners.scikit import margin_grain
from fairpool.learning.onnx.graph import Graph, both, levelled, link, refuse


def linear(graph: Graph, estimator: Any, x: str) -> str:
    return _affine(graph, x, np.atleast_2d(estimator.coef_).T, estimator.intercept_)


def _affine(graph: Graph, x: str, weights: Any, intercept: Any) -> str:
    weights = np.asarray(weights, dtype=np.float64)
    constant = np.broadcast_to(np.asarray(intercept, dtype=np.float64), weights.shape[1:])
    return graph.add("Gemm", x, graph.constant(weights), graph.constant(constant))


def log_linear(graph: Graph, estimator: Any, x: str) -> str:
    return graph.add("Exp", linear(graph, estimator, x))


def linear_scores(graph: Graph, estimator: Any, x: str) -> str:
    margins = linear(graph, estimator, x)
    _decided_by_margins(graph, estimator, margins)
    return both(graph, margins, len(estimator.classes_))


def _decided_by_margins(graph: Graph, estimator: Any, margins: str) -> None:
    grain = margin_grain(estimator)
    if grain is not None:
        graph.deciding = both(graph, levelled(graph, margins, grain), len(estimator.classes_))


def logistic_regression(graph: Graph, estimator: Any, x: str) -> str:
    one_against_rest = len(estimator.classes_) > 2 and getattr(estimator, "solver", "") == "liblinear"
    if one_against_rest or getattr(estimator, "multi_class", "auto") not in ("auto", "deprecated"):
        refuse("its probabilities are not the softmax of its scores")
    margins, classes = linear(graph, estimator, x), len(estimator.classes_)
    if classes == 2:
        _decided_by_margins(graph, estimator, margins)
    return link(graph, margins, classes)


def gaussian(graph: Graph, estimator: Any, x: str) -> str:
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


def network(graph: Graph, estimator: Any, x: str) -> str:
    *hidden, last = zip(estimator.coefs_, estimator.intercepts_, strict=True)
    for weights, intercept in hidden:
        x = graph.add(_ACTIVATIONS[estimator.activation], _affine(graph, x, weights, intercept))
    raw = _affine(graph, x, *last)
    if hasattr(estimator, "classes_"):
        return link(graph, raw, len(estimator.classes_))
    return graph.add(_ACTIVATIONS[estimator.out_activation_], raw)


def constant_value(graph: Graph, estimator: Any, x: str) -> str:
    return _affine(graph, x, np.zeros((estimator.n_features_in_, 1)), np.ravel(estimator.constant_))


def constant_shares(graph: Graph, estimator: Any, x: str) -> str:
    shares = np.asarray(estimator.class_prior_)
    if estimator.strategy not in ("prior", "most_frequent"):
        refuse(f"it answers by strategy {estimator.strategy!r}")
    if estimator.strategy == "most_frequent":
        shares = np.eye(len(shares))[shares.argmax()]
    return _affine(graph, x, np.zeros((estimator.n_features_in_, len(shares))), shares)
