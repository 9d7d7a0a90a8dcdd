"""Chips: one per outcome with its count, and removable ones for active filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QWidget,
)

from tokenmirror.language import number, tr
from tokenmirror.views.painting import fill, words
from tokenmirror.views.theme import current
from tokenmirror.views.widgets.flow import FlowLayout


@dataclass(frozen=True)
class Choice:
    """One chip: its key, word and count, and the name of its fill ("outcome.shipped")."""

    key: str
    word: str
    count: int | None = None
    fill: str = ""


def mark_icon(fill_name: str, size: int = 10) -> QIcon:
    """A small square in one of the fills, as an icon for menus and chips."""
    theme = current()
    side, ratio = theme.px(size), 2
    pixmap = QPixmap(side * ratio, side * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    fill(painter, QRectF(0, 0, side, side), theme.fill(fill_name), radius=2)
    painter.end()
    return QIcon(pixmap)


class Chip(QPushButton):
    """A word with a colour mark before and a count behind it; checked when it filters."""

    def __init__(self, choice: Choice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = choice
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setProperty("part", "chip")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_count(choice.count)

    def set_count(self, count: int | None) -> None:
        """Show another count."""
        self._count = "" if count is None else number(count)
        name = self.choice.word
        self.setAccessibleName(tr("{name}, {n}", name=name, n=self._count) if self._count else name)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = current()
        word = QFontMetricsF(theme.font("note", weight=500)).horizontalAdvance(self.choice.word)
        count = QFontMetricsF(theme.font("note", tabular=True)).horizontalAdvance(self._count)
        mark = theme.px(16) if self.choice.fill else 0
        gap = theme.px(6) if self._count else 0
        return QSize(round(2 * theme.px(11) + mark + word + gap + count) + 1, theme.size("target"))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        style = self.style()
        style.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option, painter, self)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        area = QRectF(self.rect()).adjusted(theme.px(11), 0, -theme.px(11), 0)
        near = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        far = Qt.AlignmentFlag.AlignLeft if mirrored else Qt.AlignmentFlag.AlignRight
        tone = "text" if self.isChecked() else "text2"
        words(painter, area, self._count, theme.font("note", tabular=True), "text3", far)
        if self.choice.fill:
            side = theme.px(10)
            left = area.right() - side if mirrored else area.left()
            square = QRectF(left, round(area.center().y() - side / 2), side, side)
            fill(painter, square, theme.fill(self.choice.fill), radius=2)
            shift = theme.px(16)
            area.adjust(0 if mirrored else shift, 0, -shift if mirrored else 0, 0)
        words(painter, area, self.choice.word, theme.font("note", weight=500), tone, near)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)


class ChipRow(QWidget):
    """Chips of which one is chosen, or several with Ctrl; the first, ``all``, clears them.

    ``chosen`` carries the keys as a frozenset; empty means all.
    """

    chosen = Signal(object)

    def __init__(self, all_word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(self, 6, 6)
        self._all = Chip(Choice("", all_word))
        self._all.clicked.connect(self._clicked)
        self._flow.addWidget(self._all)
        self._chips: list[Chip] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_keys(frozenset())

    def show_choices(self, choices: Sequence[Choice], total: int | None = None) -> None:
        """Show these chips; what was chosen stays chosen where it is still there."""
        keys = self.keys()
        self._all.set_count(total)
        if [chip.choice.key for chip in self._chips] != [choice.key for choice in choices]:
            for chip in self._chips:
                self._flow.removeWidget(chip)
                chip.deleteLater()
            self._chips = [Chip(choice, self) for choice in choices]
            for chip in self._chips:
                chip.clicked.connect(self._clicked)
                self._flow.addWidget(chip)
                chip.show()
        else:
            for chip, choice in zip(self._chips, choices, strict=True):
                chip.set_count(choice.count)
        self.set_keys(keys)

    def keys(self) -> frozenset[str]:
        """What is chosen; empty means all."""
        return frozenset(chip.choice.key for chip in self._chips if chip.isChecked())

    def set_keys(self, keys: frozenset[str]) -> None:
        """Choose these without telling."""
        for chip in self._chips:
            chip.setChecked(chip.choice.key in keys)
        self._all.setChecked(not self.keys())

    def _clicked(self) -> None:
        chip = self.sender()
        several = bool(QApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier)
        if isinstance(chip, Chip):
            if chip is self._all:
                keys: frozenset[str] = frozenset()
            elif several:
                keys = self.keys()
            else:
                keys = frozenset({chip.choice.key} if chip.isChecked() else ())
            self.set_keys(keys)
        self.chosen.emit(self.keys())


class FilterChip(QPushButton):
    """An active filter in words; a click takes it away (``clicked``)."""

    def __init__(self, words_of_filter: str, parent: QWidget | None = None) -> None:
        super().__init__(words_of_filter, parent)
        self.setProperty("part", "chip")
        self.setAutoDefault(False)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the cross stands behind
        self.setAccessibleName(tr("Remove filter: {words}", words=words_of_filter))
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:
            self._refresh()
        super().changeEvent(event)

    def _refresh(self) -> None:
        self.setIcon(current().icon("close", "text2", 14))
        side = current().px(14)
        self.setIconSize(QSize(side, side))
