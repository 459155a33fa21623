"""What became of one question: an answer, a part of one, or an abstention with its reason."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.answers import Citer, as_of, digests, nearest, with_markers
from assistant.condense import names
from assistant.filters import articles_in_words, left_out_all
from assistant.languages import language_of
from assistant.narrowing import Found
from assistant.prompts import ABSTENTION
from assistant.selection import Candidate
from assistant.tasks import Task
from assistant.types import Answer, AsOf, Disagreement, Evidence, Request, Sentence
from index.search import Generation
from index.spelling import respelled
from index.terms import terms

_WORD = re.compile(r"\w+(?:[-.]\w+)*")


@dataclass(slots=True)
class Asked:
    """One question on its way to an answer."""

    question: str
    found: Found
    generation: Generation
    started: float
    evidence: tuple[Evidence, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    model: str = "none"
    request: Request = field(default_factory=Request)
    task: Task = Task("answer", "")
    doubted: bool = False  #: its words say that nothing found answers it, and a model may still be asked about the best sentence
    sides: dict[str, list[Candidate]] = field(default_factory=dict)  #: of a comparison: name -> its sentences, best first
    english: str = ""  #: the question as a model translated it; "" if none did
    untranslated: str = ""  #: why a model that should have put the question into English did not
    write_in: str = ""  #: language that the model is told to write in; "" for that of the articles
    translate_to: str = ""  #: language that the answer is translated into
    disagreements: list[Disagreement] = field(default_factory=list)

    @property
    def put(self) -> str:
        """The question as it is put to the articles: in English, and spelled as they spell it."""
        return respelled(self.english or self.question, self.found.slips)

    def clock(self, name: str) -> None:
        self.timings.setdefault(name, round(time.perf_counter() - self.started, 4))


def ended(asked: Asked, sentences: Sequence[Sentence], citer: Citer, stopped: threading.Event | None) -> Answer:
    """What the sentences that passed make: an answer; without any an abstention, or the word that it was stopped."""
    if sentences:
        return _finished(asked, sentences, citer)
    if stopped and stopped.is_set():  # that the articles do not say would be an invention
        return _without_answer(asked, "", "Stopped before anything was written.")
    return abstained(asked)


def _finished(asked: Asked, sentences: Sequence[Sentence], citer: Citer) -> Answer:
    asked.clock("total_s")
    citations = citer.citations
    return _answer(
        asked,
        with_markers(sentences),
        as_of(citations, asked.generation),
        sentences=tuple(sentences),
        citations=citations,
        form=asked.task.form,
        disagreements=tuple(asked.disagreements),
        digests=digests(citations, asked.generation),
    )


def abstained(asked: Asked) -> Answer:
    """That the articles do not say, why, and the headlines nearest to the question."""
    reason = _reason(asked) if asked.question else "Type a question."
    return _without_answer(asked, ABSTENTION, reason, nearest=nearest(asked.found.hits))


def _reason(asked: Asked) -> str:
    number, filters = asked.generation.manifest.articles, asked.found.filters
    articles = f"{number} article{'' if number == 1 else 's'}"
    if missing := nowhere(asked):
        return f"No article mentions {' or '.join(f'“{name}”' for name in missing)} ({articles} searched)."
    if not filters:
        return f"Nothing in them answers this ({articles} searched)."
    if asked.found.hits:
        searched = articles_in_words(filters).removeprefix("the ")
        return f"Nothing in the {searched} answers this; the index has {articles} in all."
    return left_out_all(filters, number)


def nowhere(asked: Asked) -> list[str]:
    """Names of the question, as it was put, that no article has; of an English one: elsewhere every noun may look like one."""
    named, found, ended = names(asked.put) if language_of(asked.put) == "English" else set(), list[str](), -1
    for word in _WORD.finditer(asked.put):
        if not named & set(terms(word[0])) or any(map(asked.generation.mentions, terms(word[0]))):
            continue
        if found and asked.put[ended : word.start()] == " ":
            found[-1] += f" {word[0]}"
        else:
            found.append(word[0])
        ended = word.end()
    return list(dict.fromkeys(found))


def _without_answer(asked: Asked, text: str, reason: str, **fields: Any) -> Answer:
    asked.clock("first_token_s")
    asked.clock("total_s")
    return _answer(asked, text, as_of((), asked.generation), abstained=True, reason=reason, **fields)


def _answer(asked: Asked, text: str, as_of: AsOf, **fields: Any) -> Answer:
    answer = Answer(
        question=asked.question,
        text=text,
        evidence=asked.evidence,
        notices=tuple(asked.notices),
        standalone=asked.found.condensed.query if asked.found.condensed.context or asked.found.slips else "",
        model=asked.model,
        generation=asked.generation.name,
        as_of=as_of,
        filters=asked.found.filters,
        timings=dict(asked.timings),
        request=asked.request,
        passages=tuple(hit.passage_id for hit in asked.found.hits),
    )
    return replace(answer, **fields)
