"""A BERT encoder with mean pooling, run by onnxruntime on the weights of `model.safetensors` as they are.

Why not sentence-transformers: importing it with torch takes 5 s and 460 MB, which is more than a small rebuild, and it pads
texts to batches. Here each text is run by itself, unpadded: its activations stay in the processor's cache, and its vector does
not depend on what else is embedded. tests/bench/encoder.py has the figures.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from index.errors import EncoderMissing
from index.onnx import MICROSOFT, Graph

#: up to this many texts run at once, each on one thread: that needs no waiting for each other within a text
_THREADS = min(8, os.cpu_count() or 1)
_Text = TypeVar("_Text")
_Read = TypeVar("_Read")


class Layers:
    """Transformer layers, run by onnxruntime. Safe to use from several threads."""

    def __init__(self, weights: Mapping[str, np.ndarray], config: Mapping[str, Any], *, int8: bool) -> None:
        """:param weights: by the names of `model.safetensors`. :param int8: see `Bert`.
        :raises EncoderMissing: if `CITEWIRE_ENCODER_THREADS` is no number of threads."""
        import onnxruntime

        threads = _threads()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        model = _graph(weights, config, int8)
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encoder")

    def map(self, run: Callable[[_Text], _Read], texts: Sequence[_Text]) -> list[_Read]:
        """Of each text what `run` makes of it, on as many threads as there are."""
        return list(self._pool.map(run, texts) if len(texts) > 1 else map(run, texts))

    def run(self, embedded: np.ndarray) -> np.ndarray:
        """:param embedded: float32 of shape (tokens, hidden): the sum of the embeddings. :return: the last layer's, the same."""
        return self._session.run(None, {"x": embedded})[0]


class Bert:
    """A model folder as sentence-transformers writes it. Safe to use from several threads."""

    def __init__(self, folder: Path, *, int8: bool = False) -> None:
        """:param int8: weights and activations of the linear layers as 8-bit integers: faster, and other vectors.
        :raises EncoderMissing: if `CITEWIRE_ENCODER_THREADS` is no number of threads."""
        self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._weights = tensors(folder / "model.safetensors")
        self._layers = Layers(self._weights, self.config, int8=int8)

    def encode(self, texts: Sequence[Sequence[int]]) -> np.ndarray:
        """:param texts: token numbers of each, special tokens included, at most as many as the model has positions.
        :return: float32 of shape (len(texts), hidden size), rows of unit length."""
        return np.stack(self._layers.map(self._encode, texts))

    def _encode(self, tokens: Sequence[int]) -> np.ndarray:
        vector = self._layers.run(embedded(self._weights, tokens)).mean(axis=0)
        return vector / np.linalg.norm(vector)


def embedded(weights: Mapping[str, np.ndarray], tokens: Sequence[int], kinds: Sequence[int] | int = 0) -> np.ndarray:
    """The sum of the embeddings of word, position and kind. :param kinds: of each token, 0 or 1."""
    word, position, kind = (weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type"))
    return word[list(tokens)] + position[: len(tokens)] + kind[kinds]


def _threads() -> int:
    said = os.environ.get("CITEWIRE_ENCODER_THREADS", "").strip()
    if not said:
        return _THREADS
    if said.isdecimal() and said.isascii() and int(said) > 0:
        return int(said)
    raise EncoderMissing(f"CITEWIRE_ENCODER_THREADS is {said!r}: give a number of threads, 1 or more, or leave it out.")


def tensors(path: Path) -> dict[str, np.ndarray]:
    """The float32 tensors of the file, mapped rather than read. https://github.com/huggingface/safetensors#format"""
    with path.open("rb") as file:
        start = 8 + int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(start - 8))
    mapped = np.memmap(path, dtype=np.uint8, mode="r", offset=start)
    entries = {name: entry for name, entry in header.items() if entry.get("dtype") == "F32"}
    return {name: mapped[slice(*e["data_offsets"])].view("<f4").reshape(e["shape"]) for name, e in entries.items()}


def _graph(weights: Mapping[str, np.ndarray], config: Mapping[str, Any], int8: bool) -> bytes:
    """From the sum of the embeddings, float32 of shape (tokens, hidden), to the last layer's output of the same shape."""
    graph, hidden, heads = Graph(), config["hidden_size"], config["num_attention_heads"]
    split, joined = graph.constant(np.array([-1, heads, hidden // heads])), graph.constant(np.array([-1, hidden]))
    scale = graph.constant(np.array((hidden // heads) ** -0.5, dtype=np.float32))

    def linear(x: str, name: str) -> str:
        weight, bias = weights[f"{name}.weight"], graph.constant(weights[f"{name}.bias"])
        if not int8:
            return graph.add("Add", graph.add("MatMul", x, graph.constant(weight.T)), bias)
        steps = np.abs(weight).max(axis=1) / 127  # of each output by itself
        rounded = np.round(weight / steps[:, None]).astype(np.int8).T
        return graph.add("DynamicQuantizeMatMul", x, graph.constant(rounded), graph.constant(steps), "", bias, domain=MICROSOFT)

    def normalised(x: str, name: str) -> str:
        factor, shift = (graph.constant(weights[f"{name}.LayerNorm.{part}"]) for part in ("weight", "bias"))
        return graph.add("LayerNormalization", x, factor, shift, axis=-1, epsilon=float(config["layer_norm_eps"]))

    def attention(x: str, name: str) -> str:
        query, key, value = (graph.add("Reshape", linear(x, f"{name}.self.{part}"), split) for part in ("query", "key", "value"))
        query, value = (graph.add("Transpose", part, perm=[1, 0, 2]) for part in (query, value))
        scores = graph.add("Mul", graph.add("MatMul", query, graph.add("Transpose", key, perm=[1, 2, 0])), scale)
        mixed = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
        mixed = graph.add("Reshape", graph.add("Transpose", mixed, perm=[1, 0, 2]), joined)
        return normalised(graph.add("Add", linear(mixed, f"{name}.output.dense"), x), f"{name}.output")

    x = normalised("x", "embeddings")
    for layer in range(config["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        x = attention(x, f"{name}.attention")
        wide = graph.add("Gelu", linear(x, f"{name}.intermediate.dense"), domain=MICROSOFT)
        x = normalised(graph.add("Add", linear(wide, f"{name}.output.dense"), x), f"{name}.output")
    return graph.model("x", ("tokens", hidden), x)
