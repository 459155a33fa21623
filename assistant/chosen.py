"""The answer model that was chosen, opened when it is first needed, once for all threads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from assistant.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.llms import LLM


class ChosenLLM:
    """Holds the choice and the open model. Safe to use from threads."""

    def __init__(self, choice: str | LLM, settings: Settings) -> None:
        """:param choice: see `Assistant`. A model named, not left to "auto", is opened now, so that an error comes now."""
        self._settings = settings
        self._choice = self._named(choice)
        self._llm: LLM | None = None
        self._lock = threading.Lock()  # two threads that both opened it would load a gigabyte twice
        if not isinstance(self._choice, str) or self._choice not in ("auto", "none"):
            self.llm()

    def llm(self) -> LLM | None:
        """The model, if there is one; with "auto" it is looked for again until it is there."""
        with self._lock:
            if self._llm is None and self._choice != "none":
                from assistant.llm import open_llm

                settings = self._settings
                self._llm = open_llm(self._choice, settings.llm_model, settings.llm_key.get_secret_value())
            return self._llm

    def choose(self, choice: str | LLM) -> None:
        """Answer with another model from the next question on."""
        with self._lock:
            self._choice, self._llm = self._named(choice), None
        self.llm()

    def _named(self, choice: str | LLM) -> str | LLM:
        return self._settings.llm_url if choice == "auto" and self._settings.llm_url else choice

    def load(self) -> None:
        """Load what the first question would have to wait for."""
        load = getattr(self.llm(), "load", None)
        if load:
            load()

    def close(self) -> None:
        """Free the model's memory."""
        close = getattr(self._llm, "close", None)
        if close:
            close()


def name_of(llm: LLM | None) -> str:
    """The model's name; "none" without one."""
    return "none" if llm is None else llm.metadata.model_name
