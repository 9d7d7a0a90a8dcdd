"""10: the arithmetic every build must pass; each point with the tests that hold it."""

from __future__ import annotations

import re

import pytest

from tests.measures.stores import OCTOBER, a_proposal, a_task, insert, store_with
from tests.shape.tree import ROOT
from tokenmirror.measures.registry import MEASURES, by_id

HELD_BY = {
    1: ["test_wilson_gives_the_published_values"],
    2: ["test_the_usual_range_is_the_published_one"],
    3: [
        "test_work_at_half_past_one_belongs_to_the_evening_before",
        "test_a_prompt_at_half_past_one_belongs_to_the_evening_before",
        "test_the_day_of_the_autumn_change_has_25_hours_and_of_spring_23",
        "test_two_hours_across_the_spring_change_last_two_hours",
    ],
    4: ["test_the_worked_example_of_the_measures"],
    5: [
        "test_one_large_task_makes_the_interval_at_least_three_times_as_wide_as_wilson",
        "test_a_task_with_most_of_the_lines_is_said",
    ],
    6: ["test_where_no_showing_is_recorded_the_rate_is_unknown_without_a_digit"],
    7: [
        "test_reading_everything_again_changes_no_row",
        "test_logs_deleted_and_read_again_give_the_same_totals",
        "test_the_branch_may_be_deleted_after_a_squash",
        "test_an_amended_commit_ships_once",
    ],
    8: [
        "test_the_same_text_five_times_a_day_looks_automatic",
        "test_five_scripted_prompts_stand_apart_with_their_rule",
        "test_unattended_sessions_without_commits_change_nothing_but_cost_and_their_own_count",
        "test_added_sessions_without_commits_improve_nothing",
        "test_typed_sessions_without_commits_never_improve_anything",
    ],
    9: [
        "test_four_tasks_never_yield_a_percentage",
        "test_four_of_a_kind_never_give_a_percentage",
        "test_twelve_tasks_give_an_interval",
    ],
    10: ["test_nothing_that_is_said_holds_a_forbidden_word", "test_no_declared_word_is_forbidden"],
    11: [
        "test_a_colleague_ships_before_i_commit_anything",
        "test_an_edit_committed_hours_later_is_shipped",
        "test_a_late_squash_of_a_linked_session_ships",
        "test_a_colleague_who_squashes_my_branch_ships_it",
        "test_a_renamed_file_keeps_its_edits",
        "test_formatting_is_no_death_and_no_birth",
    ],
    12: [
        "test_no_day_holds_more_time_than_it_has_and_the_union_is_no_more_than_the_sum",
        "test_outcomes_add_up_to_the_tasks",
        "test_prompts_of_days_add_up_to_those_of_the_period",
    ],
    13: ["test_hiding_a_tool_never_changes_a_rates_meaning"],
    14: [
        "test_intervals_hold_and_alarms_are_rare_in_a_few_runs",
        "test_intervals_hold_and_alarms_are_rare",
    ],
}


def test_every_point_is_held_by_tests_that_exist():
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert sorted(HELD_BY) == list(range(1, 15))
    assert {n: name for n, held in HELD_BY.items() for name in held if name not in there} == {}


def test_a_task_with_most_of_the_lines_is_said():
    large = a_task(proposals=[a_proposal(900, landed=900)])
    small = [
        a_task(f"2026-10-{n:02}", proposals=[a_proposal(10, landed=n % 11)]) for n in range(1, 11)
    ]

    rate = by_id("D2").compute(store_with(large, *small), OCTOBER)

    assert "One task makes up 90 % of it." in rate.sentence
    assert rate.high - rate.low > 0.2


def test_five_scripted_prompts_stand_apart_with_their_rule():
    scripted = a_task(unattended=True, outcome="no_lasting_change",
                      origins=("unattended",) * 5, basis="inferred", rule="a")  # fmt: skip
    db = store_with(scripted, a_task(), a_task("2026-10-07"))

    assert by_id("B1").compute(db, OCTOBER).value == 2
    assert by_id("F3").compute(db, OCTOBER).trials == 2
    apart = by_id("J5").compute(db, OCTOBER)
    assert (apart.value, apart.parts["rule_a"]) == (5, 5)


DEFAULTS = [m.id for m in MEASURES if m.export.value == "D"]


def with_added(n, origin):
    db = store_with(*[
        a_task(f"2026-10-{k + 1:02}", "shipped" if k % 3 else "no_lasting_change", tokens=10**6,
               proposals=[a_proposal(10, landed=6, shipped=5)])
        for k in range(12)
    ])  # fmt: skip
    at_ms = db.execute("select min(began_ms) from tasks").fetchone()[0]
    alone = origin == "unattended"
    for k in range(n):
        session = insert(db, "sessions", source="claude-code", key=f"x{k}", machine_id=1,
                         started_ms=at_ms, project_id=1)  # fmt: skip
        task = insert(db, "tasks", key=f"x{k}", title_from="day", source="claude-code",
                      project_id=1, began_ms=at_ms, ended_ms=at_ms, outcome="no_lasting_change",
                      why="test", unattended=int(alone), own_prompts=int(not alone), intended=1,
                      proposed=0, accepted=0, landed=0, shipped=0, rules_version=1)  # fmt: skip
        insert(db, "task_sessions", session_id=session, task_id=task)
        insert(db, "proposals", session_id=session, path="a.py", at_ms=at_ms,
               unattended=int(alone), **a_proposal(50))  # fmt: skip
    return db


HIGHER_IS_BETTER = ("F3", "F4")


@pytest.mark.parametrize("n", [0, 1, 1_000])
@pytest.mark.parametrize("origin", ["unattended", "own"])
def test_added_sessions_without_commits_improve_nothing(n, origin):
    """Also with detection switched off: then they are the person's own."""
    before, after = with_added(0, origin), with_added(n, origin)

    for key in DEFAULTS:
        was, now = (by_id(key).compute(db, OCTOBER) for db in (before, after))
        if origin == "unattended" and key not in {"G3"}:
            assert now == was, key
        elif key in HIGHER_IS_BETTER and getattr(was, "share", None) is not None:
            assert now.share <= was.share, key
        elif key in {"D1", "D3", "D5"} and hasattr(was, "value"):
            assert now.value <= was.value, key
