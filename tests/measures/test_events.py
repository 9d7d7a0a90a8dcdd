"""Events of some days: the sessions of few days among many, and days that were quiet."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.measures.stores import OCTOBER, a_task, add, add_prompt, insert, noon, store_with
from tokenmirror.measures import active, chosen, columns, events, memo
from tokenmirror.store.sums import EVENTS

BEGIN = date(2026, 7, 1)
DAYS = 60
LONG = (0, 3, 30, 59)  # days after the first on which the long session was at work


@pytest.fixture(scope="module")
def sixty_days():
    """A session on each of sixty days, and one from the first to the last."""
    with closing(store_with(begin=BEGIN.isoformat())) as db:
        for n in range(DAYS):
            add(db, a_task(BEGIN + timedelta(days=n), origins=("own",) * (n % 3)))
        add(db, a_task(BEGIN, origins=(), source="codex-cli"))
        session = db.execute("select max(id) from sessions").fetchone()[0]
        for n in LONG:
            add_prompt(db, session, noon(BEGIN + timedelta(days=n)))
        yield db


@pytest.mark.parametrize("length", [1, 4, 20, 70])
@pytest.mark.parametrize("begin", [-3, 0, 1, 25, 58])
def test_few_days_of_many_hold_what_single_days_hold(sixty_days, begin, length):
    first = BEGIN + timedelta(days=begin)
    days = range(max(begin, 0), min(begin + length, DAYS))
    wanted = sum(n % 3 for n in days) + sum(n in days for n in LONG)

    with memo.kept():
        scope = replace(OCTOBER, first=first, last=first + timedelta(days=length - 1))
        found = events.of_days(sixty_days, scope, chosen.sessions(sixty_days, scope))

        assert found.total("own") == wanted
        assert found.session.tolist() == sorted(set(found.session.tolist()))


def test_a_session_of_many_days_makes_those_active_on_which_it_was_at_work(sixty_days):
    scope = replace(
        OCTOBER, first=BEGIN, last=BEGIN + timedelta(days=40), sources=frozenset({"codex-cli"})
    )
    at_work = {BEGIN + timedelta(days=n) for n in LONG if n <= 40}

    assert active.asked(sixty_days, scope) == at_work
    assert active.recorded(sixty_days, scope)["codex-cli"] == at_work


def test_a_day_of_replies_alone_is_recorded_and_not_asked():
    with closing(store_with()) as db:
        add(db, a_task("2026-10-05", origins=()))
        session = db.execute("select max(id) from sessions").fetchone()[0]
        add_prompt(db, session, noon("2026-10-05"))
        insert(db, "turns", key=1, session_id=session, copied=0, at_ms=noon("2026-10-07"),
               ended="finished")  # fmt: skip

        assert active.asked(db, OCTOBER) == {date(2026, 10, 5)}
        assert active.recorded(db, OCTOBER)["claude-code"] == {
            date(2026, 10, 5), date(2026, 10, 7)}  # fmt: skip


def test_the_origin_of_a_prompt_decides_in_place_of_its_sessions():
    with closing(store_with()) as db:
        add(db, a_task("2026-10-05", origins=("own",)))
        session = db.execute("select max(id) from sessions").fetchone()[0]
        add_prompt(db, session, noon("2026-10-08"), "unknown")
        unknown = replace(OCTOBER, origins=frozenset({"unknown"}))

        assert active.asked(db, unknown) == {date(2026, 10, 8)}
        assert active.asked(db, OCTOBER) == {date(2026, 10, 5), date(2026, 10, 8)}


def test_rows_of_a_session_that_is_gone_are_left_out():
    with closing(store_with(a_task())) as db:
        session = db.execute("select max(id) from sessions").fetchone()[0]
        at_ms = noon("2026-10-05")
        found = events.dated(db, [(session, at_ms, 3), (session + 1, at_ms + 1, 4)], 1)

        assert found.values.tolist() == [[3]]
        every = chosen.sessions(db, OCTOBER)
        assert len(found.within(OCTOBER, every)) == 1
        assert len(found.within(OCTOBER, ~every)) == 0
        assert columns.sessions(db).id[found.session].tolist() == [session]


def test_running_sums_of_weeks_are_those_of_their_days(sixty_days):
    with memo.kept():
        every = columns.quarters(sixty_days, EVENTS)
        of = chosen.sessions(sixty_days, OCTOBER)
        order = events.by_time(sixty_days, EVENTS)
        found = events.running(every, order, of, ("own", "calls"))
        none = events.running(every, order, ~of, ("own", "calls"))

        for begin in range(-7, DAYS + 7, 7):
            first, last = (BEGIN + timedelta(days=n) for n in (begin, begin + 6))
            week = events.of_days(sixty_days, OCTOBER, of, first, last)
            assert found.between(OCTOBER, first, last) == [week.total("own"), 0]
            assert none.between(OCTOBER, first, last) == [0, 0]
