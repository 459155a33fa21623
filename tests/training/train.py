"""Train the reader of question and passage.

    python -m tests.training.train DATA.npz --weights model.safetensors --out READER.npz [--steps 6000] [--groups 64] [--seed 1]

Writes READER.npz (float16) and prints what it is worth on the articles held out. It runs on a GPU if there is one. In each group
one passage answers the question and seven were found for it and do not: the loss is listwise softmax (Cao et al., 2007) over the
group, and cross entropy of the answer's first and last token, which is the first token of all where there is no answer.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.training.batches import HEADLINE, UNKNOWN, Data, Inputs
from tests.training.mining import DEPTH, mined
from tests.training.model import Reader

NEGATIVES = 7
WINDOWS = (64, 110, 180)  #: tokens of a passage: it is read whole or in part
RATE, WARM, DECAY = 1.5e-4, 0.05, 0.01
#: share of groups whose right passage is read without the sentence that was asked about, if so many tokens are left of it: then
#: the story has to be known by what else it says. Share of groups that are read with headlines
LEFT_OUT, LEFT, HEADED = 0.4, 40, 0.5
#: what a passage itself weighs beside its article
PASSAGE = 0.5
#: of the loss of answers: passages that were found and do not answer are many and easy
FOUND_WEIGHT = 0.15
LAYERS = (0, 1, 2, 3, 4, 5)
_MASKED = -1e4


@dataclass(frozen=True, slots=True)
class Batch:
    """`passages` of each group: the right one first, then those found. `changed`: rows at the end without a group."""

    inputs: Inputs
    groups: int
    same: Tensor  #: (groups, NEGATIVES): of the same article
    unsure: Tensor  #: (groups, NEGATIVES): the answer's words stand there too
    spanned: Tensor  #: (groups,): the answer's place is known


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="READER")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--groups", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(args.seed)
    torch.backends.cuda.matmul.allow_tf32 = True
    weights = {name: value.to(device) for name, value in read_weights(args.weights).items()}
    with np.load(args.data) as arrays:
        data = Data(dict(arrays), device)
    print(f"{len(data.article)} passages, {len(data.target)} questions, {len(data.changed_of)} changed", flush=True)
    started = time.monotonic()
    untrained = Reader(weights, LAYERS).to(device)

    def encode(ids: Tensor, kinds: Tensor, real: Tensor) -> Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            return untrained.encode(ids, kinds, real)

    found, right = mined(data, encode)
    sampler = Sampler(data, found, right, args.seed)
    print(f"mined in {time.monotonic() - started:.0f} s; {sampler.usable.shape[0]} to train on", flush=True)
    reader = Reader(weights, LAYERS).to(device)
    train(reader, sampler, args.steps, args.groups)
    save(reader, args.out)
    report(reader, sampler)


class Sampler:
    """Draws groups of the questions whose right passage the first search found."""

    def __init__(self, data: Data, found: Tensor, right: Tensor, seed: int) -> None:
        self.data, self.found = data, found
        self.right = right
        self.spans = torch.where(data.target[:, 1:] >= HEADLINE, -1, data.target[:, 1:])
        self.unsure = torch.cat([self._says(i, min(i + 4096, len(found))) for i in range(0, len(found), 4096)])
        hit = (found == self.right[:, None]).any(1)
        self.usable = torch.nonzero(hit & ~data.held_out)[:, 0]
        self.tested = torch.nonzero(hit & data.held_out & (self.spans[:, 0] >= 0))[:, 0]
        self.changed = torch.nonzero(~data.held_out[data.changed_of])[:, 0]
        self.tested_changed = torch.nonzero(data.held_out[data.changed_of])[:, 0]
        self.generator = torch.Generator(device=data.device)
        self.generator.manual_seed(seed)

    def batch(self, groups: int) -> Batch:
        window = WINDOWS[int(torch.randint(len(WINDOWS), (1,), generator=self.generator, device=self.data.device))]
        asked = self._drawn(self.usable, groups)
        chance = torch.rand(groups, DEPTH, generator=self.generator, device=self.data.device)
        chance -= torch.arange(DEPTH, device=self.data.device) / (2 * DEPTH)  # the best found a little more often
        chance[self.found[asked] == self.right[asked, None]] = -9.0
        drawn = chance.topk(NEGATIVES, 1).indices
        others = self.found[asked].gather(1, drawn)
        passages = torch.cat([self.right[asked, None], others], 1)
        changed = self._drawn(self.changed, groups // 2)
        of = self.data.changed_of[changed]
        questions = asked.repeat_interleave(NEGATIVES + 1)
        chance = torch.rand(groups, 2, generator=self.generator, device=self.data.device)
        sentence = self.data.sentence[asked]
        enough = self.data.lengths["passages"][self.right[asked]] - (sentence[:, 1] - sentence[:, 0]) > LEFT
        cut = (chance[:, 0] < LEFT_OUT) & (sentence[:, 0] != UNKNOWN) & enough
        spanned = (self.spans[asked, 0] >= 0) & ~cut
        spans = torch.full((groups, NEGATIVES + 1, 2), -1, device=self.data.device)
        spans[:, 0] = torch.where(spanned[:, None], self.spans[asked], -1)
        left_out = torch.zeros(len(questions) + len(changed), 2, dtype=torch.long, device=self.data.device)
        left_out[: len(questions) : NEGATIVES + 1, 0] = torch.where(cut, sentence[:, 0], 0)
        left_out[: len(questions) : NEGATIVES + 1, 1] = torch.where(cut, sentence[:, 1] + 1, 0)
        of_group = (chance[:, 1] < HEADED) & ~self.data.headline[asked]
        headed = torch.rand(len(left_out), generator=self.generator, device=self.data.device) < HEADED
        headed[: len(questions)] = of_group.repeat_interleave(NEGATIVES + 1)
        tokens, lengths = self.data.tokens, self.data.lengths
        inputs = self.data.inputs(
            torch.cat([_wide(tokens["questions"][questions]), _wide(tokens["changed"][changed])]),
            torch.cat([lengths["questions"][questions], lengths["changed"][changed]]),
            torch.cat([passages.flatten(), self.right[of]]),
            torch.cat([spans.view(-1, 2), self.spans[of]]),
            window,
            self.generator,
            left_out,
            headed.long(),
        )
        inputs.start[len(questions) :] = 0
        inputs.end[len(questions) :] = 0
        same = self.data.article[others] == self.data.article[self.right[asked]][:, None]
        return Batch(inputs, groups, same, self.unsure[asked].gather(1, drawn), spanned)

    def _drawn(self, numbers: Tensor, count: int) -> Tensor:
        return numbers[torch.randint(len(numbers), (count,), generator=self.generator, device=self.data.device)]

    def _says(self, first: int, last: int) -> Tensor:
        """(questions, DEPTH): whether the words of the answer stand in a passage that was found."""
        start, end = self.spans[first:last].T
        length = (end - start + 1).clamp(max=6)
        passages = self.data.tokens["passages"]
        at = (start.clamp(min=0)[:, None] + torch.arange(6, device=passages.device)).clamp(max=passages.shape[1] - 1)
        answer = passages[self.right[first:last, None], at]
        there = passages[self.found[first:last]]
        equal = torch.ones_like(there, dtype=torch.bool)
        for i in range(6):
            shifted = F.pad(there, (0, i))[..., i:]
            equal &= (shifted == answer[:, i, None, None]) | (length[:, None, None] <= i)
        return equal.any(2) & (start >= 0)[:, None]


def train(reader: Reader, sampler: Sampler, steps: int, groups: int) -> None:
    parameters = [p for p in reader.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY, betas=(0.9, 0.98))
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (WARM * steps), max(0.0, (steps - step) / (steps * (1 - WARM))))
    )
    reader.train()
    started, told = time.monotonic(), []
    device = sampler.data.device
    for step in range(steps):
        batch = sampler.batch(groups)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            scores = reader(batch.inputs.ids, batch.inputs.kinds, batch.inputs.real)
        value, parts = losses(scores, batch)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        rate.step()
        told.append(parts)
        if step % 200 == 199:
            mean = torch.stack(told).mean(0).tolist()
            print(f"{step + 1:5} {time.monotonic() - started:5.0f} s  " + " ".join(f"{m:.3f}" for m in mean), flush=True)
            told = []


def losses(scores: tuple[Tensor, Tensor, Tensor], batch: Batch) -> tuple[Tensor, Tensor]:
    """:return: the loss, and its parts: articles, passages, answers, found, changed."""
    relevance, start, end = scores
    grouped = relevance[: batch.groups * (NEGATIVES + 1)].view(batch.groups, -1)
    right = torch.zeros(batch.groups, dtype=torch.long, device=grouped.device)
    every = grouped.masked_fill(F.pad(batch.unsure, (1, 0)), _MASKED)
    elsewhere = every.masked_fill(F.pad(batch.same, (1, 0)), _MASKED)
    article, passage = F.cross_entropy(elsewhere, right), F.cross_entropy(every, right)
    inputs = batch.inputs
    each = sum(
        F.cross_entropy(score.masked_fill(~inputs.real, _MASKED), wanted, reduction="none")
        for score, wanted in ((start, inputs.start), (end, inputs.end))
    )
    of_groups = each[: grouped.numel()].view(batch.groups, -1)
    answer = (of_groups[:, 0] * batch.spanned).sum() / batch.spanned.sum()
    sure = ~batch.unsure & batch.spanned[:, None]
    found = (of_groups[:, 1:] * sure).sum() / sure.sum()
    changed = each[grouped.numel() :].mean()
    total = article + PASSAGE * passage + 0.5 * (answer + changed) + FOUND_WEIGHT * found
    return total, torch.stack([article, passage, answer, found, changed]).detach()


@torch.no_grad()
def report(reader: Reader, sampler: Sampler) -> None:
    """Of the articles held out: how often the right article and passage are first, how often the answer is met, and how well
    changed questions are told from their originals."""
    reader.eval()
    asked = sampler.tested[:: max(1, len(sampler.tested) // 1500)]
    data, depth = sampler.data, 16
    article = {"found": 0.0, "read": 0.0, "both": 0.0}
    met, real = [], []
    for i in range(0, len(asked), 32):
        part = asked[i : i + 32]
        passages = sampler.found[part][:, :depth]
        relevance, _, _ = _read(reader, sampler, part.repeat_interleave(depth), "questions", passages.flatten(), None)
        relevance = relevance.view(len(part), depth)
        right = data.article[passages] == data.article[sampler.right[part]][:, None]
        place = -torch.arange(depth, device=data.device).float()
        for name, score in (("found", place.expand_as(relevance)), ("read", relevance), ("both", relevance + place / 3)):
            article[name] += float(right.gather(1, score.argmax(1, keepdim=True)).sum())
        _, inputs, best = _read(reader, sampler, part, "questions", sampler.right[part], sampler.spans[part])
        met.append((best[0] <= inputs.end) & (inputs.start <= best[1]))
        real.append(best[2])
    numbers = sampler.tested_changed[:: max(1, len(sampler.tested_changed) // 1500)]
    of = data.changed_of[numbers]
    _, _, other = _read(reader, sampler, numbers, "changed", sampler.right[of], sampler.spans[of])
    mine, theirs = torch.cat(real), other[2]
    auc = float((mine[:, None] > theirs[None, :]).float().mean())
    told = " ".join(f"{name} {value / len(asked):.3f}" for name, value in article.items())
    print(f"n={len(asked)}: article first: {told}; answer met {float(torch.cat(met).float().mean()):.3f}; "
          f"changed from original AUC {auc:.3f}", flush=True)  # fmt: skip


def _read(
    reader: Reader, sampler: Sampler, asked: Tensor, kind: str, passages: Tensor, spans: Tensor | None
) -> tuple[Tensor, Inputs, tuple[Tensor, Tensor, Tensor]]:
    """relevance, what was read, and the best answer: first token, last token, by how much it is better than none."""
    data = sampler.data
    spans = torch.full((len(passages), 2), -1, device=data.device) if spans is None else spans
    question = _wide(data.tokens[kind][asked])
    inputs = data.inputs(question, data.lengths[kind][asked], passages, spans, 180, sampler.generator)
    with torch.autocast(data.device.type, torch.bfloat16, enabled=data.device.type == "cuda"):
        relevance, start, end = reader(inputs.ids, inputs.kinds, inputs.real)
    allowed = (inputs.kinds == 1) & inputs.real
    start_, end_ = (s.masked_fill(~allowed, _MASKED) for s in (start, end))
    first, last = start_.argmax(1), end_.argmax(1)
    margin = start_.amax(1) + end_.amax(1) - start[:, 0] - end[:, 0]
    return relevance, inputs, (first, last, margin)


def _wide(rows: Tensor, width: int = 28) -> Tensor:
    return F.pad(rows, (0, width - rows.shape[1]))


def read_weights(path: Path) -> Mapping[str, Tensor]:
    from safetensors.torch import load_file

    return load_file(path)


def save(reader: Reader, path: Path) -> None:
    kept = {n: p.detach().half().cpu().numpy() for n, p in reader.named_parameters() if p.requires_grad}
    np.savez(path, **kept)
    print(f"{path.name}: {sum(p.size for p in kept.values()) / 1e6:.1f} million parameters", flush=True)


if __name__ == "__main__":
    main()
