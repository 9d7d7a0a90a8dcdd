"""What relating and following changed of the past: compared before and after, then noted.

Sums by session of the rows that are written anew anyway, so that this costs no more than
writing them did.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tokenmirror.store import ledger
from tokenmirror.store.lives import FRESH_MS

DAY_MS = 86_400_000

_PROPOSALS = """
select session_id, count(*), sum(proposed), sum(chosen), sum(allowed), sum(applied),
  sum(undecided), sum(rejected), sum(landed), sum(shipped), sum(followed * proposed),
  sum(excluded * proposed), sum(unattended), sum(decision = 'accepted'),
  sum(decision in ('rejected', 'undone')), min(at_ms)
from proposals where session_id in (select value from json_each(?))
group by session_id
"""
_TASKS = """
select ts.session_id, t.key, t.outcome, t.stated, t.hidden, t.unattended, t.shipped_ms, t.began_ms
from tasks t join task_sessions ts on ts.task_id = t.id
"""
_DELIVERIES = "select key, repo_id, ai, at_ms from deliveries"
_REPOS = """
select r.id, (select max(c.id) from commits c where c.repo_id = r.id), case
  when observed_ms is null or observed_ms - chain_ms > :fresh then chain_ms
  else max(observed_ms, chain_ms) end
from repos r
"""
_NEW_COMMITS = """
select min(coalesce(mono_ms, committed_ms)) from commits where repo_id = ? and id > ?
"""

Rows = dict[Any, tuple[Any, ...]]


@dataclass(frozen=True)
class Stood:
    """What relating may change: proposed changes of some sessions, tasks, shipped changes."""

    sessions: frozenset[int]
    proposals: Rows
    tasks: Rows
    deliveries: Rows


def stood(db: sqlite3.Connection, sessions: Iterable[int]) -> Stood:
    """How things stand before the proposed changes of these sessions are made again."""
    some = frozenset(sessions)
    return Stood(some, *_now(db, some))


def note(db: sqlite3.Connection, before: Stood, origins: Collection[int]) -> None:
    """Note what relating moved; ``origins`` are sessions in which one changed.

    What a reading brought is noted where it is written; what moves without it has ripened.
    """
    told = {
        unit
        for (unit,) in db.execute("select distinct unit from recount_causes where why <> 'ripened'")
    }
    proposals, tasks, deliveries = _now(db, before.sessions)
    moved: dict[int, int | None] = {}
    for old, new in ((before.proposals, proposals), (before.tasks, tasks)):
        for session in old.keys() | new.keys():
            if old.get(session) != new.get(session):
                times = [row[-1] for row in (old.get(session), new.get(session)) if row]
                moved[session] = min((at for at in times if at is not None), default=None)
    for session, from_ms in moved.items():
        if session not in told:
            ledger.note(db, [session], "ripened", "", from_ms)
        shipped_ms = tasks[session][-2] if session in tasks else None
        if shipped_ms is not None:  # whether it held up can be told two weeks later
            due_ms = shipped_ms + ledger.RIPE_MS + DAY_MS
            ledger.note(db, [session], "ripened", "held", from_ms, due_ms=due_ms)
    ledger.note(db, set(origins) - told, "new_records", "origins", None)
    for key in before.deliveries.keys() | deliveries.keys():
        rows = [row for row in (before.deliveries.get(key), deliveries.get(key)) if row]
        if len(rows) < 2 or rows[0] != rows[1]:
            ledger.note(db, [-rows[0][0]], "ripened", "", min(row[-1] for row in rows))


def _now(db: sqlite3.Connection, sessions: Iterable[int]) -> tuple[Rows, Rows, Rows]:
    wanted = json.dumps(sorted(sessions))
    proposals = {row[0]: row[1:] for row in db.execute(_PROPOSALS, (wanted,))}
    tasks = {row[0]: row[1:] for row in db.execute(_TASKS)}
    deliveries = {row[0]: row[1:] for row in db.execute(_DELIVERIES)}
    return proposals, tasks, deliveries


Followed = Mapping[int, tuple[int | None, int | None]]


def followed(db: sqlite3.Connection) -> Followed:
    """Per repository the newest commit's row and the last instant that was observed."""
    return {row[0]: (row[1], row[2]) for row in db.execute(_REPOS, {"fresh": FRESH_MS})}


def note_followed(db: sqlite3.Connection, before: Followed) -> None:
    """Note from when on what became of lines may be another: new commits, or a later look."""
    for repo, (newest, observed_ms) in followed(db).items():
        was_newest, was_observed_ms = before.get(repo, (None, None))
        if (newest, observed_ms) == (was_newest, was_observed_ms):
            continue
        first_ms = db.execute(_NEW_COMMITS, (repo, was_newest or 0)).fetchone()[0]
        times = [at for at in (first_ms, was_observed_ms) if at is not None]
        ledger.note(db, [-repo], "ripened", "lines", min(times, default=None))
