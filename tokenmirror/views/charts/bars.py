"""Stacked weekly bars over the usual range: one item that paints in whole device pixels."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from tokenmirror.language import tr
from tokenmirror.measures.figures import Week, Weeks
from tokenmirror.views.charts.fills import part_fill
from tokenmirror.views.painting import band, crisp, fill, top_rounded, words
from tokenmirror.views.theme import Fill, current
from tokenmirror.views.widgets.answers import speaker


@dataclass(frozen=True)
class BarLook:
    """How the bars of a chart are drawn.

    ``width``: part of a column a bar takes. ``totals_on_top``: all totals in one row at the
    upper edge (over a usual range), otherwise each above its bar. ``period``: whether the base
    line marks the weeks of the chosen period.
    """

    width: float = 0.62
    totals_on_top: bool = False
    grid: tuple[float, ...] = ()
    period: bool = True


class StackedBars(pg.GraphicsObject):
    """Bars of a weekly figure with band, grid, base line, period mark, totals and cursor."""

    def __init__(self) -> None:
        super().__init__()
        self._weeks: Weeks | None = None
        self._look = BarLook()
        self._top = 1.0
        self._totals: list[str] = []
        self._at: int | None = None
        self._part: int | None = None
        self._span: tuple[int, int] | None = None

    def show_weeks(self, weeks: Weeks, top: float, look: BarLook) -> None:
        """Draw these weeks in a view that ends at ``top``."""
        self.prepareGeometryChange()
        self._weeks, self._top, self._look = weeks, top, look
        say = speaker(weeks.unit)
        known = [week.total if week.recorded else None for week in weeks.weeks]
        self._totals = ["" if total is None else say(total) for total in known]
        self.update()

    def mark(
        self, at: int | None, span: tuple[int, int] | None = None, part: int | None = None
    ) -> None:
        """Frame this week, or one part of it, and the span from one week to another."""
        if (at, span, part) != (self._at, self._span, self._part):
            self._at, self._span, self._part = at, span, part
            self.update()

    def boundingRect(self) -> QRectF:
        count = len(self._weeks.weeks) if self._weeks else 1
        return QRectF(-0.5, 0, count, self._top)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        if self._weeks is None or not self._weeks.weeks:
            return
        world = painter.worldTransform()
        view = world.mapRect(self.boundingRect())
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_grid(painter, world, view)
        self._paint_band(painter, world, view)
        for place, week in enumerate(self._weeks.weeks):
            self._paint_week(painter, world, place, week)
        self._paint_early(painter, view)
        self._paint_base(painter, world, view)
        self._paint_totals(painter, world, view)
        self._paint_marks(painter, world, view)
        painter.restore()

    def _paint_grid(self, painter: QPainter, world: QTransform, view: QRectF) -> None:
        painter.setPen(QPen(current().colour("border"), 1))
        painter.setOpacity(0.7)
        for value in self._look.grid:
            y = round(world.map(QPointF(0, value)).y()) + 0.5
            painter.drawLine(QPointF(view.left(), y), QPointF(view.right(), y))
        painter.setOpacity(1)

    def _paint_band(self, painter: QPainter, world: QTransform, view: QRectF) -> None:
        assert self._weeks is not None
        if self._weeks.usual is None:
            return
        low, centre, high = self._weeks.usual
        full = [n for n, week in enumerate(self._weeks.weeks) if not (week.so_far or week.early)]
        last = max(full, default=0)
        right = world.map(QPointF(last + 0.5, 0)).x()
        lower, upper = (round(world.map(QPointF(0, value)).y()) for value in (low, high))
        area = QRectF(round(view.left()), upper, round(right - view.left()), lower - upper + 1)
        middle = round(world.map(QPointF(0, centre)).y())
        band(painter, area, middle, upright=False)

    def _bar(self, world: QTransform, place: int, low: float, high: float) -> QRectF:
        half = self._look.width / 2
        upper = world.map(QPointF(place - half, high))
        lower = world.map(QPointF(place + half, low))
        return crisp(QRectF(upper, lower))

    def _part_area(self, world: QTransform) -> QRectF | None:
        if self._weeks is None or self._at is None or self._part is None:
            return None
        values = self._weeks.weeks[self._at].values
        if self._part >= len(values) or not values[self._part]:
            return None
        below = sum(value or 0 for value in values[: self._part])
        return self._bar(world, self._at, below, below + (values[self._part] or 0))

    def _paint_week(self, painter: QPainter, world: QTransform, place: int, week: Week) -> None:
        assert self._weeks is not None
        parts = [
            (key, number, value)
            for number, (key, value) in enumerate(zip(self._weeks.parts, week.values, strict=True))
            if value
        ]
        if not parts or not week.recorded:
            return
        if week.so_far and len(parts) > 0:
            self._paint_hollow(painter, world, place, parts)
            return
        done = 0.0
        for nth, (key, number, value) in enumerate(parts):
            area = self._bar(world, place, done, done + value)
            done += value
            if nth:  # the gap comes off the lower edge of every part but the first
                area.setBottom(max(area.bottom() - 2, area.top() + 1))
            _paint_part(painter, area, part_fill(key, number), last=nth == len(parts) - 1)

    def _paint_early(self, painter: QPainter, view: QRectF) -> None:
        """Weeks at the end of which nothing can be told yet, hatched as one."""
        assert self._weeks is not None
        theme = current()
        early = [place for place, week in enumerate(self._weeks.weeks) if week.early]
        if not early:
            return
        wide = view.width() / len(self._weeks.weeks)
        left = round(view.left() + early[0] * wide + theme.px(4))
        area = QRectF(left, round(view.top()), round(view.right()) - left, round(view.height()) - 1)
        painter.setOpacity(0.6)
        fill(painter, area, Fill(theme.colour("border"), "hatch"))
        painter.setOpacity(1)
        text, font = tr("too early to tell"), theme.font("tick")
        half = QFontMetricsF(font).horizontalAdvance(text) / 2 + theme.px(6)
        middle = area.center()
        row = QRectF(middle.x() - half, middle.y() - theme.px(9), 2 * half, theme.px(18))
        if row.width() <= area.width():
            painter.fillRect(row, theme.colour("surface"))
            words(painter, row, text, font, "text2", Qt.AlignmentFlag.AlignHCenter)

    def _paint_hollow(
        self,
        painter: QPainter,
        world: QTransform,
        place: int,
        parts: list[tuple[str, int, float]],
    ) -> None:
        """The period so far: one outline in the first part's colour, thin lines between."""
        total = sum(value for _, _, value in parts)
        whole = self._bar(world, place, 0, total)
        colour = part_fill(*parts[0][:2]).colour
        painter.fillRect(whole, current().colour("surface"))
        done = 0.0
        for key, number, value in parts:
            area = self._bar(world, place, done, done + value)
            how = part_fill(key, number)
            if how.style == "hatch":
                fill(painter, area, how)
            done += value
            if done < total:
                y = round(area.top()) + 0.5
                painter.setPen(QPen(colour, 1))
                painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        fill_edge = Fill(colour, "outline")
        painter.setPen(QPen(fill_edge.colour, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(whole.adjusted(0.75, 0.75, -0.75, -0.25))

    def _paint_base(self, painter: QPainter, world: QTransform, view: QRectF) -> None:
        assert self._weeks is not None
        theme = current()
        base = round(world.map(QPointF(0, 0)).y()) - 1
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.fillRect(
            QRectF(round(view.left()), base, round(view.width()), 1), theme.colour("borderStrong")
        )
        inside = [n for n, week in enumerate(self._weeks.weeks) if week.in_period]
        if inside and self._look.period:
            left = world.map(QPointF(inside[0] - 0.5, 0)).x()
            right = world.map(QPointF(inside[-1] + 0.5, 0)).x()
            painter.fillRect(
                QRectF(round(left), base - 1, round(right - left), 2), theme.colour("accent")
            )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_totals(self, painter: QPainter, world: QTransform, view: QRectF) -> None:
        assert self._weeks is not None
        theme = current()
        count = len(self._weeks.weeks)
        if count > 26:
            return
        wide = view.width() / count
        height = theme.px(16)
        each = self._label_step(wide)
        for place, week in enumerate(self._weeks.weeks):
            total = week.total if week.recorded else None
            strong = place == self._at
            if total is None or (total == 0 and not self._look.totals_on_top):
                continue
            if (count - 1 - place) % each and not strong:
                continue
            if self._at is not None and 0 < abs(place - self._at) < each:
                continue
            top = view.top() + 1
            if not self._look.totals_on_top:
                top = world.map(QPointF(0, total)).y() - height - theme.px(2)
            spread = wide * (each - 1) / 2
            row = QRectF(view.left() + place * wide - spread, top, wide + 2 * spread, height)
            font = theme.font("tick", tabular=True, weight=600 if strong else 0)
            tone = "text" if strong else "text2"
            words(painter, row, self._totals[place], font, tone, Qt.AlignmentFlag.AlignHCenter)

    def _label_step(self, column: float) -> int:
        """Every how many columns a total fits beside the others."""
        metrics = QFontMetricsF(current().font("tick", tabular=True, weight=600))
        widest = max((metrics.horizontalAdvance(text) for text in self._totals), default=0)
        return max(1, ceil((widest + 2) / max(column, 1)))

    def _paint_marks(self, painter: QPainter, world: QTransform, view: QRectF) -> None:
        theme = current()
        wide = view.width() / len(self._weeks.weeks) if self._weeks else 0
        if self._span is not None:
            first, last = sorted(self._span)
            area = QRectF(view.left() + first * wide, view.top(), (last - first + 1) * wide, 0)
            area.setBottom(view.bottom())
            wash = theme.colour("accent")
            wash.setAlphaF(0.12)
            painter.fillRect(area, wash)
        if self._at is None:
            return
        half = min(self._look.width / 2 + 0.1, 0.5) * wide
        middle = view.left() + (self._at + 0.5) * wide
        top = view.top() + (theme.px(18) if self._look.totals_on_top else 1)
        frame = crisp(QRectF(middle - half, top, 2 * half, view.bottom() - top))
        part = self._part_area(world)
        if part is not None:
            frame = part.adjusted(-4, -4, 4, 4)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if part is not None:  # a rim, so that it shows on any fill
            painter.setPen(QPen(theme.colour("surface"), 2))
            painter.drawRoundedRect(frame.adjusted(3, 3, -3, -3), 2, 2)
        painter.setPen(QPen(theme.colour("focus"), 2))
        painter.drawRoundedRect(frame.adjusted(1, 1, -1, -1), 3, 3)


def _paint_part(painter: QPainter, area: QRectF, how: Fill, *, last: bool) -> None:
    if last and how.style == "solid":
        painter.fillPath(top_rounded(area, 2), how.colour)
    elif how.style == "outline":
        fill(painter, area, how, line=1.5)
    else:
        fill(painter, area, how)
