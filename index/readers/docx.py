"""Word files (.docx): a zip of XML, of which the paragraphs that are shown are read."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

from index.errors import ReadError
from index.readers.dates import find_dateline
from index.readers.headline import find_headline
from index.readers.xml import parse_xml
from index.types import Article

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_GONE = (_W + "del", _W + "moveFrom", _FALLBACK)
_MAX_PART_BYTES = 100_000_000
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def read_docx(data: bytes, article_id: str) -> Article:
    """:raises ReadError: not a Word file, damaged, with a password, or without text."""
    if not data.strip():
        raise ReadError("is empty: remove it, or save the article again")
    if data.startswith(_OLD_OFFICE):
        raise ReadError("has a password or is an old .doc: save it as .docx without a password and build again")
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            document = parse_xml(_part(package, "word/document.xml"))
            properties = parse_xml(_part(package, "docProps/core.xml")) if _has(package, "docProps/core.xml") else None
    except ReadError:
        raise
    except KeyError:
        raise ReadError("is a zip but no Word file: give it the ending .zip, or save it again as .docx") from None
    except Exception as error:  # zipfile raises a dozen kinds on damaged files
        raise ReadError("is not a Word file or is damaged: save it again as .docx") from error
    paragraphs = [(style, text) for style, text in _paragraphs(document) if text]
    text = "\n\n".join(text for _, text in paragraphs)
    if not text:
        raise ReadError("has no text: remove it, or save the article again")
    titled = next((text for style, text in paragraphs[:5] if style in ("title", "heading1") and len(text) <= 300), "")
    return Article(
        article_id,
        text,
        title=titled or _property(properties, "title") or find_headline(text),
        published=find_dateline(text),  # the file's own dates are when it was made
        author=_property(properties, "creator"),
    )


def _has(package: zipfile.ZipFile, name: str) -> bool:
    return name in package.NameToInfo


def _part(package: zipfile.ZipFile, name: str) -> bytes:
    with package.open(name) as part:
        data = part.read(_MAX_PART_BYTES + 1)
    if len(data) > _MAX_PART_BYTES:
        raise ReadError("unpacks to an absurd size: it is refused as a zip bomb; remove it")
    return data


def _paragraphs(document: Any) -> list[tuple[str, str]]:
    """Style and text of each paragraph, tables and text boxes included, in order of reading."""
    found = []
    for paragraph in document.iter(_W + "p"):
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        name = "" if style is None else (style.get(_W + "val") or "").lower()
        found.append((name, " ".join(_shown(paragraph).split())))
    return found


def _shown(paragraph: Any) -> str:
    pieces = []
    for run in paragraph.iter(_W + "r"):
        around = list(run.iterancestors(*_GONE, _W + "p"))
        # The nearest paragraph is the one that counts: a text box holds its own.
        is_own = next((element for element in around if element.tag == _W + "p"), None) is paragraph
        is_dropped = any(element.tag in _GONE for element in around)
        if not is_own or is_dropped or _is_vanished(run):
            continue
        for part in run:
            if part.tag == _W + "t":
                pieces.append(part.text or "")
            elif part.tag in (_W + "tab", _W + "br", _W + "cr"):
                pieces.append(" ")
            elif part.tag == _W + "noBreakHyphen":
                pieces.append("-")
    return "".join(pieces)


def _is_vanished(run: Any) -> bool:
    mark = run.find(f"{_W}rPr/{_W}vanish")
    # The mark may also take back what the style says.
    return mark is not None and (mark.get(_W + "val") or "true").lower() not in ("false", "0", "off")


def _property(properties: Any, name: str) -> str:
    element = None if properties is None else properties.find(_DC + name)
    return "" if element is None else " ".join((element.text or "").split())
