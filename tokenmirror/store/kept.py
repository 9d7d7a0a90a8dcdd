"""What earlier scans found in a repository, as it is stored: to be gone over again."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable

from tokenmirror.repos.nouns import Finding, Follow, Kept, Known, Replay
from tokenmirror.store.following import Stored


def replayed(
    db: sqlite3.Connection, row: Stored, since_ms: int, late_sessions: Iterable[int]
) -> Known:
    """All that is stored of a repository's commits, to be gone over with late edits."""
    findings: dict[int, list[Finding]] = defaultdict(list)
    edits: dict[int, set[int]] = defaultdict(set)
    sessions: dict[int, set[int]] = defaultdict(set)
    for commit, edit, *bits in db.execute(
        "select f.commit_id, f.suggestion_id, f.exact, f.moved, f.close, f.gone from findings f"
        " join commits c on c.id = f.commit_id where c.repo_id = ?"
        " order by f.commit_id, f.suggestion_id",
        (row.id,),
    ):
        findings[commit].append(Finding(edit, *map(_bits, bits)))
    for commit, edit in db.execute(
        "select k.commit_id, k.suggestion_id from claims k"
        " join commits c on c.id = k.commit_id"
        " where c.repo_id = ? and k.suggestion_id is not null",
        (row.id,),
    ):
        edits[commit].add(edit)
    for commit, session in db.execute(
        "select l.commit_id, l.session_id from links l"
        " join commits c on c.id = l.commit_id where c.repo_id = ?",
        (row.id,),
    ):
        sessions[commit].add(session)
    kept = {}
    for commit, oid, placed_ms, mono_ms, earliest_ms, mine, landed_oid, landed_how in db.execute(
        "select id, oid, placed_ms, mono_ms, min(authored_ms, committed_ms), mine, landed_oid,"
        " landed_how from commits where repo_id = ?",
        (row.id,),
    ):
        kept[oid] = Kept(
            placed_ms,
            mono_ms,
            earliest_ms,
            bool(mine),
            landed_oid,
            landed_how,
            tuple(findings[commit]),
            frozenset(edits[commit]),
            frozenset(sessions[commit]),
        )
    replay = Replay(kept, frozenset(late_sessions), _follows(db, row.id))
    return Known(since_ms, renames=row.renames, replay=replay)


def _follows(db: sqlite3.Connection, repo_id: int) -> dict[int, Follow]:
    return {
        row[0]: Follow(*map(_bits, row[1:4]), *row[4:6], *map(_bits, row[6:9]))
        for row in db.execute(
            "select suggestion_id, landed, shipped, exact, landed_ms, shipped_ms, shipped_exact,"
            " spent, gone from follows where repo_id = ?",
            (repo_id,),
        )
    }


def _bits(blob: bytes) -> int:
    return int.from_bytes(blob, "little")
