"""Reads conversations from OpenCode's files of JSON, which it kept before its database.

``storage/session/<project>/<session>.json``, ``storage/message/<session>/<message>.json``
and ``storage/part/<message>/<part>.json``; in the first builds below ``project/<slug>/``,
as ``storage/session/{info,message,part}``, parts by session and message.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tokenmirror.events import Problem
from tokenmirror.sources import lines
from tokenmirror.sources.editors import decoded, number_at, text_at
from tokenmirror.sources.opencode.database import Tally
from tokenmirror.sources.opencode.shape import (
    MESSAGE_ROLES,
    PART_TYPES,
    Conversation,
    Facts,
    Json,
    Message,
    Part,
    message_time,
)
from tokenmirror.sources.source import LogFile

ENDS = (".json",)


@dataclass(frozen=True)
class Storage:
    """A tree of files; ``by_session``: parts lie below their session's name too."""

    sessions: Path
    messages: Path
    parts: Path
    by_session: bool = False

    def parts_of(self, session: str, message: str) -> Path:
        """The folder with the parts of a message."""
        return self.parts / session / message if self.by_session else self.parts / message


def storages(root: Path) -> Iterator[Storage]:
    """The trees that may lie in a data folder."""
    new = root / "storage"
    yield Storage(new / "session", new / "message", new / "part")
    for slug in folders(root / "project"):
        old = slug / "storage" / "session"
        yield Storage(old / "info", old / "message", old / "part", by_session=True)


def folders(root: Path) -> list[Path]:
    """The folders in a folder, by name; links are not followed."""
    try:
        with os.scandir(root) as entries:
            return sorted(Path(e.path) for e in entries if e.is_dir(follow_symlinks=False))
    except OSError:
        return []


def session_files(storage: Storage, without: frozenset[str]) -> Iterator[LogFile]:
    """A file for each session, stamped with its messages: its own, else its first message."""
    infos = {file.path.stem: file.path for file in lines.walk(storage.sessions, ENDS, depth=1)}
    for folder in folders(storage.messages):
        if folder.name in without:
            continue
        messages = list(lines.walk(folder, ENDS, depth=0))
        if not messages:
            continue
        path = infos.get(folder.name, messages[0].path)
        parts = (storage.parts_of(folder.name, file.path.stem) for file in messages)
        file = lines.log_file(path, *(m.path for m in messages), *parts)
        if file is not None:
            yield file


def conversation(path: Path, tally: Tally) -> Conversation:
    """The conversation that a session's file, or its first message, belongs to.

    Raises ``Unreadable`` when that file cannot be read.
    """
    told = _document(path, tally, raising=True)
    storage, session, is_info = _place_of(path)
    info = told if is_info else None
    messages = []
    for file in lines.walk(storage.messages / session, ENDS, depth=0):
        message = _document(file.path, tally)
        if message is not None:
            tally.take(text_at(message, "role"), MESSAGE_ROLES, "message")
            parts = tuple(_parts(storage.parts_of(session, file.path.stem), tally))
            messages.append(Message(file.path.stem, message, parts, message_time(message)))
    if is_info and info is not None:
        tally.records += 1
        tally.understood += 1
    messages.sort(key=lambda message: (message.created_ms or 0, message.id))
    return Conversation(_facts(session, info or {}), tuple(messages))


def _place_of(path: Path) -> tuple[Storage, str, bool]:
    """The tree that a file lies in, its session's name, and whether it is the session's own."""
    for root in path.parents:
        for storage in (
            Storage(root / "session", root / "message", root / "part"),
            Storage(root / "info", root / "message", root / "part", by_session=True),
        ):
            if path.is_relative_to(storage.sessions):
                return storage, path.stem, True
        if root.name == "message":
            above = root.parent
            old = above.name == "session" and above.parent.name == "storage"
            first = above / ("info" if old else "session")
            return Storage(first, root, above / "part", old), path.parent.name, False
    return Storage(path.parent, path.parent, path.parent), path.stem, True


def _parts(folder: Path, tally: Tally) -> Iterator[Part]:
    for file in lines.walk(folder, ENDS, depth=0):
        told = _document(file.path, tally)
        if told is not None:
            tally.take(text_at(told, "type"), PART_TYPES, "part")
            yield Part(file.path.stem, told)


def _document(path: Path, tally: Tally, *, raising: bool = False) -> Json | None:
    file = lines.log_file(path)
    if file is None:
        if raising:
            raise lines.Unreadable("unreadable")
        return None
    try:
        told = decoded(lines.whole(file))
    except lines.Unreadable as gone:
        if raising:
            raise
        tally.bad(Problem(None, gone.reason))
        return None
    if isinstance(told, dict):
        return told
    tally.bad(Problem(None, "not_json" if told is None else "bad_type"))
    return None


def _facts(session: str, info: Json) -> Facts:
    return Facts(
        session=session,
        parent=text_at(info, "parentID"),
        folder=text_at(info, "directory"),
        version=text_at(info, "version"),
        agent=text_at(info, "agent"),
        created_ms=number_at(info, "time", "created"),
        updated_ms=number_at(info, "time", "updated"),
        permission=info.get("permission"),
        revert=info.get("revert"),
    )
