"""Log files as the archive knows them: cursors, counts, problems."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tokenmirror.events import Problem

MAX_PROBLEMS_PER_FILE = 1_000


class KnownFile(msgspec.Struct, frozen=True, gc=False):
    """A row of ``files``: how far a log was read, by which version of its source."""

    id: int
    path: str
    size: int
    mtime_ns: int
    stamp: int
    offset: int
    head: bytes
    state: bytes
    version: int
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """Where a file stands after a batch; ``fresh`` begins its counts anew."""

    size: int
    mtime_ns: int
    stamp: int
    offset: int
    head: bytes
    state: bytes
    version: int
    records: int = 0
    understood: int = 0
    first_ms: int | None = None
    last_ms: int | None = None
    fresh: bool = False


def path_text(path: Path | str) -> str:
    r"""A path as text that SQLite and JSON can hold; bytes that are no UTF-8 read ``\\xNN``."""
    text = str(path)
    return text if text.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")


def known(
    db: sqlite3.Connection, machine_id: int, sources: Iterable[str]
) -> dict[str, dict[str, KnownFile]]:
    """The files of these sources by source and path; asked for all at once, in one pass."""
    found: dict[str, dict[str, KnownFile]] = {source: {} for source in sources}
    rows = db.execute(
        "select source, id, path, size, mtime_ns, stamp, offset, head, state, version, gone"
        " from files where machine_id = ? and source in (select value from json_each(?))",
        (machine_id, json.dumps([*found])),
    )
    for row in rows:
        found[row[0]][row[2]] = KnownFile(*row[1:])
    return found


def add(db: sqlite3.Connection, machine_id: int, source: str, path: str, now_ms: int) -> int:
    """A row for a file met for the first time; gives its id."""
    db.execute(
        "insert into files (machine_id, source, path, size, mtime_ns, stamp, offset, head, state,"
        " version, read_ms) values (?, ?, ?, -1, 0, 0, 0, x'', x'', 0, ?)"
        " on conflict do nothing",
        (machine_id, source, path, now_ms),
    )
    row = db.execute(
        "select id from files where machine_id = ? and source = ? and path = ?",
        (machine_id, source, path),
    ).fetchone()
    return int(row[0])


def advance(db: sqlite3.Connection, file_id: int, position: Position, now_ms: int) -> None:
    """Move a file's cursor, in the transaction that writes what was read up to there."""
    if position.fresh:
        db.execute("delete from problems where file_id = ?", (file_id,))
        db.execute("delete from unknown_kinds where file_id = ?", (file_id,))
        db.execute("update files set records = 0, understood = 0 where id = ?", (file_id,))
    db.execute(
        "update files set size = :size, mtime_ns = :mtime_ns, stamp = :stamp,"
        " offset = :offset, head = :head, state = :state, version = :version,"
        " records = records + :records, understood = understood + :understood,"
        " first_ms = min(coalesce(first_ms, :first), coalesce(:first, first_ms)),"
        " last_ms = max(coalesce(last_ms, :last), coalesce(:last, last_ms)),"
        " read_ms = :now, gone = 0 where id = :id",
        {
            "size": position.size,
            "mtime_ns": position.mtime_ns,
            "stamp": position.stamp,
            "offset": position.offset,
            "head": position.head,
            "state": position.state,
            "version": position.version,
            "records": position.records,
            "understood": position.understood,
            "first": position.first_ms,
            "last": position.last_ms,
            "now": now_ms,
            "id": file_id,
        },
    )


def note_unknown(db: sqlite3.Connection, file_id: int, unknown: Mapping[str, int]) -> None:
    """Count records of kinds that the source does not know."""
    db.executemany(
        "insert into unknown_kinds values (?, ?, ?) on conflict do update set"
        " count = count + excluded.count",
        [(file_id, kind[:80], count) for kind, count in unknown.items()],
    )


def note_problems(
    db: sqlite3.Connection, file_id: int, problems: Iterable[Problem], at_ms: int
) -> None:
    """Remember where a file could not be read, each place once, up to a number per file."""
    new = list(problems)
    if not new:
        return
    stand = db.execute("select offset, reason from problems where file_id = ?", (file_id,))
    noted = set(stand.fetchall())
    room = max(0, MAX_PROBLEMS_PER_FILE - len(noted))
    rows = [
        (file_id, problem.offset, problem.reason, at_ms)
        for problem in new
        if problem.offset is None or (problem.offset, problem.reason) not in noted
    ]
    db.executemany("insert into problems values (?, ?, ?, ?)", rows[:room])


def forget_failures(db: sqlite3.Connection, file_id: int) -> None:
    """Drop what was noted when the whole file could not be read: it has been tried again."""
    db.execute("delete from problems where file_id = ? and offset is null", (file_id,))


def mark_gone(db: sqlite3.Connection, file_ids: Iterable[int]) -> None:
    """Note that files are not there any more; what they gave stays."""
    db.executemany(
        "update files set gone = 1 where id = ? and gone = 0", [(file_id,) for file_id in file_ids]
    )
