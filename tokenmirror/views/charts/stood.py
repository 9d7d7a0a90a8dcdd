"""StoodChart: how many lines of one task were there after so many days; small, counted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from tokenmirror.language import number, tr
from tokenmirror.measures.figures import Column, Table
from tokenmirror.measures.listing.trail import Stood
from tokenmirror.views.charts.chart import Chart
from tokenmirror.views.charts.curve_words import MARKS
from tokenmirror.views.painting import hair, words
from tokenmirror.views.theme import current

_PLOT, _DAYS, _LEFT, _RIGHT = 56, 18, 30, 14


class StoodChart(Chart):
    """One task is no rate: the axis counts lines, from 0 to all of them. Nothing opens."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stood: tuple[Stood, ...] = ()
        self.setAccessibleName(tr("Lines still there, by days since they landed"))

    def show_days(self, stood: Sequence[Stood]) -> None:
        """Draw these days, the day of landing first."""
        self._stood = tuple(stood)
        self.figure_changed()
        self.setAccessibleDescription(self.describe())

    def data_count(self) -> int:
        return len(self._stood)

    def words_at(self, datum: int, series: int) -> str:
        one = self._stood[datum]
        return tr(
            "Day {day}: {alive} of {known} lines still there.",
            day=number(one.days), alive=number(one.alive), known=number(one.known),
        )  # fmt: skip

    def key_at(self, datum: int, series: int) -> str:
        return ""

    def datum_at(self, place: QPointF) -> tuple[int, int] | None:
        plot = self._plot()
        if not self._stood or not plot.adjusted(-6, 0, 6, 0).contains(place):
            return None
        part = (place.x() - plot.left()) / max(plot.width(), 1)
        return max(0, min(round(part * self._last()), self._last())), 0

    def numbers(self) -> Table:
        columns = (
            Column("days", tr("Days"), "number"),
            Column("alive", tr("Still there"), "number"),
            Column("known", tr("Watched"), "number"),
        )
        told = [one for one in self._stood if one.days in MARKS or one is self._stood[-1]]
        rows = tuple((str(one.days), (one.days, one.alive, one.known)) for one in told)
        return Table(columns, rows, self.sentence())

    def describe(self) -> str:
        kind = tr(
            "{title}: a step line over {n} days, in lines from 0.",
            title=self.accessibleName(), n=number(self._last()),
        )  # fmt: skip
        if not self._stood:
            return " ".join((kind, tr("Nothing was watched."), tr("There is nothing to tell.")))
        ends = [self.words_at(0, 0), self.words_at(self._last(), 0)]
        return " ".join((kind, *ends))

    def sentence(self) -> str:
        return self.words_at(self._last(), 0) if self._stood else ""

    def sizeHint(self) -> QSize:
        return QSize(current().px(240), current().px(_PLOT + _DAYS + 8))

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px(160), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._stood:
            return
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot, tick = self._plot(), theme.font("tick", tabular=True)
        base = hair(plot.bottom())
        painter.setPen(QPen(theme.colour("borderStrong"), 1))
        painter.drawLine(QPointF(plot.left(), base), QPointF(plot.right(), base))
        painter.setPen(QPen(theme.colour("border"), 1))
        painter.drawLine(
            QPointF(plot.left(), hair(plot.top())), QPointF(plot.right(), hair(plot.top()))
        )
        right = Qt.AlignmentFlag.AlignRight
        for y, value in ((plot.top(), self._top()), (plot.bottom(), 0)):
            row = QRectF(0, y - theme.px(8), plot.left() - theme.px(6), theme.px(16))
            words(painter, row, number(value), tick, "text3", right)
        self._paint_days(painter, plot)
        line = QPen(theme.colour("chain.surviving"), 2)
        line.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(line)
        painter.drawPolyline(QPolygonF(self._steps(plot)))
        if self.at is not None:
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.drawEllipse(self._spot(plot, self.at[0]), theme.px(6), theme.px(6))

    def _paint_days(self, painter: QPainter, plot: QRectF) -> None:
        theme = current()
        tick = theme.font("tick", tabular=True)
        for day in {0, self._last()}:
            text = tr("{n} days", n=number(day)) if day else number(0)
            at = self._spot(plot, day).x()
            row = QRectF(at - theme.px(50), plot.bottom() + theme.px(3), theme.px(50), 0)
            row.setHeight(theme.px(_DAYS - 4))
            align = Qt.AlignmentFlag.AlignRight
            if not day:
                row.moveLeft(at)
                align = Qt.AlignmentFlag.AlignLeft
            words(painter, row, text, tick, "text3", align)

    def _plot(self) -> QRectF:
        theme = current()
        left = theme.px(_LEFT)
        wide = self.width() - left - theme.px(_RIGHT)
        return QRectF(left, theme.px(8), wide, theme.px(_PLOT))

    def _last(self) -> int:
        return max(len(self._stood) - 1, 0)

    def _top(self) -> int:
        return max(one.known for one in self._stood)

    def _spot(self, plot: QRectF, datum: int) -> QPointF:
        one = self._stood[datum]
        x = plot.left() + plot.width() * datum / max(self._last(), 1)
        return QPointF(x, plot.bottom() - plot.height() * one.alive / max(self._top(), 1))

    def _steps(self, plot: QRectF) -> list[QPointF]:
        found: list[QPointF] = []
        for datum in range(len(self._stood)):
            spot = self._spot(plot, datum)
            if found:
                found.append(QPointF(spot.x(), found[-1].y()))
            found.append(spot)
        return found
