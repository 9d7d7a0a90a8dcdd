"""What stands in the files of the main line, brought forward landing by landing.

It begins with the tree of one commit and takes the differences from there on.  Lines stand as
check sums of their text without white space, as they are matched; five in a row of a file,
blank ones passed over, are a *window*, and how often each stands is counted.  So whether a
block stands somewhere is one look.  A file's windows are counted once it changes, or holds a
line that is looked for: few landings never ask for most files.  It lives in memory alone.
"""

from __future__ import annotations

import string
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from zlib import crc32

from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.git import OID, Reader
from tokenmirror.repos.labels import Hunk
from tokenmirror.repos.patches import FileChange, Patch

BLOCK = 5  # lines of a window
LARGEST_BYTES = 1 << 20  # of a file that takes part
MOST_BYTES = 1 << 25  # of a tree that is followed: some 800,000 lines, in 100 MB
BATCH_BYTES = 1 << 22
BLANK = 0
LOOKS = 16  # landings looked for after which all files are counted: there will be more
_ZERO = 1 << 32  # in place of a check sum of zero
_BINARY_BYTES = 8000  # in which git looks for a zero
_SPACE = string.whitespace.replace("\n", "").encode("ascii") + b"\x1c\x1d\x1e\x1f"
_PLAIN = (b"100644", b"100755", b"100664")
_EDGE = BLOCK - 1
_CODING = "utf-8", "surrogateescape"

Lines = list[int]  # check sums of a file's lines, blank ones included


def sums(text: bytes) -> list[int]:
    """The lines of a text by their check sums; ``BLANK`` for blank ones."""
    if text.isascii():
        bare = text.translate(None, _SPACE).split(b"\n")
    else:
        lines = text.decode(*_CODING).split("\n")
        bare = ["".join(line.split()).encode(*_CODING) for line in lines]
    if not bare[-1]:  # what stands behind the last line's end
        bare.pop()
    return [(crc32(line) or _ZERO) if line else BLANK for line in bare]


def windows(lines: Sequence[int]) -> Iterator[int]:
    """Hashes of all windows of lines that are not blank, in order."""
    # plainly: it is asked for with every change of a file
    return map(hash, zip(lines, lines[1:], lines[2:], lines[3:], lines[4:], strict=False))


@dataclass(slots=True)
class _Change:
    """What a landing makes of one file; without ``after`` it is gone."""

    before: str
    after: str | None
    lines: Lines
    gone: list[int]
    come: list[int]


