"""Answers and hits for a terminal, and as JSON. Pure: text in, text out.

An article's words reach a terminal here, so control characters, which could move its cursor or colour it, are replaced.
"""

from __future__ import annotations

import json
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.filters import articles_in_words
from assistant.prompts import ABSTENTION
from assistant.types import Answer, Citation, Form, Headline, Sentence
from index.types import Hit
from ui.markup import count, day, dotted, headline, period

if TYPE_CHECKING:
    from assistant.narrowing import Found

#: forms of an answer that are printed item by item
ITEMISED: frozenset[Form] = frozenset(("timeline", "list", "comparison"))


def to_json(value: Any) -> str:
    """One JSON document with the field names of the Python types; dates are ISO, paths text."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=2)


def to_json_line(value: Any) -> str:
    """The same on one line, for a program that reads one document after the other."""
    return json.dumps(_plain(value), ensure_ascii=False)


def printable(text: str) -> str:
    """The text on one line, each control or direction character as U+FFFD, so that it cannot act on the terminal."""
    line = " ".join(text.split())
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs") or c in _DIRECTION else c for c in line)


def sentence_text(sentence: Sentence) -> str:
    """`He said no. [1][3]`"""
    numbers = dict.fromkeys(citation.number for citation in sentence.citations)
    return f"{printable(sentence.text)} {''.join(f'[{number}]' for number in numbers)}".strip()


def answer_text(answer: Answer, width: int) -> str:
    """The whole answer as `ask` prints it. :param width: columns; 0 leaves lines unwrapped."""
    if answer.abstained:
        return abstention_text(answer, width)
    if answer.form in ITEMISED:
        before = ["", *(sentence.heading for sentence in answer.sentences)]
        items = [item_text(s, answer.form, heading, width) for s, heading in zip(answer.sentences, before, strict=False)]
        return "\n".join([*items, "", footnotes(answer.citations, width)])
    body = fold(" ".join(sentence_text(sentence) for sentence in answer.sentences), width)
    return f"{body}\n\n{footnotes(answer.citations, width)}"


def item_text(sentence: Sentence, form: Form, before: str, width: int) -> str:
    """One item of a list, timeline or comparison on lines of its own. :param before: the heading of the item before it."""
    text = sentence_text(sentence)
    if form == "timeline":
        day = f"{printable(sentence.heading):<13}"
        return fold(text, width, day, " " * len(day))
    headed = form == "comparison" and sentence.heading != before
    heading = f"{printable(sentence.heading)}:\n" if headed else ""
    return heading + fold(text, width, "  - ", "    ")


def abstention_text(answer: Answer, width: int) -> str:
    """`The articles do not say.`, why, and what came nearest."""
    reason = printable(answer.reason)
    said = reason if reason.startswith(ABSTENTION.rstrip(".")) else f"{ABSTENTION} {reason}".strip()
    lines = [fold(said, width)]
    if answer.nearest:
        lines += ["", "Nearest headlines:", *(_headline_line(near, width) for near in answer.nearest)]
    return "\n".join(lines)


def footnotes(citations: Iterable[Citation], width: int) -> str:
    """Headline, outlet and date, and the quote for each number."""
    return "\n\n".join(_footnote(citation, width) for citation in citations)


def basis(answer: Answer) -> str:
    """`Based on 2 articles, 3 – 15 Dec 2025 · newest in the index: 20 Dec 2025 · 3.2 s`"""
    as_of, seconds = answer.as_of, answer.timings.get("total_s")
    dates = period(as_of.oldest, as_of.newest)
    rests = f"Based on {count(as_of.articles, 'article')}{', ' if dates else ''}{dates}" if as_of.articles else ""
    newest = f"newest in the index: {day(as_of.index_newest)}" if as_of.index_newest else ""
    searched = f"searched {printable(articles_in_words(answer.filters))}" if answer.filters else ""
    written = "quotes only" if answer.model == "none" else f"written by {printable(answer.model)}"
    return dotted((rests, searched, newest, "" if answer.abstained else written, f"{seconds:.1f} s" if seconds else ""))


def hits_text(hits: Sequence[Hit], width: int) -> str:
    """Each hit: rank, headline, where and when, the passage."""
    if not hits:
        return "Nothing was found. Fewer filters or other words may help."
    return "\n\n".join(
        "\n".join(
            (
                fold(f"{hit.rank:>2}. {_title(hit.title, hit.article_id)}", width, "", "    "),
                fold(dotted((_origin(hit.source, hit.published, hit.article_id), f"score {hit.score:.3f}")), width, "    "),
                fold(printable(hit.text), width, "    "),
            )
        )
        for hit in hits
    )


def found_content(found: Found) -> dict[str, Any]:
    """What JSON tells of a search: the fields of the Python type that bear on what was found."""
    return {"hits": found.hits, "searched": found.condensed.query, "filters": found.filters, "notices": found.notices}


def size_text(size: int) -> str:
    """`91 MB`, `1.1 GB`."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"


def fold(text: str, width: int, first: str = "", rest: str | None = None) -> str:
    """Lines of at most `width` columns that begin with `first`, then with `rest` (default: as the first)."""
    rest = first if rest is None else rest
    if not width:
        return first + text
    return textwrap.fill(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


_DIRECTION = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _footnote(citation: Citation, width: int) -> str:
    mark = f"[{citation.number}] "
    indent = " " * len(mark)
    return "\n".join(
        (
            fold(_title(citation.title, citation.article_id), width, mark, indent),
            fold(_origin(citation.source, citation.published, citation.article_id), width, indent),
            fold(f"“{printable(citation.quote)}”", width, indent),
        )
    )


def _headline_line(near: Headline, width: int) -> str:
    where = _origin(near.source, near.published, near.article_id)
    return fold(f"{_title(near.title, near.article_id)} ({where})", width, "  - ", "    ")


def _title(title: str, article_id: str) -> str:
    return printable(headline(title, article_id))


def _origin(source: str, published: date | None, article_id: str) -> str:
    """Outlet and date; where the article names neither, its id, so that it can be found."""
    return printable(dotted((source, day(published))) or article_id)


def _plain(value: Any) -> Any:
    """Only what JSON knows, with lone surrogates replaced: they cannot be written as UTF-8."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path | str):
        return str(value).encode("utf-8", "replace").decode("utf-8")
    return value
