"""The archive's tables, and the steps that bring an older file up to date.

Three kinds of tables: *facts* (written by the pump, never changed to fix a schema),
*derived* (made again from facts at any time) and *own* (what the person says).  Steps run
through sqlite-utils ``Migrations``, each in a transaction with its record; a step is never
changed after a release.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from tokenmirror.errors import UserError

APPLICATION_ID = 0x746B6D69  # "tkmi"
VERSION = 11
PAGE_BYTES = 8192
BUSY_MS = 5_000


def create(path: Path) -> None:
    """Make a new archive, or bring an older one up to date.

    Raises ``UserError`` for a file that is newer than the program, damaged, or no archive.
    """
    version = version_of(path)
    if version == VERSION:
        return
    import sqlite_utils  # late: 160 ms, and only a file that is behind needs it

    from tokenmirror.store import filled
    from tokenmirror.store.migrations import archive

    new = not path.exists()
    if new:
        path.touch(mode=0o600)
    elif version:
        _copy_before_migration(path, version)
    db = sqlite_utils.Database(path)
    try:
        db.execute(f"pragma page_size = {PAGE_BYTES}")
        db.execute("pragma journal_mode = wal")
        archive.apply(db)
        with db.conn:
            filled.fill(db.conn, version)
        db.execute(f"pragma application_id = {APPLICATION_ID}")
        db.execute(f"pragma user_version = {VERSION}")
    except sqlite3.DatabaseError as error:
        raise damaged(path) from error
    finally:
        db.close()
    if os.name == "posix":
        path.chmod(0o600)


def version_of(path: Path) -> int:
    """The schema version of a file, 0 for none or an empty one.

    Raises ``UserError`` for a newer or damaged file and for one that is no archive.
    """
    if not path.exists():
        return 0
    try:
        db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_MS / 1000)
        try:
            version = int(db.execute("pragma user_version").fetchone()[0])
            application = int(db.execute("pragma application_id").fetchone()[0])
            tables = int(db.execute("select count(*) from sqlite_master").fetchone()[0])
        finally:
            db.close()
    except sqlite3.OperationalError as error:
        raise UserError(
            "The archive cannot be opened just now.",
            "Close other programs that use it, check that its folder may be read, and try again.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise damaged(path) from error
    if tables and application != APPLICATION_ID:
        raise UserError(
            f"{path.name} is a database, but not one of TokenMirror's.",
            "Nothing was changed. Choose another folder with --data-dir.",
        )
    if version > VERSION:
        raise UserError(
            f"The archive was written by a newer TokenMirror (version {version} of its tables; "
            f"this program knows {VERSION}).",
            "Nothing was changed. Install the newer program again.",
        )
    return version


def damaged(path: Path) -> UserError:
    """The sentence for an archive that SQLite cannot read."""
    return UserError(
        f"The archive {path.name} is damaged and cannot be read.",
        "Nothing was changed. Move the file aside, then read the logs again: what the tools "
        "still have on disk comes back.",
    )


def _copy_before_migration(path: Path, version: int) -> None:
    copy = path.with_name(f"{path.stem}.before-{version + 1}.db")
    with sqlite3.connect(path) as old, sqlite3.connect(copy) as new:
        old.backup(new)
    old.close()
    new.close()
