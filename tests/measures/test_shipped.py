from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.measures.stores import (
    OCTOBER,
    a_delivery,
    a_proposal,
    a_task,
    days_ago,
    store_with,
)
from tokenmirror.measures.chain import chain
from tokenmirror.measures.shipped import D1, D2, D3, D4, D5

YOUNG = replace(OCTOBER, first=date(2026, 11, 1), last=date(2026, 11, 30))


def tasks(n, *proposals, day=None):
    return [a_task(day or f"2026-10-{d % 28 + 1:02}", proposals=list(proposals)) for d in range(n)]


def test_committed_and_shipped_lines_are_of_the_accepted_ones():
    db = store_with(*tasks(5, a_proposal(20, landed=10, shipped=5)))

    assert (D1.compute(db, OCTOBER).value, D3.compute(db, OCTOBER).value) == (50, 25)
    assert D1.compute(db, OCTOBER).sentence == "50 accepted lines were committed."
    assert (D2.compute(db, OCTOBER).share, D4.compute(db, OCTOBER).share) == (0.5, 0.25)
    assert D2.compute(db, OCTOBER).sentence == (
        "Of 100 accepted lines, 50 were committed (50 %). From 5 tasks."
    )


def test_young_changes_and_unread_projects_are_out_on_both_sides():
    ripe = tasks(1, a_proposal(10, landed=8), day=days_ago(14))
    young = tasks(1, a_proposal(10, landed=10), day=days_ago(13))
    elsewhere = tasks(1, a_proposal(10, followed=0), day=days_ago(14))

    rate = D2.compute(store_with(*ripe, *young, *elsewhere), YOUNG)

    assert (rate.hits, rate.trials) == (8, 10)


def test_lines_that_landed_never_outnumber_the_accepted_ones():
    rate = D4.compute(store_with(*tasks(1, a_proposal(5, landed=9, shipped=12))), OCTOBER)

    assert (rate.hits, rate.trials) == (5, 5)


def test_one_task_that_makes_up_most_of_it_is_said_and_widens_the_interval():
    db = store_with(*tasks(1, a_proposal(1000, landed=900)),
                    *tasks(10, a_proposal(10, landed=1)))  # fmt: skip

    rate = D2.compute(db, OCTOBER)

    assert "One task makes up 91 % of it." in rate.sentence
    assert "(around 85 %, likely between 10 and 90 %)" in rate.sentence
    assert rate.high - rate.low > 0.5


def test_a_typical_task_that_differs_is_said():
    db = store_with(*tasks(9, a_proposal(10, landed=9)), *tasks(9, a_proposal(10, landed=10)),
                    *tasks(4, a_proposal(40)))  # fmt: skip

    assert "In the typical task it is 90 %." in D2.compute(db, OCTOBER).sentence


def test_without_a_repository_nothing_can_be_followed():
    db = store_with(*tasks(1, a_proposal(10, followed=0)), repos=())

    for measure in (D1, D2, D3, D4, D5):
        assert measure.compute(db, OCTOBER).reason == "no_repository"
    assert chain(db, OCTOBER).reason == "no_repository"
    assert D5.weekly(db, OCTOBER).reason == "no_repository"


def test_repositories_that_cannot_be_read_are_none():
    assert D5.compute(store_with(repos=("missing", "not_yours")), OCTOBER).reason == "no_repository"
    assert D5.compute(store_with(repos=("shallow",)), OCTOBER).value == 0


def test_a_period_of_young_changes_is_too_early_to_tell():
    figure = D2.compute(store_with(*tasks(1, a_proposal(10), day=days_ago(5))), YOUNG)

    assert figure.reason == "too_early"


def test_a_tool_that_records_no_proposals_is_named():
    assert D2.compute(store_with(a_task()), OCTOBER).reason == "not_recorded"


def test_a_month_without_accepted_lines_is_none():
    db = store_with(*tasks(1, a_proposal(1), day="2026-09-10"), a_task())

    assert D2.compute(db, OCTOBER).sentence == "No lines were accepted in this period."
    assert chain(db, OCTOBER).reason == "no_activity"


