"""Lines of a proposed edit, from the forms in which this family shows one.

A proposal holds SEARCH/REPLACE blocks (several spellings), a unified diff, an
``apply_patch`` text, or the whole new text of a file.  Where two forms stand beside each
other the diff made by the extension is exact and preferred over the model's blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tokenmirror.events import EditKind
from tokenmirror.sources.changes import (
    PATCH_BEGIN,
    Changed,
    changed_lines,
    file_patches,
    patch_lines,
    text_lines,
)
from tokenmirror.sources.editors import dict_at, list_at, text_at

KINDS: dict[str, EditKind] = {
    "editedExistingFile": "edit",
    "appliedDiff": "edit",
    "insertContent": "edit",
    "searchAndReplace": "edit",
    "newFileCreated": "new_file",
    "fileDeleted": "delete",
}
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@", re.MULTILINE)
_SEARCH = re.compile(r"^(?:<{3,}|-{3,}) SEARCH>?\s*$")
_MIDDLE = re.compile(r"^={3,}\s*$")
_REPLACE = re.compile(r"^(?:>{3,}|\+{3,}) REPLACE>?\s*$")
_RULER = re.compile(r"^-{3,}\s*$")
_HINT = re.compile(r"^:(?:start|end)_line:")


class Proposal(NamedTuple):
    """One edited file; ``whole`` when its old text is unknown and ``added`` is all of it."""

    kind: EditKind
    path: str | None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    whole: bool = False


def proposals(tool: Mapping[str, object]) -> list[Proposal]:
    """The edits that one message on screen shows; empty when it shows none."""
    kind = KINDS.get(text_at(tool, "tool") or "")
    if kind is None:
        return []
    batch = [dict_at(part) for part in list_at(tool, "batchDiffs")]
    return [_proposal(kind, part) for part in batch] or [_proposal(kind, tool)]


def _proposal(kind: EditKind, tool: Mapping[str, object]) -> Proposal:
    path = text_at(tool, "path")
    shown = [text for text in (text_at(tool, "content"), text_at(tool, "diff")) if text]
    shown += [text for text in (text_at(d, "content") for d in list_at(tool, "diffs")) if text]
    if not shown:
        return Proposal(kind, path)
    for form in (_unified, _patched, _blocks):
        for text in shown:
            found = form(text, path)
            if found is not None:
                return Proposal(kind, path, *found)
    if kind == "delete":
        return Proposal(kind, path, (), tuple(text_lines(shown[0])))
    inserted = text_at(tool, "tool") == "insertContent"
    return Proposal(kind, path, tuple(text_lines(shown[0])), (), whole=not inserted)


def _unified(text: str, _: str | None) -> Changed | None:
    first = _HUNK.search(text)
    return patch_lines(hunk_bodies(text[first.start() :])) if first else None


def hunk_bodies(diff: str) -> Iterator[str]:
    """Lines of the hunks of a unified diff, without its headers."""
    left_old = left_new = 0
    for line in text_lines(diff):
        head = _COUNTS.match(line)
        if head:
            left_old, left_new = (1 if n is None else int(n[:9]) for n in head.groups())
        elif left_old > 0 or left_new > 0:
            left_old -= line[:1] in ("-", " ", "")
            left_new -= line[:1] in ("+", " ", "")
            yield line


_COUNTS = re.compile(r"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


def _patched(text: str, path: str | None) -> Changed | None:
    if PATCH_BEGIN not in text:
        return None
    parts = file_patches(text)
    mine = [part for part in parts if path and _same(part.path, path)] or parts
    added = tuple(line for part in mine for line in part.added)
    return added, tuple(line for part in mine for line in part.removed)


def _same(one: str, other: str) -> bool:
    return one.replace("\\", "/").removeprefix("./") == other.replace("\\", "/").removeprefix("./")


def _blocks(text: str, _: str | None) -> Changed | None:
    added: list[str] = []
    removed: list[str] = []
    found = False
    for old, new in search_blocks(text):
        more, less = changed_lines(old, new)
        added += more
        removed += less
        found = True
    return (tuple(added), tuple(removed)) if found else None


def search_blocks(text: str) -> Iterator[tuple[str, str]]:
    """Old and new text of each SEARCH/REPLACE block; one left open ends with the text."""
    old: list[str] = []
    new: list[str] = []
    side: list[str] | None = None
    hinted = False
    for line in text_lines(text):
        if _SEARCH.match(line):
            if side is new:
                yield _joined(old), _joined(new)
            old, new = [], []
            side, hinted = old, False
        elif side is old and _MIDDLE.match(line):
            side = new
        elif side is new and _REPLACE.match(line):
            yield _joined(old), _joined(new)
            side = None
        elif side is old and not old and _HINT.match(line):
            hinted = True  # Roo has the model name the line, with a ruler under it
        elif side is old and not old and hinted and _RULER.match(line):
            hinted = False
        elif side is not None:
            side.append(line)
    if side is new:
        yield _joined(old), _joined(new)


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
