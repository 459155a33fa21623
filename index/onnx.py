"""A model in the ONNX format, written without the `onnx` package: as much of its protobuf as a transformer encoder needs.

https://github.com/onnx/onnx/blob/main/onnx/onnx.proto names the fields whose numbers stand here.
"""

from __future__ import annotations

import struct

import numpy as np

_IR_VERSION, _OPSET = 8, 17
_FLOAT, _INT64, _INT8 = 1, 7, 3
_DATA_TYPES = {"float32": _FLOAT, "int64": _INT64, "int8": _INT8}
#: contributed operators of onnxruntime itself
MICROSOFT = "com.microsoft"


class Graph:
    """Operators in the order in which they run. Each has one output, whose name `add` returns."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: int | float | list[int]) -> str:
        """Append an operator. :return: the name of its output."""
        name = f"v{len(self._nodes)}"
        node = [*(_text(1, given) for given in inputs), _text(2, name), _text(4, operator)]
        node += [_field(5, _attribute(key, value)) for key, value in attributes.items()]
        self._nodes.append(b"".join([*node, _text(7, domain)]))
        return name

    def constant(self, value: np.ndarray) -> str:
        """Append an array of float32, int64 or int8. :return: its name."""
        name = f"c{len(self._constants)}"
        dimensions = b"".join(_number(1, size) for size in value.shape)
        data = np.ascontiguousarray(value).tobytes()
        self._constants.append(
            dimensions + _number(2, _DATA_TYPES[value.dtype.name]) + _text(8, name) + _field(9, data),
        )
        return name

    def model(self, given: str, shape: tuple[str | int, ...], result: str) -> bytes:
        """:param given: the one input, float32 of this shape, a name for each size that differs from run to run.
        :param result: the output, float32."""
        parts = [_field(1, node) for node in self._nodes]
        parts += [_text(2, "encoder"), *(_field(5, constant) for constant in self._constants)]
        parts += [_field(11, _value(given, shape)), _field(12, _value(result, None))]
        opsets = (_number(2, _OPSET), _text(1, MICROSOFT) + _number(2, 1))
        return _number(1, _IR_VERSION) + _field(7, b"".join(parts)) + b"".join(_field(8, opset) for opset in opsets)


def _value(name: str, shape: tuple[str | int, ...] | None) -> bytes:
    tensor = _number(1, _FLOAT)
    if shape is not None:
        sizes = (_text(2, size) if isinstance(size, str) else _number(1, size) for size in shape)
        tensor += _field(2, b"".join(_field(1, size) for size in sizes))
    return _text(1, name) + _field(2, _field(1, tensor))


def _attribute(name: str, value: int | float | list[int]) -> bytes:
    if isinstance(value, list):
        return _text(1, name) + b"".join(_number(8, item) for item in value) + _number(20, 7)
    if isinstance(value, float):
        return _text(1, name) + _key(2, 5) + struct.pack("<f", value) + _number(20, 1)
    return _text(1, name) + _number(3, value) + _number(20, 2)


def _key(field: int, wire: int) -> bytes:
    return _varint(field << 3 | wire)


def _number(field: int, value: int) -> bytes:
    return _key(field, 0) + _varint(value % (1 << 64))


def _text(field: int, value: str) -> bytes:
    return _field(field, value.encode("utf-8"))


def _field(field: int, value: bytes) -> bytes:
    return _key(field, 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
