"""Which id each article gets: its own where no other has it, and else one that stays the same at every build."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from copy import copy
from dataclasses import dataclass

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
    digest: str  #: `digest_of` the article


@dataclass(frozen=True, slots=True)
class _Holder:
    """Whose an id is that no article of this build has yet."""

    file: str
    claimed: str  #: the id that its article says it has
    digest: str

    def gives_it_to(self, claim: Claim, file: str) -> bool:
        """Its own file may have changed the article; in another one it must be the same article, which has moved."""
        return file == self.file or (claim.id, claim.digest) == (self.claimed, self.digest)


class Ids:
    """Which ids are taken, and by what. Files are asked about one after the other."""

    def __init__(self, held: Held, before: Iterable[tuple[str, Sequence[Unread]]] = ()) -> None:
        """:param before: see `Memory.before`."""
        self._held = held
        self._taken: MutableMapping[str, str] = {}  #: id -> where its article stands
        self._said: MutableMapping[tuple[str, str], None] = {}  #: what each article claimed: its id, its digest
        self._file = ""  #: the one that is asked about now
        self._here: dict[str, str] = {}  #: ids that articles of this file claimed -> where they stand
        self._holders: dict[str, _Holder] = {}
        self._unreadable: dict[str, _Holder] = {}  #: of articles of which nobody knows which file of that name they are from
        self._earlier: dict[tuple[str, str], str] = {}  #: file and claimed id -> id that it got, where that is another one
        for file, articles in before:
            for one in articles:
                if one.given:
                    self._holders[one.given] = _Holder(file, one.id, one.digest)
                if one.given not in ("", one.id):
                    self._earlier[file, one.id] = one.given

    def reserve(self, failure: Failure, file: str) -> None:
        """What cannot be read now stays under its ids: nothing else may get them meanwhile."""
        for article_id, digest in self._held(failure.path).items():
            self._unreadable.setdefault(article_id, _Holder(file, article_id, digest))

    def given_to(self, claim: Claim, found: Found) -> str | Repeated | None:
        """The id for an article, whose full path is then on record; None if another file has given the same article already.

        Exports number their records from 1 each, and two folders may hold a report.txt each: the first keeps its id, others
        get what tells them apart before it. What an article got at the last build it gets again.
        """
        file = file_of(found)
        if file != self._file:
            self._file, self._here = file, {}
        if claim.id in self._here:
            return _repeated(claim, claim.id, self._here[claim.id])
        if (claim.id, claim.digest) in self._said:
            return None
        where = shown(found.path) + claim.place.removeprefix(found.place)
        possible = [*filter(None, [self._earlier.get((file, claim.id))]), *_possible(claim, found)]
        given = next((article_id for article_id in possible if self._may_have(article_id, claim)), None)
        if given is None:
            return _repeated(claim, possible[-1], self._taken.get(possible[-1], "another file"))
        self._taken[given] = self._here[claim.id] = where
        self._said[claim.id, claim.digest] = None
        return given

    def _may_have(self, article_id: str, claim: Claim) -> bool:
        holder = self._holders.get(article_id)
        if holder is None and article_id == claim.id:
            holder = self._unreadable.get(article_id)
        return article_id not in self._taken and (holder is None or holder.gives_it_to(claim, self._file))

    def give_again(self, articles: Sequence[Unread], found: Found) -> bool:
        """Whether each article of a file gets the id that it got the last time. If not, nothing is on record of any."""
        tried = copy(self)
        taken, said = ChainMap({}, self._taken), ChainMap({}, self._said)
        tried._taken, tried._said, tried._file = taken, said, ""
        for one in articles:
            if (tried.given_to(Claim(one.id, one.origin, one.place, one.digest), found) or "") != one.given:
                return False
        self._taken.update(taken.maps[0])
        self._said.update(said.maps[0])
        return True


def file_of(found: Found) -> str:
    """By which name a file is known from one build to the next."""
    return shown(found.path.absolute())


def _repeated(claim: Claim, article_id: str, where: str) -> Repeated:
    return Repeated(claim.place, f"has the id {article_id!r} that {where} has: give it its own; the first one was kept")


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
