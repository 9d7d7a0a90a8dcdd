"""Box and Radio: tick and radio marks in the theme's own colours, with their words."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox, QRadioButton, QSizePolicy, QWidget

from tokenmirror.views.painting import words
from tokenmirror.views.theme import current

_MARK = 16
_GAP = 8


class Box(QCheckBox):
    """A tick box with words; grey and ticked when it is locked on."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return _size(self.text())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: object) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        state = self.checkState()
        paint_box(painter, _mark_area(QRectF(self.rect()), mirrored), state, on=self.isEnabled())
        _label(painter, QRectF(self.rect()), self.text(), mirrored, enabled=self.isEnabled())


class Radio(QRadioButton):
    """One of several, of which exactly one holds."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return _size(self.text())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: object) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        area = _mark_area(QRectF(self.rect()), mirrored).adjusted(0.75, 0.75, -0.75, -0.75)
        chosen = self.isChecked()
        line = theme.colour("accent" if chosen and self.isEnabled() else "borderStrong")
        painter.setPen(QPen(line, 1.5))
        painter.setBrush(theme.colour("surface"))
        painter.drawEllipse(area)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(line)
            inset = theme.px(4)
            painter.drawEllipse(area.adjusted(inset, inset, -inset, -inset))
        _label(painter, QRectF(self.rect()), self.text(), mirrored, enabled=self.isEnabled())


def paint_box(painter: QPainter, area: QRectF, state: Qt.CheckState, *, on: bool = True) -> None:
    """Paint a tick box; also used by tables and lists."""
    theme = current()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ticked = state is not Qt.CheckState.Unchecked
    line = theme.colour("accent" if ticked and on else "borderStrong")
    painter.setPen(QPen(line, 1.5))
    painter.setBrush(line if ticked else theme.colour("surface"))
    painter.drawRoundedRect(area.adjusted(0.75, 0.75, -0.75, -0.75), 3, 3)
    if ticked:
        pen = QPen(theme.colour("onAccent" if on else "surface"), 1.8 * area.width() / _MARK)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        tick = ((0.25, 0.53), (0.43, 0.70), (0.75, 0.33))
        if state is Qt.CheckState.PartiallyChecked:
            tick = ((0.28, 0.5), (0.5, 0.5), (0.72, 0.5))
        side = area.width()
        painter.drawPolyline(
            QPolygonF([QPointF(area.left() + x * side, area.top() + y * side) for x, y in tick])
        )
    painter.restore()


def _size(text: str) -> QSize:
    theme = current()
    wide = QFontMetricsF(theme.font("body")).horizontalAdvance(text)
    gap = theme.px(_GAP) if text else 0
    return QSize(round(theme.px(_MARK) + gap + wide) + 2, theme.px(24))


def _mark_area(area: QRectF, mirrored: bool) -> QRectF:
    side = current().px(_MARK)
    left = area.right() - side if mirrored else area.left()
    return QRectF(left, round(area.center().y() - side / 2), side, side)


def _label(painter: QPainter, area: QRectF, text: str, mirrored: bool, *, enabled: bool) -> None:
    shift = current().px(_MARK + _GAP)
    place = area.adjusted(0 if mirrored else shift, 0, -shift if mirrored else 0, 0)
    align = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
    words(painter, place, text, current().font("body"), "text" if enabled else "text3", align)
