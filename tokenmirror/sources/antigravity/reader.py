"""Reads one file of Antigravity into batches of events."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tokenmirror.events import AnyEvent, Problem, Reason
from tokenmirror.sources import editors, lines
from tokenmirror.sources.antigravity import database
from tokenmirror.sources.antigravity.steps import Facts, Step, events
from tokenmirror.sources.antigravity.transcript import step_of, unknown_kind
from tokenmirror.sources.editors import number_at, text_at
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile

SEALED, DATABASE = ".pb", ".db"
FULL, SHORT = "transcript_full.jsonl", "transcript.jsonl"
CLI = "antigravity-cli"
MAX_HISTORY_BYTES = 64 * 1024 * 1024


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of one file; raises ``Unreadable``."""
    if file.path.suffix == SEALED:
        yield lines.sealed(file, cursor)
    elif file.path.suffix == DATABASE:
        yield from _database(file, cursor)
    else:
        yield from _transcript(file, cursor)


def root_of(path: Path) -> Path:
    """The folder of the program that a file lies in."""
    return next((p.parent for p in path.parents if p.name in ("brain", "conversations")), path)


def session_of(transcript: Path) -> str:
    """The conversation of a transcript: the folder under ``brain``."""
    parents = [transcript, *transcript.parents]
    return next((p.name for p in parents if p.parent.name == "brain"), transcript.stem)


def _database(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    session, root = file.path.stem, root_of(file.path)
    with lines.sqlite_copy(file.path) as db:
        facts = _facts(root, session, database.told(db, session))
        steps = list(database.steps(db))
        usage = list(database.usage(db, session))
        found: list[AnyEvent] = [*events(facts, steps, told=bool(usage)), *usage]
        count = _count(db)
    new = max(0, count - number_of(cursor.state))
    after = lines.database_cursor(file, count.to_bytes(8, "big"))
    yield from _batches(found, cursor, Batch((), after, (), new, new))


def number_of(state: bytes) -> int:
    """The number of rows at the last reading."""
    return int.from_bytes(state[:8], "big")


def _count(db: sqlite3.Connection) -> int:
    known = database.tables(db) & {"steps", "gen_metadata"}
    rows = (db.execute(f"select count(*) from {name}").fetchone() for name in known)  # noqa: S608 (two names)
    return sum(int(row[0]) for row in rows)


def _transcript(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    now, _ = lines.appended(file, cursor)
    packed = file.path.name == SHORT
    steps: list[Step] = []
    problems: list[Problem] = []
    unknown: Counter[str] = Counter()
    end = records = 0
    for line in lines.lines_from(file.path, 0):
        end = line.end
        if not line.text.strip() and line.problem is None:
            continue
        found = None if line.problem else editors.decoded(line.text)
        step = step_of(found, packed=packed) if isinstance(found, dict) else None
        if step is not None:
            steps.append(step)
        if line.offset < now.offset:
            continue
        records += 1
        if line.problem is not None:
            problems.append(line.problem)
        elif step is None:
            kind: Reason = "bad_type" if isinstance(found, dict) else "not_json"
            problems.append(Problem(line.offset, kind))
        elif (name := unknown_kind(found)) is not None:
            unknown[name] += 1
    session, root = session_of(file.path), root_of(file.path)
    told = database.Told()
    with suppress(lines.Unreadable), lines.sqlite_copy(sibling(root, session)) as db:
        told = database.told(db, session)
    whole = Batch(
        (),
        replace(now, offset=end),
        tuple(problems),
        records,
        records - len(problems) - unknown.total(),
        unknown,
    )
    yield from _batches(list(events(_facts(root, session, told), steps)), cursor, whole)


def sibling(root: Path, session: str) -> Path:
    """The database of a conversation."""
    return root / "conversations" / f"{session}{DATABASE}"


def _batches(found: list[AnyEvent], before: Cursor, whole: Batch) -> Iterator[Batch]:
    """Until the last batch the cursor stays, so that what was stopped is read again."""
    while len(found) > BATCH_EVENTS:
        yield Batch(tuple(found[:BATCH_EVENTS]), before)
        del found[:BATCH_EVENTS]
    yield replace(whole, events=tuple(found))


def _facts(root: Path, session: str, told: database.Told) -> Facts:
    """What is known of a conversation, with what was typed at the terminal's prompt."""
    facts = Facts(
        session,
        told.folder,
        told.began_ms,
        told.parent,
        told.delegated,
        told.copied_until,
        editor=root.name != CLI,
    )
    return facts if facts.editor else _typed(root, facts)


def _typed(root: Path, facts: Facts) -> Facts:
    file = lines.log_file(root / "history.jsonl")
    if file is None or file.size > MAX_HISTORY_BYTES:
        return facts
    typed: set[str] = set()
    since: int | None = None
    folder = facts.folder
    with suppress(lines.Unreadable):
        for line in lines.lines_from(file.path, 0):
            told = editors.decoded(line.text)
            text, at_ms = text_at(told, "display"), number_at(told, "timestamp")
            if since is None:
                since = at_ms
            # A conversation's first prompt is written down before it has an id.
            name = text_at(told, "conversationId")
            if text and name in (None, facts.session):
                typed.add(text.strip())
            if name == facts.session:
                folder = folder or text_at(told, "workspace")
    return replace(facts, folder=folder, typed=frozenset(typed), typed_since_ms=since)
