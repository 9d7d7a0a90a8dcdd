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
from tokenmirror.store import packed
from tokenmirror.store.sums import CHANGES, USAGE, SlotTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Ints: TypeAlias = "NDArray[np.int64]"
Bools: TypeAlias = "NDArray[np.bool_]"
Floats: TypeAlias = "NDArray[np.float64]"

BEFORE_ALL_MS = -(2**60)  # where a task has no time: in no period
NO_TASK = -1
FEW_GROUPS = 4  # less than one in so many is looked up, not searched for

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
DELIVERIES = "select id, at_ms, repo_id, ai from deliveries order by at_ms, id"
OF_DELIVERIES = "select delivery_id, task_id from task_deliveries"
PROJECTS = "select id, repo_id from projects where repo_id is not null"
MODELS = "select id, name from models"
PACKED = "select session_id, numbers from packed where kind = ? order by session_id"
LANGUAGES = "select words from packed where kind = ? order by session_id"


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


@dataclass(frozen=True)
class Deliveries:
    """Every shipped change by its time, then by id; columns of the shape (deliveries,).

    ``tasks`` are pairs of places of shape (2, pairs): a shipped change, and a task it is of.
    """

    id: Ints
    at_ms: Ints
    repo: Ints
    ai: Coded
    tasks: Ints

    def between(self, from_ms: int, until_ms: int) -> slice:
        """Those of a stretch of time, the second instant exclusive."""
        import numpy as np

        return slice(*np.searchsorted(self.at_ms, (from_ms, until_ms)).tolist())


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


def pairs(hits: Ints, trials: Ints) -> Floats:
    """(hits, trials) of each unit that has trials, as a rate's interval asks: shape (n, 2)."""
    import numpy as np

    some = trials > 0
    return np.stack((hits[some], trials[some]), axis=1).astype(float)


def added(values: Ints, group: Ints, groups: int) -> Ints:
    """The sum of the values of each group, as whole numbers: shape (groups,)."""
    import numpy as np

    sums = np.zeros(groups, dtype=np.int64)
    np.add.at(sums, group, values)
    return sums


def fields(rows: Iterable[Sequence[Any]], width: int) -> list[tuple[Any, ...]]:
    """Rows as so many columns, empty ones where there are no rows."""
    return list(zip(*rows, strict=True)) or [()] * width


