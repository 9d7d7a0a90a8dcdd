"""GitHub Copilot CLI.

Places, the same on every system, under ``$COPILOT_HOME`` and ``~/.copilot``:
- ``session-state/<session>/events.jsonl``, earlier ``session-state/<session>.jsonl``: appended
  events, whose ids are unique; a resume goes on in the same file, a sub-agent's events stand
  in its parent's file and belong to it;
- ``session-store.db``: the model calls again, for sessions whose events lack them or are gone;
- ``command-history-state.json``: what was typed, of all sessions together.

Tokens stand in up to four layers, of which one is taken: see ``tokens``.  A person's answer
is stated (``permission.completed``); a call without one was let through.  An ``abort`` after
a refusal is that refusal.  Sessions that VS Code keeps itself are told by VS Code's own files.

Seen: 1.0.102 (own logs of known truth, on a key of one's own), fixtures of 1.0.45; November
2026.  Not seen: premium requests of an account, and files from before 0.0.342.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.copilot_cli import reader, store
from tokenmirror.sources.copilot_cli.people import HISTORY
from tokenmirror.sources.copilot_cli.store import EVENTS, SESSIONS, STORE
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source


def _homes(machine: Machine) -> tuple[Path, ...]:
    homes = (machine.variable("COPILOT_HOME"), machine.home / ".copilot")
    return tuple(dict.fromkeys(home for home in homes if home is not None))


def places(machine: Machine) -> tuple[Path, ...]:
    """Sessions, the store of model calls, and the list of what was typed."""
    names = (SESSIONS, STORE, f"{STORE}-wal", HISTORY)
    return tuple(home / name for home in _homes(machine) for name in names)


def find(machine: Machine) -> Iterator[LogFile]:
    """The events of all sessions, and the store."""
    for home in _homes(machine):
        for file in lines.walk(home / SESSIONS, (".jsonl",), depth=1):
            if file.path.name == EVENTS or file.path.parent.name == SESSIONS:
                yield file
        calls = store.store_file(home)
        if calls is not None:
            yield calls


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a file says beyond the cursor.  Raises ``lines.Unreadable``."""
    if file.path.name == STORE:
        yield from store.read(file, cursor)
    else:
        yield from reader.read(file, cursor)


SOURCE = Source(
    key="copilot-cli",
    name="GitHub Copilot CLI",
    version=1,
    full=frozenset({"S1", "S2", "S3", "S4", "S5", "S6"}),
    partly=frozenset({"S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Whether you typed a prompt is told by marks of its session, not by the prompt."),
        mark("Costs are written in premium requests, not in money."),
        mark("Whether an accepted edit was taken back later is not written down."),
    ),
)
