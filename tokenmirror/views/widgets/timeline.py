"""Timeline: what happened in one task, in four lanes, stepped through by arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from tokenmirror.language import number, tr
from tokenmirror.views.painting import words
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.messages import announce

Lane = Literal["you", "agent", "checks", "git"]
Kind = Literal["prompt", "turn", "passed", "failed", "commit", "main"]
LANES: tuple[Lane, ...] = ("you", "agent", "checks", "git")
_PITCH = 28


@dataclass(frozen=True)
class Moment:
    """One event: its lane and kind, when (ms), and its sentence ("prompt, 42 words").

    Turns have an ``ended_ms``; an interrupted one ends with a notch. ``clock`` is its time of
    day in words.
    """

    lane: Lane
    kind: Kind
    at_ms: int
    sentence: str
    clock: str = ""
    ended_ms: int | None = None
    interrupted: bool = False


class Timeline(QWidget):
    """Lanes you, agent, checks, git; ``readout`` carries the sentence under the cursor."""

    readout = Signal(str)
    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._moments: list[Moment] = []
        self._clocks: tuple[str, ...] = ()
        self._at: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Timeline of the task"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_moments(self, moments: Sequence[Moment], clocks: tuple[str, ...] = ()) -> None:
        """Show these events; ``clocks`` label the axis from its beginning to its end."""
        self._moments = sorted(moments, key=lambda moment: moment.at_ms)
        self._clocks = clocks
        self._at = None
        self.setAccessibleDescription(
            tr("{n} events. Arrow keys step through them.", n=number(len(moments)))
        )
        self.update()

    def sizeHint(self) -> QSize:
        theme = current()
        return QSize(theme.px(260), theme.px(len(LANES) * _PITCH + 22))

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px(160), self.sizeHint().height())

    def step_to(self, place: int) -> None:
        """Put the cursor on an event by its place in time, kept within."""
        if not self._moments:
            return
        self._at = max(0, min(len(self._moments) - 1, place))
        moment = self._moments[self._at]
        said = tr(
            "{clock} {sentence}. Event {n} of {all}.",
            clock=moment.clock,
            sentence=moment.sentence.rstrip("."),
            n=self._at + 1,
            all=len(self._moments),
        ).strip()
        self.readout.emit(said)
        announce(self, said)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        here = -1 if self._at is None else self._at
        places = {
            Qt.Key.Key_Right: here + 1, Qt.Key.Key_Left: here - 1, Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self._moments), Qt.Key.Key_PageDown: here + 4,
            Qt.Key.Key_PageUp: here - 4,
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key in places:
            self.step_to(places[key])
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._change_lane(-1 if key is Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at is not None:
            self.picked.emit(self._moments[self._at])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._at is None and event.reason() is not Qt.FocusReason.MouseFocusReason:
            self.step_to(0)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        nearest = self._nearest(event.position())
        if nearest is not None and nearest != self._at:
            self.step_to(nearest)

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self._at = None
            self.readout.emit("")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        names = {
            "you": tr("You"), "agent": tr("Agent"), "checks": tr("Checks"), "git": tr("Git"),
        }  # fmt: skip
        for lane in LANES:
            middle = self._lane_y(lane)
            place = QRectF(0, middle - theme.px(10), self._left() - theme.px(8), theme.px(20))
            words(painter, place, names[lane], theme.font("note"), "text2")
            painter.setPen(QPen(theme.colour("border"), 1))
            line = round(middle) + 0.5
            painter.drawLine(QPointF(self._left(), line), QPointF(self.width(), line))
        for moment in self._moments:
            self._draw(painter, moment)
        self._draw_clocks(painter)
        if self._at is not None:
            moment = self._moments[self._at]
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            radius = theme.px(10)
            painter.drawEllipse(QPointF(self._x(moment), self._lane_y(moment.lane)), radius, radius)

    def _change_lane(self, step: int) -> None:
        if self._at is None:
            self.step_to(0)
            return
        here = self._moments[self._at]
        lane = LANES.index(here.lane) + step
        while 0 <= lane < len(LANES):
            same = [n for n, moment in enumerate(self._moments) if moment.lane == LANES[lane]]
            if same:
                self.step_to(min(same, key=lambda n: abs(self._moments[n].at_ms - here.at_ms)))
                return
            lane += step

    def _draw(self, painter: QPainter, moment: Moment) -> None:
        theme = current()
        place = QPointF(self._x(moment), self._lane_y(moment.lane))
        if moment.kind == "prompt":
            painter.setPen(QPen(theme.colour("text"), 2))
            half = theme.px(8)
            x = round(place.x())
            painter.drawLine(QPointF(x, place.y() - half), QPointF(x, place.y() + half))
        elif moment.kind == "turn":
            self._draw_turn(painter, moment, place.y())
        elif moment.kind in ("passed", "failed"):
            _draw_check(painter, place, passed=moment.kind == "passed")
        else:
            colour = theme.colour("chain.shipped" if moment.kind == "main" else "chain.committed")
            painter.setPen(QPen(colour, 2))
            painter.setBrush(colour if moment.kind == "main" else theme.colour("surface"))
            radius = theme.px(5)
            painter.drawEllipse(place, radius, radius)

    def _draw_turn(self, painter: QPainter, moment: Moment, middle: float) -> None:
        theme = current()
        half = theme.px(6)
        left = self._x_of(moment.at_ms)
        right = max(self._x_of(moment.ended_ms or moment.at_ms), left + theme.px(5))
        bar = QPainterPath()
        if moment.interrupted:
            right = max(right, left + theme.px(8))
            notch = QPointF(right - theme.px(4), middle)
            bar.addPolygon(
                QPolygonF(
                    [
                        QPointF(left, middle - half), QPointF(right, middle - half), notch,
                        QPointF(right, middle + half), QPointF(left, middle + half),
                    ]
                )
            )  # fmt: skip
            bar.closeSubpath()
        else:
            bar.addRoundedRect(QRectF(left, middle - half, right - left, 2 * half), 2, 2)
        painter.fillPath(bar, theme.colour("chain.accepted"))

    def _draw_clocks(self, painter: QPainter) -> None:
        theme = current()
        font = theme.font("tick", tabular=True)
        row = QRectF(
            self._left(),
            theme.px(len(LANES) * _PITCH),
            self.width() - self._left(),
            QFontMetricsF(font).height(),
        )
        sides = (
            Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight,
        )  # fmt: skip
        chosen = {1: sides[:1], 2: sides[::2]}.get(len(self._clocks), sides)
        for clock, side in zip(self._clocks, chosen, strict=False):
            words(painter, row, clock, font, "text2", side)

    def _left(self) -> float:
        return current().px(56)

    def _lane_y(self, lane: Lane) -> float:
        return current().px(_PITCH * LANES.index(lane) + 14)

    def _x(self, moment: Moment) -> float:
        end = moment.ended_ms if moment.ended_ms is not None else moment.at_ms
        return (self._x_of(moment.at_ms) + self._x_of(end)) / 2

    def _x_of(self, at_ms: int) -> float:
        first = self._moments[0].at_ms
        last = max(moment.ended_ms or moment.at_ms for moment in self._moments)
        inset = current().px(10)
        room = self.width() - self._left() - 2 * inset
        share = (at_ms - first) / (last - first) if last > first else 0.5
        return self._left() + inset + share * room

    def _nearest(self, place: QPointF) -> int | None:
        if not self._moments or place.x() < self._left():
            return None

        def distance(number_of: int) -> float:
            moment = self._moments[number_of]
            away = QPointF(self._x(moment), self._lane_y(moment.lane)) - place
            return abs(away.x()) + 3 * abs(away.y())

        return min(range(len(self._moments)), key=distance)


def _draw_check(painter: QPainter, place: QPointF, *, passed: bool) -> None:
    """A tick or a cross on a patch of surface, so that the lane does not strike it out."""
    theme = current()
    side = theme.px(16)
    patch = QRectF(place.x() - side / 2, place.y() - side / 2, side, side)
    painter.fillRect(patch, theme.colour("surface"))
    icon = theme.pixmap(
        "check" if passed else "close", "text", 16, painter.device().devicePixelRatioF()
    )
    painter.drawPixmap(patch.topLeft(), icon)
