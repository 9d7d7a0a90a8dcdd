"""Kiro, the editor: all the places in which its generations kept conversations.

Places: ``kiro.kiroagent`` in the global storage of Kiro's ``User`` folder, also under
``~/.kiro-server/data`` on a host that Kiro reaches over SSH; ``$KIRO_HOME`` or ``~/.kiro``
for the sessions of 1.0 and later.  Read are
- ``~/.kiro/sessions/<hash>/sess_<id>/messages.jsonl`` (``event_log``);
- ``<workspace>/<folder>/<execution>``, files without an ending, ``workspace-sessions`` and
  ``<workspace>/*.chat`` (``snapshots``).
A turn has its execution's id as key in all of the older stores.  Sessions that 1.0 took over
carry a marker, and are read from its logs alone.  ``~/.kiro/sessions/cli`` belongs to the
command line, whose source reads it.

What "Accepted" means is a setting, not in the files; tokens are logged for the machine as a
whole, mostly without the output, and are not read.  ``profile.json`` is never opened.

Made after fixtures and reports of other projects, September 2026; no log of a known run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tokenmirror.events import AnyEvent, Problem
from tokenmirror.language import mark
from tokenmirror.sources import editors, lines
from tokenmirror.sources.editors import text_at
from tokenmirror.sources.kiro_ide import snapshots
from tokenmirror.sources.kiro_ide.calls import Json
from tokenmirror.sources.kiro_ide.event_log import read_log
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor, LogFile, Machine, Source

EXTENSION = "kiro.kiroagent"
_LOG = "messages.jsonl"


def _logs(machine: Machine) -> Path:
    return (machine.variable("KIRO_HOME") or machine.home / ".kiro") / "sessions"


def places(machine: Machine) -> tuple[Path, ...]:
    """Kiro's ``User`` folders, and the folder of its newer sessions."""
    return (*editors.user_folders(machine, (editors.KIRO,)), _logs(machine))


def find(machine: Machine) -> Iterator[LogFile]:
    """The newer sessions' logs, then the files of older builds."""
    for file in lines.walk(_logs(machine), (_LOG,), depth=2):
        if file.path.name == _LOG and file.path.parent.name.startswith("sess_"):
            found = lines.log_file(file.path, file.path.with_name("session.json"))
            if found is not None:
                yield found
    for user in editors.user_folders(machine, (editors.KIRO,)):
        for storage in editors.global_folders(user):
            agent = editors.extension_folder(storage, EXTENSION)
            if agent is not None:
                yield from _snapshots(agent)


def _snapshots(agent: Path) -> Iterator[LogFile]:
    for file in lines.walk(agent / snapshots.SESSIONS, (".json",), depth=1):
        if file.path.name != snapshots.LIST:
            yield file
    for file in lines.walk(agent, ("",), depth=2):
        inside = file.path.relative_to(agent).parts
        if len(inside) > 1 and _is_workspace(inside[0]):
            chat = file.path.suffix == ".chat" and len(inside) == 2
            if chat or ("." not in file.path.name and len(inside) == 3):
                yield file


def _is_workspace(name: str) -> bool:
    return len(name) == 32 and all(sign in "0123456789abcdef" for sign in name)


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """Events of one file; raises ``Unreadable``."""
    if file.path.name == _LOG:
        yield from _event_log(file, cursor)
    else:
        yield from _snapshot(file, cursor)


def _event_log(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    now, _ = lines.appended(file, cursor)
    log = read_log(file.path, lines.lines_from(file.path, 0), now.offset)
    whole = Batch(
        (),
        Cursor(log.end, now.size, now.mtime_ns, now.head),
        tuple(log.problems),
        log.records,
        log.understood,
        log.unknown,
    )
    yield from _batches(log.events, cursor, whole)


def _snapshot(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    told, is_json = snapshots.told_by(file.path)
    agent = _agent_of(file.path)
    events, known = (list[AnyEvent](), False) if told is None else _told(told, file.path, agent)
    after = Cursor(1, file.size, file.mtime_ns)
    new = 0 if cursor.offset else 1
    problems: tuple[Problem, ...] = ()
    if told is None and _is_ours(file.path):
        problems = (Problem(None, "bad_type" if is_json else "not_json"),)
    elif told is None or not known:
        new = 0  # a file of another kind: copies of sources lie here too
    whole = Batch((), after, problems, new, 0 if problems else new)
    yield from _batches(events, cursor, whole)


def _told(told: Json, path: Path, agent: Path) -> tuple[list[AnyEvent], bool]:
    if path.suffix == ".chat":
        return list(snapshots.chat_events(told, path, agent)), True
    if path.suffix == ".json":
        if text_at(told, "v2SessionId"):
            return [], True
        return list(snapshots.session_events(told, path, agent)), "history" in told
    if text_at(told, "executionId") is None:
        return [], False
    return list(snapshots.execution_events(told, path, agent)), True


def _is_ours(path: Path) -> bool:
    return bool(path.suffix) or path.parent.name == snapshots.SAVES


def _agent_of(path: Path) -> Path:
    return next((p for p in path.parents if p.name.lower() == EXTENSION), path.parent)


def _batches(events: list[AnyEvent], before: Cursor, whole: Batch) -> Iterator[Batch]:
    """Until the last batch the cursor stays, so that what was stopped is read again."""
    while len(events) > BATCH_EVENTS:
        yield Batch(tuple(events[:BATCH_EVENTS]), before)
        events = events[BATCH_EVENTS:]
    yield replace(whole, events=tuple(events))


SOURCE = Source(
    key="kiro-ide",
    name="Kiro",
    version=1,
    full=frozenset(),
    partly=frozenset({"S1", "S2", "S3", "S4", "S5", "S6", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Whether a prompt was typed or sent by a hook is not written down."),
        mark("Tokens are not written down by session; credits are."),
        mark("Whether an edit was approved or let through is a setting, not in the log."),
        mark("Completions in the editor are not written down."),
        mark("The git branch is not written down."),
    ),
)
