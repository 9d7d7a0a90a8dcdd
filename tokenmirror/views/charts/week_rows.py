"""WeekRows: several small weekly charts above each other on one time axis, one cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from tokenmirror.language import DASH, day, tr
from tokenmirror.measures.figures import Table, Weeks
from tokenmirror.measures.marks import Mark
from tokenmirror.views.charts.bars import BarLook, StackedBars
from tokenmirror.views.charts.chart import Chart
from tokenmirror.views.charts.dated import DatedMarks
from tokenmirror.views.charts.dated import said as noted_in
from tokenmirror.views.charts.fills import LegendEntry, part_fill
from tokenmirror.views.charts.legend import paint_swatch
from tokenmirror.views.charts.plot import Plot, value_ticks
from tokenmirror.views.charts.words import describe_weeks, in_sentence, rows_table, week_words
from tokenmirror.views.painting import words
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.answers import speaker, whole
from tokenmirror.views.widgets.buttons import Button

_ROW, _BETWEEN, _GUTTER, _RIGHT, _AXIS, _LINE, _VIEW = 92, 4, 236, 60, 34, 16, 78


@dataclass(frozen=True)
class Row:
    """One of the charts: its key and name, its unit in words, its figure.

    ``seen`` names the tools it counts ("all tools"): the words of the row's own menu, which
    is not shown where they are empty. ``enter`` completes "Enter to see …" ("the prompts").
    """

    key: str
    name: str
    unit: str
    weeks: Weeks
    seen: str = ""
    enter: str = ""


class WeekRows(Chart):
    """``picked`` carries "2026-10-19/prompts": a week's first day and the row's key.

    Left and right step the weeks, up and down the rows; one frame runs through all of them.
    ``menu_asked`` carries a row's key and its menu button.
    """

    menu_asked = Signal(str, QWidget)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._plots: list[Plot] = []
        self._bars: list[StackedBars] = []
        self._dated: list[DatedMarks] = []
        self._marks: tuple[Mark, ...] = ()
        self._menus: list[Button] = []
        self._sentence = ""

    def show_figure(
        self, rows: Sequence[Row], sentence: str = "", marks: Sequence[Mark] = ()
    ) -> None:
        """Draw these rows; they share their weeks. ``sentence`` is the readout at rest."""
        self._marks = tuple(marks)
        rebuild = len(rows) != len(self._rows)
        self._rows, self._sentence = tuple(rows), sentence
        if rebuild:
            self._build()
        for row, menu in zip(self._rows, self._menus, strict=True):
            menu.setText(row.seen)
            menu.setVisible(bool(row.seen))
            menu.setAccessibleName(tr("{row}: {tools}", row=row.name, tools=row.seen))
        self.figure_changed()

    def data_count(self) -> int:
        return len(self._rows[0].weeks.weeks) if self._rows else 0

    def series_count(self) -> int:
        return max(len(self._rows), 1)

    def words_at(self, datum: int, series: int) -> str:
        said = []
        for row in self._rows:
            week = row.weeks.weeks[datum]
            said.append(week_words(week, row.weeks).partition(": ")[2])
        first = self._rows[0].weeks.weeks[datum]
        what = self._rows[series].enter or in_sentence(self._rows[series].name)
        text = tr("Week of {day}: {what}", day=day(first.first), what="; ".join(said))
        if first.so_far:
            text = tr("{text}, so far", text=text)
        text = tr("{text}. Enter to see {what}.", text=text, what=what)
        return f"{text} {noted_in(self._marks, first.first)}".strip()

    def key_at(self, datum: int, series: int) -> str:
        row = self._rows[series]
        return f"{row.weeks.weeks[datum].first.isoformat()}/{row.key}"

    def datum_at(self, place: QPointF) -> tuple[int, int] | None:
        count = self.data_count()
        pitch = self._pitch(self.width())
        if not count or not self._plots:
            return None
        series = min(int(place.y() // pitch), len(self._rows) - 1)
        plot = self._plots[0]
        view = plot.view().translated(plot.x(), 0)
        datum = int((place.x() - view.left()) // (view.width() / count))
        inside = 0 <= datum < count and 0 <= place.y() <= self.height() and series >= 0
        return (datum, series) if inside else None

    def numbers(self) -> Table:
        return rows_table([(row.name, row.weeks) for row in self._rows])

    def describe(self) -> str:
        said = [describe_weeks(row.name, row.weeks) for row in self._rows]
        return " ".join([*said, *(mark.said for mark in self._marks)])

    def sentence(self) -> str:
        return self._sentence or " ".join(row.weeks.sentence for row in self._rows)

    def restyle(self) -> None:
        for plot in self._plots:
            plot.restyle()
        self._arrange()
        self.cursor_moved()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(current().px(760), self.height_for(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px(320), self.sizeHint().height())

    def height_for(self, width: int) -> int:
        theme = current()
        rows = max(len(self._rows), 1)
        pitch = self._pitch(width)
        return rows * pitch + self._head(width) + theme.px(_VIEW + 24) - pitch

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def cursor_moved(self) -> None:
        for bars in self._bars:
            bars.mark(self.at[0] if self.at else None, self.span)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, row in enumerate(self._rows):
            top = place * self._pitch(self.width())
            self._paint_gutter(painter, row, top)
            self._paint_usual(painter, row, top + self._head(self.width()))

    def _build(self) -> None:
        old: list[QWidget] = [*self._plots, *self._menus]
        for widget in old:
            widget.hide()
            widget.deleteLater()
        last = len(self._rows) - 1
        self._plots = [Plot(_AXIS, dated=n == last, parent=self) for n in range(last + 1)]
        self._bars = [StackedBars() for _ in self._rows]
        self._dated = [DatedMarks(plot, flags=False) for plot in self._plots]
        self._menus = []
        for row, plot, bars in zip(self._rows, self._plots, self._bars, strict=True):
            plot.addItem(bars)
            plot.show()
            menu = Button("", "quiet", "down", parent=self)
            menu.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            menu.setProperty("row", row.key)
            menu.setProperty("part", "row-menu")
            menu.clicked.connect(self._ask_menu)
            self._menus.append(menu)

    def _ask_menu(self) -> None:
        button = self.sender()
        if isinstance(button, Button):
            self.menu_asked.emit(button.property("row"), button)

    def _arrange(self) -> None:
        theme = current()
        gutter, right = self._sides()
        pitch, head = self._pitch(self.width()), self._head(self.width())
        for place, (row, plot, bars) in enumerate(
            zip(self._rows, self._plots, self._bars, strict=True)
        ):
            wide = max(self.width() - gutter - right, 1)
            plot.setGeometry(gutter, place * pitch + head, wide, theme.px(_VIEW) + plot.below)
            top = self._fill(row.weeks, plot, bars)
            firsts = [week.first for week in row.weeks.weeks]
            self._dated[place].show(self._marks, firsts, top)
            menu = self._menus[place]
            menu.adjustSize()
            end = gutter - theme.px(8) if gutter else self.width()
            menu.move(end - menu.width(), place * pitch - theme.px(8))

    def _fill(self, weeks: Weeks, plot: Plot, bars: StackedBars) -> float:
        totals = [week.total or 0 for week in weeks.weeks if week.recorded]
        high = max([*totals, weeks.usual[2] if weeks.usual else 0, 1])
        view = plot.view()
        head = current().px(24)
        top = high * view.height() / max(view.height() - head, 1)
        ticks = value_ticks(high, 1)
        plot.show_values([(value, whole(weeks.unit, value)) for value in ticks])
        plot.show_range(max(len(weeks.weeks), 1), top)
        plot.dates.show_buckets([week.first for week in weeks.weeks], view.width())
        if not plot.dated:
            plot.dates.setTicks([[]])
        look = BarLook(0.55, totals_on_top=True, grid=tuple(ticks[1:]), period=plot.dated)
        bars.show_weeks(weeks, top, look)
        return top

    def _sides(self) -> tuple[int, int]:
        """Widths of the gutter and of the words at the right; no gutter where it is narrow."""
        theme = current()
        return 0 if _narrow(self.width()) else theme.px(_GUTTER), theme.px(_RIGHT)

    def _head(self, width: int) -> int:
        """Height of a row's words above its bars, where they do not stand beside them."""
        return current().px(3 * _LINE + 6) if _narrow(width) else 0

    def _pitch(self, width: int) -> int:
        return current().px(_ROW + (2 if _narrow(width) else 1) * _BETWEEN) + self._head(width)

    def _paint_gutter(self, painter: QPainter, row: Row, top: float) -> None:
        theme = current()
        gutter, _ = self._sides()
        line = theme.px(_LINE)
        room = (gutter or self.width()) - theme.px(16)
        menu = self._menus[self._rows.index(row)]
        taken = menu.width() if row.seen else 0
        name = QRectF(0, top, (gutter or self.width()) - taken - theme.px(12), line)
        words(painter, name, row.name, theme.font("body", weight=600), "text")
        unit = QRectF(0, top + line, room, line)
        words(painter, unit, row.unit, theme.font("note"), "text3")
        left, y = 0.0, top + 2 * line
        for entry in _entries(row.weeks):
            wide = self._paint_entry(painter, entry, QPointF(left, y), room)
            if gutter:
                y += line
            else:
                left += wide + theme.px(16)

    def _paint_entry(
        self, painter: QPainter, entry: LegendEntry, at: QPointF, room: float
    ) -> float:
        """Paint a swatch and its words; gives their width."""
        theme = current()
        font = theme.font("note")
        line, side, gap = theme.px(_LINE), theme.px(12), theme.px(6)
        square = QRectF(at.x(), round(at.y() + (line - side) / 2), side, side)
        paint_swatch(painter, square, part_fill(entry.key, entry.place))
        wide = min(QFontMetricsF(font).horizontalAdvance(entry.words) + 1, room - side - gap)
        words(painter, QRectF(square.right() + gap, at.y(), wide, line), entry.words, font, "text2")
        return side + gap + wide

    def _paint_usual(self, painter: QPainter, row: Row, top: float) -> None:
        if row.weeks.usual is None:
            return
        theme = current()
        _, right = self._sides()
        say = speaker(row.weeks.unit)
        low, _centre, high = row.weeks.usual
        font = theme.font("tick")
        line = QFontMetricsF(font).height()
        left = self.width() - right + theme.px(8)
        area = QRectF(left, top + theme.px(22), right, line)
        words(painter, area, tr("usual"), font, "text2")
        # the rows count things: a range of counts is no more exact than whole ones
        ends = f"{say(round(low))}{DASH}{say(round(high))}"
        words(painter, area.translated(0, line), ends, font, "text2")


def _narrow(width: int) -> bool:
    """Whether words and bars do not fit side by side."""
    return width < current().px(640)


def _entries(weeks: Weeks) -> list[LegendEntry]:
    pairs = zip(weeks.names, weeks.parts, strict=True)
    return [LegendEntry(name, key, place) for place, (name, key) in enumerate(pairs)]
