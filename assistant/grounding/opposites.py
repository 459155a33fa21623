"""Two sentences that say the contrary of each other: by a "not", by opposite verbs, or by naming another winner."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.grounding.apart import Apart, Statement, about, name_others
from assistant.grounding.claims import weekdays
from assistant.grounding.names import names
from assistant.grounding.negations import negated
from assistant.grounding.vocabulary import DENIALS
from assistant.grounding.words import Words

#: words that two sentences must share: their number, and their share of all
_MIN_CLAIM, _MIN_SAME = 4, 0.75
#: the same for sentences that differ in the verb or its subject as well
_MIN_OPPOSED, _MIN_REST = 3, 0.6
_OPPOSITES = [
    frozenset(pair.split())
    for pair in "approv reject|accept reject|convict acquit|guilti innoc|support oppos|confirm deni|admit deni|legal illeg".split(
        "|"
    )
]


def denied_apart(first: Statement, second: Statement) -> Iterator[tuple[set[str], Apart]]:
    """One sentence denies a word that the other affirms; the rest of them is the same."""
    a, b = first.words, second.words
    keys_a, keys_b = ({w.keys[i] for i in range(len(w)) if w.content[i]} for w in (a, b))
    shared = keys_a & keys_b
    if len(shared) < _MIN_CLAIM or len(shared) < _MIN_SAME * max(len(keys_a), len(keys_b)):
        return
    no_a, no_b = ({w.keys[i] for i in negated(w)} & shared for w in (a, b))
    if name_others(a, range(len(a)), b, range(len(b))):
        return
    if bool(no_a) != bool(no_b) and DENIALS.isdisjoint(keys_a ^ keys_b):
        yield shared, Apart("negation", " ".join(a.text.split()), " ".join(b.text.split()), about(a, shared))


def opposites_apart(first: Statement, second: Statement) -> Iterator[tuple[set[str], Apart]]:
    """One council approved the budget, and rejected it in the other sentence."""
    a, b = first.words, second.words
    keys_a, keys_b = _content(a), _content(b)
    shared = keys_a & keys_b
    opposed = any(pair <= keys_a ^ keys_b and len(pair & keys_a) == 1 for pair in _OPPOSITES)
    enough = len(shared) >= _MIN_OPPOSED and len(shared) >= _MIN_REST * max(len(keys_a), len(keys_b))
    if (
        opposed
        and enough
        and not (negated(a) or negated(b) or _of_two_days(a, b) or name_others(a, range(len(a)), b, range(len(b))))
    ):
        yield (
            shared | {key for pair in _OPPOSITES for key in pair & (keys_a | keys_b)},
            Apart("negation", " ".join(a.text.split()), " ".join(b.text.split()), about(a, shared)),
        )


def winners_apart(first: Statement, second: Statement) -> Iterator[tuple[set[str], Apart]]:
    """Two names before "won", and the rest of the sentences is the same."""
    a, b = first.words, second.words
    here, there = _winner(a), _winner(b)
    if not here or not there or {a.keys[i] for i in here} & {b.keys[i] for i in there} or _of_two_days(a, b):
        return
    keys_a, keys_b = _content(a) - {a.keys[i] for i in here}, _content(b) - {b.keys[i] for i in there}
    shared = keys_a & keys_b
    if len(shared) >= _MIN_OPPOSED and len(shared) >= _MIN_SAME * max(len(keys_a), len(keys_b)):
        yield shared, Apart("name", _raw(a, here), _raw(b, there), about(a, shared))


def _winner(words: Words) -> tuple[int, ...]:
    """The name right before a "won" that is not denied; () if there is none."""
    won = [i for i, form in enumerate(words.forms) if form == "won" and i not in negated(words)]
    return next((name.words for name in names(words) for i in won if name.words[-1] == i - 1), ())


def _raw(words: Words, inside: tuple[int, ...]) -> str:
    return " ".join(words.text[words.starts[inside[0]] : words.ends[inside[-1]]].split())


def _content(words: Words) -> set[str]:
    return {words.keys[i] for i in range(len(words)) if words.content[i]}


def _of_two_days(a: Words, b: Words) -> bool:
    days = weekdays(a), weekdays(b)
    return all(days) and days[0] != days[1]
