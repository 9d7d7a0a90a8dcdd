"""What stands in the files of the main line, brought forward landing by landing.

It begins with the tree of one commit and takes the differences from there on.  Lines stand as
check sums of their text without white space, as they are matched; five in a row of a file,
blank ones passed over, are a *window*, and how often each stands is counted.  So whether a
block stands somewhere is one look.  It lives in memory alone.
"""

from __future__ import annotations

import string
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from zlib import crc32

from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.git import OID, Reader
from tokenmirror.repos.labels import Hunk
from tokenmirror.repos.patches import FileChange, Patch

BLOCK = 5  # lines of a window
LARGEST_BYTES = 1 << 20  # of a file that takes part
MOST_BYTES = 1 << 25  # of a tree that is followed: some 900,000 lines, in 150 MB
BATCH_BYTES = 1 << 22
BLANK = 0
_ZERO = 1 << 32  # in place of a check sum of zero
_BINARY_BYTES = 8000  # in which git looks for a zero
_SPACE = string.whitespace.replace("\n", "").encode("ascii") + b"\x1c\x1d\x1e\x1f"
_PLAIN = (b"100644", b"100755", b"100664")
_EDGE = BLOCK - 1

Lines: TypeAlias = "array[int]"  # check sums of a file's lines, blank ones included


def sums(text: bytes) -> list[int]:
    """The lines of a text by their check sums; ``BLANK`` for blank ones."""
    if text.isascii():
        bare = text.translate(None, _SPACE).split(b"\n")
    else:
        lines = text.decode("utf-8", "surrogateescape").split("\n")
        bare = ["".join(line.split()).encode("utf-8", "surrogateescape") for line in lines]
    if not bare[-1]:  # what stands behind the last line's end
        bare.pop()
    return [(crc32(line) or _ZERO) if line else BLANK for line in bare]


def windows(lines: Sequence[int]) -> Iterator[int]:
    """Hashes of all windows of lines that are not blank, in order."""
    return map(hash, zip(*(lines[at:] for at in range(BLOCK)), strict=False))


@dataclass(slots=True)
class _Change:
    """What a landing makes of one file; without ``after`` it is gone."""

    before: str
    after: str | None
    lines: Lines
    gone: list[int]
    come: list[int]


class Standing:
    """Files of a commit by their lines; ``complete`` unless some could not be read."""

    def __init__(self, reader: Reader, excluded: Excluded) -> None:
        self._reader = reader
        self._excluded = excluded
        self._files: dict[str, Lines] = {}
        self._windows: Counter[int] = Counter()
        self._changes: list[_Change] = []
        self.complete = True

    def begin(self, commit: str) -> None:
        """Read the tree of a commit, as far as it takes part."""
        blobs = _blobs(self._reader, commit, self._excluded)
        if blobs is None or sum(size for _paths, size in blobs.values()) > MOST_BYTES:
            self.complete = False
            return
        for batch in _batches(blobs):
            read = contents(self._reader, batch)
            self.complete = self.complete and None not in map(read.get, batch)
            for oid, content in read.items():
                if content is not None and is_text(content):
                    self._add(blobs[oid][0], sums(content))

    def holds(self, window: int) -> bool:
        """Whether a window stands somewhere."""
        return window in self._windows

    def take_out(self, patch: Patch) -> None:
        """Let go of what a landing removes or changes; ``put_in`` must follow."""
        changes = patch.files or ()
        self._changes = [self._changed(patch.oid, change) for change in changes]
        met = {change.path for change in changes}
        # what is no text any more, or has become one again
        self._changes += [
            self._read_again(patch.oid, path, path) for path in patch.closed if path not in met
        ]
        counts = self._windows
        for change in self._changes:
            for window in change.gone:
                count = counts[window]
                if count > 1:
                    counts[window] = count - 1
                else:
                    del counts[window]

    def put_in(self) -> None:
        """Take what the landing adds."""
        for change in self._changes:
            self._windows.update(change.come)
            self._files.pop(change.before, None)
        for change in self._changes:
            if change.after is not None:
                self._files[change.after] = change.lines
        self._changes = []

    def _add(self, paths: Iterable[str], lines: list[int]) -> None:
        found = list(windows([line for line in lines if line]))
        for path in paths:
            self._files[path] = array("Q", lines)
            self._windows.update(found)

    def _changed(self, oid: str, change: FileChange) -> _Change:
        before = change.source or change.path
        after = None if change.deleted else change.path
        old = self._files.get(before)
        is_new = all(hunk.old_start == hunk.old_count == 0 for hunk in change.hunks)
        fits = all(hunk.old_start + hunk.old_count <= len(old or ()) + 1 for hunk in change.hunks)
        if old is None and is_new and change.source is None:
            old = array("Q")
        if old is None or not fits:
            return self._read_again(oid, before, after)
        new = _patched(old, change)
        gone: list[int] = []
        come: list[int] = []
        shift = 0
        for begin, end, grown in _regions(old, change.hunks):
            above, below = _above(old, begin), _below(old, end)
            removed = [line for line in old[begin:end] if line]
            added = [line for line in new[begin + shift : end + shift + grown] if line]
            gone += windows([*above, *removed, *below])
            come += windows([*above, *added, *below])
            shift += grown
        return _Change(before, after, new, gone, come)

    def _read_again(self, oid: str, before: str, after: str | None) -> _Change:
        """A file whose lines were not known until now, as the landing leaves it."""
        old = self._files.get(before, array("Q"))
        gone = list(windows([line for line in old if line]))
        name = f"{oid}:{after}"
        read: dict[str, bytes | None] = {name: None}
        if after and "\n" not in after:  # git is asked line by line
            read = contents(self._reader, [name])
        self.complete = self.complete and name in read
        content = read.get(name)
        lines = sums(content) if content is not None and is_text(content) else []
        come = list(windows([line for line in lines if line]))
        return _Change(before, after, array("Q", lines), gone, come)


