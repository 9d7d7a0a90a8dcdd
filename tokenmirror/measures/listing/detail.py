"""What happened in one task, event by event, for its timeline and its facts."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass

from tokenmirror.measures.listing.rows import Reader, dicts

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
    where d.repo_id = c.repo_id and d.oid = c.landed_oid) end as landed_ms
from commits c join repos r on r.id = c.repo_id
where c.reachable and c.id in (
  select l.commit_id
  from links l
  where l.session_id in (select value from json_each(:sessions)))
order by c.placed_ms, c.oid
"""
DELIVERIES = """
select d.key, d.at_ms, d.landed_ms, d.commits, d.added, d.removed, d.ai, d.ai_lines
from task_deliveries td join deliveries d on d.id = td.delivery_id
where td.task_id = :task
order by d.at_ms, d.key
"""
CLAIMS = """
select k.suggestion_id, k.evidence, sum(k.lines) as lines, c.on_chain, c.placed_ms, c.oid
from claims k join commits c on c.id = k.commit_id
where c.reachable and k.session_id in (select value from json_each(:sessions))
group by k.suggestion_id, k.evidence, c.id
order by c.on_chain desc, c.placed_ms, c.oid
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
    """A linked commit; ``landed_ms`` is when it reached the main line, ``None`` if it has not."""

    oid: str
    repository: str
    at_ms: int
    subject: str | None
    mine: bool
    on_main: bool
    landed_ms: int | None


@dataclass(frozen=True)
class TaskDelivery:
    """A shipped change this task had a part in; ``ai`` is with, without or unknown."""

    key: str
    at_ms: int
    landed_ms: int
    commits: int
    added: int | None
    removed: int | None
    ai: str
    ai_lines: int


@dataclass(frozen=True)
class TaskDetail:
    """One task, event by event; every list by time.

    ``evidence`` counts the lines found in commits by class (``record, own_commit, exact,
    near, moved``), each line once: where its edit reached the main line, there.
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
    deliveries: tuple[TaskDelivery, ...]
    evidence: dict[str, int]


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
        deliveries=tuple(TaskDelivery(**row) for row in dicts(db, DELIVERIES, {"task": task})),
        evidence=_evidence(db, values),
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
        )
        for row in dicts(db, COMMITS, values)
    )


def _evidence(db: Reader, values: dict[str, object]) -> dict[str, int]:
    # a line stands in a branch's commit and again in the landing that brought it: count
    # it where it landed, else in the first commit
    counts: dict[str, int] = defaultdict(int)
    place: dict[int, str] = {}
    for row in dicts(db, CLAIMS, values):
        edit, oid = row["suggestion_id"], row["oid"]
        if row["on_chain"] or place.setdefault(edit, oid) == oid:
            place.setdefault(edit, oid)
            counts[row["evidence"]] += row["lines"]
    return {evidence: counts[evidence] for evidence in EVIDENCE if counts[evidence]}
