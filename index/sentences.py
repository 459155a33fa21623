"""Where sentences begin and end, as exact character offsets.

sentencex knows abbreviations ("Mr.", "U.S."), which LlamaIndex's untrained Punkt does not. It looks for full stops, so lines
without one (headlines, bylines, list items) would run into the next line: a line break ends a sentence here too, except in
text that was wrapped by a mailer or an editor, where it means nothing.
"""

from __future__ import annotations

import re

_LINE = re.compile(r"[^\n]+")
_PARAGRAPH = re.compile(r"(?:[^\n]|\n(?!\s*\n))+")
_HALF_PAIR = re.compile("[\ud800-\udfff]")  # of surrogates, which a question may hold and sentencex refuses
_TERMINATORS = ".!?:;\"'”’)…"


def sentence_spans(text: str, language: str = "en") -> list[tuple[int, int]]:
    """Split a text into sentences.

    :return: (start, end) of each sentence in order, without surrounding white space, none of them empty; every character of
        the text that is not white space lies in exactly one.
    """
    import sentencex  # a compiled module: only loaded where text is split

    blocks = _PARAGRAPH if is_hard_wrapped(text) else _LINE
    spans = []
    for block in blocks.finditer(text):
        offset = block.start()
        for boundary in sentencex.get_sentence_boundaries(language, _HALF_PAIR.sub("\ufffd", block.group())):
            span = _trim(text, offset + boundary["start_index"], offset + boundary["end_index"])
            if span:
                spans.append(span)
    return spans


def is_hard_wrapped(text: str) -> bool:
    """True if line breaks inside paragraphs are only layout: most lines are of one width and stop in mid-sentence."""
    lines = [line.rstrip() for paragraph in re.split(r"\n\s*\n", text) for line in paragraph.split("\n")[:-1] if line.strip()]
    if len(lines) < 3:
        return False
    open_ended = sum(line[-1] not in _TERMINATORS for line in lines)
    of_width = sum(50 <= len(line) <= 100 for line in lines)
    return open_ended > 0.6 * len(lines) and of_width > 0.8 * len(lines)


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
