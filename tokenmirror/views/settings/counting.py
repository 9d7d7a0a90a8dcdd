"""Counting: how long commits are looked for, and which prompts are kept apart as automatic."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QWidget

from tokenmirror.language import mark, tr
from tokenmirror.settings import RANGES
from tokenmirror.tasks.origins import thresholds
from tokenmirror.views.desk import Desk
from tokenmirror.views.settings.fields import Number
from tokenmirror.views.settings.rows import SettingRow
from tokenmirror.views.settings.rules import RULES, rule_words
from tokenmirror.views.settings.section import Section
from tokenmirror.views.widgets.buttons import Switch
from tokenmirror.views.widgets.text import Text

CAUTION = mark(
    "For prompts whose log does not say who wrote them. These numbers have not been checked on"
    " real automatic logs: move them to fit your own way of working. Who wrote a prompt can also"
    " be set by hand in a task; that always wins."
)


class CountingSection(Section):
    """Moving a threshold tells at once again who wrote the prompts."""

    def __init__(self, desk: Desk) -> None:
        note = tr("Figures are counted anew when a rule changes.")
        super().__init__(desk, tr("Counting"), note)
        self.numbers: dict[str, Number] = {}
        self.switches: dict[str, Switch] = {}
        days = self._number("landing_days", tr("days"), (7, 30))
        self.add_group(tr("Time windows"), self.row("landing_days", days, effect=tr(
            "How long after an edit its commit is looked for; counts from the next reading."
        )))  # fmt: skip
        for rule, name, _effect, options in RULES:
            self._add_rule(rule, tr(name), options)
        self.body.addWidget(_note(tr(CAUTION)))
        self.finish()

    def _add_rule(self, rule: str, name: str, options: tuple[tuple[str, str], ...]) -> None:
        switch = self.switches[rule] = Switch(name)
        switch.clicked.connect(lambda: self._switched(rule))
        head = SettingRow(name, rule_words(rule, self.desk.options.value), switch)
        rows: list[QWidget] = [head]
        for option, unit in options:
            rows.append(self.row(option, self._number(option, tr(unit), RANGES[option])))

        def follow() -> None:
            on = rule in self.desk.options.value.origin_rules
            with QSignalBlocker(switch):
                switch.setChecked(on)
            head.say(rule_words(rule, self.desk.options.value))
            for row in rows[1:]:
                row.setEnabled(on)

        self.follow(follow)
        self.add_group(tr("Unattended runs, rule ({rule})", rule=rule), *rows)

    def _number(self, option: str, unit: str, bounds: tuple[int, int]) -> Number:
        number = self.numbers[option] = Number(option, *bounds, unit)
        number.chosen.connect(lambda value: self.change(option, value))
        self.follow(lambda: number.show_value(getattr(self.desk.options.value, option)))
        return number

    def _switched(self, rule: str) -> None:
        before = self.desk.options.value.origin_rules
        rules = tuple(one for one in "abc" if (one in before) != (one == rule))
        self.change("origin_rules", rules)

    def _set(self, option: str, value: object) -> None:
        limits = thresholds(self.desk.options.value)
        super()._set(option, value)
        after = thresholds(self.desk.options.value)
        if after != limits:
            self.tell_again()

    def tell_again(self) -> None:
        """Tell who wrote the prompts by the thresholds of now, beside the window."""
        limits, own = thresholds(self.desk.options.value), self.desk.own

        def done(_nothing: None) -> None:
            self.told.emit(frozenset({"origins", "prompts", "tasks", "proposals"}))

        self.desk.jobs.run(
            "settings origins", lambda: own.tell_origins(limits), done, self.failed.emit
        )


def _note(words: str) -> QWidget:
    return Text(words, "note", "text2", wraps=True)