class TreeLines:
    """Files of a commit by their lines; ``complete`` unless some could not be read."""

    def __init__(self, reader: Reader, excluded: Excluded) -> None:
        self._reader = reader
        self._excluded = excluded
        self._files: dict[str, Lines] = {}
        self._uncounted: set[str] = set()  # of the files
        self._looks = 0
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
                    self._files.update(dict.fromkeys(blobs[oid][0], sums(content)))
        self._uncounted = set(self._files)

    @property
    def counted(self) -> bool:
        """Whether all files are counted: nothing needs to be looked for any more."""
        return not self._uncounted

    def look_for(self, lines: Iterable[int]) -> None:
        """Count the files with any of these lines; of each window asked for, one is enough."""
        self._looks += 1
        if self._looks > LOOKS:
            self.count_all()
        wanted = frozenset(lines)
        files = self._files
        self._count([path for path in self._uncounted if not wanted.isdisjoint(files[path])])

    def count_all(self) -> None:
        """Count all files that are not counted yet."""
        self._count(list(self._uncounted))

    def holds(self, lines: Sequence[int]) -> list[bool]:
        """Whether each window of these lines stands in a file that is counted."""
        return list(map(self._windows.__contains__, windows(lines)))

    def take_out(self, patch: Patch) -> list[list[int]]:
        """Let go of what a landing removes or changes; ``put_in`` must follow.

        Gives the lines that it adds, file by file.
        """
        changes = patch.files or ()
        every = sums("".join(chain.from_iterable(one.added for one in changes)).encode(*_CODING))
        ends = [0, *accumulate(len(one.added) for one in changes)]
        added = [every[begin:end] for begin, end in pairwise(ends)]
        if self._uncounted:
            paths = {change.source or change.path for change in changes}
            self._count(paths.union((change.path for change in changes), patch.closed))
        self._changes = [
            self._changed(patch.oid, change, lines)
            for change, lines in zip(changes, added, strict=True)
        ]
        met = {change.path for change in changes}
        # what is no text any more, or has become one again
        self._changes += [
            self._read_again(patch.oid, path, path) for path in patch.closed if path not in met
        ]
        counts = self._windows
        for window in chain.from_iterable(change.gone for change in self._changes):
            count = counts.get(window, 0)
            if count > 1:
                counts[window] = count - 1
            else:
                counts.pop(window, None)
        return added

    def put_in(self) -> None:
        """Take what the landing adds."""
        self._windows.update(chain.from_iterable(change.come for change in self._changes))
        for change in self._changes:
            self._files.pop(change.before, None)
        for change in self._changes:
            if change.after is not None:
                self._files[change.after] = change.lines
        self._changes = []

    def _count(self, paths: Iterable[str]) -> None:
        found = self._uncounted.intersection(paths)
        self._uncounted -= found
        for path in found:
            self._windows.update(windows([line for line in self._files[path] if line]))

    def _changed(self, oid: str, change: FileChange, added: list[int]) -> _Change:
        before = change.source or change.path
        after = None if change.deleted else change.path
        hunks = change.hunks
        old = self._files.get(before)
        if old is None and before == after and hunks and not (hunks[0].old_start or hunks[1:]):
            old = []  # it is new
        if old is None:
            return self._read_again(oid, before, after)
        new = _patched(old, change, added)
        gone: list[int] = []
        come: list[int] = []
        shift = 0
        for begin, end, grown in _regions(old, hunks):
            above, below = _above(old, begin), _below(old, end)
            removed, came = old[begin:end], new[begin + shift : end + shift + grown]
            gone += windows([*above, *filter(None, removed), *below])
            come += windows([*above, *filter(None, came), *below])
            shift += grown
        return _Change(before, after, new, gone, come)

    def _read_again(self, oid: str, before: str, after: str | None) -> _Change:
        """A file whose lines were not known until now, as the landing leaves it."""
        old = self._files.get(before, [])
        gone = list(windows([line for line in old if line]))
        name = f"{oid}:{after}"
        read: dict[str, bytes | None] = {name: None}
        if after and "\n" not in after:  # git is asked line by line
            read = contents(self._reader, [name])
        self.complete = self.complete and name in read
        content = read.get(name)
        lines = sums(content) if content is not None and is_text(content) else []
        come = list(windows([line for line in lines if line]))
        return _Change(before, after, lines, gone, come)


def _patched(old: Lines, change: FileChange, added: list[int]) -> Lines:
    """A file's lines after a change; ``added`` are the ones it adds, but for blank ones."""
    new = old[:]
    numbers, end = change.numbers, len(added)
    for hunk in reversed(change.hunks):
        begin = bisect_left(numbers, hunk.new_start, 0, end) if hunk.new_count else end
        row = added[begin:end]
        if len(row) < hunk.new_count:
            row = [BLANK] * hunk.new_count
            for at in range(begin, end):
                row[numbers[at] - hunk.new_start] = added[at]
        start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        new[start : start + hunk.old_count] = row
        end = begin
    return new


def _regions(old: Lines, hunks: Iterable[Hunk]) -> Iterator[tuple[int, int, int]]:
    """Begin and end, in the old file, of hunks no window spans two of, and the lines they add."""
    begin = end = -1
    grown = 0
    for hunk in hunks:
        start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        if end < 0:
            begin = start
        elif start - end < _EDGE or len(_below(old[:start], end)) < _EDGE:
            pass  # a window may span it and the one before
        else:
            yield begin, end, grown
            begin, grown = start, 0
        grown += hunk.new_count - hunk.old_count
        end = start + hunk.old_count
    if end >= 0:
        yield begin, end, grown


def _above(lines: Lines, end: int) -> list[int]:
    """The last lines before one that are not blank, as many as a window may hold."""
    near = list(filter(None, lines[max(end - 2 * _EDGE, 0) : end]))
    if len(near) < _EDGE < end:
        near = list(filter(None, lines[:end]))
    return near[-_EDGE:]


def _below(lines: Lines, begin: int) -> list[int]:
    """The first such lines from one on."""
    near = list(filter(None, lines[begin : begin + 2 * _EDGE]))
    if len(near) < _EDGE < len(lines) - begin:
        near = list(filter(None, lines[begin:]))
    return near[:_EDGE]


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
