"""The fast way to run the model is used where it does what sentence-transformers does, and only there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.agreement import PROBES, agrees
from index.bert import Bert
from index.encoder import DEFAULT_MODEL, MiniLM, default_encoder
from index.errors import EncoderMissing
from index.model_files import models_dir
from index.sentence_encoder import SentenceTransformerEncoder

pytestmark = pytest.mark.slow  # importing torch takes longer than all other tests of the index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The model in a folder of its own, in which nothing was asked yet."""
    own = tmp_path / "a-model"
    shutil.copytree(
        models_dir() / DEFAULT_MODEL, own, copy_function=os.link, ignore=shutil.ignore_patterns("agreement.json", ".pip*")
    )
    return own


def test_equal_vectors_are_found_equal_and_not_asked_for_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = SentenceTransformerEncoder(folder).encode_passages
    assert agrees(folder, "this way", exact)
    monkeypatch.setattr("index.sentence_encoder.SentenceTransformerEncoder", None)  # asking again would fail
    assert agrees(folder, "this way", exact)


def test_where_onnxruntime_computes_something_else_sentence_transformers_embeds(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right = SentenceTransformerEncoder(folder).encode_passages(list(PROBES))
    monkeypatch.setattr(Bert, "encode", lambda self, texts: np.eye(len(texts), 384, dtype=np.float32))
    found = MiniLM(folder).encode_passages(list(PROBES))
    assert np.abs(found - right).max() < 1e-5
    assert "sentence-transformers here" in caplog.text


def test_a_folder_that_cannot_be_written_serves_all_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "agreement.json").mkdir()
    assert MiniLM(folder).encode_query("x").shape == (384,)


def test_another_model_of_sentence_transformers_can_be_chosen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWIRE_ENCODER", str(folder))
    default_encoder.cache_clear()
    try:
        encoder = default_encoder()
        assert isinstance(encoder, SentenceTransformerEncoder)
        assert encoder.fingerprint.startswith("a-model:") and encoder.fingerprint != MiniLM(folder).fingerprint
        assert (encoder.dimensions, encoder.max_tokens) == (384, 254)
        assert encoder.token_starts(["The ferry came home."]) == MiniLM(folder).token_starts(["The ferry came home."])
        assert np.abs(encoder.encode_query("ferry") - MiniLM(folder, int8=False).encode_query("ferry")).max() < 1e-5
        assert encoder.encode_passages([]).shape == (0, 384)
    finally:
        default_encoder.cache_clear()


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match="modules.json"):
        SentenceTransformerEncoder(tmp_path)
