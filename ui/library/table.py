"""The articles as a table that a phone shows as a list: headline, outlet, date, copies, a box to choose each."""

from __future__ import annotations

from collections.abc import Callable

import nh3

from index.listing import Page, Row, SortKey
from ui.library.query import PER_PAGE, Query
from ui.markup import ATTRIBUTES, TAGS, bdi, count, day, escaped, headline, read_href

_TAGS = TAGS | {"table", "thead", "tbody", "tr", "th", "td", "caption", "input", "label", "nav", "time"}
_ATTRIBUTES = {
    **ATTRIBUTES,
    "a": {"class", "href", "aria-current", "rel"},
    "button": {"class", "type", "data-id", "aria-label"},
    "input": {"class", "type", "value", "name", "aria-label", "form"},
    "nav": {"class", "aria-label"},
    "td": {"class", "data-label"},
    "th": {"class", "scope", "aria-sort"},
    "time": {"datetime"},
}
_HEADS: tuple[tuple[SortKey, str], ...] = (("headline", "Headline"), ("source", "Outlet"), ("date", "Date"))


def table(query: Query, page: Page, can_delete: Callable[[Row], bool]) -> str:
    """The rows with the links that sort them, or a sentence if there are none. Every word of an article in it is escaped."""
    if not page.rows:
        said = "No article is like that. Fewer words or filters may help." if query.wanted else "There are no articles yet."
        return f'<p class="cw-none">{said}</p>'
    heads = "".join(_head(query, key, name) for key, name in _HEADS)
    rows = "".join(_row(query, row, can_delete(row)) for row in page.rows)
    choose, more = ('<span class="cw-sr">Choose</span>', '<span class="cw-sr">More</span>')
    markup = (
        f'<table class="cw-rows"><caption class="cw-sr">{_caption(query, page)}</caption><thead><tr>'
        f'<th scope="col" class="cw-choose">{choose}</th>{heads}<th scope="col" class="cw-more">{more}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{_pages(query, page.total)}"
    )
    return nh3.clean(
        markup, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None, generic_attribute_prefixes=set()
    )


def found_line(query: Query, page: Page) -> str:
    """`312 of 1,240 articles` or `1,240 articles`, for the line above the table."""
    return f"{count(page.total, 'article')}{' like that' if query.wanted else ''}"


def _caption(query: Query, page: Page) -> str:
    first = (query.page - 1) * PER_PAGE + 1
    return f"Articles {first:,} to {first + len(page.rows) - 1:,} of {page.total:,}"


def _head(query: Query, key: SortKey, name: str) -> str:
    is_sorted = query.wanted.sort == key
    descending = not query.wanted.descending if is_sorted else key == "date"
    sorted_as = f' aria-sort="{"descending" if query.wanted.descending else "ascending"}"' if is_sorted else ""
    arrow = (" ↓" if query.wanted.descending else " ↑") if is_sorted else ""
    href = escaped(query.href(sort=key, descending=descending))
    return f'<th scope="col" class="cw-{key}"{sorted_as}><a href="{href}">{name}{arrow}</a></th>'


def _row(query: Query, row: Row, deletable: bool) -> str:
    title, article_id = headline(row.title, row.id), escaped(row.id)
    published = row.published.isoformat() if row.published else ""
    when = (
        f'<time datetime="{published}">{day(row.published)}</time>' if row.published else '<span class="cw-soft">no date</span>'
    )
    outlet = (
        f'<a href="{escaped(query.href(sources=(row.source,)))}">{bdi(row.source, "cw-outlet")}</a>'
        if row.source
        else '<span class="cw-soft">not named</span>'
    )
    copies = f'<span class="cw-copies">{count(row.copies, "other")} with this text</span>' if row.copies else ""
    delete = (
        f'<button type="button" class="cw-delete" data-id="{article_id}" aria-label="Delete {escaped(title)}">Delete</button>'
        if deletable
        else ""
    )
    return (
        f'<tr><td class="cw-choose"><input type="checkbox" name="article" value="{article_id}" '
        f'aria-label="Choose {escaped(title)}"></td>'
        f'<td class="cw-headline-cell"><a href="{escaped(_read(row.id))}">{bdi(title, "cw-headline")}</a>{copies}</td>'
        f'<td class="cw-source-cell" data-label="Outlet">{outlet}</td><td class="cw-date-cell" data-label="Date">{when}</td>'
        f'<td class="cw-more">{delete}</td></tr>'
    )


def _read(article_id: str) -> str:
    return read_href(article_id, 0, 0).replace("&start=0&end=0#quote", "")


def _pages(query: Query, total: int) -> str:
    last = max(1, -(-total // PER_PAGE))
    if last == 1:
        return ""
    shown = sorted({1, last, *range(max(1, query.page - 2), min(last, query.page + 2) + 1)})
    parts = []
    for number, before in zip(shown, [0, *shown], strict=False):
        if number - before > 1:
            parts.append('<li><span class="cw-gap">…</span></li>')
        current = ' aria-current="page"' if number == query.page else ""
        parts.append(f'<li><a href="{escaped(query.href(page=number))}"{current}>{number}</a></li>')
    return f'<nav class="cw-pages" aria-label="Pages"><ul>{"".join(parts)}</ul></nav>'
