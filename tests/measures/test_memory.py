"""What is kept in memory of an archive follows it: every figure, when something is added."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from tests.measures.stores import (
    OCTOBER,
    a_commit,
    a_life,
    a_proposal,
    a_task,
    add,
    add_prompt,
    insert,
    noon,
    store_with,
    unattended,
)
from tokenmirror.measures.memo import kept
from tokenmirror.measures.registry import MEASURES
from tokenmirror.store import reader, slots

# answered by the rows that ``live_on`` adds
TOLD = (
    "A1", "A5", "B1", "B2", "B3", "B4", "B5", "C1", "C2", "C4", "C9", "F2", "G1", "H1", "H2", "H3",
    "H4", "H5", "H6", "H7", "I1", "I2", "I3", "I4", "I7", "I8", "J1", "J2", "J3", "J5", "J6", "J7",
)  # fmt: skip
SCOPES = {
    "all": replace(OCTOBER, working=((540, 1020),) * 7),
    "one tool": replace(OCTOBER, sources=frozenset({"claude-code"}), working=((540, 1020),) * 7),
}


def live_on(db, day):
    """A day's work: of every kind of row that a figure of habits is made of."""
    add(db, a_task(day, proposals=[a_proposal(30, landed=20)], tokens=10**6))
    session = db.execute("select max(id) from sessions").fetchone()[0]
    add(db, unattended(day, basis="inferred", rule="a", tokens=10**5))
    add(db, a_task(day, project=2, source="codex-cli"))
    at_ms = noon(day)
    for n in range(1, 9):
        add_prompt(db, session, at_ms + n * 60_000, words=n)
    number = session * 1000
    for n in range(6):
        rows = {"key": number + n, "session_id": session, "copied": 0, "at_ms": at_ms + n}
        ended = ("interrupted", "asked", "finished")[n % 3]
        insert(db, "turns", **rows, ended_ms=at_ms + 200_000 * (n + 1), ended=ended)
        insert(db, "tool_calls", **rows, kind="read", name="x", args_hash=1, ok=int(n > 3))
        insert(
            db, "suggestions", **rows, log_key="k", kind="inline", path=f"{n}.py", added=3,
            decision="accepted" if n % 2 else "undecided", basis="stated", lines_added=1,
            lines_removed=0, removed=0,
        )  # fmt: skip
    insert(db, "turns", key=number + 9, session_id=session, copied=0, at_ms=at_ms + 3_600_000,
           ended_ms=at_ms + 4_000_000, ended="finished")  # fmt: skip
    insert(
        db, "suggestions", key=number + 9, log_key="k", session_id=session, copied=0, at_ms=at_ms,
        kind="edit", path="a.py", decision="accepted", basis="stated", lines_added=1,
        lines_removed=0, added=3, removed=0,
    )  # fmt: skip
    db.execute("update prompts set pushes_back = 0, checks = 1, attachments = 0")
    insert(db, "compactions", key=number, session_id=session, copied=0, at_ms=at_ms, tokens=900)
    for what in ("chars_typed", "chars_ai"):
        insert(db, "day_totals", key=number + len(what), source="claude-code", machine_id=1,
               at_ms=at_ms, what=what, count=40)  # fmt: skip
    prompt = db.execute("select max(id) from prompts where session_id = ?", (session,)).fetchone()
    insert(db, "prompt_repeats", prompt_id=prompt[0], earlier_id=1, how="equal", retry=0)
    commit = a_life(db, session, day=day)
    insert(db, "claims", commit_id=commit, session_id=session, path="a.py", evidence="exact",
           lines=10, proof_lines=10, copied=4)  # fmt: skip
    a_commit(db, day)
    db.execute("update commits set added = 20")
    slots.refresh(db, [session])


@pytest.fixture
def lived(tmp_path):
    """A path with the archive of a day, and a connection that can only read."""
    path = tmp_path / "mirror.db"
    with closing(sqlite3.connect(path)) as db, closing(store_with(repos=("ok", "ok"))) as made:
        live_on(made, "2026-10-06")
        made.commit()
        made.backup(db)
        db.execute("pragma journal_mode = wal")
        db.execute("update repos set scanned_ms = 1")
        db.commit()
    with closing(reader.connect(path)) as db:
        yield path, db


def answers(db, scope):
    with kept(db):
        return {
            measure.id: (repr(measure.answer(db, scope)), repr(measure.series(db, scope)))
            for measure in MEASURES
        }


@pytest.mark.parametrize("scope", SCOPES.values(), ids=list(SCOPES))
def test_every_figure_is_that_of_a_connection_without_memory(lived, scope):
    path, db = lived
    before = answers(db, scope)
    with closing(sqlite3.connect(path)) as writer, writer:
        live_on(writer, "2026-10-15")

    after = answers(db, scope)

    with closing(reader.connect(path)) as anew:
        assert after == answers(anew, scope)
    assert [name for name in TOLD if before[name] == after[name]] == []


def test_a_question_about_other_days_is_that_of_a_connection_without_memory(lived):
    path, db = lived
    with closing(sqlite3.connect(path)) as writer, writer:
        live_on(writer, "2026-10-15")
    answers(db, OCTOBER)
    narrow = replace(OCTOBER, first=OCTOBER.first.replace(day=10), zone="America/St_Johns")

    with closing(reader.connect(path)) as anew:
        assert answers(db, narrow) == answers(anew, narrow)
