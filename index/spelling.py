"""A word that no article has, and that is no word to the embedding model either: the word one slip away that articles do have.

Norvig, How to Write a Spelling Corrector, 2007 (https://norvig.com/spell-correct.html): of all words one edit away the most
frequent. Only what is unknown twice over is taken for a slip: a small collection lacks most words of a question, and a name that
is right and merely not in the articles must stay what it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from string import ascii_lowercase
from typing import Protocol

import numpy as np

from index.terms import terms

#: of five letters or more: a shorter word has too many neighbours, and so has a name of five; a longer one is no word
_WORD = re.compile(r"(?<![\w'’.-])[A-Za-z]{5,30}(?![\w-])")
_NAME_LETTERS = 6
#: letters from which on a word may differ in one: Lillo is not Lilly, but Robaldinho is Ronaldinho
_LONG = 8
#: passages that are looked at for how a word is written there
_LOOKED_AT = 8


class Articles(Protocol):
    """What is asked of the articles, by terms of `index.terms`."""

    def mentions(self, term: str) -> bool: ...

    def passages_with(self, term: str) -> np.ndarray:
        """Their numbers."""

    def texts(self, numbers: np.ndarray) -> list[str]: ...


def slips(question: str, articles: Articles, is_word: Callable[[str], bool]) -> dict[str, str]:
    """:param is_word: whether it is one, as far as the embedding model knows. An inflected word is one if its stem is.
    :return: word of the question -> word that is meant by it, as the articles write it."""
    found: dict[str, str] = {}
    for word in dict.fromkeys(_WORD.findall(question)):
        asked = terms(word)
        if len(asked) != 1 or articles.mentions(asked[0]) or is_word(word) or is_word(asked[0]):
            continue
        if (word[0].islower() or len(word) >= _NAME_LETTERS) and (meant := _meant(word, articles)):
            found[word] = meant
    return found


def respelled(question: str, slips: Mapping[str, str]) -> str:
    """The question with each of these words in place of the other."""
    return _WORD.sub(lambda found: slips.get(found[0], found[0]), question)


def _meant(word: str, articles: Articles) -> str:
    """The word one edit away that most passages have, of equals the first in the alphabet; "" if none has any."""
    is_name, near = word[0].isupper(), dict[str, set[str]]()
    for spelling in set(_one_edit_away(word.lower(), changes=len(word) >= _LONG)):
        if len(of_spelling := terms(spelling)) == 1:
            near.setdefault(of_spelling[0], set()).add(spelling)
    passages = {term: articles.passages_with(term) for term in near}
    for term in sorted((term for term in near if len(passages[term])), key=lambda term: (-len(passages[term]), term)):
        texts = articles.texts(passages[term][:_LOOKED_AT])
        written = Counter(word for text in texts for word in _WORD.findall(text) if word.lower() in near[term])
        if written and not (is_name and any(word[0].islower() for word in written)):  # what is written small is no name
            return min(written, key=lambda spelling: (-written[spelling], spelling))
    return ""


def _one_edit_away(word: str, changes: bool) -> Iterator[str]:
    """A letter lost, added, changed if that is allowed, or two exchanged; never the first, which few get wrong and many names
    differ in."""
    for i in range(1, len(word) + 1):
        before, after = word[:i], word[i:]
        yield from (before + letter + after for letter in ascii_lowercase)
        if after:
            yield before + after[1:]
        if after and changes:
            yield from (before + letter + after[1:] for letter in ascii_lowercase)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
