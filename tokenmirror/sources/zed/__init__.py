"""Zed's agent: threads in one database.

Places: ``threads/threads.db`` under ``$XDG_DATA_HOME/zed`` or ``~/.local/share/zed``, in the
Flatpak's ``~/.var/app/dev.zed.Zed/data/zed``, under ``~/Library/Application Support/Zed``
and under ``%LOCALAPPDATA%/Zed``.  Threads of remote projects lie here as well.

A row is a thread, rewritten at every save; its ``data`` is JSON, mostly packed with zstd.
Two forms: messages as ``User``/``Agent`` objects (0.3.0), and ``role`` with ``segments``
before.  A message's id is unique in its thread.  There is no time but the thread's: the
first prompt has that of the thread's beginning, whatever a reading finds new has that of
the save it was found in, and the earliest reading counts.  Tokens are the thread's sum; the
sums by request leave some out.  Imported threads are somebody else's and are left out.

Paths begin with the name of the project's folder and are told in full here.  Keeping and
rejecting parts of an edit happens in memory alone; a refused permission stands as an error
with its words.

From Zed's source (thread version 0.3.0) and fixtures of another reader; November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenmirror.language import mark
from tokenmirror.sources import lines
from tokenmirror.sources.source import LogFile, Machine, Source
from tokenmirror.sources.zed.reader import read

DATABASE = Path("threads", "threads.db")


def places(machine: Machine) -> tuple[Path, ...]:
    """The folders in which Zed keeps its data, by platform."""
    found: list[Path] = []
    if "linux" in machine.platforms:
        share = machine.variable("XDG_DATA_HOME") or machine.home / ".local" / "share"
        flatpak = machine.variable("FLATPAK_XDG_DATA_HOME")
        found += [share / "zed", *([flatpak / "zed"] if flatpak else [])]
        found.append(machine.home / ".var" / "app" / "dev.zed.Zed" / "data" / "zed")
    if "macos" in machine.platforms:
        found.append(machine.home / "Library" / "Application Support" / "Zed")
    if "windows" in machine.platforms:
        local = machine.variable("LOCALAPPDATA") or machine.home / "AppData" / "Local"
        found.append(local / "Zed")
    return tuple(dict.fromkeys(place / DATABASE.parent for place in found))


def find(machine: Machine) -> Iterator[LogFile]:
    """The database of threads, where there is one."""
    for place in places(machine):
        database = place / DATABASE.name
        file = lines.log_file(database, database.with_name(database.name + "-wal"))
        if file is not None:
            yield file


SOURCE = Source(
    key="zed",
    name="Zed",
    version=1,
    full=frozenset({"S3", "S5", "S6"}),
    partly=frozenset({"S1", "S2", "S4", "S7"}),
    places=places,
    find=find,
    read=read,
    unsaid=(
        mark("Prompts and edits have no time of their own; they get that of the thread."),
        mark("Which parts of an edit were kept or rejected is not written down."),
        mark("Completions are not written down, neither shown ones nor accepted ones."),
    ),
)
