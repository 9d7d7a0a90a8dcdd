"""What stands in the files of the main line, brought forward landing by landing.

It begins with the tree of one commit and takes the differences from there on.  Lines stand as
check sums of their text without white space, as they are matched; five in a row of a file,
blank ones passed over, are a *window*.  Landings are many and questions few, so little more
than the lines is kept up: which files ever had a line, and so may have it now.  A window is
then looked for in those that may have its rarest line.  It lives in memory alone.
"""

from __future__ import annotations

import string
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple
from zlib import crc32

from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.git import OID, Reader
from tokenmirror.repos.labels import Hunk
from tokenmirror.repos.patches import FileChange, Patch

BLOCK = 5  # lines of a window
LARGEST_BYTES = 1 << 20  # of a file that takes part
MOST_BYTES = 1 << 25  # of a tree that is followed: some 800,000 lines
BATCH_BYTES = 1 << 22
LOOKS = 16  # landings looked for after which all lines are noted: there will be more
BLANK = 0  # the only sum with bytes of zero
_MARK = 0x01010101  # in the sums of all other lines
_HOLE = b"\2\2\2\2"  # no line: some were taken away here, or will be added
_SUM = "I"
_SUM_BYTES = array(_SUM).itemsize
_BINARY_BYTES = 8000  # in which git looks for a zero
_SPACE = string.whitespace.replace("\n", "").encode("ascii") + b"\x1c\x1d\x1e\x1f"
_PLAIN = (b"100644", b"100755", b"100664")
_CODING = "utf-8", "surrogateescape"


def sums(text: bytes) -> list[int]:
    """The lines of a text by their check sums of 32 bits; ``BLANK`` for blank ones."""
    if text.isascii():
        bare = text.translate(None, _SPACE).split(b"\n")
    else:
        lines = text.decode(*_CODING).split("\n")
        bare = ["".join(line.split()).encode(*_CODING) for line in lines]
    if not bare[-1]:  # what stands behind the last line's end
        bare.pop()
    return [crc32(line) | _MARK if line else BLANK for line in bare]


def _packed(lines: Iterable[int]) -> bytearray:
    """Check sums in a row, as they are kept and searched."""
    return bytearray(array(_SUM, lines))


@dataclass(slots=True, eq=False)
class _File:
    """A file through all its names: its lines, and those that are searched, once they are."""

    lines: bytearray
    row: bytearray | None = None


class _Change(NamedTuple):
    """What a landing makes of one file; without ``after`` it is gone."""

    file: _File
    before: str
    after: str | None
    lines: bytearray
    come: Sequence[int]


class _Noted:
    """Which files may have a line: those that had it since it was first noted."""

    def __init__(self) -> None:
        self.first: dict[int, _File] = {}
        self._several: defaultdict[int, set[_File]] = defaultdict(set)

    def note(self, file: _File, lines: Iterable[int]) -> None:
        """Take lines that a file has."""
        first = self.first
        for line in lines:
            known = first.setdefault(line, file)
            if known is not file:
                self._several[line].update((known, file))

    def having(self, lines: Iterable[int]) -> Collection[_File]:
        """Files that may have all of these lines, each of which was noted."""
        fewest: Collection[_File] = ()
        for line in lines:
            files = self._several.get(line)
            if files is None:
                return (self.first[line],)
            if not fewest or len(files) < len(fewest):
                fewest = files
        return fewest


