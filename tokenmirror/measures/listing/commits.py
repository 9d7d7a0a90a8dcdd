"""The rows of ``tokenmirror commits``: my commits, and those of others with lines of mine."""

from __future__ import annotations

from collections import defaultdict

from tokenmirror.measures.listing.rows import (
    ALL,
    NOT_BUILT,
    Reader,
    Row,
    Rows,
    dicts,
    instant,
    missing,
)

COMMITS = """
select c.id, c.oid, c.authored_ms, c.committed_ms, c.mine, c.subject, c.added, c.removed,
  c.on_chain, c.landed_oid, r.name as repository, r.landing_ref
from commits c join repos r on r.id = c.repo_id
where c.reachable
  and (c.mine or exists (select 1 from claims k where k.commit_id = c.id))
  and (:since is null or c.placed_ms >= :since)
  and (:until is null or c.placed_ms < :until)
  and (:sources is null or exists (
    select 1
    from claims k join sessions s on s.id = k.session_id
    where k.commit_id = c.id and s.source in (select value from json_each(:sources))
    union all
    select 1
    from links l join sessions s on s.id = l.session_id
    where l.commit_id = c.id and s.source in (select value from json_each(:sources))))
  and (:projects is null or exists (
    select 1
    from projects p
    where p.repo_id = c.repo_id and p.id in (select value from json_each(:projects))))
order by c.placed_ms, r.name, c.oid
"""
CLAIMS = """
select k.commit_id, s.source, k.evidence in ('record', 'own_commit', 'exact') as sure,
  sum(k.lines) as lines
from claims k join sessions s on s.id = k.session_id
group by 1, 2, 3
order by s.source
"""
TASKS = """
select distinct l.commit_id, t.key
from links l
join task_sessions ts on ts.session_id = l.session_id
join tasks t on t.id = ts.task_id
order by t.key
"""


def commits(db: Reader, rows: Rows = ALL) -> list[Row]:
    """One row per commit, in the shape of ``cli.md``; by author date, repository and id."""
    sure: dict[object, int] = defaultdict(int)
    tools: dict[object, dict[str, int]] = defaultdict(dict)
    for commit, source, is_sure, lines in db.execute(CLAIMS):
        sure[commit] += lines if is_sure else 0
        tools[commit][source] = tools[commit].get(source, 0) + lines
    tasks: dict[object, list[str]] = defaultdict(list)
    for commit, task in db.execute(TASKS):
        tasks[commit].append(task)
    return [
        _row(found, sure.get(found["id"], 0), tools.get(found["id"], {}), tasks[found["id"]])
        for found in dicts(db, COMMITS, rows.values())
    ]


def _row(found: Row, sure: int, by_tool: dict[str, int], tasks: list[str]) -> Row:
    followed = found["landing_ref"] is not None
    landed = bool(found["on_chain"] or found["landed_oid"])
    return {
        "repository": found["repository"],
        "hash": found["oid"],
        "author_time": instant(found["authored_ms"]),
        "committer_time": instant(found["committed_ms"]),
        "mine": bool(found["mine"]),
        "subject": found["subject"],
        "added": found["added"],
        "removed": found["removed"],
        "ai_lines": {"low": sure, "high": sum(by_tool.values())},
        "by_tool": by_tool,
        "tasks": tasks,
        "on_default_branch": landed if followed else None,
        "first_release": None,
        "reverted_by": None,
        "surviving": None,
        "missing": missing(
            {
                "subject": "not_kept" if found["subject"] is None else None,
                "added": "not_readable" if found["added"] is None else None,
                "removed": "not_readable" if found["removed"] is None else None,
                "on_default_branch": None if followed else "no_default_branch",
                "first_release": NOT_BUILT,
                "reverted_by": NOT_BUILT,
                "surviving": NOT_BUILT if found["on_chain"] else None,
            }
        ),
    }
