"""What the five steps share: a question, a sentence under it, a place for content."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tokenmirror.language import tr
from tokenmirror.views import theme
from tokenmirror.views.widgets.text import Text


class Step(QWidget):
    """One step; ``name`` stands in the list, ``question`` over the content.

    ``ready`` tells whether one may go on; ``next_words`` is what the button says.
    """

    name: ClassVar[str]
    question: ClassVar[str]
    next_words: ClassVar[str]

    ready = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("part", "page")
        look = theme.current()
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(look.px(12))
        self.rows.addWidget(Text(tr(self.question), "title", wraps=True))

    def say(self, words: str) -> None:
        """Add a sentence under the question."""
        self.rows.setSpacing(theme.current().px(4))
        self.rows.addWidget(Text(words, "body", "text2", wraps=True))
        self.rows.addSpacing(theme.current().px(10))

    def enter(self) -> None:
        """The step is shown: ask for what it needs."""
