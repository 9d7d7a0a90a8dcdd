"""Repositories as the archive knows them: positions, commits, claims, edits' fates."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tokenmirror import seal
from tokenmirror.repos.nouns import (
    AgentCommit,
    Edit,
    Follow,
    Known,
    Place,
    Pool,
    RepoFacts,
)

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An accepted edit whose repository has not been looked up yet."""

    suggestion: int
    path: str
    folder: str | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A repository's row: how far it was read and under which rules."""

    id: int
    state: str
    refs_digest: bytes | None
    tips: tuple[str, ...]
    chain_tip: str | None
    chain_ms: int | None
    renames: dict[str, str]
    rules_digest: bytes | None
    landing_ref: str | None
    followed: bool
    choice: str | None
    since_ms: int | None


def unplaced(db: sqlite3.Connection) -> list[Unplaced]:
    """Accepted edits of files that no repository was found for so far."""
    rows = db.execute(
        "select s.id, s.path, sessions.folder from suggestions s"
        " join sessions on sessions.id = s.session_id"
        " where s.decision = 'accepted' and s.path is not null"
        " and s.id not in (select suggestion_id from follows)"
    )
    return [Unplaced(*row) for row in rows]


def folders(db: sqlite3.Connection) -> list[tuple[int, str]]:
    """Sessions that have a folder, with it."""
    return list(db.execute("select id, folder from sessions where folder is not null"))


def folders_named(db: sqlite3.Connection) -> list[str]:
    """The folders that sessions name, each once, in order."""
    rows = db.execute("select distinct folder from sessions where folder is not null order by 1")
    return [row[0] for row in rows]


def roots(db: sqlite3.Connection) -> dict[str, Path]:
    """Working-tree roots met so far, with their repository's common folder."""
    rows = db.execute(
        "select root, common_dir from worktrees join repos on repos.id = worktrees.repo_id"
    )
    return {root: Path(common) for root, common in rows}


def repository(db: sqlite3.Connection, machine_id: int, place: Place) -> int:
    """The row of a repository, made at first sight."""
    name = place.root.name if place.root else place.common_dir.name.removesuffix(".git")
    db.execute(
        "insert into repos (machine_id, common_dir, name, state) values (?, ?, ?, 'ok')"
        " on conflict do nothing",
        (machine_id, str(place.common_dir), name),
    )
    row = db.execute(
        "select id from repos where machine_id = ? and common_dir = ?",
        (machine_id, str(place.common_dir)),
    ).fetchone()
    return int(row[0])


def add_roots(db: sqlite3.Connection, repo_id: int, names: Iterable[str]) -> None:
    """Remember working-tree roots; they stay when the tree is deleted."""
    db.executemany(
        "insert into worktrees values (?, ?) on conflict do nothing",
        [(repo_id, name) for name in names],
    )


def place_edits(db: sqlite3.Connection, found: Iterable[tuple[int, int, str]]) -> None:
    """Say where edits lie: (suggestion, repository, path in it)."""
    db.executemany(
        "insert into follows (suggestion_id, repo_id, path, landed, shipped, exact,"
        " landed_lines, shipped_lines, exact_lines)"
        " values (?, ?, ?, x'', x'', x'', 0, 0, 0) on conflict do nothing",
        list(found),
    )


def note_late(db: sqlite3.Connection, suggestions: Iterable[int]) -> None:
    """Remember placed edits that no scan has looked for yet."""
    db.executemany(
        "insert into late_edits"
        " select f.repo_id, s.at_ms from follows f"
        " join suggestions s on s.id = f.suggestion_id"
        " where f.suggestion_id = ? and s.at_ms is not null"
        " on conflict do update set at_ms = min(at_ms, excluded.at_ms)",
        [(suggestion,) for suggestion in suggestions],
    )


def late_ms(db: sqlite3.Connection, repo_id: int) -> int | None:
    """Time of the earliest edit that came or went since the last scan."""
    row = db.execute("select at_ms from late_edits where repo_id = ?", (repo_id,)).fetchone()
    return None if row is None else int(row[0])


def withdraw(db: sqlite3.Connection) -> None:
    """Take out edits that are not accepted any more: what they were found in is read again."""
    rows = db.execute(
        "select f.suggestion_id, f.repo_id, coalesce(s.at_ms, 0) from follows f"
        " left join suggestions s on s.id = f.suggestion_id"
        " where s.id is null or s.decision <> 'accepted'"
    ).fetchall()
    db.executemany(
        "insert into late_edits values (?, ?)"
        " on conflict do update set at_ms = min(at_ms, excluded.at_ms)",
        [row[1:] for row in rows],
    )
    db.executemany("delete from follows where suggestion_id = ?", [(row[0],) for row in rows])


