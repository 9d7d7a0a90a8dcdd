"""The archive's sessions, tasks and sums as columns in memory, kept until the archive changes.

A question about years then touches numbers alone: no row is made, and what one page's figures
share is added up once.  numpy is imported late: 100 ms, and a reading does without.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from tokenmirror.measures.measure import Reader
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.scoped import SHOWN
from tokenmirror.store.sums import CHANGES, Whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Ints: TypeAlias = "NDArray[np.int64]"
Bools: TypeAlias = "NDArray[np.bool_]"

BEFORE_ALL_MS = -(2**60)  # where a task has no time: in no period
NO_TASK = -1
FEW_ROWS = 4  # a period with less than one row in so many is looked up, not searched for

SESSIONS = f"""
select s.id, s.source, coalesce(s.project_id, 0), coalesce(ts.task_id, {NO_TASK}),
  coalesce(q.origin, ''), coalesce(t.hidden, 0),
  coalesce(t.unattended, q.origin = 'unattended', 0), {SHOWN}, coalesce(s.relation, '')
from sessions s
left join session_sums q on q.session_id = s.id
left join task_sessions ts on ts.session_id = s.id
left join tasks t on t.id = ts.task_id
order by s.id
"""  # noqa: S608 (constant parts)
TASKS = f"""
select t.id, coalesce(t.began_ms, {BEFORE_ALL_MS}), t.source, coalesce(t.project_id, 0),
  t.hidden, t.unattended, {SHOWN}
from tasks t order by 2, t.id
"""  # noqa: S608 (constant parts)
MODELS = """
select u.session_id, coalesce(m.name, 'unknown')
from (select distinct session_id, model_id from usage_sums) u
left join models m on m.id = u.model_id
"""
LANGUAGES = f"select language from {CHANGES.quarters} order by {CHANGES.order}"  # noqa: S608


@dataclass(frozen=True)
class Coded:
    """A column of few different words: ``code`` is the place of each row's word in ``words``."""

    words: tuple[str, ...]
    code: Ints

    def among(self, some: Collection[str]) -> Bools:
        """Which rows have one of these words."""
        import numpy as np

        return np.asarray(np.array([word in some for word in (*self.words, "")])[self.code])

    def counts(self, rows: Ints) -> Counter[str]:
        """How many of these rows have each word."""
        import numpy as np

        found = np.bincount(self.code[rows], minlength=len(self.words)).tolist()
        return Counter({word: n for word, n in zip(self.words, found, strict=True) if n})


@dataclass(frozen=True)
class Sessions:
    """Every session by ascending ``id``; all columns have the shape (sessions,).

    ``task`` is the place of its task in ``Tasks``, ``task_id`` its id, -1 for none;
    ``project`` 0 for none.  Who drove a session in no task decides if it is ``unattended``.
    """

    id: Ints
    source: Coded
    project: Ints
    task: Ints
    origin: Coded
    hidden: Bools
    unattended: Bools
    shown: Coded
    relation: Coded
    task_id: Ints

    @cached_property
    def unit(self) -> Ints:
        """What stands or falls together: the id of the task, else the session's, negative."""
        import numpy as np

        return np.where(self.task_id == NO_TASK, -self.id, self.task_id)


@dataclass(frozen=True)
class Tasks:
    """Every task by the time it began, then by id; all columns have the shape (tasks,)."""

    id: Ints
    began_ms: Ints
    source: Coded
    project: Ints
    hidden: Bools
    unattended: Bools
    shown: Coded

    def place(self, ids: Ints) -> Ints:
        """The place of each id; -1 where there is no such task."""
        return places(self.id, ids)


def coded(words: Sequence[str]) -> Coded:
    """Words as codes."""
    import numpy as np

    known = {word: code for code, word in enumerate(dict.fromkeys(words))}
    codes = np.fromiter(map(known.__getitem__, words), dtype=np.int64, count=len(words))
    return Coded(tuple(known), codes)


def ints(rows: Iterable[Sequence[int]], width: int) -> Ints:
    """Rows of whole numbers as columns: shape (width, rows)."""
    import numpy as np

    flat = np.frombuffer(array("q", chain.from_iterable(rows)), dtype=np.int64)
    return np.ascontiguousarray(flat.reshape(-1, width).T)


def places(known: Ints, wanted: Ints) -> Ints:
    """Where each wanted number stands in ``known``, in any order; -1 for one it lacks."""
    import numpy as np

    if not len(known):
        return np.full(len(wanted), -1)
    order = np.argsort(known, kind="stable")
    at = np.minimum(np.searchsorted(known, wanted, sorter=order), len(known) - 1)
    found = order[at]
    return np.asarray(np.where(known[found] == wanted, found, -1))


def added(values: Ints, group: Ints, groups: int) -> Ints:
    """The sum of the values of each group, as whole numbers: shape (groups,)."""
    import numpy as np

    sums = np.zeros(groups, dtype=np.int64)
    np.add.at(sums, group, values)
    return sums


def _fields(rows: Iterable[Sequence[Any]], width: int) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True)) or [()] * width


