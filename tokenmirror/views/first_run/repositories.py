"""Step 3: which repositories may be followed, and which addresses are the person's."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from tokenmirror.errors import UserError
from tokenmirror.ingest.seen import Seen, seen
from tokenmirror.language import mark, tr
from tokenmirror.paths import Places
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.elided import Elided
from tokenmirror.views.first_run.step import Step
from tokenmirror.views.widgets.boxes import Box
from tokenmirror.views.widgets.buttons import Switch
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.text import Hairline, Text


class RepositoriesStep(Step):
    """Folders that the allowed logs name and that are git repositories; addresses to tick."""

    name = mark("Repositories and you")
    question = mark("Which repositories may be followed, and which commits are yours?")
    next_words = mark("Next")

    def __init__(self, desk: Desk, places: Places) -> None:
        super().__init__()
        self.say(
            tr(
                "Accepted lines are looked for in the commits of these repositories. "
                "TokenMirror never writes to a repository."
            )
        )
        self._desk, self._places = desk, places
        self._repositories = _section(self.rows, tr("Repositories named in your logs"))
        self._people = _section(self.rows, tr("These commits are mine"))
        self._note = Text(kind="note", tone="text2", wraps=True)
        self.rows.addWidget(self._note)
        self.rows.addStretch(1)

    def enter(self) -> None:
        desk, places = self._desk, self._places
        allowed = {key for key, consent in desk.own.consents().items() if consent.allowed}
        sources = tuple(source for source in desk.sources if source.key in allowed)
        machine, *others = desk.machines()
        self._note.setText(tr("Looking into the newest logs…"))
        desk.jobs.run(
            "seen",
            lambda: seen(machine, sources, places, desk.home, others),
            self._show,
            self._failed,
        )

    def _show(self, found: Seen) -> None:
        _empty(self._repositories)
        _empty(self._people)
        for number, repository in enumerate(found.repositories):
            if number:
                self._repositories.addWidget(Hairline())
            self._repositories.addWidget(self._repository(repository.name, repository.common_dir))
        if not found.repositories:
            self._repositories.addWidget(
                Text(
                    tr("No repository was found yet. More may turn up while the logs are read."),
                    tone="text2",
                    wraps=True,
                )
            )
        known = {entry.email: entry.is_me for entry in self._desk.own.identities()}
        emails = dict.fromkeys(found.emails, True) | known
        for email, mine in sorted(emails.items()):
            box = Box(email)
            box.setChecked(mine)
            box.toggled.connect(partial(self._ticked, email))
            self._people.addWidget(box)
        if not emails:
            self._people.addWidget(
                Text(tr("No address was found in the configuration of git."), tone="text2")
            )
        self._note.setText(
            found.no_git or tr("You can change this at any time under Sources, Repositories.")
        )

    def _repository(self, name: str, common_dir: object) -> QWidget:
        look = theme.current()
        switch = Switch(tr("Follow {name}", name=name))
        switch.setChecked(True)
        switch.toggled.connect(partial(self._followed, str(common_dir)))
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, look.px(6), 0, look.px(6))
        line.setSpacing(look.px(12))
        line.addWidget(switch)
        line.addWidget(Text(name))
        line.addWidget(Elided(str(common_dir), "note", "text3"), 1)
        return row

    def _followed(self, common_dir: str, on: bool) -> None:
        try:
            self._desk.own.repo_choice(common_dir, followed=on)
        except UserError as error:
            self._failed(error)

    def _ticked(self, email: str, on: bool) -> None:
        try:
            self._desk.own.identity(email, is_me=on, origin="git_config")
        except UserError as error:
            self._failed(error)

    def _failed(self, error: UserError) -> None:
        self._note.setText(str(error))


def _section(rows: QVBoxLayout, title: str) -> QVBoxLayout:
    card = Card()
    card.body.setSpacing(theme.current().px(6))
    card.body.addWidget(Text(title, "heading"))
    inner = QVBoxLayout()
    inner.setSpacing(0)
    card.body.addLayout(inner)
    rows.addWidget(card)
    rows.addSpacing(theme.current().px(8))
    return inner


def _empty(rows: QVBoxLayout) -> None:
    while (item := rows.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
