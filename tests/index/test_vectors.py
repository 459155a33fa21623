"""The vector store: nothing in it but vectors that belong there."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.vectors import Vectors, write_vectors


@pytest.mark.parametrize("count", [1, 2, 7, 99, 100, 150])
def test_slots_without_a_vector_are_blank_and_the_others_found(tmp_path: Path, count: int) -> None:
    """HNSW writes its first 100 slots whole, with whatever the process had in that memory."""
    rng = np.random.default_rng(count)
    vectors = rng.standard_normal((count, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = [f"p{i}" for i in range(count)]
    write_vectors(tmp_path / "chroma", count, [(ids, vectors, [{"published": i} for i in range(count)])])
    (block,) = (tmp_path / "chroma").glob("*/data_level0.bin")
    held = block.read_bytes()
    slot = len(held) // max(count, 100)
    assert not any(held[count * slot :])
    with closing(Vectors(tmp_path / "chroma")) as store:
        assert store.count() == count
        assert [store.nearest(vector, 1)[0][0] for vector in vectors] == ids
