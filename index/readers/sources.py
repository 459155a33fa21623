"""Sources to articles: every file is opened once, and whatever goes wrong with one costs that one only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from index.digests import digest_of
from index.errors import ReadError
from index.readers.discovery import Found, find_files
from index.readers.formats import is_document, read_file
from index.readers.ids import Claim, Held, Ids, file_of
from index.readers.options import ReadOptions
from index.readers.placed import MAX_FAILURES_LISTED, Outcome, Placed, Repeated
from index.readers.unread import Memory, Unread
from index.types import Article, Failure


def read_sources(
    sources: Iterable[str | os.PathLike[str]],
    options: ReadOptions = ReadOptions(),
    on_file: Callable[[Path], None] | None = None,
    leave_out: Path | None = None,
    held: Held = lambda path: {},
    memory: Memory | None = None,
) -> Iterator[Article | Failure | Unread]:
    """Every article of every source, in a stable order, and a failure for each file or record that could not be read.

    A source is a file, a folder, or a zip. Of two articles with one id in one file, the first is kept and the second is
    a failure. An article with the id of one in another file is passed over if all that both say is the same, and else gets an
    id of its own: a record with its file's name before it, a document with its source folder's.

    :param on_file: called with each file after it was read, as often as `count_files` counts.
    :param leave_out: a folder that is passed over where it lies below a source, such as the index itself.
    :param held: what an index holds of a file that cannot be read now: no other article gets one of these ids.
    :param memory: of a file that is as it was, it tells the articles, which then come as `Unread`; and each article gets
        the id that it got at the last build.
    :raises SourceError: a source does not exist.
    """
    found = list(find_files(sources, leave_out))  # what is there decides whose an id is, before anything is read
    ids = Ids(held, memory.before(found) if memory else ())
    return _read(found, options, on_file or (lambda path: None), ids, memory)


def _read(
    found: Iterable[Found | Failure], options: ReadOptions, on_file: Callable[[Path], None], ids: Ids, memory: Memory | None
) -> Iterator[Article | Failure | Unread]:
    for item in found:
        if isinstance(item, Failure):
            ids.reserve(item, item.path)
            yield item
            continue
        again = memory.recall(item) if memory else None
        if again is not None and ids.give_again(again, item):
            yield from (one for one in again if one.given)
        else:
            yield from _read_anew(item, options, ids, memory)
        on_file(item.path)


def _read_anew(found: Found, options: ReadOptions, ids: Ids, memory: Memory | None) -> Iterator[Article | Failure]:
    gave: list[Unread] = []
    is_whole = True
    for item in _summed_up(_checked_all(_read_found(found, options), found, ids, gave), found.place):
        is_whole = is_whole and not isinstance(item, Failure)
        yield item
    if memory:
        memory.keep(found, gave, is_whole)


def _checked_all(outcomes: Iterator[Outcome], found: Found, ids: Ids, gave: list[Unread]) -> Iterator[Article | Failure]:
    for outcome in outcomes:
        checked = outcome if isinstance(outcome, Failure) else _checked(outcome, found, ids, gave)
        if isinstance(checked, Failure) and not isinstance(checked, Repeated):
            ids.reserve(checked, file_of(found))
        if checked is not None:
            yield checked


def _summed_up(items: Iterator[Article | Failure], place: str) -> Iterator[Article | Failure]:
    """Of a file's ids that others have, the first are listed and the rest counted."""
    count = 0
    for item in items:
        if isinstance(item, Repeated):
            count += 1
            if count > MAX_FAILURES_LISTED:
                continue
        yield item
    if count > MAX_FAILURES_LISTED:
        yield Repeated(
            place, f"{count - MAX_FAILURES_LISTED:,} more of its records have ids that others have: give them their own"
        )


def _checked(placed: Placed, found: Found, ids: Ids, gave: list[Unread]) -> Article | Failure | None:
    """The article under its id, if it can be stored; None if another file has given the same already. `gave` grows by it."""
    article, place = placed.article, placed.place
    values = (article.id, article.text, article.title, article.source, article.url, article.author)
    if what := next((what for value in values if (what := _unstorable(value))), ""):
        return Failure(place, f"has {what} in it: save it again as valid UTF-8 and build again")
    if not article.text.strip():
        return Failure(place, "has no text: remove it, or save the article again")
    digest = digest_of(article)
    given = ids.given_to(Claim(article.id, article.origin, place, digest), found)
    if isinstance(given, Failure):
        return given
    gave.append(Unread(article.id, given or "", article.origin, place, digest))
    return replace(article, id=given) if given else None


def _unstorable(value: str) -> str:
    if "\0" in value:
        return "NUL characters"
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return "bytes or escapes that are no characters (\\ud800 and the like)"
    return ""


def _read_found(found: Found, options: ReadOptions) -> Iterator[Outcome]:
    try:
        with found.path.open("rb") as file:
            yield from _read_open(file, found, options)
    except ReadError as error:
        yield Failure(found.place, str(error))
    except FileNotFoundError:
        yield Failure(found.place, "vanished while reading: build again if it was replaced")
    except PermissionError:
        yield Failure(found.place, "may not be read by this user: change its permissions and build again")
    except OSError as error:
        yield Failure(found.place, f"could not be read ({error.strerror or error}): check the disk and build again")
    except Exception as error:  # the libraries' own bugs: one file of thousands must not end a night's build
        yield Failure(found.place, f"could not be read ({type(error).__name__}: {str(error)[:200]}): save it in another format")


def _read_open(file: BinaryIO, found: Found, options: ReadOptions) -> Iterator[Outcome]:
    before = os.fstat(file.fileno())
    # What a zip holds is named as if the zip were a folder: relative to it, where it is a source itself.
    is_source_zip = found.is_source and found.place.lower().endswith(".zip")
    file_id = "" if is_source_zip else found.place
    outcomes = read_file(file, found.path.name, file_id, found.place, before.st_size, options)
    # An article alone in its file is held back until the file is known to have kept still; a file of records is not.
    is_streamed = not is_document(found.path.name)
    held = [] if is_streamed else list(outcomes)
    if is_streamed:
        yield from outcomes
    after = os.stat(found.path) if file.closed else os.fstat(file.fileno())  # its reader may have closed it
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        yield Failure(found.place, "changed while it was being read: build again")
    else:
        yield from held
