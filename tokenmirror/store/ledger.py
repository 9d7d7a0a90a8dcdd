"""The ledger of past figures: what may have moved them, what stood, and what moved.

Whoever changes rows that a figure of the past may rest on notes why (``note``); reckoning
compares what each session or repository adds to the figures that were seen
(``measures.ledger``) and writes what moved, by cause.  A note costs a row for each session
touched; without one that reaches a month that is over, nothing is reckoned (``due``).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Why = Literal[
    "source_version", "reread", "new_records", "you", "prices", "rule", "repository", "ripened",
]  # fmt: skip
# of several causes of one session the first one is told
WHYS: tuple[Why, ...] = (
    "you", "prices", "rule", "source_version", "reread", "new_records", "repository", "ripened",
)  # fmt: skip
SAID: tuple[Why, ...] = ("you",)  # told before a reading changes anything
EVERYTHING = 0
RIPE_MS = 14 * 86_400_000


@dataclass(frozen=True, slots=True)
class Cause:
    """Why figures may have moved: of a session, of a repository (negative), of everything (0)."""

    unit: int
    why: Why
    detail: str
    from_ms: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The last one: with what, up to where months were over, and when the next one may be.

    ``ripe_ms``: up to where they were over 14 days before.
    """

    at_ms: int
    made_with: Mapping[str, str]
    settled_ms: int
    ripe_ms: int
    next_ms: int


@dataclass(frozen=True, slots=True)
class Recount:
    """A past figure that moved; ``old`` and ``new`` in its unit, ``None`` where unknown."""

    id: int
    at_ms: int
    measure: str
    month: str
    old: float | None
    new: float | None
    unit: str
    why: Why
    detail: str


def note(
    db: sqlite3.Connection,
    units: Iterable[int],
    why: Why,
    detail: str,
    from_ms: int | None,
    *,
    due_ms: int = 0,
) -> None:
    """Note why figures may have moved from an instant on; must run inside a transaction.

    ``None`` stands for the start of a session, or for ever.
    """
    db.executemany(
        "insert into recount_causes values (?1, ?2, ?3,"
        " coalesce(?4, (select started_ms from sessions where id = ?1), 0), ?5)"
        " on conflict do update set"
        " from_ms = min(from_ms, excluded.from_ms), due_ms = min(due_ms, excluded.due_ms)",
        [(unit, why, detail, from_ms, due_ms) for unit in units],
    )


def noted(db: sqlite3.Connection, now_ms: int) -> list[Cause]:
    """What was noted and can be told by now."""
    rows = db.execute(
        "select unit, why, detail, from_ms from recount_causes where due_ms <= ?"
        " order by unit, why, detail",
        (now_ms,),
    )
    return [Cause(*row) for row in rows]


def forget(db: sqlite3.Connection, now_ms: int, whys: Iterable[Why] = WHYS) -> None:
    """Let go of what was noted and could be told by now.

    What the person said of repositories can be told once they were read anew.
    """
    every = set(whys) == set(WHYS)
    db.executemany(
        "delete from recount_causes where due_ms <= ? and why = ? and (? or unit > 0)",
        [(now_ms, why, every) for why in whys],
    )


def last(db: sqlite3.Connection) -> Reckoning | None:
    """The last reckoning, ``None`` before the first."""
    row = db.execute(
        "select at_ms, made_with, settled_ms, ripe_ms, next_ms from reckonings"
    ).fetchone()
    return Reckoning(row[0], json.loads(row[1]), *row[2:]) if row else None


def write(db: sqlite3.Connection, one: Reckoning) -> None:
    """Keep a reckoning in place of the last one."""
    db.execute(
        "insert or replace into reckonings values (1, ?, ?, ?, ?, ?)",
        (
            one.at_ms,
            json.dumps(one.made_with, sort_keys=True),
            one.settled_ms,
            one.ripe_ms,
            one.next_ms,
        ),
    )


_REACHES = """
select exists(
  select 1 from recount_causes c where c.due_ms <= :now and (
    c.unit = 0
    -- what became of lines is told for the two weeks after they landed
    or c.from_ms < case when c.unit < 0 and c.detail <> '' then :ripe else :settled end
    or exists (select 1 from figure_units f where f.unit = c.unit)
    or exists (
      select 1 from task_sessions mine
      join task_sessions theirs on theirs.task_id = mine.task_id
      join figure_units f on f.unit = theirs.session_id
      where mine.session_id = c.unit)))
"""


def due(db: sqlite3.Connection, now_ms: int, made_with: Mapping[str, str]) -> bool:
    """Whether anything must be reckoned: a month is over, or what was noted reaches one."""
    before = last(db)
    if before is None or now_ms >= before.next_ms or dict(before.made_with) != dict(made_with):
        return True
    bound = {"now": now_ms, "settled": before.settled_ms, "ripe": before.ripe_ms + RIPE_MS}
    return bool(db.execute(_REACHES, bound).fetchone()[0])


