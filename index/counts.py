"""How often each term stands in each passage, kept in a generation so that the next one counts only what is new in it."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_NAME = "counts.npz"


@dataclass(frozen=True, slots=True)
class Counts:
    """A sparse matrix of terms and documents. Its cells are sorted by term, then by document."""

    vocabulary: Mapping[str, int]  #: term -> its number
    documents: int
    term: np.ndarray  #: int32 of shape (cells,)
    document: np.ndarray  #: int32 of shape (cells,)
    frequency: np.ndarray  #: int32 of shape (cells,), from 1

    def lengths(self) -> np.ndarray:
        """:return: number of terms in each document, of shape (documents,)."""
        return np.bincount(self.document, weights=self.frequency, minlength=self.documents)

    def summed(self, group_of: np.ndarray, groups: int) -> Counts:
        """The same for groups of documents. :param group_of: group of each document, ascending."""
        group = group_of[self.document]
        is_first = np.flatnonzero(np.diff(self.term, prepend=-1).astype(bool) | np.diff(group, prepend=-1).astype(bool))
        frequency = np.add.reduceat(self.frequency, is_first) if len(is_first) else self.frequency
        return Counts(self.vocabulary, groups, self.term[is_first], group[is_first].astype(np.int32), frequency)

    def moved(self, number_of: np.ndarray, documents: int) -> Counts:
        """Other numbers for the documents.

        :param number_of: the new number of each document, -1 for one that goes. Those that stay keep their order.
        """
        stays = number_of[self.document] >= 0
        document = number_of[self.document[stays]].astype(np.int32)
        return Counts(self.vocabulary, documents, self.term[stays], document, self.frequency[stays])

    def with_documents(self, texts: Iterable[tuple[int, Sequence[str]]]) -> Counts:
        """:param texts: number and terms of documents that have none yet. Terms that no document has any more are left out."""
        vocabulary: defaultdict[str, int] = defaultdict(None, self.vocabulary)
        vocabulary.default_factory = vocabulary.__len__  # a new term gets the next number
        numbers, documents, lengths = array("i"), array("i"), array("i")
        for number, terms in texts:
            numbers.extend(map(vocabulary.__getitem__, terms))
            documents.append(number)
            lengths.append(len(terms))
        cells = np.frombuffer(numbers, dtype=np.int32).astype(np.int64) * self.documents
        cells += np.repeat(np.frombuffer(documents, dtype=np.int32), np.frombuffer(lengths, dtype=np.int32))
        cells, frequency = np.unique(cells, return_counts=True)
        places = np.searchsorted(self.term.astype(np.int64) * self.documents + self.document, cells)
        term, document = np.divmod(cells, self.documents) if self.documents else (cells, cells)
        joined = Counts(
            vocabulary,
            self.documents,
            np.insert(self.term, places, term.astype(np.int32)),
            np.insert(self.document, places, document.astype(np.int32)),
            np.insert(self.frequency, places, frequency.astype(np.int32)),
        )
        return joined._without_unused_terms()

    def _without_unused_terms(self) -> Counts:
        used = np.bincount(self.term, minlength=len(self.vocabulary)) > 0
        if used.all():
            return self
        renumbered = np.cumsum(used, dtype=np.int32) - 1
        vocabulary = {term: int(renumbered[number]) for term, number in self.vocabulary.items() if used[number]}
        return Counts(vocabulary, self.documents, renumbered[self.term].astype(np.int32), self.document, self.frequency)


def no_counts(documents: int) -> Counts:
    """Documents without a term."""
    empty = np.zeros(0, dtype=np.int32)
    return Counts({}, documents, empty, empty, empty)


def save_counts(folder: Path, counts: Counts) -> None:
    """Write what `load_counts` reads. The vocabulary is written in the order of its numbers."""
    words = np.frombuffer("\n".join(counts.vocabulary).encode("utf-8", "surrogatepass"), dtype=np.uint8)
    starts = np.searchsorted(counts.term, np.arange(len(counts.vocabulary) + 1)).astype(np.int64)
    np.savez(folder / _NAME, words=words, starts=starts, document=counts.document, frequency=_small(counts.frequency))


def load_counts(folder: Path, documents: int) -> Counts | None:
    """None where an earlier version of Citewire kept none."""
    path = folder / _NAME
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as found:
        text, starts = found["words"].tobytes().decode("utf-8", "surrogatepass"), found["starts"]
        vocabulary = {term: number for number, term in enumerate(text.split("\n") if len(starts) > 1 else ())}
        term = np.repeat(np.arange(len(vocabulary), dtype=np.int32), np.diff(starts))
        return Counts(vocabulary, documents, term, found["document"], found["frequency"].astype(np.int32))


def _small(frequency: np.ndarray) -> np.ndarray:
    """In the smallest type that holds it: one byte, but for the rarest texts."""
    return frequency.astype(np.min_scalar_type(int(frequency.max(initial=0))))
