"""The whole order: condense, search, gather, judge, draft, attribute, answer. The only file that knows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.answers import Citer, as_of, nearest, with_markers
from assistant.condense import Turn
from assistant.confidence import answerable
from assistant.drafting import Outcome, Supported, quoted, written
from assistant.errors import LLMFailed
from assistant.evidence import gather
from assistant.excerpts import excerpts
from assistant.filters import in_words
from assistant.narrowing import Found, find
from assistant.prompts import ABSTENTION, messages
from assistant.selection import Candidate, Relevance
from assistant.settings import Settings
from assistant.types import Answer, AsOf, Event, Evidence, Filters, Headline, Sentence
from index.encoder import Encoder, default_encoder
from index.search import Generation, Index
from index.types import Article, Hit

if TYPE_CHECKING:
    from llama_index.core.llms import LLM
    from llama_index.core.retrievers import BaseRetriever

#: passages found for one question; what is kept of them is decided in `evidence`
SEARCH_DEPTH = 12
#: an answer of the model is short; more than this is the model talking to itself
MAX_ANSWER_TOKENS = 120
#: seconds for one answer, waiting for the answers of others included
ANSWER_TIMEOUT_S = 120.0


@dataclass(slots=True)
class _Asked:
    """One question on its way to an answer."""

    question: str
    found: Found
    generation: Generation
    started: float
    evidence: tuple[Evidence, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    model: str = "none"

    def clock(self, name: str) -> None:
        self.timings.setdefault(name, round(time.perf_counter() - self.started, 4))


class Assistant:
    """Answers questions about an index. Safe to use from several threads; follows rebuilds of the index by itself."""

    def __init__(
        self,
        index_dir: str | PathLike[str] | None = None,
        llm: str | LLM | None = None,
        *,
        encoder: Encoder | None = None,
        settings: Settings | None = None,
    ) -> None:
        """
        :param index_dir: what `index.build` wrote; by default from `CITEWIRE_INDEX`, else "data".
        :param llm: "auto": the local model once it is on this machine, quotes until then; "none": quotes; a URL of an
            OpenAI-compatible server, a GGUF file, a model of the registry, or any LlamaIndex `LLM`. By default from
            `CITEWIRE_LLM`, else "auto".
        :raises IndexMissing, IndexCorrupt, IndexMismatch, EncoderMissing: see `index.errors`.
        """
        self._settings = settings or Settings()
        self._encoder = encoder or default_encoder()
        self._index = Index(Path(index_dir or self._settings.index), self._encoder)
        self._choice: str | LLM = llm if llm is not None else self._settings.llm
        self._llm: LLM | None = None
        self._llm_lock = threading.Lock()  # two threads that both opened it would load a gigabyte twice
        if not isinstance(self._choice, str) or self._choice not in ("auto", "none"):
            self._open_llm()

    def search(
        self,
        question: str,
        history: Sequence[Turn] = (),
        top_k: int = 10,
        since: date | None = None,
        until: date | None = None,
        sources: Sequence[str] | None = None,
        as_of: date | None = None,
    ) -> list[Hit]:
        """Find passages for a question, or for a follow-up to a conversation.

        What the question itself says about time and outlet ("since Nov 8", "according to …") narrows the search unless the
        arguments do, and unless that leaves nothing that fits the question.

        :param history: earlier turns, oldest first: {"role": "user" | "assistant", "content": str}.
        :param since, until: publication dates, both inclusive. :param sources: outlets.
        :param as_of: what "last week" counts from; by default today.
        :return: at most top_k hits, best first, of equals the newer first.
        """
        with self._index.pinned() as generation:
            filters = Filters(since, until, tuple(sources or ()))
            return find(question, history, generation, top_k, filters, as_of or date.today()).hits

    def answer(
        self,
        question: str,
        history: Sequence[Turn] = (),
        since: date | None = None,
        until: date | None = None,
        sources: Sequence[str] | None = None,
        as_of: date | None = None,
    ) -> Answer:
        """Answer from the articles, every sentence with its quotes, or abstain. Parameters as in `search`."""
        answer = None
        for event in self.stream(question, history, since, until, sources, as_of=as_of):
            answer = event.answer
        assert answer is not None, "a stream ends with its answer"
        return answer

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        since: date | None = None,
        until: date | None = None,
        sources: Sequence[str] | None = None,
        stopped: threading.Event | None = None,
        as_of: date | None = None,
    ) -> Generator[Event, None, None]:
        """The same in steps: evidence, each sentence as it passes the check, the answer. Closing it stops the model.

        :param stopped: setting it stops the model at once, from any thread; the answer is then what had passed by then.
        """
        started = time.perf_counter()
        with self._index.pinned() as generation:
            question, asked_for = question.strip(), Filters(since, until, tuple(sources or ()))
            found = find(question, history, generation, SEARCH_DEPTH, asked_for, as_of or date.today())
            asked = _Asked(question, found, generation, started)
            asked.evidence = gather(found.hits, generation)
            asked.clock("evidence_s")
            yield Event("evidence", evidence=asked.evidence)
            if found.notice:
                asked.notices.append(found.notice)
                yield Event("notice", text=found.notice)
            context = found.condensed.context
            relevance = Relevance(found.searched, context, generation.idf, self._encoder.encode_passages)
            ranked = relevance.rank(asked.evidence)
            if not answerable(relevance, asked.evidence, ranked):
                yield Event("answer", answer=_abstained(asked))
                return
            citer, sentences = Citer(generation), []
            with closing(self._draft(asked, ranked, stopped)) as draft:
                for step in draft:
                    if isinstance(step, str):
                        asked.notices.append(step)
                        yield Event("notice", text=step)
                        continue
                    asked.clock("first_token_s")
                    sentences.append(citer.cite(step))
                    yield Event("text", sentence=sentences[-1])
            yield Event("answer", answer=_ended(asked, sentences, citer, stopped))

    def article(self, article_id: str) -> Article:
        """The article as indexed. :raises ArticleNotFound: if it is not, or no longer, in the index."""
        return self._index.article(article_id)

    def headlines(self, limit: int = 10) -> list[Headline]:
        """The newest articles that have a headline."""
        with self._index.pinned() as generation:
            titled = (a for a in generation.articles() if a.title)
            return [Headline(a.id, a.title, a.source, a.published) for a, _ in zip(titled, range(limit), strict=False)]

    def sources(self) -> dict[str, int]:
        """outlet -> number of its articles, most first; "" where none is known."""
        with self._index.pinned() as generation:
            return generation.sources()

    def index_info(self) -> dict[str, Any]:
        """generation, articles, passages, oldest and newest date (ISO or ""), time of the build (UTC)."""
        with self._index.pinned() as generation:
            names = ("generation", "articles", "passages", "oldest", "newest", "created")
            return {name: getattr(generation.manifest, name) for name in names}

    def as_retriever(self, top_k: int = 10) -> BaseRetriever:
        """This search as a LlamaIndex retriever."""
        from assistant.retriever import CitewireRetriever

        return CitewireRetriever(lambda question: self.search(question, top_k=top_k))

    @property
    def generation(self) -> str:
        """Name of the index generation that the next question is answered from."""
        return self._index.generation

    @property
    def model_name(self) -> str:
        """Name of the model that writes answers; "none" while they are composed of quotes."""
        return _name(self._open_llm())

    def use_llm(self, llm: str | LLM) -> None:
        """Answer with another model from the next question on."""
        with self._llm_lock:
            self._choice, self._llm = llm, None
        self._open_llm()

    def warm(self) -> None:
        """Load what the first question would have to wait for."""
        self._encoder.encode_query("warm")
        load = getattr(self._open_llm(), "load", None)
        if load:
            load()

    def close(self) -> None:
        """Let go of the index and free the model's memory; it is not to be used afterwards."""
        self._index.close()
        close = getattr(self._llm, "close", None)
        if close:
            close()

    def _open_llm(self) -> LLM | None:
        """The model, if there is one; with "auto" it is looked for again until it is there."""
        with self._llm_lock:
            if self._llm is None and self._choice != "none":
                from assistant.llm import open_llm

                settings = self._settings
                self._llm = open_llm(self._choice, settings.llm_model, settings.llm_key.get_secret_value())
            return self._llm

    def _draft(
        self, asked: _Asked, ranked: Sequence[Candidate], stopped: threading.Event | None
    ) -> Generator[Supported | str, None, None]:
        """Sentences that may be said, or, as text, a notice for the user."""
        llm = self._open_llm()
        outcome = Outcome()
        if llm is not None:
            from assistant.llm import stream_text

            context = excerpts(ranked)
            prompt = messages(asked.question, context, asked.found.condensed.context)
            try:
                with closing(stream_text(llm, prompt, MAX_ANSWER_TOKENS, ANSWER_TIMEOUT_S, stopped)) as deltas:
                    asked.model = _name(llm)
                    yield from written(deltas, context, outcome)
            except LLMFailed as error:
                rest = "The answer ends where it failed." if outcome.kept else "The answer is composed of quotes instead."
                yield f"{error} {rest}"
        # A small model takes the story that a follow-up leaves out for a missing answer: it refused 10 of 20.
        refused = outcome.refused and not asked.found.condensed.context
        if outcome.kept or refused or (stopped and stopped.is_set()):
            return
        asked.model = "none"
        yield from quoted(ranked, max_sentences=3, max_chars=560, keep=0.6)