def recounts(db: sqlite3.Connection) -> list[Recount]:
    """All past figures that moved, the newest first."""
    rows = db.execute(
        "select id, at_ms, measure, month, old, new, unit, why, detail from recounts"
        " order by at_ms desc, id"
    )
    return [Recount(*row) for row in rows]


def newest(db: sqlite3.Connection) -> int:
    """The number of the newest entry, 0 without any."""
    return int(db.execute("select coalesce(max(id), 0) from recounts").fetchone()[0])


def figures_seen(db: sqlite3.Connection) -> dict[tuple[str, str], float | None]:
    """What each figure (measure, month) was when it was last reckoned."""
    rows = db.execute("select measure, month, value from figures_seen order by measure, month")
    return {(measure, month): value for measure, month, value in rows}


def see(
    db: sqlite3.Connection, measure: str, month: str, value: float | None, unit: str, made: str
) -> None:
    """Remember a figure as it is now; ``made``: with which versions, as JSON."""
    db.execute(
        "insert or replace into figures_seen values (?, ?, ?, ?, ?)",
        (measure, month, value, unit, made),
    )


Parts = dict[int, tuple[int, int]]


def parts(db: sqlite3.Connection, measure: str, month: str) -> Parts:
    """What each session or repository added to a figure when it was last reckoned."""
    rows = db.execute(
        "select unit, hits, trials from figure_units where measure = ? and month = ?",
        (measure, month),
    )
    return {unit: (hits, trials) for unit, hits, trials in rows}


def add_up(db: sqlite3.Connection, measure: str, month: str, changed: Parts) -> None:
    """Remember what these add to a figure; what adds nothing is not kept."""
    db.executemany(
        "delete from figure_units where measure = ? and month = ? and unit = ?",
        [(measure, month, unit) for unit in changed],
    )
    db.executemany(
        "insert into figure_units values (?, ?, ?, ?, ?)",
        [(measure, month, unit, *added) for unit, added in changed.items() if any(added)],
    )


def tell(db: sqlite3.Connection, one: Recount) -> None:
    """Write that a past figure moved; its ``id`` is given by the archive."""
    db.execute(
        "insert into recounts (at_ms, measure, month, old, new, unit, why, detail)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        (one.at_ms, one.measure, one.month, one.old, one.new, one.unit, one.why, one.detail),
    )


def months_of(db: sqlite3.Connection, units: Iterable[int]) -> set[str]:
    """Months whose figures these sessions, or others of their tasks, add to."""
    wanted = json.dumps(sorted(set(units)))
    rows = db.execute(
        "with named as (select value as unit from json_each(?))"
        " select distinct month from figure_units where unit in ("
        " select unit from named union"
        " select theirs.session_id from named join task_sessions mine"
        "  on mine.session_id = named.unit"
        " join task_sessions theirs on theirs.task_id = mine.task_id)",
        (wanted,),
    )
    return {month for (month,) in rows}


def ends_of(db: sqlite3.Connection, sessions: Iterable[int]) -> dict[int, tuple[int, int]]:
    """First and last instant of these sessions, where any is known."""
    rows = db.execute(
        "select id, started_ms, coalesce(ended_ms, started_ms) from sessions"
        " where started_ms is not null and id in (select value from json_each(?))",
        (json.dumps(sorted(set(sessions))),),
    )
    return {session: (first, last_ms) for session, first, last_ms in rows}


def together(db: sqlite3.Connection, units: Iterable[int]) -> dict[int, set[int]]:
    """Each of these sessions with all sessions of its task, itself among them."""
    wanted = sorted(set(units))
    found = {unit: {unit} for unit in wanted}
    rows = db.execute(
        "select mine.session_id, theirs.session_id from task_sessions mine"
        " join task_sessions theirs on theirs.task_id = mine.task_id"
        " where mine.session_id in (select value from json_each(?))",
        (json.dumps(wanted),),
    )
    for mine, theirs in rows:
        found[mine].add(theirs)
    return found


def young_tasks(db: sqlite3.Connection, now_ms: int) -> list[tuple[int, int]]:
    """Sessions of tasks that shipped so lately that nobody can tell yet whether they held up."""
    return db.execute(
        "select ts.session_id, t.shipped_ms from tasks t"
        " join task_sessions ts on ts.task_id = t.id where t.shipped_ms > ?",
        (now_ms - RIPE_MS - RIPE_MS // 14,),
    ).fetchall()


def rename(db: sqlite3.Connection, old: str, new: str) -> None:
    """Go on with a figure under another version of its measure."""
    for table in ("figures_seen", "figure_units"):
        db.execute(f"update or replace {table} set measure = ? where measure = ?", (new, old))  # noqa: S608
