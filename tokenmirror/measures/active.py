"""Civil days on which something was recorded, or on which the person asked something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from tokenmirror.measures import chosen, columns, events
from tokenmirror.measures.columns import Bools, Grouped, Ints
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import lasting, shared
from tokenmirror.measures.scoped import tools_alone
from tokenmirror.store.days import DAY
from tokenmirror.store.slots import SLOT_MS
from tokenmirror.store.sums import CHANGES, EVENTS, USAGE

OF_PERSON = ("own", "unknown")  # most tools cannot tell whose a prompt is
DAY_TOTALS = f"""
select distinct source, at_ms / {SLOT_MS} from day_totals order by source, at_ms
"""  # noqa: S608 (constant parts)


@shared
def recorded(db: Reader, scope: Scope) -> dict[str, set[date]]:
    """Days of the period with a record, by tool; runs that nobody drove make no day active."""
    of = chosen.sessions(db, replace(scope, sources=None), hidden=True)
    kinds = (EVENTS, USAGE, CHANGES)
    found = _by_tool(db, scope, [events.of_days(db, scope, of, table=whole) for whole in kinds])
    if tools_alone(scope):
        from_ms, until_ms = scope.days.bounds_ms(scope.first, scope.last)
        for source, slots in _day_totals(db).items():
            edges = slots.searchsorted((from_ms // SLOT_MS, until_ms // SLOT_MS))
            found[source] |= days_of(scope, slots[slice(*edges)])
    return found


@lasting
def _day_totals(db: Reader) -> dict[str, Ints]:
    """Quarters of an hour with a total of a day, in order, by tool."""
    import numpy as np  # late: 100 ms

    found: dict[str, list[int]] = defaultdict(list)
    for source, slot in db.execute(DAY_TOTALS):
        found[source].append(slot)
    return {source: np.array(slots, dtype=np.int64) for source, slots in found.items()}


@shared
def asked(db: Reader, scope: Scope) -> set[date]:
    """Days of the period with a prompt of the person's: its own origin, not its session's."""
    of = chosen.sessions(db, replace(scope, origins=None), unattended=True)
    wanted = [one for one in OF_PERSON if scope.origins is None or one in scope.origins]
    found = _by_tool(db, scope, [events.of_days(db, scope, of)], wanted)
    return set().union(*found.values())


def days_of(scope: Scope, slots: Ints) -> set[date]:
    """The civil days of these quarters of an hour, which lie in the period."""
    import numpy as np  # late: 100 ms

    days, numbers = _days(scope), np.unique(_number(_begins(scope), slots))
    return {days[number] for number in numbers.tolist()}


def _by_tool(
    db: Reader, scope: Scope, some: Sequence[Grouped], held: Sequence[str] | None = None
) -> dict[str, set[date]]:
    """Days with a quarter of an hour by tool; ``held`` are columns of which one must not be 0."""
    import numpy as np  # late: 100 ms

    source, days, begins = columns.sessions(db).source, _days(scope), _begins(scope)
    seen = np.zeros((len(source.words), len(days)), dtype=bool)
    for each in some:
        rows = _telling(each, begins, held)
        every = each.quarters
        seen[source.code[every.session[rows]], _number(begins, every.slot[rows])] = True
    found: dict[str, set[date]] = defaultdict(set)
    for tool, of_tool in zip(source.words, seen, strict=True):
        if of_tool.any():
            found[tool] = {days[number] for number in np.flatnonzero(of_tool).tolist()}
    return found


def _telling(some: Grouped, begins: Ints, held: Sequence[str] | None) -> Ints:
    """Rows that tell the days: one of a session within one day, else all that hold something."""
    import numpy as np  # late: 100 ms

    every = some.quarters
    ends = every.slot[some.begin], every.slot[some.end - 1]
    alike = _number(begins, ends[0]) == _number(begins, ends[1])
    first, begin, end = some.begin[alike], some.begin[~alike], some.end[~alike]
    sizes = end - begin
    rows = np.repeat(end - np.cumsum(sizes), sizes) + np.arange(int(sizes.sum()))
    if held is not None:
        first = first[_any([some.sum(name)[alike] for name in held], len(first))]
        rows = rows[_any([every.column(name)[rows] for name in held], len(rows))]
    return np.concatenate((first, rows))


def _any(numbers: Sequence[Ints], size: int) -> Bools:
    import numpy as np  # late: 100 ms

    return np.asarray(sum(numbers, np.zeros(size, dtype=np.int64)) > 0)


def _days(scope: Scope) -> list[date]:
    return [scope.first + n * DAY for n in range((scope.last - scope.first).days + 1)]


def _begins(scope: Scope) -> Ints:
    """The quarter with which each day of the period begins."""
    import numpy as np  # late: 100 ms

    return np.array([scope.days.begin_ms(day) // SLOT_MS for day in _days(scope)], dtype=np.int64)


def _number(begins: Ints, slots: Ints) -> Ints:
    """The civil day each quarter lies in, counted from the first of the period."""
    numbers: Ints = begins.searchsorted(slots, side="right") - 1
    return numbers
