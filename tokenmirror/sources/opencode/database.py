"""Reads conversations from a database of OpenCode: those that changed, one after another.

Tables ``session``, ``message`` and ``part`` alone are asked; those with accounts and keys,
and the table of events, which repeats every state, are never touched.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tokenmirror.events import Problem
from tokenmirror.sources import lines
from tokenmirror.sources.editors import decoded, text_at
from tokenmirror.sources.opencode.shape import (
    MESSAGE_ROLES,
    PART_TYPES,
    Conversation,
    Facts,
    Json,
    Message,
    Origin,
    Part,
    message_time,
)

_NEEDED = {
    "session": {"id"},
    "message": {"id", "session_id", "data"},
    "part": {"id", "message_id", "data"},
}
_SESSION = (
    "id",
    "parent_id",
    "directory",
    "version",
    "agent",
    "time_created",
    "time_updated",
    "permission",
    "revert",
)
# Together under the 64 KiB of a cursor's state.
KEPT_SESSIONS = 700
LONGEST_ID = 60
# Rows of a session touched so lately may still change without a new row.
LIVELY_MS = 24 * 3_600_000


class Seen(msgspec.Struct, array_like=True):
    """A session as it was last read: its mark, and when its newest row was made."""

    updated: int
    messages: int
    parts: int
    last: int
    newest: int


class Memory(msgspec.Struct):
    """What the next reading needs: the sessions read last.

    All others that changed at ``floor`` or before were read, too.
    """

    sessions: dict[str, Seen] = {}
    floor: int = -1


@dataclass
class Tally:
    """What was read, apart from the conversations themselves."""

    records: int = 0
    understood: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    def take(self, kind: str | None, known: frozenset[str], prefix: str) -> None:
        """Counts a record by its kind."""
        self.records += 1
        if kind in known:
            self.understood += 1
        else:
            self.unknown[f"{prefix}: {kind or 'without a type'}"[:40]] += 1

    def bad(self, problem: Problem) -> None:
        """Counts a record that could not be read."""
        self.records += 1
        self.problems.append(problem)


def memory_of(state: bytes) -> Memory:
    """The memory of the last reading; an empty one where there is none."""
    try:
        return msgspec.msgpack.decode(state, type=Memory) if state else Memory()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Memory()


def changed(path: Path, memory: Memory) -> Iterator[tuple[Conversation, Tally, Memory]]:
    """Conversations that changed, each with what was counted and the memory after it.

    Raises ``Unreadable``; ``Unreadable("unreadable")`` for a database of another kind too.
    """
    with lines.sqlite_copy(path) as db:
        store = _Store(db)
        for name, mark in store.marks(memory):
            seen = memory.sessions.pop(name, None)
            tally = Tally()
            told = store.conversation(name, tally, seen.newest if seen else None)
            newest = max((m.created_ms or 0 for m in told.messages), default=0)
            mark.newest = max(newest, store.newest)
            if len(name) <= LONGEST_ID:
                memory.sessions[name] = mark
            _forget(memory)
            yield told, tally, memory


def session_ids(path: Path) -> frozenset[str]:
    """Ids of all sessions in a database.  Raises ``Unreadable``."""
    with lines.sqlite_copy(path) as db:
        if "id" not in _columns(db, "session"):
            return frozenset()
        return frozenset(str(row[0]) for row in db.execute("select id from session"))


def _forget(memory: Memory) -> None:
    while len(memory.sessions) > KEPT_SESSIONS:
        oldest = min(memory.sessions, key=lambda name: memory.sessions[name].updated)
        memory.floor = max(memory.floor, memory.sessions.pop(oldest).updated)


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in db.execute(f"pragma table_info({table})")}


class _Store:
    """One open database."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        there = {table: _columns(db, table) for table in _NEEDED}
        if any(not needed <= there[table] for table, needed in _NEEDED.items()):
            raise lines.Unreadable("unreadable")
        self.there = there
        self.newest = 0
        chosen = (name if name in there["session"] else f"null as {name}" for name in _SESSION)
        self.facts = ", ".join(chosen)

    # -- which changed -----------------------------------------------------------------------

    def marks(self, memory: Memory) -> list[tuple[str, Seen]]:
        """Sessions that are new or changed, the longest untouched first."""
        updated = {
            str(name): _whole(time) or 0
            for name, time in self.db.execute(f"select id, {self._time('session')} from session")  # noqa: S608
        }
        messages = self._counts("message")
        parts = self._counts("part")
        names = {*updated, *messages}
        now = max(updated.values(), default=0)
        found = []
        for name in names:
            time = updated.get(name, 0)
            seen = memory.sessions.get(name)
            if seen is None and time <= memory.floor:
                continue
            last = self._last(name) if time >= now - LIVELY_MS else 0
            mark = Seen(time, messages.get(name, 0), parts.get(name, 0), last, 0)
            if seen is None or not _is_same(seen, mark):
                found.append((name, mark))
        return sorted(found, key=lambda pair: (pair[1].updated, pair[0]))

    def _time(self, table: str) -> str:
        return "time_updated" if "time_updated" in self.there[table] else "0"

    def _counts(self, table: str) -> dict[str, int]:
        if table == "part" and "session_id" not in self.there["part"]:
            return {}
        rows = self.db.execute(f"select session_id, count(*) from {table} group by session_id")  # noqa: S608
        return {str(name): int(count) for name, count in rows}

    def _last(self, session: str) -> int:
        latest = 0
        for table in ("message", "part"):
            if {"session_id", "time_updated"} <= self.there[table]:
                query = f"select max(time_updated) from {table} where session_id = ?"  # noqa: S608
                latest = max(latest, _whole(self.db.execute(query, (session,)).fetchone()[0]) or 0)
        return latest

    # -- one conversation --------------------------------------------------------------------

    def conversation(self, session: str, tally: Tally, since: int | None) -> Conversation:
        """A session with its messages; what was made up to ``since`` is not counted again."""
        facts = self._facts(session)
        parts = self._parts(session, tally, since)
        time = "time_created" if "time_created" in self.there["message"] else "null"
        query = f"select id, {time}, data from message where session_id = ?"  # noqa: S608
        rows = self.db.execute(query, (session,))
        messages = []
        for name, row_ms, data in rows:
            told = self._told(data, _whole(row_ms), since, tally)
            if told is None:
                continue
            if _is_new(_whole(row_ms), since):
                tally.take(text_at(told, "role"), MESSAGE_ROLES, "message")
            made = message_time(told, _whole(row_ms))
            messages.append(Message(str(name), told, tuple(parts.get(str(name), ())), made))
        messages.sort(key=lambda message: (message.created_ms or 0, message.id))
        whole = Conversation(facts, tuple(messages))
        copies = [message for message in messages if whole.is_copy(message)]
        return Conversation(facts, tuple(messages), self._origins(facts, copies))

    def _facts(self, session: str) -> Facts:
        query = f"select {self.facts} from session where id = ?"  # noqa: S608
        row = self.db.execute(query, (session,)).fetchone()
        values = dict(zip(_SESSION, row or (None,) * len(_SESSION), strict=True))
        return Facts(
            session=session,
            parent=_text(values["parent_id"]),
            folder=_text(values["directory"]),
            version=_text(values["version"]),
            agent=_text(values["agent"]),
            created_ms=_whole(values["time_created"]),
            updated_ms=_whole(values["time_updated"]),
            permission=_json(values["permission"]),
            permission_told=row is not None and "permission" in self.there["session"],
            revert=_json(values["revert"]),
        )

    def _parts(self, session: str, tally: Tally, since: int | None) -> dict[str, list[Part]]:
        time = "time_created" if "time_created" in self.there["part"] else "null"
        where = "session_id = ?"
        if "session_id" not in self.there["part"]:
            where = "message_id in (select id from message where session_id = ?)"
        rows = self.db.execute(
            f"select id, message_id, {time}, data from part where {where} order by message_id, id",  # noqa: S608
            (session,),
        )
        found: dict[str, list[Part]] = defaultdict(list)
        self.newest = 0
        for name, message, row_ms, data in rows:
            made = _whole(row_ms)
            self.newest = max(self.newest, made or 0)
            told = self._told(data, made, since, tally)
            if told is None:
                continue
            if _is_new(made, since):
                tally.take(text_at(told, "type"), PART_TYPES, "part")
            found[str(message)].append(Part(str(name), told))
        return found

    def _told(self, data: object, made: int | None, since: int | None, tally: Tally) -> Json | None:
        told = _json(data)
        if isinstance(told, dict):
            return told
        if _is_new(made, since):
            tally.bad(Problem(None, "not_json" if told is None else "bad_type"))
        return None

    # -- forks -------------------------------------------------------------------------------

    def _origins(self, facts: Facts, copies: list[Message]) -> dict[str, Origin]:
        """The messages that a fork copied, by the ids of the copies.

        A copy has a new id and all else of its source, the time of its making included.
        """
        if not copies or "time_created" not in self.there["message"]:
            return {}
        times = {message.created_ms for message in copies}
        rows = self.db.execute(
            "select id, session_id, time_created from message"
            " where session_id <> ? and time_created between ? and ?",
            (facts.session, min(t or 0 for t in times), max(t or 0 for t in times)),
        )
        alike: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for name, session, time in rows:
            if time in times:
                alike[time].append((str(name), str(session)))
        sessions: dict[str, Facts] = {}
        found = {}
        for message in copies:
            for name, session in sorted(alike.get(message.created_ms or 0, ())):
                known = sessions.setdefault(session, self._facts(session))
                if self._is_origin(name, known, message):
                    found[message.id] = Origin(name, known)
                    break
        return found

    def _is_origin(self, name: str, facts: Facts, copy: Message) -> bool:
        if (facts.created_ms or 0) > (copy.created_ms or 0):
            return False  # a copy itself
        row = self.db.execute("select data from message where id = ?", (name,)).fetchone()
        told = _json(row[0]) if row else None
        return all(
            text_at(told, key) == text_at(copy.told, key) for key in ("role", "modelID", "finish")
        )


def _is_same(seen: Seen, mark: Seen) -> bool:
    still = (seen.updated, seen.messages, seen.parts) == (mark.updated, mark.messages, mark.parts)
    return still and mark.last in (0, seen.last)


def _is_new(made: int | None, since: int | None) -> bool:
    return since is None or made is None or made > since


def _json(data: object) -> object:
    if isinstance(data, str):
        data = data.encode("utf-8", "replace")
    if not isinstance(data, bytes) or len(data) > lines.MAX_LINE_BYTES:
        return None
    return decoded(data)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= 1 << 53 else None
