from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date

import pytest

from index.errors import SourceError
from index.readers import ReadOptions

EXACT = "  Line one.\r\n\r\n\tLine two\u2028 with a\u00a0space \ufeff and a\rreturn. \n\n"


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def test_a_record_of_the_common_form(read_as):
    record = {
        "id": "a-1",
        "title": "Harbour bridge reopens",
        "text": EXACT,
        "published": "2024-05-12",
        "source": "The Courier",
        "url": "https://courier.example/bridge",
    }
    article = read_as("articles.jsonl", lines(record)).article
    assert (article.id, article.text, article.published) == ("a-1", EXACT, date(2024, 5, 12))
    assert (article.title, article.source, article.url) == (record["title"], record["source"], record["url"])
    assert article.origin == "articles.jsonl"


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.jsonl.gz", "a.json.gz"])
def test_text_is_kept_exactly(read_as, name, ascii_only):
    record = {"id": 7, "text": EXACT}
    content = json.dumps([record] if ".json." in name or name.endswith(".json") else record, ensure_ascii=ascii_only).encode()
    article = read_as(name, gzip.compress(content) if name.endswith(".gz") else content).article
    assert (article.id, article.text) == ("7", EXACT)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"_id": {"$oid": "5f"}, "body": "Text."}, ("5f", "", None, "", "", "")),
        ({"guid": "g", "content": "Text.", "headline": "H"}, ("g", "H", None, "", "", "")),
        (
            {"url": "https://x.example/a", "articleBody": "Text."},
            ("https://x.example/a", "", None, "", "https://x.example/a", ""),
        ),
        (
            {
                **{"uuid": "u", "Content": "Text.", "Title": "T", "publishedAt": "2024-05-12T08:00:00Z"},
                **{"source": {"id": None, "name": "Courier"}, "author": ["Anna", {"name": "Per"}]},
            },
            ("u", "T", date(2024, 5, 12), "Courier", "", "Anna, Per"),
        ),
        (
            {"article_id": 3, "story": "Text.", "pub_date": "Sun, 12 May 2024 08:00:00 GMT"},
            ("3", "", date(2024, 5, 12), "", "", ""),
        ),
        ({"text": "Text.", "date": "some day", "created": 1715500800}, ("r.jsonl:1", "", date(2024, 5, 12), "", "", "")),
        ({"text": "Text.", "title": None, "published": None, "source": ""}, ("r.jsonl:1", "", None, "", "", "")),
        ({"id": "x", "description": "Text.", "name": "N"}, ("x", "N", None, "", "", "")),
    ],
)
def test_common_names(read_as, record, expected):
    article = read_as("r.jsonl", lines(record)).article
    assert article.text == "Text."
    assert (article.id, article.title, article.published, article.source, article.url, article.author) == expected


def test_fields_by_option(read_as):
    record = {"id": "wrong", "text": "wrong", "meta": {"key": "right", "when": "2024-05-12"}, "long.text": "Text.", "site": "S"}
    fields = {"id": "meta.key", "text": "long.text", "published": "meta.when"}
    article = read_as("r.jsonl", lines(record), fields=fields).article
    assert (article.id, article.text, article.published, article.source) == ("right", "Text.", date(2024, 5, 12), "S")


def test_an_unknown_field_in_the_options_is_refused():
    with pytest.raises(SourceError, match="no field 'body'"):
        ReadOptions(fields={"body": "text"})


def test_a_record_without_text_says_which_fields_it_has(read_as):
    assert "its fields: foo, bar" in read_as("r.jsonl", lines({"foo": 1, "bar": 2})).reason
    assert "'main'" in read_as("r.jsonl", lines({"text": "Text."}), fields={"text": "main"}).reason


def test_title_and_date_are_looked_for_in_the_text_of_a_record(read_as):
    text = "Harbour bridge reopens after storm\n\nOct. 9, 2025, 4:04 a.m. ET\n\nIt reopened on Sunday."
    article = read_as("r.jsonl", lines({"title": None, "text": text, "published": None})).article
    assert (article.title, article.published, article.text) == ("Harbour bridge reopens after storm", date(2025, 10, 9), text)


def test_html_of_a_record_is_shown_text(read_as):
    article = read_as("r.jsonl", lines({"content_html": "<p>One.</p><p hidden>No.</p><p>Two.</p>"})).article
    assert article.text == "One.\n\nTwo."


