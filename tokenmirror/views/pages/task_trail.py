"""The part of a task's detail that follows it from prompt to the lines still there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from tokenmirror.language import tr
from tokenmirror.measures.listing.detail import TaskDetail
from tokenmirror.views import theme
from tokenmirror.views.charts.stood import StoodChart
from tokenmirror.views.elided import Elided
from tokenmirror.views.pages.trail_words import FileWords, IdWords, stood_words, trail_words
from tokenmirror.views.widgets.buttons import IconButton
from tokenmirror.views.widgets.marks import Nested, NestedBar
from tokenmirror.views.widgets.messages import announce
from tokenmirror.views.widgets.text import Text


class TaskTrail(QWidget):
    """Sessions, files, commits, shipped changes and the lines day by day, in this order."""

    def __init__(self, source_name: Callable[[str], str]) -> None:
        super().__init__()
        self._source_name = source_name
        look = theme.current()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(look.px(6))
        self._sessions = _group(rows, tr("Sessions"))
        self._files = _group(rows, tr("Lines by file"))
        self._commits = _group(rows, tr("Commits"))
        self._changes = _group(rows, tr("Shipped changes"))
        rows.addWidget(Text(tr("Lines over time"), "label", "text2"))
        self.stood = StoodChart()
        self._readout = Text(kind="note", tone="text2", wraps=True)
        self.stood.read.connect(self._readout.setText)
        rows.addWidget(self.stood)
        rows.addWidget(self._readout)

    def show_trail(self, detail: TaskDetail, zone: ZoneInfo) -> None:
        """Follow this task."""
        said = trail_words(detail, zone, self._source_name)
        _fill(self._sessions, [_id_line(one) for one in said.sessions])
        files = [_file_line(one) for one in said.files]
        _fill(self._files, [*files, *_notes([said.no_files, said.more_files])])
        commits = [_id_line(one) for one in said.commits]
        none = "" if commits else tr("No commit holds its lines.")
        _fill(self._commits, [*commits, *_notes([said.more_commits, none])])
        none = "" if said.changes else tr("None of it reached the main line.")
        _fill(self._changes, _notes([*said.changes, *said.undone, none]))
        drawn = len(detail.trail.stood) > 1
        self.stood.show_days(detail.trail.stood if drawn else ())
        self.stood.setVisible(drawn)
        self._readout.setText(stood_words(detail.trail))


class IdLine(QWidget):
    """A short id that can be copied whole, and what is said of it."""

    def __init__(self, said: IdWords) -> None:
        super().__init__()
        self._id = said.id
        look = theme.current()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(6))
        short = Text(said.short, "mono", "text2", selectable=True)
        short.setToolTip(said.id)
        words = Text(said.words, "note", wraps=True)
        self.copying = IconButton("copy", said.spoken, "text3", 14)
        self.copying.clicked.connect(self._copy)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(short, 0, top)
        row.addWidget(words, 1, top)
        row.addWidget(self.copying, 0, top)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._id)
        announce(self, tr("Copied."))


def _group(rows: QVBoxLayout, title: str) -> QVBoxLayout:
    rows.addWidget(Text(title, "label", "text2"))
    holder = QWidget()
    holder.setAccessibleName(title)
    inner = QVBoxLayout(holder)
    inner.setContentsMargins(0, 0, 0, theme.current().px(4))
    inner.setSpacing(theme.current().px(4))
    rows.addWidget(holder)
    return inner


def _fill(group: QLayout, parts: Sequence[QWidget]) -> None:
    while (item := group.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
    for part in parts:
        group.addWidget(part)


def _notes(words: Sequence[str]) -> list[QWidget]:
    return [Text(said, "note", wraps=True, selectable=True) for said in words if said]


def _id_line(said: IdWords) -> QWidget:
    return IdLine(said)


def _file_line(said: FileWords) -> QWidget:
    look = theme.current()
    holder = QWidget()
    rows = QVBoxLayout(holder)
    rows.setContentsMargins(0, 0, 0, look.px(2))
    rows.setSpacing(look.px(1))
    head = QHBoxLayout()
    head.setSpacing(look.px(8))
    head.addWidget(Elided(said.path), 1)
    if said.counts is not None:
        bar = NestedBar()
        bar.show_lines(Nested(*said.counts))
        head.addWidget(bar)
    rows.addLayout(head)
    rows.addWidget(Text(said.words, "note", "text2", wraps=True, selectable=True))
    return holder
