"""One run of the window: put together by hand, one line each, and taken apart again."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QFileSystemWatcher,
    QLockFile,
    QObject,
    QProcess,
    Qt,
    Signal,
)
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication

from tokenmirror import paths
from tokenmirror.errors import UserError
from tokenmirror.language import tr
from tokenmirror.settings import Settings
from tokenmirror.sources.source import Machine, Source
from tokenmirror.store import own, reader
from tokenmirror.views.desk import Desk, Options
from tokenmirror.views.garbage import Collector
from tokenmirror.views.import_run import ImportRun
from tokenmirror.views.jobs import Jobs
from tokenmirror.views.theme import Theme
from tokenmirror.views.widgets.buttons import FocusRing
from tokenmirror.views.widgets.empty_state import EmptyState
from tokenmirror.views.window import Window

if TYPE_CHECKING:
    from tokenmirror.views.crash import CrashSheet
    from tokenmirror.views.first_run.first_run import FirstRun

log = logging.getLogger(__name__)

SHOW = "window.show"  # touched by a second start, watched by the first


class Session(QObject):
    """The application, its window, and what a fault or a second start does to it."""

    _broken = Signal(str)

    def __init__(self, app: QApplication, lock: QLockFile, places: paths.Places) -> None:
        super().__init__()
        self.app, self._lock, self.places = app, lock, places
        self.window: Window | None = None
        self.desk: Desk | None = None
        self._first_run: FirstRun | None = None
        self._crash: CrashSheet | None = None
        self._fault: EmptyState | None = None
        self._collector = Collector(self)
        self._hooks = sys.excepthook, threading.excepthook
        self._broken.connect(self._show_crash, Qt.ConnectionType.QueuedConnection)
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread
        self._watch_for_second_start()

    @classmethod
    def opened(
        cls,
        places: paths.Places,
        settings: Settings,
        machine: Machine,
        load_sources: Callable[[], tuple[Source, ...]],
        *,
        zone: str,
        program: tuple[str, ...],
        clock_ms: Callable[[], int],
        home: Path | None = None,
        note: str = "",
        sample: bool = False,
        dress: Callable[[QApplication, Settings], None] | None = None,
    ) -> Session | None:
        """A session ready to be shown; ``None`` when another one has these places.

        ``dress`` gives the application its look, ``dressed`` unless told otherwise.
        """
        lock = QLockFile(str(places.window_lock))
        if not lock.tryLock(0):
            places.window_lock.with_name(SHOW).touch()
            return None
        found = QApplication.instance()
        app = found if isinstance(found, QApplication) else QApplication([paths.APP])
        app.setApplicationName("TokenMirror")
        app.setDesktopFileName(paths.APP)
        (dress or dressed)(app, settings)
        session = cls(app, lock, places)
        try:
            rows = own.opened(places.database)
        except UserError as error:
            session._say_fault(error)
            return session
        session.desk = Desk(
            jobs=Jobs(lambda: reader.connect(places.database), session),
            own=rows,
            run=ImportRun(lambda: program, session),
            options=Options(settings, None if sample else places.settings, session),
            undo=QUndoStack(session),
            machine=machine,
            load_sources=load_sources,
            zone=zone,
            clock_ms=clock_ms,
            sample=sample,
            home=home,
        )
        session._open_window(note)
        return session

    def stay(self) -> int:
        """Show the window until it is closed; gives the exit code."""
        shown = self.window or self._fault
        assert shown is not None
        shown.show()
        return self.app.exec()

    def paint_every_page(self) -> int:
        """Paint each page once into a picture, without an answer; gives how many there are."""
        window = self.window
        if window is None:
            return 0
        for key in window.listed():
            window.page(key).grab()
        return len(window.listed())

    def close(self) -> None:
        """Take everything apart: no thread, child or window stays behind."""
        sys.excepthook, threading.excepthook = self._hooks
        self._collector.stop()
        for window in (self._crash, self.window, self._fault):
            if window is not None:
                window.close()
                window.deleteLater()
        if self.desk is not None:
            self.desk.run.close()
            self.desk.jobs.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        self._lock.unlock()

    def _open_window(self, note: str) -> None:
        assert self.desk is not None
        self.window = Window(self.desk)
        self.window.first_painted.connect(self.window.begin)
        self.window.wants_consent.connect(self._choose_logs)
        self.window.wants_sample.connect(self._show_sample)
        self.window.leaves_sample.connect(self.window.close)
        if note:
            self.window.message(UserError(note))
        never_closed = not self.desk.options.value.geometry
        if never_closed and not self.desk.sample and not self.desk.own.consents():
            self._cover().open(0)

    def _cover(self) -> FirstRun:
        """The first run over the pages."""
        assert self.window is not None
        assert self.desk is not None
        from tokenmirror.views.first_run.first_run import FirstRun  # late: start-up time

        if self._first_run is None:
            self._first_run = FirstRun(self.desk, self.places)
            self._first_run.left.connect(self.window.uncover)
            self._first_run.finished.connect(self._open_overview)
            self._first_run.wants_sample.connect(self._show_sample)
            self._first_run.failed.connect(self.window.message)
        self.window.cover(self._first_run)
        return self._first_run

    def _open_overview(self) -> None:
        assert self.window is not None
        self.window.uncover()
        self.window.open_first()

    def _choose_logs(self) -> None:
        self._cover().open_tools()

    def _show_sample(self) -> None:
        """Sample data live in another archive, so they get a window and process of their own."""
        program, *arguments = [*paths.reader_program(), "demo"]
        started, _ = QProcess.startDetached(program, arguments)
        if not started and self.window is not None:
            self.window.message(
                UserError(tr("The sample could not be opened."), tr("Install TokenMirror again."))
            )

    def _say_fault(self, error: UserError) -> None:
        self._fault = EmptyState(error.what, error.advice, tr("Close"))
        self._fault.setProperty("part", "page")
        self._fault.setWindowTitle("TokenMirror")
        self._fault.resize(880, 600)
        self._fault.acted.connect(self._fault.close)

    def _watch_for_second_start(self) -> None:
        file = self.places.window_lock.with_name(SHOW)
        file.touch()
        self._watcher = QFileSystemWatcher([str(file)], self)
        self._watcher.fileChanged.connect(self._come_to_the_front)

    def _come_to_the_front(self, name: str) -> None:
        if name not in self._watcher.files():
            Path(name).touch()
            self._watcher.addPath(name)
        if self.window is not None:
            minimised = self.window.windowState() & ~Qt.WindowState.WindowMinimized
            self.window.setWindowState(minimised | Qt.WindowState.WindowActive)
            self.window.raise_()
            self.window.activateWindow()

    def _uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self.app.quit()
            return
        log.error("fault in the window", exc_info=(kind, error, trace))
        self._broken.emit(stack_of(kind, trace))

    def _uncaught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def _show_crash(self, stack: str) -> None:
        if self._crash is not None and self._crash.isVisible():
            return
        from tokenmirror.views.crash import CrashSheet  # late: mostly never needed

        self._crash = CrashSheet(stack, self.window)
        self._crash.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        self._crash.open()


def dressed(app: QApplication, settings: Settings) -> None:
    """Give an application its theme, and the ring round what has the focus."""
    Theme(app, settings.theme, settings.text_scale)
    FocusRing.install(app)


def stack_of(kind: type[BaseException], trace: TracebackType | None) -> str:
    """A fault as a stack of places, without messages, lines of code or full paths."""
    places = [
        f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(trace)
    ]
    return "\n".join([kind.__name__, *places])
