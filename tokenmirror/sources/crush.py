r"""Crush: one database in each project.

Places: ``<project>/.crush/crush.db`` of every work tree that is known, and of those that
``projects.json`` lists (with their own data folder, where one is set), which lies in
``$CRUSH_GLOBAL_DATA``, ``$XDG_DATA_HOME/crush``, ``~/.local/share/crush`` and
``%LOCALAPPDATA%\crush``.

Times are seconds since 1970.  Messages and calls have ids of their own.  Tokens are not told:
``prompt_tokens`` of a session is the size of its latest context, and is written over by each
call; the cost of a session is a sum, with that of its sub-agents in it.  A refusal is the
words of a result and the reason ``permission_denied`` at a message's end.

Known from the program's public source, not run; November 2026.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from tokenmirror.events import (
    AnyEvent,
    CallKind,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    TurnEnd,
    Usage,
)
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.changes import FilePatch, changed_lines, hunk_lines, text_lines
from tokenmirror.sources.commands import commits_in, kind_of
from tokenmirror.sources.editors import (
    at,
    decoded,
    dict_at,
    document,
    list_at,
    number_at,
    text_at,
)
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

FOLDER, STORE, LIST = ".crush", "crush.db", "projects.json"
SHELL = "bash"
READS = frozenset(["view", "ls", "grep", "glob", "fetch", "sourcegraph", "diagnostics"])
DENIED = ("denied permission", "permission denied")
_SESSIONS = ("id", "parent_session_id", "cost", "created_at", "updated_at")
_MESSAGES = ("id", "role", "parts", "model", "created_at", "updated_at")
ENDS: dict[str, TurnEnd] = {
    "end_turn": "finished",
    "max_tokens": "finished",
    "canceled": "interrupted",
    "error": "error",
    "permission_denied": "asked",
}


class State(Struct):
    """Up to when the database was read, in its own seconds, and how many messages it had."""

    updated: int = 0
    messages: int = 0


def _lists(machine: Machine) -> tuple[Path, ...]:
    shared = machine.variable("XDG_DATA_HOME")
    homes = [machine.variable("CRUSH_GLOBAL_DATA"), shared / "crush" if shared else None]
    homes.append(machine.home / ".local" / "share" / "crush")
    if "windows" in machine.platforms:
        local = machine.variable("LOCALAPPDATA") or machine.home / "AppData" / "Local"
        homes.append(local / "crush")
    return tuple(dict.fromkeys(home / LIST for home in homes if home is not None))


def _stores(machine: Machine) -> Iterator[Path]:
    for folder in machine.folders:
        yield folder / FOLDER
    for listed in _lists(machine):
        told = document(listed)
        rows = list_at(told) or list_at(told, "projects") or list(dict_at(told).values())
        for row in rows:
            project, data = text_at(row, "path"), text_at(row, "data_dir")
            if not data and not project:
                continue
            place = Path(data or FOLDER)
            place = place if place.is_absolute() or not project else Path(project) / place
            if place.is_absolute():
                yield _here(place, machine.home)


def _here(place: Path, home: Path) -> Path:
    """A listed folder; in a copied home the one that lies there by the same last names."""
    if place.exists():
        return place
    names = place.parts[1:]
    tails = (home.joinpath(*names[n:]) for n in range(len(names) - 1))
    return next((tail for tail in tails if tail.is_dir()), place)


def places(machine: Machine) -> tuple[Path, ...]:
    """The lists of projects, and the data folder of each."""
    return tuple(dict.fromkeys([*_lists(machine), *_stores(machine)]))


def find(machine: Machine) -> Iterator[LogFile]:
    """The databases of all projects that are known."""
    for place in dict.fromkeys(_stores(machine)):
        file = lines.log_file(place / STORE, place / f"{STORE}-wal")
        if file is not None:
            yield file


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Conversations that changed since the last reading.  Raises ``lines.Unreadable``."""
    state = _recalled(cursor.state)
    events: list[AnyEvent] = []
    with lines.sqlite_copy(file.path) as db:
        count = _count(db)
        updated = state.updated
        for facts in _sessions(db):
            changed = number_at(facts, "updated_at") or 0
            if changed >= state.updated:
                talk = _Talk(facts, file.path)
                for row in _messages(db, talk.session):
                    talk.take(row)
                events += talk.events()
                updated = max(updated, changed)
    new = max(0, count - state.messages)
    after = msgspec.msgpack.encode(State(updated, max(count, state.messages)))
    end = Cursor(0, file.size, file.mtime_ns, state=after)
    yield from lines.in_batches(events, cursor, Batch((), end, records=new, understood=new))


