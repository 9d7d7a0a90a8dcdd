"""Read-only connections to the archive: nothing above opens the file otherwise."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from pathlib import Path

from tokenmirror.store import schema


class Archive(sqlite3.Connection):
    """A connection that can only read, with what was made of the archive as it stands.

    One thread uses it at a time.
    """

    _version: int | None = None
    _made: OrderedDict[object, object]

    def made(self) -> OrderedDict[object, object]:
        """What was made of the archive since it last changed, by what was asked."""
        version = self.execute("pragma data_version").fetchone()[0]
        if version != self._version:
            self._made = OrderedDict()
            self._version = version
        return self._made


def connect(path: Path) -> Archive:
    """A connection that can only read; rows come as tuples.

    Falls back to an unchanging view where the file system is read-only (a write-ahead log
    needs a place for its index).  Raises ``UserError`` for a damaged or newer file.
    """
    schema.version_of(path)
    try:
        db = sqlite3.connect(
            f"{path.as_uri()}?mode=ro",
            uri=True,
            timeout=schema.BUSY_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
            factory=Archive,
        )
        db.execute("pragma query_only = on")
        db.execute("pragma mmap_size = 268435456")
        db.execute("pragma temp_store = memory")
        db.execute("select 1 from files limit 1").fetchone()
    except sqlite3.DatabaseError as error:
        raise schema.damaged(path) from error
    return db
