from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tests.views.made_up import (
    NOW,
    NOW_MS,
    SOURCES,
    a_find,
    a_problem,
    a_reading,
    a_repository,
    a_state,
    at,
)
from tokenmirror.measures.coverage import Strip
from tokenmirror.store.formats import VersionReading
from tokenmirror.views.pages.source_words import (
    When,
    day_states,
    facts,
    problem_rows,
    repository_rows,
    source_rows,
    state_words,
    summary,
)

WHEN = When(ZoneInfo("UTC"), NOW.date())
DASH = "\N{EN DASH}"


def texts(row):
    return [cell.text for cell in row.cells]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "reading on"),
        ({"since_ms": None, "reading": None}, "not allowed"),
        ({"since_ms": None, "places": ()}, "not found here"),
        ({"places": ()}, "not found any more"),
        ({"reading": None}, "nothing read yet"),
        ({"reading": a_reading(understood=900)}, "partly understood"),
        ({"failed": {"locked": 1}}, "locked"),
        ({"failed": {"encrypted": 1, "locked": 1}}, "encrypted"),
        ({"failed": {"unreadable": 2}}, "may not be opened"),
        ({"failed": {"bug": 1}}, "partly read"),
        (
            {"since_ms": None, "reading": None, "found": a_find(SOURCES[0], files=0)},
            "nothing found",
        ),
        ({"since_ms": None}, "not allowed any more"),
        ({"found": a_find(SOURCES[0], fault="bug")}, "a fault in its package"),
    ],
)
def test_the_state_of_a_source_in_words(changes, words):
    assert state_words(a_state(**changes))[0] == words


def test_a_row_says_since_when_and_how_far():
    [row, git] = source_rows((a_state(),), (a_repository(),), WHEN)

    assert texts(row)[:4] == ["Claude Code", "reading on", "14 Aug", "today, 14:00"]
    assert texts(row)[5] == "99.8 %"
    assert row.cells[4].said.startswith("15 days read")
    assert "S4 partly" in row.cells[6].said
    assert texts(git)[0] == "Git, 1 repository"


def test_a_source_never_read_has_dashes():
    [row] = source_rows((a_state(reading=None, since_ms=None),), (), WHEN)

    assert texts(row)[2:4] == [DASH, DASH]
    assert texts(row)[5] == DASH


def test_days_of_a_source_that_is_not_allowed_are_outlines():
    assert day_states(SOURCES[0], None, 3, allowed=False).states == ("not_allowed",) * 3
    assert day_states(SOURCES[0], None, 2, allowed=True).states == ("nothing",) * 2


def test_days_before_the_first_record_may_have_been_deleted_by_the_tool():
    days = tuple((NOW.date(), state) for state in ("before", "read", "nothing", "quiet"))
    strip = Strip("claude-code", days, 1, 2)

    states = day_states(SOURCES[0], strip, 4, allowed=True).states

    assert states == ("gone", "read", "nothing", "nothing")


def test_the_summary_counts_places_files_and_versions():
    assert summary(a_state(), WHEN) == (
        "1 place, 2 files, 310 MB. Oldest record 2 Sep. Versions seen: 2.1.0 to 2.1.4."
    )


def test_unknown_kinds_and_gone_files_are_told():
    state = a_state(reading=a_reading(gone=3), unknown=(("queue", 60), ("ping", 1)))
    said = dict(facts(state, WHEN))

    assert said["Archive"] == "3 files are no longer on disk; what they said is kept."
    assert said["Left out"] == ("61 records of unknown kinds were left out: queue (60), ping (1).")
    assert said["Tool"] == "Deletes its own logs after about 30 days."


def test_a_problem_names_file_and_position_and_never_content():
    [row] = problem_rows((a_problem(),))

    assert texts(row) == ["session.jsonl", "byte 1,204", "is not valid JSON"]
    assert row.cells[0].tip.endswith("/projects/a/session.jsonl")


def test_every_reason_of_a_problem_has_words():
    from typing import get_args

    from tokenmirror.events import Reason
    from tokenmirror.views.pages.source_words import REASONS

    assert set(get_args(Reason)) == set(REASONS)


def test_a_repository_not_followed_says_so():
    rows = repository_rows((a_repository(), a_repository("web", followed=0)), WHEN)

    assert texts(rows[0])[:4] == ["api", "readable", "main", "42"]
    assert texts(rows[1])[1] == "not followed"


@pytest.mark.parametrize(
    ("at_ms", "words"),
    [
        (at(20, 9, 5, month=11), "today, 09:05"),
        (at(19, 9, 5, month=11), "yesterday, 09:05"),
        (at(12), "12 Oct"),
        (None, DASH),
    ],
)
def test_instants_are_said_as_one_would(at_ms, words):
    assert WHEN.at(at_ms) == words


def told(state, label):
    when = When(ZoneInfo("UTC"), NOW.date(), NOW_MS)
    return [words for name, words in facts(state, when) if name == label]


@pytest.mark.parametrize(
    ("oldest", "changes", "words"),
    [
        (
            at(1, month=11),
            {"since_ms": None},
            "The oldest one here, from 1 Nov, may go in 11 days.",
        ),
        (at(21), {"since_ms": None}, "The oldest one here, from 21 Oct, may go any day."),
        (at(1, month=11), {}, "The oldest one here is from 1 Nov; what was read stays."),
    ],
)
def test_a_source_says_when_its_tool_deletes_logs(oldest, changes, words):
    [said] = told(a_state(found=a_find(SOURCES[0], oldest_ms=oldest), **changes), "Tool")

    assert said == f"Deletes its own logs after about 30 days. {words}"


def test_the_setting_that_keeps_logs_is_named_and_not_touched():
    source = replace(SOURCES[0], keeps_setting="~/.tool/settings.json: days")

    assert told(a_state(source), "Setting") == [
        "~/.tool/settings.json: days would keep them longer; it is yours to set."
    ]
    assert told(a_state(found=a_find(SOURCES[0])), "Setting") == [
        "No setting is known that would keep them longer."
    ]


def test_what_a_tool_does_not_record_is_said_in_sentences():
    source = replace(SOURCES[0], unsaid=("The branch is not written down.",))

    assert told(a_state(source), "Not recorded") == ["The branch is not written down."]


def test_places_that_are_not_there_are_named_up_to_a_number():
    state = a_state(missed=("/a", "/b", "/c", "/d", "/e", "/f"))

    assert told(state, "Not there") == ["/a, /b, /c, /d and 2 more"]


def test_how_much_is_understood_is_told_by_version():
    versions = (
        VersionReading("2.1.9", False, 1, 10, 10),
        VersionReading("2.1.10", False, 1, 1_000, 999),
        VersionReading(None, True, 1, 1, 0),
        VersionReading(None, False, 1, 4, 1),
    )

    assert told(a_state(versions=versions), "Understood") == [
        "2.1.9: 100 % of 10 records",
        "2.1.10: 99.9 % of 1,000 records",
        "files with several versions: 0 % of 1 record",
        "no version stated: 25.0 % of 4 records",
    ]
