"""Turns of phrase by which a text says that something did not happen, without a "not" beside it: "refused to sign"."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from assistant.grounding.figures import CLAUSE_END
from assistant.grounding.negations import by_few, is_negation, negated
from assistant.grounding.vocabulary import DENIALS, PERSONAL
from assistant.grounding.words import Words, is_number

_REACH = 3  #: content words that a denial governs at most
_PREVENTED_WITHIN = 6  #: words from "prevented" to "from"
_NOT_TO = frozenset("refus declin fail neglect unabl unwil unlik reluct".split())  # + "to do it"
_NOT_THAT = frozenset("deni doubt skeptic sceptic unconvinc unsur uncertain".split())  # + "that he did it", "doing it"
_NOT_DOING = frozenset("prevent stop ban bar block prohibit discourag dissuad keep".split())  # + "him from doing it"
_SHORT_OF = frozenset("almost nearly narrowly".split())  # + "did it"
_AMOUNTS = frozenset("doubled tripled trebled quadrupled halved deserted unchanged".split())
_UNTRUE = frozenset("false untrue myth hoax".split())  # + "that he did it"
#: after a "not": "not true that", "no evidence that", "do not believe (that)"
_TRUE = frozenset("true case truth evidence proof sign indication suggestion".split())
_SURE = frozenset("sure certain convinced confident clear".split())
_PROOF = frozenset("evidence proof sign indication".split())  # + "the drug works", without "that"
_SURE_OF = frozenset("sure certain convinced confident".split())  # as well
_CONFIRMED = frozenset("confirm confirmed verify verified established proven proved".split())
_OPENS_NOUN = frozenset("the a an this these those he she it they his her its their there".split())
_HELD = frozenset("believe think expect mean".split())
_GERUND_NOUNS = frozenset("wrongdoing anything everything something nothing".split())
#: keys and forms of words by which the sentence leaves it open, too: somebody wanted it, or says so
_OPEN = frozenset(
    """attempt ask told demand want order invit press suppos seek sought persuad requir alleg claim suspect charg rumour rumor
    doubt skeptic sceptic unconvinc unsur uncertain unabl unwil reluct unlik neglect fals untru""".split()
)
_OPEN_FORMS = frozenset("if whether yet almost nearly narrowly close".split())


@dataclass(frozen=True, slots=True)
class Denial:
    """`cue` denies the words `governed` (content words, in order): what has all of them says the contrary."""

    cue: int
    governed: tuple[int, ...]


def denials(words: Words) -> list[Denial]:
    """Those of a text. What is denied twice ("did not refuse to") is affirmed, and left away."""
    no = negated(words)
    found = [Denial(cue, _governed(words, start)[:needed]) for cue, start, needed in _cues(words, no)]
    return [denial for denial in found if denial.governed]


def leaves_open(words: Words, i: int, denied_by: str, known: Collection[str]) -> bool:
    """True if a sentence, too, denies its word i, or tells of it as of something wished or alleged.

    :param denied_by: key of the word that denies it in a text. :param known: keys around that one: what both have besides
        ("the ban has yet to be lifted") says nothing of word i.
    """
    keys = {words.keys[k] for k in range(len(words)) if k != i}
    denied = denied_by in keys or any(key in DENIALS and key not in known for key in keys)
    return denied or i in negated(words) or not (_OPEN.isdisjoint(keys) and _OPEN_FORMS.isdisjoint(words.forms))


def _cues(words: Words, no: dict[int, int]) -> Iterator[tuple[int, int, int]]:
    """(word that denies, where what it denies begins, how many content words of that make the statement)."""
    forms, keys, n = words.forms, words.keys, len(words)
    for i in range(n - 1):
        if i in no or (keys[i] == "doubt" and by_few(words, i)):
            continue
        if forms[i + 1] == "to" and (keys[i] in _NOT_TO or forms[i] == "yet"):
            yield i, i + 2, 1
        elif (keys[i] in _NOT_THAT and _opens_clause(words, i + 1)) or (forms[i] in _UNTRUE and forms[i + 1] == "that"):
            yield i, i + 1, 2
        elif keys[i] == "rule" and forms[i + 1 : i + 3] == ["out", "that"]:
            yield i, i + 3, 2
        elif keys[i] in _NOT_DOING:
            yield from ((i, start, 1) for start in _gerund_after_from(words, i))
        elif forms[i] in _SHORT_OF and forms[i + 1].endswith("ed") and forms[i + 1] not in _AMOUNTS:
            yield i, i + 1, 1
    for i, by in no.items():
        untrue = forms[i] in _TRUE and forms[i + 1 : i + 2] in (["that"], ["of"])
        most = i > 1 and forms[i - 1] == "more" and forms[i - 2] in ("be", "been")  # "have never been more confident that"
        sure = forms[i] in _SURE | _CONFIRMED and forms[i + 1 : i + 2] == ["that"]
        sure |= forms[i] in _SURE_OF | _PROOF and i + 1 < len(words) and forms[i + 1] in _OPENS_NOUN
        untrue |= sure and not most
        # "I do not think it was shocking" tells too little.
        if untrue or (forms[i] in _HELD and len(_governed(words, i + 1)) > 1):
            yield by, i + 1, 2


def _opens_clause(words: Words, i: int) -> bool:
    form = words.forms[i]
    return form in PERSONAL or form in ("that", "having") or (form.endswith("ing") and form not in _GERUND_NOUNS)


def _gerund_after_from(words: Words, i: int) -> Iterator[int]:
    for k in range(i + 1, min(i + 1 + _PREVENTED_WITHIN, len(words) - 1)):
        if CLAUSE_END.search(words.gap(k)):
            return
        if words.forms[k] == "from":
            if words.forms[k + 1].endswith("ing"):
                yield k + 1
            return


def _governed(words: Words, start: int) -> tuple[int, ...]:
    """The content words of what is denied, adverbs left away, up to the end of the clause."""
    found: list[int] = []
    for k in range(start, len(words)):
        if len(found) == _REACH or (k > start and CLAUSE_END.search(words.gap(k))) or is_negation(words.forms[k]):
            break
        if words.content[k] and not words.forms[k].endswith("ly") and not (is_number(words.forms[k]) and not found):
            found.append(k)
    return tuple(found)
