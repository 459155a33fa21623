"""Does this sentence answer the question? Asked of the answer model about one sentence at a time, the best first.

A small model that reads many excerpts at once refuses what it should answer and answers what it should refuse. Asked about one
sentence, it tells the two apart by how sure its Yes is (P(True): Kadavath et al., 2022, "Language Models (Mostly) Know What
They Know"), and it has read 80 tokens instead of 300 when it says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, cast

from assistant.parts import parts_of
from assistant.prompts import NO, YES, heading, judging
from assistant.selection import Candidate

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from assistant.llm.local import LocalLLM
    from assistant.outcomes import Asked

#: sentences that are judged, at most
JUDGED = 3
#: what the cross-encoder's word weighs beside the answer model's. On questions of the kind it was trained on
#: tests/bench/judging.py fits 3.75; on people's own the answer model is the better judge, and 0.25 to 1 were alike
ANSWERED_WEIGHT = 0.5
#: from here on a sentence is taken for the answer
SURE = 1.75
#: from here on a further one is quoted, and the best one outweighs that words of the question are missing: of made questions two
#: thirds and more of such sentences have the answer, below one third
BEYOND_DOUBT = 2.5
#: below this the articles do not say
LEAST = 1.4
#: what stands for the cross-encoder's word where it has read nothing, in another language or beyond the first passages: to
#: have read nothing speaks against no sentence
UNREAD = 2.8
#: what a receipt records
SETTINGS = {
    "judged": JUDGED,
    "answered_weight": ANSWERED_WEIGHT,
    "sure": SURE,
    "beyond_doubt": BEYOND_DOUBT,
    "outweighs_words": BEYOND_DOUBT,
    "least": LEAST,
    "unread": UNREAD,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence of the evidence. `odds`: log odds of Yes against No. `answered`: what the cross-encoder sees there, 0..4."""

    candidate: Candidate
    odds: float
    answered: float

    @property
    def total(self) -> float:
        """What both models make of it: the answer model, and the one that reads question and passage together."""
        return self.odds + ANSWERED_WEIGHT * self.answered

    @property
    def is_sure(self) -> bool:
        """Whether it is taken for the answer."""
        return self.total >= SURE


def can_judge(llm: LLM, question: str) -> bool:
    """Whether what the model makes of one sentence means something: that was measured of one model. Of two questions in one no
    sentence need answer both."""
    return bool(getattr(llm, "judges", False)) and not parts_of(question)


def judged(
    asked: Asked,
    ranked: Sequence[Candidate],
    llm: LLM,
    shown: Callable[[str], bool],
    stopped: threading.Event | None,
    deadline: float,
) -> Iterator[Judged]:
    """The first sentences of the ranking, each judged when it is asked for.

    :param deadline: by `time.monotonic`, waiting for the answers of others included. :raises LLMFailed: or a subclass.
    """
    from assistant.llm import odds

    for candidate in islice((c for c in ranked if shown(c.text)), JUDGED):
        prompt, left = asked_of(asked, candidate, shown), max(0.0, deadline - time.monotonic())
        sure = odds(cast("LocalLLM", llm), prompt, (YES, NO), left, stopped)
        if stopped and stopped.is_set():
            return
        if sure is not None:
            yield Judged(candidate, sure, candidate.answered or UNREAD)


def until_sure(judging: Iterable[Judged]) -> list[Judged]:
    """Up to the first that is taken for the answer; the likeliest first."""
    read: list[Judged] = []
    for one in judging:
        read.append(one)
        if one.is_sure:
            return [one, *read[:-1]]
    return sorted(read, key=lambda one: -one.odds)


def asked_of(asked: Asked, candidate: Candidate, shown: Callable[[str], bool]) -> list[dict[str, str]]:
    """What the answer model is asked about one sentence. Of a question that was narrowed to an outlet or to days it has to
    know those of the article, too."""
    item = candidate.evidence
    title = replace(item, title=item.title if shown(item.title) else "")
    head = heading(title) if asked.found.filters else title.title
    return judging(asked.put, head, candidate.text, asked.found.condensed.context)
