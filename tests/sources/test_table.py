"""The table of evidence says what agrees and what differs."""

from __future__ import annotations

from dataclasses import replace

from tests.sources import table
from tests.sources.reading import cases
from tokenmirror.sources import built_in

CASE = next(cases("chatgpt"))
[SOURCE] = built_in(["chatgpt"])


def test_every_known_figure_of_a_sample_is_a_row():
    rows = list(table.cells(SOURCE, CASE))

    assert {row.signal for row in rows} == {"S1", "S2", "S5", "S6", "S7", "-"}
    assert all(row.agrees for row in rows)


def test_a_figure_that_differs_is_marked_with_both_sides():
    wrong = replace(CASE, expected={**CASE.expected, "tool_calls": 7, "turns": {"error": 1}})

    rows = {row.figure: row for row in table.cells(SOURCE, wrong) if not row.agrees}

    assert set(rows) == {"tool_calls", "turns: error", "turns: finished", "turns: interrupted"}
    assert "DIFFERS  7  read 1" in table.line(rows["tool_calls"])


def test_edits_stand_apart_by_decision():
    rows = [
        {"kind": "edit", "decision": "accepted", "how": "chosen", "count": 2, "lines_added": 3,
         "lines_removed": 1},
        {"kind": "edit", "decision": "undecided", "how": None, "count": 1, "lines_added": 0,
         "lines_removed": 0},
    ]  # fmt: skip

    told = {kind: one for kind, one, _ in table._apart("suggestions", rows, [])}

    assert told == {
        "suggestions: edit accepted chosen": "2 (+3 -1)",
        "suggestions: edit undecided": "1 (+0 -0)",
    }
