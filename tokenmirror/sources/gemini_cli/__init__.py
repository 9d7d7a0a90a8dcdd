"""Gemini CLI, and its fork Qwen Code with the log that it grew itself.

**Gemini CLI**, the same on every system: ``tmp/<project>/`` under ``~/.gemini`` and under
``$GEMINI_CLI_HOME/.gemini``, where ``<project>`` is a short name or the SHA-256 of the folder.
- ``chats/session-<time>-<id>.jsonl``: appended messages, ``$set`` and ``$rewindTo``;
  ``chats/<session>/<id>.jsonl``: a sub-agent, which is a session of its own with a parent;
  ``chats/session-*.json``: older builds, one document; migrated to lines by a resume;
- ``logs.json``: what was entered in the terminal.  It tells typed prompts from scripted ones,
  and is all that is left of a chat that the tool removed.
A message is written again when its calls have ended, with the same id; after a cancelled call
the whole history is, with new ids, in one moment and without tokens (``chat._is_copy``).
A prompt's key is its text with its number in the session, since ``logs.json`` knows no ids;
an answer's is the message id, and a call's its place in the answer.

**Qwen Code**, under ``~/.qwen``, ``$QWEN_HOME`` and ``$QWEN_RUNTIME_DIR``:
- ``projects/<slug>/chats/<session>.jsonl``: lines with folder, branch and version; answers and
  results of calls are lines of their own, the telemetry between them says who let a call
  through; ``projects/<slug>/subagents/<session>/agent-*.jsonl`` belongs to its session;
- ``tmp/<SHA-256 of the folder>/logs.json`` as above; ``tmp/<hash>/chats/session-*.json``: older
  builds, in Gemini's layout.
Lines have a ``uuid``; calls have ids of their own.  Telemetry repeats the tokens of answers,
and holds calls that the tool makes for its own memory: neither is counted.

Seen: Gemini CLI 0.61.0 and an earlier build of 2026 (own logs of known truth), documents of
2024 to 2026 that others recorded; Qwen Code 0.24.4 (known truth) and 0.15.10; November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.gemini_cli import leftover, qwen
from tokenmirror.sources.gemini_cli.chat import read_document, read_lines
from tokenmirror.sources.gemini_cli.typed import LOG
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

CHATS = "chats"


def _homes(machine: Machine) -> tuple[Path, ...]:
    moved = machine.variable("GEMINI_CLI_HOME")
    homes = [home / ".gemini" for home in (moved, machine.home) if home is not None]
    return tuple(dict.fromkeys(homes))


def places(machine: Machine) -> tuple[Path, ...]:
    """The projects, and the list that names their folders.  Credentials lie beside these."""
    return tuple(home / name for home in _homes(machine) for name in ("tmp", "projects.json"))


def find(machine: Machine) -> Iterator[LogFile]:
    """All chats, sub-agents' included, and what was typed in each project."""
    for home in _homes(machine):
        for project in lines.folders(home / "tmp"):
            yield from _chats(project)
            typed = leftover.log_of(project)
            if typed is not None:
                yield typed


def _chats(project: Path) -> Iterator[LogFile]:
    for file in lines.walk(project / CHATS, (".jsonl", ".json"), depth=1):
        if file.path.suffix == ".jsonl" or file.path.name.startswith("session-"):
            yield file


def read(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a file says beyond the cursor.  Raises ``lines.Unreadable``."""
    if file.path.name == LOG:
        yield from leftover.read(file, cursor)
    elif file.path.suffix == ".json":
        yield from read_document(file, cursor)
    else:
        yield from read_lines(file, cursor)


GEMINI = Source(
    key="gemini-cli",
    name="Gemini CLI",
    version=1,
    full=frozenset({"S1", "S3", "S5", "S6"}),
    partly=frozenset({"S2", "S4", "S7"}),
    places=places,
    find=find,
    read=read,
    keeps_days=30,
    keeps_setting="~/.gemini/settings.json: general.sessionRetention",
    unsaid=(
        mark("Whether you were asked before an edit was written is not written down."),
        mark("The branch and the version of the tool are not written down."),
        mark("The tokens of an answer that you interrupted are not written down."),
        mark("Which prompts you typed is told by a second file, not by the chat itself."),
    ),
)


def _qwen_homes(machine: Machine) -> tuple[Path, ...]:
    moved = (machine.variable(name) for name in ("QWEN_RUNTIME_DIR", "QWEN_HOME"))
    homes = [home for home in (*moved, machine.home / ".qwen") if home is not None]
    return tuple(dict.fromkeys(homes))


def qwen_places(machine: Machine) -> tuple[Path, ...]:
    """Chats of today, chats of older builds, and the list that names their folders."""
    names = ("projects", "tmp", "projects.json")
    return tuple(home / name for home in _qwen_homes(machine) for name in names)


def find_qwen(machine: Machine) -> Iterator[LogFile]:
    """All chats of Qwen Code, sub-agents' included."""
    for home in _qwen_homes(machine):
        for project in lines.folders(home / "projects"):
            yield from lines.walk(project / CHATS, (".jsonl",), depth=0)
            yield from lines.walk(project / "subagents", (".jsonl",), depth=1)
        for project in lines.folders(home / "tmp"):
            yield from _chats(project)


def read_qwen(file: LogFile, cursor: Cursor) -> Iterator[Batch]:
    """What a file of Qwen Code says beyond the cursor.  Raises ``lines.Unreadable``."""
    above = [folder.name for folder in file.path.parents]
    older = "tmp" in (above[2:3] if above[0] == CHATS else above[3:4])
    yield from read(file, cursor) if older else qwen.read(file, cursor)


QWEN = Source(
    key="qwen-code",
    name="Qwen Code",
    version=1,
    full=frozenset({"S1", "S3", "S4", "S5", "S6", "S7"}),
    partly=frozenset({"S2"}),
    places=qwen_places,
    find=find_qwen,
    read=read_qwen,
    unsaid=(
        mark("The tokens of an answer that you interrupted are not written down."),
        mark("Tokens written to a cache are not written down."),
        mark("Which prompts you typed is told by a second file, not by the chat itself."),
    ),
)
SOURCES = (GEMINI, QWEN)