def _patched(old: Lines, change: FileChange) -> Lines:
    """A file's lines after a change."""
    new = old[:]
    added = sums("".join(change.added).encode("utf-8", "surrogateescape"))
    end = len(added)
    for hunk in reversed(change.hunks):
        begin = end
        row = [BLANK] * hunk.new_count
        while begin and hunk.new_count and change.numbers[begin - 1] >= hunk.new_start:
            begin -= 1
            row[change.numbers[begin] - hunk.new_start] = added[begin]
        start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        new[start : start + hunk.old_count] = array("Q", row)
        end = begin
    return new


def _regions(old: Lines, hunks: Iterable[Hunk]) -> Iterator[tuple[int, int, int]]:
    """Begin and end, in the old file, of hunks no window spans two of, and the lines they add."""
    begin = end = -1
    grown = 0
    for hunk in hunks:
        start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        if end >= 0 and len(_below(old[:start], end)) < _EDGE:
            grown += hunk.new_count - hunk.old_count
        else:
            if end >= 0:
                yield begin, end, grown
            begin, grown = start, hunk.new_count - hunk.old_count
        end = start + hunk.old_count
    if end >= 0:
        yield begin, end, grown


def _above(lines: Lines, end: int) -> list[int]:
    """The last lines before one that are not blank, as many as a window may hold."""
    found: list[int] = []
    while end and len(found) < _EDGE:
        end -= 1
        if lines[end]:
            found.append(lines[end])
    return found[::-1]


def _below(lines: Lines, begin: int) -> list[int]:
    """The first such lines from one on."""
    found: list[int] = []
    for at in range(begin, len(lines)):
        if len(found) == _EDGE:
            break
        if lines[at]:
            found.append(lines[at])
    return found


def is_text(content: bytes) -> bool:
    """Whether git would show a difference of such contents."""
    return len(content) <= LARGEST_BYTES and b"\0" not in content[:_BINARY_BYTES]


Blobs = Mapping[str, tuple[list[str], int]]  # by id: the paths that have it, and its bytes


def _blobs(reader: Reader, commit: str, excluded: Excluded) -> Blobs | None:
    """Contents of a commit's tree that take part; ``None`` where it cannot be told."""
    listed = reader.ask("ls-tree", "-r", "-l", "-z", "--end-of-options", commit)
    if listed.status != 0:
        return None
    found: dict[str, tuple[list[str], int]] = {}
    for entry in listed.out.split(b"\0"):
        facts, _, name = entry.partition(b"\t")
        mode, _kind, oid, size = facts.split() or (b"",) * 4
        path = name.decode("utf-8", "surrogateescape")
        if mode not in _PLAIN or excluded.is_excluded(path):
            continue
        if not size.isdigit():  # its contents are not there
            return None
        if int(size) <= LARGEST_BYTES:
            found.setdefault(oid.decode("ascii"), ([], int(size)))[0].append(path)
    return found


def _batches(blobs: Blobs) -> Iterator[list[str]]:
    batch: list[str] = []
    held = 0
    for oid, (_paths, size) in blobs.items():
        if batch and held + size > BATCH_BYTES:
            yield batch
            batch, held = [], 0
        batch.append(oid)
        held += size
    if batch:
        yield batch


def contents(reader: Reader, names: Iterable[str]) -> dict[str, bytes | None]:
    """Contents by object name (an id, or ``id:path``); ``None`` for what is no file there.

    Empty when git does not answer.
    """
    asked = list(names)
    feed = "".join(f"{name}\n" for name in asked).encode("utf-8", "surrogateescape")
    answer = reader.ask("cat-file", "--batch", "--buffer", feed=feed)
    if answer.status != 0:
        return {}
    found: dict[str, bytes | None] = {}
    at = 0
    for name in asked:
        end = answer.out.find(b"\n", at)
        oid, _, rest = answer.out[at:end].partition(b" ")
        kind, _, size = rest.partition(b" ")
        at = end + 1
        found[name] = None
        if OID.match(oid.decode("ascii", "replace")) and size.isdigit():
            if kind == b"blob":
                found[name] = answer.out[at : at + int(size)]
            at += int(size) + 1
    return found
