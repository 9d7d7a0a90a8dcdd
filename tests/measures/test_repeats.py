"""J: asked again, loops, errors, read again, cut conversations."""

from __future__ import annotations

import pytest

from tests.measures.stores import (
    OCTOBER,
    a_commit,
    a_task,
    add,
    add_prompt,
    add_usage,
    insert,
    noon,
    store_with,
)
from tokenmirror.measures.repeats import again, cut, errors, loops, nothing_lasting, read_again
from tokenmirror.store import slots

DAY = "2026-10-06"


@pytest.fixture
def db():
    return store_with(a_task(DAY, origins=()))


def call(db, n, ok=1, *, args=1, kind="test"):
    insert(db, "tool_calls", key=n, session_id=1, copied=0, at_ms=noon(DAY, n), kind=kind,
           name=kind, args_hash=args, ok=ok)  # fmt: skip
    slots.refresh(db, [1])


def test_asking_again_is_a_share_of_prompts_and_retries_stand_apart(db):
    for n in range(4):
        add_prompt(db, 1, noon(DAY, n))
    insert(db, "prompt_repeats", prompt_id=2, earlier_id=1, how="equal", retry=0)
    insert(db, "prompt_repeats", prompt_id=3, earlier_id=1, how="close", retry=1)

    figure = again(db, OCTOBER)

    assert (figure.hits, figure.trials) == (1, 4)
    assert figure.apart == {"equal": 1, "retries": 1}


def test_a_loop_has_a_length_and_what_was_spent_inside(db):
    add_usage(db, 1, {"at_ms": noon(DAY, 1), "input_tokens": 1_000_000, "output_tokens": 0})
    add_usage(db, 1, {"at_ms": noon(DAY, 9), "input_tokens": 1_000_000, "output_tokens": 0})
    for n in range(4):
        call(db, n)

    figure = loops(db, OCTOBER)

    assert (figure.value, figure.parts["longest"]) == (1, 4)
    assert figure.parts["cost_usd"] == pytest.approx(3)


def test_errors_are_of_calls_whose_result_is_known(db):
    for n, ok in enumerate([1, 0, 0, None]):
        call(db, n, ok, args=n)

    figure = errors(db, OCTOBER)

    assert (figure.hits, figure.trials) == (2, 3)
    assert figure.apart["longest_run"] == 2


def test_without_calls_nothing_is_said_to_be_free_of_errors(db):
    assert errors(db, OCTOBER).reason == "no_activity"
    add_prompt(db, 1, noon(DAY))

    assert errors(db, OCTOBER).reason == "not_recorded"
    assert loops(db, OCTOBER).reason == "not_recorded"


def test_reading_the_same_three_times_is_counted(db):
    for n in range(3):
        call(db, n, kind="read")

    figure = read_again(db, OCTOBER)

    assert (figure.value, figure.parts["reads"]) == (1, 3)
    assert figure.parts["copied_lines"] is None
    assert "No repository was read" in figure.sentence


def landed(db, lines, copied, *, day=DAY, **commit):
    row = a_commit(db, day)
    db.execute("update commits set on_chain = ? where id = ?", (commit.get("on_chain", 1), row))
    insert(db, "claims", commit_id=row, suggestion_id=row, session_id=commit.get("session", 1),
           path="a.py", evidence="exact", lines=lines, proof_lines=lines,
           copied=copied)  # fmt: skip
    db.execute("update repos set scanned_ms = 1")


def test_landed_lines_that_repeat_others_are_of_those_looked_at(db):
    call(db, 1)
    landed(db, 100, 12)
    landed(db, 20, 0)
    landed(db, 7, None)
    landed(db, 50, None, on_chain=0)
    landed(db, 50, 50, day="2026-09-06")

    figure = read_again(db, OCTOBER)

    assert figure.parts == {"reads": 0, "copied_lines": 12, "landed_lines": 120, "landings": 2}
    assert "Of the landed lines (120), 12 repeat code" in figure.sentence
    assert "7 more could not be looked at." in figure.sentence


def test_lines_read_before_copies_were_looked_for_are_not_free_of_them(db):
    call(db, 1)
    landed(db, 7, None)

    figure = read_again(db, OCTOBER)

    assert figure.parts["copied_lines"] is None
    assert "were read before copies were looked for" in figure.sentence


def test_where_no_line_landed_there_is_nothing_to_say_of_copies(db):
    call(db, 1)
    db.execute("update repos set scanned_ms = 1")

    figure = read_again(db, OCTOBER)

    assert figure.parts["copied_lines"] == 0
    assert figure.sentence == "Nothing was read three times over."


def test_copies_are_told_of_tools_that_record_no_calls(db):
    landed(db, 9, 0)
    add_prompt(db, 1, noon(DAY))

    figure = read_again(db, OCTOBER)

    assert figure.reason == "not_recorded"
    assert figure.sentence.endswith("none repeats code that was there before.")


def test_copies_of_hidden_tasks_are_left_out(db):
    landed(db, 9, 9)
    other = add(db, a_task(DAY))
    call(db, 1)
    db.execute("update tasks set hidden = 1 where id = ?", (other,))
    landed(db, 5, 5, session=2)

    assert read_again(db, OCTOBER).parts["landed_lines"] == 9


def test_conversations_cut_are_known_of_tools_that_tell(db):
    assert cut(db, OCTOBER).reason == "not_recorded"
    insert(db, "compactions", key=1, session_id=1, copied=0, at_ms=noon(DAY), tokens=9_000)
    insert(db, "compactions", key=2, session_id=1, copied=0, at_ms=noon(DAY))

    figure = cut(db, OCTOBER)

    assert (figure.value, figure.parts["tokens"], figure.at_least) == (2, 9_000, True)


def test_tasks_that_left_nothing_come_with_their_cost():
    db = store_with(
        a_task(DAY, "no_lasting_change", tokens=1_000_000), a_task(DAY, "shipped", tokens=5)
    )

    figure = nothing_lasting(db, OCTOBER)

    assert (figure.value, figure.parts["cost_usd"]) == (1, pytest.approx(3))
    db.execute("update tasks set stated = 'set_aside'")
    assert nothing_lasting(db, OCTOBER).value == 0


def test_hidden_tasks_enter_nothing(db):
    for n in range(3):
        call(db, n)
    db.execute("update tasks set hidden = 1")
    add(db, a_task(DAY))

    assert loops(db, OCTOBER).reason == "not_recorded"
