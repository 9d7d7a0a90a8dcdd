"""Where lines stand in the main line's files, as far as it takes to look for copies of them.

Made from the tree of one commit, once it is asked for, and brought forward with the lines
that landings add: so it names every file that may hold a line, and some that hold it no
longer.  Whoever asks looks into the file itself.  It lives in memory alone, and lines take
part without any white space, as they are matched.
"""

from __future__ import annotations

import string
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from zlib import crc32

from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.git import OID, Reader

SLOTS = 1 << 21  # lines that share a slot seem to be in each other's files: some to look into
MOST_FILES = 16  # of one line; such as more files hold tell little of where a block is from
SHORTEST = 6  # bytes; shorter lines are trivial
LARGEST_BYTES = 1 << 20  # of a file that takes part
MOST_BYTES = 1 << 26  # of a tree that is read
BATCH_BYTES = 1 << 23
_BINARY_BYTES = 8000  # in which git looks for a zero
_SPACE = string.whitespace.replace("\n", "").encode("ascii") + b"\x1c\x1d\x1e\x1f"
_PLAIN = (b"100644", b"100755", b"100664")


def bare(text: bytes) -> list[bytes]:
    """The lines of a text without any white space, in order; blank ones are empty."""
    if text.isascii():
        return text.translate(None, _SPACE).split(b"\n")
    lines = text.decode("utf-8", "surrogateescape").split("\n")
    return ["".join(line.split()).encode("utf-8", "surrogateescape") for line in lines]


def is_text(content: bytes) -> bool:
    """Whether git would show a difference of such contents."""
    return len(content) <= LARGEST_BYTES and b"\0" not in content[:_BINARY_BYTES]


class Originals:
    """Files by the lines they were given; ``complete`` unless some of the tree is unknown."""

    def __init__(self) -> None:
        self.complete = True
        self._first = array("I", bytes(4 * SLOTS))  # number of the first file of a slot
        self._more: dict[int, list[int]] = {}
        self._names = [""]
        self._numbers: dict[str, int] = {}

    def note(self, path: str, lines: Iterable[bytes]) -> None:
        """Take lines that a file has, or is given."""
        if "\n" in path:  # such a file cannot be asked for by its name
            return
        number = self._numbers.get(path)
        if number is None:
            number = self._numbers[path] = len(self._names)
            self._names.append(path)
        first = self._first
        for slot in {crc32(line) % SLOTS for line in lines if len(line) >= SHORTEST}:
            if not first[slot]:
                first[slot] = number
            elif first[slot] != number:
                others = self._more.setdefault(slot, [])
                if len(others) < MOST_FILES and number not in others:
                    others.append(number)

    def rename(self, before: str, after: str) -> None:
        """Let a file's lines be found under its new name."""
        number = self._numbers.pop(before, None)
        if number is not None:
            self._names[number] = after
            self._numbers[after] = number

    def known(self, lines: Sequence[bytes]) -> list[bool]:
        """Which of these lines some file may hold."""
        first = self._first
        return [first[crc32(line) % SLOTS] > 0 for line in lines]

    def holding(self, lines: Iterable[bytes]) -> frozenset[str]:
        """Files that may hold all of these lines.

        Lines of very many files are left aside where there are others.
        """
        few: list[set[int]] = []
        many: list[set[int]] = []
        for line in lines:
            slot = crc32(line) % SLOTS
            others = self._more.get(slot, ())
            files = {self._first[slot], *others} - {0}
            (few if len(others) < MOST_FILES else many).append(files)
        found = set.intersection(*(few or many)) if few or many else set()
        return frozenset(self._names[number] for number in found)


def originals(reader: Reader, commit: str, excluded: Excluded) -> Originals:
    """The lines of a commit's files that take part."""
    found = Originals()
    blobs = _blobs(reader, commit, excluded)
    if blobs is None or sum(size for _path, size in blobs.values()) > MOST_BYTES:
        found.complete = False
        return found
    for batch in _batches(blobs):
        read = contents(reader, batch)
        found.complete = found.complete and len(read) == len(batch)
        for oid, content in read.items():
            if content is None:
                found.complete = False
            elif is_text(content):
                lines = bare(content)
                for path in blobs[oid][0]:
                    found.note(path, lines)
    return found


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
