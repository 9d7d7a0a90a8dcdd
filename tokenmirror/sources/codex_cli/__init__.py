"""Codex CLI, and the other programs that keep its rollout files (Desktop, editor extension).

Places, the same on every system: ``$CODEX_HOME`` or ``~/.codex`` with ``sessions/YYYY/MM/DD/
rollout-<local time>-<thread>.jsonl``, ``archived_sessions/`` (files are moved there and back:
the thread's id names a session, not its path), ``history.jsonl`` (what was typed into the
terminal) and, from the first builds, flat ``rollout-*.json``.  ``*.jsonl.zst`` is reported as
unreadable.  Index databases repeat the rollouts and are not read.

Records used: ``session_meta`` (the first is the file's own), ``turn_context`` (model, policy,
sandbox), ``task_started`` to ``task_complete``/``turn_aborted``, prompts as ``UserMessage``
items, else ``user_message`` events, else messages of role ``user``; ``token_usage_record``,
else ``token_count`` whenever the thread's sum changed; calls with their outputs, and
``FileChange``/``CommandExecution`` items or ``patch_apply_end``/``exec_command_end``.

Ids and copies.  Newer forks copy nothing; newer sub-agents say below which ``ordinal`` lines
are their parent's, and those are skipped.  Older forks and sub-agents repeat their parent's
lines, stamped anew.  Such lines are marked ``copied`` and get the keys that they have in the
parent's file, so that the archive holds one row in whatever order files are read, and still
has it when the parent's file is gone:

- a turn's key is its id (a UUID), else the thread that the turn belongs to with the id or the
  turn's number in that thread behind it;
- a prompt's key is its turn and a hash of its text; a call's its turn and call id, an edit's
  also the path; an answer's tokens have the turn with the response's id or, without one, with
  the thread's sum and the answer's numbers.

The fork's own part begins at the first turn whose id was made after the thread (both ids are
UUIDs of version 7, which carry their time); for other ids, at the first that the parent's file
does not name; without any, two seconds after the first line, since copies are written at once.
A fork of a fork without UUIDs takes all that was copied for its parent's.

A refusal has no mark of its own: a patch without an outcome when the turn is aborted was
refused; the same for a command that had to be asked for.  Whether an accepted one was asked
for is inferred from policy and sandbox.

Seen: 0.169.0 (own logs of known truth), fixtures for 0.2x to 0.14x, and the program's public
source for what is kept in a rollout; November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Raw

from tokenmirror.events import AnyEvent, Problem
from tokenmirror.language import mark
from tokenmirror.sources.codex_cli.meta import new_state
from tokenmirror.sources.codex_cli.parents import FOLDERS
from tokenmirror.sources.codex_cli.records import (
    Line,
    Payload,
    document_of,
    line_of,
    payload_of,
)
from tokenmirror.sources.codex_cli.state import unpacked
from tokenmirror.sources.codex_cli.thread import Thread
from tokenmirror.sources.lines import MAX_LINE_BYTES, appended, opened, walk, whole
from tokenmirror.sources.source import (
    BATCH_BYTES,
    BATCH_EVENTS,
    Batch,
    Cursor,
    LogFile,
    Machine,
    Source,
)

PACKED = ".jsonl.zst"


def places(machine: Machine) -> tuple[Path, ...]:
    """Sessions, archived sessions and the prompt history, under each Codex home."""
    home = machine.variable("CODEX_HOME") or machine.home / ".codex"
    return (*(home / folder for folder in FOLDERS), home / "history.jsonl")


def find(machine: Machine) -> Iterator[LogFile]:
    """All rollout files, packed and very old ones included."""
    for place in places(machine)[: len(FOLDERS)]:
        for file in walk(place, (".jsonl", ".json", PACKED)):
            if file.path.name.startswith("rollout-"):
                yield file


class Reading:
    """What has been read since the last batch."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unknown: dict[str, int] = {}
        self.records = 0
        self.understood = 0
        self.bytes = 0

    def take(self, thread: Thread, text: bytes | Raw, offset: int, end: int) -> None:
        """Takes one record in; what cannot be read becomes a problem."""
        self.records += 1
        self.bytes += end - offset
        try:
            line = line_of(text)
            bare = None
            if line.payload is None and line.type not in thread.kinds:
                bare = payload_of(text)
                bare = bare if _is_bare(bare) else None
            kind = thread.take(line, bare, offset, end)
        except msgspec.ValidationError:
            self.problems.append(Problem(offset, "bad_type"))
        except (msgspec.MsgspecError, RecursionError, ValueError):
            if not bytes(text).strip():
                self.records -= 1
            else:
                self.problems.append(Problem(offset, "not_json"))
        else:
            if thread.bad_time:
                thread.bad_time = False
                self.problems.append(Problem(offset, "bad_time"))
            if kind is None:
                self.understood += 1
            else:
                self.unknown[kind[:80]] = self.unknown.get(kind[:80], 0) + 1

    def batch(self, thread: Thread, at: Cursor, offset: int) -> Batch:
        """All of it, with the cursor behind it."""
        thread.pause()
        events: list[AnyEvent] = []
        if self.understood:
            events.append(thread.session())
        events += thread.events
        thread.events.clear()
        state = thread.state.packed()
        cursor = Cursor(offset, at.size, at.mtime_ns, at.head, state)
        return Batch(
            tuple(events),
            cursor,
            tuple(self.problems),
            self.records,
            self.understood,
            self.unknown,
        )


