"""The record of readings: when, how they ended, what they counted."""

from __future__ import annotations

import sqlite3


def start_run(db: sqlite3.Connection, now_ms: int) -> int:
    """Note that a reading has begun; gives its id."""
    cursor = db.execute("insert into runs (started_ms, state) values (?, 'running')", (now_ms,))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def end_run(db: sqlite3.Connection, run: int, state: str, report: str, now_ms: int) -> None:
    """Note how a reading ended."""
    db.execute(
        "update runs set ended_ms = ?, state = ?, report = ? where id = ?",
        (now_ms, state, report, run),
    )


def last_told_ms(db: sqlite3.Connection) -> int | None:
    """The time by which the last complete reading told outcomes."""
    row = db.execute(
        "select started_ms from runs where state = 'done' order by id desc limit 1"
    ).fetchone()
    return None if row is None else int(row[0])