def test_broken_json_on_line_1000_costs_that_line_only(read_as):
    good = [json.dumps({"id": i, "text": f"Article {i}."}) for i in range(1, 1201)]
    good[999] = '{"id": 1000, "text": "cut'
    outcome = read_as("r.jsonl", "\n".join(good))
    assert outcome.ids == [str(i) for i in range(1, 1201) if i != 1000]
    assert outcome.failures[0].path == "r.jsonl:1000"
    assert "not valid JSON" in outcome.reason


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('"text"', "no object"),
        ("[1]", "no object"),
        ("1" * 5000, "cannot be read"),
        ("[" * 100_000, "JSON"),
        ('{"text": "\\ud800"}', "no characters"),
        ('{"text": "a\\u0000b"}', "NUL"),
        ('{"text": "fine", "title": "\\udc00"}', "no characters"),
        ('{"text": "  \\n "}', "no text"),
        ('{"id": "a", "text": "again"}', "has the id 'a'"),
    ],
)
def test_one_bad_record_is_one_failure(read_as, line, word):
    outcome = read_as("r.jsonl", lines({"id": "a", "text": "One."}) + line + "\n\n" + lines({"id": "b", "text": "Two."}))
    assert outcome.texts == ["One.", "Two."]
    assert (outcome.failures[0].path, word in outcome.reason) == ("r.jsonl:2", True), outcome.reason


def test_bytes_that_are_no_utf8_cost_one_record(read_as):
    good = "".join(json.dumps({"text": f"Café number {i}."}, ensure_ascii=False) + "\n" for i in range(50)).encode()
    outcome = read_as("r.jsonl", good + b'{"text": "caf\xe9"}\n')
    assert (len(outcome.articles), outcome.failures[0].path) == (50, "r.jsonl:51")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("name", ["r.jsonl", "r.json", "r.csv"])
def test_records_in_other_encodings(read_as, name, encoding):
    text = "Das Café am Hafen öffnet wieder, sagte die Bürgermeisterin über die Brücke. " * 5
    record = {"id": "a", "text": text}
    content = f'id,text\na,"{text}"\n' if name == "r.csv" else json.dumps(record, ensure_ascii=False)
    article = read_as(name, content.encode(encoding)).article
    assert (article.id, article.text) == ("a", text)


@pytest.mark.parametrize("name", ["r.jsonl", "r.json", "r.csv"])
def test_a_file_that_stops_being_utf16_says_so(read_as, name):
    texts = [f"Text number {i}." for i in range(3000)]
    if name == "r.csv":
        good = "text\n" + "\n".join(texts) + "\n"
    else:
        good = ("[" if name == "r.json" else "") + "".join(
            json.dumps({"text": text}) + (",\n" if name == "r.json" else "\n") for text in texts
        )
    outcome = read_as(name, b"\xff\xfe" + good.encode("utf-16-le") + b"\x00\xd8a\x00\n")
    assert "no utf-16" in outcome.reason
    assert outcome.texts == texts[: len(outcome.texts)]
    assert outcome.texts or name == "r.json"  # an array of this length is decoded as one piece


def test_many_failures_are_summed_up(read_as):
    outcome = read_as("r.jsonl", lines({"text": "One."}) + "broken\n" * 5000)
    assert len(outcome.articles) == 1
    assert len(outcome.failures) == 101
    assert outcome.failures[-1].path == "r.jsonl"
    assert "4,900 more" in outcome.failures[-1].reason


def test_a_line_beyond_the_limit_costs_itself_only(read_as):
    content = lines({"text": "One."}) + lines({"text": "x" * 5_000_000}) + lines({"text": "Three."})
    outcome = read_as("r.jsonl", content, max_file_bytes=100_000)
    assert outcome.texts == ["One.", "Three."]
    assert (outcome.failures[0].path, "longer than" in outcome.reason) == ("r.jsonl:2", True)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda records: json.dumps(records),
        lambda records: json.dumps(records, indent=2),
        lambda records: json.dumps({"status": "ok", "tags": [1], "articles": records}),
        lambda records: "\n".join(json.dumps(record) for record in records),
    ],
)
def test_shapes_of_json(read_as, wrap):
    records = [{"id": str(i), "text": f"Text {i}."} for i in range(20)]
    assert read_as("r.json", wrap(records)).texts == [record["text"] for record in records]


def test_one_article_in_a_json_file_is_named_for_the_file(read_as):
    article = read_as("a.json", json.dumps({"text": "Text.", "tags": [{"a": 1}]}, indent=1)).article
    assert (article.id, article.text) == ("a.json", "Text.")


