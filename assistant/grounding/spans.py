"""The stretches of a text that carry a sentence: few, short, at sentence or clause ends."""

from __future__ import annotations

import re
from bisect import bisect_left

from assistant.grounding.features import Comparison
from assistant.grounding.negations import is_negation

MAX_SPANS = 3
_MIN_GAIN = 1.0  #: a further span must add at least one content word
_LONG_CHARS = 160  #: only a sentence longer than this is cut to its clauses
_WORTH_CHARS = 60  #: and only where that saves at least this much
_CLAUSE_BREAK = re.compile(r"(?<=[,;:])\s+|\s+[–—]\s+|(?<=\))\s+|\s+--\s+")
_SPEECH = re.compile(
    r"\b(?:said|says|told|according|added|claimed|alleged|argued|wrote|announced|warned|if|unless|not|no)\b", re.IGNORECASE
)


def supporting_spans(comparison: Comparison) -> tuple[tuple[int, int], ...]:
    """(start, end) in the text, best first, at most `MAX_SPANS`; empty if no word of the sentence is found."""
    chosen = _choose_sentences(comparison)
    return tuple(_to_clauses(comparison, sentence) for sentence in chosen)


def _choose_sentences(comparison: Comparison) -> list[int]:
    """Sentences of the text, by what each adds to those before it."""
    source, alignment = comparison.source, comparison.alignment
    aligned = {int(source.sentence_of[place]) for place in alignment.places if place >= 0}
    holds = {sentence: _held(comparison, sentence) for sentence in sorted(aligned)}
    missing = dict(enumerate(alignment.weights.tolist()))
    chosen: list[int] = []
    while holds and len(chosen) < MAX_SPANS:
        gains = {s: sum(missing.get(n, 0.0) for n in words) for s, words in holds.items()}
        best = max(gains, key=lambda s: (gains[s], -s))
        if gains[best] < _MIN_GAIN:
            break
        chosen.append(best)
        for n in holds.pop(best):
            missing.pop(n, None)
    return chosen


def _held(comparison: Comparison, sentence: int) -> set[int]:
    """Which content words of the sentence checked occur in this sentence of the text."""
    words, source, alignment = comparison.words, comparison.source, comparison.alignment
    return {
        n
        for n, i in enumerate(alignment.content)
        if any(source.sentence_of[place] == sentence for place in source.places.get(words.keys[i], ())[:50])
        or (alignment.places[n] >= 0 and source.sentence_of[alignment.places[n]] == sentence)
    }


def _to_clauses(comparison: Comparison, sentence: int) -> tuple[int, int]:
    """A long sentence without the clauses at its ends that hold nothing of what is claimed."""
    source = comparison.source
    start, end = source.spans[sentence]
    if end - start <= _LONG_CHARS:
        return start, end
    needed = _needed(comparison, start, end)
    if not needed:
        return start, end
    first, last = source.words.starts[needed[0]], source.words.ends[needed[-1]]
    breaks = [match.span() for match in _CLAUSE_BREAK.finditer(source.words.text, start, end)]
    opening = max((after for _, after in breaks if after <= first), default=start)
    closing = min((before for before, _ in breaks if before >= last), default=end)
    if opening - start < _WORTH_CHARS or _SPEECH.search(source.words.text, start, opening):
        opening = start
    if end - closing < _WORTH_CHARS or _SPEECH.search(source.words.text, closing, end):
        closing = end
    return opening, closing


def _needed(comparison: Comparison, start: int, end: int) -> list[int]:
    """Words of this stretch of the text that a quote must keep: those aligned, or else those shared; and negations."""
    words = comparison.source.words
    inside = range(bisect_left(words.starts, start), bisect_left(words.starts, end))
    kept = {place for place in comparison.alignment.places if place in inside}
    if not kept:
        claimed = {comparison.words.keys[i] for i in comparison.alignment.content}
        kept = {i for i in inside if words.keys[i] in claimed}
    return sorted(kept | {i for i in inside if is_negation(words.forms[i])})
