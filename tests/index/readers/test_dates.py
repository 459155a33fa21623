from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from index.readers.dates import date_in_url, find_dateline, parse_date

DAY = date(2024, 5, 12)


@pytest.mark.parametrize(
    "value",
    [
        "2024-05-12",
        "2024-05-12T23:59:00-10:00",
        "2024-05-12 08:00",
        "2024/5/12",
        "20240512",
        "20240512T080000Z",
        "Sun, 12 May 2024 08:00:00 GMT",
        "May 12, 2024",
        "May 12th, 2024",
        "12 May 2024",
        "12. Mai 2024",
        "12 de mayo de 2024",
        "12.05.2024",
        DAY,
        datetime(2024, 5, 12, 8, tzinfo=UTC),
        1715500800,
        1715500800000,
    ],
)
def test_forms_of_one_day(value):
    assert parse_date(value) == DAY


def test_with_slashes_only_a_number_over_12_tells_the_day():
    assert parse_date("13/05/2024") == parse_date("05/13/2024") == date(2024, 5, 13)


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2024", "May 2024", "03/04/2024", "2024-13-01", "2024-02-30", None, True, 2024, 7.5, [], "x" * 200]
)
def test_no_whole_or_certain_day_is_no_date(value):
    assert parse_date(value) is None


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("BERLIN, Dec. 15, 2025 (Reuters) - Talks ended", date(2025, 12, 15)),
        ("WASHINGTON, D.C., May 2, 2026 -- The Senate", date(2026, 5, 2)),
        ("Published: 12 March 2024", date(2024, 3, 12)),
        ("Posted on Tuesday, March 12, 2024", date(2024, 3, 12)),
        ("May 2, 2026", date(2026, 5, 2)),
        ("Oct. 9, 2025, 4:04 a.m. ET", date(2025, 10, 9)),
        ("Oct. 9, 2025 Updated Oct. 10, 2025, 1:11 p.m. ET", date(2025, 10, 9)),
        ("2024-05-12", date(2024, 5, 12)),
    ],
)
def test_datelines(line, day):
    assert find_dateline(f"A headline of the day\n\n{line}\n\nText follows.") == day


@pytest.mark.parametrize(
    "line",
    [
        "On May 2, 2024, he said the bridge would close.",
        "May 2, 2024 was the day the bridge closed.",
        "The bridge, closed since May 2, 2024 - a year after the storm - reopened.",
        "BERLIN, Dec. 15 (Reuters) - Talks ended",
        "Updated May 2, 2024",
        "December 2025",
    ],
)
def test_dates_of_the_prose_are_not_the_articles(line):
    assert find_dateline(line) is None


def test_only_the_first_lines_hold_a_dateline():
    assert find_dateline("A line.\n" * 6 + "May 2, 2026") is None


def test_dates_in_addresses():
    assert date_in_url("https://courier.example/2024/05/12/bridge") == DAY
    assert date_in_url("https://courier.example/2024/may/12/bridge") == DAY
    assert date_in_url("https://courier.example/20240512-bridge") == DAY
    assert date_in_url("https://courier.example/story/69712160012/") is None
    assert date_in_url("https://courier.example/2024/05/bridge") is None


@pytest.mark.parametrize(
    "value",
    ["1715500800", "1715500800000", "1715500800.0", " 1715500800123 ", 20240512, 20240512.0, "202405120830", "20240512083059"],
)
def test_numbers_that_are_days_or_times(value):
    assert parse_date(value) == DAY


@pytest.mark.parametrize("value", ["1710112345678901", "20240512999999", "171011234", 17081399, "202405121"])
def test_numbers_that_are_neither(value):
    assert parse_date(value) is None


def test_a_count_of_milliseconds_is_not_read_as_a_day():
    assert parse_date("1710112345678") == date(2024, 3, 10)


@pytest.mark.parametrize(
    "line",
    ["June 6, 1944 — Allied troops landed in Normandy.", "May 8, 1945 | 80 years on", "1989-11-09 - the night of the wall"],
)
def test_dates_that_the_article_is_about(line):
    assert find_dateline(f"Remembering the war\n\n{line}\n\nText follows.") is None


@pytest.mark.parametrize(
    "aside", [" | 10:30 GMT", " · 5 min read", " — Updated 3 p.m.", " | By Anna Berg", " (Reuters) - Talks ended"]
)
def test_dates_with_an_aside(aside):
    assert find_dateline(f"May 12, 2024{aside}") == DAY


@pytest.mark.parametrize("path", ["/story/17081225/talks", "/p/16120311_", "/story/18991231-talks"])
def test_numbers_in_addresses_are_no_days_of_old(path):
    assert date_in_url(f"https://courier.example{path}") is None
    assert date_in_url("https://courier.example/1925/05/12/bridge") == date(1925, 5, 12)
