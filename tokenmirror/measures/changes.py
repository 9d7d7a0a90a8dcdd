"""Proposed changes of a period as sums by session: the rows behind C and D.

A proposed change is all edits of one turn to one file.  Left out everywhere: excluded
files, failed edits, hidden tasks, and unattended sessions unless the scope asks for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures.figures import Rate, Unknown
from tokenmirror.measures.intervals import ratio_interval, seed
from tokenmirror.measures.measure import Behind, Reader, Scope, Units
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import values

_COUNTED = """
from proposals p
join sessions s on s.id = p.session_id
left join task_sessions ts on ts.session_id = p.session_id
left join tasks t on t.id = ts.task_id
where p.at_ms >= :from_ms and p.at_ms < :until_ms
  and p.excluded = 0
  and p.decision <> 'failed'
  and coalesce(t.hidden, 0) = 0
  and (:unattended or (p.unattended = 0 and coalesce(t.unattended, 0) = 0))
  and (:sources is null or s.source in (select value from json_each(:sources)))
  and (:projects is null or s.project_id in (select value from json_each(:projects)))
"""
# lines that landed never outnumber the accepted ones, shipped ones never the landed ones
PROPOSALS = f"""
select coalesce(ts.task_id, -p.session_id), p.session_id, p.followed, p.at_ms < :ripe_ms as ripe,
  sum(p.proposed), sum(p.chosen), sum(p.allowed), sum(p.applied), sum(p.undecided),
  sum(p.rejected),
  sum(min(p.landed, p.chosen + p.allowed + p.applied)),
  sum(min(p.shipped, p.landed, p.chosen + p.allowed + p.applied)),
  sum(min(coalesce(p.landed_exact, p.landed), p.landed, p.chosen + p.allowed + p.applied)),
  sum(min(coalesce(p.shipped_exact, p.shipped), p.shipped, p.landed,
    p.chosen + p.allowed + p.applied)),
  sum(min(coalesce(p.living, 0), p.shipped, p.landed, p.chosen + p.allowed + p.applied)),
  sum(iif(p.living is null, min(p.shipped, p.landed, p.chosen + p.allowed + p.applied), 0)),
  sum(p.decision = 'accepted' and p.how = 'chosen'),
  sum(p.decision = 'accepted' and coalesce(p.how, 'applied') <> 'chosen'),
  sum(p.decision in ('rejected', 'undone')),
  sum(p.decision = 'undecided')
{_COUNTED}group by p.session_id, p.followed, ripe
"""
FIRST = f"select min(p.at_ms) {_COUNTED} and p.followed"

SILENT = """
select distinct s.source from sessions s
where (:sources is null or s.source in (select value from json_each(:sources)))
  and s.started_ms >= :from_ms and s.started_ms < :until_ms
"""
SPEAKING = """
select distinct s.source from sessions s
where exists (select 1 from proposals p where p.session_id = s.id)
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """Lines, then changes, of some proposed changes."""

    proposed: int = 0
    chosen: int = 0
    allowed: int = 0
    applied: int = 0
    undecided: int = 0
    rejected: int = 0
    landed: int = 0
    shipped: int = 0
    landed_exact: int = 0  # all of them where it is not known
    shipped_exact: int = 0
    living: int = 0  # on the main line when it was last read
    unwatched: int = 0  # shipped, and not known whether they are still there
    changes_chosen: int = 0
    changes_let: int = 0  # allowed or applied
    changes_rejected: int = 0
    changes_undecided: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, name) + getattr(other, name) for name in NAMES))

    @property
    def accepted(self) -> int:
        """Accepted lines of all three kinds."""
        return self.chosen + self.allowed + self.applied

    @property
    def changes(self) -> int:
        """Proposed changes, whatever became of them."""
        return (
            self.changes_chosen + self.changes_let + self.changes_rejected + self.changes_undecided
        )


NAMES = tuple(field.name for field in fields(Sums))


@dataclass(frozen=True, slots=True)
class Row:
    """The changes of one session; ``task`` is the unit that stands or falls together."""

    task: int
    session: int
    followed: bool
    ripe: bool
    sums: Sums


@shared
def rows(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[Row]:
    """Proposed changes made in the period."""
    return [
        Row(task, session, bool(followed), bool(ripe), Sums(*numbers))
        for task, session, followed, ripe, *numbers in db.execute(
            PROPOSALS, values(scope, first, last)
        )
    ]


def first_day(db: Reader, scope: Scope) -> date | None:
    """The day of the period's first proposed change in a followed project."""
    row = db.execute(FIRST, values(scope)).fetchone()
    return None if row[0] is None else scope.days.day_of(row[0])


def summed(some: Iterable[Row]) -> Sums:
    """All of them together."""
    return sum((row.sums for row in some), Sums())


def pairs(
    some: Iterable[Row], pick: Callable[[Sums], tuple[int, int]], *, by: str = "task"
) -> list[tuple[float, float]]:
    """(hits, trials) of each task, or each session, that has any trials."""
    units: dict[int, Sums] = defaultdict(Sums)
    for row in some:
        units[row.task if by == "task" else row.session] += row.sums
    found = [pick(units[unit]) for unit in sorted(units)]
    return [(float(hits), float(trials)) for hits, trials in found if trials]


def not_recorded(db: Reader, scope: Scope) -> Unknown | None:
    """Why there are no proposed changes: tools at work whose logs never show any."""
    at_work = {source for (source,) in db.execute(SILENT, values(scope))}
    silent = at_work - {source for (source,) in db.execute(SPEAKING)}
    if not at_work or silent != at_work:
        return None
    tools = language.listing(sorted(silent))
    return Unknown(
        "not_recorded", tr(mark("Proposed changes are not recorded by {tools}."), tools=tools)
    )


def rate(
    some: list[Row],
    pick: Callable[[Sums], tuple[int, int]],
    scope: Scope,
    measure: str,
    *,
    by: str = "task",
) -> tuple[int, int, int, tuple[float, float] | None]:
    """Hits, trials, number of units, and the interval of a rate over lines or changes."""
    units = pairs(some, pick, by=by)
    hits, trials = (int(sum(pair[part] for pair in units)) for part in (0, 1))
    start = seed(measure, scope.first, scope.last, *scope.choices)
    return hits, trials, len(units), ratio_interval(units, start)


def units_of(pick: Callable[[Sums], tuple[int, int]], in_it: Callable[[Row], bool]) -> Units:
    """What is behind a rate over proposed changes: (hits, trials) of each task."""

    def units(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
        tasks: dict[int, Sums] = defaultdict(Sums)
        for row in rows(db, scope, first, last):
            if in_it(row):
                tasks[row.task] += row.sums
        found = [(task, *pick(tasks[task])) for task in sorted(tasks)]
        return [
            Behind(task if task > 0 else None, float(hits), float(trials))
            for task, hits, trials in found
            if trials
        ]

    return units


def line_rate(
    found: tuple[int, int, int, tuple[float, float] | None],
    unit: str,
    sentence: str,
    *,
    apart: dict[str, int] | None = None,
) -> Rate:
    """A rate over lines or changes as a figure."""
    hits, trials, units, interval = found
    return Rate(
        hits=hits,
        trials=trials,
        unit="lines" if unit == "lines" else "changes",
        sentence=sentence,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        apart=apart or {},
        n=units,
    )
