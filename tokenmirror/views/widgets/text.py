"""Words on a page: labels by kind and tone, thin lines between groups."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from tokenmirror.views.theme import TypeKind

Tone = Literal["text", "text2", "text3", "caution", "danger", "accent"]


class Text(QLabel):
    """A label of one kind (``title``, ``note`` …) and tone; plain text, never markup."""

    def __init__(
        self,
        text: str = "",
        kind: TypeKind = "body",
        tone: Tone = "text",
        *,
        wraps: bool = False,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setProperty("tone", tone)
        self.setWordWrap(wraps)
        if wraps:  # "Minimum" makes pages far too high; this asks for the height of its width
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def set_tone(self, tone: Tone) -> None:
        """Change the colour by its name."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)


class Hairline(QFrame):
    """A horizontal line of one pixel between two groups."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("part", "line")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
