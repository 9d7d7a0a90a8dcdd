"""What the program tells: CoverageLine, InlineMessage and Toast."""

from __future__ import annotations

from math import ceil
from typing import Literal

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QObject,
    QPoint,
    QPropertyAnimation,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from tokenmirror.language import tr
from tokenmirror.views.theme import current, tokens
from tokenmirror.views.widgets.buttons import IconButton, LinkButton
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.text import Text

Kind = Literal["info", "caution", "problem"]
LOW_COVERAGE = 0.8
TOAST_MS = 8000
_KINDS: dict[Kind, tuple[str, str]] = {
    "info": ("info", "accent"),
    "caution": ("caution", "caution"),
    "problem": ("problem", "danger"),
}


def announce(widget: QObject, words: str) -> None:
    """Have a screen reader say something, politely."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))


class Glyph(QLabel):
    """An icon that stands beside words and says nothing itself."""

    def __init__(self, name: str, tone: str = "text2", size: int = 16) -> None:
        super().__init__()
        self._name, self._tone, self._size = name, tone, size
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:
            self._refresh()
        super().changeEvent(event)

    def _refresh(self) -> None:
        theme = current()
        self.setPixmap(theme.pixmap(self._name, self._tone, self._size, self.devicePixelRatioF()))
        side = theme.px(self._size)
        self.setFixedSize(side, side)


class CoverageLine(QWidget):
    """One sentence on what was read, with a way to the details (``asked``).

    Below 80 % coverage it has an icon and the caution colour.
    """

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._glyph = Glyph("caution", "caution")
        self._words = Text(kind="note", tone="text2", wraps=True)
        self._link = LinkButton(tr("Details"))
        self._link.setAccessibleName(tr("Details of what was read"))
        self._link.clicked.connect(self.asked)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(current().px(8))
        self._row.addWidget(self._glyph)
        self._row.addWidget(self._words)
        self._row.addWidget(self._link)
        self._row.addStretch(1)
        self._glyph.hide()

    def say(self, sentence: str, share: float | None = None) -> None:
        """Show the sentence; ``share`` (0..1) of covered days decides on the caution colour."""
        low = share is not None and share < LOW_COVERAGE
        self._words.setText(sentence)
        self._words.set_tone("caution" if low else "text2")
        self._glyph.setVisible(low)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The link stands behind the sentence, or below it where the sentence must wrap."""
        metrics = QFontMetricsF(current().font("note"))
        wide = ceil(metrics.horizontalAdvance(self._words.text()))
        room = self.width() - self._link.sizeHint().width() - current().px(40)
        below = wide > room > 0
        self._words.setMinimumWidth(0 if below else wide + 2)
        self._row.setDirection(
            QHBoxLayout.Direction.TopToBottom if below else QHBoxLayout.Direction.LeftToRight
        )
        self._row.setAlignment(
            self._link, Qt.AlignmentFlag.AlignLeading if below else Qt.AlignmentFlag.AlignVCenter
        )
        self._row.setSpacing(0 if below else current().px(8))


class InlineMessage(Card):
    """A message in the page: a bar in its colour, an icon, words, at most two actions, a cross.

    ``acted`` comes from the action, ``declined`` from the other one, ``closed`` from the cross.
    """

    acted = Signal()
    declined = Signal()
    closed = Signal()

    def __init__(
        self,
        kind: Kind,
        words: str,
        action: str = "",
        *,
        other: str = "",
        closable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        icon, self._tone = _KINDS[kind]
        self.setAccessibleName(words)
        self._words = Text(words, "body", wraps=True)
        row = QHBoxLayout()
        row.setSpacing(current().px(12))
        row.addWidget(Glyph(icon, self._tone))
        row.addWidget(self._words, 1)
        for words_of, signal in ((action, self.acted), (other, self.declined)):
            if words_of:
                link = LinkButton(words_of, "body")
                link.clicked.connect(signal)
                row.addWidget(link)
        if closable:
            cross = IconButton("close", tr("Close this message"))
            cross.clicked.connect(self._close)
            row.addWidget(cross)
        self.body.addLayout(row)
        self._pad()

    def say(self, words: str) -> None:
        """Show other words."""
        self._words.setText(words)
        self.setAccessibleName(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(self._tone))
        inset = theme.px(10)
        bar = QRectF(theme.px(6), inset, theme.px(3), self.height() - 2 * inset)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            bar.moveRight(self.width() - theme.px(6))
        painter.drawRoundedRect(bar, 1.5, 1.5)

    def _close(self) -> None:
        self.hide()
        self.closed.emit()

    def _pad(self) -> None:
        theme = current()
        self.body.setContentsMargins(theme.px(16), theme.px(3), theme.px(8), theme.px(3))


class Toast(QFrame):
    """What was just done, over the lower edge of its window, with Undo (``undone``).

    It goes by itself after eight seconds, on Esc, or when the next one comes; it stays while
    the pointer or the focus is on it.
    """

    undone = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._home = window
        self.setProperty("part", "toast")
        self._words = Text()
        self._undo = LinkButton(tr("Undo"), "body")
        self._undo.clicked.connect(self._take_back)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(20)
        row.addWidget(self._words)
        row.addWidget(self._undo)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(TOAST_MS)
        self._wait.timeout.connect(self._go)
        self._slide = QPropertyAnimation(self, b"pos", self)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        window.installEventFilter(self)
        self.hide()

    def say(self, words: str, *, undo: bool = True, action: str = "") -> None:
        """Show these words; ``action`` names the button where it is not "Undo"."""
        self._words.setText(words)
        self._undo.setText(action or tr("Undo"))
        self._undo.setVisible(undo or bool(action))
        self.setAccessibleName(words)
        self.adjustSize()
        self.show()
        self.raise_()
        end = self._place()
        if current().motion:
            self._slide.stop()
            self._slide.setDuration(tokens().motion_ms["base"])
            self._slide.setStartValue(end + QPoint(0, current().px(16)))
            self._slide.setEndValue(end)
            self._slide.start()
        else:
            self.move(end)
        self._wait.start()
        announce(self, words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._slide.stop()
            self.move(self._place())
        return False

    def _go(self) -> None:
        if self.underMouse() or self._undo.hasFocus():
            self._wait.start()
        else:
            self.hide()

    def _take_back(self) -> None:
        self.hide()
        self.undone.emit()

    def _place(self) -> QPoint:
        area = self._home.rect()
        left = (area.width() - self.width()) // 2
        return QPoint(left, area.height() - self.height() - current().px(28))
