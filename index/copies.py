"""Which articles have the same text: under two names, or a wire report that several outlets print with small edits.

MinHash over runs of three words, after Broder, On the resemblance and containment of documents, 1997
(https://doi.org/10.1109/SEQUEN.1997.666900). A signature is made once for each text; groups are found anew for each
generation, in time that grows with the number of articles.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

#: raised when signatures change, so that stored ones are made again
VERSION = 1
#: Resemblance from which two articles are one: the share of three-word runs that both have among those that either has.
#: A changed word breaks three runs, so in a report of 200 words ten scattered edits leave .75 and a new byline and a cut last
#: sentence .85, while two reporters on one event share names and figures but few runs: under .2. The signature errs by about
#: .04. Among 5,000 collected news articles no pair lay between .6 and .8. tests/index/test_copies.py has pairs on both sides.
THRESHOLD = 0.65
_RUN = 3
_PERMUTATIONS = 128
#: 32 bands of 4: a pair at the threshold is a candidate with probability 1 - (1 - .65^4)^32 = .998, one at .75 with .99999
_BANDS = 32
_WORD = re.compile(r"\w+")


def signature(text: str) -> bytes:
    """:return: 128 little-endian uint32, equal for texts of equal words; b"" for one without words, which resembles nothing."""
    from rensa import RMinHash

    words = _WORD.findall(text.casefold())
    if not words:
        return b""
    runs = set(map(" ".join, zip(*(words[i:] for i in range(_RUN)), strict=False))) or {" ".join(words)}
    sketch = RMinHash(num_perm=_PERMUTATIONS, seed=1997)
    sketch.update(runs)
    return np.array(sketch.digest(), dtype="<u4").tobytes()


def groups(signatures: Sequence[bytes]) -> list[list[int]]:
    """Articles of the same text, by their position in `signatures`.

    :return: groups of at least two, each ascending, in the order of their first. A copy of a copy is in the group, too.
    """
    places = [i for i, s in enumerate(signatures) if s]
    matrix = np.array([np.frombuffer(signatures[i], dtype="<u4") for i in places]).reshape(len(places), _PERMUTATIONS)
    leader = list(range(len(places)))

    def find(i: int) -> int:
        while leader[i] != i:
            leader[i] = leader[leader[i]]
            i = leader[i]
        return i

    for first, others in _candidates(matrix):
        for other in others[np.mean(matrix[others] == matrix[first], axis=1) >= THRESHOLD]:
            low, high = sorted((find(first), find(int(other))))
            leader[high] = low
    found: dict[int, list[int]] = defaultdict(list)
    for i in range(len(places)):
        found[find(i)].append(places[i])
    return [group for group in found.values() if len(group) > 1]


def _candidates(matrix: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Rows that are equal in one band at least: (a row, the rows after it)."""
    width = _PERMUTATIONS // _BANDS
    for band in range(_BANDS):
        part = np.ascontiguousarray(matrix[:, band * width : (band + 1) * width])
        keys = part.view(np.dtype((np.void, part.dtype.itemsize * width))).ravel()
        order = np.argsort(keys, kind="stable")
        equal = np.concatenate(([False], keys[order][1:] == keys[order][:-1], [False])).astype(np.int8)
        steps = np.diff(equal)
        for start, end in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1) + 1, strict=True):
            for i in range(start, end - 1):
                yield int(order[i]), order[i + 1 : end]
