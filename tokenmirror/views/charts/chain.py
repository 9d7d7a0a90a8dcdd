"""The chain: nested bars of lines, each loss named beside its bar."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from tokenmirror.language import number, tr
from tokenmirror.measures.figures import Chain, Part, Step, Table
from tokenmirror.views.charts.chart import Chart
from tokenmirror.views.charts.fills import LegendEntry, part_fill, step_fill
from tokenmirror.views.charts.words import (
    chain_table,
    describe_chain,
    in_sentence,
    share_words,
    step_words,
)
from tokenmirror.views.painting import crisp, fill, top_rounded, words
from tokenmirror.views.theme import current

_PITCH, _BAR = 34, 22
_LABEL, _GAP, _COUNT = 124, 12, 52
_UNDECIDED = "undecided"
_LET_THROUGH = ("allowed", "applied")
_EMPTY = Chain((), "", 0, 0)


class ChainChart(Chart):
    """``picked`` carries the key of a step. Up and down (and left and right) step the bars."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chain = _EMPTY

    def show_figure(self, chain: Chain) -> None:
        """Draw this chain; steps it does not have are not drawn."""
        self._chain = chain
        self.figure_changed()

    def data_count(self) -> int:
        return len(self._chain.steps)

    def words_at(self, datum: int, series: int) -> str:
        step = self._chain.steps[datum]
        said = [step_words(step)]
        said += [
            tr("{n} {name}", n=number(part.value), name=in_sentence(part.name))
            for part in step.parts
        ]
        if step.loss:
            said.append(step.loss)
        if step.key == "still_there":
            return tr("{words}. Enter to see what became of them.", words=", ".join(said))
        return tr("{words}. Enter to see the tasks.", words=", ".join(said))

    def key_at(self, datum: int, series: int) -> str:
        return self._chain.steps[datum].key

    def numbers(self) -> Table:
        return chain_table(self._chain)

    def describe(self) -> str:
        return describe_chain(self.accessibleName(), self._chain)

    def sentence(self) -> str:
        return self._chain.sentence

    def legend(self) -> tuple[LegendEntry, ...]:
        parts = [part for step in self._chain.steps for part in _drawn(step)]
        entries = [LegendEntry(part.name, part.key, place) for place, part in enumerate(parts)]
        of = [step.name for step in self._chain.steps if step.parts]
        heads = [LegendEntry(tr("{name}:", name=name), "") for name in of[:1] if entries]
        return (*heads, *entries)

    def legend_below(self) -> bool:
        return True

    def height_for(self, width: int) -> int:
        theme = current()
        rows = max(len(self._chain.steps), 1)
        return rows * theme.px(_PITCH) * _lines(width) + theme.px(4)

    def sizeHint(self) -> QSize:
        return QSize(current().px(640), self.height_for(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px(320), self.sizeHint().height())

    def datum_at(self, place: QPointF) -> tuple[int, int] | None:
        row = int(place.y() // (current().px(_PITCH) * self._lines()))
        return (row, 0) if 0 <= row < self.data_count() and place.y() >= 0 else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        before: float | None = None
        for row, step in enumerate(self._chain.steps):
            bar = self._bar(row, step)
            self._paint_step(painter, step, bar, row)
            if before is not None:
                self._paint_lead(painter, bar, before)
            before = self._carried(step, bar)
        if self.at is not None:
            top = self._top(self.at[0])
            frame = QRectF(1, top + 1, self.width() - 2, current().px(_PITCH) * self._lines() - 2)
            painter.setPen(QPen(current().colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame, 3, 3)

    def _lines(self) -> int:
        return _lines(self.width())

    def _columns(self) -> tuple[float, float]:
        """Where bars end and how wide the words right of them are."""
        theme = current()
        left = theme.px(_LABEL + _GAP)
        if self._lines() == 2:
            return self.width() - theme.px(_COUNT + 20), 0
        bars = (self.width() - left) * 0.45
        return left + bars, self.width() - left - bars

    def _top(self, row: int) -> float:
        return row * current().px(_PITCH) * self._lines()

    def _bar(self, row: int, step: Step) -> QRectF:
        theme = current()
        left = theme.px(_LABEL + _GAP)
        wide = self._per_line() * _extent(step)
        inset = theme.px((_PITCH - _BAR) / 2)
        return crisp(QRectF(left, self._top(row) + inset, wide, theme.px(_BAR)))

    def _carried(self, step: Step, bar: QRectF) -> float:
        """Where the lines end that could go on: what is undecided stands behind them."""
        open_ = sum(part.value for part in step.parts if part.key == _UNDECIDED)
        return bar.right() - self._per_line() * open_

    def _per_line(self) -> float:
        """Pixels a line takes: all bars share one axis from 0."""
        widest = max((_extent(step) for step in self._chain.steps), default=0)
        return (self._columns()[0] - current().px(_LABEL + _GAP)) / (widest or 1)

    def _paint_step(self, painter: QPainter, step: Step, bar: QRectF, row: int) -> None:
        theme = current()
        label = QRectF(0, bar.top(), theme.px(_LABEL), bar.height())
        last = row == len(self._chain.steps) - 1
        font = theme.font("body", weight=600 if last else 0)
        words(painter, label, step.name, font, "text", Qt.AlignmentFlag.AlignRight)
        if _drawn(step):
            self._paint_parts(painter, step, bar)
        elif step_fill(step.key).style == "solid":
            _paint_bar(painter, bar, step)
        else:
            fill(painter, bar, step_fill(step.key), line=1.2)
        self._paint_words(painter, step, bar)

    def _paint_parts(self, painter: QPainter, step: Step, bar: QRectF) -> None:
        left = bar.left()
        done = 0.0
        gap = 2
        for place, part in enumerate(_drawn(step)):
            done += part.value
            right = bar.left() + self._per_line() * done
            area = crisp(QRectF(left, bar.top(), max(right - left - gap, 1), bar.height()))
            fill(painter, area, part_fill(part.key, place))
            left = right

    def _paint_lead(self, painter: QPainter, bar: QRectF, before: float) -> None:
        """A dotted line from the bar's end to the end of what the one before carried on."""
        if before <= bar.right() + 6:
            return
        dotted = QPen(current().colour("borderStrong"), 1, Qt.PenStyle.CustomDashLine)
        dotted.setDashPattern([1, 2])
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(dotted)
        middle, corner = round(bar.center().y()), round(before) - 1
        painter.drawLine(QPointF(bar.right() + 4, middle), QPointF(corner, middle))
        above = bar.top() - current().px(_PITCH - _BAR) + 2
        painter.drawLine(QPointF(corner, middle), QPointF(corner, above))
        painter.restore()

    def _paint_words(self, painter: QPainter, step: Step, bar: QRectF) -> None:
        theme = current()
        end, _room = self._columns()
        count_font = theme.font("body", tabular=True, weight=600)
        count = QRectF(end + theme.px(12), bar.top(), theme.px(_COUNT), bar.height())
        words(painter, count, number(step.lines), count_font, "text")
        note = theme.font("note")
        loss_wide = QFontMetricsF(note).horizontalAdvance(step.loss) + 2
        share = share_words(step)
        if self._lines() == 2:
            second = QRectF(bar.left(), bar.bottom() + theme.px(4), self.width(), bar.height())
            second.setRight(self.width())
            both = [text for text in (share, step.loss) if text]
            words(painter, second, " · ".join(both), note, "text2")
            return
        place = QRectF(count.right() + theme.px(2), bar.top(), 0, bar.height())
        place.setRight(self.width() - loss_wide - theme.px(10) if step.loss else self.width())
        words(painter, place, share, note, "text2")
        rest = QRectF(0, bar.top(), self.width(), bar.height())
        rest.setLeft(max(self.width() - loss_wide, count.right()))
        words(painter, rest, step.loss, note, "text3", Qt.AlignmentFlag.AlignRight)


def _extent(step: Step) -> float:
    """The lines a bar shows: undecided ones lie beyond those it counts."""
    return max(step.lines, sum(part.value for part in step.parts))


def _drawn(step: Step) -> list[Part]:
    """The parts as they are drawn: allowed and applied share a fill, and so a name."""
    let = [part for part in step.parts if part.key in _LET_THROUGH and part.value]
    joined: list[Part] = []
    for part in step.parts:
        if part.value and part not in let:
            joined.append(part)
        elif let and part is let[0]:
            name = tr("{one} or {other}", one=let[0].name, other=let[-1].name)
            total = sum(one.value for one in let)
            joined.append(Part("let_through", name if len(let) > 1 else part.name, total))
    return joined


def _lines(width: int) -> int:
    """Two lines a bar where bars and words do not fit side by side."""
    return 2 if width < current().px(720) else 1


def _paint_bar(painter: QPainter, bar: QRectF, step: Step) -> None:
    """A solid bar with its free end rounded."""
    painter.save()
    painter.translate(bar.left(), bar.bottom())
    painter.rotate(90)
    painter.translate(-bar.height(), -bar.width())
    upright = QRectF(0, 0, bar.height(), bar.width())
    painter.fillPath(top_rounded(upright, 2), step_fill(step.key).colour)
    painter.restore()
