"""Figures and dates of two sentences that cannot both be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assistant.grounding.apart import Apart, Statement, about, shared_keys
from assistant.grounding.claims import When, dates, weekdays
from assistant.grounding.figures import affirmed, among, compatible, counted, is_label, said
from assistant.grounding.negations import negated
from assistant.grounding.vocabulary import WEEKDAYS
from assistant.grounding.words import Words

#: keys of what happens once
_ONCE = frozenset("born build found marri".split())
#: keys by which an age is asked for
_AGE = frozenset("old age".split())


def numbers_apart(first: Statement, second: Statement) -> Iterator[tuple[set[str], Apart]]:
    """Two figures of one thing in one unit, unless one bounds the other or its article knows both."""
    a, b = first.words, second.words
    days = weekdays(a), weekdays(b)
    if all(days) and days[0] != days[1]:
        return  # what happened on two days
    known_a, known_b = affirmed(first.around), affirmed(second.around)
    for here in affirmed(a, dates(a)):
        for there in affirmed(b, dates(b)):
            what = counted(a, here)
            if is_label(a, here) or is_label(b, there):
                continue
            if here.unit != there.unit or what != counted(b, there) or not (here.unit or what):
                continue
            if compatible(a, here, b, there) or among(known_b, here) or among(known_a, there):
                continue
            shared = shared_keys(a, (here.first, here.last), b, (there.first, there.last))
            if shared:
                yield shared, Apart("number", said(a, here), said(b, there), about(a, shared), "" if here.unit else what)


def dates_apart(first: Statement, second: Statement) -> Iterator[tuple[set[str], Apart]]:
    """Two dates of one thing, unless one is denied or its article affirms the other too."""
    a, b = first.words, second.words
    no_a, no_b = negated(a), negated(b)
    for here in dates(a):
        for there in dates(b):
            if not _differ(here, there) or here.first in no_a or there.first in no_b:
                continue
            if _affirms(second.around, here) or _affirms(first.around, there):
                continue
            shared = shared_keys(a, (here.first, here.last), b, (there.first, there.last))
            if shared:
                was, became = _between(a, here.first, here.last), _between(b, there.first, there.last)
                yield shared, Apart("date", was, became, about(a, shared))


def years_apart(first: Statement, second: Statement) -> Iterator[tuple[set[str], Apart]]:
    """Two years, or two weekdays, of what happens once: it will open, or somebody was born."""
    a, b = first.words, second.words
    for points in (_years, _days):
        for i, here in points(a):
            for j, there in points(b):
                if here == there or here in _said(points, second.around) or there in _said(points, first.around):
                    continue
                shared = shared_keys(a, (i, i), b, (j, j))
                ahead = "will" in a.forms and "will" in b.forms
                if shared and (ahead or (points is _years and shared & _ONCE)):
                    yield shared, Apart("date", a.raw(i), b.raw(j), about(a, shared))


def ages_apart(first: Statement, second: Statement) -> Iterator[tuple[set[str], Apart]]:
    """ "Dana Whitlock, 54," and "Whitlock, 58,": more than a birthday between them."""
    a, b = first.words, second.words
    for i, here in _ages(a):
        for j, there in _ages(b):
            if a.keys[i - 1] == b.keys[j - 1] and abs(here - there) > 1:
                shared = {a.keys[k] for k in range(max(0, i - 2), i)} & {b.keys[k] for k in range(max(0, j - 2), j)}
                yield shared | _AGE, Apart("number", a.raw(i), b.raw(j), about(a, shared))


def _years(words: Words) -> Iterator[tuple[int, str]]:
    """Years that stand alone after "in" or "by"."""
    no = negated(words)
    for i in range(1, len(words)):
        form = words.forms[i]
        if (
            words.forms[i - 1] in ("in", "by")
            and len(form) == 4
            and form.isdecimal()
            and 1900 <= int(form) < 2200
            and i not in no
        ):
            yield i, form


def _days(words: Words) -> Iterator[tuple[int, str]]:
    """The weekday, if there is only one."""
    found = [i for i, form in enumerate(words.forms) if form in WEEKDAYS and words.raw(i)[0].isupper()]
    if len(found) == 1 and found[0] not in negated(words):
        yield found[0], WEEKDAYS[words.forms[found[0]]]


def _said(points: Callable[[Words], Iterator[tuple[int, str]]], around: Words) -> set[str]:
    return {value for _, value in points(around)}


def _ages(words: Words) -> Iterator[tuple[int, int]]:
    """Numbers between commas after a name: "Dana Whitlock, 54, …"."""
    for i in range(1, len(words)):
        form = words.forms[i]
        after = words.gap(i + 1) if i + 1 < len(words) else ","
        enclosed = words.gap(i) == ", " and after[:1] in (",", ".") and words.raw(i - 1)[0].isupper()
        if enclosed and form.isdecimal() and 9 < int(form) < 111:
            yield i, int(form)


def _differ(a: When, b: When) -> bool:
    """True if a part that both give is not the same; a day without its month, or a lone month against a day, is no date."""
    if bool(a.day) != bool(b.day) or not (a.month and b.month):
        return False
    return (a.month, a.day) != (b.month, b.day) or bool(a.year and b.year and a.year != b.year)


def _affirms(around: Words, date: When) -> bool:
    """True if a text has this date, other than to deny it."""
    no = negated(around)
    return any(not _differ(other, date) and other.month == date.month and other.first not in no for other in dates(around))


def _between(words: Words, first: int, last: int) -> str:
    return " ".join(words.text[words.starts[first] : words.ends[last]].split())
