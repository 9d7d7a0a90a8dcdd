"""Civil days on which something was recorded, or on which the person asked something."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import date

from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import of_sessions, values
from tokenmirror.store.days import DAY
from tokenmirror.store.slots import SLOT_MS

_IN = "{row}.own * :own + {row}.unknown * :unknown > 0"
SESSIONS = f"""
select s.source, q.session_id, q.first_slot, q.last_slot from session_sums q
{{sessions}} and q.first_slot < :until_slot and q.last_slot >= :from_slot
  and (:asked = 0 or {_IN.format(row="q")})
"""  # noqa: S608 (constant parts)
# a session of several days may have been quiet on some of them
QUARTERS = f"""
select s.source, q.slot from session_slots q join sessions s on s.id = q.session_id
where q.session_id in (select value from json_each(:several))
  and (:asked = 0 or {_IN.format(row="q")})
union
select s.source, q.slot from usage_slots q join sessions s on s.id = q.session_id
where :asked = 0 and q.session_id in (select value from json_each(:several))
union
select s.source, q.slot from change_slots q join sessions s on s.id = q.session_id
where :asked = 0 and q.session_id in (select value from json_each(:several))
"""  # noqa: S608 (constant parts)
DAY_TOTALS = """
select distinct source, at_ms from day_totals
where at_ms >= :from_ms and at_ms < :until_ms and :of_sessions = 0
"""


@shared
def recorded(db: Reader, scope: Scope) -> dict[str, set[date]]:
    """Days of the period with a record, by tool; runs that nobody drove make no day active."""
    found = _days(db, replace(scope, sources=None), asked=False)
    for source, at_ms in db.execute(DAY_TOTALS, values(scope)):
        found[source].add(scope.days.day_of(at_ms))
    return found


@shared
def asked(db: Reader, scope: Scope) -> set[date]:
    """Days of the period with a prompt of the person's."""
    return set().union(*_days(db, scope, asked=True).values())


def _days(db: Reader, scope: Scope, *, asked: bool) -> dict[str, set[date]]:
    """Days by tool; with ``asked`` a prompt decides, and its own origin in place of a session's."""
    wanted = scope.origins
    narrow = replace(scope, origins=None) if asked else scope
    bound = values(narrow) | {
        "asked": int(asked),
        "own": int(wanted is None or "own" in wanted),
        "unknown": int(wanted is None or "unknown" in wanted),
    }
    length = (scope.last - scope.first).days + 1
    days = scope.days.bins([scope.first + n * DAY for n in range(length)], "day")
    found: dict[str, set[date]] = defaultdict(set)
    several = []
    query = SESSIONS.format(sessions=of_sessions("q", unattended=asked, hidden=not asked))
    for source, session, first, last in db.execute(query, bound):
        place = days.index(first * SLOT_MS)
        if place is not None and place == days.index(last * SLOT_MS):
            found[source].add(days.firsts[place])
        else:
            several.append(session)
    for source, slot in db.execute(QUARTERS, bound | {"several": json.dumps(several)}):
        place = days.index(slot * SLOT_MS)
        if place is not None:
            found[source].add(days.firsts[place])
    return found
