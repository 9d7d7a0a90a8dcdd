"""Proposed changes of a period as sums by session: the rows behind C and D.

A proposed change is all edits of one turn to one file.  Left out everywhere: excluded
files, failed edits, hidden tasks, and unattended sessions unless the scope asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures import chosen, columns, events
from tokenmirror.measures.columns import Bools, Coded, Grouped, Ints
from tokenmirror.measures.events import Running
from tokenmirror.measures.figures import Rate, Unknown
from tokenmirror.measures.intervals import ratio_interval, seed
from tokenmirror.measures.measure import Behind, Reader, Scope, Units
from tokenmirror.measures.memo import lasting, shared
from tokenmirror.measures.scoped import ripe_ms, values
from tokenmirror.store.slots import SLOT_MS
from tokenmirror.store.sums import CHANGES

# shipped lines of followed changes whose landing is in a release
RELEASED = f"""
with released as (
  select ps.proposal_id, sum(b.lines) as lines
  from commits c
  join births b on b.commit_id = c.id
  join proposal_suggestions ps on ps.suggestion_id = b.suggestion_id
  where c.released_ms is not null
  group by ps.proposal_id)
select p.session_id, p.at_ms / {SLOT_MS}, coalesce(nullif(p.language, ''), 'unknown'),
  min(r.lines, p.shipped, p.landed, p.chosen + p.allowed + p.applied)
from released r join proposals p on p.id = r.proposal_id
where p.at_ms is not null and p.excluded = 0 and p.decision <> 'failed' and p.followed
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

N = TypeVar("N", int, Ints)
By = Literal["task", "session"]


class Sums(NamedTuple, Generic[N]):
    """Lines, then changes, of some proposed changes: numbers, or columns of one length."""

    proposed: N
    chosen: N
    allowed: N
    applied: N
    undecided: N
    rejected: N
    landed: N
    shipped: N
    landed_exact: N  # all of them where it is not known
    shipped_exact: N
    living: N  # on the main line when it was last read
    unwatched: N  # shipped, and not known whether they are still there
    noted: N  # landed exactly, as a record or commit of the tool says
    changes_chosen: N
    changes_let: N  # allowed or applied
    changes_rejected: N
    changes_undecided: N

    @property
    def accepted(self) -> N:
        """Accepted lines of all three kinds."""
        return self.chosen + self.allowed + self.applied

    @property
    def changes_taken(self) -> N:
        """Accepted changes of all three kinds."""
        return self.changes_chosen + self.changes_let

    @property
    def changes(self) -> N:
        """Proposed changes, whatever became of them."""
        return self.changes_taken + self.changes_rejected + self.changes_undecided


assert Sums._fields == CHANGES.columns, "what is asked for is what is kept"
Pick = Callable[[Sums[Any]], tuple[Any, Any]]  # hits and trials


@dataclass(frozen=True)
class Rows:
    """Changes of a period added up by session, ripeness and whether they are followed.

    Columns of one length; ``unit`` is what stands or falls together, ``session`` an id.
    """

    unit: Ints
    session: Ints
    followed: Bools
    ripe: Bools
    sums: Sums[Ints]

    def __len__(self) -> int:
        return len(self.unit)

    def where(self, some: Bools) -> Rows:
        """Those that ``some`` marks."""
        if bool(some.all()):
            return self
        sums = Sums(*(column[some] for column in self.sums))
        return Rows(self.unit[some], self.session[some], self.followed[some], self.ripe[some], sums)

    @cached_property
    def units(self) -> int:
        """How many tasks, or sessions in none, they are of."""
        return len(self._by_unit[0])

    @cached_property
    def _by_unit(self) -> tuple[Ints, Ints]:
        return _parted(self.unit)

    @cached_property
    def _by_session(self) -> tuple[Ints, Ints]:
        return _parted(self.session)

    def parted(self, by: By) -> tuple[Ints, Ints]:
        """The tasks (units) or sessions in order, and which of them each row belongs to."""
        return self._by_unit if by == "task" else self._by_session


def _parted(column: Ints) -> tuple[Ints, Ints]:
    import numpy as np  # late: 100 ms

    names, place = np.unique(column, return_inverse=True)
    return names, place


def rows(db: Reader, scope: Scope, first: date | None = None, last: date | None = None) -> Rows:
    """Proposed changes made in the period, or on other days."""
    return _rows(db, scope, first or scope.first, last or scope.last)


