"""Kaplan-Meier by days: values worked by hand, censoring, and the band over tasks."""

from __future__ import annotations

import pytest

from tests.measures.fates import Fate, groups
from tokenmirror.measures.survival_curve import band, curve, share_at

BY_HAND = groups([
    ("a", 2, 5, True),
    ("a", 3, 10, False),
    ("b", 1, 20, True),
    ("b", 4, 60, False),
])  # fmt: skip


def test_the_worked_example_of_the_measures():
    assert share_at(BY_HAND, 30) == pytest.approx(0.64)
    assert share_at(BY_HAND, 5) == pytest.approx(0.8)
    assert share_at(BY_HAND, 4) == 1


def test_without_censoring_it_is_the_plain_share():
    some = groups([(0, 30, 3, True), (1, 70, 200, False)])

    assert share_at(some, 90) == pytest.approx(0.7)


def test_lines_that_all_died_are_known_to_be_gone():
    assert share_at(groups([(0, 12, 2, True)]), 30) == 0


def test_a_day_that_few_lines_were_watched_for_is_not_told():
    some = groups([(0, 81, 10, False), (1, 19, 60, False)])

    assert share_at(some, 10) == 1
    assert share_at(some, 11) is None
    assert share_at(groups([]), 7) is None


def test_the_curve_never_rises():
    shares = [point.share for point in curve(BY_HAND, 60)]

    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1


def many(count: int) -> list[Fate]:
    return [
        part
        for unit in range(count)
        for part in ((unit, 5 + unit % 7, 3 + unit % 40, True), (unit, 20, 100, False))
    ]


def test_the_band_holds_the_curve_and_is_the_same_each_time():
    points = band(groups(many(25)), start=7)

    assert all(p.low <= p.share <= p.high for p in points if p.low is not None)
    assert points[30].high - points[30].low > 0.01
    assert points == band(groups(reversed(many(25))), start=7)


def test_seven_tasks_have_no_interval():
    assert all(point.low is None for point in band(groups(many(7)), start=7))


def test_a_band_of_equal_tasks_is_narrow_and_one_of_clumps_is_wide():
    equal = [(unit, 50, day, died) for unit in range(20) for day, died in ((9, True), (99, False))]
    clumps = [(unit, 100, 9 if unit % 2 else 99, bool(unit % 2)) for unit in range(20)]

    narrow, wide = band(groups(equal), 3)[30], band(groups(clumps), 3)[30]

    assert narrow.share == wide.share == pytest.approx(0.5)
    assert narrow.high - narrow.low < 0.2  # two tasks that nobody saw are allowed for
    assert wide.high - wide.low > 0.3
