"""Tokens are counted in one thread while another embeds, with the library's own tokenizer, whose settings are shared state."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from index.encoder import DEFAULT_MODEL
from index.model_files import models_dir
from index.sentence_encoder import SentenceTransformerEncoder

pytestmark = pytest.mark.slow  # loads torch


def test_counting_does_not_disturb_embedding() -> None:
    encoder = SentenceTransformerEncoder(models_dir() / DEFAULT_MODEL)
    texts = ["word " * length for length in (3, 400, 12)]
    expected, starts, stop = encoder.encode_passages(texts), encoder.token_starts(texts), threading.Event()
    wrong: list[object] = []

    def count() -> None:
        while not stop.is_set():
            if encoder.token_starts(texts) != starts:
                wrong.append("other starts")

    thread = threading.Thread(target=count)
    thread.start()
    try:
        for _ in range(25):
            np.testing.assert_allclose(encoder.encode_passages(texts), expected, atol=1e-5)
    finally:
        stop.set()
        thread.join()
    assert not wrong and len(starts[1]) == 400
