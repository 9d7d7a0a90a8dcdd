"""Records that stand in several logs: forks, resumed copies, rewritten files.

Each is one row that belongs to one session; ``sightings`` remembers the other logs that
hold it.  Who owns it depends on what was read, never on the order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

COPYABLE = ("prompts", "turns", "suggestions", "tool_calls", "usage", "compactions")


def owners(db: sqlite3.Connection, table: str, keys: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Natural key and session of the rows that are there already."""
    assert table in COPYABLE
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        marks = ",".join("?" * len(part))
        yield from db.execute(
            f"select key, session_id from {table} where key in ({marks})",  # noqa: S608 (COPYABLE)
            part,
        )


def settle(db: sqlite3.Connection, written: Iterable[int]) -> set[int]:
    """Give each record that stands in several logs to one session; gives sessions touched.

    The copy that is not marked as one wins; then the log whose last record is earlier
    (a copy goes on after its source has ended); then the smaller session id.  ``written``
    are sessions that were read now: all touched ones get the span of what is theirs.
    """
    touched = set(written)
    for table in COPYABLE:
        touched |= _settle_table(db, table)
    for session in touched:
        _span_again(db, session)
    return touched


def _settle_table(db: sqlite3.Connection, table: str) -> set[int]:
    assert table in COPYABLE
    ranked = db.execute(
        f"""
        with candidates as (
          select s.key, s.session_id, s.file_id, s.copied from sightings s where s.kind = :kind
          union
          select t.key, t.session_id, t.file_id, t.copied from {table} t
          where t.key in (select key from sightings where kind = :kind)
        )
        select c.key, c.session_id, c.file_id, c.copied, t.session_id, t.file_id, t.copied
        from (
          select candidates.*, row_number() over (partition by candidates.key order by
            candidates.copied, coalesce(files.last_ms, 0), sessions.key) as place
          from candidates join sessions on sessions.id = candidates.session_id
            left join files on files.id = candidates.file_id
        ) c join {table} t on t.key = c.key
        where c.place = 1 and t.session_id <> c.session_id
        """,  # noqa: S608 (COPYABLE)
        {"kind": table},
    ).fetchall()
    for key, session, file, copied, old_session, old_file, old_copied in ranked:
        db.execute(
            f"update {table} set session_id = ?, file_id = ?, copied = ? where key = ?",  # noqa: S608
            (session, file, copied, key),
        )
        db.execute(
            "delete from sightings where kind = ? and key = ? and session_id = ?",
            (table, key, session),
        )
        db.execute(
            "insert into sightings values (?, ?, ?, ?, ?) on conflict do nothing",
            (table, key, old_session, old_file, old_copied),
        )
    return {row[1] for row in ranked} | {row[4] for row in ranked}


def _span_again(db: sqlite3.Connection, session: int) -> None:
    """Start and end of a session by what is its own.

    An unmarked copy widened them when it was read; a session without records of its own
    keeps what its log states.
    """
    union = " union all ".join(
        f"select at_ms from {table} where session_id = :session"  # noqa: S608 (COPYABLE)
        for table in COPYABLE
    )
    row = db.execute(
        f"select min(at_ms), max(at_ms) from ({union})",  # noqa: S608
        {"session": session},
    ).fetchone()
    if row[0] is not None:
        db.execute(
            "update sessions set started_ms = ?, ended_ms = ? where id = ?",
            (row[0], row[1], session),
        )


def forget_file(db: sqlite3.Connection, file_id: int) -> set[int]:
    """Let go of what a file gave, as far as no other log holds the same record.

    Gives the sessions that had anything of it.
    """
    touched: set[int] = set()
    for table in COPYABLE:
        query = f"select distinct session_id from {table} where file_id = ?"  # noqa: S608 (COPYABLE)
        touched |= {session for (session,) in db.execute(query, (file_id,))}
        rows = db.execute(
            f"select t.key, s.session_id, s.file_id, s.copied from {table} t"  # noqa: S608
            " join sightings s on s.kind = :kind and s.key = t.key"
            " where t.file_id = :file and s.file_id <> :file",
            {"kind": table, "file": file_id},
        ).fetchall()
        touched |= {session for _key, session, _other, _copied in rows}
        for key, session, other, copied in rows:
            db.execute(
                f"update {table} set session_id = ?, file_id = ?, copied = ? where key = ?",  # noqa: S608
                (session, other, copied, key),
            )
            db.execute(
                "delete from sightings where kind = ? and key = ? and session_id = ?",
                (table, key, session),
            )
        db.execute(f"delete from {table} where file_id = ?", (file_id,))  # noqa: S608
    db.execute("delete from sightings where file_id = ?", (file_id,))
    db.execute("delete from day_totals where file_id = ?", (file_id,))
    return touched
