"""Time: zone, where a day, a week and a quarter begin, and working hours."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import available_timezones

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QWidget

from tokenmirror import language, settings
from tokenmirror.errors import UserError
from tokenmirror.language import tr
from tokenmirror.views import theme
from tokenmirror.views.desk import Desk
from tokenmirror.views.settings.fields import NOTHING, Choose, Line
from tokenmirror.views.settings.rows import SettingRow
from tokenmirror.views.settings.section import Section
from tokenmirror.views.widgets.buttons import Switch
from tokenmirror.views.widgets.text import Text

MONDAY = date(2024, 1, 1)
USUAL = "09:00-17:30"
WEEKDAYS = 5


def weekday(number: int) -> str:
    """The name of a weekday, 0 = Monday."""
    return language.weekday(MONDAY + timedelta(days=number))


class TimeSection(Section):
    """Changes here count anew; no stored instant changes."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            desk, tr("Time"), tr("Figures are counted anew; what is stored does not change.")
        )
        self._zone_row()
        self._add_day()
        self._add_hours()
        self.finish()

    def _zone_row(self) -> None:
        self.zone = Line(tr("Time zone"), tr("this computer's: {zone}", zone=self.desk.zone), 240)
        names = QCompleter(sorted(available_timezones()), self.zone)
        names.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        names.setFilterMode(Qt.MatchFlag.MatchContains)
        self.zone.setCompleter(names)
        self.zone.chosen.connect(self._zone_chosen)
        self.follow(lambda: self.zone.show_text(self.desk.options.value.zone))
        effect = tr("Empty: the zone of this computer. A name such as Europe/Berlin.")
        self.add_group(tr("Zone"), self.row("zone", self.zone, effect=effect))

    def _add_day(self) -> None:
        steps = [(str(n), f"{n // 60:02d}:{n % 60:02d}") for n in range(0, 481, 30)]
        self.begins = Choose(tr("A day begins at"), steps)
        self.week = Choose(tr("First day of the week"), [(str(n), weekday(n)) for n in (0, 5, 6)])
        months = [(str(n), language.month(date(2024, n, 1), year=False)) for n in range(1, 13)]
        self.quarter = Choose(tr("Quarters begin in"), months)
        for control, option in (
            (self.begins, "day_start_min"),
            (self.week, "week_start"),
            (self.quarter, "year_start"),
        ):
            self._bind(control, option)
        self.add_group(
            tr("Where things begin"),
            self.row("day_start_min", self.begins, effect=tr(
                "Work at night before this belongs to the evening before."
            )),
            self.row("week_start", self.week, effect=tr("Weeks in charts and figures.")),
            self.row("year_start", self.quarter),
        )  # fmt: skip

    def _bind(self, control: Choose, option: str) -> None:
        control.chosen.connect(lambda key: self.change(option, int(key)))
        self.follow(lambda: control.show_key(str(getattr(self.desk.options.value, option))))

    def _add_hours(self) -> None:
        self.hours_on = Switch(tr("Working hours"))
        self.hours_on.clicked.connect(self._hours_switched)
        head = SettingRow(
            tr("Working hours"),
            tr("Only for one sentence on Time, which never leaves this computer."),
            self.hours_on,
        )
        self.spans = [Line(weekday(n), tr("free")) for n in range(7)]
        self._days: list[QWidget] = []
        for number, line in enumerate(self.spans):
            line.chosen.connect(self._hours_chosen)
            self._days.append(_day_row(weekday(number), line))
        self.add_group(tr("Working hours"), head, *self._days)
        self.follow(self._show_hours)

    def _show_hours(self) -> None:
        hours = self.desk.options.value.working_hours
        with QSignalBlocker(self.hours_on):
            self.hours_on.setChecked(bool(hours))
        for number, line in enumerate(self.spans):
            line.show_text(hours[number] if hours else "")
        for row in self._days:
            row.setVisible(bool(hours))

    def _hours_switched(self) -> None:
        hours = (USUAL,) * WEEKDAYS + ("",) * 2 if self.hours_on.isChecked() else ()
        self.change("working_hours", hours)

    def _hours_chosen(self) -> None:
        hours = tuple(line.text().strip().replace("\u2013", "-") for line in self.spans)
        if settings.working(hours) is None:
            words = tr("Hours are written like 09:00-17:30 and end after they begin.")
            self.failed.emit(UserError(words, NOTHING))
            self._show_hours()
            return
        self.change("working_hours", hours)

    def _zone_chosen(self, name: str) -> None:
        known = {zone.casefold(): zone for zone in available_timezones()}
        if name and name.casefold() not in known:
            words = tr("“{name}” is no time zone. Write it like Europe/Berlin.", name=name)
            self.failed.emit(UserError(words, NOTHING))
            self.zone.show_text(self.desk.options.value.zone)
            return
        self.change("zone", known.get(name.casefold(), ""))


def _day_row(name: str, line: Line) -> QWidget:
    row = QWidget()
    across = QHBoxLayout(row)
    across.setContentsMargins(0, theme.current().px(4), 0, theme.current().px(4))
    across.addWidget(Text(name, "body"), 1)
    across.addWidget(line)
    return row
