"""Pages without figures: EmptyState, and skeletons in the shape of what will come."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from tokenmirror.language import tr
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.buttons import Button, ButtonLook
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.text import Text

Shape = Literal["stat", "bars", "weeks", "table"]


class EmptyState(QWidget):
    """A small drawing, one sentence why there is nothing, one action and perhaps another.

    ``acted`` comes from the first button, ``second`` from the other.
    """

    acted = Signal()
    second = Signal()

    def __init__(
        self,
        heading: str,
        why: str,
        action: str = "",
        other: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._heading = Text(heading, "title", wraps=True)
        self._why = Text(why, "body", "text2", wraps=True)
        for text in (self._heading, self._why):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        rows = QVBoxLayout(self)
        rows.setSpacing(current().px(4))
        rows.addStretch(2)
        rows.addWidget(_MirroredBars(), 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addSpacing(current().px(14))
        rows.addWidget(self._heading)
        rows.addWidget(self._why)
        rows.addSpacing(current().px(10))
        buttons = QHBoxLayout()
        buttons.setSpacing(current().px(8))
        buttons.addStretch(1)
        looks: tuple[tuple[str, SignalInstance, ButtonLook], ...] = (
            (action, self.acted, "primary"),
            (other, self.second, "normal"),
        )
        for words, signal, look in looks:
            if words:
                button = Button(words, look)
                button.clicked.connect(signal)
                buttons.addWidget(button)
        buttons.addStretch(1)
        rows.addLayout(buttons)
        rows.addStretch(3)

    def say(self, heading: str, why: str) -> None:
        """Show other words."""
        self._heading.setText(heading)
        self._why.setText(why)


class _MirroredBars(QWidget):
    """The line drawing of an empty page: two bars mirrored about a line, the lower dashed."""

    def sizeHint(self) -> QSize:
        return QSize(current().px(182), current().px(84))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(theme.px(100) / 100, theme.px(100) / 100)
        painter.setPen(QPen(theme.colour("borderStrong"), 1.5))
        painter.drawRoundedRect(QRectF(21, 1, 140, 26), 3, 3)
        painter.drawLine(1, 41, 181, 41)
        dashed = QPen(theme.colour("borderStrong"), 1.5, Qt.PenStyle.CustomDashLine)
        dashed.setDashPattern([4, 3])
        painter.setPen(dashed)
        painter.drawRoundedRect(QRectF(21, 55, 96, 26), 3, 3)


# shapes as (left, top, width, height), widths and lefts in parts of the whole width
_SHAPES: dict[Shape, tuple[int, tuple[tuple[float, int, float, int], ...]]] = {
    "stat": (
        106,
        ((0, 6, 0.42, 24), (0, 48, 1, 8), (0, 70, 0.9, 10), (0, 88, 0.6, 10)),
    ),
    "bars": (
        176,
        tuple(
            (left, 8 + 34 * row + drop, width, height)
            for row, share in enumerate((0.55, 0.44, 0.3, 0.26, 0.22))
            for left, width, height, drop in ((0.03, 0.08, 10, 6), (0.13, share, 22, 0))
        ),
    ),
    "weeks": (
        160,
        tuple(
            (0.2 + 0.066 * week, 160 - high, 0.036, high)
            for week, high in enumerate((60, 80, 50, 90, 84, 96, 104, 88, 98, 70, 92, 40))
        ),
    ),
    "table": (
        216,
        tuple(
            (left, 12 + 36 * row, width, 12)
            for row in range(6)
            for left, width in ((0, 0.08), (0.11, 0.3), (0.46, 0.1), (0.62, 0.14), (0.9, 0.1))
        ),
    ),
}


class Skeleton(Card):
    """A card in the shape of what will come, its title already in place; nothing moves."""

    def __init__(self, title: str, shape: Shape, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("{title}: still being read", title=title))
        stat = shape == "stat"
        self.body.addWidget(
            Text(title, "label" if stat else "heading", "text2" if stat else "text")
        )
        self.body.addSpacing(current().px(8))
        self.body.addWidget(_Greys(shape))
        self.body.addStretch(1)


class _Greys(QWidget):
    """Areas in the grey of the usual band."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._height, self._areas = _SHAPES[shape]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(current().px(200), current().px(self._height))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("usualBand"))
        for left, top, width, height in self._areas:
            area = QRectF(
                left * self.width(), theme.px(top), width * self.width(), theme.px(height)
            )
            painter.drawRoundedRect(area, theme.px(4), theme.px(4))
