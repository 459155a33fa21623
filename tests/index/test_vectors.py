"""The vector store: nothing in it but vectors that belong there."""

from __future__ import annotations

import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from index.chroma_server import ChromaServer
from index.errors import VectorsUnreachable
from index.integrity import file_hashes
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
    written = file_hashes(tmp_path / "chroma")
    with closing(Vectors(tmp_path / "chroma")) as store:
        assert store.count() == count
        assert [store.nearest(vector, 1)[0][0] for vector in vectors] == ids
    assert {name for name, sha256 in file_hashes(tmp_path / "chroma").items() if written[name] != sha256} <= {"chroma.sqlite3"}


class Stalls(BaseHTTPRequestHandler):
    """A Chroma server that says its version, and then nothing."""

    released = threading.Event()

    def do_GET(self) -> None:
        if not self.path.endswith("/version"):
            self.released.wait(20)
            return
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b'"1.0.0"')

    def log_message(self, *_: object) -> None:
        pass


def test_a_server_that_stalls_after_its_version_is_not_waited_for() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stalls) as http:
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            server = ChromaServer(f"http://127.0.0.1:{http.server_port}", {}, "news", "default_tenant", "default_database")
            with pytest.raises(VectorsUnreachable, match="does not answer"), server.asked(0.3):
                pass
            assert not Stalls.released.is_set()
        finally:
            Stalls.released.set()
            http.shutdown()
