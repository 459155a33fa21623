"""PDF files: the text of their pages, with the lines of a paragraph joined again."""

from __future__ import annotations

import logging
import re
from io import BytesIO
from typing import Any

from index.errors import ReadError
from index.readers.dates import find_dateline
from index.readers.headline import find_headline
from index.types import Article

_DAMAGED = "is damaged or cut off: download or export it again"
_OBJECT = re.compile(rb"\d \d+ obj\b")
_MAX_CHARS = 20_000_000
_HYPHENATED = re.compile(r"(?<=[a-zà-ÿ])[-\u00ad\u2010]\n(?=[a-zà-ÿ])")
# Titles that programs write rather than people.
_NO_TITLE = re.compile(
    r"\.(?:docx?|pdf|indd|qxd|txt|html?)$|^(?:microsoft word|untitled|slide \d|layout \d)|^\S*$", re.IGNORECASE
)


def read_pdf(data: bytes, article_id: str) -> Article:
    """:raises ReadError: no PDF, cut off, encrypted with a password, or without text (a scan)."""
    if not data.strip():
        raise ReadError("is empty: remove it, or save the article again")
    if b"%PDF-" not in data[:1024]:
        raise ReadError("is not a PDF, whatever its name says: give it its own file ending, or save it again")
    pages, stated = _pages(_whole(data))
    text = "\n\n".join(page for page in map(_paragraphs, pages) if page)
    if not text:
        raise ReadError("has no text, only pictures (a scan?): run text recognition on it and build again")
    title = " ".join(str(stated.get("/Title") or "").split())
    return Article(
        article_id,
        text,
        title=find_headline(text) if _NO_TITLE.search(title) else title,
        # The file's own dates are when it was made, not when the article appeared.
        published=find_dateline(text),
        author=" ".join(str(stated.get("/Author") or "").split()),
    )


def _whole(data: bytes) -> bytes:
    """The file without what servers and mail programs append to it.

    :raises ReadError: cut off. A file for the web has a mark of its end near its start too, and then objects behind it.
    """
    end = data.rfind(b"%%EOF")
    if end < 0 or _OBJECT.search(data, end):
        raise ReadError(_DAMAGED)
    return data[: end + len(b"%%EOF")]


def _pages(data: bytes) -> tuple[list[str], dict[str, Any]]:
    import pypdf
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ReadError("is encrypted: save it without a password and build again")
        pages: list[str] = []
        for page in reader.pages:
            pages.append(_clean(page.extract_text()))
            if sum(map(len, pages)) > _MAX_CHARS:
                raise ReadError(f"has more than {_MAX_CHARS:,} characters: split it and build again")
        return pages, {key: _clean(str(value)) for key, value in (reader.metadata or {}).items()}
    except ReadError:
        raise
    except pypdf.errors.DependencyError as error:
        raise ReadError("is encrypted in a way that needs the package `cryptography`: save it without a password") from error
    except (PyPdfError, Exception) as error:
        raise ReadError(_DAMAGED) from error


def _clean(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _paragraphs(page: str) -> str:
    """A page breaks its lines where its width ends. A line that is clearly shorter ends a paragraph."""
    lines = [line.strip() for line in page.splitlines()]
    width = max((len(line) for line in lines), default=0)
    pieces: list[str] = []
    for line in lines:
        pieces.append(line + ("\n" if line and len(line) >= 0.6 * width and len(line) > 20 else "\n\n"))
    joined = _HYPHENATED.sub("", "".join(pieces))
    blocks = re.split(r"\n{2,}", joined)
    return "\n\n".join(block for part in blocks if (block := " ".join(part.split())))
