"""Cursor's own statistics by day: lines of completions shown and taken.

The row of a day is a running total.  Workspace databases may repeat it, so the key is the
day alone, and the larger count wins.  Lines of the agent's edits stand in the same row;
they are left there, since the edits themselves are read and would count twice.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator

from tokenmirror.events import DayCount, DayTotal
from tokenmirror.sources import editors
from tokenmirror.sources.cursor.shape import bytes_of
from tokenmirror.sources.editors import number_at

_PREFIX = "aiCodeTracking.dailyStats."
_DAY = re.compile(r"\.(\d{4})-(\d\d)-(\d\d)$")
_COUNTS: tuple[tuple[str, DayCount], ...] = (
    ("tabSuggestedLines", "lines_shown"),
    ("tabAcceptedLines", "lines_accepted"),
)


def day_totals(db: sqlite3.Connection) -> Iterator[DayTotal]:
    """Lines of completions shown and taken, by local day."""
    query = "select key, value from ItemTable where key >= ? and key < ? order by key"
    for key, value in db.execute(query, (_PREFIX, _PREFIX[:-1] + "/")):
        day = _DAY.search(str(key))
        told = editors.decoded(bytes_of(value) or b"")
        start_ms = _start_ms(*day.groups()) if day else None
        for name, what in _COUNTS if day and start_ms is not None else ():
            count = number_at(told, name)
            if day and count is not None:
                key = f"day{day.group()}/{what}"
                yield DayTotal(session="", key=key, at_ms=start_ms, what=what, count=count)


def _start_ms(year: str, month: str, day: str) -> int | None:
    """The start of a day where the editor runs, which is here."""
    try:
        start = time.mktime((int(year), int(month), int(day), 0, 0, 0, 0, 0, -1))
    except (OverflowError, ValueError):
        return None
    return int(start) * 1000 if start >= 0 else None
