"""Eight people who ask at once: `python -m tests.bench.chat [--people 8] [--questions 40]`.

A real `citewire chat --no-llm` process, addressed over HTTP as the page does: a question enters the page, then the queue, and
its answer comes as server-sent events. The library is small articles, each with one fact that only it has, so every answer must
be to its own question and cite the one article that answers it. Prints median and p95 of the time to the first evidence and to
the end, and the server's memory (RSS) as the questions go on.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from ui.markup import read_href

TOWNS = "Aldmere Brenwick Corvale Dunhaven Elmsford Farrowby Glenholt Harwick Ivesdale Jarrowby Kelmscot Larkmoor".split()
THINGS = (
    "ferry terminal",
    "tram depot",
    "swimming hall",
    "grain store",
    "night market",
    "signal tower",
    "glass works",
    "weather station",
)
_MARK = re.compile(r"cw-foot|cw-abstained|cw-failed|cw-stopped")


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    article_id: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its times in seconds. `wrong`: what is not as it must be, empty if all is."""

    evidence_s: float
    total_s: float
    wrong: str = ""


def write_library(folder: Path) -> list[Question]:
    """One article for each town and thing. :return: a question that only it answers, for each."""
    questions = []
    for number, (town, thing) in enumerate((town, thing) for town in TOWNS for thing in THINGS):
        crowns = 1_000 + 37 * number
        name = f"{town}-{thing.replace(' ', '-')}.md".lower()
        text = f"The council of {town} will spend {crowns:,} crowns on the {thing}, the mayor said on Monday. Work begins in May."
        head = f"---\ntitle: {town} pays for its {thing}\ndate: 2025-03-{1 + number % 28:02d}\nsource: The {town} Post\n---\n"
        (folder / name).write_text(head + text + "\n", encoding="utf-8")
        questions.append(Question(f"How much will the council of {town} spend on the {thing}?", name))
    return questions


class Person:
    """One browser tab: a session of its own, which asks as `ui/static/wire.js` and Gradio's client do."""

    def __init__(self, address: str, calls: dict[str, int]) -> None:
        self._http = httpx.Client(base_url=address, timeout=120, headers={"origin": address.rstrip("/")})
        self._session, self._calls = uuid4().hex[:11], calls

    def ask(self, question: Question) -> Asked:
        began, evidence = time.perf_counter(), 0.0
        self._messages(self._call("ordered", [json.dumps({"q": question.text}), None]))
        shown = ""
        for shown in self._messages(self._call("answer", [None])):
            if not evidence and "cw-card" in shown:
                evidence = time.perf_counter() - began
        return Asked(evidence, time.perf_counter() - began, _wrong(question, shown))

    def start_over(self) -> None:
        list(self._messages(self._call("start_over", [None])))

    def close(self) -> None:
        self._http.close()

    def _call(self, name: str, data: list[Any]) -> str:
        body = {"data": data, "fn_index": self._calls[name], "session_hash": self._session, "trigger_id": None}
        answer = self._http.post("gradio_api/queue/join", json=body)
        answer.raise_for_status()
        return answer.json()["event_id"]

    def _messages(self, event_id: str) -> Iterator[str]:
        """The last message of the chat after each event of one call, until the call is complete."""
        chat: list[dict[str, Any]] = []
        with self._http.stream("GET", "gradio_api/queue/data", params={"session_hash": self._session}) as stream:
            for line in stream.iter_lines():
                event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if event.get("event_id") != event_id or "output" not in event:
                    continue
                data = event["output"].get("data")
                if event["msg"] == "process_generating" and chat and data and _is_diff(data[0]):
                    chat = _patched(chat, data[0])
                elif data and isinstance(data[0], list):
                    chat = data[0]
                if chat:
                    yield _text(chat[-1])
                if event["msg"] == "process_completed":
                    assert event["success"], event["output"]
                    return


def _is_diff(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], list)


def _patched(chat: Any, changes: list[Any]) -> Any:
    """Gradio sends what changed of a value: [action, path, value]."""
    chat = json.loads(json.dumps(chat))
    for action, path, value in changes:
        if not path:
            chat = value
            continue
        at = chat
        for key in path[:-1]:
            at = at[key]
        if action == "append":
            at[path[-1]] += value
        elif action == "delete":
            del at[path[-1]]
        elif isinstance(at, list) and action == "add":
            at.insert(path[-1], value)
        else:
            at[path[-1]] = value
    return chat


