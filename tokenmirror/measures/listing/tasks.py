"""Tasks as rows: for the Tasks page, and for ``tokenmirror tasks``."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokenmirror import language
from tokenmirror.language import tr
from tokenmirror.measures import held
from tokenmirror.measures.held import Held
from tokenmirror.measures.listing import costs
from tokenmirror.measures.listing.rows import (
    ALL,
    NO_PRICES,
    NO_REPOSITORY,
    NOT_COMPLETED,
    NOT_RECORDED,
    NOT_WATCHED,
    SURVIVING,
    Reader,
    Row,
    Rows,
    dicts,
    instant,
    missing,
    of_scope,
    surviving,
)
from tokenmirror.measures.measure import Scope
from tokenmirror.measures.tasks import shown
from tokenmirror.tasks.stretches import (
    HIGH_CAP_MS,
    LOW_CAP_MS,
    Stretch,
    attended,
    union_ms,
)

TASKS = """
select t.id, t.key, t.title, t.title_from, t.project_id, p.name as project, t.began_ms,
  t.ended_ms, t.outcome, t.why, t.stated, t.unattended, t.own_prompts, t.intended
from tasks t left join projects p on p.id = t.project_id
where not t.hidden
  and (:since is null or t.began_ms >= :since)
  and (:until is null or t.began_ms < :until)
  and (:sources is null or t.source in (select value from json_each(:sources)))
  and (:projects is null or t.project_id in (select value from json_each(:projects)))
order by t.began_ms, t.key
"""
SESSIONS = """
select ts.task_id, s.id, s.key, s.source
from task_sessions ts join sessions s on s.id = ts.session_id
where ts.task_id in (select value from json_each(:tasks))
order by s.started_ms, s.source, s.key
"""
LINES = f"""
select ts.task_id, sum(c.proposed) as proposed, sum(c.chosen + c.allowed + c.applied) as accepted,
  sum(case when c.followed then c.landed end) as landed,
  sum(case when c.followed then c.shipped end) as shipped,{SURVIVING}
from task_sessions ts join proposals c on c.session_id = ts.session_id
where not c.excluded and ts.task_id in (select value from json_each(:tasks))
group by ts.task_id
"""  # noqa: S608 (constant parts)
SURE = """
select ts.task_id, sum(f.exact_lines), sum(f.landed_lines)
from task_sessions ts
join suggestions g on g.session_id = ts.session_id
join follows f on f.suggestion_id = g.id
where ts.task_id in (select value from json_each(:tasks))
group by ts.task_id
"""
COMMITS = """
select distinct ts.task_id, c.oid, c.placed_ms
from task_sessions ts
join links l on l.session_id = ts.session_id
join commits c on c.id = l.commit_id
where c.reachable and ts.task_id in (select value from json_each(:tasks))
order by c.placed_ms, c.oid
"""
CHECKS = """
select ts.task_id, k.ok
from task_sessions ts join tool_calls k on k.session_id = ts.session_id
where k.kind in ('test', 'build', 'lint') and ts.task_id in (select value from json_each(:tasks))
order by k.at_ms, k.id
"""
OWN_PROMPTS = """
select p.session_id, p.at_ms
from task_sessions ts
join prompts p on p.session_id = ts.session_id
left join origins o on o.prompt_id = p.id
where p.at_ms is not null and coalesce(o.origin, 'unknown') in ('own', 'unknown')
  and ts.task_id in (select value from json_each(:tasks))
