"""Rows merge by what they say, whatever the order of reading."""

from __future__ import annotations

import itertools

import pytest

from tests.making import (
    NOON_MS,
    Archive,
    a_call,
    a_prompt,
    a_suggestion,
    a_turn,
    a_usage,
)
from tokenmirror import seal
from tokenmirror.events import DayTotal, Session
from tokenmirror.store import copies
from tokenmirror.store.connection import immediately

TABLES = ("sessions", "prompts", "turns", "suggestions", "tool_calls", "usage", "suggestion_lines")


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path)
    yield made
    made.db.close()


def test_reading_the_same_records_twice_adds_nothing(archive):
    events = [a_prompt(), a_turn(), a_suggestion(), a_call(), a_usage()]
    archive.write(*events)
    before = {table: archive.rows(f"select * from {table}") for table in TABLES}

    counts = archive.write(*events)

    assert {table: archive.rows(f"select * from {table}") for table in TABLES} == before
    assert (counts.prompts, counts.suggestions, counts.usage) == (0, 0, 0)


def test_of_repeated_usage_the_record_with_more_output_wins(archive):
    archive.write(a_usage(output_tokens=1, output_at_least=True), a_usage(output_tokens=484))
    archive.write(a_usage(output_tokens=9))

    assert archive.rows("select output_tokens, output_at_least from usage") == [(484, 0)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_decision_wins_over_none_and_a_later_one_over_an_earlier(archive, order):
    events = [
        a_suggestion(),
        a_suggestion(decision="accepted", how="chosen", decided_ms=NOON_MS + 1),
        a_suggestion(decision="undone", how="chosen", decided_ms=NOON_MS + 9, added=()),
    ]

    archive.write(*(events[n] for n in order))

    assert archive.rows("select decision, how, lines_added, added from suggestions") == [
        ("undone", "chosen", 2, 1)
    ]


def test_the_lines_of_a_decided_edit_replace_the_proposed_ones(archive):
    archive.write(a_suggestion(added=("one = first_guess()",)))
    real = ("one = first_guess()", "two = second_thought()")
    archive.write(a_suggestion(added=real, decision="accepted", how="allowed"))

    blob = archive.one("select lines from suggestion_lines")
    assert len(seal.unpack(blob).flags) == 2


def test_no_text_of_prompts_or_code_is_stored_by_default(archive):
    archive.write(
        a_prompt(text="CANARY-prompt"),
        a_suggestion(added=("CANARY_code = 1",)),
        a_call(args="CANARY"),
    )
    archive.db.execute("pragma wal_checkpoint(truncate)")

    assert b"CANARY" not in archive.places.database.read_bytes()


def test_prompt_text_is_stored_once_the_person_chose_so(tmp_path):
    archive = Archive(tmp_path, keep="text")

    archive.write(a_prompt(text="add a flag"))

    assert archive.rows("select text from texts") == [("add a flag",)]
    archive.db.close()


def test_a_session_spans_its_own_records_and_fills_in_what_is_known(archive):
    archive.write(a_prompt(at_ms=NOON_MS), a_usage(at_ms=NOON_MS + 500))
    archive.write(Session(session="s1", key="s1", at_ms=None, folder="/w/app", entry="headless"))

    row = archive.rows("select folder, entry, started_ms, ended_ms, branch from sessions")
    assert row == [("/w/app", "headless", NOON_MS, NOON_MS + 500, None)]


def test_of_a_day_total_the_larger_count_wins(archive):
    for count in (4, 7, 5):
        archive.write(DayTotal(session="", key="w@1", at_ms=NOON_MS, what="accepted", count=count))

    assert archive.rows("select count from day_totals") == [(7,)]


def a_fork(archive, *, marked, first):
    """One prompt in its own log and, with a later one, in the log of a fork."""

    def source():
        archive.write(a_prompt("p1", "original", NOON_MS), log="original.jsonl")

    def fork():
        archive.write(
            a_prompt("p1", "fork", NOON_MS, copied=marked),
            a_prompt("p2", "fork", NOON_MS + 60_000),
            log="fork.jsonl",
        )

    for step in (fork, source) if first == "fork" else (source, fork):
        step()
    with immediately(archive.db):
        copies.settle(archive.db, archive.writer.touched)


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "unmarked"])
@pytest.mark.parametrize("first", ["fork", "source"])
def test_a_copied_record_belongs_to_the_session_it_came_from(archive, marked, first):
    a_fork(archive, marked=marked, first=first)

    owners = archive.rows(
        "select log_key, s.key from prompts join sessions s on s.id = session_id order by 1"
    )
    assert owners == [("p1", "original"), ("p2", "fork")]
    assert archive.one("select started_ms from sessions where key = 'fork'") == NOON_MS + 60_000


def test_a_copy_takes_over_when_its_source_is_read_again_from_scratch(archive):
    a_fork(archive, marked=True, first="source")
    file_id = archive.one("select id from files where path = 'original.jsonl'")

    with immediately(archive.db):
        copies.forget_file(archive.db, file_id)

    owner = "select s.key from prompts join sessions s on s.id = session_id where log_key = 'p1'"
    assert archive.one(owner) == "fork"


def test_a_stated_author_wins_over_an_unknown_one_in_any_order(archive):
    stated = a_prompt(author="person", basis="stated")
    for events in ((a_prompt(), stated), (stated, a_prompt())):
        archive.write(*events)

        assert archive.rows("select author, basis from prompts") == [("person", "stated")]
