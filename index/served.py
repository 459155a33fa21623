"""Vectors of a generation in a collection on a Chroma server, and vectors wherever they are."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np

from index.chroma_server import BATCH, WRITE_S, ChromaServer, Pause
from index.configured import vector_server
from index.errors import IndexMismatch, UpstreamFailed, VectorsUnreachable
from index.generations import Manifest, point_to_vectors, read_manifest, vectors_of
from index.vectors import HNSW, Vectors

log = logging.getLogger(__name__)
#: (passage id, key) of some passages -> float32 of shape (passages, dimensions)
VectorsOf = Callable[[Sequence[tuple[str, str]]], np.ndarray]


class VectorStore(Protocol):
    """The vectors of one generation. Safe to query from several threads."""

    def count(self) -> int: ...

    def nearest(self, vector: np.ndarray, top_k: int, where: dict[str, Any] | None = None) -> list[tuple[str, float]]:
        """:return: at most top_k (passage id, cosine similarity), best first."""
        ...

    def vectors(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The stored vectors of these passages; an unknown id is left out."""
        ...

    def close(self) -> None: ...


def open_vectors(folder: Path) -> VectorStore:
    """The vectors of a generation, in its folder or on the server of the environment.

    :raises IndexCorrupt: if they cannot be opened. :raises IndexMismatch: if another model's are there.
    :raises UpstreamFailed: if they are on a server, and none is named. One that does not answer is asked again later.
    """
    collection = vectors_of(folder)
    if not collection:
        return Vectors(folder / "chroma")
    server = vector_server()
    if server is None:
        raise UpstreamFailed(
            f"The vectors of {folder} are on a Chroma server: set CITEWIRE_CHROMA_URL to its address. Or run `citewire build` "
            "without it: they are then written here, and nothing is embedded again."
        )
    return ServedVectors(server, collection, folder, read_manifest(folder))


def write_served(
    server: ChromaServer, collection: str, folder: Path, manifest: Manifest, vectors: VectorsOf, on_done: Callable[[int], None]
) -> None:
    """Write the vectors of a generation, whose articles.sqlite is there already, to the server, and say in the folder where.

    A record is named by its passage's number, since names are short there and ids of articles may be long.
    """
    rows = (
        "SELECT p.number, p.id, p.key, p.article, p.start, p.\"end\", ifnull(a.published, ''), a.source FROM passages p "
        "JOIN articles a ON a.number = p.article ORDER BY p.number"
    )
    with closing(sqlite3.connect(folder / "articles.sqlite")) as db, server.asked(WRITE_S) as client:
        found = db.execute(rows)
        held = client.create_collection(
            collection, embedding_function=None, metadata=_described(manifest), configuration={"hnsw": HNSW}
        )
        done = 0
        while batch := found.fetchmany(BATCH):
            held.add(
                ids=[str(row[0]) for row in batch],
                embeddings=vectors([(row[1], row[2]) for row in batch]),
                metadatas=[
                    {
                        "published": int(published.replace("-", "") or 0),
                        "source": source,
                        "article": article,
                        "start": start,
                        "end": end,
                        "key": key,
                    }
                    for _, _, key, article, start, end, published, source in batch
                ],
            )
            done += len(batch)
            on_done(done)
    point_to_vectors(folder, collection)


