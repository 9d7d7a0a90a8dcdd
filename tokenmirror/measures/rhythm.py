"""H5-H7: the hours of a person's week, and how often they change project; for them alone.

None of it ever leaves in a review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import baselines, history
from tokenmirror.measures.attention import OUT, READS, SECOND_MS, duration
from tokenmirror.measures.columns import Ints
from tokenmirror.measures.courses import DAY_MS, Course, clock_ms, course, day_numbers
from tokenmirror.measures.figures import Column, Rate, Table, Total, Unknown, Weeks
from tokenmirror.measures.intervals import MIN_WEEKS, usual
from tokenmirror.measures.measure import NO_MODEL, Export, Measure, Reader, Scope
from tokenmirror.measures.scoped import absent, begin_day

MINUTE_MS = 60_000
HOUR_MS = 3_600_000


def week_pattern(db: Reader, scope: Scope) -> Table | Unknown:
    """H5: own prompts by weekday and hour of the clock; a day begins at ``day_start``."""
    import numpy as np  # late: 100 ms

    missing = absent(db, scope)
    if missing:
        return missing
    asked = course(db, scope).asked
    days = day_numbers(asked, scope.days, scope.first, scope.last) + scope.first.weekday()
    hours = clock_ms(asked, ZoneInfo(scope.zone)) // HOUR_MS % 24
    counts = np.bincount(days % 7 * 24 + hours, minlength=7 * 24).tolist()
    begin = scope.day_start_min // 60
    rows = tuple(
        (f"{day}-{hour:02d}", (day, hour, counts[day * 24 + hour]))
        for day in ((scope.week_start + n) % 7 for n in range(7))
        for hour in ((begin + n) % 24 for n in range(24))
    )
    total = len(asked)
    words = tr_n(
        mark("{n} prompt of yours by weekday and hour."),
        mark("{n} prompts of yours by weekday and hour."),
        total,
    )
    columns = (
        Column("weekday", tr(mark("Weekday")), "number"),
        Column("hour", tr(mark("Hour")), "number"),
        Column("prompts", tr(mark("Prompts")), "number"),
    )
    return Table(columns, rows, words if total else tr(mark("No prompts of yours in this period.")))


def out_of_hours(db: Reader, scope: Scope) -> Rate | Unknown:
    """H6: own prompts outside the working hours that the person entered."""
    missing = absent(db, scope)
    if missing:
        return missing
    if scope.working is None:
        return Unknown("not_entered", tr(mark("You have entered no working hours.")))
    asked = course(db, scope).asked
    outside = int(len(asked) - _at_work(clock_ms(asked, ZoneInfo(scope.zone)), scope.working))
    words = tr_n(
        mark("{hits} of {n} prompt of yours was outside your working hours."),
        mark("{hits} of {n} prompts of yours were outside your working hours."),
        len(asked), hits=language.number(outside),
    )  # fmt: skip
    none = tr(mark("No prompts of yours in this period."))
    return Rate(outside, len(asked), "prompts", words if len(asked) else none, n=len(asked))


def _at_work(clock: Ints, working: Sequence[tuple[int, int] | None]) -> int:
    """How many of these times of the clock lie in working hours."""
    weekdays, minutes = (clock // DAY_MS + 3) % 7, clock % DAY_MS // MINUTE_MS  # 1970: a Thursday
    inside = 0
    for weekday, span in enumerate(working):
        if span is not None:
            begun = (minutes >= span[0]) & (minutes < span[1])
            inside += int((begun & (weekdays == weekday)).sum())
    return inside


def project_changes(db: Reader, scope: Scope) -> Total | Unknown:
    """H7: changes of project between own prompts in a row, per hour of the person's time."""
    missing = absent(db, scope)
    if missing:
        return missing
    found = course(db, scope)
    asked = _in_projects(found, scope, scope.first, scope.last)
    hours = found.own.union_ms() / HOUR_MS
    if not len(asked.at_ms) or not hours:
        return Unknown("no_activity", tr(mark("No prompts of yours in this period.")))
    changes, longest = asked.changes(), asked.longest_s()
    words = tr(
        mark(
            "{rate} changes of project in an hour of yours (estimated); the longest stretch on"
            " one: {time}."
        ),
        rate=language.number(changes / hours, 1), time=duration(longest),
    )  # fmt: skip
    return Total(
        changes / hours, "count", len(asked.at_ms), words, basis="estimated",
        parts={"changes": changes, "longest_s": longest, "hours": hours},
    )  # fmt: skip


