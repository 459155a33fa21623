"""Names in a sentence, and whether a text knows them.

A name is a run of capitalised words. Its last word (a surname, the head of an organisation) must stand in the text; the words
before it may be missing, unless the text gives that surname to somebody else. An acronym also stands for the run of
capitalised words it abbreviates.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from assistant.grounding.vocabulary import MONTHS, NUMBER_WORDS, TITLES, WEEKDAYS
from assistant.grounding.words import Source, Words

# Words a sentence often opens with: capitalised there, and yet no name.
_OPENERS = frozenset(
    """police officials authorities researchers scientists experts people residents workers students teachers parents children
    doctors lawyers prosecutors lawmakers leaders members critics supporters protesters investigators voters analysts economists
    families employees fans players scientists firefighters soldiers troops women men girls boys two three four five six seven
    eight nine ten dozens hundreds thousands millions many several few another according although despite during following
    while when after before since today yesterday tomorrow last next this that these those there here now then first second
    third finally instead meanwhile however also still yet even if unless until among between under over across around
    new old young former current public federal state local national international government company country city court judge
    jury president prime minister senator governor mayor secretary congress parliament senate house officers spokesman
    spokeswoman spokesperson attorney sources reports article articles evidence data figures prices sales oil gas water
    fire storm rain snow heavy severe high low strong more most less least about nearly almost roughly approximately no not
    yes none nothing nobody everyone someone anyone everything both either neither each every all some such other others
    one part half much part nor so because though whether how why what who where which whose may might can could should would
    will must shall do does did is are was were has have had let please given based""".split()
)
_INITIALS_MIN = 3  #: "US" has its own entry; shorter initials fit too much


@dataclass(frozen=True, slots=True)
class Name:
    """A run of capitalised words in a sentence: word numbers, in order."""

    words: tuple[int, ...]


def names(words: Words, known: Collection[str] = ()) -> list[Name]:
    """The names in a sentence.

    :param known: keys of the text that it is checked against; an opening word that the text has in any form is no evidence
        of a name.
    """
    shouting = words.text.isupper()
    found: list[Name] = []
    run: list[int] = []
    for i in range(len(words)):
        raw = words.raw(i)
        part = _is_name_word(words, i, known) and not shouting
        if run and (not part or _breaks(words.gap(i))):
            found.append(Name(tuple(run)))
            run = []
        if part and raw:
            run.append(i)
    if run:
        found.append(Name(tuple(run)))
    return found


def lacks_name(name: Name, words: Words, source: Source) -> bool:
    """True if the text does not know this name, or gives its surname to another person."""
    *others, head = name.words
    if not _has_word(words, head, source):
        return True
    missing = [i for i in others if not _has_word(words, i, source)]
    return any(_is_somebody_else(words, i, head, source) for i in missing)


def resolve_acronyms(words: Words, source: Source) -> Words:
    """The words of a sentence, an acronym that the text only spells out given the key of the last word it stands for."""
    keys = list(words.keys)
    for i, key in enumerate(keys):
        if len(words.forms[i]) >= _INITIALS_MIN and words.raw(i).isupper() and key not in source.places:
            last = _last_spelled_out(words.forms[i], source.words)
            keys[i] = key if last is None else source.words.keys[last]
    return replace(words, keys=keys)


def _is_name_word(words: Words, i: int, known: Collection[str]) -> bool:
    raw, form = words.raw(i), words.forms[i]
    if not raw[0].isupper() or not words.content[i] or form in MONTHS or form in WEEKDAYS or form in TITLES:
        return False
    if i and not _opens_sentence(words.gap(i)):
        return True
    if _looks_common(form) or form in NUMBER_WORDS:
        return False
    follows = i + 1 < len(words) and words.raw(i + 1)[0].isupper() and words.content[i + 1]
    return follows or words.keys[i] not in known


def _looks_common(form: str) -> bool:
    """An opening word that is an everyday one, by list or by its ending."""
    plural = form.endswith("s") and not form.endswith(("ss", "us", "is", "as", "os"))
    return form in _OPENERS or plural or form.endswith(("ly", "ing", "ment", "tion"))


def _opens_sentence(gap: str) -> bool:
    return re.search(r"[.!?:“”\"‘`•]|^$", gap) is not None if gap.strip() else False


def _breaks(gap: str) -> bool:
    return any(c in gap for c in ',;:.!?()"“”\n–—/') and gap.strip() != "."


def _has_word(words: Words, i: int, source: Source) -> bool:
    form = words.forms[i]
    if words.keys[i] in source.places:
        return True
    # Another ending of the same name: "Israelis", "Catalan" for "Catalonia".
    stem = form[: max(5, len(form) - 3)]
    return len(form) >= 6 and any(other.startswith(stem) for other in source.places)


def _last_spelled_out(acronym: str, text: Words) -> int | None:
    """The last of the first consecutive capitalised words that begin with the letters of the acronym; None if none do."""
    content = [i for i in range(len(text)) if text.content[i]]
    letters = "".join(text.forms[i][0] if text.raw(i)[0].isupper() else " " for i in content)
    at = letters.find(acronym) if len(letters) == len(content) else -1
    return content[at + len(acronym) - 1] if at >= 0 else None


def _is_somebody_else(words: Words, given: int, head: int, source: Source) -> bool:
    """True if the text puts another given name before the surname. :param given: a word of the name that it lacks."""
    text = source.words
    for place in source.places.get(words.keys[head], ()):
        before = place - 1
        if before < 0 or text.gap(place) not in (" ", "\u00a0") or not text.content[before]:
            continue
        raw, form = text.raw(before), text.forms[before]
        is_given = raw[0].isupper() and form not in TITLES and "'" not in raw and "’" not in raw
        if is_given and not (_opens_sentence(text.gap(before)) and _looks_common(form)):
            return given < head
    return False
