"""Instants of many sessions at once, as arrays: the person's actions and the agents' turns.

All of them are kept by time as long as the archive does not change; those of a period are a
stretch of each array.  numpy is imported late: 100 ms, and a reading does without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from tokenmirror.measures import chosen, columns
from tokenmirror.measures.columns import Bools, Floats, Ints
from tokenmirror.measures.measure import Reader, Scope
from tokenmirror.measures.memo import lasting, shared
from tokenmirror.store.courses import Mark
from tokenmirror.store.days import DAY, Days
from tokenmirror.store.slots import SLOT_MS

CAPS = ("own_low", "own", "own_high")
COURSES = f"""
select c.session_id, c.asked, c.asked_words, c.asked_marks, c.decided, c.turns,
  {", ".join(f"c.{cap}" for cap in CAPS)}, w.first_slot, w.last_slot
from courses c join session_sums w on w.session_id = c.session_id
where w.first_slot is not null
"""  # noqa: S608 (constant parts)
DAY_MS = 86_400_000
WAITED_MS = 120_000
WEEK_SLOTS = 7 * DAY_MS // SLOT_MS


@dataclass(frozen=True)
class Stretches:
    """Stretches of time by their start, in milliseconds: columns of the shape (n,)."""

    start: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.start)

    @cached_property
    def reach(self) -> Ints:
        """How far the stretches up to each of them reach."""
        import numpy as np  # late: 100 ms

        return np.maximum.accumulate(self.end)

    def touching(self, from_ms: int, until_ms: int) -> slice:
        """Where those stand that may have a part between two instants; none is left out."""
        first = self.reach.searchsorted(from_ms, side="right")
        last = self.start.searchsorted(until_ms, side="left")
        return slice(int(first), max(int(first), int(last)))

    def within(self, from_ms: int, until_ms: int) -> Stretches:
        """The parts of stretches that lie between two instants."""
        import numpy as np  # late: 100 ms

        some = self.touching(from_ms, until_ms)
        start = np.maximum(self.start[some], from_ms)
        end = np.minimum(self.end[some], until_ms)
        return Stretches(start, end).where(end > start)

    def where(self, some: Bools) -> Stretches:
        """Those that ``some`` marks."""
        if bool(some.all()):
            return self
        return Stretches(self.start[some], self.end[some])

    def union_ms(self) -> int:
        """Length of the time that at least one stretch covers."""
        import numpy as np  # late: 100 ms

        if not len(self):
            return 0
        before = np.concatenate((self.start[:1], self.reach[:-1]))
        return int(np.maximum(self.reach - np.maximum(self.start, before), 0).sum())

    def total_ms(self) -> int:
        """Length of all stretches together."""
        return int((self.end - self.start).sum())


@dataclass(frozen=True)
class _Every:
    """What happened in all sessions, each kind by time with the place of its session."""

    first_slot: Ints  # by session; the columns below have the shape (n,)
    last_slot: Ints
    asked: Ints
    asked_session: Ints
    words: Ints
    marks: Ints
    decided: Ints
    decided_session: Ints
    stretches: dict[str, tuple[Stretches, Ints]]


@dataclass(frozen=True)
class Course:
    """What happened between two instants, over all sessions of a question; all by time."""

    from_ms: int
    until_ms: int
    every: _Every
    own_in: Bools  # sessions whose own actions count
    turns_in: Bools  # sessions whose turns count
    projects: Ints  # by session

    @cached_property
    def _prompts(self) -> Ints:
        return _between(
            self.every.asked, self.every.asked_session, self.own_in, self.from_ms, self.until_ms
        )

    @cached_property
    def asked(self) -> Ints:
        """Instants of own prompts."""
        return self.every.asked[self._prompts]

    @cached_property
    def session(self) -> Ints:
        """The place of each own prompt's session in ``columns.Sessions``."""
        return self.every.asked_session[self._prompts]

    @cached_property
    def project(self) -> Ints:
        """The project of each own prompt, 0 for none."""
        return self.projects[self.session]

    @cached_property
    def words(self) -> Ints:
        """How many words each own prompt has."""
        return self.every.words[self._prompts]

    @cached_property
    def marks(self) -> Ints:
        """The marks of each own prompt."""
        return self.every.marks[self._prompts]

    @cached_property
    def decided(self) -> Ints:
        """Instants at which the person decided on an edit."""
        found = _between(
            self.every.decided, self.every.decided_session, self.own_in, self.from_ms, self.until_ms
        )
        return self.every.decided[found]

    @cached_property
    def own(self) -> Stretches:
        """The person's time, cut at the edges."""
        return self._cut("own", self.own_in)

    @property
    def own_by_cap(self) -> tuple[Stretches, Stretches, Stretches]:
        """The person's time with caps of 2, 5 and 10 minutes."""
        return self._cut("own_low", self.own_in), self.own, self._cut("own_high", self.own_in)

    @cached_property
    def turns(self) -> Stretches:
        """The agents' turns, cut at the edges."""
        return self._cut("turns", self.turns_in)

    @cached_property
    def begun(self) -> Stretches:
        """Whole turns that began within."""
        every, session = self.every.stretches["turns"]
        first, last = every.start.searchsorted((self.from_ms, self.until_ms))
        found = Stretches(every.start[first:last], every.end[first:last])
        return found.where(self.turns_in[session[first:last]])

    def _cut(self, kind: str, of: Bools) -> Stretches:
        every, session = self.every.stretches[kind]
        some = every.touching(self.from_ms, self.until_ms)
        found = Stretches(every.start[some], every.end[some]).where(of[session[some]])
        return found.within(self.from_ms, self.until_ms)

    @property
    def actions(self) -> int:
        """How often the person asked or decided."""
        return len(self.asked) + len(self.decided)


