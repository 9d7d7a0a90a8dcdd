"""I2: prompts that push back within two turns of an edit."""

from __future__ import annotations

import pytest

from tests.measures.stores import OCTOBER, a_task, add_prompt, insert, noon, store_with, summed
from tokenmirror.measures.corrections import I2

DAY = "2026-10-06"


def a_talk(db, prompts, edits, *, session, day=DAY, decision="accepted"):
    """Prompts as (minute, pushes back) and edits by minute, in one session."""
    for minute, back in prompts:
        add_prompt(db, session, noon(day, minute))
        db.execute("update prompts set pushes_back = ? where id = (select max(id) from prompts)",
                   (back,))  # fmt: skip
    for minute in edits:
        key = db.execute("select count(*) from suggestions").fetchone()[0]
        insert(db, "suggestions", key=key, log_key="k", session_id=session, copied=0,
               at_ms=noon(day, minute), kind="edit", path="a.py", decision=decision,
               basis="stated", lines_added=1, lines_removed=0, added=1, removed=0)  # fmt: skip
    summed(db, session)


def told(prompts, edits, **kw):
    db = store_with(a_task(DAY, origins=()))
    a_talk(db, prompts, edits, session=1, **kw)
    return I2.compute(db, OCTOBER)


def test_a_prompt_counts_when_an_edit_lies_within_the_two_before_it():
    rate = told([(0, 1), (10, 1), (20, 0), (30, 1), (40, 1)], [5])

    assert (rate.hits, rate.trials) == (1, 2)  # the ones at 10 and 20
    assert rate.basis == "estimated"
    assert "(estimated)" in rate.sentence


def test_an_edit_long_ago_counts_by_prompts_and_not_by_hours():
    db = store_with(a_task("2026-09-20", origins=()))
    a_talk(db, [(0, 0), (10, 0), (20, 0), (30, 0)], [5], session=1, day="2026-09-20")
    a_talk(db, [(0, 1)], [], session=1)

    assert I2.compute(db, OCTOBER).trials == 0


def test_an_edit_of_last_night_counts_for_the_first_prompt_of_the_period():
    db = store_with(a_task("2026-09-28", origins=()))
    a_talk(db, [(0, 0)], [5], session=1, day="2026-09-28")
    a_talk(db, [(0, 1)], [], session=1, day="2026-10-01")

    assert (I2.compute(db, OCTOBER).hits, I2.compute(db, OCTOBER).trials) == (1, 1)


def test_an_edit_that_did_not_apply_is_none():
    assert told([(0, 0), (10, 1)], [5], decision="failed").trials == 0


def test_nothing_after_an_edit_is_said_so():
    assert told([(0, 1)], []).sentence == "No prompt of yours followed an edit in this period."


def test_prompts_read_before_the_signs_were_are_not_recorded():
    assert told([(0, None), (10, None)], [5]).reason == "not_recorded"


def test_prompts_without_signs_stay_out_of_the_rate():
    rate = told([(0, None), (10, None), (20, 1)], [5, 15])

    assert (rate.hits, rate.trials) == (1, 1)


@pytest.mark.parametrize(("sessions", "percent"), [(4, False), (12, True)])
def test_a_percentage_needs_five_sessions_and_comes_with_an_interval(sessions, percent):
    db = store_with(*[a_task(DAY, origins=()) for _ in range(sessions)])
    for session in range(1, sessions + 1):
        a_talk(db, [(0, 0), (10, session % 3 == 0)], [5], session=session)

    rate = I2.compute(db, OCTOBER)

    assert rate.n == sessions
    assert ("%" in rate.sentence) == percent
    assert ("likely between" in rate.sentence) == percent


def test_prompts_of_programs_are_no_corrections():
    db = store_with(a_task(DAY, origins=()))
    a_talk(db, [(0, 0), (10, 1)], [5], session=1)
    db.execute("update origins set origin = 'unattended'")
    summed(db)

    assert I2.compute(db, OCTOBER).trials == 0