def test_shipped_changes_are_split_by_ai_lines():
    db = store_with(deliveries=[a_delivery(), a_delivery(), a_delivery(ai="without"),
                                a_delivery(ai="unknown"), a_delivery("2026-11-03")])  # fmt: skip

    total = D5.compute(db, OCTOBER)

    assert (total.value, total.parts) == (4, {"with": 2, "without": 1, "unknown": 1})
    assert total.sentence == (
        "4 changes shipped; 2 with AI-written lines. For 1 it cannot be told."
    )


def test_shipped_changes_follow_project_and_tool():
    tasks = [a_task(source="codex-cli"), a_task(project=2)]
    delivered = [a_delivery(tasks=[1]), a_delivery(repo=2), a_delivery(tasks=[2])]
    db = store_with(*tasks, repos=("ok", "ok"), deliveries=delivered)

    assert D5.compute(db, replace(OCTOBER, projects=frozenset({2}))).value == 1
    assert D5.compute(db, replace(OCTOBER, sources=frozenset({"codex-cli"}))).value == 1
    assert D5.compute(db, OCTOBER).value == 3


def test_shipped_changes_by_week():
    weeks = D5.weekly(store_with(deliveries=[a_delivery(), a_delivery(ai="unknown")]), OCTOBER)
    week = next(week for week in weeks.weeks if week.first == date(2026, 10, 5))

    assert week.values == (1, 0, 1)
    assert week.sentence == "Week of 5 Oct: 2 shipped, 1 with AI lines, for 1 it cannot be told."
    assert weeks.weeks[0].sentence == "Week of 31 Aug: 0 shipped, 0 with AI lines."


def test_weeks_in_which_nothing_shipped_belong_to_the_usual_range_when_you_worked():
    weeks = [date(2026, 9, 28) - timedelta(weeks=n + 1) for n in range(12)]
    worked = [a_task(week) for week in weeks]
    shipped = [a_delivery(week) for week in weeks[::2] for _ in range(4)]

    drawn = D5.weekly(store_with(*worked, deliveries=shipped), OCTOBER)
    month = D5.compute(store_with(*worked, deliveries=[*shipped, a_delivery()] * 1), OCTOBER)

    assert drawn.usual == pytest.approx((0, 2, 2 + 3.14 * 4))
    assert month.usual[0] >= 0
    assert month.usual[1] == pytest.approx(8 * 31 / 28)  # a month of 31 days


def test_the_chain_names_what_is_lost_at_each_step():
    db = store_with(*tasks(8, a_proposal(10, landed=6, shipped=5, living=4),
                               a_proposal(0, rejected=3),
                           a_proposal(0, undecided=2), a_proposal(4, how="allowed")))  # fmt: skip

    found = chain(db, OCTOBER)

    assert [(step.key, step.lines) for step in found.steps] == [
        ("proposed", 152), ("accepted", 112), ("committed", 48), ("on_main_line", 40),
        ("still_there", 32)]  # fmt: skip
    assert [step.loss for step in found.steps[1:]] == [
        "24 turned down, 16 undecided",
        "64 accepted lines not committed",
        "8 on branches",
        "8 changed or removed",
    ]
    assert [step.share for step in found.steps] == [None, 112 / 152, 48 / 112, 40 / 48, 32 / 40]
    assert found.steps[2].low < 48 / 112 <= found.steps[2].high
    assert {part.key: part.value for part in found.steps[1].parts} == {
        "chosen": 80, "allowed": 32, "applied": 0, "undecided": 16}  # fmt: skip
    assert (found.prompts, found.tasks) == (8, 8)
    assert found.sentence == (
        "Of 152 lines proposed, 112 were accepted, 48 committed, 40 reached the main line and"
        " 32 are still there."
    )


