"""The whole order, from a question to its answer: search, judge, draft, attribute, cite, compare. The only file that knows it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

from assistant.answers import Citer
from assistant.currency import beyond
from assistant.disagreement import conflicts, preferred, told
from assistant.injected import may_quote
from assistant.outcomes import Asked, ended
from assistant.reading import Reader
from assistant.types import Event, Sentence
from assistant.writing import draft

if TYPE_CHECKING:
    from llama_index.core.llms import LLM


def asking(reader: Reader, open_llm: Callable[[], LLM | None], stopped: threading.Event | None) -> Generator[Event, None, None]:
    """Evidence, each sentence as it passes the check, notices between them, the answer.

    :param open_llm: gives the answer model, or None; called when it is needed. Whatever it raises becomes a notice.
    """
    asked = reader.search()
    if reader.language == "English":  # the evidence is there long before its sentences are ranked
        yield _evidence(asked)
        ranked = reader.rank(asked)
    else:
        asked, ranked = reader.rank_in_any_language(asked, open_llm, stopped)
        yield _evidence(asked)
    yield from _notices(asked, _remarks(asked, reader, ranked is not None))
    if ranked is None:
        yield Event("answer", answer=ended(asked, (), Citer(asked.generation), stopped))
        return
    found = conflicts(f"{asked.put} {asked.found.condensed.context}", ranked)
    superseded = {c.older.text for c in found if c.kind != "conflict"}
    citer, sentences = Citer(asked.generation), list[Sentence]()

    def shown(text: str) -> bool:
        return text not in superseded and may_quote(text, asked.question)

    with closing(draft(asked, preferred(ranked, found), open_llm, shown, stopped)) as steps:
        for step in steps:
            if isinstance(step, str):
                yield from _notices(asked, (step,))
                continue
            asked.clock("first_token_s")
            sentences.append(citer.cite(step))
            yield Event("text", sentence=sentences[-1])
    asked.disagreements += told(found, citer) if sentences else ()
    yield from _notices(asked, [d.sentence for d in asked.disagreements])
    yield Event("answer", answer=ended(asked, sentences, citer, stopped))


def _evidence(asked: Asked) -> Event:
    asked.clock("evidence_s")
    return Event("evidence", evidence=asked.evidence, form=asked.task.form)


def _notices(asked: Asked, texts: Iterable[str]) -> Iterator[Event]:
    for text in filter(None, texts):
        asked.notices.append(text)
        yield Event("notice", text=text)


def _remarks(asked: Asked, reader: Reader, answered: bool) -> list[str]:
    """What the user should know of the search before he reads an answer."""
    newest = asked.generation.manifest.newest
    missing = [name for name, _ in asked.task.sides if asked.sides and name not in asked.sides]
    return [
        *asked.found.notices,
        beyond(asked.question, reader.today, date.fromisoformat(newest) if newest else None),
        *(_of_missing(name, name in asked.task.outlets) for name in missing),
        _of_language(asked, reader.language, answered),
    ]


def _of_missing(side: str, is_outlet: bool) -> str:
    return f"The articles by {side} say nothing on this." if is_outlet else f"The articles say nothing on this about {side!r}."


def _of_language(asked: Asked, language: str, answered: bool) -> str:
    if asked.english:
        return f"The question was put to the articles in English: “{asked.put}”"
    if answered or language == "English":
        return ""
    if asked.untranslated:
        return asked.untranslated
    return (
        f"The question seems to be in {language}. The search finds English articles by English words: ask in English, "
        "or with an answer model, which translates the question."
    )
