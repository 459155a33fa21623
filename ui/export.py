"""A conversation to take along: as Markdown or as one HTML file, with every quote as a footnote.

The page sends what the browser keeps; it is read as strictly as a stored conversation, and nothing of it is kept here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import count as counter
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.filters import articles_in_words
from assistant.types import Citation
from ui.honesty import honesty
from ui.markup import bdi, clean, day, dotted, escaped, headline, safe_url, storable
from ui.turn import MAX_RECORD_CHARS, RecordRefused, Turn, read_json, read_turns

if TYPE_CHECKING:
    from fastapi import APIRouter

_MARKDOWN = re.compile(r"([\\`*_{}\[\]#|~$!])")
_LIST = re.compile(r"^(\d*)([-+=.)])")
_STYLE = (
    "body{font:1.0625rem/1.6 Charter,Georgia,serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark;"
    "overflow-wrap:anywhere}h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.5rem}p.foot,p.note,ol.notes{font-size:.875rem}"
    "a{text-decoration:none}a:hover{text-decoration:underline}ol.notes{border-top:1px solid;padding:.75rem 0 0 2rem}"
)
_CSP = "default-src 'none'; style-src 'unsafe-inline'"
_TAGS = {"a", "bdi", "h1", "h2", "li", "ol", "p", "section", "sup"}
_ATTRIBUTES = {"*": {"id", "class"}, "a": {"href"}, "bdi": {"dir"}, "li": {"value"}}


def markdown(title: str, turns: Sequence[Turn]) -> str:
    """CommonMark with footnotes as GitHub, Pandoc and Obsidian read them. All text is escaped: it shows as it is."""
    blocks = [f"# {_md(title)}"]
    for number, turn in enumerate(turns, start=1):
        blocks += [f"## {_md(turn.question)}", *_markdown_answer(number, turn)]
    return "\n\n".join(blocks) + "\n"


def _markdown_answer(number: int, turn: Turn) -> list[str]:
    if not turn.answer.sentences:
        return [_md(_without_answer(turn))]
    said = []
    for sentence in turn.answer.sentences:
        marks = "".join(f"[^{number}-{citation.number}]" for citation in sentence.citations)
        said.append(f"{_md(sentence.heading) + ': ' if sentence.heading else ''}{_md(sentence.text)}{marks}")
    notes = [_markdown_note(number, citation) for citation in _cited(turn)]
    text = " ".join(said) if turn.answer.form in ("answer", "summary") else "\n".join(f"- {item}" for item in said)
    return [text, *(f"*{_md(line)}*" for line in _remarks(turn)), "\n".join(notes)]


def _markdown_note(number: int, citation: Citation) -> str:
    url = safe_url(citation.url)
    link = f" <{url.replace('<', '%3C').replace('>', '%3E')}>" if url else ""
    return f"[^{number}-{citation.number}]: “{_md(citation.quote)}” {_md(_origin(citation))}{link}"


def _md(text: str) -> str:
    """Text on one line that Markdown shows as it is: nothing in it is emphasis, a link, an image, HTML, a list or a heading."""
    line = _MARKDOWN.sub(r"\\\1", html.escape(" ".join(storable(text).split()), quote=False))
    return _LIST.sub(r"\1\\\2", line)


def page(title: str, turns: Sequence[Turn]) -> str:
    """One HTML file that needs nothing else, runs no script and fetches nothing."""
    sections = "".join(_section(number, turn) for number, turn in enumerate(turns, start=1))
    safe = clean(f"<h1>{bdi(title, 'title')}</h1>{sections}", _TAGS, _ATTRIBUTES)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_CSP}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escaped(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{safe}</body></html>\n"
    )


def _section(number: int, turn: Turn) -> str:
    head = f"<h2>{bdi(turn.question, 'asked')}</h2>"
    if not turn.answer.sentences:
        return f"<section>{head}<p>{bdi(_without_answer(turn), 'reason')}</p></section>"
    places = counter(1)
    said = []
    for sentence in turn.answer.sentences:
        marks = "".join(
            f'<sup><a href="#note-{number}-{c.number}" id="mark-{number}-{next(places)}">[{c.number}]</a></sup>'
            for c in sentence.citations
        )
        lead = f"{bdi(sentence.heading, 'heading')}: " if sentence.heading else ""
        said.append(f"{lead}{bdi(sentence.text, 'sentence')}{marks}")
    whole = turn.answer.form in ("answer", "summary")
    text = f"<p>{' '.join(said)}</p>" if whole else "".join(f"<p>{item}</p>" for item in said)
    remarks = "".join(f'<p class="foot">{bdi(line, "honesty")}</p>' for line in _remarks(turn))
    notes = "".join(_note(number, citation) for citation in _cited(turn))
    return f'<section>{head}{text}{remarks}<ol class="notes">{notes}</ol></section>'


def _note(number: int, citation: Citation) -> str:
    url = safe_url(citation.url)
    link = f' <a href="{escaped(url)}">{escaped(url)}</a>' if url else ""
    said = f"{bdi(f'“{citation.quote}”', 'quote')} {bdi(_origin(citation), 'origin')}{link}"
    return f'<li id="note-{number}-{citation.number}" value="{citation.number}">{said}</li>'


def _cited(turn: Turn) -> list[Citation]:
    """The citations of an answer, whole or begun, each number once."""
    numbered = {c.number: c for sentence in turn.answer.sentences for c in sentence.citations}
    numbered |= {claim.citation.number: claim.citation for one in turn.answer.disagreements for claim in one.claims}
    return [numbered[number] for number in sorted(numbered)]


def _remarks(turn: Turn) -> list[str]:
    """What the answer says about itself."""
    searched = f"Searched {articles_in_words(turn.answer.filters)}." if turn.answer.filters else ""
    ended = honesty(turn.answer) if turn.state == "done" else "This answer was not finished."
    return [line for line in (*turn.answer.notices, ended, searched) if line]


def _without_answer(turn: Turn) -> str:
    if turn.state == "done":
        return f"The articles do not say. {turn.answer.reason}".strip()
    return turn.reason or "This question was not answered."


def _origin(citation: Citation) -> str:
    return dotted((headline(citation.title, citation.article_id), citation.source, day(citation.published)))


KINDS = {"md": (markdown, "text/markdown; charset=utf-8"), "html": (page, "text/html; charset=utf-8")}


def exported(kind: str, sent: str) -> tuple[str, str]:
    """(content, media type) of `{"title": …, "turns": […]}`. :raises RecordRefused: if that cannot be read."""
    data = read_json(sent)
    render, media = KINDS[kind]
    title = data.get("title")
    return render(
        title[:200] if isinstance(title, str) and title.strip() else "A conversation", read_turns(data.get("turns"))
    ), media


def export_routes() -> APIRouter:
    """`POST /api/export?as=md` or `as=html`: what was sent, as a file to save, never as a page to show."""
    from fastapi import APIRouter

    router = APIRouter(include_in_schema=False)
    router.add_api_route("/api/export", export, methods=["POST"])
    return router


async def export(request: Request) -> Response:
    """The file, or 422 with a sentence. A thread makes it, so that a long conversation holds up nobody."""
    from starlette.concurrency import run_in_threadpool

    kind = request.query_params.get("as", "")
    kind = kind if kind in KINDS else "md"
    try:
        content, media = await run_in_threadpool(exported, kind, await _body(request))
    except RecordRefused as refusal:
        return JSONResponse({"error": str(refusal)}, 422)
    named = {"content-disposition": f'attachment; filename="conversation.{kind}"'}
    return Response(content.encode(), media_type=media, headers=named)


async def _body(request: Request) -> str:
    """:raises RecordRefused: as soon as it is longer than a conversation can be."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > 4 * MAX_RECORD_CHARS:
            raise RecordRefused("This conversation is too long to be exported.")
        parts.append(part)
    return b"".join(parts).decode("utf-8", "replace")
