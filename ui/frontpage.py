"""What stands on the page before anybody asks: the state of the library, and questions to begin with."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from index.errors import CitewireIndexError
from index.terms import terms
from ui.markup import ask_href, bdi, clean, count, day, dotted, escaped
from ui.render import about

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.types import Headline

log = logging.getLogger(__name__)
SUGGESTED = 4
_LOOKED_AT = 60  #: of the newest headlines
_TELLING = 4  #: words; "Library hours" says less
EXPLANATION = (
    "Every sentence of an answer carries a quote you can open in its article. What the articles do not say, it does not say."
)


def status(assistant: Assistant) -> dict[str, Any]:
    """The status line and its parts. Never raises: a library that cannot be opened is said so.

    :return: `articles`, `newest` (ISO date or ""), `model`, `generation`, `line` (for people), `ok`
    """
    try:
        info = assistant.index_info()
        articles, newest, generation = info["articles"], info["newest"], info["generation"]
        words_only, upstream = assistant.words_only, assistant.upstream
    except CitewireIndexError as error:
        return _broken(str(error))
    except Exception:  # the page must open and say so, whatever it is
        log.exception("the index does not open")
        return _broken("The articles cannot be opened, and the log of Citewire says why.")
    model = assistant.model_name
    line = dotted(
        (
            count(articles, "article"),
            f"newest {day(date.fromisoformat(newest))}" if newest else "",
            "quotes only" if model == "none" else f"answers by {model}",
            "only words are searched: the server of the vectors does not answer" if words_only else "",
            "may be out of date: what is published cannot be reached" if upstream and upstream.problem else "",
        )
    )
    return {"articles": articles, "newest": newest, "model": model, "generation": generation, "line": line, "ok": True}


def _broken(line: str) -> dict[str, Any]:
    return {"articles": 0, "newest": "", "model": "none", "generation": "", "line": line, "ok": False}


def status_html(state: dict[str, Any], user: str = "") -> str:
    """The status line. :param state: what `status` returned. :param user: whose conversations the browser is to show."""
    css = "cw-status" if state["ok"] else "cw-status cw-broken"
    key = hashlib.sha256(user.encode("utf-8", "replace")).hexdigest()[:16] if user else "everybody"
    return clean(f'<div><p class="{css}">{escaped(state["line"])}</p><span class="cw-user">{key}</span></div>')


def welcome_html(state: dict[str, Any], questions: Sequence[str]) -> str:
    """The first screen: what this is, and questions to try; or what to do if there is nothing to ask."""
    if not state["ok"] or not state["articles"]:
        reason = "" if state["ok"] else f"<p>{bdi(state['line'], 'cw-reason')}</p>"
        advice = "Put articles (txt, md, html or jsonl) into a folder and build the index over it: "
        return clean(
            f'<div class="cw-welcome"><h2>There are no articles yet</h2>{reason}<p>{advice}'
            '<span class="cw-command">citewire build your-folder</span></p>'
            "<p>This page notices the new index by itself.</p></div>"
        )
    links = "".join(_suggestion(question) for question in questions)
    offer = f"<ul>{links}</ul>" if links else ""
    return clean(f'<div class="cw-welcome"><h2>Ask the articles</h2><p>{EXPLANATION}</p>{offer}</div>')


def _suggestion(question: str) -> str:
    return f'<li><a class="cw-ask" href="{escaped(ask_href(question))}">{bdi(question, "cw-headline")}</a></li>'


def suggested(assistant: Assistant, given: Sequence[str]) -> list[str]:
    """The questions to begin with: those given, else about the newest headlines, each of another story and outlet."""
    if given:
        return list(given)[:SUGGESTED]
    try:
        return [about(head) for head in _various(assistant.headlines(_LOOKED_AT))]
    except CitewireIndexError as error:
        log.warning("no headlines for the first screen: %s", error)
        return []


def _various(heads: Sequence[Headline]) -> list[Headline]:
    """The newest few, first those that say something and are of an outlet not yet chosen, never two of one story."""
    chosen: list[Headline] = []
    for is_good in (_tells_something_new, lambda head, chosen: True):
        for head in heads:
            if len(chosen) < SUGGESTED and not _of_one_story(head, chosen) and is_good(head, chosen):
                chosen.append(head)
    return sorted(chosen, key=heads.index)


def _tells_something_new(head: Headline, chosen: Sequence[Headline]) -> bool:
    return len(head.title.split()) >= _TELLING and head.source not in [one.source for one in chosen]


def _of_one_story(head: Headline, chosen: Sequence[Headline]) -> bool:
    """Whether half of a headline's words are in one that was chosen."""
    words = set(terms(head.title))
    return any(2 * len(words & set(terms(one.title))) >= len(words) for one in chosen)
