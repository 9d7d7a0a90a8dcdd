"""How long lines lasted, for figures: births on the main line with all that became of them.

What E1, E2, E4, E5, F4, G6 and the bar *still there* read.  A ``Life`` is one birth: lines of
one writer in one file of one landing.  Claimed ones name their suggestion; the person's
other lines (E4) have none.  Every count is of non-blank lines of files that are not excluded.

Three things end what can be said of a line:

- a *death* (``End``): changed or deleted (rework, if soon), removed with its whole file, undone
  by a revert (``reverted``) or without a message (``removed_whole``).  ``until_ms`` says that
  the lines came back; the time between counts as dead;
- lost from sight (``lost``): censored at that instant, no death;
- the end of what was observed (``observed_ms``): censored there.  It is the last look at the
  repository, or its last landing where that is more than seven days older, and it stands
  still when the repository is gone.

All times are UTC epoch milliseconds; births are dated by their landing.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tokenmirror.repos.fates import Cause, Killer, Reversed

DAY_MS = 86_400_000
FRESH_MS = 7 * DAY_MS  # a main line whose last landing is older may not have been fetched
REWORK: frozenset[Cause] = frozenset({"changed", "deleted"})

_OBSERVED = """
select id, case
  when observed_ms is null then chain_ms
  when observed_ms - chain_ms <= :fresh then max(observed_ms, chain_ms)
  else chain_ms end
from repos where chain_ms is not null
"""
_LIVES = """
select b.id, b.repo_id, b.commit_id, dc.delivery_id, b.suggestion_id, b.session_id, t.task_id,
  b.path, b.mine, b.lines, b.proof_lines, b.born_ms, c.released_ms
from births b join commits c on c.id = b.commit_id
  left join delivery_commits dc on dc.commit_id = b.commit_id
  left join task_sessions t on t.session_id = b.session_id
where b.born_ms >= coalesce(:from_ms, b.born_ms)
  and b.born_ms < coalesce(:until_ms, b.born_ms + 1)
  and (:claimed is null or :claimed = (b.session_id is not null))
  and (:sessions is null or b.session_id in (select value from json_each(:sessions)))
order by b.repo_id, b.number
"""
_ENDS = """
select d.birth_id, d.at_ms, d.until_ms, d.lines, d.cause, d.commit_id, d.killer
from deaths d join births b on b.id = d.birth_id
where b.born_ms >= coalesce(:from_ms, b.born_ms)
  and b.born_ms < coalesce(:until_ms, b.born_ms + 1)
  and (:sessions is null or b.session_id in (select value from json_each(:sessions)))
order by d.birth_id, d.at_ms, d.cause, d.killer, d.rowid
"""
_LOST = """
select z.birth_id, z.at_ms, z.lines
from censored z join births b on b.id = z.birth_id
where b.born_ms >= coalesce(:from_ms, b.born_ms)
  and b.born_ms < coalesce(:until_ms, b.born_ms + 1)
  and (:sessions is null or b.session_id in (select value from json_each(:sessions)))
order by z.birth_id, z.at_ms
"""
_REVERSALS = """
select c.repo_id, r.commit_id, dc.delivery_id, r.by_commit_id, r.at_ms, r.how, r.share, r.undone_ms
from reversals r join commits c on c.id = r.commit_id
  left join delivery_commits dc on dc.commit_id = r.commit_id
