"""The rows of ``tokenmirror commits``: my commits, and those of others with lines of mine."""

from __future__ import annotations

from collections import defaultdict

from tokenmirror.measures.listing.rows import (
    ALL,
    NO_LANDING,
    Reader,
    Row,
    Rows,
    dicts,
    instant,
    missing,
)

NO_BRANCH = "no_default_branch"

COMMITS = """
select c.id, c.oid, c.authored_ms, c.committed_ms, c.mine, c.subject, c.added, c.removed,
  c.on_chain, c.landed_oid, r.name as repository, r.landing_ref,
  coalesce(r.observed_ms, r.chain_ms) as observed_ms,
  coalesce(case when c.on_chain then c.id end, (
    select l.id from commits l where l.repo_id = c.repo_id and l.oid = c.landed_oid
  )) as landing
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
# AI lines of a landing, and how many of them are there
LIVES = """
select b.commit_id, sum(b.lines) as lines,
  sum(b.lines
    - coalesce((select sum(d.lines) from deaths d
        where d.birth_id = b.id and d.until_ms is null), 0)) as living,
  sum(coalesce((select sum(z.lines) from censored z where z.birth_id = b.id), 0)) as lost
from births b
where b.suggestion_id is not null
group by b.commit_id
"""
REVERSALS = """
select r.commit_id, c.oid
from reversals r join commits c on c.id = r.by_commit_id
where r.undone_ms is null
order by r.at_ms, c.oid
"""
RELEASED = "select id, released_ms from commits where released_ms is not null"


class _Lasting:
    """What became of landings, by their row."""

    def __init__(self, db: Reader) -> None:
        self.lives = {row["commit_id"]: row for row in dicts(db, LIVES, {})}
        self.undone_by: dict[int, str] = {}
        for commit, oid in db.execute(REVERSALS):
            self.undone_by.setdefault(commit, oid)
        self.released: dict[int, int] = dict(db.execute(RELEASED).fetchall())

    def surviving(self, commit: Row) -> Row | None:
        """AI lines still there, of those the landing brought and could be watched."""
        if not commit["on_chain"]:
            return None
        found = self.lives.get(commit["id"], {"lines": 0, "living": 0, "lost": 0})
        return {
            "lines": found["living"] - found["lost"],
            "of": found["lines"] - found["lost"],
            "as_of": instant(commit["observed_ms"]),
        }


def commits(db: Reader, rows: Rows = ALL) -> list[Row]:
    """One row per commit, in the shape of ``cli.md``; by author date, repository and id.

    ``first_release`` is the time of the first release with it, ``reverted_by`` the landing
    that undid the one that brought it and still stands, ``surviving`` counts AI lines.
    """
    lasting = _Lasting(db)
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
        | _fate(found, lasting)
        for found in dicts(db, COMMITS, rows.values())
    ]


def _landed(found: Row) -> bool | None:
    if found["landing_ref"] is None:
        return None
    return bool(found["on_chain"] or found["landed_oid"])


def _fate(found: Row, lasting: _Lasting) -> Row:
    landing, landed = found["landing"], _landed(found)
    surviving = lasting.surviving(found)
    why_open = {None: NO_BRANCH, False: NO_LANDING, True: None}[landed]
    return {
        "first_release": instant(lasting.released.get(landing)),
        "reverted_by": lasting.undone_by.get(landing),
        "surviving": surviving,
        "missing": missing(
            {
                "subject": "not_kept" if found["subject"] is None else None,
                "added": "not_readable" if found["added"] is None else None,
                "removed": "not_readable" if found["removed"] is None else None,
                "on_default_branch": NO_BRANCH if landed is None else None,
                "first_release": why_open
                or (None if landing in lasting.released else "not_released"),
                "reverted_by": why_open
                or (None if landing in lasting.undone_by else "not_reverted"),
                "surviving": None if surviving else why_open or NO_LANDING,
            }
        ),
    }


def _row(found: Row, sure: int, by_tool: dict[str, int], tasks: list[str]) -> Row:
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
        "on_default_branch": _landed(found),
    }
