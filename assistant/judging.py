"""Does this sentence answer the question? Asked of the answer model about one sentence at a time, the best first.

A small model that reads many excerpts at once refuses what it should answer and answers what it should refuse. Asked about one
sentence, it tells the two apart by how sure its Yes is (P(True): Kadavath et al., 2022, "Language Models (Mostly) Know What
They Know"), and it has read 80 tokens instead of 300 when it says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, cast

from assistant.prompts import NO, YES, judging
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
#: below this the articles do not say
LEAST = 1.4
#: what stands for the cross-encoder's word where it has read nothing: in another language, with another embedding model
UNREAD = 2.8


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence of the evidence; `odds`: log odds of Yes against No."""

    candidate: Candidate
    odds: float

    @property
    def total(self) -> float:
        """What both models make of it: the answer model, and the one that reads question and passage together."""
        return self.odds + ANSWERED_WEIGHT * (self.candidate.answered or UNREAD)

    @property
    def is_sure(self) -> bool:
        """Whether it is taken for the answer."""
        return self.total >= SURE


def can_judge(llm: LLM) -> bool:
    """Whether what the model makes of one sentence means something: that was measured of one model."""
    return bool(getattr(llm, "judges", False))


def judged(
    asked: Asked,
    ranked: Sequence[Candidate],
    llm: LLM,
    shown: Callable[[str], bool],
    stopped: threading.Event | None,
    timeout_s: float,
) -> Iterator[Judged]:
    """The first sentences of the ranking, each judged when it is asked for.

    :param timeout_s: for each, waiting for the answers of others included. :raises LLMFailed: or a subclass.
    """
    tell = cast("LocalLLM", llm).odds
    for candidate in islice((c for c in ranked if shown(c.text)), JUDGED):
        if stopped and stopped.is_set():
            return
        yield Judged(candidate, tell(asked_of(asked, candidate), (YES, NO), timeout_s=timeout_s, stopped=stopped))


def until_sure(judging: Iterable[Judged]) -> list[Judged]:
    """Up to the first that is taken for the answer; the likeliest first."""
    read: list[Judged] = []
    for one in judging:
        read.append(one)
        if one.is_sure:
            return [one, *read[:-1]]
    return sorted(read, key=lambda one: -one.odds)


def asked_of(asked: Asked, candidate: Candidate) -> list[dict[str, str]]:
    """What the answer model is asked about one sentence."""
    return judging(asked.put, candidate.evidence.title, candidate.text, asked.found.condensed.context)
