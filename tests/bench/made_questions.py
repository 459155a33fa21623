"""Questions made from articles by rules, to fit constants on: what a reader asks who remembers a name and half a sentence.

A question is a question word, a name that the article is about, and a few words around the answer, some of them replaced by a
word of nearly the same meaning. It need not be good English: retrieval sees words, not grammar.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index.encoder import Encoder
from index.sentences import sentence_spans
from index.terms import STOP_WORDS

Swap = Callable[[random.Random, str], str]

_TOKEN = re.compile(r"\$?\w[\w'’.,-]*\w|\w|[^\w\s]")
_NUMBER = re.compile(r"\$?\d[\d,.]*%?|two|three|four|five|six|seven|eight|nine|ten|dozens|hundreds|thousands")
_DAY = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October|November|"
    r"December|(?:19|20)\d\d"
)
_SAID = {
    "said": "say", "says": "say", "told": "tell", "announced": "announce", "called": "call", "urged": "urge", "warned": "warn",
    "claimed": "claim", "denied": "deny", "asked": "ask", "wants": "want", "plans": "plan", "accused": "accuse",
    "argued": "argue", "insisted": "insist", "vowed": "vow", "demanded": "demand", "promised": "promise",
}  # fmt: skip
_ASKS = {
    "name": ("Who", "Who", "Who is", "Whom did", "Where", "What", "Which country"),
    "number": ("How many", "How many", "How much", "What number of"),
    "time": ("When did", "When was", "When", "What year did"),
    "thing": ("What", "What did", "What is", "What was", "Why did", "How did", "What happened to"),
}
#: the first sentences are asked about most: this many is the mean of where an answer stands
_MEAN_SENTENCE = 3
_SWAPPED = 0.8  #: share of words replaced by a neighbour: who asks has not read the sentence
_NAMED_BESIDE = 0.3  #: chance that a name of the sentence is in the question
_NAMED_ABOUT = 0.9  #: otherwise, that a name is which the whole article is about
_COMMON = 16_000  #: words that may be replaced
_NEAR = 0.5  #: cosine of two words that may stand for each other


@dataclass(frozen=True, slots=True)
class Made:
    """A question and the sentence that answers it: `start` and `end` are offsets in the article's text."""

    question: str
    article_id: str
    start: int
    end: int


def neighbours(articles: Sequence[dict[str, Any]], encoder: Encoder) -> Swap:
    """A function that replaces a common word by one that the embedding model takes for nearly the same."""
    count = Counter(word for row in articles for word in re.findall(r"[a-z]{3,}", row["text"]))
    words = [word for word, _ in count.most_common(_COMMON)]
    vectors = encoder.encode_passages(words)
    near: dict[str, list[str]] = {}
    for number, word in enumerate(words):
        cosine = vectors @ vectors[number]
        near[word] = [words[i] for i in np.argsort(-cosine)[1:6] if cosine[i] > _NEAR]

    def swap(rng: random.Random, word: str) -> str:
        choices = near.get(word.lower())
        return rng.choice(choices) if choices and rng.random() < _SWAPPED else word

    return swap


def make_questions(articles: Sequence[dict[str, Any]], each: int, seed: int, swap: Swap) -> Iterator[Made]:
    """:param each: questions of one article, at most."""
    rng = random.Random(seed)
    for row in articles:
        spans = [(start, end) for start, end in sentence_spans(row["text"]) if 40 <= end - start <= 320]
        if len(spans) < 3:
            continue
        about = _about(row, spans)
        for _ in range(each):
            start, end = spans[min(int(rng.expovariate(1 / _MEAN_SENTENCE)), len(spans) - 1)]
            question = _ask(rng, _TOKEN.findall(row["text"][start:end]), about, swap)
            if question:
                yield Made(question, row["id"], start, end)


