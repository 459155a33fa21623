"""Hits -> evidence: passages that touch are merged, copies count once, and one article does not crowd out the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.types import Evidence
from index.search import Generation
from index.types import Hit

#: passages of one article among the evidence
PER_ARTICLE = 3
#: stretches of evidence shown and quoted from; a timeline, a list or a comparison takes more
MAX_EVIDENCE, MAX_EVIDENCE_OF_MANY = 6, 12


def gather(hits: Sequence[Hit], generation: Generation, limit: int = MAX_EVIDENCE) -> tuple[Evidence, ...]:
    """:param hits: best first. :param limit: of stretches. :return: numbered from 1, best first; texts are exact slices."""
    merged: list[Evidence] = []
    taken: dict[str, int] = {}
    folded: set[str] = set()
    for hit in hits:
        if hit.article_id in folded or taken.get(hit.article_id, 0) >= PER_ARTICLE:
            continue
        folded.update(hit.copies)
        taken[hit.article_id] = taken.get(hit.article_id, 0) + 1
        touching = [i for i, e in enumerate(merged) if _touch(e, hit, generation)]
        if touching:  # two, where the hit fills the gap between them
            joined = [merged[i] for i in touching]
            merged[touching[0]] = _joined(joined, hit, generation)
            merged = [e for i, e in enumerate(merged) if i not in touching[1:]]
        elif len(merged) < limit:
            merged.append(_evidence(hit, generation))
    return tuple(replace(e, number=number) for number, e in enumerate(merged, start=1))


def _evidence(hit: Hit, generation: Generation) -> Evidence:
    outlets = dict.fromkeys(generation.article(copy).source for copy in hit.copies)
    return Evidence(
        number=0,
        article_id=hit.article_id,
        start=hit.start,
        end=hit.end,
        text=hit.text,
        score=hit.score,
        title=hit.title,
        published=hit.published,
        source=hit.source,
        url=hit.url,
        also=tuple(outlet for outlet in outlets if outlet and outlet != hit.source),
    )


def _touch(evidence: Evidence, hit: Hit, generation: Generation) -> bool:
    """True if nothing but white space lies between the two."""
    if evidence.article_id != hit.article_id:
        return False
    first, second = sorted([(evidence.start, evidence.end), (hit.start, hit.end)])
    return not generation.article(hit.article_id).text[first[1] : second[0]].strip()


def _joined(evidence: Sequence[Evidence], hit: Hit, generation: Generation) -> Evidence:
    """The first of them, which is the best, stretched over all."""
    start, end = min(hit.start, *(e.start for e in evidence)), max(hit.end, *(e.end for e in evidence))
    return replace(evidence[0], start=start, end=end, text=generation.article(hit.article_id).text[start:end])
