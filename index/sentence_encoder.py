"""Any other embedding model that sentence-transformers can load, from a folder: `CITEWIRE_ENCODER=/path/to/model`.

The default model runs faster in `index.bert`, which `index.agreement` holds to the vectors of this one. Here the library knows
what a model needs: its tokenizer, prompts, pooling, normalisation and longest input.
"""

from __future__ import annotations

import copy
import functools
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.encoder import whole
from index.errors import EncoderMissing
from index.model_files import remembered_sha256

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32


class SentenceTransformerEncoder:
    """A sentence-transformers model in a local folder. It is loaded when first used; nothing is ever downloaded."""

    def __init__(self, folder: Path) -> None:
        """:raises EncoderMissing: if the folder holds no sentence-transformers model."""
        if not (folder / "modules.json").is_file():
            raise EncoderMissing(
                f"{folder} holds no sentence-transformers model: a folder with modules.json is one. Set CITEWIRE_ENCODER to such "
                "a folder, or leave it unset for the default model."
            )
        self._folder = folder
        self._lock, self._counting = threading.Lock(), threading.Lock()

    @functools.cached_property
    def fingerprint(self) -> str:
        """Of the weights, so that a folder whose model was replaced is another encoder."""
        weights = sorted([*self._folder.rglob("*.safetensors"), *self._folder.rglob("pytorch_model*.bin")])
        if not weights:
            raise EncoderMissing(f"{self._folder} holds no weights (*.safetensors). Copy the whole model there.")
        marks = "+".join(remembered_sha256(path)[:16] for path in weights)
        return f"{self._folder.name}:{marks}:fp32"

    @property
    def dimensions(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        return int(self._model.max_seq_length or 512) - 2

    def token_starts(self, texts: list[str]) -> list[list[int]]:
        with self._counting:
            encoded = self._tokenizer(
                [whole(text) for text in texts], add_special_tokens=False, return_offsets_mapping=True, verbose=False
            )
        return [[start for start, _ in offsets] for offsets in encoded["offset_mapping"]]

    def encode_passages(self, texts: list[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        vectors = self._model.encode_document(
            [whole(text) for text in texts], batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)

    def encode_query(self, text: str) -> np.ndarray:
        vector = self._model.encode_query(whole(text), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vector, dtype=np.float32)

    @functools.cached_property
    def _tokenizer(self) -> Any:
        """Its own: counting sets it to neither cut nor pad, under the feet of a thread that embeds."""
        return copy.deepcopy(self._model.tokenizer)

    @functools.cached_property
    def _loaded(self) -> SentenceTransformer:
        # Threads that wait by spinning starve each other as soon as anything else runs: 30 % slower on a busy machine.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # it would be drawn through our own
        return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)

    @property
    def _model(self) -> SentenceTransformer:
        with self._lock:  # two threads asking first would each load it
            return self._loaded
