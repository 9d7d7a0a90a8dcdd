"""Small drawings that stand in table cells and beside words, as painters and as widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from tokenmirror.language import listing, number, tr, tr_n
from tokenmirror.views.painting import crisp, edge, fill, hatch
from tokenmirror.views.theme import Fill, current
from tokenmirror.views.widgets.text import Text

DayState = Literal["read", "nothing", "gone", "not_allowed"]
SignalState = Literal["full", "partly", "none"]


@dataclass(frozen=True)
class Mark:
    """A 10 px square in one of the theme's fills ("outcome.shipped")."""

    fill: str


@dataclass(frozen=True)
class Nested:
    """Accepted, shipped and, once known, still there: lines, each within the one before."""

    accepted: int
    shipped: int
    still: int | None = None

    @property
    def spoken(self) -> str:
        """The three counts in words."""
        said = tr(
            "{accepted} lines accepted, {shipped} shipped",
            accepted=number(self.accepted),
            shipped=number(self.shipped),
        )
        if self.still is None:
            return said
        return tr("{said}, {still} still there", said=said, still=number(self.still))

    @property
    def figures(self) -> str:
        """The counts as they stand beside the bar, accepted first."""
        known = [self.accepted, self.shipped]
        if self.still is not None:
            known.append(self.still)
        return " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(number(n) for n in known)


@dataclass(frozen=True)
class Days:
    """One state a day, oldest first."""

    states: tuple[DayState, ...]

    @property
    def spoken(self) -> str:
        """How many days are in which state."""
        count = self.states.count
        return listing(
            [
                words
                for words, n in (
                    (tr_n("{n} day read", "{n} days read", count("read")), count("read")),
                    (tr_n("{n} without logs", "{n} without logs", count("nothing")), 1),
                    (
                        tr_n("{n} gone before it was read", "{n} gone", count("gone")),
                        count("gone"),
                    ),
                    (
                        tr_n("{n} not allowed", "{n} not allowed", count("not_allowed")),
                        count("not_allowed"),
                    ),
                )
                if n
            ]
        )


@dataclass(frozen=True)
class Signals:
    """What a tool records, one state a signal, S1 to S7."""

    states: tuple[SignalState, ...]

    @property
    def spoken(self) -> str:
        """Each signal with its state."""
        said = {"full": tr("full"), "partly": tr("partly"), "none": tr("not recorded")}
        return listing(
            [f"S{place} {said[state]}" for place, state in enumerate(self.states, start=1)]
        )


