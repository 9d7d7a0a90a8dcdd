"""Where task folders and sessions of this family lie, and which copy of a task counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tokenmirror.sources import editors, lines
from tokenmirror.sources.editors import Product
from tokenmirror.sources.source import LogFile, Machine

# The first name is today's; a task not opened since 2024 still has the other.
UI_FILES = ("ui_messages.json", "claude_messages.json")
API_FILES = ("api_conversation_history.json", "api_conversation_history")
METADATA, HISTORY_ITEM = "task_metadata.json", "history_item.json"
MESSAGES_END = ".messages.json"
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


@dataclass(frozen=True)
class Family:
    """One extension: its folder's name in ``globalStorage``, and what else it can have.

    ``setting`` moves its storage; ``state_key`` is its name in an editor's state database,
    where older versions keep the list of tasks; ``own_home`` says that it also writes under
    ``~/.cline``.
    """

    extension: str
    state_key: str
    products: tuple[Product, ...] = editors.MICROSOFT + editors.FORKS
    setting: str = ""
    own_home: bool = False


def places(machine: Machine, family: Family) -> tuple[Path, ...]:
    """Folders that may hold its tasks, there or not."""
    users = editors.user_folders(machine, family.products)
    return (*users, *_moved(machine, family, users), *(_homes(machine) if family.own_home else ()))


def _homes(machine: Machine) -> tuple[Path, ...]:
    """Cline's own data folders, those that its variables name first."""
    moved = machine.variable("CLINE_DIR")
    named = (machine.variable("CLINE_DATA_DIR"), moved / "data" if moved else None)
    homes = [*named, machine.home / ".cline" / "data", machine.variable("CLINE_SESSION_DATA_DIR")]
    return tuple(dict.fromkeys(home for home in homes if home))


def _moved(machine: Machine, family: Family, users: tuple[Path, ...]) -> tuple[Path, ...]:
    """Folders that the setting of an editor's profile names in place of its own storage."""
    if not family.setting:
        return ()
    named = re.compile(rf'"{re.escape(family.setting)}"\s*:\s*("(?:[^"\\\n]|\\.)*")')
    found: list[Path] = []
    for user in users:
        for profile in (user, *(storage.parent for storage in editors.global_folders(user))):
            match = named.search(_settings(profile / "settings.json"))
            path = _folder(match[1], machine.home) if match else None
            found += [path] if path is not None else []
    return tuple(dict.fromkeys(found))


def _settings(path: Path) -> str:
    file = lines.log_file(path)
    if file is None or file.size > editors.MAX_SMALL_BYTES:
        return ""
    try:
        return _COMMENT.sub("", lines.whole(file).decode("utf-8", "replace"))
    except lines.Unreadable:
        return ""


def _folder(quoted: str, home: Path) -> Path | None:
    try:
        text = msgspec.json.decode(quoted, type=str).strip()
    except (msgspec.MsgspecError, ValueError):
        return None
    if "\0" in text or not text:
        return None
    path = home / text[2:] if text.startswith(("~/", "~\\")) else Path(text)
    return path if path.is_absolute() else None


def task_files(machine: Machine, family: Family) -> Iterator[LogFile]:
    """The messages of each task; of a task with several copies the newest one.

    Tasks are copied when an editor takes over another one's extensions, and when an
    extension moves its storage.
    """
    newest: dict[str, LogFile] = {}
    for root in _storages(machine, family):
        for file in _messages_below(root / "tasks"):
            known = newest.get(file.path.parent.name)
            if known is None or file.mtime_ns > known.mtime_ns:
                newest[file.path.parent.name] = file
    for file in newest.values():
        yield with_companions(file)


def with_companions(file: LogFile) -> LogFile:
    """A task's messages, stamped with what is read beside them."""
    beside = (*API_FILES, METADATA, HISTORY_ITEM)
    return lines.log_file(file.path, *(file.path.with_name(name) for name in beside)) or file


def _storages(machine: Machine, family: Family) -> Iterator[Path]:
    users = editors.user_folders(machine, family.products)
    for user in users:
        for storage in editors.global_folders(user):
            folder = editors.extension_folder(storage, family.extension)
            if folder is not None:
                yield folder
    yield from _moved(machine, family, users)
    if family.own_home:
        yield from _homes(machine)


def _messages_below(tasks: Path) -> Iterator[LogFile]:
    chosen: dict[str, LogFile] = {}
    for file in lines.walk(tasks, UI_FILES, depth=1):
        if file.path.name not in UI_FILES or file.path.parent == tasks:
            continue
        known = chosen.get(file.path.parent.name)
        if known is None or file.path.name == UI_FILES[0]:
            chosen[file.path.parent.name] = file
    yield from chosen.values()


def session_files(machine: Machine) -> Iterator[LogFile]:
    """Messages of Cline's own sessions, each stamped with the head of its session."""
    found: set[Path] = set()
    moved = machine.variable("CLINE_SESSION_DATA_DIR")
    roots = [home / "sessions" for home in _homes(machine)]
    for root in ([moved] if moved else []) + roots:
        for file in lines.walk(root, (MESSAGES_END,), depth=1):
            if file.path not in found and file.path.parent != root:
                found.add(file.path)
                yield lines.log_file(file.path, head_file(file.path)) or file


def is_task(path: Path) -> bool:
    """Whether a file is the messages of a task."""
    return path.name in UI_FILES and path.parent.parent.name == "tasks"


def head_file(messages: Path) -> Path:
    """The head of the session that a file of messages belongs to."""
    return messages.with_name(f"{messages.parent.name}.json")


def in_editor(messages: Path) -> bool:
    """Whether a task lies in an editor's storage, where it was started by hand."""
    return any(folder.name == "globalStorage" for folder in messages.parents)
