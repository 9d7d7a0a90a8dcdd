"""Reads one file of Cursor into batches of events."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import msgspec

from tokenmirror.events import AnyEvent, Problem, Session
from tokenmirror.sources import editors, lines
from tokenmirror.sources.cursor import store, workspaces
from tokenmirror.sources.cursor.conversation import (
    conversation,
    events,
    own_folder,
)
from tokenmirror.sources.cursor.days import day_totals
from tokenmirror.sources.cursor.files import ELSEWHERE, parent_of, project_of, stores_of, user_of
from tokenmirror.sources.cursor.transcripts import Progress, Transcript, plain_text
from tokenmirror.sources.cursor.workspaces import Folders
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of one file; raises ``Unreadable``."""
    if file.path.suffix == ".jsonl":
        yield from _transcript(file, cursor)
    elif file.path.suffix == ".txt":
        yield from _old_transcript(file, cursor)
    elif file.path.parent.parent.name == "workspaceStorage":
        yield from _workspace(file, cursor)
    else:
        yield from _global(file, cursor)


@dataclass
class Pack:
    """Events until they make a batch."""

    cursor: Cursor
    events: list[AnyEvent] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def full(self) -> Iterator[Batch]:
        """Batches of what is over the size of one; the cursor stays where it was."""
        while len(self.events) > BATCH_EVENTS:
            yield Batch(tuple(self.events[:BATCH_EVENTS]), self.cursor)
            del self.events[:BATCH_EVENTS]

    def rest(self, after: Cursor, records: int = 0, bad: int = 0) -> Batch:
        """All that is left, with the cursor after it."""
        self.cursor = after
        batch = Batch(tuple(self.events), after, tuple(self.problems), records + bad, records)
        self.events, self.problems = [], []
        return batch


def _global(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    memory = store.memory_of(cursor.state)
    pack = Pack(cursor)
    with lines.sqlite_copy(file.path) as db:
        there = store.tables(db)
        if "ItemTable" in there:
            pack.events += day_totals(db)
        total = 0
        if "cursorDiskKV" in there:
            found = store.conversations(db)
            total = sum(known.bubbles for known in found.values())
            before = memory.records
            folders = Folders(user_of(file.path))
            slots = list(store.changed(found, memory))
            store.add_parents(db, found, (known for _, _, some in slots for known in some))
            for slot, mark, some in slots:
                if _told(db, found, some, folders, pack):
                    memory.slots[slot] = mark
                yield from pack.full()
                if len(pack.events) > BATCH_EVENTS // 2:
                    yield pack.rest(lines.database_cursor(file, memory.packed()))
            memory.records = total
            total = max(0, total - before)
    yield pack.rest(lines.database_cursor(file, memory.packed()), total, bad=len(pack.problems))


def _told(
    db: sqlite3.Connection,
    found: dict[str, store.Known],
    some: list[store.Known],
    folders: Folders,
    pack: Pack,
) -> bool:
    """Tells of conversations; false when one could not be read, and is tried again later."""
    fine = True
    for known in some:
        try:
            whole = conversation(db, known.session, known.parent)
            named = own_folder(whole.composer)
            folder = None if named or whole.empty else folders.of(known.session)
            pack.events += events(db, whole, folder)
            pack.events += _children(found, known.session)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # a broken page: other conversations lie elsewhere
            pack.problems.append(Problem(0, "unreadable"))
            fine = False
            continue
        pack.problems += [Problem(0, "not_json")] * whole.bad
    return fine


def _children(found: dict[str, store.Known], session: str) -> Iterator[Session]:
    """Sub-agents of a conversation, whose own rows may not say whose they are."""
    own = found[session].own
    for child in own.children() if own else ():
        if child in found and found[child].bubbles and child != session:
            yield Session(session=child, key=child, at_ms=None, parent=session, relation="subagent")


def _workspace(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    user = user_of(file.path)
    folder = editors.workspace_folder(file.path.parent, editors.on_server(user))
    pack = Pack(cursor)
    count, names = 0, []
    with lines.sqlite_copy(file.path) as db:
        if "ItemTable" in store.tables(db):
            pack.events += day_totals(db)
            told, count = workspaces.chat_tabs(db, folder)
            pack.events += told
            names = workspaces.listed(db) if folder else []
    if folder:
        pack.events += workspaces.folder_events(names, folder, stores_of(user))
    yield from pack.full()
    new = max(0, count - cursor.offset)
    yield pack.rest(Cursor(count, file.size, file.mtime_ns), new)


def _begun(file: LogFile, state: bytes) -> Transcript:
    project = project_of(file.path)
    try:
        progress = msgspec.msgpack.decode(state, type=Progress) if state else Progress()
    except (msgspec.MsgspecError, ValueError):
        progress = Progress()
    return Transcript(
        session=file.path.stem,
        slug=project.name if project else "",
        at_ms=file.mtime_ns // 1_000_000,
        progress=progress,
        parent=parent_of(file.path),
    )


def _transcript(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    at, told = lines.appended(file, cursor)
    if file.stamp == ELSEWHERE:
        # What was told of it before the database had it goes: it would count twice.
        yield Batch((), Cursor(at.offset, at.size, at.mtime_ns, at.head), replaces=True)
        return
    transcript = _begun(file, at.state)
    pack = Pack(at)
    end, records, bad = at.offset, 0, 0
    for line in told:
        end = line.end
        if line.problem is not None:
            bad += 1
            pack.problems.append(line.problem)
        elif line.text.strip():
            found = editors.decoded(line.text)
            if isinstance(found, dict):
                records += 1
                pack.events += transcript.take(found, line.offset)
            else:
                bad += 1
                pack.problems.append(Problem(line.offset, "not_json"))
        if len(pack.events) > BATCH_EVENTS // 2:
            yield _line_batch(pack, transcript, at, end, records, bad)
            records = bad = 0
    yield _line_batch(pack, transcript, at, end, records, bad)


def _line_batch(
    pack: Pack, transcript: Transcript, at: Cursor, end: int, records: int, bad: int
) -> Batch:
    state = msgspec.msgpack.encode(transcript.progress)
    unknown = dict(transcript.unknown)
    transcript.unknown.clear()
    batch = pack.rest(Cursor(end, at.size, at.mtime_ns, at.head, state), records, bad)
    known = batch.understood - sum(unknown.values())
    return replace(batch, understood=known, unknown=unknown)


def _old_transcript(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    text = lines.whole(file).decode("utf-8", "replace")
    after = Cursor(len(text), file.size, file.mtime_ns)
    if file.stamp == ELSEWHERE:
        yield Batch((), after, replaces=True)
        return
    transcript = _begun(file, b"")
    pack = Pack(cursor)
    pack.events += plain_text(text, transcript)
    yield from pack.full()
    yield pack.rest(after, int(cursor.offset == 0))
