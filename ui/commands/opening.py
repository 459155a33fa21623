"""From options to an open assistant, and the models it needs on the way."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import ui.offline  # noqa: F401  before anything heavy is imported
from ui.terminal import say

if TYPE_CHECKING:
    from assistant.assistant import Assistant


def open_assistant(index_dir: Path, llm: str, no_llm: bool, llm_model: str) -> Assistant:
    """The assistant that the shared options describe.

    :raises CitewireIndexError, AssistantError: as `Assistant` does.
    """
    from assistant.assistant import Assistant
    from assistant.settings import Settings

    chosen = "none" if no_llm else llm
    return Assistant(index_dir, chosen, settings=Settings(index=index_dir, llm=chosen, llm_model=llm_model))


def warm(assistant: Assistant) -> None:
    """Load the models before the first question, so that its time is the question's own."""
    from assistant.errors import LLMFailed

    with suppress(LLMFailed):  # the question will meet it again, and be answered from quotes with a notice
        assistant.warm()


def pull_embedding_model(hub: bool | None) -> None:
    """Get the embedding model, with progress, if it is not here. :param hub: see `models.pull`."""
    from assistant.models import DEFAULT_EMBEDDING, MODELS, pull, status
    from assistant.models.progress import show_progress

    if os.environ.get("CITEWIRE_ENCODER") or os.environ.get("CITEWIRE_ENCODER_URL"):
        return  # another one embeds
    if status(MODELS[DEFAULT_EMBEDDING]) == "ready":
        return
    say("Getting the embedding model: needed once, 92 MB.")
    with show_progress() as progress:
        pull(DEFAULT_EMBEDDING, on_progress=progress, hub=hub)


def model_to_pull(llm: str) -> str:
    """The name of the answer model that `llm` means and that is not on this machine; "" if there is none to get."""
    from assistant.models import DEFAULT_ANSWER, MODELS, status
    from assistant.settings import Settings

    if llm == "auto" and Settings().llm_url:
        return ""
    name = DEFAULT_ANSWER if llm == "auto" else llm
    return name if name in MODELS and status(MODELS[name]) != "ready" else ""


class AnswerModelPull:
    """Gets an answer model while the chat already answers from quotes, then hands it to the assistant."""

    def __init__(self, assistant: Assistant, name: str, hub: bool | None) -> None:
        self._assistant, self._name, self._hub = assistant, name, hub
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="answer-model", daemon=True)

    def start(self) -> None:
        """Begin in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Give up; what has arrived stays, and the next pull goes on from there."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        from assistant.errors import AssistantError
        from assistant.models import pull
        from assistant.models.progress import show_progress

        try:
            with show_progress() as show:

                def on_progress(name: str, done: int, total: int) -> None:
                    if self._stopping.is_set():
                        raise _Stopped
                    show(name, done, total)

                pull(self._name, on_progress=on_progress, hub=self._hub)
            self._assistant.use_llm(self._name)
            say(f"{self._name} is ready: from now on it writes the answers.")
        except _Stopped:
            pass
        except AssistantError as error:
            say(f"{error} Until then answers are composed of quotes.")


class _Stopped(Exception):
    """The chat is ending."""
