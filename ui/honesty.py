"""What an answer says about itself: how much of it is quoted, what it rests on, what was searched, where articles differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.types import Answer, Claim, Disagreement, Filters
from ui.markup import ask_href, bdi, count, day, dotted, escaped, period
from ui.sources import marker, meta

_DIFFER = {
    "conflict": "The articles differ on",
    "correction": "A later article corrects",
    "update": "The articles have changing figures for",
}
_LAST = {"conflict": "", "correction": "corrected", "update": "newest"}


def honesty(answer: Answer) -> str:
    """`3 of 3 sentences quoted · based on 2 articles, 2 Oct – 15 Dec 2025 · …` for a finished answer."""
    quoted = sum(1 for sentence in answer.sentences if sentence.citations)
    as_of = answer.as_of
    based = f"{count(as_of.articles, 'article')}, {period(as_of.oldest, as_of.newest) or 'undated'}"
    newest = as_of.index_newest if as_of.index_newest != as_of.newest else None
    return dotted(
        (
            f"{quoted} of {count(len(answer.sentences), 'sentence')} quoted",
            f"based on {based}" if as_of.articles else "",
            f"newest in the library {day(newest)}" if newest else "",
            "composed of quotes" if answer.model == "none" else f"written by {answer.model}",
            f"{answer.timings['total_s']:.1f} s" if "total_s" in answer.timings else "",
        )
    )


def chips_html(question: str, filters: Filters) -> str:
    """What the search was narrowed to, each part a link that asks the same question without it."""
    if not filters:
        return ""
    chips = "".join(_chip(question, label, rest) for label, rest in _parts(filters))
    origin = "Understood from your question:" if filters.said else "Searched only:"
    return f'<p class="cw-chips"><span class="cw-chips-label">{origin}</span> {chips}</p>'


def _parts(filters: Filters) -> list[tuple[str, Filters]]:
    """(what is said of one filter, the filters without it). One day is one part, not a beginning and an end."""
    bare = replace(filters, said=())
    parts = []
    if filters.since and filters.since == filters.until:
        parts.append((f"of {day(filters.since)}", replace(bare, since=None, until=None)))
    else:
        if filters.since:
            parts.append((f"since {day(filters.since)}", replace(bare, since=None)))
        if filters.until:
            parts.append((f"until {day(filters.until)}", replace(bare, until=None)))
    if filters.sources:
        named = ", ".join(filters.sources[:3]) + (f" and {len(filters.sources) - 3} more" if len(filters.sources) > 3 else "")
        parts.append((f"by {named}", replace(bare, sources=())))
    if filters.articles:
        parts.append((count(len(filters.articles), "chosen article"), replace(bare, articles=())))
    return parts


def _chip(question: str, label: str, rest: Filters) -> str:
    href = escaped(ask_href(question, rest, exact=True))
    return f'<a class="cw-chip" href="{href}">{bdi(label, "cw-chip-text")}</a>'


def disagreements_html(disagreements: Sequence[Disagreement]) -> str:
    """What articles say differently, side by side."""
    return "".join(_differing(one) for one in disagreements)


def _differing(one: Disagreement) -> str:
    last = len(one.claims) - 1
    claims = "".join(_claim(claim, _LAST[one.kind] if at == last else "") for at, claim in enumerate(one.claims))
    head = f'<p class="cw-differ-head">{_DIFFER[one.kind]} {bdi(one.about, "cw-about")}</p>'
    return f'<div class="cw-differ">{head}<ul class="cw-claims">{claims}</ul></div>'


def _claim(claim: Claim, note: str) -> str:
    cited = claim.citation
    value = f"<strong>{bdi(claim.value, 'cw-value')}</strong>{marker(cited)}"
    tag = f'<span class="cw-tag">{note}</span>' if note else ""
    return f'<li class="cw-claim"><p>{value}{tag}</p><p>{meta(cited.source, day(cited.published))}</p></li>'
