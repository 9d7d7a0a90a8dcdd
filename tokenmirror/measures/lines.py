"""Lines on the main line as columns, with what became of them (``store.lives`` row by row).

Kept until the archive changes: how many lines stood so many days after they landed, and what
a survival curve is made of, depend on no period.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from tokenmirror.measures import columns
from tokenmirror.measures.columns import Bools, Coded, Ints, coded, fields, ints, places
from tokenmirror.measures.measure import Reader
from tokenmirror.measures.memo import lasting
from tokenmirror.measures.survival_curve import Groups
from tokenmirror.repos.fates import Killer
from tokenmirror.store.lives import DAY_MS, REWORK, observed
from tokenmirror.tasks.languages import language_of

NONE = -1
KILLERS: tuple[Killer, ...] = get_args(Killer)
NEVER_MS = 2**62  # until when lines were gone that did not come back

Kind = Literal["claimed", "other", "files"]
LANDED = """
select b.repo_id, b.commit_id, coalesce(dc.delivery_id, -1), b.session_id, b.mine, b.lines,
  b.born_ms, b.ends, b.lost
from landed_sums b left join delivery_commits dc on dc.commit_id = b.commit_id
where :claimed = (b.session_id > 0)
order by b.repo_id, b.birth_id
"""
FILES = """
select b.repo_id, b.commit_id, coalesce(dc.delivery_id, -1), b.session_id, b.mine, b.lines,
  b.born_ms, b.id, b.path
from births b left join delivery_commits dc on dc.commit_id = b.commit_id
where b.session_id is not null
order by b.repo_id, b.number
"""
FILE_ENDS = """
select d.birth_id, d.at_ms, d.until_ms, d.lines, d.cause, d.commit_id, d.killer
from deaths d join births b on b.id = d.birth_id
where b.session_id is not null
"""
FILE_LOST = """
select z.birth_id, z.at_ms, z.lines
from censored z join births b on b.id = z.birth_id
where b.session_id is not null
"""


@dataclass(frozen=True)
class Ends:
    """Lines that died together; ``life`` is the place of theirs.  Columns of one length."""

    life: Ints
    at_ms: Ints
    until_ms: Ints  # when they came back, else ``NEVER_MS``
    lines: Ints
    cause: Coded
    commit: Ints
    by: Coded


@dataclass(frozen=True)
class Lost:
    """Lines lost from sight: no death.  Columns of one length."""

    life: Ints
    at_ms: Ints
    lines: Ints


@dataclass(frozen=True)
class Lives:
    """Lines of one landing and session, or of one of its files, by repository and landing.

    Columns of the shape (lives,).  ``session`` and ``task`` are places among all of them, -1
    for none; ``unit`` is what stands or falls together, the task or else the session, and of
    lines of no session the shipped change or else the landing, negative.  ``rank`` numbers the
    units in the order in which they are drawn.  ``language`` is told of files alone.
    """

    repo: Ints
    commit: Ints
    session: Ints
    task: Ints
    unit: Ints
    rank: Ints
    mine: Bools
    lines: Ints
    born_ms: Ints
    observed_ms: Ints
    language: Coded | None
    ends: Ends
    lost: Lost


class Standing(NamedTuple):
    """Of each life's lines after so many days: ``alive`` of ``known``, ``pending`` too young.

    Lines that were lost from sight before are in none of them.
    """

    alive: Ints
    known: Ints
    pending: Ints


@lasting
def lives(db: Reader, kind: Kind) -> Lives:
    """All lines of suggestions ("claimed"; "files" file by file), or the person's other ones."""
    if kind == "files":
        return _of_files(db)
    *rows, ends, lost = fields(db.execute(LANDED, {"claimed": kind == "claimed"}), 9)
    found_ends = _every(ends)
    return _lives(db, rows, None, _ends(found_ends), _lost(_every(lost)))


def _of_files(db: Reader) -> Lives:
    import numpy as np  # late: 100 ms

    *rows, births, paths = fields(db.execute(FILES), 9)
    of_path = {path: language_of(path) or "unknown" for path in set(paths)}
    language = coded([of_path[path] for path in paths])
    ids = np.array(births, dtype=np.int64)
    ends, lost = _ends(db.execute(FILE_ENDS)), _lost(db.execute(FILE_LOST))
    ends.life[:], lost.life[:] = places(ids, ends.life), places(ids, lost.life)
    return _lives(db, rows, language, ends, lost)


def _every(told: Iterable[str]) -> Iterable[tuple[Any, ...]]:
    """Rows of JSON lists, each after the place of its list."""
    for place, rows in enumerate(json.loads(f"[{','.join(told)}]")):
        for row in rows:
            yield (place, *row)


def _ends(rows: Iterable[tuple[Any, ...]]) -> Ends:
    import numpy as np  # late: 100 ms

    life, at_ms, until_ms, lines, cause, commit, by = fields(rows, 7)
    until = [NEVER_MS if each is None else each for each in until_ms]
    whole = np.array((life, at_ms, until, lines, commit), dtype=np.int64)
    return Ends(whole[0], whole[1], whole[2], whole[3], coded(cause), whole[4], coded(by))


def _lost(rows: Iterable[tuple[Any, ...]]) -> Lost:
    return Lost(*ints(rows, 3))


