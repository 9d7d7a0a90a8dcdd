"""The head of a page: its question, the filter bar, the coverage line, active filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from tokenmirror.language import listing, tr
from tokenmirror.measures import periods
from tokenmirror.measures.periods import Period
from tokenmirror.store.readings import Known
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.frame.history import Filters
from tokenmirror.views.widgets.buttons import Button, LinkButton
from tokenmirror.views.widgets.chip import FilterChip
from tokenmirror.views.widgets.filter_bar import Entry, ListButton, PeriodGroup
from tokenmirror.views.widgets.flow import FlowLayout
from tokenmirror.views.widgets.messages import CoverageLine
from tokenmirror.views.widgets.text import Text

BUSY_AFTER_MS = 400
MENU: tuple[periods.Name | None, ...] = (
    "this_week", "last_week", None, "this_month", "last_month", None, "quarter", "last_quarter",
    "last_12_weeks", "year", "all", None, "custom",
)  # fmt: skip


class BusyLine(QWidget):
    """A line of two pixels: how far a reading is, or that an answer takes its time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = None
        self._busy = False
        self.setFixedHeight(2)
        self.setAccessibleName(tr("Progress"))

    def show_share(self, share: float | None) -> None:
        """How far the reading is, ``None`` for none."""
        self._share = share
        self.update()

    def set_busy(self, *, busy: bool) -> None:
        """Whether an answer is awaited for longer than one would notice."""
        self._busy = busy
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._share is None and not self._busy:
            return
        look, painter = theme.current(), QPainter(self)
        painter.fillRect(self.rect(), look.colour("border"))
        share = 1 / 3 if self._share is None else self._share
        filled = QRectF(0, 0, self.width() * share, 2)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            filled.moveRight(self.width())
        painter.fillRect(filled, look.colour("accent"))


class FilterBar(QWidget):
    """Period, projects, tools and what else narrows the figures."""

    stepped = Signal(int)
    named = Signal(str)
    customised = Signal(object, object)
    projects = Signal(object)
    sources = Signal(object)
    unattended = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.period = PeriodGroup()
        self.period.show_choices(
            [("", "") if name is None else (name, tr(periods.NAMES[name])) for name in MENU]
        )
        self.project_list = ListButton(tr("Projects"))
        self.source_list = ListButton(tr("Tools"))
        self.more = Button(tr("Filter"), icon="filter")
        self._menu = QMenu(self)
        self._unattended = self._menu.addAction(tr("Include unattended runs"))
        self._unattended.setCheckable(True)
        self._unattended.toggled.connect(self.unattended)
        self.more.clicked.connect(self._open_more)
        self.period.stepped.connect(self.stepped)
        self.period.chosen.connect(self.named)
        self.period.customised.connect(self.customised)
        self.project_list.changed.connect(self.projects)
        self.source_list.changed.connect(self.sources)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self.period, self.project_list, self.source_list, self.more):
            row.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_filters(self, filters: Filters, words: str, *, can_go_on: bool) -> None:
        """Show what is set."""
        self.period.show_period(words, filters.period.name, can_go_on=can_go_on)
        self._unattended.blockSignals(True)
        self._unattended.setChecked(filters.unattended)
        self._unattended.blockSignals(False)
        self.more.setText(tr("Filter: {n}", n=1) if filters.unattended else tr("Filter"))

    def _open_more(self) -> None:
        self._menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))


