"""The sidebar: a real list of pages, the program's mark above, two facts below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from tokenmirror.language import tr
from tokenmirror.views import theme

Index = QModelIndex | QPersistentModelIndex
ENTRY = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Entry:
    """A page in the list, or the label of a group when ``key`` is empty."""

    key: str
    title: str
    icon: str = ""
    shortcut: str = ""


class SidebarModel(QAbstractListModel):
    """Pages in their groups; labels of groups cannot be chosen."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = tuple(entries)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        title = tr(entry.title)
        if role == ENTRY:
            return entry
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return title
        if role == Qt.ItemDataRole.ToolTipRole and entry.key:
            return f"{title} ({entry.shortcut})" if entry.shortcut else title
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and self._entries[index.row()].key:
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return Qt.ItemFlag.NoItemFlags

    def row_of(self, key: str) -> int:
        """The row of a page, -1 when it is not listed."""
        keys = [entry.key for entry in self._entries]
        return keys.index(key) if key in keys else -1


class PageRows(QStyledItemDelegate):
    """Paints a row: icon, text, and for the current page a fill and a bar at the left edge."""

    narrow = False

    def __init__(self, listed: PageList) -> None:
        super().__init__(listed)
        self._list = listed

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        look, entry = theme.current(), index.data(ENTRY)
        if entry.key:
            # ten rows must fit at 200 % on a usual screen: 56 high instead of 64
            return QSize(0, min(look.px(32), 54) + 2)
        return QSize(0, look.px(14) if self.narrow else look.px(36))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, entry = theme.current(), index.data(ENTRY)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cell: QRect = option.rect
        state: QStyle.StateFlag = option.state
        if entry.key:
            selected = bool(state & QStyle.StateFlag.State_Selected)
            self._page(painter, cell.adjusted(0, 1, 0, -1), entry, state, selected=selected)
        elif not self.narrow:
            painter.setFont(look.font("tick", weight=600))
            painter.setPen(look.colour("text3"))
            place = cell.adjusted(look.px(12), 0, 0, -look.px(4))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
            painter.drawText(place, flags, tr(entry.title).upper())
        painter.restore()

    def _page(
        self,
        painter: QPainter,
        row: QRect,
        entry: Entry,
        state: QStyle.StateFlag,
        *,
        selected: bool,
    ) -> None:
        look = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            fill = QColor(look.colour("selection"))
            fill.setAlphaF(1.0 if selected else 0.55)
            painter.setBrush(fill)
            painter.drawRoundedRect(row, look.px(6), look.px(6))
        if selected:
            painter.setBrush(look.colour("accent"))
            high = look.px(16)
            top = row.center().y() - high / 2 + 1
            painter.drawRoundedRect(QRectF(row.left(), top, look.px(3), high), 1.5, 1.5)
        side = look.px(20)
        left = row.center().x() - side // 2 if self.narrow else row.left() + look.px(12)
        where = QRect(left, row.center().y() - side // 2 + 1, side, side)
        tone = "accent" if selected else "text2"
        look.icon(entry.icon, tone).paint(painter, where)
        if not self.narrow:
            painter.setFont(look.font("body", weight=600 if selected else 0))
            painter.setPen(look.colour("text" if selected else "text2"))
            text = row.adjusted(look.px(44), 0, -look.px(8), 0)
            shown = QFontMetrics(painter.font()).elidedText(
                tr(entry.title), Qt.TextElideMode.ElideRight, text.width()
            )
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, shown)
        if state & QStyle.StateFlag.State_HasFocus and self._list.by_keys:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.colour("focus"), 2))
            painter.drawRoundedRect(QRectF(row).adjusted(1, 1, -1, -1), look.px(6), look.px(6))


class PageList(QListView):
    """The list; moving in it with the arrow keys opens the page.

    ``by_keys`` is true while the keyboard has brought the focus here: then a ring shows.
    """

    by_keys = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        reasons = Qt.FocusReason
        self.by_keys = event.reason() in {
            reasons.TabFocusReason,
            reasons.BacktabFocusReason,
            reasons.ShortcutFocusReason,
        }
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.by_keys = True
        super().keyPressEvent(event)
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(0, self.contents_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, min(self.contents_height(), theme.current().px(100)))

    def contents_height(self) -> int:
        """Height of all rows."""
        return sum(self.sizeHintForRow(row) for row in range(self.model().rowCount())) + 2


