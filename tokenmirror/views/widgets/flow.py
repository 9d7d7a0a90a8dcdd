"""A row that wraps: chips, filters and legends at large text or in narrow windows."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Items side by side in reading direction, wrapped into as many rows as needed."""

    def __init__(self, parent: QWidget | None = None, gap: int = 8, row_gap: int = 8) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap, self._row_gap = gap, row_gap
        self.setContentsMargins(0, 0, 0, 0)

    def set_gaps(self, gap: int, row_gap: int) -> None:
        """Change the distances between items and between rows (px)."""
        self._gap, self._row_gap = gap, row_gap
        self.invalidate()

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), place=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, place=True)

    def sizeHint(self) -> QSize:
        sizes = [item.sizeHint() for item in self._shown()]
        wide = sum(size.width() for size in sizes) + self._gap * max(len(sizes) - 1, 0)
        return QSize(wide, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        smallest = QSize()
        for item in self._shown():
            smallest = smallest.expandedTo(item.minimumSize())
        return smallest

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        parent = self.parentWidget()
        mirrored = parent is not None and parent.layoutDirection() is Qt.LayoutDirection.RightToLeft
        x, y = 0, 0
        for row in self._rows(rect.width()):
            height = max(item.sizeHint().height() for item in row)
            x = 0
            for item in row:
                size = item.sizeHint().boundedTo(QSize(max(rect.width(), 1), 1 << 20))
                if place:
                    left = rect.width() - x - size.width() if mirrored else x
                    top = y + (height - size.height()) // 2
                    item.setGeometry(QRect(rect.topLeft() + QPoint(left, top), size))
                x += size.width() + self._gap
            y += height + self._row_gap
        return max(y - self._row_gap, 0)

    def _rows(self, width: int) -> list[list[QLayoutItem]]:
        rows: list[list[QLayoutItem]] = []
        used = 0
        for item in self._shown():
            wide = item.sizeHint().width()
            if rows and used + self._gap + wide <= width:
                rows[-1].append(item)
                used += self._gap + wide
            else:
                rows.append([item])
                used = wide
        return rows
