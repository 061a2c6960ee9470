"""Trees and sums of trees as ONNX: handed the treated matrix, double (rows, d), they give double (rows, outputs)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from fairpool.learning.onnx.graph import Graph, link, refuse

_MOST_NODES = 10_000_000  # of all trees together: about 80 bytes each, and protobuf ends at 2 GiB


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """Arrays over the nodes of one tree; ``value`` (nodes, k) is added to the k outputs.

    Trees that add to one output each (k = 1) stand in turn: those of the first stage by output, those of the second ..
    """

    leaf: NDArray[np.bool_]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    missing_left: NDArray[np.int64]
    value: NDArray[np.float64]


def forest(graph: Graph, estimator: Any, x: str) -> str:
    """One tree, or the mean of many."""
    members = getattr(estimator, "estimators_", [estimator])
    if estimator.n_outputs_ > 1:
        refuse("it predicts several labels at once")
    trees = [_grown(member.tree_, 1 / len(members)) for member in members]
    return _sum_of_trees(graph, _rounded(graph, x), trees, np.zeros(trees[0].value.shape[1]))


def boosted(graph: Graph, estimator: Any, x: str) -> str:
    if not (estimator.init is None or (isinstance(estimator.init, str) and estimator.init == "zero")):
        refuse("it starts from another estimator")
    if estimator.loss == "exponential":
        refuse("its loss is not the logistic loss")
    rate = estimator.learning_rate
    trees = [_grown(t.tree_, rate) for stage in estimator.estimators_ for t in stage]
    raw = _sum_of_trees(graph, _rounded(graph, x), trees, _start(estimator))
    return link(graph, raw, len(estimator.classes_)) if hasattr(estimator, "classes_") else raw


def _start(estimator: Any) -> NDArray[np.float64]:
    """What boosting starts from: its raw prediction anywhere, less what the trees say there."""
    names = getattr(estimator, "feature_names_in_", None)
    zero = np.zeros((1, estimator.n_features_in_))
    at = zero if names is None else pd.DataFrame(zero, columns=names)
    raw = estimator.decision_function(at) if hasattr(estimator, "classes_") else estimator.predict(at)
    said = [[float(t.predict(zero)[0]) for t in outputs] for outputs in np.asarray(estimator.estimators_).T]
    return np.asarray(np.ravel(raw) - estimator.learning_rate * np.sum(said, axis=1), dtype=np.float64)


def histogram_boosted(graph: Graph, estimator: Any, x: str) -> str:
    """Columns are compared in double, and classes have one tree each per stage (two classes: one in all)."""
    trees = [_binned(t.nodes) for stage in estimator._predictors for t in stage]
    raw = _sum_of_trees(graph, x, trees, np.ravel(estimator._baseline_prediction))
    if hasattr(estimator, "classes_"):
        return link(graph, raw, len(estimator.classes_))
    return graph.add("Exp", raw) if estimator.loss in ("poisson", "gamma") else raw


def _rounded(graph: Graph, x: str) -> str:
    """scikit-learn's trees compare columns rounded to float32 with double thresholds."""
    return graph.add("Cast", graph.add("Cast", x, to=TensorProto.FLOAT), to=TensorProto.DOUBLE)


def _grown(nodes: Any, weight: float) -> _Tree:
    return _Tree(
        leaf=nodes.children_left < 0,
        feature=nodes.feature,
        threshold=nodes.threshold,
        left=nodes.children_left,
        right=nodes.children_right,
        missing_left=np.asarray(nodes.missing_go_to_left, dtype=np.int64),
        value=nodes.value[:, 0, :] * weight,
    )


def _binned(nodes: Any) -> _Tree:
    if nodes["is_categorical"].any():
        refuse("its trees split columns by sets of categories")
    return _Tree(
        leaf=nodes["is_leaf"].astype(bool),
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        left=nodes["left"],
        right=nodes["right"],
        missing_left=nodes["missing_go_to_left"],
        value=nodes["value"][:, None],
    )


def _sum_of_trees(graph: Graph, x: str, trees: Sequence[_Tree], start: NDArray[np.float64]) -> str:
    """start + what the trees add, all of it in double.

    The operator answers in float32, so it is asked for the number of each tree's leaf only: a whole number below 2^24,
    which float32 holds exactly.  The leaves' values stand in a table of doubles beside it.  Neither counts nor
    impurities go in: inner nodes carry their test, leaves their value.
    """
    leaf = graph.add("Cast", _leaves(graph, x, trees), to=TensorProto.INT64)
    table = np.concatenate([t.value[t.leaf] for t in trees])
    said = graph.add("Gather", graph.constant(table), leaf)
    by_output = graph.add("Reshape", said, graph.constant(np.array([0, -1, len(start)])))
    summed = graph.add("ReduceSum", by_output, graph.constant([1]), keepdims=0)
    return graph.add("Add", summed, graph.constant(start))


def _leaves(graph: Graph, x: str, trees: Sequence[_Tree]) -> str:
    """Which leaf of each tree a row falls into, counted through all trees: float32 (rows, trees)."""
    sizes = [len(t.leaf) for t in trees]
    leaf = np.concatenate([t.leaf for t in trees])
    if sum(sizes) > _MOST_NODES:
        refuse(f"its trees have {sum(sizes)} nodes together; a file holds at most {_MOST_NODES}")
    owner = np.repeat(np.arange(len(trees)), sizes)
    place = np.concatenate([np.arange(size) for size in sizes])
    return graph.add(
        "TreeEnsembleRegressor",
        x,
        domain="ai.onnx.ml",
        n_targets=len(trees),
        nodes_treeids=owner.tolist(),
        nodes_nodeids=place.tolist(),
        nodes_modes=np.where(leaf, "LEAF", "BRANCH_LEQ").tolist(),
        nodes_values_as_tensor=_doubles(np.where(leaf, 0.0, np.concatenate([t.threshold for t in trees]))),
        **_tests_of_nodes(trees, leaf),
        target_treeids=owner[leaf].tolist(),
        target_nodeids=place[leaf].tolist(),
        target_ids=owner[leaf].tolist(),
        target_weights_as_tensor=_doubles(np.arange(leaf.sum())),
    )


def _tests_of_nodes(trees: Sequence[_Tree], leaf: NDArray[np.bool_]) -> dict[str, Any]:
    arrays = {
        "nodes_featureids": [t.feature for t in trees],
        "nodes_truenodeids": [t.left for t in trees],
        "nodes_falsenodeids": [t.right for t in trees],
        "nodes_missing_value_tracks_true": [t.missing_left for t in trees],
    }
    return {name: np.where(leaf, 0, np.concatenate(parts)).tolist() for name, parts in arrays.items()}


def _doubles(values: Any) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values, dtype=np.float64), "")
