"""I1, I3, I4: how often the person steps in, how often agents ask, and how long they run.

No direction is good or bad in any of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tokenmirror import language
from tokenmirror.language import mark, tr, tr_n
from tokenmirror.measures import baselines, chosen, columns, events, history, phrases, series
from tokenmirror.measures.attention import duration
from tokenmirror.measures.columns import Floats, Grouped
from tokenmirror.measures.contradictions import left_out
from tokenmirror.measures.courses import course, lengths_s
from tokenmirror.measures.figures import Rate, Total, Unknown, Weeks
from tokenmirror.measures.intervals import (
    FEW,
    MANY,
    MIN_WEEKS,
    Interval,
    median,
    median_interval,
    quantile,
    ratio_interval,
    seed,
    usual,
)
from tokenmirror.measures.measure import NO_MODEL, Behind, Export, Measure, Past, Reader, Scope
from tokenmirror.measures.memo import lasting, shared
from tokenmirror.measures.scoped import absent, begin_day
from tokenmirror.store.sums import EVENTS


@shared
def turns(db: Reader, scope: Scope, first: date | None = None, last: date | None = None) -> Grouped:
    """Turns of the period by session, sub-agents left out."""
    inner = columns.sessions(db).relation.among({"subagent"})
    return events.of_days(db, scope, chosen.sessions(db, scope) & ~inner, first, last)


@lasting
def _telling(db: Reader, column: str) -> frozenset[str]:
    """Tools of which any turn ever ended so: where none does, the tool does not record it."""
    import numpy as np  # late: 100 ms

    every, source = columns.quarters(db, EVENTS), columns.sessions(db).source
    codes = np.unique(source.code[every.session[every.column(column) > 0]])
    return frozenset(source.words[code] for code in codes)


def _ending(db: Reader, column: str, some: Grouped) -> Floats | Unknown:
    """Turns that ended so, and all, of sessions whose tool is known to record it; or why not."""
    source = columns.sessions(db).source
    telling = source.among(_telling(db, column))[some.session]
    turned = some.sum("turns")
    if (turned[telling] > 0).any() or not turned.any():
        return columns.pairs(some.sum(column)[telling], turned[telling])
    silent = {source.words[code] for code in source.code[some.session[turned > 0]]}
    tools = language.listing(sorted(silent))
    words = tr(mark("How turns end is not recorded by {tools}, or none ended so."), tools=tools)
    return Unknown("not_recorded", words)


@dataclass(frozen=True)
class _Ends:
    """Turns that ended one way: its measure, column and words."""

    measure: str
    column: str
    sentence: str


STOPPED = _Ends(
    "I1@1", "interrupted",
    mark("You stopped {hits} of {trials} turns{share}."),
)  # fmt: skip
ASKED = _Ends(
    "I3@1", "asked",
    mark("{hits} of {trials} turns ended with a question to you{share}."),
)  # fmt: skip


def _rate(db: Reader, scope: Scope, ends: _Ends) -> Rate | Unknown:
    missing = absent(db, scope)
    if missing:
        return missing
    pairs = _ending(db, ends.column, turns(db, scope))
    if isinstance(pairs, Unknown):
        return pairs
    hits, trials = map(int, pairs.sum(axis=0))
    start = seed(ends.measure, scope.first, scope.last, *scope.choices)
    interval = ratio_interval(pairs, start)
    words = tr(
        ends.sentence,
        hits=language.number(hits), trials=language.number(trials),
        share=phrases.in_brackets(phrases.line_share(hits, trials, interval, len(pairs))),
    )  # fmt: skip
    return Rate(
        hits,
        trials,
        "count",
        words if trials else tr(mark("No agent worked in this period.")),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        basis="recorded",
        n=len(pairs),
    )


def _stopped_units(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
    pairs = _ending(db, "interrupted", turns(db, scope, first, last))
    if isinstance(pairs, Unknown):
        return []
    return [Behind(None, hits, trials) for hits, trials in pairs.tolist()]


INTERRUPTED = Past(_stopped_units, "line_rate", language.percent)
STOPPED_BY_WEEK = series.RateSeries(
    measure="I1@1",
    key="interrupted",
    name=mark("share of turns"),
    sentence=mark("Turns you stopped, by week."),
    units=_stopped_units,
    small=("sessions", mark("sessions")),
)


def interruptions(db: Reader, scope: Scope) -> Rate | Unknown:
    """I1: turns that the person stopped, of all turns of agents."""
    return _rate(db, scope, STOPPED)


def interruptions_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """I1 by week, in per cent."""
    return series.rate_series(db, scope, STOPPED_BY_WEEK)


def questions(db: Reader, scope: Scope) -> Rate | Unknown:
    """I3: turns that ended by asking the person."""
    return _rate(db, scope, ASKED)


def leash(db: Reader, scope: Scope) -> Total | Unknown:
    """I4: median and ninetieth percentile of a turn's duration; tool calls per own prompt."""
    missing = absent(db, scope)
    if missing:
        return missing
    lengths = lengths_s(course(db, scope))
    some = turns(db, scope)
    if not lengths:
        if some.sum("turns").any():
            return Unknown(
                "not_recorded", tr(mark("No tool recorded when agents began and ended."))
            )
        return Unknown("no_activity", tr(mark("No agent worked in this period.")))
    prompts = some.sum("own") + some.sum("unknown")
    steps = sorted((some.sum("calls")[prompts > 0] / prompts[prompts > 0]).tolist())
    interval = median_interval(lengths) if len(lengths) >= MANY else None
    return Total(
        median(lengths),
        "seconds",
        len(lengths),
        phrases.joined(_leash_words(lengths, steps), left_out(db, scope, "turns")),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        basis="derived",
        parts={
            "p90_s": quantile(lengths, 0.9) if len(lengths) >= MANY else None,
            "median_calls_per_prompt": median(steps) if len(steps) >= FEW else None,
            "p90_calls_per_prompt": quantile(steps, 0.9) if len(steps) >= MANY else None,
        },
    )


