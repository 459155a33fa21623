"""A transformer encoder as an ONNX model, operator by operator, with the `onnx` package."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

_IR_VERSION, _OPSET = 8, 17
#: contributed operators of onnxruntime itself
MICROSOFT = "com.microsoft"


class Graph:
    """Operators in the order in which they run. Each has one output, whose name `add` returns."""

    def __init__(self) -> None:
        self._nodes: list[helper.NodeProto] = []
        self._constants: list[TensorProto] = []

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Append an operator. :param attributes: its numbers or lists of them. :return: the name of its output."""
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], domain=domain, **attributes))
        return name

    def constant(self, value: np.ndarray) -> str:
        """Append an array of float32, int64 or int8. :return: its name."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def model(self, given: str, shape: tuple[str | int, ...], result: str) -> bytes:
        """:param given: the one input, float32 of this shape, a name for each size that differs from run to run.
        :param result: the output, float32."""
        inputs = [helper.make_tensor_value_info(given, TensorProto.FLOAT, shape)]
        outputs = [helper.make_tensor_value_info(result, TensorProto.FLOAT, None)]
        graph = helper.make_graph(self._nodes, "encoder", inputs, outputs, self._constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, ir_version=_IR_VERSION, opset_imports=opsets).SerializeToString()
