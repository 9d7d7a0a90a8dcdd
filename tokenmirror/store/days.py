"""Civil days of a person: from ``day_start`` to ``day_start``, in one time zone.

Days tile the time line without gap or overlap; a clock change makes one of 23 or 25 hours.
Pure arithmetic on instants (UTC epoch milliseconds, half-open stretches) and dates.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tokenmirror.errors import UserError

Step = Literal["day", "week", "month", "quarter"]
DAY = timedelta(days=1)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True)
class Days:
    """A way of cutting time into days: zone, start of the day, first weekday (0 = Monday).

    ``year_start`` is the month in which quarters begin to count (fiscal years).
    Raises ``UserError`` for a zone this machine does not know.
    """

    zone: str = "UTC"
    day_start_min: int = 240
    week_start: int = 0
    year_start: int = 1
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_zone", zone_of(self.zone))

    def begin_ms(self, day: date) -> int:
        """The instant at which a civil day begins."""
        return _begin_ms(self._zone, self.day_start_min, day)

    def bounds_ms(self, first: date, last: date) -> tuple[int, int]:
        """The stretch of the days ``first`` to ``last``, both in it, as [from, until)."""
        return self.begin_ms(first), self.begin_ms(last + DAY)

    def day_of(self, at_ms: int) -> date:
        """The civil day an instant lies in."""
        day, begins = _around(self._zone, self.day_start_min, at_ms // DAY_MS)
        for begin_ms in begins:
            if at_ms < begin_ms:
                break
            day += DAY
        return day

    def days_of(self, instants_ms: Iterable[int]) -> set[date]:
        """The civil days that hold at least one of these instants."""
        return {self.day_of(at_ms) for at_ms in instants_ms}

    def hours(self, day: date) -> float:
        """How long a civil day is: 24 hours, but for changes of the clock."""
        start_ms, end_ms = self.bounds_ms(day, day)
        return (end_ms - start_ms) / HOUR_MS

    def first_of(self, day: date, step: Step = "week") -> date:
        """The first day of the week, month or quarter that holds ``day``."""
        if step == "day":
            return day
        if step == "week":
            return day - (day.weekday() - self.week_start) % 7 * DAY
        if step == "month":
            return day.replace(day=1)
        past = (day.month - self.year_start) % 3
        return add_months(day.replace(day=1), -past)

    def last_of(self, day: date, step: Step = "week") -> date:
        """The last day of the week, month or quarter that holds ``day``."""
        return self.next_first(self.first_of(day, step), step) - DAY

    def next_first(self, first: date, step: Step = "week", count: int = 1) -> date:
        """The first day ``count`` steps after the step that begins with ``first``."""
        if step in {"day", "week"}:
            return first + count * (DAY if step == "day" else 7 * DAY)
        return add_months(first, count * (1 if step == "month" else 3))

    def firsts(self, first: date, last: date, step: Step = "week") -> list[date]:
        """First days of all steps that touch the days ``first`` to ``last``, in order."""
        found = []
        day = self.first_of(first, step)
        while day <= last:
            found.append(day)
            day = self.next_first(day, step)
        return found

    def bins(self, firsts: Sequence[date], step: Step = "week") -> Bins:
        """Steps that follow each other, ready to sort instants into them."""
        edges = [self.begin_ms(day) for day in firsts]
        if firsts:
            edges.append(self.begin_ms(self.next_first(firsts[-1], step)))
        return Bins(tuple(firsts), tuple(edges))

    def whole(self, first: date, today: date, step: Step = "week") -> bool:
        """Whether the step that begins with ``first`` is over, so that it can be compared."""
        return self.next_first(first, step) <= today


@dataclass(frozen=True)
class Bins:
    """Steps in a row and the instants between them (one more than steps)."""

    firsts: tuple[date, ...]
    edges_ms: tuple[int, ...]

    def index(self, at_ms: int) -> int | None:
        """The number of the step an instant lies in, ``None`` outside all of them."""
        place = bisect_right(self.edges_ms, at_ms) - 1
        return place if 0 <= place < len(self.firsts) else None


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it has none."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    first_after = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (first_after - DAY).day))


@lru_cache(maxsize=16)
def zone_of(name: str) -> ZoneInfo:
    """A time zone by its IANA name; raises ``UserError`` when this machine lacks it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UserError(
            f"The time zone {name} is not known on this computer.",
            "Choose another one, such as Europe/Berlin or UTC.",
        ) from error


@lru_cache(maxsize=8192)
def _begin_ms(zone: ZoneInfo, day_start_min: int, day: date) -> int:
    # fold 0 takes the first of two equal clock times, and the moment after a missing one
    start = datetime.combine(day, time(day_start_min // 60, day_start_min % 60), zone)
    return round(start.timestamp() * 1000)


@lru_cache(maxsize=4096)
def _around(zone: ZoneInfo, day_start_min: int, utc_day: int) -> tuple[date, tuple[int, ...]]:
    """The civil day in which a day of UTC begins, and when the next three begin."""
    at_ms = utc_day * DAY_MS
    moment = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
    day = (moment.replace(tzinfo=None) - timedelta(minutes=day_start_min)).date()
    while at_ms < _begin_ms(zone, day_start_min, day):
        day -= DAY
    while at_ms >= _begin_ms(zone, day_start_min, day + DAY):
        day += DAY
    return day, tuple(_begin_ms(zone, day_start_min, day + n * DAY) for n in (1, 2, 3))