def _is_bare(payload: Payload) -> bool:
    """Whether a line without an envelope is a record of the oldest files."""
    return (
        payload.record_type is not None
        or payload.id is not None
        or payload.role is not None
        or payload.call_id is not None
    )


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a rollout file says beyond the cursor."""
    if file.path.name.endswith(PACKED):
        # Nothing here can unpack it; the problem says that there is something to know.
        at = Cursor(file.size, file.size, file.mtime_ns)
        yield Batch((), at, (Problem(None, "unreadable"),))
    elif file.path.name.endswith(".json"):
        yield from _document(file)
    else:
        yield from _lines(file, cursor)


def _lines(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    at, lines = appended(file, cursor)
    state = unpacked(at.state) if at.state else new_state(file.path)

    def earlier(offset: int, end: int) -> Payload | None:
        with opened(file.path) as handle, open(handle, "rb", closefd=False) as stream:
            stream.seek(offset)
            text = stream.read(min(end - offset, MAX_LINE_BYTES))
        return _payload(text)

    thread = Thread(state, file.path, earlier)
    reading = Reading()
    offset = at.offset
    for line in lines:
        offset = line.end
        if line.problem is not None:
            reading.records += 1
            reading.problems.append(line.problem)
        elif line.text:
            reading.take(thread, line.text, line.offset, line.end)
        if len(thread.events) >= BATCH_EVENTS - 200 or reading.bytes >= BATCH_BYTES:
            yield reading.batch(thread, at, offset)
            reading = Reading()
    yield reading.batch(thread, at, offset)


def _document(file: LogFile) -> Iterator[Batch]:
    """A file of the first builds: one object with all items in it."""
    text = whole(file)
    at = Cursor(len(text), file.size, file.mtime_ns)
    try:
        document = document_of(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        yield Batch((), at, (Problem(0, "not_json"),), records=1)
        return
    items = document.items
    thread = Thread(new_state(file.path), file.path, lambda n, _: _payload(items[n]))
    reading = Reading()
    if document.session is not None:
        thread.take(Line(), document.session, 0, 0)
    for n, item in enumerate(items):
        reading.take(thread, item, n, n)
        if len(thread.events) >= BATCH_EVENTS - 200:
            yield reading.batch(thread, at, 0)
            reading = Reading()
    yield reading.batch(thread, at, len(text))


def _payload(text: bytes | Raw) -> Payload | None:
    try:
        return line_of(text).payload or payload_of(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


SOURCE = Source(
    key="codex-cli",
    name="Codex CLI",
    version=1,
    full=frozenset({"S1", "S2", "S3", "S5", "S6", "S7"}),
    partly=frozenset({"S4"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Whether you were asked before an edit is inferred from the rules in force."),
        mark("The tokens of an answer that you interrupted are not written down."),
        mark("Costs in money are not written down."),
    ),
)