def test_a_long_json_array_is_streamed(read_as):
    records = [{"id": i, "text": "word " * 2000 + str(i)} for i in range(400)]  # 4 MB, many chunks
    outcome = read_as("r.json", json.dumps(records), max_file_bytes=100_000)
    assert outcome.texts == [record["text"] for record in records]


@pytest.mark.parametrize("tail", ["", "}", ', {"text": "cut', " 1", ", nonsense]"])
def test_a_damaged_json_array_keeps_what_stands_before(read_as, tail):
    outcome = read_as("r.json", '[{"text": "One."}, {"text": "Two."}' + tail)
    assert outcome.texts == ["One.", "Two."]
    assert "not valid JSON from here on" in outcome.reason


@pytest.mark.parametrize("name", ["r.jsonl", "r.json", "r.csv", "r.tsv"])
@pytest.mark.parametrize(
    ("content", "word"), [(b"", "empty"), (b"\n \n", "empty"), (b"%PDF-1.4\n", "no text"), (b"a\0\0\0" * 9, "NUL")]
)
def test_what_is_no_file_of_records(read_as, name, content, word):
    outcome = read_as(name, content)
    assert not outcome.articles
    assert word in outcome.reason


def test_a_cut_gzip_keeps_what_stands_before(read_as):
    content = gzip.compress(lines(*({"id": i, "text": f"{i * 7919} text"} for i in range(20_000))).encode())
    outcome = read_as("r.jsonl.gz", content[: len(content) // 2])
    assert len(outcome.articles) > 1000
    assert "cut off" in outcome.reason
    assert "no gzip" in read_as("s.jsonl.gz", b"plain").reason


def test_a_gzip_bomb_ends(read_as, monkeypatch):
    monkeypatch.setattr("index.readers.formats.MAX_RECORD_FILE_BYTES", 1_000_000)
    outcome = read_as("r.jsonl.gz", gzip.compress(lines({"text": "One."}).encode() + b"\n" * 10_000_000))
    assert "unpacks to more" in outcome.reason


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("text", ["word " * 500_000, 'one, "two",\nthree\n' * 150_000])
@pytest.mark.parametrize("name", ["r.csv", "r.json", "r.jsonl"])
def test_a_record_beyond_the_limit_costs_itself_only(read_as, name, text, end):
    records = [{"id": "a", "text": "One."}, {"id": "b", "text": text}, {"id": "c", "text": "Three [, }\\."}]
    if name == "r.csv":
        made = io.StringIO(newline="")
        csv.writer(made, lineterminator=end).writerows([["id", "text"], *([r["id"], r["text"]] for r in records)])
        content = made.getvalue()
    else:
        content = json.dumps(records) if name == "r.json" else lines(*records)
    outcome = read_as(name, content, max_file_bytes=100_000)
    assert outcome.texts == ["One.", "Three [, }\\."]
    assert "longer than 100,000 bytes" in outcome.reason


def test_an_element_of_a_json_array_that_is_just_beyond_the_limit(read_as):
    records = [{"text": "x" * 900}, {"text": "y" * 1100}, {"text": "z"}]
    outcome = read_as("r.json", json.dumps(records), max_file_bytes=1000)
    assert ([text[0] for text in outcome.texts], outcome.failures[0].path) == (["x", "z"], "r.json:2")


@pytest.mark.parametrize(
    ("name", "content"), [("r.json", "[]"), ("r.json", " [ ] \n"), ("r.csv", "id,text\n"), ("r.tsv", "id\ttext")]
)
def test_a_file_without_records_says_so(read_as, name, content):
    assert "has no records" in read_as(name, content).reason


@pytest.mark.parametrize("name", ["r.jsonl", "r.csv"])
def test_the_encoding_is_found_where_the_first_foreign_letter_stands_late(read_as, name):
    plain = [f"Text number {i}, of no great length, it is true, but there are many more of its kind." for i in range(3000)]
    texts = [*plain, "The café reopened, “at last”.", *plain, "Ein Gespräch über die Brücke."]
    made = io.StringIO(newline="")
    csv.writer(made).writerows([["text"], *([text] for text in texts)])
    content = made.getvalue() if name == "r.csv" else "".join(json.dumps({"text": t}, ensure_ascii=False) + "\n" for t in texts)
    assert read_as(name, content.encode("cp1252")).texts == texts
    assert read_as(name, content.encode("utf-8")).texts == texts
    damaged = content.encode("utf-8").replace("café".encode(), b"caf\xe9")
    outcome = read_as(name, damaged)
    assert (outcome.texts, len(outcome.failures)) == ([text for text in texts if "café" not in text], 1)