@dataclass(frozen=True)
class Icons:
    """Icons by name, side by side."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Share:
    """A share 0..1 as a bar in one fill, solid to ``low`` and hatched to ``high``."""

    low: float
    high: float | None = None
    fill: str = "chain.accepted"


Drawing = Mark | Nested | Days | Signals | Icons | Share


def drawing_width(drawing: Drawing, room: float) -> float:
    """How wide a drawing wants to be (px at the scale in use), given that room."""
    theme = current()
    if isinstance(drawing, Mark):
        return theme.px(10)
    if isinstance(drawing, Nested):
        return theme.px(min(max(44, room * 0.45), 96))
    if isinstance(drawing, Days):
        return min(room, len(drawing.states) * theme.px(5.6))
    if isinstance(drawing, Signals):
        return len(drawing.states) * theme.px(18) - theme.px(6)
    if isinstance(drawing, Icons):
        return len(drawing.names) * theme.px(22)
    return min(room, theme.px(110))


def draw(painter: QPainter, area: QRectF, drawing: Drawing) -> None:
    """Paint a drawing into the area, vertically centred."""
    if isinstance(drawing, Mark):
        _mark(painter, area, current().fill(drawing.fill))
    elif isinstance(drawing, Nested):
        _nested(painter, area, drawing)
    elif isinstance(drawing, Days):
        _days(painter, area, drawing)
    elif isinstance(drawing, Signals):
        _signals(painter, area, drawing)
    elif isinstance(drawing, Icons):
        _icons(painter, area, drawing)
    else:
        _share(painter, area, drawing)


def _mark(painter: QPainter, area: QRectF, how: Fill) -> None:
    side = current().px(10)
    square = QRectF(round(area.left()), round(area.center().y() - side / 2), side, side)
    fill(painter, square, how, radius=2)


def _nested(painter: QPainter, area: QRectF, lines: Nested) -> None:
    """Scaled to its own accepted lines: it shows what part is left, not how much there was."""
    if lines.accepted <= 0:
        return
    theme = current()
    height = theme.px(8)
    bar = QRectF(round(area.left()), round(area.center().y() - height / 2), area.width(), height)
    steps = [(lines.accepted, "accepted"), (lines.shipped, "shipped")]
    if lines.still is not None:
        steps.append((lines.still, "surviving"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    for count, step in steps:
        part = QRectF(bar)
        part.setWidth(round(bar.width() * min(count / lines.accepted, 1)))
        painter.fillRect(part, theme.colour(f"chain.{step}"))


def _days(painter: QPainter, area: QRectF, days: Days) -> None:
    theme = current()
    height = theme.px(14)
    top = round(area.center().y() - height / 2)
    wide = area.width() / max(len(days.states), 1)
    line = theme.colour("borderStrong")
    for place, state in enumerate(days.states):
        left = area.left() + place * wide
        cell = crisp(QRectF(left, top, wide - 1, height))
        if state == "read":
            painter.fillRect(cell, theme.colour("chain.committed"))
        elif state == "gone":
            hatch(painter, cell, line)
        elif state == "not_allowed":
            edge(painter, cell, line)
        else:
            painter.fillRect(
                QRectF(round(cell.center().x()) - 1, round(cell.center().y()) - 1, 2, 2), line
            )


def _signals(painter: QPainter, area: QRectF, signals: Signals) -> None:
    theme = current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius, step = theme.px(11) / 2, theme.px(18)
    for place, state in enumerate(signals.states):
        middle = QPointF(area.left() + place * step + radius, area.center().y())
        draw_signal(painter, middle, radius, state)


def draw_signal(painter: QPainter, middle: QPointF, radius: float, state: SignalState) -> None:
    """A circle: full, half (left side filled) or empty."""
    ink = current().colour("text2")
    circle = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
    inner = circle.adjusted(0.75, 0.75, -0.75, -0.75)
    painter.setPen(QPen(ink, 1.5))
    painter.setBrush(ink if state == "full" else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(inner)
    if state == "partly":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawPie(inner, 90 * 16, 180 * 16)


def _icons(painter: QPainter, area: QRectF, icons: Icons) -> None:
    theme = current()
    side = theme.px(16)
    ratio = painter.device().devicePixelRatioF()
    for place, name in enumerate(icons.names):
        corner = QPointF(area.left() + place * theme.px(22), round(area.center().y() - side / 2))
        painter.drawPixmap(corner, theme.pixmap(name, "text2", 16, ratio))


def _share(painter: QPainter, area: QRectF, share: Share) -> None:
    theme = current()
    height = theme.px(10)
    how = theme.fill(share.fill)
    bar = QRectF(area.left(), round(area.center().y() - height / 2), 0, height)
    bar.setWidth(round(area.width() * min(share.low, 1)))
    fill(painter, bar, how, radius=2)
    if share.high is not None and share.high > share.low:
        rest = QRectF(bar)
        rest.setLeft(bar.right() + 1)
        rest.setRight(area.left() + round(area.width() * min(share.high, 1)))
        fill(painter, rest, Fill(how.colour, "dense"))


class DrawingLabel(QWidget):
    """One drawing as a widget: NestedBar, DayStrip and SignalDots are made of it."""

    def __init__(self, width: int, height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing: Drawing | None = None
        self._wide, self._high = width, height
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_drawing(self, drawing: Drawing, spoken: str) -> None:
        """Draw this; ``spoken`` is the same in words."""
        self._drawing = drawing
        self.setAccessibleName(spoken)
        self.setToolTip(spoken)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(current().px(self._wide), current().px(self._high))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._drawing is not None:
            painter = QPainter(self)
            draw(painter, QRectF(self.rect()), self._drawing)


class NestedBar(DrawingLabel):
    """Lines accepted, shipped, still there, as one nested bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(96, 12, parent)

    def show_lines(self, lines: Nested) -> None:
        """Show these lines."""
        self.show_drawing(lines, lines.spoken)


class DayStrip(DrawingLabel):
    """Days covered, one cell a day."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(174, 16, parent)

    def show_days(self, days: Sequence[DayState]) -> None:
        """Show these days, oldest first."""
        strip = Days(tuple(days))
        self.show_drawing(strip, strip.spoken)


class SignalDots(DrawingLabel):
    """Which of the seven signals a tool records."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(122, 14, parent)

    def show_signals(self, states: Sequence[SignalState]) -> None:
        """Show these states, S1 first."""
        signals = Signals(tuple(states))
        self.show_drawing(signals, signals.spoken)


class OutcomeMark(QWidget):
    """A 10 px mark and its word; never the colour alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = DrawingLabel(10, 12)
        self._word = Text()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(current().px(8))
        row.addWidget(self._mark)
        row.addWidget(self._word)
        row.addStretch(1)

    def show_outcome(self, fill_name: str, word: str) -> None:
        """Show this outcome by its fill ("outcome.shipped") and its word."""
        self._mark.show_drawing(Mark(fill_name), word)
        self._word.setText(word)
        self.setAccessibleName(word)
