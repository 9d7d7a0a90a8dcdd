"""WeeksChart: stacked bars by week, with rows of small figures under the dates."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from tokenmirror.language import number, tr
from tokenmirror.measures.figures import Table, Weeks
from tokenmirror.measures.marks import Mark
from tokenmirror.measures.phrases import capital
from tokenmirror.views.charts.bars import BarLook, StackedBars
from tokenmirror.views.charts.chart import Chart
from tokenmirror.views.charts.dated import DatedMarks
from tokenmirror.views.charts.dated import said as noted_in
from tokenmirror.views.charts.fills import LegendEntry
from tokenmirror.views.charts.plot import Plot, value_ticks
from tokenmirror.views.charts.words import describe_weeks, in_sentence, week_words, weeks_table
from tokenmirror.views.painting import words
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.answers import speaker, whole

_PLOT, _SMALL, _LEFT = 180, 16, 112
_EMPTY = Weeks((), (), (), "count", "")


class WeeksChart(Chart):
    """``picked`` carries "2026-10-05/shipped": a week's first day and a part (or nothing).

    Left and right step the weeks, up and down the parts of one; what is small stands under
    the dates: it is counted, never stacked on top.  Without ``opens`` nothing is picked.
    """

    def __init__(self, parent: QWidget | None = None, *, opens: bool = True) -> None:
        super().__init__(parent)
        self._opens = opens
        self._weeks = _EMPTY
        self._plot = Plot(_LEFT, parent=self)
        self._bars = StackedBars()
        self._plot.addItem(self._bars)
        self._marks: tuple[Mark, ...] = ()
        self._dated = DatedMarks(self._plot, flags=True)

    def show_figure(self, weeks: Weeks, marks: Sequence[Mark] = ()) -> None:
        """Draw this figure, with the person's dated marks."""
        self._weeks, self._marks = weeks, tuple(marks)
        self.figure_changed()

    def data_count(self) -> int:
        return len(self._weeks.weeks)

    def series_count(self) -> int:
        return len(self._keys()) + 1

    def words_at(self, datum: int, series: int) -> str:
        week = self._weeks.weeks[datum]
        said = week_words(week, self._weeks)
        name, value = self._part(datum, series) if series else ("", "")
        if not self._opens:
            text = said
            if name:
                text = tr("{words}. {name}: {value}.", words=said, name=capital(name), value=value)
        elif series == 0:
            text = tr("{words}. Enter to see them.", words=said)
        else:
            text = tr(
                "{words}. Enter to see the {n} {name}.",
                words=said, n=value, name=in_sentence(name),
            )  # fmt: skip
        return f"{text} {noted_in(self._marks, week.first)}".strip()

    def key_at(self, datum: int, series: int) -> str:
        if not self._opens:
            return ""
        first = self._weeks.weeks[datum].first.isoformat()
        return f"{first}/{self._keys()[series - 1] if series else ''}"

    def datum_at(self, place: QPointF) -> tuple[int, int] | None:
        count = self.data_count()
        if not count:
            return None
        view = self._plot.view()
        datum = int((place.x() - view.left()) // (view.width() / count))
        if not 0 <= datum < count or not 0 <= place.y() <= self.height():
            return None
        return datum, self._series_under(datum, place.y())

    def numbers(self) -> Table:
        return weeks_table(self._weeks)

    def describe(self) -> str:
        noted = " ".join(mark.said for mark in self._marks)
        return f"{describe_weeks(self.accessibleName(), self._weeks)} {noted}".strip()

    def sentence(self) -> str:
        return self._weeks.sentence

    def legend(self) -> tuple[LegendEntry, ...]:
        pairs = zip(self._weeks.names, self._weeks.parts, strict=True)
        return tuple(LegendEntry(name, key, place) for place, (name, key) in enumerate(pairs))

    def restyle(self) -> None:
        self._plot.restyle()
        self._arrange()
        self.cursor_moved()
        self.update()

    def sizeHint(self) -> QSize:
        theme = current()
        rows = len(self._weeks.small_parts)
        return QSize(theme.px(640), theme.px(_PLOT) + rows * theme.px(_SMALL))

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px(320), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def cursor_moved(self) -> None:
        part = self.at[1] - 1 if self.at and self.at[1] else None
        self._bars.mark(self.at[0] if self.at else None, self.span, part)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = current()
        font = theme.font("tick", tabular=True)
        for row, name in enumerate(self._weeks.small_names):
            top = theme.px(_PLOT) + row * theme.px(_SMALL)
            label = QRectF(0, top, self._plot.left, theme.px(_SMALL))
            words(painter, label, name, theme.font("tick"), "text3")
            for datum, week in enumerate(self._weeks.weeks):
                column = self._plot.column(datum, self.data_count())
                place = QRectF(column.left(), top, column.width(), theme.px(_SMALL))
                value = week.small[row] if row < len(week.small) else 0
                text = number(value) if value else "·"
                words(painter, place, text, font, "text2", Qt.AlignmentFlag.AlignHCenter)

    def _keys(self) -> tuple[str, ...]:
        return (*self._weeks.parts, *self._weeks.small_parts)

    def _part(self, datum: int, series: int) -> tuple[str, str]:
        week = self._weeks.weeks[datum]
        names = (*self._weeks.names, *self._weeks.small_names)
        value = (*week.values, *week.small)[series - 1]
        if series <= len(self._weeks.parts) and value is not None:
            return names[series - 1], speaker(self._weeks.unit)(value)
        return names[series - 1], number(value or 0)

    def _arrange(self) -> None:
        theme = current()
        self._plot.setGeometry(0, 0, self.width(), theme.px(_PLOT))
        totals = [week.total or 0 for week in self._weeks.weeks if week.recorded]
        least = 5 if self._weeks.unit == "percent" else 1
        high = max([*totals, self._weeks.usual[2] if self._weeks.usual else 0, least])
        view = self._plot.view()
        ticks = value_ticks(high * 1.02, 3)
        if ticks[-1] < high:
            ticks.append(ticks[-1] + (ticks[1] if len(ticks) > 1 else ticks[-1] or 1))
        head = theme.px(20) / max(view.height() - theme.px(20), 1)
        top = max(high * (1 + head), ticks[-1] * 1.03)
        self._plot.show_values([(value, whole(self._weeks.unit, value)) for value in ticks])
        self._plot.show_range(max(self.data_count(), 1), top)
        self._plot.dates.show_buckets([week.first for week in self._weeks.weeks], view.width())
        look = BarLook(0.62, self._weeks.usual is not None, tuple(ticks[1:]))
        self._bars.show_weeks(self._weeks, top, look)
        self._dated.show(self._marks, [week.first for week in self._weeks.weeks], top)
        self._top = top

    def _series_under(self, datum: int, y: float) -> int:
        """The part of the week under a point; 0 for the week as a whole."""
        week = self._weeks.weeks[datum]
        below = current().px(_PLOT)
        if y >= below:
            row = int((y - below) // current().px(_SMALL))
            return len(self._weeks.parts) + 1 + row if row < len(week.small) else 0
        view = self._plot.view()
        value = (view.bottom() - y) / max(view.height(), 1) * self._top
        done = 0.0
        for place, part in enumerate(week.values):
            done += part or 0
            if 0 <= value < done:
                return place + 1
        return 0
