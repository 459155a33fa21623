"""The reader of a question together with a passage, as torch trains it.

BERT's layers (Devlin et al., 2019) as they are in all-MiniLM-L6-v2 (Wang et al., MiniLM, 2020), with two heads: how relevant the
passage is, from the first token, and where an answer begins and ends, from every token; pointing at the first token says that
there is none (as in SQuAD 2.0's baselines). The embedding table is never trained: whoever runs the reader has it already.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HIDDEN, HEADS, WIDE, EPSILON = 384, 12, 1536, 1e-12


class Layer(nn.Module):
    """Self-attention and a feed-forward network, each normalised after its residual."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.mixed = (nn.Linear(HIDDEN, HIDDEN) for _ in range(4))
        self.wide, self.narrow = nn.Linear(HIDDEN, WIDE), nn.Linear(WIDE, HIDDEN)
        self.after_attention, self.after = nn.LayerNorm(HIDDEN, EPSILON), nn.LayerNorm(HIDDEN, EPSILON)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        rows, tokens, _ = x.shape

        def split(part: Tensor) -> Tensor:
            return part.view(rows, tokens, HEADS, HIDDEN // HEADS).transpose(1, 2)

        mixed = F.scaled_dot_product_attention(split(self.query(x)), split(self.key(x)), split(self.value(x)), attn_mask=mask)
        x = self.after_attention(x + self.mixed(mixed.transpose(1, 2).reshape(rows, tokens, HIDDEN)))
        return self.after(x + self.narrow(F.gelu(self.wide(x))))


#: name in `Layer` -> name in the publisher's file
NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mixed": "attention.output.dense",
    "after_attention": "attention.output.LayerNorm",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "after": "output.LayerNorm",
}


class Reader(nn.Module):
    """:param layers: which of the original's layers it begins with, e.g. (0, 2, 4)."""

    def __init__(self, weights: Mapping[str, Tensor], layers: tuple[int, ...]) -> None:
        super().__init__()
        self.word, self.position, self.kind = (
            nn.Embedding.from_pretrained(weights[f"embeddings.{name}_embeddings.weight"].float(), freeze=True)
            for name in ("word", "position", "token_type")
        )
        self.normalised = nn.LayerNorm(HIDDEN, EPSILON)
        _copy(self.normalised, weights, "embeddings.LayerNorm")
        self.layers = nn.ModuleList(Layer() for _ in layers)
        for layer, number in zip(self.layers, layers, strict=True):
            for name, theirs in NAMES.items():
                _copy(getattr(layer, name), weights, f"encoder.layer.{number}.{theirs}")
        self.relevance, self.span = nn.Linear(HIDDEN, 1), nn.Linear(HIDDEN, 2)

    def encode(self, ids: Tensor, kinds: Tensor, real: Tensor) -> Tensor:
        """:param ids, kinds, real: (rows, tokens). :return: (rows, tokens, HIDDEN)"""
        places = torch.arange(ids.shape[1], device=ids.device)
        x = self.normalised(self.word(ids) + self.position(places) + self.kind(kinds))
        mask = real[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask)
        return x

    def forward(self, ids: Tensor, kinds: Tensor, real: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """:return: relevance (rows,), and scores of the answer's first and last token (rows, tokens)."""
        x = self.encode(ids, kinds, real).float()
        span = self.span(x)
        return self.relevance(x[:, 0])[:, 0], span[..., 0], span[..., 1]


def _copy(to: nn.Module, weights: Mapping[str, Tensor], name: str) -> None:
    with torch.no_grad():
        to.weight.copy_(weights[f"{name}.weight"])  # type: ignore[operator, union-attr]
        to.bias.copy_(weights[f"{name}.bias"])  # type: ignore[operator, union-attr]
