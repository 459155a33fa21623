"""The table of the support check: `python tests/bench/support.py DIR [--embeddings]`, DIR with `sentences.jsonl`.

Rows {sentence, article, supported, source}. Prints AUC and balanced accuracy whole, by source, without each part, for plain
word overlap beside it, and the time. `--embeddings` adds the cosine of the encoder as a second opinion on wording.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from assistant.grounding import support  # noqa: E402
from assistant.grounding.features import Comparison, compare  # noqa: E402
from assistant.grounding.objections import objections  # noqa: E402
from assistant.grounding.support_weights import BIAS, WEIGHTS  # noqa: E402
from assistant.grounding.words import source_of, words_of  # noqa: E402

Row = dict[str, str]


def auc(scores: np.ndarray, gold: np.ndarray) -> float:
    """The chance that a supported sentence scores above one that is not."""
    yes, no = scores[gold][:, None], scores[~gold][None, :]
    return float((yes > no).mean() + 0.5 * (yes == no).mean())


def line(name: str, scores: np.ndarray, gold: np.ndarray, threshold: float = 0.5) -> None:
    said = scores >= threshold
    kept, caught = said[gold].mean(), (~said[~gold]).mean()
    balanced = (kept + caught) / 2
    print(f"| {name:34s} | {auc(scores, gold):.3f} | {balanced:.3f} | {kept:.3f} | {caught:.3f} |")


def without(feature: str, comparisons: list[Comparison], refused: np.ndarray) -> np.ndarray:
    """Scores with one feature held at its mean."""
    x = np.array([[getattr(c.features, name) for name in WEIGHTS] for c in comparisons])
    column = list(WEIGHTS).index(feature)
    x[:, column] = x[:, column].mean()
    scores = 1 / (1 + np.exp(-(x @ np.array(list(WEIGHTS.values())) + BIAS)))
    return np.where(refused, 0.45 * scores, scores)


def cosine(texts: list[str]) -> Callable[[str, str], float]:
    """The similarity of two of these texts by the default encoder, all embedded at once."""
    from index.encoder import default_encoder

    distinct = sorted(set(texts))
    vectors = dict(zip(distinct, default_encoder().encode_passages(distinct), strict=True))
    return lambda sentence, text: float(vectors[sentence] @ vectors[text])


def compared_texts(row: Row) -> list[str]:
    """The two texts whose similarity `supports` asks for."""
    asked: list[str] = []
    support.supports(row["sentence"], row["article"], lambda *pair: asked.extend(pair) or 0.0)
    return asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--embeddings", action="store_true")
    args = parser.parse_args()
    with (args.dir / "sentences.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(row) for row in lines]
    gold = np.array([row["supported"] for row in rows])
    sources = np.array([row.get("source", "") for row in rows])
    seconds, scores = [], []
    for row in rows:
        started = time.process_time()
        scores.append(support.supports(row["sentence"], row["article"]).score)
        seconds.append(time.process_time() - started)
    whole = np.array(scores)
    print(f"| {len(rows)} sentences, {statistics.median(seconds) * 1e3:.1f} ms each | AUC | balanced | kept | caught |")
    print("|---|---|---|---|---|")
    line("supports()", whole, gold)
    for source in sorted(set(sources)):
        line(f"  {source} only", whole[sources == source], gold[sources == source])
    comparisons = [compare(words_of(row["sentence"]), source_of(row["article"])) for row in rows]
    refused = np.array([bool(objections(c)) for c in comparisons])
    line("without objections", np.array([support.probability(c) for c in comparisons]), gold)
    for feature in WEIGHTS:
        line(f"without {feature}", without(feature, comparisons, refused), gold)
    overlap = np.array([np.mean([c.words.keys[i] in c.source.places for i in c.alignment.content] or [0]) for c in comparisons])
    line("plain overlap of content words", overlap, gold, 0.8)
    if args.embeddings:
        similarity = cosine([text for row in rows for text in compared_texts(row)])
        seen = np.array([support.supports(row["sentence"], row["article"], similarity).score for row in rows])
        line("supports() with embeddings", seen, gold)


if __name__ == "__main__":
    main()
