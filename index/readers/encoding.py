"""Bytes to text: the encoding is found, never assumed, and a binary is told from a text."""

from __future__ import annotations

import codecs
import re

from index.errors import ReadError
from index.readers.old_encodings import guess_encoding

_MARKS = (  # UTF-32 first: its mark starts with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Pages declare the old standard and hold the characters of what Windows made of it.
_AS_BROWSERS_DO = {
    **{"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874"},
    **{"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs"},
}
# ASCII, marks and kana, Chinese characters, Korean syllables, full-width forms.
_EASTERN_HIGH = frozenset({0x00, 0x20, 0x30, 0xFF, *range(0x4E, 0xA0), *range(0xAC, 0xD8)})
_SIGNATURES = ((b"%PDF-", "a PDF"), (b"PK\x03\x04", "a zip or Office file"), (b"\x1f\x8b", "a gzip file"))
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,30})|<\?xml[^>]{0,100}?encoding=["']([\w.:-]+)""", re.I
)
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0e-\x1f]")

_C1 = "citewire-c1"


def _as_control(error: UnicodeError) -> tuple[str, int]:
    """The five bytes that Windows' Western European leaves open, as the control characters that browsers make of them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_C1, _as_control)


def decode(data: bytes) -> str:
    """The text in `data`, without its byte order mark and otherwise unchanged.

    :raises ReadError: empty, binary, holds NUL bytes, or in no encoding that can be told.
    """
    if not data.strip():
        raise ReadError("is empty: remove it, or save the article again")
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise ReadError(f"is {kind} under another name: give it its own file ending and build again")
    encoding = find_encoding(data)
    try:
        text = data.decode(encoding, errors_of(encoding))
    except (UnicodeDecodeError, LookupError):
        raise ReadError(f"looks like {encoding} but has bytes that are not: save it as UTF-8 and build again") from None
    _refuse_binary(text)
    return text.removeprefix("\ufeff")


def find_encoding(data: bytes, *, is_whole: bool = True) -> str:
    """The name of a codec for `data`; a byte order mark stays in the decoded text as U+FEFF.

    :param is_whole: False if `data` is only the start of a file, which may cut a character in two.
    :raises ReadError: nothing fits.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if encoding := _utf16_without_mark(data):
        return encoding
    declared = _declared(data)
    if data.isascii():
        return declared if declared.startswith("iso2022") else "utf-8"
    if (damage := _first_damage(data, is_whole)) is None:
        return "utf-8"
    if declared in ("", "cp1252") and is_damaged_utf8(data):
        lines = data.count(b"\n", 0, damage) + 1
        raise ReadError(f"is UTF-8 with damaged bytes (the first in line {lines:,}): save it again and build again")
    return declared or guess_encoding(data)


def errors_of(encoding: str) -> str:
    """What to do with bytes that are no characters of `encoding`: the name of an error handler."""
    return _C1 if encoding == "cp1252" else "strict"


def is_utf8(data: bytes, *, is_whole: bool = True) -> bool:
    """True of sound UTF-8. :param is_whole: False if the last character may be cut in two."""
    return _first_damage(data, is_whole) is None


def is_damaged_utf8(data: bytes) -> bool:
    """True of UTF-8 in which some bytes are damaged or cut off: no other encoding has as many of its characters by chance."""
    if data.isascii():
        return False
    decoded = data.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= character <= "\udcff" for character in decoded)
    sound = sum(character > "\x7f" for character in decoded) - broken
    return sound > broken > 0 and "\0" not in decoded


def _utf16_without_mark(data: bytes) -> str:
    """In UTF-16, the high bytes of Latin, Greek, Cyrillic, Hebrew and Arabic are 0 to 6, and no other bytes are."""
    sample = data[:65536]
    if eastern := _eastern_utf16(sample):
        return eastern
    if b"\0" not in sample or len(sample) < 4:
        return ""
    even, odd = (sum(byte <= 6 for byte in half) / len(half) for half in (sample[::2], sample[1::2]))
    if odd >= 0.7 and even <= 0.2:
        return "utf-16-le"
    return "utf-16-be" if even >= 0.7 and odd <= 0.2 else ""


def _eastern_utf16(sample: bytes) -> str:
    """In Chinese, Japanese and Korean UTF-16 the low bytes are any, also controls, which no other text has many of."""
    controls = sum(byte < 32 and byte not in b"\t\n\r" for byte in sample)
    if len(sample) < 40 or controls * 40 < len(sample):
        return ""
    even, odd = (sum(byte in _EASTERN_HIGH for byte in half) / len(half) for half in (sample[::2], sample[1::2]))
    if max(even, odd) < 0.95 or min(even, odd) > 0.8:
        return ""
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    text = sample[: len(sample) // 2 * 2].decode(encoding, "replace")
    # Its full stop or comma has to be there, and more than zeros and letters.
    has_marks = any(mark in text for mark in "。、，") or (" " in text and "." in text)
    return encoding if has_marks and sum(character >= "\u3000" for character in text) * 2 > len(text) else ""


def _declared(data: bytes) -> str:
    match = _DECLARED.search(data[:4096])
    if not match:
        return ""
    try:
        name = codecs.lookup((match[1] or match[2]).decode("ascii")).name
    except LookupError:
        return ""
    # UTF-7 hides markup from whoever checks it, and a declaration readable as ASCII is not in UTF-16.
    if name.startswith(("utf", "hz", "punycode", "idna", "unicode", "raw")) or not codecs.lookup(name)._is_text_encoding:
        return ""
    return _AS_BROWSERS_DO.get(name, name)


def _first_damage(data: bytes, is_whole: bool) -> int | None:
    """Where `data` stops being UTF-8; None if it does not."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=is_whole)
    except UnicodeDecodeError as error:
        return error.start
    return None


def _refuse_binary(text: str) -> None:
    if "\0" in text:
        raise ReadError("has NUL bytes: it is binary or damaged; save it as UTF-8 text and build again")
    if len(_CONTROL.findall(text)) > max(2, len(text) // 500):
        raise ReadError("is binary, not text: remove it, or save the article as UTF-8 text and build again")
