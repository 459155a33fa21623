"""Timelines, lists, summaries and comparisons: the form fits the question, and every item carries its quote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from assistant import Answer, Assistant
from assistant.models.registry import DEFAULT_ANSWER
from index import build

WIRE = "The Mallory Courier"
STORY = {
    "01": ("2025-02-03", "Tram talks begin", "Talks on the Tarn tram line began on Monday in Port Mallory, the council said."),
    "02": ("2025-02-12", "Tram talks stall", "The talks on the Tarn tram line stalled on Tuesday over the price of land."),
    "03": ("2025-02-20", "Tram deal signed", "A deal ended the talks on the Tarn tram line on Thursday. It opens on 1 May 2027."),
    "04": ("2025-02-21", "Otters win", "The Mallory Otters won the regional cup on Friday."),
    "05": ("2025-02-22", "Who pays", "Lowmere, Tarn and Port Mallory are the towns that will pay for the tram line."),
}


@pytest.fixture(scope="module")
def tram_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, index_dir = tmp_path_factory.mktemp("tram"), tmp_path_factory.mktemp("tram-index")
    for name, (day, title, text) in STORY.items():
        head = f"---\ntitle: {title}\ndate: {day}\nsource: {WIRE}\n---\n"
        (folder / f"{name}.md").write_text(f"{head}{text}\n", encoding="utf-8")
    build([folder], index_dir)
    return index_dir


@pytest.fixture(scope="module")
def tram(tram_index: Path) -> Iterator[Assistant]:
    with closing(Assistant(tram_index, "none")) as assistant:
        yield assistant


def checked(assistant: Assistant, answer: Answer) -> Answer:
    assert all(sentence.citations for sentence in answer.sentences) and not answer.abstained
    for c in answer.citations:
        assert assistant.article(c.article_id).text[c.start : c.end] == c.quote
    return answer


def test_a_timeline_goes_by_days_over_several_articles(tram: Assistant) -> None:
    answer = checked(tram, tram.answer("How did the talks on the Tarn tram line develop?"))
    assert answer.form == "timeline"
    assert [s.heading for s in answer.sentences][:3] == ["3 Feb 2025", "11 Feb 2025", "20 Feb 2025"]
    assert len({s.citations[0].article_id for s in answer.sentences}) >= 3
    assert "Otters" not in answer.text


def test_a_timeline_keeps_to_the_days_and_the_outlet_that_its_question_names(tram: Assistant) -> None:
    question = f"According to {WIRE}, how did the talks on the Tarn tram line develop since 12 February?"
    answer = checked(tram, tram.answer(question, as_of=date(2025, 3, 1)))
    assert answer.form == "timeline" and not answer.notices
    assert (answer.filters.since, answer.filters.sources) == (date(2025, 2, 12), (WIRE,))
    assert {"02.md", "03.md"} <= {c.article_id for c in answer.citations}
    assert all(c.published and c.published >= date(2025, 2, 12) for c in answer.citations)
    assert "Talks on the Tarn tram line began" not in answer.text


def test_a_timeline_has_the_beginning_that_only_a_last_sentence_tells(fixtures_index: Path) -> None:
    with closing(Assistant(fixtures_index, "none")) as assistant:
        answer = checked(assistant, assistant.answer("How did the strike in Port Mallory develop?"))
    told = {sentence.heading: sentence.text for sentence in answer.sentences}
    assert list(told)[0] == "5 Mar 2025" and "began on March 5" in told["5 Mar 2025"]
    assert "went back to work on Friday" in told["14 Mar 2025"]


def test_a_timeline_of_days_without_articles_says_that_it_searched_all(tram: Assistant) -> None:
    answer = checked(tram, tram.answer("How did the tram talks develop since 1 March 2025?", as_of=date(2025, 4, 1)))
    assert answer.notices[0] == "No article since 1 Mar 2025 matches; searched all." and not answer.filters


def test_a_comparison_cites_nothing_outside_its_filter(fixtures_index: Path) -> None:
    question = "Since April 9, compare the council and the auditor on the cost of the Silver Bridge"
    with closing(Assistant(fixtures_index, "none")) as assistant:
        answer = checked(assistant, assistant.answer(question, as_of=date(2025, 6, 2)))
    assert answer.form == "comparison" and answer.filters.since == date(2025, 4, 9) and not answer.notices
    assert "$112 million" in answer.text and "bridge-cost.md" not in {c.article_id for c in answer.citations}


def test_a_summary_reads_on_in_the_order_of_its_articles(tram: Assistant) -> None:
    answer = checked(tram, tram.answer("Summarise the talks on the Tarn tram line"))
    assert answer.form == "summary" and 2 <= len(answer.sentences) <= 5 and "Otters" not in answer.text


def test_the_latest_of_a_story_comes_first(tram: Assistant) -> None:
    answer = checked(tram, tram.answer("What is the latest on the Tarn tram line?", as_of=date(2025, 3, 1)))
    assert answer.form == "summary" and answer.citations[0].published == date(2025, 2, 22)
    assert any("newest article in the index is of 22 Feb 2025" in notice for notice in answer.notices)
    up_to_date = tram.answer("What is the latest on the Tarn tram line?", as_of=date(2025, 2, 22))
    assert not any("newest article" in notice for notice in up_to_date.notices)


def test_a_list_has_items(tram: Assistant) -> None:
    answer = checked(tram, tram.answer("Which towns will pay for the tram line?"))
    assert answer.form == "list" and "Lowmere" in answer.sentences[0].text


def test_a_comparison_has_a_part_for_each_side(fixtures_index: Path) -> None:
    question = "How do the council and the auditor differ on the cost of the Silver Bridge?"
    with closing(Assistant(fixtures_index, "none")) as assistant:
        answer = checked(assistant, assistant.answer(question))
        one_sided = checked(assistant, assistant.answer("Compare the Silver Bridge with the Golden Gherkin"))
    assert answer.form == "comparison" and list(dict.fromkeys(s.heading for s in answer.sentences)) == [
        "the council",
        "the auditor",
    ]
    said = {
        heading: " ".join(s.text for s in answer.sentences if s.heading == heading) for heading in ("the council", "the auditor")
    }
    assert "$84 million" in said["the council"] and "$112 million" in said["the auditor"]
    assert {s.heading for s in one_sided.sentences} == {"the Silver Bridge"}
    assert any("nothing on this about 'the Golden Gherkin'" in notice for notice in one_sided.notices)


def test_outlets_are_compared_by_what_each_wrote_itself(fixtures_index: Path) -> None:
    question = "Compare what The Mallory Courier and The Evening Ledger reported about the cost of the Silver Bridge"
    with closing(Assistant(fixtures_index, "none")) as assistant:
        answer = checked(assistant, assistant.answer(question))
        one_sided = checked(assistant, assistant.answer(question.replace("The Evening Ledger", "Northern Wire")))
    assert answer.form == "comparison" and answer.filters.sources == ("The Mallory Courier", "The Evening Ledger")
    assert {(s.heading, c.source) for s in answer.sentences for c in s.citations} == {
        (name, name) for name in ("The Mallory Courier", "The Evening Ledger")
    }
    assert "$84 million" in answer.text and "$112 million" in answer.text
    assert not any("matches" in notice or "nothing" in notice for notice in answer.notices)
    assert {c.source for c in one_sided.citations} == {"The Mallory Courier"}
    assert "The articles by Northern Wire say nothing on this." in one_sided.notices


def test_a_question_with_one_answer_has_no_headings(tram: Assistant) -> None:
    answer = checked(tram, tram.answer("When did the talks on the tram line begin?"))
    assert answer.form == "answer" and not any(s.heading for s in answer.sentences)


def test_the_stream_says_the_form_first_and_the_items_as_they_are(tram: Assistant) -> None:
    events = list(tram.stream("How did the talks on the Tarn tram line develop?"))
    assert events[0].kind == "evidence" and events[0].form == "timeline"
    assert tuple(e.sentence for e in events if e.kind == "text") == events[-1].answer.sentences


def test_a_question_in_another_language_is_told_why_nothing_was_found(tram: Assistant) -> None:
    answer = tram.answer("Wer hat den Pokal gewonnen und warum?")
    assert answer.abstained and any("in German" in notice for notice in answer.notices)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_local_model_writes_in_the_form_and_in_the_language(
    tram_index: Path, seeds_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("proposing.ANSWER_TIMEOUT_S", "translating._TIMEOUT_S"):  # a busy machine is no failure of the model
        monkeypatch.setattr(f"assistant.{name}", 900.0)
    with closing(Assistant(tram_index, "auto")) as assistant:
        timeline = checked(assistant, assistant.answer("How did the talks on the Tarn tram line develop?"))
    assert timeline.model == DEFAULT_ANSWER and timeline.form == "timeline", timeline
    days = [s.heading for s in timeline.sentences]
    assert len(days) >= 2 and set(days) <= {"3 Feb 2025", "11 Feb 2025", "20 Feb 2025", "22 Feb 2025", "1 May 2027"}
    with closing(Assistant(seeds_index, "auto")) as assistant:
        german = checked(assistant, assistant.answer("Was hat der Kreml über die NATO gesagt?"))
    assert "cornerstone" in german.citations[0].quote, german
    assert any("in English: “What did the Kremlin say about NATO?”" in notice for notice in german.notices), german.notices
