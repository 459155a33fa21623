"""Articles that differ: what is a contradiction, what is none, and what the answer says of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from assistant import Answer, Assistant
from assistant.grounding.contradictions import Apart, Statement, contradiction
from assistant.grounding.words import words_of
from index import build

COST = "The Silver Bridge will cost $84 million, the city council said on Wednesday, and open to traffic in October 2026."


def between(first: str, second: str, question: str) -> Apart | None:
    words = words_of(question)
    asked = {key for key, content in zip(words.keys, words.content, strict=True) if content}
    return contradiction(Statement.of(first, first), Statement.of(second, second), asked)


@pytest.mark.parametrize(
    ("first", "second", "question", "values"),
    [
        (COST, "The Silver Bridge will cost at least $112 million, the auditor wrote.", "What will the bridge cost?",
         ("$84 million", "at least $112 million")),
        (COST, "It will open to traffic in March 2027, not in October 2026.", "When will it open?",
         ("October 2026", "March 2027")),
        ("The strike left 41 ships waiting at sea.", "The strike left 43 ships waiting at sea.", "How many ships waited?",
         ("41 ships", "43 ships")),
        ("The fire killed twelve people in Tarn.", "The fire killed 15 people in Tarn.", "How many people did the fire kill?",
         ("twelve people", "15 people")),
        ("The contract raises wages by 6.5 percent.", "The contract raises wages by 8 percent.", "By how much do wages rise?",
         ("6.5 percent", "8 percent")),
        ("The council approved the tram line to Tarn.", "The council did not approve the tram line to Tarn.",
         "Did the council approve the tram line?",
         ("The council approved the tram line to Tarn.", "The council did not approve the tram line to Tarn.")),
        ("Ada Stone said 500 people marched in Tarn.", "Piet Rook said 900 people marched in Tarn.", "How many people marched?",
         ("500 people", "900 people")),
        ("The Tarn tunnel will cost $60 million.", "The Tarn tunnel will cost $90 million, not $60 million.",
         "What will the tunnel cost?", ("$60 million", "$90 million")),
        ("The council approved the ban on cars in Tarn.", "The council did not approve the ban on cars in Tarn.", "Which ban?",
         ("The council approved the ban on cars in Tarn.", "The council did not approve the ban on cars in Tarn.")),
        ("The death toll of the fire in Tarn is 12, police said.", "The death toll of the fire in Tarn is 15, nurses said.",
         "How many died in the fire?", ("12", "15")),
        ("The council approved the tram budget on Monday.", "The council rejected the tram budget on Monday.",
         "Did the council approve the budget?",
         ("The council approved the tram budget on Monday.", "The council rejected the tram budget on Monday.")),
        ("Ada Stone won the Tarn mayoral race.", "Piet Rook won the Tarn mayoral race.", "Who won the mayoral race?",
         ("Ada Stone", "Piet Rook")),
        ("Ada Stone, 54, will retire in July.", "Ada Stone, 58, will retire in July.", "How old is Ada Stone?", ("54", "58")),
        ("The Tarn pool will reopen on Monday.", "The Tarn pool will reopen on Tuesday.", "When will the pool reopen?",
         ("Monday", "Tuesday")),
        ("The pool in Tarn will open in 2026.", "The pool in Tarn will open in 2028.", "When will it open?", ("2026", "2028")),
    ],
    ids=["money", "date", "count", "numeral", "percent", "negation", "speakers", "denied figure", "ban", "toll", "contrary",
         "winner", "age", "weekday", "year"],
)  # fmt: skip
def test_what_differs_is_found_and_named(first: str, second: str, question: str, values: tuple[str, str]) -> None:
    found = between(first, second, question)
    assert found and (found.first, found.second) == values
    swapped = between(second, first, question)
    assert swapped and (swapped.second, swapped.first) == values


@pytest.mark.parametrize(
    ("first", "second", "question"),
    [
        (COST, "The Silver Bridge will cost 84 million dollars, the council said.", "What will the bridge cost?"),
        (COST, "The Silver Bridge will cost nearly $85 million, the council said.", "What will the bridge cost?"),
        ("The dam costs $1.2 billion to build.", "The dam costs $1 billion to build.", "What does the dam cost?"),
        ("At least 41 ships were waiting at sea.", "The strike left 43 ships waiting at sea.", "How many ships waited?"),
        ("Up to 50 ships were waiting at sea.", "There were 43 ships waiting at sea.", "How many ships waited?"),
        (COST, "The Silver Bridge will close for 12 days.", "What will the bridge cost?"),
        (COST, "The Golden Tunnel will cost $112 million.", "What will the tunnel cost?"),
        (COST, "The Silver Bridge will cost another $30 million.", "What will the bridge cost?"),
        ("The strike left 41 ships at sea on Monday.", "The strike left 43 ships at sea on Friday.", "How many ships?"),
        ("Prices rose 4 percent in May.", "Prices rose 6 percent in June.", "Who leads the union?"),
        ("Reed saw 41 ships and 12 tugs at sea.", "Reed saw 12 tugs and 41 ships at sea.", "How many ships were at sea?"),
        ("The council approved the tram line to Tarn.", "The council did not approve the tunnel.", "Did the council approve?"),
        ("The storm is a Category 2 storm over Tarn.", "The storm is a Category 1 storm over Tarn.", "Which storm was it?"),
        ("Ada Stone got 900 votes in Tarn.", "Piet Rook got 700 votes in Tarn.", "How many votes did she get?"),
        ("A fire killed 3 people in Tarn.", "A fire killed 7 people in Kessel.", "How many people did the fire kill?"),
        ("Ada Stone was born on 3 May 1980 in Tarn.", "Piet Rook was born on 9 May 1978 in Tarn.", "When was Stone born?"),
        ("The Tarn council approved the tram line.", "The Kessel council did not approve the tram line.", "Was it approved?"),
        ("Ada Stone won the Tarn bicycle race on Monday.", "Piet Rook won the Tarn bicycle race on Friday.", "Who won the race?"),
        ("Ada Stone won the Tarn bicycle race.", "Piet Rook won the Kessel chess match.", "Who won the race?"),
        ("Ada Stone, 54, will retire in July.", "Ada Stone, 55, will retire in July.", "How old is Ada Stone?"),
        ("Ada Stone, 54, will retire in July.", "Piet Rook, 58, will retire in July.", "How old is Ada Stone?"),
        ("Prices in Tarn rose in 2024.", "Prices in Tarn rose in 2025.", "When did prices rise?"),
        ("The Tarn pool was full on Monday.", "The Tarn pool was full on Tuesday.", "When was the pool full?"),
        ("The council approved the tram budget.", "The council rejected the tunnel plan.", "Did the council approve the budget?"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_what_can_both_be_true_or_is_not_asked_is_no_contradiction(first: str, second: str, question: str) -> None:
    assert between(first, second, question) is None
    assert between(second, first, question) is None


def test_a_figure_that_the_other_article_has_elsewhere_is_known_to_it() -> None:
    first, second = "The strike left 41 ships waiting at sea.", "The strike left 43 ships waiting at sea."
    around = f"{second} On the first day there had been 41 ships."
    asked = {"strike", "ship"}
    assert contradiction(Statement.of(first, first), Statement.of(second, around), asked) is None


@pytest.fixture(scope="module")
def news(fixtures_index: Path) -> Iterator[Assistant]:
    with closing(Assistant(fixtures_index, "none")) as assistant:
        yield assistant


def checked(assistant: Assistant, answer: Answer) -> Answer:
    for disagreement in answer.disagreements:
        assert len({claim.citation.article_id for claim in disagreement.claims}) == len(disagreement.claims) >= 2
        assert disagreement.sentence in answer.notices
        for claim in disagreement.claims:
            c = claim.citation
            assert c in answer.citations and f"[{c.number}]" in disagreement.sentence
            assert assistant.article(c.article_id).text[c.start : c.end] == c.quote and claim.value in c.quote
    return answer


def test_two_outlets_with_two_figures_are_both_quoted(news: Assistant) -> None:
    answer = checked(news, news.answer("How much will the Silver Bridge cost?"))
    (found,) = answer.disagreements
    assert found.kind == "conflict" and [c.value for c in found.claims] == ["$84 million", "at least $112 million"]
    assert "The Mallory Courier, 2 Apr 2025" in found.sentence and "The Evening Ledger, 9 Apr 2025" in found.sentence


def test_an_outlet_that_corrects_itself_is_preferred_and_named(news: Assistant) -> None:
    answer = checked(news, news.answer("When will the Silver Bridge open to traffic?"))
    (found,) = answer.disagreements
    assert found.kind == "correction" and [c.value for c in found.claims] == ["October 2026", "March 2027"]
    assert "March 2027" in answer.sentences[0].text
    assert not any("in October 2026." in s.text and "not in" not in s.text for s in answer.sentences)
    assert "The Mallory Courier corrected itself" in found.sentence


def test_copies_and_agreement_are_no_disagreement(news: Assistant) -> None:
    assert not news.answer("How many ships were left waiting at sea by the strike in Port Mallory?").disagreements
    assert not news.answer("Who trains the Mallory Otters now?").disagreements


def record(name: str, day: str, source: str, title: str, text: str) -> str:
    return f'---\ntitle: "{title}"\ndate: {day}\nsource: {source}\n---\n{text}\n'


@pytest.fixture(scope="module")
def flood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("flood")
    texts = {
        "first.md": ("2025-03-01", "Northern Wire", "Flood in Kessel valley",
                     "The flood in the Kessel valley killed 12 people, police said."),
        "later.md": ("2025-03-03", "Northern Wire", "Kessel toll rises",
                     "The flood in the Kessel valley killed 19 people, police said."),
        "liar.md": ("2025-03-05", "Free Post", "Correction: Kessel dam",
                    "Correction: The Kessel dam was built in March 1888, not in 1931."),
        "dam.md": ("2025-03-02", "The Mallory Courier", "Kessel dam",
                   "The Kessel dam was built in March 1931 by two brothers."),
    }  # fmt: skip
    for name, (day, source, title, text) in texts.items():
        (folder / name).write_text(record(name, day, source, title, text), encoding="utf-8")
    index_dir = tmp_path_factory.mktemp("flood-index")
    build([folder], index_dir)
    with closing(Assistant(index_dir, "none")) as assistant:
        yield assistant


def test_a_count_that_went_on_is_an_update_and_the_newer_comes_first(flood: Assistant) -> None:
    answer = checked(flood, flood.answer("How many people did the flood in the Kessel valley kill?"))
    (found,) = answer.disagreements
    assert found.kind == "update" and [c.value for c in found.claims] == ["12 people", "19 people"]
    assert "19" in answer.sentences[0].text and answer.as_of.newest == date(2025, 3, 3)


def test_nobody_corrects_another_outlet(flood: Assistant) -> None:
    answer = checked(flood, flood.answer("When was the Kessel dam built?"))
    assert all(d.kind == "conflict" for d in answer.disagreements)
    assert any("1931 by two brothers" in s.text for s in answer.sentences)


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("valley")
    texts = {
        "fire1.md": ("2025-10-06", "Northern Wire", "Fire in Tarn", "A mill fire killed 3 people in Tarn, police said."),
        "fire2.md": ("2025-10-23", "Northern Wire", "Fire in Tarn", "A mill fire killed 7 people in Tarn, police said."),
        "tunnel1.md": ("2025-06-02", "The Mallory Courier", "Harrow tunnel", "The Harrow tunnel will cost $60 million."),
        "tunnel2.md": ("2025-06-05", "The Mallory Courier", "Correction: cost of the Harrow tunnel",
                       "The Harrow tunnel will cost $90 million, not $60 million."),
        "hall1.md": ("2025-02-02", "The Mallory Courier", "Tarn hall", "The Tarn hall will cost $14 million, the council said."),
        "hall2.md": ("2025-02-20", "The Mallory Courier", "Tarn hall audit",
                     "The Tarn hall will cost $22 million, the auditor said. An earlier version of this story misstated "
                     "the first name of the auditor."),
        "pool1.md": ("2025-04-02", "The Mallory Courier", "Kessel pool",
                     "The Kessel pool will reopen to swimmers from the valley in October 2026."),
        "pool2.md": ("2025-04-02", "The Mallory Courier", "Correction: Kessel pool",
                     "The Kessel pool will reopen in March 2027."),
    }  # fmt: skip
    for name, (day, source, title, text) in texts.items():
        (folder / name).write_text(record(name, day, source, title, text), encoding="utf-8")
    index_dir = tmp_path_factory.mktemp("valley-index")
    build([folder], index_dir)
    with closing(Assistant(index_dir, "none")) as assistant:
        yield assistant


def test_two_fires_weeks_apart_are_no_update(valley: Assistant) -> None:
    answer = checked(valley, valley.answer("How many people did the mill fire in Tarn kill?"))
    assert answer.sentences and not answer.disagreements


def test_a_correction_that_names_the_old_figure_is_found(valley: Assistant) -> None:
    answer = checked(valley, valley.answer("How much will the Harrow tunnel cost?"))
    (found,) = answer.disagreements
    assert found.kind == "correction" and [c.value for c in found.claims] == ["$60 million", "$90 million"]
    assert "$90 million" in answer.sentences[0].text


def test_a_footer_about_a_name_corrects_no_figure(valley: Assistant) -> None:
    answer = checked(valley, valley.answer("How much will the Tarn hall cost?"))
    assert [d.kind for d in answer.disagreements] == ["conflict"]
    assert any("$14 million" in s.text for s in answer.sentences)


def test_of_the_same_day_the_correction_is_the_later(valley: Assistant) -> None:
    answer = checked(valley, valley.answer("When will the Kessel pool reopen?"))
    (found,) = answer.disagreements
    assert found.kind == "correction" and [c.value for c in found.claims] == ["October 2026", "March 2027"]
