"""The drafting step: a model writes, and where it fails or writes nothing that is supported, quotes take its place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.chosen import name_of
from assistant.drafting import Outcome, Supported, quoted, written
from assistant.errors import AssistantError, LLMFailed
from assistant.excerpts import FORM_CHARS, MAX_CHARS, excerpts
from assistant.forms import composed, in_order, laid_out, with_side
from assistant.outcomes import Asked
from assistant.prompts import messages
from assistant.selection import Candidate
from assistant.tasks import Task
from assistant.translating import translated

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

#: an answer of the model is short; more than this is the model talking to itself
MAX_ANSWER_TOKENS, MAX_FORM_TOKENS = 120, 260
#: seconds for one answer, waiting for the answers of others included
ANSWER_TIMEOUT_S = 120.0
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
    outcome = Outcome()
    try:
        llm = open_llm()
        if llm is not None:
            asked.model = name_of(llm)
            yield from _written(asked, ranked, llm, shown, stopped, outcome)
    except AssistantError as error:
        outcome.failed = True
        rest = "The answer ends where it failed." if outcome.kept else "The answer is composed of quotes instead."
        yield f"{error} {rest}"
    # A small model takes the story that a follow-up leaves out for a missing answer: it refused 10 of 20.
    # Of a timeline or a summary it refused what it would answer if asked for one thing.
    refused = outcome.refused and not asked.found.condensed.context and asked.task.form == "answer"
    if refused:  # what the cross-encoder sees an answer to was refused wrongly, see `answered.SEES_ANSWER`
        ranked = [candidate for candidate in ranked if candidate.answers]
    if outcome.kept or (refused and not ranked) or (stopped and stopped.is_set()):
        return
    if refused:
        yield "The answer model found no answer in the excerpts that it read. What is quoted looks like one."
    if asked.model != "none" and not (outcome.failed or outcome.refused):
        wrote = "Nothing that the model wrote stands in the articles" if outcome.dropped else "The model wrote nothing"
        yield f"{wrote}: the answer is composed of quotes instead."
    asked.model = "none"
    yield from _quotes(asked, _pointed_at(ranked, outcome) if asked.task.form == "answer" else ranked)


def _written(
    asked: Asked,
    ranked: Sequence[Candidate],
    llm: LLM,
    shown: Callable[[str], bool],
    stopped: threading.Event | None,
    outcome: Outcome,
) -> Iterator[Supported | str]:
    from assistant.llm import stream_text

    form, sides = asked.task.form, [name for name, _ in asked.task.sides]
    plain = form == "answer"
    context = excerpts(_read(asked, ranked), MAX_CHARS if plain else FORM_CHARS, shown)
    prompt = messages(asked.put, context, asked.found.condensed.context, form, sides, asked.write_in)
    tokens = MAX_ANSWER_TOKENS if plain else MAX_FORM_TOKENS
    with closing(stream_text(llm, prompt, tokens, ANSWER_TIMEOUT_S, stopped)) as deltas:
        sentences = written(deltas, context, outcome)
        if not asked.translate_to and form != "timeline":
            yield from _headed(sentences, asked.task)
            return
        whole, failure = _until_failure(sentences)
    if form == "timeline":  # the model's order is no order of days
        whole = in_order(whole)
    yield from translated(whole, asked.translate_to, llm, stopped) if asked.translate_to else whole
    if failure:
        raise failure


def _until_failure(sentences: Iterable[Supported]) -> tuple[list[Supported], LLMFailed | None]:
    """What is held back until the draft is whole must not be lost when the model fails in its middle."""
    whole: list[Supported] = []
    try:
        for supported in sentences:
            whole.append(supported)
    except LLMFailed as error:
        return whole, error
    return whole, None


def _headed(sentences: Iterable[Supported], task: Task) -> Iterator[Supported]:
    heading = task.sides[0][0] if task.sides else ""
    for supported in sentences:
        supported = with_side(supported, task, heading) if task.sides else supported
        heading = supported.heading
        yield supported


def _read(asked: Asked, ranked: Sequence[Candidate]) -> Sequence[Candidate]:
    """What the model is given to read, most important first: of a comparison the best sentences of each side in turn."""
    if not asked.sides:
        return laid_out(asked.task, ranked)
    deepest = max(map(len, asked.sides.values()))
    return [side[i] for i in range(deepest) for side in asked.sides.values() if i < len(side)]


def _pointed_at(ranked: Sequence[Candidate], outcome: Outcome) -> list[Candidate]:
    """First the sentences that the model seems to have had in mind: it read them, even if it did not say what they say."""
    drawn = [
        candidate
        for item, start, end in outcome.drawn_from
        for candidate in ranked
        if candidate.evidence.article_id == item.article_id and candidate.start < end and start < candidate.end
    ]
    return list(dict.fromkeys([*drawn, *ranked]))


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
