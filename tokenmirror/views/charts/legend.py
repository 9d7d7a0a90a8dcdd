"""The text legend of a chart: painted swatches with words, never a picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from tokenmirror.views.charts.fills import LegendEntry, part_fill
from tokenmirror.views.painting import band, fill
from tokenmirror.views.theme import Fill, current
from tokenmirror.views.widgets.flow import FlowLayout
from tokenmirror.views.widgets.text import Text


class Swatch(QWidget):
    """A 12 px square in the fill of a part."""

    def __init__(self, key: str, place: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key, self._place = key, place
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        side = current().px(12)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_entry(painter, QRectF(self.rect()), LegendEntry("", self._key, self._place))


def paint_entry(painter: QPainter, area: QRectF, entry: LegendEntry) -> None:
    """Paint the sign of a legend entry: a filled square, or a mark of a dot strip."""
    theme = current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    middle, half = area.center(), area.width() * 0.42
    if entry.key == "dot":
        painter.setBrush(theme.colour("outcome.shipped"))
        painter.drawEllipse(middle, half, half)
    elif entry.key == "diamond":
        painter.setBrush(theme.colour("outcome.no_lasting_change"))
        corners = ((0, -half), (half, 0), (0, half), (-half, 0))
        painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in corners]))
    elif entry.key == "band":
        band(painter, area, None, upright=True)
    else:
        paint_swatch(painter, area, part_fill(entry.key, entry.place))


def paint_swatch(painter: QPainter, area: QRectF, how: Fill) -> None:
    """Paint the square of a legend entry."""
    fill(painter, area, how, radius=2 if how.style == "solid" else 0,
         line=1.5 if how.style == "outline" else 1)  # fmt: skip


class Legend(QWidget):
    """Swatches with words, wrapped into rows; real text, not a picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(self, 16, 4)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_entries(self, entries: Sequence[LegendEntry]) -> None:
        """Show these entries."""
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._flow.set_gaps(current().px(16), current().px(4))
        for entry in entries:
            pair = LegendPair(entry, self)
            self._flow.addWidget(pair)
            pair.show()
        self.setVisible(bool(entries))


class LegendPair(QWidget):
    """One swatch and its word."""

    def __init__(self, entry: LegendEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = FlowLayout(self, current().px(6), 0)
        if entry.key:
            row.addWidget(Swatch(entry.key, entry.place))
        row.addWidget(Text(entry.words, "note", "text2"))
