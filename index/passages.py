"""Article -> passages: whole sentences, packed up to a number of the encoder's own tokens, with exact offsets.

The encoder cuts what is too long without a word, so length is counted with its tokenizer, never in characters or in another
model's tokens. LlamaIndex's splitters guess offsets by searching for the text again, which is wrong where text repeats.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.encoder import Encoder
from index.sentences import sentence_spans
from index.types import Article, Passage

#: Tokens of one passage. With the headline in front it must stay below the 254 that the encoder reads.
PASSAGE_TOKENS = 180
#: Tokens of the headline that are embedded with each passage.
HEADLINE_TOKENS = 40


@dataclass(frozen=True, slots=True)
class ChunkOptions:
    """How passages are cut. Part of the index format: another value means another index."""

    passage_tokens: int = PASSAGE_TOKENS

    @property
    def fingerprint(self) -> str:
        return f"sentences:{self.passage_tokens}:headline:{HEADLINE_TOKENS}"


def split_article(article: Article, encoder: Encoder, options: ChunkOptions = ChunkOptions()) -> list[Passage]:
    """:return: passages in text order; together they hold every sentence once. Empty if the text is only white space."""
    token_starts = encoder.token_starts([article.text])[0]
    limit = min(options.passage_tokens, encoder.max_tokens)
    spans = list(_fit(sentence_spans(article.text), token_starts, limit))
    return [
        Passage(f"{article.id}#{start}-{end}", article.id, start, end, article.text[start:end])
        for start, end in _pack(spans, token_starts, limit)
    ]


def embedding_text(article: Article, passage: Passage, encoder: Encoder) -> str:
    """What is embedded and indexed for a passage: its headline in front, so that it knows which story it belongs to.

    The quoted text never contains this. A passage that begins with the headline itself does not get it twice.
    """
    if not article.title or passage.text.startswith(article.title):
        return passage.text
    starts = encoder.token_starts([article.title])[0]
    title = article.title[: starts[HEADLINE_TOKENS]] if len(starts) > HEADLINE_TOKENS else article.title
    return f"{title}\n{passage.text}"


def _count(token_starts: Sequence[int], start: int, end: int) -> int:
    return bisect_left(token_starts, end) - bisect_left(token_starts, start)


def _fit(spans: Iterable[tuple[int, int]], token_starts: Sequence[int], limit: int) -> Iterable[tuple[int, int]]:
    """Cut the rare sentence that is longer than a whole passage, at token boundaries."""
    for start, end in spans:
        first = bisect_left(token_starts, start)
        while _count(token_starts, start, end) > limit:
            first += limit
            cut = token_starts[first]
            yield start, cut
            start = cut
        yield start, end


def _pack(spans: Sequence[tuple[int, int]], token_starts: Sequence[int], limit: int) -> Iterable[tuple[int, int]]:
    current: tuple[int, int] | None = None
    for start, end in spans:
        if current and _count(token_starts, current[0], end) <= limit:
            current = (current[0], end)
        else:
            if current:
                yield current
            current = (start, end)
    if current:
        yield current
