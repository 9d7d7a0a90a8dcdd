"""Elided: a line of text that is cut with an ellipsis where there is no room."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tokenmirror.views import theme
from tokenmirror.views.theme import TypeKind
from tokenmirror.views.widgets.text import Tone


class Elided(QWidget):
    """One line, cut in the middle; whole in its tooltip and for screen readers."""

    def __init__(self, words: str, kind: TypeKind = "body", tone: Tone = "text") -> None:
        super().__init__()
        self._words, self._kind, self._tone = words, kind, tone
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(theme.current().font(self._kind))
        wide = min(metrics.horizontalAdvance(self._words) + 2, theme.current().px(360))
        return QSize(round(wide), round(metrics.height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.current().px(40), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme.current(), QPainter(self)
        font = look.font(self._kind)
        painter.setFont(font)
        painter.setPen(look.colour(self._tone))
        cut = QFontMetricsF(font).elidedText(
            self._words, Qt.TextElideMode.ElideMiddle, self.width() + 0.5
        )
        side = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(self.rect()), side, cut)