class ServedVectors:
    """A `VectorStore` on a server, which may go and come back."""

    def __init__(self, server: ChromaServer, collection: str, folder: Path, manifest: Manifest) -> None:
        self._server, self._name, self._manifest = server, collection, manifest
        self._articles = f"{(folder / 'articles.sqlite').absolute().as_uri()}?mode=ro&immutable=1"
        self._pause, self._opened = Pause(), cast(Any, None)
        self.problem = ""  #: why they could not be asked the last time; empty while they can
        try:
            with self._collection():
                pass
        except UpstreamFailed as error:  # it may be back when it is needed
            if isinstance(error.__cause__, IndexMismatch):
                raise error.__cause__ from None

    def count(self) -> int:
        with self._collection() as collection:
            return int(collection.count())

    def nearest(self, vector: np.ndarray, top_k: int, where: dict[str, Any] | None = None) -> list[tuple[str, float]]:
        """See `VectorStore.nearest`. :raises UpstreamFailed: if the server does not answer."""
        if top_k < 1 or not self._manifest.passages:
            return []
        with self._collection() as collection:
            found = collection.query(query_embeddings=[vector], n_results=min(top_k, BATCH), where=where, include=["distances"])
            numbers = found["ids"][0]
            ids = self._named(numbers, self._ids("number", [n for n in numbers if n.isdecimal()]))
        return [(i, 1.0 - float(d)) for i, d in zip(ids, found["distances"][0], strict=True)]

    def vectors(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """See `VectorStore.vectors`. :raises UpstreamFailed: if the server does not answer."""
        named = self._ids("id", ids)
        numbers, found = list(named), dict[str, np.ndarray]()
        for i in range(0, len(numbers), BATCH):
            with self._collection() as collection:
                got = collection.get(ids=[str(number) for number in numbers[i : i + BATCH]], include=["embeddings"])
                known = self._named(got["ids"], named)
            found |= {passage_id: np.asarray(v, dtype=np.float32) for passage_id, v in zip(known, got["embeddings"], strict=True)}
        return found

    def is_away(self) -> bool:
        """Whether the server could not be asked the last time. It is not asked here: nobody who looks shall wait for it."""
        return bool(self.problem)

    def close(self) -> None:
        """Close the connections."""
        self._opened = None
        self._server.close()

    def _ids(self, column: str, values: Sequence[str]) -> dict[int, str]:
        """number -> id of the passages that have one of these values."""
        query = f"SELECT number, id FROM passages WHERE {column} IN (SELECT value FROM json_each(?))"
        marks = json.dumps([int(v) for v in values] if column == "number" else list(values))
        with closing(sqlite3.connect(self._articles, uri=True)) as db:
            return dict(db.execute(query, (marks,)))

    def _named(self, numbers: Sequence[str], known: dict[int, str]) -> list[str]:
        """The ids of passages that the server names by number. :raises IndexMismatch: if one is not of this generation."""
        try:
            return [known[int(number)] for number in numbers]
        except (KeyError, ValueError) as error:
            raise self._not_ours() from error

    @contextmanager
    def _collection(self) -> Iterator[Any]:
        self._pause.check()
        try:
            with self._server.asked() as client:
                collection = self._opened  # another thread whose question fails forgets it meanwhile
                if collection is None:
                    collection = client.get_collection(self._name, embedding_function=None)
                    self._require_ours(collection.metadata or {})
                    self._opened = collection
                yield collection
        except UpstreamFailed as error:
            self._went_away(error)
            raise
        except IndexMismatch as error:  # what is there now is not ours: as good as nothing
            away = VectorsUnreachable(str(error))
            self._went_away(away)
            raise away from error
        if self.problem:
            log.warning("The vectors at %s answer again.", self._server.address)
            self.problem = ""

    def _went_away(self, error: UpstreamFailed) -> None:
        if not self.problem:
            log.warning("Until this passes, answers rest on words alone: %s", error)
        self._opened = None  # a server that lost its data may have it back under another number
        self._pause.begin(error)
        self.problem = str(error)

    def _require_ours(self, metadata: dict[str, Any]) -> None:
        wanted = _described(self._manifest)
        if wrong := [name for name in ("encoder", "dimensions") if metadata.get(name) != wanted[name]]:
            raise IndexMismatch(
                f"The collection {self._name} at {self._server.address} has {wrong[0]} {metadata.get(wrong[0])}, this index "
                f"{wanted[wrong[0]]}: it is of another model. Run `citewire build` to write it anew."
            )
        if [name for name in ("state", "created") if metadata.get(name) != wanted[name]]:
            raise self._not_ours()

    def _not_ours(self) -> IndexMismatch:
        return IndexMismatch(
            f"The collection {self._name} at {self._server.address} is of another state of the articles than this index. "
            "Run `citewire build` to write it anew."
        )


def _described(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in ("generation", "encoder", "dimensions", "state", "created", "passages")}
