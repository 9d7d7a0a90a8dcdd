"""A page answers one question; this keeps the states in which there is no answer to draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from tokenmirror.errors import UserError
from tokenmirror.language import day, mark, tr
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.periods import Period
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.frame.history import Place
from tokenmirror.views.import_run import Changes
from tokenmirror.views.pages.around import Around, State, around, state_of
from tokenmirror.views.pages.states import Offer, StateView, keep_right_edge

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Coverage:
    """The line under the heading: what was read, and whether it is little."""

    sentence: str
    low: bool = False


@dataclass(frozen=True)
class Asked(Generic[Answer]):
    """What came back: the facts round the answer, the line under the heading, the answer."""

    around: Around
    coverage: Coverage | None
    answer: Answer | None


class Page(QWidget, Generic[Answer]):
    """The frame of a page: asks, shows the answer or the state, and tells what it wants.

    A page sets ``key``, ``question``, the tables its answer ``reads`` and whether it is
    ``filtered``; it fills ``content`` and implements ``ask`` (no Qt, runs
    in a worker) and ``show_answer`` (no waiting).
    """

    key: ClassVar[str]
    question: ClassVar[str]
    reads: ClassVar[frozenset[str]] = frozenset()
    filtered: ClassVar[bool] = True
    scrolls: ClassVar[bool] = True
    has_detail: ClassVar[bool] = False

    go = Signal(object)  # Place
    chose = Signal(object)  # Place: something was chosen here; no new step in the history
    covered = Signal(object)  # Coverage | None
    busy = Signal(bool)
    told = Signal(object)  # names of tables in which the person changed something
    failed = Signal(object)  # UserError beside the page's own answer
    wants_consent = Signal()
    wants_sample = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setProperty("part", "page")
        self.desk = desk
        self.place: Place | None = None
        self.coverage: Coverage | None = None
        self.state: State | None = None
        self._stale = True
        self._nearest: date | None = None
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self.content = QWidget()
        self.content.setProperty("part", "page")
        self._body = self._scrolled(self.content) if self.scrolls else self.content
        self._states = StateView(desk, self.skeleton())
        self._states.offered.connect(self._taken_up)
        for view in (self._body, self._states):
            self._stack.addWidget(view)
        for keys, pages in ((Qt.Key.Key_PageDown, 1), (Qt.Key.Key_PageUp, -1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self._scroll_down if pages > 0 else self._scroll_up)

    def ask(self, place: Place, scope: Scope) -> Callable[[Reader], Answer]:
        """The question as a function of the archive; runs in a worker, knows no widgets."""
        raise NotImplementedError

    def show_answer(self, answer: Answer) -> None:
        """Draw the answer."""
        raise NotImplementedError

    def cover(self, place: Place, scope: Scope) -> Callable[[Reader], Coverage | None]:
        """The line under the heading as a function of the archive."""
        return lambda db: None

    def tools(self) -> QWidget | None:
        """What stands at the right of the heading where there is no filter bar."""
        return None

    def skeleton(self) -> QWidget:
        """Grey shapes of what will come."""
        return QWidget()

    def open(self, place: Place) -> None:
        """Show this page for that place; what is shown stays until the answer is there."""
        if place == self.place and not self._stale:
            self.covered.emit(self.coverage)
            return
        self.place = place
        self._ask()

    def refresh(self) -> None:
        """Ask again for the same place."""
        if self.place is not None:
            self._ask()

    def changed(self, changes: Changes) -> None:
        """Take in what a reading changed: ask again when it concerns this page."""
        concerned = changes.meets(self.reads) or self.state != "answer"
        if concerned and self.isVisible():
            self.refresh()
        elif concerned:
            self._stale = True

    def regions(self) -> list[QWidget]:
        """The parts of the page that F6 goes through."""
        return [self]

    def copy(self) -> None:
        """Copy what is chosen as text; a page without rows copies nothing."""

    def search_for(self) -> None:
        """Go to the search field, where there is one."""

    def toggle_detail(self) -> None:
        """Open or close the pane of the chosen row, where there is one."""

    def _ask(self) -> None:
        place = self.place
        assert place is not None
        self._stale = False
        scope = self.desk.scope(place.filters)
        ask, cover = self.ask(place, scope), self.cover(place, scope)
        filtered = self.filtered

        def question(db: Reader) -> Asked[Answer]:
            facts = around(db, scope)
            if state_of(facts, reading=False, filtered=filtered) != "answer":
                return Asked(facts, cover(db) if not facts.empty else None, None)
            return Asked(facts, cover(db), ask(db))

        self.busy.emit(True)
        self.desk.jobs.ask(self.key, question, self._answered, self._failed)

    def _answered(self, asked: Asked[Answer]) -> None:
        self.busy.emit(False)
        self.state = state_of(
            asked.around, reading=self.desk.run.is_running(), filtered=self.filtered
        )
        self.coverage = self._while_reading(asked)
        if self.state == "reading_nothing":
            words = tr("Still reading: figures appear here once the newest logs are in.")
            self.coverage = Coverage(words)
        self.covered.emit(self.coverage)
        if asked.answer is not None:
            self.show_answer(asked.answer)
            self._stack.setCurrentWidget(self._body)
        else:
            self._show_state(self.state, asked.around)

    def _while_reading(self, asked: Asked[Answer]) -> Coverage | None:
        """The coverage line, with what is still to come while the first reading runs."""
        begin, line = asked.around.complete_from, asked.coverage
        if begin is None or line is None or not self.desk.run.is_running():
            return line
        still = tr("Still reading: figures from {day} on.", day=day(begin))
        return Coverage(f"{still} {line.sentence}", low=False)

    def _failed(self, error: UserError) -> None:
        self.busy.emit(False)
        self._stale = True
        self.covered.emit(None)
        self._states.fault(error)
        self._stack.setCurrentWidget(self._states)

    def _show_state(self, state: State, facts: Around) -> None:
        if state == "reading_nothing":
            self._states.waiting()
        else:
            self._states.empty(*_words(state, facts.nearest))
        self._nearest = facts.nearest
        self._stack.setCurrentWidget(self._states)

    def _taken_up(self, offer: Offer) -> None:
        if offer == "consent":
            self.wants_consent.emit()
        elif offer == "sample":
            self.wants_sample.emit()
        elif offer == "read":
            self.desk.run.start()
        elif offer == "again":
            self.refresh()
        elif self.place is not None:
            self._go_where_something_is(self.place, offer)

    def _go_where_something_is(self, place: Place, offer: Offer) -> None:
        filters = place.filters
        if offer == "nearest" and self._nearest is not None:
            days = self.desk.days
            first, last = (
                days.first_of(self._nearest, "month"),
                days.last_of(self._nearest, "month"),
            )
            period = Period("custom", first, last)
            self.go.emit(Place(place.page, filters.with_period(period)))
        elif offer == "clear":
            self.go.emit(Place(place.page, filters.cleared()))

    def _scrolled(self, content: QWidget) -> QScrollArea:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(tr(self.question))
        area.setWidget(content)
        # the scroll bar takes its room from the page's margin: cards end where the header does
        area.verticalScrollBar().rangeChanged.connect(self._keep_right_edge)
        return area

    def _keep_right_edge(self) -> None:
        if isinstance(self._body, QScrollArea):
            keep_right_edge(self._body)

    def _scroll_down(self) -> None:
        self._scroll(1)

    def _scroll_up(self) -> None:
        self._scroll(-1)

    def _scroll(self, direction: int) -> None:
        if isinstance(self._body, QScrollArea):
            bar = self._body.verticalScrollBar()
            bar.setValue(bar.value() + direction * bar.pageStep())


def column(content: QWidget) -> QVBoxLayout:
    """The layout of a page's body: cards under each other, at most 1240 wide, left aligned."""
    look = theme.current()
    outer = QVBoxLayout(content)
    outer.setContentsMargins(look.px(28), look.px(6), look.px(28), look.px(28))
    outer.setSpacing(look.px(14))
    content.setMaximumWidth(look.size("contentMax") + 2 * look.px(28))
    content.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    return outer


