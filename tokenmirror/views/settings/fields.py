"""Fields that say what is wrong with what was typed: money, days, times, choices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QMenu, QSpinBox, QWidget

from tokenmirror.errors import UserError
from tokenmirror.language import tr
from tokenmirror.views import theme
from tokenmirror.views.widgets.buttons import Button

NOTHING = "Nothing was changed."


class Choose(Button):
    """A button that shows what is chosen and opens the other choices under it."""

    chosen = Signal(str)

    def __init__(
        self, name: str, choices: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__("", parent=parent)
        self._name = name
        self._choices = tuple(choices)
        self.key = ""
        self.point_down()
        self.setMinimumWidth(theme.current().px(128))
        self.clicked.connect(self._open)
        self.show_key(self._choices[0][0] if self._choices else "")

    def show_key(self, key: str) -> None:
        """Show this choice, without telling it."""
        self.key = key
        words = dict(self._choices).get(key, key)
        self.setText(words)
        self.setAccessibleName(tr("{name}: {words}", name=self._name, words=words))

    def _open(self) -> None:
        menu = QMenu(self)
        for key, words in self._choices:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(key == self.key)
            action.setData(key)
        menu.triggered.connect(self._picked)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height() + 4)))

    def _picked(self, action: QAction) -> None:
        key = str(action.data())
        if key != self.key:
            self.show_key(key)
            self.chosen.emit(key)


class Number(QSpinBox):
    """A whole number with its unit; ``chosen`` comes when it is left or stepped."""

    chosen = Signal(int)

    def __init__(self, name: str, low: int, high: int, unit: str = "") -> None:
        super().__init__()
        self.setRange(low, high)
        self.setAccessibleName(name)
        self.setSuffix(f" {unit}" if unit else "")
        self.setKeyboardTracking(False)
        self.setFixedWidth(theme.current().px(128))
        self.valueChanged.connect(self.chosen)

    def show_value(self, value: int) -> None:
        """Show a value, without telling it."""
        self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(False)


class Line(QLineEdit):
    """One line of text; ``chosen`` comes with Enter or when it is left after a change."""

    chosen = Signal(str)

    def __init__(self, name: str, hint: str = "", width: int = 128) -> None:
        super().__init__()
        self._shown = ""
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setMinimumWidth(theme.current().px(width))
        self.editingFinished.connect(self._told)

    def show_text(self, text: str) -> None:
        """Show a text, without telling it."""
        self._shown = text
        self.setText(text)

    def _told(self) -> None:
        if self.text().strip() != self._shown:
            self._shown = self.text().strip()
            self.chosen.emit(self._shown)


def money_nusd(text: str) -> int | None:
    """An amount in dollars as nano-dollars, ``None`` for an empty field.

    Raises ``UserError`` for what is no amount.
    """
    plain = text.strip().removeprefix("$").replace("\u00a0", "").replace(" ", "")
    if not plain:
        return None
    if "," in plain and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        exact = Decimal(plain.replace(",", "")) * 10**9
    except InvalidOperation:
        raise UserError(
            tr("“{text}” is no amount. Write it like 2.50.", text=text), NOTHING
        ) from None
    if not exact.is_finite() or exact != int(exact):
        raise UserError(tr("“{text}” is finer than can be kept.", text=text), NOTHING)
    return int(exact)


def money_text(nusd: int | None) -> str:
    """Nano-dollars as a person types them, "" for none."""
    if nusd is None:
        return ""
    text = f"{Decimal(nusd) / 10**9:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day_of(text: str) -> date | None:
    """A day written like 2026-10-31, ``None`` for an empty field.

    Raises ``UserError`` for what is no day.
    """
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        words = tr("“{text}” is no day. Write it like 2026-10-31.", text=text)
        raise UserError(words, NOTHING) from None


def hours_of(text: str) -> float | None:
    """A number of hours, ``None`` for an empty field.

    Raises ``UserError`` for what is no number.
    """
    if not text.strip():
        return None
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        words = tr("“{text}” is no number of hours. Write it like 2.5.", text=text)
        raise UserError(words, NOTHING) from None