order by r.at_ms, r.commit_id, r.by_commit_id
"""


class End(NamedTuple):
    """Lines of a birth that died together; ``until_ms`` when they came back, if they did.

    ``by``: the person by hand, an assistant in the person's sessions, or somebody else.
    """

    at_ms: int
    until_ms: int | None
    lines: int
    cause: Cause
    commit: int
    by: Killer

    def dead_at(self, at_ms: int) -> bool:
        """Whether they were gone at that instant."""
        return self.at_ms <= at_ms and (self.until_ms is None or at_ms < self.until_ms)


class Standing(NamedTuple):
    """Of a birth's lines after so many days: ``alive`` of ``known``; ``pending`` too young.

    Lines that were lost from sight before are in none of them.
    """

    alive: int
    known: int
    pending: int


class Span(NamedTuple):
    """Lines that lasted equally long: the instant, and the cause, ``None`` when censored."""

    lines: int
    end_ms: int
    cause: Cause | None
    by: Killer | None


@dataclass(frozen=True, slots=True)
class Life:
    """One birth with its deaths.

    ``commit`` is the landing's row, ``delivery`` its shipped change.  ``mine``: the landing
    is the person's.  ``task`` by way of the session.  ``released_ms``: first release with it.
    """

    birth: int
    repo: int
    commit: int
    delivery: int | None
    suggestion: int | None
    session: int | None
    task: int | None
    path: str
    mine: bool
    lines: int
    proof_lines: int
    born_ms: int
    released_ms: int | None
    observed_ms: int
    ends: tuple[End, ...]
    lost: tuple[tuple[int, int], ...]  # (at_ms, lines)

    @property
    def living(self) -> int:
        """Lines that were there when the repository was last read."""
        return self.lines - self._gone() - sum(lines for _at, lines in self.lost)

    def _gone(self) -> int:
        return sum(end.lines for end in self.ends if end.until_ms is None)

    def after(self, days: int) -> Standing:
        """How many lines were there ``days`` after birth (E1 as a plain share, F4)."""
        at_ms = self.born_ms + days * DAY_MS
        if self.observed_ms < at_ms:
            return Standing(0, 0, self.lines)
        if not self.ends and not self.lost:  # as most are
            return Standing(self.lines, self.lines, 0)
        lost = sum(lines for when, lines in self.lost if when <= at_ms)
        dead = sum(end.lines for end in self.ends if end.dead_at(at_ms))
        return Standing(self.lines - lost - dead, self.lines - lost, 0)

    def spans(self) -> Iterator[Span]:
        """Groups for a Kaplan-Meier curve; they add up to ``lines``.

        Lines that came back count to their last end.
        """
        for end in self.ends:
            if end.until_ms is None:
                yield Span(end.lines, end.at_ms, end.cause, end.by)
        for when, lines in self.lost:
            yield Span(lines, when, None, None)
        living = self.living
        if living:
            yield Span(living, max(self.observed_ms, self.born_ms), None, None)

    def died_within(self, days: int, causes: Collection[Cause] = REWORK) -> dict[Killer, int]:
        """Lines that died so within ``days`` of birth, by who did it (E2).

        Lines that were back before the days were over are left out.  ``after(days).known``
        is what they are a share of.
        """
        at_ms = self.born_ms + days * DAY_MS
        found: dict[Killer, int] = defaultdict(int)
        for end in self.ends:
            if end.cause in causes and end.dead_at(at_ms):
                found[end.by] += end.lines
        return dict(found)


@dataclass(frozen=True, slots=True)
class Undoing:
    """A landing that a later one undid (E3); it stands while ``undone_ms`` is ``None``.

    By a message that says so, or ``removed_whole`` without.  A shipped change of several
    landings is undone when all of its landings with lines of the person's are.
    """

    repo: int
    commit: int
    delivery: int | None
    by_commit: int
    at_ms: int
    how: Reversed
    share: float
    undone_ms: int | None

    def stands_at(self, at_ms: int) -> bool:
        """Whether it was undone at that instant."""
        return self.at_ms <= at_ms and (self.undone_ms is None or at_ms < self.undone_ms)


def lives(
    db: sqlite3.Connection,
    *,
    from_ms: int | None = None,
    until_ms: int | None = None,
    claimed: bool | None = None,
    sessions: Collection[int] | None = None,
) -> list[Life]:
    """Births in [from, until) with what became of them, by repository and order of the chain.

    ``claimed``: only lines of suggestions, or only the person's other lines; ``sessions``:
    only theirs.
    """
    of = None if sessions is None else json.dumps(sorted(sessions))
    asked = {"from_ms": from_ms, "until_ms": until_ms, "claimed": claimed, "sessions": of}
    ends: dict[int, list[End]] = defaultdict(list)
    for birth, *end in db.execute(_ENDS, asked):
        ends[birth].append(End(*end))
    lost: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for birth, at_ms, lines in db.execute(_LOST, asked):
        lost[birth].append((at_ms, lines))
    last_ms = observed(db)
    return [
        _life(row, last_ms.get(row[1], row[11]), ends.get(row[0], ()), lost.get(row[0], ()))
        for row in db.execute(_LIVES, asked)
    ]


def observed(db: sqlite3.Connection) -> dict[int, int]:
    """To when the lines of each repository were seen (``observed_ms`` of a ``Life``)."""
    return dict(db.execute(_OBSERVED, {"fresh": FRESH_MS}))


def _life(
    row: Sequence[Any],
    observed_ms: int,
    ends: Sequence[End],
    lost: Sequence[tuple[int, int]],
) -> Life:
    return Life(*(*row, observed_ms, tuple(ends), tuple(lost)))


def undoings(db: sqlite3.Connection) -> list[Undoing]:
    """All landings that were undone, in the order in which that happened."""
    return [Undoing(*row) for row in db.execute(_REVERSALS)]
