"""Groups of settings: cards of rows with a name, what it does, and the control at the right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from tokenmirror.language import tr
from tokenmirror.views import theme
from tokenmirror.views.widgets.buttons import LinkButton
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.text import Hairline, Text


class SettingRow(QWidget):
    """One setting; "Default" stands beside the control while the value is another."""

    def __init__(self, name: str, effect: str, *controls: QWidget) -> None:
        super().__init__()
        look = theme.current()
        self.name = name
        words = QVBoxLayout()
        words.setSpacing(look.px(2))
        self._effect = Text(effect, "note", "text3", wraps=True)
        words.addWidget(Text(name, "body", wraps=True))
        words.addWidget(self._effect)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, look.px(8), 0, look.px(8))
        row.setSpacing(look.px(12))
        row.addLayout(words, 1)
        self.default = LinkButton(tr("Default"))
        self.default.setAccessibleName(tr("Default for {name}", name=name))
        self.default.hide()
        row.addWidget(self.default)
        for control in controls:
            row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)

    def say(self, effect: str) -> None:
        """Say what it does in other words."""
        self._effect.setText(effect)

    def offer_default(self, back: Callable[[], None]) -> None:
        """What the link does."""
        self.default.clicked.connect(lambda: back())

    def holds(self, words: str) -> bool:
        """Whether a search for these words finds the row."""
        return words.casefold() in f"{self.name} {self._effect.text()}".casefold()


class Group(QWidget):
    """A label over a card of rows, parted by hairlines."""

    def __init__(self, title: str, *rows: QWidget) -> None:
        super().__init__()
        look = theme.current()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, look.px(6), 0, 0)
        outer.setSpacing(look.px(6))
        outer.addWidget(Text(title, "label", "text2"))
        card = _RowsCard()
        for place, row in enumerate(rows):
            if place:
                card.body.addWidget(Hairline())
            card.body.addWidget(row)
        outer.addWidget(card)


class _RowsCard(Card):
    """A card whose rows bring their own room above and below."""

    def _pad(self) -> None:
        side, above = theme.current().px(16), theme.current().px(2)
        self.body.setContentsMargins(side, above, side, above)
