from __future__ import annotations

import codecs

import pytest

from index.errors import ReadError
from index.readers.encoding import decode

ENGLISH = "The café on the quay reopened – “at last”, its owner said on Sunday.\n"
RUSSIAN = "Мост через гавань вновь открылся в воскресенье после девяти дней ремонта, сообщил мэр города.\n"


@pytest.mark.parametrize("text", [ENGLISH, RUSSIAN])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings_with_and_without_a_mark(text, encoding):
    assert decode(text.encode(encoding)) == text


def test_utf16_big_endian_with_a_mark():
    assert decode(codecs.BOM_UTF16_BE + ENGLISH.encode("utf-16-be")) == ENGLISH


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH * 5, "cp1252"),
        (RUSSIAN * 3, "cp1251"),
        (RUSSIAN * 3, "koi8-r"),
        ("橋は日曜日に再開した。町は喜んでいる。\n" * 10, "shift_jis"),
    ],
)
def test_old_encodings_are_found(text, encoding):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "text", ["It’s the “first” bridge, he said.", "He paid £30 – a record.", "Die Brücke öffnete für Fußgänger."]
)
def test_short_western_texts_are_not_taken_for_eastern(text):
    assert decode(text.encode("cp1252")) == text


def test_what_a_page_declares_counts():
    page = '<html><head><meta charset="iso-8859-2"></head><body>Łódź</body></html>'
    assert decode(page.encode("iso-8859-2")) == page


def test_utf8_counts_more_than_a_wrong_declaration():
    page = '<html><head><meta charset="iso-8859-1"></head><body>Łódź café</body></html>'
    assert decode(page.encode("utf-8")) == page


@pytest.mark.parametrize("declared", ["utf-7", "rot13", "base64", "nonsense", "unicode_escape"])
def test_dangerous_and_unknown_declarations_are_ignored(declared):
    page = f'<meta charset="{declared}"><p>+ADw-script+AD4- \\u0041 café'
    assert decode(page.encode("utf-8")) == page


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"some text\0and more of it\n" * 20, "NUL"),
        (b"a\0b", "NUL"),
        (bytes(range(256)) * 40, "NUL"),
        (bytes(range(1, 256)) * 40, "binary"),
        (b"\x01\x02\x03\x04abc" * 40, "binary"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "zip"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", "bytes that are not"),
    ],
)
def test_what_is_no_text(data, word):
    with pytest.raises(ReadError, match=word):
        decode(data)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ENGLISH.encode() + b"The owner of the caf\xe9 said \xe2\x80 no more.\n", 2),
        (RUSSIAN.encode()[:-5], 1),
        (ENGLISH.encode() * 3 + b"\xe2\x80", 4),
    ],
)
def test_utf8_with_damaged_bytes_is_not_taken_for_something_else(text, line):
    for data in (text, b"<meta charset='utf-8'>" + text):
        with pytest.raises(ReadError, match=f"is UTF-8 with damaged bytes \\(the first in line {line}\\)"):
            decode(data)


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("gb2312", "gbk", "會談在柏林繼續，朱鎔基說。"),
        ("Shift_JIS", "cp932", "①会談は続く、髙橋氏。"),
        ("euc-kr", "cp949", "회담은 똠방각하 계속된다."),
        ("iso-8859-9", "cp1254", "Görüşmeler “sürüyor” – dedi."),
        ("iso-8859-1", "latin-1", "Caf\xe9 \x81 owner"),
    ],
)
def test_old_declarations_are_read_as_browsers_read_them(declared, encoding, text):
    page = f'<html><head><meta charset="{declared}"></head><body>{text}</body></html>'
    assert decode(page.encode(encoding)) == page


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "港口大桥经过九天的维修，于星期日重新开放。市长说，费用低于预期。\n渡轮最后一次航行。\n",
        "橋は日曜日に再開した。町は喜んでいる。フェリーは最後の便だった。\n",
        "항구 다리는 일요일에 다시 열렸다. 시장은 비용이 예상보다 적었다고 말했다. 마지막 배가 떠났다.\n",
    ],
)
def test_eastern_utf16_without_a_mark(text, encoding):
    assert decode((text * 2).encode(encoding)) == text * 2


@pytest.mark.parametrize(
    "text",
    ["The “café” in Köln stays open – for now, its owner said on Monday. It’s ours.", "Él abrió el café «más» grande de España."],
)
def test_western_letters_of_old_macs(text):
    assert decode(text.encode("mac_roman")) == text
