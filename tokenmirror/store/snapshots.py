"""How a repository's main line stood after some landings, kept to go on from there again."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Container
from dataclasses import dataclass

import msgspec

EVERY = 1000  # landings


class _State(msgspec.Struct, array_like=True):
    renames: str
    tracks: list[tuple[bytes, bytes]]
    graves: list[tuple[str, int, bytes]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state after the landing ``oid``, the ``landings``-th one read."""

    oid: str
    mono_ms: int
    landings: int


def keep(db: sqlite3.Connection, repo_id: int) -> None:
    """Keep how things stand now, unless there was no landing since the last snapshot."""
    oid, chain_ms, renames = db.execute(
        "select chain_tip, chain_ms, renames from repos where id = ?", (repo_id,)
    ).fetchone()
    landings = _landings(db, repo_id)
    last = db.execute(
        "select max(landings) from snapshots where repo_id = ?", (repo_id,)
    ).fetchone()[0]
    if oid is None or landings <= (last or 0):
        return
    state = _State(
        renames or "{}",
        db.execute("select path, labels from track_files where repo_id = ?", (repo_id,)).fetchall(),
        db.execute(
            "select c.oid, g.at_ms, g.lines from graves g join commits c on c.id = g.commit_id"
            " where g.repo_id = ?",
            (repo_id,),
        ).fetchall(),
    )
    packed = zlib.compress(msgspec.msgpack.encode(state), 1)
    db.execute(
        "insert or replace into snapshots values (?, ?, ?, ?, ?)",
        (repo_id, oid, chain_ms, landings, packed),
    )
    _thin_out(db, repo_id)


def _landings(db: sqlite3.Connection, repo_id: int) -> int:
    row = db.execute(
        "select count(*) from commits where repo_id = ? and on_chain = 1", (repo_id,)
    ).fetchone()
    return int(row[0])


def _thin_out(db: sqlite3.Connection, repo_id: int) -> None:
    """Keep the newest ones, and of the older ones such as lie twice as far back each."""
    kept = _all(db, repo_id)
    newest_ms = kept[0].mono_ms
    last_ms = 0
    for one in kept[2:]:
        back_ms = newest_ms - one.mono_ms
        if back_ms < 2 * last_ms:
            db.execute("delete from snapshots where repo_id = ? and oid = ?", (repo_id, one.oid))
        else:
            last_ms = back_ms


def _all(db: sqlite3.Connection, repo_id: int) -> list[Snapshot]:
    """Newest first."""
    rows = db.execute(
        "select oid, mono_ms, landings from snapshots where repo_id = ? order by landings desc",
        (repo_id,),
    )
    return [Snapshot(*row) for row in rows]


def newest(
    db: sqlite3.Connection, repo_id: int, until_ms: int, chain: Container[str] | None
) -> Snapshot | None:
    """The newest one whose landings are none later, and all still there.

    ``chain``: the landings that there are now, where that is in question.
    """
    for one in _all(db, repo_id):
        row = db.execute(
            "select count(*) from commits where repo_id = ? and on_chain = 1 and mono_ms <= ?",
            (repo_id, one.mono_ms),
        ).fetchone()
        # landings of one and the same instant cannot be taken apart by it
        apart = one.mono_ms <= until_ms and row[0] == one.landings
        if apart and (chain is None or one.oid in chain):
            return one
    return None


def restore(db: sqlite3.Connection, repo_id: int, one: Snapshot | None) -> dict[str, str]:
    """Put labels, graves and the position back as they were; gives the renames of then.

    What was read later must be gone by then.  ``None``: back to the beginning.
    """
    db.execute("delete from track_files where repo_id = ?", (repo_id,))
    db.execute("delete from graves where repo_id = ?", (repo_id,))
    landings = one.landings if one else 0
    db.execute("delete from snapshots where repo_id = ? and landings > ?", (repo_id, landings))
    state = _State("{}", [], [])
    if one is not None:
        row = db.execute(
            "select state from snapshots where repo_id = ? and oid = ?", (repo_id, one.oid)
        ).fetchone()
        state = msgspec.msgpack.decode(zlib.decompress(row[0]), type=_State)
    db.executemany(
        "insert into track_files values (?, ?, ?)", [(repo_id, *track) for track in state.tracks]
    )
    db.executemany(
        "insert into graves select id, repo_id, ?, ? from commits where repo_id = ? and oid = ?",
        [(at_ms, lines, repo_id, oid) for oid, at_ms, lines in state.graves],
    )
    db.execute(
        "update repos set tips = '', chain_tip = ?, chain_ms = ?, renames = ? where id = ?",
        (one.oid if one else None, one.mono_ms if one else None, state.renames, repo_id),
    )
    return dict(json.loads(state.renames))
