"""Which old encoding a text is in that neither is UTF-8 nor says what it is: a guess, by its letters."""

from __future__ import annotations

import re

from index.errors import ReadError

# Old encodings that news archives come in. A closed list: the full one decodes almost any bytes as something.
_LEGACY = (
    "cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 cp874 iso8859_2 iso8859_5 iso8859_7 iso8859_9 koi8_r "
    "shift_jis euc_jp gb18030 big5 euc_kr"
).split()
# Without š, ž, ý, þ, ð and ³, which are how Czech, Turkish and Polish look when they are taken for Western.
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüÿœßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒ‘’‚“”„«»‹›–—…•·¿¡€£¥¢§©®™°ºª²±µ×÷½¼¾¶†\xa0\xad")
# A Latin letter beside one of another script: no word of any language.
_MIXED = re.compile("[a-zA-Z][\u0370-\u06ff\uff61-\uff9f]|[\u0370-\u06ff\uff61-\uff9f][a-zA-Z]")


def guess_encoding(data: bytes) -> str:
    """The name of a codec for a text in an encoding from before Unicode.

    :raises ReadError: holds NUL bytes, or nothing fits.
    """
    if b"\0" in data:
        raise ReadError("has NUL bytes: it is binary or damaged; save it as UTF-8 text and build again")
    if _is_western(data):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(data[:200_000], cp_isolation=_LEGACY, enable_fallback=False).best()
    if best is None:
        raise ReadError("is binary or in an unknown encoding: save it as UTF-8 text and build again")
    if not _MIXED.search(str(best)):
        return best.encoding
    # Letters of old Macs look like Arabic, or Japanese of the eighties, in the middle of Latin words.
    if _is_western(data, "mac_roman") and not re.search("[a-z][À-Þ]", data[:200_000].decode("mac_roman")):
        return "mac_roman"
    return best.encoding


def _is_western(data: bytes, encoding: str = "cp1252") -> bool:
    """True of Windows' Western European, which the statistics of a short text do not tell from its Eastern sisters."""
    text = data[:200_000].decode(encoding, "replace")
    foreign = [character for character in text if character > "\x7f"]
    # Other scripts fill whole words with what a Western text has here and there.
    return _WESTERN.issuperset(foreign) and len(foreign) * 4 < len(text) and not re.search("[^\0-\x7f]{4}", text)
