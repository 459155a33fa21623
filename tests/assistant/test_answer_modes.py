"""The three ways to an answer, one return type: a local model, a server by URL, or none; and what happens when a model fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseGen, CompletionResponse, LLMMetadata
from llama_index.core.llms import CustomLLM

from assistant import Answer, Assistant
from assistant.llm import stream_text
from assistant.llm.pump import Emit, pump
from assistant.models.registry import DEFAULT_ANSWER, model_path
from tests.bench.answers import PARTS

SEED_QUESTIONS = {
    "Whom did Zelensky meet in Berlin on Monday and for how long?": ["Witkoff", "Kushner", "two hours"],
    "What did the Kremlin say about NATO?": ["cornerstone"],
    "Why did Zelensky reject the free economic zone?": ["lack of clarity over governance"],
}


class ScriptedLLM(CustomLLM):
    """A LlamaIndex LLM that says what it is told to, or fails; it counts what was asked of it."""

    says: str = ""
    fails: bool = False
    seen: list[Any] = []

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted")

    def stream_chat(self, messages: Any, **kwargs: Any) -> ChatResponseGen:
        self.seen.append(messages)

        def stream() -> ChatResponseGen:
            if self.fails:
                raise ConnectionError("gone")
            for word in self.says.split(" "):
                yield ChatResponse(message=ChatMessage(content=word), delta=word + " ")

        return stream()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        raise AssertionError("answers are streamed")

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        raise AssertionError("answers are chats")


def checked(assistant: Assistant, answer: Answer) -> Answer:
    assert answer.abstained or answer.citations
    assert all(s.citations for s in answer.sentences)
    for c in answer.citations:
        assert assistant.article(c.article_id).text[c.start : c.end] == c.quote
    return answer


def test_any_llama_index_llm_writes_and_only_the_supported_part_is_said(seeds_index: Path) -> None:
    llm = ScriptedLLM(says="The Kremlin said barring Ukraine from joining NATO was a cornerstone in talks. It fears nobody [7].")
    with closing(Assistant(seeds_index, llm)) as assistant:
        answer = checked(assistant, assistant.answer("What did the Kremlin say about NATO?"))
    assert answer.text == "The Kremlin said barring Ukraine from joining NATO was a cornerstone in talks. [1]"
    assert answer.model == "scripted"
    prompt = llm.seen[0][1].content
    assert "cornerstone" in prompt and len(prompt) < 2500  # evidence, not articles


def test_a_draft_without_support_is_replaced_by_quotes(seeds_index: Path) -> None:
    with closing(Assistant(seeds_index, ScriptedLLM(says="The answer is 42. Moscow surrendered on Tuesday."))) as assistant:
        answer = checked(assistant, assistant.answer("What did the Kremlin say about NATO?"))
    assert "42" not in answer.text and "cornerstone" in answer.text and answer.model == "none"


def test_a_refusal_of_the_model_is_an_abstention(seeds_index: Path) -> None:
    llm = ScriptedLLM(says="NOT FOUND", seen=[])
    with closing(Assistant(seeds_index, llm)) as assistant:
        answer = assistant.answer("What did the Kremlin say about the free economic zone?")
    assert llm.seen and answer.abstained and answer.nearest


@pytest.mark.parametrize(
    ("question", "says"),
    [("What did the Kremlin say about NATO?", "cornerstone"), ("How long did Zelensky meet Witkoff in Berlin?", "two hours")],
)
def test_a_refused_question_that_a_sentence_plainly_answers_is_answered_with_it(
    seeds_index: Path, question: str, says: str
) -> None:
    with closing(Assistant(seeds_index, ScriptedLLM(says="NOT FOUND"))) as assistant:
        answer = checked(assistant, assistant.answer(question))
    assert not answer.abstained and answer.model == "none" and says in answer.text and len(answer.sentences) == 1
    assert any("answer model found no answer" in notice for notice in answer.notices)


@pytest.mark.parametrize("name", sorted(PARTS.keys() - {"without judging sentences"}))  # this model does not judge
def test_the_bench_can_switch_each_part_off(seeds_index: Path, name: str) -> None:
    supported = "The Kremlin said barring Ukraine from joining NATO was a cornerstone in talks."
    llm = ScriptedLLM(says=f"{supported} The Kremlin said NATO had 9 cornerstones in talks [1].", seen=[])
    with ExitStack() as stack, closing(Assistant(seeds_index, llm)) as assistant:
        whole = assistant.answer("What did the Kremlin say about NATO?")
        unasked = assistant.answer("Who won the World Cup that the Kremlin held?")
        PARTS[name](stack)
        without = assistant.answer("What did the Kremlin say about NATO?")
        silent = assistant.answer("Who won the World Cup that the Kremlin held?")
    said = {
        "without short evidence": len(llm.seen[-1][1].content) > len(llm.seen[0][1].content),
        "without attribution (the model's own markers)": [len(s.citations) for s in without.sentences] == [0, 1],
        "without the support check": "9 cornerstones" in without.text and "9 cornerstones" not in whole.text,
        "without abstention": unasked.abstained and not silent.abstained,
    }
    assert said[name]


def test_a_refused_follow_up_is_answered_from_quotes(seeds_index: Path) -> None:
    history = [{"role": "user", "content": "Who spoke about NATO?"}, {"role": "assistant", "content": "The Kremlin. [1]"}]
    with closing(Assistant(seeds_index, ScriptedLLM(says="NOT FOUND"))) as assistant:
        answer = checked(assistant, assistant.answer("What did it say about that?", history=history))
    assert not answer.abstained and answer.model == "none" and "cornerstone" in answer.text


def test_a_model_that_does_not_judge_is_not_asked_what_the_articles_do_not_touch(seeds_index: Path) -> None:
    llm = ScriptedLLM(says="Argentina won the 2022 World Cup.", seen=[])
    with closing(Assistant(seeds_index, llm)) as assistant:
        assert assistant.answer("Who won the 2022 World Cup?").abstained
    assert llm.seen == []


@pytest.mark.parametrize("llm", [ScriptedLLM(fails=True), "http://127.0.0.1:9/v1"], ids=["breaks off", "unreachable"])
def test_a_failing_model_becomes_a_quoted_answer_with_a_notice(seeds_index: Path, llm: Any) -> None:
    with closing(Assistant(seeds_index, llm)) as assistant:
        events = list(assistant.stream("What did the Kremlin say about NATO?"))
        answer = checked(assistant, events[-1].answer)
    assert [e.kind for e in events].index("notice") < [e.kind for e in events].index("text")
    assert "cornerstone" in answer.text and answer.model == "none" and "quotes" in answer.notices[0]


@pytest.fixture(scope="module")
def local(seeds_index: Path) -> Iterator[Assistant]:
    with closing(Assistant(seeds_index, "auto")) as assistant:
        assistant.warm()
        yield assistant


@pytest.mark.slow
@pytest.mark.parametrize(("question", "said"), SEED_QUESTIONS.items(), ids=["met", "kremlin", "zone"])
def test_the_local_model_answers_the_seed_article(local: Assistant, question: str, said: list[str]) -> None:
    answer = checked(local, local.answer(question))
    assert answer.model == DEFAULT_ANSWER and all(words in answer.text for words in said), answer.text


@pytest.mark.slow
def test_the_local_model_says_nothing_where_the_article_is_silent(local: Assistant) -> None:
    assert local.answer("Who won the 2022 World Cup?").abstained
    assert local.answer("What did Zelensky eat in Berlin on Monday?").abstained


@pytest.mark.slow
def test_closing_the_stream_stops_the_model(local: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    told_to_stop: list[bool] = []

    def watched(produce: Callable[[Emit[Any]], None], *args: Any) -> Iterator[Any]:
        def producing(emit: Emit[Any]) -> None:
            def emitting(chunk: Any) -> bool:
                told_to_stop.append(emit(chunk))
                return told_to_stop[-1]

            produce(emitting)

        return pump(producing, *args)

    monkeypatch.setattr("assistant.llm.gguf.pump", watched)
    # The model's own end of its answer is no stop.
    monkeypatch.setattr("assistant.llm.stream_text", partial(stream_text, ignore_eos=True))
    stream = local.stream("What happened in Berlin?")
    while next(stream).kind != "text":
        pass
    assert not any(told_to_stop)
    stream.close()
    local.warm()  # it takes its turn when the engine is through with what it does
    assert told_to_stop.count(True) == 1 and told_to_stop[-1]


@pytest.mark.slow
def test_a_server_by_url_answers_like_the_local_model(seeds_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.llm.gguf import GgufEngine

    engine = GgufEngine(model_path(DEFAULT_ANSWER))
    engine.load()
    try:
        monkeypatch.setenv("CITEWIRE_LLM_KEY", engine.api_key)
        with closing(Assistant(seeds_index, engine.address)) as assistant:
            answer = checked(assistant, assistant.answer("What did the Kremlin say about NATO?"))
        assert "cornerstone" in answer.text and answer.model != "none", answer
    finally:
        engine.close()
