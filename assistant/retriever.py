"""The seam to LlamaIndex: Citewire's search as a `BaseRetriever`, for any engine, agent or evaluation built on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.types import Hit


class CitewireRetriever(BaseRetriever):
    """Hybrid search over a Citewire index.

    Each node carries the exact offsets of its text in its article (`start_char_idx`, `end_char_idx`) and, in its metadata,
    article_id, title, source, published and url. Metadata is kept out of what is embedded; the model sees headline, source
    and date.
    """

    def __init__(self, search: Callable[[str], Sequence[Hit]]) -> None:
        """:param search: question -> hits, best first."""
        self._search = search
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=node_of(hit), score=hit.score) for hit in self._search(query_bundle.query_str)]


def node_of(hit: Hit) -> TextNode:
    """A hit as a LlamaIndex node."""
    metadata = {
        "article_id": hit.article_id,
        "title": hit.title,
        "source": hit.source,
        "published": hit.published.isoformat() if hit.published else "",
        "url": hit.url,
    }
    return TextNode(
        id_=hit.passage_id,
        text=hit.text,
        start_char_idx=hit.start,
        end_char_idx=hit.end,
        metadata=metadata,
        excluded_embed_metadata_keys=list(metadata),
        excluded_llm_metadata_keys=["article_id", "url"],
    )
