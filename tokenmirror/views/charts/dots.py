"""DotsChart: one mark a task on a log axis, with the middle half and the median."""

from __future__ import annotations

from math import floor, log10

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF, QResizeEvent, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from tokenmirror.language import tr
from tokenmirror.measures.figures import Dot, Dots, Table
from tokenmirror.views.charts.chart import Chart
from tokenmirror.views.charts.fills import LegendEntry
from tokenmirror.views.charts.plot import Plot, value_ticks
from tokenmirror.views.charts.words import describe_dots, dots_table
from tokenmirror.views.painting import crisp, words
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.answers import speaker, whole

MANY = 400
_HEIGHT, _APART = 130, 12
_EMPTY = Dots((), "count", "")


def swarm(places: list[float], apart: float, room: float) -> list[float]:
    """Offsets from the middle line so that no two marks lie closer than ``apart`` pixels.

    ``places`` are sorted pixels along the axis; for each 0, ±2, ±4 … is tried until it keeps
    its distance. Offsets stay within ``room``, where marks may touch.
    """
    placed: list[tuple[float, float]] = []
    for x in places:
        near = [(px, py) for px, py in placed[-80:] if x - px < apart]
        tried = 0.0
        while any((x - px) ** 2 + (tried - py) ** 2 < apart * apart for px, py in near):
            tried = -tried if tried > 0 else -tried + 2
            if abs(tried) > room:
                tried = 0.0
                break
        placed.append((x, tried))
    return [offset for _, offset in placed]


