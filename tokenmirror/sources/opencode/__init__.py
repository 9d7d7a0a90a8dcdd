"""OpenCode and Kilo Code 7: one store, two programs.

Places: ``$XDG_DATA_HOME/opencode``, else ``~/.local/share/opencode`` on every system (some
Windows builds ``%LOCALAPPDATA%/opencode``), with ``opencode*.db`` (one per channel) or the
file that ``OPENCODE_DB`` names; Kilo likewise with its own name.  Before 1.2 files of JSON
lay there (``folders``); they stay after the move to the database, under the same ids, and
are read only for sessions that no database holds.  ``prompt-history.jsonl`` among the state
files confirms what was typed.

Read: ``session`` (folder, parent, rules, ``revert``), ``message`` (prompts, tokens, cost,
errors) and ``part`` (texts, calls of tools).  Ids are the store's own.  ``step-finish``
parts, the sums on the session and the table of events repeat what the messages say.  A fork
copies messages under new ids: a message older than its session is a copy, and takes the id
of its source.  Output excludes reasoning, except in Kilo, and where the stated total says
otherwise.

Checked against databases of OpenCode 1.18.33 and Kilo CLI 7.7.7 with known truth in
November 2026; the files of older builds against the programs' source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec

from tokenmirror.events import AnyEvent, Signal
from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.editors import decoded, text_at
from tokenmirror.sources.opencode import database, folders
from tokenmirror.sources.opencode.conversation import events_of
from tokenmirror.sources.opencode.database import Tally
from tokenmirror.sources.opencode.shape import Program
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile, Machine, Source

OPENCODE = Program("opencode", "opencode", "OPENCODE_DB")
KILO = Program("kilo", "kilo", "KILO_DB", approvals=True, reasoning_inside=True)
_HISTORY = "prompt-history.jsonl"


def _roots(program: Program, machine: Machine) -> tuple[Path, ...]:
    data = machine.home / ".local" / "share"
    homes = [machine.variable("XDG_DATA_HOME") or data, data]
    if "windows" in machine.platforms:
        local = machine.variable("LOCALAPPDATA") or machine.home / "AppData" / "Local"
        homes.append(local)
    return tuple(dict.fromkeys(home / program.folder for home in homes))


def _places(program: Program, machine: Machine) -> tuple[Path, ...]:
    """The data folders, with the folder of typed texts beside each."""
    roots = _roots(program, machine)
    named = machine.variable(program.variable)
    more = [named.parent] if named is not None else []
    return (*roots, *dict.fromkeys(map(_state_folder, roots)), *more)


def _state_folder(root: Path) -> Path:
    return root.parent.parent / "state" / root.name


def _find(program: Program, machine: Machine) -> Iterator[LogFile]:
    """The databases, then the sessions that lie in files alone."""
    for root in _roots(program, machine):
        bases = list(_databases(program, machine, root))
        yield from bases
        trees = [tree for tree in folders.storages(root) if tree.messages.is_dir()]
        if trees:
            known = frozenset(chain.from_iterable(map(_sessions, bases)))
            for tree in trees:
                yield from folders.session_files(tree, known)
    named = machine.variable(program.variable)
    if named is not None and named.parent not in _roots(program, machine):
        file = _database_file(named)
        if file is not None:
            yield file


def _databases(program: Program, machine: Machine, root: Path) -> Iterator[LogFile]:
    named = machine.environ.get(program.variable, "")
    for found in lines.walk(root, (".db",), depth=0):
        if found.path.name.startswith(program.database) or found.path.name == Path(named).name:
            file = _database_file(found.path)
            if file is not None:
                yield file


def _database_file(path: Path) -> LogFile | None:
    return lines.log_file(path, path.with_name(path.name + "-wal"))


def _sessions(file: LogFile) -> frozenset[str]:
    with suppress(lines.Unreadable):  # its own reading tells of it
        return database.session_ids(file.path)
    return frozenset()


def _read(program: Program, file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of a database or of a session's files; raises ``Unreadable``."""
    if file.path.suffix == ".json":
        yield from _session_in_files(program, file, cursor)
    else:
        yield from _conversations(program, file, cursor)


