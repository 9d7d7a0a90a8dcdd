"""Reads Zed's database of threads: only the rows saved since the last reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from tokenmirror.events import AnyEvent, Problem, Reason
from tokenmirror.sources import editors, lines
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile
from tokenmirror.sources.zed.packed import Packed, unpacked
from tokenmirror.sources.zed.thread import Facts, bare, events

_COLUMNS = ("updated_at", "data_type", "data", "parent_id", "folder_paths", "created_at")
_SECOND = len("2026-07-01T09:00:00")


class Memory(msgspec.Struct):
    """The second of the newest save that was read, and how many threads there were."""

    saved: str = ""
    threads: int = 0


class Unread(Exception):
    """A thread whose text cannot be read, and why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of the threads that were saved since; raises ``Unreadable``."""
    memory = _memory(cursor.state)
    found: list[AnyEvent] = []
    problems: list[Problem] = []
    with lines.sqlite_copy(file.path) as db:
        there = {str(row[1]) for row in db.execute("pragma table_info(threads)")}
        if not {"id", "updated_at", "data_type", "data"} <= there:
            yield Batch((), lines.database_cursor(file, b""))
            return
        count = int(db.execute("select count(*) from threads").fetchone()[0])
        newest = memory.saved
        for row in _rows(db, there, memory.saved):
            newest = max(newest, str(row["updated_at"] or "")[:_SECOND])
            try:
                found += events(_facts(row), _document(row))
            except Unread as error:
                found.append(bare(_facts(row)))
                problems.append(Problem(0, error.reason))
            while len(found) > BATCH_EVENTS:
                yield Batch(tuple(found[:BATCH_EVENTS]), cursor)
                del found[:BATCH_EVENTS]
    new = max(0, count - memory.threads)
    after = lines.database_cursor(file, msgspec.msgpack.encode(Memory(newest, count)))
    yield Batch(tuple(found), after, tuple(problems), new + len(problems), new)


def _memory(state: bytes) -> Memory:
    try:
        return msgspec.msgpack.decode(state, type=Memory) if state else Memory()
    except (msgspec.MsgspecError, ValueError):
        return Memory()


def _rows(db: sqlite3.Connection, there: set[str], saved: str) -> Iterator[dict[str, object]]:
    """Rows of a second or later: the text of a time is finer, but not of one form."""
    names = ", ".join(name if name in there else f"null as {name}" for name in _COLUMNS)
    query = f"select id, {names} from threads where substr(updated_at, 1, ?) >= ?"  # noqa: S608 (columns by name)
    ids = db.execute("select id from threads where substr(updated_at, 1, ?) >= ?", (_SECOND, saved))
    for (name,) in ids.fetchall():
        row = db.execute(f"{query} and id = ?", (_SECOND, saved, name)).fetchone()
        if row is not None:
            yield dict(zip(("id", *_COLUMNS), row, strict=True))


def _facts(row: dict[str, object]) -> Facts:
    folders = str(row["folder_paths"] or "").split("\n")
    saved = instant_ms(row["updated_at"])
    began = instant_ms(row["created_at"])
    return Facts(
        thread=str(row["id"]),
        saved_ms=saved,
        began_ms=began if began is not None else saved,
        parent=str(row["parent_id"]) if row["parent_id"] else None,
        folders=tuple(folder for folder in folders if folder),
    )


def instant_ms(told: object) -> int | None:
    """UTC milliseconds of an ISO 8601 text, of any number of decimals; else ``None``."""
    if not isinstance(told, str):
        return None
    try:
        moment = datetime.fromisoformat(told)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _document(row: dict[str, object]) -> dict[str, object]:
    """The thread of a row.  Raises ``Unread``."""
    data = row["data"]
    if isinstance(data, str):
        data = data.encode("utf-8", "replace")
    try:
        data = unpacked(data) if isinstance(data, bytes) and row["data_type"] == "zstd" else data
    except Packed as error:
        raise Unread("unreadable") from error
    told = editors.decoded(data) if isinstance(data, bytes) else None
    if not isinstance(told, dict):
        raise Unread("not_json")
    return told
