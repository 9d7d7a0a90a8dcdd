"""What a scan found, into the archive: commits, claims, links, fates of edits."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence

from tokenmirror.repos.nouns import SHIP_LINES, Follow, Pool, ScannedCommit, Step
from tokenmirror.store.news import News

RUN_MS = 8 * 3_600_000  # between direct commits of one change
UPSERT_COMMIT = """
insert into commits (repo_id, oid, parents, authored_ms, committed_ms, placed_ms, mono_ms,
  utc_offset_min, mine, on_chain, landed_oid, landed_how, added, removed, proof_lines, bulk,
  trailer, subject, reachable, fixes)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict(repo_id, oid) do update set
  mono_ms = excluded.mono_ms, mine = excluded.mine, on_chain = excluded.on_chain,
  landed_oid = excluded.landed_oid, landed_how = excluded.landed_how, added = excluded.added,
  removed = excluded.removed, proof_lines = excluded.proof_lines, bulk = excluded.bulk,
  reachable = excluded.reachable, fixes = excluded.fixes
"""


# Conventional Commits or plain: "fix: …", "hotfix(api)!: …", "Fixes the parser", "Revert …"
_FIX = re.compile(r"(?:fix(?:e[sd])?|bug-?fix|hot-?fix|revert)\b", re.IGNORECASE)


def _blob(bits: int) -> bytes:
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")


def settle_dates(db: sqlite3.Connection, repo_id: int) -> None:
    """Take kept dates from edits of which nothing was found again."""
    for date, lines in (("landed_ms", "landed_lines"), ("shipped_ms", "shipped_lines")):
        db.execute(
            f"update follows set {date} = null"  # noqa: S608 (constants)
            f" where repo_id = ? and {lines} = 0 and {date} is not null",
            (repo_id,),
        )


def settle_runs(db: sqlite3.Connection, repo_id: int) -> None:
    """Ship what a session's direct commits in a row hold together: splitting changes nothing."""
    db.execute(
        "update links set ships = 0 where ships = 2"
        " and (select repo_id from commits where id = links.commit_id) = ?",
        (repo_id,),
    )
    rows = db.execute(
        "select l.session_id, l.commit_id, c.mono_ms, sum(k.proof_lines) from links l"
        " join commits c on c.id = l.commit_id"
        " join claims k on k.commit_id = c.id and k.session_id = l.session_id"
        " where c.repo_id = ? and c.on_chain = 1 and c.mine = 1 and c.parents not like '% %'"
        " and k.evidence in ('exact', 'moved', 'record')"
        # where each commit ships by itself there is nothing to settle
        " and l.session_id in (select session_id from links where ships = 0)"
        " group by 1, 2 order by 1, 3, 2",
        (repo_id,),
    ).fetchall()
    runs: list[list[tuple[int, int, int, int]]] = []
    for row in rows:
        if runs and runs[-1][-1][0] == row[0] and row[2] - runs[-1][-1][2] <= RUN_MS:
            runs[-1].append(row)
        else:
            runs.append([row])
    db.executemany(
        "update links set ships = 2 where ships = 0 and session_id = ? and commit_id = ?",
        [
            row[:2]
            for run in runs
            if len(run) > 1 and sum(row[3] for row in run) >= SHIP_LINES
            for row in run
        ],
    )


def write_step(
    db: sqlite3.Connection, repo_id: int, step: Step, pool: Pool, news: News, *, titles: bool
) -> None:
    """Write one step of a scan with the position after it.  ``news`` takes whose edits it has."""
    news.suggestions.update(_write_commits(db, repo_id, step, titles=titles), step.touched)
    news.suggestions.update(claim.edit for claim in step.claims if claim.edit is not None)
    _write_matches(db, repo_id, step)
    write_follows(db, {edit: pool.follows[edit] for edit in step.touched})
    if step.commons:
        db.execute("insert into commons values (?, ?, ?)", (repo_id, step.chain_ms, step.commons))
    db.execute(
        "update repos set tips = ?, chain_tip = ?, chain_ms = ?, renames = ?, state = ?"
        " where id = ?",
        (
            " ".join(step.tips),
            step.chain_tip,
            step.chain_ms,
            json.dumps(dict(step.renames), sort_keys=True),
            step.state,
            repo_id,
        ),
    )


def _write_commits(db: sqlite3.Connection, repo_id: int, step: Step, *, titles: bool) -> set[int]:
    """Write commits; one given again (it moved onto the chain) loses what was found in it.

    Gives the edits of which something was.
    """
    again = db.execute(
        "select id from commits where repo_id = ? and oid in (select value from json_each(?))",
        (repo_id, json.dumps([commit.oid for commit in step.commits])),
    ).fetchall()
    lost = found_in(db, [commit for (commit,) in again])
    for table in ("claims", "links", "findings"):
        db.executemany(
            f"delete from {table} where commit_id = ?",  # noqa: S608 (constants)
            again,
        )
    db.executemany(UPSERT_COMMIT, [_commit_row(repo_id, one, titles) for one in step.commits])
    return lost