def _recalled(memory: bytes) -> State:
    try:
        return msgspec.msgpack.decode(memory, type=State) if memory else State()
    except msgspec.MsgspecError:
        return State()


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in db.execute(f"pragma table_info({table})")}


def _chosen(wanted: tuple[str, ...], there: set[str]) -> str:
    return ", ".join(name if name in there else f"null as {name}" for name in wanted)


def _count(db: sqlite3.Connection) -> int:
    if not {"id", "session_id"} <= _columns(db, "messages"):
        return 0
    return int(db.execute("select count(*) from messages").fetchone()[0])


def _sessions(db: sqlite3.Connection) -> list[dict[str, object]]:
    there = _columns(db, "sessions")
    if "id" not in there:
        return []
    rows = db.execute(f"select {_chosen(_SESSIONS, there)} from sessions order by id")  # noqa: S608 (names from _SESSIONS)
    return [dict(zip(_SESSIONS, row, strict=True)) for row in rows]


def _messages(db: sqlite3.Connection, session: str) -> list[dict[str, object]]:
    there = _columns(db, "messages")
    if not {"id", "session_id"} <= there:
        return []
    query = f"select {_chosen(_MESSAGES, there)} from messages where session_id = ?"  # noqa: S608 (names from _MESSAGES)
    rows = [dict(zip(_MESSAGES, row, strict=True)) for row in db.execute(query, (session,))]
    return sorted(rows, key=lambda row: number_at(row, "created_at") or 0)


class _Talk:
    """One conversation, message by message."""

    def __init__(self, facts: dict[str, object], path: Path) -> None:
        self.session = str(facts["id"])
        self.facts = facts
        self.folder = str(path.parent.parent) if path.parent.name == FOLDER else None
        self.parent = text_at(facts, "parent_session_id") or None
        self._events: list[AnyEvent] = []
        self._calls: dict[str, tuple[object, int | None, str | None]] = {}
        self._turn: Turn | None = None
        self._last_ms: int | None = None

    def take(self, row: dict[str, object]) -> None:
        """Takes one message in."""
        told = row.get("parts")
        parts = list_at(decoded(told.encode("utf-8", "replace")) if isinstance(told, str) else None)
        at_ms = _instant(row.get("created_at"))
        self._last_ms = at_ms if at_ms is not None else self._last_ms
        role = text_at(row, "role")
        if role == "user" and self.parent is None:
            self._said(str(row["id"]), parts, at_ms)
        for part in parts:
            kind, held = text_at(part, "type"), at(part, "data")
            if kind == "tool_call" and role == "assistant":
                self._calls[text_at(held, "id") or ""] = (
                    held,
                    at_ms,
                    self._turn.key if self._turn else None,
                )
                self._send(text_at(held, "id") or "", None, at_ms)
            elif kind == "tool_result":
                self._send(text_at(held, "tool_call_id") or "", held, at_ms)
            elif kind == "finish" and role == "assistant":
                ended = ENDS.get(text_at(held, "reason") or "", "unknown")
                self._go_on(_instant(at(held, "time")) or at_ms, ended)

    def _said(self, name: str, parts: list[object], at_ms: int | None) -> None:
        texts = [text_at(p, "data", "text") or "" for p in parts if text_at(p, "type") == "text"]
        pictures = sum(text_at(p, "type") in ("binary", "image_url") for p in parts)
        text = "\n".join(texts)
        if not text.strip() and not pictures:
            return
        self._end_turn()
        self._turn = Turn(session=self.session, key=name, at_ms=at_ms, ended_ms=at_ms)
        self._events.append(
            Prompt(
                session=self.session,
                key=name,
                at_ms=at_ms,
                text=text,
                attachments=pictures,
                turn=name,
            )
        )

    def _go_on(self, at_ms: int | None, ended: TurnEnd) -> None:
        if self._turn is not None:
            ended_ms = self._turn.ended_ms if at_ms is None else at_ms
            self._turn = msgspec.structs.replace(self._turn, ended_ms=ended_ms, ended=ended)

    def _end_turn(self) -> None:
        if self._turn is not None:
            self._events.append(self._turn)
            self._turn = None

    def _send(self, identity: str, done: object, ended_ms: int | None) -> None:
        if identity not in self._calls:
            return
        call, at_ms, turn = self._calls[identity]
        name, given = text_at(call, "name") or "", _plain(at(call, "input"))
        failed = at(done, "is_error") is True
        text = text_at(done, "content") or ""
        refused = failed and any(words in text[:300].lower() for words in DENIED)
        key = f"{self.session}:{identity}"
        change = _change(name, given, _plain(at(done, "metadata")))
        if change is not None or name == SHELL:
            row = Suggestion(
                session=self.session,
                key=key,
                at_ms=at_ms,
                kind=change.kind if change else "command",
                path=change.path if change else None,
                added=change.added if change else (),
                removed=change.removed if change else (),
                whole=change is not None and name == "write",
                turn=turn,
            )
            self._events.append(_decided(row, done, ended_ms, failed=failed, refused=refused))
        command = text_at(given, "command") or ""
        self._events.append(
            ToolCall(
                session=self.session,
                key=key,
                at_ms=at_ms,
                kind=kind_of(command) if name == SHELL else _kind(name, change),
                name=name,
                args=msgspec.json.encode(given).decode("utf-8", "replace") if given else "",
                ok=None if done is None or refused else not failed,
                commits=commits_in(command, text) if name == SHELL else (),
                turn=turn,
            )
        )

    def events(self) -> list[AnyEvent]:
        """All that the conversation holds; nothing for an empty one."""
        self._end_turn()
        if not self._events:
            return []
        began = _instant(self.facts.get("created_at"))
        session = Session(
            session=self.session,
            key=self.session,
            at_ms=began,
            folder=self.folder,
            parent=self.parent,
            relation="subagent" if self.parent else None,
            ended_ms=self._last_ms,
        )
        cost = self.facts.get("cost")
        known = isinstance(cost, int | float) and not isinstance(cost, bool) and 0 < cost < 1e6
        spent = Usage(
            session=self.session,
            key=f"{self.session}:cost",
            at_ms=began,
            cost_nusd=round(cost * 1e9) if known else None,  # type: ignore[operator]
        )
        # a sub-agent's cost is in its parent's
        return [session, *self._events, *([spent] if known and self.parent is None else [])]


