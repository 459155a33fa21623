"""A question in another language than the articles: asked of them in theirs, and answered in its own, by the answer model.

What is checked against the articles is the sentence before it is translated. A translation that loses a figure, a name or a
negation is not shown: the sentence stays as it was.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.drafting import Supported
from assistant.errors import LLMFailed
from assistant.languages import says_the_same
from assistant.prompts import translation

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

_MAX_TOKENS = 120
_TIMEOUT_S = 60.0


def in_english(question: str, llm: LLM, stopped: threading.Event | None) -> str:
    """The question in English; "" if the model is stopped or says nothing. :raises LLMFailed: if it fails."""
    english = _translate(question, "English", llm, stopped)
    return "" if stopped and stopped.is_set() else english


def translated(
    sentences: Sequence[Supported], language: str, llm: LLM, stopped: threading.Event | None
) -> Iterator[Supported | str]:
    """Each sentence in another language where that is safe, then a notice that some are."""
    done, failure = 0, ""
    for supported in sentences:
        text = ""
        if not failure:  # a server that is gone would be waited for with each sentence
            try:
                text = _translate(supported.text, language, llm, stopped)
            except LLMFailed as error:
                failure = str(error)
        safe = says_the_same(supported.text, text)
        done += safe
        yield replace(supported, text=text) if safe else supported
    if failure:
        yield f"{failure} What is not translated stays as it was."
    if done:
        yield f"The model translated {'the answer' if done == len(sentences) else 'a part of the answer'} into {language}; " + (
            "the quotes are the articles' own words."
        )


def _translate(text: str, language: str, llm: LLM, stopped: threading.Event | None) -> str:
    from assistant.llm import stream_text

    with closing(stream_text(llm, translation(text, language), _MAX_TOKENS, _TIMEOUT_S, stopped)) as deltas:
        said = "".join(deltas)
    return " ".join(said.split()).strip(' "“”„')
