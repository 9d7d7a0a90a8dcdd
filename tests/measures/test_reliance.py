"""I1, I3, I4: how turns ended and how long they took."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.measures.stores import OCTOBER, a_task, add, insert, noon, store_with
from tokenmirror.measures.figures import Unknown
from tokenmirror.measures.reliance import interruptions, leash, leash_by_week, questions
from tokenmirror.store import slots

DAY = "2026-10-06"


def with_turns(db, *turns, calls=0, **task):
    """A session with turns as (seconds, how they ended)."""
    add(db, a_task(DAY, **task))
    session = db.execute("select max(id) from sessions").fetchone()[0]
    for n, (seconds, ended) in enumerate(turns):
        insert(
            db, "turns", key=session * 1000 + n, session_id=session, copied=0, at_ms=noon(DAY, n),
            ended_ms=noon(DAY, n) + seconds * 1000, ended=ended,
        )  # fmt: skip
    for n in range(calls):
        insert(db, "tool_calls", key=session * 1000 + n, session_id=session, copied=0,
               at_ms=noon(DAY), kind="other", name="x", args_hash=n)  # fmt: skip
    slots.refresh(db, [session])
    return session


def test_stopped_turns_are_counted_over_all_turns_with_an_interval_over_sessions():
    db = store_with()
    for n in range(10):
        with_turns(db, *[(5, "finished")] * 4, (5, "interrupted" if n % 2 else "finished"))

    figure = interruptions(db, OCTOBER)

    assert (figure.hits, figure.trials, figure.n) == (5, 50, 10)
    assert figure.low < 0.1 < figure.high


def test_a_tool_that_never_says_how_turns_end_is_not_taken_for_never():
    db = store_with()
    with_turns(db, (5, "unknown"), source="other-tool")

    assert interruptions(db, OCTOBER).reason == "not_recorded"
    assert questions(db, OCTOBER).reason == "not_recorded"


def test_only_sessions_of_tools_that_tell_enter():
    db = store_with()
    with_turns(db, (5, "asked"), (5, "finished"))
    with_turns(db, (5, "unknown"), source="other-tool")

    assert (questions(db, OCTOBER).hits, questions(db, OCTOBER).trials) == (1, 2)


def test_sub_agents_and_unattended_runs_are_left_out():
    db = store_with()
    with_turns(db, (5, "interrupted"))
    inner = with_turns(db, (5, "interrupted"))
    db.execute("update sessions set relation = 'subagent' where id = ?", (inner,))
    with_turns(db, (5, "interrupted"), unattended=True)

    assert interruptions(db, OCTOBER).trials == 1
    assert interruptions(db, replace(OCTOBER, unattended=True)).trials == 2


def test_the_leash_is_the_median_turn_and_calls_per_prompt():
    db = store_with()
    for n in range(5):
        with_turns(db, (60 + n, "finished"), calls=3)

    figure = leash(db, OCTOBER)

    assert figure.value == 62
    assert figure.parts["median_calls_per_prompt"] == pytest.approx(3)
    assert figure.parts["p90_s"] is None  # fewer than twenty turns
    assert leash_by_week(db, replace(OCTOBER, today=OCTOBER.last)).weeks[-4].values == (62,)


def test_four_turns_are_listed_and_none_gives_no_activity():
    db = store_with()
    with_turns(db, *[(60, "finished")] * 4)

    assert leash(db, OCTOBER).sentence.startswith("4 turns:")
    assert isinstance(leash(store_with(), OCTOBER), Unknown)
