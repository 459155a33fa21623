"""What the answer model reads: the best sentences with their neighbours, a few hundred tokens in all.

On two cores a prompt costs more than an answer (about 60 tokens read a second), so whole passages would cost the user seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.selection import Candidate
from assistant.types import Evidence
from index.sentences import sentence_spans

#: characters of all excerpts together, about 250 tokens
MAX_CHARS = 1100
#: the same for a summary, a list, a timeline or a comparison
FORM_CHARS = 1800


def excerpts(
    candidates: Sequence[Candidate], max_chars: int = MAX_CHARS, shown: Callable[[str], bool] = lambda text: True
) -> tuple[Evidence, ...]:
    """
    :param candidates: sentences, best first. :param shown: False for a neighbour that is not to be read.
    :return: slices of their evidence, numbered from 1, in order of first choice.
    """
    chosen: dict[int, tuple[Evidence, list[tuple[int, int]], set[int]]] = {}
    used = 0
    for candidate in candidates:
        item = candidate.evidence
        if item.number not in chosen:
            chosen[item.number] = (item, sentence_spans(item.text), set())
        _, spans, picked = chosen[item.number]
        at = next(i for i, (start, _) in enumerate(spans) if item.start + start == candidate.start)
        near = [i for i in (at, at - 1, at + 1) if 0 <= i < len(spans) and i not in picked]
        window = [i for i in near if i == at or shown(item.text[spans[i][0] : spans[i][1]])]
        for i in window:
            length = spans[i][1] - spans[i][0]
            if used and used + length > max_chars:
                break
            picked.add(i)
            used += length
        if used >= max_chars * 0.9:
            break
    slices = [part for item, spans, picked in chosen.values() for part in _runs(item, spans, sorted(picked))]
    return tuple(replace(part, number=number) for number, part in enumerate(slices, start=1))


def _runs(item: Evidence, spans: Sequence[tuple[int, int]], picked: Sequence[int]) -> list[Evidence]:
    """Neighbouring sentences as one slice each."""
    runs: list[list[int]] = []
    for i in picked:
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return [_slice(item, spans[run[0]][0], spans[run[-1]][1]) for run in runs]


def _slice(item: Evidence, start: int, end: int) -> Evidence:
    return replace(item, start=item.start + start, end=item.start + end, text=item.text[start:end])