class TreeLines:
    """Files of a commit by their lines; ``complete`` unless some could not be read."""

    def __init__(self, reader: Reader, excluded: Excluded) -> None:
        self._reader = reader
        self._excluded = excluded
        self._files: dict[str, _File] = {}
        self._looks = 0
        self._noted = _Noted()
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
                    lines = _packed(sums(content))
                    self._files.update((path, _File(lines)) for path in blobs[oid][0])

    @property
    def notes_all(self) -> bool:
        """Whether all lines of all files are noted: nothing needs to be looked for any more."""
        return self._looks > LOOKS

    def look_for(self, lines: Iterable[int]) -> None:
        """Find out which files have any of these lines, before ``knows`` and ``holds`` are asked.

        After ``take_out``: what the landing takes away may be found too.
        """
        if self.notes_all:
            return
        self._looks += 1
        self._noted = _Noted()
        wanted = frozenset(lines)
        every = self._looks > LOOKS
        for file in self._files.values():
            there = array(_SUM, bytes(_searched(file.lines)))
            self._noted.note(file, there if every else wanted.intersection(there))

    def knows(self, line: int) -> bool:
        """Whether any file may have a line that is looked for."""
        return line in self._noted.first

    def holds(self, window: Sequence[int]) -> bool:
        """Whether a file has a window of lines that are all known."""
        wanted = _packed(window)
        for file in self._noted.having(window):
            row = file.row
            if row is None:
                row = file.row = _searched(file.lines)
            at = row.find(wanted)
            while at % _SUM_BYTES and at > 0:  # within the bytes of other lines
                at = row.find(wanted, at + 1)
            if at >= 0:
                return True
        return False

    def take_out(self, patch: Patch, *, asked: bool) -> list[list[int]]:
        """Let go of what a landing removes or changes; ``put_in`` must follow.

        Gives the lines that it adds, file by file.  Unless ``asked``, nothing is looked for
        in between.
        """
        changes = patch.files or ()
        every = sums("".join(chain.from_iterable(one.added for one in changes)).encode(*_CODING))
        row = _packed(every)
        added: list[list[int]] = []
        begin = 0
        for change in changes:
            end = begin + len(change.added)
            added.append(every[begin:end])
            new = row[begin * _SUM_BYTES : end * _SUM_BYTES]
            self._changes.append(self._changed(patch.oid, change, added[-1], new, asked))
            begin = end
        met = {change.path for change in changes}
        # what is no text any more, or has become one again
        self._changes += [
            self._read_again(patch.oid, path, path) for path in patch.closed if path not in met
        ]
        return added

    def put_in(self) -> None:
        """Take what the landing adds."""
        changes, self._changes = self._changes, []
        for change in changes:
            former = self._files.pop(change.before, None)
            if former is not None:
                former.lines, former.row = bytearray(), None
        for file, _before, after, lines, come in changes:
            if after is not None:
                file.lines, file.row = lines, None
                self._files[after] = file
                if self.notes_all:
                    self._noted.note(file, come)

    def _changed(
        self, oid: str, change: FileChange, added: list[int], row: bytearray, asked: bool
    ) -> _Change:
        before = change.source or change.path
        after = None if change.deleted else change.path
        hunks = change.hunks
        file = self._files.get(before)
        if file is None and before == after and hunks and not (hunks[0].old_start or hunks[1:]):
            file = _File(bytearray())  # it is new
        if file is None:
            return self._read_again(oid, before, after)
        if asked:
            file.row = _searched(_holed(file.lines, hunks))
        return _Change(file, before, after, _patched(file.lines, change, row), added)

    def _read_again(self, oid: str, before: str, after: str | None) -> _Change:
        """A file whose lines were not known until now, as the landing leaves it."""
        former = self._files.get(before)
        if former is not None:
            former.row = bytearray()
        name = f"{oid}:{after}"
        read: dict[str, bytes | None] = {name: None}
        if after and "\n" not in after:  # git is asked line by line
            read = contents(self._reader, [name])
        self.complete = self.complete and name in read
        content = read.get(name)
        lines = sums(content) if content is not None and is_text(content) else []
        return _Change(_File(bytearray()), before, after, _packed(lines), lines)


def _searched(lines: bytearray) -> bytearray:
    """These lines without blank ones."""
    return lines.translate(None, b"\0")


def _holed(old: bytearray, hunks: Sequence[Hunk]) -> bytearray:
    """A file's lines as far as a change leaves them."""
    new = old[:]
    for hunk in reversed(hunks):
        begin = (hunk.old_start - 1 if hunk.old_count else hunk.old_start) * _SUM_BYTES
        new[begin : begin + hunk.old_count * _SUM_BYTES] = _HOLE
    return new


def _patched(old: bytearray, change: FileChange, added: bytearray) -> bytearray:
    """A file's lines after a change; ``added`` are the ones it adds, but for blank ones."""
    new = old[:]
    numbers, end = change.numbers, len(change.numbers)
    for old_start, old_count, new_start, new_count in reversed(change.hunks):
        first = bisect_left(numbers, new_start, 0, end) if new_count else end
        row = added[first * _SUM_BYTES : end * _SUM_BYTES]
        if end - first < new_count:
            row = _spread(row, numbers[first:end], range(new_start, new_start + new_count))
        begin = (old_start - 1 if old_count else old_start) * _SUM_BYTES
        new[begin : begin + old_count * _SUM_BYTES] = row
        end = first
    return new


def _spread(row: bytearray, numbers: Sequence[int], places: range) -> bytearray:
    """Lines at their numbers among blank ones."""
    lines = array(_SUM, bytes(len(places) * _SUM_BYTES))
    for number, line in zip(numbers, array(_SUM, bytes(row)), strict=True):
        lines[number - places.start] = line
    return bytearray(lines)


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
        path = name.decode(*_CODING)
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
    feed = "".join(f"{name}\n" for name in asked).encode(*_CODING)
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
