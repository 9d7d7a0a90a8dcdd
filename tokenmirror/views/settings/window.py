"""The settings in a window of their own: what is changed holds at once, and can be undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from tokenmirror.errors import UserError
from tokenmirror.language import tr
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.frame.sidebar import ENTRY, Entry, PageList, PageRows, SidebarModel
from tokenmirror.views.settings.check_in import CheckInSection
from tokenmirror.views.settings.counting import CountingSection
from tokenmirror.views.settings.notes import NotesSection
from tokenmirror.views.settings.prices import PricesSection
from tokenmirror.views.settings.rows import SettingRow
from tokenmirror.views.settings.section import Section
from tokenmirror.views.settings.time import TimeSection
from tokenmirror.views.widgets.messages import InlineMessage
from tokenmirror.views.widgets.text import Text

SECTIONS: dict[str, tuple[str, Callable[[Desk], Section]]] = {
    "time": ("time", TimeSection),
    "counting": ("tasks", CountingSection),
    "prices": ("cost", PricesSection),
    "notes": ("edit", NotesSection),
    "check_in": ("chat", CheckInSection),
}


class SettingsWindow(QDialog):
    """Search and sections at the left, one section at the right.

    ``told`` carries the tables in which the person changed something, ``reckoned`` comes
    when all figures have to be counted anew.
    """

    told = Signal(object)
    reckoned = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        look = theme.current()
        self.resize(look.px(960), look.px(720))
        self.desk = desk
        self.sections: dict[str, Section] = {}
        self._stack = QStackedWidget()
        self._message = InlineMessage("problem", "")
        self._message.hide()
        for key, (_icon, kind) in SECTIONS.items():
            self._add(key, kind(desk))
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self._side())
        right = QVBoxLayout()
        right.setSpacing(0)
        holder = QHBoxLayout()
        holder.setContentsMargins(look.px(28), look.px(10), look.px(28), 0)
        holder.addWidget(self._message)
        right.addLayout(holder)
        right.addWidget(self._stack, 1)
        across.addLayout(right, 1)
        self._undo_keys()
        self.open_section("time")

    def open_section(self, key: str) -> Section:
        """Show a section, with what lies in the archive now."""
        row = self._model.row_of(key)
        if row >= 0 and self.list.currentIndex().row() != row:
            self.list.setCurrentIndex(self._model.index(row, 0))  # opens it in turn
            return self.sections[key]
        section = self.sections[key]
        self._message.hide()
        self._stack.setCurrentIndex(list(self.sections).index(key))
        section.refresh()
        return section

    def refresh(self) -> None:
        """Ask anew for what lies in the archive: something was undone."""
        for section in self.sections.values():
            section.refresh()

    def message(self, error: UserError) -> None:
        """Say what went wrong over the section."""
        self._message.say(f"{error.what} {error.advice}".strip())
        self._message.show()

    def _add(self, key: str, section: Section) -> None:
        self.sections[key] = section
        section.told.connect(self.told)
        section.reckoned.connect(self.reckoned)
        section.failed.connect(self.message)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(section.title)
        section.setProperty("part", "page")
        area.setWidget(section)
        self._stack.addWidget(area)

    def _side(self) -> QFrame:
        look = theme.current()
        side = QFrame()
        side.setProperty("part", "sidebar")
        side.setFixedWidth(look.px(208))
        rows = QVBoxLayout(side)
        rows.setContentsMargins(look.px(12), look.px(16), look.px(12), look.px(14))
        rows.setSpacing(look.px(12))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search settings"))
        self.search.setAccessibleName(tr("Search settings"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._find)
        rows.addWidget(self.search)
        entries = [
            Entry(key, self.sections[key].title, icon) for key, (icon, _) in SECTIONS.items()
        ]
        self._model = SidebarModel(entries, self)
        self.list = _made_list(self._model)
        self.list.selectionModel().currentChanged.connect(self._chosen)
        rows.addWidget(self.list, 1)
        self._nothing = Text(tr("No setting has these words."), "note", "text3", wraps=True)
        self._nothing.hide()
        rows.addWidget(self._nothing)
        return side

    def _undo_keys(self) -> None:
        for keys, slot in (
            (QKeySequence.StandardKey.Undo, self.desk.undo.undo),
            (QKeySequence.StandardKey.Redo, self.desk.undo.redo),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self.search.setFocus)
        close = QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self)
        close.activated.connect(self.close)

    def _chosen(self) -> None:
        entry = self.list.currentIndex().data(ENTRY)
        if entry is not None:
            self.open_section(entry.key)

    def _find(self, words: str) -> None:
        """Dim what a search does not mean, and open the first section that holds it."""
        wanted = words.strip()
        first = ""
        for key, section in self.sections.items():
            rows = section.findChildren(SettingRow)
            held = [row for row in rows if row.holds(wanted)]
            named = wanted.casefold() in section.title.casefold()
            for row in rows:
                row.setVisible(not wanted or named or row in held)
            first = first or (key if held or named else "")
        self._nothing.setVisible(bool(wanted) and not first)
        if wanted and first:
            self.open_section(first)


def _made_list(model: SidebarModel) -> QListView:
    listed = PageList()
    listed.setAccessibleName(tr("Sections"))
    listed.setModel(model)
    listed.setItemDelegate(PageRows(listed))
    listed.setMouseTracking(True)
    listed.setFrameShape(QFrame.Shape.NoFrame)
    listed.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    listed.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return listed
