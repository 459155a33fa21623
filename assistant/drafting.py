"""Evidence -> sentences for the answer, each with the spans it stands on: written by a model, or composed of quotes.

A draft is only a proposal. `written` lets a sentence of the model through when the evidence supports it, and drops it otherwise;
`quoted` needs no check, since it says nothing but what an article says, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.expected import says_nothing
from assistant.grounding.attribution import attribute, drawn_from
from assistant.grounding.speakers import drops_speaker
from assistant.grounding.speech import with_speaker
from assistant.injected import visible
from assistant.prompts import NOT_FOUND
from assistant.selection import Candidate
from assistant.types import Evidence
from index.sentences import sentence_spans

Spans = list[tuple[Evidence, int, int]]

#: markers a model invents, in any of the brackets it may use; ours are set afterwards
_MARKER = re.compile(
    r"\s*(?:[\[【［](?:source:?\s*|excerpt:?\s*)?\d+(?:\s*[,;–-]\s*\d+)*[\]】］]"
    r"|\((?:source|excerpt):?\s*\d+(?:\s*[,;–-]\s*\d+)*\)|\(\d{1,2}(?:\s*[,;]\s*\d{1,2})*\))",
    re.IGNORECASE,
)
#: a marker that stands in an article would pass for one of ours; it stays in the quote
_FALSE_MARKER = re.compile(r"\s*\[\d+\]")
#: the small models say it in their own words too
_REFUSAL = re.compile(
    rf"{NOT_FOUND}\W*$|\b(?i:excerpts?|articles?|text|passages?|context|information)\b.*"
    r"(?i:\bnot\b|n['’]t\b|\bno\b).*\b(?i:contain|mention|provide|specif|state|say|include|available|given|answer)"
)
_LIST = re.compile(r"^\s*(?:[-*•]|\d+[.)])(?:\s+|$)")
_ENDED = re.compile(r"[.!?…。！？][\"'”’»)\]*_]*$")
_EMPHASIS = re.compile(r"\*\*|__|`")


@dataclass(frozen=True, slots=True)
class Supported:
    """A sentence that may be said, and where it comes from."""

    text: str
    spans: Spans
    heading: str = ""  #: see `types.Sentence`


@dataclass(slots=True)
class Outcome:
    """What a model did with its evidence, filled while its sentences are read."""

    refused: bool = False
    failed: bool = False
    dropped: int = 0
    kept: int = 0
    beside_it: int = 0  #: sentences that say nothing on the question
    drawn_from: Spans = field(default_factory=list)  #: what was dropped seems to come from there
    judged: list[Candidate] = field(default_factory=list)  #: what was judged one by one, see `judging`; best first
    silent: bool = False  #: none of them was taken for an answer, or, where the words speak against it, not beyond doubt


def written(deltas: Iterable[str], evidence: Sequence[Evidence], outcome: Outcome, question: str = "") -> Iterator[Supported]:
    """Yield the supported sentences of a draft as soon as each is complete.

    :param question: that they have to answer: a sentence that says nothing on it is dropped; "" for a draft of another form.
    """
    said: set[str] = set()
    for sentence in _sentences(deltas):
        text = _clean(sentence)
        if not text or text.casefold() in said:
            continue
        said.add(text.casefold())
        if question and not text.startswith(NOT_FOUND) and says_nothing(question, text):
            outcome.beside_it += 1
            continue
        spans = attribute(text, evidence)
        if spans:
            supported = _with_its_speaker(Supported(text, spans))
            if supported.text != text and supported.text.casefold() in said:
                continue
            said.add(supported.text.casefold())
            outcome.kept += 1
            yield supported
        elif _REFUSAL.search(text):
            outcome.refused = True
            return
        else:
            outcome.dropped += 1
            if source := drawn_from(text, evidence):
                outcome.drawn_from.append(source)


def quoted(candidates: Sequence[Candidate], *, max_sentences: int, max_chars: int, keep: float) -> Iterator[Supported]:
    """Compose an answer of the best sentences, best first.

    :param candidates: in the order of the answer. :param keep: all after the first must reach this share of the best score.
    :param max_chars: of all sentences together; the first may be longer.
    """
    used = 0
    said: set[str] = set()
    least = keep * max((candidate.score for candidate in candidates), default=0.0)
    for candidate in candidates:
        if len(said) == max_sentences or (said and candidate.score < least):
            return
        item, (start, end) = candidate.evidence, _with_who_speaks(candidate)
        alone = (start, end) == (candidate.start, candidate.end)
        text = _quotable(candidate.text if alone else _slice(item, start, end))
        words = text.casefold()
        if not text or any(words in other for other in said) or (said and used + len(text) > max_chars):
            continue
        said.add(words)
        used += len(text)
        yield Supported(text, [(item, start, end)])


def _sentences(deltas: Iterable[str]) -> Iterator[str]:
    """Cut a stream of text into sentences; one is complete once the next has begun, or the stream ends.

    A last piece without an end, after whole sentences, was cut off by the limit of tokens: it is left away.
    """
    buffer, whole = "", 0
    for delta in deltas:
        buffer += delta
        spans = sentence_spans(buffer)
        for start, end in spans[:-1]:
            whole += 1
            yield buffer[start:end]
        if len(spans) > 1:
            buffer = buffer[spans[-1][0] :]
    for start, end in sentence_spans(buffer):
        if not whole or _ENDED.search(buffer[start:end]):
            yield buffer[start:end]


def _with_its_speaker(supported: Supported) -> Supported:
    """What an article reports as said by somebody, in the article's own words where the draft left out who says it."""
    for item, start, end in supported.spans:
        first, last = _sentence_around(item, start, end)
        source = _slice(item, first, last)
        if drops_speaker(supported.text, source):
            return Supported(_quotable(source), [(item, first, last)])
    return supported


def _sentence_around(item: Evidence, start: int, end: int) -> tuple[int, int]:
    """The sentences of the evidence that a span lies in, in characters of the article."""
    touched = [(a, b) for a, b in sentence_spans(item.text) if a < end - item.start and start - item.start < b]
    return (item.start + touched[0][0], item.start + touched[-1][1]) if touched else (start, end)


def _with_who_speaks(candidate: Candidate) -> tuple[int, int]:
    """The sentence in its article, together with the one beside it that says who speaks in it."""
    item = candidate.evidence
    start, end = candidate.start - item.start, candidate.end - item.start
    start, end = with_speaker(item.text, start, end, sentence_spans(item.text))
    return item.start + start, item.start + end


def _slice(item: Evidence, start: int, end: int) -> str:
    return item.text[start - item.start : end - item.start]


def _quotable(text: str) -> str:
    """A stretch of an article as a sentence of the answer; its quote stays as it is."""
    return _one_line(_FALSE_MARKER.sub("", visible(text)))


def _clean(sentence: str) -> str:
    return _one_line(_EMPHASIS.sub("", _LIST.sub("", _MARKER.sub("", sentence))))


def _one_line(text: str) -> str:
    return " ".join(text.split())
