"""Sums by quarter of an hour packed by session: all of them are read in one breath.

Figures of years add up nearly every row there is; as rows of a table they would take ten
times as long to fetch as to add.
"""

from __future__ import annotations

import sqlite3
import sys
from array import array
from collections.abc import Iterator
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from tokenmirror.store.quarters import TOUCHED

if TYPE_CHECKING:
    from tokenmirror.store.sums import SlotTable

Row = tuple[int, str, bytes, str]


def columns_of(table: SlotTable) -> tuple[str, ...]:
    """What a packed row holds, in order."""
    return ("slot", *table.keys, *table.numbers)


def refresh(db: sqlite3.Connection, table: SlotTable) -> None:
    """Pack the sums of the touched sessions again."""
    db.execute(
        f"delete from packed where kind = ? and session_id in {TOUCHED}",  # noqa: S608
        (table.name,),
    )
    db.executemany("insert into packed values (?, ?, ?, ?)", _rows(db, table))


def _rows(db: sqlite3.Connection, table: SlotTable) -> Iterator[Row]:
    word = table.word or "''"
    query = (
        f"select session_id, {word}, {', '.join(columns_of(table))} from {table.name}"  # noqa: S608
        f" where session_id in {TOUCHED}"
        f" order by {', '.join(('session_id', *table.keys, 'slot', word))}"
    )
    for session, rows in groupby(db.execute(query), key=itemgetter(0)):
        held = list(rows)
        numbers = array("q", chain.from_iterable(row[2:] for row in held))
        if sys.byteorder == "big":
            numbers.byteswap()
        words = "\n".join(row[1] for row in held) if table.word else ""
        yield session, table.name, numbers.tobytes(), words