def stored(db: sqlite3.Connection) -> dict[int, tuple[Place, Stored]]:
    """All repositories with what is known of them; the place has no working tree."""
    rows = db.execute(
        "select r.id, r.state, r.refs_digest, r.tips, r.chain_tip, r.chain_ms, r.renames,"
        " r.pool_digest, r.landing_ref, coalesce(c.followed, 1), c.landing_ref, r.common_dir,"
        " r.since_ms"
        " from repos r left join repo_choices c on c.common_dir = r.common_dir"
    )
    return {
        row[0]: (
            Place(Path(row[11]), None),
            Stored(
                id=row[0],
                state=row[1],
                refs_digest=row[2],
                tips=tuple((row[3] or "").split()),
                chain_tip=row[4],
                chain_ms=row[5],
                renames=json.loads(row[6] or "{}"),
                rules_digest=row[7],
                landing_ref=row[8],
                followed=bool(row[9]),
                choice=row[10],
                since_ms=row[12],
            ),
        )
        for row in rows
    }


def pool(db: sqlite3.Connection, repo_id: int, is_excluded: Callable[[str], bool]) -> Pool:
    """The accepted edits of a repository's files that count, and what was found of them.

    The edits themselves come in when a scan asks for them.
    """
    linked = dict(
        db.execute(
            "select l.session_id, min(c.committed_ms) from links l"
            " join commits c on c.id = l.commit_id"
            " where c.repo_id = ? and c.mine = 1 group by l.session_id",
            (repo_id,),
        )
    )
    first_ms = dict(
        db.execute(
            "select f.path, min(s.at_ms) from follows f"
            " join suggestions s on s.id = f.suggestion_id"
            " where f.repo_id = ? and s.at_ms is not null group by f.path",
            (repo_id,),
        )
    )

    def load(into: Pool, since_ms: int, wanted: Collection[int]) -> None:
        edits, follows = _edits(db, repo_id, since_ms, wanted)
        into.edits = tuple(edit for edit in edits if not is_excluded(edit.path))
        into.follows = follows

    return Pool(
        (),
        agent_commits=_agent_commits(db, repo_id),
        linked=linked,
        sessions=_Sessions(db),
        first_ms=first_ms,
        load=load,
    )


def _edits(
    db: sqlite3.Connection, repo_id: int, since_ms: int, wanted: Collection[int]
) -> tuple[list[Edit], dict[int, Follow]]:
    edits, follows = [], {}
    for row in db.execute(
        "select f.suggestion_id, s.session_id, f.path, s.at_ms, l.lines, s.whole, f.landed,"
        " f.shipped, f.exact, f.landed_ms, f.shipped_ms, f.shipped_exact, f.spent, f.gone"
        " from follows f"
        " join suggestions s on s.id = f.suggestion_id"
        " join suggestion_lines l on l.suggestion_id = s.id"
        " where f.repo_id = ? and s.at_ms is not null"
        " and (s.at_ms >= ? or s.id in (select value from json_each(?)))",
        (repo_id, max(since_ms, 0), json.dumps(sorted(wanted))),
    ):
        edits.append(Edit(row[0], row[1], row[2], row[3], seal.unpack(row[4]), whole=bool(row[5])))
        follows[row[0]] = Follow(*map(_bits, row[6:9]), *row[9:11], *map(_bits, row[11:14]))
    return edits, follows


class _Sessions(Mapping[str, int]):
    """Sessions by the id their tool gave them; ids that two tools use are left out.

    Read once they are asked for: only records beside the commits name any.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @cached_property
    def _known(self) -> dict[str, int]:
        rows = self._db.execute(
            "select key, min(id) from sessions group by key having count(*) = 1"
        )
        return dict(rows.fetchall())

    def __getitem__(self, key: str) -> int:
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _agent_commits(db: sqlite3.Connection, repo_id: int) -> dict[str, tuple[AgentCommit, ...]]:
    """Commits that tools' output named, by sessions with edits or a folder here."""
    found: dict[str, list[AgentCommit]] = defaultdict(list)
    for session, at_ms, commits in db.execute(
        "select t.session_id, t.at_ms, t.commits from tool_calls t"
        " join sessions on sessions.id = t.session_id"
        " join projects on projects.id = sessions.project_id"
        " where t.commits is not null and projects.repo_id = ?",
        (repo_id,),
    ):
        for oid in commits.split():
            found[oid].append(AgentCommit(session, at_ms))
    return {oid: tuple(calls) for oid, calls in found.items()}


