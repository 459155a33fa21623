"""A Chroma server: how it is reached, what its failures mean, and which of its collections belong to this index.

<name>-records                          the pointer and leases, where there is no bundle store (see `index.upstream`)
<name>-<place>                          the vectors of one generation
<name>-<place>-articles                 its articles in pieces, where there is no bundle store
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from index.addresses import without_secrets
from index.errors import CitewireIndexError, IndexMismatch, UpstreamFailed, VectorsUnreachable
from index.vectors import http_client

#: seconds that a question waits for an answer of the server, and that a write may take
ASK_S, WRITE_S = 5.0, 120.0
_CONNECT_S = 2.0
#: what Chroma Cloud takes in one call, and per document; a server of one's own takes more and is no slower with this
BATCH, DOCUMENT_BYTES = 300, 16 * 1024
_ADVICE = "Check CITEWIRE_CHROMA_URL and the network"


class ChromaServer:
    """One server and the collections of one index on it. Safe to use from threads; connects when it is first needed."""

    def __init__(self, url: str, headers: dict[str, str], name: str, tenant: str, database: str) -> None:
        """:param headers: sent with each request, for a proxy in front. :param name: its collections begin with it."""
        self.url, self.name = url.rstrip("/"), name
        self._headers, self._tenant, self._database = headers, tenant, database
        self._lock, self._clients = threading.Lock(), dict[float, Any]()

    @property
    def address(self) -> str:
        """The URL without what may be secret, for messages."""
        return without_secrets(self.url)

    @contextmanager
    def asked(self, timeout_s: float = ASK_S) -> Iterator[Any]:
        """A client for the block, in which whatever it raises becomes a sentence.

        :raises VectorsUnreachable: if the server does not answer in time, or lacks the collection.
        :raises UpstreamFailed: if it refuses. :raises IndexMismatch: if vectors of another size are there.
        """
        try:
            yield self._client(timeout_s)
        except (CitewireIndexError, OSError, sqlite3.Error):  # of what the block does here
            raise
        except httpx.TransportError as error:
            raise VectorsUnreachable(
                f"The Chroma server at {self.address} does not answer ({_short(error)}). {_ADVICE}."
            ) from error
        except Exception as error:  # Chroma raises many types, also bare ones
            raise self._meant(error) from error

    def collection_at(self, place: str) -> str:
        """The collection of the vectors of a generation."""
        return f"{self.name}-{place}"

    def collections(self) -> list[str]:
        """Names of all collections of this index."""
        found: list[str] = []
        with self.asked() as client:
            while page := client.list_collections(limit=BATCH, offset=len(found)):
                found += [str(getattr(each, "name", each)) for each in page]
                if len(page) < BATCH:
                    break
        return [name for name in found if name.startswith(f"{self.name}-")]

    def places(self) -> list[str]:
        """The places whose vectors or articles are there."""
        return sorted({match[1] for name in self.collections() if (match := self._pattern.fullmatch(name))})

    def prune(self, kept: set[str], require: Callable[[], None]) -> None:
        """Delete every collection of vectors that is not one of these, unless its articles are on the server too.

        :param require: called before each deletion; it raises where this one may delete no more.
        """
        there = set(self.collections())
        for name in there - kept:
            is_vectors = self._pattern.fullmatch(name) and not name.endswith("-articles")
            if is_vectors and f"{name}-articles" not in there:
                require()
                self.delete(name)

    def delete(self, collection: str) -> None:
        """Take a collection away. One that is not there is no error."""
        if collection in self.collections():
            with self.asked(WRITE_S) as client:
                client.delete_collection(collection)

    def close(self) -> None:
        """Close the connections; the next use opens others."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    @property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"{re.escape(self.name)}-(\d{{6,}}-[0-9a-f]{{8}}-[0-9a-f]{{6}})(?:-articles)?")

    def _client(self, timeout_s: float) -> Any:
        with self._lock:
            if timeout_s not in self._clients:
                self._require_fitting()
                self._clients[timeout_s] = http_client(
                    self.url,
                    dict(self._headers),
                    (self._tenant, self._database),
                    httpx.Timeout(timeout_s, connect=_CONNECT_S),
                    self._refused,
                )
            return self._clients[timeout_s]

    def _require_fitting(self) -> None:
        hooks = {"response": [self._refused]}
        with httpx.Client(headers=self._headers, timeout=_CONNECT_S, event_hooks=hooks, follow_redirects=False) as session:
            response = session.get(f"{self.url}/api/v2/version")
        version = response.text.strip().strip('"')
        if response.status_code != 200 or not version[:1].isdigit():
            raise UpstreamFailed(
                f"{self.address} is no Chroma server that fits: asked for its version, it answers {response.status_code}. "
                "Citewire needs Chroma 1.0 or later (`chroma run`, or the image chromadb/chroma)."
            )
        if version.startswith("0."):
            raise UpstreamFailed(f"The Chroma server at {self.address} is version {version}; Citewire needs 1.0 or later.")

    def _refused(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in (401, 403):
            raise UpstreamFailed(
                f"The Chroma server at {self.address} refuses access ({status}). Check CITEWIRE_CHROMA_TOKEN, "
                "CITEWIRE_CHROMA_HEADERS, CITEWIRE_CHROMA_TENANT and CITEWIRE_CHROMA_DATABASE."
            )
        if status in (429, 502, 503, 504):
            what = "asks for fewer requests" if status == 429 else "is not there behind its proxy"
            raise VectorsUnreachable(f"The Chroma server at {self.address} {what} (HTTP {status}). It is tried again.")

    def _meant(self, error: Exception) -> CitewireIndexError:
        said, kind = _short(error), type(error).__name__
        if kind == "NotFoundError" or "does not exist" in said:
            return VectorsUnreachable(f"The Chroma server at {self.address} does not have what was asked for ({said}).")
        if "dimension" in said.lower():
            return IndexMismatch(f"The vectors at {self.address} have another size than the embedding model's ({said}).")
        if "Auth" in kind:
            return UpstreamFailed(f"The Chroma server at {self.address} refuses access ({said}). Check CITEWIRE_CHROMA_TOKEN.")
        return UpstreamFailed(f"The Chroma server at {self.address} failed ({said}). See its log, then try again.")


class Pause:
    """After a failure nobody asks for a moment, so that questions do not queue up for the same timeout."""

    def __init__(self, seconds: float = 2.0) -> None:
        self._seconds, self._until, self._error = seconds, 0.0, UpstreamFailed("")

    def check(self) -> None:
        """:raises UpstreamFailed: the failure, while it is fresh."""
        if time.monotonic() < self._until:
            raise self._error.with_traceback(None)

    def begin(self, error: UpstreamFailed) -> None:
        """Ask nothing for a while."""
        self._until, self._error = time.monotonic() + self._seconds, error


def _short(error: Exception) -> str:
    return " ".join((str(error) or type(error).__name__).split())[:300]
