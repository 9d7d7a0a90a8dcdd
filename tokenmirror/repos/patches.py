"""Differences of commits, read from git's output file by file; the text lives only here.

``git log -p -U0 -M`` through the reader.  Only non-blank lines of files that take part are
kept.  A commit counts as read only when the next one begins or git ends well; one whose
contents are partly missing is read again without those files.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from tokenmirror.repos.excluded import Excluded
from tokenmirror.repos.git import DIFF_FLAGS, Reader, ids
from tokenmirror.repos.labels import Hunk

MOST_ADDED = 50_000
MOST_REMOVED = 200_000
MOST_FILES = 2_000
LINE_BYTES = 1 << 20
READ_BYTES = 1 << 17
REPAIRS = 20
RESTARTS = 200

_LOG = (
    "log",
    "--stdin",
    "--no-walk=unsorted",
    "--diff-merges=first-parent",
    "--no-show-signature",
    "--no-notes",
    *DIFF_FLAGS,
)
_PATCH = (*_LOG, "--format=%x00%H", "-p", "-U0", "-M", "-l400")
_NAMES = (*_LOG, "--format=%x00%H", "--raw", "-r", "--no-abbrev", "-M100%", "-l400", "-z")
_RAW = (*_LOG, "--format=%x00%H", "--raw", "-r", "--no-abbrev", "--no-renames")
# a file's own lines never begin so: each has a mark of its own before it
_COMMIT, _FILE, _HUNK = b"\n\0", b"\ndiff --git ", b"\n@@ -"
_HUNK_TEXT = _HUNK.decode("ascii")
_NUMBERS = re.compile(r"([0-9]+)(?:,([0-9]+))? \+([0-9]+)(?:,([0-9]+))? @@.*")
_NO_TEXT_MODES = (b"120000", b"160000")  # symbolic links and submodules
_ESCAPES = {
    b"a": b"\a",
    b"b": b"\b",
    b"t": b"\t",
    b"n": b"\n",
    b"v": b"\v",
    b"f": b"\f",
    b"r": b"\r",
    b'"': b'"',
    b"\\": b"\\",
}
_ESCAPE = re.compile(rb"\\([0-3][0-7]{2}|.)", re.DOTALL)


@dataclass(slots=True)
class FileChange:
    """Non-blank lines that a commit adds to and removes from one file.

    ``numbers`` are the added lines' numbers in the new file, ``removed_numbers`` the removed
    lines' in the old one; ``source`` is the name before, where the file was renamed.  Lines
    keep their line end.  ``deleted``: the file is gone, ``path`` is the name it had.
    """

    path: str
    source: str | None = None
    added: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    removed_numbers: list[int] = field(default_factory=list)
    hunks: list[Hunk] = field(default_factory=list)
    deleted: bool = False


@dataclass(slots=True)
class Patch:
    """A commit's difference to its first parent.

    ``files`` is ``None`` when it could not be read; ``bulk`` when it is too large to take
    part; ``missing`` when contents of some files were not there.  ``added`` and ``removed``
    count the lines of ``files``.  ``closed`` are former names of files that take no part any
    more: not text, or an excluded name, from this commit on.
    """

    oid: str
    files: list[FileChange] | None = field(default_factory=list)
    bulk: bool = False
    missing: bool = False
    added: int = 0
    removed: int = 0
    closed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Touched:
    """Files that a commit changes, by their former names, as its trees alone tell.

    ``renamed``: former to new name, of files that moved unchanged and take part as before.
    """

    changed: frozenset[str]
    renamed: Mapping[str, str]


def touched(reader: Reader, oid: str, excluded: Excluded) -> Touched | None:
    """Which files a commit changes, where its difference itself is not to be had."""
    raw = reader.ask(*_NAMES, feed=ids([oid]))
    if raw.status != 0:
        return None
    changed, renamed = set(), {}
    # NUL id NUL LF :modes ids status NUL path NUL …, two paths for a rename
    fields = iter(raw.out.split(b"\0"))
    for one in fields:
        parts = one.lstrip(b"\n").split()
        if not one.lstrip(b"\n").startswith(b":") or len(parts) != 5:
            continue
        old = _text(next(fields, b""))
        new = _text(next(fields, b"")) if parts[4].startswith(b"R") else old
        if new != old and not excluded.is_excluded(new):
            renamed[old] = new
        elif parts[2] != parts[3] or new != old:
            changed.add(old)
    return Touched(frozenset(changed), renamed)


def patches(
    reader: Reader, oids: Sequence[str], excluded: Excluded
) -> Generator[Patch, None, None]:
    """The differences of these commits, in their order, each exactly once."""
    start = broken = 0
    whole: frozenset[str] | None = None  # once much is missing: what is known to be complete
    while start < len(oids):
        wanted = [oid for oid in oids[start:] if whole is None or oid in whole]
        try:
            for patch in _complete(reader, wanted, excluded):
                while oids[start] != patch.oid:
                    yield Patch(oids[start], None, missing=True)
                    start += 1
                yield patch
                start += 1
        except GitHung:
            whole = frozenset()
        if whole is not None:
            while start < len(oids) and oids[start] not in whole:
                yield Patch(oids[start], None, missing=True)
                start += 1
        if start < len(oids):  # this one's difference ended in an error
            broken += 1
            yield _without_missing(reader, oids[start], excluded, broken)
            start += 1
            if broken == REPAIRS:
                whole = _whole(reader, oids[start:])
            elif broken > RESTARTS:
                whole = frozenset()


def _complete(reader: Reader, oids: Sequence[str], excluded: Excluded) -> Iterator[Patch]:
    """Patches up to the first that git could not finish."""
    if not oids:
        return
    with reader.stream(*_PATCH, feed=ids(oids)) as stream:
        last: Patch | None = None
        for patch in parsed(stream.out, excluded):
            if last is not None:
                yield last
            last = patch
        if stream.hung:  # to begin again would hang again
            raise GitHung
        if last is not None and stream.ended_well():
            yield last


class GitHung(Exception):
    """Git gave nothing for a minute."""


def _without_missing(reader: Reader, oid: str, excluded: Excluded, broken: int) -> Patch:
    """One commit again, without the files whose contents are not there."""
    unread = Patch(oid, None, missing=True)
    if broken > REPAIRS:
        return unread
    raw = reader.ask(*_RAW, "-z", feed=ids([oid]))
    if raw.status != 0:
        return unread
    # NUL id NUL :modes ids status NUL path NUL …
    fields = raw.out.split(b"\0")
    blobs = {
        fields[at + 1]: field.split()[2:4]
        for at, field in enumerate(fields[:-1])
        if field.lstrip(b"\n").startswith(b":")
    }
    missing = _missing(reader, {blob for pair in blobs.values() for blob in pair})
    gone = [path for path, pair in blobs.items() if missing.intersection(pair)]
    if not gone:
        return unread
    left_out = [f":(exclude,literal){_text(path)}" for path in gone]
    with reader.stream(*_PATCH, "--", ".", *left_out, feed=ids([oid])) as stream:
        found = list(parsed(stream.out, excluded))
        if not stream.ended_well():
            return unread
    patch = found[0] if found else Patch(oid)
    patch.missing = True
    return patch


def _whole(reader: Reader, oids: Sequence[str]) -> frozenset[str]:
    """Of these commits, the ones whose contents are all there."""
    contents: dict[str, set[bytes]] = {}
    oid = ""
    with reader.stream(*_RAW, feed=ids(oids)) as stream:
        for line in stream.out:
            if line[:1] == b"\0":
                oid = line[1:].strip().decode("ascii")
                contents[oid] = set()
            elif line[:1] == b":":
                contents[oid].update(line.split()[2:4])
        if not stream.ended_well():
            contents.pop(oid, None)
    missing = _missing(reader, set().union(*contents.values()))
    return frozenset(oid for oid, blobs in contents.items() if not blobs & missing)


def _missing(reader: Reader, blobs: set[bytes]) -> set[bytes]:
    wanted = sorted(blob for blob in blobs if blob.strip(b"0"))
    answer = reader.ask("cat-file", "--batch-check", feed=b"".join(b + b"\n" for b in wanted))
    return {line.split()[0] for line in answer.out.splitlines() if line.endswith(b" missing")}


def parsed(out: IO[bytes], excluded: Excluded) -> Iterator[Patch]:
    """Patches of an output of ``git log``; the last one may be cut short."""
    patch: Patch | None = None
    for part in _parts(out):
        file, *commits = part.split(_COMMIT)
        if patch is not None and file:
            _file(patch, file, excluded)
        for commit in commits:
            if patch is not None:
                yield patch
            patch = Patch(commit.partition(b"\n")[0].decode("ascii"))
    if patch is not None:
        yield patch


def _parts(out: IO[bytes]) -> Iterator[bytes]:
    """An output cut where a file begins: what comes before the first one, then each.

    No file of more than a megabyte is shown as text, so none of the parts is large.
    """
    rest = b"\n"
    while read := out.read(READ_BYTES):
        *whole, rest = (rest + read).split(_FILE)
        yield from whole
    yield rest.removesuffix(b"\n")


def _file(patch: Patch, part: bytes, excluded: Excluded) -> None:
    """Read one file of a patch."""
    header, _, hunks = part.partition(_HUNK)
    change, has_text = _header(header)
    if not has_text or not change.path or excluded.is_excluded(change.path):
        before = change.source or change.path
        if before and not excluded.is_excluded(before):
            patch.closed.append(before)
    elif patch.files is not None:
        if hunks and not patch.bulk:
            patch.bulk = not _kept(change, hunks)
        _take(patch, patch.files, change)


def _take(patch: Patch, files: list[FileChange], change: FileChange) -> None:
    files.append(change)
    patch.added += len(change.added)
    patch.removed += len(change.removed)
    if patch.added > MOST_ADDED or patch.removed > MOST_REMOVED or len(files) > MOST_FILES:
        patch.bulk = True
    if patch.bulk:
        files.clear()


def _header(header: bytes) -> tuple[FileChange, bool]:
    """Names of a file, and whether it is ordinary text."""
    change, has_text = FileChange(""), True
    for line in header.split(b"\n")[1:]:
        word, _, rest = line.partition(b" ")
        if word in (b"+++", b"---"):
            # git puts a tab behind a name with spaces; a tab inside a name is quoted
            name = _unquoted(rest.removesuffix(b"\t"))
            if name != b"/dev/null":
                change.path = _text(name[2:])
        elif word == b"rename" and rest.startswith(b"from "):
            change.source = _text(_unquoted(rest[5:]))
        elif word == b"rename" and rest.startswith(b"to "):
            change.path = _text(_unquoted(rest[3:]))
        elif word == b"Binary":
            change.path, has_text = change.path or _binary_name(rest), False
        else:
            change.deleted = change.deleted or word == b"deleted"
            if word in (b"index", b"new", b"deleted", b"old") and rest.endswith(_NO_TEXT_MODES):
                has_text = False
    return change, has_text


def _binary_name(rest: bytes) -> str:
    """The name that contents had in ``files a/NAME and b/NAME differ``; empty for new ones."""
    names = rest.removeprefix(b"files ").removesuffix(b" differ")
    if names.endswith(b" and /dev/null"):
        old = new = names.removesuffix(b" and /dev/null")
    else:  # a name may hold " and " itself, but both halves are equally long
        half = (len(names) - len(b" and ")) // 2
        old, new = names[:half], names[half + len(b" and ") :]
    old, new = _unquoted(old), _unquoted(new)
    known = old.startswith(b"a/") and old[2:] == new[2:]
    return _text(old[2:]) if known else ""


def _kept(change: FileChange, hunks: bytes) -> bool:
    """Read a file's hunks into ``change``; false when a line is over-long or missing."""
    ordinary = len(hunks) < LINE_BYTES or max(map(len, hunks.split(b"\n"))) < LINE_BYTES
    for hunk in hunks.decode("utf-8", "surrogateescape").split(_HUNK_TEXT):
        ordinary = _hunk(change, hunk) and ordinary
    return ordinary


