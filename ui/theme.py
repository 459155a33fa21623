"""Gradio's theme: system fonts, so that no font is fetched, and our colours, which live in `static/citewire.css`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr

STYLES = ("citewire", "chat", "panel", "drawer")
SCRIPTS = ("reader", "wire", "citations", "copying", "store", "drawer", "opinions", "spoken", "help", "chat")
#: Gradio's variables that our stylesheet decides, in light and dark alike
OURS = {
    "body_background_fill": "--cw-page",
    "body_text_color": "--cw-ink",
    "body_text_color_subdued": "--cw-soft",
    "background_fill_primary": "--cw-page",
    "background_fill_secondary": "--cw-raised",
    "border_color_primary": "--cw-line",
    "block_background_fill": "--cw-page",
    "input_background_fill": "--cw-raised",
    "input_border_color": "--cw-line",
    "input_placeholder_color": "--cw-soft",
    "button_primary_background_fill": "--cw-accent",
    "button_primary_background_fill_hover": "--cw-accent",
    "button_primary_text_color": "--cw-on-accent",
    "button_secondary_background_fill": "--cw-raised",
    "button_secondary_background_fill_hover": "--cw-raised",
    "button_secondary_text_color": "--cw-ink",
}


def theme() -> gr.themes.Base:
    """The theme; nothing of it comes from outside."""
    import gradio as gr

    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    mono = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]
    values = {}
    for name, variable in OURS.items():
        values[name] = values[f"{name}_dark"] = f"var({variable})"
    return gr.themes.Base(font=fonts, font_mono=mono).set(**values)


def head() -> str:
    """What the chat page loads of ours, in this order; each file is a classic script that adds to `window.Citewire`."""
    styles = "".join(f'<link rel="stylesheet" href="ui/{name}.css">' for name in STYLES)
    return styles + "".join(f'<script src="ui/{name}.js" defer></script>' for name in SCRIPTS)
