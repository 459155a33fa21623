"""Answers as HTML for the chat: pure functions from the assistant's types to one line of safe markup each.

What can be clicked is a link that works without a script too: a citation leads to the article's own page, a suggestion asks.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.filters import in_words
from assistant.types import Answer, Citation, Evidence, Headline, Sentence
from ui.markup import ask_href, bdi, clean, count, day, dotted, escaped, headline, period, read_href, safe_url

SHOWN_CARDS = 6  #: evidence cards on the page; more would push the answer away


def question_html(question: str) -> str:
    """What the user asked, as text."""
    return clean(f'<div class="cw-question">{bdi(question, "cw-asked")}</div>')


def working_html(step: str, evidence: Sequence[Evidence] = (), sentences: Sequence[Sentence] = ()) -> str:
    """An answer under way. :param step: what is being done now, e.g. "Searching the articles"."""
    found = _evidence(evidence, is_open=True)  # below the text, which must not move while it is read
    return clean(f'<div class="cw-answer cw-live">{_text(sentences)}<p class="cw-step">{escaped(step)}</p>{found}</div>')


def answer_html(answer: Answer) -> str:
    """A finished answer: sentences with markers, the line of honesty, sources with their quotes, evidence folded away."""
    if answer.abstained or not answer.sentences:
        body = _abstention(answer) + _evidence(answer.evidence)
    else:
        body = (
            f"{_text(answer.sentences)}{_foot(honesty(answer))}{_sources(answer.citations)}{_evidence(answer.evidence)}"
            '<p class="cw-actions"><button class="cw-copy" type="button">Copy with footnotes</button></p>'
        )
    return clean(f'<div class="cw-answer">{_notices(answer.notices)}{body}</div>')


def stopped_html(evidence: Sequence[Evidence], sentences: Sequence[Sentence]) -> str:
    """An answer that the user ended: what had been checked by then stays."""
    line = "Stopped by you. What stands here is quoted; the rest was not written." if sentences else "Stopped by you."
    cited = [citation for sentence in sentences for citation in sentence.citations]
    body = f"{_text(sentences)}{_foot(line)}{_sources(cited)}{_evidence(evidence)}"
    return clean(f'<div class="cw-answer cw-stopped">{body}</div>')


def failure_html(reason: str, evidence: Sequence[Evidence] = ()) -> str:
    """A question that could not be answered because something is broken. :param reason: a sentence for the user."""
    said = f'<p class="cw-notice"><strong>No answer this time.</strong> {bdi(reason, "cw-reason")}</p>'
    return clean(f'<div class="cw-answer cw-failed">{said}{_evidence(evidence, is_open=True)}</div>')


def honesty(answer: Answer) -> str:
    """`3 of 3 sentences quoted · based on 2 articles, 2 Oct – 15 Dec 2025 · …` for a finished answer."""
    quoted = sum(1 for sentence in answer.sentences if sentence.citations)
    as_of = answer.as_of
    based = ", ".join(filter(None, (count(as_of.articles, "article"), period(as_of.oldest, as_of.newest))))
    newest = as_of.index_newest if as_of.index_newest != as_of.newest else None
    return dotted(
        (
            f"{quoted} of {count(len(answer.sentences), 'sentence')} quoted",
            f"based on {based}" if as_of.articles else "",
            f"searched articles {in_words(answer.filters)}" if answer.filters else "",
            f"newest in the library {day(newest)}" if newest else "",
            "composed of quotes" if answer.model == "none" else f"written by {answer.model}",
            f"{answer.timings['total_s']:.1f} s" if "total_s" in answer.timings else "",
        )
    )


def spoken(answer: Answer) -> str:
    """An answer as plain text without markers, for the history of a conversation."""
    if answer.abstained or not answer.sentences:
        return f"The articles do not say. {answer.reason}".strip()
    return " ".join(sentence.text for sentence in answer.sentences)


def _text(sentences: Sequence[Sentence]) -> str:
    parts = [f"{bdi(s.text, 'cw-sentence')}{''.join(_marker(c) for c in s.citations)}" for s in sentences]
    return f'<p class="cw-text">{" ".join(parts)}</p>' if parts else ""


def _marker(citation: Citation) -> str:
    href = escaped(read_href(citation.article_id, citation.start, citation.end))
    return f'<a class="cw-cite" href="{href}">[{citation.number}]</a>'


def _meta(source: str, published: str) -> str:
    said = dotted((source, published))
    return bdi(said, "cw-meta") if said else ""


def _evidence(evidence: Sequence[Evidence], is_open: bool = False) -> str:
    if not evidence:
        return ""
    first_of: dict[str, Evidence] = {}
    for piece in evidence:
        first_of.setdefault(piece.article_id, piece)
    cards = [_card(piece) for piece in list(first_of.values())[:SHOWN_CARDS]]
    found = f"Found {count(len(evidence), 'passage')} in {count(len(first_of), 'article')}"
    state = " open" if is_open else ""
    return f'<details class="cw-evidence"{state}><summary>{found}</summary><ul class="cw-cards">{"".join(cards)}</ul></details>'


def _card(piece: Evidence) -> str:
    href = escaped(read_href(piece.article_id, piece.start, piece.end))
    title = bdi(headline(piece.title, piece.article_id), "cw-headline")
    return f'<li><a class="cw-card" href="{href}">{title}{_meta(piece.source, day(piece.published))}</a></li>'


def _sources(citations: Sequence[Citation]) -> str:
    by_article: dict[str, dict[int, Citation]] = {}
    for citation in citations:  # one quote can carry two sentences: its number counts once
        by_article.setdefault(citation.article_id, {}).setdefault(citation.number, citation)
    groups = [_source(list(quotes.values())) for quotes in by_article.values()]
    return f'<div class="cw-sources"><h2>Sources</h2><ul>{"".join(groups)}</ul></div>' if groups else ""


def _source(citations: list[Citation]) -> str:
    """One article with the quotes taken from it. :param citations: at least one, all of the same article."""
    first = citations[0]
    url = safe_url(first.url)
    original = f'<a class="cw-original" href="{escaped(url)}" target="_blank">Original</a>' if url else ""
    title = bdi(headline(first.title, first.article_id), "cw-headline")
    notes = "".join(_note(citation) for citation in citations)
    head = f'<p class="cw-source">{title}{_meta(first.source, day(first.published))}{original}</p>'
    return f'<li>{head}<ol class="cw-notes">{notes}</ol></li>'


def _note(citation: Citation) -> str:
    href = escaped(read_href(citation.article_id, citation.start, citation.end))
    return (
        f'<li class="cw-note" value="{citation.number}"><a class="cw-open" href="{href}">'
        f"{bdi(citation.quote, 'cw-quote')}</a></li>"
    )


def _abstention(answer: Answer) -> str:
    reason = f"<p>{bdi(answer.reason, 'cw-reason')}</p>" if answer.reason else ""
    nearest = "".join(_nearest(head) for head in answer.nearest)
    offer = f'<p class="cw-offer">The nearest headlines; choose one to ask about it:</p><ul>{nearest}</ul>'
    said = "<p><strong>The articles do not say.</strong></p>"
    return f'<div class="cw-abstained">{said}{reason}{offer if nearest else ""}</div>'


def _nearest(head: Headline) -> str:
    title = headline(head.title, head.article_id)
    href = escaped(ask_href(about(head)))
    return f'<li><a class="cw-ask" href="{href}">{bdi(title, "cw-headline")}{_meta(head.source, day(head.published))}</a></li>'


def about(head: Headline) -> str:
    """The question that asks about a headline."""
    return f"What happened: {headline(head.title, head.article_id).rstrip(' .?!:')}?"


def _notices(notices: Sequence[str]) -> str:
    return "".join(f'<p class="cw-notice">{bdi(notice, "cw-reason")}</p>' for notice in notices)


def _foot(line: str) -> str:
    return f'<p class="cw-foot">{bdi(line, "cw-honesty")}</p>'
