"""What a question says about time and outlet, and what it only seems to say. Today is Monday, 24 November 2025."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Assistant
from assistant.filters import in_words, understand
from assistant.narrowing import EQUAL, newest_first
from assistant.types import Filters
from index.types import Hit

TODAY = date(2025, 11, 24)
HOSTS = ("www.usatoday.com", "www.cnn.com", "CNN", "www.theweek.co.uk", "The Evening Ledger", "Northern Wire", "")
CNN = ("www.cnn.com", "CNN")
USA_TODAY = ("www.usatoday.com",)
LEDGER = ("The Evening Ledger",)


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("What did the council decide last October?", "2025-10-01", "2025-10-31"),
        ("What did the council decide last November?", "2024-11-01", "2024-11-30"),
        ("What has happened in Berlin since Nov 8?", "2025-11-08", ""),
        ("What has happened in Berlin since December 8?", "2024-12-08", ""),
        ("What has changed since 8th of November, 2024?", "2024-11-08", ""),
        ("What has changed since 29 February?", "2024-02-29", ""),
        ("Since 2025-11-01, how many ships came?", "2025-11-01", ""),
        ("How many ships have come since Friday?", "2025-11-21", ""),
        ("How many goals has she scored since last month?", "2025-10-01", ""),
        ("How many strikes have there been since 2024?", "2024-01-01", ""),
        ("What did Harris promise before the election on 5 November 2024?", "", "2024-11-04"),
        ("What did Harris say after the debate on Sept. 10, 2024?", "2024-09-11", ""),
        ("What was said about tariffs before 3 March 2025?", "", "2025-03-02"),
        ("What was said about tariffs until March 2025?", "", "2025-03-31"),
        ("What was known about it up to yesterday?", "", "2025-11-23"),
        ("What has the mayor said after 20 November?", "2025-11-21", ""),
        ("What has the mayor said on or after 20 November?", "2025-11-20", ""),
        ("What was said on or before 20 November?", "", "2025-11-20"),
        ("Which articles published before 20 November say what the bridge will cost?", "", "2025-11-19"),
        ("Since 20 November, what will the bridge cost?", "2025-11-20", ""),
        ("Who died after last week's storm?", "2025-11-17", ""),
        ("What was planned until yesterday?", "", "2025-11-23"),
        ("Who resigned this week?", "2025-11-24", "2025-11-24"),
        ("Who resigned last week?", "2025-11-17", "2025-11-23"),
        ("Who resigned this month?", "2025-11-01", "2025-11-24"),
        ("Who resigned last month?", "2025-10-01", "2025-10-31"),
        ("Who resigned earlier this year?", "2025-01-01", "2025-11-24"),
        ("Who resigned last year?", "2024-01-01", ""),
        ("What did the Kremlin say yesterday?", "2025-11-23", "2025-11-23"),
        ("What did the Kremlin say the day before yesterday?", "2025-11-22", "2025-11-22"),
        ("what happened last friday", "2025-11-21", "2025-11-21"),
        ("What happened two days ago in Kyiv?", "2025-11-22", "2025-11-22"),
        ("What was said in the last three days about tariffs?", "2025-11-21", "2025-11-24"),
        ("Which banks failed over the past 2 weeks?", "2025-11-10", "2025-11-24"),
        ("Which banks failed within the last six months?", "2025-05-24", "2025-11-24"),
        ("Who died in last week's storm?", "2025-11-17", ""),
        ("articles from October 2025 about the bridge", "2025-10-01", "2025-10-31"),
        ("Show articles about the bridge published between March and May 2025", "2025-03-01", "2025-05-31"),
        ("Which stories were published in 2024 about Gaza?", "2024-01-01", "2024-12-31"),
        ("news from between November 2024 and March 2025", "", ""),
        ("coverage in December 2024 about the floods", "2024-12-01", "2024-12-31"),
        ("What is in today's headlines?", "2025-11-24", "2025-11-24"),
        ("news from today about Iran", "2025-11-24", "2025-11-24"),
        ("What did CNN report in October 2025 about the strike?", "2025-10-01", "2025-10-31"),
    ],
)
def test_a_time_frame_is_understood(question: str, since: str, until: str) -> None:
    found = understand(question, HOSTS, TODAY)
    assert (found.since, found.until) == (day(since), day(until))


@pytest.mark.parametrize(
    ("question", "sources", "rest"),
    [
        ("What did the Kremlin say, according to USA Today?", USA_TODAY, "What did the Kremlin say?"),
        ("According to the Evening Ledger, what does it cost?", LEDGER, "what does it cost?"),
        ("what is known according to usa today", USA_TODAY, "what is known"),
        ("What is known according to usatoday.com?", USA_TODAY, "What is known?"),
        ("What does it cost in The Evening Ledger?", LEDGER, "What does it cost?"),
        ("What did CNN report about the strike?", CNN, "What did report about the strike?"),
        ("How long was the strike that CNN reported?", CNN, "How long was the strike that reported?"),
        ("What is in CNN's report on the strike?", CNN, None),
        ("Is there a Northern Wire article about the port?", ("Northern Wire",), None),
        ("coverage of the trial in The Week", ("www.theweek.co.uk",), "coverage of the trial"),
        ("What did CNN or USA Today report?", CNN + USA_TODAY, "What did report?"),
        ("According to both CNN and Northern Wire, who won?", (*CNN, "Northern Wire"), "who won?"),
        ("Who won, according to CNN, Northern Wire and the Evening Ledger?", (*CNN, "Northern Wire", *LEDGER), "Who won?"),
        ("According to CNN, Northern Wire will close. When?", CNN, None),
    ],
)
def test_an_outlet_is_understood(question: str, sources: tuple[str, ...], rest: str | None) -> None:
    found = understand(question, HOSTS, TODAY)
    assert (found.sources, found.since, found.until) == (sources, None, None)
    assert rest is None or found.rest == rest


@pytest.mark.parametrize(
    "question",
    [
        "What happened on 5 November 2024?",
        "Who won the 2022 World Cup?",
        "What happened in October 2025?",
        "How many people died in 2024?",
        "Whom did Zelensky meet in Berlin on Monday?",
        "Who hosts This Week on ABC?",
        "Who wrote the song Yesterday?",
        'Who sings "Nothing Since Yesterday"?',
        "What happened in the last days of the war?",
        "What did he do in his last year in office?",
        "How much has changed since the 2020 elections?",
        "What changed since 2020 elections?",
        "Who ruled Germany before 1945?",
        "Who has lived there since 1990?",
        "Will the bridge be closed until March 2026?",
        "Is the shop open until Friday?",
        "What happens the day after 5 November 2024?",
        "How many people may march in May?",
        "Did the fire break out before the storm?",
        "What did the mayor promise before last week's storm?",
        "What did the mayor promise by last Friday?",
        "What happened two days before last Friday?",
        "What did the council decide last Nov. 8?",
        "What did the council decide last November 8, 2024?",
        "Will work on the tunnel begin before December 31?",
        "What will the ferry cost before July?",
        "Who could resign before March?",
        "When does the sale end, before July?",
        "How many were killed between March and May 2025?",
        "How many were killed from March until May 2025?",
        "Was it over since 31 February?",
        "How many members does NATO have today?",
        "Who is the head of CNN?",
        "Who was laid off at USA Today?",
        "What happened in the week of the vote?",
        "What did the players tell USA Today Sports?",
        "According to CNN and USA Today Sports, who won?",
        "According to CNN and Mayor Anna Berg, who won?",
        "What have the mayor and CNN reported?",
        "Was the report of the ledger published?",
    ],
)
def test_what_is_asked_about_is_no_filter(question: str) -> None:
    found = understand(question, HOSTS, TODAY)
    assert (found.since, found.until, found.sources, found.said, found.rest) == (None, None, (), (), question)


def test_what_was_understood_is_said_and_left_out_of_the_search() -> None:
    found = understand("What has happened in Berlin since Nov 8, according to CNN?", HOSTS, TODAY)
    assert found.said == ("since Nov 8", "according to CNN")
    assert found.rest == "What has happened in Berlin?"
    assert in_words(Filters(found.since, found.until, found.sources)) == "since 8 Nov 2025 by www.cnn.com, CNN"


def test_what_contradicts_itself_is_not_understood() -> None:
    found = understand("What was said since 20 November 2025 until 3 March 2025?", HOSTS, TODAY)
    assert (found.since, found.until, found.said) == (None, None, ())


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(), ""),
        (Filters(TODAY, TODAY), "of 24 Nov 2025"),
        (Filters(date(2025, 11, 8), TODAY), "from 8 Nov 2025 to 24 Nov 2025"),
        (Filters(None, TODAY), "until 24 Nov 2025"),
        (Filters(TODAY, None, ("a", "b", "c", "d")), "since 24 Nov 2025 by a, b, c and 1 more"),
    ],
)
def test_filters_in_words(filters: Filters, words: str) -> None:
    assert in_words(filters) == words


words = st.sampled_from(
    "since until before after between and from to the last this past week weeks month year days Nov November May march 5 31 30th "
    "2025 2024 2025-13-40 0001-01-01 yesterday ago three 999 on in of according CNN USA Today report articles published news "
    "Friday , . ? ' \" the".split()
)


@given(st.one_of(st.text(max_size=200), st.lists(words, max_size=14).map(" ".join)), st.dates())
def test_any_text_is_read_without_an_error(question: str, today: date) -> None:
    found = understand(question, HOSTS, today)
    assert not (found.since and found.until) or found.since <= found.until
    assert found.since is None or found.since <= today
    assert set(found.sources) <= set(HOSTS)
    assert all(phrase in question for phrase in found.said)
    assert found.said or found.rest == question


@given(st.lists(st.text(max_size=12), max_size=5), st.text(max_size=60))
def test_any_outlet_name_is_read_without_an_error(sources: list[str], question: str) -> None:
    understand(f"According to {' '.join(sources)}, {question}", sources, TODAY)


def test_it_takes_less_than_a_millisecond() -> None:
    questions = ["Which country passed a landmark bill this week, banning the sale of tobacco for today’s teens?"] * 200
    understand(questions[0], HOSTS, TODAY)
    started = time.process_time()
    for question in questions:
        understand(question, HOSTS, TODAY)
    assert (time.process_time() - started) / len(questions) < 0.001


def hit(score: float, published: str) -> Hit:
    return Hit(f"{score} {published}", 0, 1, "x", score, published=day(published))


def test_of_equal_hits_the_newer_comes_first() -> None:
    hits = [hit(2.0, "2025-01-01"), hit(1.0, ""), hit(1.0 - EQUAL / 4, "2025-01-01"), hit(1.0 - EQUAL / 2, "2025-02-01")]
    ordered = newest_first([*hits, hit(0.5, "2025-12-01")])
    assert [h.published for h in ordered] == [day(d) for d in ("2025-01-01", "2025-02-01", "2025-01-01", "", "2025-12-01")]
    assert [h.rank for h in ordered] == [1, 2, 3, 4, 5]


@pytest.fixture(scope="module")
def news(fixtures_index: Path) -> Iterator[Assistant]:
    with closing(Assistant(fixtures_index, "none")) as assistant:
        yield assistant


def test_a_question_narrows_its_search(news: Assistant) -> None:
    answer = news.answer("How much will the Silver Bridge cost, according to The Evening Ledger?")
    assert answer.filters == Filters(None, None, LEDGER, ("according to The Evening Ledger",))
    assert "$112 million" in answer.text and "$84" not in answer.text and not answer.notices
    hits = news.search("What was said about the Silver Bridge since April 9?", as_of=date(2025, 6, 2))
    assert hits and all(h.published and h.published >= date(2025, 4, 9) for h in hits)
    assert all(h.published == date(2025, 4, 2) for h in news.search("Silver Bridge cost", until=date(2025, 4, 2), top_k=1))


def test_relative_dates_count_from_the_day_that_is_asked_for(news: Assistant) -> None:
    question = "Who retires from coaching the Mallory Otters this month?"
    answer = news.answer(question, as_of=date(2025, 6, 5))
    assert answer.filters.since == date(2025, 6, 1) and "Whitlock" in answer.text


def test_a_filter_that_leaves_nothing_is_lifted_and_said(news: Assistant) -> None:
    question = "How long was the strike in Port Mallory since 1 July 2025?"
    events = list(news.stream(question, as_of=date(2025, 8, 1)))
    answer = events[-1].answer
    assert answer and "nine" in answer.text and not answer.filters
    assert answer.notices == ("No article since 1 Jul 2025 matches; searched all.",)
    assert [e.text for e in events if e.kind == "notice"] == list(answer.notices)
    found = news.search(question, as_of=date(2025, 8, 1), top_k=4)
    assert any(hit.article_id.startswith("harbor-strike") for hit in found)


def test_the_caller_wins_over_the_question(news: Assistant) -> None:
    answer = news.answer(
        "How much will the Silver Bridge cost, according to The Evening Ledger?", sources=["The Mallory Courier"]
    )
    assert answer.filters.sources == ("The Mallory Courier",) and "$84 million" in answer.text
    since = date.today() + timedelta(days=1)
    empty = news.answer("How much does the Silver Bridge cost since April 2025?", since=since)
    assert empty.abstained and empty.filters.since == since and not empty.notices
    assert empty.reason.startswith("The index has no article since ") and "the filter left out all of its " in empty.reason


def test_phrases_that_the_caller_overruled_narrowed_nothing(news: Assistant) -> None:
    question = "How much will the Silver Bridge cost since April 2025, according to The Evening Ledger?"
    both = ("since April 2025", "according to The Evening Ledger")
    assert news.find(question).filters.said == both
    assert news.find(question, since=date(2025, 1, 1)).filters.said == both[1:]
    assert news.find(question, sources=["The Evening Ledger"]).filters.said == both[:1]
    assert news.find(question, since=date(2025, 1, 1), sources=["The Evening Ledger"]).filters.said == ()


def test_understanding_can_be_switched_off(news: Assistant) -> None:
    question = "How much will the Silver Bridge cost, according to The Evening Ledger?"
    answer = news.answer(question, understand=False)
    assert answer.filters == Filters() and "$84 million" in answer.text
    assert {hit.source for hit in news.search(question, understand=False)} > {"The Evening Ledger"}
