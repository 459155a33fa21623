"""A receipt: everything that an answer came from, as JSON, so that it can be had again, or it can be said why not.

A receipt is read as what it is, a file from somebody: what it names is looked up, and nothing in it is trusted to be there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.chosen import name_of
from assistant.errors import AssistantError, ModelMissing, ReceiptError
from assistant.excerpts import FORM_CHARS, MAX_CHARS
from assistant.judging import SETTINGS
from assistant.proposing import MAX_ANSWER_TOKENS, MAX_FORM_TOKENS

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from assistant.types import Answer, Citation

#: raised when an older receipt can no longer be read
FORMAT = 1
_WRITE_ONE = "Write one with `citewire ask … --receipt FILE`."
_PARTS: dict[str, type] = {"question": str, "history": list, "asked_for": dict, "model": dict, "answer": dict, "articles": dict}
_SETTINGS = {
    "temperature": 0.0,
    "max_tokens": MAX_ANSWER_TOKENS,
    "max_tokens_of_forms": MAX_FORM_TOKENS,
    "excerpt_chars": MAX_CHARS,
    "excerpt_chars_of_forms": FORM_CHARS,
    "judging": SETTINGS,
}


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
            "articles": list(request.articles),
        },
        "filters": {
            "since": _iso(filters.since),
            "until": _iso(filters.until),
            "sources": list(filters.sources),
            "articles": list(filters.articles),
        },
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
        raise ReceiptError(f"This is no receipt: it is no JSON ({error}). {_WRITE_ONE}") from None
    if not isinstance(found, dict) or found.get("receipt") != FORMAT:
        raise ReceiptError(f"This is no receipt of format {FORMAT}. {_WRITE_ONE}")
    wrong = [name for name, kind in _PARTS.items() if not isinstance(found.get(name), kind)]
    if wrong:
        raise ReceiptError(f"The receipt lacks {', '.join(map(repr, wrong))}, or has something else there. Write it anew.")
    return found


def named_model(kept: Mapping[str, Any]) -> str:
    """The model that a receipt names, if it is one of the registry, or "none".

    :raises ModelMissing: for anything else. An address or a file that a stranger's receipt names must not be opened: it would
        be sent the articles, and the key.
    """
    from assistant.models import MODELS

    name = str(kept["model"].get("name", "none"))
    if name != "none" and name not in MODELS:
        raise ModelMissing(f"The receipt names the model {name!r}, which is none of `citewire models list`: name one with --llm.")
    return name


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


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _version() -> str:
    try:
        return version("citewire")
    except PackageNotFoundError:
        return "not installed"
