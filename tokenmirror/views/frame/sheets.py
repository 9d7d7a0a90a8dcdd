"""What opens over the window: help sheets, and the settings in a window of their own."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from tokenmirror.views.desk import Desk

if TYPE_CHECKING:
    from tokenmirror.views.settings.window import SettingsWindow


class Sheets:
    """Opens them for a window; their modules are loaded when they are first wanted."""

    def __init__(
        self,
        window: QWidget,
        desk: Desk,
        told: Callable[[frozenset[str]], None],
        reckoned: Callable[[], None],
    ) -> None:
        self._window, self._desk = window, desk
        self._told, self._reckoned = told, reckoned
        self._settings: SettingsWindow | None = None

    def counted(self) -> None:
        """How things are counted."""
        self._help().CountingSheet(self._window).open()

    def keyboard(self, actions: list[tuple[str, str]]) -> None:
        """All keys."""
        self._help().KeyboardSheet(actions, self._window).open()

    def recent(self, changes: list[str]) -> None:
        """What was done in this window."""
        self._help().RecentSheet(changes, self._window).open()

    def about(self) -> None:
        """What this is."""
        self._help().AboutSheet(self._window).open()

    def settings(self, section: str = "") -> SettingsWindow:
        """The settings, at a section or where they were."""
        from tokenmirror.views.settings.window import SettingsWindow  # late: start-up time

        if self._settings is None:
            self._settings = SettingsWindow(self._desk, self._window)
            self._settings.told.connect(self._told)
            self._settings.reckoned.connect(self._reckoned)
        self._settings.show()
        self._settings.raise_()
        self._settings.activateWindow()
        if section:
            self._settings.open_section(section)
        return self._settings

    def note(self) -> None:
        """A new note, in the settings where all of them are."""
        from tokenmirror.views.settings.notes import NotesSection  # late: start-up time

        section = self.settings("notes").sections["notes"]
        assert isinstance(section, NotesSection)
        section.edit_note(None)

    def entries_changed(self) -> None:
        """Show again what the settings show of the archive: something was taken back."""
        if self._settings is not None and self._settings.isVisible():
            self._settings.refresh()

    @staticmethod
    def _help() -> ModuleType:
        return importlib.import_module("tokenmirror.views.frame.help")
