"""Quarters of an hour, and the sessions whose sums are being made again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

SLOT_MS = 900_000
TOUCHED = "(select id from touched_sessions)"


def touch(db: sqlite3.Connection, sessions: Iterable[int]) -> None:
    """Name the sessions that ``TOUCHED`` stands for from now on."""
    db.execute("create temp table if not exists touched_sessions (id integer primary key)")
    db.execute("delete from touched_sessions")
    db.executemany("insert or ignore into touched_sessions values (?)", ((s,) for s in sessions))
