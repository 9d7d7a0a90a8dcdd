"""The person's dated marks on a chart by week: a dashed line, a flag, and words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from tokenmirror.measures.marks import Mark
from tokenmirror.views.charts.plot import Plot
from tokenmirror.views.theme import current

FLAG = 92  # px at 100 %
DAYS = 7


class DatedMarks:
    """Draws marks into a plot whose columns are weeks; says those of one week.

    ``flags`` writes the beginning of their words beside the lines.
    """

    def __init__(self, plot: Plot, *, flags: bool) -> None:
        self._plot, self._flags = plot, flags
        self._items: list[pg.GraphicsObject] = []

    def show(self, marks: Sequence[Mark], weeks: Sequence[date], top: float) -> None:
        """Draw these marks; those outside of the weeks are left out."""
        for item in self._items:
            self._plot.removeItem(item)
        self._items = []
        theme = current()
        pen = pg.mkPen(theme.colour("text3"), width=1, style=Qt.PenStyle.DashLine)
        free = -1.0
        for mark in marks:
            place = place_of(mark.day, weeks)
            if place is None:
                continue
            self._add(pg.InfiniteLine(place, pen=pen))
            wide = theme.px(FLAG) / max(self._plot.column(0, len(weeks)).width(), 1)
            if self._flags and place >= free:
                self._flag(mark, place, top, to_the_left=place + wide > len(weeks) - 0.5)
                free = place + wide

    def _flag(self, mark: Mark, place: float, top: float, *, to_the_left: bool) -> None:
        theme = current()
        font = theme.font("tick")
        room = theme.px(FLAG)
        words = QFontMetricsF(font).elidedText(mark.words, Qt.TextElideMode.ElideRight, room)
        anchor = (1.0 if to_the_left else 0.0, 0.0)
        label = pg.TextItem(words, theme.colour("text2"), anchor=anchor)
        label.setFont(font)
        label.setPos(place, top)
        self._add(label, behind=True)

    def _add(self, item: pg.GraphicsObject, *, behind: bool = False) -> None:
        item.setZValue(-1 if behind else 30)  # a cursor's frame goes over the words
        self._plot.addItem(item)
        self._items.append(item)


def place_of(day: date, weeks: Sequence[date]) -> float | None:
    """Where a day lies across columns of weeks, the first from -0.5 to 0.5."""
    for place, first in enumerate(weeks):
        into = (day - first).days
        if 0 <= into < DAYS:
            return place - 0.5 + into / DAYS
    return None


def said(marks: Sequence[Mark], first: date) -> str:
    """The marks of the week that begins on a day, as sentences; "" for none."""
    return " ".join(mark.said for mark in marks if 0 <= (mark.day - first).days < DAYS)
