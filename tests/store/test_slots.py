"""Sums by session and quarter of an hour equal the events they come from."""

from __future__ import annotations

import pytest

from tests.making import NOON_MS, Archive, a_call, a_prompt, a_turn, a_usage
from tokenmirror.store import slots

QUARTER = slots.SLOT_MS


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path)


def refreshed(archive, *sessions):
    every = [row[0] for row in archive.rows("select id from sessions")]
    with archive.db:
        slots.refresh(archive.db, sessions or every)


def test_every_event_is_counted_once_in_its_quarter(archive):
    archive.write(
        a_prompt("p1"), a_prompt("p2", at_ms=NOON_MS + QUARTER), a_prompt("p3", at_ms=None),
        a_prompt("p4", text=""),
        a_turn("t1", ended="interrupted"), a_turn("t2", ended="asked"), a_turn("t3", ended="error"),
        a_call("c1", ok=True), a_call("c2", ok=False), a_call("c3"),
    )  # fmt: skip
    refreshed(archive)

    rows = archive.rows(
        "select slot - ?, unknown, turns, interrupted, asked, errors, calls, told_calls, bad_calls"
        " from session_slots order by slot",
        NOON_MS // QUARTER,
    )
    assert rows == [(0, 1, 3, 1, 1, 1, 3, 2, 1), (1, 1, 0, 0, 0, 0, 0, 0, 0)]


def test_tokens_are_summed_by_model_and_size_of_context(archive):
    archive.write(
        a_usage("u1", input_tokens=10, output_tokens=1),
        a_usage("u2", input_tokens=5, cache_read_tokens=200_000, output_tokens=2),
        a_usage("u3", input_tokens=7, output_tokens=None),
        a_usage("u4", model="other", cost_nusd=9, input_tokens=1, output_tokens=1),
    )
    refreshed(archive)

    rows = archive.rows(
        "select m.name, stated, tier, input_tokens, cache_read_tokens, output_tokens, is_open,"
        " records, u.cost_nusd from usage_slots u join models m on m.id = u.model_id order by 1, 3"
    )
    assert rows == [
        ("m", 0, 0, 17, 0, 1, 1, 2, 0),
        ("m", 0, slots.tier_of(200_005), 5, 200_000, 2, 0, 1, 0),
        ("other", 1, 0, 1, 0, 1, 0, 1, 9),
    ]


def test_making_them_again_changes_nothing_and_touches_no_other_session(archive):
    archive.write(a_prompt("p1"), a_usage("u1"), a_prompt("p2", session="s2"))
    refreshed(archive)
    before = archive.rows("select * from session_slots order by 1, 2")
    archive.db.execute("update session_slots set own = 99 where session_id = 2")

    refreshed(archive, 1)

    assert archive.rows("select * from session_slots where session_id = 1") == before[:1]
    assert archive.one("select own from session_slots where session_id = 2") == 99


def calls(*said):
    """Calls as (kind, args, ok), one a minute."""
    return [(1, minute, kind, kind, args, ok) for minute, (kind, args, ok) in enumerate(said)]


def told(*said):
    return [(row[1], row[2], row[3], row[4]) for row in slots.repeats_of(1, calls(*said))]


def test_three_equal_calls_in_a_row_are_a_loop_and_two_are_not():
    assert told(("test", 1, 0), ("test", 1, 0), ("test", 1, 0)) == [
        ("loop", 0, 2, 3), ("failures", 0, 2, 3),
    ]  # fmt: skip
    assert told(("test", 1, 1), ("test", 1, 1)) == []
    assert told(("test", 1, 1), ("test", 1, 0), ("test", 1, 1)) == []


def test_a_file_is_read_again_only_while_nothing_was_edited():
    read = ("read", 5, 1)

    assert told(read, ("test", 1, 1), read, ("test", 1, 1), read) == [("reread", 0, 4, 3)]
    assert told(read, ("edit", 2, 1), read, ("edit", 3, 1), read) == []


def test_an_unknown_result_is_no_failure():
    assert told(("test", 1, None), ("test", 2, None)) == []
