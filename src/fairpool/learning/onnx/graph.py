"""An ONNX graph under construction, and the one way to give it up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper


class Unsupported(Exception):  # noqa: N818 - the reason of a NotExportable on its way up, no error
    pass


def refuse(reason: str) -> NoReturn:
    raise Unsupported(reason)


def free(name: str, taken: Iterable[str]) -> str:
    others = set(taken)
    while name in others:
        name += "_"
    return name


class Graph:
    """Nodes and constants in the order they were added; their names count up, so no two runs differ."""

    def __init__(self, taken: Sequence[str]) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.deciding: str | None = None  # levelled scores, where the answer itself does not decide the label
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


def text_of(value: object) -> str:
    if not isinstance(value, str):
        refuse(f"got {value!r} among text: a tensor holds text only or numbers only")
    try:
        value.encode()
    except UnicodeEncodeError:
        refuse(f"{value!r} cannot be written as UTF-8")
    return str(value)


def both(graph: Graph, score: str, classes: int) -> str:
    """Two classes have one score s: written as (-s, s)."""
    return graph.join([graph.add("Neg", score), score]) if classes == 2 else score


def link(graph: Graph, raw: str, classes: int) -> str:
    """Logistic function for two classes (one raw score), softmax for more."""
    return graph.add("Sigmoid", both(graph, raw, 2)) if classes == 2 else graph.add("Softmax", raw, axis=1)


def levelled(graph: Graph, margins: str, grain: float) -> str:
    """`fairpool.learning.ties.level`: to the nearest multiple of a power of two, the even one half-way."""
    grains = graph.add("Round", graph.add("Mul", margins, graph.constant(1.0 / grain)))
    return graph.add("Mul", grains, graph.constant(grain))
