"""The way in: an index, a model, and the questions asked of them. What happens to one question is in `asking`."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.asking import asking
from assistant.chosen import ChosenLLM, name_of
from assistant.condense import Turn
from assistant.narrowing import Found, find, wanted
from assistant.reading import Reader
from assistant.reranking import reranking
from assistant.settings import Settings
from assistant.types import Answer, Event, Filters, Headline
from index.encoder import Encoder, default_encoder
from index.following import Index
from index.replica import UpstreamState
from index.rereading import cross_encoder_of
from index.types import Article, Hit

if TYPE_CHECKING:
    from llama_index.core.llms import LLM
    from llama_index.core.retrievers import BaseRetriever


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
            `CITEWIRE_LLM`, else "auto", which means the server `CITEWIRE_LLM_URL` where that is set.
        :raises IndexMissing, IndexCorrupt, IndexMismatch, EncoderMissing, ServerFailed: see `index.errors`.
        """
        self._settings = settings or Settings()
        self._encoder = encoder or default_encoder()
        self._rerank = reranking(self._settings)
        self._index_dir = Path(index_dir or self._settings.index)
        self._index = Index(self._index_dir, self._encoder)
        self._chosen = ChosenLLM(llm if llm is not None else self._settings.llm, self._settings)

    def search(
        self,
        question: str,
        history: Sequence[Turn] = (),
        top_k: int = 10,
        since: date | None = None,
        until: date | None = None,
        sources: Sequence[str] | None = None,
        as_of: date | None = None,
        understand: bool = True,
        articles: Sequence[str] | None = None,
    ) -> list[Hit]:
        """Find passages for a question, or for a follow-up to a conversation.

        What the question itself says about time and outlet ("since Nov 8", "according to …") narrows the search unless the
        arguments do, and unless that leaves nothing that fits the question.

        :param history: earlier turns, oldest first: {"role": "user" | "assistant", "content": str}.
        :param since, until: publication dates, both inclusive. :param sources: outlets.
        :param as_of: what "last week" counts from; by default today.
        :param understand: False: only the arguments narrow the search, whatever the question says about time and outlet.
        :param articles: ids; only these are searched. One that is no longer in the index is left out.
        :return: at most top_k hits, best first, of equals the newer first.
        """
        return self.find(question, history, top_k, since, until, sources, as_of, understand, articles).hits

    def find(
        self,
        question: str,
        history: Sequence[Turn] = (),
        top_k: int = 10,
        since: date | None = None,
        until: date | None = None,
        sources: Sequence[str] | None = None,
        as_of: date | None = None,
        understand: bool = True,
        articles: Sequence[str] | None = None,
    ) -> Found:
        """The same with the filters that were searched with, and notices such as that those of the question were lifted."""
        with self._index.pinned() as generation:
            filters = Filters(since, until, tuple(sources or ()), articles=tuple(articles or ()))
            want = wanted(question, generation, filters, as_of or date.today(), understand)
            return find(want, history, generation, top_k, self._rerank)

    def answer(
        self,
        question: str,
        history: Sequence[Turn] = (),
        since: date | None = None,
        until: date | None = None,
        sources: Sequence[str] | None = None,
        as_of: date | None = None,
        understand: bool = True,
        articles: Sequence[str] | None = None,
    ) -> Answer:
        """Answer from the articles, every sentence with its quotes, or abstain. Parameters as in `search`."""
        answer = None
        for event in self.stream(question, history, since, until, sources, None, as_of, understand, articles):
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
        understand: bool = True,
        articles: Sequence[str] | None = None,
    ) -> Generator[Event, None, None]:
        """The same in steps: evidence, each sentence as it passes the check, the answer. Closing it stops the model.

        :param stopped: setting it stops the model at once, from any thread; the answer is then what had passed by then.
        """
        filters = Filters(since, until, tuple(sources or ()), articles=tuple(articles or ()))
        with self._index.pinned() as generation:
            day = as_of or date.today()
            reader = Reader(question.strip(), history, filters, day, generation, self._encoder, self._rerank, understand)
            with closing(asking(reader, self._chosen.llm, stopped)) as events:
                yield from events

    def article(self, article_id: str) -> Article:
        """The article as indexed. :raises ArticleNotFound: if it is not, or no longer, in the index."""
        return self._index.article(article_id)

    def receipt(self, answer: Answer) -> dict[str, Any]:
        """What an answer of this assistant came from, for `replaying.replay`: plain values, ready for JSON."""
        from assistant.receipts import receipt

        with self._index.pinned() as generation:
            encoder = generation.manifest.encoder
        return receipt(answer, self._chosen.llm(), encoder)

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
    def upstream(self) -> UpstreamState | None:
        """How it stands with the place that the index is fetched from; None where it is built here."""
        return self._index.upstream

    @property
    def words_only(self) -> bool:
        """True while the server that holds the vectors does not answer: only words are searched."""
        with self._index.pinned() as generation:
            return generation.words_only

    @property
    def index_dir(self) -> Path:
        """The folder of the index."""
        return self._index_dir

    @property
    def generation(self) -> str:
        """Name of the index generation that the next question is answered from."""
        return self._index.generation

    @property
    def model_name(self) -> str:
        """Name of the model that writes answers; "none" while they are composed of quotes."""
        return name_of(self._chosen.llm())

    def use_llm(self, llm: str | LLM) -> None:
        """Answer with another model from the next question on."""
        self._chosen.choose(llm)

    def warm(self) -> None:
        """Load what the first question would have to wait for."""
        self._encoder.encode_query("warm")
        if reader := cross_encoder_of(self._encoder):
            reader.load()
        self._chosen.load()

    def close(self) -> None:
        """Let go of the index and free the model's memory; it is not to be used afterwards."""
        self._index.close()
        self._chosen.close()


def answer(question: str, history: Sequence[Turn] = (), **filters: Any) -> Answer:
    """Answer one question with the settings of the environment. For several, keep an `Assistant`."""
    with closing(Assistant()) as assistant:
        return assistant.answer(question, history, **filters)
