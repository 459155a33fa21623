"""The drafting step: a model writes, and where it fails or writes nothing that is supported, quotes take its place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.drafting import Outcome, Supported, quoted
from assistant.errors import AssistantError
from assistant.forms import composed
from assistant.outcomes import Asked
from assistant.proposing import proposed
from assistant.selection import Candidate

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

#: quotes about each side of a comparison
_PER_SIDE = 2


def draft(
    asked: Asked,
    ranked: Sequence[Candidate],
    open_llm: Callable[[], LLM | None],
    shown: Callable[[str], bool],
    stopped: threading.Event | None,
) -> Generator[Supported | str, None, None]:
    """Sentences that may be said, or, as text, a notice for the user.

    :param ranked: sentences, best first. :param shown: False for a sentence of an article that no model is to read.
    """
    outcome = Outcome(silent=asked.doubted)
    try:
        llm = open_llm()
        if llm is not None:
            yield from proposed(asked, ranked, llm, shown, stopped, outcome)
    except AssistantError as error:
        outcome.failed = True
        rest = "The answer ends where it failed." if outcome.kept else "The answer is composed of quotes instead."
        yield str(error) if outcome.silent else f"{error} {rest}"
    if asked.doubted:  # by nothing but the sentence that was judged
        ranked = outcome.judged
    if outcome.kept or outcome.silent or (stopped and stopped.is_set()):
        return
    # A small model takes the story that a follow-up leaves out for a missing answer: it refused 10 of 20.
    # Of a timeline or a summary it refused what it would answer if asked for one thing.
    refused = outcome.refused and not asked.found.condensed.context and asked.task.form == "answer"
    if refused and not outcome.judged:  # what the cross-encoder sees an answer to was refused wrongly, see `answered.SEES_ANSWER`
        ranked = [candidate for candidate in ranked if candidate.answers]
        if not ranked:
            return
    if refused:
        yield "The answer model found no answer in the excerpts that it read. What is quoted looks like one."
    if asked.model != "none" and not (outcome.failed or outcome.refused):
        yield f"{_what_became_of_it(outcome)}: the answer is composed of quotes instead."
    asked.model = "none"
    yield from _quotes(asked, _pointed_at(ranked, outcome) if asked.task.form == "answer" else ranked)


def _what_became_of_it(outcome: Outcome) -> str:
    if outcome.dropped:
        return "Nothing that the model wrote stands in the articles"
    return "What the model wrote is no answer" if outcome.beside_it else "The model wrote nothing"


def _pointed_at(ranked: Sequence[Candidate], outcome: Outcome) -> list[Candidate]:
    """First the sentences that the model seems to have had in mind: it read them, even if it did not say what they say.
    Then those that it took most for the answer."""
    drawn = [
        candidate
        for item, start, end in outcome.drawn_from
        for candidate in ranked
        if candidate.evidence.article_id == item.article_id and candidate.start < end and start < candidate.end
    ]
    return list(dict.fromkeys([*drawn, *outcome.judged, *ranked]))


def _quotes(asked: Asked, ranked: Sequence[Candidate]) -> Iterator[Supported]:
    if not asked.sides:
        yield from composed(asked.task, ranked)
        return
    said: set[str] = set()
    for side, candidates in asked.sides.items():
        new = [c for c in candidates if c.text not in said]
        for supported in quoted(new, max_sentences=_PER_SIDE, max_chars=500, keep=0.6):
            said.update(c.text for c in new if (c.evidence, c.start) == supported.spans[0][:2])
            yield replace(supported, heading=side)
