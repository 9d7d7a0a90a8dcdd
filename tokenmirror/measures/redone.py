"""Which tasks had most to be redone soon after they shipped: the rows under early rework (E2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tokenmirror.measures import columns, lines, lives_of, tasks
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.repos.fates import Killer

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
    import numpy as np  # late: 100 ms

    kind = lives_of.kind_of(scope)
    every, some = lines.lives(db, kind), lives_of.landed(db, scope)
    known = lines.after(db, kind, WITHIN_DAYS).known
    gone = lines.redone(db, kind, WITHIN_DAYS)
    some = some[(known[some] > 0) & (every.task[some] != lines.NONE)]
    n = len(columns.tasks(db).id)
    redone = columns.added(gone.all[some], every.task[some], n)
    by = {key: columns.added(count[some], every.task[some], n) for key, count in gone.by.items()}
    of = columns.added(known[some], every.task[some], n)
    landed_ms = np.full(n, lines.NEVER_MS)
    np.minimum.at(landed_ms, every.task[some], every.born_ms[some])
    # as many redone as the last one shown: which of these come first is told by day and key
    least = np.sort(redone)[-SHOWN:][0] if n else 0
    places = np.flatnonzero((redone > 0) & (redone >= least))
    found = [
        RedoneTask(
            key=task.key,
            title=tasks.title_of(task, scope),
            began=scope.days.day_of(task.began_ms),
            landed=scope.days.day_of(int(landed_ms[place])),
            lines=int(of[place]),
            redone=int(redone[place]),
            by=_most({who: int(count[place]) for who, count in by.items()}),
        )
        for place, task in zip(places.tolist(), tasks.at(db, scope, places), strict=True)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda row: (-row.redone, row.landed, row.key))[:SHOWN])


def _most(by: dict[Killer, int]) -> tuple[Killer, ...]:
    return tuple(sorted((who for who, n in by.items() if n), key=lambda who: -by[who]))
