"""The encoder gives the vectors that the model's own library gives, one text at a time."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from index.encoder import DEFAULT_MODEL, MiniLM, default_encoder
from index.errors import EncoderMissing
from index.model_files import models_dir

TEXTS = [
    "The ferry came home early.",
    "Die Brücke öffnete am Sonntag; 橋は日曜日に再開した。",
    "",
    "…",
    "A sentence about a harbour and its pilots, who struck for nine days. " * 40,  # longer than the model reads
    "half a pair: \ud800",
]


@pytest.mark.slow
def test_vectors_are_those_of_sentence_transformers() -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(models_dir() / DEFAULT_MODEL), device="cpu", local_files_only=True)
    expected = reference.encode([text.encode("utf-8", "replace").decode() for text in TEXTS], normalize_embeddings=True)
    exact = MiniLM(models_dir() / DEFAULT_MODEL, int8=False).encode_passages(TEXTS)
    assert exact.dtype == np.float32 and exact.shape == (len(TEXTS), 384)
    assert np.abs(exact - expected).max() < 1e-5
    rounded = default_encoder().encode_passages(TEXTS)
    assert rounded.dtype == np.float32 and (rounded * expected).sum(axis=1).min() > 0.95
    assert np.abs(np.linalg.norm(rounded, axis=1) - 1).max() < 1e-5


def test_a_vector_does_not_depend_on_what_else_is_embedded() -> None:
    together = default_encoder().encode_passages(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert np.array_equal(default_encoder().encode_query(text), vector)
    assert default_encoder().encode_passages([]).shape == (0, 384)


def test_threads_may_ask_at_once() -> None:
    encoder, found = MiniLM(models_dir() / DEFAULT_MODEL), []
    threads = [threading.Thread(target=lambda: found.append(encoder.encode_passages(TEXTS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(np.array_equal(vectors, found[0]) for vectors in found)


def test_another_model_is_refused(tmp_path) -> None:
    with pytest.raises(EncoderMissing, match="models pull"):
        MiniLM(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"another one")
    with pytest.raises(EncoderMissing, match="sha256 differs"):
        MiniLM(tmp_path)


@pytest.mark.parametrize("said", ["two", "0", "-1", "1.5", "²"])
def test_a_setting_that_is_no_number_of_threads_is_said(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWIRE_ENCODER_THREADS", said)
    with pytest.raises(EncoderMissing, match=f"CITEWIRE_ENCODER_THREADS is '{said}': give a number of threads"):
        MiniLM(models_dir() / DEFAULT_MODEL).encode_query("ferry")
    monkeypatch.setenv("CITEWIRE_ENCODER_THREADS", "")
    assert MiniLM(models_dir() / DEFAULT_MODEL).encode_query("ferry").shape == (384,)
