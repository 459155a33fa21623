"""What the answer model proposes: it is asked, and what it writes passes sentence by sentence or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from assistant.chosen import name_of
from assistant.drafting import Outcome, Supported, quoted, written
from assistant.errors import LLMFailed
from assistant.excerpts import FORM_CHARS, MAX_CHARS, excerpts
from assistant.forms import MAX_QUOTED_CHARS, in_order, laid_out, repeats, with_side
from assistant.judging import BEYOND_DOUBT, LEAST, asked_of, can_judge, judged, until_sure
from assistant.outcomes import Asked
from assistant.prompts import messages, telling
from assistant.selection import Candidate
from assistant.tasks import Task
from assistant.translating import translated
from assistant.types import Evidence

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

#: an answer of the model is short; more than this is the model talking to itself
MAX_ANSWER_TOKENS, MAX_FORM_TOKENS = 120, 260
#: seconds for one answer, waiting for the answers of others included
ANSWER_TIMEOUT_S = 120.0


def proposed(
    asked: Asked,
    ranked: Sequence[Candidate],
    llm: LLM,
    shown: Callable[[str], bool],
    stopped: threading.Event | None,
    outcome: Outcome,
) -> Iterator[Supported | str]:
    """Sentences that may be said, or, as text, a notice for the user; parameters as in `writing.draft`.

    :param outcome: what became of it is written there. :raises LLMFailed: or a subclass, for every failure of the model.
    """
    form, sides = asked.task.form, [name for name, _ in asked.task.sides]
    judges = form == "answer" and can_judge(llm, asked.put)
    if asked.doubted and not judges:
        return
    asked.model = name_of(llm)
    if judges:
        yield from (_doubted if asked.doubted else _judged)(asked, ranked, llm, shown, stopped, outcome)
        return
    context = excerpts(_read(asked, ranked), MAX_CHARS if form == "answer" else FORM_CHARS, shown)
    prompt = messages(asked.put, context, asked.found.condensed.context, form, sides, asked.write_in)
    yield from _drafted(asked, prompt, context, llm, stopped, outcome, ANSWER_TIMEOUT_S)


def _judged(
    asked: Asked,
    ranked: Sequence[Candidate],
    llm: LLM,
    shown: Callable[[str], bool],
    stopped: threading.Event | None,
    outcome: Outcome,
) -> Iterator[Supported | str]:
    """From the sentence taken for the answer, then what is as surely one or more surely; without one from all excerpts."""
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    judging = judged(asked, ranked, llm, shown, stopped, deadline)
    follows_on = asked.found.condensed.context
    read = until_sure(judging)
    outcome.judged = [one.candidate for one in read]
    sure = any(one.is_sure for one in read)
    # Of a follow-up one sentence seldom tells which story it belongs to, and the model doubts all of them.
    outcome.silent = not follows_on and bool(read) and max(one.total for one in read) < LEAST
    if outcome.silent or (stopped and stopped.is_set()):
        return
    context = excerpts([*outcome.judged, *ranked], MAX_CHARS, shown)
    if sure:
        prompt = telling(asked_of(asked, read[0].candidate, shown), asked.write_in)
    else:
        prompt = messages(asked.put, context, follows_on, language=asked.write_in, refusing=not read)
    said: list[Supported] = []
    for step in _drafted(asked, prompt, context, llm, stopped, outcome, max(0.0, deadline - time.monotonic())):
        said += [step] if isinstance(step, Supported) else []
        yield step
    if sure and said and not asked.translate_to:
        least = min(read[0].total, BEYOND_DOUBT)
        with suppress(LLMFailed):  # the answer is whole
            yield from _besides(said, (one.candidate for one in judging if one.total >= least))


def _doubted(
    asked: Asked,
    ranked: Sequence[Candidate],
    llm: LLM,
    shown: Callable[[str], bool],
    stopped: threading.Event | None,
    outcome: Outcome,
) -> Iterator[Supported | str]:
    """From the best sentence alone, if both models take it for the answer beyond doubt; else nothing, as the words have it."""
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    best = next(judged(asked, ranked, llm, shown, stopped, deadline), None)
    outcome.silent = best is None or not best.candidate.answered or best.total < BEYOND_DOUBT
    if best is None or outcome.silent or (stopped and stopped.is_set()):
        return
    outcome.judged = [best.candidate]
    prompt = telling(asked_of(asked, best.candidate, shown))
    context = excerpts(outcome.judged, shown=lambda neighbour: False)
    yield from _drafted(asked, prompt, context, llm, stopped, outcome, max(0.0, deadline - time.monotonic()))
    outcome.silent = outcome.refused and not outcome.kept


def _besides(said: list[Supported], candidates: Iterable[Candidate]) -> Iterator[Supported]:
    """Quotes of those that say something else than what is said, as long as the answer stays short."""
    for candidate in candidates:
        for supported in quoted([candidate], max_sentences=1, max_chars=MAX_QUOTED_CHARS, keep=0.0):
            new = not any(repeats(supported.text, one.text) for one in said)
            if new and sum(len(one.text) for one in [*said, supported]) <= MAX_QUOTED_CHARS:
                said.append(supported)
                yield supported


def _drafted(
    asked: Asked,
    prompt: list[dict[str, str]],
    context: Sequence[Evidence],
    llm: LLM,
    stopped: threading.Event | None,
    outcome: Outcome,
    timeout_s: float,
) -> Iterator[Supported | str]:
    from assistant.llm import stream_text

    form = asked.task.form
    tokens = MAX_ANSWER_TOKENS if form == "answer" else MAX_FORM_TOKENS
    with closing(stream_text(llm, prompt, tokens, timeout_s, stopped)) as deltas:
        sentences = written(deltas, context, outcome, asked.put if form == "answer" else "")
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