@lasting
def sessions(db: Reader) -> Sessions:
    """All sessions."""
    import numpy as np

    ids, source, project, task, origin, hidden, unattended, shown, relation = fields(
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

    ids, began_ms, source, project, hidden, unattended, shown = fields(db.execute(TASKS), 7)
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
def deliveries(db: Reader) -> Deliveries:
    """All shipped changes."""
    import numpy as np

    ids, at_ms, repo, ai = fields(db.execute(DELIVERIES), 4)
    own_id = np.array(ids, dtype=np.int64)
    pairs = ints(db.execute(OF_DELIVERIES), 2)
    held = np.vstack((places(own_id, pairs[0]), tasks(db).place(pairs[1])))
    return Deliveries(
        id=own_id,
        at_ms=np.array(at_ms, dtype=np.int64),
        repo=np.array(repo, dtype=np.int64),
        ai=coded(ai),
        tasks=held[:, (held >= 0).all(axis=0)],
    )


@lasting
def repositories(db: Reader) -> Ints:
    """Projects and the repositories they lie in: shape (2, projects with a repository)."""
    return ints(db.execute(PROJECTS), 2)


@dataclass(frozen=True)
class Quarters:
    """Sums by session and quarter of an hour, ordered by session, then keys, then time.

    ``session`` is a place in ``Sessions``; ``group`` numbers the sessions and keys as they
    come.  ``columns`` has the shape (columns, rows), one line for each of ``names``, in as few
    bytes as hold the numbers: ask ``column``.
    """

    names: tuple[str, ...]
    session: Ints
    slot: Ints
    keys: dict[str, Ints]
    group: Ints
    columns: NDArray[np.int32] | Ints

    def where(self, some: Bools) -> Quarters:
        """Those rows that ``some`` marks."""
        keys = {name: column[some] for name, column in self.keys.items()}
        return Quarters(
            self.names, self.session[some], self.slot[some], keys, self.group[some],
            self.columns[:, some],
        )  # fmt: skip

    @cached_property
    def _edges(self) -> Ints:
        """The first row of each group, and the number of rows."""
        import numpy as np

        anew = np.flatnonzero(self.group[1:] != self.group[:-1]) + 1
        return np.concatenate((np.zeros(min(1, len(self.group)), int), anew, [len(self.group)]))

    @cached_property
    def _spans(self) -> tuple[Ints, Ints]:
        """The first and the last quarter of each group."""
        return self.slot[self._edges[:-1]], self.slot[self._edges[1:] - 1]

    @cached_property
    def _sums_before(self) -> dict[str, Ints]:
        return {}

    def column(self, name: str) -> Ints:
        """One column of sums, over all rows."""
        import numpy as np

        column: Ints = self.columns[self.names.index(name)].astype(np.int64)
        return column

    def sums_before(self, name: str) -> Ints:
        """Of one column the sum of all rows before each row, and of all: shape (rows + 1,)."""
        import numpy as np

        if name not in self._sums_before:
            self._sums_before[name] = np.concatenate(([0], np.cumsum(self.column(name))))
        return self._sums_before[name]

    def within(self, from_slot: int, until_slot: int, of: Bools | None = None) -> Grouped:
        """What lies between two quarters, the second exclusive; ``of`` tells which sessions.

        Rows of a group follow each other in time: only the groups that cross an edge are
        searched for it.
        """
        import numpy as np

        if from_slot >= until_slot:
            none = np.zeros(0, dtype=np.int64)
            return Grouped(self, none, none)
        first, last = self._spans
        groups = self._touching(from_slot, until_slot)
        if of is not None:
            groups = groups[of[self.session[self._edges[groups]]]]
        begin, end = self._edges[groups], self._edges[groups + 1]
        for cut, edge in ((from_slot, begin), (until_slot, end)):
            crossed = np.flatnonzero((first[groups] < cut) & (last[groups] >= cut))
            edge[crossed] = self._row_at(groups[crossed], cut)
        some = end > begin
        return Grouped(self, begin[some], end[some])

    @cached_property
    def _by_first(self) -> tuple[Ints, Ints, Ints]:
        """The groups by their first quarter, these quarters, and how far those up to each reach."""
        import numpy as np

        first, last = self._spans
        order = np.argsort(first, kind="stable")
        return order, first[order], np.maximum.accumulate(last[order])

    def _touching(self, from_slot: int, until_slot: int) -> Ints:
        """The groups that may have a row between two quarters, in order."""
        import numpy as np

        order, firsts, reach = self._by_first
        begin, end = reach.searchsorted(from_slot), firsts.searchsorted(until_slot)
        first, last = self._spans
        if (end - begin) * FEW_GROUPS < len(order):  # a week of years
            near = np.sort(order[begin:end])
            return near[last[near] >= from_slot]
        return np.flatnonzero((first < until_slot) & (last >= from_slot))

    @property
    def everything(self) -> Grouped:
        """All rows there are."""
        return Grouped(self, self._edges[:-1], self._edges[1:])

    def _row_at(self, groups: Ints, slot: int) -> Ints:
        """The first row of each group at or after a quarter."""
        import numpy as np

        edges = self._edges
        return np.array(
            [
                begin + np.searchsorted(self.slot[begin:end], slot)
                for begin, end in zip(edges[groups], edges[groups + 1], strict=True)
            ],
            dtype=np.int64,
        )


@dataclass(frozen=True)
class Grouped:
    """Sums of some quarters by session and keys: columns of the shape (groups,).

    ``begin`` and ``end`` are the first row of each group and the row after its last.
    """

    quarters: Quarters
    begin: Ints
    end: Ints

    @cached_property
    def session(self) -> Ints:
        """The session's place in ``Sessions``, ascending."""
        return self.quarters.session[self.begin]

    def key(self, name: str) -> Ints:
        """What parts the groups of one session."""
        return self.quarters.keys[name][self.begin]

    def sum(self, name: str) -> Ints:
        """A column added up; of one that holds 0 and 1, 0 where it never is 1."""
        before = self.quarters.sums_before(name)
        return before[self.end] - before[self.begin]

    def total(self, name: str) -> int:
        """A column added up over all groups."""
        return int(self.sum(name).sum())


@lasting
def quarters(db: Reader, table: SlotTable) -> Quarters:
    """The sums by quarter of an hour that belong to a kind of sum, of every session."""
    import numpy as np

    names, keys = packed.columns_of(table), table.keys
    ids, blobs = fields(db.execute(PACKED, (table.name,)), 2)
    found = np.frombuffer(b"".join(blobs), dtype="<i8").reshape(-1, len(names)).T
    counts = np.array([len(blob) for blob in blobs], dtype=np.int64) // (8 * len(names))
    session = np.repeat(places(sessions(db).id, np.array(ids, dtype=np.int64)), counts)
    slot, *parting = found[: 1 + len(keys)].astype(np.int64)
    parts = np.vstack((session, *parting))
    anew = np.any(parts[:, 1:] != parts[:, :-1], axis=0)
    columns = found[1 + len(keys) :]
    narrow = not columns.size or int(np.abs(columns).max()) < 2**31
    return Quarters(
        names=table.numbers,
        session=session,
        slot=slot,
        keys=dict(zip(keys, parting, strict=True)),
        group=np.concatenate((np.zeros(min(1, len(slot)), dtype=np.int64), np.cumsum(anew))),
        columns=np.array(columns, np.int32) if narrow else np.array(columns, np.int64),
    )


@lasting
def models_of(db: Reader) -> tuple[Ints, Coded]:
    """Which models answered in which session: the session's place and a model's name.

    A pair may come several times.
    """
    import numpy as np

    used = quarters(db, USAGE).everything
    names: dict[int, str] = dict(db.execute(MODELS))
    models, code = np.unique(used.key("model_id"), return_inverse=True)
    words = tuple(names.get(model, "unknown") for model in models.tolist())
    return used.session, Coded(words, code)


@lasting
def changes_in(db: Reader, some: frozenset[str]) -> Quarters:
    """The sums of proposed changes in files of these languages, "unknown" where not told."""
    return quarters(db, CHANGES).where(languages(db).among(some))


@lasting
def languages(db: Reader) -> Coded:
    """The language of the files of each row of proposed changes, "unknown" where not told."""
    texts = [text for (text,) in db.execute(LANGUAGES, (CHANGES.name,))]
    return coded([word or "unknown" for text in texts for word in text.split("\n")])