def _leash_words(lengths: Sequence[float], steps: Sequence[float]) -> str:
    if len(lengths) < FEW:
        told = language.listing([duration(each) for each in lengths])
        return tr_n(mark("{n} turn: {told}."), mark("{n} turns: {told}."), len(lengths), told=told)
    words = tr(mark("The median turn took {time}"), time=duration(median(lengths)))
    ends: Interval = (quantile(lengths, 0.9), lengths[-1])
    if len(lengths) >= MANY:
        words = tr(mark("{words}, one in ten over {time}"), words=words, time=duration(ends[0]))
    calls = ""
    if len(steps) >= FEW:
        calls = tr(
            mark("The median session had {n} tool calls per prompt of yours."),
            n=language.number(median(steps), 1),
        )
    return phrases.joined(f"{words}.", calls)


def leash_by_week(db: Reader, scope: Scope) -> Weeks | Unknown:
    """I4 by week: the median turn, in seconds; a week of fewer than five turns enters no band."""
    begin = begin_day(db, scope)
    if begin is None:
        return absent(db, scope) or Unknown("nothing_read", "")

    past, shown = (
        history.weeks_before(scope, baselines.since(db, scope)),
        history.shown_weeks(scope),
    )
    found = course(db, scope, min([*past, *shown]), scope.days.last_of(max([*past, *shown])))

    def of_week(first: date) -> list[float]:
        return lengths_s(found, *scope.days.bounds_ms(first, scope.days.last_of(first)))

    held = [median(each) for each in map(of_week, past) if len(each) >= FEW]
    band = usual(held, log=True)
    weeks = []
    for first in shown:
        lengths = of_week(first)
        value = median(lengths) if lengths else None
        words = tr(mark("none"))
        if value is not None:
            words = tr(mark("median turn {time}"), time=duration(value))
        few = 0 < len(lengths) < FEW
        weeks.append(history.week(scope, first, begin, (value,), words, (len(lengths),), few=few))
    return Weeks(
        weeks=tuple(weeks),
        parts=("median",),
        names=(tr(mark("median turn")),),
        unit="seconds",
        sentence=tr(mark("How long the median turn took, by week.")),
        small_parts=("turns",),
        small_names=(tr(mark("turns")),),
        usual=band.ends if band else None,
        basis="derived",
        lacking=history.lacking_words(MIN_WEEKS, len(held)),
        breaks=baselines.within(db, scope, shown[0], scope.today),
    )


OUT = mark("Hidden tasks; unattended runs unless asked for; sub-agents, which are in their parent.")
READS = frozenset({"turns", "tool_calls", "prompts", "sessions", "tasks", "task_sessions"})

I1 = Measure(
    id="I1",
    term="interruption rate",
    title=mark("Turns you stopped"),
    means=mark("How often you stepped in."),
    how=mark("Turns you stopped, of all turns of agents; sessions are drawn again as wholes."),
    left_out=OUT,
    bias=mark("With experience people approve more and stop more: no direction is better."),
    unit="% of turns",
    needs=frozenset({"S2"}),
    windows=("P", "w"),
    interval_unit="session",
    beside=("C8",),
    export=Export.TICKED,
    compute=interruptions,
    weekly=interruptions_by_week,
    past=INTERRUPTED,
    reads=READS,
    splits=NO_MODEL,
)
I3 = Measure(
    id="I3",
    term="clarification rate",
    title=mark("Questions from the agent"),
    means=mark("How often an agent stopped to ask you."),
    how=mark("Turns that ended by asking you, of all turns."),
    left_out=OUT,
    bias=mark("A good question saves work, a needless one costs it; the count knows neither."),
    unit="% of turns",
    needs=frozenset({"S2"}),
    windows=("P",),
    interval_unit="session",
    beside=("I1",),
    export=Export.TICKED,
    compute=questions,
    reads=READS,
    splits=NO_MODEL,
)
I4 = Measure(
    id="I4",
    term="autonomy length",
    title=mark("Length of leash"),
    means=mark("How long agents work before they come back to you."),
    how=mark("Median and ninetieth percentile of a turn; tool calls per prompt of yours."),
    left_out=OUT,
    bias=mark("Long turns may be slow services."),
    unit="duration, steps",
    needs=frozenset({"S2", "S5"}),
    windows=("P", "w"),
    interval_unit="session",
    beside=("I1", "F3"),
    export=Export.TICKED,
    compute=leash,
    weekly=leash_by_week,
    reads=READS,
    splits=NO_MODEL,
)

MEASURES = (I1, I3, I4)
