"""A Chroma server as the only store: the articles lie there too, in pieces of text that can be read with any Chroma client.

A generation's collection `<name>-<place>-articles` has a record `manifest`, and records "0", "1", ... whose documents, put
together, are the texts. The first piece of each article has its headline, date, outlet and so on as metadata.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date
from itertools import islice
from math import cos, sin
from pathlib import Path
from typing import Any

from index.catalog import Catalog
from index.chroma_server import BATCH, DOCUMENT_BYTES, WRITE_S, ChromaServer
from index.errors import IndexCorrupt, UpstreamFailed
from index.generations import FORMAT, Manifest, point_to_vectors
from index.pointer import Published, Records
from index.restoring import Span, articles_in, content_of, restore
from index.types import Article
from index.upstream import OnDone
from index.write import date_number, describe, write_generation

_MANIFEST = "manifest"
_FIELDS = ("id", "title", "source", "url", "author", "origin")


class ArticleServer:
    """A `Store` on a Chroma server that holds the vectors already."""

    def __init__(self, server: ChromaServer) -> None:
        self._server = server
        self.address, self.places = server.address, server.places
        self.records: Records = _Records(server)

    def upload(self, folder: Path, manifest: Manifest, place: str, on_done: OnDone) -> None:
        """See `Store.upload`."""
        pieces = enumerate(_pieces(folder))
        with self._server.asked(WRITE_S) as client:
            held = client.create_collection(self._name(place), embedding_function=None)
            count = 0
            while batch := list(islice(pieces, BATCH)):
                held.add(
                    ids=[str(i) for i, _ in batch],
                    documents=[document for _, (document, _) in batch],
                    metadatas=[about for _, (_, about) in batch],
                    embeddings=[_somewhere(i) for i, _ in batch],
                )
                count += len(batch)
                on_done(int(batch[-1][1][1]["number"]) + 1, manifest.articles)
            about = {"pieces": count, "content": content_of(folder), "manifest": asdict(replace(manifest, files={}))}
            held.add(ids=[_MANIFEST], documents=[json.dumps(about)], embeddings=[_somewhere(count)], metadatas=[{"number": -1}])
            if held.count() != count + 1:
                raise UpstreamFailed(f"{self.address} did not keep all articles of generation {manifest.generation}. Try again.")

    def download(self, one: Published, into: Path, on_done: OnDone) -> None:
        """See `Store.download`. What can be made anew (BM25, copies, languages) is."""
        again = "Publish it again with `citewire build` or `citewire index push`."
        with self._server.asked(WRITE_S) as client:
            held = client.get_collection(self._name(one.place), embedding_function=None)
            about = json.loads((held.get(ids=[_MANIFEST], include=["documents"])["documents"] or ["{}"])[0])
            if about.get("manifest", {}).get("format") != FORMAT:
                raise IndexCorrupt(f"{self._name(one.place)} at {self.address} is not of this version of Citewire. {again}")
            manifest = Manifest(**about["manifest"])
            spans = _spans(client.get_collection(one.vectors, embedding_function=None), manifest.passages)
            articles = _articles(held, about["pieces"], spans, on_done, manifest.articles)
            self._write(into, articles, manifest, one.vectors)
        if content_of(into) != about["content"]:
            raise IndexCorrupt(f"The articles of generation {one.name} at {self.address} are not those published. {again}")

    def _write(self, into: Path, articles: Iterator[tuple[Article, Sequence[Span]]], manifest: Manifest, vectors: str) -> None:
        own = into.with_name(f"{into.name}-catalog.tmp")
        own.mkdir(parents=True)
        try:
            with closing(Catalog(own / "catalog.sqlite")) as catalog:
                restore(catalog, articles, manifest.recipe)
                describe(catalog)
                write_generation(into, catalog, manifest, put_vectors=lambda folder: point_to_vectors(folder, vectors))
        finally:
            shutil.rmtree(own, ignore_errors=True)

    def delete(self, place: str) -> None:
        """See `Store.delete`."""
        for collection in (self._name(place), self._server.collection_at(place)):
            self._server.delete(collection)

    def _name(self, place: str) -> str:
        return f"{self._server.collection_at(place)}-articles"


class _Records:
    """`Records` in a small collection."""

    def __init__(self, server: ChromaServer) -> None:
        self._server, self._name = server, f"{server.name}-records"

    def read(self, key: str) -> str | None:
        with self._server.asked() as client:
            found = self._collection(client).get(ids=[key], include=["documents"])["documents"]
        return str(found[0]) if found else None

    def write(self, key: str, text: str) -> None:
        with self._server.asked() as client:
            self._collection(client).upsert(ids=[key], documents=[text], embeddings=[_somewhere(0)])

    def create(self, key: str, text: str) -> bool:
        with self._server.asked() as client:  # what is there already stays: `add` leaves it, without a word
            self._collection(client).add(ids=[key], documents=[text], embeddings=[_somewhere(0)])
        return self.read(key) == text

    def delete(self, key: str) -> None:
        with self._server.asked() as client:
            self._collection(client).delete(ids=[key])

    def names(self) -> list[str]:
        with self._server.asked() as client:
            return list(self._collection(client).get(limit=BATCH, include=[])["ids"])

    def _collection(self, client: Any) -> Any:
        return client.get_or_create_collection(self._name, embedding_function=None)


def _pieces(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, (article, _) in enumerate(articles_in(folder)):
        for at, document in enumerate(_split(article.text)):
            about: dict[str, Any] = {"number": number, "piece": at}
            if not at:
                published = article.published.isoformat() if article.published else ""
                about |= {name: getattr(article, name) for name in _FIELDS} | {"published": date_number(published)}
            yield document, about


def _split(text: str) -> Iterator[str]:
    """Pieces of at most `DOCUMENT_BYTES` of UTF-8; one also of an empty text."""
    step = DOCUMENT_BYTES // 4  # no character takes more
    for i in range(0, max(1, len(text)), step):
        yield text[i : i + step]


def _articles(
    held: Any, count: int, spans: dict[int, list[Span]], on_done: OnDone, total: int
) -> Iterator[tuple[Article, Sequence[Span]]]:
    article: dict[str, Any] | None = None
    texts: list[str] = []
    for document, about in _in_order(held, count):
        if about["piece"] == 0:
            if article is not None:
                yield _article(article, texts), spans.get(article["number"], [])
            article, texts = about, []
            on_done(about["number"] + 1, total)
        texts.append(document)
    if article is not None:
        yield _article(article, texts), spans.get(article["number"], [])


def _in_order(held: Any, count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for i in range(0, count, BATCH):
        wanted = [str(number) for number in range(i, min(i + BATCH, count))]
        got = held.get(ids=wanted, include=["documents", "metadatas"])
        found = dict(zip(got["ids"], zip(got["documents"], got["metadatas"], strict=True), strict=True))
        if lost := [name for name in wanted if name not in found]:
            raise IndexCorrupt(f"{len(lost)} pieces of articles are missing on the server. Publish the index again.")
        yield from (found[name] for name in wanted)


def _article(about: dict[str, Any], texts: Sequence[str]) -> Article:
    day = str(about["published"])
    published = date(int(day[:-4]), int(day[-4:-2]), int(day[-2:])) if day != "0" else None
    return Article(text="".join(texts), published=published, **{name: about[name] for name in _FIELDS})


def _spans(vectors: Any, count: int) -> dict[int, list[Span]]:
    """article number -> its passages in text order, as the records of the vectors say."""
    spans: dict[int, list[Span]] = {}
    for i in range(0, count, BATCH):
        wanted = [str(number) for number in range(i, min(i + BATCH, count))]
        for about in vectors.get(ids=wanted, include=["metadatas"])["metadatas"]:
            spans.setdefault(int(about["article"]), []).append((int(about["start"]), int(about["end"]), str(about["key"])))
    return {article: sorted(found) for article, found in spans.items()}


def _somewhere(i: int) -> list[float]:
    """Chroma keeps nothing without a vector; on a circle no two are near enough to make its graph slow."""
    return [cos(2.4 * i), sin(2.4 * i)]
