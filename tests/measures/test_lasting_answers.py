"""What is remembered of an archive until it changes follows it, and is cut to any period."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest

from tests.measures.stores import (
    OCTOBER,
    a_commit,
    a_delivery,
    a_life,
    a_task,
    insert,
    noon,
    store_with,
    unattended,
)
from tokenmirror.measures import redone
from tokenmirror.measures.registry import by_id
from tokenmirror.store import landed, reader

DAYS = ("2026-09-08", "2026-10-06", "2026-10-20")
IDS = (
    "F1", "F2", "F3", "F4", "F5", "F7", "F8", "E1", "E2", "E3", "E4", "E5", "D6", "D7", "D8", "J5",
)  # fmt: skip
SCOPES = {
    "october": OCTOBER,
    "september": replace(OCTOBER, first=date(2026, 9, 1), last=date(2026, 9, 30)),
    "both": replace(OCTOBER, first=date(2026, 9, 1)),
    "one tool": replace(OCTOBER, sources=frozenset({"codex-cli"})),
    "one project": replace(OCTOBER, projects=frozenset({2})),
    "one language": replace(OCTOBER, languages=frozenset({"Python"})),
    "unattended too": replace(OCTOBER, unattended=True),
    "an outcome": replace(OCTOBER, outcomes=frozenset({"shipped"})),
}  # fmt: skip
CHANGES = {
    "F1": "update tasks set title = 'Tests' where id = 5",
    "F2": "update tasks set stated = 'set_aside' where id = 5",
    "F3": "update tasks set outcome = 'no_lasting_change' where id = 5",
    "F5": "update tool_calls set kind = 'read'",
    "F7": "update tasks set shipped_ms = shipped_ms + 5000000",
    "E1": "update births set lines = lines + 9",
    "E2": "update deaths set killer = 'other'",
    "E3": "update reversals set undone_ms = at_ms + 1",
    "E5": "update commits set fixes = 0",
    "D6": "update claims set lines = 1",
    "D7": "update task_sessions set task_id = 4 where session_id = 1",
    "D8": "update deliveries set added = added + 1",
    "J5": "update origins set origin = 'own' where origin = 'unattended'",
}  # fmt: skip


def an_archive() -> sqlite3.Connection:
    """Tasks of two months, tools and projects, with all that became of them."""
    tools = ("claude-code", "codex-cli")
    made = [a_task(day, source=tools[n % 2], project=1 + n % 2) for day in DAYS for n in range(3)]
    made += [unattended(DAYS[1], rule="a"), a_task(DAYS[1], "no_code")]
    deliveries = [
        a_delivery(day, repo=1 + n, added=10 * n, removed=2, tasks=[1 + n])
        for n, day in enumerate(DAYS[1:])
    ]
    db = store_with(*made, repos=("ok", "ok"), deliveries=deliveries)
    for session in range(1, 10):
        day = DAYS[(session - 1) // 3]
        ends = [(5, session % 4 + 1, "changed", "mine"), (9, 1, "with_file", "ai")]
        at = a_life(db, session, 10 + session, day, ends=ends, path=("b.c", "a.py")[session % 2],
                    delivery=1 if session == 4 else None)  # fmt: skip
        db.execute("update commits set added = 40, fixes = 1 where id = ?", (at,))
        db.execute(
            "update tasks set landed_ms = ?, shipped_ms = ? where id = ?",
            (noon(day, 30), noon(day, 40), session),
        )
        insert(db, "claims", commit_id=at, suggestion_id=session, session_id=session, path="a.py",
               evidence="exact", lines=session, proof_lines=1)  # fmt: skip
        insert(db, "suggestions", key=session, log_key="k", session_id=session, copied=0,
               at_ms=noon(day, 1), kind="edit", path="a.py", decision="accepted", how="chosen",
               basis="stated", lines_added=1, lines_removed=0, added=1, removed=0)  # fmt: skip
        insert(db, "tool_calls", key=session, session_id=session, copied=0, at_ms=noon(day, 2),
               kind="test", name="Bash", args_hash=0, ok=session % 2)  # fmt: skip
        if session == 4:
            insert(db, "reversals", commit_id=at, by_commit_id=at, at_ms=noon(day), how="message",
                   share=1.0)  # fmt: skip
    a_life(db, 0, 20, DAYS[1], claimed=False, ends=[(2, 5, "changed", "mine")])
    a_commit(db, DAYS[1])
    db.commit()
    return db


@pytest.fixture
def opened(tmp_path):
    """The archive as a file, read by a connection that can only read, and written by another."""
    path = tmp_path / "mirror.db"
    with closing(sqlite3.connect(path)) as written, closing(an_archive()) as made:
        made.backup(written)
        with closing(reader.connect(path)) as db:
            yield db, written


@pytest.mark.parametrize("measure", CHANGES)
def test_what_is_remembered_follows_a_changed_archive(opened, measure):
    db, written = opened
    answer = by_id(measure).answer
    before = answer(db, OCTOBER)

    written.execute(CHANGES[measure])
    landed.refresh(written, [1])
    written.commit()

    assert answer(db, OCTOBER) != before
    assert answer(db, OCTOBER) == answer(written, OCTOBER)


def test_what_is_remembered_is_cut_to_the_question(opened):
    db, written = opened

    for name, scope in SCOPES.items():
        for each in map(by_id, IDS):
            assert each.answer(db, scope) == each.answer(written, scope), (each.id, name)
            assert each.series(db, scope) == each.series(written, scope), (each.id, name)
        assert redone.most_redone(db, scope) == redone.most_redone(written, scope)


def test_the_tasks_with_most_redone_lines_come_first(opened):
    db, _ = opened

    found = redone.most_redone(db, OCTOBER)

    assert [row.redone for row in found] == sorted((row.redone for row in found), reverse=True)
    assert {(row.lines, row.redone) for row in found} == {
        (14, 1), (15, 2), (16, 3), (17, 4), (18, 1), (19, 2),
    }  # fmt: skip
    assert found[0].by == ("mine",)
