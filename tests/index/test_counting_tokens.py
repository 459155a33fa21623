"""Tokens are counted in one thread while another embeds: counting must leave alone what the embedding cuts and pads with."""

from __future__ import annotations

import pytest

from index.encoder import DEFAULT_MODEL
from index.model_files import models_dir
from index.sentence_encoder import SentenceTransformerEncoder

pytestmark = pytest.mark.slow  # loads torch


def test_counting_does_not_disturb_embedding() -> None:
    encoder = SentenceTransformerEncoder(models_dir() / DEFAULT_MODEL)
    texts = ["word " * length for length in (3, 300, 12)]
    encoder.encode_passages(texts)
    tokenizer = encoder._model.tokenizer.backend_tokenizer
    before = tokenizer.truncation, tokenizer.padding
    assert all(before)
    assert [len(starts) for starts in encoder.token_starts(texts)] == [3, 300, 12]  # neither cut nor padded
    assert (tokenizer.truncation, tokenizer.padding) == before
