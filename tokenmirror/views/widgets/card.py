"""Card: the one kind of surface on a page."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from tokenmirror.views.theme import current


class Card(QFrame):
    """A surface with a 1 px border; put content into ``body`` (padding 18/14)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("part", "card")
        self.body = QVBoxLayout(self)
        self.body.setSpacing(0)
        self._pad()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:
            self._pad()
        super().changeEvent(event)

    def _pad(self) -> None:
        side, upright = current().px(18), current().px(14)
        self.body.setContentsMargins(side, upright, side, upright)
