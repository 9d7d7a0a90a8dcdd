"""Births of one landing and session put together, with their ends: one row in place of many.

Figures of years ask how many lines of a landing lasted, never in which file they stood.
Made again for the landings whose lines fared otherwise, or for whole repositories.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

_BIRTHS = """
insert into landed_sums
select repo_id, commit_id, coalesce(session_id, 0), mine, born_ms, min(id), sum(lines),
  sum(proof_lines), '[]', '[]'
from births where {these} group by 2, 3, 4, 5
"""
_ENDS = """
update landed_sums set ends = found.ends from (
  select commit_id, session_id, mine, born_ms, json_group_array(
    json_array(at_ms, until_ms, lines, cause, killed_by, killer)) as ends
  from (
    select b.commit_id, coalesce(b.session_id, 0) as session_id, b.mine, b.born_ms, d.at_ms,
      d.until_ms, sum(d.lines) as lines, d.cause, d.commit_id as killed_by, d.killer
    from births b join deaths d on d.birth_id = b.id
    where b.{these}
    group by 1, 2, 3, 4, 5, 6, 8, 9, 10
    order by 1, 2, 3, 4, 5, 6, 8, 9, 10)
  group by 1, 2, 3, 4) found
where landed_sums.commit_id = found.commit_id and landed_sums.session_id = found.session_id
  and landed_sums.mine = found.mine and landed_sums.born_ms = found.born_ms
"""
_LOST = """
update landed_sums set lost = found.lost from (
  select commit_id, session_id, mine, born_ms, json_group_array(json_array(at_ms, lines)) as lost
  from (
    select b.commit_id, coalesce(b.session_id, 0) as session_id, b.mine, b.born_ms, z.at_ms,
      sum(z.lines) as lines
    from births b join censored z on z.birth_id = b.id
    where b.{these}
    group by 1, 2, 3, 4, 5
    order by 1, 2, 3, 4, 5)
  group by 1, 2, 3, 4) found
where landed_sums.commit_id = found.commit_id and landed_sums.session_id = found.session_id
  and landed_sums.mine = found.mine and landed_sums.born_ms = found.born_ms
"""


_OF_REPOSITORY = "repo_id = ?"
_OF_LANDINGS = "commit_id in (select value from json_each(?))"


def refresh(db: sqlite3.Connection, repos: Iterable[int]) -> None:
    """Put the landings of these repositories together again."""
    for repo in repos:
        _refresh(db, _OF_REPOSITORY, repo)


def refresh_some(db: sqlite3.Connection, commits: Iterable[int]) -> None:
    """Put these landings together again, by their rows."""
    _refresh(db, _OF_LANDINGS, json.dumps(sorted(commits)))


def _refresh(db: sqlite3.Connection, these: str, asked: int | str) -> None:
    db.execute(f"delete from landed_sums where {these}", (asked,))  # noqa: S608 (constants)
    for step in (_BIRTHS, _ENDS, _LOST):
        db.execute(step.format(these=these), (asked,))
