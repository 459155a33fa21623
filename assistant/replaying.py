"""The question of a receipt asked again, of the index and with the model as they are now, and what is not as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from assistant.answers import digest_of
from assistant.errors import ReceiptError
from index.errors import ArticleNotFound

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.types import Answer


@dataclass(frozen=True, slots=True)
class Replayed:
    """The question of a receipt, asked again. `differences` are sentences; the answer can be the same though the index is not."""

    answer: Answer
    same: bool
    differences: tuple[str, ...]


def replay(kept: Mapping[str, Any], assistant: Assistant) -> Replayed:
    """Ask the question of a receipt again, of the index as it is now. :raises ReceiptError: if a part of it makes no sense."""
    answer = assistant.answer(kept["question"], **_arguments(kept))
    now = assistant.receipt(answer)
    same = kept["answer"] == now["answer"]
    return Replayed(answer, same, tuple(_differences(kept, now, assistant, same)))


def _arguments(kept: Mapping[str, Any]) -> dict[str, Any]:
    asked = kept["asked_for"]
    try:
        days = {name: date.fromisoformat(asked[name]) if asked.get(name) else None for name in ("since", "until", "today")}
        turns = [{"role": str(turn["role"]), "content": str(turn["content"])} for turn in kept["history"]]
        named = {name: [str(one) for one in asked.get(name) or ()] or None for name in ("sources", "articles")}
    except (KeyError, TypeError, ValueError) as error:
        raise ReceiptError(f"The receipt's history or filters make no sense ({error!r}). Write it anew.") from None
    understand = bool(asked.get("understand", True))
    return {"history": turns, "as_of": days.pop("today"), "understand": understand, **named, **days}


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
