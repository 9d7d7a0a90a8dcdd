"""H5-H7: the hours of a person's week, and how often they change project; for them alone.

None of it ever leaves in a review.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import history
from tokenmirror.measures.attention import (
    OUT,
    READS,
    SECOND_MS,
    Action,
    course,
    duration,
    seconds_of,
)
from tokenmirror.measures.figures import Column, Rate, Table, Total, Unknown, Weeks
from tokenmirror.measures.intervals import usual
from tokenmirror.measures.measure import Export, Measure, Reader, Scope
from tokenmirror.measures.scoped import absent, begin_day
from tokenmirror.tasks.stretches import CAP_MS, within

HOUR_MS = 3_600_000


def week_pattern(db: Reader, scope: Scope) -> Table | Unknown:
    """H5: own prompts by weekday and hour of the clock; a day begins at ``day_start``."""
    missing = absent(db, scope)
    if missing:
        return missing
    zone, counts = ZoneInfo(scope.zone), Counter[tuple[int, int]]()
    for action in course(db, scope).actions:
        if action.asked:
            hour = datetime.fromtimestamp(action.at_ms / 1000, UTC).astimezone(zone).hour
            counts[scope.days.day_of(action.at_ms).weekday(), hour] += 1
    begin = scope.day_start_min // 60
    rows = tuple(
        (f"{day}-{hour:02d}", (day, hour, counts[day, hour]))
        for day in ((scope.week_start + n) % 7 for n in range(7))
        for hour in ((begin + n) % 24 for n in range(24))
    )
    total = counts.total()
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
    zone = ZoneInfo(scope.zone)
    asked = [action.at_ms for action in course(db, scope).actions if action.asked]
    outside = sum(not _at_work(at_ms, zone, scope.working) for at_ms in asked)
    words = tr_n(
        mark("{hits} of {n} prompt of yours was outside your working hours."),
        mark("{hits} of {n} prompts of yours were outside your working hours."),
        len(asked), hits=language.number(outside),
    )  # fmt: skip
    none = tr(mark("No prompts of yours in this period."))
    return Rate(outside, len(asked), "prompts", words if asked else none, n=len(asked))


def _at_work(at_ms: int, zone: ZoneInfo, working: Sequence[tuple[int, int] | None]) -> bool:
    clock = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
    span = working[clock.weekday()]
    return span is not None and span[0] <= clock.hour * 60 + clock.minute < span[1]


def project_changes(db: Reader, scope: Scope) -> Total | Unknown:
    """H7: changes of project between own prompts in a row, per hour of the person's time."""
    missing = absent(db, scope)
    if missing:
        return missing
    found = course(db, scope)
    asked = _in_projects(found.actions)
    hours = seconds_of(found.attended(CAP_MS)) * SECOND_MS / HOUR_MS
    if not asked or not hours:
        return Unknown("no_activity", tr(mark("No prompts of yours in this period.")))
    changes, longest = _changes(asked, scope)
    words = tr(
        mark("{rate} changes of project in an hour of yours; the longest stretch on one: {time}."),
        rate=language.number(changes / hours, 1), time=duration(longest),
    )  # fmt: skip
    return Total(
        changes / hours, "count", len(asked), words, basis="estimated",
        parts={"changes": changes, "longest_s": longest, "hours": hours},
    )  # fmt: skip


def project_changes_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """H7 by week; a week without time of the person's has no rate."""
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")
    past, shown = history.weeks_before(scope, begin)[-26:], history.shown_weeks(scope)
    found = course(db, scope, min([*past, *shown]), scope.days.last_of(max([*past, *shown])))
    stretches = found.attended(CAP_MS)

    def of_week(first: date) -> float | None:
        from_ms, until_ms = scope.days.bounds_ms(first, scope.days.last_of(first))
        asked = [a for a in _in_projects(found.actions) if from_ms <= a.at_ms < until_ms]
        hours = seconds_of(within(stretches, from_ms, until_ms)) * SECOND_MS / HOUR_MS
        return _changes(asked, scope)[0] / hours if asked and hours else None

    band = usual([rate for first in past if (rate := of_week(first)) is not None])
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
        usual=(band.low, band.centre, band.high) if band else None,
        basis="estimated",
    )


def _in_projects(actions: Sequence[Action]) -> list[Action]:
    return [action for action in actions if action.asked and action.project is not None]


def _changes(asked: Sequence[Action], scope: Scope) -> tuple[int, float]:
    """Changes of project within civil days, and the longest stretch on one, in seconds."""
    changes, longest = 0, 0.0
    began = asked[0].at_ms
    before, day = asked[0], scope.days.day_of(asked[0].at_ms)
    for action in asked[1:]:
        today = scope.days.day_of(action.at_ms)
        if today != day or action.project != before.project:
            changes += today == day
            began = action.at_ms
        longest = max(longest, (action.at_ms - began) / SECOND_MS)
        before, day = action, today
    return changes, longest


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
