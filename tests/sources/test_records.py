"""What readers share: counting once, instants, calls as events."""

from __future__ import annotations

import time

import pytest

from tokenmirror.events import Suggestion, ToolCall
from tokenmirror.sources.calls import Call, Edit, Verdict, arguments_of, patched, told
from tokenmirror.sources.records import (
    Tally,
    instant_ms,
    local_ms,
    local_offset_min,
    seconds_ms,
)
from tokenmirror.sources.source import BATCH_EVENTS, Cursor


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("2026-03-02T09:00:00Z", 1_772_442_000_000),
        ("2026-03-02T10:00:00.5+01:00", 1_772_442_000_500),
        ("2026-03-02T09:00:00", 1_772_442_000_000),
        ("0001-01-01T00:00:00+23:59", None),
        ("yesterday", None),
        (5, None),
        ("2" * 100, None),
    ],
)
def test_instants_are_read_as_utc(text, at_ms):
    assert instant_ms(text) == at_ms


def test_a_time_without_a_zone_is_this_machines(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        at_ms = local_ms("2026-07-01 09:00:00")
        offset = local_offset_min(at_ms)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert (at_ms, offset) == (instant_ms("2026-07-01T13:00:00Z"), -240)


@pytest.mark.parametrize("value", [True, "5", -1, 1e300, float("nan"), None])
def test_seconds_of_no_sense_are_unknown(value):
    assert seconds_ms(value) is None


def test_what_was_counted_before_is_not_counted_again(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\nnonsense\n[]\n\n{"b": 2}\n{"torn"')
    tally = Tally(since=18)

    for offset, _ in tally.objects(path):
        tally.record(offset)

    assert (tally.records, tally.understood, tally.end) == (2, 1, 31)
    assert [problem.reason for problem in tally.problems] == ["bad_type"]


def test_the_cursor_moves_with_the_last_batch_alone():
    before, after = Cursor(1), Cursor(2)
    call = ToolCall(session="s", key="k", at_ms=1, kind="other", name="x")

    cursors = [b.cursor for b in Tally().batches([call] * (BATCH_EVENTS + 1), before, after)]

    assert cursors == [before, after]


def test_a_refused_call_is_no_fault_of_the_tool():
    call = Call("s", "k", 1, "edit", edits=(Edit("a.py", ("x",)), Edit("b.py", ("y",))))

    *edits, made = told(call, Verdict("rejected", "chosen", "stated", 2, ok=False))

    assert [(e.key, e.path, e.decided_ms) for e in edits] == [
        ("k/0", "a.py", 2),
        ("k/1", "b.py", 2),
    ]
    assert isinstance(edits[0], Suggestion)
    assert (made.kind, made.ok) == ("edit", None)


def test_a_patch_is_one_edit_per_file():
    text = "*** Begin Patch\n*** Add File: a\n+x\n*** Delete File: b\n*** Update File: c\n-y\n+z\n"

    edits = patched(text + "*** End Patch\n")

    assert [(e.kind, e.path, e.added, e.removed) for e in edits] == [
        ("new_file", "a", ("x",), ()),
        ("delete", "b", (), ()),
        ("edit", "c", ("z",), ("y",)),
    ]


@pytest.mark.parametrize("given", [None, 5, [], "not JSON", "[1]", "[" * 100_000])
def test_arguments_of_no_sense_are_empty(given):
    assert arguments_of(given)[0] == {}
