"""2: civil days in figures; partial periods, ripeness, and clocks that change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measures.stores import OCTOBER, a_task, add_prompt, insert, noon, store_with
from tokenmirror.measures import history
from tokenmirror.measures.attention import agent_time
from tokenmirror.measures.measure import Scope
from tokenmirror.measures.registry import by_id
from tokenmirror.measures.scoped import ripe_ms
from tokenmirror.store.days import DAY

HOUR_MS = 3_600_000
scopes = st.builds(
    Scope,
    st.dates(date(2024, 1, 1), date(2026, 10, 1)),
    st.just(date(2026, 10, 31)),
    st.dates(date(2026, 11, 1), date(2026, 12, 31)),
    st.sampled_from(sorted(available_timezones())),
    st.integers(0, 16).map(lambda n: 30 * n),
    st.integers(0, 6),
)


@given(scopes)
def test_shown_weeks_follow_each_other_and_the_last_holds_today(scope):
    weeks = history.shown_weeks(scope)

    assert all(later - earlier == timedelta(weeks=1) for earlier, later in pairwise(weeks))
    assert weeks[-1] <= scope.today < weeks[-1] + timedelta(weeks=1)
    assert {week.weekday() for week in weeks} == {scope.week_start}


@given(scopes)
def test_shown_months_follow_each_other_and_the_last_holds_today(scope):
    months = history.shown_months(scope)

    assert len(months) == 12
    assert months[-1] == scope.today.replace(day=1)
    assert all(scope.days.next_first(a, "month") == b for a, b in pairwise(months))


@given(scopes, st.integers(0, 400))
def test_weeks_of_a_baseline_are_full_and_lie_between_its_beginning_and_the_period(scope, back):
    begin = scope.first - timedelta(days=back)
    weeks = history.weeks_before(scope, begin)

    assert all(begin <= week and scope.days.last_of(week) < scope.first for week in weeks)
    assert len(weeks) >= min(34, (back - 12) // 7)
    assert history.weeks_before(scope, None) == []


@given(scopes, st.integers(0, 30))
def test_a_week_is_hollow_until_it_is_over(scope, ago):
    first = scope.days.first_of(scope.today - timedelta(days=ago))

    drawn = history.week(scope, first, date(2020, 1, 1), (1.0,), "x")

    assert drawn.so_far == (scope.days.last_of(first) >= scope.today)
    assert ("so far" in drawn.sentence) == drawn.so_far


@given(scopes, st.integers(0, 40))
def test_something_is_ripe_when_its_day_is_14_days_ago(scope, ago):
    day = scope.today - timedelta(days=ago)
    start_ms, end_ms = scope.days.bounds_ms(day, day)

    if end_ms > start_ms:  # a country may skip a day
        assert (end_ms - 1 < ripe_ms(scope)) == (ago >= 14)
        assert (start_ms < ripe_ms(scope)) == (ago >= 14)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
    st.integers(0, 16).map(lambda n: 30 * n),
    st.lists(st.integers(0, 62 * 24 * 4), min_size=1, max_size=30),
)
def test_prompts_of_days_add_up_to_those_of_the_period(zone, day_start_min, slots):
    db = store_with(a_task(origins=()))
    for slot in slots:
        add_prompt(db, 1, noon("2026-10-01") + slot * 900_000)
    scope = replace(OCTOBER, last=date(2026, 11, 10), zone=zone, day_start_min=day_start_min)
    days = scope.days.firsts(scope.first, scope.last, "day")

    prompts = [by_id("B1").compute(db, replace(scope, first=day, last=day)).value for day in days]

    assert sum(prompts) == by_id("B1").compute(db, scope).value


def test_a_prompt_at_half_past_one_belongs_to_the_evening_before():
    db = store_with(a_task("2026-10-05", origins=()))
    add_prompt(db, 1, noon("2026-10-06") - 630 * 60_000)  # 01:30
    monday = replace(OCTOBER, first=date(2026, 10, 5), last=date(2026, 10, 5))

    assert by_id("B1").compute(db, monday).value == 1
    assert by_id("B1").compute(db, replace(monday, day_start_min=60)).value == 0


def test_two_hours_across_the_spring_change_last_two_hours():
    db = store_with(a_task("2026-03-29"))
    start_ms = noon("2026-03-29") - round(11.5 * HOUR_MS)  # 01:30 in Berlin, an hour is skipped
    insert(db, "turns", key=1, session_id=1, copied=0, at_ms=start_ms,
           ended_ms=start_ms + 2 * HOUR_MS, ended="finished")  # fmt: skip
    scope = replace(OCTOBER, first=date(2026, 3, 28), last=date(2026, 3, 29), zone="Europe/Berlin")

    assert agent_time(db, scope).value == 2 * 3600


def test_a_fiscal_quarter_needs_no_other_history_than_a_calendar_one():
    scope = replace(OCTOBER, first=date(2026, 8, 1), last=date(2026, 10, 31), year_start=2)

    assert scope.days.first_of(scope.first, "quarter") == scope.first
    assert scope.days.last_of(scope.first, "quarter") == scope.last
    assert "26 weeks are needed" in history.lacking(scope, [])


def test_the_first_week_of_a_source_is_left_out_of_a_baseline():
    week = replace(OCTOBER, first=date(2026, 10, 5), last=date(2026, 10, 11))

    assert history.weeks_before(week, date(2026, 9, 16)) == [date(2026, 9, 21), date(2026, 9, 28)]
    assert history.weeks_before(week, date(2026, 9, 14))[0] == date(2026, 9, 14)
    assert history.weeks_before(week, date(2026, 10, 5) - DAY) == []
