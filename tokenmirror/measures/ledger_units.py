"""What each session or repository adds to the figures that the ledger keeps (A8).

Made of the rows of the measures themselves, so that a figure kept is the figure shown.
Every value is made of whole numbers that add up over the units: a count, or hits of trials.
Curves (E1) and durations do not add up so and are not kept; what they rest on is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from tokenmirror.measures import (
    held,
    lasting,
    spending,
    tasks,
)
from tokenmirror.measures.changes import Sums
from tokenmirror.measures.figures import Unit
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import SHOWN, ripe_ms, values
from tokenmirror.store.ledger import Parts
from tokenmirror.store.lives import REWORK, lives
from tokenmirror.store.slots import SLOT_MS
from tokenmirror.store.sums import CHANGES

RIPE_DAYS = 14
NUSD = 1e-9

PROMPTS = """
select q.session_id, sum(q.own + q.unknown)
from session_slots q
left join task_sessions ts on ts.session_id = q.session_id
left join tasks t on t.id = ts.task_id
where q.slot >= :from_slot and q.slot < :until_slot
  and coalesce(t.hidden, 0) = 0
group by q.session_id
having sum(q.own + q.unknown) > 0
"""
# sessions q of tasks that are shown; of those that only a program drove none, unless asked
_COUNTED = """
left join task_sessions ts on ts.session_id = q.session_id
left join tasks t on t.id = ts.task_id
left join session_sums o on o.session_id = q.session_id
where coalesce(t.hidden, 0) = 0
  and (:unattended or coalesce(t.unattended, o.origin = 'unattended', 0) = 0)
"""
# days are whole quarters, and so is the instant of ripeness
PROPOSED = f"""
select q.session_id, q.followed and q.slot < :ripe_slot,
  {", ".join(f"sum(q.{name})" for name in CHANGES.columns)}
from change_slots q {_COUNTED} and q.slot >= :from_slot and q.slot < :until_slot
group by 1, 2
"""  # noqa: S608 (constant parts)
SESSIONS = f"select q.session_id from session_sums q {_COUNTED}"  # noqa: S608 (constants)
TASKS = f"""
select t.id, t.began_ms, {SHOWN}, t.shipped_ms, t.began_ms < :ripe_ms from tasks t
where t.began_ms >= :from_ms and t.began_ms < :until_ms
  and t.hidden = 0 and (:unattended or t.unattended = 0)
"""  # noqa: S608 (constant parts)
DELIVERIES = """
select repo_id, count(*) from deliveries where at_ms >= :from_ms and at_ms < :until_ms
group by repo_id
"""
# a task is told by its first session: rows of tasks are made anew at each relating
FIRST_SESSIONS = """
select ts.task_id, s.id
from task_sessions ts
cross join tasks t on t.id = ts.task_id
cross join sessions s on s.id = ts.session_id
where t.key = s.source || ':' || s.key
"""
TASKS_OF = """
select ts.session_id, t.id, t.hidden from task_sessions ts join tasks t on t.id = ts.task_id
"""
BEGUN = """
select ts.session_id, t.id from tasks t join task_sessions ts on ts.task_id = t.id
where t.began_ms >= :from_ms and t.began_ms < :until_ms and t.hidden = 0
"""
RIPE_CHANGES = f"""
select t.id, {SHOWN}, t.unattended from tasks t
where t.began_ms >= :from_ms and t.began_ms < min(:until_ms, :ripe_ms) and t.hidden = 0
  and {SHOWN} not in ('no_code', 'unknown')
