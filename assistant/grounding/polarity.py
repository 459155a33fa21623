"""What is affirmed on one side and denied on the other, judged at the words that the negation or denial governs."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.grounding.denials import denials, leaves_open
from assistant.grounding.features import Comparison
from assistant.grounding.negations import denial_before, is_negation, negated
from assistant.grounding.words import Words


def polarity(comparison: Comparison) -> Iterator[str]:
    """What speaks against a sentence, in words; nothing if both sides deny the same."""
    content, places = comparison.alignment.content, comparison.alignment.places
    place_of = {i: place for i, place in zip(content, places, strict=True) if place >= 0}
    yield from _added(comparison, place_of)
    yield from _dropped(comparison, place_of)
    yield from _denied(comparison, place_of)


def _added(comparison: Comparison, place_of: dict[int, int]) -> Iterator[str]:
    """Negations of the sentence of what the text affirms."""
    words, source = comparison.words, comparison.source
    here, there = negated(words), negated(source.words)
    elsewise = {place for denial in denials(source.words) for place in denial.governed} if here else set()
    for cue in [i for i, form in enumerate(words.forms) if is_negation(form)]:
        governed = [place_of[i] for i, by in here.items() if by == cue and i in place_of]
        denied = any(place in there or place in elsewise for place in governed) or any(
            denial_before(source.words, place, words.keys) for place in governed[:1]
        )
        if not denied and cue in here.values():
            yield f"negation {words.raw(cue)!r} is not in the text"


def _dropped(comparison: Comparison, place_of: dict[int, int]) -> Iterator[str]:
    """Negations of the text of what the sentence affirms."""
    words, text = comparison.words, comparison.source.words
    word_at = {place: i for i, place in place_of.items()}
    here, there = negated(words), negated(text)
    for cue in sorted(set(there.values())):
        denied = _first_denied(text, [place for place, by in there.items() if by == cue])
        i = word_at.get(denied, -1)
        if i < 0 or i in here or denial_before(words, i, _keys_beside(comparison, denied)):
            continue
        if _is_anchored(comparison, i, place_of):
            yield f"negation {text.raw(cue)!r} of the text is dropped"


def _denied(comparison: Comparison, place_of: dict[int, int]) -> Iterator[str]:
    """What the text denies in other words than with "not", and the sentence affirms."""
    words, text = comparison.words, comparison.source.words
    word_at = {place: i for i, place in place_of.items()}
    for denial in denials(text):
        said = [word_at[place] for place in denial.governed if place in word_at]
        if len(said) < len(denial.governed) or not _is_anchored(comparison, said[0], place_of):
            continue
        if not leaves_open(words, said[0], text.keys[denial.cue], _keys_beside(comparison, denial.cue)):
            yield f"the text denies {words.raw(said[0])!r} with {text.raw(denial.cue)!r}"


def _first_denied(words: Words, governed: list[int]) -> int:
    """The first word under a negation that is no adverb: in "did not immediately respond", "respond"."""
    return next((i for i in governed if not words.forms[i].endswith("ly")), -1)


def _keys_beside(comparison: Comparison, place: int) -> set[str]:
    """Keys of the sentence of the text that a word of it stands in."""
    source = comparison.source
    start, end = source.spans[source.sentence_of[place]]
    near = range(max(0, place - 60), min(len(source.words), place + 60))
    return {source.words.keys[k] for k in near if start <= source.words.starts[k] < end}


def _is_anchored(comparison: Comparison, i: int, place_of: dict[int, int]) -> bool:
    """True if a neighbouring content word comes from the same sentence of the text: a lone word may be there by chance."""
    content, sentence_of = comparison.alignment.content, comparison.source.sentence_of
    n = content.index(i)
    near = [j for j in content[max(0, n - 1) : n + 2] if j != i and j in place_of]
    return any(sentence_of[place_of[j]] == sentence_of[place_of[i]] for j in near)
