from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def test_csv_with_quotes_line_ends_and_long_fields(read_as):
    text = 'He said "so", and\nleft; ' + "word " * 50_000
    made = io.StringIO(newline="")
    csv.writer(made).writerows([["ID", "Headline", "Text", "Date"], ["1", "Bridge, open", text, "2024-05-12"]])
    article = read_as("r.csv", made.getvalue()).article
    assert (article.id, article.title, article.text, article.published) == ("1", "Bridge, open", text, date(2024, 5, 12))


@pytest.mark.parametrize(("name", "mark"), [("r.csv", ","), ("r.csv", ";"), ("r.csv", "\t"), ("r.csv", "|"), ("r.tsv", "\t")])
def test_csv_separators(read_as, name, mark):
    assert read_as(name, f"id{mark}text\na{mark}One.\nb{mark}Two.\n").texts == ["One.", "Two."]


def test_csv_rows_that_are_wrong(read_as):
    outcome = read_as("r.csv", "id,text\na,One.\nb,Two,three.\nc\nd,Four.\n")
    assert outcome.texts == ["One.", "Four."]
    assert [failure.path for failure in outcome.failures] == ["r.csv:3", "r.csv:4"]


def test_csv_with_an_open_quote_says_so(read_as):
    outcome = read_as("r.csv", 'id,text\na,One.\nb,"Two.\nc,Three.\n')
    assert outcome.texts == ["One.", "Three."]
    assert (outcome.failures[0].path, "not valid CSV" in outcome.reason) == ("r.csv:3", True)


def test_csv_without_names_is_one_failure(read_as):
    outcome = read_as("r.csv", "1,One.\n2,Two.\n")
    assert not outcome.articles
    assert "first row" in outcome.reason


@pytest.mark.parametrize(
    "broken",
    [
        'b,"He said "no" to it"',
        'b,"5" tall"',
        'b,"Two.\nShe came, he left\nand "so" on, they say"',
        'b,"Two.\nLong ago,\nit was said',
    ],
)
def test_a_stray_quote_costs_its_record_only(read_as, broken):
    outcome = read_as("r.csv", f'id,text\n"a","One."\n{broken}\n"c","Three,\nand more."\n"d","Four."\n')
    assert outcome.texts == ["One.", "Three,\nand more.", "Four."]
    assert (outcome.failures[0].path, "not valid CSV" in outcome.reason) == ("r.csv:3", True)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text('ab,"\n\r ', max_size=12), max_size=6), st.integers(0, 6), st.sampled_from(["\n", "\r\n"]))
def test_any_valid_csv_is_read_exactly_around_a_record_that_is_too_long(read_as, texts, at, end):
    texts = ["Text " + text for text in texts]
    long = 'x"\n, ' * 50
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["text"], *([text] for text in [*texts[:at], long, *texts[at:]])])
    outcome = read_as("r.csv", made.getvalue(), max_file_bytes=100)
    assert outcome.texts == texts
    assert "longer than 100 bytes" in outcome.reason
