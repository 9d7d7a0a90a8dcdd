"""E, F4, G4, G6: what became of lines on the main line, by cases worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.measures.stores import (
    OCTOBER,
    a_delivery,
    a_life,
    a_task,
    insert,
    noon,
    store_with,
    unattended,
)
from tokenmirror.measures import cost, held, lasting, value
from tokenmirror.measures.figures import Curve, Unknown
from tokenmirror.measures.registry import by_id
from tokenmirror.store import landed

DAY = "2026-10-06"


def shipped(n, *, ends=(), lines=10, **kw):
    """An archive with n shipped tasks whose lines landed on one day and ended so."""
    db = store_with(*(a_task(DAY, tokens=1_000_000) for _ in range(n)), **kw)
    for session in range(1, n + 1):
        a_life(db, session, lines, DAY, ends=ends)
        db.execute("update tasks set shipped_ms = ? where id = ?", (noon(DAY), session))
    return db


def test_survival_counts_what_died_and_sets_whole_files_apart():
    db = shipped(1, ends=[(5, 2, "changed", "mine"), (9, 3, "with_file", "other")])

    figure = lasting.survival(db, OCTOBER)

    assert isinstance(figure, Curve)
    assert figure.at[7] == pytest.approx(0.8)
    assert figure.at[30] == pytest.approx(0.8)  # what went with its file is censored on day 9
    assert figure.apart == {"with_file": 3}
    assert figure.at[90] is None  # nobody watched so long


def test_eight_tasks_have_an_interval_and_seven_none():
    assert lasting.survival(shipped(7, ends=[(5, 2, "changed", "ai")]), OCTOBER).told.low is None
    figure = lasting.survival(shipped(8, ends=[(5, 2, "changed", "ai")]), OCTOBER)

    assert figure.told.low <= figure.told.share <= figure.told.high
    assert figure.n == 8


def test_what_was_looked_at_for_six_days_is_too_early():
    db = store_with(a_task(DAY))
    a_life(db, 1, 10, "2026-10-30", observed="2026-11-05")

    assert lasting.survival(db, OCTOBER).reason == "too_early"
    assert lasting.rework(db, OCTOBER).reason == "too_early"


def test_without_any_landing_nothing_is_said_to_last():
    assert lasting.survival(store_with(a_task(DAY)), OCTOBER).reason == "no_activity"
    assert lasting.survival(store_with(a_task(DAY), repos=("missing",)), OCTOBER).reason == (
        "no_repository"
    )


def test_rework_is_split_by_who_did_it_and_leaves_reverts_and_files_out():
    db = shipped(
        1,
        ends=[
            (3, 1, "changed", "mine"), (5, 2, "deleted", "ai"), (10, 1, "changed", "other"),
            (12, 1, "reverted", "mine"), (13, 1, "with_file", "mine"), (18, 2, "changed", "mine"),
        ],
    )  # fmt: skip

    figure = lasting.rework(db, OCTOBER)

    assert (figure.hits, figure.trials) == (4, 10)
    assert {key: figure.apart[f"by_{key}"] for key in ("mine", "ai", "other")} == {
        "mine": 1, "ai": 2, "other": 1,
    }  # fmt: skip
    assert figure.apart["redone_21"] == 6


def test_lines_of_hidden_and_unattended_tasks_are_left_out():
    db = store_with(a_task(DAY), unattended(DAY, outcome="shipped"), a_task(DAY, hidden=True))
    for session in (1, 2, 3):
        a_life(db, session, 10, DAY)

    assert lasting.survival(db, OCTOBER).lines == 10
    assert lasting.survival(db, replace(OCTOBER, unattended=True)).lines == 20


def test_other_lines_stand_beside_with_the_fixed_note():
    db = shipped(1)
    a_life(db, 0, 20, DAY, claimed=False, ends=[(2, 5, "changed", "mine")])
    a_life(db, 0, 20, DAY, claimed=False, mine=0)

    figure = lasting.survival_of_others(db, OCTOBER)

    assert (figure.lines, figure.at[30]) == (20, pytest.approx(0.75))
    assert (figure.apart["redone_14"], figure.apart["known_14"]) == (5, 20)
    assert "different kinds of work" in figure.sentence


def test_a_reverted_change_is_one_while_it_stands():
    db = shipped(2, deliveries=[a_delivery(DAY), a_delivery(DAY)])
    gone = a_life(db, 1, 10, DAY, delivery=1)
    a_life(db, 2, 10, DAY, delivery=2)
    insert(db, "reversals", commit_id=gone, by_commit_id=gone, at_ms=noon("2026-10-08"),
           how="message", share=1.0)  # fmt: skip

    assert (lasting.reverts(db, OCTOBER).hits, lasting.reverts(db, OCTOBER).trials) == (1, 2)
    db.execute("update reversals set undone_ms = ?", (noon("2026-10-09"),))
    assert lasting.reverts(db, OCTOBER).hits == 0


def test_fixes_that_touch_ai_lines_soon_are_counted_once():
    db = shipped(1, ends=[(3, 1, "changed", "mine"), (4, 1, "changed", "mine")])

    assert lasting.follow_ups(db, OCTOBER).value == 0
    db.execute("update commits set fixes = 1")
    assert lasting.follow_ups(db, OCTOBER).value == 1


# -- F4 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ([], "held"),
        ([(5, 1, "changed", "mine")], "held"),
        ([(5, 2, "changed", "mine")], "redone"),  # a fifth
        ([(5, 2, "with_file", "other")], "redone"),
        ([(15, 9, "deleted", "mine")], "held"),  # after the two weeks
    ],
)
def test_a_task_holds_up_with_less_than_a_fifth_gone(ends, verdict):
    db = shipped(1, ends=ends)
    figure = held.held_up(db, OCTOBER)

    assert (figure.hits, figure.trials) == (int(verdict == "held"), 1)
    assert figure.apart["redone"] == int(verdict == "redone")


def test_a_standing_revert_does_not_hold_up_and_one_taken_back_does():
    db = shipped(1)
    commit = db.execute("select commit_id from births").fetchone()[0]
    insert(db, "reversals", commit_id=commit, by_commit_id=commit, at_ms=noon(DAY, 5),
           how="message", share=1.0)  # fmt: skip

    assert held.held_up(db, OCTOBER).apart["reverted"] == 1
    db.execute("update reversals set undone_ms = at_ms + 1")
    assert held.held_up(db, OCTOBER).hits == 1


def test_tasks_that_landed_lately_and_stated_ones_stand_beside():
    db = store_with(a_task("2026-11-15"), a_task("2026-10-20", "no_lasting_change", stated="done"))
    a_life(db, 1, 10, "2026-11-15")
    db.execute("update tasks set shipped_ms = ? where id = 1", (noon("2026-11-15"),))
    wide = replace(OCTOBER, last=OCTOBER.today)

    figure = held.held_up(db, wide)

    assert isinstance(figure, Unknown)
    assert figure.reason == "too_early"


def test_five_tasks_have_an_interval():
    figure = held.held_up(shipped(5), OCTOBER)

    assert (figure.hits, figure.trials) == (5, 5)
    assert figure.low < 1
    assert "likely between" in figure.sentence


# -- cost ------------------------------------------------------------------------------------


def test_cost_of_shipped_tasks_is_split_by_how_they_held():
    db = shipped(3)
    db.execute("delete from births where session_id = 3")
    insert(db, "deaths", birth_id=2, at_ms=noon(DAY) + 1, lines=9, cause="changed", commit_id=1,
           killer="mine")  # fmt: skip
    landed.refresh(db, [1])

    parts = {part.key: part.value for part in cost.by_outcome(db, OCTOBER).parts if part.value}

    assert parts == pytest.approx({"shipped_held": 3, "shipped_redone": 3, "shipped": 3})


def test_cost_per_hundred_lines_alive_is_of_watched_tasks():
    db = shipped(2, lines=50)

    figure = value.per_lines_alive(db, OCTOBER)

    assert figure.value == pytest.approx(6)  # 6 dollars over 100 lines
    assert by_id("G6").export.value == "N"
