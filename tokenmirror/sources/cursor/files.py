"""Where Cursor's parts lie, and which are read together."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tokenmirror.sources import editors, lines
from tokenmirror.sources.cursor import store
from tokenmirror.sources.cursor.workspaces import STATE
from tokenmirror.sources.source import LogFile, Machine

# The stamp of a transcript whose conversation a database has, and tells better.
ELSEWHERE = 1
PROJECTS = Path(".cursor", "projects")
TRANSCRIPTS = "agent-transcripts"


def places(machine: Machine) -> tuple[Path, ...]:
    """The ``User`` folders of Cursor, and the folder of its agent's transcripts."""
    return (*editors.user_folders(machine, (editors.CURSOR,)), machine.home / PROJECTS)


def find(machine: Machine) -> Iterator[LogFile]:
    """Global and workspace databases, and transcripts."""
    *users, projects = places(machine)
    stores: list[LogFile] = []
    for user in users:
        stores += [file for file in map(database_file, stores_of(user)) if file is not None]
    yield from stores
    for user in users:
        for workspace in editors.workspaces(user):
            file = database_file(workspace / STATE)
            if file is not None:
                yield file
    yield from _transcripts(projects, stores)


def database_file(database: Path) -> LogFile | None:
    """A database with its write-ahead log; ``None`` when it is not there."""
    return lines.log_file(database, _wal(database))


def _wal(database: Path) -> Path:
    return database.with_name(database.name + "-wal")


def stores_of(user: Path) -> list[Path]:
    """The global databases of every profile, there or not."""
    return [storage / STATE for storage in editors.global_folders(user)]


def _transcripts(projects: Path, stores: list[LogFile]) -> Iterator[LogFile]:
    """Transcripts; of two of one conversation the one in lines of JSON.

    Nothing while a database is locked: it could not be told which conversations it has.
    """
    found: dict[tuple[Path, str], LogFile] = {}
    for file in lines.walk(projects, (".jsonl", ".txt"), depth=6):
        project = project_of(file.path)
        key = (project or file.path, file.path.stem)
        if project and (key not in found or file.path.suffix == ".jsonl"):
            found[key] = file
    names = frozenset(name for _, name in found)
    held: set[str] = set()
    for database in stores if found else ():
        try:
            held |= _held(database, names)
        except lines.Unreadable as error:
            if error.reason == "locked":
                return
    for (_, name), file in found.items():
        yield file.stamped(ELSEWHERE) if name in held else file


@lru_cache(maxsize=4)
def _held(database: LogFile, names: frozenset[str]) -> frozenset[str]:
    """Those conversations that a database has, as it is now."""
    with lines.sqlite_copy(database.path) as db:
        if "cursorDiskKV" not in store.tables(db):
            return frozenset()
        return frozenset(name for name in names if store.holds(db, name))


def project_of(path: Path) -> Path | None:
    """The project's folder of a transcript; ``None`` for other files."""
    parents = (p for p in path.parents if p.name == TRANSCRIPTS)
    return next((p.parent for p in parents if p.parent.parent.name == PROJECTS.name), None)


def parent_of(path: Path) -> str | None:
    """The conversation that a sub-agent's transcript lies under."""
    above = path.parent
    if above.name != "subagents":
        return None
    return above.parent.name if above.parent.name != TRANSCRIPTS else None


def user_of(path: Path) -> Path:
    """The ``User`` folder that a database lies in."""
    return next((folder for folder in path.parents if folder.name == "User"), path.parents[-1])
