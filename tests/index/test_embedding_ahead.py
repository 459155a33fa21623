"""Embedding in this process: a batch is embedded while the one before it is stored, and nothing goes on after an end."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from index.builder import here


class Watched:
    """Notes what it was given; its vectors hold the length of each text."""

    fingerprint, dimensions, max_tokens = "watched", 1, 10

    def __init__(self) -> None:
        self.begun: list[list[str]] = []
        self.second = threading.Event()

    def token_starts(self, texts: list[str]) -> list[list[int]]:
        return [[] for _ in texts]

    def encode_passages(self, texts: list[str]) -> np.ndarray:
        if "broken" in texts:
            raise ValueError("no such text")
        self.begun.append(texts)
        if len(self.begun) == 2:
            self.second.set()
        return np.array([[len(text)] for text in texts], dtype=np.float32)

    def encode_query(self, text: str) -> np.ndarray:
        return self.encode_passages([text])[0]


@pytest.mark.parametrize("count", range(5))
def test_each_batch_comes_once_in_order_with_its_own_vectors(count: int) -> None:
    batches = [["x" * (10 * i + j) for j in range(3)] for i in range(count)]
    found = [(number, vectors.ravel().tolist()) for number, vectors in here(Watched(), batches)]
    assert found == [(i, [10 * i, 10 * i + 1, 10 * i + 2]) for i in range(count)]


def test_the_second_batch_is_embedded_while_the_first_is_stored() -> None:
    encoder = Watched()
    embedding = here(encoder, [["a"], ["b"], ["c"]])
    next(embedding)
    assert encoder.second.wait(30)
    assert encoder.begun == [["a"], ["b"]]
    embedding.close()


def test_texts_are_read_in_the_thread_that_stores_and_no_more_than_one_batch_ahead() -> None:
    asked: list[threading.Thread] = []

    def batches() -> Iterator[list[str]]:
        for text in "abcdef":
            asked.append(threading.current_thread())
            yield [text]

    for number, _ in here(Watched(), batches()):
        assert len(asked) <= number + 2
    assert asked == [threading.current_thread()] * 6


def test_an_error_comes_out_at_its_batch_and_leaves_no_thread() -> None:
    before = threading.active_count()
    embedding = here(Watched(), [["a"], ["broken"], ["c"]])
    assert next(embedding)[0] == 0
    with pytest.raises(ValueError, match="no such text"):
        next(embedding)
    assert threading.active_count() == before
