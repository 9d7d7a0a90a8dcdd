"""The menu bar: every action with its words and keys, in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QUndoStack
from PySide6.QtWidgets import QMainWindow, QMenu

from tokenmirror.language import mark, tr

Keys = QKeySequence.StandardKey


@dataclass(frozen=True)
class Item:
    """One action; ``keys`` are portable texts or standard keys, the first is shown."""

    name: str
    words: str
    keys: tuple[str | QKeySequence.StandardKey, ...] = ()
    group: str = ""


FILE = (
    Item("read", mark("&Read logs now"), ("F5",)),
    Item("settings", mark("&Settings…"), (Keys.Preferences, "Ctrl+,")),
    Item("", ""),
    Item("quit", mark("&Quit"), (Keys.Quit, "Ctrl+Q")),
)
EDIT = (
    Item("copy", mark("&Copy"), (Keys.Copy,)),
    Item("find", mark("&Find"), (Keys.Find,)),
    Item("", ""),
    Item("note", mark("Add a &note…"), ("Ctrl+Shift+N",)),
)
PERIOD = (
    Item("period_back", mark("&Earlier"), ("[",)),
    Item("period_on", mark("&Later"), ("]",)),
    Item("period_choose", mark("&Choose a period…"), ("Ctrl+Shift+P",)),
)
THEME = (
    Item("theme_system", mark("As the &system has it"), group="theme"),
    Item("theme_light", mark("&Light"), group="theme"),
    Item("theme_dark", mark("&Dark"), group="theme"),
)
TEXT = (
    Item("larger", mark("&Larger"), (Keys.ZoomIn, "Ctrl+=")),
    Item("smaller", mark("&Smaller"), (Keys.ZoomOut,)),
    Item("normal_size", mark("&100 %"), ("Ctrl+0",)),
)
PANES = (
    Item("sidebar", mark("Narrow &sidebar"), ("Ctrl+B",)),
    Item("detail", mark("Detail &pane"), ("Ctrl+I",)),
    Item("regions", mark("&Next part of the window"), ("F6",)),
    Item("regions_back", mark("P&revious part of the window"), ("Shift+F6",)),
)
GO = (
    Item("back", mark("&Back"), ("Alt+Left", "Back")),
    Item("forward", mark("&Forward"), ("Alt+Right", "Forward")),
    Item("today", mark("&Today"), ("Ctrl+T",)),
)
HELP = (
    Item("counted", mark("&How things are counted")),
    Item("keyboard", mark("&Keyboard"), ("F1",)),
    Item("changes", mark("&Recent changes")),
    Item("sample", mark("Look around with &sample data")),
    Item("", ""),
    Item("about", mark("&About TokenMirror")),
)
CHECKABLE = frozenset({"theme_system", "theme_light", "theme_dark", "sidebar", "detail"})


class Menus:
    """Makes the menu bar of a window; ``actions`` by name, pages by ``page:KEY``."""

    def __init__(
        self, window: QMainWindow, pages: Sequence[tuple[str, str, str]], undo: QUndoStack
    ) -> None:
        self.actions: dict[str, QAction] = {}
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        bar = window.menuBar()
        self._fill(bar.addMenu(tr("&File")), FILE)
        edit = bar.addMenu(tr("&Edit"))
        self._undo(edit, undo)
        self._fill(edit, EDIT)
        view = bar.addMenu(tr("&View"))
        for key, title, shortcut in pages:
            self._add(view, Item(f"page:{key}", title, (shortcut,)))
        view.addSeparator()
        self._fill(view.addMenu(tr("&Period")), PERIOD)
        self._fill(view.addMenu(tr("&Theme")), THEME)
        self._fill(view.addMenu(tr("Te&xt size")), TEXT)
        view.addSeparator()
        self._fill(view, PANES)
        self._fill(bar.addMenu(tr("&Go")), GO)
        self._fill(bar.addMenu(tr("&Help")), HELP)

    def keyboard(self) -> list[tuple[str, str]]:
        """Every action with its keys, as words, in the order of the menus."""
        return [
            (action.text().replace("&", ""), _native(action))
            for action in self.actions.values()
            if action.shortcuts()
        ]

    def enable(self, states: Mapping[str, bool]) -> None:
        """Switch actions on or off by name."""
        for name, enabled in states.items():
            self.actions[name].setEnabled(enabled)

    def _undo(self, menu: QMenu, undo: QUndoStack) -> None:
        for name, action, keys in (
            ("undo", undo.createUndoAction(self._window, tr("&Undo")), Keys.Undo),
            ("redo", undo.createRedoAction(self._window, tr("Re&do")), Keys.Redo),
        ):
            action.setShortcuts(QKeySequence.keyBindings(keys))
            self.actions[name] = action
            menu.addAction(action)
        menu.addSeparator()

    def _fill(self, menu: QMenu, items: Sequence[Item]) -> None:
        for item in items:
            if item.name:
                self._add(menu, item)
            else:
                menu.addSeparator()

    def _add(self, menu: QMenu, item: Item) -> None:
        action = QAction(tr(item.words), self._window)
        action.setShortcuts(_sequences(item.keys))
        action.setCheckable(item.name in CHECKABLE)
        if item.group:
            group = self._groups.setdefault(item.group, QActionGroup(self._window))
            group.addAction(action)
        menu.addAction(action)
        self.actions[item.name] = action


def _sequences(keys: Sequence[str | QKeySequence.StandardKey]) -> list[QKeySequence]:
    found: list[QKeySequence] = []
    for key in keys:
        bound = [QKeySequence(key)] if isinstance(key, str) else QKeySequence.keyBindings(key)
        found += [sequence for sequence in bound if sequence not in found]
    return found


def _native(action: QAction) -> str:
    texts = [keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts()]
    return ", ".join(texts[:2])
