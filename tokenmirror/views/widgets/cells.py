"""What a cell of a table can hold (roles), and the one delegate that draws it."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from tokenmirror.views.painting import words
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.boxes import paint_box
from tokenmirror.views.widgets.marks import Drawing, Mark, Nested, draw, drawing_width

_GAP = 8


class Role(IntEnum):
    """Roles a model may answer besides Qt's own; all may be missing.

    ``SORT``: a plain comparable value (numbers, text, dates); ``None`` sorts last.
    ``DRAWING``: a ``marks`` drawing that stands before the text.
    ``TONE``: the name of the text colour ("text2", "text3", "caution").
    ``SECOND``: a second, paler line under the text.
    ``KEY``: what the row is (a task's key), the same in each column.
    ``STRONG``: true for weight 600.
    Text comes from DisplayRole, alignment from TextAlignmentRole, a tick from CheckStateRole,
    the words of screen readers from AccessibleTextRole, long text from ToolTipRole.
    """

    SORT = Qt.ItemDataRole.UserRole + 1
    DRAWING = Qt.ItemDataRole.UserRole + 2
    TONE = Qt.ItemDataRole.UserRole + 3
    SECOND = Qt.ItemDataRole.UserRole + 4
    KEY = Qt.ItemDataRole.UserRole + 5
    STRONG = Qt.ItemDataRole.UserRole + 6


Index = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Draws the selection, the hairline, a drawing, one or two lines of text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._current_row = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        theme = current()
        font = theme.font("body", tabular=True)
        text = str(index.data() or "")
        wide = QFontMetricsF(font).horizontalAdvance(text) + 2 * theme.px(_GAP)
        drawing: Drawing | None = index.data(Role.DRAWING)
        if drawing is not None:
            wide += drawing_width(drawing, theme.px(96)) + (theme.px(_GAP) if text else 0)
        return QSize(round(wide) + 2, theme.size("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = current()
        area = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, theme.colour("selection"))
        painter.fillRect(
            QRectF(area.left(), area.bottom() - 1, area.width(), 1), theme.colour("border")
        )
        inner = area.adjusted(theme.px(_GAP), 0, -theme.px(_GAP), -1)
        ticked = index.data(Qt.ItemDataRole.CheckStateRole)
        if ticked is not None:
            inner = _draw_tick(painter, inner, Qt.CheckState(ticked))
        drawing: Drawing | None = index.data(Role.DRAWING)
        if drawing is not None:
            inner = _draw_before(painter, inner, drawing)
        _draw_text(painter, inner, index)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if state & QStyle.StateFlag.State_HasFocus and not chosen:
            painter.setPen(theme.colour("focus"))
            painter.drawRect(area.adjusted(1.5, 1.5, -1.5, -2.5))
        painter.restore()


def _draw_tick(painter: QPainter, area: QRectF, state: Qt.CheckState) -> QRectF:
    side = current().px(16)
    box = QRectF(area.left(), round(area.center().y() - side / 2), side, side)
    paint_box(painter, box, state)
    return area.adjusted(side + current().px(_GAP), 0, 0, 0)


def _draw_before(painter: QPainter, area: QRectF, drawing: Drawing) -> QRectF:
    theme = current()
    wide = drawing_width(drawing, area.width() * 100 / theme.text_scale)
    if isinstance(drawing, Nested):
        wide = min(wide, max(area.width() - theme.px(104), theme.px(24)))
    draw(painter, QRectF(area.left(), area.top(), wide, area.height()), drawing)
    gap = theme.px(6 if isinstance(drawing, Mark) else _GAP)
    return area.adjusted(wide + gap, 0, 0, 0)


def _draw_text(painter: QPainter, area: QRectF, index: Index) -> None:
    text = index.data(Qt.ItemDataRole.DisplayRole)
    if text is None:
        return
    theme = current()
    tone = index.data(Role.TONE) or "text"
    weight = 600 if index.data(Role.STRONG) else 0
    wanted = index.data(Qt.ItemDataRole.TextAlignmentRole)
    right = wanted is not None and bool(Qt.AlignmentFlag(wanted) & Qt.AlignmentFlag.AlignRight)
    align = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    font = theme.font("body", tabular=True, weight=weight)
    second = index.data(Role.SECOND)
    if second:
        half = area.height() / 2
        small = theme.font("tick")
        words(painter, area.adjusted(0, 2, 0, -half + 2), str(text), font, tone, align)
        words(painter, area.adjusted(0, half - 2, 0, -2), str(second), small, "text3", align)
    else:
        words(painter, area, str(text), font, tone, align)
