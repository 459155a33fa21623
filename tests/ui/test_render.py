"""Whatever an article, a model or a user writes, the page shows it as text and keeps its own shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.types import Answer, AsOf, Citation, Claim, Disagreement, Evidence, Filters, Headline, Sentence
from index.types import Article
from ui.honesty import honesty
from ui.markup import period, read_href, safe_url
from ui.reader import reading, reading_page
from ui.render import answer_html, failure_html, question_html, spoken, stopped_html, working_html
from ui.sources import also_in

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<a href='javascript:alert(1)'>go</a>",
    "</div></bdi></p><iframe src=//evil.example></iframe>",
    "&lt;b&gt; &amp;#x3C;b&#x3E; &notanentity;",
    "**bold** [link](javascript:alert(1)) ![i](http://tracker.example/x.png) `code` $$x$$ \\(y\\)",
    "\n\n# heading\n\n<style>*{display:none}</style>\n\n- list",
    "\u202egnp.exe\u202c \u200b\u2066hidden\u2069 ארבע",
    "<!-- --> <![CDATA[x]]> <?php ?> ]]>",
    "😀" * 3 + "\r\n\ttab",
    "<svg><style><img src=x onerror=alert(1)></style></svg><math><mi xlink:href='javascript:1'>",
]
anything = st.one_of(st.text(min_size=1, max_size=80), st.sampled_from(HOSTILE)).filter(str.strip)


class Page(HTMLParser):
    """The tags, links and texts of a piece of HTML."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        self.texts = {css: [as_shown(text) for text in texts] for css, texts in self.texts.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        css = dict(attrs).get("class") or ""
        self._open.append(css)
        self.texts.setdefault(css, []).append("")
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for css in set(self._open):
            self.texts[css][-1] += data


def as_shown(text: str) -> str:
    """Text as an HTML parser hands it on: line ends are one character, what cannot be encoded is U+FFFD."""
    encodable = "".join("\ufffd" if "\ud800" <= char <= "\udfff" or char == "\0" else char for char in text)
    return encodable.replace("\r\n", "\n").replace("\r", "\n")


def an_answer(text: str, title: str = "A headline", source: str = "An outlet", url: str = "https://example.org/a") -> Answer:
    first = Citation(1, f"a/{text}", title, source, date(2025, 10, 2), url, text, 0, len(text))
    second = replace(first, number=2, article_id="b", published=date(2025, 12, 15))
    sentences = (Sentence(text, (first,)), Sentence("Plain.", (second, first)))
    evidence = (Evidence(1, first.article_id, 0, 9, text, 0.5, title, first.published, source, url),)
    return Answer("q", text, sentences, (first, second), evidence, as_of=AsOf(2, date(2025, 10, 2), date(2025, 12, 15)))


def assert_same_shape(markup: str, harmless: str) -> None:
    page, plain = Page(markup), Page(harmless)
    assert page.tags == plain.tags
    assert page.attributes <= plain.attributes
    assert all(link.startswith(("read?id=", "?q=", "https://example.org/")) for link in page.links), page.links
    assert "\n" not in markup and "\r" not in markup, "a line feed would end the HTML block in the chat's markdown"


@given(text=anything, title=anything, source=anything)
def test_an_answer_shows_hostile_text_as_text(text: str, title: str, source: str) -> None:
    markup = answer_html(an_answer(text, title, source))
    assert_same_shape(markup, answer_html(an_answer("plain")))
    assert Page(markup).texts["cw-quote"] == [as_shown(text)] * 2
    assert Page(markup).texts["cw-sentence"][0] == as_shown(text)


@given(text=anything)
def test_every_other_message_shows_hostile_text_as_text(text: str) -> None:
    answer, plain = an_answer(text, text, text), an_answer("plain", "plain", "plain")
    for one, other in (
        (question_html(text), question_html("plain")),
        (failure_html(text, answer.evidence), failure_html("plain", plain.evidence)),
        (working_html(text, answer.evidence, answer.sentences), working_html("x", plain.evidence, plain.sentences)),
        (stopped_html(answer.evidence, answer.sentences), stopped_html(plain.evidence, plain.sentences)),
        (answer_html(abstention(text)), answer_html(abstention("plain"))),
        (answer_html(replace(answer, notices=(text,))), answer_html(replace(plain, notices=("plain",)))),
    ):
        assert_same_shape(one, other)
    assert Page(question_html(text)).texts["cw-asked"] == [as_shown(text)]


def abstention(text: str) -> Answer:
    return Answer("q", text, abstained=True, reason=text, nearest=(Headline(text, text, text, date(2025, 1, 2)),))


