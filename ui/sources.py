"""Where an answer comes from, as HTML: markers in the text, quotes as footnotes under their articles, evidence as cards.

Nothing here is clean yet: `ui.render` passes whole messages through the allow-list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.types import Citation, Evidence
from ui.markup import bdi, count, day, dotted, escaped, headline, read_href, safe_url

SHOWN_CARDS = 6  #: evidence cards on the page; more would push the answer away
_NAMED_COPIES = 3  #: outlets with the same article that are named


def marker(citation: Citation) -> str:
    """`[1]`, leading to the quote inside its article."""
    href = escaped(read_href(citation.article_id, citation.start, citation.end))
    return f'<a class="cw-cite" href="{href}">[{citation.number}]</a>'


def meta(source: str, published: str, also: Sequence[str] = ()) -> str:
    """Outlet and date, and who else carries the same article; "" where nothing is known."""
    said = dotted((source, published, also_in(also)))
    return bdi(said, "cw-meta") if said else ""


def also_in(outlets: Sequence[str]) -> str:
    """`also in 2 outlets: A, B` for the outlets that carry a copy."""
    if not outlets:
        return ""
    more = len(outlets) - _NAMED_COPIES
    names = ", ".join(outlets[:_NAMED_COPIES]) + (f" and {more} more" if more > 0 else "")
    return f"also in {names}" if len(outlets) == 1 else f"also in {len(outlets)} outlets: {names}"


def evidence_html(evidence: Sequence[Evidence], is_open: bool = False) -> str:
    """The articles that were found, one card each."""
    if not evidence:
        return ""
    first_of: dict[str, Evidence] = {}
    for piece in evidence:
        first_of.setdefault(piece.article_id, piece)
    cards = "".join(_card(piece) for piece in list(first_of.values())[:SHOWN_CARDS])
    found = f"Found {count(len(evidence), 'passage')} in {count(len(first_of), 'article')}"
    state = " open" if is_open else ""
    return f'<details class="cw-evidence"{state}><summary>{found}</summary><ul class="cw-cards">{cards}</ul></details>'


def sources_html(citations: Sequence[Citation], evidence: Sequence[Evidence] = ()) -> str:
    """The cited articles with their quotes. :param evidence: says which other outlets carry them."""
    copies = {piece.article_id: piece.also for piece in evidence}
    groups = "".join(_source(quotes, copies) for quotes in by_article(citations))
    return f'<div class="cw-sources"><h2>Sources</h2><ul>{groups}</ul></div>' if groups else ""


def by_article(citations: Sequence[Citation]) -> list[list[Citation]]:
    """The citations of each article together, each number once: one quote can carry two sentences."""
    grouped: dict[str, dict[int, Citation]] = {}
    for citation in citations:
        grouped.setdefault(citation.article_id, {}).setdefault(citation.number, citation)
    return [list(quotes.values()) for quotes in grouped.values()]


def _card(piece: Evidence) -> str:
    href = escaped(read_href(piece.article_id, piece.start, piece.end))
    title = bdi(headline(piece.title, piece.article_id), "cw-headline")
    return f'<li><a class="cw-card" href="{href}">{title}{meta(piece.source, day(piece.published), piece.also)}</a></li>'


def _source(citations: Sequence[Citation], copies: Mapping[str, Sequence[str]]) -> str:
    """One article with the quotes taken from it. :param citations: at least one, all of the same article."""
    first = citations[0]
    url = safe_url(first.url)
    original = f'<a class="cw-original" href="{escaped(url)}" target="_blank">Original</a>' if url else ""
    title = bdi(headline(first.title, first.article_id), "cw-headline")
    about = meta(first.source, day(first.published), copies.get(first.article_id, ()))
    notes = "".join(_note(citation) for citation in citations)
    return f'<li><p class="cw-source">{title}{about}{original}</p><ol class="cw-notes">{notes}</ol></li>'


def _note(citation: Citation) -> str:
    href = escaped(read_href(citation.article_id, citation.start, citation.end))
    return (
        f'<li class="cw-note" value="{citation.number}"><a class="cw-open" href="{href}">'
        f"{bdi(citation.quote, 'cw-quote')}</a></li>"
    )
