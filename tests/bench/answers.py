"""What answers are worth: our three ways to one beside LlamaIndex's CitationQueryEngine with the same model, in the same run.

    python -m tests.bench.answers DIR --index INDEX [--limit N] [--others N] [--parts N] [--llm NAME …]

DIR holds articles.jsonl and questions.jsonl: {id, kind: single | followup | unanswerable, question, history, answers, article_id,
start, end}. INDEX is built there first, which embeds only what it does not hold yet. `--limit`, `--others` and `--parts` are
questions of each kind: for our modes, for CitationQueryEngine (it takes a minute each on two cores), and for the second table,
which switches off one part at a time. The same questions come first in each, so that rows can be compared.

CitationQueryEngine runs twice: with all its own defaults, as its users have it, on chunks of 1,024 tokens, and with our passages
and their vectors in place of its chunks. Of a follow-up it gets the question together with its conversation. A citation of its
is the source that a marker in its text names; it has no way to abstain but to say so.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import ui.offline  # noqa: F401  before anything heavy
from assistant import Assistant
from assistant.condense import condense
from assistant.drafting import Outcome, Supported
from assistant.evaluate import Question, read_questions
from assistant.grounding.attribution import MIN_QUOTED, quoted_share
from assistant.grounding.support import supports
from assistant.llm import open_llm
from assistant.models import DEFAULT_ANSWER, MODELS, SMALL_ANSWER, status
from assistant.selection import Candidate
from assistant.types import Evidence
from index import build
from index.encoder import default_encoder
from index.generations import read_manifest
from index.search import Generation
from index.sentences import sentence_spans
from index.vectors import Vectors

KINDS = ("single", "followup", "unanswerable")
COLUMNS = ("contains", "cites_gold", "cites_span", "verbatim", "cited", "grounded", "abstained")
_SHORT = 600  #: characters; a longer text would contain nearly anything
_MARKER = re.compile(r"\[(\d+)\]")
_SAYS_NOT = re.compile(
    r"\b(?:not|no|cannot|n't)\b.{0,60}\b(?:answer|information|mention|provide|contain|specif|state)", re.I | re.S
)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a sentence is cited with. `verbatim`: it is a slice of its article, at these characters."""

    article_id: str
    start: int
    end: int
    text: str
    verbatim: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of any system. Seconds: until the evidence, the first text that stays, the whole answer."""

    sentences: list[tuple[str, list[Quote]]]
    abstained: bool
    seconds: tuple[float, float, float]

    @property
    def text(self) -> str:
        return " ".join(text for text, _ in self.sentences)


@dataclass(slots=True)
class Row:
    """Measures of one system, by kind."""

    name: str
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    seconds: list[tuple[float, float, float]] = field(default_factory=list)

    def add(self, question: Question, said: Said) -> None:
        into = self.values.setdefault(question.kind, {})
        for name, value in _measures(question, said):
            into.setdefault(name, []).append(value)
        self.seconds.append(said.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=10, help="questions of each kind for our modes (default 10)")
    parser.add_argument("--others", type=int, default=5, help="the same for CitationQueryEngine; 0: leave it out (default 5)")
    parser.add_argument("--parts", type=int, default=5, help="the same for the table of parts; 0: leave it out (default 5)")
    parser.add_argument("--llm", nargs="*", help="our modes (default: none and the local models that are here)")
    args = parser.parse_args()
    build([args.dir / "articles.jsonl"], args.index)
    questions = read_questions(args.dir / "questions.jsonl")
    here = [name for name in (DEFAULT_ANSWER, SMALL_ANSWER) if status(MODELS[name]) == "ready"]
    heading()
    for mode in ["none", *here] if args.llm is None else args.llm:
        show(ours(args.index, mode, sample(questions, args.limit), mode))
    if args.others and here:
        for name, made in (("its chunks", _of_documents(args.index)), ("our passages", _of_passages(args.index))):
            row = Row(f"CitationQueryEngine, {name}")
            show(citation_query_engine(row, made, args.index, here[0], sample(questions, args.others)))
    if args.parts and here:
        print("\nwithout one part each")
        heading()
        for name, change in {"all parts": lambda stack: None, **PARTS}.items():
            with ExitStack() as stack:
                change(stack)
                show(ours(args.index, here[0], sample(questions, args.parts), name))


def sample(questions: Sequence[Question], limit: int) -> list[Question]:
    """The first of a shuffled list: a smaller limit gives a part of what a larger one gives."""
    found = []
    for kind in KINDS:
        of_kind = [question for question in questions if question.kind == kind]
        random.Random(13).shuffle(of_kind)
        found += of_kind[:limit]
    return found


def ours(index_dir: Path, llm: str, questions: Sequence[Question], name: str) -> Row:
    row = Row(name)
    with closing(Assistant(index_dir, llm)) as assistant:
        assistant.warm()
        for question in questions:
            row.add(question, _answered(assistant, question))
    return row


def _answered(assistant: Assistant, question: Question) -> Said:
    answer = assistant.answer(question.question, question.history)
    texts = {c.article_id: assistant.article(c.article_id).text for c in answer.citations}
    sentences = [
        (
            s.text,
            [Quote(c.article_id, c.start, c.end, c.quote, texts[c.article_id][c.start : c.end] == c.quote) for c in s.citations],
        )
        for s in answer.sentences
    ]
    seconds = tuple(answer.timings[name] for name in ("evidence_s", "first_token_s", "total_s"))
    return Said(sentences, answer.abstained, seconds)  # type: ignore[arg-type]


def citation_query_engine(row: Row, vectors: Any, index_dir: Path, model: str, questions: Sequence[Question]) -> Row:
    """LlamaIndex's way: retrieve two nodes, number their chunks, ask the model to cite them. :param vectors: its index."""
    from llama_index.core.query_engine import CitationQueryEngine

    articles = _texts(index_dir)
    llm = open_llm(model, timeout_s=600)
    assert llm is not None, "a registered model that is ready opens"
    engine = CitationQueryEngine.from_args(vectors, llm=llm)
    llm.complete("Hello", max_tokens=1)  # loaded before the clock runs, as ours is
    for question in questions:
        query = condense(question.question, question.history).query
        started = time.perf_counter()
        nodes = engine.retrieve(_bundle(query))
        found_s = time.perf_counter() - started
        response = engine.synthesize(_bundle(query), nodes)
        total = time.perf_counter() - started
        row.add(question, _as_said(str(response), response.source_nodes, articles, (found_s, total, total)))
    llm.close()  # type: ignore[attr-defined]
    return row


