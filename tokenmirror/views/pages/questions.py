"""Questions on Overview that are asked once and kindly: automatic runs, and how a week went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tokenmirror import language
from tokenmirror.errors import UserError
from tokenmirror.language import tr, tr_n
from tokenmirror.measures.measure import Reader
from tokenmirror.settings import Settings
from tokenmirror.store import entered, relabel
from tokenmirror.store.entered import Answer, CheckIn, Some
from tokenmirror.store.relabel import Automatic
from tokenmirror.tasks.origins import thresholds
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk, Step
from tokenmirror.views.settings.rules import rule_words
from tokenmirror.views.widgets.messages import InlineMessage


@dataclass(frozen=True)
class Open:
    """What may be asked now: a rule that was not confirmed, a week that was not answered."""

    automatic: Automatic | None = None
    week: date | None = None


def open_questions(db: Reader, options: Settings, today: date, *, sample: bool = False) -> Open:
    """The questions of now; sample data ask nothing."""
    if sample:
        return Open()
    week = None
    if options.check_in:
        week = entered.due_week(db, today, options.week_start, options.check_in_day)
    return Open(relabel.unconfirmed(db), week)


class Questions(QWidget):
    """Shows them over the cards; ``told`` carries the tables that an answer changed."""

    told = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._open = Open()
        self.shown: list[InlineMessage] = []
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(theme.current().px(8))
        self.hide()

    def show_open(self, found: Open) -> None:
        """Show what may be asked; what stands there already stays as it is."""
        if found == self._open:
            return
        self._open = found
        for message in self.shown:
            self._rows.removeWidget(message)
            message.deleteLater()
        self.shown = []
        if found.automatic is not None:
            self._ask_about(found.automatic)
        if found.week is not None:
            self._ask_week(found.week)
        self.setVisible(bool(self.shown))

    def _ask_about(self, found: Automatic) -> None:
        runs = tr_n(
            "This {n} run looks automatic. Keep it apart?",
            "These {n} runs look automatic. Keep them apart?",
            found.sessions,
        )
        numbers = tr(
            "{prompts} in them fit rule {rule} No log says who wrote them, and the rule has not"
            " been checked on real automatic logs.",
            prompts=tr_n("{n} prompt", "{n} prompts", found.prompts),
            rule=rule_words(found.rule, self._desk.options.value),
        )
        message = self._add(f"{runs} {numbers}", tr("Keep them apart"), tr("Count them as mine"))
        message.acted.connect(lambda: self._keep_apart(found.rule))
        message.declined.connect(lambda: self._count_as_mine(found.rule))

    def _ask_week(self, week: date) -> None:
        words = tr("How was the week of {day}? Three answers, ten seconds.", day=language.day(week))
        message = self._add(words, tr("Answer"), tr("Skip this week"))
        message.acted.connect(lambda: self._answer_week(week))
        message.declined.connect(lambda: self._skip(week))

    def _add(self, words: str, action: str, other: str) -> InlineMessage:
        message = InlineMessage("info", words, action, other=other, closable=False)
        self.shown.append(message)
        self._rows.addWidget(message)
        return message

    def _keep_apart(self, rule: str) -> None:
        answer = Answer(relabel.rule_question(rule), "apart")
        self._put(tr("Rule ({rule}) keeps its runs apart", rule=rule), answer)

    def _count_as_mine(self, rule: str) -> None:
        answer = Answer(relabel.rule_question(rule), "mine")
        options = self._desk.options
        before = options.value.origin_rules
        after = tuple(one for one in before if one != rule)

        def do() -> None:
            self._desk.own.put(answer)
            self._use(after)

        def back() -> None:
            self._desk.own.take(answer)
            self._use(before)

        self._step(tr("Rule ({rule}) is off; its runs count as yours", rule=rule), do, back)

    def _use(self, rules: tuple[str, ...]) -> None:
        self._desk.options.change(origin_rules=rules)
        own, limits = self._desk.own, thresholds(self._desk.options.value)

        def done(_nothing: None) -> None:
            self.told.emit(frozenset({"origins", "prompts", "tasks", "proposals", "answers"}))

        self._desk.jobs.run(
            "settings origins", lambda: own.tell_origins(limits), done, self.failed.emit
        )

    def _answer_week(self, week: date) -> None:
        from tokenmirror.views.settings.check_in import CheckInSheet  # late: start-up time

        def keep(new: CheckIn) -> None:
            self._put(tr("Your answers for the week of {day}", day=language.day(week)), new)

        CheckInSheet(CheckIn(week), keep, self).open()

    def _skip(self, week: date) -> None:
        words = tr("The week of {day} is skipped", day=language.day(week))
        self._put(words, Answer(entered.skip_question(week), "skipped"))

    def _put(self, words: str, entry: Some) -> None:
        own = self._desk.own

        def tell() -> None:
            self.told.emit(frozenset({entry.TABLE}))

        def do() -> None:
            own.put(entry)
            tell()

        def back() -> None:
            own.take(entry)
            tell()

        self._step(words, do, back)

    def _step(self, words: str, do: Callable[[], None], back: Callable[[], None]) -> None:
        try:
            self._desk.undo.push(Step(words, do, back))
        except UserError as error:
            self.failed.emit(error)