def _hunk(change: FileChange, text: str) -> bool:
    """Read one hunk: removed lines, then added ones; false when it is not whole."""
    head = _NUMBERS.match(text)
    if head is None:
        return False
    hunk = Hunk(*map(int, head.groups("1")))
    change.hunks.append(hunk)
    old, _, new = text[head.end() :].partition("\n+")
    if "\n\\" in text:  # "No newline at end of file" of the line before
        old, new = old.partition("\n\\")[0], new.partition("\n\\")[0]
    before = old.split("\n-")[1:]
    after = new.split("\n+") if hunk.new_count else []
    _add(change.removed, change.removed_numbers, before, hunk.old_start)
    _add(change.added, change.numbers, after, hunk.new_start)
    return len(before) == hunk.old_count and len(after) == hunk.new_count


def _add(texts: list[str], numbers: list[int], lines: list[str], start: int) -> None:
    """Keep what is not blank of a hunk's lines, and its line numbers."""
    kept = [text + "\n" for text in lines if text and not text.isspace()]
    texts += kept
    if len(kept) == len(lines):
        numbers += range(start, start + len(kept))
    else:
        rows = enumerate(lines, start)
        numbers += [number for number, text in rows if text and not text.isspace()]


def _unquoted(name: bytes) -> bytes:
    """A path as it is, from git's C-like quoting."""
    if not name.startswith(b'"'):
        return name
    return _ESCAPE.sub(_unescaped, name[1:-1])


def _unescaped(found: re.Match[bytes]) -> bytes:
    mark = found[1]
    return bytes([int(mark, 8)]) if len(mark) == 3 else _ESCAPES.get(mark, mark)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
