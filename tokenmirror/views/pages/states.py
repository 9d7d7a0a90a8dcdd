"""What a page shows when there is no answer: nothing yet, waiting, or a fault."""

from __future__ import annotations

from functools import partial
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from tokenmirror.errors import UserError
from tokenmirror.language import tr
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.reading_card import ReadingCard
from tokenmirror.views.widgets.empty_state import EmptyState

Offer = Literal["consent", "sample", "read", "again", "nearest", "clear"]


class StateView(QWidget):
    """One of: an empty state with its offers, a wait with skeletons, a fault with its advice."""

    offered = Signal(str)  # Offer

    def __init__(self, desk: Desk, skeleton: QWidget) -> None:
        super().__init__()
        self._stack = QStackedLayout(self)
        self._wait = _waiting(desk, skeleton)
        self._stack.addWidget(self._wait)
        self._empty: EmptyState | None = None
        self._offers: tuple[Offer, ...] = ()

    def waiting(self) -> None:
        """Show how far the reading is over grey shapes of what will come."""
        self._stack.setCurrentWidget(self._wait)

    def empty(self, title: str, why: str, offers: tuple[tuple[Offer, str], ...]) -> None:
        """Show why there is nothing, with up to two ways on."""
        if self._empty is not None:
            self._stack.removeWidget(self._empty)
            self._empty.deleteLater()
        self._offers = tuple(offer for offer, _ in offers)
        words = [words for _, words in offers] + ["", ""]
        self._empty = EmptyState(title, why, words[0], words[1])
        self._empty.setProperty("part", "page")
        self._empty.acted.connect(self._first)
        self._empty.second.connect(self._second)
        self._stack.addWidget(self._empty)
        self._stack.setCurrentWidget(self._empty)

    def fault(self, error: UserError) -> None:
        """Show a fault of the world over the whole page."""
        self.empty(error.what, error.advice, (("again", tr("Try again")),))

    def _first(self) -> None:
        self.offered.emit(self._offers[0])

    def _second(self) -> None:
        self.offered.emit(self._offers[1])


def _waiting(desk: Desk, skeleton: QWidget) -> QWidget:
    look = theme.current()
    content = QWidget()
    content.setProperty("part", "page")
    rows = QVBoxLayout(content)
    rows.setContentsMargins(look.px(28), look.px(6), look.px(28), look.px(28))
    rows.setSpacing(look.px(14))
    rows.addWidget(ReadingCard(desk))
    rows.addWidget(skeleton)
    rows.addStretch(1)
    content.setMaximumWidth(look.size("contentMax") + 2 * look.px(28))
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setAccessibleName(tr("Still reading"))
    area.setWidget(content)
    area.verticalScrollBar().rangeChanged.connect(partial(keep_right_edge, area))
    return area


def keep_right_edge(area: QScrollArea, *_range: int) -> None:
    """Give the scroll bar its room from the margin, so that cards end where the header does."""
    content = area.widget()
    layout = content.layout() if content is not None else None
    if layout is not None:
        bar = area.verticalScrollBar()
        taken = bar.sizeHint().width() if bar.maximum() > 0 else 0
        margins = layout.contentsMargins()
        margins.setRight(max(theme.current().px(28) - taken, 0))
        layout.setContentsMargins(margins)
