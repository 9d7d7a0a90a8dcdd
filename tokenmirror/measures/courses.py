"""Instants of many sessions at once, as arrays: the person's actions and the agents' turns.

numpy is imported late: 100 ms, and a reading does without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import shared
from tokenmirror.measures.scoped import ATTENDED, of_sessions, values
from tokenmirror.store.courses import Mark
from tokenmirror.store.days import DAY, Days
from tokenmirror.store.slots import SLOT_MS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Instants: TypeAlias = "NDArray[np.int64]"
Pairs: TypeAlias = "NDArray[np.int64]"  # shape (n, 2): start, end

# a sub-agent works inside its parent's turn
_TURNS_IN = f"coalesce(s.relation, '') <> 'subagent'{ATTENDED}"
# a session whose events lie outside of the days by more than a week has no turn that reaches in
COURSES = f"""
select coalesce(s.project_id, -1), q.session_id, {{columns}},
  iif({_TURNS_IN}, q.turns, x'') as agents
from session_sums w
cross join courses q on q.session_id = w.session_id
{of_sessions("q", unattended=True)}
  and w.first_slot <= :until_slot and w.last_slot >= :from_slot - 672
"""  # noqa: S608 (constant parts)
DAY_MS = 86_400_000
WAITED_MS = 120_000
CAPS = ("own_low", "own", "own_high")


@dataclass(frozen=True)
class Course:
    """What happened between two instants, over all sessions; nothing is sorted but ``own``.

    ``asked`` are instants of own prompts with their ``project`` (-1 for none) and ``marks``;
    ``own`` the person's time by cap, ``turns`` the agents', each cut at the edges.
    """

    from_ms: int
    until_ms: int
    asked: Instants
    project: Instants
    session: Instants
    words: Instants
    marks: Instants
    decided: Instants
    own: dict[str, Pairs]
    turns: Pairs
    begun: Pairs  # whole turns that began within

    @property
    def actions(self) -> int:
        """How often the person asked or decided."""
        return len(self.asked) + len(self.decided)


@shared
def course(db: Reader, scope: Scope, first: date | None = None, last: date | None = None) -> Course:
    """What happened in the period, or on other days."""
    import numpy as np  # late: 100 ms

    bound = values(scope, first, last)
    from_ms, until_ms = int(str(bound["from_ms"])), int(str(bound["until_ms"]))
    names = ("asked", "asked_words", "asked_marks", "decided", *CAPS)
    columns = ("project", "session", *names, "agents")
    rows = db.execute(COURSES.format(columns=", ".join(f"q.{name}" for name in names)), bound)
    found = list(zip(*rows, strict=True)) or [()] * len(columns)
    held = dict(zip(columns, found, strict=True))
    asked = _instants(held["asked"])
    counts = np.array([len(blob) // 8 for blob in held["asked"]], dtype=np.int64)
    inside = (asked >= from_ms) & (asked < until_ms)
    decided = _instants(held["decided"])
    turns = _instants(held["agents"]).reshape(-1, 2)
    began = (turns[:, 0] >= from_ms) & (turns[:, 0] < until_ms)
    return Course(
        from_ms,
        until_ms,
        asked[inside],
        np.repeat(np.array(held["project"], dtype=np.int64), counts)[inside],
        np.repeat(np.array(held["session"], dtype=np.int64), counts)[inside],
        np.frombuffer(b"".join(held["asked_words"]), dtype="<i4").astype(np.int64)[inside],
        np.frombuffer(b"".join(held["asked_marks"]), dtype=np.uint8).astype(np.int64)[inside],
        decided[(decided >= from_ms) & (decided < until_ms)],
        {cap: within(_instants(held[cap]).reshape(-1, 2), from_ms, until_ms) for cap in CAPS},
        within(turns, from_ms, until_ms),
        turns[began],
    )


def _instants(blobs: Sequence[bytes]) -> Instants:
    import numpy as np

    return np.frombuffer(b"".join(blobs), dtype="<i8").astype(np.int64, copy=False)


def within(stretches: Pairs, from_ms: int, until_ms: int) -> Pairs:
    """The parts of stretches that lie between two instants."""
    import numpy as np

    cut = np.clip(stretches, from_ms, until_ms)
    return cut[cut[:, 1] > cut[:, 0]]


def union_ms(stretches: Pairs) -> int:
    """Length of the time that at least one stretch covers."""
    import numpy as np

    if not len(stretches):
        return 0
    ordered = stretches[np.argsort(stretches[:, 0], kind="stable")]
    reach = np.maximum.accumulate(ordered[:, 1])
    before = np.concatenate((ordered[:1, 0], reach[:-1]))
    begins = np.maximum(ordered[:, 0], before)
    return int(np.maximum(reach - begins, 0).sum())


def total_ms(stretches: Pairs) -> int:
    """Length of all stretches together."""
    return int((stretches[:, 1] - stretches[:, 0]).sum())


def waited_ms(found: Course, commits: Sequence[int]) -> list[int]:
    """How long turns over two minutes ran in which the person did nothing that was recorded."""
    import numpy as np

    turns = found.turns[found.turns[:, 1] - found.turns[:, 0] > WAITED_MS]
    mine = np.array(commits, dtype=np.int64)
    busy = np.sort(np.concatenate((found.asked, found.decided, mine)))
    after = np.searchsorted(busy, turns[:, 0], side="right")
    before = np.searchsorted(busy, turns[:, 1], side="left")
    alone = turns[after >= before]
    return [int(ms) for ms in alone[:, 1] - alone[:, 0]]


def day_numbers(instants: Instants, days: Days, first: date, last: date) -> Instants:
    """The civil day each instant lies in, counted from ``first``; all lie in these days."""
    import numpy as np

    length = (last - first).days + 1
    edges = np.array([days.begin_ms(first + n * DAY) for n in range(length)], dtype=np.int64)
    return np.asarray(np.searchsorted(edges, instants, side="right") - 1, dtype=np.int64)


def clock_ms(instants: Instants, zone: ZoneInfo) -> Instants:
    """What a clock in the zone shows, as milliseconds since 1970 without any zone.

    Offsets change at most once in a day of UTC; a day in which one does is asked by quarters.
    """
    import numpy as np

    if not len(instants):
        return instants
    days, place = np.unique(instants // DAY_MS, return_inverse=True)
    begins = [_offset_ms(int(day) * DAY_MS, zone) for day in days]
    ends = [_offset_ms(int(day + 1) * DAY_MS - SLOT_MS, zone) for day in days]
    offsets = np.array(begins, dtype=np.int64)[place]
    for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        if begin != end:
            chosen = place == number
            slots, inner = np.unique(instants[chosen] // SLOT_MS, return_inverse=True)
            told = [_offset_ms(int(slot) * SLOT_MS, zone) for slot in slots]
            offsets[chosen] = np.array(told, dtype=np.int64)[inner]
    return np.asarray(instants + offsets, dtype=np.int64)


def _offset_ms(at_ms: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).utcoffset()
    assert offset is not None, "the zone of a computer has an offset at every instant"
    return round(offset.total_seconds() * 1000)


def marked(course: Course, mark: Mark) -> Instants:
    """Which own prompts have a mark: ones and zeros, by prompt."""
    import numpy as np

    return np.asarray((course.marks & mark) == mark, dtype=np.int64)


def lengths_s(
    course: Course, from_ms: int | None = None, until_ms: int | None = None
) -> list[float]:
    """How long turns took that began in the period, or between two instants, shortest first."""
    begun = course.begun
    if from_ms is not None and until_ms is not None:
        begun = begun[(begun[:, 0] >= from_ms) & (begun[:, 0] < until_ms)]
    ordered = begun[:, 1] - begun[:, 0]
    ordered.sort()
    return [ms / 1000 for ms in ordered.tolist()]


def shares(course: Course, trials: Instants, hits: Instants) -> list[tuple[float, float]]:
    """(hits, trials) of each session that has trials, from ones and zeros by prompt."""
    import numpy as np

    _, place = np.unique(course.session, return_inverse=True)
    of_session = np.bincount(place, weights=trials)
    hit = np.bincount(place, weights=hits * trials)
    pairs = zip(hit.tolist(), of_session.tolist(), strict=True)
    return [(float(some), float(every)) for some, every in pairs if every]
