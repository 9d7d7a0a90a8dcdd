"""Look for logs, read what is new in them, write it batch by batch.

Unchanged files cost one ``stat``.  A batch and its cursor are one transaction, so a stop, a
crash or a power cut loses at most the batch in hand and never doubles one.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenmirror.events import Problem, Reason
from tokenmirror.ingest.report import Report, Say, Stopped
from tokenmirror.sources.lines import Unreadable, restarted
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source
from tokenmirror.store import copies, files, oddities
from tokenmirror.store.connection import immediately
from tokenmirror.store.files import KnownFile, Position
from tokenmirror.store.writer import Writer

log = logging.getLogger(__name__)

FAULTS_UNTIL_REST = 5
SAY_EVERY_S = 0.1
MAX_NAMED_PROBLEMS = 200


@dataclass(frozen=True)
class Work:
    """A file that may hold something new, and what is known of it."""

    source: Source
    file: LogFile
    known: KnownFile | None


def look(
    db: sqlite3.Connection,
    machine_id: int,
    machines: Sequence[Machine],
    sources: Iterable[Source],
    report: Report,
    *,
    full: bool = False,
) -> list[Work]:
    """Files of these homes that changed since the last reading, newest first.

    Sources that look into work trees come last, so that a folder another log names is
    looked into in the same run.  With ``full`` every file counts as changed.
    """
    work: list[Work] = []
    sources = tuple(sources)
    every = files.known(db, machine_id, [source.key for source in sources])
    for source in sources:
        before = every[source.key]
        found: set[str] = set()
        for file in _found(source, machines, report):
            path = files.path_text(file.text)
            if path in found:
                continue
            found.add(path)
            known = before.get(path)
            if full or known is None or _changed(source, file, known):
                work.append(Work(source, file, known))
            else:
                report.files_unchanged += 1
        report.files_found += len(found)
        gone = [
            known.id
            for path, known in before.items()
            # one that is there but not looked at now was named for another run only
            if path not in found and not known.gone and not Path(path).exists()
        ]
        if gone:
            with immediately(db):
                files.mark_gone(db, gone)
    work.sort(key=lambda one: (one.source.work_trees, -one.file.mtime_ns, one.file.text))
    return work


def _found(source: Source, machines: Sequence[Machine], report: Report) -> Iterator[LogFile]:
    """Files of a source; a fault in its looking is named, and the other sources go on."""
    try:
        for machine in machines:
            yield from source.find(machine)
    except Exception as error:  # as in the file loop: one source must not stop the others
        if not isinstance(error, Unreadable):
            log.exception("source %s: its logs could not be found", source.key)
        report.files_failed += 1
        report.source(source.key).problems.append(("", None, "bug"))


def _changed(source: Source, file: LogFile, known: KnownFile) -> bool:
    return (file.size, file.mtime_ns, file.stamp, source.version) != (
        known.size,
        known.mtime_ns,
        known.stamp,
        known.version,
    )


class Pump:
    """Reads files into the archive until done or stopped."""

    def __init__(
        self, writer: Writer, report: Report, say: Say, stopped: Stopped, *, full: bool
    ) -> None:
        self._writer = writer
        self._db = writer.db
        self._report = report
        self._say = say
        self._stopped = stopped
        self._full = full
        self._said_s = 0.0
        self._events = 0
        self._faults: dict[str, int] = {}
        self._far: dict[str, _Far] = {}

    def read(self, work: Sequence[Work]) -> None:
        """Read all files in order; what fails is named and the others go on."""
        for one in work:
            self._far.setdefault(one.source.key, _Far())
        for one in work:
            far = self._far[one.source.key]
            far.files += 1
            far.total += one.file.size
        for one in work:
            if self._stopped():
                self._report.stopped = True
                return
            source = self._report.source(one.source.key)
            if self._faults.get(one.source.key, 0) >= FAULTS_UNTIL_REST:
                source.rests = True
                continue
            self._tell(one)
            self._read_one(one)
            self._far[one.source.key].files_done += 1
            self._far[one.source.key].done += one.file.size
        self._tell(None)

    def _read_one(self, work: Work) -> None:
        path = files.path_text(work.file.path)
        with immediately(self._db):
            file_id = (
                work.known.id
                if work.known
                else files.add(self._db, self._writer.machine_id, work.source.key, path, _now_ms())
            )
        try:
            self._read_batches(work, file_id)
        except Unreadable as error:
            self._fail(work, file_id, error.reason)
        except (sqlite3.Error, KeyboardInterrupt):
            raise
        except Exception:  # a decoder's fault must not stop the other files
            log.exception("source %s: a file could not be decoded", work.source.key)
            self._faults[work.source.key] = self._faults.get(work.source.key, 0) + 1
            self._fail(work, file_id, "bug")

    def _read_batches(self, work: Work, file_id: int) -> None:
        cursor, fresh = self._start(work, file_id)
        position = _position(work, cursor, fresh=fresh)
        first = True
        for batch in work.source.read(work.file, cursor):
            position = self._write(work, file_id, batch, fresh=first and fresh, first=first)
            first = False
            if self._stopped():
                self._report.stopped = True
                return
        # also where nothing was new: the next look must find the file as it is now
        with immediately(self._db):
            files.advance(self._db, file_id, _settled(position, work.file), _now_ms())
            files.forget_failures(self._db, file_id)
        self._report.files_read += 1
        self._report.bytes_read += max(0, work.file.size - cursor.offset)
        self._report.source(work.source.key).files_read += 1

    def _start(self, work: Work, file_id: int) -> tuple[Cursor, bool]:
        """The cursor to read from, and whether the file's counts begin anew."""
        known = work.known
        self._writer.why, self._writer.detail = "new_records", work.source.key
        if known is None:
            return Cursor(), True
        if known.version != work.source.version and known.version:
            self._writer.why = "source_version"
            self._writer.detail += f" {known.version} {work.source.version}"
            self._forget(file_id)
            return Cursor(), True
        cursor = Cursor(known.offset, known.size, known.mtime_ns, known.head, known.state)
        begun = known.offset or known.head or known.state
        afresh = not begun or restarted(work.file, cursor)
        if self._full or (afresh and work.file.size < known.size):
            self._writer.why = "reread"
        if self._full or afresh:
            with immediately(self._db):
                self._writer.lose(oddities.let_go(self._db, file_id))
            return Cursor(), True
        return cursor, False

    def _forget(self, file_id: int) -> None:
        with immediately(self._db):
            self._writer.lose(copies.forget_file(self._db, file_id))

    def _write(
        self, work: Work, file_id: int, batch: Batch, *, fresh: bool, first: bool
    ) -> Position:
        key = work.source.key
        source = self._report.source(key)
        with immediately(self._db):
            if first and batch.replaces:
                self._writer.lose(copies.forget_file(self._db, file_id))
            first_ms, last_ms = self._writer.write(file_id, key, batch.events, source.counts)
            position = _position(
                work, batch.cursor, fresh=fresh, batch=batch, span=(first_ms, last_ms)
            )
            files.advance(self._db, file_id, position, _now_ms())
            files.note_unknown(self._db, file_id, batch.unknown)
            files.note_problems(self._db, file_id, batch.problems, _now_ms())
        self._events += len(batch.events)
        self._report.saw(first_ms, last_ms)
        self._report.records_read += batch.records
        self._report.records_understood += batch.understood
        self._report.records_unknown += sum(batch.unknown.values())
        self._note(work, batch.problems)
        return position

    def _note(self, work: Work, problems: Sequence[Problem]) -> None:
        source = self._report.source(work.source.key)
        source.records_bad += len(problems)
        self._report.records_bad += len(problems)
        room = max(0, MAX_NAMED_PROBLEMS - len(source.problems))
        path = files.path_text(work.file.path)
        source.problems += [(path, one.offset, one.reason) for one in problems[:room]]

    def _fail(self, work: Work, file_id: int, reason: Reason) -> None:
        """Name a file that could not be read; it is tried again at the next look."""
        self._report.files_failed += 1
        problem = Problem(None, reason)
        with immediately(self._db):
            files.forget_failures(self._db, file_id)
            files.note_problems(self._db, file_id, [problem], _now_ms())
        source = self._report.source(work.source.key)
        source.problems.append((files.path_text(work.file.path), None, reason))

    def _tell(self, work: Work | None) -> None:
        """Say how far the reading is, at most ten times a second and at its end."""
        if work is not None and time.monotonic() - self._said_s < SAY_EVERY_S:
            return
        self._said_s = time.monotonic()
        self._say(
            {
                "state": "reading",
                "done": sum(far.done for far in self._far.values()),
                "total": sum(far.total for far in self._far.values()),
                "source": work.source.key if work else None,
                "events": self._events,
                "problems": self._report.records_bad + self._report.files_failed,
                "sources": [self._said(key, far) for key, far in self._far.items()],
            }
        )

    def _said(self, key: str, far: _Far) -> dict[str, object]:
        return {
            "id": key,
            "done": far.done,
            "total": far.total,
            "files_done": far.files_done,
            "files": far.files,
            "problems": len(self._report.source(key).problems),
        }


@dataclass
class _Far:
    """How far one source is read: bytes and files of those that changed."""

    done: int = 0
    total: int = 0
    files_done: int = 0
    files: int = 0


def _position(
    work: Work,
    cursor: Cursor,
    *,
    fresh: bool,
    batch: Batch | None = None,
    span: tuple[int | None, int | None] = (None, None),
) -> Position:
    """The stored position: until a file is read to its end its size stays unlike any size."""
    return Position(
        size=-2,
        mtime_ns=work.file.mtime_ns,
        stamp=work.file.stamp,
        offset=cursor.offset,
        head=cursor.head,
        state=cursor.state,
        version=work.source.version,
        records=batch.records if batch else 0,
        understood=batch.understood if batch else 0,
        first_ms=span[0],
        last_ms=span[1],
        fresh=fresh,
    )


def _settled(position: Position, file: LogFile) -> Position:
    return Position(
        size=file.size,
        mtime_ns=file.mtime_ns,
        stamp=file.stamp,
        offset=position.offset,
        head=position.head,
        state=position.state,
        version=position.version,
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
