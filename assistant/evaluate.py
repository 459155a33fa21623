"""Questions with known answers -> measures, for one's own articles: is the right passage found, and is the answer right?

Success@k, RR@10   of the article that has the answer, among the articles found, each at its best hit (ir-measures)
span@2000          the whole answer lies in the text of the best hits, read in order up to 2,000 characters
contains           the answer's text has one of the known answers (compared without case, punctuation and articles)
cites              a citation is of the right article
verbatim           every citation stands in its article, character for character
cited              share of the answer's sentences that carry a citation
abstained          it said that the articles do not say
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import EvaluationError
from assistant.significance import randomisation_p
from index.errors import ArticleNotFound

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.types import Answer
    from index.types import Hit

RETRIEVAL = ("Success@1", "Success@4", "RR@10", "span@2000")
ANSWERS = ("contains", "cites", "verbatim", "cited", "abstained")
_DEPTH = 10
_SPAN_CHARS = 2000
_ANSWER_CHARS = 600  #: a longer text would contain nearly anything
_PUNCTUATION = str.maketrans("", "", string.punctuation + "“”‘’–—")


@dataclass(frozen=True, slots=True)
class Question:
    """One row of a question file. Without `article_id` the articles do not answer it."""

    id: str
    question: str
    kind: str = "single"
    history: tuple[dict[str, str], ...] = ()
    answers: tuple[str, ...] = ()
    article_id: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """One question with its measures, 0..1; a measure that does not apply to it is absent."""

    id: str
    kind: str
    question: str
    measures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure of two runs over the `n` questions that both have; `p` as in `significance.randomisation_p`."""

    measure: str
    n: int
    first: float
    second: float
    difference: float
    p: float


def read_questions(path: Path) -> list[Question]:
    """:raises EvaluationError: if a line is no question, with its number. :raises OSError: if the file cannot be read."""
    found: dict[str, Question] = {}
    for number, row in _rows(path):
        question = _question(row, f"{path}, line {number}")
        if question.id in found:
            raise EvaluationError(f"{path}, line {number}: the id {question.id!r} is there twice. Give each question its own.")
        found[question.id] = question
    if not found:
        raise EvaluationError(f"{path} has no questions: write one JSON object a line, with id, question and article_id.")
    return list(found.values())


def evaluate(
    assistant: Assistant,
    questions: Sequence[Question],
    answers: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    as_of: date | None = None,
) -> list[Scored]:
    """Search, and with `answers` answer, every question.

    :param on_progress: called with (questions done, all). :param as_of: what "last week" counts from; by default today.
    """
    found: dict[str, list[Hit]] = {}
    measured: dict[str, dict[str, float]] = {question.id: {} for question in questions}
    for done, question in enumerate(questions, start=1):
        measures = measured[question.id]
        if question.article_id:
            hits = found[question.id] = assistant.search(question.question, question.history, top_k=_DEPTH, as_of=as_of)
            if question.start is not None:
                measures["span@2000"] = float(_has_span(question, hits))
        if answers:
            answer = assistant.answer(question.question, question.history, as_of=as_of)
            measures |= _answer_measures(question, answer, assistant)
        on_progress(done, len(questions))
    for query_id, measure, value in _ranked(questions, found):
        measured[query_id][measure] = value
    return [Scored(q.id, q.kind, q.question, _in_order(measured[q.id])) for q in questions]


def unfindable(assistant: Assistant, questions: Sequence[Question]) -> list[Question]:
    """Those whose article is not in the index: every measure of the search counts them as a miss, whatever it finds."""
    lacking = {name for name in {q.article_id for q in questions if q.article_id} if not _has(assistant, name)}
    return [question for question in questions if question.article_id in lacking]


def _has(assistant: Assistant, article_id: str) -> bool:
    try:
        assistant.article(article_id)
    except ArticleNotFound:
        return False
    return True


