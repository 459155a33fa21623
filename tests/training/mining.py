"""Passages that a first search takes for the answer and that are not: what a ranker must learn to tell apart.

The search is the one that Citewire has, in outline: cosine of all-MiniLM-L6-v2 and BM25 (Robertson and Zaragoza, 2009) over
tokens, each scaled to its best. Xiong et al., Approximate Nearest Neighbor Negative Contrastive Learning, ICLR 2021.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from tests.training.batches import FIRST, LAST, Data

DEPTH = 24
_K1, _B = 1.2, 0.75
_ROWS = 512
_VOCABULARY = 30522


@torch.no_grad()
def mined(data: Data, encode: Callable[[Tensor, Tensor, Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """:return: (questions, DEPTH): numbers of passages, best first; the question's own passage is there only if found. The
    right passage of each: for a question about a headline the best of its article."""
    headed, lengths = _headed(data)
    passages = _vectors(headed, lengths, encode)
    questions = _vectors(*_framed(data.tokens["questions"], data.lengths["questions"]), encode)
    weights = _bm25(headed, lengths)
    found, right = [], data.target[:, 0].clone()
    for i in range(0, len(questions), _ROWS):
        asked = torch.zeros(len(questions[i : i + _ROWS]), _VOCABULARY, device=data.device)
        ids = data.tokens["questions"][i : i + _ROWS].long()
        asked.scatter_(1, ids, 1.0)
        asked[:, 0] = 0.0
        words = torch.sparse.mm(weights, asked.T).T
        cosine = (questions[i : i + _ROWS] @ passages.T).float()
        both = cosine / cosine.amax(1, keepdim=True) + words / words.amax(1, keepdim=True).clamp(min=1e-6)
        found.append(both.topk(DEPTH, 1).indices)
        own = data.article[None, :] == data.article[right[i : i + _ROWS]][:, None]
        best = both.masked_fill(~own, -1.0).argmax(1)
        right[i : i + _ROWS] = torch.where(data.headline[i : i + _ROWS], best, right[i : i + _ROWS])
    return torch.cat(found), right


def _headed(data: Data) -> tuple[Tensor, Tensor]:
    """[CLS] headline passage [SEP] of every passage."""
    titles, title_lengths = data.tokens["titles"][data.article], data.lengths["titles"][data.article]
    rows = torch.cat([titles, data.tokens["passages"]], 1)
    inside = [torch.arange(t.shape[1], device=data.device) < n[:, None] for t, n in
              ((titles, title_lengths), (data.tokens["passages"], data.lengths["passages"]))]  # fmt: skip
    order = torch.argsort((~torch.cat(inside, 1)).to(torch.uint8), dim=1, stable=True)
    return _framed(rows.gather(1, order), title_lengths + data.lengths["passages"])


def _framed(rows: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """[CLS] and [SEP] around each row, and its length with them."""
    framed = F.pad(rows.long(), (1, 1))
    framed[:, 0] = FIRST
    places = torch.arange(framed.shape[1], device=rows.device)
    framed = torch.where(places == lengths[:, None] + 1, LAST, framed)
    return torch.where(places > lengths[:, None] + 1, 0, framed), lengths + 2


def _vectors(rows: Tensor, lengths: Tensor, encode: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Tensor:
    found = []
    for i in range(0, len(rows), _ROWS):
        ids = rows[i : i + _ROWS]
        real = torch.arange(ids.shape[1], device=ids.device) < lengths[i : i + _ROWS, None]
        x = encode(ids, torch.zeros_like(ids), real).float() * real[..., None]
        found.append(F.normalize(x.sum(1) / real.sum(1, keepdim=True), dim=1))
    return torch.cat(found)


def _bm25(rows: Tensor, lengths: Tensor) -> Tensor:
    """(passages, vocabulary), sparse."""
    real = torch.arange(rows.shape[1], device=rows.device) < lengths[:, None]
    number = torch.arange(len(rows), device=rows.device)[:, None].expand_as(rows)[real]
    counts = torch.sparse_coo_tensor(
        torch.stack([number, rows[real]]), torch.ones(len(number), device=rows.device), (len(rows), _VOCABULARY)
    ).coalesce()
    (where, word), times = counts.indices(), counts.values()
    documents = torch.bincount(word, minlength=_VOCABULARY).float()
    idf = torch.log(1 + (len(rows) - documents + 0.5) / (documents + 0.5))
    long = lengths.float() / lengths.float().mean()
    score = idf[word] * times * (_K1 + 1) / (times + _K1 * (1 - _B + _B * long[where]))
    return torch.sparse_coo_tensor(counts.indices(), score, counts.shape).coalesce()
