"""The answer model in this process, as a LlamaIndex LLM."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.custom import CustomLLM

from assistant.llm.gguf import Chunk, GgufEngine
from assistant.models import MODELS

_TOP_LOGPROBS = 20
_UNLIKELY = math.log(1e-6)  #: of a word that is not among the likely ones


class LocalLLM(CustomLLM):
    """A GGUF file, greedy and with a fixed seed: the same prompt gives the same text.

    Every call takes `max_tokens`, `timeout_s`, and what the engine knows besides: `grammar`, `response_format`, `stop`.
    Closing a stream stops the engine. Failures are `LLMFailed` or one of its subclasses.
    """

    path: str = Field(description="The .gguf file")
    context_window: int = Field(default=4096, gt=0)
    max_tokens: int = Field(default=512, gt=0)
    timeout_s: float = Field(default=60.0, gt=0)
    _engine: GgufEngine = PrivateAttr()

    def __init__(self, path: str | Path, **fields: Any) -> None:
        super().__init__(path=str(path), **fields)
        self._engine = GgufEngine(Path(path), self.context_window)

    @classmethod
    def class_name(cls) -> str:
        return "citewire_local"

    @property
    def engine(self) -> GgufEngine:
        """The engine: its address, its key."""
        return self._engine

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(
            context_window=self.context_window,
            num_output=self.max_tokens,
            is_chat_model=True,
            model_name=_name_of(Path(self.path)),
        )

    def load(self) -> None:
        """Load now what the first question would load. :raises LLMFailed: it cannot be loaded."""
        self._engine.load()

    def close(self) -> None:
        """Stop generating and free the memory."""
        self._engine.close()

    def stream_deltas(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Iterator[str]:
        """The answer piece by piece. Closing it closes the engine's stream, not only LlamaIndex's wrapper around it."""
        with closing(self._chat(messages, kwargs)) as responses:
            for response in responses:
                if response.delta:
                    yield response.delta

    @property
    def judges(self) -> bool:
        """Whether `odds` of Yes and No mean what `assistant.judging` takes them for: that was measured of one model."""
        return self.metadata.model_name in MODELS and MODELS[self.metadata.model_name].judges

    def odds(self, messages: Sequence[Mapping[str, str]], words: tuple[str, str], **kwargs: Any) -> float | None:
        """How much rather the answer begins with the first word than with the second: the log of their odds, 0 for alike.

        :return: None if it would begin with neither, or was stopped.
        """
        asked = {"max_tokens": 1, "logprobs": True, "top_logprobs": _TOP_LOGPROBS} | kwargs
        first = dict[str, float]()
        for chunk in self._engine.chat([dict(message) for message in messages], **self._options(asked)):
            for token in _likely(chunk):
                first.setdefault(token["token"].strip(), token["logprob"])
        if first.keys().isdisjoint(words):
            return None
        one, other = (max(first.get(word, _UNLIKELY), _UNLIKELY) for word in words)
        return one - other

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        response = _last(self._chat(messages, kwargs))
        response.delta = None
        return response

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        return self._chat(messages, kwargs)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        response = _last(self._complete(prompt, formatted, kwargs))
        response.delta = None
        return response

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        return self._complete(prompt, formatted, kwargs)

    def _chat(self, messages: Sequence[ChatMessage], kwargs: dict[str, Any]) -> ChatResponseGen:
        plain = [{"role": message.role.value, "content": message.content or ""} for message in messages]
        text = ""
        for delta, chunk in _deltas(self._engine.chat(plain, **self._options(kwargs))):
            text += delta
            message = ChatMessage(role=MessageRole.ASSISTANT, content=text)
            yield ChatResponse(message=message, delta=delta, raw=chunk)

    def _complete(self, prompt: str, formatted: bool, kwargs: dict[str, Any]) -> CompletionResponseGen:
        # A bare prompt goes through the chat template too: an instruct model rambles without it.
        if formatted:
            chunks = self._engine.complete(prompt, **self._options(kwargs))
        else:
            chunks = self._engine.chat([{"role": "user", "content": prompt}], **self._options(kwargs))
        text = ""
        for delta, chunk in _deltas(chunks):
            text += delta
            yield CompletionResponse(text=text, delta=delta, raw=chunk)

    def _options(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        return {"max_tokens": self.max_tokens, "timeout_s": self.timeout_s} | kwargs


def _name_of(path: Path) -> str:
    """A model of the registry lies in a folder of its name; any other file is its own name."""
    return path.parent.name if path.parent.name in MODELS else path.stem


def _deltas(chunks: Iterator[Chunk]) -> Iterator[tuple[str, Chunk]]:
    """The pieces of text, and at last an empty one with the engine's timings."""
    for chunk in chunks:
        for choice in chunk.get("choices") or ():
            delta = (choice.get("delta") or {}).get("content") or choice.get("text") or ""
            if delta or choice.get("finish_reason"):
                yield delta, chunk


def _likely(chunk: Chunk) -> Iterator[dict[str, Any]]:
    """The likely first tokens of an answer, as a piece of its stream tells them, the likeliest first."""
    for choice in chunk.get("choices") or ():
        for token in ((choice.get("logprobs") or {}).get("content") or ())[:1]:
            yield from token["top_logprobs"]


def _last(items: Iterator[Any]) -> Any:
    *_, last = items
    return last
