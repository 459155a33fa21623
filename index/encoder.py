"""Text to vectors. `Encoder` is the seam; the default is all-MiniLM-L6-v2 through sentence-transformers."""

from __future__ import annotations

import functools
import os
import threading
from pathlib import Path
from typing import Protocol

import numpy as np

from index.errors import EncoderMissing
from index.model_files import is_verified, models_dir

DEFAULT_MODEL = "all-MiniLM-L6-v2"
#: of model.safetensors as its publisher released it; another file is another model
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class Encoder(Protocol):
    """What the index needs of an embedding model."""

    @property
    def fingerprint(self) -> str:
        """Equal for two encoders only if their vectors can be compared; recorded in every generation."""

    @property
    def dimensions(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Longest input read to its end, special tokens not counted. What is beyond is silently ignored by the model."""

    def token_starts(self, texts: list[str]) -> list[list[int]]:
        """The character offset at which each token of each text begins."""

    def encode_passages(self, texts: list[str]) -> np.ndarray:
        """:return: float32 of shape (n, dimensions), rows of unit length."""

    def encode_query(self, text: str) -> np.ndarray:
        """:return: float32 of shape (dimensions,), unit length."""


class SentenceTransformerEncoder:
    """A sentence-transformers model in a local folder. The tokenizer and the model load when first used.

    Loading the tokenizer alone takes milliseconds, torch and the model seconds: a build in which nothing changed needs neither.
    """

    def __init__(self, folder: Path, sha256: str = "") -> None:
        """:raises EncoderMissing: if the folder holds no model, or, where `sha256` is given, another one."""
        weights = folder / "model.safetensors"
        if not weights.is_file():
            raise EncoderMissing(f"The embedding model is not in {folder}. Run `citewire models pull {DEFAULT_MODEL}`.")
        if sha256 and not is_verified(weights, sha256):
            raise EncoderMissing(
                f"{weights} is not the model it should be (its sha256 differs). Delete it and run "
                f"`citewire models pull {DEFAULT_MODEL}`."
            )
        self._folder = folder
        self._identity = sha256[:16] or folder.name
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        return f"{self._folder.name}:{self._identity}:fp32"

    @property
    def dimensions(self) -> int:
        return 384 if self._folder.name == DEFAULT_MODEL else int(self._model.get_embedding_dimension())

    @property
    def max_tokens(self) -> int:
        return 254 if self._folder.name == DEFAULT_MODEL else int(self._model.max_seq_length) - 2

    def token_starts(self, texts: list[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return [[start for start, _ in encoding.offsets] for encoding in encoded]

    def encode_passages(self, texts: list[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return self._model.encode_document(
            [_whole(text) for text in texts],
            batch_size=32,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        ).astype(np.float32)

    def encode_query(self, text: str) -> np.ndarray:
        return self._model.encode_query(
            _whole(text), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        ).astype(np.float32)

    @functools.cached_property
    def _tokenizer(self):  # noqa: ANN202  (a compiled type without a public name)
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @functools.cached_property
    def _loaded(self):  # noqa: ANN202
        # Threads that wait by spinning starve each other as soon as anything else runs: 30 % slower on a busy machine.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # it would be drawn through our own
        return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)

    @property
    def _model(self):  # noqa: ANN202
        with self._lock:  # two threads asking first would each load it
            return self._loaded


def _whole(text: str) -> str:
    """Half a surrogate pair, which a question may hold, is no text to the tokenizer."""
    return text.encode("utf-8", "replace").decode("utf-8")


@functools.cache
def default_encoder() -> SentenceTransformerEncoder:
    """The one encoder of this process. :raises EncoderMissing: if the model is not on this machine."""
    return SentenceTransformerEncoder(models_dir() / DEFAULT_MODEL, DEFAULT_SHA256)
