"""Reads one file of VS Code's chat, with what lies beside it, into batches of events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec

from tokenmirror.events import AnyEvent, DayCount, DayTotal, Problem, Session, Turn, TurnEnd
from tokenmirror.sources import editors, lines
from tokenmirror.sources.editors import list_at, number_at
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile
from tokenmirror.sources.vscode_copilot import sessions, stores
from tokenmirror.sources.vscode_copilot.edits import editing_of
from tokenmirror.sources.vscode_copilot.files import (
    STATE,
    bare_windows,
    editing_file,
    named_sessions,
    stores_of,
    user_of,
)
from tokenmirror.sources.vscode_copilot.mutation_log import Replay, flat, replayed
from tokenmirror.sources.vscode_copilot.sessions import (
    Memory,
    conversation,
    stored_prompt,
    traced_usage,
)
from tokenmirror.sources.vscode_copilot.stores import StoredSession, Trace

STATS: tuple[tuple[str, DayCount], ...] = (
    ("typedCharacters", "chars_typed"),
    ("aiCharacters", "chars_ai"),
    ("acceptedInlineSuggestions", "accepted"),
    ("chatEditCount", "chat_edits"),
)
_AUTO_ACCEPT = re.compile(r'^\s*"chat\.editing\.autoAcceptDelay"\s*:\s*[1-9]', re.MULTILINE)


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of one file; raises ``Unreadable``."""
    if file.path.name == STATE:
        yield from _statistics(file, cursor)
    elif file.path.name == stores.TURNS:
        yield from _turn_store(file, cursor)
    elif file.path.name == stores.TRACES:
        yield from _trace_store(file, cursor)
    else:
        yield from _chat(file, cursor)


def _chat(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    if file.path.suffix == ".jsonl":
        now, _ = lines.appended(file, cursor)
        replay = replayed(lines.lines_from(file.path, 0), since=now.offset)
        after = Cursor(replay.end, now.size, now.mtime_ns, now.head)
    else:
        replay = flat(lines.whole(file))
        after = Cursor(replay.records, file.size, file.mtime_ns)
        _count_new(replay, cursor)
    memory = _memory(cursor.state)
    events = list(_events(file.path, replay, memory))
    whole = Batch(
        (),
        replace(after, state=msgspec.msgpack.encode(memory)),
        tuple(replay.problems),
        replay.records,
        replay.understood,
        replay.unknown,
    )
    yield from _batches(events, cursor, whole)


def _count_new(replay: Replay, cursor: Cursor) -> None:
    """Of a file that is read whole, what was counted before is not counted again."""
    replay.records = max(0, replay.records - cursor.offset)
    replay.understood = min(replay.understood, replay.records)


def _batches(events: list[AnyEvent], before: Cursor, whole: Batch) -> Iterator[Batch]:
    """Until the last batch the cursor stays, so that what was stopped is read again."""
    while len(events) > BATCH_EVENTS:
        yield Batch(tuple(events[:BATCH_EVENTS]), before)
        events = events[BATCH_EVENTS:]
    yield replace(whole, events=tuple(events))


def _memory(state: bytes) -> Memory:
    try:
        return msgspec.msgpack.decode(state, type=Memory) if state else Memory()
    except (msgspec.MsgspecError, ValueError):
        return Memory()


def _events(path: Path, replay: Replay, memory: Memory) -> Iterator[AnyEvent]:
    user = user_of(path)
    server = editors.on_server(user)
    near = path.parent.name == "chatSessions"
    edits = editing_file(path, () if near else bare_windows(user))
    told = conversation(
        replay,
        path.stem,
        editing_of(_document(edits) if edits else None, server),
        editors.workspace_folder(path.parent.parent, server) if near else None,
        server,
        _accepts_by_itself(user),
    )
    if told is None:
        return
    stored: StoredSession | None = None
    traces: list[Trace] = []
    for store in stores_of(user):
        with suppress(lines.Unreadable):  # its own reading tells of it
            if store.name == stores.TRACES:
                traces += stores.traces_of(store, told.session)
            else:
                stored = stores.stored(store, told.session).get(told.session, stored)
    yield from sessions.events(told, memory, stored, traces)


def _document(path: Path) -> object:
    return editors.document(path, lines.MAX_DOCUMENT_BYTES)


def _accepts_by_itself(user: Path) -> bool:
    """Whether edits are kept after a delay, with nobody clicking, by today's setting."""
    file = lines.log_file(user / "settings.json")
    if file is None or file.size > editors.MAX_SMALL_BYTES:
        return False
    try:
        return bool(_AUTO_ACCEPT.search(lines.whole(file).decode("utf-8", "replace")))
    except lines.Unreadable:
        return False


def _turn_store(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    sessions = stores.stored(file.path)
    files = named_sessions(user_of(file.path))
    events: list[AnyEvent] = []
    for name in sorted(sessions.keys() - files):
        session = sessions[name]
        if session.turns and not session.elsewhere:
            events += _stored_events(session)
    yield from _rows(file, cursor, events, sum(len(session.turns) for session in sessions.values()))


def _stored_events(session: StoredSession) -> Iterator[AnyEvent]:
    yield Session(
        session=session.session,
        key=session.session,
        at_ms=session.turns[0].at_ms,
        folder=session.folder,
        branch=session.branch,
        entry="interactive",
        ended_ms=session.turns[-1].at_ms,
    )
    for turn in session.turns:
        prompt = stored_prompt(session.session, turn, removed=False)
        ended: TurnEnd = "finished" if turn.answered else "unknown"
        yield prompt
        yield Turn(session=session.session, key=prompt.key, at_ms=turn.at_ms, ended=ended)


def _trace_store(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    traces = stores.traces_of(file.path)
    files = named_sessions(user_of(file.path))
    events: list[AnyEvent] = []
    for trace in traces:
        if trace.session not in files:
            events.append(
                Session(
                    session=trace.session,
                    key=trace.session,
                    at_ms=trace.at_ms,
                    entry="interactive",
                    ended_ms=trace.calls[-1].at_ms,
                )
            )
            events += traced_usage(trace)
    yield from _rows(file, cursor, events, sum(len(trace.calls) for trace in traces))


def _statistics(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    value = editors.state_value(file.path, "aiStats")
    told = editors.decoded(value) if value else {}
    workspace = file.path.parent
    name = f"{user_of(file.path).parent.name}/{workspace.name}"
    folder = editors.workspace_folder(workspace, editors.on_server(user_of(file.path)))
    problems = () if isinstance(told, dict) else (Problem(None, "not_json"),)
    buckets = [bucket for bucket in list_at(told, "sessions") if isinstance(bucket, dict)]
    events: list[AnyEvent] = []
    for bucket in buckets:
        start = number_at(bucket, "startTime")
        for field, what in STATS if start is not None else ():
            count = number_at(bucket, field)
            if count is not None:
                key = f"{name}/{start}/{what}"
                events.append(
                    DayTotal(
                        session="", key=key, at_ms=start, what=what, count=count, folder=folder
                    )
                )
    yield from _rows(file, cursor, events, len(buckets), problems)


def _rows(
    file: LogFile,
    cursor: Cursor,
    events: list[AnyEvent],
    records: int,
    problems: tuple[Problem, ...] = (),
) -> Iterator[Batch]:
    after = Cursor(records, file.size, file.mtime_ns)
    new = max(0, records - cursor.offset)  # what was counted before is not counted again
    whole = Batch((), after, problems, new + len(problems), new)
    yield from _batches(events, cursor, whole)
