"""Counts that are taken over from a generation to the next are those of counting everything anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from index.counts import Counts, load_counts, no_counts, save_counts

#: documents by name; their numbers follow the order of names, as in a generation
COLLECTION = st.dictionaries(st.integers(0, 30), st.lists(st.sampled_from("herring ferry u.s £3m 橋 fleet".split()), max_size=6))


def as_dict(counts: Counts) -> dict[tuple[str, int], int]:
    words = list(counts.vocabulary)
    cells = zip(counts.term, counts.document, counts.frequency, strict=True)
    return {(words[term], int(document)): int(frequency) for term, document, frequency in cells}


def counted(texts: dict[int, list[str]]) -> Counts:
    return no_counts(len(texts)).with_documents(enumerate(texts[name] for name in sorted(texts)))


@settings(deadline=None, max_examples=200)
@given(COLLECTION, COLLECTION, st.sets(st.integers(0, 30)))
def test_taking_over_is_counting_anew(tmp_path_factory, before, new, gone):
    after = {name: text for name, text in (before | new).items() if name not in gone}
    number = {name: i for i, name in enumerate(sorted(after))}
    stays = {name for name in after if name in before and before[name] == after[name]}
    folder = Path(tmp_path_factory.mktemp("counts"))
    save_counts(folder, counted(before))
    known = load_counts(folder, len(before))
    assert known and as_dict(known) == as_dict(counted(before))
    moved = known.moved(np.array([number[n] if n in stays else -1 for n in sorted(before)], dtype=np.int64), len(after))
    found = moved.with_documents((number[name], after[name]) for name in sorted(after) if name not in stays)
    expected = counted(after)
    assert as_dict(found) == as_dict(expected)
    assert set(found.vocabulary) == {term for text in after.values() for term in text}  # a word that is gone is gone
    assert list(found.vocabulary.values()) == list(range(len(found.vocabulary)))
    order = list(zip(found.term, found.document, strict=True))
    assert order == sorted(order)
    assert list(found.lengths()) == [len(after[name]) for name in sorted(after)]


@given(COLLECTION)
def test_groups_are_summed(texts):
    counts, names = counted(texts), sorted(texts)
    group_of = np.array([i // 3 for i in range(len(names))], dtype=np.int64)
    summed = counts.summed(group_of, len(names) // 3 + 1)
    whole = [[term for name in names[i : i + 3] for term in texts[name]] for i in range(0, len(names) + 1, 3)]
    assert as_dict(summed) == {(t, i): text.count(t) for i, text in enumerate(whole) for t in text}