def table(scored: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """kind -> measure -> mean over the questions that have it, beside "n"; all kinds together under "all"."""
    kinds = dict.fromkeys(item.kind for item in scored)
    groups = {kind: [item for item in scored if item.kind == kind] for kind in kinds}
    if len(groups) > 1:
        groups["all"] = list(scored)
    return {kind: {"n": len(items), **_means(items)} for kind, items in groups.items()}


def compare(first: Sequence[Scored], second: Sequence[Scored]) -> list[Compared]:
    """Two runs, paired by question id. :raises EvaluationError: if they have no question in common."""
    other = {item.id: item.measures for item in second}
    pairs = [(item.measures, other[item.id]) for item in first if item.id in other]
    if not pairs:
        raise EvaluationError("The two runs have no question in common: compare runs of the same question file.")
    rows = []
    for measure in (*RETRIEVAL, *ANSWERS):
        values = [(a[measure], b[measure]) for a, b in pairs if measure in a and measure in b]
        if values:
            a, b = zip(*values, strict=True)
            means = sum(a) / len(a), sum(b) / len(b)
            rows.append(Compared(measure, len(a), *means, means[1] - means[0], randomisation_p(a, b)))
    return rows


def write_results(scored: Iterable[Scored], path: Path) -> None:
    """One JSON object a line, as `read_results` reads it."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(item)) + "\n" for item in scored)


def read_results(path: Path) -> list[Scored]:
    """:raises EvaluationError: if a line is no result of `write_results`, with its number."""
    found = []
    for number, row in _rows(path):
        measures = row.get("measures")
        whole = isinstance(measures, dict) and all(isinstance(v, int | float) for v in measures.values())
        if not isinstance(measures, dict) or not whole or not isinstance(row.get("id"), str):
            raise EvaluationError(
                f"{path}, line {number}: is no result. Write the file with `citewire eval FILE --out {path.name}`."
            )
        found.append(Scored(row["id"], str(row.get("kind", "")), str(row.get("question", "")), measures))
    return found


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(path.read_bytes().decode("utf-8-sig", "replace").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EvaluationError(f"{path}, line {number}: is no JSON ({error}). Write one JSON object a line.") from None
        if not isinstance(row, dict):
            raise EvaluationError(f"{path}, line {number}: is no JSON object. Write one a line, with id and question.")
        yield number, row


def _question(row: Mapping[str, Any], where: str) -> Question:
    for name in ("id", "question"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise EvaluationError(f"{where}: {name!r} must be a text that is not empty.")
    start, end = row.get("start"), row.get("end")
    spans = (start is None and end is None) or (type(start) is int and type(end) is int and 0 <= start < end)
    turns, answers, article = row.get("history") or [], row.get("answers") or [], row.get("article_id") or ""
    if not spans:
        raise EvaluationError(f"{where}: 'start' and 'end' must be offsets in the article with start < end, or both null.")
    if not isinstance(turns, list) or not all(_is_turn(turn) for turn in turns):
        raise EvaluationError(f"""{where}: 'history' must be a list of {{"role": …, "content": …}}.""")
    if not isinstance(answers, list) or not all(isinstance(text, str) for text in answers):
        raise EvaluationError(f"{where}: 'answers' must be a list of texts.")
    if not isinstance(article, str):
        raise EvaluationError(f"{where}: 'article_id' must be a text, or null where no article answers.")
    kind = str(row.get("kind") or "single")
    return Question(row["id"], row["question"], kind, tuple(turns), tuple(answers), article, start, end)


def _is_turn(turn: object) -> bool:
    return isinstance(turn, dict) and isinstance(turn.get("role"), str) and isinstance(turn.get("content"), str)


def _ranked(questions: Sequence[Question], found: Mapping[str, Sequence[Hit]]) -> Iterator[tuple[str, str, float]]:
    """(question id, measure, value) of those with an article that answers."""
    import ir_measures
    from ir_measures import RR, Qrel, ScoredDoc, Success

    qrels = [Qrel(q.id, q.article_id, 1) for q in questions if q.id in found]
    if not qrels:
        return
    # minus the rank, because scores may tie, and ties are broken by name there
    run = [
        ScoredDoc(query_id, article, -float(rank))
        for query_id, hits in found.items()
        for rank, article in enumerate(dict.fromkeys(hit.article_id for hit in hits))
    ]
    measures = [Success @ 1, Success @ 4, RR @ 10]
    for query_id in found:  # one that found nothing is not in the run, and is wrong all the same
        if not found[query_id]:
            yield from ((query_id, str(measure), 0.0) for measure in measures)
    for metric in ir_measures.iter_calc(measures, qrels, run):
        yield metric.query_id, str(metric.measure), float(metric.value)


def _has_span(question: Question, hits: Sequence[Hit]) -> bool:
    assert question.start is not None and question.end is not None
    left = _SPAN_CHARS
    for hit in hits:
        end = min(hit.end, hit.start + left)
        if hit.article_id == question.article_id and hit.start <= question.start and question.end <= end:
            return True
        left -= hit.end - hit.start
        if left <= 0:
            break
    return False


def _answer_measures(question: Question, answer: Answer, assistant: Assistant) -> dict[str, float]:
    measures = {"abstained": float(answer.abstained)}
    if answer.citations:
        exact = [assistant.article(c.article_id).text[c.start : c.end] == c.quote for c in answer.citations]
        measures["verbatim"] = float(all(exact))
    if answer.sentences:
        measures["cited"] = sum(bool(s.citations) for s in answer.sentences) / len(answer.sentences)
    if question.article_id:
        measures["cites"] = float(any(c.article_id == question.article_id for c in answer.citations))
    if question.article_id and question.answers:
        said = _normalised(answer.text) if not answer.abstained and len(answer.text) <= _ANSWER_CHARS else ""
        measures["contains"] = float(any(_normalised(text) in said for text in question.answers if _normalised(text)))
    return measures


def _normalised(text: str) -> str:
    """As SQuAD compares answers (Rajpurkar et al., https://doi.org/10.18653/v1/D16-1264)."""
    return " ".join(word for word in text.lower().translate(_PUNCTUATION).split() if word not in ("a", "an", "the"))


def _means(items: Sequence[Scored]) -> dict[str, float]:
    values = {name: [i.measures[name] for i in items if name in i.measures] for name in (*RETRIEVAL, *ANSWERS)}
    return {name: sum(numbers) / len(numbers) for name, numbers in values.items() if numbers}


def _in_order(measures: Mapping[str, float]) -> dict[str, float]:
    return {name: measures[name] for name in (*RETRIEVAL, *ANSWERS) if name in measures}
