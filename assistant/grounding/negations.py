"""Negation: "not" and its like with the words that they govern, and verbs that may stand in their place."""

from __future__ import annotations

import re
from collections.abc import Collection

from assistant.grounding.vocabulary import DENIALS, NEGATIONS
from assistant.grounding.words import Words

_NEGATION_REACH = 3  #: content words a negation governs at most
_DENIAL_REACH = 4  #: words from a verb that denies to what it denies
_BEFORE_NOUNS = frozenset("a an the this that these those any no each every my your his her its our their of s".split())
_FEW = frozenset("few little hardly scarcely barely rarely seldom".split())
_CLAUSE_END = re.compile(r"[.,;:!?()–—]|--")


def negated(words: Words) -> dict[int, int]:
    """Word numbers of content words under a negation -> word number of the negation that governs them."""
    scope: dict[int, int] = {}
    for i, form in enumerate(words.forms):
        if is_negation(form) and not _is_only(words, i):
            reached = 0
            for j in range(i + 1, min(i + 9, len(words))):
                if _CLAUSE_END.search(words.gap(j)) or reached == _NEGATION_REACH:
                    break
                if words.content[j]:
                    scope[j] = i
                    reached += 1
    return scope


def is_negation(form: str) -> bool:
    """True for "not", "never", "didn't" and their like."""
    return form in NEGATIONS or form.endswith("n't")


def denial_before(words: Words, i: int, known: Collection[str]) -> bool:
    """True if a verb that denies stands shortly before word i, and so may say there what "not" says in another text.

    :param known: keys of that other text: a word that both have ("ban") cannot be what one of them says with "not".
    """
    return any(_is_denial(words, j) and words.keys[j] not in known for j in range(max(0, i - _DENIAL_REACH), i))


def by_few(words: Words, i: int) -> bool:
    """True if few or hardly any do what word i says: "few experts doubt", but not "a few experts doubt"."""
    return any(words.forms[k] in _FEW and words.forms[max(k - 1, 0)] not in ("a", "the") for k in range(max(0, i - 3), i))


def _is_denial(words: Words, i: int) -> bool:
    """True for "refused", "ruled out"; false for "rules", and for nouns: "the ban", "its drop"."""
    if words.keys[i] == "rule" and words.forms[i + 1 : i + 2] != ["out"]:
        return False
    return words.keys[i] in DENIALS and not (i and words.forms[i - 1] in _BEFORE_NOUNS)


def _is_only(words: Words, i: int) -> bool:
    """ "not only … but also" affirms, and so does "not until Monday"."""
    return i + 1 < len(words) and words.forms[i + 1] in ("only", "just", "least", "until")
