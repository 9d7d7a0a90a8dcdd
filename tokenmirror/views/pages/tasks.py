"""Tasks: what was worked on with AI, and how each ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QAbstractItemModel, QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from tokenmirror.errors import UserError
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures.listing.detail import TaskDetail, task_detail
from tokenmirror.measures.listing.tasks import TaskRow, task_rows
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.scoped import ever
from tokenmirror.store.own import Label, SessionKey, Stated
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk, Step
from tokenmirror.views.frame.history import Place
from tokenmirror.views.models import tasks as table
from tokenmirror.views.models.tasks import COLUMNS, ENDED, STATED, TasksModel
from tokenmirror.views.pages.coverage import cover
from tokenmirror.views.pages.page import Coverage, Page
from tokenmirror.views.pages.task_detail import TaskDetailPane
from tokenmirror.views.pages.task_entries import TaskEntries
from tokenmirror.views.widgets.buttons import LinkButton
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.chip import ChipRow, Choice
from tokenmirror.views.widgets.data_table import DataTable
from tokenmirror.views.widgets.empty_state import Skeleton
from tokenmirror.views.widgets.messages import InlineMessage
from tokenmirror.views.widgets.text import Text

DETAIL_WIDTH = 300
PAGE_BELOW = 1080  # of the window: narrower ones show the detail as a page
CHIPS = (
    "shipped", "on_branch", "in_progress", "no_lasting_change", "no_code", "unknown", "set_aside",
)  # fmt: skip


@dataclass(frozen=True)
class TasksAnswer:
    """The tasks of a scope, oldest first."""

    rows: tuple[TaskRow, ...]


class TasksPage(Page[TasksAnswer]):
    """Chips with counts, a search field, the table, and the detail of what is chosen."""

    key = "tasks"
    question = mark("What did I work on with AI, and how did each end?")
    reads = frozenset({"tasks", "proposals", "deliveries", "usage", "prompts", "labels", "births"})
    scrolls = False
    has_detail = True

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._model = TasksModel(desk.source_name, self)
        self._rows: tuple[TaskRow, ...] = ()
        self._wants_detail = True
        self._as_page = False
        self._build()
        self._connect()

    def ask(self, place: Place, scope: Scope) -> Callable[[Reader], TasksAnswer]:
        if not place.choice("behind"):
            return lambda db: TasksAnswer(task_rows(db, scope))
        keys = frozenset(place.choice("tasks").split(","))
        # what a figure of these days rests on may have begun before them
        return lambda db: TasksAnswer(
            tuple(row for row in task_rows(db, ever(db, scope)) if row.key in keys)
        )

    def cover(self, place: Place, scope: Scope) -> Callable[[Reader], Coverage | None]:
        return cover(scope)

    def skeleton(self) -> QWidget:
        return Skeleton(tr("Tasks"), "table")

    def show_answer(self, answer: TasksAnswer) -> None:
        self._rows = answer.rows
        with QSignalBlocker(self.table.selectionModel()):
            self._model.show_rows(answer.rows, self.desk.days.zone)
        self._show_choices()
        task = self.place.choice("task") if self.place else ""
        if not (task and self.table.choose(task)):
            self.table.clearSelection()
            self._show_detail(())

    def open(self, place: Place) -> None:
        super().open(place)
        self._show_place(place)
        if place.choice("task"):
            self.table.choose(place.choice("task"))

    def regions(self) -> list[QWidget]:
        parts: list[QWidget] = [self._list]
        return [*parts, self.detail] if self.detail.isVisible() else parts

    def copy(self) -> None:
        self.table.copy()

    def search_for(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def toggle_detail(self) -> None:
        self._wants_detail = not self._wants_detail or not self.detail.isVisible()
        self._chosen(self.table.chosen_keys())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _build(self) -> None:
        look = theme.current()
        self.chips = ChipRow(tr("All"))
        self.search = _search_field()
        self.table = DataTable(tr("Tasks"), tr("No task ended this way in this period."))
        widths = {place: c.width for place, c in enumerate(COLUMNS) if c.width is not None}
        self.table.show_model(self._model, widths)
        self.table.setMinimumHeight(look.px(120))
        self.detail = TaskDetailPane(self.desk.source_name)
        self._list = QWidget()
        top = QHBoxLayout()
        top.setSpacing(look.px(14))
        top.addWidget(self.chips, 1)
        top.addWidget(self.search, 0, Qt.AlignmentFlag.AlignTop)
        self._beside = QHBoxLayout()
        self._beside.setSpacing(look.px(14))
        self._beside.addWidget(self._table_card(), 1)
        self._beside.addWidget(self.detail)
        column = QVBoxLayout(self._list)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(12))
        self._behind = InlineMessage("info", "", tr("Show all tasks"), closable=False)
        self._behind.hide()
        column.addWidget(self._behind)
        column.addLayout(top)
        column.addLayout(self._beside, 1)
        self._alone = QWidget()
        self._alone_rows = QVBoxLayout(self._alone)
        self._alone_rows.setContentsMargins(0, 0, 0, 0)
        self._parts = QStackedWidget()
        self._parts.addWidget(self._list)
        self._parts.addWidget(self._alone)
        outer = QVBoxLayout(self.content)
        outer.setContentsMargins(look.px(28), look.px(6), look.px(28), look.px(20))
        outer.addWidget(self._parts)
        self.content.setMaximumWidth(look.size("contentMax") + 2 * look.px(28))
        self.detail.hide()

    def _table_card(self) -> QWidget:
        look = theme.current()
        card = _TightCard()
        card.body.addWidget(self.table, 1)
        self._footer = Text(kind="note", tone="text2", wraps=True)
        self._columns = LinkButton(tr("Columns…"))
        self._copy = LinkButton(tr("Copy"))
        self._copy.setAccessibleName(tr("Copy the chosen tasks, or all, as a table"))
        foot = QHBoxLayout()
        foot.setContentsMargins(look.px(8), 0, look.px(8), 0)
        foot.setSpacing(look.px(16))
        foot.addWidget(self._footer, 1)
        foot.addWidget(self._columns)
        foot.addWidget(self._copy)
        card.body.addLayout(foot)
        return card

    def _connect(self) -> None:
        self._behind.acted.connect(self._show_all)
        self.chips.chosen.connect(self._outcomes_chosen)
        self.search.textChanged.connect(self._narrow)
        self.table.chose.connect(self._chosen)
        self.table.opened.connect(self._opened)
        self.detail.closed.connect(self._closed)
        self.detail.stated.connect(self._stated)
        self.detail.hidden_wanted.connect(self._hide)
        self.entries = TaskEntries(self.desk, self)
        self.entries.told.connect(self.told)
        self.entries.failed.connect(self.failed)
        self.detail.authors_wanted.connect(
            lambda opener: self.entries.ask_authors(self.table.chosen_keys(), opener)
        )
        self.detail.estimate_wanted.connect(
            lambda: self.entries.ask_estimate(self.table.chosen_keys())
        )
        self._columns.clicked.connect(self._offer_columns)
        self._copy.clicked.connect(self.table.copy)

    def _show_place(self, place: Place) -> None:
        said = place.choice("behind")
        self._behind.setVisible(bool(said))
        self._behind.say(tr("These tasks are behind: {change}", change=said))
        outcomes = place.choice("outcome")
        self.chips.set_keys(frozenset(outcomes.split(",")) if outcomes else frozenset())
        self._narrow()

    def _show_choices(self) -> None:
        counts = Counter(map(table.shown, self._rows))
        kept = [key for key in CHIPS if counts[key] or key in CHIPS[:1]]
        self.chips.show_choices(
            [Choice(key, tr(ENDED[key]), counts[key], table.outcome_fill(key)) for key in kept],
            len(self._rows),
        )
        if self.place is not None:
            self._show_place(self.place)

    def _show_all(self) -> None:
        if self.place is not None:
            self.go.emit(self.place.choosing(behind="", tasks=""))

    def _outcomes_chosen(self, keys: frozenset[str]) -> None:
        if self.place is not None:
            self.place = self.place.choosing(outcome=",".join(sorted(keys)))
            self.chose.emit(self.place)
        self._narrow()

    def _narrow(self) -> None:
        words, outcomes = self.search.text().strip(), self.chips.keys()

        def wanted(model: QAbstractItemModel, row: int) -> bool:
            return table.found(self._model.task(row), words, outcomes)

        self.table.filter_rows(wanted if words or outcomes else None)
        shown = self.table.ordered.rowCount()
        tasks = tr_n("{n} task", "{n} tasks", shown)
        order = tr("Lines: accepted, then shipped, then still there.")
        self._footer.setText(tr("{tasks}, newest first. {order}", tasks=tasks, order=order))

    def _chosen(self, keys: tuple[str, ...]) -> None:
        if self.place is not None:
            self.place = self.place.choosing(task=keys[0] if len(keys) == 1 else "")
            self.chose.emit(self.place)
        self._show_detail(keys)

    def _show_detail(self, keys: tuple[str, ...]) -> None:
        if not keys:
            self.desk.jobs.forget("task")
            self._place_detail(shown=False)
            return
        tasks = [task for task in map(self._model.by_key, keys) if task is not None]
        if len(tasks) > 1:
            self.detail.show_several(tasks)
            self._place_detail(shown=self._wants_detail)
            return
        key = keys[0]
        self.desk.jobs.ask(
            "task", lambda db: task_detail(db, key), self._show_task, self.failed.emit
        )

    def _show_task(self, detail: TaskDetail | None) -> None:
        task = self._model.by_key(detail.key) if detail is not None else None
        if detail is None or task is None:
            return
        self.detail.show_task(task, detail, self._model.zone)
        self._place_detail(shown=self._wants_detail)

    def _opened(self, key: str) -> None:
        self._wants_detail = True
        if self._is_narrow():
            self._as_page = True
        self._show_detail((key,))

    def _closed(self) -> None:
        if self._as_page:
            self._as_page = False
        else:
            self._wants_detail = False
        self._place_detail(shown=self._wants_detail)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _is_narrow(self) -> bool:
        return self.window().width() * 100 / theme.current().text_scale < PAGE_BELOW

    def _place_detail(self, *, shown: bool) -> None:
        """Beside the table where there is room, else as a page of its own when it was opened."""
        narrow = self._is_narrow()
        alone = narrow and self._as_page and shown
        if narrow:
            self._alone_rows.addWidget(self.detail)
            self.detail.setMinimumWidth(0)
            self.detail.setMaximumWidth(theme.current().px(720))
        else:
            self._as_page = False
            self._beside.addWidget(self.detail)
            self.detail.setFixedWidth(theme.current().px(DETAIL_WIDTH))
        self.detail.show_as_page(alone=alone)
        self.detail.setVisible(shown and (alone or not narrow))
        self._parts.setCurrentWidget(self._alone if alone else self._list)
        self._show_columns()

    def _arrange(self) -> None:
        self._place_detail(shown=self._wants_detail and bool(self.table.chosen_keys()))

    def _show_columns(self) -> None:
        chosen = self.desk.options.value.columns
        margins = self.content.contentsMargins()
        width = self.width() - margins.left() - margins.right() - theme.current().px(40)
        beside = self.detail.isVisible()
        if beside:
            width -= self.detail.width() + self._beside.spacing()
        keys = chosen or table.automatic(width, theme.current().text_scale / 100)
        for place, column in enumerate(COLUMNS):
            self.table.setColumnHidden(place, column.key not in keys)
            wide = column.beside if beside else column.width
            if wide is not None:
                self.table.horizontalHeader().resizeSection(place, theme.current().px(wide))
        self._model.show_weekdays(shown=not beside)

    def _offer_columns(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fitting = menu.addAction(tr("As many as fit"))
        fitting.setCheckable(True)
        fitting.setChecked(not self.desk.options.value.columns)
        fitting.setData("")
        menu.addSeparator()
        for place, column in enumerate(COLUMNS):
            action = menu.addAction(tr(column.title))
            action.setCheckable(True)
            action.setChecked(not self.table.isColumnHidden(place))
            action.setEnabled(column.key != "title")
            action.setData(column.key)
        menu.triggered.connect(self._column_toggled)
        menu.popup(self._columns.mapToGlobal(QPoint(0, self._columns.height())))

    def _column_toggled(self, action: QAction) -> None:
        key = str(action.data())
        shown = {c.key for n, c in enumerate(COLUMNS) if not self.table.isColumnHidden(n)}
        wanted = shown ^ {key} if key else set()
        columns = tuple(column.key for column in COLUMNS if column.key in wanted)
        try:
            self.desk.options.change(columns=columns)
        except UserError as error:
            self.failed.emit(error)
        self._show_columns()

    def _stated(self, outcome: str) -> None:
        said = tr(STATED[outcome]) if outcome else tr("nothing")
        self._say(lambda label: Label(_stated(outcome), label.hidden), tr("“{words}”", words=said))

    def _hide(self) -> None:
        self._say(lambda label: Label(label.outcome, hidden=True), tr("hidden from figures"))

    def _say(self, change: Callable[[Label], Label], words: str) -> None:
        keys = self.table.chosen_keys()
        tasks = tr_n("{n} task", "{n} tasks", len(keys))

        def sessions(db: Reader) -> list[SessionKey]:
            details = [task_detail(db, key) for key in keys]
            return [(s.tool, s.id) for detail in details if detail for s in detail.sessions]

        def label(found: list[SessionKey]) -> None:
            own = self.desk.own
            try:
                before = own.labels(found)
                after = {key: change(before.get(key, Label())) for key in found}
                text = tr("{tasks}: {words}", tasks=tasks, words=words)
                self.desk.undo.push(
                    Step(
                        text,
                        lambda: self._write(after),
                        lambda: self._write({key: before.get(key, Label()) for key in found}),
                    )
                )
            except UserError as error:
                self.failed.emit(error)

        self.desk.jobs.ask("say", sessions, label, self.failed.emit)

    def _write(self, labels: Mapping[SessionKey, Label]) -> None:
        self.desk.own.label(labels)
        self.told.emit(frozenset({"labels", "tasks"}))


class _TightCard(Card):
    """A card round a table, whose cells have their own padding."""

    def _pad(self) -> None:
        side, above = theme.current().px(8), theme.current().px(4)
        self.body.setContentsMargins(side, above, side, side)


def _stated(outcome: str) -> Stated | None:
    known: dict[str, Stated] = {
        "done": "done",
        "useful_without_code": "useful_without_code",
        "set_aside": "set_aside",
        "did_not_work_out": "did_not_work_out",
    }
    return known.get(outcome)


def _search_field() -> QLineEdit:
    look = theme.current()
    field = QLineEdit()
    field.setPlaceholderText(tr("Find in titles"))
    field.setAccessibleName(tr("Find in titles"))
    field.setClearButtonEnabled(True)
    field.addAction(look.icon("search", "text2", 16), QLineEdit.ActionPosition.LeadingPosition)
    field.setFixedWidth(look.px(160))
    return field
