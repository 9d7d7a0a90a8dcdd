"""Two periods that the person picks by hand, held against each other (``measures.md`` 4.5).

For rates alone: Newcombe's interval of the difference over tasks, the difference of two
bootstraps over lines; 99 %, and a difference below five points is not named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures import history
from tokenmirror.measures.figures import Unknown
from tokenmirror.measures.intervals import (
    FEW,
    Interval,
    difference,
    percent_step,
    ratio_difference,
    ratio_interval,
    seed,
)
from tokenmirror.measures.measure import Behind, Measure, Reader, Scope

WORDS = {
    -1: mark("{title}: {later} against {earlier}, lower."),
    0: mark("{title}: {later} against {earlier}, no clear difference."),
    1: mark("{title}: {later} against {earlier}, higher."),
}


@dataclass(frozen=True)
class Difference:
    """Later less earlier, as shares of 0..1, with the 99 % interval of the difference.

    ``place``: -1 named as lower, 1 as higher, 0 neither.
    """

    earlier: float
    later: float
    low: float
    high: float
    place: int
    sentence: str


def compared(db: Reader, measure: Measure, earlier: Scope, later: Scope) -> Difference | Unknown:
    """How a rate of one period lies to that of another one; neither may overlap the other.

    ``ValueError`` for a measure that is no rate, and for periods that overlap.
    """
    if measure.past is None or not measure.past.rate:
        raise ValueError(f"{measure.id} is no rate")
    if earlier.last >= later.first:
        raise ValueError("the periods overlap")
    for scope in (earlier, later):
        figure = measure.compute(db, scope)
        if isinstance(figure, Unknown):
            return figure
    units = measure.past.units
    sides = [_pairs(units(db, scope, scope.first, scope.last)) for scope in (later, earlier)]
    start = seed(measure.id, measure.version, later.first, later.last, earlier.first, earlier.last)
    interval = _difference(sides, start, over_tasks=measure.past.kind == "task_rate")
    shares = [history.ratio(side) for side in sides]
    if interval is None or shares[0] is None or shares[1] is None:
        return Unknown("too_few", tr(mark("Too few tasks to hold one period against another.")))
    named = history.wide_enough(shares[0], shares[1], rate=True)
    place = (interval[0] > 0) - (interval[1] < 0) if named else 0
    over_tasks = measure.past.kind == "task_rate"
    said = [_said(side, start, over_tasks=over_tasks) for side in sides]
    words = tr(WORDS[place], title=tr(measure.title), later=said[0], earlier=said[1])
    return Difference(shares[1], shares[0], *interval, place, words)


def _pairs(units: Sequence[Behind]) -> list[tuple[float, float]]:
    return [(unit.hits, unit.trials) for unit in units if unit.trials]


def _difference(
    sides: list[list[tuple[float, float]]], start: int, *, over_tasks: bool
) -> Interval | None:
    """Later less earlier; ``None`` for fewer tasks than a rate needs."""
    if not over_tasks:
        return ratio_difference(sides[0], sides[1], start)
    if min(len(side) for side in sides) < FEW:
        return None
    one, other = ((int(history.total(side)), len(side)) for side in sides)
    return difference(one, other)


def _said(side: list[tuple[float, float]], start: int, *, over_tasks: bool) -> str:
    """A share as exact as its own interval allows."""
    hits, trials = (int(sum(pair[part] for pair in side)) for part in (0, 1))
    if over_tasks:
        return tr(
            mark("{hits} of {n} ({share})"),
            hits=language.number(hits), n=language.number(trials),
            share=language.percent(hits / trials),
        )  # fmt: skip
    interval = ratio_interval(side, start)
    step = percent_step(*interval) if interval else 1
    share = language.percent(hits / trials, step)
    return tr(mark("around {share}"), share=share) if step > 1 else share
