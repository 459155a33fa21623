"""How much a sentence of the evidence looks like the answer, to the model that reads question and passage together.

For a question that has one answer. What a list or a timeline is made of is no answer by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.encoder import Encoder
from index.rereading import cross_encoder_of
from index.types import Hit

#: of the best hits; those that the search read are remembered
READ = 6
_SCALE = 10.0
#: what a sentence has where it speaks as much for an answer as an answer model against one: of 17 refusals of the 1.5B model
#: that were wrong, on two samples of hard questions, 5 had more, and none of 36 that were right
SEES_ANSWER = 3.7

#: article id, start and end in the article -> 0 to 4, which is where its words rather look like an answer than like none
Answered = Callable[[str, int, int], float]


def not_read(article_id: str, start: int, end: int) -> float:
    """Nothing was read: all sentences are alike."""
    return 0.0


def answered_in(query: str, hits: Sequence[Hit], encoder: Encoder) -> Answered:
    """Read the best of these hits. An embedding model without such a reader tells nothing."""
    reader = cross_encoder_of(encoder)
    if reader is None:
        return not_read
    from index.cross_encoder import NOT_ANSWERED  # with the library that runs it, which not every encoder needs

    read = hits[:READ]
    readings = list(zip(read, reader.read(query, [(hit.title, hit.text) for hit in read]), strict=True))

    def answered(article_id: str, start: int, end: int) -> float:
        found = (
            reading.answered(start - hit.start, end - hit.start)
            for hit, reading in readings
            if hit.article_id == article_id and hit.start < end and start < hit.end
        )
        return (min(0.0, max(found, default=NOT_ANSWERED)) - NOT_ANSWERED) / _SCALE

    return answered
