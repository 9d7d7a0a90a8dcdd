"""The ledger of past figures: what moved, why, and that the entries add up."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.measures.stores import (
    OCTOBER,
    a_delivery,
    a_proposal,
    a_task,
    add,
    add_prompt,
    insert,
    noon,
    store_with,
    summed,
)
from tokenmirror.measures import ledger as reckoning
from tokenmirror.measures import ledger_units, recounts
from tokenmirror.measures.figures import Dots, Parts, Rate, Total, Unknown
from tokenmirror.measures.registry import by_id
from tokenmirror.store import ledger, slots

TODAY = date(2026, 11, 20)
SCOPE = replace(OCTOBER, first=TODAY, last=TODAY, today=TODAY)
MADE = {
    "program": "1", "prices": "a", "day": "UTC 240", "rules": "1", "exclusions": "a",
    "landing_days": "7", "origins": "a",
}  # fmt: skip
KINDS = ("shipped", "no_lasting_change", "on_branch", "no_code")


def a_store():
    """Tasks of three months that are over and of one that is not, two of each day."""
    made = [
        a_task(f"2026-{month:02}-{day:02}", KINDS[day % 4], tokens=day * 100_000,
               proposals=[a_proposal(10, landed=8, shipped=5), a_proposal(0, rejected=2)])
        for month in (8, 9, 10, 11)
        for day in range(2, 12)
    ]  # fmt: skip
    return store_with(*made, deliveries=[a_delivery("2026-09-03"), a_delivery("2026-10-04")])


def settled(db, *, made=None, now=TODAY, stages=("said", "read")):
    scope = replace(SCOPE, first=now, last=now, today=now)
    db.commit()  # it has transactions of its own
    for stage in stages:
        reckoning.settle(db, scope, MADE | (made or {}), noon(now), stage)


def begun(db=None):
    db = db or a_store()
    settled(db)
    return db


def told(db, measure="B1@1"):
    return [
        (one.month, one.old, one.new, one.why, one.detail)
        for one in sorted(ledger.recounts(db), key=lambda one: one.id)
        if one.measure == measure
    ]


def prompts_more(db, session, n=1, day="2026-10-05"):
    for minute in range(n):
        add_prompt(db, session, noon(day, minute + 5))


def session_of(db, day):
    return db.execute("select id from sessions where started_ms = ?", (noon(day),)).fetchone()[0]


def shown(db, measure, month):
    """The figure of a month as its measure gives it."""
    named, _, part = measure.partition(":")
    first = date.fromisoformat(f"{month}-01")
    figure = by_id(named.partition("@")[0]).compute(db, ledger_units.month_of(SCOPE, first))
    match figure:
        case Parts():
            return {one.key: one.value for one in figure.parts}.get(part, 0)
        case Rate():
            return None if figure.share is None else 100 * figure.share
        case Dots():
            return figure.per
        case Total():
            return figure.value
        case Unknown():
            return None


def assert_kept_figures_are_the_shown_ones(db):
    seen = ledger.figures_seen(db)
    assert seen
    for (measure, month), value in seen.items():
        other = shown(db, measure, month)
        if other is not None:  # few cases have no rate on the page
            assert value == pytest.approx(other, abs=1e-9), (measure, month)


def assert_entries_add_up(db, before):
    entries = sorted(ledger.recounts(db), key=lambda one: one.id)
    for key, now in ledger.figures_seen(db).items():
        chain = [one for one in entries if (one.measure, one.month) == key]
        for one, following in itertools.pairwise(chain):
            assert one.new == following.old
        known = [one for one in chain if one.old is not None and one.new is not None]
        if key in before and len(known) == len(chain) and now is not None:
            moved = sum(Fraction(one.new) - Fraction(one.old) for one in chain)
            assert moved == Fraction(now) - Fraction(before[key])


def test_what_is_seen_first_is_no_recount():
    db = begun()

    assert ledger.recounts(db) == []
    assert ledger.figures_seen(db)["B1@1", "2026-10"] == 10


def test_the_figures_kept_are_those_that_the_measures_show():
    assert_kept_figures_are_the_shown_ones(begun())


def test_a_month_that_is_not_over_is_not_kept():
    db = begun()

    assert ("B1@1", "2026-11") not in ledger.figures_seen(db)


def test_a_figure_that_ripens_is_kept_two_weeks_after_its_month():
    db = a_store()
    settled(db, now=date(2026, 11, 10))
    early = ledger.figures_seen(db)
    settled(db, now=date(2026, 11, 15))

    assert ("F3@1", "2026-10") not in early
    assert ("B1@1", "2026-10") in early
    assert ("F3@1", "2026-10") in ledger.figures_seen(db)
    assert ledger.recounts(db) == []


def test_late_records_are_told_with_their_tool():
    db = begun()
    session = session_of(db, "2026-10-05")
    prompts_more(db, session, 3)
    ledger.note(db, [session], "new_records", "codex-cli", noon("2026-10-05"))

    settled(db)

    assert told(db) == [("2026-10", 10, 13, "new_records", "codex-cli")]


def test_new_days_of_the_month_that_runs_are_no_recount():
    db = begun()
    session = session_of(db, "2026-11-05")
    prompts_more(db, session, 3, "2026-11-19")
    ledger.note(db, [session], "new_records", "codex-cli", noon("2026-11-19"))

    assert not ledger.due(db, noon(TODAY), MADE)
    settled(db)

    assert ledger.recounts(db) == []


def test_cost_that_a_task_gathers_later_has_ripened():
    db = begun()
    session = session_of(db, "2026-10-02")
    insert(db, "usage", key=1, session_id=session, copied=0, at_ms=noon("2026-11-19"),
           model_id=1, input_tokens=10**6, output_tokens=0)  # fmt: skip
    slots.refresh(db, [session])
    ledger.note(db, [session], "new_records", "codex-cli", noon("2026-11-19"))

    assert ledger.due(db, noon(TODAY), MADE)
    settled(db)

    assert [one[3] for one in told(db, "G3@1")] == ["ripened"]
    assert told(db, "G1@1") == []


def test_several_causes_at_once_have_an_entry_each():
    db = begun()
    first, second = session_of(db, "2026-10-05"), session_of(db, "2026-10-06")
    prompts_more(db, first, 2)
    prompts_more(db, second, 5)
    ledger.note(db, [first], "source_version", "codex-cli 1 2", None)
    ledger.note(db, [second], "new_records", "codex-cli", noon("2026-10-05"))

    settled(db)

    assert told(db) == [
        ("2026-10", 10, 12, "source_version", "codex-cli 1 2"),
        ("2026-10", 12, 17, "new_records", "codex-cli"),
    ]


def test_a_changed_price_moves_cost_alone():
    db = begun()
    insert(db, "own_prices", model="claude-3-7-sonnet", first="0001-01-01",
           input_nusd=6 * 10**9, output_nusd=0, edited_ms=1)  # fmt: skip

    settled(db, made={"prices": "b"})

    assert {one.why for one in ledger.recounts(db)} == {"prices"}
    assert {one.measure for one in ledger.recounts(db)} == {"G1@1", "G3@1"}
    assert told(db, "G1@1")[-1][:3] == ("2026-10", pytest.approx(19.5), pytest.approx(39.0))


def test_what_the_person_says_of_a_task_is_told_so():
    db = begun()
    db.execute(
        "update tasks set stated = 'done' where began_ms = ? and outcome <> 'shipped'",
        (noon("2026-10-03"),),
    )
    ledger.note(db, [session_of(db, "2026-10-03")], "you", "tasks", None)

    settled(db)

    assert {one.why for one in ledger.recounts(db)} == {"you"}
    before, after = told(db, "F3@1")[0][1:3]
    assert after > before


def test_a_later_merge_is_listed_as_ripened():
    db = begun()
    where = "where outcome = 'on_branch' and began_ms between ? and ?"
    span = (noon("2026-10-01"), noon("2026-10-31"))
    sessions = [row[0] for row in db.execute(
        f"select session_id from task_sessions where task_id in (select id from tasks {where})",
        span)]  # fmt: skip
    db.execute(f"update tasks set outcome = 'shipped' {where}", span)
    ledger.note(db, sessions, "ripened", "", None)

    settled(db)

    found = told(db, "F2@1:shipped")
    assert found == [("2026-10", 2, 2 + len(sessions), "ripened", "")]
    words = recounts.recounts(db, SCOPE).sentence
    assert words.startswith("No past figure was recounted.")
    assert "grew with later work" in words


def test_new_rules_are_told_apart_from_what_a_reading_brings():
    db = begun()
    first, second = session_of(db, "2026-10-05"), session_of(db, "2026-10-06")
    prompts_more(db, first, 2)
    settled(db, made={"rules": "2"}, stages=("said", "rule"))
    prompts_more(db, second, 1)
    ledger.note(db, [second], "new_records", "codex-cli", noon("2026-10-06"))

    settled(db, made={"rules": "2"}, stages=("read",))

    assert told(db) == [
        ("2026-10", 10, 12, "rule", "rules"),
        ("2026-10", 12, 13, "new_records", "codex-cli"),
    ]


def test_days_cut_otherwise_move_what_lies_at_their_edges():
    db = a_store()
    add_prompt(db, session_of(db, "2026-10-02"), noon("2026-10-31") + 8 * 3_600_000)
    settled(db)

    scope = replace(SCOPE, zone="Asia/Tokyo", day_start_min=0)
    db.commit()
    for stage in ("said", "read"):
        reckoning.settle(db, scope, MADE | {"day": "Asia/Tokyo 0"}, noon(TODAY), stage)

    assert told(db) == [("2026-10", 11, 10, "rule", "day")]
    assert ledger.last(db).made_with["day"] == "Asia/Tokyo 0"


def test_a_new_version_of_a_measure_goes_on_where_the_old_one_stood():
    db = begun()
    db.execute("update figures_seen set measure = 'B1@0', value = value where measure = 'B1@1'")
    db.execute("update figure_units set measure = 'B1@0', hits = 2 where measure = 'B1@1'")

    settled(db, made={"program": "2"})

    assert {one.why for one in ledger.recounts(db)} == {"rule"}
    assert told(db)[0][1:3] == (20, 10)


def test_nothing_is_reckoned_again_without_a_cause():
    db = begun()

    assert not ledger.due(db, noon(TODAY), MADE)
    assert ledger.due(db, noon("2026-12-01"), MADE)


def test_the_page_names_figure_month_and_cause():
    db = begun()
    session = session_of(db, "2026-10-05")
    prompts_more(db, session, 3)
    ledger.note(db, [session], "source_version", "codex-cli 1 2", None)
    settled(db)

    figure = recounts.recounts(db, SCOPE)

    [(key, cells)] = figure.rows
    assert key.endswith("B1@1 2026-10 source_version codex-cli 1 2")
    assert cells[1:5] == ("Prompts", "October 2026", 10, 13)
    assert cells[5] == "the logs of Codex CLI are read by a newer version"
    assert figure.sentence == (
        "1 past figure was recounted, last on 20 Nov: the logs of Codex CLI are read by a newer"
        " version."
    )


CAUSES = ("new_records", "source_version", "reread", "you", "repository", "ripened")
DAYS = [f"2026-{month:02}-{day:02}" for month in (8, 9, 10) for day in range(2, 12)]


def changed(db, what, day, number):
    """One change of the past, of a session of that day."""
    session = session_of(db, day)
    if what == "prompts":
        prompts_more(db, session, number, day)
    elif what == "lines":
        db.execute("update proposals set landed = ?, shipped = min(shipped, ?) where session_id = ?"
                   " and chosen > 0", (number, number, session))  # fmt: skip
        summed(db, session)
    elif what == "outcome":
        db.execute("update tasks set outcome = ? where id in (select task_id from task_sessions"
                   " where session_id = ?)", (KINDS[number % 4], session))  # fmt: skip
    elif what == "hidden":
        db.execute("update tasks set hidden = 1 - hidden where id in (select task_id from"
                   " task_sessions where session_id = ?)", (session,))  # fmt: skip
    elif what == "tokens":
        db.execute("update usage set input_tokens = ? where session_id = ?",
                   (number * 12_345, session))  # fmt: skip
        slots.refresh(db, [session])
    elif what == "task":
        add(db, a_task(day, KINDS[number % 4], tokens=number * 777, proposals=[a_proposal(number)]))
        session = db.execute("select max(id) from sessions").fetchone()[0]
    return session


CHANGES = st.tuples(
    st.sampled_from(["prompts", "lines", "outcome", "hidden", "tokens", "task"]),
    st.sampled_from(DAYS),
    st.integers(1, 9),
    st.sampled_from(CAUSES),
)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(CHANGES, max_size=6), max_size=3), st.booleans())
def test_the_entries_of_a_figure_add_up_to_its_difference(readings, priced):
    db = begun()
    before = ledger.figures_seen(db)
    for number, reading in enumerate(readings):
        for what, day, n, why in reading:
            session = changed(db, what, day, n)
            ledger.note(db, [session], why, f"tool {number}", None)
        made = {}
        if priced and number == 1:
            insert(db, "own_prices", model="claude-3-7-sonnet", first="0001-01-01",
                   input_nusd=7 * 10**9, output_nusd=0, edited_ms=1)  # fmt: skip
        if priced and number >= 1:
            made["prices"] = "b"
        settled(db, made=made)

    assert_entries_add_up(db, before)
    assert_kept_figures_are_the_shown_ones(db)


def test_the_list_says_figure_month_values_and_cause_in_a_sentence():
    db = begun()
    session = session_of(db, "2026-10-05")
    prompts_more(db, session, 3)
    ledger.note(db, [session], "reread", "codex-cli", None)

    settled(db)

    assert recounts.listed(db, SCOPE) == [
        "Prompts, October 2026: 10 → 13; the logs of Codex CLI were read again (20 Nov)."
    ]


def test_the_ledger_is_not_told_for_a_part_as_if_it_were_all_of_it():
    db = begun()
    whole = by_id("A8").answer(db, OCTOBER)
    of_one_tool = by_id("A8").answer(db, replace(OCTOBER, sources=frozenset({"codex-cli"})))

    assert not isinstance(whole, Unknown)
    assert isinstance(of_one_tool, Unknown)
    assert of_one_tool.reason == "not_by_tool"
