"""Added and removed lines of a proposed edit, for every source alike.

A tool's own patch is exact and preferred; where the log holds old and new text alone, a
line diff is made here.  Line ends are not part of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import NamedTuple

from tokenmirror.events import EditKind

# Beyond this many lines on both sides a diff could take minutes: then the stretch between
# the equal beginning and the equal end counts as replaced whole.
MAX_DIFF_LINES = 3_000

Changed = tuple[tuple[str, ...], tuple[str, ...]]

_FILE = re.compile(r"^\*\*\* (Add|Update|Delete) File: (.+)$")
_KINDS: dict[str, EditKind] = {"Add": "new_file", "Update": "edit", "Delete": "delete"}


class FileChange(NamedTuple):
    """What a patch does to one file."""

    kind: EditKind
    path: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def changed_lines(old: str, new: str) -> Changed:
    """Lines added to and removed from ``old`` to give ``new``, in order, blank ones too."""
    before, after = text_lines(old), text_lines(new)
    first = _equal_start(before, after)
    last = _equal_start(before[first:][::-1], after[first:][::-1])
    before = before[first : len(before) - last]
    after = after[first : len(after) - last]
    if not before or not after or min(len(before), len(after)) > MAX_DIFF_LINES:
        return tuple(after), tuple(before)
    added: list[str] = []
    removed: list[str] = []
    match = SequenceMatcher(None, before, after, autojunk=len(before) + len(after) > 1_000)
    for tag, i1, i2, j1, j2 in match.get_opcodes():
        if tag != "equal":
            removed += before[i1:i2]
            added += after[j1:j2]
    return tuple(added), tuple(removed)


def patch_lines(lines: Iterable[str]) -> Changed:
    """Added and removed lines of a hunk's body: lines that begin with ``+``, ``-`` or space."""
    added: list[str] = []
    removed: list[str] = []
    for line in lines:
        if line.startswith("+"):
            added.append(line[1:].rstrip("\r\n"))
        elif line.startswith("-"):
            removed.append(line[1:].rstrip("\r\n"))
    return tuple(added), tuple(removed)


def hunk_lines(diff: str) -> Changed | None:
    """Added and removed lines of a unified diff of one file; ``None`` where it has no hunk."""
    lines = text_lines(diff)
    start = next((n for n, line in enumerate(lines) if line.startswith("@@")), None)
    return None if start is None else patch_lines(x for x in lines[start:] if x[:2] != "@@")


def patched_files(patch: str) -> list[FileChange]:
    """The files of an ``apply_patch`` text (``*** Update File: …``), in order."""
    found: list[FileChange] = []
    body: list[str] = []
    for line in [*text_lines(patch), "*** End Patch"]:
        head = _FILE.match(line)
        if head is None and not line.startswith("*** End Patch"):
            body.append(line)
            continue
        if found and body:
            added, removed = patch_lines(body)
            found[-1] = found[-1]._replace(added=added, removed=removed)
        body = []
        if head is not None:
            found.append(FileChange(_KINDS[head[1]], head[2].strip()))
    return found


def text_lines(text: str) -> list[str]:
    """Lines of a text without their ends; a line end at the very end opens no new line.

    Only LF and CRLF end a line: form feeds and the like stand inside source code.
    """
    if not text:
        return []
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines] if "\r" in text else lines


def _equal_start(one: list[str], other: list[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
