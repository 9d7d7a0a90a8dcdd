r"""Goose: conversations in one database, in older builds one file each.

Places: ``sessions/`` under ``~/.local/share/goose`` (or ``$XDG_DATA_HOME/goose``; Linux and
macOS), ``%APPDATA%\Block\goose\data`` (Windows) and ``$GOOSE_PATH_ROOT/data``:
``sessions.db``, and until autumn 2025 ``<time>.jsonl`` with a header and messages.

A prompt has no id that both forms share: its key is its session, second and text, so that a
file that the tool took over into its database is counted once.  Calls have their own ids.
Tokens: one row of ``usage_ledger`` for each model call; for sessions without rows there, the
sum of the whole session at its start.  ``total_tokens`` of a session is the size of its last
context, no usage.  A declined call has no mark but the words of its result.

Of the database only conversations that changed are read again.  Known from readers of the
format and its public source, not run; November 2026.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec import Struct

from tokenmirror.events import (
    AnyEvent,
    Author,
    Basis,
    CallKind,
    Decision,
    Entry,
    How,
    Problem,
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
    instant_at,
    list_at,
    number_at,
    text_at,
)
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

STORE = "sessions.db"
_FACTS = (
    "id",
    "session_type",
    "working_dir",
    "created_at",
    "updated_at",
    "model_config_json",
    "parent_session_id",
    "accumulated_input_tokens",
    "accumulated_output_tokens",
    "accumulated_total_tokens",
    "accumulated_cache_read_tokens",
    "accumulated_cache_write_tokens",
    "accumulated_cost",
)
_MESSAGES = ("id", "role", "content_json", "metadata_json", "created_timestamp")
_LEDGER = (
    "id",
    "created_timestamp",
    "model",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cost",
)
Fate = tuple[Decision, How | None, Basis]


class State(Struct):
    """How far the database was read: the last rows, and the last change of a session."""

    messages: int = 0
    ledger: int = 0
    updated: str = ""


def places(machine: Machine) -> tuple[Path, ...]:
    """The folders of conversations."""
    root = machine.variable("GOOSE_PATH_ROOT")
    found = [root / "data"] if root else []
    shared = machine.variable("XDG_DATA_HOME")
    found += [shared / "goose"] if shared else []
    found.append(machine.home / ".local" / "share" / "goose")
    if "windows" in machine.platforms:
        roaming = machine.variable("APPDATA") or machine.home / "AppData" / "Roaming"
        found.append(roaming / "Block" / "goose" / "data")
    return tuple(dict.fromkeys(folder / "sessions" for folder in found))


def find(machine: Machine) -> Iterator[LogFile]:
    """The databases, and the files of older builds."""
    for place in places(machine):
        store = lines.log_file(place / STORE, place / f"{STORE}-wal")
        if store is not None:
            yield store
        yield from lines.walk(place, (".jsonl",), depth=0)


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a file says beyond the cursor.  Raises ``lines.Unreadable``."""
    if file.path.name == STORE:
        yield from _store(file, cursor)
    else:
        yield from _file(file, cursor)


# -- the database ------------------------------------------------------------------------------


def _store(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    state = _recalled(cursor.state)
    after = State(state.messages, state.ledger, state.updated)
    events: list[AnyEvent] = []
    records = 0
    with lines.sqlite_copy(file.path) as db:
        for facts in _changed_sessions(db, state):
            talk = _Talk(str(facts["id"]), facts)
            for row in _of_session(db, "messages", _MESSAGES, talk.session):
                talk.take(row)
                number = number_at(row, "id") or 0
                records += number > state.messages
                after.messages = max(after.messages, number)
            ledger = _of_session(db, "usage_ledger", _LEDGER, talk.session)
            after.ledger = max([after.ledger, *(number_at(row, "id") or 0 for row in ledger)])
            events += talk.events(ledger)
            after.updated = max(after.updated, str(facts["updated_at"] or ""))
    end = Cursor(0, file.size, file.mtime_ns, state=msgspec.msgpack.encode(after))
    last = Batch((), end, records=records, understood=records)
    yield from lines.in_batches(events, cursor, last)


def _recalled(memory: bytes) -> State:
    try:
        return msgspec.msgpack.decode(memory, type=State) if memory else State()
    except msgspec.MsgspecError:
        return State()


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in db.execute(f"pragma table_info({table})")}


