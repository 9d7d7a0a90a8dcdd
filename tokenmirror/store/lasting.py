"""Births and deaths of lines on the main line: written by a scan, read for the next one.

For figures, read ``store.lives``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, overload

import msgspec

from tokenmirror.repos.fates import (
    Birth,
    Dead,
    Fates,
    Grave,
    Owner,
    Remembered,
    Return,
)
from tokenmirror.store.news import News

_BIRTHS = """
select b.number, c.oid, b.path, b.suggestion_id, b.session_id, b.mine, b.lines, b.proof_lines,
  b.born_ms, b.lines
    - coalesce((select sum(d.lines) from deaths d
        where d.birth_id = b.id and d.until_ms is null), 0)
    - coalesce((select sum(z.lines) from censored z where z.birth_id = b.id), 0)
from births b join commits c on c.id = b.commit_id
where b.id in (
  select id from births where repo_id = :repo and number = :number
  union all
  select births.id from births join commits on commits.id = births.commit_id
  where commits.repo_id = :repo and commits.oid = :oid)
order by b.number
"""


class Kept:
    """Births of earlier scans of one repository (``fates.BirthsKept``)."""

    def __init__(self, db: sqlite3.Connection, repo_id: int) -> None:
        self._db = db
        self._repo_id = repo_id

    def birth(self, number: int) -> Birth:
        """One birth, with what lives of it."""
        return self._births(number, None)[0]

    def of_landing(self, oid: str) -> Sequence[Birth]:
        """The births of a landing, in their order."""
        return self._births(None, oid)

    def _births(self, number: int | None, oid: str | None) -> list[Birth]:
        asked = {"repo": self._repo_id, "number": number, "oid": oid}
        return [_birth(row) for row in self._db.execute(_BIRTHS, asked)]

    def landing_with(self, oid: str) -> str | None:
        """The landing that is or contains this commit, as far as it was read."""
        row = self._db.execute(
            "select landed_oid from commits where repo_id = ? and oid = ?", (self._repo_id, oid)
        ).fetchone()
        return None if row is None or row[0] is None else str(row[0])


def _birth(row: Sequence[Any]) -> Birth:
    number, oid, path, edit, session, mine, *counts = row
    return Birth(number, oid, path, Owner(edit, session), bool(mine), *counts)


def remembered(db: sqlite3.Connection, repo_id: int) -> Remembered:
    """Where the pass over a repository's landings goes on from."""
    last = db.execute("select max(number) from births where repo_id = ?", (repo_id,)).fetchone()
    tracks = db.execute("select path, labels from track_files where repo_id = ?", (repo_id,))
    graves = db.execute(
        "select c.oid, g.at_ms, g.lines from graves g join commits c on c.id = g.commit_id"
        " where g.repo_id = ? order by g.at_ms, c.oid",
        (repo_id,),
    )
    standing = db.execute(
        "select distinct c.oid from reversals r join commits c on c.id = r.by_commit_id"
        " where c.repo_id = ? and r.undone_ms is null",
        (repo_id,),
    )
    return Remembered(
        (last[0] or 0) + 1,
        {_text(path): blob for path, blob in tracks},
        tuple(Grave(oid, at_ms, _Packed(blob)) for oid, at_ms, blob in graves),
        frozenset(oid for (oid,) in standing),
        Kept(db, repo_id),
    )


def write(db: sqlite3.Connection, repo_id: int, fates: Fates, news: News) -> None:
    """Write what a step found; its commits must be there already.  ``news`` takes whose it is."""
    ids = _Ids(db, repo_id, fates)
    _write_births(db, ids, fates)
    ids.tell(fates, news)
    for back in fates.returns:
        _return(db, ids, back)
    _write_reversals(db, ids, fates)
    _write_graves(db, ids, fates)
    db.executemany(
        "delete from track_files where repo_id = ? and path = ?",
        [(repo_id, _bytes(path)) for path, blob in fates.tracks.items() if blob is None],
    )
    db.executemany(
        "insert or replace into track_files values (?, ?, ?)",
        [(repo_id, _bytes(path), blob) for path, blob in fates.tracks.items() if blob],
    )


