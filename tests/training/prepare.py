"""Token numbers of passages and questions in one file, which is all that training reads.

    python -m tests.training.prepare ARTICLES.jsonl[.gz] --questions FILE --leave-out DIR… --wordnet DIR --out DATA.npz [--seed 3]

FILE is what tests.training.ask wrote. Besides its questions there are those that fitting the ranking uses (a name and some words
around the answer): of these no words are marked as the answer. One article in sixteen is held out, to see what was learned.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import ui.offline  # noqa: F401
from index.encoder import DEFAULT_MODEL, MiniLM
from index.model_files import models_dir
from index.passages import split_article
from index.sentences import sentence_spans
from index.types import Article, Passage
from tests.bench.articles import read_rows, without
from tests.bench.made_questions import Swap, make_questions, neighbours
from tests.training.wordnet import WordNet

QUESTION_TOKENS, TITLE_TOKENS = 28, 24
EACH, EACH_MADE, EACH_HEADLINE = 26, 6, 4  #: questions of one article, at most
HELD_OUT = 16
CHANGED = 2  #: changed questions of one, at most
#: share of words of a question that are replaced by one of the same meaning: few in one half of the questions, many in the other
REWORDED = (0.1, 0.5)
#: in place of an answer's tokens: its place is unknown; the question is about the headline, and any passage may be meant
UNKNOWN, HEADLINE = 255, 254
_HEADLINE_ASKS = ("", "", "Who", "What", "Where", "When", "How", "Why did", "What did", "Which", "How many")


@dataclass(slots=True)
class Rows:
    """Rows of different lengths, one after the other."""

    flat: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])

    def add(self, values: Sequence[int]) -> int:
        self.flat += values
        self.starts.append(len(self.flat))
        return len(self.starts) - 2

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        return {name: np.array(self.flat, dtype=np.uint16), f"{name}_starts": np.array(self.starts, dtype=np.int32)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, metavar="ARTICLES")
    parser.add_argument("--questions", type=Path, required=True, metavar="FILE")
    parser.add_argument("--leave-out", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--wordnet", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="DATA")
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    scoring = [row for folder in args.leave_out for row in read_rows(folder / "articles.jsonl")]
    rows = without(read_rows(args.rows), scoring)
    encoder = MiniLM(models_dir() / DEFAULT_MODEL)
    swap = reworder(neighbours(rows, encoder), WordNet(args.wordnet))
    asked = read_questions(args.questions, {row["id"] for row in rows}, rows, args.seed, swap)
    np.savez_compressed(args.out, **prepared(rows, asked, encoder, swap, random.Random(args.seed)))


def reworder(near: Swap, wordnet: WordNet) -> Swap:
    """Replaces a word by one of nearly the same meaning, never by its opposite."""

    def swap(rng: random.Random, word: str) -> str:
        if not word.isalpha() or not word.islower() or len(word) < 4:
            return word
        same = [other for kind in "vna" for other in wordnet.synonyms(word, kind)[:2]]
        found = rng.choice(same) if same and rng.random() < 0.5 else near(rng, word)
        return word if any(found in wordnet.opposites(word, kind) for kind in "nva") else found

    return swap


def read_questions(
    path: Path, allowed: set[str], rows: list[dict[str, Any]], seed: int, swap: Swap
) -> dict[str, list[dict[str, Any]]]:
    """article id -> its questions."""
    rng = random.Random(seed)
    found: dict[str, list[dict[str, Any]]] = {}
    with path.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["article_id"] in allowed:
                found.setdefault(row["article_id"], []).append(row)
    chosen: dict[str, list[dict[str, Any]]] = {}
    for name, asked in found.items():
        about = [row for row in asked if row["kind"] == "headline"]
        asked = [row for row in asked if row["kind"] != "headline"]
        chosen[name] = about + rng.sample(asked, min(len(asked), EACH))
    for row in rows:
        chosen.setdefault(row["id"], []).extend(of_headline(row["title"] or "", rng))
    for made in make_questions(rows, EACH_MADE, seed, swap):
        chosen.setdefault(made.article_id, []).append(
            {"question": made.question, "start": made.start, "end": made.end, "kind": "made", "changed": []}
        )
    return chosen


def of_headline(title: str, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Some of its words in their order, as who remembers a story asks for it."""
    words = re.findall(r"[\w$%'’.-]+", title.replace("...", ""))
    for _ in range(EACH_HEADLINE if len(words) > 4 else 0):
        kept = rng.uniform(0.35, 1.0)
        some = [word for word in words if rng.random() < kept]
        if len(some) > 2:
            question = f"{rng.choice(_HEADLINE_ASKS)} {' '.join(some)}?".strip()
            yield {"question": question, "start": -1, "end": -1, "kind": "headline", "changed": []}


