"""Edit blocks in the text of an answer, in each of the formats that Aider asks models for.

``diff`` (a path, a fence, SEARCH and REPLACE), ``diff-fenced`` (the path inside the fence),
``whole`` (a path and the full file in a fence), ``udiff`` (hunks in a ``diff`` fence) and
``patch`` (``*** Begin Patch``).  SEARCH and REPLACE marks mean the same in every format.
"""

from __future__ import annotations

import re
from collections import deque
from typing import NamedTuple

from tokenmirror.sources.changes import changed_lines, patch_lines

_SEARCH = re.compile(r"<{5,9} SEARCH>?\s*$")
_DIVIDER = re.compile(r"={5,9}\s*$")
_REPLACE = re.compile(r">{5,9} REPLACE\s*$")
_FENCE = re.compile(r"(`{3,}|<source>|<code>|<pre>)(?P<rest>.*)$")
_FILE = re.compile(r"\*\*\* (?P<what>Update|Add|Delete) File: (?P<path>.+?)\s*$")
_NAMES_ABOVE = 3


class Block(NamedTuple):
    """A proposed change of one file.

    ``creates`` and ``deletes`` are true where the patch says so; ``whole`` where ``added``
    is the whole file and the old text is unknown.
    """

    path: str | None
    added: tuple[str, ...]
    removed: tuple[str, ...]
    creates: bool = False
    deletes: bool = False
    whole: bool = False


class Answer:
    """The text of an answer, line by line; ``inside`` while a block is open.

    ``edit_format`` is Aider's name of the format; ``only_file`` the file in the chat when
    there is just one, which a whole file without a name stands for.
    """

    def __init__(self, edit_format: str, only_file: str | None = None) -> None:
        self.blocks: list[Block] = []
        self.inside = ""
        self.path = only_file
        self._format = edit_format
        self._above: deque[str] = deque(maxlen=_NAMES_ABOVE)
        self._old: list[str] = []
        self._new: list[str] = []
        self._fence = ""

    def take(self, line: str) -> None:
        """Reads a line of the answer."""
        if self.inside == "search":
            self._in_search(line)
        elif self.inside == "replace":
            self._in_replace(line)
        elif self.inside:
            self._in_text(line)
        else:
            self._outside(line)
        self._above.append(line)

    def named(self, path: str) -> None:
        """Says which file the next block is of."""
        self.path = path
        self._above.clear()

    def _outside(self, line: str) -> None:
        if _SEARCH.match(line):
            self.inside = "search"
            self.path = self._name_above() or self.path
            self._old, self._new = [], []
            return
        if "patch" in self._format and line.startswith("*** Begin Patch"):
            self.inside, self._new = "patch", []
            return
        fence = _FENCE.match(line)
        if fence is None:
            return
        if "whole" in self._format:
            self.inside, self._fence, self._new = "whole", fence[1], []
            self.path = _name(self._above[-1] if self._above else "") or self.path
        elif "udiff" in self._format and fence["rest"].strip() == "diff":
            self.inside, self._fence, self._new = "udiff", fence[1], []

    def _in_search(self, line: str) -> None:
        if _DIVIDER.match(line):
            self.inside = "replace"
        else:
            self._old.append(line)

    def _in_replace(self, line: str) -> None:
        if not _REPLACE.match(line) and not _DIVIDER.match(line):
            self._new.append(line)
            return
        self.inside = ""
        added, removed = changed_lines(_text(self._old), _text(self._new))
        self.blocks.append(Block(self.path, added, removed))

    def _in_text(self, line: str) -> None:
        end = "*** End Patch" if self.inside == "patch" else _closing(self._fence)
        if not line.startswith(end):
            self._new.append(line)
            return
        if self.inside == "whole":
            self.blocks.append(Block(self.path, tuple(self._new), (), whole=True))
        else:
            self.blocks += _patch(self._new) if self.inside == "patch" else _hunks(self._new)
        self.inside = ""

    def _name_above(self) -> str | None:
        """The file's name above a SEARCH mark, with nothing but fences between."""
        for line in reversed(self._above):
            name = _name(line)
            if name or not _FENCE.match(line):
                return name
        return None


def _closing(fence: str) -> str:
    return fence if fence.startswith("`") else fence.replace("<", "</")


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _name(line: str) -> str | None:
    """The file that a line names alone, without the marks that models put around it."""
    name = line.strip()
    fence = _FENCE.match(name)
    if fence is not None:
        inner = fence["rest"].strip()
        return inner if "." in inner or "/" in inner else None
    name = name.rstrip(":").lstrip("#").strip().strip("`*").strip()
    if not name or name == "...":
        return None
    return name if " " not in name or "/" in name or re.search(r"\.\w+$", name) else None


def _hunks(lines: list[str]) -> list[Block]:
    """Files of a unified diff: a ``---`` and ``+++`` pair begins each."""
    found: list[Block] = []
    body: list[str] = []
    old = new = ""
    at = 0
    while at < len(lines):
        line, below = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
        if line.startswith("--- ") and below.startswith("+++ "):
            found += _hunk(old, new, body)
            old, new, body = _side(line), _side(below), []
            at += 2
            continue
        if not line.startswith("@@"):
            body.append(line)
        at += 1
    return [*found, *_hunk(old, new, body)]


def _hunk(old: str, new: str, body: list[str]) -> list[Block]:
    added, removed = patch_lines(body)
    gone, path = new == "/dev/null", old if new == "/dev/null" else new
    if not path or not (added or removed):
        return []
    return [Block(path, added, removed, creates=old == "/dev/null", deletes=gone)]


def _side(line: str) -> str:
    name = line[4:].split("\t")[0].strip()
    return name[2:] if name.startswith(("a/", "b/")) else name


def _patch(lines: list[str]) -> list[Block]:
    found: list[Block] = []
    opening: re.Match[str] | None = None
    body: list[str] = []
    for line in [*lines, "*** Update File: /"]:
        begins = _FILE.match(line)
        if begins is None:
            body.append(line)
            continue
        if opening is not None:
            added, removed = patch_lines(body)
            what = opening["what"]
            found.append(Block(opening["path"], added, removed, what == "Add", what == "Delete"))
        opening, body = begins, []
    return found
