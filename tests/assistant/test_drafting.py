"""Drafts: what a model writes is let through sentence by sentence, and only where an article carries it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.drafting import Outcome, quoted, written
from assistant.excerpts import excerpts
from assistant.expected import says_nothing
from assistant.prompts import NOT_FOUND, SYSTEM, messages
from assistant.selection import Candidate
from assistant.types import Evidence

TEXT = (
    "Dockers in Port Mallory went back to work on Friday, ending a nine-day strike that had left 41 ships waiting at sea. "
    "Union leader Petra Hollis said the new contract raises wages by 6.5 percent over two years."
)
EVIDENCE = (Evidence(1, "strike", 100, 100 + len(TEXT), TEXT, 1.0, title="Strike ends"),)


def in_pieces(text: str, size: int = 3) -> Iterator[str]:
    yield from (text[i : i + size] for i in range(0, len(text), size))


def drafted(text: str) -> tuple[list[str], Outcome]:
    outcome = Outcome()
    return [s.text for s in written(in_pieces(text), EVIDENCE, outcome)], outcome


def test_supported_sentences_pass_without_the_markers_and_markup_of_the_model() -> None:
    said, outcome = drafted(
        "1. **Hollis said the new contract raises wages by 6.5 percent** over two years [1][4]. 41 ships were at sea (Source 2)."
    )
    assert said == [
        "Hollis said the new contract raises wages by 6.5 percent over two years.",
        "41 ships were at sea.",
    ]
    assert (outcome.kept, outcome.dropped) == (2, 0)


@pytest.mark.parametrize(
    "invented",
    [
        "The contract raises wages by 8 percent.",
        "Lena Hollis said so.",
        "The strike lasted 41 days.",
        "The mayor resigned.",
        "The answer is 42.",
    ],
)
def test_what_no_article_says_is_dropped(invented: str) -> None:
    said, outcome = drafted(f"{invented} Hollis says the contract raises wages by 6.5 percent.")
    assert said == ["Hollis says the contract raises wages by 6.5 percent."]
    assert outcome.dropped == 1


def test_a_claim_without_its_speaker_is_replaced_by_the_quote_that_names_him() -> None:
    said, outcome = drafted("The new contract raises wages by 6.5 percent over two years. Wages go up by 6.5 percent.")
    assert said == ["Union leader Petra Hollis said the new contract raises wages by 6.5 percent over two years."]
    assert outcome.kept == 1


def said_of(draft: str, text: str) -> list[str]:
    evidence = (Evidence(1, "one", 0, len(text), text, 1.0),)
    return [s.text for s in written(in_pieces(draft), evidence, Outcome())]


def test_a_denied_claim_does_not_become_a_fact() -> None:
    assert said_of("Dean Holt stole the painting.", "Dean Holt denied that he stole the painting from the museum.") == []
    assert said_of("The ban on fishing was extended.", "The ban on fishing was not extended to the lake.") == []
    assert said_of("Dean Holt denied stealing the painting.", "Dean Holt denied that he stole the painting.") != []


def test_a_draft_that_swaps_who_did_it_is_dropped() -> None:
    assert said_of("Harrow sued Lowick over the mill.", "Lowick sued Harrow over the mill on Monday.") == []
    assert said_of("Harrow was sued by Lowick.", "Lowick sued Harrow over the mill on Monday.") != []


def test_bare_speech_is_quoted_with_the_sentence_that_names_its_speaker() -> None:
    text = "The deal is off, Ada Quill told reporters on Friday. “It will not come back.” She left."
    evidence = Evidence(1, "deal", 50, 50 + len(text), text, 1.0)
    start, end = text.index("“It"), text.index(" She")
    candidate = Candidate(evidence, 50 + start, 50 + end, text[start:end], 1.0, 1.0)
    (shown,) = quoted([candidate], max_sentences=1, max_chars=500, keep=0.6)
    assert shown.text == text[:end] and shown.spans[0][1:] == (50, 50 + end)


def shown_for(text: str, sentence: str) -> str:
    start = text.index(sentence)
    candidate = Candidate(Evidence(1, "mill", 0, len(text), text, 1.0), start, start + len(sentence), sentence, 1.0, 1.0)
    (shown,) = quoted([candidate], max_sentences=1, max_chars=500, keep=0.6)
    assert text[slice(*shown.spans[0][1:])] == shown.text
    return shown.text


def test_a_speaker_is_found_over_more_speech_before_and_after_it() -> None:
    told, first, second = "Quill told the court on Friday.", "“They burned the ledgers.”", "“The bank knew of the loss.”"
    assert shown_for(f"{told} {first} {second} She left.", second) == f"{told} {first} {second}"
    after = "“Nobody asked us,” said Quill."
    assert shown_for(f"The mill closed. {second} {after} She left.", second) == f"{second} {after}"
    single = "‘The bank knew of the loss.’"
    assert shown_for(f"{told} {single} She left.", single) == f"{told} {single}"


def test_the_sentence_that_names_the_speaker_is_not_said_again() -> None:
    text = "Quill told the court of the loss. “The bank knew of it.”"
    evidence, cut = Evidence(1, "mill", 0, len(text), text, 1.0), text.index(" “")
    speech = Candidate(evidence, cut + 1, len(text), text[cut + 1 :], 1.0, 1.0)
    told = Candidate(evidence, 0, cut, text[:cut], 0.9, 1.0)
    assert [s.text for s in quoted([speech, told], max_sentences=3, max_chars=500, keep=0.6)] == [text]


def test_a_sentence_that_is_not_speech_alone_stays_alone() -> None:
    text = "Quill told the court of the fire. The mill closed in May. “It was old,” said Holt."
    assert shown_for(text, "The mill closed in May.") == "The mill closed in May."
    assert shown_for("The mill closed. “It was old.” It rained.", "“It was old.”") == "“It was old.”"


@pytest.mark.parametrize(
    "source",
    [
        "Prosecutors suspect the bank hid its losses.",
        "Some brokers think the bank hid its losses.",
        "The bank allegedly hid its losses.",
        "The bank reportedly hid its losses.",
        "The bank hid its losses, per two brokers.",
        "The bank hid its losses, court papers show.",
        "Quill announced that the bank hid its losses.",
        "Quill confirmed the bank hid its losses.",
        "In Quill's view the bank hid its losses.",
    ],
)
def test_what_is_only_said_is_shown_in_the_words_of_the_article(source: str) -> None:
    assert said_of("The bank hid its losses.", source) == [source]


def test_the_subject_of_a_claim_is_not_its_speaker() -> None:
    source = "Dean Holt claimed that he painted the portrait in Tarn."
    assert said_of("Dean Holt painted the portrait in Tarn.", source) == [source]
    kept = "Dean Holt sold the portrait to a museum."
    assert said_of(kept, "Dean Holt, who claimed that he painted it, sold the portrait to a museum.") == [kept]


def test_spans_are_in_the_article_and_carry_the_sentence() -> None:
    for supported in written(in_pieces("Petra Hollis said the contract raises wages by 6.5 percent."), EVIDENCE, Outcome()):
        ((item, start, end),) = supported.spans
        assert item.article_id == "strike" and 100 <= start < end <= 100 + len(TEXT)
        assert "6.5 percent" in TEXT[start - 100 : end - 100]


def test_a_refusal_ends_the_draft() -> None:
    said, outcome = drafted(f"{NOT_FOUND}. The new contract raises wages by 6.5 percent.")
    assert said == [] and outcome.refused


@pytest.mark.parametrize(
    "refusal",
    [f"{NOT_FOUND}.", "The excerpts do not contain the answer.", "The text doesn't mention who won.", "No. " + NOT_FOUND],
)
def test_a_refusal_in_other_words_is_one_too(refusal: str) -> None:
    said, outcome = drafted(refusal)
    assert said == [] and outcome.refused


def test_not_found_in_an_article_is_no_refusal() -> None:
    text = "The missing hiker was not found, police said. The article does not say that he is dead."
    evidence = (Evidence(1, "hiker", 0, len(text), text, 1.0),)
    outcome = Outcome()
    assert [s.text for s in written(in_pieces("The missing hiker was not found."), evidence, outcome)]
    assert not outcome.refused


def test_a_sentence_that_the_limit_cut_off_is_left_away() -> None:
    said, _ = drafted("Dockers in Port Mallory went back to work on Friday. The new contract raises")
    assert said == ["Dockers in Port Mallory went back to work on Friday."]


def test_years_in_brackets_are_no_markers_and_markers_in_articles_are_not_ours() -> None:
    text = "The bridge (1931) will be closed for the whole of the summer.[4]"
    evidence = Evidence(1, "bridge", 0, len(text), text, 1.0)
    assert [s.text for s in written(in_pieces("The bridge (1931) will be closed (1)."), (evidence,), Outcome())] == [
        "The bridge (1931) will be closed."
    ]
    (shown,) = quoted([Candidate(evidence, 0, len(text), text, 1.0, 1.0)], max_sentences=1, max_chars=500, keep=0.6)
    assert shown.text == "The bridge (1931) will be closed for the whole of the summer." and shown.spans[0][1:] == (0, len(text))


def test_a_sentence_comes_as_soon_as_it_is_complete() -> None:
    read: list[str] = []

    def deltas() -> Iterator[str]:
        for piece in in_pieces(
            "Dockers in Port Mallory went back to work. The new contract raises wages by 6.5 percent over two years."
        ):
            read.append(piece)
            yield piece

    first = next(written(deltas(), EVIDENCE, Outcome()))
    assert first.text == "Dockers in Port Mallory went back to work."
    assert len("".join(read)) < 60


@given(st.text(max_size=120))
def test_any_draft_says_only_what_has_spans(draft: str) -> None:
    for supported in written(in_pieces(draft), EVIDENCE, Outcome()):
        assert supported.spans and supported.text.strip() == supported.text != ""


def candidates(*scores: float) -> list[Candidate]:
    words = [f"Sentence {chr(97 + i)} of the evidence." for i in range(len(scores))]
    return [Candidate(EVIDENCE[0], 100, 110, w, s, 0.5) for w, s in zip(words, scores, strict=True)]


def test_quotes_stop_where_they_are_much_worse_than_the_best_or_too_long() -> None:
    assert len(list(quoted(candidates(2.0, 1.9, 0.4), max_sentences=3, max_chars=500, keep=0.6))) == 2
    assert len(list(quoted(candidates(2.0, 1.9, 1.8), max_sentences=2, max_chars=500, keep=0.6))) == 2
    assert len(list(quoted(candidates(2.0, 1.9), max_sentences=3, max_chars=30, keep=0.6))) == 1
    assert list(quoted([], max_sentences=3, max_chars=30, keep=0.6)) == []


def test_excerpts_are_exact_slices_within_their_budget() -> None:
    second = TEXT.index("Union")
    chosen = [Candidate(EVIDENCE[0], 100 + second, 100 + len(TEXT), TEXT[second:], 1.0, 1.0)]
    for budget, count in ((1000, 1), (len(TEXT) - second, 1)):
        slices = excerpts(chosen, budget)
        assert len(slices) == count
        assert all(TEXT[s.start - 100 : s.end - 100] == s.text for s in slices)
    assert excerpts(chosen, 1000)[0].text == TEXT  # with its neighbour
    assert excerpts(chosen, len(TEXT) - second)[0].text == TEXT[second:]


def test_the_fixed_part_of_the_prompt_comes_first_and_never_changes() -> None:
    first, second = (messages(q, EVIDENCE) for q in ("How long was the strike?", "Who leads the union?"))
    assert first[0] == second[0] == {"role": "system", "content": SYSTEM}
    follow_up = messages("Who was he?", EVIDENCE, "The strike ended.")
    assert NOT_FOUND in SYSTEM and NOT_FOUND not in follow_up[0]["content"]
    assert SYSTEM.startswith(follow_up[0]["content"])  # so that the engine keeps what it read of the other
    assert first[1]["content"].endswith("Question: How long was the strike?")


@pytest.mark.parametrize(
    ("question", "says", "nothing"),
    [
        (
            "Hollis said the new contract raises wages. By how much does the contract raise them?",
            "Hollis said it raises wages.",
            True,
        ),
        ("The new contract raises wages, Hollis said. By how much does it raise them?", "It raises wages by 6.5 percent.", False),
        ("What raises wages?", "Hollis said the new contract raises wages.", False),
        ("Does the new contract raise wages, as Hollis said?", "Hollis said the new contract raises wages.", False),
        ("Did dockers go back to work when the strike ended?", "Dockers went back to work.", False),
        ("Who went back to work, the dockers or Hollis?", "Dockers went back to work.", False),
        ("When did dockers go back?", "Friday", True),
        ("When did dockers go back?", "On Friday.", True),
        ("When did dockers go back?", "Dockers went back on Friday.", False),
        ("When did dockers go back?", "It was Friday.", False),
        ("ストは何日続きましたか", "ストは9日間続いた。", False),
    ],
)
def test_a_scrap_and_what_only_repeats_the_question_are_no_answer(question: str, says: str, nothing: bool) -> None:
    outcome = Outcome()
    said = list(written(in_pieces(says), EVIDENCE, outcome, question))
    assert says_nothing(question, says) is nothing
    assert (outcome.beside_it, outcome.kept + outcome.dropped) == ((1, 0) if nothing else (0, 1)) and not (nothing and said)


def test_a_short_item_of_a_list_is_said() -> None:
    assert [s.text for s in written(in_pieces("- Ships waiting."), EVIDENCE, Outcome())] == ["Ships waiting."]