class DotMarks(pg.GraphicsObject):
    """Band of the middle half, median, marks and cursor; x is already on the axis' scale."""

    def __init__(self) -> None:
        super().__init__()
        self._dots = _EMPTY
        self._ordered: list[Dot] = []
        self._range = (0.0, 1.0)
        self._at: int | None = None
        self.spots: list[QPointF] = []

    def show_dots(self, dots: Dots, ordered: list[Dot], ends: tuple[float, float]) -> None:
        """Draw these, in a view from one end of the axis to the other."""
        self.prepareGeometryChange()
        self._dots, self._ordered, self._range = dots, ordered, ends
        self.update()

    def mark(self, at: int | None) -> None:
        """Ring this one."""
        if at != self._at:
            self._at = at
            self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._range[0], 0, self._range[1] - self._range[0], 1)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        world = painter.worldTransform()
        view = world.mapRect(self.boundingRect())
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, world, view)
        if len(self._ordered) >= MANY:
            self._paint_bins(painter, world, view)
        else:
            self._paint_marks(painter, world, view)
        base = round(view.bottom()) - 1
        painter.fillRect(
            QRectF(view.left(), base, view.width(), 1), current().colour("borderStrong")
        )
        painter.restore()

    def _paint_ground(self, painter: QPainter, world: QTransform, view: QRectF) -> None:
        theme = current()
        painter.setPen(QPen(theme.colour("border"), 1))
        for value in axis_values(self._dots, self._range):
            x = round(world.map(QPointF(scaled(self._dots, value), 0)).x()) + 0.5
            painter.drawLine(QPointF(x, view.top()), QPointF(x, view.bottom()))
        top = view.top() + theme.px(20)
        if self._dots.quartiles is not None:
            ends = [
                world.map(QPointF(scaled(self._dots, value), 0)).x()
                for value in self._dots.quartiles
            ]
            area = crisp(QRectF(ends[0], top, ends[1] - ends[0], view.bottom() - top - 10))
            painter.fillRect(area, theme.colour("usualBand"))
            line = theme.colour("borderStrong")
            painter.fillRect(QRectF(area.left(), area.top(), 1, area.height()), line)
            painter.fillRect(QRectF(area.right() - 1, area.top(), 1, area.height()), line)
        if self._dots.median is not None:
            x = round(world.map(QPointF(scaled(self._dots, self._dots.median), 0)).x())
            painter.fillRect(QRectF(x - 1, top, 2, view.bottom() - top - 10), theme.colour("text"))
            said = tr("median {value}", value=speaker(self._dots.unit)(self._dots.median))
            row = QRectF(x - theme.px(90), view.top(), theme.px(180), theme.px(18))
            font = theme.font("tick", weight=600)
            words(painter, row, said, font, "text", Qt.AlignmentFlag.AlignHCenter)

    def _paint_marks(self, painter: QPainter, world: QTransform, view: QRectF) -> None:
        theme = current()
        middle = view.center().y() + theme.px(5)
        xs = [world.map(QPointF(scaled(self._dots, one.value), 0)).x() for one in self._ordered]
        room = view.height() / 2 - theme.px(16)
        offsets = swarm(xs, theme.px(_APART), room)
        self.spots = [QPointF(x, middle + y) for x, y in zip(xs, offsets, strict=True)]
        surface = theme.colour("surface")
        for one, spot in zip(self._ordered, self.spots, strict=True):
            key = "shipped" if one.done else "no_lasting_change"
            painter.setPen(QPen(surface, 1))
            painter.setBrush(theme.colour(f"outcome.{key}"))
            if one.done:
                painter.drawEllipse(spot, theme.px(11) / 2, theme.px(11) / 2)
            else:
                painter.drawPolygon(_diamond(spot, theme.px(13) / 2))
        if self._at is not None and self._at < len(self.spots):
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.spots[self._at], theme.px(10), theme.px(10))

    def _paint_bins(self, painter: QPainter, world: QTransform, view: QRectF) -> None:
        """So many tasks stand as bars: their heights are counts, the tallest fills the view."""
        theme = current()
        step = theme.px(10)
        counts: dict[int, int] = {}
        self.spots = []
        for one in self._ordered:
            x = world.map(QPointF(scaled(self._dots, one.value), 0)).x()
            place = int((x - view.left()) // step)
            counts[place] = counts.get(place, 0) + 1
            self.spots.append(QPointF(x, view.bottom()))
        high = (view.height() - theme.px(24)) / max(counts.values())
        for place, count in counts.items():
            left = view.left() + place * step
            bar = crisp(QRectF(left, view.bottom() - count * high, step - 1, count * high))
            painter.fillRect(bar, theme.colour("chain.shipped"))
        if self._at is not None and self._at < len(self.spots):
            x = round(self.spots[self._at].x())
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.drawLine(QPointF(x, view.top()), QPointF(x, view.bottom()))


class DotsChart(Chart):
    """``picked`` carries the key of a task. Left and right step from cheap to dear."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dots = _EMPTY
        self._ordered: list[Dot] = []
        self._plot = Plot(4, parent=self)
        self._plot.getAxis("left").setStyle(showValues=False)
        self._marks = DotMarks()
        self._plot.addItem(self._marks)

    def show_figure(self, dots: Dots) -> None:
        """Draw these tasks."""
        self._dots = dots
        fits = [one for one in dots.dots if one.value > 0 or not dots.log]
        self._ordered = sorted(fits, key=lambda one: one.value)
        self.figure_changed()

    def data_count(self) -> int:
        return len(self._ordered)

    def words_at(self, datum: int, series: int) -> str:
        one = self._ordered[datum]
        value = speaker(self._dots.unit)(one.value)
        if one.done:
            return tr("{title}: {value}. Enter opens it.", title=one.title, value=value)
        return tr(
            "{title}: {value}, no lasting change found. Enter opens it.",
            title=one.title,
            value=value,
        )

    def key_at(self, datum: int, series: int) -> str:
        return self._ordered[datum].key

    def datum_at(self, place: QPointF) -> tuple[int, int] | None:
        spots = self._marks.spots
        if not spots or len(spots) != len(self._ordered):
            return None

        def away(datum: int) -> float:
            off = spots[datum] - place
            return off.x() ** 2 + off.y() ** 2

        nearest = min(range(len(spots)), key=away)
        reach = current().px(28)
        return (nearest, 0) if away(nearest) <= reach * reach else None

    def numbers(self) -> Table:
        return dots_table(self._dots)

    def describe(self) -> str:
        return describe_dots(self.accessibleName(), self._dots)

    def sentence(self) -> str:
        return self._dots.sentence

    def legend(self) -> tuple[LegendEntry, ...]:
        entries = [LegendEntry(tr("completed task"), "dot")]
        if any(not one.done for one in self._ordered):
            entries.append(LegendEntry(tr("without lasting change"), "diamond"))
        if self._dots.quartiles is not None:
            entries.append(LegendEntry(tr("middle half"), "band"))
        return tuple(entries)

    def restyle(self) -> None:
        self._plot.restyle()
        self._arrange()
        self.cursor_moved()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(current().px(480), current().px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px(240), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def cursor_moved(self) -> None:
        self._marks.mark(self.at[0] if self.at else None)

    def _arrange(self) -> None:
        self._plot.setGeometry(0, 0, self.width(), self.height())
        ends = axis_ends(self._dots, [one.value for one in self._ordered])
        self._plot.setRange(xRange=ends, yRange=(0, 1), padding=0, disableAutoRange=True)
        ticks = [
            (scaled(self._dots, value), whole(self._dots.unit, value))
            for value in axis_values(self._dots, ends)
        ]
        # a label that does not fit at an end would be cut
        half = (ends[1] - ends[0]) * current().px(18) / max(self._plot.view().width(), 1)
        ticks = [tick for tick in ticks if ends[0] + half <= tick[0] <= ends[1] - half]
        self._plot.dates.setTicks([ticks])
        self._marks.show_dots(self._dots, self._ordered, ends)


def scaled(dots: Dots, value: float) -> float:
    """A value on the axis: its decimal logarithm where the axis is logarithmic."""
    return log10(value) if dots.log and value > 0 else value


def axis_ends(dots: Dots, values: list[float]) -> tuple[float, float]:
    """Both ends of the axis, with some room for labels beyond the outermost marks."""
    if not values:
        return (0.0, 1.0)
    low, high = scaled(dots, min(values)), scaled(dots, max(values))
    room = max((high - low) * 0.06, 0.08 if dots.log else high * 0.06 or 1)
    return (low - room if dots.log else 0.0, high + room)


def axis_values(dots: Dots, ends: tuple[float, float]) -> list[float]:
    """Round values within the ends: 1, 2, 5, 10 … on a log axis."""
    if not dots.log:
        return value_ticks(ends[1])
    powers = range(floor(ends[0]) - 1, floor(ends[1]) + 2)
    steps = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    return [value for value in steps if ends[0] <= log10(value) <= ends[1]]


def _diamond(middle: QPointF, half: float) -> QPolygonF:
    corners = ((0, -half), (half, 0), (0, half), (-half, 0))
    return QPolygonF([middle + QPointF(x, y) for x, y in corners])
