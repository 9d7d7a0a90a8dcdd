"""H: stretches of the person's and the agents' time, against cases worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.measures.stores import (
    OCTOBER,
    a_commit,
    a_task,
    add,
    add_prompt,
    insert,
    noon,
    store_with,
)
from tokenmirror.measures.attention import agent_time, own_time, side_by_side, waiting
from tokenmirror.measures.courses import course
from tokenmirror.measures.figures import Unknown
from tokenmirror.measures.rhythm import out_of_hours, project_changes, week_pattern
from tokenmirror.tasks.stretches import union_ms as plain_union_ms

MINUTE = 60_000
DAY = "2026-10-06"


def a_session(db, prompts, turns=(), *, project=1, **kw):
    """A session with own prompts and turns, in minutes after noon."""
    add(db, a_task(DAY, origins=(), project=project, **kw))
    session = db.execute("select max(id) from sessions").fetchone()[0]
    for minute in prompts:
        add_prompt(db, session, noon(DAY) + round(minute * MINUTE))
    for start, end in turns:
        insert(
            db, "turns", key=db.execute("select count(*) from turns").fetchone()[0] + 1,
            session_id=session, copied=0, at_ms=noon(DAY) + round(start * MINUTE),
            ended_ms=None if end is None else noon(DAY) + round(end * MINUTE), ended="finished",
        )  # fmt: skip
    return session


def test_own_time_is_half_a_minute_before_a_prompt_and_the_reading_before_the_next():
    db = store_with()
    a_session(db, [0, 5], [(0, 2)])

    figure = own_time(db, OCTOBER)

    assert figure.value == 30 + 180  # 30 s before the first; from the turn's end to the second
    assert figure.low == 30 + 30  # three minutes are beyond the lower cap
    assert figure.basis == "estimated"


def test_time_in_two_sessions_at_once_counts_once():
    db = store_with()
    a_session(db, [0, 3], [(0, 1)])
    a_session(db, [0, 3], [(0, 1)])

    assert own_time(db, OCTOBER).value == 30 + 120


def test_a_decision_at_a_known_time_is_an_own_action():
    db = store_with()
    session = a_session(db, [0], [(0, 1)])
    insert(
        db, "suggestions", key=1, log_key="k", session_id=session, copied=0, at_ms=noon(DAY),
        kind="edit", decision="accepted", how="chosen", basis="stated",
        decided_ms=noon(DAY) + 4 * MINUTE, lines_added=1, lines_removed=0, added=1, removed=0,
    )  # fmt: skip

    assert own_time(db, OCTOBER).value == 30 + 180


def test_agents_in_parallel_add_up_and_a_sub_agent_does_not():
    db = store_with()
    a_session(db, [0], [(0, 10)])
    a_session(db, [1], [(5, 15)])
    inner = a_session(db, [], [(0, 10)])
    db.execute("update sessions set relation = 'subagent' where id = ?", (inner,))

    figure = agent_time(db, OCTOBER)

    assert (figure.value, figure.parts["sum"]) == (15 * 60, 20 * 60)
    assert side_by_side(db, OCTOBER).value == pytest.approx(20 / 15)


def test_a_turn_that_ends_before_it_began_is_left_out():
    db = store_with()
    a_session(db, [0], [(5, 4), (0, 1)])

    assert agent_time(db, OCTOBER).value == 60


def test_turns_without_an_end_are_not_recorded_rather_than_nothing():
    db = store_with()
    a_session(db, [0], [(0, None)])

    assert agent_time(db, OCTOBER).reason == "not_recorded"
    assert waiting(db, OCTOBER).reason == "not_recorded"
    assert own_time(db, OCTOBER).value == 30


def test_waiting_is_a_long_turn_with_nothing_else_in_it():
    db = store_with()
    a_session(db, [0], [(0, 3)])
    a_session(db, [60, 70], [(60, 65), (70, 71)])
    a_session(db, [62], [(62, 63)])
    waits = waiting(db, OCTOBER)
    a_commit(db, DAY)
    db.execute("update commits set placed_ms = placed_ms + 60000")

    assert waits.value == 180
    assert waiting(db, OCTOBER).value == 0


def test_unattended_agents_are_left_out_unless_asked_for():
    db = store_with()
    a_session(db, [], [(0, 3)], unattended=True)

    assert isinstance(agent_time(db, OCTOBER), Unknown)
    assert agent_time(db, replace(OCTOBER, unattended=True)).value == 180


def test_the_pattern_has_every_hour_of_the_week_from_the_first_of_the_day():
    db = store_with()
    a_session(db, [0, 1, 60])

    figure = week_pattern(db, OCTOBER)

    assert len(figure.rows) == 7 * 24
    assert figure.rows[0][0] == "0-04"
    assert dict(figure.rows)["1-12"] == (1, 12, 2)
    assert dict(figure.rows)["1-13"] == (1, 13, 1)


def test_hours_outside_work_need_hours_of_work():
    db = store_with()
    a_session(db, [0, 1, 400])
    working = tuple((9 * 60, 17 * 60) if day < 5 else None for day in range(7))

    assert out_of_hours(db, OCTOBER).reason == "not_entered"
    figure = out_of_hours(db, replace(OCTOBER, working=working))
    assert (figure.hits, figure.trials) == (1, 3)


def test_changes_of_project_are_counted_within_a_day():
    db = store_with()
    a_session(db, [0, 2], [(0, 1)], project=1)
    a_session(db, [1, 3], project=2)

    figure = project_changes(db, OCTOBER)

    assert figure.parts["changes"] == 3
    assert figure.value == pytest.approx(3 / figure.parts["hours"])


def test_time_is_cut_at_the_edge_of_the_period():
    db = store_with()
    a_session(db, [0], [(0, 60 * 20)])  # from noon into the next civil day
    one_day = replace(OCTOBER, first=date(2026, 10, 6), last=date(2026, 10, 6))

    assert agent_time(db, one_day).value == 16 * 3600  # to 04:00


@given(
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 900)), max_size=20),
    st.lists(st.integers(0, 2_400), max_size=20),
)
def test_no_day_holds_more_time_than_it_has_and_the_union_is_no_more_than_the_sum(turns, prompts):
    db = store_with()
    a_session(db, prompts, [(start, start + length) for start, length in turns])
    one_day = replace(OCTOBER, first=date(2026, 10, 6), last=date(2026, 10, 6))

    found = course(db, one_day)

    for stretches in (found.turns, *found.own_by_cap):
        pairs = list(zip(stretches.start.tolist(), stretches.end.tolist(), strict=True))
        assert stretches.union_ms() <= 24 * 3_600_000
        assert stretches.union_ms() <= stretches.total_ms()
        assert all(found.from_ms <= start < end <= found.until_ms for start, end in pairs)
        assert stretches.union_ms() == plain_union_ms(pairs)
