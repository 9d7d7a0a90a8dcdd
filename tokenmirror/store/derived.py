"""What the rules of ``tasks`` found, into the derived tables; any of it can be made again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tokenmirror.tasks.deliveries import Delivery
from tokenmirror.tasks.languages import language_of
from tokenmirror.tasks.origins import OriginOf
from tokenmirror.tasks.outcome import Outcome
from tokenmirror.tasks.proposals import Proposal
from tokenmirror.tasks.repeats import Repeat

RULES_VERSION = 1


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as it is stored; counts of lines are non-blank."""

    key: str
    sessions: tuple[int, ...]
    project: int | None
    source: str
    title: str | None
    title_from: str
    began_ms: int | None
    ended_ms: int | None
    outcome: Outcome
    why: str
    unattended: bool
    own_prompts: int
    intended: bool


def write_origins(db: sqlite3.Connection, origins: Iterable[OriginOf]) -> set[int]:
    """Write the origin of every prompt; what the person said by hand wins.

    Gives the sessions in which an origin is new or another one: the rest stays untouched.
    """
    said = dict(
        db.execute(
            "select p.id, l.origin from prompts p join prompt_labels l on l.prompt_key = p.key"
        )
    )
    stood = {row[0]: row[1:] for row in db.execute("select * from origins")}
    rows: dict[int, tuple[str, str, str | None]] = {}
    for one in origins:
        found = (one.origin, one.basis, one.rule)
        rows[one.prompt] = (said[one.prompt], "you", None) if one.prompt in said else found
    db.executemany(
        "delete from origins where prompt_id = ?", [(one,) for one in stood.keys() - rows.keys()]
    )
    changed = [(prompt, *row) for prompt, row in rows.items() if stood.get(prompt) != row]
    db.executemany("insert or replace into origins values (?, ?, ?, ?)", changed)
    sessions: set[int] = set()
    for start in range(0, len(changed), 500):
        part = [row[0] for row in changed[start : start + 500]]
        marks = ",".join("?" * len(part))
        query = f"select distinct session_id from prompts where id in ({marks})"  # noqa: S608
        sessions.update(row[0] for row in db.execute(query, part))
    return sessions


