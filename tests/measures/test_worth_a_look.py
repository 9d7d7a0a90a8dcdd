"""4.5: at most three changes of a page are named, and two periods by hand are compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.measures.stores import OCTOBER, a_proposal, a_task, store_with
from tokenmirror.measures.compared import compared
from tokenmirror.measures.figures import Unknown
from tokenmirror.measures.intervals import run_of
from tokenmirror.measures.registry import MEASURES, by_id
from tokenmirror.measures.worth_a_look import HELP, MOST, NOT_YET, NOTHING, changes, look
from tokenmirror.store.days import DAY

SEPTEMBER = replace(OCTOBER, first=date(2026, 9, 1), last=date(2026, 9, 30))
PAGE = ("F3", "G3", "B1", "D2", "D4", "D5", "C5")


def weeks_before(n, until=date(2026, 9, 28)):
    return [until - timedelta(weeks=k + 1) for k in range(n)]


def a_week(first, n, done, *, landed=5, tokens=10**6, prompts=1):
    return [
        a_task(first + (k % 5) * DAY, "shipped" if k < done else "no_lasting_change",
               tokens=tokens, origins=("own",) * prompts,
               proposals=[a_proposal(10, landed=landed + k % 2, shipped=landed),
                          a_proposal(0, rejected=1)])
        for k in range(n)
    ]  # fmt: skip


def steady(n=30):
    """Weeks of six tasks, five of them done, with a little change from week to week."""
    return [made for k, first in enumerate(weeks_before(n)) for made in a_week(first, 6, 4 + k % 2)]


def a_month(**kw):
    return [made for k in range(4) for made in a_week(date(2026, 10, 5) + 7 * k * DAY, **kw)]


def test_a_month_like_the_others_names_nothing():
    db = store_with(*steady(), *a_month(n=6, done=5))

    assert changes(db, OCTOBER, ("F3", "D2", "D4", "C5", "G3")) == ()


def test_a_month_far_off_is_named_with_the_tasks_behind_it():
    db = store_with(*steady(), *a_month(n=6, done=1))

    [one] = changes(db, OCTOBER, ["F3"])

    assert (one.measure, one.kind, one.place) == ("F3", "period", -1)
    assert one.sentence.startswith("Done: 17 %, likely between 7 and 36 %, below your usual range")
    assert len(one.tasks) == 24
    assert one.size > 5


def test_at_most_three_are_named_and_the_largest_comes_first():
    db = store_with(*steady(), *a_month(n=12, done=1, landed=0, tokens=9 * 10**6, prompts=9))

    found = changes(db, OCTOBER, PAGE)

    assert len(found) == MOST == 3
    assert [one.size for one in found] == sorted((one.size for one in found), reverse=True)
    assert len({one.measure for one in found}) == 3


def test_what_stands_out_is_told_without_a_cause():
    db = store_with(*steady(), *a_month(n=12, done=1, landed=0, tokens=9 * 10**6, prompts=9))

    for one in changes(db, OCTOBER, PAGE):
        assert "usual range" in one.sentence
        assert "because" not in one.sentence
    assert HELP == "In a steady year, one or two weeks will stand out by chance."


@pytest.mark.parametrize("n", [0, 4])
def test_a_period_of_few_tasks_names_no_rate(n):
    db = store_with(*steady(), *a_week(date(2026, 10, 5), n, 0))

    assert changes(db, OCTOBER, ("F3", "D2", "D4", "C5", "G3")) == ()


def test_a_period_that_is_not_over_names_nothing():
    november = replace(OCTOBER, first=date(2026, 11, 1), last=date(2026, 11, 30))

    assert changes(store_with(*steady()), november, PAGE) == ()


def test_unknown_figures_and_measures_without_a_past_are_passed_over():
    assert changes(store_with(begin=None), OCTOBER, [m.id for m in MEASURES]) == ()


def test_eight_weeks_in_a_row_are_a_run():
    before = [5.0, 7.0, 6.0, 8.0] * 3

    assert run_of([*before, *[9.0] * 8]) == (1, 6.5)
    assert run_of([*before, *[2.0] * 8]) == (-1, 6.5)
    assert run_of([*before, *[9.0] * 7, 6.0]) is None
    assert run_of([*before, *[9.0] * 7, 6.5]) is None  # on the centre is on no side
    assert run_of([*before[1:], *[9.0] * 8]) is None  # 11 weeks of history


def test_a_centre_comes_from_the_26_weeks_before_the_run():
    assert run_of([99.0] * 40 + [1.0] * 26 + [2.0] * 8) == (1, 1.0)


def test_a_run_is_named_with_the_tasks_of_its_weeks():
    old = [
        made
        for k, first in enumerate(weeks_before(26))
        for made in a_week(first, 6, 6, prompts=1 + k % 3)
    ]
    run = [made for first in weeks_before(8, date(2026, 11, 2))
           for made in a_week(first, 6, 6, prompts=3)]  # fmt: skip
    week = replace(OCTOBER, first=date(2026, 10, 26), last=date(2026, 11, 1))
    old = [task for task in old if date.fromisoformat(str(task.day)) < date(2026, 9, 7)]

    [one] = changes(store_with(*old, *run), week, ["B1"])

    assert (one.kind, one.place, len(one.tasks)) == ("run", 1, 48)
    assert one.sentence == (
        "Prompts: eight weeks in a row above 12, the middle of the weeks before."
    )


def test_a_run_that_is_small_is_not_named():
    old = [made for first in weeks_before(26)[3:] for made in a_week(first, 10, 10, prompts=10)]
    run = [made for first in weeks_before(8, date(2026, 11, 2))
           for made in [*a_week(first, 10, 10, prompts=10), a_task(first)]]  # fmt: skip
    week = replace(OCTOBER, first=date(2026, 10, 26), last=date(2026, 11, 1))
    old = [task for task in old if date.fromisoformat(str(task.day)) < date(2026, 9, 7)]

    assert changes(store_with(*old, *run), week, ["B1"]) == ()


def two_months(first, second):
    return store_with(
        *[made for k in range(4) for made in a_week(date(2026, 9, 1) + 7 * k * DAY, **first)],
        *[made for k in range(4) for made in a_week(date(2026, 10, 5) + 7 * k * DAY, **second)],
    )


def test_two_periods_by_hand_are_held_against_each_other():
    db = two_months({"n": 6, "done": 6}, {"n": 6, "done": 1})

    found = compared(db, by_id("F3"), SEPTEMBER, OCTOBER)

    assert (found.earlier, found.later, found.place) == (1.0, pytest.approx(1 / 6), -1)
    assert found.low < found.later - found.earlier < found.high < 0
    assert found.sentence == "Done: 4 of 24 (17 %) against 24 of 24 (100 %), lower."


def test_lines_are_compared_by_their_tasks():
    db = two_months({"n": 6, "done": 6, "landed": 2}, {"n": 6, "done": 6, "landed": 9})
    same = two_months({"n": 6, "done": 6}, {"n": 6, "done": 6})

    assert compared(db, by_id("D2"), SEPTEMBER, OCTOBER).place == 1
    assert compared(same, by_id("D2"), SEPTEMBER, OCTOBER).place == 0
    assert "no clear difference" in compared(same, by_id("D2"), SEPTEMBER, OCTOBER).sentence


@pytest.mark.parametrize(("measure", "n"), [("F3", 1), ("D2", 1)])
def test_too_few_tasks_are_not_compared(measure, n):
    db = two_months({"n": n, "done": n}, {"n": 6, "done": 6})

    assert compared(db, by_id(measure), SEPTEMBER, OCTOBER).reason == "too_few"


def test_an_unknown_period_is_not_compared():
    db = store_with(*a_month(n=6, done=5), begin="2026-10-01")

    found = compared(db, by_id("F3"), replace(SEPTEMBER, last=date(2026, 9, 20)), OCTOBER)

    assert isinstance(found, Unknown)


def test_periods_that_overlap_and_measures_that_are_no_rates_are_refused():
    with pytest.raises(ValueError, match="overlap"):
        compared(store_with(), by_id("F3"), OCTOBER, OCTOBER)
    with pytest.raises(ValueError, match="no rate"):
        compared(store_with(), by_id("G3"), SEPTEMBER, OCTOBER)


def test_a_kind_put_aside_makes_room_for_the_next():
    db = store_with(*steady(), *a_month(n=12, done=1, landed=0, tokens=9 * 10**6, prompts=9))
    first, second, third = changes(db, OCTOBER, PAGE)

    found = look(db, OCTOBER, PAGE, {first.name})

    assert found.changes[:2] == (second, third)
    assert first.name not in {one.name for one in found.changes}
    assert found.empty == ""


def test_an_ordinary_month_says_so():
    db = store_with(*steady(), *a_month(n=6, done=5))

    assert look(db, OCTOBER, ("F3", "D2")).empty == NOTHING


def test_without_a_past_it_is_said_how_much_is_missing():
    db = store_with(*a_month(n=6, done=5))

    found = look(db, OCTOBER, ("F3", "D2"))

    assert found.changes == ()
    assert found.empty == "Not enough history yet: 12 weeks are needed, you have 0."


def test_a_period_that_is_not_over_is_not_held_against_anything():
    db = store_with(*steady(), *a_month(n=6, done=1))

    assert look(db, replace(OCTOBER, today=date(2026, 10, 20)), ("F3",)).empty == NOT_YET
