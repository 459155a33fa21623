"""Markdown with front matter. Its text is what the rendered page shows: no marks, link targets or comments."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from index.errors import ReadError
from index.readers.dates import find_dateline
from index.readers.encoding import decode
from index.readers.fields import article_fields
from index.readers.headline import find_headline
from index.readers.markup import visible_text
from index.types import Article

_FRONT_MATTER = re.compile(r"\s*(---|\+\+\+)[ \t]*\n(.*?)\n?^(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_MAX_FRONT_MATTER_CHARS = 20_000
_KEY_LINE = re.compile(r"([A-Za-z_][\w -]*):\s*(.*)")
_HEADING = re.compile(r"#{1,2}\s+(.+?)\s*#*\s*$|^(.{2,150})\n=+\s*$", re.MULTILINE)


def read_markdown(data: bytes, article_id: str) -> Article:
    """:raises ReadError: empty, binary, or nothing but front matter."""
    source = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    stated, body = _split(source)
    text = _render(body)
    if not text:
        raise ReadError("has no text below its front matter: add the article, or remove the file")
    fields = article_fields(stated)
    title = fields.get("title") or _heading(body) or find_headline(text)
    published = fields.get("published") or find_dateline(text)
    return Article(article_id, text, **{**fields, "title": title, "published": published})


def _split(source: str) -> tuple[dict[str, Any], str]:
    """The front matter, and the Markdown below it; a rule at the top of an article is no front matter."""
    match = _FRONT_MATTER.match(source)
    if not match or len(match[2]) > _MAX_FRONT_MATTER_CHARS:
        return {}, source
    stated = _toml(match[2]) if match[1] == "+++" else _yaml(match[2])
    return ({}, source) if stated is None else (stated, source[match.end() :])


def _toml(block: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(block)
    except ValueError:
        return None


def _yaml(block: str) -> dict[str, Any] | None:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        stated = yaml.load(block, loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return _key_lines(block)
    if stated is None:
        return {}
    return stated if isinstance(stated, dict) else None


def _key_lines(block: str) -> dict[str, Any] | None:
    """Headlines with a colon in them are not YAML, and the commonest front matter there is."""
    lines = [line for line in block.splitlines() if line.strip() and not line.startswith((" ", "\t", "-", "#"))]
    matches = [_KEY_LINE.fullmatch(line) for line in lines]
    if not all(matches):
        return None
    return {match[1]: match[2].strip().strip("\"'[]") for match in matches if match}


def _render(body: str) -> str:
    from markdown_it import MarkdownIt

    return visible_text(MarkdownIt("commonmark").enable("table").render(body))


def _heading(body: str) -> str:
    match = _HEADING.match(body.lstrip())
    return " ".join(visible_text(_inline(match[1] or match[2])).split()) if match else ""


def _inline(source: str) -> str:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").renderInline(source)
