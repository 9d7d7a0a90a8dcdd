"""Take back what was read too early: for edits or commits that come late, for a new chain.

What is left is as if the scan had ended there; an ordinary one then goes on (``shipped.md``
6, steps 3 and 4).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from tokenmirror.repos.nouns import Finding, Follow
from tokenmirror.store import matches, snapshots
from tokenmirror.store.following import Stored

FOREVER_MS = 1 << 62


@dataclass(frozen=True, slots=True)
class Limit:
    """How far what was read still holds.

    ``chain_ms``: landings up to then; ``side_ms``: other commits up to then.  ``chain``: the
    landings there are now, where the chain was rewritten.
    """

    chain_ms: int = FOREVER_MS
    side_ms: int = FOREVER_MS
    chain: Collection[str] | None = None


NOTHING = Limit(-1, -1)


def beside(db: sqlite3.Connection, repo_id: int, after_ms: int) -> list[str]:
    """Commits off the chain that were made later than that instant."""
    rows = db.execute(
        "select oid from commits where repo_id = ? and on_chain = 0 and committed_ms > ?",
        (repo_id, after_ms),
    )
    return [row[0] for row in rows]


def holds(db: sqlite3.Connection, repo_id: int, limit: Limit) -> bool:
    """Whether nothing that was read lies beyond the limit."""
    row = db.execute(
        "select count(*) from commits where repo_id = ?"
        " and case on_chain when 1 then mono_ms > ? else committed_ms > ? end",
        (repo_id, limit.chain_ms, limit.side_ms),
    ).fetchone()
    return limit.chain is None and not row[0]


def rewind(
    db: sqlite3.Connection,
    row: Stored,
    limit: Limit,
    *,
    lost: Collection[str] = (),
    keep_dates: bool = False,
) -> Stored:
    """Forget what lies beyond the limit; gives the repository's row as it is then.

    ``lost`` commits cannot be read again and stay.  ``keep_dates``: lines that are found
    again keep the date at which they first landed, though the commit of that day is gone.
    """
    side = [oid for oid in beside(db, row.id, limit.side_ms) if oid not in lost]
    until_ms = _before_landings_of(db, row.id, side, limit.chain_ms)
    stays = limit.chain is None and (row.chain_ms is None or row.chain_ms <= until_ms)
    if stays:
        forget(db, row.id, side, keep_dates=keep_dates)
        db.execute("update repos set tips = '' where id = ?", (row.id,))
        return replace(row, tips=())
    one = snapshots.newest(db, row.id, until_ms, limit.chain)
    cut_ms = one.mono_ms if one else -1
    landings = db.execute(
        "select oid from commits where repo_id = ? and on_chain = 1 and mono_ms > ?",
        (row.id, cut_ms),
    ).fetchall()
    forget(db, row.id, [*side, *(oid for (oid,) in landings)], keep_dates=keep_dates)
    if one is None:  # also what an earlier version found and wrote down otherwise
        landed = db.execute(
            "select suggestion_id from follows where repo_id = ? and landed_lines > 0", (row.id,)
        ).fetchall()
        _follow_again(db, [edit for (edit,) in landed], keep_dates=keep_dates)
    _revive(db, row.id, cut_ms)
    db.execute("delete from commons where repo_id = ? and mono_ms > ?", (row.id, cut_ms))
    renames = snapshots.restore(db, row.id, one)
    return replace(
        row,
        tips=(),
        chain_tip=one.oid if one else None,
        chain_ms=one.mono_ms if one else None,
        renames=renames,
    )


def _before_landings_of(
    db: sqlite3.Connection, repo_id: int, side: Iterable[str], until_ms: int
) -> int:
    """An instant before the landings of these commits, whose clocks may have been ahead."""
    for oid in side:
        row = db.execute(
            "select d.mono_ms from commits c join commits d"
            " on d.repo_id = c.repo_id and d.oid = c.landed_oid where c.repo_id = ? and c.oid = ?",
            (repo_id, oid),
        ).fetchone()
        if row is not None and row[0] is not None:
            until_ms = min(until_ms, row[0] - 1)
    return until_ms


def forget(
    db: sqlite3.Connection, repo_id: int, oids: Iterable[str], *, keep_dates: bool = False
) -> set[int]:
    """Forget these commits with all that was found in them; gives the edits it was of."""
    db.execute("create temporary table if not exists forgotten (id integer primary key, oid text)")
    db.execute("delete from forgotten")
    db.executemany(
        "insert into forgotten select id, oid from commits where repo_id = ? and oid = ?",
        [(repo_id, oid) for oid in oids],
    )
    touched = matches.found_in(db, [row[0] for row in db.execute("select id from forgotten")])
    db.execute("delete from deaths where commit_id in (select id from forgotten)")
    db.execute("delete from commits where id in (select id from forgotten)")
    db.execute(
        "update commits set landed_oid = null, landed_how = null"
        " where repo_id = ? and landed_oid in (select oid from forgotten)",
        (repo_id,),
    )
    _follow_again(db, sorted(touched), keep_dates=keep_dates)
    return touched


def _follow_again(db: sqlite3.Connection, edits: Iterable[int], *, keep_dates: bool) -> None:
    """What became of these edits, by what is still known of them."""
    follows: dict[int, Follow] = {}
    for edit in edits:
        row = db.execute(
            "select s.at_ms, f.landed_ms, f.shipped_ms from follows f"
            " join suggestions s on s.id = f.suggestion_id where f.suggestion_id = ?",
            (edit,),
        ).fetchone()
        if row is None:
            continue
        at_ms, *dates = row
        one = follows[edit] = Follow()
        if keep_dates:
            one.landed_ms, one.shipped_ms = dates
        for placed_ms, mono_ms, *bits in db.execute(
            "select c.placed_ms, c.mono_ms, f.exact, f.moved, f.close, f.gone from findings f"
            " join commits c on c.id = f.commit_id where f.suggestion_id = ?",
            (edit,),
        ):
            found = Finding(edit, *(int.from_bytes(blob, "little") for blob in bits))
            one.mark(found, at_ms, placed_ms, mono_ms)
    matches.write_follows(db, follows)


_SPLIT = """
from deaths where coalesce(until_ms, :cut + 1) > :cut
and birth_id in (select d.birth_id from deaths d join births b on b.id = d.birth_id
  where b.repo_id = :repo and d.until_ms > :cut)
"""
_WHOLE = f"""
select birth_id, at_ms, null, sum(lines), cause, commit_id, killer {_SPLIT}
group by birth_id, at_ms, cause, commit_id, killer
"""
_UNSPLIT = f"delete from deaths where rowid in (select rowid {_SPLIT})"  # noqa: S608 (a constant)


def _revive(db: sqlite3.Connection, repo_id: int, cut_ms: int) -> None:
    """Take back what landings after that instant did to the lines of earlier ones."""
    asked = {"repo": repo_id, "cut": cut_ms}
    # a death that was taken back in part had been split in two
    whole = db.execute(_WHOLE, asked).fetchall()
    db.execute(_UNSPLIT, asked)
    db.executemany("insert into deaths values (?, ?, ?, ?, ?, ?, ?)", whole)
    db.execute(
        "delete from censored where at_ms > :cut"
        " and birth_id in (select id from births where repo_id = :repo)",
        asked,
    )
    db.execute(
        "update reversals set undone_ms = null where undone_ms > :cut"
        " and commit_id in (select id from commits where repo_id = :repo)",
        asked,
    )