def _between(at_ms: Ints, session: Ints, of: Bools, from_ms: int, until_ms: int) -> Ints:
    """Which instants lie between two others, in sessions that ``of`` marks."""
    import numpy as np  # late: 100 ms

    first, last = at_ms.searchsorted((from_ms, until_ms))
    return np.asarray(first + np.flatnonzero(of[session[first:last]]))


@shared
def course(db: Reader, scope: Scope, first: date | None = None, last: date | None = None) -> Course:
    """What happened in the period, or on other days."""
    every, sessions = _every(db), columns.sessions(db)
    from_ms, until_ms = scope.days.bounds_ms(first or scope.first, last or scope.last)
    # a session whose events lie outside by more than a week has no turn that reaches in
    near = every.first_slot <= until_ms // SLOT_MS
    near &= every.last_slot >= from_ms // SLOT_MS - WEEK_SLOTS
    inner = sessions.relation.among({"subagent"})  # works inside its parent's turn
    return Course(
        from_ms,
        until_ms,
        every,
        own_in=near & chosen.sessions(db, scope, unattended=True),
        turns_in=near & chosen.sessions(db, scope) & ~inner,
        projects=sessions.project,
    )


@lasting
def _every(db: Reader) -> _Every:
    import numpy as np  # late: 100 ms

    names = ("session", "asked", "words", "marks", "decided", "turns", *CAPS, "first", "last")
    rows = columns.fields(db.execute(COURSES), len(names))
    held = dict(zip(names, rows, strict=True))
    sessions = columns.sessions(db).id
    place = columns.places(sessions, np.array(held["session"], dtype=np.int64))
    first_slot = np.full(len(sessions), np.iinfo(np.int64).max)
    last_slot = np.full(len(sessions), np.iinfo(np.int64).min)
    first_slot[place], last_slot[place] = held["first"], held["last"]
    asked, of_asked, order = _by_time(held["asked"], place)
    decided, of_decided, _ = _by_time(held["decided"], place)
    return _Every(
        first_slot=first_slot,
        last_slot=last_slot,
        asked=asked[0],
        asked_session=of_asked,
        words=np.frombuffer(b"".join(held["words"]), dtype="<i4").astype(np.int64)[order],
        marks=np.frombuffer(b"".join(held["marks"]), dtype=np.uint8).astype(np.int64)[order],
        decided=decided[0],
        decided_session=of_decided,
        stretches={kind: _stretches(held[kind], place) for kind in ("turns", *CAPS)},
    )


def _stretches(blobs: Sequence[bytes], place: Ints) -> tuple[Stretches, Ints]:
    found, session, _ = _by_time(blobs, place, width=2)
    return Stretches(found[0], found[1]), session


