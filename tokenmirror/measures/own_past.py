"""A measure held against the person's own past: the weeks before the period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tokenmirror.measures import baselines, history
from tokenmirror.measures.intervals import MAX_WEEKS
from tokenmirror.measures.measure import Behind, Past, Reader, Scope
from tokenmirror.measures.memo import kept, shared

IDLE = Behind(None, 0.0, 1.0)


@dataclass(frozen=True)
class Found:
    """Where a figure lies in its usual range, or why there is none.

    Both are empty for a period that is never compared: under a week, or not over.
    """

    place: history.Place | None
    lacking: str


def found(db: Reader, scope: Scope, measure: str, past: Past, shown: float | None) -> Found:
    """How a figure lies to its usual range; ``measure`` is its id and version."""
    weeks = [units for _, units in weeks_before(db, scope, past)]
    place = history.usual_of(
        scope, measure, weeks, value_of(past), shown, rate=past.rate, log=past.log
    )
    return Found(place, "" if place else history.lacking(scope, weeks, rate=past.rate))


def value_of(past: Past) -> history.Value:
    """How (hits, trials) make a value."""
    return history.total if past.kind == "total" else history.ratio


@shared
def weeks_before(
    db: Reader, scope: Scope, past: Past
) -> tuple[tuple[date, tuple[history.Unit, ...]], ...]:
    """The full weeks before the period since its baseline, by first day; empty ones too."""
    return _weeks(db, scope, past, history.weeks_before(scope, baselines.since(db, scope)))


def weeks_to(
    db: Reader, scope: Scope, past: Past
) -> tuple[tuple[date, tuple[history.Unit, ...]], ...]:
    """The full weeks up to the end of the period, enough for a run and its baseline."""
    after = scope.days.next_first(scope.days.first_of(scope.last))
    firsts = [after - n * history.WEEK for n in reversed(range(1, 2 * MAX_WEEKS))]
    since = baselines.since(db, scope)
    whole = [
        first
        for first in firsts
        if since is not None
        and first >= since
        and scope.days.last_of(first) <= scope.last
        and scope.days.whole(first, scope.today)
    ]
    return _weeks(db, scope, past, whole)


def _weeks(
    db: Reader, scope: Scope, past: Past, firsts: Sequence[date]
) -> tuple[tuple[date, tuple[history.Unit, ...]], ...]:
    if not firsts:
        return ()
    made = []
    with kept(db):
        active = past.active(db, scope, firsts) if past.active else [False] * len(firsts)
        for first, went_on in zip(firsts, active, strict=True):
            units = past.units(db, scope, first, scope.days.last_of(first))
            pairs = tuple((unit.hits, unit.trials) for unit in units if unit.trials or unit.hits)
            made.append((first, pairs or ((IDLE.hits, IDLE.trials),) if went_on else pairs))
    return tuple(made)
