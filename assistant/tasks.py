"""What a question asks to be done: answered, summed up, listed, told in order of time, or compared. Rules, and English ones.

When unsure it is a question with one answer, which is what most are: "What happened to the bridge?" asks for one thing,
"What happened in Berlin?" for a summary.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant.types import Form

_TIMELINE = re.compile(
    r"\bhow (?:did|have|has|do|does) (?P<a>.+?) "
    r"(?:(?:develop|unfold|evolve|progress|proceed|escalate|come about)(?:ed|d)?|changed? over time)\b"
    r"|\b(?:timeline|chronology|sequence of events|course of events)(?: (?:of|for|in|behind))? ?(?P<b>.*)"
    r"|\bstep by step\b|\bin (?:chronological order|order of time)\b",
    re.IGNORECASE,
)
#: the words before what is to be summed up are no words of the articles
_SUM_UP = re.compile(
    r"^\W*(?:please |can you |could you )*(?:(?:give|write|show)(?: me)? )?(?:an? |the )?(?:short |brief )?"
    r"(?:summar(?:y|ise|ize)\b|sum up\b|overview\b|recap\b|tell me (?:all )?about\b|what do the articles say about\b"
    r"|what(?:['’]s| is| was) (?:going on|happening|new|the (?:latest|news))\b)"
    r"(?: (?:of|on|about|with|in|from|for)\b)? *(?P<a>.*)",
    re.IGNORECASE,
)
#: what leads to the name of a form that comes last: "…, as a timeline", "… in the form of a chronology"
_LEADING = re.compile(
    r"[\s,;:–-]+(?:please )?(?:(?:as|in|with|into|in the form of)(?: an?| the)?(?: short| brief)?)?$", re.IGNORECASE
)
_HAPPENED = re.compile(r"^\W*what(?: has| have)? happened (?:in|at|on|during|with|between|after|around)\b", re.IGNORECASE)
_NEWEST = re.compile(r"\b(?:latest|new|news|today|now|recent|recently)\b", re.IGNORECASE)
_TODAY = re.compile(r",? (?:today|now|right now|at the moment|these days|lately|recently)$", re.IGNORECASE)
#: nouns of which a question wants all, in the plural; "which two teams" has its number, and is a question with one answer
_MANY = "|".join(
    """countries nations states cities towns villages companies firms banks airlines people politicians leaders ministers
    officials players teams clubs parties groups organi[sz]ations agencies outlets newspapers articles reports sources
    experts witnesses victims suspects places regions measures reasons demands proposals conditions points issues
    problems causes effects changes steps topics events products films movies books songs schools universities
    hospitals ships laws sanctions charges options""".split()
)
_NUMBERS = "(?:one|two|three|four|five|six|seven|eight|nine|ten) "
_LIST = re.compile(
    rf"^\W*(?:which|what) (?:(?:other|different|of the|all|are the|were the|main|key) )*(?:(?!{_NUMBERS})[a-z]+ )?(?:{_MANY})\b"
    r"|^\W*(?:please )?(?:list|enumerate|name) (?:all|the|every|some|each)\b|^\W*who are all\b",
    re.IGNORECASE,
)
_ASKS = (
    r"\b(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|could|will|would|summar(?:y|i[sz]e)|"
    r"sum up|recap|overview|list|tell|show|give|describe|explain)\b"
)
_SIDES = (
    re.compile(r"\bcompare (?P<a>.+?) (?:and|with|to|against|versus|vs\.?) (?P<b>.+)", re.I),
    re.compile(
        r"^\W*(?:what|how|is|are|was|were|describe|explain|show)\b.*\b(?:difference|contrast|comparison)s?\b.*? between "
        r"(?P<a>.+?) and (?P<b>.+)",
        re.I,
    ),
    re.compile(r"\bhow (?:do|does|did) (?P<a>.+?) (?:differ|compare) (?:from|with|to) (?P<b>.+)", re.I),
    re.compile(r"\bhow (?:do|does|did|are) (?P<a>.+?) and (?P<b>.+?) (?:differ|compare|different)\b(?P<on>.*)", re.I),
    # a question about a match has one answer: "Who won, Otters vs Rams?"
    re.compile(rf"^\W*(?!.*{_ASKS})(?P<a>.+?) (?:versus|vs\.?) (?P<b>.+)", re.I),
)
_COMPARES = re.compile(r"\b(?:compare[ds]?|comparison|differ(?:s|ed|ence|ences|ent)?|contrast)\b", re.I)
#: what both sides are compared in: "… on the cost of the bridge"
_RESPECT = re.compile(
    r"\s*(?:,|\b(?:on|in|about|over|regarding|as to|when it comes to|with regard to|in terms of)\b)\s*(?P<on>.+)$", re.I
)
_LONGEST = 300  #: characters; a longer text is pasted rather than asked


@dataclass(frozen=True, slots=True)
class Task:
    """The form that fits, and what is searched for."""

    form: Form
    topic: str
    sides: tuple[tuple[str, str], ...] = ()  #: of a comparison: name -> what is searched for on this side
    outlets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: sides that are outlets: name -> its sources
    newest_first: bool = False  #: of a summary: it is about the latest of a story


def task_of(question: str, speakers: Mapping[str, tuple[str, ...]] | None = None) -> Task:
    """
    :param speakers: outlets of which it is asked what they said, left out of the question: name -> its sources.
    :return: a plain answer to the question as it is, unless its wording asks for more.
    """
    if len(question) > _LONGEST:
        return Task("answer", question)
    if speakers and len(speakers) > 1 and _COMPARES.search(question):
        about = _RESPECT.search(question.strip(" ?.!"))
        topic = about["on"] if about else question
        return Task("comparison", topic, tuple((name, topic) for name in speakers), speakers)
    sides = _sides(question)
    if sides:
        return Task("comparison", question, sides)
    timeline = _TIMELINE.search(question)
    if timeline:
        where = question[timeline.end() :] if timeline["a"] else ""  # "… develop in Lowick"
        subject = f"{timeline['a'] or timeline['b'] or ''}{where}".strip(" ?.!")
        rest = _LEADING.sub("", question[: timeline.start()].rstrip())  # the form's name is no word of the articles
        return Task("timeline", subject or rest.strip() or question)
    sum_up = _SUM_UP.search(question)
    if sum_up:
        topic = _TODAY.sub("", sum_up["a"].strip(" ?.!"))
        return Task("summary", topic or question, newest_first=bool(_NEWEST.search(question)))
    form: Form = "summary" if _HAPPENED.search(question) else "list" if _LIST.search(question) else "answer"
    return Task(form, question)


def _sides(question: str) -> tuple[tuple[str, str], ...]:
    match = next(filter(None, (pattern.search(question.strip(" ?.!")) for pattern in _SIDES)), None)
    if match is None:
        return ()
    on = (match.groupdict().get("on") or "").strip()
    second, respect = match["b"], _RESPECT.search(on or match["b"])
    if respect:
        second, on = (second if on else match["b"][: respect.start()]), respect["on"]
    names = [name.strip(" ,'\"") for name in (match["a"], second)]
    return tuple((name, f"{name} {on}".strip()) for name in names) if all(names) else ()
