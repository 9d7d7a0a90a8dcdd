"""Weeks: the twelve that charts show, and the ones before a period that make its usual range."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures.figures import Week
from tokenmirror.measures.intervals import FEW, Usual, central, nested_sums, seed, usual
from tokenmirror.measures.measure import Scope
from tokenmirror.store.days import DAY

SHOWN = 12
LOOK_BACK = 34  # among them the 26 newest that hold data: room for weeks off
WEEK = timedelta(weeks=1)
RATE_GAP = 0.05
TOTAL_GAP = 0.20

Unit = tuple[float, float]
Value = Callable[[Sequence[Unit]], float | None]

USUAL_WORDS = {
    -1: mark(", below your usual range"),
    0: mark(", about your usual"),
    1: mark(", above your usual range"),
}


@dataclass(frozen=True)
class Place:
    """A usual range, and where a figure lies: -1 named as below, 0 inside, 1 above."""

    usual: Usual
    place: int

    @property
    def limits(self) -> tuple[float, float, float]:
        """Low, centre, high."""
        return self.usual.low, self.usual.centre, self.usual.high

    def scaled(self, factor: float) -> tuple[float, float, float]:
        """Low, centre, high times a factor (shares to per cent, nano-dollars to dollars)."""
        low, centre, high = self.limits
        return low * factor, centre * factor, high * factor


def usual_words(place: Place | None) -> str:
    """How a figure lies to the usual, within a sentence; empty without enough history."""
    return tr(USUAL_WORDS[place.place]) if place else ""


def shown_weeks(scope: Scope) -> list[date]:
    """First days of the twelve weeks to today."""
    this_week = scope.days.first_of(scope.today)
    return [this_week - n * WEEK for n in reversed(range(SHOWN))]


def weeks_before(scope: Scope, begin: date | None) -> list[date]:
    """First days of the full weeks before the period, oldest first, since the data begin."""
    newest = scope.days.first_of(scope.first - WEEK + DAY)
    if newest + WEEK > scope.first:
        newest -= WEEK
    weeks = [newest - n * WEEK for n in reversed(range(LOOK_BACK))]
    return [week for week in weeks if begin is not None and week >= begin]


def by_week(
    scope: Scope, weeks: Sequence[date], dated: Iterable[tuple[int, Unit]]
) -> list[list[Unit]]:
    """Units sorted into weeks by their instant; those outside are left out."""
    bins = scope.days.bins(weeks)
    sorted_units: list[list[Unit]] = [[] for _ in weeks]
    for at_ms, unit in dated:
        index = bins.index(at_ms)
        if index is not None:
            sorted_units[index].append(unit)
    return sorted_units


def usual_of(
    scope: Scope,
    measure: str,
    weeks: Sequence[Sequence[Unit]],
    value: Value,
    shown: float | None,
    *,
    rate: bool = False,
    log: bool = False,
) -> Place | None:
    """The usual range of the period and the place of ``shown`` in it (``measures.md`` 4.5).

    A week has process-behaviour limits, a longer period the nested week bootstrap; a
    shorter one has none.  ``None`` without enough weeks that hold data.
    """
    length = (scope.last - scope.first).days + 1
    held = [week for week in weeks if week]
    if shown is None or length < 7 or scope.last >= scope.today:
        return None
    if length < 11:
        weekly = [value(week) for week in held if not rate or len(week) >= FEW]
        found = usual([v for v in weekly if v is not None], log=log, ceiling=1.0 if rate else None)
        named = found
    else:
        start = seed(measure, scope.first, scope.last, *scope.choices)
        sums = [(total(week), sum(unit[1] for unit in week)) for week in held]
        drawn = nested_sums(sums, round(length / 7), start) or ()
        known = sorted(v for v in (value([pair]) for pair in drawn) if v is not None)
        enough = len(known) > len(drawn) / 2
        found = central(known, 0.95) if enough else None
        named = central(known, 0.99) if enough else None
    if found is None or named is None:
        return None
    gap = abs(shown - found.centre)
    wide = gap >= (RATE_GAP if rate else TOTAL_GAP * abs(found.centre))
    return Place(found, named.place(shown) if wide else 0)


def total(units: Sequence[Unit]) -> float:
    """The sum of the first parts: the value of a total."""
    return sum(unit[0] for unit in units)


def ratio(units: Sequence[Unit]) -> float | None:
    """First parts over second parts, ``None`` over nothing."""
    below = sum(unit[1] for unit in units)
    return sum(unit[0] for unit in units) / below if below else None


def week_words(scope: Scope, first: date) -> str:
    """What a week is called: its first day, its year if not this one, and "so far"."""
    day = language.day(first, year=first.year != scope.today.year)
    if scope.days.whole(first, scope.today):
        return tr(mark("Week of {day}"), day=day)
    return tr(mark("Week of {day} so far"), day=day)


def week(
    scope: Scope,
    first: date,
    begin: date | None,
    values: tuple[float | None, ...],
    words: str,
    small: tuple[int, ...] = (),
) -> Week:
    """One week of a chart with its sentence: ``words`` after the name of the week.

    A week before the data begin is not recorded: its values are unknown.
    """
    recorded = begin is not None and first + WEEK > begin
    said = words if recorded else tr(mark("not recorded"))
    return Week(
        first=first,
        values=values if recorded else tuple(None for _ in values),
        small=small,
        so_far=not scope.days.whole(first, scope.today),
        in_period=first <= scope.last and first + WEEK > scope.first,
        recorded=recorded,
        sentence=tr(mark("{week}: {words}."), week=week_words(scope, first), words=said),
    )
