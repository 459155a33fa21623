"""Text -> the terms that BM25 counts. Keeps "U.S.", "$3m" and "COVID-19" whole, which the usual `\\w\\w+` tears apart."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

STOP_WORDS = frozenset(
    "a about an and any are as at be been but by can could did do does for from had has have he her him his how i if in into is "
    "it its may me my no not of on or our she should so some such than that the their them then there these they this those to "
    "was we were what when where which while who whom whose why will with would you your".split()
)
_TERM = re.compile(
    r"[$£€¥]?\d+(?:[.,]\d+)*(?:%|[^\W\d_]+)?"  # 3, $3.5m, 1,240, 90%, 19th
    r"|[^\W\d_](?:\.[^\W\d_])+\b"  # u.s
    r"|\w+(?:[-'’]\w+)*"  # covid-19, don't
)
#: written without spaces: indexed as pairs of characters
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\uac00-\ud7af]+")
_US = re.compile(r"\bUS\b")
#: past forms -> present: the stemmer knows endings only, and a question says "meet" where the article says "met"
_IRREGULAR = {
    past: present
    for present, pasts in (
        line.split(":")
        for line in """arise:arose,arisen become:became begin:began,begun bind:bound bite:bit,bitten bleed:bled blow:blew,blown
        break:broke,broken breed:bred bring:brought build:built burn:burnt buy:bought catch:caught choose:chose,chosen
        come:came deal:dealt dig:dug draw:drew,drawn drink:drank,drunk drive:drove,driven eat:ate,eaten fall:fell,fallen
        feed:fed feel:felt fight:fought find:found flee:fled fly:flew,flown forbid:forbade,forbidden
        forget:forgot,forgotten forgive:forgave,forgiven freeze:froze,frozen get:got,gotten give:gave,given go:went,gone
        grow:grew,grown hang:hung hear:heard hide:hid,hidden hold:held keep:kept know:knew,known lay:laid lead:led
        leave:left lend:lent lose:lost make:made mean:meant meet:met overthrow:overthrew,overthrown pay:paid
        ride:rode,ridden ring:rang,rung rise:rose,risen run:ran say:said see:saw,seen seek:sought sell:sold send:sent
        shake:shook,shaken shoot:shot show:shown shrink:shrank,shrunk sing:sang,sung sink:sank,sunk sit:sat sleep:slept
        slide:slid speak:spoke,spoken spend:spent stand:stood steal:stole,stolen stick:stuck strike:struck,stricken
        swear:swore,sworn sweep:swept swim:swam,swum swing:swung take:took,taken teach:taught tear:tore,torn tell:told
        think:thought throw:threw,thrown understand:understood undergo:underwent,undergone wake:woke,woken
        wear:wore,worn weep:wept win:won withdraw:withdrew,withdrawn withhold:withheld write:wrote,written""".split()
    )
    for past in pasts.split(",")
}
#: letters of which Unicode knows no plain one
_BASE_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"})
_LONGEST, _MOST = 40, 200_000  #: characters of a piece of text that is kept with its terms; and how many of them
_local = threading.local()  # a PyStemmer stemmer keeps state: one for each thread


def terms(text: str) -> list[str]:
    """:return: stemmed lower-case terms in text order, without stop words. Compounds come whole and in parts."""
    if "US" in text:
        text = _US.sub("U.S", text)
    return [term for piece in text.lower().split() for term in _known[piece]]  # no term has white space in it


def without_accents(term: str) -> str:
    """The term that it would be if its letters had nothing above or below them: `erdoğan` -> `erdogan`, `mbappé` -> `mbapp`."""
    if term.isascii():
        return term
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", term) if not unicodedata.combining(letter))
    return stem(plain.translate(_BASE_LETTERS))


def _of_piece(piece: str) -> tuple[str, ...]:
    return tuple(term for word in _TERM.findall(piece) for term in _of_word(word))


def _of_word(word: str) -> tuple[str, ...]:
    """The terms of what `_TERM` matched, in lower case: mostly one, none of a stop word."""
    word = word.replace("’", "'")
    if word.endswith("'s"):
        word = word[:-2]
    if word in STOP_WORDS:
        return ()
    if _UNSPACED.search(word):
        return tuple(word[i : i + 2] for i in range(max(1, len(word) - 1)))
    if "-" in word:
        return (word, *(stem(part) for part in word.split("-") if part and part not in STOP_WORDS))
    return (word if "." in word else stem(word),)


class _Known(dict[str, tuple[str, ...]]):
    """The terms of what stood between white space so far, in lower case: nearly all that a question's candidates have in them."""

    def __missing__(self, piece: str) -> tuple[str, ...]:
        found = _of_piece(piece)
        # a run of unspaced text is not kept: each is new, and its pairs of characters take room
        if len(piece) <= _LONGEST and not _UNSPACED.search(piece):
            if len(self) >= _MOST:
                self.clear()
            self[piece] = found
        return found


_known = _Known()


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The English Snowball stem of one lower-case word, of an irregular verb its present form. https://snowballstem.org/algorithms/english/stemmer.html"""
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        import Stemmer

        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    return stemmer.stemWord(_IRREGULAR.get(word, word))
