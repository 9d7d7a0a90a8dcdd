"""When to read, and the one line that says when it was done last."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from tokenmirror.errors import UserError
from tokenmirror.language import duration, percent, tr, tr_n
from tokenmirror.measures.measure import Reader
from tokenmirror.store import readings
from tokenmirror.views.desk import Desk
from tokenmirror.views.import_run import Changes, Progress

REFRESH_MS = 2_000
MINUTE_MS = 60_000


class ReadingWatch(QObject):
    """Follows the reading: ``foot`` is the sidebar's line, ``due`` asks pages to look again.

    Reads again by itself only while a source is switched on; ``due`` comes at most every two
    seconds while a reading runs.
    """

    foot = Signal(str)
    due = Signal()

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._last_ms: int | None = None
        self._began_ms: int | None = None
        self._problem_files = 0
        self._allowed = False
        self._refresh = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refresh.timeout.connect(self.due)
        self._minute = QTimer(self, interval=MINUTE_MS)
        self._minute.timeout.connect(self.say)
        self._minute.start()
        desk.run.progress.connect(self._progress)
        desk.run.running.connect(self._running)
        desk.run.changed.connect(self._changed)

    def look(self, *, then_read: bool = False) -> None:
        """Ask the archive when it was read last; perhaps read, if a source is switched on."""
        told = self._known_and_read if then_read else self._known
        self._desk.jobs.ask("last reading", _last, told, self._unknown)

    def activated(self) -> None:
        """The window came to the front: read if the last reading is some time ago."""
        old_ms = self._desk.options.value.refresh_min * MINUTE_MS
        before = self._began_ms or self._last_ms
        if before is None or self._desk.clock_ms() - before > old_ms:
            self.read_if_allowed()

    def read_if_allowed(self) -> None:
        """Start a reading when there is something that may be read."""
        if self._allowed and not self._desk.sample and not self._desk.run.is_running():
            self._desk.run.start()

    def say(self) -> None:
        """Tell the line anew: time has gone on."""
        self.foot.emit(self.words())

    def words(self) -> str:
        """The line: "Reading… 12 %", "3 files not understood", "Read 4 min ago"."""
        run = self._desk.run
        if run.is_running():
            if run.last is not None and run.last.state == "relating":
                return tr("Following commits…")
            share = run.last.share if run.last else None
            return tr("Reading…") if share is None else tr("Reading… {n}", n=percent(share))
        if run.paused:
            return tr("Reading paused")
        if self._last_ms is None:
            return tr("Nothing read yet")
        ago = self._desk.clock_ms() - self._last_ms
        read = tr("Read just now") if ago < MINUTE_MS else tr("Read {time} ago", time=duration(ago))
        if not self._problem_files:
            return read
        files = tr_n("{n} file not understood", "{n} files not understood", self._problem_files)
        return f"{read}\n{files}"

    def _progress(self, progress: Progress) -> None:
        self.say()
        if not self._refresh.isActive():
            self._refresh.start()

    def _running(self, running: bool) -> None:
        if running:
            self._began_ms = self._desk.clock_ms()
        else:
            self._refresh.stop()
        self.say()

    def _changed(self, changes: Changes) -> None:
        self.look()

    def _known(self, found: tuple[readings.Run | None, int, bool]) -> None:
        run, self._problem_files, self._allowed = found
        self._last_ms = run.ended_ms if run else None
        self.say()

    def _known_and_read(self, found: tuple[readings.Run | None, int, bool]) -> None:
        self._known(found)
        self.read_if_allowed()

    def _unknown(self, error: UserError) -> None:
        self.say()


def _last(db: Reader) -> tuple[readings.Run | None, int, bool]:
    problems = sum(source.problem_files for source in readings.source_readings(db).values())
    allowed = any(since is not None for since in readings.allowed(db).values())
    return readings.last_run(db), problems, allowed
