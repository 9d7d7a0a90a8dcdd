"""The plot frame of pyqtgraph charts: no menu, no mouse, our axes, colours and base line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import cycle
from math import ceil, floor, log10

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QFrame, QWidget

from tokenmirror.language import day
from tokenmirror.views.theme import current

pg.setConfigOptions(antialias=True)


class CivilDateAxis(pg.AxisItem):
    """A time axis over numbered buckets, labelled with their first civil day.

    Buckets come from the time rules, so a clock change moves nothing; labels are those of the
    locale, with the year at January and where the axis begins a year.
    """

    def __init__(self) -> None:
        super().__init__(orientation="bottom")

    def show_buckets(self, firsts: Sequence[date], room: float) -> None:
        """Label these buckets, as many of them as fit into so many pixels."""
        each = room / max(len(firsts), 1)
        wide = 9.0 * current().px(6)
        step = max(1, ceil(wide / max(each, 1)))
        last = len(firsts) - (1 if step == 1 else 2)  # at the very end half a label is cut
        shown = range(max(last, 0) % step, last + 1, step)
        self.setTicks([[(place, bucket_label(firsts, place)) for place in shown]])


def bucket_label(firsts: Sequence[date], place: int) -> str:
    """The first day of a bucket ("5 Oct"), with the year where a new one begins."""
    first = firsts[place]
    new_year = place > 0 and firsts[place - 1].year != first.year
    return day(first, year=new_year)


class Plot(pg.PlotWidget):
    """A plot whose view runs from -0.5 to n - 0.5 across and from 0 to ``top`` upwards.

    ``left`` is the width of the value axis at 100 %, so that plots above each other line up.
    The mouse goes through it to the chart; a wheel turn is left to the page.
    """

    def __init__(self, left: int, *, dated: bool = True, parent: QWidget | None = None) -> None:
        self.dates = CivilDateAxis()
        super().__init__(parent, axisItems={"bottom": self.dates})
        self._left, self.dated = left, dated
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("")
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(False, False)
        item.layout.setContentsMargins(0, 0, 0, 0)
        item.layout.setSpacing(0)
        item.getViewBox().setDefaultPadding(0)
        item.disableAutoRange()
        self.centralWidget.layout.setContentsMargins(0, 0, 0, 0)
        if not dated:
            item.getAxis("bottom").setTicks([[]])
            item.getAxis("bottom").setStyle(showValues=False)
        self.restyle()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    @property
    def left(self) -> int:
        """Where the view begins, in pixels."""
        return current().px(self._left)

    @property
    def below(self) -> int:
        """How high the axis under the view is; without dates the room of half a figure."""
        return current().px(22 if self.dated else 8)

    def view(self) -> QRectF:
        """The area of the view within this widget."""
        return QRectF(self.left, 0, self.width() - self.left, self.height() - self.below)

    def column(self, place: int, count: int) -> QRectF:
        """The area of one of ``count`` equal columns within this widget."""
        view = self.view()
        wide = view.width() / max(count, 1)
        return QRectF(view.left() + place * wide, view.top(), wide, view.height())

    def show_range(self, count: float, top: float) -> None:
        """Let the view hold ``count`` buckets and values up to ``top``."""
        self.setRange(xRange=(-0.5, count - 0.5), yRange=(0, top), padding=0, disableAutoRange=True)

    def show_values(self, values: Sequence[tuple[float, str]]) -> None:
        """Label these values at the left."""
        self.getAxis("left").setTicks([list(values)])

    def restyle(self) -> None:
        """Fetch background, pens and fonts again."""
        theme = current()
        surface, line = theme.colour("surface"), theme.colour("borderStrong")
        self.setBackground(surface)
        for name, ink in (("left", surface), ("bottom", surface)):
            axis = self.getAxis(name)
            axis.setPen(pg.mkPen(None))
            axis.setTickPen(pg.mkPen(line if name == "bottom" else ink))
            axis.setTextPen(pg.mkPen(theme.colour("text3" if name == "left" else "text2")))
            axis.setStyle(
                tickFont=theme.font("tick", tabular=True), tickLength=0, autoExpandTextSpace=False,
                tickTextOffset=theme.px(6), hideOverlappingLabels=False,
            )  # fmt: skip
            axis.setZValue(-30)
        self.getAxis("left").setWidth(self.left)
        self.getAxis("bottom").setHeight(self.below)


def value_ticks(top: float, most: int = 4) -> list[float]:
    """Round values from 0 to ``top``, evenly spaced, at most ``most`` above 0."""
    if top <= 0:
        return [0.0]
    step = 10.0 ** (floor(log10(top)) - 1)
    factors = cycle((2.0, 2.5, 2.0))  # 1, 2, 5, 10, 20 …
    while top / step >= most + 1:
        step *= next(factors)
    return [step * n for n in range(int(top / step) + 1)]
