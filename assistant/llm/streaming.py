"""Any LlamaIndex `LLM` -> its text, piece by piece, with one deadline, one way to stop, and every failure as a sentence."""

from __future__ import annotations

import gc
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard

from assistant.errors import ContextTooLong, LLMFailed, LLMTimeout, LLMUnreachable
from assistant.llm.pump import Emit, pump
from index.addresses import without_secrets

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse
    from llama_index.core.llms.llm import LLM

    from assistant.llm.local import LocalLLM


def stream_text(
    llm: LLM,
    messages: Sequence[Mapping[str, str] | ChatMessage],
    max_tokens: int,
    timeout_s: float,
    stopped: threading.Event | None = None,
    **options: Any,
) -> Generator[str, None, None]:
    """Yield the answer piece by piece; closing the iterator stops the model.

    :param messages: `{"role": …, "content": …}` or LlamaIndex's own.
    :param timeout_s: seconds for the whole answer, waiting for other answers included.
    :param stopped: setting it stops the model too, from any thread, also while it still reads the prompt.
    :param options: passed on to the model, e.g. `grammar` or `stop`.
    :raises LLMFailed: or a subclass, for every failure; the text is a sentence for the user.
    """
    from llama_index.core.base.llms.types import ChatMessage

    chat = [m if isinstance(m, ChatMessage) else ChatMessage(role=m["role"], content=m["content"]) for m in messages]
    try:
        if _is_local(llm):
            yield from llm.stream_deltas(chat, max_tokens=max_tokens, timeout_s=timeout_s, stopped=stopped, **options)
        else:
            # Other LLMs wait for each piece as long as they like: a thread of their own keeps our deadline.
            relay = getattr(llm, "relay", None) or partial(_relay, llm)

            def produce(emit: Emit[str]) -> None:
                relay(chat, emit, max_tokens=max_tokens, **options)

            with closing(pump(produce, timeout_s, stopped)) as pieces:
                yield from filter(None, pieces)
    except TimeoutError as error:
        raise LLMTimeout(f"{_name(llm)} was not done after {timeout_s:.0f} s. Allow more time, or use --no-llm.") from error
    except LLMFailed:
        raise
    except Exception as error:
        raise _translate(error, llm) from error


def odds(
    llm: LocalLLM,
    messages: Sequence[Mapping[str, str]],
    words: tuple[str, str],
    timeout_s: float,
    stopped: threading.Event | None = None,
) -> float | None:
    """`LocalLLM.odds` with the same failures as `stream_text`. :raises LLMFailed: or a subclass, for every failure."""
    try:
        return llm.odds(messages, words, timeout_s=timeout_s, stopped=stopped)
    except LLMFailed:
        raise
    except Exception as error:
        raise _translate(error, llm) from error


def _relay(llm: LLM, chat: list[ChatMessage], emit: Emit[str], **options: Any) -> None:
    if _emit_all(llm.stream_chat(chat, **options), emit):
        # LlamaIndex's wrapper closes its own generator and keeps the connection inside it in a reference cycle:
        # without this the server goes on generating for nobody (llama-index-core 0.14.25, callbacks.py).
        gc.collect()


def _emit_all(stream: Iterable[ChatResponse], emit: Emit[str]) -> bool:
    """:return: whether the listener left before the end."""
    return any(emit(piece.delta or "") for piece in stream)


def _is_local(llm: LLM) -> TypeGuard[LocalLLM]:
    from assistant.llm.local import LocalLLM

    return isinstance(llm, LocalLLM)


def _name(llm: LLM) -> str:
    address = getattr(llm, "api_base", None)
    return f"The server {without_secrets(address)}" if address else f"The model {llm.metadata.model_name}"


def _translate(error: Exception, llm: LLM) -> LLMFailed:
    """Name what happened. The OpenAI client lets httpx errors through once a stream has begun."""
    import httpx
    import openai

    name = _name(llm)
    match error:
        case openai.APITimeoutError() | httpx.TimeoutException():
            return LLMTimeout(f"{name} did not answer in time. Ask again, or use --no-llm.")
        case openai.APIConnectionError() | httpx.TransportError() | ConnectionError():
            return LLMUnreachable(f"{name} cannot be reached, or broke off. Is it running? Check the URL and the network.")
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return LLMFailed(f"{name} refused the key. Check CITEWIRE_LLM_KEY.")
        case openai.NotFoundError():
            return LLMFailed(f"{name} knows no such address or model ({_detail(error)}). Check the URL and CITEWIRE_LLM_MODEL.")
        case openai.BadRequestError() if "context" in _detail(error).lower():
            return ContextTooLong(f"The prompt is too long for {name.lower()} ({_detail(error)}).")
        case openai.APIStatusError(status_code=429 | 503):
            return LLMFailed(f"{name} is busy, or still loads its model ({_detail(error)}). Ask again in a moment.")
        case ValueError() | TypeError() | AttributeError() | LookupError() if hasattr(llm, "relay"):
            return LLMFailed(f"{name} sent what is no answer ({_detail(error)}). Is it OpenAI-compatible? Check the URL.")
    return LLMFailed(f"{name} failed ({_detail(error)}).")


def _detail(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
