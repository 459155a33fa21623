"""The words and turns by which a condition is put: "if", "as long as", "provided that", "in the event of"."""

from __future__ import annotations

from assistant.grounding.vocabulary import PERSONAL
from assistant.grounding.words import Words, is_number

CONDITIONS = frozenset("if unless provided providing assuming long condition event when should".split())
#: of these, those that put a condition only to what will or would be: "will close only when the court agrees"
SOFT = frozenset("provided assuming long event when should".split())
_NO_CONDITION_AFTER = frozenset("not only any anything anyone ever so".split())
_OPENS_NOUN = PERSONAL | frozenset("a an the this that these those there his no all both any every each some".split())
_IS = frozenset("is are was were has have had will can does do".split())
_POSTS = frozenset("role post office job position presidency leadership title control command power duties reins throne".split())
_FINITE_WITHIN = 6  #: words after "provided" in which its verb stands


def is_condition(words: Words, i: int) -> bool:
    """True if word i puts a condition to what stands before or after it."""
    forms = words.forms
    form, before, after = forms[i], "".join(forms[i - 1 : i]), "".join(forms[i + 1 : i + 2])
    if form in ("if", "unless"):
        return before != "even" and after not in _NO_CONDITION_AFTER
    if form == "long":
        return before == after == "as" and _is_long_as(words, i)
    if form == "condition":  # not "spoke on condition of anonymity"
        return after == "that" and before in ("on", "the")
    if form == "event":
        return i > 1 and forms[i - 2 : i] == ["in", "the"] and after in ("of", "that")
    if form == "when":
        return before == "only"
    if form == "should":
        return i > 0 and (words.content[i - 1] or "," in words.gap(i)) and after in _OPENS_NOUN
    return form in CONDITIONS and (after == "that" or (form != "providing" and _is_assumed(words, i)))


def _is_long_as(words: Words, i: int) -> bool:
    """False for "as long as nine days", "for as long as", "as long as it takes"."""
    after = words.forms[i + 2 : i + 4] or [""]
    measured = is_number(after[0]) or after[0] in ("a", "an", "possible")
    return not measured and after[1:] not in (["takes"], ["took"]) and words.forms[max(i - 2, 0) : i - 1] != ["for"]


def _is_assumed(words: Words, i: int) -> bool:
    """True for "provided the court agrees"; false for "provided the food", "assuming the post of mayor"."""
    forms, after = words.forms, words.forms[i + 1 : i + 1 + _FINITE_WITHIN]
    if not after or after[0] not in _OPENS_NOUN or "with" in after or not _POSTS.isdisjoint(after):
        return False
    if i and not words.content[i - 1] and "," not in words.gap(i):  # "was provided the money"
        return False
    first = 1 if forms[i + 1] in PERSONAL - {"his", "her", "its", "their"} else 2
    return any(form in _IS or form.endswith("s") for form in after[first:])
