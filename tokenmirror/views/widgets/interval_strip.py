"""IntervalStrip: a figure on a zero-based axis, with its interval and the usual range."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from tokenmirror.measures.figures import Usual
from tokenmirror.views.painting import band, dot, hatch, words
from tokenmirror.views.theme import current


@dataclass(frozen=True)
class Strip:
    """What a strip shows, in the unit of its figure; the axis runs from 0 to ``top``.

    ``cases`` are single values, drawn hollow in place of a dot; ``early`` is the hatched
    strip of a figure that cannot be told yet; ``spoken`` is the value in words.
    """

    top: float
    top_label: str
    zero_label: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    usual: Usual | None = None
    cases: tuple[float, ...] = ()
    early: bool = False
    spoken: str = ""


class IntervalStrip(QWidget):
    """A strip 34 high: end stops, usual band, interval line, dot, labels at the ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strip: Strip | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_strip(self, strip: Strip) -> None:
        """Draw this from now on."""
        self._strip = strip
        self.setAccessibleName(strip.spoken)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        early = self._strip is not None and self._strip.early
        return QSize(current().px(180), current().px(14 if early else 34))

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px(80), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._strip is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_strip(painter, QRectF(self.rect()), self._strip)


def paint_strip(painter: QPainter, area: QRectF, strip: Strip) -> None:
    """Paint a strip into the area."""
    theme = current()
    if strip.early:
        hatch(painter, area, theme.colour("borderStrong"))
        return
    middle = area.top() + theme.px(9)
    whole = area
    room = theme.px(7)  # half a dot with its rim: at either end it must not be cut
    area = area.adjusted(room, 0, -room, 0)
    _axis(painter, area, middle)
    if strip.usual is not None:
        low, centre, high = (_place(area, strip, value) for value in strip.usual)
        half = theme.px(8)
        frame = QRectF(round(low), middle - half, round(high) - round(low), 2 * half)
        band(painter, frame, round(centre), upright=True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    accent = theme.colour("chain.shipped")
    if strip.low is not None and strip.high is not None:
        pen = QPen(accent, theme.px(3))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        ends = (_place(area, strip, strip.low), _place(area, strip, strip.high))
        painter.drawLine(QPointF(ends[0], middle), QPointF(ends[1], middle))
    radius = theme.px(10) / 2
    for case in strip.cases:
        where = QPointF(_place(area, strip, case), middle)
        dot(painter, where, radius, accent, hollow=True)
    if strip.value is not None:
        dot(painter, QPointF(_place(area, strip, strip.value), middle), radius, accent)
    _end_labels(painter, whole, strip)


def _axis(painter: QPainter, area: QRectF, middle: float) -> None:
    theme = current()
    stop = theme.px(4)
    painter.setPen(QPen(theme.colour("border"), 1))
    line = round(middle) + 0.5
    painter.drawLine(QPointF(area.left(), line), QPointF(area.right(), line))
    for x in (area.left() + 0.5, area.right() - 0.5):
        painter.drawLine(QPointF(x, middle - stop), QPointF(x, middle + stop))


def _end_labels(painter: QPainter, area: QRectF, strip: Strip) -> None:
    theme = current()
    font = theme.font("tick")
    height = QFontMetricsF(font).height()
    row = QRectF(area.left(), area.bottom() - height, area.width(), height)
    words(painter, row, strip.zero_label, font, "text2")
    words(painter, row, strip.top_label, font, "text2", Qt.AlignmentFlag.AlignRight)


def _place(area: QRectF, strip: Strip, value: float) -> float:
    share = min(max(value / strip.top, 0.0), 1.0) if strip.top else 0.0
    return area.left() + share * area.width()