@given(url=st.one_of(st.text(max_size=60), st.sampled_from(HOSTILE)))
def test_only_web_addresses_become_links(url: str) -> None:
    links = Page(answer_html(an_answer("x", url=url))).links
    assert all(link.startswith(("read?id=", "http://", "https://")) for link in links)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "file:///etc/passwd",
     "//evil.example", "http:", "https://", "https://exa\u202emple.org", "http://[::1", "ftp://example.org/x", ""],
)  # fmt: skip
def test_other_addresses_are_not_linked(url: str) -> None:
    assert safe_url(url) == ""


def test_web_addresses_are_kept() -> None:
    assert safe_url("https://example.org/a?b=c&d=e#f") == "https://example.org/a?b=c&d=e#f"
    assert "https://example.org/a" in Page(answer_html(an_answer("x"))).links


def test_a_citation_leads_to_its_quote() -> None:
    page = Page(answer_html(an_answer("quoted words")))
    assert page.links.count(read_href("a/quoted words", 0, 12)) == 3  # two markers and the footnote
    assert page.texts["cw-cite"] == ["[1]", "[2]", "[1]"]


def test_the_line_of_honesty() -> None:
    answer = replace(an_answer("x"), timings={"total_s": 3.21})
    assert honesty(answer) == ("2 of 2 sentences quoted · based on 2 articles, 2 Oct – 15 Dec 2025 · composed of quotes · 3.2 s")
    later = replace(answer, as_of=replace(answer.as_of, index_newest=date(2025, 12, 21)), model="a-model", timings={})
    assert honesty(later).endswith("newest in the library 21 Dec 2025 · written by a-model")


def test_periods_are_as_short_as_they_can_be_said() -> None:
    assert period(date(2025, 10, 2), date(2025, 12, 15)) == "2 Oct – 15 Dec 2025"
    assert period(date(2024, 12, 2), date(2025, 1, 3)) == "2 Dec 2024 – 3 Jan 2025"
    assert period(date(2025, 12, 2), date(2025, 12, 15)) == "2 – 15 Dec 2025"
    assert period(date(2025, 12, 2), date(2025, 12, 2)) == period(None, date(2025, 12, 2)) == "2 Dec 2025"
    assert period(None, None) == ""


FILTERS = Filters(date(2025, 11, 8), date(2025, 12, 1), ("CNN", "USA Today"), ("since Nov 8",))


def test_each_filter_is_a_link_that_asks_again_without_it() -> None:
    page = Page(answer_html(replace(an_answer("x"), question="Who won?", filters=FILTERS)))
    assert page.texts["cw-chip-text"] == ["since 8 Nov 2025", "until 1 Dec 2025", "by CNN, USA Today"]
    assert page.texts["cw-chips-label"] == ["Understood from your question:"]
    assert [link for link in page.links if link.startswith("?q=")] == [
        "?q=Who%20won%3F&until=2025-12-01&source=CNN&source=USA%20Today&exact=1",
        "?q=Who%20won%3F&since=2025-11-08&source=CNN&source=USA%20Today&exact=1",
        "?q=Who%20won%3F&since=2025-11-08&until=2025-12-01&exact=1",
    ]
    day = replace(FILTERS, until=FILTERS.since, sources=(), said=())
    page = Page(answer_html(replace(an_answer("x"), question="Who won?", filters=day)))
    assert (page.texts["cw-chip-text"], page.texts["cw-chips-label"]) == (["of 8 Nov 2025"], ["Searched only:"])
    assert "?q=Who%20won%3F&exact=1" in page.links


def test_chosen_articles_are_one_filter() -> None:
    chosen = Filters(date(2025, 11, 8), articles=("a&b.txt", "c d.txt"))
    page = Page(answer_html(replace(an_answer("x"), question="Who won?", filters=chosen)))
    assert (page.texts["cw-chip-text"], page.texts["cw-chips-label"]) == (
        ["since 8 Nov 2025", "2 chosen articles"],
        ["Searched only:"],
    )
    assert [link for link in page.links if link.startswith("?q=")] == [
        "?q=Who%20won%3F&article=a%26b.txt&article=c%20d.txt&exact=1",
        "?q=Who%20won%3F&since=2025-11-08&exact=1",
    ]
    one = Page(answer_html(replace(an_answer("x"), filters=Filters(articles=("a.txt",)))))
    assert one.texts["cw-chip-text"] == ["1 chosen article"]


