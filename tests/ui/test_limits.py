"""How fast one may ask."""

from __future__ import annotations

from ui.limits import Buckets


def test_a_minutes_worth_may_come_at_once_and_refills_evenly() -> None:
    now = [0.0]
    buckets = Buckets(6, clock=lambda: now[0])
    assert [buckets.take("dana") for _ in range(7)] == [0.0] * 6 + [10.0]
    now[0] = 4
    assert buckets.take("dana") == 6.0 and buckets.take("mo") == 0.0
    now[0] = 10.5
    assert buckets.take("dana") == 0.0 and buckets.take("dana") > 0
    now[0] = 1000
    assert [buckets.take("dana") for _ in range(7)].count(0.0) == 6
