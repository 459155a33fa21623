"""A GGUF model in this process: the only file that imports xllamacpp.

One generation at a time; others wait for their turn. xllamacpp reports failures as dicts, swallows exceptions of
callbacks and always opens a port: all three are dealt with here.
"""

from __future__ import annotations

import atexit
import os
import secrets
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import ContextTooLong, LLMFailed, LLMTimeout
from assistant.llm.pump import Emit, pump

if TYPE_CHECKING:
    import xllamacpp

Chunk = dict[str, Any]  #: one piece of an OpenAI-style stream

# A cancel takes effect between batches: at 60 tokens/s this is two seconds, at the default of 2,048 it would be 34.
_BATCH_TOKENS = 128
# Finished prompts are kept for reuse; the engine's default would let them grow to 8 GiB.
_PROMPT_CACHE_MIB = 256
_SEED = 20250101
_TURN_POLL_S = 0.1  #: how soon a question that waits for others notices that it was stopped

_engines: weakref.WeakSet[GgufEngine] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    # A thread that is still in the engine's C++ when Python ends aborts the whole process.
    for engine in list(_engines):
        engine.close()


class GgufEngine:
    """Loads on first use. :param path: the .gguf file. :param context_tokens: prompt and answer together."""

    def __init__(self, path: Path, context_tokens: int = 4096, threads: int | None = None) -> None:
        self.path = path
        self.context_tokens = context_tokens
        self.threads = threads or os.cpu_count() or 1
        self.api_key = secrets.token_hex(16)
        self._server: xllamacpp.Server | None = None
        self._turn = threading.Lock()
        self._closing = threading.Event()
        _engines.add(self)

    @property
    def address(self) -> str:
        """The engine's own OpenAI-compatible server on loopback; it asks for `api_key`. Loads the model."""
        self.load()
        assert self._server is not None
        return str(self._server.listening_address)

    def load(self) -> None:
        """:raises LLMFailed: the file is missing or is no model this engine reads."""
        with self._turn:
            self._load()

    def close(self) -> None:
        """Stop what is being generated and free the memory. The next use loads again."""
        self._closing.set()
        with self._turn:
            self._server = None
            self._closing.clear()

    def chat(
        self, messages: list[dict[str, str]], timeout_s: float, stopped: threading.Event | None = None, **options: Any
    ) -> Iterator[Chunk]:
        """Stream an answer in the model's own chat template; closing the iterator stops the engine.

        :param stopped: setting it stops the engine too, from any thread.
        :param options: max_tokens, grammar, response_format, stop, … as in the OpenAI-style request.
        """
        # Progress of the prompt comes as empty pieces, so that a long prompt can be cancelled too.
        request = {"messages": messages, "return_progress": True, **options}
        return self._generate("handle_chat_completions", request, timeout_s, stopped)

    def complete(self, prompt: str, timeout_s: float, stopped: threading.Event | None = None, **options: Any) -> Iterator[Chunk]:
        """Stream the continuation of a bare prompt; the rest as `chat`."""
        request = {"prompt": prompt, "return_progress": True, **options}
        return self._generate("handle_completions", request, timeout_s, stopped)

    def _generate(
        self, handler: str, request: dict[str, Any], timeout_s: float, stopped: threading.Event | None
    ) -> Iterator[Chunk]:
        request = {"temperature": 0.0, "seed": _SEED, "cache_prompt": True, "stream": True} | request
        deadline = time.monotonic() + timeout_s
        if not self._take_turn(timeout_s, stopped):
            return
        try:
            self._load()
            handle = getattr(self._server, handler)
        except BaseException:
            self._turn.release()
            raise
        cut_off = threading.Event()

        def produce(emit: Emit[Chunk]) -> None:
            def on_chunk(chunk: Chunk) -> bool:
                if self._closing.is_set():
                    cut_off.set()
                return emit(chunk) or cut_off.is_set()

            try:
                handle(request, on_chunk)
            finally:
                self._turn.release()  # here, because the engine may be at work after the listener has gone

        try:
            for chunk in pump(produce, max(0.0, deadline - time.monotonic()), stopped):
                if "error" in chunk:
                    raise self._translate(chunk["error"])
                yield chunk
        except TimeoutError:
            raise LLMTimeout(
                f"The answer model was not done after {timeout_s:.0f} s. Ask something narrower, or allow more time."
            ) from None
        if cut_off.is_set():
            raise LLMFailed("The answer model was shut down while it was answering. Ask again.")

    def _take_turn(self, timeout_s: float, stopped: threading.Event | None) -> bool:
        """Wait until no other answer is generated. :return: False if `stopped` was set first; then it is not our turn."""
        deadline = time.monotonic() + timeout_s
        while not self._turn.acquire(timeout=_TURN_POLL_S):
            if stopped is not None and stopped.is_set():
                return False
            if time.monotonic() > deadline:
                raise LLMTimeout(f"The answer model was busy with other questions for {timeout_s:.0f} s. Ask again later.")
        return True

    def _translate(self, error: dict[str, Any]) -> LLMFailed:
        if error.get("type") == "exceed_context_size_error":
            return ContextTooLong(
                f"The prompt has {error.get('n_prompt_tokens')} tokens and the model reads {error.get('n_ctx')}. "
                "Use less evidence or a shorter question."
            )
        return LLMFailed(f"The answer model failed: {error.get('message', error)}.")

    def _load(self) -> None:
        if self._server is not None:
            return
        if not self.path.is_file():
            raise LLMFailed(f"There is no model file {self.path}. Give the path of a .gguf file.")
        # libgomp reads this once, when it is loaded. Its threads otherwise spin while they wait for each other, and on a
        # busy machine a spinning one takes the core from the one it waits for: 0.5 tokens/s where this gives 20.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        import xllamacpp

        try:
            self._server = xllamacpp.Server(self._parameters())
        except RuntimeError as error:
            raise LLMFailed(
                f"{self.path} cannot be loaded as a GGUF model ({error}). Check the file and the free memory."
            ) from error

    def _parameters(self) -> xllamacpp.CommonParams:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(self.path)
        params.model_alias = {self.path.stem}
        params.n_ctx = self.context_tokens
        params.n_parallel = 1  # n_ctx would be divided by it
        params.n_batch = _BATCH_TOKENS
        params.cache_ram_mib = _PROMPT_CACHE_MIB
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self.threads
        params.fit_params = False
        params.warmup = False
        params.verbosity = 0
        params.hostnames = ["127.0.0.1"]
        params.api_keys = [self.api_key]
        params.ui = False
        params.endpoint_slots = False
        return params
