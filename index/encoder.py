"""Text to vectors. `Encoder` is the seam; the default is all-MiniLM-L6-v2, run by `index.bert`."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from index.agreement import EQUAL, ROUNDED, agrees
from index.errors import EncoderMissing
from index.model_files import is_verified, models_dir

if TYPE_CHECKING:
    from index.cross_encoder import CrossEncoder

DEFAULT_MODEL = "all-MiniLM-L6-v2"
#: of model.safetensors as its publisher released it; another file is another model
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
#: the tokens [CLS] and [SEP]
_FIRST, _LAST = 101, 102


class Encoder(Protocol):
    """What the index needs of an embedding model. Its methods are called from several threads at once."""

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


class MiniLM:
    """all-MiniLM-L6-v2 in a local folder. The tokenizer and the model load when first used: a build in which nothing changed
    needs neither."""

    dimensions = 384
    max_tokens = 254

    def __init__(self, folder: Path, *, int8: bool = True) -> None:
        """:param int8: see `Bert`; such vectors are of another index than the exact ones. What it gains and costs: tests/bench.
        :raises EncoderMissing: if the folder does not hold this very model."""
        weights = folder / "model.safetensors"
        if not weights.is_file():
            raise EncoderMissing(f"The embedding model is not in {folder}. Run `citewire models pull {DEFAULT_MODEL}`.")
        if not is_verified(weights, DEFAULT_SHA256):
            raise EncoderMissing(
                f"{weights} is not the model it should be (its sha256 differs). Delete it and run "
                f"`citewire models pull {DEFAULT_MODEL}`."
            )
        self._folder, self._int8 = folder, int8
        self._lock = threading.Lock()
        self._fast = False  #: whether it turned out to do what sentence-transformers does, see `_loaded`

    @property
    def fingerprint(self) -> str:
        return f"{DEFAULT_MODEL}:{DEFAULT_SHA256[:16]}:{'int8' if self._int8 else 'fp32'}"

    def token_starts(self, texts: list[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return [[start for start, _ in encoding.offsets] for encoding in encoded]

    def is_word(self, word: str) -> bool:
        """Whether the model knows it as one word: its vocabulary has those that are frequent, and no misspelled ones."""
        return self._tokenizer.token_to_id(word.lower()) is not None

    def encode_passages(self, texts: list[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return self._encode(texts)

    def encode_query(self, text: str) -> np.ndarray:
        return self.encode_passages([text])[0]

    @property
    def cross_encoder(self) -> CrossEncoder | None:
        """Reads a question and a passage together, with the same tokens. None where this model cannot be run the fast way: it is
        run the same way, and would tell something else there."""
        _ = self._encode
        with self._lock:
            return self._reader

    @functools.cached_property
    def _reader(self) -> CrossEncoder | None:
        from index.cross_encoder import CrossEncoder

        return CrossEncoder(self._folder, self._tokenizer) if self._fast and self._int8 else None

    @functools.cached_property
    def _tokenizer(self):  # noqa: ANN202  (a compiled type without a public name)
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @property
    def _encode(self) -> Callable[[list[str]], np.ndarray]:
        with self._lock:  # two threads asking first would each load it
            return self._loaded

    @functools.cached_property
    def _loaded(self) -> Callable[[list[str]], np.ndarray]:
        """The fast way, if it does what sentence-transformers does; else sentence-transformers."""
        import onnxruntime

        from index.bert import Bert

        bert = Bert(self._folder, int8=self._int8)

        def fast(texts: list[str]) -> np.ndarray:
            encoded = self._tokenizer.encode_batch([whole(text) for text in texts], add_special_tokens=False)
            return bert.encode([[_FIRST, *encoding.ids[: self.max_tokens], _LAST] for encoding in encoded])

        way = f"onnxruntime {onnxruntime.__version__} {'int8' if self._int8 else 'fp32'}"
        if agrees(self._folder, way, fast, ROUNDED if self._int8 else EQUAL):
            self._fast = True
            return fast
        from index.sentence_encoder import SentenceTransformerEncoder

        return SentenceTransformerEncoder(self._folder).encode_passages


def whole(text: str) -> str:
    """Half a surrogate pair, which a question may hold, is no text to the tokenizer."""
    return text.encode("utf-8", "replace").decode("utf-8")


@functools.cache
def default_encoder() -> Encoder:
    """The one encoder of this process: all-MiniLM-L6-v2, the sentence-transformers model in the folder `CITEWIRE_ENCODER`, or the
    model `CITEWIRE_ENCODER_MODEL` of the server `CITEWIRE_ENCODER_URL`, whose key is `CITEWIRE_ENCODER_KEY`.

    :raises EncoderMissing: if the model is not on this machine, or both are set. :raises ServerFailed: if the URL is none.
    """
    folder, url = os.environ.get("CITEWIRE_ENCODER"), os.environ.get("CITEWIRE_ENCODER_URL")
    if folder and url:
        raise EncoderMissing("CITEWIRE_ENCODER and CITEWIRE_ENCODER_URL are both set: leave only one, a folder or a server.")
    if url:
        from index.encoder_server import ServerEncoder

        return ServerEncoder(url, os.environ.get("CITEWIRE_ENCODER_MODEL", ""), os.environ.get("CITEWIRE_ENCODER_KEY", ""))
    if folder:
        from index.sentence_encoder import SentenceTransformerEncoder

        return SentenceTransformerEncoder(Path(folder).expanduser())
    return MiniLM(models_dir() / DEFAULT_MODEL)