class Header(QWidget):
    """Keeps the filters of the place shown and tells when other ones are chosen."""

    filters_chosen = Signal(object)  # Filters
    details_asked = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._filters: Filters | None = None
        self._known = Known((), ())
        self._tools: QWidget | None = None
        self._filtered = True
        self.title = Text(kind="title")
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.bar = FilterBar(self)
        self.coverage = CoverageLine(self)
        self.chips = QWidget(self)
        self._chip_row = FlowLayout(self.chips, 6, 6)
        self.busy_line = BusyLine(self)
        self._wait = QTimer(self, singleShot=True, interval=BUSY_AFTER_MS)
        self._wait.timeout.connect(self._show_busy)
        self._lay_out()
        self._connect()
        theme.current().changed.connect(self._space)
        self._space()

    def show_page(self, question: str, *, filtered: bool, tools: QWidget | None) -> None:
        """Show the head of a page."""
        self.title.setText(question)
        self._filtered = filtered
        if self._tools is not None and self._tools is not tools:
            self._top.removeWidget(self._tools)
            self._tools.hide()
        self._tools = tools
        if tools is not None:
            self._top.addWidget(tools, 0, Qt.AlignmentFlag.AlignRight)
            tools.show()
        self._fit()

    def show_filters(self, filters: Filters) -> None:
        """Show these filters as the ones set."""
        self._filters = filters
        days, today = self._desk.days, self._desk.today
        words = periods.words(filters.period, days, today)
        self.bar.show_filters(filters, words, can_go_on=filters.period.last < today)
        self._show_lists()
        self._show_chips()
        self._fit()

    def show_known(self, known: Known) -> None:
        """Show the projects and tools there are."""
        self._known = known
        self._show_lists()
        self._show_chips()

    def show_coverage(self, sentence: str, *, low: bool = False) -> None:
        """Show the line under the question; "" takes it and, with it, nothing else away."""
        self.coverage.setVisible(bool(sentence))
        self.coverage.say(sentence, 0.0 if low else None)

    def show_filter_bar(self, *, shown: bool) -> None:
        """Whether there is anything to filter."""
        self.bar.setVisible(shown and self._filtered)

    def set_busy(self, busy: bool) -> None:
        """An answer is awaited; nothing moves before 400 ms have passed."""
        if busy:
            self._wait.start()
        else:
            self._wait.stop()
            self.busy_line.set_busy(busy=False)

    def earlier(self) -> None:
        """The period before this one, of equal length."""
        self._step(-1)

    def later(self) -> None:
        """The period after this one, of equal length."""
        self._step(1)

    def today(self) -> None:
        """The month of today so far."""
        self._named("this_month")

    def choose_period(self) -> None:
        """Open the two date fields."""
        if self._filters is not None:
            self.bar.period.ask_custom(self._filters.period.first, self._filters.period.last)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _lay_out(self) -> None:
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._top.addWidget(self.title, 1)
        self._top.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignRight)
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        self._column.addLayout(self._top)
        for part in (self.coverage, self.chips):
            self._column.addWidget(part)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(self._column)
        outer.addWidget(self.busy_line)
        self.chips.hide()
        self.coverage.hide()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def _connect(self) -> None:
        self.coverage.asked.connect(self.details_asked)
        self.bar.stepped.connect(self._step)
        self.bar.named.connect(self._named)
        self.bar.customised.connect(self._customised)
        self.bar.projects.connect(self._projects_ticked)
        self.bar.sources.connect(self._sources_ticked)
        self.bar.unattended.connect(self._unattended_set)

    def _step(self, by: int) -> None:
        if self._filters is not None:
            self._choose(
                self._filters.with_period(
                    periods.stepped(self._filters.period, self._desk.days, by)
                )
            )

    def _named(self, name: str) -> None:
        if name == "custom":
            self.choose_period()
            return
        begin = self._desk.begin
        for known in periods.NAMES:
            if known == name and self._filters is not None:
                period = periods.named(known, self._desk.days, self._desk.today, begin)
                self._choose(self._filters.with_period(period))

    def _customised(self, first: date, last: date) -> None:
        if self._filters is not None:
            self._choose(self._filters.with_period(Period("custom", first, last)))

    def _projects_ticked(self, keys: frozenset[str] | None) -> None:
        if self._filters is not None:
            projects = None if keys is None else frozenset(map(int, keys))
            self._choose(self._filters.with_projects(projects))

    def _sources_ticked(self, keys: frozenset[str] | None) -> None:
        if self._filters is not None:
            self._choose(self._filters.with_sources(keys))

    def _unattended_set(self, on: bool) -> None:
        if self._filters is not None:
            self._choose(self._filters.with_unattended(unattended=on))

    def _clear(self) -> None:
        if self._filters is not None:
            self._choose(self._filters.cleared())

    def _choose(self, filters: Filters) -> None:
        if filters != self._filters:
            self.filters_chosen.emit(filters)

    def _show_busy(self) -> None:
        self.busy_line.set_busy(busy=True)

    def _show_lists(self) -> None:
        filters = self._filters
        if filters is None:
            return
        projects = [Entry(str(number), name) for number, name in self._known.projects]
        tools = [Entry(key, self._desk.source_name(key)) for key in self._known.sources]
        ticked = None if filters.projects is None else frozenset(map(str, filters.projects))
        self.bar.project_list.show_entries(projects, ticked)
        self.bar.source_list.show_entries(tools, filters.sources)

    def _show_chips(self) -> None:
        filters = self._filters
        while (item := self._chip_row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        if filters is None or not filters.narrowed:
            self.chips.hide()
            return
        for words, slot in self._active(filters):
            chip = FilterChip(words, self.chips)
            chip.clicked.connect(slot)
            self._chip_row.addWidget(chip)
        clear = LinkButton(tr("Clear"), parent=self.chips)
        clear.setAccessibleName(tr("Clear all filters"))
        clear.clicked.connect(self._clear)
        self._chip_row.addWidget(clear)
        for part in self.chips.findChildren(QWidget):
            part.show()
        self.chips.show()

    def _active(self, filters: Filters) -> list[tuple[str, Callable[[], None]]]:
        found: list[tuple[str, Callable[[], None]]] = []
        if filters.projects is not None:
            names = dict(self._known.projects)
            chosen = sorted(names.get(key, "?") for key in filters.projects)
            found.append((_short(tr("Projects"), chosen), self._all_projects))
        if filters.sources is not None:
            chosen = sorted(map(self._desk.source_name, filters.sources))
            found.append((_short(tr("Tools"), chosen), self._all_sources))
        if filters.unattended:
            found.append((tr("With unattended runs"), self._attended_only))
        return found

    def _all_projects(self) -> None:
        self._projects_ticked(None)

    def _all_sources(self) -> None:
        self._sources_ticked(None)

    def _attended_only(self) -> None:
        self._unattended_set(False)

    def _fit(self) -> None:
        """Put the filter bar under the question where both do not fit side by side."""
        look = theme.current()
        right = self._tools if not self._filtered else self.bar
        wide = 0 if right is None else right.sizeHint().width()
        room = min(self.width(), self.maximumWidth()) - 2 * look.px(28) - look.px(16)
        title = self.title.sizeHint().width()
        below = title + wide > room
        directions = QBoxLayout.Direction
        self._top.setDirection(directions.TopToBottom if below else directions.LeftToRight)
        side = Qt.AlignmentFlag.AlignLeft if below else Qt.AlignmentFlag.AlignRight
        for part in (self.bar, self._tools):
            if part is not None:
                self._top.setAlignment(part, side)
        self.title.setWordWrap(title > room)
        self.updateGeometry()

    def _space(self) -> None:
        look = theme.current()
        self._column.setContentsMargins(look.px(28), look.px(16), look.px(28), look.px(4))
        self._column.setSpacing(look.px(4))
        self._top.setSpacing(look.px(8))
        self.setMaximumWidth(look.size("contentMax") + 2 * look.px(28))
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            QTimer.singleShot(0, self, self._fit)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())


def _short(name: str, values: list[str]) -> str:
    shown = listing(values) if len(values) <= 2 else f"{values[0]} + {len(values) - 1}"
    return tr("{name}: {values}", name=name, values=shown or tr("none"))
