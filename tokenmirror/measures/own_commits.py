"""The person's commits of a period, each piece of work once, with the AI lines in them.

Rows behind D6 and I8.  Work that was merged stands in its own commits, the merge in none;
work that was squashed or rebased stands in what landed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import values

COMMITS = """
select c.id, c.placed_ms, c.added,
  coalesce(sum(iif(k.evidence in ('exact', 'record', 'own_commit'), k.lines, 0)), 0),
  coalesce(sum(iif(k.evidence in ('near', 'moved'), k.lines, 0)), 0),
  (select min(ts.task_id) from links l join task_sessions ts on ts.session_id = l.session_id
   where l.commit_id = c.id)
from commits c indexed by commits_by_time
-- the plus: few claims of a commit are tried, not every session in the index
left join claims k on k.commit_id = c.id and (:sources is null or +k.session_id in (
  select s.id from sessions s where s.source in (select value from json_each(:sources))))
where c.mine = 1 and c.reachable = 1 and c.bulk = 0 and c.added is not null
  and instr(c.parents, ' ') = 0
  and (c.on_chain = 1 or c.landed_oid is null or c.landed_how = 'ancestor')
  and c.placed_ms >= :from_ms and c.placed_ms < :until_ms
  and (:projects is null or c.repo_id in (
    select p.repo_id from projects p where p.id in (select value from json_each(:projects))))
group by c.id
"""


@dataclass(frozen=True, slots=True)
class OwnCommit:
    """One commit: added non-blank lines, of them AI lines matched exactly or closely."""

    id: int
    placed_ms: int
    added: int
    exact: int
    close: int
    task: int | None

    @property
    def unit(self) -> int:
        """What stands or falls together: the task, else the commit."""
        return self.task if self.task is not None else -self.id


@shared
def of_period(
    db: Reader, scope: Scope, first: date | None = None, last: date | None = None
) -> list[OwnCommit]:
    """Own commits whose work lies in the period, in no order."""
    return [OwnCommit(*row) for row in db.execute(COMMITS, values(scope, first, last))]
