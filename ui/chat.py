"""The chat as Gradio Blocks: one column, one question box, a stop button; answers stream through Gradio's queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ui.conversation import Conversation, answering
from ui.frontpage import status, status_html, suggested, welcome_html
from ui.markup import escaped

if TYPE_CHECKING:
    import gradio as gr

    from assistant.assistant import Assistant

MAX_QUESTION_CHARS = 1000
CONCURRENT_ANSWERS = 4
WAITING_ROOM = 32  #: questions that may wait; the next one is told that the server is busy


def build_chat(assistant: Assistant, title: str, suggestions: Sequence[str] = ()) -> gr.Blocks:
    """:param suggestions: questions for the first screen; without any, they are made from the newest headlines."""
    import gradio as gr

    def opened() -> tuple[str, Any]:
        state = status(assistant)
        return status_html(state), gr.update(placeholder=welcome_html(state, suggested(assistant, suggestions)))

    def ask(question: str, conversation: Conversation) -> Iterator[tuple[Any, ...]]:
        """One question. A generator: Gradio closes it when the page is closed, and that stops the model."""
        question = question.strip()[:MAX_QUESTION_CHARS]
        if not question:
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        emptied: Any = ""
        for messages in answering(assistant, conversation, question):
            yield messages, emptied, gr.update(visible=False), gr.update(visible=True)
            emptied = gr.skip()  # only once: the next question may be typed meanwhile
        yield gr.skip(), gr.skip(), gr.update(visible=True), gr.update(visible=False)

    def stop(conversation: Conversation) -> None:
        conversation.stopped = True

    def start_over(conversation: Conversation) -> list[Any]:
        conversation.stopped = True
        conversation.turns.clear()
        return []

    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    with gr.Blocks(title=title, fill_height=True, analytics_enabled=False) as demo:
        conversation = gr.State(Conversation())
        # gr.HTML evaluates its template as a script, which the CSP forbids; Markdown is sanitised besides
        with gr.Row(elem_id="cw-header"):
            gr.Markdown(f"<h1>{escaped(title)}</h1>", elem_id="cw-title")
            line = gr.Markdown("", elem_id="cw-status")
            fresh = gr.Button("New conversation", elem_id="cw-new", size="sm")
        shown = gr.Chatbot(elem_id="cw-chat", **_chat_options())
        with gr.Row(elem_id="cw-ask-row"):
            box = gr.Textbox(elem_id="cw-box", **_box_options())
            send = gr.Button("Ask", elem_id="cw-send", variant="primary", scale=0)
            halt = gr.Button("Stop", elem_id="cw-stop", variant="stop", scale=0, visible=False)
        demo.load(opened, None, [line, shown], queue=False, **private)
        gr.on(
            [box.submit, send.click],
            ask,
            [box, conversation],
            [shown, box, send, halt],
            trigger_mode="once",
            concurrency_limit=CONCURRENT_ANSWERS,
            **{**private, "show_progress": "minimal"},
            show_progress_on=[shown],
        )
        halt.click(stop, [conversation], None, queue=False, **private)
        fresh.click(start_over, [conversation], [shown], queue=False, **private)
    return demo.queue(api_open=False, max_size=WAITING_ROOM, default_concurrency_limit=CONCURRENT_ANSWERS)


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
