"""Which tasks had most to be redone soon after they shipped: the rows under early rework (E2)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from tokenmirror.measures import lives_of, tasks
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.repos.fates import Killer
from tokenmirror.store.lives import Life

WITHIN_DAYS = 14
SHOWN = 10


@dataclass(frozen=True)
class RedoneTask:
    """A task of which lines were redone within two weeks of landing.

    ``redone`` of ``lines`` AI lines that landed so long ago; ``by`` who did it, most first.
    ``landed`` is the civil day of its first landing in the period.
    """

    key: str
    title: str
    began: date
    landed: date
    lines: int
    redone: int
    by: tuple[Killer, ...]


def most_redone(db: Reader, scope: Scope) -> tuple[RedoneTask, ...]:
    """Tasks whose lines landed in the period, most redone lines first; ten at most."""
    of_task: dict[int, list[Life]] = defaultdict(list)
    for life in lives_of.claimed(db, scope):
        if life.task is not None:
            of_task[life.task].append(life)
    found = []
    for task in tasks.by_ids(db, scope, of_task):
        row = _row(task, of_task[task.id], scope)
        if row is not None:
            found.append(row)
    return tuple(sorted(found, key=lambda row: (-row.redone, row.landed, row.key))[:SHOWN])


def _row(task: tasks.Task, lives: list[Life], scope: Scope) -> RedoneTask | None:
    who: Counter[Killer] = Counter()
    known = [life for life in lives if life.after(WITHIN_DAYS).known]
    for life in known:
        who.update(life.died_within(WITHIN_DAYS))
    if not who.total():
        return None
    return RedoneTask(
        key=task.key,
        title=tasks.title_of(task, scope),
        began=scope.days.day_of(task.began_ms),
        landed=scope.days.day_of(min(life.born_ms for life in known)),
        lines=sum(life.after(WITHIN_DAYS).known for life in known),
        redone=who.total(),
        by=tuple(key for key, _ in who.most_common()),
    )
