"""Where a project's chats lie, and which folder the project is.

A chat names its project by a hash of the folder alone.  The folder itself stands in
``.project_root`` beside the chats or in ``projects.json``; where both are missing, a path
that the chat names gives it away when one of its folders has that hash.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath

from tokenmirror.sources import lines
from tokenmirror.sources.editors import dict_at, document

ROOT_FILE = ".project_root"
MAX_ROOT_BYTES = 16 * 1024
MAX_DEPTH = 64


def project_of(path: Path) -> Path:
    """The project's own folder: the one above ``chats``, else the file's."""
    return next((p.parent for p in path.parents if p.name == "chats"), path.parent)


def parent_session(path: Path) -> str | None:
    """The session that a sub-agent's file belongs to; ``None`` for other files."""
    return path.parent.name if path.parent.parent.name == "chats" else None


def folder_of(path: Path, project_hash: str | None) -> str | None:
    """The folder that a chat's project is, as the files around it say."""
    project = project_of(path)
    root = _root(project / ROOT_FILE)
    if root:
        return root
    known = dict_at(document(project.parent.parent / "projects.json"), "projects")
    named = [folder for folder, name in known.items() if name == project.name]
    hashes = {project.name, project_hash}
    return next((f for f in [*named, *known] if f in named or hash_of(f) in hashes), None)


def _root(place: Path) -> str | None:
    file = lines.log_file(place)
    if file is None or file.size > MAX_ROOT_BYTES:
        return None
    try:
        return lines.whole(file).decode("utf-8", "replace").strip() or None
    except lines.Unreadable:
        return None


def folder_above(path: str, project_hash: str) -> str | None:
    """The folder at or above a path that has the project's hash."""
    windows = path[1:2] == ":" or path.startswith("\\\\")
    pure = PureWindowsPath(path) if windows else PurePosixPath(path)
    if not pure.is_absolute():
        return None
    above = [pure, *pure.parents][:MAX_DEPTH]
    return next((str(f) for f in above if hash_of(str(f)) == project_hash), None)


@lru_cache(maxsize=4096)
def hash_of(folder: str) -> str:
    """The name that the tool gives a folder."""
    return hashlib.sha256(folder.encode("utf-8", "replace")).hexdigest()
