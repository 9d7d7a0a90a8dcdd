"""Weeks: the twelve that charts show, and the ones before a period that make its usual range."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures.figures import Week
from tokenmirror.measures.intervals import (
    FEW,
    MAX_WEEKS,
    MIN_WEEKS,
    Usual,
    central,
    nested_sums,
    seed,
    usual,
    weeks_needed,
)
from tokenmirror.measures.measure import Scope
from tokenmirror.store.days import DAY, Step

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
        return self.usual.ends

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


def shown_months(scope: Scope) -> list[date]:
    """First days of the twelve months to today."""
    this_month = scope.days.first_of(scope.today, "month")
    return [scope.days.next_first(this_month, "month", -n) for n in reversed(range(SHOWN))]


def weeks_before(scope: Scope, begin: date | None) -> list[date]:
    """First days of the full weeks before the period, oldest first, from ``begin`` on.

    ``begin`` is where the past that counts begins (``baselines.since``).
    """
    if begin is None:
        return []
    newest = scope.days.first_of(scope.first - WEEK + DAY)
    if newest + WEEK > scope.first:
        newest -= WEEK
    weeks = [newest - n * WEEK for n in reversed(range(LOOK_BACK))]
    return [week for week in weeks if week >= begin]


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


def comparable(scope: Scope) -> bool:
    """Whether the period is a week or more and over: a part of one is never compared."""
    return length_days(scope) >= 7 and scope.last < scope.today


def length_days(scope: Scope) -> int:
    """How many civil days the period has."""
    return (scope.last - scope.first).days + 1


def by_limits(scope: Scope) -> bool:
    """Whether the period is a week or near it, which has limits of single weeks."""
    return length_days(scope) < 11


def weeks_long(scope: Scope) -> int:
    """How many weeks the period comes to; the last part of a week is rounded."""
    return max(1, round(length_days(scope) / 7))


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
    if shown is None or not comparable(scope):
        return None
    held = [week for week in weeks if week]
    if by_limits(scope):
        ranges = _limits(scope, held, value, rate=rate, log=log)
    else:
        ranges = nested(scope, measure, _sums(scope, held), weeks_long(scope), value)
    if ranges is None:
        return None
    drawn, named = ranges
    return Place(drawn, named.place(shown) if wide_enough(shown, drawn.centre, rate=rate) else 0)


def wide_enough(shown: float, centre: float, *, rate: bool) -> bool:
    """Whether a difference is one to name: 5 points of a rate, a fifth of anything else."""
    return abs(shown - centre) >= (RATE_GAP if rate else TOTAL_GAP * abs(centre))


def _limits(
    scope: Scope, held: Sequence[Sequence[Unit]], value: Value, *, rate: bool, log: bool
) -> tuple[Usual, Usual] | None:
    weekly = [value(week) for week in held if not rate or len(week) >= FEW]
    longer = length_days(scope) / 7 if value is total else 1.0
    known = [v * longer for v in weekly if v is not None]
    found = usual(known, log=log, ceiling=1.0 if rate else None)
    return (found, found) if found else None


def _sums(scope: Scope, held: Sequence[Sequence[Unit]]) -> list[Unit]:
    # a month is no whole number of weeks: its total is held against as many days
    longer = length_days(scope) / (7 * weeks_long(scope))
    return [(longer * total(week), longer * sum(unit[1] for unit in week)) for week in held]


def nested(
    scope: Scope, measure: str, sums: Sequence[Unit], length: int, value: Value
) -> tuple[Usual, Usual] | None:
    """What is drawn (95 %) and what is named (99 %) of ``length`` weeks, from those before.

    ``value`` is ``total`` or ``ratio``, which are reckoned for all draws at once.
    ``None`` without enough weeks, or where most draws have no value.
    """
    start = seed(measure, scope.first, scope.last, *scope.choices)
    drawn = nested_sums(sums, length, start)
    if drawn is None:
        return None
    hits, trials = drawn.T
    known = hits if value is total else hits[trials != 0] / trials[trials != 0]
    if len(known) <= len(drawn) / 2:
        return None
    ordered = sorted(known.tolist())
    return central(ordered, 0.95), central(ordered, 0.99)


def lacking(scope: Scope, weeks: Sequence[Sequence[Unit]], *, rate: bool = False) -> str:
    """What is said when the history before the period is too short; empty when it is not.

    Nothing is said of a period that is never compared.
    """
    if not comparable(scope):
        return ""
    if by_limits(scope):
        counts = [week for week in weeks if (len(week) >= FEW if rate else week)]
        return lacking_words(MIN_WEEKS, len(counts))
    return lacking_words(weeks_needed(weeks_long(scope)), sum(bool(week) for week in weeks))


def lacking_words(needed: int, held: int) -> str:
    """That so many weeks are needed and so many are there; empty when there are enough."""
    if held >= needed:
        return ""
    return tr(
        mark("Not enough history yet: {needed} weeks are needed, you have {held}."),
        needed=language.number(needed), held=language.number(min(held, MAX_WEEKS)),
    )  # fmt: skip


def total(units: Sequence[Unit]) -> float:
    """The sum of the first parts: the value of a total."""
    return sum(unit[0] for unit in units)


def ratio(units: Sequence[Unit]) -> float | None:
    """First parts over second parts, ``None`` over nothing."""
    below = sum(unit[1] for unit in units)
    return sum(unit[0] for unit in units) / below if below else None


def week_words(scope: Scope, first: date, step: Step = "week") -> str:
    """What a week (or month) is called: its first day, its year, and "so far"."""
    whole = scope.days.whole(first, scope.today, step)
    if step == "month":
        name = language.month(first)
        return name if whole else tr(mark("{month} so far"), month=name)
    day = language.day(first, year=first.year != scope.today.year)
    if whole:
        return tr(mark("Week of {day}"), day=day)
    return tr(mark("Week of {day} so far"), day=day)


def week(
    scope: Scope,
    first: date,
    begin: date | None,
    values: tuple[float | None, ...],
    words: str,
    small: tuple[int, ...] = (),
    *,
    step: Step = "week",
    few: bool = False,
) -> Week:
    """One week (or month) of a chart with its sentence: ``words`` after its name.

    A week before the data begin is not recorded: its values are unknown.
    """
    after = scope.days.next_first(first, step)
    recorded = begin is not None and after > begin
    said = words if recorded else tr(mark("not recorded"))
    return Week(
        first=first,
        values=values if recorded else tuple(None for _ in values),
        small=small,
        so_far=not scope.days.whole(first, scope.today, step),
        in_period=first <= scope.last and after > scope.first,
        recorded=recorded,
        sentence=tr(
            mark("{week}: {words}."), week=week_words(scope, first, step), words=said
        ),
        few=few and recorded,
    )  # fmt: skip
