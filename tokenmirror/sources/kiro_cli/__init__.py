"""Kiro's command line and its ancestor, Amazon Q's: one program under two names.

Places: ``data.sqlite3`` in the folder ``kiro-cli`` or ``amazon-q`` among the person's local
data (``$XDG_DATA_HOME`` or ``~/.local/share``; ``~/Library/Application Support``;
``%LOCALAPPDATA%``), and for Kiro ``sessions/cli`` under ``$KIRO_HOME`` or ``~/.kiro``.  What
Kiro writes with ``--v3`` has the form of the editor's sessions, and is read with those.

Read: the tables of conversations (``database``) and the logs of sessions (``event_log``).
Ids of conversations, of messages and of calls are the tools' own; the history is cut from
its beginning, so that no position in it is an id.  A conversation in both stores is taken
from the database.  ``.cli_bash_history`` confirms what was typed.

Made after Amazon's source of April 2026 and fixtures of other projects; no log of a known
run.  Neither tokens nor a branch are written; Kiro's logs name credits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from tokenmirror.events import AnyEvent, Signal
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.kiro_cli import database, event_log
from tokenmirror.sources.kiro_cli.shape import events_of
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile, Machine, Source

_DATABASE = "data.sqlite3"
_HISTORY = ".cli_bash_history"


@dataclass(frozen=True)
class Program:
    """One of the two, by the name of its folders; ``home`` is that of its typed lines."""

    folder: str
    home: tuple[str, ...]
    logs: bool


KIRO = Program("kiro-cli", (".kiro",), logs=True)
AMAZON_Q = Program("amazon-q", (".aws", "amazonq"), logs=False)


def _data_folders(program: Program, machine: Machine) -> tuple[Path, ...]:
    homes: list[Path] = []
    if "linux" in machine.platforms:
        homes.append(machine.variable("XDG_DATA_HOME") or machine.home / ".local" / "share")
    if "macos" in machine.platforms:
        homes.append(machine.home / "Library" / "Application Support")
    if "windows" in machine.platforms:
        homes.append(machine.variable("LOCALAPPDATA") or machine.home / "AppData" / "Local")
    return tuple(home / program.folder for home in homes)


def _own_folder(program: Program, machine: Machine) -> Path:
    moved = machine.variable("KIRO_HOME") if program.logs else None
    return moved or machine.home.joinpath(*program.home)


def _places(program: Program, machine: Machine) -> tuple[Path, ...]:
    own = _own_folder(program, machine)
    logs = (own / "sessions" / "cli",) if program.logs else ()
    typed = machine.home.joinpath(*program.home, _HISTORY)
    return (*_data_folders(program, machine), *logs, typed, own / _HISTORY)


def _find(program: Program, machine: Machine) -> Iterator[LogFile]:
    """The databases, then the sessions that lie in logs alone."""
    known: set[str] = set()
    for folder in _data_folders(program, machine):
        path = folder / _DATABASE
        file = lines.log_file(path, path.with_name(path.name + "-wal"))
        if file is not None:
            yield file
            with suppress(lines.Unreadable):  # its own reading tells of it
                known |= database.conversation_ids(path)
    if program.logs:
        root = _own_folder(program, machine) / "sessions" / "cli"
        for found in lines.walk(root, (".jsonl",), depth=0):
            if found.path.stem not in known:
                file = lines.log_file(found.path, found.path.with_suffix(".json"))
                if file is not None:
                    yield file


def _read(program: Program, file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of a database or of a session's log; raises ``Unreadable``."""
    typed = _typed_by(program, file.path)
    if file.path.suffix == ".jsonl":
        now, _ = lines.appended(file, cursor)
        log = event_log.read_log(file.path, lines.lines_from(file.path, 0), now.offset)
        whole = Batch(
            (),
            Cursor(log.end, now.size, now.mtime_ns, now.head),
            tuple(log.problems),
            log.records,
            log.understood,
            log.unknown,
        )
        yield from _batches(list(events_of(log.told, typed)), cursor, whole)
        return
    memory = database.memory_of(cursor.state)
    found = database.changed(file.path, memory)
    state = msgspec.msgpack.encode(memory)
    events = [event for told in found.told for event in events_of(told, typed)]
    whole = Batch(
        (),
        Cursor(0, file.size, file.mtime_ns, b"", state),
        tuple(found.problems),
        found.records,
        found.understood,
    )
    yield from _batches(events, cursor, whole)


def _batches(events: list[AnyEvent], before: Cursor, whole: Batch) -> Iterator[Batch]:
    """Until the last batch the cursor stays, so that what was stopped is read again."""
    while len(events) > BATCH_EVENTS:
        yield Batch(tuple(events[:BATCH_EVENTS]), before)
        events = events[BATCH_EVENTS:]
    yield replace(whole, events=tuple(events))


def _typed_by(program: Program, path: Path) -> Callable[[], frozenset[str]]:
    """The lines that were typed by hand, read when first asked for."""
    known: list[frozenset[str]] = []

    def typed() -> frozenset[str]:
        if not known:
            near = (folder.joinpath(*program.home, _HISTORY) for folder in path.parents)
            known.append(_history(next((file for file in near if file.is_file()), None)))
        return known[0]

    return typed


def _history(path: Path | None) -> frozenset[str]:
    found: set[str] = set()
    with suppress(lines.Unreadable):
        for line in lines.lines_from(path, 0) if path else ():
            text = line.text.decode("utf-8", "replace")
            found.add(text.replace("\\n", "\n").replace("\\\\", "\\") if "\\" in text else text)
    return frozenset(found)


_PARTLY: frozenset[Signal] = frozenset({"S1", "S2", "S4", "S7"})
_CREDITS: frozenset[Signal] = frozenset({"S6"})


def _source(program: Program, key: str, name: str, *unsaid: str) -> Source:
    return Source(
        key=key,
        name=name,
        version=1,
        full=frozenset({"S3", "S5"}),
        partly=_PARTLY | _CREDITS if program.logs else _PARTLY,
        places=partial(_places, program),
        find=partial(_find, program),
        read=partial(_read, program),
        unsaid=(
            mark("Whether you approved an edit or it was let through is not written down."),
            mark("Early turns of a long conversation are cut away by the tool."),
            mark("The git branch is not written down."),
            *unsaid,
        ),
    )


SOURCES = (
    _source(
        KIRO,
        "kiro-cli",
        "Kiro CLI",
        mark("Tokens are not written down; newer builds write credits."),
    ),
    _source(AMAZON_Q, "amazon-q-cli", "Amazon Q CLI", mark("Tokens are not written down.")),
)
