"""A receipt: everything that an answer came from, as JSON, so that it can be had again, or it can be said why not.

A receipt is read as what it is, a file from somebody: what it names is looked up, and nothing in it is trusted to be there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.answers import digest_of
from assistant.chosen import name_of
from assistant.errors import AssistantError, ReceiptError
from assistant.excerpts import FORM_CHARS, MAX_CHARS
from assistant.writing import MAX_ANSWER_TOKENS, MAX_FORM_TOKENS
from index.errors import ArticleNotFound

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from assistant.assistant import Assistant
    from assistant.types import Answer, Citation

#: raised when an older receipt can no longer be read
FORMAT = 1
_WRITE_ONE = "Write one with `citewire ask … --receipt FILE`."
_PARTS = {"question": str, "history": list, "asked_for": dict, "model": dict, "answer": dict, "articles": dict}
_SETTINGS = {
    "temperature": 0.0,
    "max_tokens": MAX_ANSWER_TOKENS,
    "max_tokens_of_forms": MAX_FORM_TOKENS,
    "excerpt_chars": MAX_CHARS,
    "excerpt_chars_of_forms": FORM_CHARS,
}


@dataclass(frozen=True, slots=True)
class Replayed:
    """The question of a receipt, asked again. `differences` are sentences; the answer can be the same though the index is not."""

    answer: Answer
    same: bool
    differences: tuple[str, ...]


def receipt(answer: Answer, llm: LLM | None, encoder: str) -> dict[str, Any]:
    """:param llm: that was asked to write it. :param encoder: fingerprint of the embedding model. :return: what JSON can hold."""
    filters, request = answer.filters, answer.request
    return {
        "receipt": FORMAT,
        "citewire": _version(),
        "question": answer.question,
        "rewritten": answer.standalone or answer.question,
        "history": [{"role": role, "content": content} for role, content in request.history],
        "asked_for": {
            "since": _iso(request.since),
            "until": _iso(request.until),
            "sources": list(request.sources),
            "today": _iso(request.today),
            "understand": request.understand,
        },
        "filters": {"since": _iso(filters.since), "until": _iso(filters.until), "sources": list(filters.sources)},
        "generation": answer.generation,
        "encoder": encoder,
        "passages": list(answer.passages),
        "articles": dict(answer.digests),
        "model": {"name": name_of(llm), "sha256": file_hash(llm), "wrote": answer.model},
        "settings": dict(_SETTINGS),
        "answer": _answer(answer),
        "timings": dict(answer.timings),
    }


def read_receipt(text: str) -> dict[str, Any]:
    """:raises ReceiptError: if it is no receipt, or one of another format."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReceiptError(
            f"This is no receipt: it is no JSON ({error}). Write one with `citewire ask … --receipt FILE`."
        ) from None
    if not isinstance(found, dict) or found.get("receipt") != FORMAT:
        raise ReceiptError(f"This is no receipt of format {FORMAT}. {_WRITE_ONE}")
    wanted: dict[str, type] = {
        "question": str,
        "history": list,
        "asked_for": dict,
        "model": dict,
        "answer": dict,
        "articles": dict,
    }
    wrong = [name for name, kind in wanted.items() if not isinstance(found.get(name), kind)]
    if wrong:
        raise ReceiptError(f"The receipt lacks {', '.join(map(repr, wrong))}, or has something else there. Write it anew.")
    return found


def replay(kept: Mapping[str, Any], assistant: Assistant) -> Replayed:
    """Ask the question of a receipt again, of the index as it is now. :raises ReceiptError: if a part of it makes no sense."""
    answer = assistant.answer(kept["question"], **_arguments(kept))
    now = assistant.receipt(answer)
    same = kept["answer"] == now["answer"]
    return Replayed(answer, same, tuple(_differences(kept, now, assistant, same)))


def file_hash(llm: LLM | None) -> str:
    """SHA-256 of a local model's file; "" for a server and for none."""
    from assistant.models import MODELS
    from index.model_files import sha256_of

    path = getattr(llm, "path", "")
    if not path:
        return ""
    known = MODELS.get(name_of(llm))
    if known and len(known.files) == 1:  # its file was checked against this hash when it was opened
        return known.files[0].sha256
    try:
        return sha256_of(Path(path))
    except OSError as error:
        raise AssistantError(f"The model file {path} cannot be read ({error.strerror}).") from error


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.text,
        "form": answer.form,
        "abstained": answer.abstained,
        "citations": [_citation(c) for c in answer.citations],
        "disagreements": [d.sentence for d in answer.disagreements],
    }


def _citation(citation: Citation) -> dict[str, Any]:
    fields = asdict(citation)
    return {name: fields[name] for name in ("number", "article_id", "start", "end", "quote")}


def _arguments(kept: Mapping[str, Any]) -> dict[str, Any]:
    asked = kept["asked_for"]
    try:
        days = {name: date.fromisoformat(asked[name]) if asked.get(name) else None for name in ("since", "until", "today")}
        turns = [{"role": str(turn["role"]), "content": str(turn["content"])} for turn in kept["history"]]
        sources = [str(source) for source in asked.get("sources") or ()] or None
    except (KeyError, TypeError, ValueError) as error:
        raise ReceiptError(f"The receipt's history or filters make no sense ({error!r}). Write it anew.") from None
    understand = bool(asked.get("understand", True))
    return {"history": turns, "sources": sources, "as_of": days.pop("today"), "understand": understand, **days}


def _differences(kept: Mapping[str, Any], now: Mapping[str, Any], assistant: Assistant, same: bool) -> Iterator[str]:
    if kept.get("generation") != now["generation"]:
        yield f"The index is of generation {now['generation']}, the receipt of {kept.get('generation')}, which is not current."
    if kept.get("encoder") != now["encoder"]:
        yield f"The search uses the embedding model {now['encoder']}, not {kept.get('encoder')}."
    for article_id, digest in kept["articles"].items():
        try:
            text = assistant.article(article_id).text
        except ArticleNotFound:
            yield f"The article {article_id!r} is no longer in the index."
            continue
        if digest_of(text) != digest:
            yield f"The article {article_id!r} has changed."
    for name, what in (("name", "model is"), ("sha256", "model's file has the hash")):
        if kept["model"].get(name) != now["model"][name]:
            yield f"The {what} {now['model'][name] or 'none'}, not {kept['model'].get(name) or 'none'}."
    if kept.get("settings") != now["settings"] or kept.get("citewire") != now["citewire"]:
        yield f"Citewire is {now['citewire']} with its settings, the receipt is of {kept.get('citewire')}."
    if kept.get("passages") != now["passages"]:
        yield "The search finds other passages."
    if not same:
        yield "The answer is another one."


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _version() -> str:
    try:
        return version("citewire")
    except PackageNotFoundError:
        return "not installed"
