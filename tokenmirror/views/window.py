"""The window: sidebar, header, pages; history, reading and undo across them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from tokenmirror.errors import UserError
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures.periods import Period, default_period
from tokenmirror.store import readings
from tokenmirror.store.readings import Known, Run
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.frame.header import Header
from tokenmirror.views.frame.help import AboutSheet, CountingSheet, KeyboardSheet, RecentSheet
from tokenmirror.views.frame.history import Filters, History, Place
from tokenmirror.views.frame.menus import Menus
from tokenmirror.views.frame.sidebar import Entry, Sidebar
from tokenmirror.views.import_run import Changes, Progress
from tokenmirror.views.pages.overview import OverviewPage
from tokenmirror.views.pages.page import Page
from tokenmirror.views.pages.sources import SourcesPage
from tokenmirror.views.pages.tasks import TasksPage
from tokenmirror.views.widgets.buttons import Button
from tokenmirror.views.widgets.message import InlineMessage
from tokenmirror.views.widgets.toast import Toast

# group label, page, keys: a page is listed once it exists
PAGES: tuple[tuple[str, type[Page[Any]], str], ...] = (
    ("", OverviewPage, "Ctrl+1"),
    ("", TasksPage, "Ctrl+2"),
    (mark("Data"), SourcesPage, "Ctrl+9"),
)
SMALLEST = QSize(880, 600)
USUAL = QSize(1280, 860)
NARROW_BELOW = 1080
REFRESH_MS = 2_000
MINUTE_MS = 60_000


class Window(QMainWindow):
    """The program's one window.

    ``first_painted`` is told once, after the frame is on screen: what is slow to load waits
    for it.  ``wants_consent`` and ``wants_sample`` ask for the first run and for sample data.
    """

    first_painted = Signal()
    wants_consent = Signal()
    wants_sample = Signal()
    leaves_sample = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.history = History()
        self.pages: dict[str, Page[Any]] = {}
        self._classes = {page.key: page for _, page, _ in PAGES}
        self._keys = {page.key: keys for _, page, keys in PAGES}
        self._painted = False
        self._narrow_chosen = False
        self._last_run: Run | None = None
        self._problem_files = 0
        self._progress: Progress | None = None
        self._recent: list[str] = []
        self._build()
        self._menus()
        self._connect()
        self._restore()

    def begin(self) -> None:
        """Open the page of last time with the default period."""
        page = self.desk.options.value.last_page
        known = page if page in self._classes else PAGES[0][1].key
        self.desk.jobs.ask("default", self._first_question(), self._begin_with(known), self._tell)
        self.refresh_facts()

    def go(self, place: Place) -> None:
        """Go to a place: a new step in the history."""
        self.history.go(place)
        self._show(place)

    def step(self, by: int) -> None:
        """Walk the history back (-1) or forward (+1)."""
        place = self.history.step(by)
        if place is not None:
            self._show(place)

    def page(self, key: str) -> Page[Any]:
        """The page of that key, built on first use and kept."""
        if key not in self.pages:
            page = self.pages[key] = self._classes[key](self.desk)
            page.go.connect(self.go)
            page.chose.connect(self.history.correct)
            page.covered.connect(self._covered)
            page.busy.connect(self.header.set_busy)
            page.settled.connect(self._settled)
            page.wants_consent.connect(self.wants_consent)
            page.wants_sample.connect(self.wants_sample)
            self.stack.addWidget(page)
        return self.pages[key]

    @property
    def here(self) -> Place | None:
        """The place shown now."""
        return self.history.here

    def refresh_facts(self) -> None:
        """Ask anew what the frame shows: last reading, projects and tools there are."""
        self.desk.jobs.ask("facts", _facts, self._take_facts, self._ignore)

    def toast(self, words: str, undo: Callable[[], None] | None = None) -> None:
        """Say something for a few seconds; it stays under Help, Recent changes."""
        self._recent.append(words)
        del self._recent[:-50]
        self._toast.say(words, undo)

    def message(self, error: UserError) -> None:
        """Show a fault of the world over the page, with what can be done."""
        self._message.say(str(error), "problem")

    def _build(self) -> None:
        self.setWindowTitle("TokenMirror")
        self.setMinimumSize(SMALLEST)
        self.sidebar = Sidebar(_entries(), self)
        self.header = Header(self.desk, self)
        self.stack = QStackedWidget(self)
        body = QWidget(self)
        body.setProperty("part", "page")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if self.desk.sample:
            column.addWidget(self._sample_strip())
        self._message = InlineMessage(parent=body)
        self._message.hide()
        column.addWidget(self.header)
        column.addWidget(self._message)
        column.addWidget(self.stack, 1)
        central = QWidget(self)
        row = QHBoxLayout(central)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addWidget(body, 1)
        self.setCentralWidget(central)
        self._toast = Toast(body)

    def _menus(self) -> None:
        listed = [(page.key, tr(page.title), keys) for _, page, keys in PAGES]
        self.menus = Menus(self, listed, self.desk.undo)
        slots: dict[str, Callable[[], None]] = {
            "read": self._read,
            "quit": self.close,
            "copy": self._copy,
            "find": self._find,
            "period_back": self._earlier,
            "period_on": self._later,
            "period_choose": self.header.choose_period,
            "larger": self._larger,
            "smaller": self._smaller,
            "normal_size": self._normal_size,
            "theme_system": self._theme_system,
            "theme_light": self._theme_light,
            "theme_dark": self._theme_dark,
            "sidebar": self._toggle_sidebar,
            "detail": self._toggle_detail,
            "regions": self._next_region,
            "regions_back": self._region_before,
            "back": self._back,
            "forward": self._forward,
            "today": self._today,
            "counted": self._counted,
            "keyboard": self._keyboard,
            "changes": self._recent_changes,
            "sample": self.wants_sample.emit,
            "about": self._about,
        }
        for name, slot in slots.items():
            self.menus.actions[name].triggered.connect(slot)
        for _, page, _ in PAGES:
            action = self.menus.actions[f"page:{page.key}"]
            action.setData(page.key)
            action.triggered.connect(self._page_chosen)
        chosen = f"theme_{self.desk.options.value.theme}"
        self.menus.actions[chosen].setChecked(True)

    def _connect(self) -> None:
        self.sidebar.opened.connect(self._open_page)
        self.header.filters_chosen.connect(self._filter)
        self.header.details_asked.connect(self._open_sources)
        run = self.desk.run
        run.progress.connect(self._reading)
        run.running.connect(self._running)
        run.changed.connect(self._changed)
        run.failed.connect(self.message)
        self.desk.undo.indexChanged.connect(self._undo_moved)
        self._refresh = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refresh.timeout.connect(self._refresh_here)
        self._minute = QTimer(self, interval=MINUTE_MS)
        self._minute.timeout.connect(self._show_foot)
        self._minute.start()
        self._show_foot()

    # The frame

    def _sample_strip(self) -> QWidget:
        strip = InlineMessage(parent=self)
        strip.say(tr("Sample data, nothing of yours"), "info", closable=False)
        leave = Button(tr("Leave"))
        leave.clicked.connect(self.leaves_sample)
        strip.add_action(leave)
        return strip

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.first_painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_sidebar()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._activated()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.BackButton:
            self.step(-1)
        elif event.button() == Qt.MouseButton.ForwardButton:
            self.step(1)
        else:
            super().mouseReleaseEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        geometry = base64.b64encode(bytes(self.saveGeometry().data())).decode("ascii")
        here = self.here
        self._save(geometry=geometry, last_page=here.page if here else PAGES[0][1].key)
        self.desk.run.close()
        self.desk.jobs.close()
        super().closeEvent(event)
