"""Ask an index of news articles a question; every sentence of the answer carries a verbatim quote.

>>> from assistant import Assistant, answer, supports
>>> answer("What did the Kremlin say about NATO?").text
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.assistant import Assistant as Assistant
    from assistant.assistant import answer as answer
    from assistant.errors import AssistantError as AssistantError
    from assistant.grounding.support import supports as supports
    from assistant.types import Answer as Answer
    from assistant.types import Citation as Citation
    from assistant.types import Event as Event
    from assistant.types import Evidence as Evidence
    from assistant.types import Sentence as Sentence
    from assistant.types import Support as Support

_HOME = {
    "Answer": "types",
    "Assistant": "assistant",
    "AssistantError": "errors",
    "Citation": "types",
    "Event": "types",
    "Evidence": "types",
    "Sentence": "types",
    "Support": "types",
    "answer": "assistant",
    "supports": "grounding.support",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Load on first use: `citewire --help` must not wait for what it does not need."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"assistant.{_HOME[name]}"), name)
