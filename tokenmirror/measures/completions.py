"""C1, C2, C9: completions shown and taken, and characters typed by you and by AI.

Tools count "shown" in their own ways: rates are per tool, and what a tool keeps as day
totals stays apart.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import folding, phrases, series
from tokenmirror.measures.figures import Rate, Total, Unknown, Weeks
from tokenmirror.measures.folding import folded
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
from tokenmirror.measures.memo import Span, spans
from tokenmirror.measures.scoped import absent, of_sessions, values
from tokenmirror.store.oddities import sound
from tokenmirror.store.sums import EVENTS

SHOWN = f"""
{folded(EVENTS, ("shown", "taken", "untold"))}
select f.n, f.session_id, s.source, f.shown, f.taken, f.untold
from folded f {of_sessions("f", unattended=True)} and f.n >= 0 and f.shown > 0
"""  # noqa: S608 (constant parts)
TOTALS = f"""
select source, what, sum(count) from day_totals
where at_ms >= :from_ms and at_ms < :until_ms
  and (:sources is null or source in (select value from json_each(:sources)))
  and :of_sessions = 0 and {sound("day_totals", "id")}
group by source, what
"""  # noqa: S608 (constant parts)
DAYS = f"""
select source, at_ms, what, count from day_totals
where what in ('shown', 'accepted') and at_ms >= :from_ms and at_ms < :until_ms
  and (:sources is null or source in (select value from json_each(:sources)))
  and :of_sessions = 0 and {sound("day_totals", "id")}
"""  # noqa: S608 (constant parts)
BY_DAY = mark("These are day totals.")
CHARACTERS = f"""
select at_ms, what, count from day_totals
where what in ('chars_typed', 'chars_ai') and at_ms >= :from_ms and at_ms < :until_ms
  and (:sources is null or source in (select value from json_each(:sources)))
  and :of_sessions = 0 and {sound("day_totals", "id")}
"""  # noqa: S608 (constant parts)


@dataclass(frozen=True, slots=True)
class Shown:
    """Completions of one session; ``undecided`` neither taken nor known not to be.

    A day of a tool that keeps day totals has a negative number in place of a session.
    """

    session: int
    source: str
    shown: int
    accepted: int
    undecided: int


def by_session(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[Shown]:
    """Completions of the period whose every showing is recorded."""
    return _of_span(db, scope, first or scope.first, last or scope.last)


@spans
def _of_span(db: Reader, scope: Scope, wanted: tuple[Span, ...]) -> dict[Span, list[Shown]]:
    found: dict[Span, list[Shown]] = {span: [] for span in wanted}
    bins = folding.bound(folding.bins(scope, wanted))
    for n, *row in db.execute(SHOWN, values(scope) | {"bins": bins}):
        found[wanted[n]].append(Shown(*row))
    return found


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
    if not some:
        return _shown_by_day(by_day, lines)
    n = sum(one.shown for one in some)
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
    some = [one for one in by_session(db, scope) if one.shown] or _of_days(db, scope)
    if not some:
        return _unrecorded()
    by_day = any(one.session < 0 for one in some)
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
        phrases.joined(words, tr(BY_DAY) if by_day else "", several if len(tools) > 1 else ""),
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


def _of_days(db: Reader, scope: Scope) -> list[Shown]:
    """Days of tools that count both what they showed and what was taken, and nothing finer."""
    found: dict[tuple[str, date], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for source, at_ms, what, count in db.execute(DAYS, values(scope)):
        found[source, scope.days.day_of(at_ms)][what] += count
    return [
        Shown(-number, source, counts["shown"], min(counts["accepted"], counts["shown"]), 0)
        for number, ((source, _), counts) in enumerate(sorted(found.items()), 1)
        if counts["shown"] and "accepted" in counts
    ]


def _session(one: Shown) -> int:
    return one.session


def _taken_units(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    some = sorted(by_session(db, scope, first, last), key=_session)
    return [Behind(None, float(one.accepted), float(one.shown)) for one in some if one.shown]


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
