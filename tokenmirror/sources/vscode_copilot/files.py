"""Where the parts of a chat lie in a ``User`` folder, and which are read together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenmirror.sources import editors, lines
from tokenmirror.sources.source import LogFile
from tokenmirror.sources.vscode_copilot import stores

STATE = "state.vscdb"
SESSION_ENDS = (".jsonl", ".json")
# Traces and stored turns are written a little after the session's own file.
LATE_NS = 15 * 60 * 1_000_000_000


def user_of(path: Path) -> Path:
    """The ``User`` folder that a file lies in."""
    return next((folder for folder in path.parents if folder.name == "User"), path.parents[-1])


def database_file(database: Path) -> LogFile | None:
    """A database with its write-ahead log; ``None`` when it is not there."""
    return lines.log_file(database, _wal(database))


def _wal(database: Path) -> Path:
    return database.with_name(database.name + "-wal")


def stores_of(user: Path) -> Iterator[Path]:
    """Copilot's own databases, of every profile, there or not."""
    for storage in editors.global_folders(user):
        folder = editors.extension_folder(storage, stores.EXTENSION)
        if folder is not None:
            yield from (folder / name for name in (stores.TURNS, stores.TRACES))


def session_folders(user: Path) -> Iterator[Path]:
    """Folders of sessions: one in each workspace, one for windows without a folder."""
    for workspace in editors.workspaces(user):
        yield workspace / "chatSessions"
    for storage in editors.global_folders(user):
        yield storage / "emptyWindowChatSessions"


def session_files(folder: Path) -> Iterator[Path]:
    """Session files; of two with one name the log of changes, as the editor takes it."""
    found: dict[str, Path] = {}
    for file in lines.walk(folder, SESSION_ENDS, depth=0):
        if file.path.suffix == ".jsonl" or file.path.stem not in found:
            found[file.path.stem] = file.path
    yield from found.values()


def bare_windows(user: Path) -> list[Path]:
    """Storage of windows without a folder, which holds the edits of their chats."""
    return [w for w in editors.workspaces(user) if not (w / "workspace.json").exists()]


def editing_file(session: Path, bare: Iterable[Path]) -> Path | None:
    """The state of a session's edits; without a workspace it lies in a bare window's storage."""
    near = session.parent.name == "chatSessions"
    owners = [session.parent.parent] if near else bare
    files = (o / "chatEditingSessions" / session.stem / "state.json" for o in owners)
    return next((file for file in files if file.is_file()), None)


def with_companions(
    path: Path, editing: Path | None, databases: Iterable[LogFile]
) -> LogFile | None:
    """A session's file, stamped with what is read beside it."""
    file = lines.log_file(path)
    if file is None:
        return None
    beside = [editing] if editing is not None else []
    for store in databases:
        # Older sessions are not read again because of a newer one's rows.
        if _written_ns(store) < file.mtime_ns + LATE_NS:
            beside += [store.path, _wal(store.path)]
    return lines.log_file(path, *beside)


def _written_ns(store: LogFile) -> int:
    log = lines.log_file(_wal(store.path))
    return max(store.mtime_ns, log.mtime_ns if log else 0)


def named_sessions(user: Path) -> set[str]:
    """Ids of all sessions that have a file."""
    return {path.stem for folder in session_folders(user) for path in session_files(folder)}
