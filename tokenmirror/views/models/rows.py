"""A plain table model: rows of cells that are already words and drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from tokenmirror.views.widgets.cells import Role
from tokenmirror.views.widgets.marks import Drawing

Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()


@dataclass(frozen=True)
class Cell:
    """One cell: its words, what it sorts by (its words when ``None``), and how it looks.

    ``said`` is what a screen reader says where the words alone would not do.
    """

    text: str = ""
    sort: object = None
    drawing: Drawing | None = None
    tone: str | None = None
    said: str = ""
    tip: str = ""
    right: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Row:
    """A row with its key."""

    key: str
    cells: tuple[Cell, ...]


class RowsModel(QAbstractTableModel):
    """Shows rows of cells under fixed heads; used where no column is computed on the way."""

    def __init__(
        self, heads: Sequence[str], right: Sequence[int] = (), parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._heads = tuple(heads)
        self._right = frozenset(right)
        self._rows: tuple[Row, ...] = ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; those that only changed keep their place and selection."""
        after = tuple(rows)
        if [row.key for row in after] == [row.key for row in self._rows]:
            self._rows = after
            if after:
                last = self.index(len(after) - 1, len(self._heads) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._rows = after
        self.endResetModel()

    def name(self, column: int, head: str) -> None:
        """Give a column another head."""
        self._heads = (*self._heads[:column], head, *self._heads[column + 1 :])
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, column, column)

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._heads)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self._heads):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(right=section in self._right)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        cell = row.cells[index.column()]
        answers = {
            int(Qt.ItemDataRole.DisplayRole): cell.text,
            int(Qt.ItemDataRole.AccessibleTextRole): cell.said or cell.text,
            int(Qt.ItemDataRole.ToolTipRole): cell.tip or cell.said or None,
            int(Qt.ItemDataRole.TextAlignmentRole): _side(right=cell.right),
            int(Role.SORT): cell.text if cell.sort is None else cell.sort,
            int(Role.KEY): row.key,
            int(Role.DRAWING): cell.drawing,
            int(Role.TONE): cell.tone,
            int(Role.STRONG): cell.strong,
        }
        return answers.get(int(role))


def _side(*, right: bool) -> int:
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
