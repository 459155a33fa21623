"""A model that reads a question and a passage together: how relevant the passage is, and which words of it answer.

It is all-MiniLM-L6-v2 trained further by tests/training on questions made from articles; docs/cross-encoder.md describes it. Its
layers come with Citewire as 8-bit integers; the embedding table is the one of the embedding model, which is there anyway.

Nogueira and Cho, Passage Re-ranking with BERT, 2019; the answer's words as in Devlin et al., BERT, 2019.
"""

from __future__ import annotations

import functools
import threading
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.bert import Layers, embedded, tensors
from index.encoder import whole
from index.errors import EncoderMissing

WEIGHTS = Path(__file__).with_name("cross_encoder.npz")
#: tokens that are read of each; and of an answer
QUESTION_TOKENS, TITLE_TOKENS, PASSAGE_TOKENS, ANSWER_TOKENS = 28, 24, 180, 30
_FIRST, _LAST = 101, 102  #: the tokens [CLS] and [SEP]
_CONFIG = {"hidden_size": 384, "num_attention_heads": 12, "layer_norm_eps": 1e-12}
#: below this, less makes no difference; and what has no words
NOT_ANSWERED = -40.0
#: readings that are kept: a search and the choice of sentences after it read the same passages
_REMEMBERED = 512


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What was read in one passage, for one question."""

    relevance: float  #: above 0 rather relevant than not; its scale is that of these weights (see `Rereading.clear`)
    begins: np.ndarray  #: float32 of shape (tokens,): how much each token of the passage looks like the answer's first
    ends: np.ndarray  #: and like its last, both together above what speaks for no answer at all
    offsets: np.ndarray  #: int of shape (tokens, 2): of each token in the passage, half-open

    def answered(self, start: int = 0, end: int | None = None) -> float:
        """How much some words between two offsets look like an answer: above 0, more than like none; at least `NOT_ANSWERED`."""
        inside = self.offsets[:, 0] >= start
        if end is not None:
            inside &= self.offsets[:, 1] <= end
        count = int(inside.sum())
        if not count:
            return NOT_ANSWERED
        # an answer ends where it begins, or up to `ANSWER_TOKENS` later
        allowed = np.tri(count, count, ANSWER_TOKENS - 1, dtype=bool) & ~np.tri(count, count, -1, dtype=bool)
        pairs = self.begins[inside][:, None] + self.ends[inside][None, :]
        return max(NOT_ANSWERED, float(np.where(allowed, pairs, -np.inf).max()))


class CrossEncoder:
    """Loads when first used. Safe to use from several threads. It was taught English, and tells little of other languages."""

    def __init__(self, folder: Path, tokenizer: Any) -> None:
        """:param folder: of the embedding model. :param tokenizer: its own, of the package `tokenizers`."""
        self._folder, self._tokenizer = folder, tokenizer
        self._lock = threading.Lock()
        self._read_one = functools.lru_cache(_REMEMBERED)(self._reading)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """:param passages: headline, "" for none, and text of each. What is beyond `PASSAGE_TOKENS` is not read.
        :raises EncoderMissing: if its weights are not what they were when Citewire was installed."""
        if not passages:
            return []
        layers = self._loaded[1]
        return layers.map(lambda passage: self._read_one(question, *passage), passages)

    def load(self) -> None:
        """Load now what the first reading would wait for. :raises EncoderMissing: see `read`."""
        _ = self._loaded

    def _reading(self, question: str, title: str, text: str) -> Reading:
        weights, layers = self._loaded
        headline = [] if not title or text.startswith(title) else self._tokens(title).ids[:TITLE_TOKENS]
        read = self._tokens(text)
        before = [_FIRST, *self._tokens(question).ids[:QUESTION_TOKENS], _LAST]
        tokens = [*before, *headline, *read.ids[:PASSAGE_TOKENS], _LAST]
        kinds = [0] * len(before) + [1] * (len(tokens) - len(before))
        hidden = layers.run(embedded(weights, tokens, kinds))
        relevance = hidden[0] @ weights["relevance.weight"][0] + weights["relevance.bias"][0]
        begins, ends = (hidden @ weights["span.weight"].T + weights["span.bias"]).T
        offsets = np.array(read.offsets[:PASSAGE_TOKENS], dtype=int).reshape(-1, 2)
        inside = slice(len(before) + len(headline), len(tokens) - 1)
        return Reading(float(relevance), begins[inside] - begins[0], ends[inside] - ends[0], offsets)

    def _tokens(self, text: str) -> Any:
        return self._tokenizer.encode(whole(text), add_special_tokens=False)

    @property
    def _loaded(self) -> tuple[Mapping[str, np.ndarray], Layers]:
        with self._lock:  # two threads asking first would each load it
            return self._kept

    @functools.cached_property
    def _kept(self) -> tuple[Mapping[str, np.ndarray], Layers]:
        own = own_weights()
        weights = tensors(self._folder / "model.safetensors") | own
        count = 1 + max(int(name.split(".")[2]) for name in own if name.startswith("encoder.layer."))
        layers = Layers(weights, {**_CONFIG, "num_hidden_layers": count}, int8=True)
        # those of the layers are in the graph
        return {name: value for name, value in weights.items() if not name.startswith("encoder.")}, layers


def own_weights(path: Path = WEIGHTS) -> dict[str, np.ndarray]:
    """float32, by the names of the publisher's file; the heads are `relevance` and `span`. :raises EncoderMissing: see `read`."""
    try:
        with np.load(path) as stored:
            kept = dict(stored)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise EncoderMissing(f"{path} is missing or damaged ({error}). It comes with Citewire: install it again.") from error
    steps = {name.removesuffix(".step"): kept.pop(name) for name in list(kept) if name.endswith(".step")}
    return {n: v.astype(np.float32) * (steps[n][:, None] if n in steps else 1) for n, v in kept.items()}
