"""DataTable: a table over any model that answers the roles of ``cells``."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from tokenmirror.views.painting import words
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.cells import CellDelegate, Role
from tokenmirror.views.widgets.ordered import Ordered, SortKey


class Head(QHeaderView):
    """Column heads: a click or Space sorts, with Shift as a further key; arrows move."""

    def __init__(self, table: DataTable) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table
        self._at = 0
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setSortIndicatorShown(True)
        self.setSortIndicatorClearable(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.sectionClicked.connect(self._clicked)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), current().size("row"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 if key == Qt.Key.Key_Right else -1
            self._at = max(0, min(self.count() - 1, self._at + step))
            self.setAccessibleDescription(self._name(self._at))
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
            further = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._table.sort_column(self.logicalIndex(self._at), further=further)
        else:
            super().keyPressEvent(event)

    def _name(self, visual: int) -> str:
        column = self.logicalIndex(visual)
        return str(self.model().headerData(column, Qt.Orientation.Horizontal) or "")

    def _clicked(self, column: int) -> None:
        pressed = QGuiApplication.keyboardModifiers()
        self._table.sort_column(column, further=bool(pressed & Qt.KeyboardModifier.ShiftModifier))


class DataTable(QTableView):
    """Rows of 36 px with hairlines; sorted by head, copied by Ctrl+C, with an empty message.

    Give it a model with ``show_model``; it stands behind an ``Ordered`` proxy. ``opened``
    carries the key (``Role.KEY``) of the row that Enter or a double click opens,
    ``chose`` the keys of the selected rows.
    """

    opened = Signal(str)
    chose = Signal(object)

    def __init__(self, name: str, empty: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = empty
        self._widths: dict[int, int] = {}
        self._shares = False
        self.ordered = Ordered(self)
        self.setAccessibleName(name)
        self.setHorizontalHeader(Head(self))
        self.horizontalHeader().setAccessibleName(name)
        self.setModel(self.ordered)
        self.setItemDelegate(CellDelegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        side = self.verticalHeader()
        side.hide()
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.doubleClicked.connect(self._open)
        self._fit()

    def show_model(self, model: QAbstractItemModel, widths: dict[int, int] | None = None) -> None:
        """Show this model; ``widths`` in px at 100 %, columns without one share the rest."""
        self.ordered.setSourceModel(model)
        self._widths = dict(widths or {})
        self._fit()

    def share_width(self) -> None:
        """Give each column the width of its words, and what is left evenly to all, from now on."""
        self._shares = True
        columns = self.ordered.columnCount()
        if not columns:
            return
        head = self.horizontalHeader()
        wanted = [self._wanted_width(column) for column in range(columns)]
        left = max(self.viewport().width() - sum(wanted), 0) // columns
        for column, wide in enumerate(wanted):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            head.resizeSection(column, wide + left)

    def say_empty(self, message: str) -> None:
        """The message inside the table while it has no rows."""
        self._empty = message
        self.viewport().update()

    def filter_rows(self, wanted: Callable[[QAbstractItemModel, int], bool] | None) -> None:
        """Show only the rows of the model for which ``wanted(model, row)`` holds."""
        self.ordered.keep(wanted)

    def sort_column(self, column: int, *, further: bool = False) -> None:
        """Sort by a column; the same again turns the order; ``further`` adds it as next key."""
        keys = self.ordered.keys()
        old = dict(keys)
        down, up = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder
        order = down if old.get(column) is up else up
        if further:
            kept: list[SortKey] = [key for key in keys if key[0] != column]
            self.ordered.sort_by([*kept, (column, order)])
        else:
            self.ordered.sort_by([(column, order)])
        self.horizontalHeader().setSortIndicator(column, order)

    def key_at(self, row: int) -> str:
        """The key of a shown row."""
        return str(self.ordered.index(row, 0).data(Role.KEY) or "")

    def chosen_keys(self) -> tuple[str, ...]:
        """The keys of the selected rows, in the order shown."""
        rows = {index.row() for index in self.selectionModel().selectedIndexes()}
        return tuple(self.key_at(row) for row in sorted(rows))

    def choose(self, key: str) -> bool:
        """Select the row of that key and scroll to it; false when it is not shown."""
        for row in range(self.ordered.rowCount()):
            if self.key_at(row) == key:
                flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
                rows = QItemSelectionModel.SelectionFlag.Rows
                index = self.ordered.index(row, 0)
                self.selectionModel().setCurrentIndex(index, flags | rows)
                self.scrollTo(index)
                return True
        return False

    def offer_columns(self, button: QWidget) -> None:
        """The column chooser, under its button: a menu of ticks."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for column in range(1, self.ordered.columnCount()):
            title = self.ordered.headerData(column, Qt.Orientation.Horizontal)
            action = menu.addAction(str(title))
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(column))
            action.setData(column)
        menu.triggered.connect(self._toggle_column)
        menu.popup(button.mapToGlobal(QPoint(0, button.height() + 4)))

    def copy(self) -> None:
        """Put the selected rows (all when none) on the clipboard as TSV with a head."""
        selected = {index.row() for index in self.selectionModel().selectedIndexes()}
        rows = sorted(selected) or range(self.ordered.rowCount())
        columns = [n for n in range(self.ordered.columnCount()) if not self.isColumnHidden(n)]
        lines = [[str(self._title(column)) for column in columns]]
        lines += [[self._plain(row, column) for column in columns] for row in rows]
        QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.chose.emit(self.chosen_keys())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._shares:
            self.share_width()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:
            self._fit()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._empty and not self.ordered.rowCount():
            theme = current()
            painter = QPainter(self.viewport())
            place = QRectF(0, 0, self.viewport().width(), theme.px(72))
            centre = Qt.AlignmentFlag.AlignHCenter
            words(painter, place, self._empty, theme.font("body"), "text2", centre)

    def _fit(self) -> None:
        theme = current()
        self.verticalHeader().setDefaultSectionSize(theme.size("row") + 1)
        self.verticalHeader().setMinimumSectionSize(theme.size("row") + 1)
        head = self.horizontalHeader()
        for column in range(self.ordered.columnCount()):
            wide = self._widths.get(column)
            stretch, by_hand = QHeaderView.ResizeMode.Stretch, QHeaderView.ResizeMode.Interactive
            head.setSectionResizeMode(column, stretch if wide is None else by_hand)
            if wide is not None:
                head.resizeSection(column, theme.px(wide))

    def _wanted_width(self, column: int) -> int:
        theme = current()
        title = QFontMetricsF(theme.font("label")).horizontalAdvance(str(self._title(column)))
        option = QStyleOptionViewItem()
        cells = [
            self.itemDelegate().sizeHint(option, self.ordered.index(row, column)).width()
            for row in range(min(self.ordered.rowCount(), 60))
        ]
        return max([ceil(title) + 2 * theme.px(8) + 2, *cells])

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.key_at(index.row()))

    def _toggle_column(self, action: QAction) -> None:
        column = int(action.data())
        self.setColumnHidden(column, not self.isColumnHidden(column))

    def _title(self, column: int) -> object:
        return self.ordered.headerData(column, Qt.Orientation.Horizontal) or ""

    def _plain(self, row: int, column: int) -> str:
        index = self.ordered.index(row, column)
        text = str(index.data() or index.data(Qt.ItemDataRole.AccessibleTextRole) or "")
        return text.replace("\t", " ").replace("\n", " ")
