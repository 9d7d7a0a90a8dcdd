"""CurveChart: how long lines lasted, as a step curve with its band; two kinds stand apart."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from tokenmirror.language import number, percent, tr
from tokenmirror.measures.figures import Curve, CurvePoint, Table
from tokenmirror.views.charts.chart import Chart
from tokenmirror.views.charts.curve_words import (
    MARKS,
    OTHER_KINDS,
    curve_table,
    day_words,
    describe_curve,
    told_words,
)
from tokenmirror.views.charts.fills import LIKELY, LegendEntry, part_fill
from tokenmirror.views.painting import fill, hair, words
from tokenmirror.views.theme import Fill, current

HORIZON = 90
_LEFT, _GAP, _RIGHT = 74, 52, 22
_TITLE, _PLOT, _DAYS, _LEFT_ROW = 22, 190, 20, 18
_BESIDE_FROM = 700  # of the chart at 100 %: below, the two kinds stand under each other
_EMPTY = Curve((), {}, 0, 0, "")


@dataclass(frozen=True)
class Panel:
    """One curve with its name and the colour token of its line."""

    name: str
    curve: Curve
    colour: str


class CurveChart(Chart):
    """Left and right step the days, up and down the two kinds of lines; nothing opens.

    Both have the same axes, so that they can be seen beside each other; nothing is computed
    from the two.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panels: tuple[Panel, ...] = ()

    def show_figure(self, curve: Curve, other: Curve | None = None) -> None:
        """Draw this curve and, apart, that of the person's lines not recognised as AI."""
        panels = [Panel(tr("Lines from AI proposals"), curve, "chain.surviving")]
        if other is not None:
            name = tr("Your lines not recognised as AI, same weeks")
            panels.append(Panel(name, other, "categoryOther"))
        self._panels = tuple(panels)
        self.figure_changed()

    def data_count(self) -> int:
        return max((len(panel.curve.points) for panel in self._panels), default=0)

    def series_count(self) -> int:
        return max(len(self._panels), 1)

    def words_at(self, datum: int, series: int) -> str:
        panel = self._panels[series]
        said = day_words(panel.curve, datum)
        return said if len(self._panels) == 1 else f"{panel.name}: {said}"

    def key_at(self, datum: int, series: int) -> str:
        return ""

    def numbers(self) -> Table:
        return curve_table([(panel.name, panel.curve) for panel in self._panels])

    def describe(self) -> str:
        pairs = [(panel.name, panel.curve) for panel in self._panels]
        return describe_curve(self.accessibleName(), pairs)

    def sentence(self) -> str:
        return self._panels[0].curve.sentence if self._panels else ""

    def legend(self) -> tuple[LegendEntry, ...]:
        if not any(point.low is not None for one in self._panels for point in one.curve.points):
            return ()
        return (LegendEntry(tr("likely range"), LIKELY),)

    def height_for(self, width: int) -> int:
        high = _PLOT + _DAYS + _LEFT_ROW + 10
        if len(self._panels) > 1:
            high += _TITLE
        rows = len(self._panels) if self._stacked(width) else 1
        note = _TITLE if len(self._panels) > 1 else 0
        return current().px(rows * high + note)

    def sizeHint(self) -> QSize:
        return QSize(current().px(640), self.height_for(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px(280), self.sizeHint().height())

    def datum_at(self, place: QPointF) -> tuple[int, int] | None:
        for series in range(len(self._panels)):
            plot = self._plot(series)
            if plot.adjusted(-6, 0, 6, 0).contains(place):
                day = round((place.x() - plot.left()) / plot.width() * HORIZON)
                last = len(self._panels[series].curve.points) - 1
                return (max(0, min(day, last)), series) if last >= 0 else None
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for series, panel in enumerate(self._panels):
            plot = self._plot(series)
            if len(self._panels) > 1:
                title = QRectF(plot.left(), plot.top() - current().px(_TITLE), plot.width(), 0)
                title.setHeight(current().px(_TITLE - 4))
                words(painter, title, panel.name, current().font("note", weight=600), "text2")
            self._paint_axes(painter, plot, series)
            self._paint_untold(painter, plot, panel.curve)
            self._paint_curve(painter, plot, panel)
            self._paint_told(painter, plot, panel, series)
        if len(self._panels) > 1:
            high = current().px(_TITLE)
            note = QRectF(0, self.height() - high, self.width(), high)
            words(painter, note, tr(OTHER_KINDS), current().font("note"), "text3")

    def _stacked(self, width: int) -> bool:
        return len(self._panels) > 1 and width < current().px(_BESIDE_FROM)

    def _plot(self, series: int) -> QRectF:
        """The area of a curve: both as wide and as high, from day 0 to day 90."""
        theme = current()
        wide: float
        left, right, gap = theme.px(_LEFT), theme.px(_RIGHT), theme.px(_GAP)
        top: float = theme.px(_TITLE) if len(self._panels) > 1 else theme.px(6)
        if len(self._panels) == 1 or self._stacked(self.width()):
            each = theme.px(_PLOT + _DAYS + _LEFT_ROW + 10 + _TITLE)
            wide = self.width() - left - right
            return QRectF(left, top + series * each, wide, theme.px(_PLOT))
        wide = (self.width() - left - right - gap) / 2
        return QRectF(left + series * (wide + gap), top, wide, theme.px(_PLOT))

    def _x(self, plot: QRectF, day: float) -> float:
        return plot.left() + plot.width() * day / HORIZON

    def _y(self, plot: QRectF, share: float) -> float:
        return plot.bottom() - plot.height() * share

    def _labelled(self, plot: QRectF, series: int) -> bool:
        """Whether the value axis is written here: side by side, the first panel has it."""
        return series == 0 or self._stacked(self.width())

    def _paint_axes(self, painter: QPainter, plot: QRectF, series: int) -> None:
        theme = current()
        tick = theme.font("tick", tabular=True)
        painter.setPen(QPen(theme.colour("border"), 1))
        for share in (0.25, 0.5, 0.75, 1.0):
            y = hair(self._y(plot, share))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        for day in (7, 30):
            x = hair(self._x(plot, day))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setPen(QPen(theme.colour("borderStrong"), 1))
        base = hair(plot.bottom())
        painter.drawLine(QPointF(plot.left(), base), QPointF(plot.right(), base))
        right = Qt.AlignmentFlag.AlignRight
        for share in (0.0, 0.25, 0.5, 0.75, 1.0) if self._labelled(plot, series) else ():
            place = QRectF(0, self._y(plot, share) - theme.px(8), plot.left() - theme.px(6), 0)
            place.setHeight(theme.px(16))
            words(painter, place, percent(share), tick, "text3", right)
        self._paint_days(painter, plot, series)

    def _paint_days(self, painter: QPainter, plot: QRectF, series: int) -> None:
        theme = current()
        tick = theme.font("tick", tabular=True)
        middle = Qt.AlignmentFlag.AlignHCenter
        points = self._panels[series].curve.points
        top = plot.bottom() + theme.px(3)
        for day in MARKS:
            x, half = self._x(plot, day), theme.px(26)
            row = QRectF(x - half, top, 2 * half, theme.px(_DAYS - 4))
            text = tr("{n} days", n=number(day)) if day == HORIZON else number(day)
            words(painter, row, text, tick, "text3", middle)
            if day < len(points):
                row.translate(0, theme.px(_DAYS - 2))
                words(painter, row, number(points[day].left), tick, "text2", middle)
        if self._labelled(plot, series):
            row = QRectF(0, top + theme.px(_DAYS - 2), plot.left() - theme.px(28), theme.px(16))
            words(painter, row, tr("lines left"), theme.font("tick"), "text3")

    def _paint_untold(self, painter: QPainter, plot: QRectF, curve: Curve) -> None:
        """Hatched days of which nothing can be told yet."""
        theme = current()
        last = len(curve.points) - 1
        left = self._x(plot, max(last, 0))
        area = QRectF(round(left), plot.top(), round(plot.right() - left), plot.height() - 1)
        if last >= HORIZON or area.width() < theme.px(8):
            return
        painter.setOpacity(0.6)
        fill(painter, area, Fill(theme.colour("border"), "hatch"))
        painter.setOpacity(1)
        font = theme.font("tick")
        if area.width() > theme.px(110):
            row = QRectF(area.left(), area.center().y() - theme.px(9), area.width(), theme.px(18))
            painter.fillRect(row.adjusted(area.width() / 2 - theme.px(50), 0,
                                          theme.px(50) - area.width() / 2, 0),
                             theme.colour("surface"))  # fmt: skip
            text = tr("too early to tell")
            words(painter, row, text, font, "text2", Qt.AlignmentFlag.AlignHCenter)

    def _paint_curve(self, painter: QPainter, plot: QRectF, panel: Panel) -> None:
        theme = current()
        points = panel.curve.points
        banded = [point for point in points if point.low is not None and point.high is not None]
        if banded:
            upper = self._steps(plot, [(p.days, p.high or 0.0) for p in banded])
            lower = self._steps(plot, [(p.days, p.low or 0.0) for p in banded])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(part_fill(LIKELY).colour)
            painter.drawPolygon(QPolygonF([*upper, *reversed(lower)]))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("chain.accepted"), 1))
            painter.drawPolyline(QPolygonF(upper))
            painter.drawPolyline(QPolygonF(lower))
        line = QPen(theme.colour(panel.colour), 2.5)
        line.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        line.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(line)
        painter.drawPolyline(QPolygonF(self._steps(plot, [(p.days, p.share) for p in points])))

    def _steps(self, plot: QRectF, pairs: list[tuple[int, float]]) -> list[QPointF]:
        """A value holds until the next: each but the first begins with a fall."""
        found: list[QPointF] = []
        for day, share in pairs:
            x, y = self._x(plot, day), self._y(plot, share)
            if found:
                found.append(QPointF(x, found[-1].y()))
            found.append(QPointF(x, y))
        return found

    def _paint_told(self, painter: QPainter, plot: QRectF, panel: Panel, series: int) -> None:
        """The day that is told with its words, and the ring of the cursor."""
        theme = current()
        curve = panel.curve
        if not curve.points:
            return
        told = curve.told
        spot = QPointF(self._x(plot, told.days), self._y(plot, told.share))
        painter.setPen(QPen(theme.colour("surface"), 2))
        painter.setBrush(theme.colour(panel.colour))
        painter.drawEllipse(spot, theme.px(9) / 2, theme.px(9) / 2)
        below = self._lowest(plot, told) + theme.px(4)
        row = QRectF(spot.x() + theme.px(8), below, plot.right() - spot.x(), theme.px(18))
        if row.bottom() > plot.bottom() - 2:
            row.moveBottom(spot.y() - theme.px(6))
        font = theme.font("note", weight=600)
        row.setWidth(min(QFontMetricsF(font).horizontalAdvance(told_words(told)) + 2, row.width()))
        painter.setOpacity(0.85)
        painter.fillRect(row.adjusted(-3, 1, 3, -1), theme.colour("surface"))
        painter.setOpacity(1)
        words(painter, row, told_words(told), font, "text")
        if self.at is not None and self.at[1] == series and self.at[0] < len(curve.points):
            point = curve.points[self.at[0]]
            at = QPointF(self._x(plot, point.days), self._y(plot, point.share))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.drawEllipse(at, theme.px(8), theme.px(8))

    def _lowest(self, plot: QRectF, point: CurvePoint) -> float:
        return self._y(plot, point.low if point.low is not None else point.share)
