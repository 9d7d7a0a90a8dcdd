"""The key of the line hashes and the id of this machine: made at first start, kept private."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path

from tokenmirror import paths, seal
from tokenmirror.errors import UserError

KEY_BYTES = 32


def sealer(places: paths.Places) -> seal.Sealer:
    """The sealer with this person's key; the key is made where there is none.

    Raises ``UserError`` when the key is there but cannot be read: hashes made with another
    key would never match what is stored.
    """
    key = _kept(places.line_key, lambda: secrets.token_bytes(KEY_BYTES))
    if len(key) != KEY_BYTES:
        raise UserError(
            "The key beside the archive is damaged.",
            "Put back line.key from a backup; without it stored lines cannot be recognised.",
        )
    listed = paths.resource("lines/trivial-1.txt").read_text(encoding="utf-8").splitlines()
    trivial = frozenset(line for line in listed if line and not line.startswith("# "))
    return seal.Sealer(key, trivial)


def machine(db: sqlite3.Connection, places: paths.Places, label: str) -> int:
    """The row of this machine, which gets its label at first sight."""
    key = _kept(places.machine_id, lambda: secrets.token_hex(16).encode()).decode("ascii")
    db.execute(
        "insert into machines (key, label) values (?, ?) on conflict(key) do nothing",
        (key, label),
    )
    return int(db.execute("select id from machines where key = ?", (key,)).fetchone()[0])


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        fresh = make()
    except OSError as error:
        raise UserError(
            f"{path.name} cannot be read.", "Allow reading it; nothing was changed."
        ) from error
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(fresh)
    return fresh
