"""The drafting step: a model writes, and where it fails or writes nothing that is supported, quotes take its place."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from assistant.chosen import name_of
from assistant.drafting import Outcome, Supported, quoted, written
from assistant.errors import LLMFailed
from assistant.excerpts import excerpts
from assistant.outcomes import Asked
from assistant.prompts import messages
from assistant.selection import Candidate

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

#: an answer of the model is short; more than this is the model talking to itself
MAX_ANSWER_TOKENS = 120
#: seconds for one answer, waiting for the answers of others included
ANSWER_TIMEOUT_S = 120.0


def draft(
    asked: Asked, ranked: Sequence[Candidate], llm: LLM | None, stopped: threading.Event | None
) -> Generator[Supported | str, None, None]:
    """Sentences that may be said, or, as text, a notice for the user."""
    outcome = Outcome()
    if llm is not None:
        from assistant.llm import stream_text

        context = excerpts(ranked)
        prompt = messages(asked.question, context, asked.found.condensed.context)
        try:
            with closing(stream_text(llm, prompt, MAX_ANSWER_TOKENS, ANSWER_TIMEOUT_S, stopped)) as deltas:
                asked.model = name_of(llm)
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
