"""What /metrics counts of an answer that somebody stopped."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

from ui.metrics import Measured, Metrics

if TYPE_CHECKING:
    from assistant.assistant import Assistant

QUESTION = "Whom did Zelensky meet in Berlin on Monday and for how long?"


def figures(metrics: Metrics) -> dict[str, float]:
    """Name with its labels -> value."""
    lines = [line for line in metrics.text().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_an_answer_that_was_stopped_is_counted_as_stopped_and_not_timed(seeds_assistant: Assistant) -> None:
    metrics, stopped = Metrics(seeds_assistant), threading.Event()
    measured = cast("Assistant", Measured(seeds_assistant, metrics))
    for event in measured.stream(QUESTION, stopped=stopped):
        if event.kind == "evidence":
            stopped.set()
    told = figures(metrics)
    assert told['citewire_questions_total{outcome="stopped"}'] == 1 and told["citewire_answer_seconds_count"] == 0
    assert not any('outcome="answered"' in name or 'outcome="abstained"' in name for name in told)
    assert measured.answer(QUESTION, stopped=threading.Event()).citations
    told = figures(metrics)
    assert told['citewire_questions_total{outcome="answered"}'] == told["citewire_answer_seconds_count"] == 1
