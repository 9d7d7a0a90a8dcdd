from dataclasses import replace
from datetime import date

import pytest

from tests.measures.stores import OCTOBER, a_proposal, a_task, store_with, unattended
from tokenmirror.measures.acceptance import C3, C4, C5, C7, C8, completions


def tasks(n, *proposals):
    return [a_task(f"2026-10-{d % 28 + 1:02}", proposals=list(proposals)) for d in range(n)]


def test_lines_proposed_are_those_of_the_turns_final_state():
    total = C3.compute(store_with(*tasks(2, a_proposal(10, rejected=2), a_proposal(3, followed=0))),
                       OCTOBER)  # fmt: skip

    assert (total.value, total.n) == (30, 4)
    assert total.parts == {"followed": 24, "not_followed": 6}
    assert total.sentence == "30 lines were proposed in 4 changes."


@pytest.mark.parametrize(
    "out", [{"excluded": 1}, {"decision": "failed"}], ids=["excluded file", "failed edit"]
)
def test_what_is_left_out_is_in_no_figure(out):
    db = store_with(*tasks(1, a_proposal(10), a_proposal(99, **out)))

    assert C3.compute(db, OCTOBER).value == C4.compute(db, OCTOBER).value == 10
    assert C5.compute(db, OCTOBER).trials == 1


def test_unattended_and_hidden_work_is_out():
    db = store_with(
        *tasks(1, a_proposal(10)),
        unattended(proposals=[a_proposal(50)]),
        a_task(hidden=True, proposals=[a_proposal(70)]),
    )

    assert C3.compute(db, OCTOBER).value == 10
    assert C3.compute(db, replace(OCTOBER, unattended=True)).value == 60


def test_accepted_lines_are_split_by_how():
    db = store_with(*tasks(1, a_proposal(10), a_proposal(20, how="allowed"),
                           a_proposal(5, how="applied"), a_proposal(0, undecided=7)))  # fmt: skip

    total = C4.compute(db, OCTOBER)

    assert (total.value, total.n) == (35, 3)
    assert total.parts == {"chosen": 10, "allowed": 20, "applied": 5, "undecided": 7}
    assert total.sentence == (
        "35 of 42 proposed lines were accepted: 10 chosen by you, 20 allowed, 5 applied;"
        " 7 are undecided."
    )


def test_accepted_changes_by_week_are_chosen_or_let_through():
    let = [a_proposal(2, how="allowed"), a_proposal(1, how="applied")]
    db = store_with(*tasks(2, a_proposal(10), *let, a_proposal(0, rejected=1)))

    weeks = C4.weekly(db, OCTOBER)
    week = weeks.weeks[4]

    assert (week.first, week.values) == (date(2026, 9, 28), (2, 4))
    assert week.sentence == "Week of 28 Sep: 6 accepted (2 chosen)."


def test_the_rate_is_over_changes_you_decided_on():
    db = store_with(*tasks(12, *[a_proposal(10)] * 5, a_proposal(0, rejected=4),
                           a_proposal(8, how="allowed"), a_proposal(0, undecided=2)))  # fmt: skip

    rate = C5.compute(db, OCTOBER)

    assert (rate.hits, rate.trials, rate.n) == (60, 72, 12)
    assert rate.apart == {"undecided": 12, "lines_taken": 600, "lines_decided": 648}
    assert rate.sentence == (
        "Of 72 proposed changes you decided on, you took 60"
        " (around 85 %, likely between 60 and 90 %). 12 are undecided."
    )


def test_few_tasks_give_no_interval_and_fewer_no_percentage():
    few = C5.compute(store_with(*tasks(6, a_proposal(1), a_proposal(0, rejected=1))), OCTOBER)
    fewer = C5.compute(store_with(*tasks(4, a_proposal(1))), OCTOBER)

    assert few.sentence == (
        "Of 12 proposed changes you decided on, you took 6 (50 %). From 6 tasks."
    )
    assert (few.low, few.high) == (None, None)
    assert "%" not in fewer.sentence


