"""Civil days on which something was recorded, or on which the person asked something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from tokenmirror.measures import chosen, columns, events
from tokenmirror.measures.columns import Grouped, Ints
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import lasting, shared
from tokenmirror.measures.scoped import tools_alone
from tokenmirror.store.days import DAY
from tokenmirror.store.slots import SLOT_MS
from tokenmirror.store.sums import CHANGES, EVENTS, USAGE

OF_PERSON = ("own", "unknown")  # most tools cannot tell whose a prompt is
DAY_TOTALS = "select distinct source, at_ms from day_totals"


@shared
def recorded(db: Reader, scope: Scope) -> dict[str, set[date]]:
    """Days of the period with a record, by tool; runs that nobody drove make no day active."""
    of = chosen.sessions(db, replace(scope, sources=None), hidden=True)
    found: dict[str, set[date]] = defaultdict(set)
    for whole in (EVENTS, USAGE, CHANGES):
        some = events.of_days(db, scope, of, whole=whole)
        for source, days in _by_tool(db, scope, *_slots(scope, some)).items():
            found[source] |= days
    if tools_alone(scope):
        from_ms, until_ms = scope.days.bounds_ms(scope.first, scope.last)
        for source, at_ms in _day_totals(db):
            if from_ms <= at_ms < until_ms:
                found[source].add(scope.days.day_of(at_ms))
    return found


@lasting
def _day_totals(db: Reader) -> list[tuple[str, int]]:
    return db.execute(DAY_TOTALS).fetchall()


@shared
def asked(db: Reader, scope: Scope) -> set[date]:
    """Days of the period with a prompt of the person's: its own origin, not its session's."""
    of = chosen.sessions(db, replace(scope, origins=None), unattended=True)
    some = events.of_days(db, scope, of)
    wanted = [one for one in OF_PERSON if scope.origins is None or one in scope.origins]
    session, slots = _slots(scope, some, wanted)
    return set().union(*_by_tool(db, scope, session, slots).values())


def _slots(scope: Scope, some: Grouped, held: Sequence[str] | None = None) -> tuple[Ints, Ints]:
    """Quarters of an hour with their sessions, one a session where all of it is of one day.

    ``held`` are columns of which one must not be 0.
    """
    import numpy as np  # late: 100 ms

    every = some.quarters
    days = _day_numbers(scope, every.slot[np.concatenate((some.begin, some.end - 1))])
    alike = days[: len(some.begin)] == days[len(some.begin) :]
    begin, end = some.begin[~alike], some.end[~alike]
    # a session of several days may have been quiet on some of them
    sizes = end - begin
    rows = np.repeat(end - np.cumsum(sizes), sizes) + np.arange(sizes.sum())
    first = some.begin[alike]
    if held is not None:
        rows = rows[sum((every.column(name)[rows] for name in held), np.zeros(len(rows))) > 0]
        first = first[sum((some.sum(name) for name in held), np.zeros(len(alike)))[alike] > 0]
    found = np.concatenate((first, rows))
    return every.session[found], every.slot[found]


def _day_numbers(scope: Scope, slots: Ints) -> Ints:
    """The civil day each quarter lies in, counted from the first of the period."""
    import numpy as np  # late: 100 ms

    length = (scope.last - scope.first).days + 1
    begins = [scope.days.begin_ms(scope.first + n * DAY) // SLOT_MS for n in range(length)]
    return np.searchsorted(np.array(begins, dtype=np.int64), slots, side="right") - 1


def _by_tool(db: Reader, scope: Scope, session: Ints, slots: Ints) -> dict[str, set[date]]:
    import numpy as np  # late: 100 ms

    source = columns.sessions(db).source
    seen = np.zeros((len(source.words), (scope.last - scope.first).days + 1), dtype=bool)
    seen[source.code[session], _day_numbers(scope, slots)] = True
    return {
        tool: {scope.first + int(n) * DAY for n in np.flatnonzero(of_tool)}
        for tool, of_tool in zip(source.words, seen, strict=True)
        if of_tool.any()
    }
