"""What stands on the page before anybody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.types import Headline
from index.errors import IndexCorrupt
from ui.frontpage import status, status_html, suggested, welcome_html

if TYPE_CHECKING:
    import pytest

    from assistant.assistant import Assistant


def test_the_questions_come_from_the_articles_really_there(seeds_assistant: Assistant) -> None:
    assert suggested(seeds_assistant, ()) == ["Ukraine, US report progress following peace plan talks in Berlin: what happened?"]
    assert suggested(seeds_assistant, ["a?", "b?", "c?", "d?", "e?"]) == ["a?", "b?", "c?", "d?"]


class Headlines:
    """An assistant that knows only headlines."""

    def __init__(self, *heads: tuple[str, str]) -> None:
        self._heads = [Headline(title, title, source, None) for title, source in heads]

    def headlines(self, limit: int) -> list[Headline]:
        return self._heads[:limit]


def test_the_questions_are_of_several_stories_and_outlets() -> None:
    library = Headlines(
        ("Council agrees on a new tram line", "Courier"), ("Tram line: council agrees", "Wire"), ("Library hours", "Courier"),
        ("Strike of the dockers ends (UPDATE)", "Courier"), ("Swimmers win four medals - Wire", "Wire"),
        ("Flood closes the old bridge", "Ledger"), ("Is the mayor going to resign?", "Times"), ("Rain is expected again", "Post"),
    )  # fmt: skip
    assert suggested(library, ()) == [
        "Council agrees on a new tram line: what happened?",
        "Swimmers win four medals: what happened?",
        "Flood closes the old bridge: what happened?",
        "Is the mayor going to resign?",
    ]
    assert suggested(Headlines(("Library hours", "A"), ("Strike of the dockers ends (UPDATE)", "A")), ()) == [
        "Library hours: what happened?",
        "Strike of the dockers ends: what happened?",
    ]
    assert suggested(Headlines(), ()) == []


def test_the_first_screen_offers_them_as_links(seeds_assistant: Assistant) -> None:
    page = welcome_html(status(seeds_assistant), ["<b>Who?</b>"])
    assert "Ask the articles" in page and 'href="?q=%3Cb%3EWho%3F%3C%2Fb%3E"' in page and "&lt;b&gt;Who?" in page


def test_an_empty_library_explains_what_to_do(seeds_assistant: Assistant) -> None:
    page = welcome_html({**status(seeds_assistant), "articles": 0}, [])
    assert "There are no articles yet" in page and "citewire build your-folder" in page


def test_an_index_that_does_not_open_is_said_in_its_own_words(
    seeds_assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise IndexCorrupt("The index <data> is damaged. Run `citewire build`.")

    monkeypatch.setattr(seeds_assistant, "index_info", broken)
    state = status(seeds_assistant)
    assert not state["ok"] and "cw-broken" in status_html(state)
    assert "The index &lt;data&gt; is damaged." in welcome_html(state, [])