def test_without_decisions_there_is_no_rate_but_a_sentence():
    whole = C5.compute(store_with(*tasks(9, a_proposal(10, how="allowed"), a_proposal(1))), OCTOBER)

    assert whole.reason == "approved_as_a_whole"
    assert whole.sentence == "Written by the agent, approved as a whole."


def test_a_fifth_of_the_lines_decided_by_you_is_enough():
    rate = C5.compute(store_with(*tasks(1, a_proposal(8, how="applied"), a_proposal(2))), OCTOBER)

    assert (rate.hits, rate.trials) == (1, 1)


def test_changes_you_turned_down_are_of_those_you_decided_on():
    db = store_with(*tasks(2, a_proposal(1), a_proposal(0, rejected=1)),
                    *tasks(1, a_proposal(0, rejected=3, decision="undone")))  # fmt: skip

    rate = C7.compute(db, OCTOBER)

    assert (rate.hits, rate.trials, rate.n) == (3, 5, 3)
    assert rate.sentence == "You turned down 3 of 5 proposed changes you decided on."


def test_what_was_let_through_is_a_share_of_accepted_lines():
    rate = C8.compute(store_with(*tasks(6, a_proposal(5), a_proposal(15, how="allowed"))), OCTOBER)

    assert rate.share == 0.75
    assert rate.sentence == (
        "Of 120 accepted lines, 90 were let through without asking (75 %); 30 were chosen by you,"
        " 0 were applied and nothing tells how. From 6 tasks."
    )


@pytest.mark.parametrize("measure", [C3, C4, C5, C7, C8], ids=lambda m: m.id)
def test_tools_that_never_record_proposals_are_named(measure):
    figure = measure.compute(store_with(a_task()), OCTOBER)

    assert figure.reason == "not_recorded"
    assert figure.sentence == "Proposed changes are not recorded by claude-code."


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (C3, "No changes were proposed in this period."),
        (C4, "No changes were proposed in this period."),
        (C5, "You decided on no proposed changes in this period."),
        (C7, "You decided on no proposed changes in this period."),
        (C8, "No lines were accepted in this period."),
    ],
)
def test_a_quiet_month_of_a_recording_tool_has_none(measure, words):
    db = store_with(a_task("2026-09-05", proposals=[a_proposal(1)]), a_task("2026-10-05"))

    assert measure.compute(db, OCTOBER).sentence == words


def test_the_rate_by_week_counts_its_tasks():
    weeks = C5.weekly(store_with(*tasks(28, a_proposal(1), a_proposal(0, rejected=1))), OCTOBER)
    week = next(week for week in weeks.weeks if week.first == date(2026, 10, 5))

    assert (week.values, week.small) == ((50.0,), (7,))
    assert week.sentence == "Week of 5 Oct: 7 of 14 (50 %)."
    assert weeks.weeks[0].sentence == "Week of 31 Aug: none."


@pytest.mark.parametrize(
    ("totals", "words"),
    [
        ([("shown", "2026-10-05", 1240), ("accepted", "2026-10-06", 384)],
         "Completions (day totals): 1,240 shown \N{MIDDLE DOT} 384 accepted"),
        ([("accepted", "2026-10-05", 3)], "Completions (day totals): 3 accepted"),
        ([("shown", "2026-10-05", 3)], "Completions (day totals): 3 shown"),
    ],
)  # fmt: skip
def test_completions_kept_as_day_totals_stand_apart(totals, words):
    assert completions(store_with(day_totals=totals), OCTOBER).sentence == words


def test_completions_that_are_not_counted_are_not_recorded():
    db = store_with(day_totals=[("accepted", "2026-10-05", 3)])

    assert completions(store_with(), OCTOBER).reason == "not_recorded"
    assert completions(db, replace(OCTOBER, projects=frozenset({1}))).reason == "not_recorded"
    assert C4.compute(db, OCTOBER).value == 0
