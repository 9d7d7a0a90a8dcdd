"""GitHub Copilot, and any chat agent, in VS Code's chat view.

Places: the ``User`` folder of VS Code, Insiders, VSCodium, Code - OSS and code-server
(``editors.user_folders``); Positron keeps the same chat under a name of its own.  Read are
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

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources import editors
from tokenmirror.sources.source import LogFile, Machine, Source
from tokenmirror.sources.vscode_copilot.files import (
    STATE,
    bare_windows,
    database_file,
    editing_file,
    session_files,
    session_folders,
    stores_of,
    with_companions,
)
from tokenmirror.sources.vscode_copilot.reader import read


def places(machine: Machine) -> tuple[Path, ...]:
    """The ``User`` folders of the editors that Copilot's chat runs in."""
    return editors.user_folders(machine, editors.MICROSOFT)


def find(machine: Machine) -> Iterator[LogFile]:
    """Chat sessions, Copilot's two databases, and the state of each workspace."""
    yield from _files(places(machine))


def positron_places(machine: Machine) -> tuple[Path, ...]:
    """The ``User`` folders of Positron, whose assistant keeps the same chat."""
    return editors.user_folders(machine, (editors.POSITRON,))


def find_positron(machine: Machine) -> Iterator[LogFile]:
    """Chat sessions of Positron, and the state of each of its workspaces."""
    yield from _files(positron_places(machine))


def _files(users: tuple[Path, ...]) -> Iterator[LogFile]:
    for user in users:
        databases = [file for file in map(database_file, stores_of(user)) if file is not None]
        yield from databases
        bare = bare_windows(user)
        for path in chain.from_iterable(map(session_files, session_folders(user))):
            file = with_companions(path, editing_file(path, bare), databases)
            if file is not None:
                yield file
        for workspace in editors.workspaces(user):
            state = database_file(workspace / STATE)
            if state is not None:
                yield state


SOURCE = Source(
    key="vscode-copilot",
    name="GitHub Copilot in VS Code",
    version=1,
    full=frozenset({"S1", "S2", "S3", "S4", "S5"}),
    partly=frozenset({"S6", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Inline suggestions that you did not take are not written down."),
        mark("When you clicked Keep or Undo is not written down."),
        mark("Tokens sent are written down only where traces are on, and for 7 days."),
    ),
)
POSITRON = Source(
    key="positron",
    name="Positron Assistant",
    version=1,
    full=frozenset({"S1", "S2", "S3", "S4", "S5"}),
    partly=frozenset({"S6", "S7"}),
    places=positron_places,
    find=find_positron,
    read=read,
    unsaid=(mark("Input tokens, and completions shown or refused, are not written down."),),
)
SOURCES = (SOURCE, POSITRON)
