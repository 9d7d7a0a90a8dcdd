"""The window: sidebar, header, pages; history, reading and undo across them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from tokenmirror.errors import UserError
from tokenmirror.language import mark, tr
from tokenmirror.measures import periods
from tokenmirror.measures.measure import Reader
from tokenmirror.store import readings
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.frame.header import Header
from tokenmirror.views.frame.history import Filters, History, Place
from tokenmirror.views.frame.menus import Menus
from tokenmirror.views.frame.regions import cycle, pull_back
from tokenmirror.views.frame.sheets import Sheets
from tokenmirror.views.frame.sidebar import Entry, Sidebar
from tokenmirror.views.frame.watch import ReadingWatch
from tokenmirror.views.import_run import Changes, Progress
from tokenmirror.views.pages.page import Coverage, Page
from tokenmirror.views.widgets.messages import InlineMessage, Toast, announce


@dataclass(frozen=True)
class Listed:
    """A page in the sidebar; its class is imported when it is first opened.

    A page is listed once it exists; ``group`` is the label over it, "" for none.
    """

    key: str
    title: str
    icon: str
    keys: str
    name: str
    group: str = ""

    def load(self) -> type[Page[Any]]:
        """The class: a module takes longer to load than the frame may take to appear."""
        module = importlib.import_module(f"tokenmirror.views.pages.{self.key}")
        page: type[Page[Any]] = getattr(module, self.name)
        return page


PAGES = (
    Listed("overview", mark("Overview"), "overview", "Ctrl+1", "OverviewPage"),
    Listed("tasks", mark("Tasks"), "tasks", "Ctrl+2", "TasksPage"),
    Listed("held_up", mark("Held up"), "held-up", "Ctrl+4", "HeldUpPage"),
    Listed("sources", mark("Sources"), "sources", "Ctrl+9", "SourcesPage", mark("Data")),
)
SMALLEST, USUAL = QSize(880, 600), QSize(1280, 860)
NARROW_BELOW = 1080


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
        self._listed = {listed.key: listed for listed in PAGES}
        self._painted = False
        self._narrow_wanted = False
        self._recent: list[str] = []
        self._undo_at = 0
        self.sheets = Sheets(self, desk, self._told, self._reckon)
        self._build()
        self._make_menus()
        self._connect()
        self._restore()

    @property
    def here(self) -> Place | None:
        """The place shown now."""
        return self.history.here

    def begin(self) -> None:
        """Open the page of last time, and read if a source is switched on."""
        last = self.desk.options.value.last_page
        self.open_first(last if last in self._listed else PAGES[0].key)
        self.watch.look(then_read=True)

    def open_first(self, page: str = PAGES[0].key) -> None:
        """Open a page for the last full month or, while that holds nothing, for this one."""
        days, today = self.desk.days, self.desk.today
        last = periods.named("last_month", days, today)
        this = periods.named("this_month", days, today)

        def first_period(db: Reader) -> periods.Period:
            bounds = days.bounds_ms(last.first, last.last)
            return last if readings.has_activity(db, *bounds) else this

        def go(period: periods.Period) -> None:
            self.go(Place(page, Filters(period)))

        self.desk.jobs.ask("first period", first_period, go, self.message)
        self.look_around()

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
            page = self.pages[key] = self._listed[key].load()(self.desk)
            page.go.connect(self.go)
            page.chose.connect(self.history.correct)
            page.covered.connect(self._covered)
            page.busy.connect(self.header.set_busy)
            page.told.connect(self._told)
            page.failed.connect(self.message)
            page.wants_consent.connect(self.wants_consent)
            page.wants_sample.connect(self.wants_sample)
            self.stack.addWidget(page)
        return self.pages[key]

    def listed(self) -> tuple[str, ...]:
        """The keys of all pages."""
        return tuple(self._listed)

    def cover(self, widget: QWidget) -> None:
        """Show something in place of sidebar and pages, until ``uncover``."""
        if self._covers.indexOf(widget) < 0:
            self._covers.addWidget(widget)
        self._covers.setCurrentWidget(widget)
        self.menuBar().setEnabled(False)

    def uncover(self) -> None:
        """Show sidebar and pages again."""
        self._covers.setCurrentIndex(0)
        self.menuBar().setEnabled(True)
        self._refresh_here()

    def look_around(self) -> None:
        """Ask anew which projects and tools there are to filter by."""
        self.desk.jobs.ask("known", readings.known, self._known, self.message)

    def toast(self, words: str) -> None:
        """Say something for a few seconds; it stays under Help, Recent changes."""
        self._recent.append(words)
        del self._recent[:-50]
        self._toast.say(words, undo=self.desk.undo.canUndo())

    def message(self, error: UserError) -> None:
        """Show a fault of the world over the page, with what can be done."""
        self._message.say(str(error))
        self._message.show()

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
        self._message = InlineMessage("problem", "")
        self._message.hide()
        if self.desk.sample:
            column.addWidget(self._sample_strip())
        for part in (self.header, self._message):
            column.addWidget(part)
        column.addWidget(self.stack, 1)
        central = QWidget(self)
        row = QHBoxLayout(central)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addWidget(body, 1)
        self._covers = QStackedWidget(self)
        self._covers.addWidget(central)
        self.setCentralWidget(self._covers)
        self._toast = Toast(body)

    def _sample_strip(self) -> QWidget:
        words = tr("Sample data, nothing of yours")
        strip = InlineMessage("info", words, tr("Leave"), closable=False)
        strip.acted.connect(self.leaves_sample)
        holder = QWidget(self)
        rows = QVBoxLayout(holder)
        side = theme.current().px(28)
        rows.setContentsMargins(side, theme.current().px(10), side, 0)
        rows.addWidget(strip)
        return holder

    def _make_menus(self) -> None:
        listed = [(page.key, page.title, page.keys) for page in PAGES]
        self.menus = Menus(self, listed, self.desk.undo)
        slots: dict[str, Callable[[], object]] = {
            "read": self.desk.run.start,
            "quit": self.close,
            "copy": self._copy,
            "find": self._find,
            "period_back": self.header.earlier,
            "period_on": self.header.later,
            "period_choose": self.header.choose_period,
            "today": self.header.today,
            "larger": self._larger,
            "smaller": self._smaller,
            "normal_size": self._normal_size,
            "theme_system": self._theme_chosen,
            "theme_light": self._theme_chosen,
            "theme_dark": self._theme_chosen,
            "sidebar": self._toggle_sidebar,
            "detail": self._toggle_detail,
            "regions": self._next_region,
            "regions_back": self._region_before,
            "back": self._back,
            "forward": self._forward,
            "counted": self.sheets.counted,
            "keyboard": self._keyboard,
            "changes": self._recent_changes,
            "sample": self.wants_sample.emit,
            "about": self.sheets.about,
            "settings": self.sheets.settings,
            "note": self.sheets.note,
        }
        actions = self.menus.actions
        for name, slot in slots.items():
            actions[name].triggered.connect(_without_checked(slot))
        for page in PAGES:
            actions[f"page:{page.key}"].setData(page.key)
            actions[f"page:{page.key}"].triggered.connect(self._page_chosen)
        for mode in ("system", "light", "dark"):
            actions[f"theme_{mode}"].setData(mode)
        actions[f"theme_{self.desk.options.value.theme}"].setChecked(True)

    def _connect(self) -> None:
        self.sidebar.opened.connect(self._open_page)
        self.header.filters_chosen.connect(self._filter)
        self.header.details_asked.connect(self._open_sources)
        self.watch = ReadingWatch(self.desk, self)
        self.watch.foot.connect(self.sidebar.set_foot)
        self.watch.due.connect(self._refresh_here)
        run = self.desk.run
        run.progress.connect(self._show_progress)
        run.changed.connect(self._changed)
        run.failed.connect(self.message)
        self._toast.undone.connect(self.desk.undo.undo)
        self.desk.undo.indexChanged.connect(self._undo_moved)
        self.watch.say()

    def _restore(self) -> None:
        self.resize(USUAL)
        kept = self.desk.options.value.geometry
        if kept:
            self.restoreGeometry(QByteArray.fromBase64(kept.encode("ascii", "replace")))
        pull_back(self)
        self._fit_sidebar()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self.first_painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_sidebar()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.watch.activated()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        steps = {Qt.MouseButton.BackButton: -1, Qt.MouseButton.ForwardButton: 1}
        if event.button() in steps:
            self.step(steps[event.button()])
        else:
            super().mouseReleaseEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        here = self.here
        self._save(
            geometry=bytes(self.saveGeometry().toBase64().data()).decode("ascii"),
            last_page=here.page if here else PAGES[0].key,
        )
        self.desk.run.close()
        self.desk.jobs.close()
        super().closeEvent(event)

    def _show(self, place: Place) -> None:
        page = self.page(place.page)
        self.sidebar.select(place.page)
        self.header.show_page(tr(page.question), filtered=page.filtered, tools=page.tools())
        self.header.show_filters(place.filters)
        self.stack.setCurrentWidget(page)
        page.open(place)
        self.menus.enable(
            {
                "back": self.history.can_step(-1),
                "forward": self.history.can_step(1),
                "detail": page.has_detail,
            }
        )

    def _known(self, known: readings.Known) -> None:
        first_ms = known.first_ms
        self.desk.begin = None if first_ms is None else self.desk.days.day_of(first_ms)
        self.header.show_known(known)

    def _covered(self, coverage: Coverage | None) -> None:
        page = self.sender()
        if page is not self.stack.currentWidget() or not isinstance(page, Page):
            return
        self.header.show_filter_bar(shown=page.state not in {"nothing_allowed", "nothing_read"})
        if coverage is None:
            self.header.show_coverage("")
        else:
            self.header.show_coverage(coverage.sentence, low=coverage.low)

    def _open_page(self, key: str) -> None:
        here = self.here
        if here is not None and here.page != key:
            self.go(Place(key, here.filters))

    def _page_chosen(self) -> None:
        action = self.sender()
        self._open_page(str(action.data()))  # type: ignore[attr-defined]

    def _open_sources(self) -> None:
        self._open_page("sources")

    def _filter(self, filters: Filters) -> None:
        here = self.here
        if here is not None:
            self.go(Place(here.page, filters, here.chosen).choosing(behind="", tasks=""))

    def _refresh_here(self) -> None:
        page = self.stack.currentWidget()
        if isinstance(page, Page):
            page.refresh()

    def _show_progress(self, progress: Progress) -> None:
        share = progress.share if progress.state == "reading" else 1.0
        self.header.busy_line.show_share(None if progress.state == "looking" else share)

    def _changed(self, changes: Changes) -> None:
        self.header.busy_line.show_share(None)
        self.look_around()
        for page in self.pages.values():
            page.changed(changes)
        announce(self, tr("Reading finished"))

    def _told(self, tables: frozenset[str]) -> None:
        """The person changed own rows: pages that show them ask again."""
        for page in self.pages.values():
            page.changed(Changes(tables))

    def _undo_moved(self, index: int) -> None:
        stack = self.desk.undo
        if index > self._undo_at:
            self.toast(stack.text(index - 1))
        elif index < self._undo_at:
            self._recent.append(tr("Undone: {words}", words=stack.text(index)))
            announce(self, self._recent[-1])
        self._undo_at = index

    def _fit_sidebar(self) -> None:
        room = self.width() * 100 / theme.current().text_scale
        narrow = self._narrow_wanted or room < NARROW_BELOW
        self.sidebar.set_narrow(narrow)
        self.menus.actions["sidebar"].setChecked(narrow)

    def _toggle_sidebar(self) -> None:
        self._narrow_wanted = not self._narrow_wanted
        self._fit_sidebar()

    def _toggle_detail(self) -> None:
        page = self.stack.currentWidget()
        if isinstance(page, Page):
            page.toggle_detail()

    def _next_region(self) -> None:
        self._cycle(1)

    def _region_before(self) -> None:
        self._cycle(-1)

    def _cycle(self, by: int) -> None:
        """Give the focus to the next part: sidebar, filters, content, detail."""
        page = self.stack.currentWidget()
        inner = page.regions() if isinstance(page, Page) else []
        cycle([self.sidebar, self.header, *inner], by)

    def _back(self) -> None:
        self.step(-1)

    def _forward(self) -> None:
        self.step(1)

    def _copy(self) -> None:
        page = self.stack.currentWidget()
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit):
            focus.copy()
        elif isinstance(page, Page):
            page.copy()

    def _find(self) -> None:
        page = self.stack.currentWidget()
        if isinstance(page, Page):
            page.search_for()

    def _larger(self) -> None:
        self._scale(1)

    def _smaller(self) -> None:
        self._scale(-1)

    def _normal_size(self) -> None:
        self._scale(0)

    def _scale(self, direction: int) -> None:
        theme.current().step_text_scale(direction)
        self._fit_sidebar()
        self._save(text_scale=theme.current().text_scale)

    def _theme_chosen(self) -> None:
        for mode in ("system", "light", "dark"):
            if self.menus.actions[f"theme_{mode}"].isChecked():
                theme.current().set_mode(mode)
                self._save(theme=mode)

    def _save(self, **values: object) -> None:
        try:
            self.desk.options.change(**values)
        except UserError as error:
            self.message(error)

    def _keyboard(self) -> None:
        self.sheets.keyboard(self.menus.keyboard())

    def _recent_changes(self) -> None:
        self.sheets.recent(self._recent)

    def _reckon(self) -> None:
        """An option changed by which figures are counted: everything is asked anew."""
        for page in self.pages.values():
            page.changed(Changes(page.reads))


def _entries() -> list[Entry]:
    entries: list[Entry] = []
    group = ""
    for page in PAGES:
        if page.group != group:
            entries.append(Entry("", page.group))
            group = page.group
        entries.append(Entry(page.key, page.title, page.icon, page.keys))
    return entries


def _without_checked(slot: Callable[[], object]) -> Callable[..., None]:
    def call(*_checked: bool) -> None:
        slot()

    return call
