"""A collection of any size for measuring, made from a seed: articles whose words follow Zipf's law, and unit vectors in clusters.

What a search engine's time and memory depend on is as in news: how often the frequent words and how many the rare ones are, how
long passages are, how near the vectors of one story lie to each other. What the texts say is nonsense.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from index.encoder import DEFAULT_MODEL, MiniLM
from index.model_files import models_dir

#: (words an article, words a sentence): an article of them is cut into 12 passages, as news are
ARTICLE_WORDS, SENTENCE_WORDS = 1650, 22
PASSAGES_PER_ARTICLE = 12.0  #: measured, with the default passages
OUTLETS = [f"The {town} {paper}" for town, paper in product(("Aldmere", "Brenwick", "Corvale", "Dunhaven"), ("Post", "Herald"))]
_STORY_ARTICLES = 6  #: articles of one story
_SUBJECTS = 50
_ZIPF, _SHIFT = 1.2, 2.7  #: frequency of the word of rank r: 1 / (r + shift) ** zipf
_NAMES = 250_000  #: rare words beyond those that the tokenizer knows whole
_PIECE = re.compile(r"\w{1,6}|[^\w\s]")  #: about as many as the real tokenizer's
_STORY = re.compile(r"Story (\d+)")


@dataclass(frozen=True, slots=True)
class Question:
    story: int
    text: str


class MadeEncoder:
    """The vector of a text lies near the others of its story, which its headline names. It costs nothing beside a model's."""

    fingerprint, dimensions, max_tokens = "made-from-a-seed", MiniLM.dimensions, MiniLM.max_tokens

    def token_starts(self, texts: list[str]) -> list[list[int]]:
        return [[match.start() for match in _PIECE.finditer(text)] for text in texts]

    def encode_passages(self, texts: list[str]) -> np.ndarray:
        return np.stack([self._vector(text) for text in texts])

    def encode_query(self, text: str) -> np.ndarray:
        return self._vector(text)

    def _vector(self, text: str) -> np.ndarray:
        named = _STORY.search(text)
        story = int(named.group(1)) if named else 0
        own = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
        # two passages of a story have a cosine of about .66, of a subject .33, others 0
        parts = (_direction(1, story % _SUBJECTS), _direction(2, story), _direction(3, own))
        vector = np.sum(parts, axis=0)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def _direction(kind: int, number: int) -> np.ndarray:
    vector = np.random.Generator(np.random.PCG64([kind, number])).standard_normal(MiniLM.dimensions, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def write_collection(path: Path, passages: int, questions: int, seed: int = 7) -> list[Question]:
    """Write articles of about so many passages as jsonl. :return: questions made of words of some of them."""
    words, rng = np.array(_vocabulary(), dtype=object), np.random.default_rng(seed)
    share = np.cumsum(1 / (np.arange(len(words)) + _SHIFT) ** _ZIPF)
    articles, asked = round(passages / PASSAGES_PER_ARTICLE), []
    with path.open("w", encoding="utf-8") as file:
        for number in range(articles):
            drawn = words[np.searchsorted(share, rng.random(ARTICLE_WORDS) * share[-1])]
            sentences = [" ".join(drawn[i : i + SENTENCE_WORDS]).capitalize() for i in range(0, ARTICLE_WORDS, SENTENCE_WORDS)]
            story = int(rng.integers(max(1, articles // _STORY_ARTICLES)))
            month, day = rng.integers(1, 13), rng.integers(1, 29)
            record = {
                "id": f"made/{number:08d}",
                "title": f"Story {story} {' '.join(drawn[:6])}",
                "text": ". ".join(sentences) + ".",
                "published": f"{2010 + number * 15 // articles}-{month:02d}-{day:02d}",
                "source": OUTLETS[int(rng.integers(len(OUTLETS)))],
            }
            file.write(json.dumps(record) + "\n")
            if number % max(1, articles // questions) == 0 and len(asked) < questions:
                asked.append(Question(story, f"Story {story}: {' '.join(drawn[100:110])}?"))
    return asked


def _vocabulary() -> list[str]:
    """Words, the frequent ones first: the model's own list is in that order. Then names, which are rare."""
    from tokenizers import Tokenizer

    pieces = Tokenizer.from_file(str(models_dir() / DEFAULT_MODEL / "tokenizer.json")).get_vocab()
    known = [piece for piece in sorted(pieces, key=pieces.__getitem__) if piece.isascii() and piece.isalpha() and len(piece) > 1]
    syllables = "".join("bdfgklmnprstvz"), "aeiou"
    made = ["".join(pair) for pair in product(*syllables)]
    names = ["".join(parts) for parts in product(made, repeat=3)]
    np.random.default_rng(1).shuffle(names)
    return known + names[:_NAMES]