@lasting
def sessions(db: Reader) -> Sessions:
    """All sessions."""
    import numpy as np

    ids, source, project, task, origin, hidden, unattended, shown, relation = _fields(
        db.execute(SESSIONS), 9
    )
    task_id = np.array(task, dtype=np.int64)
    return Sessions(
        id=np.array(ids, dtype=np.int64),
        source=coded(source),
        project=np.array(project, dtype=np.int64),
        task=tasks(db).place(task_id),
        origin=coded(origin),
        hidden=np.array(hidden, dtype=bool),
        unattended=np.array(unattended, dtype=bool),
        shown=coded(shown),
        relation=coded(relation),
        task_id=task_id,
    )


@lasting
def tasks(db: Reader) -> Tasks:
    """All tasks."""
    import numpy as np

    ids, began_ms, source, project, hidden, unattended, shown = _fields(db.execute(TASKS), 7)
    return Tasks(
        id=np.array(ids, dtype=np.int64),
        began_ms=np.array(began_ms, dtype=np.int64),
        source=coded(source),
        project=np.array(project, dtype=np.int64),
        hidden=np.array(hidden, dtype=bool),
        unattended=np.array(unattended, dtype=bool),
        shown=coded(shown),
    )


@lasting
def models_of(db: Reader) -> tuple[Ints, Coded]:
    """Which models answered in which session: the session's place and a model's name."""
    import numpy as np

    ids, names = _fields(db.execute(MODELS), 2)
    place = places(sessions(db).id, np.array(ids, dtype=np.int64))
    return place, coded(names)


@dataclass(frozen=True)
class Quarters:
    """Sums by session and quarter of an hour, ordered by session, then keys, then time.

    ``session`` is a place in ``Sessions``; ``group`` numbers the sessions and keys as they
    come; ``row`` is the place in the table's own order.  ``columns`` has the shape (columns,
    rows), one line for each of ``names``.
    """

    names: tuple[str, ...]
    session: Ints
    slot: Ints
    keys: dict[str, Ints]
    group: Ints
    row: Ints
    columns: Ints

    @cached_property
    def _by_slot(self) -> Ints:
        import numpy as np

        return np.argsort(self.slot, kind="stable")

    @cached_property
    def _slots(self) -> Ints:
        return self.slot[self._by_slot]

    def rows(self, from_slot: int, until_slot: int, of: Bools | None = None) -> Ints:
        """Rows between two quarters, the second exclusive; ``of`` tells which sessions."""
        import numpy as np

        first, last = np.searchsorted(self._slots, (from_slot, until_slot))
        if (last - first) * FEW_ROWS < len(self.slot):
            found = np.sort(self._by_slot[first:last])
        else:
            found = np.flatnonzero((self.slot >= from_slot) & (self.slot < until_slot))
        return found if of is None else found[of[self.session[found]]]

    def column(self, name: str) -> Ints:
        """One column of sums, over all rows."""
        column: Ints = self.columns[self.names.index(name)]
        return column


@dataclass(frozen=True)
class Grouped:
    """Some rows of sums, added up by session and keys: columns of the shape (groups,)."""

    quarters: Quarters
    rows: Ints  # ascending

    @cached_property
    def _starts(self) -> Ints:
        import numpy as np

        group = self.quarters.group[self.rows]
        return np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1]))[: len(group)])

    @cached_property
    def session(self) -> Ints:
        """The session's place in ``Sessions``."""
        return self.quarters.session[self.rows[self._starts]]

    def key(self, name: str) -> Ints:
        """What parts the groups of one session."""
        return self.quarters.keys[name][self.rows[self._starts]]

    def sum(self, name: str) -> Ints:
        """A column added up."""
        return self._reduced(name, most=False)

    def most(self, name: str) -> Ints:
        """The largest of a column."""
        return self._reduced(name, most=True)

    def total(self, name: str) -> int:
        """A column added up over all groups."""
        return int(self.quarters.column(name)[self.rows].sum())

    def _reduced(self, name: str, *, most: bool) -> Ints:
        import numpy as np

        values = self.quarters.column(name)[self.rows]
        if not len(values):
            return values
        added: Ints = (np.maximum if most else np.add).reduceat(values, self._starts)
        return added


@lasting
def quarters(db: Reader, whole: Whole) -> Quarters:
    """The sums by quarter of an hour that belong to a kind of sum, of every session."""
    import numpy as np

    names = ("session_id", "slot", *whole.keys, *whole.numbers)
    found = ints(
        db.execute(
            f"select {', '.join(names)} from {whole.quarters} order by {whole.order}"  # noqa: S608
        ),
        len(names),
    )
    width = 2 + len(whole.keys)
    place = places(sessions(db).id, found[0])
    order = np.lexsort((found[1], *reversed(found[2:width]), place))
    order = order[place[order] >= 0]
    parts = np.vstack((place[None], found[2:width]))[:, order]
    anew = np.any(parts[:, 1:] != parts[:, :-1], axis=0)
    return Quarters(
        names=whole.numbers,
        session=parts[0],
        slot=found[1][order],
        keys=dict(zip(whole.keys, parts[1:], strict=True)),
        group=np.concatenate((np.zeros(min(1, len(order)), dtype=np.int64), np.cumsum(anew))),
        row=order,
        columns=np.ascontiguousarray(found[width:, order]),
    )


@lasting
def languages(db: Reader) -> Coded:
    """The language of the files of each row of proposed changes, "unknown" where not told."""
    words = [word or "unknown" for (word,) in db.execute(LANGUAGES)]
    found = coded(words)
    return Coded(found.words, found.code[quarters(db, CHANGES).row])