def _decided(
    row: Suggestion, done: object, at_ms: int | None, *, failed: bool, refused: bool
) -> Suggestion:
    replace = msgspec.structs.replace
    if done is None:
        return row
    if refused:
        return replace(row, decision="rejected", how="chosen", basis="inferred", decided_ms=at_ms)
    if failed and row.kind != "command":
        return replace(row, decision="failed", decided_ms=at_ms)
    return replace(row, decision="accepted", how="applied", decided_ms=at_ms)


def _plain(value: object) -> object:
    return decoded(value.encode("utf-8", "replace")) if isinstance(value, str) else value


def _instant(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e14:
        return None
    return int(value) if value > 1e11 else int(value * 1000)


def _change(name: str, given: object, result: object) -> FilePatch | None:
    """What a call would change, from its exact diff where its result has one."""
    if name not in ("edit", "multiedit", "write"):
        return None
    path = text_at(given, "file_path") or ""
    lines_of = hunk_lines(text_at(result, "diff") or "")
    if name == "write":
        content = tuple(text_lines(text_at(given, "content") or ""))
        added, removed = lines_of or (content, ())
        return FilePatch("edit" if removed else "new_file", path, added, removed)
    if lines_of is not None:
        return FilePatch("edit", path, *lines_of)
    steps = list_at(given, "edits") if name == "multiedit" else [given]
    new: list[str] = []
    old: list[str] = []
    for step in steps:
        before, after = text_at(step, "old_string") or "", text_at(step, "new_string") or ""
        added, removed = changed_lines(before, after)
        new += added
        old += removed
    created = not any(text_at(step, "old_string") for step in steps)
    return FilePatch("new_file" if created else "edit", path, tuple(new), tuple(old))


def _kind(name: str, change: FilePatch | None) -> CallKind:
    if change is not None:
        return "edit"
    return "read" if name in READS else "other"


SOURCE = Source(
    key="crush",
    name="Crush",
    version=1,
    full=frozenset({"S3", "S5"}),
    partly=frozenset({"S1", "S2", "S4", "S6", "S7"}),
    places=places,
    find=find,
    read=read,
    work_trees=True,
    unsaid=(
        mark("Tokens are not written down, only the cost of each session."),
        mark("Whether a prompt was typed or sent by a script is not written down."),
        mark("Whether you were asked before an edit was written is not written down."),
        mark("The branch is not written down."),
    ),
)
