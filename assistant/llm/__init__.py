"""The answer model behind LlamaIndex's `LLM`: a local GGUF file, an OpenAI-compatible server, or none."""

from assistant.llm.opening import open_llm
from assistant.llm.streaming import odds, stream_text

__all__ = ["odds", "open_llm", "stream_text"]