def write_repeats(db: sqlite3.Connection, prompts: Iterable[int], found: Iterable[Repeat]) -> None:
    """Replace what these prompts repeat."""
    db.executemany("delete from prompt_repeats where prompt_id = ?", [(one,) for one in prompts])
    db.executemany(
        "insert into prompt_repeats values (?, ?, ?, ?)",
        [(one.prompt, one.earlier, one.how, one.retry) for one in found],
    )


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposed change with what only the archive knows of it."""

    proposal: Proposal
    unattended: bool
    followed: bool
    excluded: bool
    landed: int
    shipped: int
    landed_ms: int | None
    shipped_ms: int | None
    living: int | None
    landed_exact: int
    shipped_exact: int
    noted: int


def proposals(db: sqlite3.Connection, sessions: Iterable[int]) -> list[ProposalRow]:
    """The proposed changes of these sessions as they are stored."""
    wanted = json.dumps(sorted(sessions))
    parts: dict[int, list[int]] = {}
    for proposal, suggestion in db.execute(
        "select ps.proposal_id, ps.suggestion_id from proposal_suggestions ps"
        " join suggestions s on s.id = ps.suggestion_id"
        " where s.session_id in (select value from json_each(?))"
        " order by ps.proposal_id, coalesce(s.at_ms, 0), s.id",
        (wanted,),
    ):
        parts.setdefault(proposal, []).append(suggestion)
    rows = db.execute(
        "select id, session_id, turn_key, path, at_ms, decision, how, chosen, allowed, applied,"
        " undecided, rejected, unattended, followed, excluded, landed, shipped, landed_ms,"
        " shipped_ms, living, landed_exact, shipped_exact, noted from proposals"
        " where session_id in (select value from json_each(?))",
        (wanted,),
    )
    found = []
    for number, *told in rows:
        told.insert(6, tuple(parts.get(number, ())))
        found.append(ProposalRow(Proposal(*told[:12]), *map(bool, told[12:15]), *told[15:]))
    return found


def write_proposals(
    db: sqlite3.Connection, sessions: Iterable[int], rows: Iterable[ProposalRow]
) -> None:
    """Replace the proposed changes of these sessions."""
    # one statement for all: the suggestions of a proposal have no index to find them by
    wanted = json.dumps(sorted(sessions))
    db.execute(
        "delete from proposal_suggestions where proposal_id in (select id from proposals"
        " where session_id in (select value from json_each(?)))",
        (wanted,),
    )
    db.execute(
        "delete from proposals where session_id in (select value from json_each(?))", (wanted,)
    )
    for row in rows:
        proposal = _write_proposal(db, row)
        db.executemany(
            "insert into proposal_suggestions values (?, ?) on conflict do update set"
            " proposal_id = excluded.proposal_id",
            [(suggestion, proposal) for suggestion in row.proposal.suggestions],
        )


def _write_proposal(db: sqlite3.Connection, row: ProposalRow) -> int | None:
    one = row.proposal
    cursor = db.execute(
        "insert into proposals (session_id, turn_key, path, at_ms, decision, how, unattended,"
        " followed, excluded, proposed, chosen, allowed, applied, undecided, rejected, landed,"
        " shipped, landed_ms, shipped_ms, living, landed_exact, shipped_exact, noted, language)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            one.session,
            one.turn,
            one.path,
            one.at_ms,
            one.decision,
            one.how,
            row.unattended,
            row.followed,
            row.excluded,
            one.proposed,
            one.chosen,
            one.allowed,
            one.applied,
            one.undecided,
            one.rejected,
            row.landed,
            row.shipped,
            row.landed_ms,
            row.shipped_ms,
            row.living,
            row.landed_exact,
            row.shipped_exact,
            row.noted,
            language_of(one.path),
        ),
    )
    return cursor.lastrowid


def write_deliveries(db: sqlite3.Connection, repo_id: int, found: Sequence[Delivery]) -> None:
    """Bring the shipped changes of a repository to these; what is as it was stays untouched."""
    held: dict[int, list[int]] = {}
    for commit, delivery in db.execute(
        "select c.commit_id, c.delivery_id from delivery_commits c"
        " join deliveries d on d.id = c.delivery_id where d.repo_id = ?",
        (repo_id,),
    ):
        held.setdefault(delivery, []).append(commit)
    stood = {
        row[0]: (number, row, frozenset(held.get(number, ())))
        for number, *row in db.execute(
            "select id, key, at_ms, landed_ms, commits, added, removed, ai, ai_lines"
            " from deliveries where repo_id = ?",
            (repo_id,),
        )
    }
    rows = [(_delivery(repo_id, one), one.commits) for one in found]
    changed = []
    for row, commits in rows:
        before = stood.get(row[0])
        if before is None or before[1] != row or before[2] != frozenset(commits):
            changed.append((row, commits))
        else:
            del stood[row[0]]
    gone = [(number,) for number, _row, _commits in stood.values()]
    db.executemany("delete from deliveries where id = ?", gone)
    db.execute(
        "delete from delivery_commits where delivery_id in (select value from json_each(?))",
        (json.dumps([number for (number,) in gone]),),
    )
    for row, commits in changed:
        cursor = db.execute(
            "insert into deliveries (repo_id, key, at_ms, landed_ms, commits, added, removed, ai,"
            " ai_lines) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (repo_id, *row),
        )
        db.executemany(
            "insert into delivery_commits values (?, ?) on conflict do nothing",
            [(commit, cursor.lastrowid) for commit in commits],
        )


def _delivery(repo_id: int, one: Delivery) -> list[object]:
    """The row of a shipped change, its key first."""
    last = one.landings[-1]
    counted = [landing for landing in one.landings if landing.added is not None]
    return [
        f"{repo_id}:{one.landings[0].oid}",
        last.at_ms,
        last.landed_ms,
        len(one.commits),
        sum(landing.added or 0 for landing in counted) if counted else None,
        sum(landing.removed or 0 for landing in counted) if counted else None,
        one.ai,
        sum(landing.ai_lines for landing in one.landings),
    ]


def write_tasks(db: sqlite3.Connection, rows: Sequence[TaskRow]) -> None:
    """Replace all tasks; what the person said of their sessions is taken over."""
    db.execute("delete from tasks")
    db.execute("delete from task_sessions")
    db.execute("delete from task_deliveries")
    for row in rows:
        cursor = db.execute(
            "insert into tasks (key, title, title_from, project_id, source, began_ms, ended_ms,"
            " outcome, why, unattended, own_prompts, intended, proposed, accepted, landed,"
            " shipped, rules_version)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, ?)",
            (
                row.key,
                row.title,
                row.title_from,
                row.project,
                row.source,
                row.began_ms,
                row.ended_ms,
                row.outcome,
                row.why,
                row.unattended,
                row.own_prompts,
                row.intended,
                RULES_VERSION,
            ),
        )
        db.executemany(
            "insert into task_sessions values (?, ?)",
            [(session, cursor.lastrowid) for session in row.sessions],
        )
    _fill_tasks(db)


def _fill_tasks(db: sqlite3.Connection) -> None:
    """Sums of lines, shipped changes and the person's statements, in one pass each."""
    db.execute(
        "update tasks set proposed = f.proposed, accepted = f.accepted, landed = f.landed,"
        " shipped = f.shipped, landed_ms = f.landed_ms, shipped_ms = f.shipped_ms from ("
        "  select t.task_id, sum(p.proposed) as proposed,"
        "  sum(p.chosen + p.allowed + p.applied) as accepted, sum(p.landed) as landed,"
        "  sum(p.shipped) as shipped, min(p.landed_ms) as landed_ms,"
        "  min(p.shipped_ms) as shipped_ms"
        "  from proposals p join task_sessions t on t.session_id = p.session_id"
        "  where p.excluded = 0 group by t.task_id) f where f.task_id = tasks.id"
    )
    db.execute(
        "insert into task_deliveries select distinct t.task_id, d.delivery_id"
        " from links l join delivery_commits d on d.commit_id = l.commit_id"
        " join task_sessions t on t.session_id = l.session_id"
    )
    db.execute(
        "update tasks set shipped_ms = coalesce(shipped_ms, f.landed_ms),"
        " landed_ms = coalesce(tasks.landed_ms, f.landed_ms) from ("
        "  select t.task_id, min(coalesce(c.mono_ms, c.committed_ms)) as landed_ms"
        "  from links l join commits c on c.id = l.commit_id"
        "  join task_sessions t on t.session_id = l.session_id"
        "  where l.ships > 0 and c.on_chain = 1 group by t.task_id) f"
        " where f.task_id = tasks.id"
    )
    db.execute(
        "update tasks set stated = l.outcome, hidden = l.hidden from ("
        "  select t.task_id, labels.outcome, labels.hidden, max(labels.edited_ms)"
        "  from labels join sessions s on s.source = labels.source and s.key = labels.session"
        "  join task_sessions t on t.session_id = s.id group by t.task_id) l"
        " where l.task_id = tasks.id"
    )


def mark_unattended(db: sqlite3.Connection, sessions: frozenset[int]) -> None:
    """Bring the proposed changes of all sessions up to date with who drove them."""
    rows = db.execute("select distinct session_id, unattended from proposals").fetchall()
    db.executemany(
        "update proposals set unattended = ? where session_id = ?",
        [
            (session in sessions, session)
            for session, marked in rows
            if bool(marked) != (session in sessions)
        ],
    )
