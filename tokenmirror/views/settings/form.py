"""A small sheet to enter one thing: fields under each other, what is wrong in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QWidget

from tokenmirror.errors import UserError
from tokenmirror.language import tr
from tokenmirror.store import entered
from tokenmirror.store.entered import Entry
from tokenmirror.views import theme
from tokenmirror.views.frame.help import Sheet
from tokenmirror.views.settings.fields import Choose, Line
from tokenmirror.views.widgets.buttons import Button, PrimaryButton
from tokenmirror.views.widgets.messages import announce
from tokenmirror.views.widgets.text import Text


@dataclass(frozen=True)
class Field:
    """One field: its key, name, what stands in it, a hint, and choices where there are some."""

    key: str
    name: str
    value: str = ""
    hint: str = ""
    choices: Sequence[tuple[str, str]] = ()
    note: str = ""


class EntrySheet(Sheet):
    """Asks for one entry; ``make`` turns the texts into it and ``keep`` takes it.

    What cannot be meant is said over the buttons and nothing is closed.
    """

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        make: Callable[[dict[str, str]], Entry],
        keep: Callable[[Entry], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent)
        self._make, self._keep = make, keep
        look = theme.current()
        self.setMinimumWidth(look.px(460))
        self.controls: dict[str, Line | Choose] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(look.px(16))
        grid.setVerticalSpacing(look.px(8))
        grid.setColumnStretch(1, 1)
        for row, field in enumerate(fields):
            self._add(grid, row, field)
        self.rows.addLayout(grid)
        self.wrong = Text("", "note", "danger", wraps=True)
        self.wrong.hide()
        self.rows.addWidget(self.wrong)
        self._buttons()
        for control in self.controls.values():
            control.setFocus(Qt.FocusReason.OtherFocusReason)
            break

    def _add(self, grid: QGridLayout, row: int, field: Field) -> None:
        label = Text(field.name, "note", "text2")
        grid.addWidget(label, 2 * row, 0, Qt.AlignmentFlag.AlignVCenter)
        control: Line | Choose
        if field.choices:
            control = Choose(field.name, field.choices)
            control.show_key(field.value or field.choices[0][0])
        else:
            control = Line(field.name, field.hint)
            control.show_text(field.value)
            control.returnPressed.connect(self._done)
        label.setBuddy(control)
        self.controls[field.key] = control
        grid.addWidget(control, 2 * row, 1)
        if field.note:
            grid.addWidget(Text(field.note, "note", "text3", wraps=True), 2 * row + 1, 1)

    def _buttons(self) -> None:
        row = QHBoxLayout()
        row.addStretch(1)
        cancel = Button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.keep_button = PrimaryButton(tr("Keep"))
        self.keep_button.clicked.connect(self._done)
        row.addWidget(cancel)
        row.addWidget(self.keep_button)
        self.rows.addLayout(row)

    def _done(self) -> None:
        texts = {
            key: control.text() if isinstance(control, QLineEdit) else control.key
            for key, control in self.controls.items()
        }
        try:
            entry = self._make(texts)
        except UserError as error:
            self._say(error.what)
            return
        wrong = entered.problem(entry)
        if wrong:
            self._say(wrong)
            return
        self._keep(entry)
        self.accept()

    def _say(self, wrong: str) -> None:
        self.wrong.setText(wrong)
        self.wrong.show()
        announce(self, wrong)
