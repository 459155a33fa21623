"""Passage vectors in Chroma. The only file that imports chromadb.

A store is written once, by one process, closed, and from then on only read: two processes writing one Chroma directory lose
vectors without an error, and a writer that is killed can leave a database that no longer opens (chroma#7678, #3792).
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import CitewireIndexError, IndexCorrupt, StorageError

COLLECTION = "passages"
#: recall@20 on clustered vectors was .990 with Chroma's defaults and 1.000 with these
HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
logging.getLogger("chromadb").setLevel(logging.ERROR)


Rows = Iterable[tuple[Sequence[str], np.ndarray, Sequence[dict[str, Any]]]]


def write_vectors(folder: Path, count: int, rows: Rows) -> None:
    """Write a new store.

    :param count: how many vectors will come; HNSW is persisted when all are in, so that readers never replay a log.
    :param rows: batches of (passage ids, float32 of shape (n, dimensions), metadata).
    :raises StorageError: if Chroma cannot write.
    """
    with _writing(folder) as client:
        configuration = {"hnsw": {**HNSW, **_persisted_after(count)}}
        collection = client.create_collection(COLLECTION, embedding_function=None, configuration=configuration)
        _add(client, collection, rows)
        if count == 1:  # HNSW is persisted after two operations at the earliest
            _put_again(collection)


def update_vectors(folder: Path, removed: Sequence[str], count: int, rows: Rows) -> None:
    """Take vectors out of a store that no reader has open, and put others in.

    :param removed: passage ids; others must remain. :param count: how many vectors `rows` will bring.
    :raises StorageError: if Chroma cannot write.
    """
    with _writing(folder) as client:  # it is the next client that heeds a changed threshold
        collection = client.get_collection(COLLECTION, embedding_function=None)
        collection.modify(configuration={"hnsw": _persisted_after(len(removed) + count + 1)})
    with _writing(folder) as client:
        collection = client.get_collection(COLLECTION, embedding_function=None)
        step = client.get_max_batch_size()
        for i in range(0, len(removed), step):
            collection.delete(ids=list(removed[i : i + step]))
        _add(client, collection, rows)
        # Chroma keeps its last log entry: let that be one of a passage that stays, not of one that is gone
        _put_again(collection)
    if removed:  # what was deleted is not left in unused pages
        with closing(sqlite3.connect(folder / "chroma.sqlite3")) as db:
            db.execute("VACUUM")


def _put_again(collection: Any) -> None:
    """An operation that changes nothing, on one of the passages."""
    kept = collection.get(limit=1, include=["embeddings", "metadatas"])
    collection.upsert(ids=kept["ids"], embeddings=kept["embeddings"], metadatas=kept["metadatas"])


def _blank_unused(folder: Path) -> None:
    """Overwrite the slots of the vector file that hold no vector.

    HNSW writes its first block whole, unset memory included, and with it whatever the process had there: once it was the id of
    an article that had just been removed.
    """
    for header in folder.glob("*/header.bin"):
        _, _, _, used, slot_bytes = struct.unpack_from("<iQQQQ", header.read_bytes())
        with (header.parent / "data_level0.bin").open("r+b") as file:
            unused = file.seek(0, os.SEEK_END) - used * slot_bytes
            if unused > 0:
                file.seek(used * slot_bytes)
                file.write(bytes(unused))


def _persisted_after(operations: int) -> dict[str, int]:
    threshold = max(2, operations)
    return {"sync_threshold": threshold, "batch_size": min(threshold, 1000)}


def _add(client: Any, collection: Any, rows: Rows) -> None:
    step = client.get_max_batch_size()
    for ids, vectors, metadatas in rows:
        for i in range(0, len(ids), step):
            part = slice(i, i + step)
            collection.add(ids=list(ids[part]), embeddings=vectors[part], metadatas=list(metadatas[part]))


@contextmanager
def _writing(folder: Path) -> Iterator[Any]:
    """A client that is closed whatever happens."""
    try:
        client = _client(folder)
        try:
            yield client
        finally:
            client.close()
        _blank_unused(folder)
    except (OSError, sqlite3.Error, CitewireIndexError):
        raise
    except Exception as error:  # Chroma's Rust core raises many types; what it was given is ours, so it is the disk
        raise StorageError(
            f"The vectors cannot be written to {folder} ({error}). Is the disk full? The old index still serves."
        ) from error


class Vectors:
    """A store opened for reading. Safe to query from several threads."""

    def __init__(self, folder: Path) -> None:
        """:raises IndexCorrupt: if Chroma cannot open it."""
        # Chroma keeps books in its sqlite file even to read; on a read-only disk it gets a copy of its own.
        self._copy = None if os.access(folder, os.W_OK) else tempfile.TemporaryDirectory(prefix="citewire-chroma-")
        if self._copy:
            folder = Path(shutil.copytree(folder, Path(self._copy.name) / "chroma", copy_function=shutil.copyfile))
        with _clear_errors():
            self._client = _client(folder)
            self._collection = self._client.get_collection(COLLECTION, embedding_function=None)
            self._count = self._collection.count()  # asked once: it reads all of the book that Chroma keeps

    def count(self) -> int:
        return self._count

    def nearest(self, vector: np.ndarray, top_k: int, where: dict[str, Any] | None = None) -> list[tuple[str, float]]:
        """:return: at most top_k (passage id, cosine similarity), best first."""
        if top_k < 1 or not self._count:
            return []
        with _clear_errors():
            found = self._collection.query(query_embeddings=[vector], n_results=top_k, where=where, include=["distances"])
        return [(i, 1.0 - float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]

    def vectors(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The stored vectors of these passages; an unknown id is left out."""
        if not len(ids):
            return {}
        with _clear_errors():
            found = self._collection.get(ids=list(ids), include=["embeddings"])
        return {i: np.asarray(v, dtype=np.float32) for i, v in zip(found["ids"], found["embeddings"], strict=True)}

    def close(self) -> None:
        self._client.close()
        if self._copy:
            self._copy.cleanup()


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Chroma raises many types, also bare ones from its Rust core; to a reader they all mean one thing."""
    try:
        yield
    except Exception as error:
        raise IndexCorrupt(f"The vectors of the index cannot be read ({error}). Run `citewire build` again.") from error


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def http_client(
    url: str, headers: dict[str, str], database: tuple[str, str], timeout: Any, on_response: Callable[[Any], None]
) -> Any:
    """A client of a Chroma server, which is asked at once who we are, and whether the tenant and the database are there.

    :param database: tenant and database. :param timeout: an `httpx.Timeout`; Chroma's own client waits forever.
    :param on_response: called with each `httpx.Response` before Chroma reads it.
    """
    from chromadb.api.client import Client
    from chromadb.config import Settings

    class Timed(Client):  # `chromadb.HttpClient` gives no way to its session before it has asked
        def get_user_identity(self) -> Any:
            session: Any = self._server._session  # type: ignore[attr-defined]
            session.timeout, session.event_hooks = timeout, {"response": [on_response]}
            return self._server.get_user_identity()

        def _validate_tenant_database(self, tenant: str, database: str) -> None:
            self._admin_client.get_tenant(name=tenant)
            self._admin_client.get_database(name=database, tenant=tenant)

    settings = Settings(
        anonymized_telemetry=False,
        chroma_api_impl="chromadb.api.fastapi.FastAPI",
        chroma_server_host=url,
        chroma_server_http_port=8000,  # one in the URL goes before it
        chroma_server_ssl_enabled=False,
        chroma_server_headers=headers,
    )
    return Timed(tenant=database[0], database=database[1], settings=settings)


def load_chroma() -> None:
    """Load everything that opening a store will load, for a process that has time now and none later."""
    import chromadb.api.rust
    import chromadb.telemetry.product.posthog  # noqa: F401
