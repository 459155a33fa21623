"""Sentences that an article supports, and sentences that it does not, made from raw articles by rule.

True ones: a sentence of the article without a clause in commas, without its opening or closing clause, with a pronoun
replaced by the name it stands for; the headline. False ones do what summarisers do wrong: join parts of several sentences, give
a deed to somebody else, take a figure from elsewhere, invent words; and the headline of a similar article.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.sentences import sentence_spans

TEXT_CHARS = 3000  #: of an article that a sentence is checked against
HEADLINE_SHARE = 0.1  #: headlines are worded so freely that more of them would teach that wording says nothing
_NAME = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)+\b|(?<=[a-z] )[A-Z][a-z]{2,}\b")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_PRONOUN = re.compile(r"^(?:He|She|They|It)\b")
_JOINTS = frozenset("in at for to on with from by after before of and that who as over against into about when while".split())


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, the text it is checked against, whether it is supported, and how it was made."""

    sentence: str
    text: str
    supported: bool
    kind: str


class Maker:
    """Makes pairs of one article. :param others: articles about something alike, for foreign words and headlines."""

    def __init__(self, article: dict[str, str], others: list[dict[str, str]], random_: random.Random) -> None:
        self.random, self.others, self.title = random_, others, article["title"]
        self.text = article["text"][:TEXT_CHARS]
        self.sentences = [self.text[start:end] for start, end in sentence_spans(self.text)]
        self.long = [s for s in self.sentences if 60 <= len(s) <= 260 and s[-1] in '.”"' and s[0].isupper()]

    def pairs(self) -> Iterator[Pair]:
        """As many supported pairs as unsupported ones, at most four of each; half of them without capitals."""
        true = [self.compressed, self.compressed, self.resolved, self.resolved, self.whole, self.reworded, self.reworded]
        if self.random.random() < HEADLINE_SHARE:
            true.append(self.headline)
        false = [self.fused, self.fused, self.other_subject, self.other_name, self.other_number, self.fused, self.invented,
                 self.invented, self.other_headline]  # fmt: skip
        made_true = [(s, True, f.__name__) for f in self.random.sample(true, len(true)) if self.long and (s := f())][:4]
        made_false = [(s, False, f.__name__) for f in self.random.sample(false, 8) if self.long and (s := f())][:4]
        several = min(len(made_true), len(made_false))
        plain = self.random.random() < 0.5
        for sentence, supported, kind in made_true[:several] + made_false[:several]:
            lowered = sentence[:1] + sentence[1:].lower()
            yield Pair(lowered if plain else sentence, self.text.lower() if plain else self.text, supported, kind)

    def whole(self) -> str | None:
        sentence = self.random.choice(self.long)
        return sentence if self.random.random() < 0.5 else self.compressed()

    def compressed(self) -> str | None:
        """Without one or two clauses set off by commas."""
        parts = self.random.choice(self.long).rstrip(".").split(", ")
        if len(parts) < 2:
            return None
        way = self.random.randrange(3)
        if way == 0 and len(parts) > 2:
            dropped = self.random.randrange(1, len(parts) - 1)
            kept = " ".join([", ".join(parts[:dropped]), ", ".join(parts[dropped + 1 :])])
        else:
            kept = ", ".join(parts[1:] if way == 1 and len(parts[0]) < 60 else parts[:-1])
        return kept[:1].upper() + kept[1:] + "." if len(kept.split()) >= 6 else None

    def resolved(self) -> str | None:
        """With the opening pronoun replaced by the name that opens the sentence before."""
        for i in self.random.sample(range(1, max(1, len(self.sentences))), max(0, len(self.sentences) - 1)):
            if _PRONOUN.match(self.sentences[i]) and 40 < len(self.sentences[i]) < 260:
                name = _NAME.match(self.sentences[i - 1])
                if name:
                    return _PRONOUN.sub(name.group().split()[-1], self.sentences[i])
        return None

    def reworded(self) -> str | None:
        """With some small words, adverbs and attributes gone, its clauses in another order, verbs in another tense."""
        sentence = self.compressed() or self.random.choice(self.long)
        parts = sentence.rstrip(".").split(", ")
        if self.random.random() < 0.5:
            parts = parts[1:] + parts[:1]
        tokens = [w for w in " ".join(parts).split() if not self._may_go(w) or self.random.random() < 0.5]
        tokens = [self._retensed(w) if self.random.random() < 0.5 else w for w in tokens]
        return " ".join(tokens) + "." if len(tokens) >= 5 else None

    def _may_go(self, word: str) -> bool:
        small = word.lower() in _JOINTS | {"the", "a", "an", "is", "was", "were", "has", "have", "had", "been", "be"}
        return small or word.endswith(("ly", "al", "ive", "ous", "ful"))

    def _retensed(self, word: str) -> str:
        return {"is": "was", "was": "is", "are": "were", "has": "had", "have": "had", "will": "would", "said": "says"}.get(
            word, word.replace("%", " percent")
        )

    def headline(self) -> str | None:
        usable = 5 <= len(self.title.split()) <= 20 and not re.search(r"[?|:]", self.title)
        return self.title + "." if usable else None

    def fused(self) -> str | None:
        """The first words of one sentence, and another one from a small word of its own on; sometimes a third one's end."""
        if len(self.long) < 3:
            return None
        first, *others = (s.rstrip(".").split() for s in self.random.sample(self.long, 3))
        tokens = first[: self.random.randint(2, 8)]
        for other in others[: self.random.choice((1, 1, 2))]:
            joints = [j for j in range(2, len(other) - 2) if other[j] in _JOINTS or other[j - 1] in _JOINTS]
            if not joints:
                return None
            start = self.random.choice(joints)
            tokens += other[start : start + self.random.randint(3, 12)]
        return " ".join(tokens).rstrip(",") + "."

    def other_subject(self) -> str | None:
        """With the opening name replaced by another name of the article."""
        named = [s for s in self.long if _NAME.match(s)]
        return self._renamed(self.random.choice(named), first=True) if named else None

    def other_name(self) -> str | None:
        return self._renamed(self.random.choice(self.long), first=False)

    def _renamed(self, sentence: str, first: bool) -> str | None:
        found = list(_NAME.finditer(sentence))
        others = sorted({name for name in _NAME.findall(self.text) if not set(name.split()) & set(sentence.split())})
        if not found or not others:
            return None
        match = found[0] if first else self.random.choice(found)
        return sentence[: match.start()] + self.random.choice(others) + sentence[match.end() :]

    def other_number(self) -> str | None:
        """With a figure replaced by another figure of the article."""
        counted = [s for s in self.long if _NUMBER.search(s)]
        if not counted:
            return None
        sentence = self.random.choice(counted)
        others = sorted(set(_NUMBER.findall(self.text)) - set(_NUMBER.findall(sentence)))
        match = self.random.choice(list(_NUMBER.finditer(sentence)))
        return sentence[: match.start()] + self.random.choice(others) + sentence[match.end() :] if others else None

    def invented(self) -> str | None:
        """A true sentence, one to four of its words replaced by words of another article."""
        sentence = self.headline() or self.compressed()
        if not sentence:
            return None
        tokens = sentence.split()
        foreign = [w for w in self.random.choice(self.others)["text"][:TEXT_CHARS].split() if len(w) > 4 and w.isalpha()]
        places = [i for i, w in enumerate(tokens) if len(w) > 4 and w.isalpha()]
        if not foreign or not places:
            return None
        for i in self.random.sample(places, min(len(places), self.random.randint(1, 4))):
            tokens[i] = self.random.choice(foreign)
        return " ".join(tokens)

    def other_headline(self) -> str | None:
        title = self.random.choice(self.others)["title"]
        return title + "." if 5 <= len(title.split()) <= 20 and not re.search(r"[?|:]", title) else None


def make_pairs(articles: list[dict[str, str]], count: int, seed: int) -> Iterator[list[Pair]]:
    """The pairs of `count` articles, one list for each. Repeatable: same articles, count and seed, same pairs."""
    random_ = random.Random(seed)
    alike = _alike(articles)
    for i in random_.sample(range(len(articles)), min(count, len(articles))):
        others = [articles[j] for j in alike(i)] or [random_.choice(articles)]
        yield list(Maker(articles[i], others, random_).pairs())


def _alike(articles: list[dict[str, str]]):  # noqa: ANN202
    """A function from an article's number to those of articles whose headlines share a rare name with its own."""
    by_name: dict[str, list[int]] = {}
    for i, article in enumerate(articles):
        for name in set(re.findall(r"\b[A-Z][a-z]{3,}\b", article["title"])):
            by_name.setdefault(name, []).append(i)

    def alike(i: int) -> list[int]:
        found: list[int] = []
        for name in sorted(set(re.findall(r"\b[A-Z][a-z]{3,}\b", articles[i]["title"]))):
            if len(by_name[name]) <= 100:
                found += [j for j in by_name[name] if j != i]
        return found[:20]

    return alike
