"""What the articles have on a question: found, gathered as evidence, its sentences ranked; in its language or in English."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from assistant.answered import answered_in, not_read
from assistant.condense import Turn
from assistant.confidence import answerable
from assistant.errors import AssistantError
from assistant.evidence import MAX_EVIDENCE, MAX_EVIDENCE_OF_MANY, gather
from assistant.forms import about_side
from assistant.injected import may_quote
from assistant.languages import content, language_of
from assistant.narrowing import Found, Wanted, find, searched, wanted
from assistant.outcomes import Asked, nowhere
from assistant.parts import parts_of
from assistant.reranking import Rerank, as_ranked
from assistant.selection import Candidate, Relevance
from assistant.tasks import Task, task_of
from assistant.translating import in_english
from assistant.types import Filters, Request
from index.encoder import Encoder
from index.search import Generation

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

#: passages found for one question; what is kept of them is decided in `evidence`
SEARCH_DEPTH, SEARCH_DEPTH_OF_MANY = 12, 30
#: sentences whose language is taken for that of the articles
_JUDGED = 6


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for one question, in one generation of the index."""

    question: str
    history: Sequence[Turn]
    filters: Filters
    today: date
    generation: Generation
    encoder: Encoder
    rerank: Rerank
    narrows: bool = True  #: whether what the question says about time and outlet narrows the search
    started: float = field(default_factory=time.perf_counter)

    @property
    def language(self) -> str:
        """English name of the question's language."""
        return language_of(self.question)

    def search(self, query: str = "") -> Asked:
        """:param query: what is searched for instead of the question, e.g. its translation."""
        want = wanted(query or self.question, self.generation, self.filters, self.today, self.narrows)
        task = task_of(want.rest, want.speakers)
        found = self._find(want, task)
        if task.outlets and not found.filters.sources:  # lifted: what is found now is of other outlets
            task = task_of(want.rest)
        asked = Asked(self.question, found, self.generation, self.started, request=self._request(), task=task)
        limit = MAX_EVIDENCE if task.form == "answer" else MAX_EVIDENCE_OF_MANY
        asked.evidence = gather(asked.found.hits, self.generation, limit)
        return asked

    def rank(self, asked: Asked) -> list[Candidate] | None:
        """:return: the sentences, best first; None if the articles do not answer. `asked.doubted`: a model may say they do."""
        if not asked.task.sides:
            ranked, bears = self._ranked(asked, asked.found.searched)
            asked.doubted = not bears and bool(ranked) and self._may_be_judged(asked)
            return ranked if bears or asked.doubted else None
        sides = {name: self._ranked(asked, query) for name, query in asked.task.sides}
        told = {name: about_side(name, ranked, asked.task) for name, (ranked, bears) in sides.items() if bears}
        asked.sides = {name: candidates for name, candidates in told.items() if candidates}
        return sorted((c for ranked in asked.sides.values() for c in ranked), key=lambda c: -c.score) or None

    def rank_in_any_language(
        self, asked: Asked, open_llm: Callable[[], LLM | None], stopped: threading.Event | None
    ) -> tuple[Asked, list[Candidate] | None]:
        """The same for a question that is not English: as it is and, if that finds no answer, as a model puts it in English."""
        ranked = self.rank(asked)
        if ranked is None:
            try:
                llm = open_llm()
                asked.english = in_english(self.question, llm, stopped) if llm is not None else ""
            except AssistantError as error:
                asked.untranslated = f"{error} So the question was not translated."
        if asked.english:
            again = self.search(asked.english)
            again.english = asked.english
            ranked = self.rank(again)
            asked = again if ranked is not None else asked
        if ranked is not None:
            self._choose_language(asked, ranked)
        return asked, ranked

    def _choose_language(self, asked: Asked, ranked: Sequence[Candidate]) -> None:
        """A sentence can only be checked in the language of its articles: in another one it is written there and translated."""
        asked.write_in = language_of(" ".join(c.text for c in ranked[:_JUDGED]))
        asked.translate_to = "" if asked.write_in == self.language else self.language

    def _find(self, want: Wanted, task: Task) -> Found:
        depth = SEARCH_DEPTH if task.form == "answer" else SEARCH_DEPTH_OF_MANY
        topic = task.topic if task.topic != want.rest else ""
        found = find(want, self.history, self.generation, depth, self.rerank, topic)
        if not task.sides:
            return found
        # by the filters that the whole question was searched with: a side says none of them itself
        sides = [self._of_side(query, found.filters, task.outlets.get(name)) for name, query in task.sides]
        of_sides = [side.hits for side in sides]
        deepest = max(map(len, of_sides))
        merged = {hits[i].passage_id: hits[i] for i in range(deepest) for hits in of_sides if i < len(hits)}
        merged |= {hit.passage_id: hit for hit in found.hits if hit.passage_id not in merged}
        words_only = any(one.words_only for one in (found, *sides))
        return replace(found, hits=list(merged.values()), words_only=words_only)

    def _of_side(self, query: str, filters: Filters, outlet: tuple[str, ...] | None) -> Found:
        filters = replace(filters, sources=outlet) if outlet and filters.sources else filters
        return searched(query, (), self.generation, SEARCH_DEPTH, filters, self.rerank)

    def _ranked(self, asked: Asked, question: str) -> tuple[list[Candidate], bool]:
        """:return: the sentences, best first, and whether by its words the evidence bears on the question."""
        if self.language != "English" and not asked.english:
            question = content(question, self.language)
        condensed = asked.found.condensed
        # a side of a comparison is asked for by itself, everything else as it was searched for
        query = question if asked.task.sides else condensed.query
        english = self.language == "English" or bool(asked.english)
        reads = english and asked.task.form == "answer"
        answered = answered_in(query, asked.found.hits, self.encoder) if reads else not_read
        relevance = Relevance(question, condensed.context, self.generation.idf, self.encoder.encode_passages, answered=answered)
        ranked = [c for c in relevance.rank(asked.evidence) if may_quote(c.text, self.question)]
        own_scores = self.rerank is as_ranked and not asked.task.sides and not parts_of(question)
        return ranked, answerable(relevance, asked.evidence, ranked, own_scores=own_scores)

    def _may_be_judged(self, asked: Asked) -> bool:
        """Whether a model's word on one sentence may outweigh the words that are missing: not of a name that no article has, and
        not of a follow-up, whose story the sentence does not tell."""
        return self.language == "English" and not asked.found.condensed.context and not nowhere(asked)

    def _request(self) -> Request:
        turns = tuple((turn.get("role", ""), turn.get("content", "")) for turn in self.history)
        asked = self.filters
        return Request(turns, asked.since, asked.until, asked.sources, self.today, self.narrows, asked.articles)