@shared
def _rows(db: Reader, scope: Scope, first: date, last: date) -> Rows:
    """The rows before and after the instant of ripeness, one after the other."""
    import numpy as np  # late: 100 ms

    from_slot, until_slot = _slots(scope, first, last)
    cut = min(max(ripe_ms(scope) // SLOT_MS, from_slot), until_slot)
    parts = [_part(db, scope, from_slot, cut), _part(db, scope, cut, until_slot)]
    every = columns.sessions(db)
    places = np.concatenate([part.session for part in parts])
    return Rows(
        unit=every.unit[places],
        session=every.id[places],
        followed=np.concatenate([part.key("followed") for part in parts]) > 0,
        ripe=np.repeat([True, False], [len(part.session) for part in parts]),
        sums=Sums(*(np.concatenate([part.sum(name) for part in parts]) for name in Sums._fields)),
    )


def _part(db: Reader, scope: Scope, from_slot: int, until_slot: int) -> Grouped:
    every = columns.quarters(db, CHANGES)
    if scope.languages is not None:
        every = columns.changes_in(db, scope.languages)
    return every.within(from_slot, until_slot, chosen.sessions(db, scope))


def running(db: Reader, scope: Scope, names: Sequence[str]) -> Running:
    """Columns of the proposed changes of all days, for sums of many weeks."""
    every, order = columns.quarters(db, CHANGES), events.by_time(db, CHANGES)
    if scope.languages is not None:
        order = order[columns.languages(db).among(scope.languages)[order]]
    return events.running(every, order, chosen.sessions(db, scope), names)


def first_day(db: Reader, scope: Scope) -> date | None:
    """The day of the period's first proposed change in a followed project."""
    every = columns.quarters(db, CHANGES)
    found = every.within(*_slots(scope, scope.first, scope.last), chosen.sessions(db, scope))
    slots = every.slot[found.begin[found.key("followed") > 0]]
    return scope.days.day_of(int(slots.min()) * SLOT_MS) if len(slots) else None


def released(db: Reader, scope: Scope) -> int:
    """Shipped lines of the period's ripe changes that are in a release."""
    places, slots, words, lines = _released(db)
    from_slot, until_slot = _slots(scope, scope.first, scope.last)
    some = (slots >= from_slot) & (slots < min(until_slot, ripe_ms(scope) // SLOT_MS))
    some &= chosen.sessions(db, scope)[places]
    if scope.languages is not None:
        some &= words.among(scope.languages)
    return int(lines[some].sum())


@lasting
def _released(db: Reader) -> tuple[Ints, Ints, Coded, Ints]:
    """Of each change with lines in a release: session's place, quarter, language, lines."""
    import numpy as np  # late: 100 ms

    found = list(db.execute(RELEASED))
    sessions, slots, lines = columns.ints([(row[0], row[1], row[3]) for row in found], 3)
    places = columns.places(columns.sessions(db).id, sessions)
    return places, slots, columns.coded([row[2] for row in found]), np.asarray(lines)


def _slots(scope: Scope, first: date, last: date) -> tuple[int, int]:
    from_ms, until_ms = scope.days.bounds_ms(first, last)
    return from_ms // SLOT_MS, until_ms // SLOT_MS


def summed(some: Rows) -> Sums[int]:
    """All of them together."""
    return Sums(*(int(column.sum()) for column in some.sums))


def units(some: Rows, pick: Pick, by: By = "task") -> tuple[Ints, Ints]:
    """Tasks, or sessions, that have any trials, in order; and (hits, trials) of each."""
    import numpy as np  # late: 100 ms

    names, place = some.parted(by)
    found = np.stack([columns.added(column, place, len(names)) for column in pick(some.sums)], 1)
    told = found[:, 1] > 0
    return names[told], found[told]


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
    some: Rows,
    pick: Pick,
    scope: Scope,
    measure: str,
    *,
    by: By = "task",
) -> tuple[int, int, int, tuple[float, float] | None]:
    """Hits, trials, number of units, and the interval of a rate over lines or changes."""
    _, pairs = units(some, pick, by)
    hits, trials = pairs.sum(axis=0).tolist()
    start = seed(measure, scope.first, scope.last, *scope.choices)
    return hits, trials, len(pairs), ratio_interval(pairs.astype(float), start)


def units_of(pick: Pick, in_it: Callable[[Rows], Bools] | None = None) -> Units:
    """What is behind a rate over proposed changes: (hits, trials) of each task.

    ``in_it`` marks the changes that count, all of them without it.
    """

    def behind(db: Reader, scope: Scope, first: date, last: date) -> list[Behind]:
        some = rows(db, scope, first, last)
        some = some.where(in_it(some)) if in_it else some
        tasks, pairs = units(some, pick)
        return [
            Behind(task if task > 0 else None, float(hits), float(trials))
            for task, (hits, trials) in zip(tasks.tolist(), pairs.tolist(), strict=True)
        ]

    return behind


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
