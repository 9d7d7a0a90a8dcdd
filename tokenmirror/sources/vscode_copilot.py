"""GitHub Copilot, and any chat agent, in VS Code's chat view.

Places: the ``User`` folder of VS Code, Insiders, VSCodium, Code - OSS and code-server
(``editors.user_folders``).  Read are
- ``workspaceStorage/<hash>/chatSessions/<session>.jsonl`` or ``.json``, and
  ``globalStorage/emptyWindowChatSessions``: prompts, turns, tool calls, proposed edits,
  Keep and Undo, output tokens; with each its ``chatEditingSessions/<session>/state.json``;
- ``globalStorage/github.copilot-chat/session-store.db``: prompts that left a history, and
  sessions whose file is gone; ``agent-traces.db``: all tokens, where it is switched on;
- ``aiStats`` in each workspace's ``state.vscdb``: typed and AI characters by stretch.

Ids: requests, sessions and calls have their own; a folder opened as a workspace copies its
sessions, with the same ids.  A session file is always read whole, since it is a log of
changes that its editor rewrites: nothing seen is lost, as every event has an id.  The
tokens of a turn have the turn's key in every layer: traces first, then the totals by model,
then the output alone; a turn once traced is not told again from the file, since traces go
after 7 days.  The databases by themselves tell only of sessions that have no file.

Seen: VS Code 1.139.1 with Copilot Chat 0.67.0; store version 3 from 1.109 on; flat files
of 2025.  Not on disk: ghost text shown or refused, and when Keep or Undo was clicked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec

from tokenmirror.events import AnyEvent, DayCount, DayTotal, Problem, Session, Turn, TurnEnd
from tokenmirror.sources import chat_sessions, chat_stores, editors, lines
from tokenmirror.sources.chat_edits import editing_of
from tokenmirror.sources.chat_sessions import Memory, conversation, stored_prompt, traced_usage
from tokenmirror.sources.chat_stores import StoredSession, Trace
from tokenmirror.sources.editors import list_at, number_at
from tokenmirror.sources.mutation_log import Replay, flat, replayed
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile, Machine, Source

KEY = "vscode-copilot"
STATE = "state.vscdb"
SESSION_ENDS = (".jsonl", ".json")
# Traces and stored turns are written a little after the session's own file.
LATE_NS = 15 * 60 * 1_000_000_000
STATS: tuple[tuple[str, DayCount], ...] = (
    ("typedCharacters", "chars_typed"),
    ("aiCharacters", "chars_ai"),
    ("acceptedInlineSuggestions", "accepted"),
    ("chatEditCount", "chat_edits"),
)
_AUTO_ACCEPT = re.compile(r'^\s*"chat\.editing\.autoAcceptDelay"\s*:\s*[1-9]', re.MULTILINE)


def places(machine: Machine) -> tuple[Path, ...]:
    """The ``User`` folders of the editors that Copilot's chat runs in."""
    return editors.user_folders(machine, editors.MICROSOFT)


def find(machine: Machine) -> Iterator[LogFile]:
    """Chat sessions, Copilot's two databases, and the state of each workspace."""
    for user in places(machine):
        stores = [_logged(store) for store in _stores(user)]
        yield from (store for store in stores if store is not None)
        windows = _windows(user)
        for folder in _session_folders(user):
            for path in _session_files(folder):
                file = _with_companions(path, _editing_file(path, windows), stores)
                if file is not None:
                    yield file
        for workspace in editors.workspaces(user):
            state = _logged(workspace / STATE)
            if state is not None:
                yield state


def _logged(database: Path) -> LogFile | None:
    return lines.log_file(database, _wal(database))


def _wal(database: Path) -> Path:
    return database.with_name(database.name + "-wal")


def _stores(user: Path) -> Iterator[Path]:
    for storage in editors.global_folders(user):
        folder = editors.extension_folder(storage, chat_stores.EXTENSION)
        if folder is not None:
            yield from (folder / name for name in (chat_stores.TURNS, chat_stores.TRACES))


def _session_folders(user: Path) -> Iterator[Path]:
    for workspace in editors.workspaces(user):
        yield workspace / "chatSessions"
    for storage in editors.global_folders(user):
        yield storage / "emptyWindowChatSessions"


def _session_files(folder: Path) -> Iterator[Path]:
    """Session files; of two with one name the log of changes, as the editor takes it."""
    found: dict[str, Path] = {}
    for file in lines.walk(folder, SESSION_ENDS, depth=0):
        if file.path.suffix == ".jsonl" or file.path.stem not in found:
            found[file.path.stem] = file.path
    yield from found.values()


def _windows(user: Path) -> list[Path]:
    """Storage of windows without a folder, which holds the edits of their chats."""
    return [w for w in editors.workspaces(user) if not (w / "workspace.json").exists()]


def _editing_file(session: Path, windows: Iterable[Path]) -> Path | None:
    near = session.parent.name == "chatSessions"
    owners = [session.parent.parent] if near else windows
    files = (o / "chatEditingSessions" / session.stem / "state.json" for o in owners)
    return next((file for file in files if file.is_file()), None)


def _with_companions(
    path: Path, editing: Path | None, stores: list[LogFile | None]
) -> LogFile | None:
    file = lines.log_file(path)
    if file is None:
        return None
    beside = [editing] if editing is not None else []
    for store in stores:
        # Older sessions are not read again because of a newer one's rows.
        if store is not None and _written_ns(store) < file.mtime_ns + LATE_NS:
            beside += [store.path, _wal(store.path)]
    return lines.log_file(path, *beside)


def _written_ns(store: LogFile) -> int:
    wal = lines.log_file(_wal(store.path))
    return max(store.mtime_ns, wal.mtime_ns if wal else 0)


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of one file; raises ``Unreadable``."""
    if file.path.name == STATE:
        yield from _statistics(file, cursor)
    elif file.path.name == chat_stores.TURNS:
        yield from _turn_store(file, cursor)
    elif file.path.name == chat_stores.TRACES:
        yield from _trace_store(file, cursor)
    else:
        yield from _chat(file, cursor)


def _user(path: Path) -> Path:
    return next((folder for folder in path.parents if folder.name == "User"), path.parents[-1])


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
    user = _user(path)
    server = editors.on_server(user)
    near = path.parent.name == "chatSessions"
    edits = _editing_file(path, () if near else _windows(user))
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
    for store in _stores(user):
        with suppress(lines.Unreadable):  # its own reading tells of it
            if store.name == chat_stores.TRACES:
                traces += chat_stores.traces_of(store, told.session)
            else:
                stored = chat_stores.stored(store, told.session).get(told.session, stored)
    yield from chat_sessions.events(told, memory, stored, traces)


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


def _named(user: Path) -> set[str]:
    return {path.stem for folder in _session_folders(user) for path in _session_files(folder)}


def _turn_store(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    sessions = chat_stores.stored(file.path)
    files = _named(_user(file.path))
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
    traces = chat_stores.traces_of(file.path)
    files = _named(_user(file.path))
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
    name = f"{_user(file.path).parent.name}/{workspace.name}"
    folder = editors.workspace_folder(workspace, editors.on_server(_user(file.path)))
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


SOURCE = Source(
    key=KEY,
    name="GitHub Copilot in VS Code",
    version=1,
    full=frozenset({"S1", "S2", "S3", "S4", "S5"}),
    partly=frozenset({"S6", "S7"}),
    places=places,
    find=find,
    read=read,
)
