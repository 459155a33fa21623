"""Does an article correct an earlier one, and in what differs? A footer on a name does not correct a figure."""

from __future__ import annotations

import re

from assistant.grounding.apart import Apart
from assistant.grounding.words import words_of
from index.sentences import sentence_spans

_TITLE = re.compile(r"^\W*(?:correction|clarification|corrected)\b", re.IGNORECASE)
_NOTE = re.compile(
    r"^\W*(?:correction|clarification|corrected|editor[’']s note)\b|\bregrets? the error\b"
    r"|\b(?:earlier|previous) (?:version|article|story|report)(?: of this \w+)? "
    r"(?:gave|said|stated|misstated|incorrectly|wrongly|misidentified)",
    re.IGNORECASE,
)
#: what a note may call it instead
_CALLED = {
    "number": frozenset("amount cost count estim figur number percentag price sum toll total".split()),
    "date": frozenset("date day month year".split()),
}


def is_correction(title: str, text: str) -> bool:
    """True if an article says of itself that it corrects something."""
    return _TITLE.search(title) is not None or any(_NOTE.search(text[start:end]) for start, end in sentence_spans(text))


def corrects(apart: Apart, title: str, text: str) -> bool:
    """True if an article, by its headline or by a note that names what differs, says that it corrects it.

    :param apart: its `first` is what was said before.
    """
    if _TITLE.search(title):
        return True
    spans = sentence_spans(text)
    for n, (start, end) in enumerate(spans):
        if _NOTE.search(text[start:end]) and _names_it(apart, text[start : spans[min(n + 1, len(spans) - 1)][1]]):
            return True
    return False


def _names_it(apart: Apart, note: str) -> bool:
    about = words_of(apart.about)
    # Names alone are no match: "misstated the name of the auditor of the Silver Bridge".
    named = {about.keys[i] for i in range(len(about)) if about.content[i] and about.raw(i).islower()}
    keys = set(words_of(note).keys)
    old = {key for key in words_of(apart.first).keys if key[:1].isdecimal()}
    return not keys.isdisjoint(named | _CALLED.get(apart.kind, frozenset())) or bool(old and old <= keys)