"""  # noqa: S608 (constant parts)
LOST = "no_lasting_change"


@dataclass(frozen=True)
class Kept:
    """A figure that the ledger keeps for each month, ``ripe_days`` after it is over.

    A total is its hits times ``scale``; a rate hits over trials times ``scale``.
    """

    measure: str
    kind: Literal["total", "rate"]
    unit: Unit
    scale: float = 1
    ripe_days: int = 0

    def value(self, hits: int, trials: int) -> float | None:
        """The figure, ``None`` for a rate of nothing."""
        if self.kind == "total":
            return hits * self.scale
        return self.scale * hits / trials if trials else None


def _rate(measure: str, ripe_days: int = RIPE_DAYS) -> Kept:
    return Kept(measure, "rate", "percent", 100, ripe_days)


OUTCOMES = tuple(tasks.OUTCOMES)
KEPT = (
    Kept("B1", "total", "prompts"),
    Kept("C3", "total", "lines"),
    Kept("C4", "total", "lines"),
    _rate("C5", 0),
    Kept("D1", "total", "lines", ripe_days=RIPE_DAYS),
    _rate("D2"),
    Kept("D3", "total", "lines", ripe_days=RIPE_DAYS),
    _rate("D4"),
    Kept("D5", "total", "changes"),
    _rate("E2"),
    *(Kept(f"F2:{outcome}", "total", "tasks", ripe_days=RIPE_DAYS) for outcome in OUTCOMES),
    _rate("F3"),
    _rate("F4"),
    _rate("F8", 0),
    Kept("G1", "total", "usd", NUSD),
    Kept("G3", "rate", "usd", NUSD, RIPE_DAYS),
)
Found = dict[str, Parts]
_Pairs = Iterable[tuple[int, tuple[int, int]]]
_Row = tuple[int, bool, Sums[int]]  # session, whether followed and ripe


def _added(pairs: _Pairs) -> Parts:
    found: dict[int, tuple[int, int]] = {}
    for unit, (hits, trials) in pairs:
        before = found.get(unit, (0, 0))
        found[unit] = (before[0] + hits, before[1] + trials)
    return {unit: added for unit, added in found.items() if any(added)}


def prompts(db: Reader, scope: Scope) -> Found:
    """B1 by session."""
    return {"B1": {unit: (n, 0) for unit, n in db.execute(PROMPTS, values(scope))}}


def proposed(db: Reader, scope: Scope) -> Found:
    """C and D, over proposed changes, by session."""
    asked = values(scope) | {"ripe_slot": ripe_ms(scope) // SLOT_MS}
    some: list[_Row] = [
        (session, bool(ripe), Sums(*sums)) for session, ripe, *sums in db.execute(PROPOSED, asked)
    ]
    ripe = [row for row in some if row[1]]

    def of(rows: Iterable[_Row], pick: Callable[[Sums[int]], tuple[int, int]]) -> Parts:
        return _added((session, pick(sums)) for session, _, sums in rows)

    return {
        "C3": of(some, lambda sums: (sums.proposed, 0)),
        "C4": of(some, lambda sums: (sums.accepted, 0)),
        "C5": of(
            some, lambda sums: (sums.changes_chosen, sums.changes_chosen + sums.changes_rejected)
        ),
        "D1": of(ripe, lambda sums: (sums.landed, 0)),
        "D2": of(ripe, lambda sums: (sums.landed, sums.accepted)),
        "D3": of(ripe, lambda sums: (sums.shipped, 0)),
        "D4": of(ripe, lambda sums: (sums.shipped, sums.accepted)),
    }


def delivered(db: Reader, scope: Scope) -> Found:
    """D5 by repository."""
    return {"D5": {-repo: (n, 0) for repo, n in db.execute(DELIVERIES, values(scope))}}


def redone(db: Reader, scope: Scope) -> Found:
    """E2 by session."""
    days = lasting.REWORK_DAYS[0]
    counted = {session for (session,) in db.execute(SESSIONS, values(scope))}
    from_ms, until_ms = scope.days.bounds_ms(scope.first, scope.last)
    pairs = []
    for life in lives(db, from_ms=from_ms, until_ms=until_ms, claimed=True):
        session, known = life.session or 0, life.after(days).known
        if known and session in counted:
            gone = sum(life.died_within(days, REWORK).values())
            pairs.append((session, (gone, known)))
    return {"E2": _added(pairs)}


def ended(db: Reader, scope: Scope) -> Found:
    """F by the first session of each task."""
    first = _first_sessions(db)
    by_outcome: dict[str, list[tuple[int, tuple[int, int]]]] = defaultdict(list)
    begun_ms, landed_ms = {}, {}
    settled, without_code = [], []
    for task, began_ms, shown, shipped_ms, ripe in db.execute(TASKS, values(scope)):
        unit, shipped = first.get(task, 0), shown == "shipped"
        by_outcome[f"F2:{shown}"].append((unit, (1, 0)))
        without_code.append((unit, (int(shown == "no_code"), 1)))
        if ripe and (shipped or shown == "no_lasting_change"):
            settled.append((unit, (int(shipped), 1)))
        if shipped:
            begun_ms[task] = began_ms
        if shipped and shipped_ms is not None:
            landed_ms[task] = shipped_ms
    stood = held.of_month(db, scope, begun_ms, landed_ms)
    found = {key: _added(pairs) for key, pairs in by_outcome.items()}
    found["F3"] = _added(settled)
    found["F4"] = _added(
        (first.get(task, 0), (int(one.verdict == "held"), 1))
        for task, one in stood.items()
        if one.verdict in held.TOLD
    )
    found["F8"] = _added(without_code)
    return found


def paid(db: Reader, scope: Scope) -> Found:
    """G by the first session of each task; what belongs to no task by none."""
    first, task_of = _first_sessions(db), _tasks_of(db)
    asked = values(scope)
    slots = (int(str(asked["from_slot"])), int(str(asked["until_slot"])))
    spent = Counter[int]()
    for session, one in spending.by_session(db, slots=slots).items():
        task, hidden = task_of.get(session, (0, False))
        if not hidden:
            spent[first.get(task, 0)] += one.nusd
    whole = _whole_costs(db, asked)
    pairs = []
    for task, shown, unattended in db.execute(RIPE_CHANGES, asked):
        own = scope.unattended or not unattended
        if own or shown == LOST:
            pair = (whole.get(task, 0), int(own and shown == "shipped"))
            pairs.append((first.get(task, 0), pair))
    return {"G1": {unit: (nusd, 0) for unit, nusd in spent.items() if nusd}, "G3": _added(pairs)}


def _whole_costs(db: Reader, asked: dict[str, object]) -> dict[int, int]:
    """Nano-dollars of each task begun between two instants, whenever they were spent."""
    task_of = dict(db.execute(BEGUN, asked).fetchall())
    found = Counter[int]()
    for session, one in spending.by_session(db, task_of).items():
        found[task_of[session]] += one.nusd
    return found


@shared
def _tasks_of(db: Reader) -> dict[int, tuple[int, bool]]:
    """The task of each session, and if the person hid it."""
    return {session: (task, bool(hidden)) for session, task, hidden in db.execute(TASKS_OF)}


@shared
def _first_sessions(db: Reader) -> dict[int, int]:
    return dict(db.execute(FIRST_SESSIONS).fetchall())


Group = Callable[[Reader, Scope], Found]
GROUPS: tuple[Group, ...] = (prompts, proposed, delivered, redone, ended, paid)
COSTS: tuple[Group, ...] = (paid,)
BY_KEY = {kept.measure: kept for kept in KEPT}
OF_GROUP: dict[Group, tuple[str, ...]] = {
    prompts: ("B1",),
    proposed: ("C3", "C4", "C5", "D1", "D2", "D3", "D4"),
    delivered: ("D5",),
    redone: ("E2",),
    ended: (*(f"F2:{outcome}" for outcome in OUTCOMES), "F3", "F4", "F8"),
    paid: ("G1", "G3"),
}


def month_of(scope: Scope, first: date) -> Scope:
    """The question of one month, by its first day."""
    return replace(scope, first=first, last=scope.days.last_of(first, "month"))
