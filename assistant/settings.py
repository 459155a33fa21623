"""What can be set from the environment; a flag of the command line or an argument in Python wins over it."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from `CITEWIRE_INDEX`, `CITEWIRE_LLM`, `CITEWIRE_LLM_URL` and so on: each name below, in capitals.

    :raises pydantic.ValidationError: if a value does not fit.
    """

    model_config = SettingsConfigDict(env_prefix="CITEWIRE_", frozen=True, env_ignore_empty=True)

    index: Path = Path("data")
    """The folder that `build` writes and everything else reads."""

    llm: str = "auto"
    """`auto`: the local answer model if it is there; `none`: quotes only; or a model's name, a GGUF file, a URL."""

    llm_url: str = ""
    """An OpenAI-compatible server: what `auto` means then. `llm` may name one as well."""

    llm_model: str = ""
    """The model's name on the server."""

    llm_key: SecretStr = SecretStr("")
    """The server's key. Only from the environment: a flag would show it in the list of processes."""

    rerank_url: str = ""
    """A server that ranks, with `/rerank`: it looks again at what the search finds."""

    rerank_model: str = ""
    """The model's name there."""

    rerank_key: SecretStr = SecretStr("")
    """The key there."""
