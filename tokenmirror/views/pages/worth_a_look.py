"""Worth a look: the few changes that stand out, each with its tasks and a way to be rid of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from tokenmirror import language
from tokenmirror.errors import UserError
from tokenmirror.language import tr, tr_n
from tokenmirror.measures import worth_a_look
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.periods import Period
from tokenmirror.measures.worth_a_look import Change, Look
from tokenmirror.store import entered
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk, Step
from tokenmirror.views.frame.history import Filters, Place
from tokenmirror.views.widgets.buttons import Button, LinkButton
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.text import Hairline, Text

MEASURES = ("F3", "F4", "G3", "B1", "C2", "C5", "D2", "D4", "D5", "E2", "I1")
AWAY = timedelta(days=30)


def question(scope: Scope) -> Callable[[Reader], Look]:
    """What to look at, as a function of the archive."""
    return lambda db: worth_a_look.look(db, scope, MEASURES, entered.put_aside(db, scope.today))


def behind(change: Change, filters: Filters) -> Place:
    """The tasks behind a change, as a place."""
    period = Period("custom", change.first, change.last)
    place = Place("tasks", filters.with_period(period))
    return place.choosing(behind=change.sentence, tasks=",".join(change.tasks))


class WorthALook(Card):
    """The changes of a page, or the sentence that there is none.

    ``picked`` carries a ``Change`` whose tasks are asked for, ``told`` the tables that "Not
    useful" changed.
    """

    picked = Signal(object)
    told = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._look: Look | None = None
        self._parts: list[QWidget] = []
        self.body.setSpacing(theme.current().px(4))
        self.body.addWidget(Text(tr("Worth a look"), "heading"))
        self.setAccessibleName(tr("Worth a look"))
        self.hide()

    def show_look(self, found: Look) -> None:
        """Show what was found; what stands there already stays as it is."""
        if found == self._look:
            return
        self._look = found
        for part in self._parts:
            self.body.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts = []
        for place, change in enumerate(found.changes):
            if place:
                self._add(Hairline())
            self._add(self._row(change))
        self._add(Text(found.empty or tr(worth_a_look.HELP), "note", "text2", wraps=True))
        self.show()

    def _add(self, part: QWidget) -> None:
        self._parts.append(part)
        self.body.addWidget(part)

    def _row(self, change: Change) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(16))
        row.addWidget(Text(change.sentence, wraps=True), 1)
        if change.tasks:
            show = LinkButton(tr("Show the tasks"))
            tasks = tr_n("Show {n} task", "Show {n} tasks", len(change.tasks))
            show.setAccessibleName(tr("{tasks}: {change}", tasks=tasks, change=change.sentence))
            show.clicked.connect(lambda: self.picked.emit(change))
            row.addWidget(show)
        aside = Button(tr("Not useful"), "quiet")
        aside.setToolTip(tr("Changes of this kind are not named for 30 days."))
        aside.setAccessibleName(tr("Not useful: {change}", change=change.sentence))
        aside.clicked.connect(lambda: self._put_aside(change))
        row.addWidget(aside)
        return holder

    def _put_aside(self, change: Change) -> None:
        own = self._desk.own
        answer = entered.not_useful(change.name, self._desk.today + AWAY)

        def tell() -> None:
            self.told.emit(frozenset({answer.TABLE}))

        def do() -> None:
            own.put(answer)
            tell()

        def back() -> None:
            own.take(answer)
            tell()

        day = language.day(self._desk.today + AWAY)
        words = tr("Not named until {day}: {change}", day=day, change=change.sentence)
        try:
            self._desk.undo.push(Step(words, do, back))
        except UserError as error:
            self.failed.emit(error)
