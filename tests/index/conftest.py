"""What the tests of builds share."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest


class HashEncoder:
    """Deterministic unit vectors without a model, for tests that are about files and not about meaning.

    Equal texts get equal vectors; texts that share words get vectors nearer to each other than those that do not.
    """

    fingerprint, dimensions, max_tokens = "hash", 96, 254

    def __init__(self) -> None:
        self.embedded = 0  #: texts so far

    def token_starts(self, texts: list[str]) -> list[list[int]]:
        return [[match.start() for match in re.finditer(r"\w+|[^\w\s]", text)] for text in texts]

    def encode_passages(self, texts: list[str]) -> np.ndarray:
        self.embedded += len(texts)
        return np.stack([self.encode_query(text) for text in texts])

    def encode_query(self, text: str) -> np.ndarray:
        total = sum((_of_word(word) for word in re.findall(r"\w+", text.lower())), start=np.full(self.dimensions, 1e-3))
        return (total / np.linalg.norm(total)).astype(np.float32)


@lru_cache(maxsize=100_000)
def _of_word(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
    return np.random.default_rng(seed).standard_normal(HashEncoder.dimensions)


def write_articles(folder: Path, articles: dict[str, str]) -> None:
    """Put one text file for each article into a folder that then holds only them."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, text in articles.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def corpus(count: int) -> dict[str, str]:
    """Small articles of different words."""
    return {
        f"a{i:03d}": f"Report {i} about item{i} and place{i}.\n\nThe figure{i} rose by {i} percent, person{i} said."
        for i in range(count)
    }


@pytest.fixture
def encoder() -> HashEncoder:
    return HashEncoder()
