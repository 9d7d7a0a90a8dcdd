"""The reading: a child process whose lines say how far it is."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from tokenmirror.errors import UserError
from tokenmirror.language import tr

log = logging.getLogger(__name__)

State = Literal["looking", "reading", "relating"]
ENDS = frozenset({"done", "stopped", "failed"})
GRACE_MS = 3_000


@dataclass(frozen=True)
class SourceProgress:
    """How far one source is; bytes and files."""

    source: str
    done: int = 0
    total: int = 0
    files_done: int = 0
    files: int = 0
    problems: int = 0


@dataclass(frozen=True)
class Progress:
    """One line of the reader: ``done`` of ``total`` bytes, counts since it began."""

    state: State
    done: int = 0
    total: int = 0
    source: str = ""
    events: int = 0
    problems: int = 0
    sources: tuple[SourceProgress, ...] = ()

    @property
    def share(self) -> float | None:
        """0..1; ``None`` while the amount is not known."""
        return min(1.0, self.done / self.total) if self.total else None


@dataclass(frozen=True)
class Changes:
    """What a reading changed: tables by name, and the civil days it touched."""

    tables: frozenset[str]
    first: date | None = None
    last: date | None = None
    report: Mapping[str, object] = field(default_factory=dict)
    stopped: bool = False

    def meets(self, tables: frozenset[str]) -> bool:
        """Whether one of these tables changed."""
        return bool(self.tables & tables)


def progress_of(line: Mapping[str, object]) -> Progress:
    """A progress line as data; absent counts are 0."""
    rows = line.get("sources")
    return Progress(
        state=_state(line.get("state")),
        done=_int(line.get("done")),
        total=_int(line.get("total")),
        source=str(line.get("source") or ""),
        events=_int(line.get("events")),
        problems=_int(line.get("problems")),
        sources=tuple(_source(row) for row in rows if isinstance(row, dict))
        if isinstance(rows, list)
        else (),
    )


def changes_of(line: Mapping[str, object]) -> Changes:
    """The last line of a reading as data."""
    tables, report = line.get("tables"), line.get("report")
    return Changes(
        tables=frozenset(map(str, tables)) if isinstance(tables, list) else frozenset(),
        first=_day(line.get("first")),
        last=_day(line.get("last")),
        report=report if isinstance(report, dict) else {},
        stopped=line.get("state") == "stopped",
    )


class ImportRun(QObject):
    """Runs the reader as a child and tells what it says.

    ``program`` is the command with its arguments but those of one run.  Closing the child's
    standard input asks it to stop; *pause* is stop and *go on* is start, since what is read
    stays read.  A start while one runs is folded into one more run after it.
    """

    progress = Signal(object)  # Progress
    changed = Signal(object)  # Changes, once, when a reading ends whole or stopped
    failed = Signal(object)  # UserError
    running = Signal(bool)

    def __init__(
        self,
        program: Callable[[], Sequence[str]],
        parent: QObject | None = None,
        grace_ms: int = GRACE_MS,
    ) -> None:
        super().__init__(parent)
        self._program = program
        self._grace_ms = grace_ms
        self._process: QProcess | None = None
        self._rest = b""
        self._end: Mapping[str, object] | None = None
        self._again: list[str] | None = None
        self._stopping = False
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self._insist)
        self._insisted = False
        self.last: Progress | None = None
        self.paused = False

    def is_running(self) -> bool:
        """Whether a child is at work."""
        return self._process is not None

    def start(self, *arguments: str) -> None:
        """Read now, with these further arguments (``--full``, ``--source ID``)."""
        self.paused = False
        if self._process is not None:
            self._again = list(arguments)
            return
        command = [*self._program(), *arguments]
        process = self._process = QProcess(self)
        self._rest, self._end, self.last = b"", None, None
        self._stopping = self._insisted = False
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONIOENCODING", "utf-8")
        environment.insert("PYTHONUNBUFFERED", "1")
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._note)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._error)
        process.start(command[0], command[1:])
        self.running.emit(True)

    def stop(self) -> None:
        """Ask the child to stop after the batch in hand; insist when it does not."""
        self._again = None
        if self._process is None or self._stopping:
            return
        self._stopping = True
        self._process.closeWriteChannel()
        self._patience.start(self._grace_ms)

    def pause(self) -> None:
        """Stop, to go on later."""
        self.paused = self._process is not None
        self.stop()

    def close(self) -> None:
        """Stop and wait: the window is closing."""
        process = self._process
        if process is None:
            return
        self._again = None
        process.finished.disconnect(self._finished)
        process.errorOccurred.disconnect(self._error)
        process.closeWriteChannel()
        if not process.waitForFinished(self._grace_ms):
            process.terminate()
            if not process.waitForFinished(self._grace_ms):
                process.kill()
                process.waitForFinished(self._grace_ms)
        self._patience.stop()
        self._process = None

    def _insist(self) -> None:
        if self._process is None:
            return
        if self._insisted:
            self._process.kill()
            return
        self._insisted = True
        self._process.terminate()
        self._patience.start(self._grace_ms)

    def _read(self) -> None:
        if self._process is None:
            return
        lines = (self._rest + bytes(self._process.readAllStandardOutput().data())).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            self._line(line)

    def _line(self, raw: bytes) -> None:
        if not raw.strip():
            return
        try:
            line = json.loads(raw)
        except ValueError:
            log.warning("the reader said a line that is not JSON")
            return
        if not isinstance(line, dict):
            return
        if line.get("state") in ENDS:
            self._end = line
            return
        self.last = progress_of(line)
        self.progress.emit(self.last)

    def _note(self) -> None:
        if self._process is None:
            return
        said = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        for line in said.splitlines():
            log.info("reader: %s", line)

    def _error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._over()
            self.failed.emit(
                UserError(
                    tr("The reader could not be started."),
                    tr("Install TokenMirror again; what was read is untouched."),
                )
            )

    def _finished(self) -> None:
        self._read()
        end, stopping, again = self._end, self._stopping, self._again
        self._over()
        if end is not None and end.get("state") == "failed":
            self.failed.emit(UserError(str(end.get("reason") or ""), str(end.get("advice") or "")))
        elif end is not None:
            self.changed.emit(changes_of(end))
        elif stopping:
            self.changed.emit(Changes(frozenset(), stopped=True))
        else:
            self.failed.emit(
                UserError(
                    tr("The reading ended before it was complete."),
                    tr("What was read is kept. Read again to go on from there."),
                )
            )
        if again is not None:
            self.start(*again)

    def _over(self) -> None:
        self._patience.stop()
        if self._process is not None:
            self._process.deleteLater()
        self._process, self._again = None, None
        self.running.emit(False)


def _state(value: object) -> State:
    if value == "reading":
        return "reading"
    return "relating" if value == "relating" else "looking"


def _source(row: Mapping[str, object]) -> SourceProgress:
    return SourceProgress(
        source=str(row.get("id") or ""),
        done=_int(row.get("done")),
        total=_int(row.get("total")),
        files_done=_int(row.get("files_done")),
        files=_int(row.get("files")),
        problems=_int(row.get("problems")),
    )


def _int(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
