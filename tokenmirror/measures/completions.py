"""C1, C2, C9: completions shown and taken, and characters typed by you and by AI.

Tools count "shown" in their own ways: rates are per tool, and what a tool keeps as day
totals stays apart.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import chosen, columns, events, phrases, series
from tokenmirror.measures.columns import Coded, Ints
from tokenmirror.measures.figures import Rate, Total, Unknown, Weeks
from tokenmirror.measures.intervals import ratio_interval, seed
from tokenmirror.measures.measure import (
    NO_MODEL,
    TOOL,
    Behind,
    Export,
    Measure,
    Past,
    Reader,
    Scope,
)
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.scoped import absent, tools_alone
from tokenmirror.store.oddities import sound

BY_DAY = mark("These are day totals.")
DAY_TOTALS = f"""
select at_ms, source, what, count from day_totals
where {sound("day_totals", "id")} order by at_ms, id
"""  # noqa: S608 (constant parts)


@dataclass(frozen=True)
class Shown:
    """Completions of sessions, or of days of tools that keep day totals: columns of one length.

    All were shown some.
    """

    source: Coded
    shown: Ints
    taken: Ints

    def __len__(self) -> int:
        return len(self.shown)


class DayTotal(NamedTuple):
    """A number that a tool kept for a day, and what it counted."""

    at_ms: int
    source: str
    what: str
    number: int


def by_session(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> Shown:
    """Completions of the period whose every showing is recorded."""
    of = chosen.sessions(db, scope, unattended=True)
    found = events.of_days(db, scope, of, first, last)
    source, shown = columns.sessions(db).source, found.sum("shown")
    some = shown > 0
    codes = source.code[found.session[some]]
    return Shown(Coded(source.words, codes), shown[some], found.sum("taken")[some])


@lasting
def _every_total(db: Reader) -> list[DayTotal]:
    return [DayTotal._make(row) for row in db.execute(DAY_TOTALS)]


def _day_totals(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[DayTotal]:
    """Totals of the days of the period, or of other days; none but tools can be told apart."""
    if not tools_alone(scope):
        return []
    every, wanted = _every_total(db), scope.sources
    bounds = scope.days.bounds_ms(first or scope.first, last or scope.last)
    begin, end = (bisect_left(every, at_ms, key=attrgetter("at_ms")) for at_ms in bounds)
    return [one for one in every[begin:end] if wanted is None or one.source in wanted]


def _unrecorded() -> Unknown:
    return Unknown(
        "not_recorded", tr(mark("Completions shown are not recorded by the tools of this period."))
    )


def shown(db: Reader, scope: Scope) -> Total | Unknown:
    """C1: completions shown; those kept as day totals stand apart, in their own unit."""
    missing = absent(db, scope)
    if missing:
        return missing
    some, totals = by_session(db, scope), _day_totals(db, scope)
    by_day, lines = (
        sum(one.number for one in totals if one.what == what) for what in ("shown", "lines_shown")
    )
    if not len(some) and not by_day and not lines:
        return _unrecorded()
    if not len(some):
        return _shown_by_day(by_day, lines)
    n = int(some.shown.sum())
    words = tr_n(mark("{n} completion was shown."), mark("{n} completions were shown."), n)
    more = tr(mark("Day totals, apart: {n} shown."), n=language.number(by_day))
    more_lines = tr(mark("Day totals, apart: {n} lines shown."), n=language.number(lines))
    return Total(
        n,
        "count",
        len(some),
        phrases.joined(words, more if by_day else "", more_lines if lines else ""),
        parts={"day_totals": by_day or None, "day_total_lines": lines or None},
    )


def _shown_by_day(by_day: int, lines: int) -> Total:
    """Where day totals are all there is; lines where nothing else was counted."""
    count = tr_n(mark("{n} completion was shown."), mark("{n} completions were shown."), by_day)
    in_lines = tr_n(mark("{n} line was shown."), mark("{n} lines were shown."), lines)
    return Total(
        by_day or lines,
        "count" if by_day else "lines",
        0,
        phrases.joined(count if by_day else in_lines, tr(BY_DAY)),
        parts={"day_totals": by_day or None, "day_total_lines": lines or None},
    )


def taken(db: Reader, scope: Scope) -> Rate | Unknown:
    """C2: completions taken of those shown; sessions are drawn again as wholes."""
    missing = absent(db, scope)
    if missing:
        return missing
    some = by_session(db, scope)
    by_day = not len(some)
    if by_day:
        some = _of_days(db, scope)
    if not len(some):
        return _unrecorded()
    pairs = columns.pairs(some.taken, some.shown)
    hits, trials = map(int, pairs.sum(axis=0))
    start = seed("C2@1", scope.first, scope.last, *scope.choices)
    interval = ratio_interval(pairs, start)
    words = tr_n(
        mark("You took {hits} of {n} completion shown{share}."),
        mark("You took {hits} of {n} completions shown{share}."),
        trials,
        hits=language.number(hits),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, len(pairs))),
    )
    tools = _by_tool(some)
    several = tr(mark("Tools count what was shown in their own ways: compare none."))
    return Rate(
        hits,
        trials,
        "count",
        phrases.joined(words, tr(BY_DAY) if by_day else "", several if len(tools) > 1 else ""),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        basis="recorded",
        apart={
            f"{part}:{tool}": count
            for tool, counts in tools.items()
            for part, count in zip(("accepted", "shown"), counts, strict=True)
        }
        if len(tools) > 1
        else {},
        n=len(pairs),
    )


def _by_tool(some: Shown) -> dict[str, tuple[int, int]]:
    """Taken and shown by tool, by name."""
    words = some.source.words
    taken, shown = (
        columns.added(column, some.source.code, len(words)).tolist()
        for column in (some.taken, some.shown)
    )
    found = {tool: counts for tool, *counts in zip(words, taken, shown, strict=True) if counts[1]}
    return {tool: (found[tool][0], found[tool][1]) for tool in sorted(found)}


def _of_days(db: Reader, scope: Scope) -> Shown:
    """Days of tools that count both what they showed and what was taken, and nothing finer."""
    found: dict[tuple[str, date], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in _day_totals(db, scope):
        if one.what in {"shown", "accepted"}:
            found[one.source, scope.days.day_of(one.at_ms)][one.what] += one.number
    told = [
        (source, counts["shown"], min(counts["accepted"], counts["shown"]))
        for (source, _), counts in sorted(found.items(), reverse=True)
        if counts["shown"] and "accepted" in counts
    ]
    numbers = columns.ints([one[1:] for one in told], 2)
    return Shown(columns.coded([one[0] for one in told]), *numbers)


def _taken_units(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    some = by_session(db, scope, first, last)
    pairs = columns.pairs(some.taken, some.shown).tolist()
    return [Behind(None, taken, shown) for taken, shown in pairs]


def _taken_words(hits: int, trials: int, _units: int) -> str:
    return tr(
        mark("{hits} of {trials} taken"),
        hits=language.number(hits), trials=language.number(trials),
    )  # fmt: skip


TAKEN = Past(_taken_units, "line_rate", language.percent)
TAKEN_BY_WEEK = series.RateSeries(
    measure="C2@1",
    key="taken",
    name=mark("taken"),
    sentence=mark("Completions taken of those shown, by week."),
    units=_taken_units,
    small=("sessions", mark("sessions")),
    words=_taken_words,
)


def taken_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """C2 by week, in per cent."""
    return series.rate_series(db, scope, TAKEN_BY_WEEK)


Characters = tuple[int, int]  # by AI, typed


def _characters(db: Reader, scope: Scope, first: date, last: date) -> dict[date, Characters]:
    found: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for one in _day_totals(db, scope, first, last):
        if one.what in {"chars_typed", "chars_ai"}:
            found[scope.days.day_of(one.at_ms)][one.what == "chars_typed"] += one.number
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
        or tr(
            mark("{hits} of {trials}"),
            hits=language.number(hits),
            trials=language.number(trials),
        ),
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


def _character_units(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    days = _characters(db, scope, first, last)
    return [Behind(None, float(ai), float(ai + typed)) for _, (ai, typed) in sorted(days.items())]


CHARACTERS_BY_WEEK = series.RateSeries(
    measure="C9@1",
    key="ai",
    name=mark("written by AI"),
    sentence=mark("Characters written by AI, of those counted, by week."),
    units=_character_units,
    small=("days", mark("days")),
)


def characters_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """C9 by week, in per cent."""
    return series.rate_series(db, scope, CHARACTERS_BY_WEEK)


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
    splits=NO_MODEL - {"language"},
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
    past=TAKEN,
    reads=READS,
    splits=NO_MODEL - {"language"},
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
    splits=TOOL,
)

MEASURES = (C1, C2, C9)
