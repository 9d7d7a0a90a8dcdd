"""Documents, CSV and tables say the same, safely."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenmirror.app import output

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=timezone(timedelta(hours=1)))


def test_a_document_says_what_it_is_and_when_it_was_made():
    made = json.loads(output.rows_as("json", "tasks", [{"id": "a"}], NOW))

    assert made["schema"] == "tokenmirror/tasks@1"
    assert made["generated"] == "2026-11-22T17:30:00Z"
    assert made["tasks"] == [{"id": "a"}]


def test_no_rows_are_an_empty_list_in_json_and_a_sentence_for_the_eye():
    assert json.loads(output.rows_as("json", "tasks", [], NOW))["tasks"] == []
    assert output.rows_as("table", "tasks", [], NOW) == "Nothing to list.\n"
    assert output.rows_as("csv", "tasks", [], NOW) == ""


def test_numbers_that_json_cannot_say_are_a_fault():
    with pytest.raises(ValueError, match="JSON"):
        output.as_json({"value": float("nan")})


def test_csv_has_nested_fields_by_their_path():
    text = output.as_csv([{"lines": {"proposed": 3, "landed": None}, "tools": ["a", "b"]}])

    assert list(csv.reader(io.StringIO(text))) == [
        ["lines.proposed", "lines.landed", "tools"],
        ["3", "", "a; b"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_csv_cells_are_no_formulas(text):
    (_, (cell,)) = list(csv.reader(io.StringIO(output.as_csv([{"title": text}]), newline="")))

    assert cell == f"'{text}"


def test_csv_leaves_numbers_as_numbers():
    assert output.as_csv([{"n": -1, "share": -0.5}]).splitlines()[1] == "-1,-0.5"


@given(st.text(min_size=1))
def test_no_text_can_begin_a_formula(text):
    parsed = list(csv.reader(io.StringIO(output.as_csv([{"a": text}]), newline="")))

    assert parsed[1][0][0] not in "=+-@\t\r"
    assert parsed[1][0].removeprefix("'") == text.removeprefix("'")


def test_a_table_aligns_its_columns_and_says_what_is_unknown():
    rows = [
        {"began": "2026-11-01T08:05:00.000Z", "title": "Add", "own_prompts": 12},
        {"began": None, "title": "A longer one", "own_prompts": 3},
    ]

    lines = output.as_table(rows, output.COLUMNS["tasks"]).splitlines()

    assert lines[1] == "2026-11-01 08:05  Add                12"
    assert lines[2].startswith("\N{EN DASH}  ")
    assert lines[2].endswith("  3")


def test_a_table_shows_no_control_characters_of_foreign_text():
    shown = output.as_table([{"title": "a\x1b[31mb\nc"}], output.COLUMNS["tasks"])

    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 2


def test_a_reading_is_told_with_its_problems():
    part = {
        "id": "claude-code", "files_read": 2, "sessions": 1, "prompts": 4, "suggestions": 3,
        "records_bad": 1, "problems": [{"file": "/h/a.jsonl", "offset": 7, "why": "not_json"}],
    }  # fmt: skip
    body = {
        "files": {"found": 2, "read": 2, "unchanged": 0, "failed": 0},
        "sources": [part],
        "repositories": [{"path": "/w/app/.git", "commits_read": 0, "problem": "missing"}],
    }

    text = output.reading_as_text(body)

    assert "/h/a.jsonl 7: not_json" in text
    assert "/w/app/.git: missing" in text
