"""C1, C2, C9: completions shown and taken, and characters typed by you and by AI.

Tools count "shown" in their own ways: rates are per tool, and what a tool keeps as day
totals stays apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import folding, history, phrases
from tokenmirror.measures.figures import Rate, Total, Unknown, Weeks
from tokenmirror.measures.folding import Bin, folded
from tokenmirror.measures.intervals import FEW, ratio_interval, seed, usual
from tokenmirror.measures.measure import Export, Measure, Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import absent, begin_day, of_sessions, values
from tokenmirror.store.days import DAY
from tokenmirror.store.sums import EVENTS

SHOWN = f"""
{folded(EVENTS, ("shown", "taken", "untold"))}
select f.n, f.session_id, s.source, f.shown, f.taken, f.untold
from folded f {of_sessions("f", unattended=True)} and f.shown > 0
"""
TOTALS = """
select source, what, sum(count) from day_totals
where at_ms >= :from_ms and at_ms < :until_ms
  and (:sources is null or source in (select value from json_each(:sources)))
  and :of_sessions = 0
group by source, what
"""
CHARACTERS = """
select at_ms, what, count from day_totals
where what in ('chars_typed', 'chars_ai') and at_ms >= :from_ms and at_ms < :until_ms
  and (:sources is null or source in (select value from json_each(:sources)))
  and :of_sessions = 0
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """Completions of one session; ``undecided`` neither taken nor known not to be."""

    session: int
    source: str
    shown: int
    accepted: int
    undecided: int


@shared
def by_session(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[Shown]:
    """Completions of the period whose every showing is recorded."""
    return [one for _, one in _shown(db, scope, folding.period(scope, first, last))]


@shared
def by_week(db: Reader, scope: Scope, weeks: tuple[date, ...]) -> dict[date, list[Shown]]:
    """The same for each of these weeks."""
    found: dict[date, list[Shown]] = {week: [] for week in weeks}
    for n, one in _shown(db, scope, folding.weeks(scope, weeks)):
        found.get(date.fromordinal(n), []).append(one)
    return found


def _shown(db: Reader, scope: Scope, bins: list[Bin]) -> Iterator[tuple[int, Shown]]:
    for n, *row in db.execute(SHOWN, values(scope) | {"bins": folding.bound(bins)}):
        yield n, Shown(*row)


def _totals(db: Reader, scope: Scope) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for source, what, count in db.execute(TOTALS, values(scope)):
        found[source][what] = count
    return found


def _unrecorded() -> Unknown:
    return Unknown(
        "not_recorded", tr(mark("Completions shown are not recorded by the tools of this period."))
    )


def shown(db: Reader, scope: Scope) -> Total | Unknown:
    """C1: completions shown; those kept as day totals stand apart, in their own unit."""
    missing = absent(db, scope)
    if missing:
        return missing
    some, totals = by_session(db, scope), _totals(db, scope)
    by_day = sum(counts.get("shown", 0) for counts in totals.values())
    lines = sum(counts.get("lines_shown", 0) for counts in totals.values())
    if not some and not by_day and not lines:
        return _unrecorded()
    n = sum(one.shown for one in some)
    words = tr_n(mark("{n} completion was shown."), mark("{n} completions were shown."), n)
    more = tr(mark("Day totals, apart: {n} shown."), n=language.number(by_day))
    more_lines = tr(mark("Day totals, apart: {n} lines shown."), n=language.number(lines))
    return Total(
        n,
        "count",
        len(some),
        phrases.joined(words if some else "", more if by_day else "", more_lines if lines else ""),
        parts={"day_totals": by_day or None, "day_total_lines": lines or None},
    )


def taken(db: Reader, scope: Scope) -> Rate | Unknown:
    """C2: completions taken of those shown; sessions are drawn again as wholes."""
    missing = absent(db, scope)
    if missing:
        return missing
    some = [one for one in by_session(db, scope) if one.shown]
    if not some:
        return _unrecorded()
    pairs = [(float(one.accepted), float(one.shown)) for one in sorted(some, key=_session)]
    hits, trials = (int(sum(pair[part] for pair in pairs)) for part in (0, 1))
    start = seed("C2@1", scope.first, scope.last, *scope.choices)
    interval = ratio_interval(pairs, start)
    words = tr_n(
        mark("You took {hits} of {n} completion shown{share}."),
        mark("You took {hits} of {n} completions shown{share}."),
        trials,
        hits=language.number(hits),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, len(pairs))),
    )
    tools = sorted({one.source for one in some})
    several = tr(mark("Tools count what was shown in their own ways: compare none."))
    return Rate(
        hits,
        trials,
        "count",
        phrases.joined(words, several if len(tools) > 1 else ""),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        basis="recorded",
        apart={
            f"{part}:{tool}": sum(getattr(one, part) for one in some if one.source == tool)
            for tool in tools
            for part in ("accepted", "shown")
        }
        if len(tools) > 1
        else {},
        n=len(pairs),
    )


def _session(one: Shown) -> int:
    return one.session