def _text(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _wrong(question: Question, shown: str) -> str:
    if not _MARK.search(shown):
        return "no answer"
    record = re.search(r'<span class="cw-record">(.*?)</span>', shown)
    turn = json.loads(_unescaped(record.group(1)))["turn"] if record else {}
    if turn.get("question") != question.text:
        return f"the answer is to {turn.get('question')!r}"
    cited = turn.get("answer", {}).get("citations", [])
    if question.article_id and question.article_id not in [citation["article_id"] for citation in cited]:
        return f"cites {[citation['article_id'] for citation in cited]} instead of {question.article_id}"
    linked = all(f'href="{read_href(c["article_id"], c["start"], c["end"])}"' in _unescaped(shown) for c in cited)
    return "" if linked else "a citation of the record is not on the page"


def _unescaped(text: str) -> str:
    return html.unescape(text)


def serve(index: Path) -> tuple[subprocess.Popen[str], str]:
    """The chat as its users start it. :return: the process and its address."""
    command = [sys.executable, "-m", "ui.cli", "chat", "--index", str(index), "--no-llm", "--port", "0", "--json"]
    process = subprocess.Popen([*command, "--rate-limit", "0"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = ""
    for line in process.stdout:
        lines += line
        if line.startswith("}"):
            return process, json.loads(lines)["address"]
    raise SystemExit(f"citewire chat did not start: {lines}")


def calls_of(address: str) -> dict[str, int]:
    """Gradio's numbers of our functions, which have no public names: by what they take and give."""
    config = httpx.get(f"{address}config").json()
    names = {component["id"]: component["props"].get("elem_id") or component["type"] for component in config["components"]}
    buttons = {name: id for id, name in names.items()}

    def of(button: str) -> dict[str, Any]:
        return next(d for d in config["dependencies"] if [buttons[button], "click"] in [list(t) for t in d["targets"]])

    ordered, fresh = of("cw-do-ask"), of("cw-new")
    answer = next(d for d in config["dependencies"] if d.get("trigger_after") == ordered["id"])
    return {"ordered": ordered["id"], "answer": answer["id"], "start_over": fresh["id"]}


def memory_mb(process: subprocess.Popen[str]) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024  # type: ignore[union-attr]


def run(address: str, people: int, questions: list[Question], process: subprocess.Popen[str]) -> list[Asked]:
    """Everybody asks the next question that nobody has asked yet, until none is left."""
    waiting, done, lock = iter(list(enumerate(questions))), list[Asked](), threading.Lock()
    calls = calls_of(address)
    step = max(people, len(questions) // 10)

    def person() -> None:
        tab = Person(address, calls)
        while True:
            with lock:
                number, question = next(waiting, (-1, None))
            if question is None:
                break
            asked = tab.ask(question)
            tab.start_over()
            with lock:
                done.append(asked)
                if len(done) % step == 0:
                    print(f"{len(done):5d} questions  {memory_mb(process):7.1f} MB", flush=True)
        tab.close()

    threads = [threading.Thread(target=person) for _ in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def show(done: list[Asked], seconds: float) -> None:
    print(f"{len(done)} answers in {seconds:.1f} s, {len(done) / seconds:.1f} a second")
    times = {"first evidence": [a.evidence_s for a in done if a.evidence_s], "whole answer": [a.total_s for a in done]}
    for name, values in times.items():
        ordered = sorted(values)
        p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        print(f"{name:15s} median {statistics.median(ordered):.2f} s, p95 {p95:.2f} s, n {len(ordered)}")
    wrong = [asked.wrong for asked in done if asked.wrong]
    print(f"wrong: {len(wrong)}", *wrong[:10], sep="\n  ")
    if wrong:
        raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--questions", type=int, default=40)
    args = parser.parse_args()
    from index import build

    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder) / "articles"
        articles.mkdir()
        known = write_library(articles)
        build([articles], Path(folder) / "data")
        process, address = serve(Path(folder) / "data")
        try:
            run(address, args.people, known[: args.people], process)  # what is loaded only once
            began = time.perf_counter()
            done = run(address, args.people, [known[i % len(known)] for i in range(args.questions)], process)
            show(done, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(20)


if __name__ == "__main__":
    main()
