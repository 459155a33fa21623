"""The headline of a text that does not name one. Conservative: a missing headline is better than a wrong one."""

from __future__ import annotations

import re

from index.readers.dates import find_dateline, is_date_line

_MAX_CHARS = 150
_TERMINAL = ".…,;:。，；："
# Quotes and brackets may close a headline; what stands before them decides.
_CLOSERS = "\"'”’»)]"

_BYLINE = re.compile(r"(?:By|BY|From|Von|Par|Por)\s+[A-ZÀ-Þ]")
_DATELINE = re.compile(r"\(|.*\s(?:--|—|–)$|.{0,60}?\([^)]{2,30}\)\s*(?:--|[—–-])")  # "(CNN) --", "LONDON (Reuters) -", "CNN —"
_FURNITURE = re.compile(
    r"(?:read (?:more|also)|see also|see gallery|related|share|advertisement|sign up|subscribe|follow\b.*\bon\b"
    r"|follow (?:us|me)|click (?:here|or)|watch:|editors?\b|updates?\b|updated|published|posted|last modified|photo\b|image\b"
    r"|video:|sources?\s*(?::|$)|copyright|©|all rights reserved|(?:reporting|editing|written|analysis|story) by"
    r"|(?:additional|staff) report|contribut(?:ing|ed)|.*\bcontributed to this|.*\b(?:staff|wire) reports?$|from staff|contact"
    r"|(?:the )?associated press|tags?:|more\s?:|more (?:from|on|about)\b|for more|.*\bgetty images|comments?\b|the claim:"
    r"|(?:edited|translated|translation|compiled|with reporting|additional reporting)\s*(?::|by\b)|the (?:writer|author) is\b"
    r"|what do you think\b|have your say|join the conversation|let us know|thank(?:s| you) for|learn more|print this|listen to"
    r"|last updated|story highlights|breaking news$|.*\bin the comments\b|\d+[\s-]*min(?:ute)?s?\s+(?:read|listen)|.*\s[>»›]\s"
    r"|(?:world|local|national|international|latest|top|business|political|sports?|us|uk|europe) news$"
    r"|(?:a version of )?this (?:story|article)|on today['’]s|twitter:|#|\d+[.)]\s|[-–—*•►]\s?)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?:|www\.|\S@\S|(?:^|\s)@\w")
_NAME = r"[A-ZÀ-Þ][\w.'’-]+(?:\s(?:[A-Z]\.|d[ae]l?|della|van|von|der))*(?:\s[A-ZÀ-Þ][\w.'’-]+)"
_NAMES = re.compile(rf"{_NAME}(?:(?:,|,?\s(?:and|und|et|y|e)|\s&)\s{_NAME})*(?:,\s[A-Z ]+)?")
# What a sentence that was cut off ends with, and a headline does not.
_LOOSE_END = {
    "a",
    "an",
    "the",
    "of",
    "to",
    "and",
    "or",
    "about",
    "with",
    "for",
    "from",
    "by",
    "at",
    "that",
    "than",
    "der",
    "die",
    "und",
}
# "Berlin, Germany": where it was written.
_PLACE = re.compile(
    r"[A-ZÀ-Þ][\w.'’-]+(?:\s[A-ZÀ-Þ][\w.'’-]+){0,2},\s"
    r"(?:[A-ZÀ-Þ][\w.'’-]+|[A-Z]\w+ (?:Africa|Arabia|Emirates|Kingdom|Korea|Lanka|Republic|States|Zealand))"
)
_NAME_WORDS = {"and", "the", "for", "of", "de", "la", "del", "van", "von", "der", "und", "et", "special"}


def find_headline(text: str, *, record: bool = False) -> str:
    """A short line at the start or, in a text file, at the end of the text that reads like a headline; "" if none does.

    The text itself is left alone. A single line is a text without a headline.

    :param record: the text is a record's field, whose last line is never a headline and whose first line is often
        a byline: then at least four words are asked, two of them in lower case.
    """
    # The ends are enough: a text may be as long as a book.
    lines = _filled(text) if len(text) <= 8000 else [*_filled(text[:4000]), *_filled(text[-4000:])]
    if len(lines) < 2:
        return ""
    first, last = lines[0], lines[-1]
    if _reads_like_headline(first) and (not record or _is_phrase(first)):
        return first
    # At the end, only below prose: after a list or a caption, a short line is one more of those.
    is_below_prose = all(line.rstrip(_CLOSERS)[-1:] in ".!?…。" for line in (first, lines[-2]))
    return last if not record and is_below_prose and _reads_like_headline(last) else ""


def _filled(text: str) -> list[str]:
    return [line for part in text.splitlines() if (line := part.strip())]


def _reads_like_headline(line: str) -> bool:
    return (
        5 <= len(line) <= _MAX_CHARS
        and (len(line.split()) >= 2 or ord(line[0]) >= 0x2E80)  # a script without spaces has no words to count
        and not line[0].islower()
        and any(character.isalpha() for character in line)
        and line.rstrip(_CLOSERS)[-1:] not in _TERMINAL
        and line.split()[-1].lower() not in _LOOSE_END
        and not any(pattern.match(line) for pattern in (_BYLINE, _DATELINE, _FURNITURE))
        and not _NAMES.fullmatch(line)
        and not _PLACE.fullmatch(line)
        and not _ADDRESS.search(line)
        and not is_date_line(line)
        and find_dateline(line) is None
    )


def _is_phrase(line: str) -> bool:
    words = line.split()
    spoken = [word for word in words if word.islower() and word not in _NAME_WORDS]
    return len(words) >= 4 and len(spoken) >= 2 and line.rstrip(_CLOSERS)[-1:] not in "?!"