class _Ids:
    """Rows of commits and births by what a scan calls them; those of a step at one go."""

    def __init__(self, db: sqlite3.Connection, repo_id: int, fates: Fates) -> None:
        self.repo = repo_id
        oids = {one.landing for one in fates.births}
        oids |= {one.landing for one in fates.deaths} | {one.landing for one in fates.graves}
        oids |= {oid for one in fates.reversals for oid in (one.landing, one.by)}
        oids |= {one.killed_by for one in fates.returns} | {one.by for one in fates.undone}
        asked = json.dumps([*oids, *fates.emptied])
        self._commits: dict[str, int] = dict(
            db.execute(
                "select oid, id from commits where repo_id = ?"
                " and oid in (select value from json_each(?))",
                (repo_id, asked),
            )
        )
        self._db = db
        self._births: dict[int, tuple[int, int, int | None]] = {}  # row, landing, edit

    def commit(self, oid: str) -> int:
        return self._commits[oid]

    def note_births(self, fates: Fates) -> None:
        """Look the births up that the step changes; its own must be there."""
        numbers = {one.birth for one in fates.deaths} | {one.birth for one in fates.censored}
        numbers |= {one.birth for one in fates.returns}
        rows = self._db.execute(
            "select number, id, commit_id, suggestion_id from births where repo_id = ?"
            " and number in (select value from json_each(?))",
            (self.repo, json.dumps(sorted(numbers))),
        )
        self._births = {number: (row, commit, edit) for number, row, commit, edit in rows}

    def birth(self, number: int) -> int:
        return self._births[number][0]

    def tell(self, fates: Fates, news: News) -> None:
        """Tell in which landings, and of which edits, lines were born or fared otherwise."""
        whose = [(self.commit(one.landing), one.owner.edit) for one in fates.births]
        whose += [(commit, edit) for _row, commit, edit in self._births.values()]
        news.landings.update(commit for commit, _edit in whose)
        news.suggestions.update(edit for _commit, edit in whose if edit is not None)


def _write_births(db: sqlite3.Connection, ids: _Ids, fates: Fates) -> None:
    db.executemany(
        "insert into births (repo_id, number, commit_id, path, suggestion_id, session_id, mine,"
        " lines, proof_lines, born_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                ids.repo,
                one.number,
                ids.commit(one.landing),
                one.path,
                *one.owner,
                one.mine,
                one.lines,
                one.proof_lines,
                one.born_ms,
            )
            for one in fates.births
        ],
    )
    ids.note_births(fates)
    db.executemany(
        "insert into deaths values (?, ?, null, ?, ?, ?, ?)",
        [
            (
                ids.birth(one.birth),
                one.at_ms,
                one.lines,
                one.cause,
                ids.commit(one.landing),
                one.by,
            )
            for one in fates.deaths
        ],
    )
    db.executemany(
        "insert into censored values (?, ?, ?)",
        [(ids.birth(one.birth), one.at_ms, one.lines) for one in fates.censored],
    )


def _return(db: sqlite3.Connection, ids: _Ids, back: Return) -> None:
    """End these deaths; where not all of their lines are back, the rest goes on apart."""
    rows = db.execute(
        "select rowid, lines from deaths where birth_id = ? and commit_id = ?"
        " and until_ms is null order by cause, killer, rowid",
        (ids.birth(back.birth), ids.commit(back.killed_by)),
    ).fetchall()
    left = back.lines
    for row_id, lines in rows:
        part = min(left, lines)
        if not part:
            break
        if part < lines:
            db.execute(
                "insert into deaths select birth_id, at_ms, null, lines - ?, cause, commit_id,"
                " killer from deaths where rowid = ?",
                (part, row_id),
            )
        db.execute(
            "update deaths set lines = ?, until_ms = ? where rowid = ?",
            (part, back.at_ms, row_id),
        )
        left -= part


def _write_reversals(db: sqlite3.Connection, ids: _Ids, fates: Fates) -> None:
    db.executemany(
        "insert into reversals values (?, ?, ?, ?, ?, null)",
        [
            (ids.commit(one.landing), ids.commit(one.by), one.at_ms, one.how, one.share)
            for one in fates.reversals
        ],
    )
    db.executemany(
        "update reversals set undone_ms = ? where by_commit_id = ?",
        [(one.at_ms, ids.commit(one.by)) for one in fates.undone],
    )


