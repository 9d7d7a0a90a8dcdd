"""CountingPopover: how a figure is counted, in the words of its measure."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from tokenmirror.language import tr
from tokenmirror.measures.measure import Measure
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.buttons import IconButton, LinkButton
from tokenmirror.views.widgets.filter_bar import Popup
from tokenmirror.views.widgets.text import Hairline, Text


@dataclass(frozen=True)
class Counting:
    """The words of one popover: what is meant, then rows of (label, text)."""

    title: str
    means: str
    rows: tuple[tuple[str, str], ...]
    action: str = ""


def counting(measure: Measure, counted: str = "", *, action: str = "") -> Counting:
    """The words of a measure; ``counted`` says what the shown figure rests on."""
    rows = (
        (tr("How"), tr(measure.how)),
        (tr("Counted"), counted),
        (tr("Left out"), tr(measure.left_out) if measure.left_out else ""),
        (tr("Bias"), tr(measure.bias) if measure.bias else ""),
        (tr("How sure"), tr(measure.interval_unit) if measure.interval_unit else ""),
        (tr("Rule"), tr("{id}, version {n}", id=measure.id, n=measure.version)),
    )
    kept = tuple((label, text) for label, text in rows if text)
    return Counting(tr(measure.title), tr(measure.means), kept, action)


class CountingPopover(Popup):
    """The popover of an "i": closes on Esc, its cross, or a click beside it.

    ``followed`` comes from its action ("Show the tasks").
    """

    followed = Signal()

    def __init__(self, words: Counting, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("How {name} is counted", name=words.title))
        self.setFixedWidth(current().px(372))
        head = QHBoxLayout()
        head.addWidget(Text(words.title, "heading"), 1)
        close = IconButton("close", tr("Close"), "text2")
        close.clicked.connect(self.close)
        head.addWidget(close)
        self.rows.addLayout(head)
        self.rows.addWidget(Text(words.means, "body", wraps=True))
        self.rows.addWidget(Hairline())
        self.rows.addLayout(_rows(words.rows))
        if words.action:
            link = LinkButton(words.action, "body")
            link.clicked.connect(self._follow)
            self.rows.addWidget(link, 0, Qt.AlignmentFlag.AlignLeading)

    def _follow(self) -> None:
        self.close()
        self.followed.emit()


def _rows(rows: tuple[tuple[str, str], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(current().px(12))
    grid.setVerticalSpacing(current().px(6))
    grid.setColumnMinimumWidth(0, current().px(72))
    grid.setColumnStretch(1, 1)
    for place, (label, text) in enumerate(rows):
        grid.addWidget(Text(label, "note", "text2"), place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(Text(text, "body", wraps=True), place, 1)
    return grid
