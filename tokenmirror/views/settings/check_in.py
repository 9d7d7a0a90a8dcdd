"""The weekly check-in: whether and when it is asked, and the answers given so far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures.felt import HELPED
from tokenmirror.measures.measure import Reader
from tokenmirror.store import entered
from tokenmirror.store.entered import CheckIn
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.frame.help import Sheet
from tokenmirror.views.models.rows import Cell, Row
from tokenmirror.views.settings.entries import EntriesCard
from tokenmirror.views.settings.fields import Choose, Line
from tokenmirror.views.settings.section import Section
from tokenmirror.views.settings.time import weekday
from tokenmirror.views.widgets.buttons import Button, PrimaryButton, Switch
from tokenmirror.views.widgets.text import Text

EFFORT = {"less": mark("less"), "usual": mark("as usual"), "more": mark("more")}


class CheckInSection(Section):
    """Off until chosen; a skipped week is silent."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("Check-in"), tr(
            "Three answers in ten seconds, shown above what was measured in the same week. They"
            " stay here."
        ))  # fmt: skip
        self._kept: tuple[CheckIn, ...] = ()
        self.on = Switch(tr("Ask how the week went"))
        self.on.clicked.connect(lambda: self.change("check_in", self.on.isChecked()))
        self.day = Choose(tr("Asked from"), [(str(n), weekday(n)) for n in range(7)])
        self.day.chosen.connect(lambda key: self.change("check_in_day", int(key)))
        self.follow(self._show)
        self.add_group(
            tr("Once a week"),
            self.row("check_in", self.on),
            self.row("check_in_day", self.day, effect=tr("About the week that ended before.")),
        )
        heads = [tr("Week of"), tr("AI helped"), tr("Your head worked"), tr("To remember")]
        self.answers = EntriesCard(
            tr("Your answers"), heads, {0: 120, 1: 130, 2: 130},
            tr("You have answered for no week yet."), tr("Answer for last week…"),
        )  # fmt: skip
        self.answers.added.connect(lambda: self.ask_week(self.last_week()))
        self.answers.opened.connect(lambda key: self.ask_week(date.fromisoformat(key)))
        self.answers.removed.connect(self._remove)
        self.body.addWidget(self.answers)
        self.finish()

    def refresh(self) -> None:
        def ask(db: Reader) -> tuple[CheckIn, ...]:
            return entered.every(db, CheckIn)

        self.ask("check_in", ask, self.show_kept)

    def show_kept(self, found: tuple[CheckIn, ...]) -> None:
        """Show the answers, newest first."""
        self._kept = found
        self.answers.show_rows([_row(answer) for answer in reversed(found)])

    def last_week(self) -> date:
        """The first day of the last full week."""
        days = self.desk.days
        first = days.first_of(self.desk.today)
        return days.first_of(date.fromordinal(first.toordinal() - 1))

    def ask_week(self, week: date) -> CheckInSheet:
        """Ask the three questions about a week."""
        old = next((answer for answer in self._kept if answer.week == week), None)

        def keep(new: CheckIn) -> None:
            words = tr("Your answers for the week of {day}", day=language.day(week))
            self.replace(old, new, words)

        sheet = CheckInSheet(old or CheckIn(week), keep, self)
        sheet.open()
        return sheet

    def _remove(self, key: str) -> None:
        old = next(answer for answer in self._kept if answer.week.isoformat() == key)
        words = tr("Your answers for the week of {day} removed", day=language.day(old.week))
        self.replace(old, None, words)

    def _show(self) -> None:
        options = self.desk.options.value
        with QSignalBlocker(self.on):
            self.on.setChecked(options.check_in)
        self.day.show_key(str(options.check_in_day))
        self.day.setEnabled(options.check_in)


class CheckInSheet(Sheet):
    """Two rows of choices and one line; any of them may be left out."""

    def __init__(
        self, answers: CheckIn, keep: Callable[[CheckIn], None], parent: QWidget | None = None
    ) -> None:
        day = language.day(answers.week, year=True)
        super().__init__(tr("How was the week of {day}?", day=day), parent)
        self._week, self._keep = answers.week, keep
        self.setMinimumWidth(theme.current().px(460))
        self.helped = self._question(tr("How much did AI help this week?"), HELPED, answers.helped)
        self.effort = self._question(tr("How hard did your head work?"), EFFORT, answers.effort)
        self.words = Line(tr("Anything to remember?"))
        self.words.show_text(answers.words or "")
        self.rows.addWidget(Text(tr("Anything to remember?"), "label", "text2"))
        self.rows.addWidget(self.words)
        self.wrong = Text("", "note", "danger", wraps=True)
        self.wrong.hide()
        self.rows.addWidget(self.wrong)
        row = QHBoxLayout()
        row.addStretch(1)
        cancel, self.keep_button = Button(tr("Cancel")), PrimaryButton(tr("Keep"))
        cancel.clicked.connect(self.reject)
        self.keep_button.clicked.connect(self._done)
        row.addWidget(cancel)
        row.addWidget(self.keep_button)
        self.rows.addLayout(row)

    def _question(self, words: str, choices: dict[str, str], chosen: str | None) -> QButtonGroup:
        look = theme.current()
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(6))
        column.addWidget(Text(words, "label", "text2"))
        row = QHBoxLayout()
        row.setSpacing(look.px(6))
        group = QButtonGroup(self)
        for number, (key, name) in enumerate(choices.items()):
            button = Button(tr(name))
            button.setProperty("part", "chip")
            button.setCheckable(True)
            button.setChecked(key == chosen)
            button.setAccessibleName(f"{words} {tr(name)}")
            button.setProperty("answer", key)
            group.addButton(button, number)
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self.rows.addWidget(holder)
        return group

    def _done(self) -> None:
        answers = CheckIn(
            self._week,
            _answer(self.helped),
            _answer(self.effort),
            self.words.text().strip() or None,
        )
        wrong = entered.problem(answers)
        if wrong:
            self.wrong.setText(wrong)
            self.wrong.show()
            return
        self._keep(answers)
        self.accept()


def _answer(group: QButtonGroup) -> Any:  # noqa: ANN401 (one of the choices)
    button = group.checkedButton()
    return button.property("answer") if button is not None else None


def _row(answers: CheckIn) -> Row:
    helped = tr(HELPED[answers.helped]) if answers.helped else ""
    effort = tr(EFFORT[answers.effort]) if answers.effort else ""
    return Row(
        answers.week.isoformat(),
        (
            Cell(language.day(answers.week, year=True), sort=answers.week.toordinal()),
            Cell(helped),
            Cell(effort),
            Cell(answers.words or ""),
        ),
    )
