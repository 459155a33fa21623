"""What Prometheus is told at /metrics: questions and their times, what was refused, the state of the index."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from index.errors import CitewireIndexError

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.types import Answer, Event

disable_created_metrics()  # when a counter began says nothing that the process does not
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120)


class Metrics:
    """The figures of one application. They have their own registry: two applications in one process do not mix."""

    def __init__(self, assistant: Assistant) -> None:
        self._registry = CollectorRegistry()
        self.questions = self._counter("questions", "Questions by how they ended.", "outcome")
        self.searches = self._counter("searches", "Searches without an answer, by how they ended.", "outcome")
        self.refused = self._counter("refused", "Requests that were refused, by the reason.", "reason")
        self.in_progress = Gauge("citewire_questions_in_progress", "Questions being answered now.", registry=self._registry)
        self.evidence_s = self._histogram("evidence", "From the question to its evidence.")
        self.first_text_s = self._histogram("first_text", "From the question to the first sentence that passed.")
        self.answer_s = self._histogram("answer", "From the question to the end of its answer.")
        self._waiting = Gauge(
            "citewire_questions_waiting", "Questions that wait for their turn.", ["at"], registry=self._registry
        )
        self._registry.register(_IndexState(assistant))

    def watch_queue(self, at: str, length: Callable[[], int]) -> None:
        """Report a queue's length whenever somebody asks."""
        self._waiting.labels(at).set_function(length)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)

    def _counter(self, name: str, what: str, label: str) -> Counter:
        return Counter(f"citewire_{name}", what, [label], registry=self._registry)

    def _histogram(self, name: str, what: str) -> Histogram:
        return Histogram(f"citewire_{name}_seconds", what, buckets=_SECONDS, registry=self._registry)


class Measured:
    """An assistant whose questions and searches are counted, whoever asks them; everything else is the assistant's own."""

    def __init__(self, assistant: Assistant, metrics: Metrics) -> None:
        self._assistant, self._metrics = assistant, metrics

    def __getattr__(self, name: str) -> Any:
        return getattr(self._assistant, name)

    def search(self, *args: Any, **options: Any) -> Any:
        """See `Assistant.search`."""
        try:
            hits = self._assistant.search(*args, **options)
        except Exception:
            self._metrics.searches.labels("failed").inc()
            raise
        self._metrics.searches.labels("found" if hits else "empty").inc()
        return hits

    def answer(self, *args: Any, **options: Any) -> Answer:
        """See `Assistant.answer`."""
        answer = None
        for event in self.stream(*args, **options):
            answer = event.answer
        assert answer is not None, "a stream ends with its answer"
        return answer

    def stream(self, *args: Any, **options: Any) -> Iterator[Event]:
        """See `Assistant.stream`. An answer that was stopped is cut short: it says nothing of how long answers take."""
        metrics, started, outcome, has_text = self._metrics, time.perf_counter(), "stopped", False
        stopped = options.get("stopped")
        metrics.in_progress.inc()
        try:
            with closing(self._assistant.stream(*args, **options)) as events:
                for event in events:
                    passed = time.perf_counter() - started
                    if event.kind == "evidence":
                        metrics.evidence_s.observe(passed)
                    elif event.kind == "text" and not has_text:
                        has_text = True
                        metrics.first_text_s.observe(passed)
                    elif event.answer and not (stopped and stopped.is_set()):
                        outcome = "abstained" if event.answer.abstained else "answered"
                        metrics.answer_s.observe(passed)
                    yield event
        except GeneratorExit:
            raise
        except Exception:
            outcome = "failed"
            raise
        finally:
            metrics.in_progress.dec()
            metrics.questions.labels(outcome).inc()


class _IndexState(Collector):
    """The index, asked when the figures are."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            info = self._assistant.index_info()
        except CitewireIndexError:
            yield GaugeMetricFamily("citewire_index_up", "Whether the index can be asked.", 0)
            return
        age_s = (datetime.now(UTC) - datetime.fromisoformat(info["created"])).total_seconds()
        yield GaugeMetricFamily("citewire_index_up", "Whether the index can be asked.", 1)
        yield GaugeMetricFamily("citewire_index_articles", "Articles in the index.", info["articles"])
        yield GaugeMetricFamily("citewire_index_passages", "Passages in the index.", info["passages"])
        yield GaugeMetricFamily("citewire_index_generation", "Number of the generation.", int(info["generation"]))
        yield GaugeMetricFamily("citewire_index_age_seconds", "Since the index was built.", max(0.0, age_s))
        if upstream := self._assistant.upstream:
            is_up = 0 if upstream.problem else 1
            yield GaugeMetricFamily("citewire_upstream_up", "Whether the index follows what is published.", is_up)
            yield GaugeMetricFamily("citewire_upstream_contact_age_seconds", "Since it last did.", upstream.behind_s)
            words = int(self._assistant.words_only)
            yield GaugeMetricFamily("citewire_words_only", "Whether the server of the vectors does not answer.", words)
        if info["newest"]:
            newest = datetime.fromisoformat(info["newest"]).replace(tzinfo=UTC).timestamp()
            yield GaugeMetricFamily("citewire_index_newest_timestamp_seconds", "Date of the newest article.", newest)
