from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.measures.stores import OCTOBER, TODAY, a_task, days_ago, store_with, unattended
from tokenmirror.measures.figures import Rate, Unknown
from tokenmirror.measures.tasks import F1, F2, F3, F8, outcomes_by_week


def done(*tasks, scope=OCTOBER, **kw):
    return F3.compute(store_with(*tasks, **kw), scope)


def shipped(n, **kw):
    return [a_task(f"2026-10-{d % 28 + 1:02}", **kw) for d in range(n)]


def without(n):
    return shipped(n, outcome="no_lasting_change")


def test_21_of_25_change_tasks_were_completed():
    rate = done(*shipped(21), *without(4))

    assert (rate.hits, rate.trials) == (21, 25)
    assert (rate.low, rate.high) == pytest.approx((0.653, 0.936), abs=0.001)
    assert rate.sentence == (
        "21 of 25 change tasks were completed (84 %, likely between 65 and 94 %)."
    )
    assert rate.note == (
        "84 %, likely between 65 and 94 %. 4 left no lasting change."
        " Not enough history yet: 12 weeks are needed, you have 0."
    )


def test_few_tasks_give_no_percentage():
    rate = done(*shipped(3), *without(1))

    assert rate.sentence == "3 of 4 change tasks were completed."
    assert "%" not in rate.note


def test_one_task_is_said_in_the_singular():
    assert done(*shipped(1)).sentence == "1 of 1 change task was completed."


def test_no_tasks_is_none_in_this_period():
    rate = done()

    assert (rate.share, rate.sentence) == (None, "No change tasks in this period.")


def test_tasks_that_are_all_open_are_not_settled():
    rate = done(a_task(outcome="on_branch"), a_task(outcome="in_progress"))

    assert rate.sentence == (
        "No change task of this period is settled."
        " Not counted: 1 on an open branch and 1 in progress."
    )


@pytest.mark.parametrize(
    ("key", "made"),
    [
        ("on_branch", a_task(outcome="on_branch")),
        ("in_progress", a_task(outcome="in_progress")),
        ("no_code", a_task(outcome="no_code")),
        ("unknown", a_task(outcome="unknown")),
        ("taken_out", a_task(outcome="no_lasting_change", stated="set_aside")),
        ("taken_out", a_task(stated="useful_without_code")),
    ],
)
def test_what_is_not_counted_is_printed_beside(key, made):
    rate = done(*shipped(5), made)

    assert rate.trials == 5
    assert {k: n for k, n in rate.apart.items() if n} == {key: 1}
    assert "Not counted: 1 " in rate.sentence


@pytest.mark.parametrize(
    ("outcome", "stated", "expected"),
    [
        ("no_lasting_change", "done", (1, 1)),
        ("unknown", "done", (1, 1)),
        ("shipped", "did_not_work_out", (0, 1)),
        ("shipped", "set_aside", (0, 0)),
        ("no_lasting_change", "useful_without_code", (0, 0)),
    ],
)
def test_the_persons_statement_counts(outcome, stated, expected):
    rate = done(a_task(outcome=outcome, stated=stated))

    assert (rate.hits, rate.trials) == expected


def test_young_tasks_stay_out_on_both_sides():
    month = replace(OCTOBER, first=date(2026, 11, 1), last=date(2026, 11, 30))
    old = a_task(days_ago(14))
    young = [a_task(days_ago(13)), a_task(days_ago(13), "no_lasting_change")]

    rate = done(old, *young, scope=month)

    assert (rate.hits, rate.trials, rate.apart["too_early"]) == (1, 1, 2)


def test_a_period_with_young_tasks_alone_is_too_early_to_tell():
    week = replace(OCTOBER, first=date(2026, 11, 16), last=date(2026, 11, 22))

    figure = done(a_task("2026-11-17"), scope=week)

    assert figure.reason == "too_early"
    assert figure.sentence.endswith("14 days old on 1 Dec.")


def test_unattended_and_hidden_tasks_are_out():
    rate = done(*shipped(2), unattended(), a_task(hidden=True))

    assert (rate.hits, rate.trials) == (2, 2)


def test_unattended_tasks_come_in_when_asked_for():
    rate = done(*shipped(2), unattended(), scope=replace(OCTOBER, unattended=True))

    assert (rate.hits, rate.trials) == (2, 3)


def test_tools_and_projects_filter():
    tasks = [a_task(source="codex-cli"), a_task(project=2)]

    assert done(*tasks, scope=replace(OCTOBER, sources=frozenset({"codex-cli"}))).trials == 1
    assert done(*tasks, scope=replace(OCTOBER, projects=frozenset({2}))).trials == 1
    assert done(*tasks, scope=replace(OCTOBER, projects=frozenset())).trials == 0


def test_without_logs_nothing_is_known():
    assert done(begin=None).reason == "nothing_read"


def test_before_the_data_begin_nothing_is_recorded():
    figure = done(*shipped(3), begin="2026-11-05", scope=replace(
        OCTOBER, first=date(2026, 9, 1), last=date(2026, 9, 30)))  # fmt: skip

    assert figure == Unknown("not_recorded", "Nothing is recorded before 1 Oct 2026.")


def test_a_period_to_come_has_not_begun():
    assert done(
        scope=replace(OCTOBER, first=date(2026, 12, 1), last=date(2026, 12, 31))
    ).reason == ("too_early")


def test_unknown_tasks_without_any_repository_give_the_reason():
    assert done(a_task(outcome="unknown"), repos=()).reason == "no_repository"