def _by_time(blobs: Sequence[bytes], place: Ints, width: int = 1) -> tuple[Ints, Ints, Ints]:
    """Instants of the shape (width, n) by the first of them, their sessions, and that order."""
    import numpy as np  # late: 100 ms

    flat = np.frombuffer(b"".join(blobs), dtype="<i8").astype(np.int64, copy=False)
    found = flat.reshape(-1, width).T
    counts = np.array([len(blob) // (8 * width) for blob in blobs], dtype=np.int64)
    order = np.argsort(found[0], kind="stable")
    return np.ascontiguousarray(found[:, order]), np.repeat(place, counts)[order], order


def waited_ms(found: Course, commits: Sequence[int]) -> list[int]:
    """How long turns over two minutes ran in which the person did nothing that was recorded."""
    import numpy as np  # late: 100 ms

    turns = found.turns.where(found.turns.end - found.turns.start > WAITED_MS)
    mine = np.array(commits, dtype=np.int64)
    busy = np.sort(np.concatenate((found.asked, found.decided, mine)), kind="stable")
    after = np.searchsorted(busy, turns.start, side="right")
    before = np.searchsorted(busy, turns.end, side="left")
    alone = turns.where(after >= before)
    return [int(ms) for ms in (alone.end - alone.start).tolist()]


def day_numbers(instants: Ints, days: Days, first: date, last: date) -> Ints:
    """The civil day each instant lies in, counted from ``first``; all lie in these days."""
    import numpy as np  # late: 100 ms

    length = (last - first).days + 1
    edges = np.array([days.begin_ms(first + n * DAY) for n in range(length)], dtype=np.int64)
    return np.asarray(np.searchsorted(edges, instants, side="right") - 1, dtype=np.int64)


def clock_ms(instants: Ints, zone: ZoneInfo) -> Ints:
    """What a clock in the zone shows, as milliseconds since 1970 without any zone.

    Quick for instants by time.  Offsets change at most once in a day of UTC; a day in which
    one does is asked by quarters.
    """
    import numpy as np  # late: 100 ms

    days, lengths = _runs(instants // DAY_MS)
    begins = [_offset_ms(day * DAY_MS, zone) for day in days]
    ends = [_offset_ms((day + 1) * DAY_MS - SLOT_MS, zone) for day in days]
    offsets = np.repeat(np.array(begins, dtype=np.int64), lengths)
    after = np.cumsum(lengths)
    for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        if begin != end:
            inner = slice(int(after[number] - lengths[number]), int(after[number]))
            slots, alike = _runs(instants[inner] // SLOT_MS)
            told = [_offset_ms(slot * SLOT_MS, zone) for slot in slots]
            offsets[inner] = np.repeat(np.array(told, dtype=np.int64), alike)
    return np.asarray(instants + offsets, dtype=np.int64)


def _runs(numbers: Ints) -> tuple[list[int], Ints]:
    """The numbers without those equal to the one before, and how many in a row are alike."""
    import numpy as np  # late: 100 ms

    anew = np.concatenate(([True], numbers[1:] != numbers[:-1]))[: len(numbers)]
    begins = np.flatnonzero(anew)
    return numbers[begins].tolist(), np.diff(begins, append=len(numbers))


@lru_cache(maxsize=4096)
def _offset_ms(at_ms: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).utcoffset()
    assert offset is not None, "the zone of a computer has an offset at every instant"
    return round(offset.total_seconds() * 1000)


def marked(course: Course, mark: Mark) -> Bools:
    """Which own prompts have a mark."""
    marks: Bools = (course.marks & mark) == mark
    return marks


def lengths_s(
    course: Course, from_ms: int | None = None, until_ms: int | None = None
) -> list[float]:
    """How long turns took that began in the period, or between two instants, shortest first."""
    import numpy as np  # late: 100 ms

    begun, some = course.begun, slice(None)
    if from_ms is not None and until_ms is not None:
        some = slice(*begun.start.searchsorted((from_ms, until_ms)).tolist())
    found: list[float] = (np.sort(begun.end[some] - begun.start[some]) / 1000).tolist()
    return found


def shares(course: Course, trials: Bools, hits: Bools) -> Floats:
    """(hits, trials) of each session that has trials, from what marks own prompts."""
    import numpy as np  # late: 100 ms

    of_session = np.bincount(course.session[trials], minlength=len(course.projects))
    hit = np.bincount(course.session[trials & hits], minlength=len(course.projects))
    return columns.pairs(hit, of_session)
