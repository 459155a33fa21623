"""The whole way from a question to a cited answer, on real articles with the real embedding model, without an answer model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import Answer, Assistant
from assistant.answers import with_markers
from assistant.prompts import ABSTENTION
from index.errors import ArticleNotFound


@pytest.fixture(scope="module")
def news(fixtures_index: Path) -> Iterator[Assistant]:
    with closing(Assistant(fixtures_index, "none")) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def seed(seeds_index: Path) -> Iterator[Assistant]:
    with closing(Assistant(seeds_index, "none")) as assistant:
        yield assistant


def check(assistant: Assistant, answer: Answer) -> Answer:
    """What must hold for every answer."""
    for citation in answer.citations:
        assert assistant.article(citation.article_id).text[citation.start : citation.end] == citation.quote != ""
    for item in answer.evidence:
        assert assistant.article(item.article_id).text[item.start : item.end] == item.text
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert all(sentence.citations for sentence in answer.sentences)
    assert answer.abstained == (not answer.sentences)
    assert answer.abstained or answer.text == with_markers(answer.sentences)
    spans = sorted((e.article_id, e.start, e.end) for e in answer.evidence)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in zip(spans, spans[1:], strict=False)), "evidence overlaps"
    assert set(answer.timings) == {"evidence_s", "first_token_s", "total_s"}
    return answer


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Whom did Zelensky meet in Berlin on Monday, and for how long?", ["Steve Witkoff", "Jared Kushner", "about two hours"]),
        ("What did the Kremlin say about NATO?", ["cornerstone"]),
        ("Why did Zelensky reject the free economic zone?", ["lack of clarity over governance"]),
    ],
)
def test_the_seed_article_answers(seed: Assistant, question: str, said: list[str]) -> None:
    answer = check(seed, seed.answer(question))
    assert all(words in answer.text for words in said), answer.text
    assert answer.citations[0].title  # the headline stands on the last line of that file


def test_what_the_articles_do_not_say_is_not_said(seed: Assistant) -> None:
    answer = check(seed, seed.answer("Who won the 2022 World Cup?"))
    assert answer.abstained and answer.text == ABSTENTION and answer.reason
    assert answer.nearest[0].title


def test_filters_hold_in_search_and_answer(news: Assistant) -> None:
    hits = news.search("Silver Bridge cost", sources=["the evening ledger"])
    assert hits and {h.source for h in hits} == {"The Evening Ledger"}
    hits = news.search("Silver Bridge", since=date(2025, 4, 9), until=date(2025, 4, 11))
    assert {h.article_id for h in hits} == {"bridge-audit.md", "bridge-correction.md"}
    answer = check(news, news.answer("How much will the Silver Bridge cost?", sources=["The Evening Ledger"]))
    assert "$112 million" in answer.text and "$84" not in answer.text


def test_hits_are_ranked_and_their_article_can_be_read(news: Assistant) -> None:
    hits = news.search("How many COVID-19 shots did the mobile clinic give?", top_k=5)
    assert hits[0].article_id == "vaccine.html" and hits[0].published == date(2024, 11, 5)
    assert [h.rank for h in hits] == list(range(1, len(hits) + 1))
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert len({h.passage_id for h in hits}) == len(hits)


def test_a_follow_up_means_the_story_that_was_talked_about(news: Assistant) -> None:
    first = news.answer("When did the dockers of Port Mallory go back to work?")
    history = [{"role": "user", "content": first.question}, {"role": "assistant", "content": first.text}]
    answer = check(news, news.answer("By how much does it raise wages?", history=history))
    assert "6.5 percent" in answer.text and answer.standalone
    changed = news.answer("Who is the director of the weather station on Mount Cullen?", history=history)
    assert "Ruth Abara" in changed.text and not changed.standalone


@pytest.mark.parametrize(
    "question", ["How much will the Golden Bridge cost?", "How many ships did the strike in Port Elsinore leave at sea?"]
)
def test_what_is_asked_about_another_place_is_not_answered_with_this_one(news: Assistant, question: str) -> None:
    assert check(news, news.answer(question)).abstained


def test_a_follow_up_on_what_the_articles_do_not_say_finds_no_other_story(news: Assistant) -> None:
    first = check(news, news.answer("Who is the king of Spain?"))
    history = [{"role": "user", "content": first.question}, {"role": "assistant", "content": f"{first.text} {first.reason}"}]
    assert first.abstained and news.answer("And how old is he?", history=history).abstained


def test_a_question_of_two_articles_is_answered_from_both(news: Assistant) -> None:
    answer = check(
        news, news.answer("Was the auditor's report on the Silver Bridge written before the strike in Port Mallory ended?")
    )
    assert not answer.abstained


def test_copies_of_a_wire_report_count_once(news: Assistant) -> None:
    answer = check(news, news.answer("How many ships were left waiting at sea by the strike in Port Mallory?"))
    told = [e for e in answer.evidence if e.article_id in ("harbor-strike-wire.md", "harbor-strike-wire-2.md")]
    assert len(told) == 1 and told[0].also in (("The Evening Ledger",), ("Northern Wire",))
    assert "41 ships" in answer.text


def test_an_answer_knows_what_it_rests_on(news: Assistant) -> None:
    answer = news.answer("How much will the Silver Bridge cost?")
    assert answer.as_of.index_newest == date(2025, 6, 2)
    assert answer.as_of.articles == len({c.article_id for c in answer.citations})
    assert answer.generation == news.generation


def test_the_stream_is_the_answer_in_steps(news: Assistant) -> None:
    events = list(news.stream("Who trains the Mallory Otters now?"))
    assert [e.kind for e in events][:1] == ["evidence"] and events[-1].kind == "answer"
    assert tuple(e.sentence for e in events if e.kind == "text") == events[-1].answer.sentences
    stream = news.stream("Who trains the Mallory Otters now?")
    assert next(stream).evidence == events[0].evidence
    stream.close()


def test_the_same_question_gets_the_same_answer(news: Assistant) -> None:
    first, second = (news.answer("How long was the strike?") for _ in range(2))
    assert (first.text, first.citations, first.evidence) == (second.text, second.citations, second.evidence)


@pytest.mark.parametrize(
    "question",
    ["", "   ", "?", "the of and", "x" * 50_000, "'; DROP TABLE articles; --", "NEAR(a b)", "\x00", "日本", "\ud800 strike"],
)
def test_odd_questions_get_an_answer_or_an_abstention(news: Assistant, question: str) -> None:
    check(news, news.answer(question))


@given(st.text(max_size=80))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_question_keeps_the_promises(news: Assistant, question: str) -> None:
    check(news, news.answer(question))


def test_an_unknown_article_is_an_error_with_its_name(news: Assistant) -> None:
    with pytest.raises(ArticleNotFound, match="nowhere.txt"):
        news.article("nowhere.txt")


def test_other_engines_can_retrieve_with_exact_offsets(news: Assistant) -> None:
    from llama_index.core.schema import MetadataMode

    nodes = news.as_retriever(top_k=3).retrieve("Silver Bridge opening date")
    for scored in nodes:
        node = scored.node
        article = news.article(node.metadata["article_id"])
        assert article.text[node.start_char_idx : node.end_char_idx] == node.text
        assert node.get_content(MetadataMode.EMBED) == node.text
    assert len(nodes) == 3
