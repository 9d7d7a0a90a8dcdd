"""A card of entries of one kind: a table, buttons to add, change and remove, an empty state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from tokenmirror.language import tr
from tokenmirror.views import theme
from tokenmirror.views.models.rows import Row, RowsModel
from tokenmirror.views.widgets.buttons import Button
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.data_table import DataTable
from tokenmirror.views.widgets.text import Text

MOST_ROWS = 8


class EntriesCard(QWidget):
    """``added`` is asked for a new one, ``opened`` for a change, ``removed`` for a removal."""

    added = Signal()
    opened = Signal(str)
    removed = Signal(str)

    def __init__(
        self,
        title: str,
        heads: Sequence[str],
        widths: Mapping[int, int],
        empty: str,
        add: str,
        right: Sequence[int] = (),
    ) -> None:
        super().__init__()
        look = theme.current()
        self._model = RowsModel(heads, right)
        self.table = DataTable(title, empty)
        self.table.show_model(self._model, dict(widths))
        self.table.chose.connect(self._chosen)
        self.table.opened.connect(self.opened)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, look.px(6), 0, 0)
        outer.setSpacing(look.px(6))
        outer.addWidget(Text(title, "label", "text2"))
        card = Card()
        card.body.setSpacing(look.px(8))
        card.body.addWidget(self.table)
        card.body.addLayout(self._buttons(add))
        outer.addWidget(card)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        keys.activated.connect(self._remove)
        self.show_rows(())

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these entries, by their keys."""
        self._model.show_rows(rows)
        look = theme.current()
        shown = min(max(len(rows), 2), MOST_ROWS)
        self.table.setFixedHeight((shown + 1) * (look.size("row") + 1) + look.px(4))
        self._chosen(self.table.chosen_keys())

    def _buttons(self, add: str) -> QHBoxLayout:
        self.add_button = Button(add, icon="add")
        self.change_button = Button(tr("Change…"))
        self.remove_button = Button(tr("Remove"))
        self.add_button.clicked.connect(self.added)
        self.change_button.clicked.connect(self._change)
        self.remove_button.clicked.connect(self._remove)
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(8))
        for button in (self.add_button, self.change_button, self.remove_button):
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _chosen(self, keys: tuple[str, ...]) -> None:
        self.change_button.setEnabled(len(keys) == 1)
        self.remove_button.setEnabled(len(keys) == 1)

    def _change(self) -> None:
        self._with_chosen(self.opened.emit)

    def _remove(self) -> None:
        self._with_chosen(self.removed.emit)

    def _with_chosen(self, tell: Callable[[str], None]) -> None:
        keys = self.table.chosen_keys()
        if len(keys) == 1:
            tell(keys[0])
