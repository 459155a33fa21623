"""Which upstream the environment names: none, bundles in a store, a Chroma server, or bundles with their vectors on a server."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.addresses import without_secrets
from index.errors import UpstreamFailed

if TYPE_CHECKING:
    from index.chroma_server import ChromaServer
    from index.upstream import Upstream


class UpstreamSettings(BaseSettings):
    """Read from `CITEWIRE_PUBLISH_URL`, `CITEWIRE_CHROMA_URL` and so on. Only from the environment: they hold keys."""

    model_config = SettingsConfigDict(env_prefix="CITEWIRE_", frozen=True, env_ignore_empty=True)

    publish_url: str = ""
    """Where bundles are published: `file:///srv/news`, `s3://bucket/news`."""

    chroma_url: str = ""
    """The Chroma server that holds the vectors and, without `publish_url`, the articles too."""

    chroma_name: str = "citewire"
    """The index's name on that server: its collections begin with it."""

    chroma_token: SecretStr = SecretStr("")
    """Sent as `Authorization: Bearer` and as `X-Chroma-Token`."""

    chroma_headers: SecretStr = SecretStr("")
    """Other headers for a proxy in front, as a JSON object."""

    chroma_tenant: str = "default_tenant"
    chroma_database: str = "default_database"

    follow_s: float = Field(default=2.0, gt=0)
    """Seconds between two looks of a replica at what is current."""

    grace_s: float = Field(default=600.0, ge=0)
    """Seconds that a generation stays after it stopped being current."""


def upstream_settings() -> UpstreamSettings:
    """:raises UpstreamFailed: if a value does not fit."""
    try:
        return UpstreamSettings()
    except ValidationError as error:
        wrong = "; ".join(f"CITEWIRE_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
        raise UpstreamFailed(f"The settings of the environment do not fit: {wrong}.") from None


def configured_upstream(settings: UpstreamSettings | None = None) -> Upstream | None:
    """What the environment names; nothing is connected yet. :raises UpstreamFailed: if it cannot be meant."""
    settings = settings or upstream_settings()
    if not (settings.publish_url or settings.chroma_url):
        return None
    from index.upstream import Store, Upstream

    server = vector_server(settings)
    store: Store
    if settings.publish_url:
        from index.bundles import Bundles

        store = Bundles(settings.publish_url)
    else:
        from index.article_server import ArticleServer

        assert server is not None
        store = ArticleServer(server)
    return Upstream(store, settings.grace_s, server)


def vector_server(settings: UpstreamSettings | None = None) -> ChromaServer | None:
    """The Chroma server of the environment, not yet connected; None where it names none."""
    settings = settings or upstream_settings()
    if not settings.chroma_url:
        return None
    from index.chroma_server import ChromaServer

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", settings.chroma_name):
        raise UpstreamFailed(f"CITEWIRE_CHROMA_NAME {settings.chroma_name!r} is no name: use letters, digits, dots and dashes.")
    name = settings.chroma_name
    if settings.publish_url:  # the pointer lies there: two stores on one server must not prune each other's vectors
        name += f"-{hashlib.sha256(without_secrets(settings.publish_url).rstrip('/').encode()).hexdigest()[:8]}"
    return ChromaServer(settings.chroma_url, _headers(settings), name, settings.chroma_tenant, settings.chroma_database)


def is_configured() -> bool:
    """Whether the environment names an upstream."""
    settings = upstream_settings()
    return bool(settings.publish_url or settings.chroma_url)


def _headers(settings: UpstreamSettings) -> dict[str, str]:
    token, others = settings.chroma_token.get_secret_value(), settings.chroma_headers.get_secret_value()
    headers = {"Authorization": f"Bearer {token}", "X-Chroma-Token": token} if token else {}
    try:
        given = json.loads(others or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise UpstreamFailed('CITEWIRE_CHROMA_HEADERS is no JSON object of texts, such as {"X-Api-Key": "..."}.')
    return {**headers, **given}
