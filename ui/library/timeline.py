"""Articles over time as a small picture: SVG made here, with every figure of it in words beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ui.markup import MONTHS, count, escaped

_MOST_BARS = 48
_WIDTH, _HEIGHT, _GAP = 720, 96, 0.25
#: months in a bar: the smallest that leaves few enough bars
_STEPS = (1, 3, 12, 24, 60, 120)


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time and the articles published in it; days as ISO, both inclusive."""

    label: str
    since: str
    until: str
    articles: int


def bars(months: Mapping[tuple[int, int], int]) -> list[Bar]:
    """Equal stretches from the first month to the last, those without an article too. :param months: (year, month) -> articles"""
    if not months:
        return []
    first, last = (year * 12 + month - 1 for year, month in (min(months), max(months)))
    step = next((s for s in _STEPS if (last - first) // s < _MOST_BARS), (last - first) // _MOST_BARS + 1)
    start = first - first % step
    found = [0] * ((last - start) // step + 1)
    for (year, month), number in months.items():
        found[(year * 12 + month - 1 - start) // step] += number
    return [_bar(start + i * step, step, number) for i, number in enumerate(found)]


def _bar(at: int, step: int, articles: int) -> Bar:
    end = at + step - 1
    first, last = f"{MONTHS[at % 12]} {at // 12}", f"{MONTHS[end % 12]} {end // 12}"
    if step % 12 == 0:
        label = f"{at // 12}" if step == 12 else f"{at // 12}–{end // 12}"
    else:
        label = first if step == 1 else f"{first.split()[0]}–{last}"
    # the last day needs no calendar: a comparison of dates is all it is for, but a form wants one that exists
    days = 29 if end % 12 == 1 and _is_leap(end // 12) else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[end % 12]
    return Bar(label, f"{at // 12:04}-{at % 12 + 1:02}-01", f"{end // 12:04}-{end % 12 + 1:02}-{days}", articles)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def picture(shown: list[Bar], link: str) -> str:
    """The bars, each a link to its articles, and a table of the same figures. :param link: with `{since}` and `{until}`."""
    if not shown:
        return '<p class="cw-none">No article has a date.</p>'
    most = max(bar.articles for bar in shown)
    width = _WIDTH / len(shown)
    drawn = "".join(_drawn(bar, i * width, width, most, link) for i, bar in enumerate(shown) if bar.articles)
    peak = max(shown, key=lambda bar: bar.articles)
    said = f"Articles over time, {shown[0].label} to {shown[-1].label}; most in {peak.label}: {peak.articles:,}."
    rows = "".join(f"<tr><th scope='row'>{escaped(b.label)}</th><td>{b.articles:,}</td></tr>" for b in shown)
    return (
        f'<figure class="cw-timeline"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="group" '
        f'aria-label="{escaped(said)}">{drawn}</svg>'
        f'<figcaption><span>{escaped(shown[0].label)}</span><span class="cw-peak">most: {peak.articles:,} in '
        f"{escaped(peak.label)}</span><span>{escaped(shown[-1].label)}</span></figcaption>"
        f'<details><summary>The same as a table</summary><div class="cw-scroll" tabindex="0" role="region" '
        f'aria-label="Articles over time"><table><thead><tr><th scope="col">When</th><th scope="col">Articles</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details></figure>"
    )


def _drawn(bar: Bar, x: float, width: float, most: int, link: str) -> str:
    height = max(2.0, bar.articles / most * _HEIGHT)
    said = f"{bar.label}: {count(bar.articles, 'article')}"
    href = escaped(link.format(since=bar.since, until=bar.until))
    return (
        f'<a href="{href}" aria-label="{escaped(said)}"><title>{escaped(said)}</title>'
        f'<rect class="cw-hit" x="{x:.1f}" y="0" width="{width:.1f}" height="{_HEIGHT}"/>'
        f'<rect class="cw-bar" x="{x + width * _GAP / 2:.1f}" y="{_HEIGHT - height:.1f}" width="{width * (1 - _GAP):.1f}" '
        f'height="{height:.1f}"/></a>'
    )
