"""Supported sentences -> Answer: citations numbered in order, the text with its markers, what it rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from assistant.drafting import Supported
from assistant.types import AsOf, Citation, Evidence, Headline, Sentence
from index.search import Generation
from index.types import Hit


class Citer:
    """Numbers citations across the sentences of one answer; the same quote keeps its number."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._numbered: dict[tuple[str, int, int], Citation] = {}

    def cite(self, supported: Supported) -> Sentence:
        """The sentence with its quotes, each cut out of its article now."""
        return Sentence(supported.text, tuple(self.quote(*span) for span in supported.spans), supported.heading)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All so far, in the order of their numbers."""
        return tuple(self._numbered.values())

    def quote(self, evidence: Evidence, start: int, end: int) -> Citation:
        """The citation of one stretch of an article, numbered if it is new."""
        key = (evidence.article_id, start, end)
        if key not in self._numbered:
            quote = self._generation.article(evidence.article_id).text[start:end]
            self._numbered[key] = Citation(
                len(self._numbered) + 1,
                evidence.article_id,
                evidence.title,
                evidence.source,
                evidence.published,
                evidence.url,
                quote,
                start,
                end,
            )
        return self._numbered[key]


def with_markers(sentences: Sequence[Sentence]) -> str:
    """:return: the sentences, each followed by the numbers of its citations: `They met for two hours. [1]`."""
    return " ".join(f"{s.text} {''.join(f'[{c.number}]' for c in s.citations)}".strip() for s in sentences)


def as_of(citations: Sequence[Citation], generation: Generation) -> AsOf:
    """How many articles an answer rests on and their dates, beside the newest date in the index."""
    dates = sorted(c.published for c in citations if c.published)
    newest = generation.manifest.newest
    return AsOf(
        articles=len({c.article_id for c in citations}),
        oldest=dates[0] if dates else None,
        newest=dates[-1] if dates else None,
        index_newest=date.fromisoformat(newest) if newest else None,
    )


def digests(citations: Sequence[Citation], generation: Generation) -> dict[str, str]:
    """Article id -> SHA-256 of its text, for each article that is quoted."""
    ids = dict.fromkeys(c.article_id for c in citations)
    return {name: digest_of(generation.article(name).text) for name in ids}


def digest_of(text: str) -> str:
    """SHA-256 of an article's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def nearest(hits: Sequence[Hit], limit: int = 3) -> tuple[Headline, ...]:
    """The best hits' articles, each once."""
    found: dict[str, Headline] = {}
    for hit in hits:
        found.setdefault(hit.article_id, Headline(hit.article_id, hit.title, hit.source, hit.published))
    return tuple(found.values())[:limit]
