"""Which id each article gets: its own where no other has it, and else one that stays the same at every build."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace

from index.readers.discovery import Found, shown
from index.readers.placed import Repeated
from index.readers.unread import Unread
from index.types import Failure

#: path of a failure -> id and digest of each article that was read from there before
Held = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Claim:
    """What an article says of itself."""

    id: str
    origin: str
    place: str  #: see `Placed`
    content: str  #: equal for two articles that say the same
    digest: Callable[[], str]  #: `digest_of` the article


@dataclass(frozen=True, slots=True)
class Ids:
    """Which ids are taken, and by what."""

    held: Held
    known: MutableMapping[str, tuple[str, str, str]] = field(default_factory=dict)  #: id -> where, in which file, its content
    reserved: dict[str, tuple[str, str]] = field(default_factory=dict)  #: id -> the file that may hold it still, its digest

    def reserve(self, failure: Failure, file: str) -> None:
        """What cannot be read now stays under its ids: nothing else may get them meanwhile."""
        for article_id, digest in self.held(failure.path).items():
            self.reserved.setdefault(article_id, (file, digest))

    def given_to(self, claim: Claim, found: Found) -> str | Repeated | None:
        """The id for an article, whose full path is then on record; None if another file has given the same article already.

        Exports number their records from 1 each, and two folders may hold a report.txt each: the first keeps its id, others
        get what tells them apart before it.
        """
        file = str(found.path)
        holder, digest = self.reserved.get(claim.id, (file, ""))
        if holder != file and digest != claim.digest():
            self.known.setdefault(claim.id, (claim.origin, "", ""))
        for article_id in _possible(claim, found):
            if article_id not in self.known:
                where = shown(found.path) + claim.place.removeprefix(found.place)
                self.known[article_id] = (where, file, claim.content)
                return article_id
            _, other_file, other_content = self.known[article_id]
            if other_file == file:
                break
            if other_content == claim.content:
                return None
        where = self.known[article_id][0]
        return Repeated(claim.place, f"has the id {article_id!r} that {where} has: give it its own; the first one was kept")

    def give_again(self, articles: Sequence[Unread], found: Found) -> bool:
        """Whether each article of a file gets the id that it got the last time. If not, nothing is on record of any."""
        tried = replace(self, known=ChainMap({}, self.known))
        for one in articles:
            claim = Claim(one.id, one.origin, one.place, one.content, lambda one=one: one.digest)  # type: ignore[misc]
            if (tried.given_to(claim, found) or "") != one.given:
                return False
        self.known.update(tried.known.maps[0])  # type: ignore[attr-defined]
        return True


def _possible(claim: Claim, found: Found) -> Iterator[str]:
    """Its own; with its file before it; then with more and more of the path to its source."""
    yield claim.id
    is_record = claim.place != claim.origin
    own = f"{claim.origin}/{claim.id}" if is_record else claim.place
    if own != claim.id:
        yield own
    steps = found.place.count("/") + 1
    above = [shown(part) for part in found.path.absolute().parts[1:-steps]]
    for i in reversed(range(len(above))):
        yield f"{'/'.join(above[i:])}/{own}"
