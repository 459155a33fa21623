"""An embedding model behind a server: `CITEWIRE_ENCODER_URL`, any that speaks OpenAI's `/v1/embeddings`.

**How long a text may be** is counted by a rule, not by a tokenizer. The server's tokenizer is not here; another model's, such as
MiniLM's, counts a word that it does not know as one token where a byte-level one sees twelve, and would have to be fetched for
nothing else. The rule counts six letters, one digit, or one byte of anything else as a token, which is about what tokenizers make
of English prose; and no text is longer than 254 of them, half of the smallest context in use (512). A server that finds a text
too long all the same, as it may codes in capitals, is given less of it.
"""

from __future__ import annotations

import functools
import hashlib
import re
import threading
from typing import Any

import numpy as np

from index.encoder import whole
from index.errors import EncoderMissing, ServerFailed
from index.model_server import ModelServer

_SETTING = "CITEWIRE_ENCODER_URL"
_BATCH = 32
#: seconds for one batch; a server without a GPU takes a few for 32 passages
_TIMEOUT_S = 60.0
_TOKEN = re.compile(r"[A-Za-z]{1,6}|[^\sA-Za-z]")
#: what servers say of a text that is too long, and with which status: OpenAI, vLLM, llama-server, TEI, Ollama
_TOO_LONG = re.compile(
    r"too (large|long)|context (length|size|window)|must have less than|exceed.*(token|length|context)|(token|length).*exceed",
    re.IGNORECASE,
)
_TOO_LONG_STATUS = {400, 413, 422, 500}
#: limits that are not of one text: half of it would be refused just as well, or be taken for all of it
_OTHER_LIMIT = re.compile(r"rate.?limit|quota|per (second|minute|hour|day)", re.IGNORECASE)
_PROBE = "The ferry came home on Monday, two hours late."
_PROBE_BITS = 16


class ServerEncoder:
    """Vectors from a server. It is first asked when the first vector, or the fingerprint, is needed."""

    max_tokens = 254

    def __init__(self, url: str, model: str, key: str = "") -> None:
        """:raises EncoderMissing: if no model is named. :raises ServerFailed: if the URL is none."""
        if not model:
            raise EncoderMissing(f"{_SETTING} needs the model's name as well: set CITEWIRE_ENCODER_MODEL.")
        self._model = model
        self._server = ModelServer(url, key, _SETTING, _TIMEOUT_S)
        self._lock = threading.Lock()
        self._checked_at = 0

    @property
    def fingerprint(self) -> str:
        """Of what the server does, not of where it is: the model's name, the dimensions, and 16 bits that another model behind
        the same name would hardly share. Each says on which side of a plane the vector of a fixed sentence lies, so that the
        last digits of a vector, which differ from one processor to the next, do not matter."""
        return self._probed[0]

    @property
    def dimensions(self) -> int:
        return self._probed[1]

    def token_starts(self, texts: list[str]) -> list[list[int]]:
        return [[start for match in _TOKEN.finditer(text) for start in _starts(match)] for text in texts]

    def encode_passages(self, texts: list[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        fitting = [self._cut(text) for text in texts]
        vectors = np.concatenate([self._encode(fitting[i : i + _BATCH]) for i in range(0, len(fitting), _BATCH)])
        self._check_that_it_is_the_same(vectors)
        return vectors

    def encode_query(self, text: str) -> np.ndarray:
        return self.encode_passages([text])[0]

    def _cut(self, text: str) -> str:
        """What the model reads of a text; one without a letter is not accepted by every server."""
        starts = self.token_starts([text])[0]
        return whole(text[: starts[self.max_tokens]] if len(starts) > self.max_tokens else text).strip() or "."

    def _encode(self, texts: list[str]) -> np.ndarray:
        try:
            return self._vectors(texts)
        except ServerFailed as error:
            if not _is_too_long(error):
                raise
            if len(texts) > 1:  # only one of them may be
                return np.concatenate([self._encode([text]) for text in texts])
            if len(texts[0]) < 8:
                raise
        return self._encode([texts[0][: len(texts[0]) // 2]])

    def _vectors(self, texts: list[str]) -> np.ndarray:
        """:return: float32 of shape (len(texts), dimensions), rows of unit length."""
        reply = self._server.post("/embeddings", {"model": self._model, "input": texts, "encoding_format": "float"})
        try:
            rows = sorted(reply["data"], key=lambda row: row["index"])
            vectors = np.array([row["embedding"] for row in rows], dtype=np.float32)
        except (KeyError, TypeError, ValueError) as error:
            raise self._nonsense(f"no vectors ({error!r})") from error
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise self._nonsense(f"vectors of shape {vectors.shape} for {len(texts)} texts")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(vectors).all() and lengths.all()):
            raise self._nonsense("vectors that are zero, or no numbers")
        return vectors / lengths

    def _nonsense(self, what: str) -> ServerFailed:
        return ServerFailed(f"The server {self._server.name} sent {what}. Does it serve an embedding model? Check {_SETTING}.")

    def _check_that_it_is_the_same(self, vectors: np.ndarray) -> None:
        """:raises EncoderMissing: if another model answers now; a server that failed may have come back with one."""
        known = self._probed
        with self._lock:
            failed, self._checked_at = self._server.interruptions > self._checked_at, self._server.interruptions
        if vectors.shape[1] != known[1] or (failed and self._probe() != known):
            with self._lock:
                self._checked_at = -1  # until the right one is back
            raise EncoderMissing(
                f"The server {self._server.name} answers with another embedding model than before, though it calls it "
                f"{self._model}. Bring the former one back, or build the index again and restart."
            )

    @property
    def _probed(self) -> tuple[str, int]:
        with self._lock:  # two threads asking first would each ask the server
            return self._first_probe

    @functools.cached_property
    def _first_probe(self) -> tuple[str, int]:
        return self._probe()

    def _probe(self) -> tuple[str, int]:
        """:return: (fingerprint, dimensions)."""
        vector = self._vectors([_PROBE])[0]
        noise = hashlib.shake_256(b"citewire").digest(_PROBE_BITS * len(vector) // 8 + 1)
        planes = np.unpackbits(np.frombuffer(noise, dtype=np.uint8))[: _PROBE_BITS * len(vector)].reshape(_PROBE_BITS, -1)
        sides = np.packbits((planes * 2.0 - 1.0) @ vector > 0).tobytes().hex()
        return f"{self._model}:{len(vector)}:{sides}", len(vector)


def _is_too_long(error: ServerFailed) -> bool:
    said = str(error)
    return error.status in _TOO_LONG_STATUS and bool(_TOO_LONG.search(said)) and not _OTHER_LIMIT.search(said)


def _starts(match: re.Match[str]) -> list[int]:
    text: Any = match.group()
    return [match.start()] * (1 if text.isascii() else len(text.encode("utf-8", "replace")))