def _conversations(program: Program, file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    memory = database.memory_of(cursor.state)
    typed = _typed_by(_state_folder(file.path.parent))
    at = cursor
    for told, tally, after in database.changed(file.path, memory):
        state = msgspec.msgpack.encode(after)
        whole = replace(_batch(tally), cursor=Cursor(0, file.size, file.mtime_ns, b"", state))
        yield from _batches(list(events_of(told, program, typed)), at, whole)
        at = whole.cursor
    yield Batch((), Cursor(0, file.size, file.mtime_ns, b"", at.state))


def _session_in_files(program: Program, file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    tally = Tally()
    told = folders.conversation(file.path, tally)
    after = Cursor(tally.records, file.size, file.mtime_ns)
    seen = min(cursor.offset, tally.records)  # what was counted before is not counted again
    tally.records -= seen
    tally.understood = max(0, tally.understood - seen)
    if seen:
        tally.unknown.clear()
    whole = replace(_batch(tally), cursor=after)
    root = next((p.parent for p in file.path.parents if p.name in {"storage", "project"}), None)
    typed = _typed_by(_state_folder(root) if root else None)
    yield from _batches(list(events_of(told, program, typed)), cursor, whole)


def _batch(tally: Tally) -> Batch:
    return Batch(
        (),
        Cursor(),
        tuple(tally.problems),
        tally.records,
        tally.understood,
        dict(tally.unknown),
    )


def _batches(events: list[AnyEvent], before: Cursor, whole: Batch) -> Iterator[Batch]:
    """Until the last batch the cursor stays, so that what was stopped is read again."""
    while len(events) > BATCH_EVENTS:
        yield Batch(tuple(events[:BATCH_EVENTS]), before)
        events = events[BATCH_EVENTS:]
    yield replace(whole, events=tuple(events))


def _typed_by(folder: Path | None) -> Callable[[], frozenset[str]]:
    """The texts that were typed by hand, read when first asked for."""
    known: list[frozenset[str]] = []

    def typed() -> frozenset[str]:
        if not known:
            known.append(_history(folder / _HISTORY) if folder else frozenset())
        return known[0]

    return typed


def _history(path: Path) -> frozenset[str]:
    found: set[str] = set()
    file = lines.log_file(path)
    if file is not None:
        with suppress(lines.Unreadable):
            for line in lines.lines_from(path, 0):
                text = text_at(decoded(line.text), "input")
                if text:
                    found.add(text)
    return frozenset(found)


_FULL: frozenset[Signal] = frozenset({"S1", "S2", "S3", "S5", "S6"})
_DECISIONS: frozenset[Signal] = frozenset({"S4"})
_SESSION: frozenset[Signal] = frozenset({"S7"})


def _source(program: Program, key: str, name: str, unsaid: tuple[str, ...]) -> Source:
    return Source(
        key=key,
        name=name,
        version=1,
        full=_FULL | _DECISIONS if program.approvals else _FULL,
        partly=_SESSION if program.approvals else _SESSION | _DECISIONS,
        places=partial(_places, program),
        find=partial(_find, program),
        read=partial(_read, program),
        unsaid=unsaid,
    )


_BRANCH = mark("The git branch is not written down.")
_TYPED = mark(
    "Whether a prompt was typed or sent by a script is not written down; it is told from the "
    "rules that a run without a person sets."
)

SOURCES = (
    _source(
        OPENCODE,
        "opencode",
        "OpenCode",
        (
            _BRANCH,
            _TYPED,
            mark("Whether you approved an edit or a rule let it through is not written down."),
            mark("Tokens of a request that you cut off, and of titles, are not written down."),
        ),
    ),
    _source(
        KILO,
        "kilo-cli",
        "Kilo Code",
        (
            _BRANCH,
            _TYPED,
            mark("Reasoning is counted in the output and not written down by itself."),
            mark("Tokens of a request that you cut off, and of titles, are not written down."),
        ),
    ),
)