def _bits(blob: bytes) -> int:
    return int.from_bytes(blob, "little")


class _Oids:
    """Commits that are stored, asked for one by one: there are many, and few are asked for."""

    def __init__(self, db: sqlite3.Connection, repo_id: int) -> None:
        self._db = db
        self._repo_id = repo_id

    def __contains__(self, oid: object) -> bool:
        query = "select 1 from commits where repo_id = ? and oid = ?"
        return self._db.execute(query, (self._repo_id, oid)).fetchone() is not None


def known(
    db: sqlite3.Connection, row: Stored, since_ms: int, adrift: tuple[str, ...] = ()
) -> Known:
    """Where a scan goes on from; ``adrift`` commits are to be read anew with it."""
    waiting = db.execute(
        "select oid from commits"
        " where repo_id = ? and mine and not on_chain and landed_oid is null",
        (row.id,),
    )
    claimed: dict[str, set[int]] = defaultdict(set)
    for oid, suggestion in db.execute(
        "select c.oid, k.suggestion_id from commits c join claims k on k.commit_id = c.id"
        " where c.repo_id = ? and c.mine and not c.on_chain and c.landed_oid is null"
        " and k.suggestion_id is not null",
        (row.id,),
    ):
        claimed[oid].add(suggestion)
    return Known(
        since_ms=since_ms,
        tips=row.tips,
        chain_tip=row.chain_tip,
        chain_ms=row.chain_ms,
        renames=row.renames,
        oids=_Oids(db, row.id),
        waiting=tuple(oid for (oid,) in waiting),
        claimed={oid: tuple(sorted(edits)) for oid, edits in claimed.items()},
        adrift=adrift,
        commons=tuple(
            blob
            for (blob,) in db.execute(
                "select lines from commons where repo_id = ? order by mono_ms, rowid", (row.id,)
            )
        ),
    )


def unlinked_named(db: sqlite3.Connection, repo_id: int) -> list[tuple[str, int]]:
    """Stored commits that a session's log names as made by it, without a link to it.

    A log read after its commit brings new ones: the repository is then matched again.
    """
    found = set()
    for name, calls in _agent_commits(db, repo_id).items():
        row = db.execute(
            "select id, oid from commits where repo_id = ? and oid >= ? and oid < ?",
            (repo_id, name, name + "g"),
        ).fetchone()
        if row is None:
            continue
        linked = {
            one[0]
            for one in db.execute("select session_id from links where commit_id = ?", (row[0],))
        }
        found |= {(row[1], call.session) for call in calls if call.session not in linked}
    return sorted(found)


def first_edit_ms(db: sqlite3.Connection, repo_id: int) -> int | None:
    """Time of the first accepted edit in a repository, or of a commit a tool made there."""
    row = db.execute(
        "select min(at_ms) from (select s.at_ms from follows f"
        " join suggestions s on s.id = f.suggestion_id where f.repo_id = :repo"
        " union all select t.at_ms from tool_calls t"
        " join sessions on sessions.id = t.session_id"
        " join projects on projects.id = sessions.project_id"
        " where t.commits is not null and projects.repo_id = :repo)",
        {"repo": repo_id},
    ).fetchone()
    return None if row[0] is None else int(row[0])


def last_commit_ms(db: sqlite3.Connection, repo_id: int) -> int | None:
    """Time of the newest commit read so far."""
    row = db.execute(
        "select max(committed_ms) from commits where repo_id = ?", (repo_id,)
    ).fetchone()
    return None if row[0] is None else int(row[0])


def note_facts(db: sqlite3.Connection, repo_id: int, facts: RepoFacts, now_ms: int) -> None:
    """Write what git says of a repository before its history is read.

    A repository that was found to be partial stays so until it is read anew.
    """
    told = "case when state = 'partial' and :state = 'ok' then state else :state end"
    db.execute(
        f"update repos set state = {told}, related = related and state = {told},"  # noqa: S608
        " reason = :reason, object_format = :form, landing_ref = :ref, landing_from = :origin,"
        " scanned_ms = :now_ms where id = :repo",
        {
            "state": facts.state,
            "reason": facts.reason,
            "form": facts.object_format,
            "ref": facts.landing_ref,
            "origin": facts.landing_from,
            "now_ms": now_ms,
            "repo": repo_id,
        },
    )


