"""Sums over stretches of time: whole sessions, and quarters of an hour of those at an edge.

Whichever way a session's numbers are added, they are the same numbers (``store.sums``); a
question about years reads one row a session in place of one a quarter.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from tokenmirror.measures.measure import Scope
from tokenmirror.measures.memo import Span
from tokenmirror.store.slots import SLOT_MS
from tokenmirror.store.sums import CHANGES, Whole

Bin = tuple[int, int, int]  # number, first slot, slot after the last

BINS = """
bins(n, from_slot, until_slot) as materialized (
  select json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
  from json_each(:bins))
"""
_FOLDED = """
with {bins},
crossing(session_id) as materialized (
  select w.session_id from bins b cross join {table} w
  where w.first_slot >= b.from_slot and w.first_slot < b.until_slot
    and w.last_slot >= b.until_slot
  union
  select w.session_id from {table} w
  where w.first_slot < (select min(from_slot) from bins)
    and w.last_slot >= (select min(from_slot) from bins)),
folded as (
  select b.n as n, w.session_id as session_id, {whole}
  from bins b cross join {table} w
  where w.first_slot >= b.from_slot and w.first_slot < b.until_slot
    and w.last_slot < b.until_slot
  union all
  select b.n, q.session_id, {quarters}
  from crossing e
  cross join {slots} q on q.session_id = e.session_id
  cross join bins b on q.slot >= b.from_slot and q.slot < b.until_slot
  group by b.n, q.session_id{keys})
"""
_BY_LANGUAGE = f"""
with {BINS},
folded as (
  select b.n as n, q.session_id as session_id, q.followed as followed, {{sums}}
  from bins b
  cross join change_slots q on q.slot >= b.from_slot and q.slot < b.until_slot
  where coalesce(nullif(q.language, ''), 'unknown') in (select value from json_each(:languages))
  group by b.n, q.session_id, q.followed)
"""  # noqa: S608 (constant parts)


def folded(whole: Whole, columns: Sequence[str] | None = None) -> str:
    """SQL of a ``folded`` table: ``n`` of the bin, session, keys of ``whole``, its sums.

    The bins of ``:bins`` must follow each other without a gap.
    """
    keep = Whole(
        whole.table, whole.quarters, whole.keys, tuple(columns or whole.columns), whole.most
    )
    keys = ", ".join(f"q.{key}" for key in keep.keys)
    named = [*keep.keys, *keep.columns]
    return _FOLDED.format(
        bins=BINS,
        table=keep.table,
        slots=keep.quarters,
        whole=", ".join(f"w.{name} as {name}" for name in named),
        quarters=", ".join(filter(None, [keys, keep.added("q")])),
        keys=f", {keys}" if keys else "",
    )


def folded_by_language() -> str:
    """The ``folded`` table of proposed changes in files of ``:languages``."""
    sums = ", ".join(f"sum(q.{name}) as {name}" for name in CHANGES.columns)
    return _BY_LANGUAGE.format(sums=sums)


def bins(scope: Scope, wanted: Sequence[Span]) -> list[Bin]:
    """Spans of days as bins by their place, in order; what lies between has the number -1."""
    found: list[Bin] = []
    for number, (first, last) in enumerate(wanted):
        from_ms, until_ms = scope.days.bounds_ms(first, last)
        from_slot, until_slot = from_ms // SLOT_MS, until_ms // SLOT_MS
        if found and found[-1][2] < from_slot:
            found.append((-1, found[-1][2], from_slot))
        found.append((number, from_slot, until_slot))
    return found


def places(scope: Scope, wanted: Sequence[Span]) -> Callable[[int], Span | None]:
    """Which of some spans of days an instant lies in; they come in order, none over another."""
    bounds = [scope.days.bounds_ms(*span) for span in wanted]
    begins = [from_ms for from_ms, _ in bounds]

    def place(at_ms: int) -> Span | None:
        number = bisect_right(begins, at_ms) - 1
        return wanted[number] if number >= 0 and at_ms < bounds[number][1] else None

    return place


def cut(bins: Iterable[Bin], at_slots: Iterable[int]) -> list[tuple[Bin, int]]:
    """Bins cut at further slots: each part with the number of cuts at or before its begin."""
    cuts = sorted(at_slots)
    found = []
    for n, from_slot, until_slot in bins:
        inner = [slot for slot in cuts if from_slot < slot < until_slot]
        for begin, end in pairwise([from_slot, *inner, until_slot]):
            found.append(((n, begin, end), sum(slot <= begin for slot in cuts)))
    return found


def bound(bins: Iterable[Bin]) -> str:
    """Bins as the value of ``:bins``."""
    return json.dumps(list(bins))