def year_of(share, per_week=6):
    """Tasks of the 30 weeks before October, of which a share got there."""
    weeks = [date(2026, 9, 28) - timedelta(weeks=n + 1) for n in range(30)]
    return [
        a_task(week + timedelta(days=n % 5), "shipped" if n < share * per_week else
               "no_lasting_change")
        for week in weeks
        for n in range(per_week)
    ]  # fmt: skip


def test_a_month_about_the_usual_says_so():
    rate = done(*year_of(5 / 6), *shipped(20), *without(4))

    assert rate.usual[0] <= 20 / 24 + 1e-9 <= rate.usual[2] + 2e-9
    assert "about your usual." in rate.sentence
    assert "About your usual." in rate.note


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [(5 / 6, (6, 18), "below your usual range"), (1 / 6, (18, 6), "above your usual range")],
)
def test_a_month_far_off_the_usual_is_named(before, now, words):
    rate = done(*year_of(before), *shipped(now[0]), *without(now[1]))

    assert words in rate.sentence


def test_a_week_has_limits_from_single_weeks():
    week = replace(OCTOBER, first=date(2026, 10, 5), last=date(2026, 10, 11))
    now = [a_task("2026-10-06") for _ in range(6)]

    assert done(*year_of(5 / 6), *now, scope=week).usual == pytest.approx((5 / 6, 5 / 6, 5 / 6))


def test_a_single_day_has_no_usual_range():
    day = replace(OCTOBER, first=date(2026, 10, 5), last=date(2026, 10, 5))

    assert done(*year_of(1), *[a_task() for _ in range(6)], scope=day).usual is None


def test_outcomes_add_up_to_the_tasks():
    parts = F2.compute(
        store_with(*shipped(3), *without(2), a_task(outcome="no_code"),
                   a_task(outcome="on_branch", stated="done"), unattended()),
        OCTOBER,
    )  # fmt: skip

    assert {part.key: part.value for part in parts.parts if part.value} == {
        "shipped": 4,
        "no_lasting_change": 2,
        "no_code": 1,
    }
    assert (parts.total, parts.n) == (7, 7)
    assert parts.sentence == (
        "Of 7 tasks: 4 shipped, 2 left no lasting change, and 1 needed no code."
        " 1 of them as stated by me."
    )


def test_a_task_set_aside_stands_apart():
    parts = F2.compute(store_with(a_task(stated="set_aside")), OCTOBER)

    assert [part.key for part in parts.parts if part.value] == ["set_aside"]
    assert parts.sentence.startswith("Of 1 task: 1 set aside on purpose.")


def test_no_tasks_have_no_outcomes():
    assert F2.compute(store_with(), OCTOBER).sentence == "No tasks in this period."


def test_outcomes_by_week_show_twelve_weeks_to_today():
    weeks = outcomes_by_week(
        store_with(*[a_task("2026-10-06")] * 5, a_task("2026-10-07", "on_branch"),
                   a_task("2026-10-07", "no_code"), a_task("2026-11-17", "in_progress")),
        OCTOBER,
    )  # fmt: skip
    by_first = {week.first: week for week in weeks.weeks}

    assert len(weeks.weeks) == 12
    assert by_first[date(2026, 10, 5)].values == (5, 1, 0, 0)
    assert by_first[date(2026, 10, 5)].small == (1, 0)
    assert by_first[date(2026, 10, 5)].sentence == (
        "Week of 5 Oct: 5 shipped, 1 on a branch, 1 without code."
    )
    assert by_first[date(2026, 11, 16)].so_far
    assert by_first[date(2026, 11, 16)].sentence == "Week of 16 Nov so far: 1 in progress."


def test_weeks_of_the_period_are_marked():
    weeks = outcomes_by_week(store_with(), OCTOBER).weeks

    assert [week.first.isoformat() for week in weeks if week.in_period] == [
        "2026-09-28", "2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26"]  # fmt: skip


def test_weeks_before_the_data_begin_are_not_recorded():
    first = outcomes_by_week(store_with(begin="2026-10-14"), OCTOBER).weeks[0]

    assert (first.recorded, first.total) == (False, None)
    assert first.sentence == "Week of 31 Aug: not recorded."


def test_tasks_without_code_are_counted_of_all():
    rate = F8.compute(store_with(*shipped(2), a_task(outcome="no_code")), OCTOBER)

    assert rate.sentence == "1 of 3 tasks needed no code."
    assert F8.compute(store_with(), OCTOBER).sentence == "No tasks in this period."


def test_the_table_of_tasks_has_a_row_for_each():
    table = F1.compute(store_with(a_task(title="Add retry"), a_task("2026-10-07")), OCTOBER)

    assert [cells[1] for _, cells in table.rows] == ["Add retry", "Session of 7 Oct"]
    assert table.sentence == "2 tasks in this period."


def test_a_task_of_the_night_belongs_to_the_evening_before():
    db = store_with(a_task("2026-11-01"))
    db.execute("update tasks set began_ms = began_ms - 9 * 3600000")  # 03:00

    assert isinstance(F3.compute(db, OCTOBER), Rate)
    assert F3.compute(db, OCTOBER).trials == 1


def test_today_is_in_the_last_week():
    assert outcomes_by_week(store_with(), OCTOBER).weeks[-1].first <= TODAY


@pytest.mark.parametrize("measure", [F1, F2, F8, F3])
def test_every_task_measure_says_when_nothing_was_read(measure):
    assert measure.compute(store_with(begin=None), OCTOBER).reason == "nothing_read"


def test_weeks_without_logs_are_unknown():
    assert outcomes_by_week(store_with(begin=None), OCTOBER).reason == "nothing_read"
