"""Proposed changes of a period as sums by session: the rows behind C and D.

A proposed change is all edits of one turn to one file.  Left out everywhere: excluded
files, failed edits, hidden tasks, and unattended sessions unless the scope asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures import folding
from tokenmirror.measures.figures import Rate, Unknown
from tokenmirror.measures.folding import folded, folded_by_language
from tokenmirror.measures.intervals import ratio_interval, seed
from tokenmirror.measures.measure import Behind, Reader, Scope, Units
from tokenmirror.measures.memo import Span, spans
from tokenmirror.measures.scoped import of_sessions, ripe_ms, values
from tokenmirror.store.slots import SLOT_MS
from tokenmirror.store.sums import CHANGES

_PROPOSALS = f"""
select f.n, coalesce(ts.task_id, -f.session_id), f.session_id, f.followed,
  {", ".join(f"f.{name}" for name in CHANGES.columns)}
from folded f {of_sessions("f")} and f.n >= 0
"""  # noqa: S608 (constant parts)
PROPOSALS = folded(CHANGES) + _PROPOSALS
OF_LANGUAGES = folded_by_language() + _PROPOSALS
FIRST = f"""
select min(q.slot) from change_slots q {of_sessions("q")}
  and q.followed and q.slot >= :from_slot and q.slot < :until_slot
"""  # noqa: S608 (constant parts)
# shipped lines of ripe changes in followed projects whose landing is in a release
RELEASED = f"""
with released as (
  select ps.proposal_id, sum(b.lines) as lines
  from commits c
  join births b on b.commit_id = c.id
  join proposal_suggestions ps on ps.suggestion_id = b.suggestion_id
  where c.released_ms is not null
  group by ps.proposal_id)
select sum(min(
  (select r.lines from released r where r.proposal_id = p.id),
  p.shipped, p.landed, p.chosen + p.allowed + p.applied))
from proposals p {of_sessions("p")}
  and p.at_ms >= :from_ms and p.at_ms < min(:until_ms, :ripe_ms)
  and p.excluded = 0 and p.decision <> 'failed' and p.followed
  and p.id in (select proposal_id from released)
  and (:languages is null or coalesce(p.language, 'unknown') in (
    select value from json_each(:languages)))
"""  # noqa: S608 (constant parts)

SILENT = """
select distinct s.source from sessions s
where (:sources is null or s.source in (select value from json_each(:sources)))
  and s.started_ms >= :from_ms and s.started_ms < :until_ms
"""
SPEAKING = """
select distinct s.source from sessions s
where exists (select 1 from proposals p where p.session_id = s.id)
"""


class Sums(NamedTuple):
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
    noted: int = 0  # landed exactly, as a record or commit of the tool says
    changes_chosen: int = 0
    changes_let: int = 0  # allowed or applied
    changes_rejected: int = 0
    changes_undecided: int = 0

    @property
    def accepted(self) -> int:
        """Accepted lines of all three kinds."""
        return self.chosen + self.allowed + self.applied

    @property
    def changes_taken(self) -> int:
        """Accepted changes of all three kinds."""
        return self.changes_chosen + self.changes_let

    @property
    def changes(self) -> int:
        """Proposed changes, whatever became of them."""
        return self.changes_taken + self.changes_rejected + self.changes_undecided


assert Sums._fields == CHANGES.columns, "what is asked for is what is kept"


class Row(NamedTuple):
    """The changes of one session; ``task`` is the unit that stands or falls together."""

    task: int
    session: int
    followed: bool
    ripe: bool
    sums: Sums


Pick = Callable[[Sums], tuple[int, int]]


def rows(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[Row]:
    """Proposed changes made in the period, or on other days."""
    return _of_span(db, scope, first or scope.first, last or scope.last)


@spans
def _of_span(db: Reader, scope: Scope, wanted: tuple[Span, ...]) -> dict[Span, list[Row]]:
    """Changes by span; one that holds the instant of ripeness is asked for in two parts."""
    parts = folding.cut(folding.bins(scope, wanted), [ripe_ms(scope) // SLOT_MS])
    numbered = [
        (number if part[0] >= 0 else -1, *part[1:]) for number, (part, _) in enumerate(parts)
    ]
    asked = values(scope) | {"bins": folding.bound(numbered)}
    query = PROPOSALS if scope.languages is None else OF_LANGUAGES
    found: dict[Span, list[Row]] = {span: [] for span in wanted}
    for number, task, session, followed, *sums in db.execute(query, asked):
        (n, _, _), cuts = parts[number]
        found[wanted[n]].append(Row(task, session, bool(followed), not cuts, Sums._make(sums)))
    return found


def first_day(db: Reader, scope: Scope) -> date | None:
    """The day of the period's first proposed change in a followed project."""
    row = db.execute(FIRST, values(scope)).fetchone()
    return None if row[0] is None else scope.days.day_of(row[0] * SLOT_MS)


def released(db: Reader, scope: Scope) -> int:
    """Shipped lines of the period's ripe changes that are in a release."""
    return db.execute(RELEASED, values(scope)).fetchone()[0] or 0


def summed(some: Iterable[Row]) -> Sums:
    """All of them together."""
    sums = [row.sums for row in some]
    if len(sums) == 1:  # most tasks are one session
        return sums[0]
    return Sums._make(map(sum, zip(*sums, strict=True))) if sums else Sums()


def pairs(some: Iterable[Row], pick: Pick, *, by: str = "task") -> list[tuple[float, float]]:
    """(hits, trials) of each task, or each session, that has any trials."""
    units = _units(some, pick, by)
    return [(float(hits), float(trials)) for _, (hits, trials) in sorted(units.items()) if trials]


def _units(some: Iterable[Row], pick: Pick, by: str = "task") -> dict[int, tuple[int, int]]:
    units: dict[int, tuple[int, int]] = {}
    for row in some:
        unit = row.task if by == "task" else row.session
        hits, trials = pick(row.sums)
        before = units.get(unit, (0, 0))
        units[unit] = (before[0] + hits, before[1] + trials)
    return units


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
    pick: Pick,
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


def units_of(pick: Pick, in_it: Callable[[Row], bool]) -> Units:
    """What is behind a rate over proposed changes: (hits, trials) of each task."""

    def units(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
        some = (row for row in rows(db, scope, first, last) if in_it(row))
        return [
            Behind(task if task > 0 else None, float(hits), float(trials))
            for task, (hits, trials) in sorted(_units(some, pick).items())
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