def found_in(db: sqlite3.Connection, commits: Sequence[int]) -> set[int]:
    """Edits of which something was found in these commits, by their rows."""
    rows = db.execute(
        "select suggestion_id from findings"
        " where commit_id in (select value from json_each(:commits))"
        " union select suggestion_id from claims"
        " where commit_id in (select value from json_each(:commits)) and suggestion_id is not null",
        {"commits": json.dumps(commits)},
    )
    return {row[0] for row in rows}


def _commit_row(repo_id: int, commit: ScannedCommit, titles: bool) -> tuple[object, ...]:
    return (
        repo_id,
        commit.oid,
        " ".join(commit.parents),
        commit.authored_ms,
        commit.committed_ms,
        commit.placed_ms,
        commit.mono_ms,
        commit.utc_offset_min,
        commit.mine,
        commit.on_chain,
        commit.landed_oid,
        commit.landed_how,
        commit.added,
        commit.removed,
        commit.proof_lines,
        commit.bulk,
        commit.trailer,
        commit.subject if titles else None,
        commit.reachable,
        bool(_FIX.match(commit.subject)),
    )


def _write_matches(db: sqlite3.Connection, repo_id: int, step: Step) -> None:
    db.executemany(
        "insert into claims values ((select id from commits where repo_id = ? and oid = ?),"
        " ?, ?, ?, ?, ?, ?, ?, ?)"
        " on conflict do update set lines = excluded.lines,"
        " proof_lines = excluded.proof_lines, removed_lines = excluded.removed_lines,"
        " copied = excluded.copied",
        [
            (
                repo_id,
                claim.oid,
                claim.edit,
                claim.session,
                claim.path,
                claim.evidence,
                claim.lines,
                claim.proof_lines,
                claim.removed_lines,
                claim.copied,
            )
            for claim in step.claims
        ],
    )
    db.executemany(
        "insert into links values ((select id from commits where repo_id = ? and oid = ?),"
        " ?, ?, ?)"
        " on conflict do update set how = excluded.how, ships = max(ships, excluded.ships)",
        [(repo_id, link.oid, link.session, link.how, link.ships) for link in step.links],
    )
    db.executemany(
        "insert into findings values ((select id from commits where repo_id = ? and oid = ?),"
        " ?, ?, ?, ?, ?)",
        [
            (repo_id, oid, one.edit, *map(_blob, (one.exact, one.moved, one.close, one.gone)))
            for oid, one in step.findings
        ],
    )
    db.executemany(
        "update commits set landed_oid = ?, landed_how = ? where repo_id = ? and oid = ?",
        [(landed.landing, landed.how, repo_id, landed.oid) for landed in step.landed],
    )


def _fate(follow: Follow, edit: int) -> tuple[object, ...]:
    return (
        _blob(follow.landed),
        _blob(follow.shipped),
        _blob(follow.exact),
        _blob(follow.shipped_exact),
        _blob(follow.spent),
        _blob(follow.gone),
        follow.landed_lines,
        follow.shipped_lines,
        follow.exact_lines,
        follow.shipped_exact_lines,
        follow.landed_ms,
        follow.shipped_ms,
        edit,
    )


def write_follows(db: sqlite3.Connection, follows: Mapping[int, Follow]) -> None:
    """Write what became of edits."""
    db.executemany(
        "update follows set landed = ?, shipped = ?, exact = ?, shipped_exact = ?, spent = ?,"
        " gone = ?, landed_lines = ?, shipped_lines = ?, exact_lines = ?,"
        " shipped_exact_lines = ?, landed_ms = ?, shipped_ms = ?"
        " where suggestion_id = ?",
        [_fate(follow, edit) for edit, follow in sorted(follows.items())],
    )


def waiting(db: sqlite3.Connection, repo_id: int) -> list[str]:
    """Commits of mine with linked sessions that have not landed."""
    rows = db.execute(
        "select c.oid from commits c where c.repo_id = ? and c.on_chain = 0"
        " and c.landed_oid is null and exists (select 1 from links l where l.commit_id = c.id)",
        (repo_id,),
    )
    return [row[0] for row in rows]


def note_branches(db: sqlite3.Connection, repo_id: int, moved: Mapping[str, int | None]) -> None:
    """When a branch that holds a commit last moved; ``None`` when none holds it any more."""
    db.executemany(
        "update commits set branch_ms = ?, reachable = ? where repo_id = ? and oid = ?",
        [(ms, ms is not None, repo_id, oid) for oid, ms in moved.items()],
    )
