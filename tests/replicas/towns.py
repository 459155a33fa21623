"""Editions of a small collection: in each, every article says another figure and names its edition in every sentence."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOWNS = "Aldmere Brenwick Corvale Dunhaven Elmsford Farrowby Glenholt Harwick".split()
ABOUT = "bridge ferry theatre market station harbour library stadium".split()

_FIGURE = re.compile(r"\d{3},\d{3}")


@dataclass(frozen=True, slots=True)
class Edition:
    """The collection at one time. :param number: from 1; no figure of one edition is in another."""

    number: int

    def crowns(self, town: str) -> str:
        return f"{1000 * self.number + 37 * TOWNS.index(town) + 100_000:,}"

    def text(self, town: str) -> str:
        about, plan = ABOUT[TOWNS.index(town)], f"plan {self.number}"
        return (
            f"The council of {town} will spend {self.crowns(town)} crowns on the {about}, the mayor said of {plan}. "
            f"Work on the {about} begins in May under {plan}, the council of {town} said. "
            f"Under {plan} the {about} of {town} closes for a year."
        )

    def write(self, path: Path) -> None:
        records = [
            {"id": town, "title": f"{town} pays for its {about}", "text": self.text(town), "published": "2025-03-03"}
            for town, about in zip(TOWNS, ABOUT, strict=True)
        ]
        path.write_text("\n".join(map(json.dumps, records)) + "\n", encoding="utf-8")


def question(town: str) -> str:
    return f"How much will the council of {town} spend on the {ABOUT[TOWNS.index(town)]}?"


def wrong(town: str, answer: dict[str, Any], edition: Edition) -> str:
    """What is not as it must be of an answer from this edition; empty if all is."""
    quotes = [c for s in answer["sentences"] for c in s["citations"]]
    for piece, said in [(c, c["quote"]) for c in [*answer["citations"], *quotes]] + [(e, e["text"]) for e in answer["evidence"]]:
        if edition.text(piece["article_id"])[piece["start"] : piece["end"]] != said:
            return f"{said!r} is not in edition {edition.number}"
    if answer["abstained"]:
        return f"abstained: {answer['reason']}"
    figures = set(_FIGURE.findall(answer["text"]))
    if figures - {edition.crowns(town)} or (answer["model"] == "none" and not figures):  # a small model may leave it out
        return f"{edition.crowns(town)} is not what {answer['text']!r} says"
    if not any(citation["article_id"] == town for citation in answer["citations"]):
        return f"{town} is not cited"
    if any(not sentence["citations"] for sentence in answer["sentences"]):
        return "a sentence has no quote"
    return ""
