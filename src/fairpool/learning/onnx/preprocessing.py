"""The treatment of raw columns as an ONNX graph, in double: imputing, scaling, one-hot columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from onnx import TensorProto, ValueInfoProto, helper
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from fairpool.ground.errors import InputError
from fairpool.learning.onnx.graph import Graph, refuse, text_of
from fairpool.tables.schema import ColumnKind


@dataclass(frozen=True, slots=True)
class Input:
    name: str
    kind: ColumnKind

    def described(self) -> ValueInfoProto:
        text = self.kind is ColumnKind.CATEGORICAL
        return helper.make_tensor_value_info(
            self.name, TensorProto.STRING if text else TensorProto.DOUBLE, ["rows", 1]
        )


def treat(graph: Graph, pipeline: Pipeline, inputs: Mapping[str, Input]) -> str:
    """Raw columns to the matrix that the estimator sees: double (rows, d)."""
    preprocessing = pipeline[0]
    if (
        len(pipeline) != 2
        or not isinstance(preprocessing, ColumnTransformer)
        or preprocessing.transformer_weights
    ):
        refuse("it is no pipeline of one ColumnTransformer without weights and one estimator")
    blocks = []
    for _, step, selected in preprocessing.transformers_:
        names = [selected] if isinstance(selected, str) else list(selected)
        if names and not (isinstance(step, str) and step == "drop"):
            steps = [part for _, part in step.steps] if isinstance(step, Pipeline) else [step]
            blocks += _block(graph, steps, [_find(inputs, name) for name in names])
    return graph.join(blocks)


def _find(inputs: Mapping[str, Input], name: object) -> Input:
    if not isinstance(name, str):
        refuse(f"the treatment selects column {name!r} by its place, not by its name")
    if name not in inputs:
        raise InputError("the treatment reads this column, expected it among the inputs", column=name)
    return inputs[name]


def _block(graph: Graph, steps: Sequence[Any], inputs: Sequence[Input]) -> list[str]:
    if any(column.kind is ColumnKind.CATEGORICAL for column in inputs):
        return _indicators(graph, steps, inputs)
    block = graph.join([column.name for column in inputs])
    for step in steps:
        if isinstance(step, SimpleImputer):
            block = _impute(graph, step, block)
        elif isinstance(step, StandardScaler):
            block = _scale(graph, step, block)
        elif not (step == "passthrough" or (isinstance(step, FunctionTransformer) and step.func is None)):
            refuse(f"the treatment of {inputs[0].name!r} has an unknown step: {type(step).__name__}")
    return [block]


def _impute(graph: Graph, imputer: Any, block: str) -> str:
    if imputer.add_indicator or not pd.isna(imputer.missing_values):
        refuse("the treatment marks missing numbers by something else than NaN, or adds indicators")
    fill = np.asarray(imputer.statistics_, dtype=np.float64)
    kept = np.flatnonzero(~np.isnan(fill))
    if len(kept) < len(fill):  # scikit-learn leaves out columns in which it saw no value
        block = graph.add("Gather", block, graph.constant(kept), axis=1)
    return graph.add("Where", graph.add("IsNaN", block), graph.constant(fill[kept]), block)


def _scale(graph: Graph, scaler: Any, block: str) -> str:
    if scaler.mean_ is not None and scaler.with_mean:
        block = graph.add("Sub", block, graph.constant(scaler.mean_))
    return graph.add("Div", block, graph.constant(scaler.scale_)) if scaler.scale_ is not None else block


def _indicators(graph: Graph, steps: Sequence[Any], inputs: Sequence[Input]) -> list[str]:
    """One-hot columns of categorical columns: [SimpleImputer], OneHotEncoder."""
    *before, encoder = steps
    known = [type(step) for step in steps] in ([OneHotEncoder], [SimpleImputer, OneHotEncoder])
    if not known or any(column.kind is not ColumnKind.CATEGORICAL for column in inputs):
        refuse(f"the treatment of {inputs[0].name!r} is no SimpleImputer and OneHotEncoder of text alone")
    plain = encoder.drop is None and encoder.min_frequency is None and encoder.max_categories is None
    if encoder.handle_unknown != "ignore" or not plain or len(encoder.categories_) != len(inputs):
        refuse("the OneHotEncoder drops, groups or rejects categories")
    return [
        _one_hot(graph, column.name, _codes(categories, before, place))
        for place, (column, categories) in enumerate(zip(inputs, encoder.categories_, strict=True))
    ]


def _codes(categories: Sequence[Any], imputers: Sequence[Any], place: int) -> dict[str, int]:
    """Which indicator a text turns on; -1, none, for missing text ("") where none was seen."""
    codes = {text_of("" if pd.isna(category) else category): code for code, category in enumerate(categories)}
    for imputer in imputers:
        missing = "" if pd.isna(imputer.missing_values) else text_of(imputer.missing_values)
        codes[missing] = codes.get(text_of(imputer.statistics_[place]), -1)
    return codes


def _one_hot(graph: Graph, text: str, codes: Mapping[str, int]) -> str:
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
