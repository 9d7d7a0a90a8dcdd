"""Stretches and instants as arrays: the same as one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.measures.stores import OCTOBER, a_task, add, add_prompt, noon, store_with
from tokenmirror.measures.courses import Stretches, clock_ms, course, day_numbers
from tokenmirror.measures.use import by_week
from tokenmirror.tasks.stretches import union_ms

HOUR_MS = 3_600_000
WEEKS = [OCTOBER.days.first_of(day) for day in (OCTOBER.first, OCTOBER.last)]
pairs = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 300)).map(lambda one: (one[0], sum(one))),
    max_size=12,
).map(sorted)


def stretches(some):
    columns = np.array(some, dtype=np.int64).reshape(-1, 2)
    return Stretches(columns[:, 0], columns[:, 1])


def as_pairs(found):
    return list(zip(found.start.tolist(), found.end.tolist(), strict=True))


@given(pairs, st.integers(-50, 750), st.integers(0, 300))
def test_what_lies_between_two_instants_is_cut_at_them(some, begin, length):
    end = begin + length
    cut = [(max(one, begin), min(other, end)) for one, other in some]
    inside = sorted((one, other) for one, other in cut if one < other)

    found = stretches(some).within(begin, end)

    assert sorted(as_pairs(found)) == inside
    assert found.union_ms() == union_ms(inside)
    assert found.total_ms() == sum(other - one for one, other in inside)


@given(pairs, st.integers(0, 700), st.integers(0, 300), st.integers(0, 200))
def test_a_part_of_a_part_is_that_part_of_all(some, begin, length, inner):
    whole, end = stretches(some), begin + length
    within = whole.within(begin, end).within(begin + inner // 2, end - inner // 3)

    assert as_pairs(within) == as_pairs(whole.within(begin + inner // 2, end - inner // 3))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-03-08", "2026-07-01"])
def test_the_clock_is_that_of_the_zone_when_it_is_put_forward_and_back(zone, day):
    told = ZoneInfo(zone)
    instants = [noon(day) + n * HOUR_MS // 4 + n for n in range(-100, 100)]
    shown = [
        datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(told).replace(tzinfo=UTC)
        for at_ms in instants
    ]

    for order in (slice(None), slice(None, None, -1)):
        found = clock_ms(np.array(instants[order], dtype=np.int64), told)
        assert [round(one.timestamp() * 1000) for one in shown[order]] == found.tolist()


def test_no_instants_have_no_clock():
    assert clock_ms(np.array([], dtype=np.int64), ZoneInfo("UTC")).tolist() == []


def test_own_prompts_of_all_sessions_come_by_time_with_what_belongs_to_them():
    db = store_with()
    asked = {1: [50, 10, 30], 2: [20, 40], 3: []}
    for project, minutes in asked.items():
        add(db, a_task("2026-10-06", origins=(), project=project))
        session = db.execute("select max(id) from sessions").fetchone()[0]
        for minute in minutes:
            add_prompt(db, session, noon("2026-10-06", minute), words=minute)

    found = course(db, OCTOBER)

    assert found.words.tolist() == [10, 20, 30, 40, 50]
    assert found.project.tolist() == [1, 2, 1, 2, 1]
    assert ((found.asked - noon("2026-10-06")) // 60_000).tolist() == [10, 20, 30, 40, 50]
    assert set(day_numbers(found.asked, OCTOBER.days, OCTOBER.first, OCTOBER.last)) == {5}


def test_prompts_at_the_edges_of_a_week_are_in_one_week_alone():
    db = store_with()
    for week in WEEKS:
        begin_ms = OCTOBER.days.begin_ms(week)
        add(db, a_task("2026-10-06", origins=()))
        session = db.execute("select max(id) from sessions").fetchone()[0]
        for at_ms in (begin_ms - 1, begin_ms, begin_ms + 1):
            add_prompt(db, session, at_ms)

    before = [OCTOBER.days.next_first(week, "week", -1) for week in WEEKS]

    assert [found.own for found in by_week(db, OCTOBER, WEEKS)] == [2, 2]
    assert [found.own for found in by_week(db, OCTOBER, before)] == [1, 1]
