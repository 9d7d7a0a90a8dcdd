"""The person's commits of a period, each piece of work once, with the AI lines in them.

Rows behind D6 and I8.  Work that was merged stands in its own commits, the merge in none;
work that was squashed or rebased stands in what landed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tokenmirror.measures import columns
from tokenmirror.measures.columns import Coded, Ints, coded
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import lasting, shared

COMMITS = """
select c.id, c.repo_id, c.placed_ms, c.added, coalesce(l.task_id, -c.id)
from commits c
left join (
  select l.commit_id, min(ts.task_id) as task_id
  from links l join task_sessions ts on ts.session_id = l.session_id
  group by l.commit_id) l on l.commit_id = c.id
where c.mine = 1 and c.reachable = 1 and c.bulk = 0 and c.added is not null
  and instr(c.parents, ' ') = 0
  and (c.on_chain = 1 or c.landed_oid is null or c.landed_how = 'ancestor')
order by c.placed_ms, c.id
"""
CLAIMS = """
select k.commit_id, coalesce(s.source, ''), k.exact, k.close from (
  select commit_id, session_id,
    sum(iif(evidence in ('exact', 'record', 'own_commit'), lines, 0)) as exact,
    sum(iif(evidence in ('near', 'moved'), lines, 0)) as close
  from claims group by commit_id, session_id) k
left join sessions s on s.id = k.session_id
"""


@dataclass(frozen=True)
class OwnCommits:
    """Commits by time: added non-blank lines, of them AI lines matched exactly or closely.

    Columns of one length; ``unit`` is what stands or falls together, the task or else the
    commit, negative.
    """

    repo: Ints
    placed_ms: Ints
    added: Ints
    exact: Ints
    close: Ints
    unit: Ints

    def __len__(self) -> int:
        return len(self.placed_ms)


@shared
def of_period(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> OwnCommits:
    """Own commits whose work lies in the period."""
    import numpy as np  # late: 100 ms

    every = _every(db, scope.sources)
    bounds_ms = scope.days.bounds_ms(first or scope.first, last or scope.last)
    places = np.arange(*np.searchsorted(every.placed_ms, bounds_ms).tolist())
    if scope.projects is not None:
        projects, repositories = columns.repositories(db)
        wanted = repositories[np.isin(projects, list(scope.projects))]
        places = places[np.isin(every.repo[places], wanted)]
    return OwnCommits(
        every.repo[places], every.placed_ms[places], every.added[places], every.exact[places],
        every.close[places], every.unit[places],
    )  # fmt: skip


@lasting
def _every(db: Reader, sources: frozenset[str] | None) -> OwnCommits:
    """All own commits, with the AI lines of these tools."""
    (ids, repo, placed_ms, added, unit), (commit, exact, close), source = _told(db)
    place = columns.places(ids, commit)
    some = place >= 0
    if sources is not None:
        some &= source.among(sources)
    return OwnCommits(
        repo, placed_ms, added,
        columns.added(exact[some], place[some], len(ids)),
        columns.added(close[some], place[some], len(ids)),
        unit,
    )  # fmt: skip


@lasting
def _told(db: Reader) -> tuple[Ints, Ints, Coded]:
    """Own commits; the AI lines of commits by session; and whose session it is."""
    claims = list(db.execute(CLAIMS))
    lines = columns.ints(((commit, exact, close) for commit, _, exact, close in claims), 3)
    return columns.ints(db.execute(COMMITS), 5), lines, coded([row[1] for row in claims])
