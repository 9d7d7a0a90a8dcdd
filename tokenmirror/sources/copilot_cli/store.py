"""``session-store.db``: model calls of sessions whose events do not tell them, or are gone.

Only ids, folders, names of models and numbers are selected; prompts and answers that the
store repeats are left alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from tokenmirror.events import AnyEvent, Session, Usage
from tokenmirror.sources import lines
from tokenmirror.sources.copilot_cli.tokens import call_key, uncached
from tokenmirror.sources.editors import instant_at, tokens_at
from tokenmirror.sources.source import Batch, Cursor, LogFile

STORE, SESSIONS, EVENTS = "session-store.db", "session-state", "events.jsonl"
_CALLS = (
    "session_id",
    "agent_id",
    "model",
    "created_at",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)
_FACTS = ("cwd", "branch", "host_type", "created_at", "updated_at")


def store_file(home: Path) -> LogFile | None:
    """The store with its write-ahead log; ``None`` when there is none."""
    return lines.log_file(home / STORE, home / f"{STORE}-wal")


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """All model calls of the store.  Raises ``lines.Unreadable``."""
    with lines.sqlite_copy(file.path) as db:
        rows = _rows(db)
        facts = _facts(db)
    events: list[AnyEvent] = []
    numbers: dict[str, int] = {}
    seen: set[str] = set()
    for row in rows:
        session = row["session_id"]
        if not isinstance(session, str) or not session or _of_editor(facts.get(session)):
            continue
        if session not in seen and not has_events(file.path.parent, session):
            events.append(_session(session, facts.get(session, {})))
        seen.add(session)
        owner = _text(row["agent_id"]) or session
        numbers[owner] = numbers.get(owner, 0) + 1
        events.append(_call(session, call_key(owner, numbers[owner]), row))
    new = max(0, len(rows) - cursor.offset)  # what was counted before is not counted again
    after = Cursor(len(rows), file.size, file.mtime_ns)
    yield from lines.in_batches(events, cursor, Batch((), after, records=new, understood=new))


def has_events(home: Path, session: str) -> bool:
    """Whether a session has its own file, which tells its facts better."""
    if Path(session).name != session:
        return False
    folder = home / SESSIONS
    return (folder / session / EVENTS).is_file() or (folder / f"{session}.jsonl").is_file()


def holds_calls(home: Path, session: str) -> bool:
    """Whether the store tells the model calls of a session."""
    if not (home / STORE).is_file():
        return False
    try:
        with lines.sqlite_copy(home / STORE) as db:
            if not _there(db, "assistant_usage_events") >= {"id", *_CALLS[:1]}:
                return False
            query = "select 1 from assistant_usage_events where session_id = ? limit 1"
            return db.execute(query, (session,)).fetchone() is not None
    except lines.Unreadable:
        return False  # its own reading tells of it


def _there(db: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in db.execute(f"pragma table_info({table})")}


def _chosen(wanted: tuple[str, ...], there: set[str]) -> str:
    return ", ".join(name if name in there else f"null as {name}" for name in wanted)


def _rows(db: sqlite3.Connection) -> list[dict[str, object]]:
    there = _there(db, "assistant_usage_events")
    if not {"id", "session_id"} <= there:
        return []
    query = f"select {_chosen(_CALLS, there)} from assistant_usage_events order by id"  # noqa: S608 (names from _CALLS)
    return [dict(zip(_CALLS, row, strict=True)) for row in db.execute(query)]


def _facts(db: sqlite3.Connection) -> dict[str, dict[str, object]]:
    there = _there(db, "sessions")
    if "id" not in there:
        return {}
    query = f"select id, {_chosen(_FACTS, there)} from sessions"  # noqa: S608 (names from _FACTS)
    return {str(row[0]): dict(zip(_FACTS, row[1:], strict=True)) for row in db.execute(query)}


def _of_editor(facts: dict[str, object] | None) -> bool:
    """Whether a session is VS Code's own, which is read where VS Code keeps it."""
    return facts is not None and facts.get("host_type") == "vscode"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _session(session: str, facts: dict[str, object]) -> Session:
    return Session(
        session=session,
        key=session,
        at_ms=instant_at(facts, "created_at"),
        folder=_text(facts.get("cwd")),
        branch=_text(facts.get("branch")),
        ended_ms=instant_at(facts, "updated_at"),
    )


def _call(session: str, key: str, row: dict[str, object]) -> Usage:
    read, written = tokens_at(row, "cache_read_tokens"), tokens_at(row, "cache_write_tokens")
    return Usage(
        session=session,
        key=key,
        at_ms=instant_at(row, "created_at"),
        model=_text(row["model"]),
        input_tokens=uncached(tokens_at(row, "input_tokens"), read, written),
        cache_read_tokens=read,
        cache_write_5m_tokens=written,
        output_tokens=tokens_at(row, "output_tokens"),
        reasoning_tokens=tokens_at(row, "reasoning_tokens"),
    )
