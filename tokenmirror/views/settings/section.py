"""A section of the settings: its heading, its groups, and the one way in which it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tokenmirror.errors import UserError
from tokenmirror.language import tr
from tokenmirror.measures.measure import Reader
from tokenmirror.settings import Settings
from tokenmirror.store.entered import Some
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk, Step
from tokenmirror.views.settings.rows import Group, SettingRow
from tokenmirror.views.widgets.text import Text

DEFAULTS = Settings()
WORDS = {entry.name: entry.metadata for entry in fields(Settings) if entry.metadata}


class Section(QWidget):
    """A section tells ``told`` the tables that changed and ``failed`` what went wrong.

    ``reckoned`` says that figures change with an option.
    """

    told = Signal(object)
    failed = Signal(object)
    reckoned = Signal()

    def __init__(self, desk: Desk, title: str, note: str = "") -> None:
        super().__init__()
        self.desk = desk
        self.title = title
        look = theme.current()
        self.body = QVBoxLayout(self)
        side = look.px(28)
        self.body.setContentsMargins(side, look.px(18), side, look.px(24))
        self.body.setSpacing(look.px(8))
        self.body.addWidget(Text(title, "title"))
        if note:
            self.body.addWidget(Text(note, "note", "text2", wraps=True))
        self._follow: list[Callable[[], None]] = []
        desk.options.changed.connect(self._show_options)

    def add_group(self, title: str, *rows: QWidget) -> None:
        """Put a card of rows at the end."""
        self.body.addWidget(Group(title, *rows))

    def finish(self) -> None:
        """Leave the rest of the room free, and show what holds now."""
        self.body.addStretch(1)
        self._show_options()

    def refresh(self) -> None:
        """Ask anew for what lies in the archive; most sections have nothing there."""

    def row(self, option: str, *controls: QWidget, effect: str = "") -> SettingRow:
        """A row for an option, by the words it has in the settings."""
        words = WORDS[option]
        row = SettingRow(tr(words["title"]), effect or tr(words["effect"]), *controls)
        row.offer_default(lambda: self.change(option, getattr(DEFAULTS, option)))

        def follow() -> None:
            value = getattr(self.desk.options.value, option)
            row.default.setVisible(value != getattr(DEFAULTS, option))

        self._follow.append(follow)
        return row

    def follow(self, show: Callable[[], None]) -> None:
        """Show an option's value now and whenever it changes."""
        self._follow.append(show)

    def change(self, option: str, value: Any) -> None:  # noqa: ANN401 (a field of Settings)
        """Change an option, with a way back."""
        before = getattr(self.desk.options.value, option)
        if before == value:
            return
        words = tr("{name} changed", name=tr(WORDS[option]["title"]))
        self.step(words, lambda: self._set(option, value), lambda: self._set(option, before))

    def step(self, words: str, do: Callable[[], None], back: Callable[[], None]) -> None:
        """Do something that can be taken back."""
        try:
            self.desk.undo.push(Step(words, do, back))
        except UserError as error:
            self.failed.emit(error)
            self._show_options()

    def replace(self, old: Some | None, new: Some | None, words: str) -> None:
        """Put an entry in the place of another; ``None`` on one side adds or takes away."""
        own = self.desk.own
        stood: list[Some | None] = []

        def do() -> None:
            if old is not None:
                own.take(old)
            stood[:] = [own.put(new)] if new is not None else []
            self._told_of(new or old)

        def back() -> None:
            if new is not None:
                own.restore(new, stood[0])
            if old is not None:
                own.put(old)
            self._told_of(new or old)

        self.step(words, do, back)

    def ask(self, slot: str, ask: Callable[[Reader], Any], answer: Callable[[Any], None]) -> None:
        """Put a question to the archive."""
        self.desk.jobs.ask(f"settings {slot}", ask, answer, self.failed.emit)

    def _told_of(self, entry: Some | None) -> None:
        if entry is not None:
            self.told.emit(frozenset({entry.TABLE}))
        self.refresh()

    def _set(self, option: str, value: Any) -> None:  # noqa: ANN401 (a field of Settings)
        self.desk.options.change(**{option: value})
        self.reckoned.emit()

    def _show_options(self) -> None:
        for show in self._follow:
            show()
