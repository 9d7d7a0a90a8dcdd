"""The two databases of Copilot Chat: its list of turns, and its traces of model calls.

``session-store.db`` has a row for every prompt, also for those that left a history;
``agent-traces.db`` (off unless switched on; 7 days) has tokens by model call.  Traces hold
prompts and answers as well: only numbers, ids and names are selected here.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tokenmirror.sources import lines

TURNS, TRACES = "session-store.db", "agent-traces.db"
EXTENSION = "github.copilot-chat"
# Calls that the product makes by itself, by their agents' names.
BACKGROUND = ("title", "progressmessage", "speculate", "intent", "categor", "commitmessage")
# Agents that keep stores of their own, which are read by their own sources.
ELSEWHERE = ("copilotcli", "claude", "codex", "agent-host", "agenthost", "cloud")

_COLUMNS = (
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "conversation_id",
    "chat_session_id",
    "agent_name",
    "request_model",
    "response_model",
    "status_code",
)
# In a store of an older form the numbers stand among the attributes.
_ATTRIBUTES = {
    "gen_ai.usage.input_tokens": "input_tokens",
    "gen_ai.usage.output_tokens": "output_tokens",
    "gen_ai.usage.cache_read.input_tokens": "cached_tokens",
    "gen_ai.usage.cache_creation.input_tokens": "written_tokens",
    "gen_ai.usage.reasoning_tokens": "reasoning_tokens",
    "gen_ai.conversation.id": "conversation_id",
    "copilot_chat.chat_session_id": "chat_session_id",
}


_SESSION = ("id", "cwd", "branch", "host_type", "agent_name")


@dataclass(frozen=True)
class StoredTurn:
    """A prompt as the turn store has it; ``at_ms`` is up to 6 s after the turn."""

    index: int
    text: str
    at_ms: int
    answered: bool


@dataclass(frozen=True)
class StoredSession:
    """A conversation of the turn store; ``elsewhere`` when another store tells it better."""

    session: str
    folder: str | None
    branch: str | None
    elsewhere: bool
    turns: tuple[StoredTurn, ...]


@dataclass(frozen=True)
class Call:
    """One answered model call.  ``input_tokens`` is without the cached part."""

    at_ms: int
    model: str | None
    input_tokens: int | None
    cached_tokens: int | None
    written_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None


@dataclass(frozen=True)
class Trace:
    """The model calls of one turn, oldest first; ``at_ms`` is where its work began.

    ``agent`` tells that an agent ran: calls without one are not a turn of their own.
    """

    trace: str
    session: str
    at_ms: int
    agent: bool
    calls: tuple[Call, ...]


def stored(database: Path, session: str | None = None) -> dict[str, StoredSession]:
    """Sessions with their turns by id: the named one, or all.  Raises ``Unreadable``."""
    with lines.sqlite_copy(database) as db:
        there = _columns(db, "turns")
        if not {"session_id", "turn_index", "user_message", "timestamp"} <= there:
            return {}
        answered = "assistant_response is not null" if "assistant_response" in there else "0"
        rows = db.execute(
            f"select session_id, turn_index, user_message, timestamp, {answered} from turns"  # noqa: S608
            " where ?1 is null or session_id = ?1 order by session_id, turn_index",
            (session,),
        ).fetchall()
        names = _chosen(_SESSION, _columns(db, "sessions"))
        facts = db.execute(f"select {names} from sessions").fetchall()  # noqa: S608
    turns: dict[str, list[StoredTurn]] = defaultdict(list)
    for name, index, text, time, done in rows:
        moment = instant_ms(time)
        if isinstance(index, int) and isinstance(text, str) and text and moment is not None:
            turns[str(name)].append(StoredTurn(index, text, moment, bool(done)))
    known = {str(row[0]): row[1:] for row in facts if row[0]}
    return {
        name: _stored_session(name, tuple(turns[name]), known.get(name, (None,) * 4))
        for name in {*turns, *known}
        if session in (None, name)
    }


def _stored_session(
    name: str, turns: tuple[StoredTurn, ...], facts: Sequence[object]
) -> StoredSession:
    folder, branch, host, agent = facts
    other = host not in (None, "", "vscode") or is_elsewhere(agent)
    return StoredSession(name, _text(folder), _text(branch), other, turns)


def traces_of(database: Path, session: str | None = None) -> list[Trace]:
    """Traces of one session, or of all, oldest first; without the product's own calls.

    Raises ``Unreadable``.
    """
    with lines.sqlite_copy(database) as db:
        there = _columns(db, "spans")
        if not {"span_id", "trace_id", "operation_name", "start_time_ms"} <= there:
            return []
        rows = _spans(db, there, session)
        if "output_tokens" not in there:
            _add_attributes(db, rows)
    return _traces(rows, session)


def is_elsewhere(agent: object) -> bool:
    """Whether an agent keeps its own store, so that it is counted from there."""
    name = str(agent or "").lower().replace(" ", "")
    return any(name.startswith(other) for other in ELSEWHERE)


def instant_ms(time: object) -> int | None:
    """UTC milliseconds of an ISO 8601 text (without zone: UTC); ``None`` when it is none."""
    if not isinstance(time, str):
        return None
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in db.execute(f"pragma table_info({table})")}


def _chosen(wanted: Iterable[str], there: set[str]) -> str:
    return ", ".join(name if name in there else f"null as {name}" for name in wanted)


def _spans(
    db: sqlite3.Connection, there: set[str], session: str | None
) -> dict[str, dict[str, object]]:
    names = ("span_id", "trace_id", "operation_name", "start_time_ms", *_COLUMNS)
    query = f"select {_chosen(names, there)} from spans"  # noqa: S608
    query += " where operation_name in ('chat', 'invoke_agent')"
    values: tuple[str, ...] = ()
    if session is not None and {"chat_session_id", "conversation_id"} <= there:
        query += " and trace_id in (select trace_id from spans"
        query += " where chat_session_id = ?1 or conversation_id = ?1)"
        values = (session,)
    return {str(row[0]): dict(zip(names, row, strict=True)) for row in db.execute(query, values)}


def _add_attributes(db: sqlite3.Connection, rows: dict[str, dict[str, object]]) -> None:
    if not {"span_id", "key", "value"} <= _columns(db, "span_attributes"):
        return
    marks = ", ".join("?" * len(_ATTRIBUTES))
    query = f"select span_id, key, value from span_attributes where key in ({marks})"  # noqa: S608
    for span, key, value in db.execute(query, tuple(_ATTRIBUTES)):
        if span in rows:
            rows[span][_ATTRIBUTES[key]] = value


def _traces(rows: dict[str, dict[str, object]], session: str | None) -> list[Trace]:
    groups: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows.values():
        groups[str(row["trace_id"])].append(row)
    found = []
    for trace, spans in groups.items():
        spans.sort(key=lambda span: (_number(span["start_time_ms"]) or 0, str(span["span_id"])))
        owner = _owner(spans)
        if owner is None or (session is not None and owner != session):
            continue
        calls = tuple(_call(span) for span in spans if _counts(span))
        if calls:
            began = _number(spans[0]["start_time_ms"]) or 0
            agent = any(span["operation_name"] == "invoke_agent" for span in spans)
            found.append(Trace(trace, owner, began, agent, calls))
    return sorted(found, key=lambda trace: (trace.at_ms, trace.trace))


def _owner(spans: list[dict[str, object]]) -> str | None:
    """The person's conversation: named by the chat session, else by the agent that ran."""
    agents = [span for span in spans if span["operation_name"] == "invoke_agent"]
    if any(is_elsewhere(span["agent_name"]) for span in spans):
        return None
    for name, among in (
        ("chat_session_id", spans),
        ("conversation_id", agents),
        ("conversation_id", spans),
    ):
        for span in among:
            if span.get(name):
                return str(span[name])
    return None


def _counts(span: dict[str, object]) -> bool:
    agent = str(span["agent_name"] or "").lower()
    tokens = (_number(span.get(name)) for name in ("input_tokens", "output_tokens"))
    return (
        span["operation_name"] == "chat"
        and not any(word in agent for word in BACKGROUND)
        and any(count is not None for count in tokens)
    )


def _call(span: dict[str, object]) -> Call:
    read, cached = _number(span.get("input_tokens")), _number(span.get("cached_tokens"))
    # Input includes what came from the cache, unless the figures say that it cannot.
    fresh = read - cached if read is not None and cached is not None and cached <= read else read
    return Call(
        at_ms=_number(span["start_time_ms"]) or 0,
        model=_text(span["response_model"]) or _text(span["request_model"]),
        input_tokens=fresh,
        cached_tokens=cached,
        written_tokens=_number(span.get("written_tokens")),
        output_tokens=_number(span.get("output_tokens")),
        reasoning_tokens=_number(span.get("reasoning_tokens")),
    )


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:17])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= 1 << 53 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