@given(text=anything)
def test_filters_and_disagreements_show_hostile_text_as_text(text: str) -> None:
    def hostile(text: str) -> Answer:
        answer = replace(an_answer(text), question=text, filters=replace(FILTERS, sources=(text,)), form="timeline")
        claims = tuple(Claim(text, citation) for citation in answer.citations)
        return replace(answer, disagreements=(Disagreement("update", text, claims, text),), sentences=headed(answer, text))

    assert_same_shape(answer_html(hostile(text)), answer_html(hostile("plain")))
    page = Page(answer_html(hostile(text)))
    assert page.texts["cw-value"] == [as_shown(text)] * 2 and page.texts["cw-about"] == [as_shown(text)]


def headed(answer: Answer, heading: str) -> tuple[Sentence, ...]:
    return tuple(replace(sentence, heading=heading) for sentence in answer.sentences)


def test_articles_that_differ_stand_side_by_side_and_are_said_once() -> None:
    answer = an_answer("The bridge costs $84 million.", source="The Courier")
    one, two = answer.citations
    differ = Disagreement("correction", "bridge cost", (Claim("$84 million", one), Claim("$112 million", two)), "They differ.")
    page = Page(answer_html(replace(answer, disagreements=(differ,), notices=("They differ.", "Another notice."))))
    assert page.texts["cw-value"] == ["$84 million", "$112 million"]
    assert page.texts["cw-claim"][1].startswith("$112 million[2]corrected") and "corrected" not in page.texts["cw-claim"][0]
    assert page.texts["cw-differ-head"] == ["A later article corrects bridge cost"]
    assert page.texts["cw-notice"] == ["Another notice."]


def test_a_timeline_is_shown_item_by_item_and_a_summary_as_text() -> None:
    answer = an_answer("One.")
    page = Page(answer_html(replace(answer, form="timeline", sentences=headed(answer, "15 Dec 2025"))))
    assert page.texts["cw-item-head"] == ["15 Dec 2025"] and "cw-text cw-items" in page.texts
    assert "cw-text cw-items" not in Page(answer_html(replace(answer, form="summary"))).texts


def test_outlets_that_carry_the_same_article_are_named() -> None:
    answer = an_answer("x")
    evidence = replace(answer.evidence[0], also=("Northern Wire", "The Ledger"))
    page = Page(answer_html(replace(answer, evidence=(evidence,))))
    assert page.texts["cw-meta"] == [
        "An outlet · 2 Oct 2025 · also in 2 outlets: Northern Wire, The Ledger",
        "An outlet · 15 Dec 2025",
        "An outlet · 2 Oct 2025 · also in 2 outlets: Northern Wire, The Ledger",
    ]
    assert also_in(("A",)) == "also in A" and also_in(tuple("ABCDE")) == "also in 5 outlets: A, B, C and 2 more"


def test_the_history_has_no_markers() -> None:
    assert spoken(an_answer("One.")) == "One. Plain."
    assert spoken(abstention("Nothing about it.")) == "The articles do not say. Nothing about it."


def test_an_abstention_offers_its_nearest_headlines() -> None:
    page = Page(answer_html(abstention("Ferry crews end strike.")))
    assert page.links == ["?q=Ferry%20crews%20end%20strike%3A%20what%20happened%3F"]
    assert "The articles do not say." in page.texts["cw-abstained"][0]


# The article: shown whole, and the mark is exactly the quote

texts = st.one_of(st.text(min_size=1, max_size=200), st.sampled_from(HOSTILE))


@given(text=texts, data=st.data())
def test_the_quote_is_cut_in_code_points(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    shown = reading(Article("a", text), start, end)
    assert len(shown.before) == start and len(shown.quote) == end - start
    assert as_shown(shown.before + shown.quote + shown.after) == as_shown(text)


@given(text=texts, title=texts, url=texts)
def test_the_page_shows_the_article_as_text(text: str, title: str, url: str) -> None:
    page = Page(
        reading_page(Article("a", text, title, url=url), 0, len(text)).partition("<body>")[2].removesuffix("</body></html>")
    )
    assert page.texts["cw-article"] == [as_shown(text)]
    assert set(page.tags) <= {"main", "h1", "bdi", "p", "div", "mark", "span", "a"}
    assert all(link == "./" or link.startswith(("http://", "https://")) for link in page.links)


def test_an_emoji_before_the_quote_does_not_move_the_mark() -> None:
    text = "😀😀 He said yes. 😀"
    assert reading(Article("a", text), 3, 15).quote == "He said yes."


def test_a_span_outside_the_text_marks_nothing() -> None:
    for start, end in ((0, 0), (-1, 3), (2, 99), (5, 2)):
        shown = reading(Article("a", "short"), start, end)
        assert (shown.quote, shown.before + shown.after) == ("", "short")


def test_the_title_of_the_page_is_escaped() -> None:
    assert "<script>" not in reading_page(Article("a", "x", "</title><script>alert(1)</script>"))
