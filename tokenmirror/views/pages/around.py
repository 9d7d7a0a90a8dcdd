"""What holds round any answer: whether there is something to answer about at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.store import readings
from tokenmirror.store.days import Days

State = Literal[
    "answer", "nothing_allowed", "nothing_read", "reading_nothing", "no_activity", "no_match"
]


@dataclass(frozen=True)
class Around:
    """Facts about the archive and the scope, asked together with the answer.

    ``allowed``: a source is switched on; ``empty``: nothing was ever read; ``active`` and
    ``matching``: something lies in the period, and in the filters too; ``nearest``: the
    active day nearest to an empty period; ``complete_from``: while the first reading runs, the
    day from which on everything is read.
    """

    allowed: bool
    empty: bool
    active: bool
    matching: bool
    nearest: date | None = None
    complete_from: date | None = None


def around(db: Reader, scope: Scope) -> Around:
    """Ask the archive what holds round this scope."""
    days = Days(scope.zone, scope.day_start_min, scope.week_start)
    first_ms, until_ms = days.bounds_ms(scope.first, scope.last)
    allowed = any(readings.allowed(db).values())
    if readings.is_empty(db):
        return Around(allowed, empty=True, active=False, matching=False)
    active = readings.has_activity(db, first_ms, until_ms)
    matching = active and readings.has_activity(
        db, first_ms, until_ms, scope.sources, scope.projects
    )
    near = None if active else readings.nearest_activity_ms(db, first_ms, until_ms)
    nearest = None if near is None else days.day_of(near)
    from_ms = readings.complete_from_ms(db)
    return Around(
        allowed,
        empty=False,
        active=active,
        matching=matching,
        nearest=nearest,
        complete_from=None if from_ms is None else days.day_of(from_ms),
    )


def state_of(facts: Around, *, reading: bool, filtered: bool = True) -> State:
    """Which of a page's states these facts mean; pages without filters skip the last two."""
    if facts.empty:
        if reading:
            return "reading_nothing"
        return "nothing_read" if facts.allowed else "nothing_allowed"
    if filtered and not facts.active:
        return "no_activity"
    return "answer" if facts.matching or not filtered else "no_match"