def _chosen(wanted: tuple[str, ...], there: set[str]) -> str:
    return ", ".join(name if name in there else f"null as {name}" for name in wanted)


def _changed_sessions(db: sqlite3.Connection, state: State) -> list[dict[str, object]]:
    there = _columns(db, "sessions")
    if "id" not in there or not {"id", "session_id"} <= _columns(db, "messages"):
        return []
    rows = db.execute(f"select {_chosen(_FACTS, there)} from sessions order by id")  # noqa: S608 (names from _FACTS)
    sessions = [dict(zip(_FACTS, row, strict=True)) for row in rows]
    query = "select distinct session_id from messages where id > ?"
    changed = {row[0] for row in db.execute(query, (state.messages,))}
    if {"id", "session_id"} <= _columns(db, "usage_ledger"):
        query = "select distinct session_id from usage_ledger where id > ?"
        changed |= {row[0] for row in db.execute(query, (state.ledger,))}
    return [s for s in sessions if s["id"] in changed or str(s["updated_at"]) >= state.updated]


def _of_session(
    db: sqlite3.Connection, table: str, wanted: tuple[str, ...], session: str
) -> list[dict[str, object]]:
    there = _columns(db, table)
    if not {"id", "session_id"} <= there:
        return []
    query = f"select {_chosen(wanted, there)} from {table} where session_id = ? order by id"  # noqa: S608 (names from above)
    return [dict(zip(wanted, row, strict=True)) for row in db.execute(query, (session,))]


# -- files of older builds ---------------------------------------------------------------------