def note_since(db: sqlite3.Connection, repo_id: int, since_ms: int) -> None:
    """Remember from when on commits are read."""
    db.execute("update repos set since_ms = ? where id = ?", (since_ms, repo_id))


def note_settled(db: sqlite3.Connection, repo_id: int, facts: RepoFacts) -> None:
    """Remember that all that these refs hold was read, with all edits."""
    db.execute("delete from late_edits where repo_id = ?", (repo_id,))
    db.execute("update repos set refs_digest = ? where id = ?", (facts.refs_digest, repo_id))


def note_rules(db: sqlite3.Connection, repo_id: int, digest: bytes) -> None:
    """Remember under which rules and identities a repository was matched."""
    db.execute("update repos set pool_digest = ? where id = ?", (digest, repo_id))


def note_attributes(
    db: sqlite3.Connection, repo_id: int, attributes: Sequence[tuple[str, str]]
) -> None:
    """Remember what the main line's attributes exclude."""
    db.execute("update repos set attributes = ? where id = ?", (json.dumps(attributes), repo_id))


def attributes(db: sqlite3.Connection) -> dict[int, tuple[tuple[str, str], ...]]:
    """What the main line's attributes exclude, per repository."""
    rows = db.execute("select id, attributes from repos where attributes is not null")
    return {row[0]: tuple((one[0], one[1]) for one in json.loads(row[1])) for row in rows}


def identities(db: sqlite3.Connection) -> tuple[frozenset[str], frozenset[str]]:
    """Addresses that are the person's, and those said not to be."""
    rows = db.execute("select email, is_me from identities").fetchall()
    mine = frozenset(email for email, is_me in rows if is_me)
    return mine, frozenset(email for email, is_me in rows if not is_me)


def add_identities(
    db: sqlite3.Connection,
    emails: Iterable[str],
    origin: str,
    now_ms: int,
    *,
    is_me: bool = True,
) -> None:
    """Remember addresses of the person, or such as they may confirm.

    One that waits to be confirmed becomes the person's when something shows it to be; what
    the person said of an address stays.
    """
    db.executemany(
        "insert into identities values (?, ?, ?, ?) on conflict(email) do update set"
        " is_me = 1, origin = excluded.origin"
        " where excluded.is_me = 1 and identities.origin in ('same_name', 'author')",
        [(email.lower(), origin, is_me, now_ms) for email in emails if email],
    )


def note_no_identity(db: sqlite3.Connection, repo_id: int) -> None:
    """Note that no commit can be called the person's: what landed is unknown, not nothing."""
    db.execute("update repos set reason = 'no_identity' where id = ?", (repo_id,))


def place_sessions(db: sqlite3.Connection, projects: Mapping[int, tuple[str, int | None]]) -> None:
    """Give sessions their project: its key (common folder or folder) and repository."""
    keys = dict(projects.values())
    for key, repo_id in sorted(keys.items()):
        row = db.execute("select repo_id from projects where key = ?", (key,)).fetchone()
        if row is None:
            db.execute(
                "insert into projects (key, name, repo_id) values (?, ?, ?)", (key, key, repo_id)
            )
    ids = dict(db.execute("select key, id from projects"))
    db.executemany(
        "update sessions set project_id = ? where id = ? and project_id is not ?",
        [(ids[key], session, ids[key]) for session, (key, _repo) in projects.items()],
    )
    _name_projects(db)


def _name_projects(db: sqlite3.Connection) -> None:
    """The last part of each project's folder, with the part before where two are alike."""
    rows = db.execute("select id, key, repo_id, name from projects").fetchall()
    parts = {row[0]: _parts(row[1], in_repository=row[2] is not None) for row in rows}
    short = [names[-1] for names in parts.values()]
    for project, _key, _repo, before in rows:
        names = parts[project]
        alike = short.count(names[-1]) > 1
        name = "/".join(names[-2:]) if alike else names[-1]
        if name != before:
            db.execute("update projects set name = ? where id = ?", (name, project))


def _parts(key: str, *, in_repository: bool) -> list[str]:
    names = [name for name in key.replace("\\", "/").split("/") if name]
    if in_repository and names[-1:] == [".git"]:
        names.pop()
    return names or [key]
