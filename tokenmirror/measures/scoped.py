"""A scope as the values of a query, and what a figure must know before it is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures.figures import Unknown
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.store.days import DAY
from tokenmirror.store.slots import SLOT_MS

RIPE = timedelta(days=14)
_OF_SESSIONS = ("projects", "models", "outcomes", "origins", "languages")

BEGIN = """
select source, min(began_ms) from (
  select source, min(first_ms) as began_ms from files group by source
  union all
  select source, min(started_ms) from sessions group by source
  union all
  select source, min(at_ms) from day_totals group by source)
where began_ms is not null
group by source
"""
# the outcome that counts: what the person states of a task goes before what was inferred
SHOWN = """coalesce(case t.stated when 'done' then 'shipped' when 'useful_without_code' then
  'no_code' when 'set_aside' then 'set_aside' when 'did_not_work_out' then 'no_lasting_change' end,
  t.outcome, 'unknown')"""
READABLE = "select count(*) from repos where state in ('ok', 'shallow', 'partial')"


def values(scope: Scope, first: date | None = None, last: date | None = None) -> dict[str, object]:
    """The named values of a query over the days of the scope, or over other days.

    ``ripe_ms`` is the instant before which something is at least 14 days old.
    """
    from_ms, until_ms = scope.days.bounds_ms(first or scope.first, last or scope.last)
    return {
        "from_ms": from_ms,
        "until_ms": until_ms,
        "from_slot": from_ms // SLOT_MS,
        "until_slot": until_ms // SLOT_MS,
        "ripe_ms": ripe_ms(scope),
        "unattended": int(scope.unattended),
        "sources": listed(scope.sources),
        "projects": listed(scope.projects),
    }


def listed(chosen: frozenset[Any] | None) -> str | None:
    """What is chosen as the value of a query, ``None`` for all."""
    return None if chosen is None else json.dumps(sorted(chosen))


def tools_alone(scope: Scope) -> bool:
    """Whether the question is narrowed by tools at most, so that totals of days are in it."""
    return all(getattr(scope, name) is None for name in _OF_SESSIONS)


def ripe_ms(scope: Scope) -> int:
    """The instant before which something is at least 14 civil days old."""
    return scope.days.begin_ms(scope.today - RIPE + DAY)


def begins_ms(db: Reader, scope: Scope) -> dict[str, int]:
    """The first recorded instant of each source in the scope (A7)."""
    return {
        source: at_ms
        for source, at_ms in _begins_ms(db)
        if scope.sources is None or source in scope.sources
    }


@lasting
def _begins_ms(db: Reader) -> list[tuple[str, int]]:
    return db.execute(BEGIN).fetchall()


def begin_day(db: Reader, scope: Scope) -> date | None:
    """The first civil day with a record of any source in the scope, ``None`` without data."""
    begins = begins_ms(db, scope)
    return scope.days.day_of(min(begins.values())) if begins else None


def ever(db: Reader, scope: Scope) -> Scope:
    """The same question over all days that anything was recorded of, and those of the scope."""
    begin = begin_day(db, scope) or scope.first
    return replace(scope, first=min(begin, scope.first), last=max(scope.last, scope.today))


def absent(db: Reader, scope: Scope) -> Unknown | None:
    """Why nothing can be known of this period at all, if that is so."""
    begin = begin_day(db, scope)
    if begin is None:
        return Unknown("nothing_read", tr(mark("No logs have been read yet.")))
    if scope.last < begin:
        day = language.day(begin, year=True)
        return Unknown("not_recorded", tr(mark("Nothing is recorded before {day}."), day=day))
    if scope.first > scope.today:
        return Unknown("too_early", tr(mark("This period has not begun.")))
    return None


def no_repository(db: Reader) -> Unknown | None:
    """Why nothing can be followed into a repository, if that is so."""
    if db.execute(READABLE).fetchone()[0]:
        return None
    return Unknown(
        "no_repository",
        tr(mark("No repository could be read, so what became of the lines is not known.")),
    )


def too_early(scope: Scope, first: date) -> Unknown:
    """The figure that is not ripe yet; ``first`` is the day of the oldest thing it has."""
    day = language.day(first + RIPE, year=(first + RIPE).year != scope.today.year)
    return Unknown(
        "too_early",
        tr(mark("Too early to tell: the first of it is 14 days old on {day}."), day=day),
    )