def _bundle(query: str) -> Any:
    from llama_index.core.schema import QueryBundle

    return QueryBundle(query)


def _texts(index_dir: Path) -> dict[str, str]:
    with closing(Generation(index_dir, default_encoder())) as generation:
        return {article.id: article.text for article in generation.articles()}


def _embedding() -> Any:
    """Our embedding model as LlamaIndex's."""
    from llama_index.core.base.embeddings.base import BaseEmbedding

    encoder = default_encoder()

    class Embedding(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return encoder.encode_passages([text])[0].tolist()

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return encoder.encode_passages(texts).tolist()

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    return Embedding(embed_batch_size=64)


def _of_documents(index_dir: Path) -> Any:
    """The articles in LlamaIndex's own store, cut by its own splitter."""
    from llama_index.core import Document, VectorStoreIndex

    with closing(Generation(index_dir, default_encoder())) as generation:
        documents = [
            Document(text=a.text, metadata={"article": a.id}, excluded_embed_metadata_keys=["article"])
            for a in generation.articles()
        ]
    return VectorStoreIndex.from_documents(documents, embed_model=_embedding())


def _of_passages(index_dir: Path) -> Any:
    """Our passages with our vectors in LlamaIndex's own store."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode

    with closing(Generation(index_dir, default_encoder())) as generation:
        spans = [(a, span) for a in generation.articles() for span in generation.passage_spans(a.id)]
    folder = index_dir / "generations" / (index_dir / "CURRENT").read_text().strip()
    assert read_manifest(folder).passages == len(spans)
    with closing(Vectors(folder / "chroma")) as stored:
        vectors = stored.vectors([f"{a.id}#{start}-{end}" for a, (start, end) in spans])
    nodes = []
    for a, (start, end) in spans:
        name = f"{a.id}#{start}-{end}"
        nodes.append(TextNode(id_=name, text=a.text[start:end], metadata={"article": a.id}, embedding=vectors[name].tolist()))
    return VectorStoreIndex(nodes, embed_model=_embedding())


def _as_said(text: str, sources: Sequence[Any], articles: dict[str, str], seconds: tuple[float, float, float]) -> Said:
    quotes = []
    for source in sources:
        article_id = source.node.metadata["article"]
        chunk = source.node.get_content().split("\n", 1)[1].rstrip("\n")  # after "Source 1:"
        start = articles[article_id].find(chunk)
        quotes.append(Quote(article_id, start, start + len(chunk), chunk, start >= 0))
    sentences = []
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        cited = [quotes[int(n) - 1] for n in _MARKER.findall(sentence) if 0 < int(n) <= len(quotes)]
        bare = _MARKER.sub("", sentence).strip(" .\n")
        if bare:
            sentences.append((_MARKER.sub("", sentence).strip(), cited))
        elif sentences and cited:  # the marker stands after the full stop
            sentences[-1][1].extend(cited)
    abstained = not sentences or (_SAYS_NOT.search(text) is not None and not any(cited for _, cited in sentences))
    return Said(sentences, abstained, seconds)


def _measures(question: Question, said: Said) -> Iterator[tuple[str, float]]:
    quotes = [quote for _, cited in said.sentences for quote in cited]
    yield "abstained", float(said.abstained)
    yield from (("verbatim", float(quote.verbatim)) for quote in quotes)
    if not said.abstained:
        for text, cited in said.sentences:
            yield "cited", float(bool(cited))
            yield "grounded", float(quoted_share(text, [quote.text for quote in cited]) >= MIN_QUOTED)
    if question.kind == "unanswerable":
        return
    right = [] if said.abstained else [quote for quote in quotes if quote.article_id == question.article_id]
    text = _plain(said.text) if not said.abstained and len(said.text) <= _SHORT else ""
    yield "contains", float(any(_plain(gold) in text for gold in question.answers if _plain(gold)))
    yield "cites_gold", float(bool(right))
    if question.start is not None and question.end is not None:
        start, end = question.start, question.end
        yield "cites_span", float(any(quote.start < end and start < quote.end for quote in right))


def _plain(text: str) -> str:
    return " ".join(word for word in re.sub(r"[^\w\s]", "", text.lower()).split() if word not in ("a", "an", "the"))


def heading() -> None:
    print(f"{'':42} {'kind':12} {'n':>3}  {'  '.join(f'{name:>10}' for name in COLUMNS)}   evidence, first text, whole: median s")


def show(row: Row) -> None:
    """One line for each kind, and the refusals of all."""
    medians = " ".join(f"{statistics.median(values):7.2f}" for values in zip(*row.seconds, strict=True))
    for kind, values in row.values.items():
        cells = [f"{statistics.mean(values[name]):10.2f}" if values.get(name) else f"{'-':>10}" for name in COLUMNS]
        print(f"{row.name[:42]:42} {kind:12} {len(values['abstained']):3}  {'  '.join(cells)}   {medians}", flush=True)
    refused = row.values.get("unanswerable", {}).get("abstained", [])
    wrongly = [v for kind in KINDS[:2] for v in row.values.get(kind, {}).get("abstained", [])]
    if refused and wrongly:
        recall, false = statistics.mean(refused), statistics.mean(wrongly)
        print(f"{'':42} refusal: recall {recall:.2f}, false abstention {false:.2f}", flush=True)


def _whole_passages(stack: ExitStack) -> None:
    """The model reads whole passages, not the best sentences, nor one of them."""

    def whole(candidates: Sequence[Candidate], *_: Any) -> tuple[Evidence, ...]:
        found = {c.evidence.number: c.evidence for c in candidates}
        return tuple(replace(e, number=n) for n, e in enumerate(found.values(), start=1))

    stack.enter_context(patch("assistant.proposing.excerpts", whole))
    _not_judged(stack)


def _own_markers(stack: ExitStack) -> None:
    """A sentence is cited with what the model's own markers name, whole, as the model is asked to write them. It reads all
    excerpts: of one there would be nothing to tell apart."""
    from assistant import prompts, proposing

    def written(deltas: Iterable[str], evidence: Sequence[Evidence], outcome: Outcome, *_: Any) -> Iterator[Supported]:
        text = "".join(deltas)
        for start, end in sentence_spans(text):
            sentence = text[start:end]
            numbers = [int(n) for n in _MARKER.findall(sentence) if 0 < int(n) <= len(evidence)]
            outcome.kept += 1
            yield Supported(_MARKER.sub("", sentence).strip(), [(e, e.start, e.end) for e in (evidence[n - 1] for n in numbers)])

    for name in ("SYSTEM", "SYSTEM_OF_FOLLOW_UPS"):
        asks = getattr(prompts, name) + " After each sentence name the excerpt it comes from, like [1]."
        stack.enter_context(patch.object(prompts, name, asks))
    stack.enter_context(patch.object(proposing, "written", written))
    _not_judged(stack)


def _unchecked(stack: ExitStack) -> None:
    """Each sentence keeps the nearest quotes, supported or not."""

    def nearest(sentence: str, evidence: Sequence[Evidence]) -> list[tuple[Evidence, int, int]]:
        found = [(supports(sentence, item.text), item) for item in evidence]
        verdict, item = max(found, key=lambda pair: pair[0].score, default=(None, None))
        return [(item, item.start + a, item.start + b) for a, b in verdict.spans] if verdict and item else []

    stack.enter_context(patch("assistant.drafting.attribute", nearest))


def _never_silent(stack: ExitStack) -> None:
    """An answer is given whatever the articles have of the question, and whatever the model says of them."""
    stack.enter_context(patch("assistant.reading.answerable", lambda relevance, evidence, ranked, **settings: bool(ranked)))
    stack.enter_context(patch("assistant.drafting._REFUSAL", re.compile(r"(?!)")))
    stack.enter_context(patch("assistant.proposing.LEAST", -math.inf))


def _not_judged(stack: ExitStack) -> None:
    """The model reads all excerpts at once, and may refuse them."""
    stack.enter_context(patch("assistant.proposing.can_judge", lambda llm, question: False))


PARTS: dict[str, Callable[[ExitStack], None]] = {
    "without judging sentences": _not_judged,
    "without short evidence": _whole_passages,
    "without attribution (the model's own markers)": _own_markers,
    "without the support check": _unchecked,
    "without abstention": _never_silent,
}

if __name__ == "__main__":
    main()
