"""The second tab of Sources: repositories, and whether they can be followed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from tokenmirror.language import tr
from tokenmirror.store.readings import Repository
from tokenmirror.views import theme
from tokenmirror.views.models.rows import RowsModel
from tokenmirror.views.pages.page import table_height
from tokenmirror.views.pages.source_words import When, repository_rows, repository_state
from tokenmirror.views.widgets.boxes import Box
from tokenmirror.views.widgets.buttons import Button
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.data_table import DataTable
from tokenmirror.views.widgets.text import Text


class RepositoriesTab(QWidget):
    """The table, and a switch for the chosen one (``follow_wanted``: folder, on or off).

    Below, the addresses that make a commit the person's (``identity_wanted``).
    """

    follow_wanted = Signal(str, bool)
    identity_wanted = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("part", "page")
        look = theme.current()
        self._repositories: dict[str, Repository] = {}
        self._key = ""
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        card = Card()
        self._model = RowsModel(
            [
                tr("Repository"),
                tr("State"),
                tr("Main line"),
                tr("Your commits"),
                tr("Last commit"),
                tr("Looked at"),
                tr("Place"),
            ],
            right=(3,),
            parent=self,
        )
        self.table = DataTable(
            tr("Repositories"), tr("No repository was found through the logs yet.")
        )
        self.table.show_model(self._model, {0: 150, 1: 170, 2: 130, 3: 104, 4: 96, 5: 116})
        self.table.setSelectionMode(DataTable.SelectionMode.SingleSelection)
        self.table.chose.connect(self._chosen)
        card.body.addWidget(self.table)
        foot = QHBoxLayout()
        foot.setContentsMargins(look.px(8), look.px(10), look.px(8), 0)
        foot.setSpacing(look.px(12))
        self._words = Text(kind="note", tone="text2", wraps=True)
        self.follow = Button(tr("Stop following"))
        self.follow.clicked.connect(self._toggle)
        foot.addWidget(self._words, 1)
        foot.addWidget(self.follow)
        card.body.addLayout(foot)
        rows.addWidget(card)
        rows.addSpacing(look.px(14))
        rows.addWidget(self._people_card())
        rows.addStretch(1)

    def show_repositories(self, repositories: tuple[Repository, ...], when: When) -> None:
        """Show these; the chosen one stays chosen."""
        self._repositories = {entry.common_dir: entry for entry in repositories}
        self._model.show_rows(repository_rows(repositories, when))
        self.table.setFixedHeight(table_height(min(max(len(repositories), 2), 16)))
        if not (self._key and self.table.choose(self._key)) and repositories:
            self.table.choose(repositories[0].common_dir)
        self._say()

    def show_people(self, people: tuple[tuple[str, bool], ...]) -> None:
        """Show the addresses, ticked where they are the person's."""
        while (item := self._people.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for email, mine in people:
            box = Box(email)
            box.setChecked(mine)
            box.toggled.connect(partial(self.identity_wanted.emit, email))
            self._people.addWidget(box)
        if not people:
            words = tr("Addresses appear here once a repository was read.")
            self._people.addWidget(Text(words, tone="text2", wraps=True))

    def _people_card(self) -> Card:
        card = Card()
        card.body.addWidget(Text(tr("These commits are mine"), "heading"))
        self._people = QVBoxLayout()
        self._people.setSpacing(0)
        card.body.addSpacing(theme.current().px(4))
        card.body.addLayout(self._people)
        return card

    def _chosen(self, keys: tuple[str, ...]) -> None:
        self._key = keys[0] if keys else ""
        self._say()

    def _say(self) -> None:
        chosen = self._repositories.get(self._key)
        self.follow.setVisible(chosen is not None)
        if chosen is None:
            self._words.setText(tr("TokenMirror never writes to a repository."))
            return
        self.follow.setText(tr("Stop following") if chosen.followed else tr("Follow again"))
        self.follow.setAccessibleName(f"{self.follow.text()}: {chosen.name}")
        state = repository_state(chosen)
        self._words.setText(
            tr(
                "{name}: {state}. TokenMirror never writes to a repository.",
                name=chosen.name,
                state=state,
            )
        )

    def _toggle(self) -> None:
        chosen = self._repositories.get(self._key)
        if chosen is not None:
            self.follow_wanted.emit(chosen.common_dir, not chosen.followed)
