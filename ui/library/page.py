"""The library as one HTML page, made here and readable without a script; `library.js` adds choosing, uploading and progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.listing import Page, Row
from index.types import Failure
from ui.library.health import Health
from ui.library.names import ENDINGS
from ui.library.query import Query
from ui.library.table import found_line, table
from ui.library.timeline import bars, picture
from ui.markup import bdi, clean, escaped
from ui.reports import unread_text

_SUGGESTED_OUTLETS = 200
_SHOWN_FAILURES = 200


@dataclass(frozen=True, slots=True)
class View:
    """Everything a library page shows."""

    title: str
    query: Query
    page: Page
    health: Health
    months: dict[tuple[int, int], int]
    sources: dict[str, int]
    can_delete: Callable[[Row], bool]
    max_upload_mb: int = 0  #: 0: nothing may be changed
    user: str = ""


def library_page(view: View) -> str:
    """The whole page."""
    return (
        '<!doctype html><html lang="en" class="cw-page"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="favicon.ico">'
        '<link rel="stylesheet" href="ui/citewire.css"><link rel="stylesheet" href="library/static/library.css">'
        f'<script src="library/static/library.js" defer></script><title>Library · {escaped(view.title)}</title></head>'
        f'<body class="cw-library"><a class="cw-skip" href="#articles">To the articles</a>{_header(view)}'
        f"<main>{_problems(view.health)}{_health(view)}{_failed(view.health.failed)}{_change(view)}"
        f'<section id="articles" aria-labelledby="articles-title" tabindex="-1"><h2 id="articles-title">Articles</h2>'
        f'{_form(view)}<div id="found" aria-live="off">{found(view)}</div></section></main>'
        f'<p id="say" class="cw-sr" role="status" aria-live="polite"></p></body></html>'
    )


def found(view: View) -> str:
    """The part of the page that a search changes."""
    return (
        f'<div class="cw-bar"><p id="found-line">{found_line(view.query, view.page)}</p>{_ask(view.query)}</div>'
        f"{table(view.query, view.page, view.can_delete)}"
    )


def _header(view: View) -> str:
    leave = (
        f'<form method="post" action="logout"><span class="cw-soft">{escaped(view.user)}</span> '
        '<button title="Also forgets what this browser keeps of your conversations">Log out</button></form>'
        if view.user
        else ""
    )
    return (
        f'<header class="cw-top"><a class="cw-home" href="./">{escaped(view.title)}</a><h1>Library</h1>'
        f'<nav aria-label="Citewire"><a href="./">Ask the articles</a></nav>{leave}</header>'
    )


def _problems(found: Health) -> str:
    lines = "".join(f"<li>{bdi(problem, 'cw-reason')}</li>" for problem in found.problems)
    return clean(f'<ul class="cw-problems">{lines}</ul>') if lines else ""


def _health(view: View) -> str:
    facts = "".join(_fact(*fact) for fact in view.health.facts)
    drawn = picture(bars(view.months), "library?since={since}&until={until}")
    return (
        f'<section aria-labelledby="health-title" class="cw-health"><h2 id="health-title" class="cw-sr">At a glance</h2>'
        f"<dl>{facts}</dl>{drawn}</section>"
    )


def _fact(name: str, value: str, href: str) -> str:
    shown = f'<a href="{escaped(href)}">{escaped(value)}</a>' if href else escaped(value)
    return f"<div><dt>{escaped(name)}</dt><dd>{shown}</dd></div>"


def _failed(failures: list[Failure]) -> str:
    if not failures:
        return ""
    shown = failures[:_SHOWN_FAILURES]
    lines = "".join(f"<li>{bdi(f.path, 'cw-path')} {bdi(f.reason, 'cw-reason')}</li>" for f in shown)
    more = f"<p>and {len(failures) - len(shown):,} more: <span>citewire index show</span></p>" if failures[len(shown) :] else ""
    return clean(
        f'<details class="cw-failed-files"><summary>{unread_text(failures)} could not be read, and why</summary>'
        f"<ul>{lines}</ul>{more}</details>"
    )


def _change(view: View) -> str:
    if not view.max_upload_mb:
        return ""
    accepted = ",".join(sorted(ENDINGS))
    kinds = ", ".join(sorted(ending.removeprefix(".") for ending in ENDINGS if ending not in (".text", ".markdown", ".htm")))
    return (
        f'<section class="cw-change" aria-labelledby="change-title" data-max-mb="{view.max_upload_mb}">'
        f'<h2 id="change-title">Add articles</h2><div id="drop" class="cw-drop"><label class="cw-pick">Choose files'
        f'<input id="files" type="file" multiple accept="{accepted}"></label>'
        f"<p>or drop them here: {kinds}; {view.max_upload_mb} MB each.</p></div>"
        f'<ul id="uploads" class="cw-uploads" aria-label="Uploads"></ul>'
        f'<div class="cw-build"><button type="button" id="rebuild">Rebuild</button><p id="job"></p>'
        f'<progress id="bar" max="1" hidden aria-label="Rebuild"></progress></div>'
        f"<noscript><p>Adding and removing articles needs JavaScript.</p></noscript></section>"
    )


def _form(view: View) -> str:
    wanted = view.query.wanted
    outlets = "".join(f'<option value="{escaped(name)}">' for name in list(view.sources)[:_SUGGESTED_OUTLETS] if name)
    source = wanted.sources[0] if wanted.sources else ""
    more = "".join(f'<input type="hidden" name="source" value="{escaped(name)}">' for name in wanted.sources[1:])
    order = f'<input type="hidden" name="sort" value="{wanted.sort}"><input type="hidden" name="way" value="{_way(view)}">'
    copies = '<input type="hidden" name="copies" value="1">' if wanted.only_copies else ""
    clear = '<a class="cw-clear" href="library">Show all</a>' if wanted else ""
    return (
        f'<form id="search" class="cw-search" role="search" action="library" method="get">{order}{copies}{more}'
        f'<label class="cw-wide">Search<input type="search" name="q" value="{escaped(wanted.words)}" maxlength="200" '
        f'placeholder="Headline, outlet or file" autocomplete="off"></label>'
        f'<label>Outlet<input name="source" list="outlets" value="{escaped(source)}" maxlength="200" autocomplete="off"></label>'
        f'<datalist id="outlets">{outlets}</datalist>'
        f'<label>From<input type="date" name="since" value="{wanted.since or ""}"></label>'
        f'<label>To<input type="date" name="until" value="{wanted.until or ""}"></label>'
        f"<button>Search</button>{clear}</form>"
    )


def _way(view: View) -> str:
    return "desc" if view.query.wanted.descending else "asc"


def _ask(query: Query) -> str:
    wanted = query.wanted
    narrowed = wanted.since or wanted.until or wanted.sources
    words = "Ask only these" if narrowed else "Ask all articles"
    note = (
        '<span class="cw-soft" id="ask-note">by date and outlet, not by the words searched for</span>'
        if wanted.words.strip() and narrowed
        else ""
    )
    return f'<p class="cw-asking"><a id="ask" class="cw-button" href="{escaped(query.ask_href())}">{words}</a>{note}</p>'
