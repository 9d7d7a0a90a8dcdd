"""Rates drawn by week, or by month where most weeks have too few units for a rate.

A week needs five units (tasks, sessions, days) for a mark of its own; with fewer it is a
hollow dot that enters no usual range (``measures.md`` 4.5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures import baselines, history, phrases
from tokenmirror.measures.figures import Unknown, Usual, Week, Weeks
from tokenmirror.measures.intervals import FEW, MAX_WEEKS, MIN_WEEKS, weeks_needed
from tokenmirror.measures.intervals import usual as limits
from tokenmirror.measures.measure import Behind, Reader, Scope, Units
from tokenmirror.measures.memo import kept
from tokenmirror.measures.scoped import RIPE, absent, begin_day
from tokenmirror.store.days import Step

MONTH_WEEKS = 4


@dataclass(frozen=True)
class RateSeries:
    """How a rate is drawn: its part, what is behind it, and its words.

    ``small`` names the units that are counted under the axis.  ``ripens``: a week is told
    once it is 14 days old.  ``words`` says (hits, trials, units) of a week.
    """

    measure: str
    key: str
    name: str
    sentence: str
    units: Units
    small: tuple[str, str] = ("tasks", mark("tasks"))
    ripens: bool = False
    words: Callable[[int, int, int], str] | None = None


Sums = tuple[int, int, int]  # hits, trials, units


def rate_series(db: Reader, scope: Scope, drawn: RateSeries) -> Weeks | Unknown:
    """A rate for each of twelve weeks or months, in per cent, with the units behind it."""
    if begin_day(db, scope) is None:
        return absent(db, scope) or Unknown("nothing_read", "")
    shown = history.shown_weeks(scope)
    before = history.weeks_before(scope, baselines.since(db, scope))
    with kept(db):
        sums = [_sums(drawn, db, scope, first, "week") for first in shown]
        past = [
            _pairs(drawn.units(db, scope, first, scope.days.last_of(first))) for first in before
        ]
    held = [pairs for pairs in past if pairs]
    if too_sparse(scope, shown, sums):
        shown = history.shown_months(scope)
        sums = [_sums(drawn, db, scope, first, "month") for first in shown]
        return _weeks(db, scope, drawn, (shown, sums, "month"), _month_band(scope, drawn, held))
    return _weeks(db, scope, drawn, (shown, sums, "week"), _week_band(held))


def too_sparse(scope: Scope, firsts: Sequence[date], sums: Sequence[Sums]) -> bool:
    """Whether under half of the full weeks that hold anything have enough units for a rate."""
    counts = [
        units
        for first, (_, trials, units) in zip(firsts, sums, strict=True)
        if trials and scope.days.whole(first, scope.today)
    ]
    return sum(units >= FEW for units in counts) < len(counts) / 2


def _pairs(units: Sequence[Behind]) -> list[tuple[float, float]]:
    return [(unit.hits, unit.trials) for unit in units if unit.trials]


def _sums(drawn: RateSeries, db: Reader, scope: Scope, first: date, step: Step) -> Sums:
    pairs = _pairs(drawn.units(db, scope, first, scope.days.last_of(first, step)))
    hits, trials = (int(sum(pair[part] for pair in pairs)) for part in (0, 1))
    return hits, trials, len(pairs)


Band = tuple[Usual | None, str]  # limits in per cent, or why there are none


def _week_band(held: Sequence[Sequence[tuple[float, float]]]) -> Band:
    enough = [week for week in held if len(week) >= FEW]
    values = [value for week in enough if (value := history.ratio(week)) is not None]
    band = limits([100 * value for value in values], ceiling=100.0)
    words = history.lacking_words(MIN_WEEKS, len(values))
    return ((band.low, band.centre, band.high) if band else None), words


def _month_band(
    scope: Scope, drawn: RateSeries, held: Sequence[Sequence[tuple[float, float]]]
) -> Band:
    pools = [(history.total(week), sum(pair[1] for pair in week)) for week in held[-MAX_WEEKS:]]
    found = history.nested(scope, drawn.measure, pools, MONTH_WEEKS, history.ratio)
    words = history.lacking_words(weeks_needed(MONTH_WEEKS), len(pools))
    if found is None:
        return None, words
    low, centre, high = found[0].ends
    return (100 * low, 100 * centre, 100 * high), words


def _weeks(
    db: Reader,
    scope: Scope,
    drawn: RateSeries,
    points: tuple[Sequence[date], Sequence[Sums], Step],
    band: Band,
) -> Weeks:
    shown, sums, step = points
    begin = begin_day(db, scope)
    return Weeks(
        weeks=tuple(
            _week(scope, begin, drawn, first, found, step)
            for first, found in zip(shown, sums, strict=True)
        ),
        parts=(drawn.key,),
        names=(tr(drawn.name),),
        unit="percent",
        sentence=tr(drawn.sentence),
        small_parts=(drawn.small[0],),
        small_names=(tr(drawn.small[1]),),
        usual=band[0],
        step="month" if step == "month" else "week",
        basis="derived",
        lacking=band[1],
        breaks=baselines.within(db, scope, shown[0], scope.days.last_of(shown[-1], step)),
    )


def _week(
    scope: Scope, begin: date | None, drawn: RateSeries, first: date, found: Sums, step: Step
) -> Week:
    hits, trials, units = found
    young = drawn.ripens and scope.days.last_of(first, step) > scope.today - RIPE
    if trials:
        words = (drawn.words or rate_words)(hits, trials, units)
    else:
        words = tr(mark("too early to tell")) if young else tr(mark("none"))
    value = 100 * hits / trials if trials else None
    few = bool(trials) and units < FEW
    return history.week(scope, first, begin, (value,), words, (units,), step=step, few=few)


def rate_words(hits: int, trials: int, units: int) -> str:
    """The words of a week: "6 of 8 (75 %)", without a percentage where units are few."""
    return tr(
        mark("{hits} of {trials}{share}"),
        hits=language.number(hits), trials=language.number(trials),
        share=phrases.in_brackets(phrases.line_share(hits, trials, None, units)),
    )  # fmt: skip
