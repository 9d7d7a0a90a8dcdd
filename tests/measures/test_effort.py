"""F6 and F9: what a completed task took, and how far inference and statement agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.measures.stores import OCTOBER, a_task, insert, store_with, unattended
from tokenmirror.measures.effort import F6, F9
from tokenmirror.store import slots


def with_calls(*tasks, calls=()):
    db = store_with(*tasks)
    for session, count in enumerate(calls, 1):
        at_ms = db.execute("select started_ms from sessions where id = ?", (session,)).fetchone()[0]
        for n in range(count):
            insert(db, "tool_calls", key=1000 * session + n, session_id=session, copied=0,
                   at_ms=at_ms + n, kind="other", name="Bash", args_hash=n, ok=1)  # fmt: skip
    slots.refresh(db, range(1, len(calls) + 1))
    return db


def a_done(prompts=1, **kw):
    return a_task(origins=("own",) * prompts, **kw)


def test_few_completed_tasks_are_listed_one_by_one():
    figure = F6.compute(with_calls(a_done(3), a_done(1), calls=(4, 2)), OCTOBER)

    assert figure.sentence == (
        "2 completed tasks took 1 and 3 of your prompts and 2 and 4 tool calls."
    )
    assert (figure.median, figure.quartiles) == (None, None)


def test_some_have_a_median_with_lowest_and_highest():
    figure = F6.compute(with_calls(*[a_done(n) for n in (1, 2, 3, 4, 9)]), OCTOBER)

    assert figure.sentence == ("5 completed tasks took 3 in the median (1 to 9) of your prompts.")
    assert (figure.median, figure.quartiles, figure.low) == (3, None, None)


def test_many_have_the_middle_half_and_an_interval_of_the_median():
    figure = F6.compute(store_with(*[a_done(n) for n in range(1, 21)]), OCTOBER)

    assert figure.quartiles == (5.75, 15.25)
    assert (figure.low, figure.high) == (6, 15)  # order statistics of 20


def test_a_task_without_calls_counts_where_its_tool_records_them():
    known = F6.compute(with_calls(a_done(), a_done(), calls=(4, 0)), OCTOBER)
    other = F6.compute(
        with_calls(a_done(), a_done(source="codex-cli"), calls=(4, 0)), OCTOBER
    )  # fmt: skip

    assert "and 0 and 4 tool calls" in known.sentence
    assert "and 4 tool calls" in other.sentence
    assert "0" not in other.sentence


def test_tasks_that_did_not_get_there_are_not_counted():
    db = store_with(a_task(outcome="on_branch"), unattended(outcome="shipped"), a_done(hidden=True))

    assert F6.compute(db, OCTOBER).reason == "no_activity"


@pytest.mark.parametrize(
    ("outcome", "stated", "agrees"),
    [
        ("shipped", "done", 1), ("no_lasting_change", "done", 0),
        ("no_code", "useful_without_code", 1), ("shipped", "useful_without_code", 0),
        ("on_branch", "set_aside", 1), ("shipped", "set_aside", 0),
        ("no_lasting_change", "did_not_work_out", 1), ("shipped", "did_not_work_out", 0),
        ("unknown", "done", 0),
    ],
)  # fmt: skip
def test_a_statement_agrees_when_it_says_what_was_inferred(outcome, stated, agrees):
    rate = F9.compute(store_with(a_task(outcome=outcome, stated=stated)), OCTOBER)

    assert (rate.hits, rate.trials) == (agrees, 1)


def test_agreement_is_over_all_time_and_needs_ten_statements_to_tell_much():
    made = [a_task("2026-02-03", stated="done")] * 9
    scope = replace(OCTOBER, first=date(2026, 10, 30))

    few = F9.compute(store_with(*made), scope)
    many = F9.compute(store_with(*made, a_task(stated="set_aside")), scope)

    assert few.sentence == (
        "9 of 9 statements of yours say what was inferred."
        " Too few to tell how far to trust the inference."
    )
    assert many.sentence == "9 of 10 statements of yours say what was inferred."


def test_without_a_statement_nothing_is_known():
    assert F9.compute(store_with(a_task()), OCTOBER).reason == "no_statement"
    assert F9.compute(store_with(a_task(stated="done", hidden=True)), OCTOBER).reason == (
        "no_statement"
    )
