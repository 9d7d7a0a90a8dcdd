"""Three ways of reading a log: appended lines, one whole document, a live SQLite file.

They keep a source to its own knowledge.  Nothing here follows links to other places, waits
on anything but a regular file, or keeps a file open between readings.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from msgspec import Struct

from tokenmirror.events import AnyEvent, Problem, Reason
from tokenmirror.sources.source import BATCH_BYTES, BATCH_EVENTS, Batch, Cursor, LogFile

MAX_LINE_BYTES = 64 * 1024 * 1024
MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
HEAD_BYTES = 4096
MAGIC_BYTES = 16
# kinds of file system, as the table of mounts names them, by how they begin
FAR = ("9p", "drvfs", "nfs", "cifs", "smb", "fuse.sshfs", "virtiofs", "vboxsf", "fuse.vmhgfs")


class Unreadable(Exception):
    """A file that cannot be read now; ``reason`` is a code of ``events.Reason``."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Line(Struct, frozen=True, gc=False):
    """One complete line without its end; ``end`` is the offset after it.

    ``problem`` is set, and ``text`` empty, for a line over ``MAX_LINE_BYTES``.
    """

    text: bytes
    offset: int
    end: int
    problem: Problem | None = None


class Tally:
    """What was read since the last batch: events, problems, and counts of records."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.events: list[AnyEvent] = []
        self._problems: list[Problem] = []
        self._records = self._understood = self._bytes = 0
        self._unknown: dict[str, int] = {}

    def known(self, size: int = 0) -> None:
        """Counts a record whose meaning is known; ``size`` in bytes."""
        self._records += 1
        self._understood += 1
        self._bytes += size

    def strange(self, kind: str, size: int = 0) -> None:
        """Counts a record of a kind that is not known."""
        self._records += 1
        self._bytes += size
        name = kind[:80] or "without a type"
        self._unknown[name] = self._unknown.get(name, 0) + 1

    def bad(self, problem: Problem, size: int = 0) -> None:
        """Counts a record that could not be read."""
        self._records += 1
        self._bytes += size
        self._problems.append(problem)

    def note(self, problem: Problem) -> None:
        """Adds a problem inside a record that is counted by itself."""
        self._problems.append(problem)

    def full(self, waiting: int = 0) -> bool:
        """Whether it is time for a batch; ``waiting`` events will be added at its end."""
        return self._bytes >= BATCH_BYTES or len(self.events) + waiting >= BATCH_EVENTS - 200

    def batch(self, cursor: Cursor) -> Batch:
        """All of it, with the cursor behind it; then it is empty again."""
        done = Batch(
            tuple(self.events),
            cursor,
            tuple(self._problems),
            self._records,
            self._understood,
            self._unknown,
        )
        self._clear()
        return done


def in_batches(events: list[AnyEvent], before: Cursor, last: Batch) -> Iterator[Batch]:
    """Events of a file that is read whole, in stretches; ``last`` carries the counts.

    Until the last batch the cursor stays, so that what was stopped is read again.
    """
    while len(events) > BATCH_EVENTS:
        yield Batch(tuple(events[:BATCH_EVENTS]), before)
        events = events[BATCH_EVENTS:]
    yield replace(last, events=tuple(events))


def walk(root: Path, suffixes: tuple[str, ...], depth: int = 8) -> Iterator[LogFile]:
    """Regular files under ``root`` whose names end so, without following links to folders.

    A link to a file is taken when it stays under ``root``.  Folders that may not be listed
    are passed over; the order is by name.
    """
    yield from _walk(root, root, suffixes, depth)


def folders(root: Path) -> list[Path]:
    """The folders in a folder, by name, without links; none where it may not be listed."""
    try:
        with os.scandir(root) as entries:
            return sorted(Path(e.path) for e in entries if e.is_dir(follow_symlinks=False))
    except OSError:
        return []


def _walk(folder: Path, root: Path, suffixes: tuple[str, ...], depth: int) -> Iterator[LogFile]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth > 0:
                    yield from _walk(Path(entry.path), root, suffixes, depth - 1)
                continue
            if not entry.name.endswith(suffixes):
                continue
            facts = entry.stat()  # raises for a link in a circle, before it is followed
            if entry.is_symlink() and not _stays_inside(Path(entry.path), root):
                continue
        except OSError:
            continue
        if stat.S_ISREG(facts.st_mode):
            yield LogFile(entry.path, facts.st_size, facts.st_mtime_ns)


def _stays_inside(link: Path, root: Path) -> bool:
    return link.resolve().is_relative_to(root.resolve())


def log_file(path: Path, *companions: Path) -> LogFile | None:
    """A named file with its stamp; ``None`` when it is no regular file.

    ``companions`` are files read together with it: a change of one changes the stamp.
    """
    try:
        facts = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(facts.st_mode):
        return None
    stamp = 0
    for companion in companions:
        try:
            beside = companion.stat()
        except OSError:
            continue
        stamp = hash((stamp, beside.st_size, beside.st_mtime_ns)) & 0x7FFF_FFFF_FFFF_FFFF
    return LogFile(path, facts.st_size, facts.st_mtime_ns, stamp)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A read-only descriptor of a regular file, closed at the end.

    Raises ``Unreadable`` for what is gone, forbidden, or no regular file.  Opening does not
    block on a pipe that somebody named like a log.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise Unreadable("unreadable") from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Unreadable("unreadable")
        yield handle
    finally:
        os.close(handle)


def head_of(handle: int, size: int) -> bytes:
    """Hash of the first ``min(size, HEAD_BYTES)`` bytes, with that length in front."""
    length = min(size, HEAD_BYTES)
    os.lseek(handle, 0, os.SEEK_SET)
    digest = hashlib.blake2b(os.read(handle, length), digest_size=12).digest()
    return length.to_bytes(4, "big") + digest


def same_head(handle: int, head: bytes) -> bool:
    """Whether the file still begins as it did when ``head`` was taken."""
    length = int.from_bytes(head[:4], "big")
    return head_of(handle, length) == head


def restarted(file: LogFile, cursor: Cursor) -> bool:
    """Whether a file shrank below a cursor or begins otherwise than when it was taken.

    Without a head in the cursor its source reads the file whole each time, and itself tells
    what is new: nothing is ever restarted.  Raises ``Unreadable``.
    """
    if not cursor.head:
        return False
    with opened(file.path) as handle:
        size = os.fstat(handle).st_size
        return size < cursor.offset or not same_head(handle, cursor.head)


def appended(file: LogFile, cursor: Cursor) -> tuple[Cursor, Iterator[Line]]:
    """New complete lines of an append-only file, with the cursor they start from.

    An unfinished last line is left for the next reading.  A file that shrank or begins
    otherwise than before is read from its start: the returned cursor then has offset 0 and
    no state.  Raises ``Unreadable``.
    """
    with opened(file.path) as handle:
        size = os.fstat(handle).st_size
        kept = cursor.offset and size >= cursor.offset and same_head(handle, cursor.head)
        start = cursor if kept else Cursor()
        now = Cursor(start.offset, size, file.mtime_ns, head_of(handle, size), start.state)
    return now, lines_from(file.path, start.offset)


def line_at(path: Path, offset: int) -> bytes:
    """The line that begins at an offset, without its end.  Raises ``Unreadable``."""
    with opened(path) as handle, os.fdopen(os.dup(handle), "rb") as stream:
        stream.seek(offset)
        return stream.readline(MAX_LINE_BYTES + 1).removesuffix(b"\n")


def lines_from(path: Path, offset: int) -> Iterator[Line]:
    """Complete lines of a file from an offset on.  Raises ``Unreadable``."""
    with opened(path) as handle, os.fdopen(os.dup(handle), "rb", buffering=1 << 20) as stream:
        stream.seek(offset)
        while True:
            line = stream.readline(MAX_LINE_BYTES + 1)
            if not line.endswith(b"\n"):
                if len(line) <= MAX_LINE_BYTES:
                    return
                end = _skip_line(stream)
                if end is None:  # not even finished: named, and looked at again when it grew
                    yield Line(b"", offset, offset, Problem(offset, "too_long"))
                    return
                yield Line(b"", offset, end, Problem(offset, "too_long"))
                offset = end
                continue
            end = offset + len(line)
            text = line[:-1] if offset else line[:-1].removeprefix(b"\xef\xbb\xbf")
            yield Line(text, offset, end)
            offset = end


def _skip_line(stream: object) -> int | None:
    while True:
        part = stream.readline(1 << 20)  # type: ignore[attr-defined]
        if not part:
            return None
        if part.endswith(b"\n"):
            return int(stream.tell())  # type: ignore[attr-defined]


def whole(file: LogFile) -> bytes:
    """All bytes of a document that its tool rewrites, without a byte-order mark.

    Raises ``Unreadable`` (also for one over ``MAX_DOCUMENT_BYTES``: ``too_long``).
    """
    with opened(file.path) as handle:
        size = os.fstat(handle).st_size
        if size > MAX_DOCUMENT_BYTES:
            raise Unreadable("too_long")
        with os.fdopen(os.dup(handle), "rb") as stream:
            return stream.read(MAX_DOCUMENT_BYTES).removeprefix(b"\xef\xbb\xbf")


def reread(file: LogFile, records: int, state: bytes = b"") -> Cursor:
    """The cursor after a document that is read whole each time, however it changes.

    ``records`` is how many of its records are counted so far.  The state is kept even when
    the document is rewritten or shrinks.  Raises ``Unreadable``.
    """
    with opened(file.path) as handle:
        return Cursor(records, file.size, file.mtime_ns, head_of(handle, 0), state)


def database_cursor(file: LogFile, state: bytes) -> Cursor:
    """A cursor after a database was read; it holds while the file stays a database.

    All that lies behind the name of the format changes in place, so that a source keeps in
    ``state`` what it has read.  Raises ``Unreadable``.
    """
    with opened(file.path) as handle:
        head = head_of(handle, MAGIC_BYTES)
    return Cursor(MAGIC_BYTES, file.size, file.mtime_ns, head, state)


def sealed(file: LogFile, cursor: Cursor, reason: Reason = "encrypted") -> Batch:
    """What is said of a file that nobody but its vendor can read: one problem, told once.

    Raises ``Unreadable``.
    """
    with opened(file.path):
        after = Cursor(1, file.size, file.mtime_ns)
    return Batch((), after) if cursor.offset else Batch((), after, (Problem(0, reason),), 1)


@contextmanager
def sqlite_copy(path: Path, *, far: bool | None = None) -> Iterator[sqlite3.Connection]:
    """A read-only connection to a database that its owner may hold open.

    A database that somebody holds open is read in place, write-ahead log included.  Nothing
    is left beside one whose owner is gone: it is read as it lies, and a write-ahead log
    left behind is read in a private copy; so is one that lies on another computer's or the
    other system's disk (``far``), where locks and shared memory do not reach.  Raises
    ``Unreadable("locked")``, also at the end when somebody opened the database meanwhile, or
    ``Unreadable("unreadable")``.
    """
    with ExitStack() as stack:
        try:
            if is_far(path, far_folders()) if far is None else far:
                with opened(path):  # a pipe or a folder would be copied for ever
                    yield _copied(path, stack)
                return
            at_rest = _at_rest(path)
            yield _connected(path, stack, at_rest)
            if at_rest is not None and _at_rest(path) != at_rest:
                raise Unreadable("locked")
        except (sqlite3.Error, UnicodeDecodeError) as error:  # also in words about a broken file
            raise Unreadable("locked" if _busy(error) else "unreadable") from error
        except OSError as error:
            raise Unreadable("unreadable") from error


def _at_rest(path: Path) -> tuple[int, int, bool] | None:
    """Size and time of a database that keeps a log, when there is none or an empty one.

    Then all that was written stands in the database, and nobody is writing.  Whether there
    is a log belongs to it: one that appears means that somebody opened the database.
    """
    with opened(path) as handle:
        facts, header = os.fstat(handle), os.read(handle, 20)
    try:
        log_bytes = _beside(path, "-wal").stat().st_size
    except FileNotFoundError:
        log_bytes = -1
    if header[18:20] != b"\x02\x02" or log_bytes > 0:
        return None
    return facts.st_size, facts.st_mtime_ns, log_bytes == 0


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _connected(path: Path, stack: ExitStack, at_rest: object) -> sqlite3.Connection:
    if at_rest is not None:
        return _opened(path, stack, "immutable=1")
    left = _beside(path, "-wal").exists() and not _beside(path, "-shm").exists()
    if not left:
        try:
            return _opened(path, stack)
        except sqlite3.OperationalError as error:
            if _busy(error):
                raise
    return _copied(path, stack)


def _copied(path: Path, stack: ExitStack) -> sqlite3.Connection:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tokenmirror-"))
    return _opened(_private_copy(path, Path(folder)), stack)


def is_far(path: Path, folders: tuple[str, ...]) -> bool:
    r"""Whether a file lies in one of these folders, or in a share (``\\server\share``)."""
    text = os.path.abspath(path)  # noqa: PTH100 (links stay: what counts is the place named)
    if text.startswith("\\\\"):
        return True
    return any(text.startswith(folder.rstrip("/") + "/") for folder in folders)


@cache
def far_folders() -> tuple[str, ...]:
    """Where file systems of other computers, or of the other system, are mounted here."""
    try:
        return mounted_far(Path("/proc/mounts").read_text("utf-8", "replace"))
    except OSError:
        return ()


def mounted_far(mounts: str) -> tuple[str, ...]:
    """The folders of a table of mounts whose file systems lie elsewhere."""
    rows = (line.split(" ") for line in mounts.splitlines())
    return tuple(
        row[1].replace("\\040", " ")
        for row in rows
        if len(row) > 2 and row[2].startswith(FAR) and row[1] != "/"
    )


def _busy(error: Exception) -> bool:
    return "locked" in str(error) or "busy" in str(error)


def _private_copy(path: Path, folder: Path) -> Path:
    copy = folder / "copy.db"
    log = _beside(path, "-wal")
    for _ in range(3):
        before = path.stat()
        shutil.copyfile(path, copy)
        if log.exists():
            shutil.copyfile(log, folder / "copy.db-wal")
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return copy
    raise Unreadable("locked")


def _opened(path: Path, stack: ExitStack, more: str = "mode=ro") -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&{more}", uri=True, timeout=3)
    stack.callback(db.close)
    db.text_factory = lambda text: text.decode("utf-8", "replace")
    db.execute("select 1 from sqlite_master limit 1").fetchone()
    return db
