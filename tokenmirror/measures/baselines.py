"""Days at which the person's usual range begins anew, and days that might be such a day.

A day is marked by the person alone; what changed in the data proposes one (``measures.md``
4.5): a new tool or version of it, a changed counting rule, logs that were missing.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from tokenmirror import language
from tokenmirror.language import mark, tr
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import begin_day, begins_ms
from tokenmirror.store.slots import SLOT_MS

GAP = timedelta(days=14)  # without a record of a tool
ACTIVE_DAYS = 5  # within it on which something else shows work: a holiday is no gap
SETTLING = timedelta(weeks=2)  # after the first record of all, everything is new

MARKED = "select day, why from baselines order by day"
VERSIONS = """
select source, tool_version, started_ms from sessions
where started_ms is not null and tool_version is not null
  and (:sources is null or source in (select value from json_each(:sources)))
order by started_ms, id
"""
RULES = "select distinct at_ms, detail from recounts where why = 'rule' order by at_ms"
ACTIVE = """
select distinct s.source, q.slot from session_slots q join sessions s on s.id = q.session_id
order by q.slot
"""
COMMITS = "select placed_ms from commits where mine = 1"
SAID = "select question from answers where question like 'baseline:%'"


@dataclass(frozen=True)
class Break:
    """A day at which the usual range begins anew, with the person's reason."""

    day: date
    why: str


@dataclass(frozen=True)
class Proposal:
    """A day that might be a break; ``key`` names the question, so that it is asked once."""

    day: date
    kind: Literal["tool", "version", "rule", "gap"]
    sentence: str
    key: str


@shared
def breaks(db: Reader, scope: Scope) -> tuple[Break, ...]:
    """The days that the person marked, to today, oldest first."""
    found = (Break(date.fromisoformat(day), why) for day, why in db.execute(MARKED))
    return tuple(one for one in found if one.day <= scope.today)


def since(db: Reader, scope: Scope) -> date | None:
    """The day from which the past of a period counts: its last break, else the first record.

    A break within the period leaves it without a past.  ``None`` without data.
    """
    begin = begin_day(db, scope)
    marked = [one.day for one in breaks(db, scope) if one.day <= scope.last]
    return begin if begin is None or not marked else max(begin, marked[-1])


def within(db: Reader, scope: Scope, first: date, last: date) -> tuple[date, ...]:
    """Breaks between two days, both inclusive."""
    return tuple(one.day for one in breaks(db, scope) if first <= one.day <= last)


def proposed(db: Reader, scope: Scope) -> tuple[Proposal, ...]:
    """Days that might be a break, newest first; none that is marked or was answered."""
    marked = {one.day for one in breaks(db, scope)}
    answered = {question for (question,) in db.execute(SAID)}
    begins = begins_ms(db, scope)
    if not begins:
        return ()
    settled = scope.days.day_of(min(begins.values())) + SETTLING
    found = [
        one
        for one in (*_tools(scope, begins), *_versions(db, scope), *_rules(db, scope),
                    *_gaps(db, scope))
        if settled <= one.day <= scope.today
        and one.day not in marked
        and one.key not in answered
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.day.toordinal(), one.key)))


def _key(kind: str, day: date, what: str) -> str:
    return f"baseline:{kind}:{day.isoformat()}:{what}"


def _tools(scope: Scope, begins: dict[str, int]) -> Iterator[Proposal]:
    for source, at_ms in begins.items():
        day = scope.days.day_of(at_ms)
        words = tr(mark("{tool} begins here."), tool=source)
        yield Proposal(day, "tool", words, _key("tool", day, source))


def _versions(db: Reader, scope: Scope) -> Iterator[Proposal]:
    """First sessions of a tool's new version: its first two numbers, as a patch changes little.

    An older version that comes up again (another machine) is no new one.
    """
    bound = {"sources": None if scope.sources is None else json.dumps(sorted(scope.sources))}
    seen: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    for source, version, at_ms in db.execute(VERSIONS, bound):
        parts = numbers_of(version)
        if not parts:
            continue
        before = seen[source]
        if before and parts > max(before):
            day, name = scope.days.day_of(at_ms), ".".join(str(part) for part in parts)
            words = tr(mark("{tool} {version} begins here."), tool=source, version=name)
            yield Proposal(day, "version", words, _key("version", day, f"{source} {name}"))
        if parts not in before:
            before.append(parts)


def numbers_of(version: str) -> tuple[int, ...]:
    """The first two numbers of a version, none where it does not begin with a number."""
    found: list[int] = []
    for part in version.lstrip("vV").split(".")[:2]:
        digits = re.match(r"\d+", part)
        if digits is None:
            break
        found.append(int(digits[0]))
    return tuple(found)


def _rules(db: Reader, scope: Scope) -> Iterator[Proposal]:
    days = {scope.days.day_of(at_ms) for at_ms, _ in db.execute(RULES)}
    for day in sorted(days):
        words = tr(mark("A counting rule changed."))
        yield Proposal(day, "rule", words, _key("rule", day, ""))


def _gaps(db: Reader, scope: Scope) -> Iterator[Proposal]:
    """Where a tool's records come back after two weeks in which other work went on."""
    by_source: dict[str, set[date]] = defaultdict(set)
    for source, slot in db.execute(ACTIVE):
        by_source[source].add(scope.days.day_of(slot * SLOT_MS))
    commits = scope.days.days_of(at_ms for (at_ms,) in db.execute(COMMITS))
    for source, days in sorted(by_source.items()):
        if scope.sources is not None and source not in scope.sources:
            continue
        others = commits.union(*(d for other, d in by_source.items() if other != source))
        for last, again in _long_gaps(sorted(days)):
            if sum(last < day < again for day in others) >= ACTIVE_DAYS:
                words = tr(
                    mark("Nothing of {tool} was recorded from {first} to here."),
                    tool=source,
                    first=language.day(last, year=last.year != scope.today.year),
                )
                yield Proposal(again, "gap", words, _key("gap", again, source))


def _long_gaps(days: Sequence[date]) -> Iterable[tuple[date, date]]:
    return ((last, again) for last, again in pairwise(days) if again - last > GAP)
