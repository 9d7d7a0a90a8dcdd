"""Added and removed lines of a proposed edit, for every source alike.

A tool's own patch is exact and preferred; where the log holds old and new text alone, a
line diff is made here.  Line ends are not part of a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import NamedTuple

from tokenmirror.events import EditKind

# Beyond this many lines on both sides a diff could take minutes: then the stretch between
# the equal beginning and the equal end counts as replaced whole.
MAX_DIFF_LINES = 3_000

Changed = tuple[tuple[str, ...], tuple[str, ...]]

PATCH_BEGIN, _PATCH_END = "*** Begin Patch", "*** End Patch"
_SECTIONS: dict[str, EditKind] = {
    "*** Add File: ": "new_file",
    "*** Update File: ": "edit",
    "*** Delete File: ": "delete",
}


class FilePatch(NamedTuple):
    """What a patch does to one file; ``path`` as the patch has it."""

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


def file_patches(text: str) -> list[FilePatch]:
    """The sections of an ``apply_patch`` text, in order; empty when it holds no patch.

    A file may be named by several sections.  A deleted file's lines are not in the text.
    """
    at = text.find(PATCH_BEGIN)
    if at < 0:
        return []
    sections: list[tuple[EditKind, str, list[str]]] = []
    for line in text_lines(text[at:])[1:]:
        if line[:4] == "*** ":
            if line.startswith(_PATCH_END):
                break
            mark = next((mark for mark in _SECTIONS if line.startswith(mark)), None)
            if mark:
                sections.append((_SECTIONS[mark], line.removeprefix(mark).strip(), []))
        elif sections:
            sections[-1][2].append(line)
    return [FilePatch(kind, path, *_section_lines(kind, body)) for kind, path, body in sections]


def _section_lines(kind: EditKind, body: list[str]) -> Changed:
    if kind == "new_file":
        return tuple(line[1:] for line in body if line.startswith("+")), ()
    if kind == "delete":
        return (), ()
    added: list[str] = []
    removed: list[str] = []
    for hunk in _hunks(body):
        plus = [line[1:] for line in hunk if line[:1] == "+"]
        minus = [line[1:] for line in hunk if line[:1] == "-"]
        if plus and minus and not set(plus).isdisjoint(minus):
            # Models repeat unchanged lines on both sides; only a diff says what changes.
            more, less = changed_lines(_side(hunk, "-"), _side(hunk, "+"))
            added += more
            removed += less
        else:
            added += plus
            removed += minus
    return tuple(added), tuple(removed)


def _hunks(body: list[str]) -> list[list[str]]:
    starts = [i for i, line in enumerate(body) if line[:2] == "@@"]
    return [body[i:j] for i, j in zip([0, *starts], [*starts, len(body)], strict=True)]


def _side(hunk: list[str], sign: str) -> str:
    return "".join(f"{line[1:]}\n" for line in hunk if not line or line[0] in (" ", sign))


def hunk_lines(diff: str) -> Changed | None:
    """Added and removed lines of a unified diff of one file; ``None`` where it has no hunk."""
    lines = text_lines(diff)
    start = next((n for n, line in enumerate(lines) if line.startswith("@@")), None)
    return None if start is None else patch_lines(x for x in lines[start:] if x[:2] != "@@")


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
