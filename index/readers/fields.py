"""From the names that records and front matter use to the fields of an article."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from index.readers.dates import parse_date
from index.readers.markup import is_markup, shown_text

_SUMMARIES = ("summary", "description", "abstract", "shortdescription")
# In order of preference, written without case, "_", "-" and spaces.
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "_id", "guid", "uuid", "articleid", "docid", "documentid"),
    "text": (
        *(
            "text",
            "body",
            "content",
            "article",
            "articletext",
            "articlebody",
            "contenttext",
            "fulltext",
            "maintext",
            "story",
        ),
        *("bodytext", "document", "contenthtml", "html", *_SUMMARIES),
    ),
    "title": ("title", "headline", "heading", "articletitle", "name"),
    "published": (
        *(
            "published",
            "datepublished",
            "publishedat",
            "publisheddate",
            "publisheddatetime",
            "publishdate",
            "publicationdate",
        ),
        *(
            "pubdate",
            "publishedon",
            "publishtime",
            "date",
            "datetime",
            "created",
            "createdat",
            "datecreated",
            "timestamp",
        ),
    ),
    "source": ("source", "sourcename", "outlet", "publisher", "publication", "sitename", "site", "newspaper", "domain"),
    "url": ("url", "link", "weburl", "canonicalurl", "sourceurl", "permalink", "externalurl", "uri"),
    "author": ("author", "authors", "byline", "creator", "writer"),
}
_HTML_NAMES = ("contenthtml", "html")


def article_fields(record: Mapping[Any, Any], override: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The fields of an article that a record states, without `id` and `text`; an empty dict states none."""
    override = override or {}
    named = _by_plain_name(record)
    fields: dict[str, Any] = {}
    if published := _first_date(record, named, override.get("published")):
        fields["published"] = published
    for name in ("title", "source", "url", "author"):
        if value := as_text(_find(record, named, name, override.get(name))):
            fields[name] = " ".join((value if name == "url" else shown_text(value)).split())
    return fields


def record_id(record: Mapping[Any, Any], override: Mapping[str, str] | None = None) -> str:
    """The record's own id, else its url, else ""."""
    named = _by_plain_name(record)
    override = override or {}
    found = (_find(record, named, name, override.get(name)) for name in ("id", "url"))
    return next((text for value in found if (text := as_text(value).strip())), "")


def record_text(record: Mapping[Any, Any], override: Mapping[str, str] | None = None) -> tuple[str, bool]:
    """The text exactly as it stands in the record, and whether it is HTML; "" if there is none."""
    named = _by_plain_name(record)
    wanted = (override or {}).get("text")
    if wanted:
        value = _rendered(_at(record, wanted))
        return (value, is_markup(value)) if isinstance(value, str) else ("", False)
    for name in NAMES["text"]:
        value = _rendered(named.get(name))
        if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            value = "\n\n".join(value)  # paragraphs
        if isinstance(value, str) and value.strip():
            return value, name in _HTML_NAMES or is_markup(value)
    return "", False


def _rendered(value: Any) -> Any:
    """WordPress holds each of its HTML fields in an object."""
    return value.get("rendered") if isinstance(value, Mapping) else value


def has_body(record: Mapping[Any, Any], override: Mapping[str, str]) -> bool:
    """True of a record with a text that is more than a summary or description."""
    bodies = record if override.get("text") else {key: record[key] for key in record if _plain(str(key)) not in _SUMMARIES}
    return bool(record_text(bodies, override)[0].strip())


def no_text(record: Mapping[Any, Any], override: Mapping[str, str]) -> str:
    """What to say of a record in which `record_text` finds nothing."""
    if wanted := override.get("text"):
        return f"has no text in its field {wanted!r}: fill it, or name another field for the text"
    names = ", ".join(map(str, list(record)[:12])) or "none"
    known = f"has no text in a field that Citewire knows (its fields: {names})"
    return f"{known}: name the one that holds it (--field text=NAME) and build again"


def as_text(value: object) -> str:
    """A name or number as text; an object by its `name`, a list by its parts; "" of anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return as_text(value.get("name") or value.get("title") or value.get("rendered") or value.get("$oid") or "")
    if isinstance(value, list):
        return ", ".join(part for item in value[:50] if not isinstance(item, list) and (part := as_text(item)))
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _first_date(record: Mapping[Any, Any], named: Mapping[str, Any], wanted: str | None) -> Any:
    if wanted:
        return parse_date(_at(record, wanted))
    return next((day for name in NAMES["published"] if (day := parse_date(named.get(name)))), None)


def _find(record: Mapping[Any, Any], named: Mapping[str, Any], name: str, wanted: str | None) -> Any:
    if wanted:
        return _at(record, wanted)
    return next((named[key] for key in NAMES[name] if named.get(key) not in (None, "", [], {})), None)


def _at(record: Mapping[Any, Any], path: str) -> Any:
    if path in record:
        return record[path]
    value: Any = record
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _by_plain_name(record: Mapping[Any, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for key, value in record.items():
        named.setdefault(_plain(str(key)), value)
    return named


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return name if name == "_id" else "".join(character for character in name.lower() if character.isalnum())