def prepared(
    rows: Sequence[dict[str, Any]], asked: dict[str, list[dict[str, Any]]], encoder: MiniLM, swap: Swap, rng: random.Random
) -> dict[str, np.ndarray]:
    """:return: the arrays of the file. `*_starts` say where each row of a flat array begins; answers are numbers of tokens of the
    passage, both inclusive."""
    titles, passages, questions, changed = Rows(), Rows(), Rows(), Rows()
    of_passage: list[int] = []
    targets: list[tuple[int, int, int]] = []
    sentences: list[tuple[int, int]] = []
    changed_of: list[int] = []
    for number, row in enumerate(rows):
        article = Article(row["id"], row["text"], row["title"] or "")
        titles.add(_ids(encoder, row["title"] or "")[:TITLE_TOKENS])
        cut = [(p, _offsets(encoder, p.text)) for p in split_article(article, encoder)]
        cut = [(p, o) for p, o in cut if o[0]]
        first, spans = len(of_passage), sentence_spans(article.text)
        for _, (ids, _) in cut:
            passages.add(ids[:180])
            of_passage.append(number)
        for one in asked.get(row["id"], ()):
            headline = one["kind"] == "headline"
            found = (0, HEADLINE, HEADLINE) if headline else _placed(cut, one["start"], one["end"])
            if found is None or not cut:
                continue
            at, start, end = found
            share = rng.choice(REWORDED)
            question = questions.add(_ids(encoder, reworded(one["question"], swap, rng, share))[:QUESTION_TOKENS])
            targets.append((first + at, *((UNKNOWN, UNKNOWN) if one["kind"] == "made" else (start, end))))
            around = None if headline else next(((a, b) for a, b in spans if a <= one["start"] < b), None)
            said = _placed(cut[at : at + 1], *around) if around else None
            sentences.append(said[1:] if said else (UNKNOWN, UNKNOWN))
            for other in rng.sample(one["changed"], min(CHANGED, len(one["changed"]))):
                changed.add(_ids(encoder, reworded(other, swap, rng, REWORDED[0]))[:QUESTION_TOKENS])
                changed_of.append(question)
    return {
        **titles.arrays("titles"),
        **passages.arrays("passages"),
        **questions.arrays("questions"),
        **changed.arrays("changed"),
        "article": np.array(of_passage, dtype=np.int32),
        "target": np.array(targets, dtype=np.int32),
        "sentence": np.array(sentences, dtype=np.int32),
        "changed_of": np.array(changed_of, dtype=np.int32),
        "held_out": np.array([number % HELD_OUT == 0 for number in range(len(rows))]),
    }


def reworded(question: str, swap: Swap, rng: random.Random, share: float) -> str:
    return re.sub(r"\w+", lambda found: swap(rng, found[0]) if rng.random() < share else found[0], question)


def _placed(
    cut: Iterable[tuple[Passage, tuple[list[int], list[tuple[int, int]]]]], start: int, end: int
) -> tuple[int, int, int] | None:
    """Which passage holds the answer, and its first and last token there."""
    for at, (passage, (_, offsets)) in enumerate(cut):
        if passage.start <= start < passage.end and end <= passage.end:
            inside = [i for i, (a, b) in enumerate(offsets[:180]) if a + passage.start < end and start < b + passage.start]
            return (at, inside[0], inside[-1]) if inside else None
    return None


def _ids(encoder: MiniLM, text: str) -> list[int]:
    return list(encoder._tokenizer.encode(text, add_special_tokens=False).ids)


def _offsets(encoder: MiniLM, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    encoded = encoder._tokenizer.encode(text, add_special_tokens=False)
    return list(encoded.ids), list(encoded.offsets)


if __name__ == "__main__":
    main()
