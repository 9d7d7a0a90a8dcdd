"""ProgressRow: what is being done to what, how far it is, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from tokenmirror.language import percent, tr
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.buttons import Button
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.messages import Glyph
from tokenmirror.views.widgets.text import Text


class ProgressBar(QWidget):
    """A thin bar; ``height`` 2 for the line under a header, 6 in rows."""

    def __init__(self, name: str, height: int = 6, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._height, self._share = name, height, 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_share(0.0)

    def set_share(self, share: float | None) -> None:
        """How much is done, 0..1; ``None`` when that is not known yet."""
        self._share = min(max(share or 0.0, 0.0), 1.0)
        said = tr("waiting") if share is None else percent(self._share)
        self.setAccessibleName(tr("{name}: {done}", name=self._name, done=said))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(current().px(120), self._height)

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px(40), self._height)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self._height / 2 if self._height > 2 else 0
        whole = QRectF(self.rect())
        painter.setBrush(theme.colour("usualBand"))
        painter.drawRoundedRect(whole, radius, radius)
        done = QRectF(whole)
        done.setWidth(whole.width() * self._share)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            done.moveRight(whole.right())
        painter.setBrush(theme.colour("chain.shipped"))
        painter.drawRoundedRect(done, radius, radius)


class ProgressRow(QWidget):
    """One source being read: icon, name, bar, how far in words, problems."""

    def __init__(self, name: str, icon: str = "sources", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = ProgressBar(name)
        self._said = Text(tr("waiting"), "note", "text2")
        self._problems = Text(kind="note", tone="text3")
        for text, wide in ((self._said, 190), (self._problems, 90)):
            text.setMinimumWidth(current().px(wide))
            text.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        label = Text(name, "body")
        label.setMinimumWidth(current().px(112))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, current().px(2), 0, current().px(2))
        row.setSpacing(current().px(12))
        row.addWidget(Glyph(icon))
        row.addWidget(label)
        row.addWidget(self.bar, 1)
        row.addWidget(self._said)
        row.addWidget(self._problems)

    def show_progress(self, share: float | None, said: str, problems: str = "") -> None:
        """How far it is (0..1, ``None`` while it waits), in words, and what went wrong."""
        self.bar.set_share(share)
        self._said.setText(said)
        self._problems.setText(problems)


class ProgressCard(Card):
    """Several ProgressRows under one heading, with Pause and Cancel.

    ``paused`` carries whether it should pause, ``cancelled`` nothing: what is complete stays.
    """

    paused = Signal(bool)
    cancelled = Signal()

    def __init__(self, heading: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = Text(heading, "heading")
        self._said = Text(kind="note", tone="text2", wraps=True)
        self._pause = Button(tr("Pause"))
        self._pause.setCheckable(True)
        self._pause.toggled.connect(self._toggle)
        cancel = Button(tr("Cancel"))
        cancel.clicked.connect(self.cancelled)
        self.cancel_button = cancel
        head = QHBoxLayout()
        head.setSpacing(current().px(8))
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self._heading)
        texts.addWidget(self._said)
        head.addLayout(texts, 1)
        head.addWidget(self._pause, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(cancel, 0, Qt.AlignmentFlag.AlignTop)
        self._rows = QGridLayout()
        self._rows.setVerticalSpacing(0)
        self.body.addLayout(head)
        self.body.addSpacing(current().px(8))
        self.body.addLayout(self._rows)
        self._by_key: dict[str, ProgressRow] = {}

    def say(self, heading: str, words: str) -> None:
        """The heading and the line under it: files, bytes, time left."""
        self._heading.setText(heading)
        self._said.setText(words)

    def row(self, key: str, name: str = "", icon: str = "sources") -> ProgressRow:
        """The row of that key, made when it is asked for first."""
        if key not in self._by_key:
            self._by_key[key] = ProgressRow(name or key, icon)
            self._rows.addWidget(self._by_key[key], self._rows.rowCount(), 0)
        return self._by_key[key]

    def _toggle(self, paused: bool) -> None:
        self._pause.setText(tr("Go on") if paused else tr("Pause"))
        self.paused.emit(paused)
