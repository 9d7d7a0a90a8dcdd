"""The third tab of Sources: measures A1 to A6 in words, and what moved of the past (A8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from tokenmirror.language import mark, number, tr
from tokenmirror.measures import contradictions, recounts, registry
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.views import theme
from tokenmirror.views.widgets.card import Card
from tokenmirror.views.widgets.text import Hairline, Text

IDS = ("A1", "A2", "A3", "A4", "A5", "A6", "A8")
LISTED = {"A6": contradictions.listed, "A8": recounts.listed}
MOST = 20  # of a list, here; the command line has all


@dataclass(frozen=True)
class Line:
    """One measure: what it is called, what it says, what that means, and the cases behind it."""

    id: str
    title: str
    sentence: str
    means: str
    cases: tuple[str, ...] = ()


def completeness(db: Reader, scope: Scope) -> tuple[Line, ...]:
    """What each of the completeness measures says of a scope."""
    found = []
    for measure in (registry.by_id(each) for each in IDS if registry.has(each)):
        said = measure.answer(db, scope).sentence
        cases = LISTED[measure.id](db, scope) if measure.id in LISTED else []
        found.append(Line(measure.id, measure.title, said, measure.means, _some(cases)))
    return tuple(found)


def _some(cases: Sequence[str]) -> tuple[str, ...]:
    """The first of a list, and how many more there are."""
    if len(cases) <= MOST:
        return tuple(cases)
    more = tr(mark("And {n} more: see tokenmirror sources."), n=number(len(cases) - MOST))
    return (*cases[:MOST], more)


class CompletenessTab(QWidget):
    """A card of sentences."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("part", "page")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        self._card = Card()
        self._grid = QGridLayout()
        look = theme.current()
        self._grid.setHorizontalSpacing(look.px(20))
        self._grid.setVerticalSpacing(look.px(8))
        self._grid.setColumnMinimumWidth(0, look.px(150))
        self._grid.setColumnStretch(1, 1)
        self._card.body.addLayout(self._grid)
        rows.addWidget(self._card)
        rows.addStretch(1)

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show these sentences."""
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for place, line in enumerate(lines):
            at = 3 * place
            if place:
                self._grid.addWidget(Hairline(), at, 0, 1, 2)
            title = Text(tr(line.title), "label", "text2", wraps=True)
            self._grid.addWidget(title, at + 1, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(Text(line.sentence, wraps=True), at + 1, 1)
            below = QVBoxLayout()
            below.addWidget(Text(tr(line.means), "note", "text3", wraps=True))
            for case in line.cases:
                below.addWidget(Text(case, "note", "text2", wraps=True))
            holder = QWidget()
            below.setContentsMargins(0, 0, 0, 0)
            holder.setLayout(below)
            self._grid.addWidget(holder, at + 2, 1)
