"""Sheets of the Help menu: counting, keyboard, recent changes, about."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QScrollArea,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from tokenmirror import __version__, paths
from tokenmirror.language import mark, tr
from tokenmirror.views import theme
from tokenmirror.views.widgets.buttons import Button
from tokenmirror.views.widgets.text import Text

HELP = (
    ("measures", mark("How figures are counted")),
    ("privacy", mark("Privacy")),
    ("formats", mark("Logs that are read")),
    ("keyboard", mark("Keyboard")),
)
CHART_KEYS = (
    (mark("Left, Right"), mark("one step in a chart")),
    (mark("Up, Down"), mark("another row or series of a chart")),
    (mark("Home, End, Page Up, Page Down"), mark("first, last, four steps")),
    (mark("Enter"), mark("open what is behind a figure")),
    (mark("T"), mark("a chart as a table")),
    (mark("Esc"), mark("close what is open on top")),
)


class Sheet(QDialog):
    """A dialog with a heading and a Close button; Esc closes it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        look = theme.current()
        self.rows = QVBoxLayout(self)
        side = look.px(24)
        self.rows.setContentsMargins(side, look.px(18), side, look.px(18))
        self.rows.setSpacing(look.px(12))
        self.rows.addWidget(Text(title, "title"))

    def finish(self, *buttons: Button) -> None:
        """Add the row of buttons, Close at its end."""
        row = QHBoxLayout()
        row.addStretch(1)
        for button in buttons:
            row.addWidget(button)
        close = Button(tr("Close"))
        close.setShortcut(QKeySequence(QKeySequence.StandardKey.Close))
        close.clicked.connect(self.close)
        row.addWidget(close)
        self.rows.addLayout(row)


class CountingSheet(Sheet):
    """The help pages that come with the program, as they lie in ``resources/help``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("How things are counted"), parent)
        look = theme.current()
        self.resize(look.px(920), look.px(640))
        self._names = [
            (name, title) for name, title in HELP if paths.resource(f"help/{name}.md").is_file()
        ]
        self._list = QListWidget()
        self._list.setAccessibleName(tr("Help pages"))
        self._list.addItems([tr(title) for _, title in self._names])
        self._list.setMaximumWidth(look.px(220))
        self._page = QTextBrowser()
        self._page.setAccessibleName(tr("Help page"))
        self._page.setOpenLinks(False)  # nothing here leaves the machine
        self._page.setFrameShape(QFrame.Shape.NoFrame)
        parts = QSplitter()
        parts.addWidget(self._list)
        parts.addWidget(self._page)
        parts.setStretchFactor(1, 1)
        self.rows.addWidget(parts, 1)
        self._list.currentRowChanged.connect(self._show)
        self._list.setCurrentRow(0)
        self.finish()

    def _show(self, row: int) -> None:
        if row < 0:
            return
        name, _ = self._names[row]
        file = paths.resource(f"help/{name}.md")
        self._page.document().setBaseUrl(QUrl.fromLocalFile(str(file.parent) + "/"))
        self._page.setMarkdown(file.read_text("utf-8"))


class KeyboardSheet(Sheet):
    """Every action with its keys, and the keys that charts share."""

    def __init__(self, actions: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(tr("Keyboard"), parent)
        look = theme.current()
        self.resize(look.px(560), look.px(620))
        body = QWidget()
        grid = QGridLayout(body)
        grid.setHorizontalSpacing(look.px(20))
        grid.setVerticalSpacing(look.px(6))
        grid.setColumnStretch(1, 1)
        rows = [(keys, words) for words, keys in actions]
        rows += [(tr(keys), tr(words)) for keys, words in CHART_KEYS]
        for place, (keys, words) in enumerate(rows):
            grid.addWidget(Text(keys, "label", "text2"), place, 0)
            grid.addWidget(Text(words), place, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setAccessibleName(tr("Keyboard"))
        area.setWidget(body)
        self.rows.addWidget(area, 1)
        self.finish()


class RecentSheet(Sheet):
    """What was done in this window since it opened, newest first."""

    def __init__(self, changes: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(tr("Recent changes"), parent)
        look = theme.current()
        self.resize(look.px(480), look.px(360))
        if changes:
            listed = QListWidget()
            listed.setAccessibleName(tr("Recent changes"))
            listed.addItems(list(reversed(changes)))
            self.rows.addWidget(listed, 1)
        else:
            self.rows.addWidget(
                Text(tr("Nothing was changed in this window yet."), "body", "text2")
            )
            self.rows.addStretch(1)
        self.finish()


class AboutSheet(Sheet):
    """What this is, its version, and the fact about the network."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("About TokenMirror"), parent)
        self.setMinimumWidth(theme.current().px(460))
        self.rows.addWidget(Text(tr("Version {version}", version=__version__), "body", "text2"))
        for words in (
            mark("A private mirror of your own use of AI coding tools."),
            mark("This app opens no connections. What it reads stays on this computer."),
        ):
            self.rows.addWidget(Text(tr(words), wraps=True))
        self.rows.addWidget(Text(versions(), "note", "text3", wraps=True, selectable=True))
        self.finish()


def versions() -> str:
    """The versions a report needs, without anything of the person's."""
    names = ("PySide6_Essentials", "pyqtgraph", "numpy")
    found = [f"{name} {metadata.version(name)}" for name in names]
    return ", ".join([f"Python {platform.python_version()}", *found, platform.system()])