def _file(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """A file is always read whole, since its tool rewrites the header with the sums."""
    now, _ = lines.appended(file, cursor)
    tally = lines.Tally()
    talk: _Talk | None = None
    end = 0
    for line in lines.lines_from(file.path, 0):
        end = line.end
        fresh = line.offset >= now.offset
        record = decoded(line.text) if line.text.strip() else None
        if isinstance(record, dict):
            if talk is None:
                talk = _Talk(file.path.stem, record if "role" not in record else {})
            if "role" in record:
                talk.take(record | {"created_timestamp": record.get("created")})
            tally.known() if fresh else None
        elif (fresh and line.text.strip()) or (fresh and line.problem):
            tally.bad(line.problem or Problem(line.offset, "not_json"))
    events = talk.events([]) if talk else []
    yield from lines.in_batches(events, cursor, tally.batch(_behind(now, end)))


def _behind(now: Cursor, end: int) -> Cursor:
    return Cursor(end, now.size, now.mtime_ns, now.head)


# -- one conversation --------------------------------------------------------------------------


class _Talk:
    """One conversation, message by message."""

    def __init__(self, session: str, facts: dict[str, object]) -> None:
        self.session = session
        self.facts = facts
        self.kind = text_at(facts, "session_type") or ""
        self._events: list[AnyEvent] = []
        self._calls: dict[str, tuple[object, int | None, str | None]] = {}
        self._turn: Turn | None = None
        self._sent: defaultdict[str, int] = defaultdict(int)
        self._last_ms: int | None = None
        self._first_ms: int | None = None

    def take(self, row: dict[str, object]) -> None:
        """Takes one message in."""
        content = row.get("content_json", row.get("content"))
        blocks = list_at(_plain(content))
        hidden = at(_plain(row.get("metadata_json")), "userVisible") is False
        at_ms = _instant(row.get("created_timestamp"))
        if at_ms is not None:
            self._last_ms = max(at_ms, self._last_ms or at_ms)
            self._first_ms = min(at_ms, self._first_ms or at_ms)
        results = [block for block in blocks if text_at(block, "type") == "toolResponse"]
        if text_at(row, "role") == "assistant":
            made = [block for block in blocks if text_at(block, "type") == "toolRequest"]
            self._go_on(at_ms, "unknown" if made else "finished")
            for block in made:
                self._called(block, at_ms)
        elif results:
            self._go_on(at_ms, "unknown")
            for block in results:
                self._ended(block, at_ms)
        elif text_at(row, "role") == "user" and not hidden and self.kind != "sub_agent":
            self._said(blocks, at_ms)

    def _said(self, blocks: list[object], at_ms: int | None) -> None:
        texts = [text_at(b, "text") or "" for b in blocks if text_at(b, "type") == "text"]
        pictures = sum(text_at(block, "type") == "image" for block in blocks)
        text = "\n".join(texts)
        if not text.strip():
            return
        self._end_turn()
        digest = blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
        place = f"{self.session}:{(at_ms or 0) // 1000}:{digest}"
        self._sent[place] += 1
        key = place if self._sent[place] == 1 else f"{place}:{self._sent[place]}"
        author, basis = _AUTHORS.get(self.kind, ("unknown", "unknown"))
        self._turn = Turn(session=self.session, key=key, at_ms=at_ms, ended_ms=at_ms)
        self._events.append(
            Prompt(
                session=self.session,
                key=key,
                at_ms=at_ms,
                text=text,
                author=author,
                basis=basis,
                attachments=pictures,
                turn=key,
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

    def _called(self, block: object, at_ms: int | None) -> None:
        identity = text_at(block, "id") or ""
        value = at(block, "toolCall", "value")
        turn = self._turn.key if self._turn else None
        self._calls[identity] = (value, at_ms, turn)
        self._send(identity, None, at_ms)

    def _ended(self, block: object, at_ms: int | None) -> None:
        identity = text_at(block, "id") or ""
        if identity in self._calls:
            self._send(identity, block, at_ms)
            del self._calls[identity]

    def _send(self, identity: str, done: object, ended_ms: int | None) -> None:
        value, at_ms, turn = self._calls[identity]
        name = (text_at(value, "name") or "").rpartition("__")[2]
        given = at(value, "arguments")
        key = f"{self.session}:{identity}"
        text = _result_text(done)
        failed = _failed(done)
        fate = _fate(done, failed, text, shell=name == "shell")
        if fate[0] == "rejected":
            self._go_on(ended_ms, "asked")
        change = _change(name, given)
        if change is not None or name == "shell":
            self._events.append(
                Suggestion(
                    session=self.session,
                    key=key,
                    at_ms=at_ms,
                    kind=change.kind if change else "command",
                    path=change.path if change else None,
                    added=change.added if change else (),
                    removed=change.removed if change else (),
                    whole=change is not None and change.kind == "new_file",
                    turn=turn,
                    decision=fate[0],
                    how=fate[1],
                    basis=fate[2],
                    decided_ms=None if done is None else ended_ms,
                )
            )
        command = text_at(given, "command") or ""
        self._events.append(
            ToolCall(
                session=self.session,
                key=key,
                at_ms=at_ms,
                kind=kind_of(command) if name == "shell" else _kind(name, change),
                name=name,
                args=msgspec.json.encode(given).decode("utf-8", "replace") if given else "",
                ok=None if done is None or fate[0] == "rejected" else not failed,
                commits=commits_in(command, text) if name == "shell" else (),
                turn=turn,
            )
        )

    def events(self, ledger: list[dict[str, object]]) -> list[AnyEvent]:
        """All that the conversation holds; nothing for an empty one."""
        self._end_turn()
        uses = [_call(self.session, row) for row in ledger] or list(self._sum())
        if not self._events and not uses:
            return []
        parent = text_at(self.facts, "parent_session_id")
        entry: Entry = "headless" if self.kind == "scheduled" else "unknown"
        began, changed = instant_at(self.facts, "created_at"), instant_at(self.facts, "updated_at")
        return [
            Session(
                session=self.session,
                key=self.session,
                at_ms=began if began is not None else self._first_ms,
                folder=text_at(self.facts, "working_dir"),
                entry=entry,
                parent=parent,
                relation="subagent" if self.kind == "sub_agent" else None,
                ended_ms=self._last_ms if self._last_ms is not None else changed,
            ),
            *self._events,
            *uses,
        ]

    def _sum(self) -> Iterator[Usage]:
        """The sum of a session whose calls are not told one by one."""
        sums = {
            name.removeprefix("accumulated_"): value
            for name, value in self.facts.items()
            if name.startswith("accumulated_")
        }
        if any(number_at(sums, f"{kind}_tokens") for kind in ("input", "output")):
            model = text_at(_plain(self.facts.get("model_config_json")), "model_name")
            began = instant_at(self.facts, "created_at")
            at_ms = began if began is not None else self._first_ms
            yield _usage(self.session, f"{self.session}:sum", at_ms, model, sums)


_AUTHORS: dict[str, tuple[Author, Basis]] = {
    "user": ("person", "inferred"),
    "scheduled": ("program", "stated"),
}


def _call(session: str, row: dict[str, object]) -> Usage:
    key = f"{session}:call:{row['id']}"
    return _usage(session, key, _instant(row["created_timestamp"]), text_at(row, "model"), row)


def _usage(
    session: str, key: str, at_ms: int | None, model: str | None, told: dict[str, object]
) -> Usage:
    sent, out = number_at(told, "input_tokens"), number_at(told, "output_tokens")
    read, written = number_at(told, "cache_read_tokens"), number_at(told, "cache_write_tokens")
    cached, total = (read or 0) + (written or 0), number_at(told, "total_tokens")
    apart = total is not None and total >= (sent or 0) + (out or 0) + cached
    cost = told.get("cost")
    priced = isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost < 1e6
    return Usage(
        session=session,
        key=key,
        at_ms=at_ms,
        model=model,
        input_tokens=sent if sent is None or apart or cached > sent else sent - cached,
        cache_read_tokens=read,
        cache_write_5m_tokens=written,
        output_tokens=out,
        cost_nusd=round(cost * 1e9) if priced else None,  # type: ignore[operator]
    )


def _plain(value: object) -> object:
    if isinstance(value, str | bytes):
        return decoded(value.encode("utf-8", "replace") if isinstance(value, str) else value)
    return value


def _instant(value: object) -> int | None:
    """UTC milliseconds of a time in seconds; larger numbers are milliseconds already."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e14:
        return None
    return int(value) if value > 1e11 else int(value * 1000)


def _result_text(done: object) -> str:
    value = at(done, "toolResult", "value")
    content = list_at(value) or list_at(value, "content")
    texts = [text_at(part, "text") for part in content]
    error = text_at(done, "toolResult", "error")
    return "\n".join(text for text in [*texts, error] if text)


def _failed(done: object) -> bool:
    status = text_at(done, "toolResult", "status")
    return status == "error" or at(done, "toolResult", "value", "isError") is True


def _fate(done: object, failed: bool, text: str, *, shell: bool) -> Fate:
    if done is None:
        return "undecided", None, "unknown"
    if "declined" in text[:300] and "user" in text[:300].lower():
        return "rejected", "chosen", "inferred"
    if failed and not shell:
        return "failed", None, "unknown"
    return "accepted", "applied", "unknown"


def _change(name: str, given: object) -> FilePatch | None:
    """What a call would change; ``None`` for calls that edit nothing."""
    command = text_at(given, "command") if name == "text_editor" else name
    path = text_at(given, "path") or ""
    if command == "write":
        content = text_at(given, "file_text") or text_at(given, "content") or ""
        return FilePatch("new_file", path, tuple(text_lines(content)))
    if command not in ("str_replace", "insert", "edit"):
        return None
    patched = hunk_lines(text_at(given, "diff") or "")
    if patched is not None:
        return FilePatch("edit", path, *patched)
    old = text_at(given, "old_str") or text_at(given, "before") or ""
    new = text_at(given, "new_str") or text_at(given, "after") or ""
    return FilePatch("edit", path, *changed_lines(old, new))


def _kind(name: str, change: FilePatch | None) -> CallKind:
    if change is not None:
        return "edit"
    return "read" if name in ("text_editor", "read", "tree", "view", "fetch") else "other"


SOURCE = Source(
    key="goose",
    name="Goose",
    version=1,
    full=frozenset({"S3", "S5"}),
    partly=frozenset({"S1", "S2", "S4", "S6", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Whether you were asked before an edit was written is not written down."),
        mark("The branch is not written down."),
        mark("That you stopped an answer is not written down."),
        mark("Older sessions hold one sum of their tokens, with no days."),
    ),
)
