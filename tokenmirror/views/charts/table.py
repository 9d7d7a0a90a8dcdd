"""The table twin of a chart: the same numbers as a model, and as text to copy."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from tokenmirror.language import DASH, day, money, number, percent, tokens
from tokenmirror.measures.figures import Column, Table
from tokenmirror.views.widgets.cells import Role

Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_TEXTUAL = {"text", "day", "outcome"}


class FigureTable(QAbstractTableModel):
    """A ``figures.Table`` as a model; numbers keep their value for sorting."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = Table((), (), "")

    def show_table(self, table: Table) -> None:
        """Show these rows."""
        self.beginResetModel()
        self._table = table
        self.endResetModel()

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._table.rows)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._table.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        key, cells = self._table.rows[index.row()]
        column, cell = self._table.columns[index.column()], cells[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return written(column, cell)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT if column.kind in _TEXTUAL else _RIGHT
        if role == Role.SORT:
            return cell
        if role == Role.KEY:
            return key
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is Qt.Orientation.Vertical or section >= len(self._table.columns):
            return None
        column = self._table.columns[section]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT if column.kind in _TEXTUAL else _RIGHT
        return None


def written(column: Column, cell: object) -> str:
    """A cell as it is shown: in the locale's formats, a dash where it is not known."""
    if cell is None:
        return DASH
    if isinstance(cell, date):
        return day(cell, year=True)
    if not isinstance(cell, int | float):
        return str(cell)
    if column.kind == "money":
        return money(round(cell * 1e9))
    if column.kind == "percent":
        return percent(cell)
    if column.kind == "tokens":
        return tokens(round(cell))
    return number(cell, 0 if cell == round(cell) else 1)


def as_tsv(table: Table) -> str:
    """The rows with their head, as text that a spreadsheet takes."""
    lines = ["\t".join(column.title for column in table.columns)]
    for _, cells in table.rows:
        pairs = zip(table.columns, cells, strict=True)
        lines.append("\t".join(written(column, cell) for column, cell in pairs))
    return "\n".join(lines)