def project_changes_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """H7 by week; a week without time of the person's has no rate."""
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")
    past = history.weeks_before(scope, baselines.since(db, scope))
    shown = history.shown_weeks(scope)
    begins, ends = min([*past, *shown]), scope.days.last_of(max([*past, *shown]))
    found = course(db, scope, begins, ends)
    every = _in_projects(found, scope, begins, ends)

    def of_week(first: date) -> float | None:
        from_ms, until_ms = scope.days.bounds_ms(first, scope.days.last_of(first))
        asked = every.within(from_ms, until_ms)
        hours = found.own.within(from_ms, until_ms).union_ms() / HOUR_MS
        return asked.changes() / hours if len(asked.at_ms) and hours else None

    held = [rate for first in past if (rate := of_week(first)) is not None]
    band = usual(held)
    weeks = []
    for first in shown:
        rate = of_week(first)
        words = tr(mark("none"))
        if rate is not None:
            words = tr(mark("{rate} in an hour of yours"), rate=language.number(rate, 1))
        weeks.append(history.week(scope, first, begin, (rate,), words))
    return Weeks(
        weeks=tuple(weeks),
        parts=("changes",),
        names=(tr(mark("changes of project in an hour")),),
        unit="count",
        sentence=tr(mark("Changes of project in an hour of yours, by week, estimated.")),
        usual=band.ends if band else None,
        basis="estimated",
        lacking=history.lacking_words(MIN_WEEKS, len(held)),
        breaks=baselines.within(db, scope, shown[0], scope.today),
    )


@dataclass(frozen=True)
class Asked:
    """Own prompts in projects by time: instants, projects, numbers of civil days."""

    at_ms: Ints
    project: Ints
    day: Ints

    def within(self, from_ms: int, until_ms: int) -> Asked:
        """Those between two instants."""
        first, last = self.at_ms.searchsorted((from_ms, until_ms))
        return Asked(self.at_ms[first:last], self.project[first:last], self.day[first:last])

    def changes(self) -> int:
        """Changes of project within civil days."""
        same_day = self.day[1:] == self.day[:-1]
        return int((same_day & (self.project[1:] != self.project[:-1])).sum())

    def longest_s(self) -> float:
        """The longest stretch on one project within a civil day, in seconds; there are some."""
        import numpy as np  # late: 100 ms

        moved = (self.day[1:] != self.day[:-1]) | (self.project[1:] != self.project[:-1])
        ends = np.append(moved.nonzero()[0], len(self.at_ms) - 1)
        begins = np.append(0, ends[:-1] + 1)
        return int((self.at_ms[ends] - self.at_ms[begins]).max()) / SECOND_MS


def _in_projects(found: Course, scope: Scope, first: date, last: date) -> Asked:
    kept = found.project > 0
    at_ms, project = found.asked[kept], found.project[kept]
    return Asked(at_ms, project, day_numbers(at_ms, scope.days, first, last))


H5 = Measure(
    id="H5",
    term="hour-of-week pattern",
    title=mark("Hours of the week"),
    means=mark("When you ask."),
    how=mark("Prompts of yours by weekday and hour; a day begins at the hour you set."),
    left_out=OUT,
    bias=mark("The hour that comes twice in autumn is one."),
    unit="count",
    needs=frozenset({"S1"}),
    windows=("P",),
    interval_unit="",
    beside=("B3",),
    export=Export.NEVER,
    compute=week_pattern,
    reads=READS,
    splits=NO_MODEL,
)
H6 = Measure(
    id="H6",
    term="out-of-hours share",
    title=mark("Outside working hours"),
    means=mark("How much of it was outside the hours you entered."),
    how=mark("Prompts of yours outside your working hours, of all of them."),
    left_out=OUT,
    bias=mark("Your hours are yours to set; nothing is compared with them but this."),
    unit="%",
    needs=frozenset({"S1", "S11"}),
    windows=("P",),
    interval_unit="",
    beside=("B3",),
    export=Export.NEVER,
    compute=out_of_hours,
    reads=READS,
    splits=NO_MODEL,
)
H7 = Measure(
    id="H7",
    term="context switches per hour",
    title=mark("Changes of project"),
    means=mark("How often you went from one project to another."),
    how=mark("Changes of project between prompts in a row on one day, per hour of your time (H1)."),
    left_out=OUT,
    bias=mark("Work in other programs is not seen."),
    unit="rate",
    needs=frozenset({"S1", "S7"}),
    windows=("P", "w"),
    interval_unit="day",
    beside=("H1",),
    export=Export.NEVER,
    compute=project_changes,
    weekly=project_changes_by_week,
    reads=READS,
)

MEASURES = (H5, H6, H7)
