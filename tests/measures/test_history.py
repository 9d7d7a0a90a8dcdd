"""4.5: own usual ranges, what is drawn of a rate, and the days at which a range begins anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.measures.stores import OCTOBER, a_proposal, a_task, insert, store_with
from tokenmirror.measures import history
from tokenmirror.measures.baselines import numbers_of, proposed, since
from tokenmirror.measures.figures import Week
from tokenmirror.measures.registry import by_id
from tokenmirror.store.days import DAY

WEEK = replace(OCTOBER, first=date(2026, 10, 5), last=date(2026, 10, 11))
LAST_WEEK = date(2026, 9, 28)


def weeks_back(n, until=LAST_WEEK):
    """First days of the n full weeks up to one, newest first."""
    return [until - timedelta(weeks=k) for k in range(n)]


def a_week(first, n=6, done=5):
    return [
        a_task(first + (k % 5) * DAY, "shipped" if k < done else "no_lasting_change")
        for k in range(n)
    ]


def a_past(weeks, **kw):
    return [made for first in weeks for made in a_week(first, **kw)]


def marked(db, day, why="new project"):
    insert(db, "baselines", day=day, why=why, edited_ms=1)
    return db


def done(db, scope=WEEK):
    return by_id("F3").compute(db, scope)


def test_a_week_with_too_little_history_says_how_much_is_needed():
    rate = done(store_with(*a_past(weeks_back(5)), *a_week(WEEK.first)))

    assert rate.usual is None
    assert "Not enough history yet: 8 weeks are needed, you have 5." in rate.note


@pytest.mark.parametrize(
    ("last", "needed"), [("2026-10-18", 12), ("2026-10-31", 12), ("2026-11-19", 12)]
)
def test_longer_periods_need_12_weeks(last, needed):
    scope = replace(OCTOBER, first=date(2026, 10, 5), last=date.fromisoformat(last))

    words = history.lacking(scope, [[(1.0, 1.0)]] * 11)

    assert words == f"Not enough history yet: {needed} weeks are needed, you have 11."
    assert history.lacking(scope, [[(1.0, 1.0)]] * 12) == ""


def test_a_quarter_needs_26_weeks():
    quarter = replace(OCTOBER, first=date(2026, 7, 1), last=date(2026, 9, 30))

    assert "26 weeks are needed, you have 25" in history.lacking(quarter, [[(1.0, 1.0)]] * 25)


@pytest.mark.parametrize(
    ("first", "last"), [("2026-11-16", "2026-11-22"), ("2026-10-05", "2026-10-09")]
)
def test_a_period_that_is_not_over_or_shorter_than_a_week_is_never_compared(first, last):
    scope = replace(OCTOBER, first=date.fromisoformat(first), last=date.fromisoformat(last))
    weeks = [[(5.0, 6.0)] * 6] * 12

    assert history.usual_of(scope, "F3@1", weeks, history.ratio, 0.1, rate=True) is None
    assert history.lacking(scope, []) == ""


def test_weeks_with_few_tasks_make_no_range_of_a_rate():
    few = a_past(weeks_back(8)[4:], n=4, done=2)
    rate = done(store_with(*a_past(weeks_back(4)), *few, *a_week(WEEK.first)))

    assert rate.usual is None
    assert "you have 4." in rate.note


def test_a_change_of_a_rate_under_five_points_is_not_named():
    weeks = [[(0.0, 1.0)] * 4 + [(1.0, 1.0)] * 96] * 12  # always 96 of 100: no spread at all

    def place(share):
        return history.usual_of(WEEK, "F3@1", weeks, history.ratio, share, rate=True).place

    assert [place(share) for share in (0.92, 0.905, 1.0)] == [0, -1, 0]


def test_a_change_of_a_total_under_a_fifth_is_not_named():
    weeks = [[(50.0, 1.0)]] * 12

    def place(shown):
        return history.usual_of(WEEK, "B1@1", weeks, history.total, shown).place

    assert [place(n) for n in (41, 39, 59, 61)] == [0, -1, 0, 1]


def test_a_total_of_31_days_is_held_against_31_days():
    weeks = [[(70.0, 1.0)]] * 14  # ten a day

    found = history.usual_of(OCTOBER, "B1@1", weeks, history.total, 310.0)

    assert found.usual.centre == pytest.approx(310)


def test_costs_lie_in_limits_of_equal_factors():
    weeks = [[(cost, 1.0)] for cost in (2.0, 4.0, 8.0, 4.0) * 3]

    found = history.usual_of(WEEK, "G3@1", weeks, history.ratio, 4.0, log=True).usual

    assert found.high / found.centre == pytest.approx(found.centre / found.low)
    assert found.low > 0


def test_a_marked_day_begins_the_range_anew():
    made = [*a_past(weeks_back(12)), *a_week(WEEK.first)]
    before, after = done(store_with(*made)), done(marked(store_with(*made), "2026-08-24"))

    assert before.usual is not None
    assert after.usual is None
    assert "8 weeks are needed, you have 6." in after.note


def test_a_mark_after_the_period_changes_nothing_and_one_within_it_leaves_no_past():
    made = [*a_past(weeks_back(12)), *a_week(WEEK.first)]

    assert done(marked(store_with(*made), "2026-10-12")).usual is not None
    assert done(marked(store_with(*made), "2026-10-07")).usual is None
    assert since(marked(store_with(*made), "2026-10-12"), WEEK) == date(2026, 1, 5)


def test_marks_are_drawn_within_their_chart_alone():
    db = marked(marked(store_with(*a_past(weeks_back(12))), "2026-10-14"), "2026-03-02")

    assert by_id("B1").weekly(db, OCTOBER).breaks == (date(2026, 10, 14),)


def proposals(n, weeks, hits=5):
    return [
        a_task(first + DAY, proposals=[a_proposal(10, landed=hits)])
        for first in weeks
        for _ in range(n)
    ]


def test_a_week_of_few_tasks_is_hollow_and_in_no_band():
    past = weeks_back(9, date(2026, 9, 21))
    db = store_with(*proposals(5, past[1:]), *proposals(4, past[:1], hits=0),
                    *proposals(6, weeks_back(4, date(2026, 10, 26))))  # fmt: skip

    weeks = by_id("D2").weekly(db, OCTOBER)

    assert weeks.step == "week"
    assert [week.first for week in weeks.weeks if week.few] == [past[0]]
    assert weeks.usual == (50, 50, 50)  # of the eight others alone


def test_a_rate_with_few_tasks_in_most_weeks_is_drawn_by_month():
    db = store_with(*proposals(4, weeks_back(30, date(2026, 10, 26))))

    months = by_id("D2").weekly(db, OCTOBER)

    assert (months.step, len(months.weeks)) == ("month", 12)
    assert [week.first.day for week in months.weeks] == [1] * 12
    assert months.weeks[-1].so_far
    assert months.weeks[-2].sentence == "October 2026: 80 of 160 (50 %)."
    assert [week.first for week in months.weeks if week.in_period] == [date(2026, 10, 1)]
    assert months.usual == pytest.approx((50, 50, 50))


def test_a_series_without_a_range_says_what_is_lacking():
    weeks = by_id("D2").weekly(store_with(*proposals(5, weeks_back(4)[1:])), OCTOBER)

    assert weeks.usual is None
    assert weeks.lacking == "Not enough history yet: 8 weeks are needed, you have 3."


def test_an_empty_week_is_not_few():
    weeks = by_id("D2").weekly(store_with(), OCTOBER).weeks

    assert all(isinstance(week, Week) and not week.few for week in weeks)


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("2.0.14", (2, 0)), ("v1.99.3", (1, 99)), ("0.46-beta", (0, 46)), ("2026.10.1", (2026, 10)),
     ("7", (7,)), ("nightly", ()), ("", ())],
)  # fmt: skip
def test_a_version_is_told_by_its_first_two_numbers(version, numbers):
    assert numbers_of(version) == numbers


def with_versions(*pairs):
    db = store_with(*[a_task(day) for day, _ in pairs])
    for n, (_, version) in enumerate(pairs, 1):
        db.execute("update sessions set tool_version = ? where id = ?", (version, n))
    return db


def test_a_new_version_of_a_tool_proposes_a_break_once():
    db = with_versions(("2026-03-02", "2.0.1"), ("2026-04-06", "2.0.9"), ("2026-05-04", "2.1.0"),
                       ("2026-05-05", "2.0.9"), ("2026-05-06", "2.1.2"))  # fmt: skip

    [one] = proposed(db, OCTOBER)

    assert (one.day, one.kind) == (date(2026, 5, 4), "version")
    assert one.sentence == "claude-code 2.1 begins here."


def test_nothing_is_proposed_twice_or_on_a_marked_day():
    db = with_versions(("2026-03-02", "2.0.1"), ("2026-05-04", "2.1.0"), ("2026-06-01", "3.0"))
    first, second = proposed(db, OCTOBER)

    insert(db, "answers", question=first.key, answer="no", edited_ms=1)

    assert proposed(db, OCTOBER) == (second,)
    assert proposed(marked(db, second.day.isoformat()), OCTOBER) == ()


def test_a_new_tool_proposes_a_break_and_the_first_one_does_not():
    db = store_with(a_task("2026-06-10", source="codex-cli"), begin="2026-02-02")
    db.execute("update files set first_ms = (select min(started_ms) from sessions)"
               " where source = 'codex-cli'")  # fmt: skip

    assert [(one.kind, one.day, one.sentence) for one in proposed(db, OCTOBER)] == [
        ("tool", date(2026, 6, 10), "codex-cli begins here.")]  # fmt: skip


def test_logs_that_were_missing_propose_a_break_where_they_come_back():
    tasks = [a_task("2026-05-04"), a_task("2026-06-15")]
    days = [f"2026-05-{day:02}" for day in (6, 11, 13, 18, 20)]

    [one] = proposed(store_with(*tasks, commits=days), OCTOBER)

    assert (one.kind, one.day) == ("gap", date(2026, 6, 15))
    assert one.sentence == "Nothing of claude-code was recorded from 4 May to here."
    assert proposed(store_with(*tasks, commits=days[:4]), OCTOBER) == ()  # a holiday


def test_a_changed_rule_proposes_a_break():
    db = store_with(a_task("2026-05-04"))
    for month in ("2026-05", "2026-06"):
        insert(db, "recounts", at_ms=1_790_000_000_000, measure="F3@1", month=month, unit="%",
               why="rule", detail="")  # fmt: skip

    assert [(one.kind, one.sentence) for one in proposed(db, OCTOBER)] == [
        ("rule", "A counting rule changed.")]  # fmt: skip


def test_without_logs_nothing_is_proposed():
    assert proposed(store_with(begin=None), OCTOBER) == ()