def test_the_chain_tells_what_lies_outside_of_it():
    db = store_with(*tasks(1, a_proposal(10), day=days_ago(14)),
                    *tasks(1, a_proposal(7), day=days_ago(3)),
                    *tasks(1, a_proposal(1, followed=0), day=days_ago(14)),
                    day_totals=[("accepted", "2026-11-05", 5)])  # fmt: skip

    found = chain(db, YOUNG)

    assert found.steps[0].note == (
        "1 more line lies outside of repositories that could be read."
        " For 7 more lines it is too early to tell."
    )
    assert found.apart == "Completions (day totals): 5 accepted"


def test_rates_by_week_hatch_what_is_young():
    db = store_with(*tasks(6, a_proposal(10, landed=5, shipped=2), day="2026-10-06"),
                    *tasks(6, a_proposal(10, landed=5), day="2026-11-17"))  # fmt: skip

    committed, shipped = D2.weekly(db, OCTOBER), D4.weekly(db, OCTOBER)

    assert (committed.weeks[5].values, shipped.weeks[5].values) == ((50.0,), (20.0,))
    assert committed.weeks[-1].values == (None,)
    assert committed.weeks[-1].sentence == "Week of 16 Nov so far: too early to tell."


def test_the_band_of_a_rate_is_made_of_weeks_with_enough_tasks():
    weeks = [date(2026, 9, 28) - timedelta(weeks=n + 1) for n in range(10)]
    before = [made for week in weeks for made in tasks(5, a_proposal(10, landed=5), day=week)]

    assert D2.weekly(store_with(*before), OCTOBER).usual == pytest.approx((50, 50, 50))
    assert D2.weekly(store_with(*before[::2]), OCTOBER).usual is None


def test_sums_are_those_of_single_changes():
    made = [
        a_task(f"2026-{8 + n % 4:02}-{n % 28 + 1:02}", project=n % 3 + 1, hidden=n % 11 == 0,
               proposals=[a_proposal(n, landed=n // 2, shipped=n // 3, followed=int(n % 5 > 0),
                                     excluded=int(n % 13 == 0))])
        for n in range(1, 150)
    ]  # fmt: skip
    scope = replace(OCTOBER, projects=frozenset({1, 2}))

    plain = [
        proposal
        for task in made
        if task.day.startswith("2026-10") and not task.hidden and task.project in {1, 2}
        for proposal in task.proposals
        if proposal["followed"] and not proposal["excluded"]
    ]

    rate = D4.compute(store_with(*made), scope)
    assert rate.hits == sum(p["shipped"] for p in plain)
    assert rate.trials == sum(p["chosen"] for p in plain)
    assert rate.n == len(plain) > 5


def test_exact_matches_alone_are_told_where_they_give_five_points_less():
    far = tasks(12, a_proposal(10, landed=8, shipped=8, landed_exact=6, shipped_exact=7))
    near = tasks(12, a_proposal(100, landed=80, landed_exact=75))

    assert "By exact matches alone around 60 %." in D2.compute(store_with(*far), OCTOBER).sentence
    assert "By exact matches alone around 70 %." in D4.compute(store_with(*far), OCTOBER).sentence
    assert "exact" not in D2.compute(store_with(*near), OCTOBER).sentence
    assert D2.compute(store_with(*near), OCTOBER).apart["exact"] == 12 * 75


def test_few_tasks_tell_exact_matches_in_lines():
    few = tasks(4, a_proposal(10, landed=8, landed_exact=2))

    assert D2.compute(store_with(*few), OCTOBER).sentence == (
        "Of 40 accepted lines, 32 were committed. By exact matches alone 8. From 4 tasks."
    )


def test_lines_read_before_exact_matches_were_kept_are_taken_as_they_are():
    old = tasks(12, a_proposal(10, landed=8, landed_exact=None, shipped_exact=None))

    assert "exact" not in D2.compute(store_with(*old), OCTOBER).sentence


def test_counts_of_lines_say_how_many_were_recognised_closely():
    db = store_with(*tasks(3, a_proposal(10, landed=8, landed_exact=6)))

    figure = D1.compute(db, OCTOBER)

    assert figure.sentence == (
        "24 accepted lines were committed. 6 of them were recognised closely."
    )
    assert figure.parts == {"exact": 18}
