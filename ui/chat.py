"""The chat as Gradio Blocks: one column, one question box, a stop button; answers stream through Gradio's queue.

A question takes two steps. The first, outside the queue, puts it on the page with a stop button; the second waits for a free
place and answers it. What else the page asks for (`ui/static/wire.js`) comes as JSON through a hidden box and hidden buttons:
Gradio's own way for a script to call a function would need `eval`, which the CSP forbids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from ui.answering import answer_next
from ui.conversation import Conversation
from ui.feedback import Feedback
from ui.frontpage import status, status_html, suggested, welcome_html
from ui.markup import escaped
from ui.turn import MAX_QUESTION_CHARS, RecordRefused, Turn
from ui.wire import Wire

if TYPE_CHECKING:
    from assistant.assistant import Assistant

CONCURRENT_ANSWERS = 4
WAITING_ROOM = 32  #: questions that may wait; the next one is told that the server is busy
SESSIONS = 500  #: conversations kept in memory, each of at most a megabyte as JSON; the one longest unused goes first
BEGINNING = frozenset({"begin", "ordered"})  #: the functions that begin a question, by name
BUSY = "Too many questions wait here. Ask again in a moment."


def build_chat(assistant: Assistant, title: str, suggestions: Sequence[str] = ()) -> gr.Blocks:
    """:param suggestions: questions for the first screen; without any, they are made from the newest headlines."""
    wire = Wire(Feedback.beside(assistant.index_dir))

    def opened(request: gr.Request) -> tuple[str, Any]:
        state = status(assistant)
        return status_html(state, request.username or ""), gr.update(
            placeholder=welcome_html(state, suggested(assistant, suggestions))
        )

    def begin(question: str, scope: str, conversation: Conversation) -> tuple[Any, ...]:
        question = question.strip()[:MAX_QUESTION_CHARS]
        if question and not conversation.busy:
            conversation.begin(wire.scoped(Turn(question), scope))
        return conversation.messages(), "", "", *buttons(conversation)

    def ordered(order: str, conversation: Conversation) -> tuple[Any, ...]:
        turn, problem = tried(lambda: wire.question(order))
        if turn and not conversation.busy:
            conversation.begin(turn)
        return problem, conversation.messages(), *buttons(conversation)

    def answer(conversation: Conversation) -> Iterator[tuple[Any, ...]]:
        """A generator: Gradio closes it when the page is closed, and that stops the model."""
        for messages in answer_next(assistant, conversation):
            yield messages, gr.skip(), gr.skip()
        yield conversation.messages(), *buttons(conversation)

    def refused(conversation: Conversation) -> tuple[Any, ...]:
        conversation.fail(BUSY)
        return conversation.messages(), *buttons(conversation)

    def stop(conversation: Conversation) -> tuple[Any, ...]:
        conversation.stop()
        return "", conversation.messages(), *buttons(conversation)

    def start_over(conversation: Conversation) -> tuple[Any, ...]:
        conversation.replace([])
        return "", [], *buttons(conversation)

    def opened_again(stored: str, conversation: Conversation) -> tuple[Any, ...]:
        _, problem = tried(lambda: wire.restore(stored, conversation))
        return problem, conversation.messages(), *buttons(conversation)

    def rated(opinion: str, conversation: Conversation, request: gr.Request) -> Any:
        address = request.client.host if request.client else ""
        _, problem = tried(lambda: wire.rate(opinion, conversation, request.username or "", address))
        return problem, conversation.messages()

    def buttons(conversation: Conversation) -> tuple[Any, Any]:
        return gr.update(visible=not conversation.busy), gr.update(visible=conversation.busy)

    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    at_once: dict[str, Any] = {**private, "queue": False}
    with gr.Blocks(title=title, fill_height=True, analytics_enabled=False) as demo:
        conversation = gr.State(Conversation())
        # gr.HTML evaluates its template as a script, which the CSP forbids; Markdown is sanitised besides
        with gr.Row(elem_id="cw-header"):
            gr.Button("Conversations", elem_id="cw-menu", size="sm")
            gr.Markdown(f"<h1>{escaped(title)}</h1>", elem_id="cw-title")
            line = gr.Markdown("", elem_id="cw-status")
            gr.Markdown('<a href="library">Library</a>', elem_id="cw-library")
            fresh = gr.Button("New conversation", elem_id="cw-new", size="sm")
            gr.Button("?", elem_id="cw-help", size="sm")
        shown = gr.Chatbot(elem_id="cw-chat", **_chat_options())
        refusal = gr.Markdown("", elem_id="cw-refusal")  # gr.Warning does not reach the page from outside the queue
        with gr.Row(elem_id="cw-ask-row"):
            box = gr.Textbox(elem_id="cw-box", **_box_options())
            send = gr.Button("Ask", elem_id="cw-send", variant="primary", scale=0)
            halt = gr.Button("Stop", elem_id="cw-stop", variant="stop", scale=0, visible=False)
        with gr.Row(elem_id="cw-wire"):
            told = gr.Textbox(elem_id="cw-told", label="Told by the page", lines=1, max_lines=1)
            scope = gr.Textbox(elem_id="cw-scope", label="Searched only", lines=1, max_lines=1)
            ask_told, open_told, rate_told = (gr.Button(name, elem_id=f"cw-do-{name}") for name in ("ask", "open", "rate"))
        demo.load(opened, None, [line, shown], **at_once)
        page = [shown, send, halt]
        typed = gr.on(
            [box.submit, send.click],
            begin,
            [box, scope, conversation],
            [shown, box, refusal, send, halt],
            trigger_mode="once",
            **at_once,
        )
        clicked = ask_told.click(ordered, [told, conversation], [refusal, *page], **at_once)
        for asked in (typed, clicked):
            answered = asked.then(
                answer,
                [conversation],
                page,
                trigger_mode="multiple",
                concurrency_limit=CONCURRENT_ANSWERS,
                concurrency_id="answers",
                **{**private, "show_progress": "minimal"},
                show_progress_on=[shown],
            )
            answered.failure(refused, [conversation], page, **at_once)
        halt.click(stop, [conversation], [refusal, *page], **at_once)
        fresh.click(start_over, [conversation], [refusal, *page], **at_once)
        open_told.click(opened_again, [told, conversation], [refusal, *page], **at_once)
        rate_told.click(rated, [told, conversation], [refusal, shown], **at_once)
    demo.state_session_capacity = SESSIONS  # only `launch` takes it as an argument, and this is mounted
    return demo.queue(api_open=False, max_size=WAITING_ROOM, default_concurrency_limit=CONCURRENT_ANSWERS)


def tried(act: Callable[[], Any]) -> tuple[Any, str]:
    """What `act` returns and ""; or None and why the user's wish is refused."""
    try:
        return act(), ""
    except RecordRefused as refused:
        return None, f'<p class="cw-refusal">{escaped(str(refused))}</p>'


def _chat_options() -> dict[str, Any]:
    """Our messages are escaped and cleaned HTML; Gradio's own sanitiser stays on behind that."""
    return {
        "show_label": False,
        "container": False,
        "buttons": [],
        "feedback_options": None,
        "latex_delimiters": [],
        "sanitize_html": True,
        "allow_tags": False,
        "autoscroll": False,  # chat.js brings the question to the top instead, and leaves the reader in peace
        "scale": 1,
        "height": "100%",
    }


def _box_options() -> dict[str, Any]:
    return {
        "show_label": False,
        "label": "Your question",
        "placeholder": "Ask the articles",
        "container": False,
        "lines": 1,
        "max_lines": 6,
        "max_length": MAX_QUESTION_CHARS,
        "autofocus": True,
    }
