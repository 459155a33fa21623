"""The whole order, from a question to its answer: search, gather, judge, draft, attribute, cite. The only file that knows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from assistant.answers import Citer
from assistant.condense import Turn
from assistant.confidence import answerable
from assistant.currency import beyond
from assistant.disagreement import conflicts, preferred, told
from assistant.errors import AssistantError
from assistant.evidence import MAX_EVIDENCE, MAX_EVIDENCE_OF_MANY, gather
from assistant.forms import about_side
from assistant.injected import may_quote
from assistant.languages import content, language_of
from assistant.narrowing import Found, find
from assistant.outcomes import Asked, abstained, ended
from assistant.selection import Candidate, Relevance
from assistant.tasks import Task, task_of
from assistant.translating import in_english
from assistant.types import Event, Filters, Request, Sentence
from assistant.writing import draft
from index.encoder import Encoder
from index.search import Generation

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

#: passages found for one question; what is kept of them is decided in `evidence`
SEARCH_DEPTH, SEARCH_DEPTH_OF_MANY = 12, 30
#: sentences whose language is taken for that of the articles
_JUDGED = 6


class Asking:
    """One question on its way, over one generation of the index."""

    def __init__(
        self,
        question: str,
        history: Sequence[Turn],
        filters: Filters,
        today: date,
        generation: Generation,
        encoder: Encoder,
        open_llm: Callable[[], LLM | None],
        narrows: bool = True,
    ) -> None:
        """
        :param open_llm: gives the answer model, or None; called when it is needed. :raises: nothing of it escapes `events`.
        :param narrows: whether what the question says about time and outlet narrows the search.
        """
        self._question, self._history, self._filters, self._today = question, history, filters, today
        self._generation, self._encoder, self._open_llm = generation, encoder, open_llm
        self._language, self._narrows = language_of(question), narrows

    def events(self, stopped: threading.Event | None) -> Generator[Event, None, None]:
        """Evidence, each sentence as it passes the check, notices between them, the answer."""
        started = time.perf_counter()
        task = task_of(self._question)
        asked = self._search(task, task.topic, started)
        if self._language == "English":  # the evidence is there long before its sentences are ranked
            yield self._shown(asked)
            ranked = self._rank(asked)
        else:
            asked, ranked = self._in_its_language(asked)
            yield self._shown(asked)
        yield from self._notices(asked, self._remarks(asked, ranked is not None))
        if ranked is None:
            yield Event("answer", answer=abstained(asked))
            return
        self._choose_language(asked, ranked)
        found = conflicts(f"{self._question} {asked.found.condensed.context}", ranked)
        superseded = {c.older.text for c in found if c.kind != "conflict"}
        citer, sentences = Citer(self._generation), list[Sentence]()

        def shown(text: str) -> bool:
            return text not in superseded and may_quote(text, self._question)

        with closing(draft(asked, preferred(ranked, found), self._open_llm, shown, stopped)) as steps:
            for step in steps:
                if isinstance(step, str):
                    yield from self._notices(asked, (step,))
                    continue
                asked.clock("first_token_s")
                sentences.append(citer.cite(step))
                yield Event("text", sentence=sentences[-1])
        asked.disagreements += told(found, citer) if sentences else ()
        yield from self._notices(asked, [d.sentence for d in asked.disagreements])
        yield Event("answer", answer=ended(asked, sentences, citer, stopped))

    def _search(self, task: Task, query: str, started: float) -> Asked:
        asked = Asked(self._question, self._find(query, task), self._generation, started, request=self._request(), task=task)
        limit = MAX_EVIDENCE if task.form == "answer" else MAX_EVIDENCE_OF_MANY
        asked.evidence = gather(asked.found.hits, self._generation, limit)
        return asked

    def _shown(self, asked: Asked) -> Event:
        asked.clock("evidence_s")
        return Event("evidence", evidence=asked.evidence, form=asked.task.form)

    def _rank(self, asked: Asked) -> list[Candidate] | None:
        """:return: the sentences, best first; None if the articles do not answer."""
        return self._compared(asked) if asked.task.sides else self._ranked(asked, asked.found.searched)

    def _find(self, query: str, task: Task) -> Found:
        depth = SEARCH_DEPTH if task.form == "answer" else SEARCH_DEPTH_OF_MANY
        found = find(query, self._history, self._generation, depth, self._filters, self._today, self._narrows)
        if not task.sides:
            return found
        of_sides = [
            find(side, (), self._generation, SEARCH_DEPTH, self._filters, self._today, self._narrows).hits
            for _, side in task.sides
        ]
        deepest = max(map(len, of_sides), default=0)
        merged = {hits[i].passage_id: hits[i] for i in range(deepest) for hits in of_sides if i < len(hits)}
        merged |= {hit.passage_id: hit for hit in found.hits if hit.passage_id not in merged}
        return replace(found, hits=list(merged.values()))

    def _ranked(self, asked: Asked, question: str) -> list[Candidate] | None:
        if self._language != "English":
            question = content(question, self._language)
        context = asked.found.condensed.context
        relevance = Relevance(question, context, self._generation.idf, self._encoder.encode_passages)
        ranked = [c for c in relevance.rank(asked.evidence) if may_quote(c.text, self._question)]
        return ranked if answerable(relevance, asked.evidence, ranked) else None

    def _compared(self, asked: Asked) -> list[Candidate] | None:
        """Each side ranked by itself; the articles answer if they do for one of them."""
        sides = {name: self._ranked(asked, query) for name, query in asked.task.sides}
        asked.sides = {name: about_side(name, ranked) for name, ranked in sides.items() if ranked}
        return sorted((c for ranked in asked.sides.values() for c in ranked), key=lambda c: -c.score) or None

    def _in_its_language(self, asked: Asked) -> tuple[Asked, list[Candidate] | None]:
        """The question as it is, and if that finds no answer, in English, where a model can translate it."""
        ranked = self._rank(asked)
        if ranked is not None:
            return asked, ranked
        try:
            llm = self._open_llm()
        except AssistantError:
            llm = None
        english = in_english(self._question, llm) if llm is not None else ""
        if not english:
            return asked, None
        before, self._language = self._language, "English"
        task = task_of(english)
        again = self._search(task, task.topic, asked.started)
        ranked = self._rank(again)
        self._language = before
        asked.english = again.english = english
        if ranked is None:
            return asked, None
        again.translate_to = before
        return again, ranked

    def _choose_language(self, asked: Asked, ranked: Sequence[Candidate]) -> None:
        """A sentence can only be checked in the language of its articles: in another one it is written there and translated."""
        if self._language != "English" and not asked.translate_to:
            of_articles = language_of(" ".join(c.text for c in ranked[:_JUDGED]))
            asked.write_in = of_articles
            asked.translate_to = "" if of_articles == self._language else self._language

    def _notices(self, asked: Asked, texts: Iterable[str]) -> Iterator[Event]:
        for text in filter(None, texts):
            asked.notices.append(text)
            yield Event("notice", text=text)

    def _remarks(self, asked: Asked, answered: bool) -> list[str]:
        """What the user should know of the search before he reads an answer."""
        missing = [name for name, _ in asked.task.sides if asked.sides and name not in asked.sides]
        sides = [f"The articles say nothing on this about {name!r}." for name in missing]
        return [asked.found.notice, self._beyond(), *sides, self._of_language(asked, answered)]

    def _beyond(self) -> str:
        newest = self._generation.manifest.newest
        return beyond(self._question, self._today, date.fromisoformat(newest) if newest else None)

    def _of_language(self, asked: Asked, answered: bool) -> str:
        if asked.english:
            return f"The question was put to the articles in English: “{asked.english}”"
        if answered or self._language == "English":
            return ""
        return (
            f"The question seems to be in {self._language}. The search finds English articles by English words: ask in English, "
            "or with an answer model, which translates the question."
        )

    def _request(self) -> Request:
        filters, turns = self._filters, tuple((turn["role"], turn["content"]) for turn in self._history)
        return Request(turns, filters.since, filters.until, filters.sources, self._today, self._narrows)