def taken_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """C2 by week, in per cent."""
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")

    past, shown_weeks = history.weeks_before(scope, begin)[-26:], history.shown_weeks(scope)
    found = by_week(db, scope, tuple(sorted({*past, *shown_weeks})))

    def of_week(first: date) -> tuple[int, int, int]:
        some = found[first]
        return sum(one.accepted for one in some), sum(one.shown for one in some), len(some)

    before = [of_week(first) for first in past]
    band = usual([100 * h / n for h, n, units in before if units >= FEW and n], ceiling=100.0)
    weeks = []
    for first in shown_weeks:
        hits, trials, units = of_week(first)
        words = tr(mark("none recorded"))
        if trials:
            words = tr(mark("{hits} of {trials} taken"), hits=hits, trials=trials)
        value = 100 * hits / trials if trials else None
        weeks.append(history.week(scope, first, begin, (value,), words, (units,)))
    return Weeks(
        weeks=tuple(weeks),
        parts=("taken",),
        names=(tr(mark("taken")),),
        unit="percent",
        sentence=tr(mark("Completions taken of those shown, by week.")),
        small_parts=("sessions",),
        small_names=(tr(mark("sessions")),),
        usual=(band.low, band.centre, band.high) if band else None,
    )


Characters = tuple[int, int]  # by AI, typed


def _characters(db: Reader, scope: Scope, first: date, last: date) -> dict[date, Characters]:
    found: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for at_ms, what, count in db.execute(CHARACTERS, values(scope, first, last)):
        found[scope.days.day_of(at_ms)][what == "chars_typed"] += count
    return {day: (ai, typed) for day, (ai, typed) in found.items()}


def characters(db: Reader, scope: Scope) -> Rate | Unknown:
    """C9: characters that AI wrote, of those written by AI and typed; days drawn as wholes."""
    missing = absent(db, scope)
    if missing:
        return missing
    days = _characters(db, scope, scope.first, scope.last)
    pairs = [(float(ai), float(ai + typed)) for _, (ai, typed) in sorted(days.items())]
    hits, trials = (int(sum(pair[part] for pair in pairs)) for part in (0, 1))
    if not trials:
        return Unknown(
            "not_recorded",
            tr(
                mark(
                    "No editor counted characters. In VS Code the setting"
                    " editor.aiStats.enabled switches the count on."
                )
            ),
        )
    start = seed("C9@1", scope.first, scope.last, *scope.choices)
    interval = ratio_interval(pairs, start)
    words = tr(
        mark("AI wrote {share} of the characters that editors counted."),
        share=phrases.line_share(hits, trials, interval, len(pairs))
        or tr(mark("{hits} of {trials}"), hits=hits, trials=trials),
    )
    return Rate(
        hits,
        trials,
        "count",
        words,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        basis="recorded",
        n=len(pairs),
    )


def characters_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """C9 by week, in per cent."""
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")

    past, shown_weeks = history.weeks_before(scope, begin)[-26:], history.shown_weeks(scope)
    every = sorted({*past, *shown_weeks})
    found = _characters(db, scope, every[0], scope.days.last_of(every[-1]))

    def of_week(first: date) -> tuple[int, int, int]:
        days = [found[day] for n in range(7) if (day := first + n * DAY) in found]
        ai, typed = (sum(pair[part] for pair in days) for part in (0, 1))
        return ai, ai + typed, len(days)

    before = [of_week(first) for first in past]
    band = usual([100 * h / n for h, n, units in before if units >= FEW and n], ceiling=100.0)
    weeks = []
    for first in shown_weeks:
        hits, trials, units = of_week(first)
        value = 100 * hits / trials if trials else None
        words = tr(mark("not counted"))
        if value is not None:
            words = tr(mark("{share} by AI"), share=language.percent(value / 100))
        weeks.append(history.week(scope, first, begin, (value,), words, (units,)))
    return Weeks(
        weeks=tuple(weeks),
        parts=("ai",),
        names=(tr(mark("written by AI")),),
        unit="percent",
        sentence=tr(mark("Characters written by AI, of those counted, by week.")),
        small_parts=("days",),
        small_names=(tr(mark("days")),),
        usual=(band.low, band.centre, band.high) if band else None,
    )


OUT = mark("Completions without a character, and the same one shown again within a second.")
READS = frozenset({"suggestions", "sessions", "day_totals", "tasks"})

C1 = Measure(
    id="C1",
    term="suggestions shown",
    title=mark("Completions shown"),
    means=mark("How many completions you were shown."),
    how=mark("Inline completions whose every showing a tool records; day totals stand apart."),
    left_out=OUT,
    bias=mark("A resting cursor brings them up."),
    unit="count",
    needs=frozenset({"S3"}),
    windows=("P",),
    interval_unit="",
    beside=("C2",),
    export=Export.TICKED,
    compute=shown,
    reads=READS,
)
C2 = Measure(
    id="C2",
    term="acceptance rate (events)",
    title=mark("Completions taken"),
    means=mark("Of the completions you were shown, how many you took."),
    how=mark("Taken of shown, per tool; nothing is reckoned where showing is not recorded."),
    left_out=OUT,
    bias=mark("It follows how productive people feel more than what lasts."),
    unit="%",
    needs=frozenset({"S3", "S4"}),
    windows=("P", "w"),
    interval_unit="session",
    beside=("C6", "D4"),
    export=Export.TICKED,
    compute=taken,
    weekly=taken_by_week,
    reads=READS,
)
C9 = Measure(
    id="C9",
    term="AI characters share",
    title=mark("Typed and AI characters"),
    means=mark("How much of the text in your editor AI wrote."),
    how=mark("Characters by AI of those by AI and typed, from editors that count them."),
    left_out=mark("Editors whose counter is off."),
    bias=mark("Pasted text counts as typed; one large edit by an agent swamps it."),
    unit="%",
    needs=frozenset({"editor counter"}),
    windows=("P", "w"),
    interval_unit="day",
    beside=("C6",),
    export=Export.TICKED,
    compute=characters,
    weekly=characters_by_week,
    reads=READS,
)

MEASURES = (C1, C2, C9)
