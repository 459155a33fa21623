"""The second look: what it sees, that its weights are of its features, and what they are fitted to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.rescore import FEATURES, Rescoring, features, rescore
from index.rescore_weights import WEIGHTS
from index.types import Hit
from tests.bench.articles import without
from tests.bench.made_questions import make_questions


def hit(text: str, article: str = "a", start: int = 0, score: float = 1.0, title: str = "") -> Hit:
    return Hit(article, start, start + len(text), text, score, 1, f"{article}-{start}", title, date(2025, 1, 1), "", "", 0.5, 2.0)


def column(name: str, hits: list[Hit], query: str = "Who built the Silver Bridge?") -> list[float]:
    return features(query, hits, [1.0] * len(hits), lambda term: 1.0)[:, FEATURES.index(name)].round(3).tolist()


def test_the_weights_are_those_of_the_features() -> None:
    assert set(WEIGHTS) <= set(FEATURES)


def test_what_is_seen_of_a_passage() -> None:
    near, far = hit("The bridge is old. Anna Velt built it in 1931."), hit("The Silver Bridge was built by Anna Velt.", "b", 4000)
    assert column("words", [near, far]) == [0.667, 1.0]  # silver, bridg, built
    assert column("sentence", [near, far]) == [0.333, 1.0]
    assert column("pair", [near, far]) == [0.667, 1.0]
    assert column("pair", [hit("The bridge is old.\nIt was built of Silver.")]) == [1.0], "a line's end is a sentence's"
    assert column("phrases", [near, far]) == [0.0, 1.0]
    assert column("tail", [near, far]) == [0.0, 0.8]
    assert column("lead", [near, far])[0] == 1.0 > column("lead", [near, far])[1]
    assert column("title", [hit("x", title="Silver Bridge"), hit("y", "b")]) == [0.667, 0.0]
    assert column("covered", [hit("built", title="Silver Bridge")]) == [1.0]


def test_the_best_passage_speaks_for_its_article() -> None:
    hits = [replace(hit("one", "a", 0), dense_score=0.1), replace(hit("two", "a", 10), dense_score=0.9), hit("three", "b", 0)]
    assert column("article_cosine", hits) == [0.9, 0.9, 0.5]


def test_passages_of_one_article_are_counted() -> None:
    hits = [hit("one", "a", 0), hit("two", "a", 10), hit("three", "b", 0)]
    assert column("siblings", hits)[0] == column("siblings", hits)[1] > column("siblings", hits)[2] > 0


@given(st.text(max_size=200), st.lists(st.text(max_size=300), min_size=1, max_size=8))
def test_any_text_has_finite_features(query: str, texts: list[str]) -> None:
    seen = features(query, [hit(text, str(i)) for i, text in enumerate(texts)], [0.0] * len(texts), lambda term: 1.0)
    assert seen.shape == (len(texts), len(FEATURES))
    assert np.isfinite(seen).all() and np.isfinite(rescore(seen, Rescoring())).all()


ARTICLES = [
    {
        "id": f"id{i}",
        "url": f"http://news.example/{i}",
        "title": f"Flood in Harwick, part {i}",
        "text": f"Article {i}. Anna Velt said on Monday that 300 houses in Harwick were flooded. The mayor of Harwick "
        "asked for help. Piet Oor of the water board told reporters that the dam at Corrie had held. Nobody knows when the water "
        "will go down again.",
    }
    for i in range(6)
]


def test_nothing_that_is_scored_with_is_fitted_to() -> None:
    scoring = [
        {"id": "id0", "url": "", "title": "", "text": "Other."},
        {"id": "z1", "url": "http://news.example/1", "title": "", "text": "Other."},
        {"id": "z2", "url": "", "title": " flood in Harwick, PART 2", "text": "Other."},
        {"id": "z3", "url": "", "title": "", "text": ARTICLES[3]["text"]},
    ]
    assert [row["id"] for row in without(ARTICLES, scoring)] == ["id4", "id5"]


def test_made_questions_repeat_and_point_at_the_sentence_they_ask_about() -> None:
    def made() -> list[tuple[str, str]]:
        texts = {row["id"]: row["text"] for row in ARTICLES}
        found = list(make_questions(ARTICLES, 5, 7, lambda rng, word: word))
        return [(m.question, texts[m.article_id][m.start : m.end]) for m in found]

    first = made()
    assert first == made() and len(first) > 15
    for question, sentence in first:
        shared = {w.strip("?,.") for w in question.split()[1:]} & {w.strip("?,.") for w in sentence.split()}
        assert sentence.endswith(".") and (shared or "Harwick" in question), question
