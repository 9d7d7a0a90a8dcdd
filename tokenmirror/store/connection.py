"""Connections that may write, and transactions that a person can be told about."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tokenmirror.errors import UserError
from tokenmirror.store import schema


def connect(path: Path) -> sqlite3.Connection:
    """A connection that may write; every transaction is visible in the code.

    Raises ``UserError`` for a file that cannot be opened, is damaged or newer.
    """
    schema.create(path)
    db = sqlite3.connect(path, timeout=schema.BUSY_MS / 1000, isolation_level=None)
    for pragma in (
        "foreign_keys = on",
        "synchronous = normal",
        "cache_size = -65536",
        "temp_store = memory",
        "mmap_size = 268435456",
    ):
        db.execute(f"pragma {pragma}")
    return db


@contextmanager
def immediately(db: sqlite3.Connection) -> Iterator[None]:
    """One write transaction; rolled back when anything goes wrong.

    Raises ``UserError`` for a full disk, a read-only or a busy file.
    """
    try:
        db.execute("begin immediate")
        yield
        db.execute("commit")
    except sqlite3.OperationalError as error:
        _roll_back(db)
        raise said(error) from error
    except BaseException:
        _roll_back(db)
        raise


def _roll_back(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("rollback")


def said(error: sqlite3.OperationalError) -> UserError:
    """The sentence for what SQLite could not do."""
    text = str(error)
    if "full" in text or "disk I/O" in text:
        return UserError(
            "There is no room left on the disk, so nothing more was kept.",
            "What was complete stays. Make room and read again.",
        )
    if "locked" in text or "busy" in text:
        return UserError(
            "Another program is writing to the archive.",
            "Nothing was lost. Try again when it has finished.",
        )
    if "readonly" in text:
        return UserError(
            "The archive may not be written.",
            "Allow writing in its folder, or choose another with --data-dir.",
        )
    return UserError("The archive could not be written.", "Nothing was lost. Try again.")


@contextmanager
def transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """One small transaction of the window on a connection of its own."""
    db = connect(path)
    try:
        with immediately(db):
            yield db
    finally:
        db.close()
