"""Reads conversations from ``data.sqlite3``, where a row holds a whole conversation.

``conversations`` has one row for each folder, overwritten by the next conversation there;
``conversations_v2`` has several.  The same conversation may stand in both, and under several
folders.  Its history is cut to what the model can hold, so that early turns go: what was
read once stays.  The tables with keys and the shell's own history are never touched.
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tokenmirror.events import Problem
from tokenmirror.sources import lines
from tokenmirror.sources.editors import (
    at,
    decoded,
    dict_at,
    instant_at,
    list_at,
    number_at,
    text_at,
)
from tokenmirror.sources.kiro_cli.shape import Asked, Call, Conversation, Json, arguments

TABLES = ("conversations_v2", "conversations")
# The program says this by itself when a running tool is stopped.
_STOPPED = "The user interrupted the tool execution"
# Digests of rows, together under the 64 KiB of a cursor's state.
KEPT_ROWS = 2_500
MAX_ID = 200


class Memory(msgspec.Struct):
    """Rows that were read, by digests: the rows themselves, and the forms they had."""

    rows: list[bytes] = []
    forms: list[bytes] = []


@dataclass
class Found:
    """The conversations that changed, with what was counted."""

    told: list[Conversation] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    records: int = 0
    understood: int = 0


def memory_of(state: bytes) -> Memory:
    """The memory of the last reading; an empty one where there is none."""
    try:
        return msgspec.msgpack.decode(state, type=Memory) if state else Memory()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Memory()


def conversation_ids(path: Path) -> frozenset[str]:
    """Ids of the conversations in a database.  Raises ``Unreadable``."""
    with lines.sqlite_copy(path) as db:
        if "conversation_id" not in _columns(db, TABLES[0]):
            return frozenset()
        rows = db.execute(f"select conversation_id from {TABLES[0]}")  # noqa: S608
        return frozenset(str(row[0]) for row in rows)


def changed(path: Path, memory: Memory) -> Found:
    """Conversations whose rows are new or changed; ``memory`` is brought up to date.

    Raises ``Unreadable``, also for a database of another kind.
    """
    found = Found()
    with lines.sqlite_copy(path) as db:
        there = {table: _columns(db, table) for table in TABLES}
        if not any({"key", "value"} <= columns for columns in there.values()):
            raise lines.Unreadable("unreadable")
        for table in TABLES:
            if {"key", "value"} <= there[table]:
                _read_table(db, table, there[table], memory, found)
    del memory.rows[:-KEPT_ROWS], memory.forms[:-KEPT_ROWS]
    return found


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in db.execute(f"pragma table_info({table})")}


def _read_table(
    db: sqlite3.Connection, table: str, columns: set[str], memory: Memory, found: Found
) -> None:
    names = ("conversation_id", "created_at", "updated_at")
    chosen = ", ".join(name if name in columns else f"null as {name}" for name in names)
    order = "updated_at desc" if "updated_at" in columns else "key"
    listed = db.execute(f"select key, {chosen} from {table} order by {order}").fetchall()  # noqa: S608
    rows, forms = set(memory.rows), set(memory.forms)
    which = "key is ? and conversation_id is ?" if "conversation_id" in columns else "key is ?"
    for folder, name, created, updated in listed:
        row = _digest(table, folder, name)
        form = _digest(row, updated)
        if updated is not None and form in forms:
            continue
        query = f"select value from {table} where {which}"  # noqa: S608
        chosen_row = (folder, name)[: which.count("?")]
        held = db.execute(query, chosen_row).fetchone()
        if held is None:  # a broken index
            continue
        value = held[0]
        if updated is None:
            form = _digest(row, value)
            if form in forms:
                continue
        memory.forms.append(form)
        told = decoded(_bytes(value))
        if row not in rows:
            memory.rows.append(row)
            _count(told, found)
        if isinstance(told, dict):
            found.told.append(_conversation(told, folder, name, created))


def _count(told: object, found: Found) -> None:
    found.records += 1
    if isinstance(told, dict):
        found.understood += 1
    else:
        found.problems.append(Problem(None, "not_json" if told is None else "bad_type"))


def _digest(*parts: object) -> bytes:
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "replace")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.digest()


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        value = value.encode("utf-8", "replace")
    return value if isinstance(value, bytes) and len(value) <= lines.MAX_DOCUMENT_BYTES else b""


# -- one conversation ------------------------------------------------------------------------


def _conversation(told: Json, key: object, name: object, created: object) -> Conversation:
    session = text_at(told, "conversation_id") or (name if isinstance(name, str) else None)
    folder = key if isinstance(key, str) and _is_path(key) else None
    whole = Conversation(
        session or f"folder {key}",
        folder,
        text_at(told, "model_info", "model_id") or text_at(told, "model"),
        number_at([created], 0),
    )
    for nth, entry in enumerate(list_at(told, "history")):
        _entry(whole, entry, nth)
    return whole


def _is_path(text: str) -> bool:
    return text.startswith(("/", "\\\\")) or text[1:3] in (":\\", ":/")


def _entry(whole: Conversation, entry: object, nth: int) -> None:
    """One exchange; the first builds wrote it as a pair, without facts of the request."""
    user, answer = (at(entry, name) for name in ("user", "assistant"))
    if isinstance(entry, list):
        user, answer = at(entry, 0), at(entry, 1)
    facts = dict_at(entry, "request_metadata")
    content = dict_at(user, "content")
    began = instant_at(user, "timestamp") or number_at(facts, "request_start_timestamp_ms")
    ended = number_at(facts, "stream_end_timestamp_ms")
    working = text_at(user, "env_context", "env_state", "current_working_directory")
    whole.folder = whole.folder or working
    refused = "CancelledToolUses" in content
    said = text_at(content, "Prompt", "prompt") or text_at(content, "CancelledToolUses", "prompt")
    if refused:
        _results(whole, dict_at(content, "CancelledToolUses"), began, said)
    else:
        _results(whole, dict_at(content, "ToolUseResults"), began, None)
    key = _key(whole.session, answer, facts, user, nth)
    if said and not (refused and said.startswith(_STOPPED)):
        images = list_at(user, "images")
        whole.asked.append(Asked(key, said, began, len(images)))
    elif not whole.asked:  # the history was cut inside a turn
        whole.asked.append(Asked(key, "", began))
    _answer(whole, answer, began, ended)


def _key(session: str, answer: object, facts: Json, user: object, nth: int) -> str:
    """A name for an exchange that stays when the history before it is cut away."""
    names = (
        text_at(answer, "ToolUse", "message_id"),
        text_at(answer, "Response", "message_id"),
        text_at(facts, "message_id"),
        text_at(facts, "request_id"),
        text_at(user, "timestamp"),
    )
    stated = next((name for name in names if name and len(name) <= MAX_ID), None)
    return f"{session}/{stated or nth}"


def _results(whole: Conversation, told: Json, moment: int | None, instead: str | None) -> None:
    """Results of the latest calls; ``instead`` is what the person typed in their place."""
    if not whole.asked:
        return
    turn = whole.asked[-1]
    waiting = {call.id: call for call in turn.calls if call.status is None}
    for result in list_at(told, "tool_use_results"):
        call = waiting.get(text_at(result, "tool_use_id") or "")
        if call is not None:
            call.status = text_at(result, "status")
            call.content = at(result, "content")
            call.answered_ms = moment
    if instead is None:
        return
    stopped = instead.startswith(_STOPPED)
    for call in waiting.values():
        call.status, call.answered_ms = None if stopped else "Cancelled", moment
    turn.ended = "interrupted" if stopped else "asked"


def _answer(whole: Conversation, answer: object, began: int | None, ended: int | None) -> None:
    turn = whole.asked[-1]
    times = [time for time in (turn.ended_ms, ended) if time is not None]
    turn.ended_ms = max(times, default=None)
    for use in list_at(answer, "ToolUse", "tool_uses"):
        identity = text_at(use, "id")
        if identity:
            name = text_at(use, "name") or text_at(use, "orig_name") or ""
            turn.calls.append(Call(identity, name, arguments(at(use, "args")), ended or began))
    if dict_at(answer, "Response") and turn.ended == "unknown":
        turn.ended = "finished"