"""
TURNS = """
select n.session_id, n.at_ms, n.ended_ms
from task_sessions ts join turns n on n.session_id = ts.session_id
where n.ended_ms is not null and ts.task_id in (select value from json_each(:tasks))
"""

RESULTS = {1: "passed", 0: "failed", None: "unknown"}


@dataclass(frozen=True)
class Lines:
    """Non-blank lines by step of the chain; landed and shipped ``None`` without repository.

    ``exact`` of ``followed`` landed lines were recognised exactly or by a tool's record.
    ``living`` are still there; ``None`` where that is unknown, ``why_unknown`` says why.
    """

    proposed: int
    accepted: int
    landed: int | None
    shipped: int | None
    exact: int
    followed: int
    living: int | None = None
    why_unknown: str | None = None


@dataclass(frozen=True)
class Hours:
    """The person's time (estimated, low and high) and the agent's, all ``None`` if unknown."""

    attended_low_ms: int | None
    attended_high_ms: int | None
    agent_ms: int | None


@dataclass(frozen=True)
class TaskRow:
    """One task with what its row says; ``None`` is unknown.

    ``sessions`` are ids as the tools have them, by start; ``tools`` source keys by name;
    ``commits`` object ids by author date.  ``outcome`` is inferred, ``stated`` what the
    person says of it.  ``last_check`` is passed, failed, unknown, or ``None`` where no
    check was seen.  ``held`` is how it stood two weeks after landing (F4), ``None`` of a
    task that did not get there.
    """

    key: str
    title: str
    title_from: str
    project_id: int | None
    project: str | None
    tools: tuple[str, ...]
    sessions: tuple[str, ...]
    began_ms: int | None
    ended_ms: int | None
    outcome: str
    why: str
    stated: str | None
    unattended: bool
    intended: bool
    own_prompts: int
    lines: Lines
    commits: tuple[str, ...]
    cost_nusd: int | None
    has_usage: bool
    hours: Hours
    checks: int
    last_check: str | None
    held: Held | None = None


def task_rows(db: Reader, scope: Scope) -> tuple[TaskRow, ...]:
    """The tasks of a scope, oldest first, then by key.  Hidden ones are left out.

    Unattended ones are in only when the scope takes them in.
    """
    return tuple(
        row for row in _tasks(db, of_scope(scope)) if scope.unattended or not row.unattended
    )


def tasks(db: Reader, rows: Rows = ALL) -> list[Row]:
    """One row per task, in the shape of ``cli.md``; by begin and key, unattended ones too."""
    return [_document(row) for row in _tasks(db, rows)]


def _tasks(db: Reader, rows: Rows) -> list[TaskRow]:
    found = dicts(db, TASKS, rows.values())
    facts = _Facts(db, [task["id"] for task in found])
    return [facts.row(task, rows) for task in found]


class _Facts:
    """What is counted of some tasks, by task; read once for a listing."""

    def __init__(self, db: Reader, tasks: Sequence[int]) -> None:
        values: dict[str, object] = {"tasks": json.dumps(tasks)}
        self.sessions = _grouped(db, SESSIONS, values)
        self.lines = {row["task_id"]: row for row in dicts(db, LINES, values)}
        self.sure = {task: (exact, all_) for task, exact, all_ in db.execute(SURE, values)}
        self.commits = _grouped(db, COMMITS, values)
        self.checks = _grouped(db, CHECKS, values)
        self.prompts = _grouped(db, OWN_PROMPTS, values)
        self.turns = _grouped(db, TURNS, values)
        members = [int(row[0]) for found in self.sessions.values() for row in found]
        self.costs = costs.by_session(db, members)
        self.held = held.of_tasks(db, tasks)

    def row(self, task: Row, rows: Rows) -> TaskRow:
        key, began = task["id"], task["began_ms"]
        sessions = self.sessions[key]
        members = [row[0] for row in sessions]
        known = [self.costs[member] for member in members if member in self.costs]
        priced = [cost for cost in known if cost is not None]
        checks = self.checks[key]
        return TaskRow(
            key=task["key"],
            title=task["title"] or _untitled(began, rows),
            title_from=task["title_from"],
            project_id=task["project_id"],
            project=task["project"],
            tools=tuple(sorted({row[2] for row in sessions})),
            sessions=tuple(row[1] for row in sessions),
            began_ms=began,
            ended_ms=task["ended_ms"],
            outcome=task["outcome"],
            why=task["why"],
            stated=task["stated"],
            unattended=bool(task["unattended"]),
            intended=bool(task["intended"]),
            own_prompts=task["own_prompts"],
            lines=self._lines(key),
            commits=tuple(dict.fromkeys(row[0] for row in self.commits[key])),
            cost_nusd=sum(priced) if priced else None,
            has_usage=bool(known),
            hours=self._hours(members),
            checks=len(checks),
            last_check=RESULTS[checks[-1][0]] if checks else None,
            held=self.held[key] if shown(task["outcome"], task["stated"]) == "shipped" else None,
        )

    def _lines(self, task: int) -> Lines:
        exact, followed = self.sure.get(task, (0, 0))
        found = self.lines.get(task)
        if found is None:
            return Lines(0, 0, 0, 0, exact, followed, 0)
        living, why = surviving(found)
        return Lines(
            found["proposed"], found["accepted"], found["landed"], found["shipped"], exact,
            followed, living, why,
        )  # fmt: skip

    def _hours(self, members: list[int]) -> Hours:
        turns: list[Stretch] = []
        low: list[Stretch] = []
        high: list[Stretch] = []
        for member in members:
            own = [row[0] for row in self.prompts[member]]
            ends = [end for _, end in self.turns[member]]
            turns += [(start, end) for start, end in self.turns[member] if start is not None]
            low += attended(own, ends, LOW_CAP_MS)
            high += attended(own, ends, HIGH_CAP_MS)
        if not turns:
            return Hours(None, None, None)
        return Hours(union_ms(low), union_ms(high), union_ms(turns))


def _untitled(began_ms: int | None, rows: Rows) -> str:
    if began_ms is None:
        return tr("Session without a date")
    return tr("Session of {day}", day=language.day(rows.days.day_of(began_ms)))


def _grouped(
    db: Reader, query: str, values: Mapping[str, object]
) -> dict[int, list[tuple[Any, ...]]]:
    groups: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for group, *rest in db.execute(query, values):
        groups[group].append(tuple(rest))
    return groups


def _document(row: TaskRow) -> Row:
    hours = row.hours
    has_hours = hours.agent_ms is not None
    no_repository = None if row.lines.landed is not None else NO_REPOSITORY
    return {
        "id": row.key,
        "title": row.title,
        "project": row.project,
        "tools": list(row.tools),
        "sessions": list(row.sessions),
        "began": instant(row.began_ms),
        "outcome": row.outcome,
        "outcome_stated": row.stated,
        "held_up": _held_up(row.held),
        "lines": {
            "proposed": row.lines.proposed,
            "accepted": row.lines.accepted,
            "landed": row.lines.landed,
            "shipped": row.lines.shipped,
            "surviving": row.lines.living,
        },
        "commits": list(row.commits),
        "cost_list_price": costs.usd(row.cost_nusd),
        "own_prompts": row.own_prompts,
        "attended_seconds": {
            "low": _seconds(hours.attended_low_ms),
            "high": _seconds(hours.attended_high_ms),
        },
        "agent_seconds": _seconds(hours.agent_ms),
        "checks": {"seen": row.checks, "last_result": row.last_check},
        "missing": missing(
            {
                "project": NOT_RECORDED if row.project is None else None,
                "began": NOT_RECORDED if row.began_ms is None else None,
                "held_up": _why_not_told(row.held),
                "lines.landed": no_repository,
                "lines.shipped": no_repository,
                "lines.surviving": row.lines.why_unknown,
                "cost_list_price": _why_no_cost(row),
                "attended_seconds": None if has_hours else NOT_RECORDED,
                "agent_seconds": None if has_hours else NOT_RECORDED,
            }
        ),
    }


def _held_up(stood: Held | None) -> bool | None:
    if stood is None or stood.verdict in {"too_early", "unknown"}:
        return None
    return stood.verdict == "held"


def _why_not_told(stood: Held | None) -> str | None:
    if stood is None:
        return NOT_COMPLETED
    return {"too_early": "too_early", "unknown": NOT_WATCHED}.get(stood.verdict)


def _why_no_cost(row: TaskRow) -> str | None:
    if row.cost_nusd is not None:
        return None
    return NO_PRICES if row.has_usage else NOT_RECORDED


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
