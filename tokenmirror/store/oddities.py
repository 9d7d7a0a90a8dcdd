"""Facts that contradict themselves: kept as the log has them, marked, left out of rates.

Told again for the sessions that a reading touched, so that a repaired log takes the mark off
and reading twice marks the same.  No text is looked at, only times and counts.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tokenmirror.store import entered
from tokenmirror.store.copies import COPYABLE
from tokenmirror.store.entered import Answer

What = Literal["ends_before_start", "negative", "future", "impossible_total"]
RULES = "1"  # raised when they change: all facts are told again
USED = "oddity_rules"
AHEAD_MS = 86_400_000  # clocks of other machines may go wrong, by less than a day
SLACK_MS = 1_000  # some logs tell one of two times in whole seconds
# the largest contexts hold ten million tokens
MOST_TOKENS = 1_000_000_000
# these tools keep one total per session, however long it was
SUMMED = ("droid", "mistral-vibe")

_COUNTS = (
    "t.input_tokens", "t.cache_read_tokens", "t.cache_write_5m_tokens", "t.cache_write_1h_tokens",
    "t.output_tokens", "t.reasoning_tokens",
)  # fmt: skip
_CACHED = (
    "coalesce(t.cache_read_tokens, 0) + coalesce(t.cache_write_5m_tokens, 0)"
    " + coalesce(t.cache_write_1h_tokens, 0)"
)
_BELOW_ZERO = " or ".join(f"{name} < 0" for name in (*_COUNTS[1:], "t.cost_nusd", "t.credits"))
_TOO_MANY = " or ".join(f"{name} > {MOST_TOKENS}" for name in _COUNTS)
# conditions on a row t of a session s
_FOUND: tuple[tuple[str, What, str], ...] = (
    ("turns", "ends_before_start", "t.ended_ms < t.at_ms"),
    ("suggestions", "ends_before_start", f"t.decided_ms < t.at_ms - {SLACK_MS}"),
    ("tool_calls", "ends_before_start", "t.duration_ms < 0"),
    ("compactions", "negative", "t.tokens < 0"),
    ("usage", "negative", f"{_BELOW_ZERO} or (t.input_tokens < 0 and {_CACHED} = 0)"),
    (
        "usage",
        "impossible_total",
        # input is told without what was cached: below zero when more was cached than read
        "(t.output_tokens >= 0 and t.reasoning_tokens > t.output_tokens)"
        f" or (t.input_tokens < 0 and {_CACHED} > 0)"
        f" or (s.source not in {SUMMED} and ({_TOO_MANY}))",
    ),
    *((table, "future", "t.at_ms > :ahead") for table in COPYABLE),
)
_OF_DAYS: tuple[tuple[What, str], ...] = (
    ("negative", "select id from day_totals where count < 0"),
    ("future", "select id from day_totals where at_ms > :ahead"),
    (
        "impossible_total",
        "select part.id, whole.id from day_totals part join day_totals whole"
        " on whole.source = part.source and whole.machine_id = part.machine_id"
        " and whole.at_ms = part.at_ms and whole.folder is part.folder"
        " where part.count > whole.count and (part.what, whole.what) in"
        " (values ('accepted', 'shown'), ('lines_accepted', 'lines_shown'))",
    ),
)
TABLES = (*COPYABLE, "day_totals")


def sound(table: str, row_id: str, what: What | None = None) -> str:
    """A condition of SQL: the row does not contradict itself (in this way)."""
    assert table in TABLES
    how = f" and what = '{what}'" if what else ""
    return f"{row_id} not in (select row_id from oddities where kind = '{table}'{how})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Oddity:
    """A fact that contradicts itself: of which tool, session and file, and how."""

    source: str
    session: str | None
    kind: str
    what: What
    at_ms: int | None
    file: str | None


def refresh(db: sqlite3.Connection, sessions: Iterable[int], now_ms: int) -> set[int]:
    """Tell again which facts of these sessions contradict themselves; in a transaction.

    So are those that were dated in the future once: it may have come, or a clock was set.
    Gives the sessions whose marks changed.
    """
    before = _marked(db)
    ahead = _sessions_of(db, (mark for mark in before if mark[2] == "future"))
    some = sorted({*sessions, *ahead})
    bound = {"sessions": json.dumps(some), "ahead": now_ms + AHEAD_MS}
    _forget(db, bound)
    for kind, what, condition in _FOUND:
        query = (
            f"select t.id from {kind} t join sessions s on s.id = t.session_id"  # noqa: S608
            f" where t.session_id in (select value from json_each(:sessions)) and ({condition})"
        )
        _mark(db, kind, what, {row[0] for row in db.execute(query, bound)})
    for what, query in _OF_DAYS:
        rows = {row_id for row in db.execute(query, bound) for row_id in row}
        _mark(db, "day_totals", what, rows)
    return _sessions_of(db, before ^ _marked(db))


def told_otherwise(db: sqlite3.Connection) -> bool:
    """Whether all facts have to be told again; remembers the rules there are now."""
    used = entered.find(db, Answer(USED, ""))
    if used is not None and used.answer == RULES:
        return False
    entered.put(db, Answer(USED, RULES))
    return True


def let_go(db: sqlite3.Connection, file_id: int) -> set[int]:
    """Let go of a file's usage that contradicts itself, since the file is read from its start.

    It comes back unless the log was repaired: larger counts would win over repaired ones.
    Gives the sessions it was of.
    """
    rows = db.execute(
        "select u.id, u.session_id from oddities o join usage u on u.id = o.row_id"
        " where o.kind = 'usage' and u.file_id = ?"
        " and not exists (select 1 from sightings s where s.kind = 'usage' and s.key = u.key)",
        (file_id,),
    ).fetchall()
    db.executemany("delete from usage where id = ?", [(row_id,) for row_id, _session in rows])
    return {session for _row_id, session in rows}


def _mark(db: sqlite3.Connection, kind: str, what: What, rows: Iterable[int]) -> None:
    db.executemany(
        "insert or ignore into oddities values (?, ?, ?)", [(kind, row, what) for row in rows]
    )


def _marked(db: sqlite3.Connection) -> set[tuple[str, int, str]]:
    return set(db.execute("select kind, row_id, what from oddities").fetchall())


def _forget(db: sqlite3.Connection, bound: dict[str, object]) -> None:
    """Take the marks off the rows of these sessions, and of rows that are gone."""
    db.execute("delete from oddities where kind = 'day_totals'")
    for table in COPYABLE:
        stays = (
            f"select o.row_id from oddities o join {table} t on t.id = o.row_id"  # noqa: S608
            f" where o.kind = '{table}'"
            " and t.session_id not in (select value from json_each(:sessions))"
        )
        query = f"delete from oddities where kind = '{table}' and row_id not in ({stays})"  # noqa: S608
        db.execute(query, bound)


def _sessions_of(db: sqlite3.Connection, marks: Iterable[tuple[str, int, str]]) -> set[int]:
    found: set[int] = set()
    for kind, row_id, _what in marks:
        if kind == "day_totals":
            continue
        query = f"select session_id from {kind} where id = ?"  # noqa: S608 (one of TABLES)
        found.update(session for (session,) in db.execute(query, (row_id,)))
    return found


def oddities(db: sqlite3.Connection) -> list[Oddity]:
    """All facts that contradict themselves, by tool, time and kind."""
    found: list[Oddity] = []
    for table in COPYABLE:
        rows = db.execute(
            "select s.source, s.key, o.kind, o.what, t.at_ms, f.path"  # noqa: S608 (COPYABLE)
            f" from oddities o join {table} t on t.id = o.row_id"
            " join sessions s on s.id = t.session_id left join files f on f.id = t.file_id"
            " where o.kind = ?",
            (table,),
        )
        found += [Oddity(*row) for row in rows]
    rows = db.execute(
        "select t.source, null, o.kind, o.what, t.at_ms, f.path from oddities o"
        " join day_totals t on t.id = o.row_id left join files f on f.id = t.file_id"
        " where o.kind = 'day_totals'"
    )
    found += [Oddity(*row) for row in rows]
    return sorted(found, key=lambda one: (one.source, one.at_ms or 0, one.kind, one.what))


def count(
    db: sqlite3.Connection, kind: str, from_ms: int, until_ms: int, what: What | None = None
) -> int:
    """How many facts of a kind in [from, until) contradict themselves (in this way)."""
    assert kind in TABLES
    row = db.execute(
        f"select count(distinct o.row_id) from oddities o join {kind} t on t.id = o.row_id"  # noqa: S608
        " where o.kind = ? and (? is null or o.what = ?) and t.at_ms >= ? and t.at_ms < ?",
        (kind, what, what, from_ms, until_ms),
    ).fetchone()
    return int(row[0])
