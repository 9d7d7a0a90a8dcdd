"""PartsChart: a whole as one horizontal bar of named parts."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from tokenmirror.language import tr
from tokenmirror.measures.figures import Part, Parts, Table
from tokenmirror.views.charts.chart import Chart
from tokenmirror.views.charts.fills import LegendEntry, part_fill
from tokenmirror.views.charts.words import describe_parts, part_words, parts_table
from tokenmirror.views.painting import crisp, fill, words
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.answers import speaker

_BAR = 32
_EMPTY = Parts((), "count", 0, "")


class PartsChart(Chart):
    """``picked`` carries the key of a part. Parts of nothing are not drawn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = _EMPTY
        self._drawn: list[tuple[int, Part]] = []

    def show_figure(self, parts: Parts) -> None:
        """Draw this whole."""
        self._parts = parts
        self._drawn = [(place, part) for place, part in enumerate(parts.parts) if part.value > 0]
        self.figure_changed()

    def data_count(self) -> int:
        return len(self._drawn)

    def words_at(self, datum: int, series: int) -> str:
        said = part_words(self._parts, self._drawn[datum][0])
        return tr("{words}. Enter to see them.", words=said)

    def key_at(self, datum: int, series: int) -> str:
        return self._drawn[datum][1].key

    def keeps_direction(self) -> bool:
        return False

    def numbers(self) -> Table:
        return parts_table(self._parts)

    def describe(self) -> str:
        return describe_parts(self.accessibleName(), self._parts)

    def sentence(self) -> str:
        return self._parts.sentence

    def legend(self) -> tuple[LegendEntry, ...]:
        return tuple(LegendEntry(part.name, part.key, place) for place, part in self._drawn)

    def sizeHint(self) -> QSize:
        return QSize(current().px(480), current().px(_BAR + 22))

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px(200), self.sizeHint().height())

    def datum_at(self, place: QPointF) -> tuple[int, int] | None:
        for datum, area in enumerate(self._areas()):
            if area.adjusted(-1, 0, 2, self.height()).contains(place):
                return datum, 0
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        say = speaker(self._parts.unit)
        font = theme.font("tick", tabular=True, weight=600)
        metrics = QFontMetricsF(font)
        free = -1.0
        areas = self._areas()
        for (place, part), area in zip(self._drawn, areas, strict=True):
            fill(painter, area, part_fill(part.key, place))
            text = say(part.value)
            wide = metrics.horizontalAdvance(text)
            if area.left() >= free and wide <= self.width() - area.left():
                row = QRectF(area.left(), area.bottom() + theme.px(4), self.width(), theme.px(18))
                words(painter, row, text, font, "text")
                free = area.left() + wide + theme.px(6)
        if self.at is not None and self.at[0] < len(areas):
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(areas[self.at[0]].adjusted(-1, 0, 1, 2), 3, 3)

    def _areas(self) -> list[QRectF]:
        total = self._parts.total
        areas: list[QRectF] = []
        left = 2.0
        room = self.width() - 4.0
        done = 0.0
        for _, part in self._drawn:
            done += part.value
            right = 2.0 + room * done / total if total else left
            areas.append(crisp(QRectF(left, 2, max(right - left - 2, 1), current().px(_BAR))))
            left = right
        return areas
