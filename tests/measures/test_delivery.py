"""D6-D8, F5, F7, C6, I5-I8: own commits, times, sizes, checks, touch and areas."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.measures.stores import (
    OCTOBER,
    a_commit,
    a_delivery,
    a_life,
    a_proposal,
    a_task,
    insert,
    noon,
    store_with,
    unattended,
)
from tokenmirror.measures import areas, checks, delivery, touch

DAY = "2026-10-06"


def own(db, added, *, exact=0, near=0, on_chain=1, landed=None, how=None, parents="", mine=1):
    commit = a_commit(db, DAY, mine=mine)
    db.execute(
        "update commits set added = ?, on_chain = ?, landed_oid = ?, landed_how = ?, parents = ?"
        " where id = ?",
        (added, on_chain, landed, how, parents, commit),
    )
    for evidence, lines in (("exact", exact), ("near", near)):
        if lines:
            insert(db, "claims", commit_id=commit, suggestion_id=commit * 10 + lines, session_id=1,
                   path="a.py", evidence=evidence, lines=lines, proof_lines=lines)  # fmt: skip
    return commit


@pytest.fixture
def db():
    return store_with(a_task(DAY))


def test_the_pair_is_exact_and_exact_with_close(db):
    own(db, 60, exact=20, near=10)
    own(db, 40)
    own(db, 500, mine=0)

    figure = delivery.ai_share(db, OCTOBER)

    assert (figure.hits, figure.trials) == (30, 100)
    assert (figure.low, figure.high) == (0.2, 0.3)
    assert figure.sentence.startswith("20")


def test_work_that_landed_otherwise_counts_once(db):
    own(db, 10, exact=10)  # the squash on the main line
    own(db, 10, exact=10, on_chain=0, landed="x", how="content")  # what was squashed
    own(db, 7, exact=7, on_chain=0, landed="x", how="ancestor")  # in a merge
    own(db, 7, parents="a b")  # the merge

    assert delivery.ai_share(db, OCTOBER).trials == 17


def test_without_commits_there_is_no_share(db):
    assert delivery.ai_share(db, OCTOBER).reason == "no_activity"
    assert areas.without_ai(db, OCTOBER).reason == "no_activity"


def test_commits_without_ai_lines(db):
    own(db, 5)
    own(db, 5, near=1)

    figure = areas.without_ai(db, OCTOBER)

    assert (figure.hits, figure.trials) == (1, 2)


def test_lead_time_runs_from_the_first_prompt_and_leaves_tasks_taken_up_again_out():
    db = store_with(*(a_task(DAY) for _ in range(6)))
    for task in range(1, 7):
        db.execute(
            "update tasks set landed_ms = began_ms + 60000, shipped_ms = began_ms + ? where id = ?",
            (task * 3_600_000, task),
        )
    other = insert(db, "sessions", source="claude-code", key="later", machine_id=1,
                   started_ms=noon("2026-10-30"))  # fmt: skip
    insert(db, "task_sessions", session_id=other, task_id=6)

    figure = delivery.lead_time(db, OCTOBER)

    assert figure.n == 5
    assert figure.median == 3 * 3600
    assert figure.beside["commit_median"] == 60
    assert len(delivery.times_table(db, OCTOBER).rows) == 5


def test_sizes_stand_side_by_side_without_a_difference():
    db = store_with(
        a_task(DAY),
        deliveries=[
            *(a_delivery(DAY, added=10 * n, removed=n) for n in range(1, 6)),
            a_delivery(DAY, ai="without", added=4, removed=0),
            a_delivery(DAY, ai="unknown", added=9, removed=9),
        ],
    )

    figure = delivery.change_sizes(db, OCTOBER)

    assert (figure.n, figure.of, figure.median) == (5, 7, 33)
    assert figure.beside == {"without_median": None, "without_n": 1}
    assert "different kinds of work" in figure.sentence


# -- F5 --------------------------------------------------------------------------------------


def edit_and_run(db, task, edit, run, ok=1, *, commit=10, kind="test"):
    """An edit, a run and the first commit, in minutes after noon."""
    insert(db, "suggestions", key=task, log_key="k", session_id=task, copied=0,
           at_ms=noon(DAY, edit), kind="edit", decision="accepted", how="chosen", basis="stated",
           lines_added=1, lines_removed=0, added=1, removed=0)  # fmt: skip
    insert(db, "tool_calls", key=task, session_id=task, copied=0, at_ms=noon(DAY, run), kind=kind,
           name="x", args_hash=1, ok=ok)  # fmt: skip
    db.execute("update tasks set landed_ms = ? where id = ?", (noon(DAY, commit), task))


def test_a_check_counts_between_the_last_edit_and_the_commit():
    db = store_with(*(a_task(DAY) for _ in range(5)))
    edit_and_run(db, 1, edit=1, run=5)
    edit_and_run(db, 2, edit=6, run=5)  # edited afterwards
    edit_and_run(db, 3, edit=1, run=15)  # after the commit
    edit_and_run(db, 4, edit=1, run=5, ok=0, kind="build")
    edit_and_run(db, 5, edit=1, run=5, kind="other")

    figure = checks.checked(db, OCTOBER)

    assert (figure.hits, figure.trials) == (2, 5)
    assert (figure.apart["passed"], figure.apart["failed"]) == (1, 1)
    assert "at least" in figure.sentence


def test_a_tool_that_logs_no_commands_cannot_show_a_check():
    db = store_with(a_task(DAY, source="other-tool"))

    assert checks.checked(db, OCTOBER).reason == "not_recorded"


# -- C6, I5, I6 ------------------------------------------------------------------------------


def with_lines(accepted, landed, exact, n=1):
    proposal = a_proposal(accepted, landed=landed, landed_exact=exact)
    return store_with(*(a_task(DAY, proposals=[dict(proposal)]) for _ in range(n)))


def test_kept_as_proposed_and_your_touch_are_two_sides():
    db = with_lines(20, 15, 12)

    kept, mine = touch.kept(db, OCTOBER), touch.by_hand(db, OCTOBER)

    assert (kept.hits, kept.trials, kept.apart["lightly_edited"]) == (12, 20, 3)
    assert (mine.hits, mine.trials) == (3, 15)


def test_tasks_that_reached_no_commit_say_nothing_of_touch():
    assert touch.kept(with_lines(20, 0, 0), OCTOBER).reason == "no_activity"


def test_the_pace_is_estimated_and_names_large_changes_in_words():
    db = store_with(a_task(DAY), a_task(DAY), unattended(DAY))
    for task in (1, 2, 3):
        edit_and_run(db, task, edit=1, run=1, commit=1)
        db.execute("update tasks set accepted = 300 where id = ?", (task,))

    figure = touch.pace(db, OCTOBER)

    assert figure.basis == "estimated"
    assert (figure.n, figure.parts["within_a_minute"]) == (2, 2)


# -- I7 --------------------------------------------------------------------------------------


def test_areas_are_two_levels_and_languages_sorted_with_care_for_small_numbers():
    db = store_with(a_task(DAY))
    a_life(db, 1, 90, DAY, path="app/api/v1/routes.py")
    a_life(db, 1, 10, DAY, path="app/api/v1/routes.py", claimed=False)
    a_life(db, 1, 1, DAY, path="web/x.ts")

    table = areas.by_area(db, OCTOBER)
    rows = dict(table.rows)

    assert rows["folder:app/api"][2:] == (90, 100, 90)
    assert rows["folder:web"][4] is None  # one line has no share
    assert [key for key in rows if key.startswith("folder")] == ["folder:app/api", "folder:web"]
    assert "language:Python" in rows


def test_a_period_without_landings_has_no_areas():
    db = store_with(a_task(DAY))
    a_life(db, 1, 5, "2026-08-01")

    assert areas.by_area(db, replace(OCTOBER)).reason == "no_activity"
