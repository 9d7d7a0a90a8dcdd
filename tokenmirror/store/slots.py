"""Sums by session and quarter of an hour, so that no figure reads every event again.

Days begin at quarters of an hour in every zone, so one set of rows serves all zones and all
beginnings of the day.  Usage without a time of its own stands at its session's start.  Rows
are made again for the sessions that a reading touched.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby

from tokenmirror.store import courses, sums
from tokenmirror.store.oddities import SUMMED, sound
from tokenmirror.store.quarters import SLOT_MS as SLOT_MS
from tokenmirror.store.quarters import TOUCHED, touch

# how much context a record read decides its price with some models: these are the edges
TIER_EDGES = (32_000, 100_000, 128_000, 200_000, 256_000, 272_000, 512_000)
AGAIN_MS = 1_000
LOOP_CALLS = 3
FAILURES = 2
READS = 3

_SESSION_SLOTS = f"""
insert into session_slots
select session_id, slot, sum(own), sum(unknown), sum(unattended), sum(delegated), sum(turns),
  sum(interrupted), sum(asked), sum(errors), sum(calls), sum(told), sum(bad), sum(shown),
  sum(taken), sum(untold)
from (
  select p.session_id, p.at_ms / {SLOT_MS} as slot,
    coalesce(o.origin, 'unknown') = 'own' as own,
    coalesce(o.origin, 'unknown') = 'unknown' as unknown,
    coalesce(o.origin, 'unknown') = 'unattended' as unattended,
    coalesce(o.origin, 'unknown') = 'delegated' as delegated,
    0 as turns, 0 as interrupted, 0 as asked, 0 as errors, 0 as calls, 0 as told, 0 as bad,
    0 as shown, 0 as taken, 0 as untold
  from prompts p left join origins o on o.prompt_id = p.id
  where p.session_id in {TOUCHED} and p.at_ms is not null
    and (p.words > 0 or coalesce(p.attachments, 0) > 0) and {sound("prompts", "p.id", "future")}
  union all
  select session_id, at_ms / {SLOT_MS}, 0, 0, 0, 0, 1, ended = 'interrupted', ended = 'asked',
    ended = 'error', 0, 0, 0, 0, 0, 0
  from turns where session_id in {TOUCHED} and at_ms is not null
    and {sound("turns", "id", "future")}
  union all
  select session_id, at_ms / {SLOT_MS}, 0, 0, 0, 0, 0, 0, 0, 0, 1, ok is not null,
    coalesce(ok = 0, 0), 0, 0, 0
  from tool_calls where session_id in {TOUCHED} and at_ms is not null
    and {sound("tool_calls", "id", "future")}
  union all
  select session_id, min(at_ms) / {SLOT_MS}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
    max(decision = 'accepted'), min(decision = 'undecided')
  from (
    select *, sum(anew) over (
      partition by session_id, path, added, lines_added order by at_ms, id) as showing
    from (
      -- the same shown again within a second is one; what holds no character is none
      select id, session_id, at_ms, decision, path, added, lines_added,
        at_ms - lag(at_ms, 1, 0) over (
          partition by session_id, path, added, lines_added order by at_ms, id) > {AGAIN_MS}
          as anew
      from suggestions
      where session_id in {TOUCHED} and kind = 'inline' and added > 0 and at_ms is not null))
  group by session_id, path, added, lines_added, showing
) group by session_id, slot
"""  # noqa: S608 (constant parts)
_READ = " + ".join(
    f"coalesce({name}, 0)"
    for name in ("input_tokens", "cache_read_tokens", "cache_write_5m_tokens",
                 "cache_write_1h_tokens")
)  # fmt: skip
_OVER = " + ".join(f"({_READ} > {edge})" for edge in TIER_EDGES)
# of a total per session it is not known how long a single context was
_TIER = f"case when sessions.source in {SUMMED} then 0 else {_OVER} end"
_USAGE_SLOTS = f"""
insert into usage_slots
select session_id, coalesce(at_ms, started_ms, 0) / {SLOT_MS}, coalesce(model_id, 0),
  cost_nusd is not null,
  {_TIER} as tier,
  sum(coalesce(cost_nusd, 0)),
  sum(coalesce(input_tokens, 0)), sum(coalesce(cache_read_tokens, 0)),
  sum(coalesce(cache_write_5m_tokens, 0)), sum(coalesce(cache_write_1h_tokens, 0)),
  sum(coalesce(output_tokens, 0)), sum(coalesce(reasoning_tokens, 0)),
  max(output_at_least
      or (cost_nusd is null and (input_tokens is null or output_tokens is null))),
  count(*), sum(credits)
from usage join sessions on sessions.id = usage.session_id
where session_id in {TOUCHED} and {sound("usage", "usage.id")}
group by 1, 2, 3, 4, 5
"""  # noqa: S608 (constant parts)


def tier_of(context_tokens: int) -> int:
    """How many of ``TIER_EDGES`` a record's context is over."""
    return sum(context_tokens > edge for edge in TIER_EDGES)


def refresh(db: sqlite3.Connection, sessions: Iterable[int]) -> None:
    """Make the sums of these sessions again; must run inside a transaction."""
    some = sorted(sessions)
    touch(db, some)
    for table in ("session_slots", "usage_slots", "repeats"):
        db.execute(f"delete from {table} where session_id in {TOUCHED}")  # noqa: S608 (constants)
    db.execute(_SESSION_SLOTS)
    db.execute(_USAGE_SLOTS)
    db.executemany(
        "insert into repeats (session_id, kind, at_ms, until_ms, calls, name)"
        " values (?, ?, ?, ?, ?, ?)",
        _repeats(db),
    )
    sums.refresh(db, some)
    courses.refresh(db, some)


Row = tuple[int, str, int, int, int, str]
Call = tuple[int, int, str, str, int, int | None]  # session, instant, kind, name, args, ok


def _repeats(db: sqlite3.Connection) -> Iterator[Row]:
    calls = db.execute(
        "select session_id, at_ms, kind, name, args_hash, ok from tool_calls"
        " where session_id in (select id from touched_sessions) and at_ms is not null"
        " order by session_id, at_ms, id"
    )
    for session, own in groupby(calls, key=lambda call: call[0]):
        yield from repeats_of(session, list(own))


def repeats_of(session: int, calls: list[Call]) -> Iterator[Row]:
    """Loops, runs of failures and files read over and over, of one session's calls in order.

    A loop is three or more calls in a row with the same name, arguments and result; a file
    counts as read again when nothing was edited in between.
    """
    for _, run in groupby(calls, key=lambda call: call[3:6]):
        yield from _told(session, "loop", list(run), LOOP_CALLS)
    for bad, run in groupby(calls, key=lambda call: call[5] == 0):
        if bad:
            yield from _told(session, "failures", list(run), FAILURES)
    reads: dict[tuple[str, int], list[Call]] = {}
    for call in calls:
        if call[2] == "read" and call[5] != 0:
            reads.setdefault((call[3], call[4]), []).append(call)
        elif call[2] in ("edit", "other") and call[5] != 0:
            yield from _read_again(session, reads)
            reads = {}
    yield from _read_again(session, reads)


def _read_again(session: int, reads: dict[tuple[str, int], list[Call]]) -> Iterator[Row]:
    for calls in reads.values():
        yield from _told(session, "reread", calls, READS)


def _told(session: int, kind: str, calls: list[Call], least: int) -> Iterator[Row]:
    if len(calls) >= least:
        yield session, kind, calls[0][1], calls[-1][1], len(calls), calls[0][3]
