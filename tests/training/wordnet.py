"""Words of the opposite and of the same meaning, read from the files of WordNet 3.0 (Debian: `wordnet-base`).

The format is described in wndb(5WN). Miller, WordNet: A Lexical Database for English, Communications of the ACM 38, 1995.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_FILES = {"n": "noun", "v": "verb", "a": "adj"}


class WordNet:
    """:param folder: with data.noun, index.noun and so on."""

    def __init__(self, folder: Path) -> None:
        self._opposite: dict[tuple[str, str], list[str]] = {}
        self._same: dict[tuple[str, str], list[str]] = {}
        for kind, name in _FILES.items():
            synsets = {offset: (words, pointers) for offset, words, pointers in _synsets(folder / f"data.{name}")}
            for words, pointers in synsets.values():
                for offset, source, target in pointers:
                    if offset in synsets:
                        self._opposite.setdefault((words[source - 1], kind), []).append(synsets[offset][0][target - 1])
            for word, first in _first_senses(folder / f"index.{name}"):
                others = [w for w in synsets[first][0] if w != word and w.isalpha()]
                if others:
                    self._same[word, kind] = others

    def opposites(self, word: str, kind: str) -> list[str]:
        """:param kind: "n", "v" or "a"."""
        return self._opposite.get((word, kind), [])

    def synonyms(self, word: str, kind: str) -> list[str]:
        """Of its commonest sense."""
        return self._same.get((word, kind), [])


def _lines(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8") as lines:
        yield from (line.split("|")[0].split() for line in lines if not line.startswith("  "))


def _synsets(path: Path) -> Iterator[tuple[str, list[str], list[tuple[str, int, int]]]]:
    """offset, words, and of each pointer to an opposite (offset, number of the word here, number of the word there)."""
    for fields in _lines(path):
        count = int(fields[3], 16)
        words = [fields[4 + 2 * i].split("(")[0].lower() for i in range(count)]
        at = 4 + 2 * count
        pointers = [fields[at + 1 + 4 * i : at + 5 + 4 * i] for i in range(int(fields[at]))]
        yield fields[0], words, [(p[1], int(p[3][:2], 16), int(p[3][2:], 16)) for p in pointers if p[0] == "!" and p[3] != "0000"]


def _first_senses(path: Path) -> Iterator[tuple[str, str]]:
    for fields in _lines(path):
        pointers = int(fields[3])
        yield fields[0], fields[6 + pointers]
