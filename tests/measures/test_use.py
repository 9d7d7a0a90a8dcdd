from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.measures.stores import OCTOBER, a_task, add_prompt, noon, store_with, unattended
from tokenmirror.measures.dead_ends import J5
from tokenmirror.measures.use import B1, B2, B3, own_prompts, prompts_by_week
from tokenmirror.store import slots

MIXED = ("own", "own", "unknown", "delegated", "unattended")


def test_prompts_of_unknown_origin_count_as_yours_and_are_said():
    total = B1.compute(store_with(a_task(origins=MIXED)), OCTOBER)

    assert total.value == 3
    assert total.parts == {"own": 2, "unknown": 1, "unattended": 1}
    assert total.sentence == (
        "3 prompts of yours. For 1 the tool does not tell who wrote it. 1 unattended, apart."
    )


def test_no_prompts_are_none_in_this_period():
    assert B1.compute(store_with(), OCTOBER).sentence == "No prompts of yours in this period."
    assert B2.compute(store_with(), OCTOBER).sentence == "No sessions of yours in this period."
    assert B3.compute(store_with(), OCTOBER).value == 0


def test_an_empty_prompt_asks_nothing_unless_something_is_attached():
    db = store_with(a_task())
    add_prompt(db, 1, noon("2026-10-05"), words=0)
    db.execute("update prompts set attachments = 1 where words = 0")
    add_prompt(db, 1, noon("2026-10-05"), words=0)

    assert B1.compute(db, OCTOBER).value == 2


def test_a_prompt_whose_origin_was_not_derived_counts_as_unknown():
    db = store_with(a_task())
    db.execute("delete from origins")
    slots.refresh(db, [1])

    assert B1.compute(db, OCTOBER).parts["unknown"] == 1
    assert B2.compute(db, OCTOBER).value == 1


def test_sessions_and_days_need_a_prompt_of_yours():
    db = store_with(a_task("2026-10-05"), a_task("2026-10-05"), a_task("2026-10-06"), unattended())

    assert B2.compute(db, OCTOBER).sentence == "3 sessions with a prompt of yours."
    assert B3.compute(db, OCTOBER).sentence == "2 days with a prompt of yours."


def test_a_prompt_of_the_night_belongs_to_the_day_before():
    db = store_with(a_task("2026-10-05"))
    db.execute("update prompts set at_ms = at_ms + 13 * 3600000")  # 01:00 of the 6th

    late = B3.compute(db, replace(OCTOBER, first=date(2026, 10, 6), last=date(2026, 10, 6)))
    early = B3.compute(db, replace(OCTOBER, first=date(2026, 10, 5), last=date(2026, 10, 5)))

    assert (late.value, early.value) == (0, 1)


def test_hidden_tasks_and_other_tools_are_out():
    db = store_with(a_task(), a_task(hidden=True), a_task(source="codex-cli"))

    assert B1.compute(db, OCTOBER).value == 2
    assert own_prompts(db, replace(OCTOBER, sources=frozenset({"codex-cli"}))) == 1


def test_prompts_by_week_stack_unattended_ones_on_top():
    weeks = prompts_by_week(store_with(a_task(origins=MIXED), unattended("2026-10-07")), OCTOBER)
    week = next(week for week in weeks.weeks if week.first == date(2026, 10, 5))

    assert week.values == (3, 2)
    assert week.total == 5
    assert week.sentence == "Week of 5 Oct: 3 prompts of yours, 2 unattended."
    assert weeks.parts == ("own", "unattended")


def history(n=9, each=6):
    weeks = [date(2026, 9, 28) - timedelta(weeks=k + 1) for k in range(n)]
    return [a_task(week, origins=("own",) * (each + k % 2)) for k, week in enumerate(weeks)]


def test_the_band_needs_eight_weeks_before_the_period():
    assert prompts_by_week(store_with(*history(7)), OCTOBER).usual is None
    assert prompts_by_week(store_with(*history(9)), OCTOBER).usual == pytest.approx((2.86, 6, 9.14))


def test_a_month_far_above_the_usual_is_said():
    total = B1.compute(store_with(*history(20), a_task(origins=("own",) * 90)), OCTOBER)

    assert total.sentence == "90 prompts of yours, above your usual range."
    assert total.usual[0] <= 26 * 31 / 28 <= total.usual[2] < 90  # 31 days are more than 4 weeks


def test_counts_are_those_of_single_rows():
    tasks = [
        a_task(f"2026-{8 + n % 4:02}-{n % 28 + 1:02}", origins=MIXED[: n % 5 + 1],
               source="codex-cli" if n & 4 else "claude-code", project=n % 3 + 1,
               hidden=n % 7 == 0)
        for n in range(120)
    ]  # fmt: skip
    scope = replace(OCTOBER, sources=frozenset({"codex-cli"}), projects=frozenset({1, 3}))

    plain = [
        origin
        for made in tasks
        if made.day.startswith("2026-10") and not made.hidden
        and made.source == "codex-cli" and made.project in {1, 3}
        for origin in made.origins
    ]  # fmt: skip

    parts = B1.compute(store_with(*tasks), scope).parts
    assert parts == {key: plain.count(key) for key in ("own", "unknown", "unattended")}
    assert sum(parts.values()) > 10


def test_unattended_runs_tell_rule_tokens_and_what_shipped():
    db = store_with(
        unattended(origins=("unattended",) * 5, basis="inferred", rule="a", tokens=10**6),
        unattended(outcome="shipped"),
        a_task(tokens=10**6),
    )

    total = J5.compute(db, OCTOBER)

    assert total.value == 6
    assert total.parts["rule_a"] == 5
    assert (total.parts["tokens"], total.parts["cost_usd"]) == (10**6, pytest.approx(3))
    assert total.sentence == (
        "6 unattended prompts. 5 by rule (a): the same text five times in a day."
        " 1.00 M tokens, about $3.00 at list price. 1 of these tasks shipped."
    )


def test_no_unattended_runs_are_none():
    total = J5.compute(store_with(a_task()), OCTOBER)

    assert total.sentence == "No unattended prompts in this period."
    assert total.parts["cost_usd"] is None
