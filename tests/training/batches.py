"""Batches of questions with passages, put together on the device from the arrays of tests.training.prepare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

FIRST, LAST = 101, 102  #: the tokens [CLS] and [SEP]
#: in place of an answer's tokens, see tests.training.prepare
UNKNOWN, HEADLINE = 255, 254


@dataclass(frozen=True, slots=True)
class Inputs:
    """Rows of tokens, padded at their ends. `start`, `end`: the answer's tokens in the row, 0 where there is none."""

    ids: Tensor
    kinds: Tensor
    real: Tensor
    start: Tensor
    end: Tensor


class Data:
    """The arrays on the device, padded."""

    def __init__(self, arrays: Mapping[str, np.ndarray], device: torch.device) -> None:
        def on_device(values: np.ndarray) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(values)).to(device)

        padded = {n: _padded(arrays[n], arrays[f"{n}_starts"]) for n in ("titles", "passages", "questions", "changed")}
        self.tokens = {name: on_device(rows) for name, (rows, _) in padded.items()}
        self.lengths = {name: on_device(lengths) for name, (_, lengths) in padded.items()}
        self.article = on_device(arrays["article"]).long()
        self.target = on_device(arrays["target"]).long()
        self.changed_of = on_device(arrays["changed_of"]).long()
        self.sentence = on_device(arrays["sentence"]).long()
        self.headline = self.target[:, 1] == HEADLINE
        self.held_out = on_device(arrays["held_out"])[self.article[self.target[:, 0]]]
        self.device = device

    def inputs(
        self, questions: Tensor, question_lengths: Tensor, passages: Tensor, answers: Tensor, window: int,
        generator: torch.Generator, left_out: Tensor | None = None, headed: Tensor | None = None,
    ) -> Inputs:  # fmt: skip
        """[CLS] question [SEP] headline passage [SEP], of each passage a window of tokens that holds its answer.

        :param questions: (rows, tokens). :param passages: (rows,) numbers. :param answers: (rows, 2) first and last token of the
            answer in the passage, -1 for none.
        :param left_out: (rows, 2) tokens of the passage that are not read, half-open; headed: (rows,) whether the headline is.
        """
        rows = len(passages)
        lengths = self.lengths["passages"][passages]
        gone = torch.zeros(rows, 2, dtype=torch.long, device=self.device) if left_out is None else left_out
        lengths = lengths - (gone[:, 1] - gone[:, 0])
        first, last = answers[:, 0].clamp(min=0), torch.where(answers[:, 1] < 0, 0, answers[:, 1])
        low = (last - window + 1).clamp(min=0)
        high = torch.minimum(torch.where(answers[:, 0] < 0, lengths, first), (lengths - window).clamp(min=0))
        high = torch.maximum(high, low)
        chance = torch.rand(rows, device=self.device, generator=generator)
        begin = low + (chance * (high - low + 1)).long()
        at = begin[:, None] + torch.arange(window, device=self.device)
        inside = at < lengths[:, None]
        at = torch.where(at >= gone[:, :1], at + (gone[:, 1] - gone[:, 0])[:, None], at)
        text = self.tokens["passages"][passages[:, None], at.clamp(max=self.tokens["passages"].shape[1] - 1)]
        titles, title_lengths = self.tokens["titles"][self.article[passages]], self.lengths["titles"][self.article[passages]]
        title_lengths = title_lengths if headed is None else title_lengths * headed
        one = torch.ones(rows, 1, dtype=torch.bool, device=self.device)
        parts = [
            (torch.full((rows, 1), FIRST, device=self.device), one, 0),
            (questions, _within(questions, question_lengths), 0),
            (torch.full((rows, 1), LAST, device=self.device), one, 0),
            (titles, _within(titles, title_lengths), 1),
            (text, inside, 1),
            (torch.full((rows, 1), LAST, device=self.device), one, 1),
        ]
        ids = torch.cat([part.long() for part, _, _ in parts], 1)
        real = torch.cat([mask for _, mask, _ in parts], 1)
        kinds = torch.cat([torch.full_like(part, kind, dtype=torch.long) for part, _, kind in parts], 1)
        order = torch.argsort((~real).to(torch.uint8), dim=1, stable=True)
        longest = 16 * -(-int(real.sum(1).max()) // 16)
        ids, kinds, real = (values.gather(1, order)[:, :longest] for values in (ids, kinds, real))
        offset = 2 + question_lengths + title_lengths - begin
        has = answers[:, 0] >= 0
        start, end = (torch.where(has, answers[:, i] + offset, 0) for i in (0, 1))
        return Inputs(ids * real, kinds, real, start, end)


def _within(rows: Tensor, lengths: Tensor) -> Tensor:
    return torch.arange(rows.shape[1], device=rows.device) < lengths[:, None]


def _padded(flat: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.diff(starts).astype(np.int64)
    rows = np.zeros((len(lengths), max(1, int(lengths.max(initial=1)))), dtype=np.int32)
    inside = np.arange(rows.shape[1]) < lengths[:, None]
    rows[inside] = flat
    return rows, lengths
