"""A model server by URL, through LlamaIndex's `OpenAILike`: short connects, one retry before the first word, and an end at any
moment.

LlamaIndex's own stream can be left only when the next piece has come, and its connection lives on in a reference cycle; a server
that reads a long prompt for a listener who has left would go on. So each answer has an event loop and a client of its own:
cancelling closes the connection at once, which is what servers take for a stop, and nothing is left of a server that died.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import httpx
import openai
from llama_index.core.base.llms.types import ChatMessage
from llama_index.llms.openai_like import OpenAILike

from assistant.llm.pump import Emit

_CONNECT_S = 5.0
#: before the one retry: as long as a server takes that is just being restarted by somebody
_RETRY_AFTER_S = 0.5
_POLL_S = 0.1  #: how soon it is noticed that nobody listens any more


class ServerLLM(OpenAILike):
    """An OpenAI-compatible server. `timeout`: seconds from one piece of an answer to the next, and to the first."""

    @classmethod
    def class_name(cls) -> str:
        return "citewire_server"

    def relay(self, messages: Sequence[ChatMessage], emit: Emit[str], **options: Any) -> None:
        """Hand the answer to `emit` piece by piece; blocks. Empty pieces only ask whether anybody listens.

        :param options: `max_tokens`, and what else the server knows.
        :raises openai.OpenAIError, httpx.HTTPError: whatever went wrong, the second time before the first word.
        """
        asyncio.run(self._relay(messages, emit, options))

    async def _relay(self, messages: Sequence[ChatMessage], emit: Emit[str], options: dict[str, Any]) -> None:
        reading = asyncio.ensure_future(self._read(messages, emit, options))
        while not reading.done():
            await asyncio.wait({reading}, timeout=_POLL_S)
            if emit(""):
                reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading

    async def _read(self, messages: Sequence[ChatMessage], emit: Emit[str], options: dict[str, Any]) -> None:
        said = False

        def tell(piece: str) -> bool:
            nonlocal said
            said = said or bool(piece)
            return emit(piece)

        try:
            await self._read_once(messages, tell, options)
        except (openai.APIError, httpx.TransportError) as error:
            if said or not _may_pass(error):  # what was said cannot be taken back
                raise
            await asyncio.sleep(_RETRY_AFTER_S)
            await self._read_once(messages, tell, options)

    async def _read_once(self, messages: Sequence[ChatMessage], emit: Emit[str], options: dict[str, Any]) -> None:
        async with openai.DefaultAsyncHttpxClient(timeout=self._timeouts) as client:
            ended = False
            async for piece in await self._through(client).astream_chat(messages, **options):
                choices = getattr(piece.raw, "choices", None) or ()
                ended = ended or any(choice.finish_reason for choice in choices)
                if emit(piece.delta or ""):
                    return
            if not ended:  # a proxy ends the stream of a server that died as if it were whole
                raise httpx.RemoteProtocolError("the stream ended before the answer did")

    def _through(self, client: httpx.AsyncClient) -> ServerLLM:
        llm = self.model_copy()
        llm._aclient, llm._async_http_client = None, client
        return llm

    @property
    def _timeouts(self) -> httpx.Timeout:
        return httpx.Timeout(self.timeout, connect=min(self.timeout, _CONNECT_S))

    def _get_credential_kwargs(self, is_async: bool = False) -> dict[str, Any]:
        return super()._get_credential_kwargs(is_async) | {"timeout": self._timeouts}


def _may_pass(error: Exception) -> bool:
    """Whether the same request may well succeed in a moment. Not one that took too long: it would take as long again."""
    if isinstance(error, (openai.APITimeoutError, httpx.TimeoutException)):
        return False
    passing = (openai.APIConnectionError, openai.InternalServerError, openai.RateLimitError, httpx.TransportError)
    return isinstance(error, passing)
