"""A text as its words, each with its place: the form every comparison of a sentence with a text starts from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from assistant.grounding.vocabulary import FUNCTION_WORDS, NUMBER_WORDS, key_of
from index.sentences import sentence_spans

# Names that are mostly written short, abbreviations with stops, ordinals, numbers with their separators, words with inner
# apostrophes, signs that are units.
_WORD = re.compile(
    r"United States(?: of America)?\b|United Kingdom\b|European Union\b|United Nations\b|per cent\b"
    r"|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-(?:one|two|three|four|five|six|seven|eight|nine)\b"
    r"|(?:two|three|four|five|six|seven|eight|nine|ten)\s+dozen\b"
    r"|(?:[^\W\d_]\.){2,}|\d+(?:st|nd|rd|th)\b|\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[%$£€¥]",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s?$")
CACHED_CHARS = 200_000  #: longer texts are read anew each time rather than kept


@dataclass(slots=True, frozen=True)
class Words:
    """The words of a text in order; all lists run in parallel.

    `starts`/`ends` are character offsets; `forms` are in lower case without possessive; `keys` are what is compared
    (`vocabulary.key_of`); `content` marks words that carry a claim.
    """

    text: str
    starts: list[int]
    ends: list[int]
    forms: list[str]
    keys: list[str]
    content: list[bool]

    def __len__(self) -> int:
        return len(self.starts)

    def raw(self, i: int) -> str:
        """The word as it stands in the text."""
        return self.text[self.starts[i] : self.ends[i]]

    def gap(self, i: int) -> str:
        """The characters between word i - 1 and word i; before the first word: all before it."""
        return self.text[self.ends[i - 1] if i else 0 : self.starts[i]]


@dataclass(frozen=True)
class Source:
    """A text that may support sentences, prepared once: words, sentences, and where each key occurs."""

    words: Words
    spans: list[tuple[int, int]] = field(default_factory=list)  #: sentences

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Key -> the word numbers it occurs at, ascending."""
        places: dict[str, list[int]] = {}
        for i, key in enumerate(self.words.keys):
            places.setdefault(key, []).append(i)
        return places

    @cached_property
    def sentence_of(self) -> np.ndarray:
        """int32 (n words,): which of `spans` each word lies in."""
        starts = np.array([start for start, _ in self.spans] or [0])
        return np.searchsorted(starts, np.array(self.words.starts, dtype=np.int64), side="right").astype(np.int32) - 1

    @cached_property
    def content_before(self) -> np.ndarray:
        """int32 (n words,): how many content words stand before each word; differences are distances in meaning."""
        counts = np.cumsum(np.array(self.words.content, dtype=np.int32)) if len(self.words) else np.zeros(0, np.int32)
        return counts - np.array(self.words.content, dtype=np.int32)


def words_of(text: str) -> Words:
    """Split any text into words. Linear; never raises on a str."""
    starts, ends, forms = [], [], []
    for match in _WORD.finditer(text):
        starts.append(match.start())
        ends.append(match.end())
        forms.append(_form(match.group()))
    keys = [key_of(form) for form in forms]
    content = [_carries_claim(form) for form in forms]
    return Words(text, starts, ends, forms, keys, content)


def source_of(text: str) -> Source:
    """Prepare a text. Recent ones are kept, since several sentences are checked against the same text."""
    return _cached_source(text) if len(text) <= CACHED_CHARS else Source(words_of(text), sentence_spans(text))


@lru_cache(maxsize=64)
def _cached_source(text: str) -> Source:
    return Source(words_of(text), sentence_spans(text))


def is_number(form: str) -> bool:
    """True for digits and for number words from two up ("one" is mostly no number)."""
    return form[:1].isdecimal() or (form in NUMBER_WORDS and form != "one")


def _carries_claim(form: str) -> bool:
    return form not in FUNCTION_WORDS and not form.endswith("n't") and (len(form) > 1 or form.isdecimal())


def _form(raw: str) -> str:
    if "." in raw and not raw[0].isdecimal():
        raw = raw.replace(".", "")
    if raw == "US":  # never the pronoun
        return "usa"
    if raw[0].isdecimal():
        return raw[:-2] + "th" if raw[-1].isalpha() else raw.replace(",", "")
    return _POSSESSIVE.sub("", " ".join(raw.lower().split()).replace("’", "'")) or raw