class Mark(QWidget):
    """The program's mark: two bars mirrored about a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("TokenMirror")

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(22), look.px(16))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        unit = min(self.width() / 22, self.height() / 16)
        painter.translate((self.width() - 22 * unit) / 2, (self.height() - 16 * unit) / 2)
        painter.scale(unit, unit)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("chain.shipped"))
        painter.drawRoundedRect(QRectF(2, 1, 18, 5), 1.2, 1.2)
        painter.setBrush(look.colour("borderStrong"))
        painter.drawRect(QRectF(1, 7.5, 20, 0.8))
        painter.setBrush(look.colour("chain.accepted"))
        painter.drawRoundedRect(QRectF(2, 10, 12, 5), 1.2, 1.2)


class Sidebar(QFrame):
    """Mark, list and foot; ``opened`` names the page that was chosen."""

    opened = Signal(str)
    foot_pressed = Signal()

    def __init__(self, entries: Sequence[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("part", "sidebar")
        self.narrow = False
        self._foot_text = ""
        self.model = SidebarModel(entries, self)
        self.list = PageList(self)
        self._rows = PageRows(self.list)
        self.list.setObjectName("pages")
        self.list.setAccessibleName(tr("Pages"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(self._rows)
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.selectionModel().currentChanged.connect(self._chosen)
        self._mark = Mark(self)
        self._name = QLabel("TokenMirror", self)
        self._name.setProperty("kind", "heading")
        self._private = QLabel(tr("On this computer only"), self)
        self._foot = QLabel(self)
        for label in (self._private, self._foot):
            label.setProperty("kind", "tick")
            label.setProperty("tone", "text3")
            label.setWordWrap(True)
        self._lock = QLabel(self)
        self._lock.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._lay_out()
        theme.current().changed.connect(self._restyle)
        self._restyle()

    def _lay_out(self) -> None:
        self._brand = QHBoxLayout()
        self._brand.addWidget(self._mark)
        self._brand.addWidget(self._name, 1)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addLayout(self._brand)
        self._column.addWidget(self.list, 1)
        for label in (self._private, self._foot, self._lock):
            self._column.addWidget(label)

    def set_narrow(self, narrow: bool) -> None:
        """Icons alone, or icons with words."""
        if narrow != self.narrow:
            self.narrow = self._rows.narrow = narrow
            self._restyle()

    def set_foot(self, text: str) -> None:
        """The second fact of the foot: "Read 4 min ago"."""
        self._foot_text = text
        self._foot.setText(text)
        self._lock.setToolTip(f"{self._private.text()}\n{text}")
        self._lock.setAccessibleName(f"{self._private.text()}. {text}")

    def foot(self) -> str:
        """The second fact of the foot."""
        return self._foot_text

    def select(self, key: str) -> None:
        """Show that page as the current one without opening it."""
        row = self.model.row_of(key)
        selection = self.list.selectionModel()
        selection.blockSignals(True)
        self.list.setCurrentIndex(self.model.index(row, 0) if row >= 0 else QModelIndex())
        selection.blockSignals(False)
        self.list.viewport().update()

    def _chosen(self, current: QModelIndex) -> None:
        entry = current.data(ENTRY) if current.isValid() else None
        if entry is not None and entry.key:
            self.opened.emit(entry.key)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._private.setText(tr("On this computer only"))
        super().changeEvent(event)

    def _restyle(self) -> None:
        look = theme.current()
        self.setFixedWidth(look.size("sidebarNarrow" if self.narrow else "sidebar"))
        side = look.px(8 if self.narrow else 12)
        self._column.setContentsMargins(side, look.px(16), side, look.px(14))
        brand = 0 if self.narrow else look.px(12)
        self._brand.setContentsMargins(brand, 0, 0, look.px(12))
        self._brand.setSpacing(look.px(6))
        foot = look.px(12)
        for label in (self._private, self._foot):
            label.setContentsMargins(foot, 0, 0, 0)
            label.setVisible(not self.narrow)
        self._name.setVisible(not self.narrow)
        self._lock.setVisible(self.narrow)
        self._lock.setPixmap(look.pixmap("privacy", "text3", 16))
        self.list.setSpacing(0)
        self.list.doItemsLayout()
        self.update()
