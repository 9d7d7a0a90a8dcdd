"""Periods by name, stepping through them, and their words, for filter bar and command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.store.days import DAY, Days, Step, add_months

Name = Literal[
    "this_week", "last_week", "this_month", "last_month", "quarter", "last_quarter",
    "last_12_weeks", "year", "all", "custom",
]  # fmt: skip
DEFAULT: Name = "last_month"
NAMES: dict[Name, str] = {
    "this_week": mark("This week"),
    "last_week": mark("Last week"),
    "this_month": mark("This month"),
    "last_month": mark("Last full month"),
    "quarter": mark("This quarter"),
    "last_quarter": mark("Last quarter"),
    "last_12_weeks": mark("Last 12 weeks"),
    "year": mark("This year"),
    "all": mark("All time"),
    "custom": mark("Other days…"),
}
_STEPS: dict[Name, tuple[Step, int]] = {
    "this_week": ("week", 0),
    "last_week": ("week", -1),
    "this_month": ("month", 0),
    "last_month": ("month", -1),
    "quarter": ("quarter", 0),
    "last_quarter": ("quarter", -1),
}


@dataclass(frozen=True)
class Period:
    """The civil days ``first`` to ``last``, both inclusive, under a name."""

    name: Name
    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


def named(name: Name, days: Days, today: date, begin: date | None = None) -> Period:
    """The period of that name as of ``today``.

    Calendar periods are whole ones, days to come included.  ``begin`` is the first day with
    data, for "all"; without data that is today.
    """
    if name in _STEPS:
        step, by = _STEPS[name]
        first = days.next_first(days.first_of(today, step), step, by)
        return Period(name, first, days.last_of(first, step))
    if name == "last_12_weeks":
        this_week = days.first_of(today)
        return Period(name, this_week - 11 * timedelta(weeks=1), days.last_of(today))
    if name == "year":
        return Period(name, date(today.year, 1, 1), date(today.year, 12, 31))
    return Period(name, min(begin or today, today), today)


def stepped(period: Period, days: Days, by: int) -> Period:
    """The period of equal length ``by`` steps later (earlier when negative).

    Weeks, months, quarters and years step by the calendar, other days by their number.
    """
    step = shape(period, days)
    if step == "year":
        year = period.first.year + by
        return Period("custom", date(year, 1, 1), date(year, 12, 31))
    if step is not None:
        first = days.next_first(period.first, step, by)
        return Period("custom", first, days.last_of(first, step))
    shift = by * period.length * DAY
    return Period("custom", period.first + shift, period.last + shift)


def shape(period: Period, days: Days) -> Literal["day", "week", "month", "quarter", "year"] | None:
    """Which whole calendar step a period is, if it is one."""
    steps: tuple[Step, ...] = ("day", "week", "month", "quarter")
    for step in steps:
        if days.first_of(period.first, step) == period.first and (
            days.last_of(period.first, step) == period.last
        ):
            return step
    whole = period.first.timetuple().tm_yday == 1 and add_months(period.first, 12) - DAY
    return "year" if whole == period.last else None


def words(period: Period, days: Days, today: date) -> str:
    """What the period is called: "October 2026", "Week of 5 Oct", "2-21 Oct"."""
    if period.name == "all":
        return tr(NAMES["all"])
    step = shape(period, days)
    this_year = period.last.year == today.year == period.first.year
    if step == "month":
        return language.month(period.first)
    if step == "year":
        return str(period.first.year)
    if step == "day":
        return language.day(period.first, weekday=True, year=not this_year)
    if step == "week":
        return tr(mark("Week of {day}"), day=language.day(period.first, year=not this_year))
    return span(period.first, period.last, year=not this_year)


def span(first: date, last: date, *, year: bool = True) -> str:
    """A stretch of days: "2-21 Oct 2026", "28 Sep - 21 Oct", "28 Dec 2025 - 3 Jan 2026"."""
    if first == last:
        return language.day(last, year=year)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{language.DASH}{language.day(last, year=year)}"
    begin = language.day(first, year=year and first.year != last.year)
    return f"{begin} {language.DASH} {language.day(last, year=year)}"
