"""The model that reads a question and a passage together, and what the search makes of it."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import build
from index.cross_encoder import NOT_ANSWERED, CrossEncoder, own_weights
from index.encoder import MiniLM, default_encoder
from index.errors import EncoderMissing
from index.rereading import Rereading, reread
from index.search import Generation
from index.types import Hit

QUESTION = "How many workers did the Harlow shipyard lay off?"
ANSWERS = "The Harlow shipyard laid off 412 workers on Monday after its largest order was cancelled."
BESIDE = "The Harlow shipyard was founded in 1902 and has built ferries for eleven countries."
ELSEWHERE = "Rain is expected in the north of the country until the weekend, forecasters said."


@pytest.fixture(scope="module")
def reader() -> CrossEncoder:
    encoder = default_encoder()
    assert isinstance(encoder, MiniLM)
    return encoder.cross_encoder


def test_a_passage_that_answers_is_more_relevant_than_one_beside_the_point(reader):
    first, second, third = reader.read(QUESTION, [("", ANSWERS), ("", BESIDE), ("", ELSEWHERE)])
    assert first.relevance > second.relevance > third.relevance
    assert first.answered() > max(second.answered(), third.answered())


def test_the_words_that_answer_are_found(reader):
    text = f"{BESIDE} {ANSWERS} {ELSEWHERE}"
    (reading,) = reader.read(QUESTION, [("", text)])
    start = text.index(ANSWERS)
    inside = reading.answered(start, start + len(ANSWERS))
    assert inside == reading.answered()
    assert inside > reading.answered(0, start) and inside > reading.answered(start + len(ANSWERS))
    number = text.index("412")
    assert reading.answered(number, number + 3) > reading.answered(text.index("Monday"), text.index("Monday") + 6)


def test_a_question_about_something_else_of_the_same_subject_is_answered_less(reader):
    asked, changed = "When was the Harlow shipyard founded?", "When was the Harlow shipyard closed?"
    (right,), (wrong,) = (reader.read(question, [("", BESIDE)]) for question in (asked, changed))
    assert right.answered() > wrong.answered()


@given(
    question=st.text(max_size=80),
    title=st.text(max_size=40),
    text=st.text(max_size=400),
    at=st.tuples(st.integers(0, 400), st.integers(0, 400)),
)
@settings(deadline=None, max_examples=60)
def test_any_text_can_be_read(reader, question, title, text, at):
    (reading,) = reader.read(question, [(title, text)])
    assert np.isfinite(reading.relevance)
    assert len(reading.begins) == len(reading.ends) == len(reading.offsets)
    assert all(0 <= start <= end <= len(text) for start, end in reading.offsets)
    assert reading.answered(*sorted(at)) <= reading.answered()
    assert reading.answered() >= NOT_ANSWERED
    assert len(reading.offsets) or reading.answered() == NOT_ANSWERED


def test_a_long_passage_is_read_to_its_limit_and_alone_as_in_company(reader):
    long = " ".join([ELSEWHERE] * 60)
    together = reader.read(QUESTION, [("A headline " * 30, long), ("", ANSWERS)])
    assert len(together[0].offsets) == 180
    assert CrossEncoder(reader._folder, reader._tokenizer).read(QUESTION, [("", ANSWERS)])[0].relevance == together[1].relevance


def test_threads_get_the_same(reader):
    fresh, found = CrossEncoder(reader._folder, reader._tokenizer), []
    threads = [
        threading.Thread(target=lambda: found.append(fresh.read(QUESTION, [("", ANSWERS), ("", BESIDE)]))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({tuple(reading.relevance for reading in readings) for readings in found}) == 1


def test_passages_without_words_have_scores(reader):
    hits = [Hit(name, 0, 1, "\u200b", score, passage_id=name) for name, score in (("a", 1.0), ("b", 0.9))]
    assert [hit.score for hit in reread(QUESTION, hits, reader, Rereading())] == [pytest.approx(1.0), pytest.approx(0.9)]


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 and no more"])
def test_weights_that_are_missing_or_damaged_are_named(tmp_path, content):
    path = tmp_path / "cross_encoder.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EncoderMissing, match="install it again"):
        own_weights(path)


def test_an_exact_encoder_reads_nothing(reader):
    assert MiniLM(reader._folder, int8=False).cross_encoder is None


def test_the_weights_are_those_of_six_layers_and_two_heads():
    weights = own_weights()
    assert all(np.isfinite(value).all() for value in weights.values())
    assert {name.split(".")[2] for name in weights if name.startswith("encoder.layer.")} == set("012345")
    assert weights["relevance.weight"].shape == (1, 384) and weights["span.weight"].shape == (2, 384)
    assert not [name for name in weights if "word_embeddings" in name], "the embedding table is the publisher's"


def test_only_hits_near_the_best_change_their_places(reader):
    def hit(article: str, text: str, score: float) -> Hit:
        return Hit(article, 0, len(text), text, score, passage_id=f"{article}#0-{len(text)}")

    hits = [hit("a", BESIDE, 1.0), hit("b", ANSWERS, 0.9), hit("c", ELSEWHERE, 0.3)]
    assert [h.article_id for h in reread(QUESTION, hits, reader, Rereading())] == ["b", "a", "c"]
    far = [hits[0], replace(hits[1], score=0.5), hits[2]]
    assert reread(QUESTION, far, reader, Rereading()) == far
    alone = [hits[0], replace(hits[1], article_id="a"), hits[2]]
    assert reread(QUESTION, alone, reader, Rereading()) == alone, "which of an article's passages comes first was not asked"
    assert reread(QUESTION, [], reader, Rereading()) == []


def test_once_a_hit_is_clearly_relevant_no_more_are_read(reader, monkeypatch):
    read: list[str] = []
    monkeypatch.setattr(reader, "_read_one", lambda question, title, text: read.append(text) or kept(question, title, text))
    kept = CrossEncoder(reader._folder, reader._tokenizer)._reading
    texts = {"a": BESIDE, "b": ANSWERS, "c": ELSEWHERE, "d": f"{BESIDE} Nobody was hurt."}
    hits = [Hit(name, 0, len(text), text, 1 - i / 10, passage_id=name) for i, (name, text) in enumerate(texts.items())]
    clear = max(reading.relevance for reading in reader.read(QUESTION, [("", BESIDE), ("", ANSWERS)]))
    read.clear()
    found = reread(QUESTION, hits, reader, Rereading(clear=clear))
    assert sorted(read) == sorted([BESIDE, ANSWERS])
    assert [hit.article_id for hit in found][0] == "b"
    lost = [next(h.score for h in found if h.article_id == hit.article_id) - hit.score for hit in hits]
    assert lost[1] == 0 > lost[0] and lost[2] == lost[3] == pytest.approx(lost[0] / 2), "the unread lose what the read do"
    read.clear()
    reread(QUESTION, hits, reader, Rereading(clear=clear + 0.01))
    assert sorted(read) == sorted(texts.values())
    read.clear()
    late = [hits[0], hits[2], hits[3], hits[1], *(replace(hits[2], article_id=name, score=0.65) for name in "ef")]
    late = [replace(hit, score=1 - i / 20) for i, hit in enumerate(late)]
    found = reread(QUESTION, late, reader, Rereading(clear=clear, passages=5))
    assert len(read) == 4 and found[0].article_id == "b", "two by two"
    kept_order = [hit.article_id for hit in found if hit.article_id in "ef"]
    assert kept_order == ["e", "f"] and all(
        h.score < next(x.score for x in late if x.article_id == h.article_id) for h in found[1:]
    )


def test_a_search_reads_what_is_close_and_returns_as_many_as_asked(tmp_path):
    for name, text in (("answers", ANSWERS), ("beside", BESIDE), ("elsewhere", ELSEWHERE)):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    build([tmp_path], tmp_path / "index")
    generation = Generation(tmp_path / "index", default_encoder())
    unread = Generation(tmp_path / "index", default_encoder(), rereading=Rereading(passages=0))
    try:
        query = "Harlow shipyard: how many workers laid off?"
        assert generation.search(query)[0].article_id == "answers.txt"
        for top_k in (1, 2, 3, 10):
            found = generation.search(query, top_k)
            assert len(found) == min(top_k, 3)
            assert [hit.rank for hit in found] == [*range(1, len(found) + 1)]
            assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
            assert {hit.passage_id for hit in found} <= {hit.passage_id for hit in unread.search(query, 10)}
    finally:
        generation.close()
        unread.close()
