"""Answers as HTML for the chat: pure functions from the assistant's types to one line of safe markup each.

What can be clicked is a link that works without a script too: a citation leads to the article's own page, a suggestion asks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.types import Answer, Evidence, Form, Headline, Sentence
from ui.honesty import chips_html, disagreements_html, honesty
from ui.markup import ask_href, bdi, clean, count, day, escaped, headline
from ui.sources import evidence_html, marker, meta, sources_html
from ui.turn import Turn, record

#: what newspapers append to a headline: " - USA Today", " | Opinion", " (UPDATE)"
_APPENDED = re.compile(r"\s+(?:[-|–—]\s[^-|–—]{2,30}|\([A-Z ]+\))$")
LEFT = "The page was left before this was finished."


def question_html(question: str) -> str:
    """What the user asked, as text."""
    return clean(f'<div class="cw-question">{bdi(question, "cw-asked")}</div>')


def turn_html(turn: Turn, conversation_id: str) -> str:
    """What has become of a question, whatever that is, with its record for the browser to keep."""
    answer, tail = turn.answer, _tail(turn, conversation_id)
    if turn.state == "waiting":
        return working_html("Waiting for a free place", tail=tail)
    if turn.state == "working":
        return working_html(_step(answer), answer.evidence, answer.sentences, answer.form, tail)
    if turn.state == "done":
        return answer_html(answer, tail)
    if turn.state == "failed":
        return failure_html(turn.reason, answer.evidence, tail)
    line = LEFT if turn.state == "left" else "Stopped by you."
    return stopped_html(answer.evidence, answer.sentences, line, tail)


def working_html(
    step: str, evidence: Sequence[Evidence] = (), sentences: Sequence[Sentence] = (), form: Form = "answer", tail: str = ""
) -> str:
    """An answer under way. :param step: what is being done now, e.g. "Searching the articles"."""
    passed = [f"{count(len(evidence), 'passage')} found"] if evidence else []
    passed += [f"{count(len(sentences), 'sentence')} checked"] if sentences else []
    done = "".join(f'<span class="cw-done">{text}</span>' for text in passed)
    now = f'<p class="cw-steps">{done}<span class="cw-step">{escaped(step)}</span></p>'
    found = evidence_html(evidence, is_open=True)  # below the text, which must not move while it is read
    return clean(f'<div class="cw-answer cw-live">{_text(sentences, form)}{now}{found}{tail}</div>')


def answer_html(answer: Answer, tail: str = "") -> str:
    """A finished answer: sentences with markers, the line of honesty, sources with their quotes, evidence folded away."""
    chips = chips_html(answer.question, answer.filters)
    if answer.abstained or not answer.sentences:
        body = _abstention(answer) + chips + evidence_html(answer.evidence)
    else:
        body = (
            f"{_text(answer.sentences, answer.form)}{disagreements_html(answer.disagreements)}{_foot(honesty(answer))}{chips}"
            f"{sources_html(answer.citations, answer.evidence)}{evidence_html(answer.evidence)}"
        )
    return clean(f'<div class="cw-answer">{_notices(answer)}{body}{tail}</div>')


def stopped_html(
    evidence: Sequence[Evidence], sentences: Sequence[Sentence], line: str = "Stopped by you.", tail: str = ""
) -> str:
    """An answer that was ended early: what had been checked by then stays."""
    said = f"{line} What stands here is quoted; the rest was not written." if sentences else line
    cited = [citation for sentence in sentences for citation in sentence.citations]
    body = f"{_text(sentences)}{_foot(said)}{sources_html(cited, evidence)}{evidence_html(evidence)}"
    return clean(f'<div class="cw-answer cw-stopped">{body}{tail}</div>')


def failure_html(reason: str, evidence: Sequence[Evidence] = (), tail: str = "") -> str:
    """A question that could not be answered because something is broken. :param reason: a sentence for the user."""
    said = f'<p class="cw-notice"><strong>No answer this time.</strong> {bdi(reason, "cw-reason")}</p>'
    return clean(f'<div class="cw-answer cw-failed">{said}{evidence_html(evidence, is_open=True)}{tail}</div>')


def spoken(answer: Answer) -> str:
    """An answer as plain text without markers, for the history of a conversation."""
    if answer.abstained or not answer.sentences:
        return f"The articles do not say. {answer.reason}".strip()
    return " ".join(sentence.text for sentence in answer.sentences)


def about(head: Headline) -> str:
    """The question that asks about a headline: `Ferry crews end their strike: what happened?`"""
    title = headline(head.title, head.article_id)
    while (shorter := _APPENDED.sub("", title)) not in ("", title):
        title = shorter
    return title if title.endswith("?") else f"{title.rstrip(' .!:')}: what happened?"


def _step(answer: Answer) -> str:
    if answer.notices:
        return answer.notices[-1]
    if answer.sentences:
        return "Writing and checking the next"
    return "Writing; each sentence is checked before it is shown" if answer.evidence else "Searching the articles"


def _text(sentences: Sequence[Sentence], form: Form = "answer") -> str:
    if not sentences:
        return ""
    if form in ("answer", "summary"):
        return f'<p class="cw-text">{" ".join(map(_sentence, sentences))}</p>'
    before = ["", *(sentence.heading for sentence in sentences)]
    items = "".join(f"<li>{_heading(one, last)}{_sentence(one)}</li>" for one, last in zip(sentences, before, strict=False))
    return f'<ul class="cw-text cw-items">{items}</ul>'


def _sentence(sentence: Sentence) -> str:
    return f"{bdi(sentence.text, 'cw-sentence')}{''.join(map(marker, sentence.citations))}"


def _heading(sentence: Sentence, last: str) -> str:
    """The heading of an item, unless the one before has the same."""
    return f"{bdi(sentence.heading, 'cw-item-head')} " if sentence.heading and sentence.heading != last else ""


def _abstention(answer: Answer) -> str:
    reason = f"<p>{bdi(answer.reason, 'cw-reason')}</p>" if answer.reason else ""
    nearest = "".join(_nearest(head) for head in answer.nearest)
    offer = f'<p class="cw-offer">The nearest headlines; choose one to ask about it:</p><ul>{nearest}</ul>'
    said = "<p><strong>The articles do not say.</strong></p>"
    return f'<div class="cw-abstained">{said}{reason}{offer if nearest else ""}</div>'


def _nearest(head: Headline) -> str:
    title = bdi(headline(head.title, head.article_id), "cw-headline")
    href = escaped(ask_href(about(head)))
    return f'<li><a class="cw-ask" href="{href}">{title}{meta(head.source, day(head.published))}</a></li>'


def _notices(answer: Answer) -> str:
    shown_below = {one.sentence for one in answer.disagreements}
    notices = [notice for notice in answer.notices if notice not in shown_below]
    return "".join(f'<p class="cw-notice">{bdi(notice, "cw-reason")}</p>' for notice in notices)


def _foot(line: str) -> str:
    return f'<p class="cw-foot">{bdi(line, "cw-honesty")}</p>'


def _tail(turn: Turn, conversation_id: str) -> str:
    """What can be done with an answer, and its record, which the stylesheet hides."""
    return f'{_actions(turn)}<span class="cw-record">{escaped(record(turn, conversation_id))}</span>'


def _actions(turn: Turn) -> str:
    if not turn.finished:
        return ""
    href = escaped(ask_href(turn.question, turn.filters, turn.exact))
    link = f'<a class="cw-link" href="{href}">Copy link</a>'
    if turn.state != "done":
        return f'<p class="cw-actions"><a class="cw-again" href="{href}">Ask again</a>{link}</p>'
    copy = '<button class="cw-copy" type="button">Copy with footnotes</button>' if turn.answer.sentences else ""
    thumbs = _thumb(turn, "up", "Helpful") + _thumb(turn, "down", "Not helpful")
    return f'<p class="cw-actions">{copy}{link}<span class="cw-thumbs">{thumbs}</span></p>'


def _thumb(turn: Turn, rating: str, text: str) -> str:
    pressed = " cw-pressed" if turn.rating == rating else ""
    return f'<button class="cw-thumb cw-{rating}{pressed}" type="button">{text}</button>'