def _about(row: dict[str, Any], spans: Sequence[tuple[int, int]]) -> dict[str, int]:
    """The names an article mentions most in its first sentences, those of its headline first."""
    count: Counter[str] = Counter()
    for start, end in spans[:15]:
        tokens = _TOKEN.findall(row["text"][start:end])
        count.update(" ".join(tokens[a:b]) for a, b in _names(tokens))
    for name in count:
        count[name] += 2 * (name in (row["title"] or ""))
    return {name: times for name, times in count.most_common(4) if times > 1}


def _ask(rng: random.Random, tokens: list[str], about: dict[str, int], swap: Swap) -> str | None:
    names = _names(tokens)
    answers = [("name", start, end) for start, end in names]
    for i, token in enumerate(tokens):
        if _NUMBER.fullmatch(token):
            answers.append(("number", i, i + 1))
        elif _DAY.fullmatch(token):
            answers.append(("time", i, i + 1))
        elif token in _SAID and names:
            answers.append(("said", i, i + 1))
    for _ in range(max(1, len(answers) // 2)):
        i = rng.randrange(len(tokens))
        answers.append(("thing", i, min(len(tokens), i + rng.choice((1, 2, 3)))))
    kind, start, end = rng.choice(answers)
    if kind == "said":
        first, last = ([run for run in names if run[1] <= start] or names)[-1]
        after = [token for token in tokens[end : end + 14] if _is_content(token)]
        topic = [swap(rng, token) for token in rng.sample(after, min(len(after), rng.choice((0, 1, 1, 2))))]
        return " ".join(["What did", *tokens[first:last], _SAID[tokens[start]], *(["about", *topic] if topic else [])]) + "?"
    asks = rng.choice(_ASKS[kind])
    if kind == "number" and end < len(tokens) and _is_content(tokens[end]):
        asks, end = f"How many {tokens[end]}", end + 1
    return _compose(rng, asks, tokens, range(start, end), names, about, swap)


def _compose(
    rng: random.Random,
    asks: str,
    tokens: list[str],
    answer: range,
    names: list[tuple[int, int]],
    about: dict[str, int],
    swap: Swap,
) -> str | None:
    named = {i for start, end in names for i in range(start, end)}
    free = [i for i in range(len(tokens)) if i not in answer and i not in named and _is_content(tokens[i])]
    beside = [run for run in names if not set(range(*run)) & set(answer)]
    name: list[str] = []
    if beside and rng.random() < _NAMED_BESIDE:
        name = tokens[slice(*rng.choice(beside))]
    elif about and rng.random() < _NAMED_ABOUT:
        name = rng.choices(list(about), list(about.values()))[0].split()
        name = [] if set(name) & {tokens[i] for i in answer} else name
    if len(name) > 1 and rng.random() < 0.4:
        name = name[-1:]
    if not free or (not name and len(free) < 3):
        return None
    centre = min(answer) if rng.random() < 0.7 else rng.choice(free)
    wanted = rng.choice((1, 1, 2, 2, 3, 3, 4)) + (not name)
    near = sorted(sorted(free, key=lambda i: abs(i - centre) + 3 * rng.random())[:wanted])
    words = [swap(rng, tokens[i]) for i in near]
    return " ".join([asks, *name, *words] if rng.random() < 0.75 else [asks, *words, *name]) + "?"


def _names(tokens: Sequence[str]) -> list[tuple[int, int]]:
    """(start, end) of each run of capitalised tokens; a first word alone is not one."""

    def is_name(i: int) -> bool:
        token = tokens[i]
        if not token[:1].isupper() or _DAY.fullmatch(token) or token.lower() in STOP_WORDS:
            return False
        return i > 0 or (len(tokens) > 1 and tokens[1][:1].isupper())

    runs: list[tuple[int, int]] = []
    for i in range(len(tokens)):
        if is_name(i):
            runs = [*runs[:-1], (runs[-1][0], i + 1)] if runs and runs[-1][1] == i else [*runs, (i, i + 1)]
    return runs


def _is_content(token: str) -> bool:
    return token[0].isalnum() and token.lower() not in STOP_WORDS
