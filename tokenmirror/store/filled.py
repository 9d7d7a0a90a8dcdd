"""What an archive of before the sums lacks, filled from what it holds: nothing is read anew.

Runs on the newest tables, after every step: a step of its own would know later columns.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from tokenmirror.store import facts, landed, packed, slots, sums
from tokenmirror.store.quarters import touch
from tokenmirror.tasks.languages import language_of

SUMS_SINCE = 8
PACKED_SINCE = 10
_NOTED = """
select distinct ps.proposal_id, ps.suggestion_id from claims c
join proposal_suggestions ps on ps.suggestion_id = c.suggestion_id
where c.evidence in ('record', 'own_commit')
"""


def fill(db: sqlite3.Connection, version: int) -> None:
    """Make what an archive of that version lacks; must run inside a transaction."""
    if 0 < version < SUMS_SINCE:
        _sums(db)
    elif 0 < version < PACKED_SINCE:
        touch(db, facts.all_sessions(db))
        for table in sums.SLOT_TABLES:
            packed.refresh(db, table)


def _sums(db: sqlite3.Connection) -> None:
    """Tell languages and records of proposed changes, then make all sums; done twice, the same."""
    db.create_function("language_of", 1, language_of, deterministic=True)
    db.execute("update proposals set language = language_of(path)")
    _noted(db)
    sessions = facts.all_sessions(db)
    slots.refresh(db, sessions)
    sums.refresh_changes(db, sessions)
    sums.mark_drivers(db, facts.unattended_sessions(db))
    landed.refresh(db, facts.repositories(db))


def _noted(db: sqlite3.Connection) -> None:
    told: dict[int, list[int]] = defaultdict(list)
    for proposal, suggestion in db.execute(_NOTED):
        told[proposal].append(suggestion)
    fates = facts.fates(db, [one for several in told.values() for one in several])
    counts = {
        proposal: sum(
            min(fates[one].landed_exact, fates[one].noted) for one in several if one in fates
        )
        for proposal, several in told.items()
    }
    db.executemany(
        "update proposals set noted = min(landed, ?) where id = ?",
        [(lines, proposal) for proposal, lines in counts.items()],
    )
