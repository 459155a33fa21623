"""What was asked for as the answer model -> a LlamaIndex `LLM`: a local GGUF file, an OpenAI-compatible server, or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.errors import ModelMissing
from assistant.models import DEFAULT_ANSWER, MODELS, SMALL_ANSWER, model_path, status

if TYPE_CHECKING:
    from llama_index.core.llms.llm import LLM

_SERVER_CONTEXT_TOKENS = 8192  # servers do not tell; ours asks for far less


def open_llm(llm: str | Path | LLM = "auto", model: str = "", api_key: str = "", timeout_s: float = 60.0) -> LLM | None:
    """:param llm: "auto" (the best local answer model that is ready, else None), "none", the URL of an
    OpenAI-compatible server, the path of a .gguf file, a registry name, or a LlamaIndex LLM, returned as it is.
    :param model: the model's name on the server.
    :param timeout_s: seconds one answer of a local model may take, and a server from one piece of an answer to the next.
    :raises ModelMissing: nothing of that kind, or a registered model that is not on this machine.
    :raises ModelCorrupt: a registered model's file has another hash.
    """
    if not isinstance(llm, (str, Path)):
        return _as_it_is(llm)
    text = str(llm).strip()
    if text == "none":
        return None
    if text == "auto":
        ready = next((name for name in (DEFAULT_ANSWER, SMALL_ANSWER) if status(MODELS[name]) == "ready"), None)
        return _local(model_path(ready), timeout_s) if ready else None
    # "http://x" as a Path has lost a slash, so only a string can be an address.
    if isinstance(llm, str) and text.startswith(("http://", "https://")):
        return _server(text, model, api_key, timeout_s)
    if text in MODELS and MODELS[text].role != "embedding":
        return _local(model_path(text), timeout_s)
    path = Path(text).expanduser()
    if path.suffix.lower() == ".gguf" and path.is_file():
        return _local(path, timeout_s)
    raise ModelMissing(_no_such_llm(text))


def _as_it_is(llm: LLM) -> LLM:
    from llama_index.core.llms.llm import LLM

    if not isinstance(llm, LLM):
        raise ModelMissing(_no_such_llm(repr(llm)))
    return llm


def _local(path: Path, timeout_s: float) -> LLM:
    from assistant.llm.local import LocalLLM

    return LocalLLM(path, timeout_s=timeout_s)


def _server(url: str, model: str, api_key: str, timeout_s: float) -> LLM:
    from assistant.llm.server import ServerLLM

    base = url.rstrip("/") if _path_of(url).strip("/") else f"{url.rstrip('/')}/v1"
    return ServerLLM(
        model=model or "default",
        api_base=base,
        api_key=api_key or "none",  # the client refuses an empty one
        is_chat_model=True,
        context_window=_SERVER_CONTEXT_TOKENS,
        temperature=0.0,
        max_retries=0,  # `ServerLLM` tries again itself: once, and never after the first word
        timeout=timeout_s,
    )


def _path_of(url: str) -> str:
    """:raises ModelMissing: it is no address of a server."""
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.port != 0:
            return parts.path
    except ValueError:  # an unfinished IPv6 address, a port beyond 65535
        pass
    raise ModelMissing(f"The URL {url!r} names no server. Give one like http://127.0.0.1:8080/v1.")


def _no_such_llm(text: str) -> str:
    names = ", ".join(spec.name for spec in MODELS.values() if spec.role != "embedding")
    return (
        f"{text} is no answer model. Give auto, none, the URL of an OpenAI-compatible server (http://…), "
        f"the path of a .gguf file, or one of: {names}."
    )
