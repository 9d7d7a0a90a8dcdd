"""The detail of a task: facts, timeline, proof, and what the person says of it."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from tokenmirror.language import tr
from tokenmirror.measures.listing.detail import TaskDetail
from tokenmirror.measures.listing.tasks import TaskRow
from tokenmirror.views import theme
from tokenmirror.views.models.tasks import STATED, outcome_fill, shown
from tokenmirror.views.pages.task_trail import TaskTrail
from tokenmirror.views.pages.task_words import Facts, clocks, facts, moments
from tokenmirror.views.widgets.buttons import Button, IconButton, LinkButton
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.flow import FlowLayout
from tokenmirror.views.widgets.marks import DrawingLabel, Mark
from tokenmirror.views.widgets.text import Hairline, Text
from tokenmirror.views.widgets.timeline import Timeline


class TaskDetailPane(QScrollArea):
    """One task, or several chosen ones; ``stated`` carries an outcome or "" for none.

    ``hidden_wanted`` asks to hide the chosen tasks from figures, ``closed`` to close the pane,
    ``authors_wanted`` to say who wrote their prompts, ``estimate_wanted`` what they were worth.
    """

    stated = Signal(str)
    hidden_wanted = Signal()
    authors_wanted = Signal(QWidget)
    estimate_wanted = Signal()
    closed = Signal()

    def __init__(self, source_name: Callable[[str], str]) -> None:
        super().__init__()
        self._source_name = source_name
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(tr("Detail of the task"))
        self.viewport().setAutoFillBackground(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._card = Card()
        self._build()
        self.setWidget(self._card)

    def show_task(self, task: TaskRow, detail: TaskDetail, zone: ZoneInfo) -> None:
        """Show this task."""
        words = facts(task, detail, zone, self._source_name)
        self._show_facts(words)
        fill = outcome_fill(shown(task))
        self._mark.show_drawing(Mark(fill), words.outcome)
        events = moments(detail, zone)
        self._timeline.show_moments(events, clocks(events, zone))
        self._readout.setText(tr("Arrow keys step through what happened.") if events else "")
        self._trail.show_trail(detail, zone)
        self._choose(task.stated)
        for part in self._single:
            part.setVisible(True)

    def show_several(self, tasks: list[TaskRow]) -> None:
        """Show that several tasks are chosen: what is said is said of all of them."""
        self._title.setText(tr("{n} tasks chosen", n=len(tasks)))
        self._about.setText(tr("What you say here is said of all of them."))
        said = {task.stated for task in tasks}
        self._choose(said.pop() if len(said) == 1 else None)
        for part in self._single:
            part.setVisible(False)

    def show_as_page(self, *, alone: bool) -> None:
        """Whether the pane is a page of its own, with a way back, or stands beside the table."""
        self._close.set_icon(
            "left" if alone else "close", tr("Back to the tasks") if alone else tr("Close detail")
        )

    def _show_facts(self, words: Facts) -> None:
        self._title.setText(words.title)
        self._about.setText(words.about)
        self._outcome.setText(words.outcome)
        for text, label in ((words.inferred, self._inferred), (words.why, self._why)):
            label.setText(text)
        _fill(self._work, words.work)
        _fill(self._proof, words.proof)

    def _build(self) -> None:
        look = theme.current()
        rows = self._card.body
        rows.setSpacing(look.px(7))
        self._title = Text(kind="heading", wraps=True, selectable=True)
        self._close = IconButton("close", tr("Close detail"), size=16)
        self._close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        rows.addLayout(head)
        self._about = Text(kind="note", tone="text2", wraps=True)
        rows.addWidget(self._about)
        self._single: list[QWidget] = []
        self._add_outcome(rows)
        self._work = _grid()
        self._proof = _grid()
        self._add(rows, Hairline())
        self._add(rows, _widget_of(self._work))
        self._add(rows, Hairline())
        self._add_timeline(rows)
        self._add(rows, Hairline())
        self._add(rows, _widget_of(self._proof))
        self._why = Text(kind="note", tone="text3", wraps=True)
        self._add(rows, self._why)
        self._add_statements(rows)
        self._add(rows, Hairline())
        self._add(rows, Text(tr("From prompt to line"), "heading"))
        self._trail = TaskTrail(self._source_name)
        self._add(rows, self._trail)
        rows.addStretch(1)

    def _add(self, rows: QVBoxLayout, part: QWidget) -> None:
        rows.addWidget(part)
        self._single.append(part)

    def _add_outcome(self, rows: QVBoxLayout) -> None:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(8))
        self._mark = DrawingLabel(10, 12)
        self._outcome = Text(kind="label", wraps=True)
        row.addWidget(self._mark)
        row.addWidget(self._outcome, 1)
        self._add(rows, line)
        self._inferred = Text(kind="note", tone="text3", wraps=True)
        self._add(rows, self._inferred)

    def _add_timeline(self, rows: QVBoxLayout) -> None:
        self._add(rows, Text(tr("Timeline"), "label", "text2"))
        self._timeline = Timeline()
        self._readout = Text(kind="note", tone="text2", wraps=True)
        self._readout.setMinimumHeight(theme.current().px(32))
        self._readout.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._timeline.readout.connect(self._readout.setText)
        self._add(rows, self._timeline)
        self._add(rows, self._readout)

    def _add_statements(self, rows: QVBoxLayout) -> None:
        rows.addWidget(Text(tr("I say"), "label", "text2"))
        choices = QWidget()
        flow = FlowLayout(choices, 6, 6)
        self._statements = QButtonGroup(self)
        self._statements.setExclusive(False)
        self._keys = list(STATED)
        for number, key in enumerate(self._keys):
            button = Button(tr(STATED[key]))
            button.setProperty("part", "chip")
            button.setCheckable(True)
            button.setAccessibleName(tr("I say: {words}", words=tr(STATED[key])))
            self._statements.addButton(button, number)
            flow.addWidget(button)
        self._statements.idClicked.connect(self._state)
        rows.addWidget(choices)
        rows.addWidget(Hairline())
        links = QWidget()
        flow = FlowLayout(links, 16, 4)
        authors = LinkButton(tr("Who wrote this…"))
        authors.clicked.connect(lambda: self.authors_wanted.emit(authors))
        estimate = LinkButton(tr("Your estimate…"))
        estimate.clicked.connect(self.estimate_wanted)
        hide = LinkButton(tr("Hide from figures"))
        hide.clicked.connect(self.hidden_wanted)
        for link in (authors, estimate, hide):
            flow.addWidget(link)
        rows.addWidget(links)

    def _choose(self, stated: str | None) -> None:
        for number, key in enumerate(self._keys):
            self._statements.button(number).setChecked(key == stated)

    def _state(self, number: int) -> None:
        on = self._statements.button(number).isChecked()
        self._choose(self._keys[number] if on else None)
        self.stated.emit(self._keys[number] if on else "")


def _grid() -> QGridLayout:
    look = theme.current()
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(look.px(8))
    grid.setVerticalSpacing(look.px(4))
    grid.setColumnMinimumWidth(0, look.px(76))
    grid.setColumnStretch(1, 1)
    return grid


def _widget_of(grid: QGridLayout) -> QWidget:
    holder = QWidget()
    holder.setLayout(grid)
    return holder


def _fill(grid: QGridLayout, rows: tuple[tuple[str, str], ...]) -> None:
    for place, (label, value) in enumerate(rows):
        for column, text in enumerate((label, value)):
            item = grid.itemAtPosition(place, column)
            widget = item.widget() if item is not None else None
            if not isinstance(widget, Text):
                kind, tone = ("note", "text2") if column == 0 else ("body", "text")
                widget = Text(kind=kind, tone=tone, wraps=column == 1)  # type: ignore[arg-type]
                grid.addWidget(widget, place, column, Qt.AlignmentFlag.AlignTop)
            widget.setText(text)
