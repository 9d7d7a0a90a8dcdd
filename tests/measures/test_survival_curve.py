"""Kaplan-Meier by days: values worked by hand, censoring, and the band over tasks."""

from __future__ import annotations

import pytest

from tokenmirror.measures.survival_curve import DAY_MS, Group, band, curve, group, share_at

BY_HAND = [
    Group("a", 2, 5, died=True),
    Group("a", 3, 10, died=False),
    Group("b", 1, 20, died=True),
    Group("b", 4, 60, died=False),
]


def test_the_worked_example_of_the_measures():
    assert share_at(BY_HAND, 30) == pytest.approx(0.64)
    assert share_at(BY_HAND, 5) == pytest.approx(0.8)
    assert share_at(BY_HAND, 4) == 1


def test_without_censoring_it_is_the_plain_share():
    groups = [Group(0, 30, 3, died=True), Group(1, 70, 200, died=False)]

    assert share_at(groups, 90) == pytest.approx(0.7)


def test_lines_that_all_died_are_known_to_be_gone():
    assert share_at([Group(0, 12, 2, died=True)], 30) == 0


def test_a_day_that_few_lines_were_watched_for_is_not_told():
    groups = [Group(0, 81, 10, died=False), Group(1, 19, 60, died=False)]

    assert share_at(groups, 10) == 1
    assert share_at(groups, 11) is None
    assert share_at([], 7) is None


def test_the_curve_never_rises():
    shares = [point.share for point in curve(BY_HAND, 60)]

    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1


def test_days_are_counted_against_the_line():
    born = 1_000_000

    assert group(0, 1, born, born + DAY_MS + 1, died=True).days == 2
    assert group(0, 1, born, born + 2 * DAY_MS - 1, died=False).days == 1
    assert group(0, 1, born, born - 5, died=True).days == 0


def many(count: int) -> list[Group]:
    return [
        part
        for unit in range(count)
        for part in (
            Group(unit, 5 + unit % 7, 3 + unit % 40, died=True),
            Group(unit, 20, 100, died=False),
        )
    ]


def test_the_band_holds_the_curve_and_is_the_same_each_time():
    points = band(many(25), start=7)

    assert all(p.low <= p.share <= p.high for p in points if p.low is not None)
    assert points[30].high - points[30].low > 0.01
    assert points == band(list(reversed(many(25))), start=7)


def test_seven_tasks_have_no_interval():
    assert all(point.low is None for point in band(many(7), start=7))


def test_a_band_of_equal_tasks_is_narrow_and_one_of_clumps_is_wide():
    equal = [
        Group(unit, 50, day, died=died)
        for unit in range(20)
        for day, died in ((9, True), (99, False))
    ]
    clumps = [Group(unit, 100, 9 if unit % 2 else 99, died=bool(unit % 2)) for unit in range(20)]

    narrow, wide = band(equal, 3)[30], band(clumps, 3)[30]

    assert narrow.share == wide.share == pytest.approx(0.5)
    assert narrow.high - narrow.low < 0.2  # two tasks that nobody saw are allowed for
    assert wide.high - wide.low > 0.3
