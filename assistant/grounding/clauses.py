"""Clauses of a sentence that were put together from different sentences of a text, each of them from its beginning.

"The harbour reopened, and ferries will resume" is a fair summary of two sentences. It is told from a false fusion by its
seam: a conjunction or a stop stands there, and on both sides the text begins a sentence.
"""

from __future__ import annotations

from assistant.grounding.features import Comparison
from assistant.grounding.words import Source

_CONJUNCTIONS = frozenset("and but while".split())
_MIN_CONTENT = 3  #: content words of a clause: less is a part of speech, not a statement


def clauses(comparison: Comparison) -> list[str]:
    """The clauses in order; the sentence itself, alone, if it is not put together in this way."""
    words, source, alignment = comparison.words, comparison.source, comparison.alignment
    found = [(i, place) for i, place in zip(alignment.content, alignment.places, strict=True) if place >= 0]
    cuts: list[int] = []
    since = 0
    for n, ((_, here), (i, there)) in enumerate(zip(found, found[1:], strict=False), 1):
        if source.sentence_of[here] == source.sentence_of[there]:
            continue
        opens = _begins_sentence(source, there) and _begins_sentence(source, found[since][1])
        at = _conjunction_before(comparison, i)
        if opens and at is not None and n - since >= _MIN_CONTENT and len(found) - n >= _MIN_CONTENT:
            cuts.append(at)
            since = n
    edges = [0, *[words.starts[at] for at in cuts], len(words.text)]
    return [words.text[start:end] for start, end in zip(edges, edges[1:], strict=False)]


def _begins_sentence(source: Source, place: int) -> bool:
    """True if no content word stands before this place in its sentence of the text."""
    return all(
        not source.words.content[k] or source.sentence_of[k] != source.sentence_of[place] for k in range(max(place - 3, 0), place)
    )


def _conjunction_before(comparison: Comparison, i: int) -> int | None:
    """The word at which the clause of word i begins, if a conjunction or a semicolon stands there; else None."""
    words = comparison.words
    for k in range(i, max(i - 4, 0), -1):
        if words.forms[k] in _CONJUNCTIONS or ";" in words.gap(k):
            return k
        if k != i and words.content[k]:
            return None
    return None
