"""A ranking model behind a server: `CITEWIRE_RERANK_URL`, any that speaks `/rerank` as Jina, Cohere, vLLM and llama-server do.

It looks at the best of our own ranking again, question and passage together. Without it, or when it fails, ours stands.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from assistant.settings import Settings
from index.errors import ServerFailed
from index.types import Hit

log = logging.getLogger(__name__)
#: hits that are looked at again; what our ranking puts behind them is hardly ever the answer
RERANKED = 30
#: a better order is worth so many seconds
_TIMEOUT_S = 3.0
#: one question may be searched for in several ways: a server that has just failed is not waited for again in each
_PAUSE_S = 1.0
_SETTING = "CITEWIRE_RERANK_URL"
_INSTEAD = "The passages are in Citewire's own order."

#: query, hits best first -> the same hits in a better order, and a notice if that failed
Rerank = Callable[[str, list[Hit]], tuple[list[Hit], str]]


def as_ranked(query: str, hits: list[Hit]) -> tuple[list[Hit], str]:
    """No server: our own order."""
    return hits, ""


def reranking(settings: Settings) -> Rerank:
    """What the settings name. :raises ServerFailed: if the URL is none; it is not asked yet."""
    if not settings.rerank_url:
        return as_ranked
    return Reranker(settings.rerank_url, settings.rerank_model, settings.rerank_key.get_secret_value())


class Reranker:
    """Asks the server. Safe to use from threads."""

    def __init__(self, url: str, model: str, key: str = "") -> None:
        """:raises ServerFailed: if the URL is none."""
        from index.model_server import ModelServer

        self._server = ModelServer(url, key, _SETTING, _TIMEOUT_S)
        self._model = model
        self._failed_at, self._failure = -math.inf, ""

    def __call__(self, query: str, hits: list[Hit]) -> tuple[list[Hit], str]:
        """See `Rerank`."""
        if len(hits) < 2 or not query.strip():
            return hits, ""
        if time.monotonic() - self._failed_at < _PAUSE_S:
            return hits, self._failure
        try:
            return self._reordered(query, hits), ""
        except ServerFailed as error:
            log.warning("Not reranked: %s", error)
            self._failed_at, self._failure = time.monotonic(), f"{error} {_INSTEAD}"
            return hits, self._failure

    def _reordered(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        documents = [f"{hit.title}\n{hit.text}" if hit.title else hit.text for hit in hits]
        reply = self._server.post("/rerank", {"model": self._model, "query": query, "documents": documents})
        scores = self._scores(reply, len(hits))
        # a server that returns only its best leaves the rest as it was, behind them
        order = sorted(range(len(hits)), key=lambda i: -scores.get(i, -math.inf))
        last = min(scores.values())
        return [replace(hits[i], rank=rank, score=scores.get(i, last)) for rank, i in enumerate(order, start=1)]

    def _scores(self, reply: dict[str, Any], number: int) -> dict[int, float]:
        """index of a document -> how relevant it is."""
        try:
            scores = {int(row["index"]): float(row["relevance_score"]) for row in reply["results"]}
        except (KeyError, TypeError, ValueError) as error:
            scores, cause = {}, repr(error)
        else:
            cause = "indexes or scores out of range"
        if scores and all(0 <= i < number for i in scores) and all(map(math.isfinite, scores.values())):
            return scores
        raise ServerFailed(f"The server {self._server.name} sent no ranking ({cause}). Does it rank? Check {_SETTING}.")