def _name(llm: LLM | None) -> str:
    return "none" if llm is None else llm.metadata.model_name


def _ended(asked: _Asked, sentences: Sequence[Sentence], citer: Citer, stopped: threading.Event | None) -> Answer:
    if sentences:
        return _finished(asked, sentences, citer)
    if stopped and stopped.is_set():  # that the articles do not say would be an invention
        return _without_answer(asked, "", "Stopped before anything was written.")
    return _abstained(asked)


def _finished(asked: _Asked, sentences: Sequence[Sentence], citer: Citer) -> Answer:
    asked.clock("total_s")
    citations = citer.citations
    return _answer(
        asked, with_markers(sentences), sentences=tuple(sentences), citations=citations, as_of=as_of(citations, asked.generation)
    )


def _abstained(asked: _Asked) -> Answer:
    reason = _reason(asked) if asked.question else "Type a question."
    return _without_answer(asked, ABSTENTION, reason, nearest=nearest(asked.found.hits))


def _reason(asked: _Asked) -> str:
    number, filters = asked.generation.manifest.articles, asked.found.filters
    articles = f"{number} article{'' if number == 1 else 's'}"
    if not filters:
        return f"Nothing in them answers this ({articles} searched)."
    if asked.found.hits:
        return f"Nothing in the articles {in_words(filters)} answers this; the index has {articles} in all."
    return f"The index has no article {in_words(filters)}: the filter left out all of its {articles}."


def _without_answer(asked: _Asked, text: str, reason: str, **fields: Any) -> Answer:
    asked.clock("first_token_s")
    asked.clock("total_s")
    return _answer(asked, text, as_of((), asked.generation), abstained=True, reason=reason, **fields)


def _answer(asked: _Asked, text: str, as_of: AsOf, **fields: Any) -> Answer:
    answer = Answer(
        question=asked.question,
        text=text,
        evidence=asked.evidence,
        notices=tuple(asked.notices),
        standalone=asked.found.condensed.query if asked.found.condensed.context else "",
        model=asked.model,
        generation=asked.generation.name,
        as_of=as_of,
        filters=asked.found.filters,
        timings=dict(asked.timings),
    )
    return replace(answer, **fields)


def answer(question: str, history: Sequence[Turn] = (), **filters: Any) -> Answer:
    """Answer one question with the settings of the environment. For several, keep an `Assistant`."""
    with closing(Assistant()) as assistant:
        return assistant.answer(question, history, **filters)
