"""Quotes for a sentence: verbatim, short, whole, in the coordinates of the article."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.grounding.attribution import MIN_QUOTED, attribute, quoted_share
from assistant.types import Evidence

HARBOUR = (
    "The harbour of Skagen reopened on Friday after a storm. Mayor Birgit Hansen said the repairs cost 4 million euros. "
    "She thanked the crews, who had worked through the night."
)
FERRY = (
    "Ferries to Gothenburg will resume on March 3, the operator said. “Nobody expected the quay to hold,” said Lars Holm, "
    "the harbour master; his office, which has stood at the quay since 1924 and has been flooded four times in the past ten "
    "years alone, lost its roof. Tickets cost 40 euros."
)


def piece(number: int, text: str, start: int = 0) -> Evidence:
    return Evidence(number=number, article_id=f"a{number}", start=start, end=start + len(text), text=text, score=1.0)


EVIDENCE = (piece(1, HARBOUR, 1000), piece(2, FERRY, 37))


def quotes(sentence: str) -> list[tuple[int, str]]:
    return [(e.number, e.text[start - e.start : end - e.start]) for e, start, end in attribute(sentence, EVIDENCE)]


def test_one_sentence_of_the_evidence_is_enough() -> None:
    assert quotes("The repairs cost €4 million, Mayor Birgit Hansen said.") == [
        (1, "Mayor Birgit Hansen said the repairs cost 4 million euros.")
    ]


def test_a_quote_keeps_its_quotation_marks_and_its_speaker() -> None:
    ((number, quote),) = quotes("Lars Holm said nobody expected the quay to hold.")
    assert number == 2
    assert quote.startswith("“Nobody expected the quay to hold,” said Lars Holm")


def test_a_long_sentence_is_cut_at_a_clause() -> None:
    ((_, quote),) = quotes("“Nobody expected the quay to hold,” said Lars Holm, the harbour master.")
    assert quote == "“Nobody expected the quay to hold,” said Lars Holm, the harbour master;"


def test_offsets_are_those_of_the_article() -> None:
    ((item, start, end),) = attribute("Ferries to Gothenburg will resume on 3 March.", EVIDENCE)
    assert (item.number, start, end) == (2, 37, 37 + len("Ferries to Gothenburg will resume on March 3, the operator said."))


def test_two_statements_take_a_quote_from_each_evidence() -> None:
    found = quotes("The harbour of Skagen reopened on Friday, and ferries to Gothenburg will resume on March 3.")
    assert sorted(found) == [
        (1, "The harbour of Skagen reopened on Friday after a storm."),
        (2, "Ferries to Gothenburg will resume on March 3, the operator said."),
    ]


def test_a_name_may_stand_for_its_pronoun_and_not_for_somebody_elses() -> None:
    found = quotes("Birgit Hansen thanked the crews, who had worked through the night.")
    assert {number for number, _ in found} == {1}
    assert "She thanked the crews, who had worked through the night." in [quote for _, quote in found]
    assert attribute("Lars Holm thanked the crews, who had worked through the night.", EVIDENCE) == []


def test_unsupported_sentences_have_no_quotes() -> None:
    assert attribute("Mayor Birgit Hansen said the repairs cost 5 million euros.", EVIDENCE) == []
    assert attribute("Ferries to Gothenburg will not resume on March 3.", EVIDENCE) == []
    assert attribute("Ferries to Oslo will resume on March 3.", EVIDENCE) == []


def test_nothing_comes_of_nothing() -> None:
    assert attribute("", EVIDENCE) == []
    assert attribute("The harbour of Skagen reopened on Friday.", ()) == []
    assert attribute("It is.", [piece(1, "")]) == []


def test_the_quoted_share_counts_whole_words() -> None:
    assert quoted_share("Ferries resume in March", ["ferries will resume"]) == 2 / 3
    assert quoted_share("of the", ["of the"]) == 0.0


WORDS = sorted(set((HARBOUR + " " + FERRY).split()))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=14), st.integers(0, 10_000))
def test_quotes_are_verbatim_and_hold_most_of_the_words(words: list[str], offset: int) -> None:
    evidence = [piece(1, HARBOUR, offset), piece(2, FERRY, 2 * offset), piece(3, "", 5)]
    found = attribute(" ".join(words), evidence)
    cut = [item.text[start - item.start : end - item.start] for item, start, end in found]
    assert len(found) <= 3
    assert all(item.start <= start < end <= item.end for item, start, end in found)
    assert all(quote == quote.strip() != "" for quote in cut)
    assert not found or quoted_share(" ".join(words), cut) >= MIN_QUOTED