def table_height(rows: int) -> int:
    """Height of a table with that many rows and its head, so that the page scrolls, not it."""
    look = theme.current()
    return (max(rows, 1) + 1) * (look.size("row") + 1) + look.px(4)


def _words(state: State, nearest: date | None) -> tuple[str, str, tuple[tuple[Offer, str], ...]]:
    title, sentence, offers = _STATES[state]
    if state == "no_activity" and nearest is not None:
        near = day(nearest, weekday=True, year=True)
        return (
            tr(title),
            tr("The nearest is {day}.", day=near),
            (("nearest", tr("Go to {day}", day=day(nearest))),),
        )
    return tr(title), tr(sentence), tuple((offer, tr(words)) for offer, words in offers)


_STATES: dict[State, tuple[str, str, tuple[tuple[Offer, str], ...]]] = {
    "nothing_allowed": (
        mark("Nothing has been read yet"),
        mark("You choose the tools, and see a preview before anything is kept."),
        (
            ("consent", mark("Choose which logs to read")),
            ("sample", mark("Look around with sample data")),
        ),
    ),
    "nothing_read": (
        mark("Nothing has been read yet"),
        mark("The tools are chosen. Reading can begin."),
        (("read", mark("Read now")), ("consent", mark("Choose which logs to read"))),
    ),
    "no_activity": (
        mark("No activity in this period"),
        mark("Nothing was found in any other period either."),
        (),
    ),
    "no_match": (
        mark("Nothing matches these filters"),
        mark("There is activity in this period, but not with these filters."),
        (("clear", mark("Clear the filters")),),
    ),
}