def _lives(
    db: Reader, rows: list[tuple[Any, ...]], language: Coded | None, ends: Ends, lost: Lost
) -> Lives:
    import numpy as np  # late: 100 ms

    repo, commit, delivery, session_id, mine, lines, born_ms = np.array(rows, dtype=np.int64)
    every = columns.sessions(db)
    session = places(every.id, session_id)
    if len(every.id):
        task = np.where(session == NONE, NONE, every.task[session])
        of_session = np.where(session == NONE, -session_id, every.unit[session])
    else:
        task, of_session = np.full_like(session, NONE), -session_id
    of_change = np.where(delivery == NONE, -commit, delivery)
    unit = np.where(session_id > 0, of_session, of_change)
    last_ms = observed(db)
    seen_ms = np.array([last_ms.get(each, NONE) for each in repo.tolist()], dtype=np.int64)
    return Lives(
        repo=repo, commit=commit, session=session, task=task, unit=unit, rank=_ranks(unit),
        mine=mine > 0, lines=lines, born_ms=born_ms,
        observed_ms=np.where(seen_ms == NONE, born_ms, seen_ms),
        language=language, ends=ends, lost=lost,
    )  # fmt: skip


def _ranks(units: Ints) -> Ints:
    """The place of each unit in the order of their decimals, in which units are drawn."""
    import numpy as np  # late: 100 ms

    names, which = np.unique(units, return_inverse=True)
    order = np.argsort(names.astype("U20"), kind="stable")
    rank = np.empty_like(names)
    rank[order] = np.arange(len(names))
    return np.asarray(rank[which])


@lasting
def after(db: Reader, kind: Kind, days: int) -> Standing:
    """How many lines of each life were there so many days after they landed."""
    import numpy as np  # late: 100 ms

    every = lives(db, kind)
    at_ms = every.born_ms + days * DAY_MS
    gone, away = every.ends, every.lost
    dead = (gone.at_ms <= at_ms[gone.life]) & (at_ms[gone.life] < gone.until_ms)
    missed = away.at_ms <= at_ms[away.life]
    n = len(at_ms)
    lost = columns.added(away.lines[missed], away.life[missed], n)
    known = every.lines - lost
    alive = known - columns.added(gone.lines[dead], gone.life[dead], n)
    young = every.observed_ms < at_ms
    return Standing(
        np.where(young, 0, alive), np.where(young, 0, known), np.where(young, every.lines, 0)
    )


@dataclass(frozen=True)
class Redone:
    """Lines of each life that were redone: all of them, and those of who did it."""

    all: Ints
    by: dict[Killer, Ints]


@lasting
def redone(db: Reader, kind: Kind, days: int) -> Redone:
    """Lines of each life changed or deleted within so many days of landing.

    Lines that were back before the days were over are left out, and so are those of lives
    of which nothing is known for so long.
    """
    every, known = lives(db, kind), after(db, kind, days).known
    ends = every.ends
    at_ms = every.born_ms[ends.life] + days * DAY_MS
    some = ends.cause.among(REWORK) & (ends.at_ms <= at_ms) & (at_ms < ends.until_ms)
    some &= known[ends.life] > 0

    def lost(which: Bools) -> Ints:
        return columns.added(ends.lines[which], ends.life[which], len(known))

    return Redone(lost(some), {by: lost(some & ends.by.among({by})) for by in KILLERS})


@dataclass(frozen=True)
class Spans:
    """What a survival curve is made of: groups of lines, each of a ``life``.

    Lines that went with their whole file are censored then, and marked by ``with_file``.
    Lines that came back count to their last end.
    """

    life: Ints
    lines: Ints
    days: Ints
    died: Bools
    with_file: Bools

    def of(self, some: Ints, rank: Ints) -> tuple[Groups, int]:
        """The groups of these lives, and how many lines of them went with their file."""
        import numpy as np  # late: 100 ms

        chosen = np.zeros(len(rank), dtype=bool)
        chosen[some] = True
        mine = np.flatnonzero(chosen[self.life])
        unit = np.unique(rank[self.life[mine]], return_inverse=True)[1]
        with_file = int(self.lines[mine][self.with_file[mine]].sum())
        return Groups(unit, self.lines[mine], self.days[mine], self.died[mine]), with_file


@lasting
def spans(db: Reader, kind: Kind) -> Spans:
    """The groups of all lives: those that died, were lost from sight, and still are there."""
    import numpy as np  # late: 100 ms

    every = lives(db, kind)
    gone, away = every.ends, every.lost
    stays = gone.until_ms == NEVER_MS
    n = len(every.lines)
    living = every.lines - columns.added(gone.lines[stays], gone.life[stays], n)
    living -= columns.added(away.lines, away.life, n)
    here = np.flatnonzero(living)
    with_file = gone.cause.among({"with_file"})[stays]
    life = np.concatenate((gone.life[stays], away.life, here))
    end_ms = np.concatenate((gone.at_ms[stays], away.at_ms, every.observed_ms[here]))
    died = np.zeros(len(life), dtype=bool)
    died[: len(with_file)] = ~with_file
    whole = np.zeros(len(life), dtype=bool)
    whole[: len(with_file)] = with_file
    passed_ms = np.maximum(end_ms - every.born_ms[life], 0)
    return Spans(
        life=life,
        lines=np.concatenate((gone.lines[stays], away.lines, living[here])),
        days=np.where(died, -(-passed_ms // DAY_MS), passed_ms // DAY_MS),
        died=died,
        with_file=whole,
    )
