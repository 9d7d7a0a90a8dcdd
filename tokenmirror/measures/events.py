"""Prompts, turns and tool calls of some days by session, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tokenmirror.measures import columns
from tokenmirror.measures.columns import Bools, Grouped, Ints, Quarters
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import lasting
from tokenmirror.store.slots import SLOT_MS
from tokenmirror.store.sums import EVENTS, SlotTable


def of_days(
    db: Reader,
    scope: Scope,
    of: Bools,
    first: date | None = None,
    last: date | None = None,
    table: SlotTable = EVENTS,
) -> Grouped:
    """Sums of the period, or of other days, over the sessions that ``of`` marks."""
    from_ms, until_ms = scope.days.bounds_ms(first or scope.first, last or scope.last)
    return columns.quarters(db, table).within(from_ms // SLOT_MS, until_ms // SLOT_MS, of)


@dataclass(frozen=True)
class Running:
    """Sums of quarters of an hour that come in order, each over all that came before.

    ``before`` has the shape (columns, quarters + 1): its last one is of all.
    """

    slot: Ints
    before: Ints

    def between(self, scope: Scope, first: date, last: date) -> list[int]:
        """What each column adds up to on some days."""
        edges = [at_ms // SLOT_MS for at_ms in scope.days.bounds_ms(first, last)]
        begin, end = self.slot.searchsorted(edges)
        found: list[int] = (self.before[:, end] - self.before[:, begin]).tolist()
        return found


def running(quarters: Quarters, order: Ints, of: Bools, names: Sequence[str]) -> Running:
    """Some columns of rows in an order by time, of the sessions that ``of`` marks.

    A question about many weeks is answered from it without a look at any session.
    """
    import numpy as np  # late: 100 ms

    rows = order[of[quarters.session[order]]]
    before = np.zeros((len(names), len(rows) + 1), dtype=np.int64)
    for place, name in enumerate(names):
        np.cumsum(quarters.column(name)[rows], out=before[place, 1:])
    return Running(quarters.slot[rows], before)


@lasting
def by_time(db: Reader, table: SlotTable) -> Ints:
    """The rows of sums by time."""
    import numpy as np  # late: 100 ms

    return np.argsort(columns.quarters(db, table).slot, kind="stable")


@dataclass(frozen=True)
class Dated:
    """Rows of sessions by time: columns of the shape (n,), ``values`` of (columns, n).

    ``session`` is a place in ``columns.Sessions``.
    """

    session: Ints
    at_ms: Ints
    values: Ints

    def __len__(self) -> int:
        return len(self.at_ms)

    def rows(self, scope: Scope, of: Bools) -> Ints:
        """The places of those of the period, of the sessions that ``of`` marks."""
        import numpy as np  # late: 100 ms

        first, last = self.at_ms.searchsorted(scope.days.bounds_ms(scope.first, scope.last))
        return np.asarray(first + np.flatnonzero(of[self.session[first:last]]))

    def within(self, scope: Scope, of: Bools) -> Dated:
        """As ``rows``, those rows themselves."""
        some = self.rows(scope, of)
        return Dated(self.session[some], self.at_ms[some], self.values[:, some])


def dated(db: Reader, rows: Iterable[Sequence[int]], values: int) -> Dated:
    """Rows of a session's id, an instant and some whole numbers, which come by time."""
    session, at_ms, *_ = found = columns.ints(rows, 2 + values)
    place = columns.places(columns.sessions(db).id, session)
    known = place >= 0
    return Dated(place[known], at_ms[known], found[2:, known])
