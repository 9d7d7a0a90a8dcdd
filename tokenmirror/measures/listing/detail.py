"""What happened in one task, event by event, for its timeline and its facts."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field

from tokenmirror.measures.listing.rows import Reader, dicts
from tokenmirror.measures.listing.trail import Trail, evidence_by_edit, trail

TASK = """
select t.id, t.key, t.outcome, t.why, t.stated
from tasks t
where t.key = ?
"""
SESSIONS = """
select s.id, s.key, s.source, s.folder, s.started_ms, s.ended_ms
from task_sessions ts join sessions s on s.id = ts.session_id
where ts.task_id = ?
order by s.started_ms, s.source, s.key
"""
PROMPTS = """
select p.at_ms, p.words, coalesce(o.origin, 'unknown') as origin, x.text
from prompts p
left join origins o on o.prompt_id = p.id
left join texts x on x.prompt_id = p.id
where p.session_id in (select value from json_each(:sessions))
order by p.at_ms, p.id
"""
TURNS = """
select n.at_ms, n.ended_ms, n.ended, s.source
from turns n join sessions s on s.id = n.session_id
where n.session_id in (select value from json_each(:sessions))
order by n.at_ms, n.id
"""
CHECKS = """
select k.at_ms, k.kind, k.ok, k.duration_ms
from tool_calls k
where k.kind in ('test', 'build', 'lint')
  and k.session_id in (select value from json_each(:sessions))
order by k.at_ms, k.id
"""
COMMITS = """
select c.oid, r.name as repository, c.placed_ms as at_ms, c.subject, c.mine, c.on_chain,
  case when c.on_chain then c.mono_ms else (
    select d.mono_ms
    from commits d
    where d.repo_id = c.repo_id and d.oid = c.landed_oid) end as landed_ms,
  c.landed_how, c.landed_oid, c.trailer is not null as named,
  case when c.on_chain then c.released_ms else (
    select d.released_ms
    from commits d
    where d.repo_id = c.repo_id and d.oid = c.landed_oid) end as released_ms,
  (select sum(k.lines) from claims k
    where k.commit_id = c.id and k.session_id in (select value from json_each(:sessions))) as lines
from commits c join repos r on r.id = c.repo_id
where c.reachable and c.id in (
  select l.commit_id
  from links l
  where l.session_id in (select value from json_each(:sessions)))
order by c.placed_ms, c.oid
"""

EVIDENCE = ("record", "own_commit", "exact", "near", "moved")


@dataclass(frozen=True)
class TaskSession:
    """A session of the task; ``id`` as the tool has it."""

    id: str
    tool: str
    folder: str | None
    started_ms: int | None
    ended_ms: int | None


@dataclass(frozen=True)
class TaskPrompt:
    """A prompt; ``text`` only where the person keeps it; delegated ones are agent work."""

    at_ms: int | None
    words: int
    origin: str
    text: str | None


@dataclass(frozen=True)
class TaskTurn:
    """The agent's work on one prompt; ``ended`` finished, interrupted, error, asked, unknown."""

    at_ms: int | None
    ended_ms: int | None
    ended: str
    tool: str


@dataclass(frozen=True)
class TaskCheck:
    """A test, build or lint run of the agent; ``ok`` is ``None`` where the log does not say."""

    at_ms: int | None
    kind: str
    ok: bool | None
    duration_ms: int | None


@dataclass(frozen=True)
class TaskCommit:
    """A linked commit; ``landed_ms`` is when it reached the main line, ``None`` if it has not.

    ``how`` it got there: direct (it is a landing itself), ancestor (merged), patch (the same
    change under another id), content (found again by its lines); ``landing`` is the commit that
    brought it.  ``lines`` of the task are in it; ``named``: its message names an assistant.
    """

    oid: str
    repository: str
    at_ms: int
    subject: str | None
    mine: bool
    on_main: bool
    landed_ms: int | None
    how: str | None = None
    landing: str | None = None
    released_ms: int | None = None
    lines: int = 0
    named: bool = False


@dataclass(frozen=True)
class TaskDetail:
    """One task, event by event; every list by time.

    ``evidence`` counts the lines found in commits by class (``record, own_commit, exact,
    near, moved``), each line once: where its edit reached the main line, there.  ``trail`` is
    what became of its lines.
    """

    key: str
    outcome: str
    why: str
    stated: str | None
    sessions: tuple[TaskSession, ...]
    prompts: tuple[TaskPrompt, ...]
    turns: tuple[TaskTurn, ...]
    checks: tuple[TaskCheck, ...]
    commits: tuple[TaskCommit, ...]
    evidence: dict[str, int]
    trail: Trail = field(default_factory=Trail)


def task_detail(db: Reader, key: str) -> TaskDetail | None:
    """What is known of the task of that key (``tool:session id``); ``None`` if there is none."""
    found = db.execute(TASK, (key,)).fetchone()
    if found is None:
        return None
    task, _, outcome, why, stated = found
    sessions = db.execute(SESSIONS, (task,)).fetchall()
    values: dict[str, object] = {"sessions": json.dumps([row[0] for row in sessions])}
    return TaskDetail(
        key=key,
        outcome=outcome,
        why=why,
        stated=stated,
        sessions=tuple(TaskSession(*row[1:]) for row in sessions),
        prompts=tuple(TaskPrompt(**row) for row in dicts(db, PROMPTS, values)),
        turns=tuple(
            TaskTurn(row["at_ms"], row["ended_ms"], row["ended"], row["source"])
            for row in dicts(db, TURNS, values)
        ),
        checks=tuple(
            TaskCheck(
                row["at_ms"],
                row["kind"],
                None if row["ok"] is None else bool(row["ok"]),
                row["duration_ms"],
            )
            for row in dicts(db, CHECKS, values)
        ),
        commits=_commits(db, values),
        evidence=_evidence(db, values),
        trail=trail(db, task, [row[0] for row in sessions]),
    )


def _commits(db: Reader, values: dict[str, object]) -> tuple[TaskCommit, ...]:
    return tuple(
        TaskCommit(
            oid=row["oid"],
            repository=row["repository"],
            at_ms=row["at_ms"],
            subject=row["subject"],
            mine=bool(row["mine"]),
            on_main=bool(row["on_chain"] or row["landed_ms"] is not None),
            landed_ms=row["landed_ms"],
            how="direct" if row["on_chain"] else row["landed_how"],
            landing=row["landed_oid"],
            released_ms=row["released_ms"],
            lines=row["lines"] or 0,
            named=bool(row["named"]),
        )
        for row in dicts(db, COMMITS, values)
    )


def _evidence(db: Reader, values: dict[str, object]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for found in evidence_by_edit(db, values).values():
        for evidence, lines in found.items():
            counts[evidence] += lines
    return {evidence: counts[evidence] for evidence in EVIDENCE if counts[evidence]}
