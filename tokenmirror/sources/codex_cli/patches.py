"""Edits as a patch proposes them, and as the log says they were made."""

from __future__ import annotations

import ntpath
import posixpath
import re
from dataclasses import dataclass

from tokenmirror.events import EditKind
from tokenmirror.sources.changes import PATCH_BEGIN, file_patches, patch_lines, text_lines
from tokenmirror.sources.codex_cli.records import FileChange

_FOLDER = re.compile(r"""^\s*cd\s+("[^"]*"|'[^']*'|[^\s;&|]+)\s*(?:&&|;|\n)""")
_WINDOWS = re.compile(r"^(?:[A-Za-z]:[\\/]|\\\\)")


@dataclass(frozen=True, slots=True)
class Edit:
    """One edited file of a patch."""

    path: str
    kind: EditKind
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def is_patch(script: str) -> bool:
    """Whether a shell script gives a patch to ``apply_patch``."""
    return PATCH_BEGIN in script and ("apply_patch" in script or "applypatch" in script)


def proposed(text: str, folder: str | None) -> list[Edit]:
    """The edits of a patch's text, one a file; a file named twice is joined.

    ``folder`` is where relative paths begin.  A shell script around the patch may go to
    another folder first.
    """
    at = text.find(PATCH_BEGIN)
    if at < 0:
        return []
    went = _FOLDER.match(text[:at])
    if went:
        folder = joined(folder, went[1].strip("\"'"))
    edits: dict[str, Edit] = {}
    for part in file_patches(text[at:]):
        edit = Edit(joined(folder, part.path), part.kind, part.added, part.removed)
        known = edits.get(edit.path)
        edits[edit.path] = edit if known is None else _both(known, edit)
    return list(edits.values())


def _both(first: Edit, second: Edit) -> Edit:
    return Edit(first.path, first.kind, first.added + second.added, first.removed + second.removed)


def made(path: str, change: FileChange) -> Edit:
    """An edit as the log says it was made."""
    if change.type == "add":
        return Edit(path, "new_file", tuple(text_lines(change.content or "")))
    if change.type == "delete":
        return Edit(path, "delete", (), tuple(text_lines(change.content or "")))
    diff = text_lines(change.unified_diff or "")
    start = next((i for i, line in enumerate(diff) if line.startswith("@@")), len(diff))
    body = [line for line in diff[start:] if not line.startswith("@@")]
    return Edit(path, "edit", *patch_lines(body))


def joined(folder: str | None, path: str) -> str:
    """A path with its folder in front, where it is relative and the folder is known."""
    path = path.strip("\"'")
    if not folder or path.startswith(("/", "~")) or _WINDOWS.match(path):
        return path
    if folder[0] == "/" and "./" not in path and "//" not in path:
        return f"{folder}/{path}" if folder[-1] != "/" else folder + path
    if _WINDOWS.match(folder):
        return ntpath.normpath(ntpath.join(folder, path))
    return posixpath.normpath(posixpath.join(folder, path))


def same_file(one: str, other: str) -> bool:
    """Whether two paths may name one file: equal, or one ends with the other."""
    one, other = one.replace("\\", "/"), other.replace("\\", "/")
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    return longer == shorter or longer.endswith("/" + shorter.removeprefix("./").lstrip("/"))


def stays_inside(path: str, folder: str | None, roots: list[str]) -> bool:
    """Whether a path lies where a writable sandbox lets the agent write unasked."""
    path = path.replace("\\", "/")
    if not path.startswith(("/", "~")) and not _WINDOWS.match(path):
        return not path.startswith("../")
    places = (folder, *roots, "/tmp", "/private/tmp", "/var/folders", "/private/var")  # noqa: S108 (names in a log)
    return any(
        path == place or path.startswith(place.rstrip("/") + "/")
        for place in (p.replace("\\", "/") for p in places if p)
    )