def _write_graves(db: sqlite3.Connection, ids: _Ids, fates: Fates) -> None:
    db.executemany(
        "insert into graves values (?, ?, ?, ?)",
        [(ids.commit(one.landing), ids.repo, one.at_ms, _packed(one.dead)) for one in fates.graves],
    )
    db.executemany(
        "delete from graves where commit_id = ?", [(ids.commit(oid),) for oid in fates.emptied]
    )
    if fates.graves_since_ms is not None:
        db.execute(
            "delete from graves where repo_id = ? and at_ms < ? and commit_id not in"
            " (select by_commit_id from reversals where undone_ms is null)",
            (ids.repo, fates.graves_since_ms),
        )


def note_observed(db: sqlite3.Connection, repo_id: int, now_ms: int) -> None:
    """Remember when all that a repository's refs hold was last known to be read."""
    db.execute("update repos set observed_ms = ? where id = ?", (now_ms, repo_id))


def heeds(db: sqlite3.Connection, repo_id: int, skipped: frozenset[str]) -> bool:
    """Whether the landings read so far were read with these as ones that a blame skips."""
    row = db.execute("select skipped from repos where id = ?", (repo_id,)).fetchone()
    changed = skipped ^ frozenset((row[0] or "").split())
    return not any(
        db.execute(
            "select 1 from commits where repo_id = ? and oid = ? and on_chain = 1", (repo_id, oid)
        ).fetchone()
        for oid in sorted(changed)
    )


def note_skipped(db: sqlite3.Connection, repo_id: int, skipped: frozenset[str]) -> None:
    """Remember which landings were taken for ones that a blame skips."""
    db.execute("update repos set skipped = ? where id = ?", (" ".join(sorted(skipped)), repo_id))


def chain(db: sqlite3.Connection, repo_id: int) -> list[tuple[str, int]]:
    """(id, monotone time) of the landings that were read, oldest first."""
    rows = {
        oid: (parent, mono_ms)
        for oid, parent, mono_ms in db.execute(
            "select oid, substr(parents, 1, instr(parents || ' ', ' ') - 1), mono_ms"
            " from commits where repo_id = ? and on_chain = 1",
            (repo_id,),
        )
    }
    tip = db.execute("select chain_tip from repos where id = ?", (repo_id,)).fetchone()
    oid: str | None = tip[0] if tip else None
    found: list[tuple[str, int]] = []
    while oid is not None and oid in rows:
        before, mono_ms = rows.pop(oid)
        found.append((oid, mono_ms))
        oid = before
    return found[::-1]


def write_releases(db: sqlite3.Connection, repo_id: int, released: Mapping[str, int]) -> None:
    """When each landing was first part of a release; not yet, for those not in ``released``."""
    before = dict(
        db.execute(
            "select oid, released_ms from commits where repo_id = ? and released_ms is not null",
            (repo_id,),
        )
    )
    db.executemany(
        "update commits set released_ms = ? where repo_id = ? and oid = ?",
        [
            (released.get(oid), repo_id, oid)
            for oid in sorted({*before, *released})
            if released.get(oid) != before.get(oid)
        ],
    )


def _packed(dead: Sequence[Dead]) -> bytes:
    names = {path: _bytes(path) for path in {one.path for one in dead}}
    return msgspec.msgpack.encode(
        [(names[path], line, proof, label) for path, line, proof, label in dead]
    )


class _Packed(Sequence[Dead]):
    """Lines of a grave, unpacked once they are looked at: most never are."""

    def __init__(self, blob: bytes) -> None:
        self._blob = blob

    @cached_property
    def _dead(self) -> tuple[Dead, ...]:
        rows = msgspec.msgpack.decode(
            self._blob, type=list[tuple[bytes, int, bool, tuple[int, ...]]]
        )
        return tuple(Dead(_text(path), line, proof, label) for path, line, proof, label in rows)

    def __len__(self) -> int:
        return len(self._dead)

    @overload
    def __getitem__(self, at: int) -> Dead: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Dead]: ...
    def __getitem__(self, at: int | slice) -> Dead | Sequence[Dead]:
        return self._dead[at]


def _bytes(path: str) -> bytes:
    """A path in the form in which any name can be kept."""
    return path.encode("utf-8", "surrogateescape")


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
