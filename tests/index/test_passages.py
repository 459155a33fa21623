"""Passages and sentences: exact offsets, nothing lost, nothing longer than the encoder reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoder import default_encoder
from index.passages import ChunkOptions, embedding_text, split_article
from index.sentences import is_hard_wrapped, sentence_spans
from index.types import Article

PIECES = st.sampled_from(
    ["Mr. Smith of the U.S. Senate paid $3.5 million on Jan. 5.", "Breaking news. ", "Breaking news. ", "He said: “No!” ",
     "\n\n", "\n", " \t ", "COVID-19", "日本の首相は会見した。", "😀 ", "é́",
     "a" * 400, "Dr. Ünal left; nobody knows why", ". . .", "\u2028", "\x0b"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=60).map("".join))


@given(TEXTS)
@settings(deadline=None)
def test_sentences_hold_every_character_once_and_in_order(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join("".join(text[s:e].split()) for s, e in spans) == "".join(text.split())
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False))
    assert all(text[s:e] == text[s:e].strip() != "" for s, e in spans)


@given(TEXTS, st.integers(min_value=8, max_value=254))
@settings(deadline=None)
def test_passages_are_exact_slices_within_the_limit(text: str, limit: int) -> None:
    encoder = default_encoder()
    article = Article("a", text)
    passages = split_article(article, encoder, ChunkOptions(passage_tokens=limit))
    for passage in passages:
        assert article.text[passage.start : passage.end] == passage.text
        assert len(encoder.token_starts([passage.text])[0]) <= limit + 1  # a word cut in two may count one more
    assert "".join("".join(p.text.split()) for p in passages) == "".join(text.split())
    assert len({p.id for p in passages}) == len(passages)


def test_repeated_text_keeps_its_own_offsets() -> None:
    """LlamaIndex's splitter gives 0, 15, 30 here: it searches for the text of a passage instead of knowing where it is."""
    passages = split_article(Article("a", "Breaking news. " * 200), default_encoder(), ChunkOptions(passage_tokens=30))
    starts = [p.start for p in passages]
    assert starts == sorted(set(starts))
    assert starts[1] == 15 * 10


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Mr. Smith met the U.S. Senate. He left.", 2),
        ("Storm hits the coast\nThe storm came at night. It was strong.", 3),
        ("", 0),
        (" \n\t ", 0),
    ],
)
def test_abbreviations_do_not_end_a_sentence_and_lines_do(text: str, count: int) -> None:
    assert len(sentence_spans(text)) == count


def test_line_breaks_of_wrapped_text_mean_nothing() -> None:
    text = (
        "The council of Port Mallory decided late on Tuesday that the old\n"
        "bridge will be closed for the whole of the summer while a new\n"
        "one is built beside it. Nobody at the meeting voted against the\n"
        "plan, which had been made public only a few days before then."
    )
    assert is_hard_wrapped(text)
    assert len(sentence_spans(text)) == 2


def test_the_headline_is_embedded_and_never_quoted() -> None:
    article = Article("a", "It opened on Monday.", title="Silver Bridge")
    passage = split_article(article, default_encoder())[0]
    assert embedding_text(article, passage, default_encoder()) == "Silver Bridge\nIt opened on Monday."
    assert passage.text == "It opened on Monday."
    assert embedding_text(article, passage, default_encoder()).count("Silver Bridge") == 1


def test_a_long_headline_cannot_push_a_passage_beyond_what_the_encoder_reads() -> None:
    encoder = default_encoder()
    article = Article("a", "Rain fell on the harbour and on the hills behind it. " * 60, title="Extraordinarily " * 100)
    longest = max(len(encoder.token_starts([embedding_text(article, p, encoder)])[0]) for p in split_article(article, encoder))
    assert longest <= encoder.max_tokens
