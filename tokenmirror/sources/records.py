"""What readers of logs share: records counted once, instants, results cut into batches.

A source that reads a log whole whenever it grew (its events have stable keys, so nothing
doubles) counts here only what lies behind the point that an earlier reading reached.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tokenmirror.events import AnyEvent, Problem, Reason
from tokenmirror.sources.editors import decoded
from tokenmirror.sources.lines import lines_from
from tokenmirror.sources.source import BATCH_EVENTS, Batch, Cursor

MAX_KIND_CHARS = 80
MAX_MS = 1 << 53

Record = dict[str, object]


class Tally:
    """Counts of one reading.

    ``since`` is where an earlier reading ended, ``end`` where this one did: an offset, or a
    number of records.
    """

    def __init__(self, since: int = 0) -> None:
        self.since = self.end = since
        self.records = 0
        self.understood = 0
        self.problems: list[Problem] = []
        self.unknown: Counter[str] = Counter()

    def record(self, place: int, unknown: str | None = None) -> None:
        """Counts a record; ``unknown`` is its kind where the source does not know that."""
        if place < self.since:
            return
        self.records += 1
        if unknown is None:
            self.understood += 1
        else:
            self.unknown[unknown[:MAX_KIND_CHARS]] += 1

    def problem(self, place: int, reason: Reason) -> None:
        """Counts a record that cannot be read."""
        if place >= self.since:
            self.records += 1
            self.problems.append(Problem(place, reason))

    def note(self, place: int, reason: Reason) -> None:
        """Names a fault of a record that is counted otherwise."""
        if place >= self.since:
            self.problems.append(Problem(place, reason))

    def objects(self, path: Path) -> Iterator[tuple[int, Record]]:
        """Objects of a file of JSON lines with their offsets; other lines become problems.

        Raises ``Unreadable``.
        """
        end = 0
        for line in lines_from(path, 0):
            end = line.end
            if line.problem is not None:
                self.problem(line.offset, line.problem.reason)
                continue
            if not line.text.strip():
                continue
            value = decoded(line.text)
            if isinstance(value, dict):
                yield line.offset, value
            else:
                self.problem(line.offset, "not_json" if value is None else "bad_type")
        self.end = end

    def batches(self, events: Iterable[AnyEvent], before: Cursor, after: Cursor) -> Iterator[Batch]:
        """Events as batches: until the last one the cursor stays, so that nothing is lost."""
        left = list(events)
        while len(left) > BATCH_EVENTS:
            yield Batch(tuple(left[:BATCH_EVENTS]), before)
            left = left[BATCH_EVENTS:]
        yield Batch(
            tuple(left),
            after,
            tuple(self.problems),
            self.records,
            self.understood,
            self.unknown,
        )


def instant_ms(text: object) -> int | None:
    """UTC milliseconds of an ISO 8601 text, read as UTC where it names no zone."""
    moment = _moment(text)
    if moment is None:
        return None
    return _ms(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def local_ms(text: object) -> int | None:
    """UTC milliseconds of an ISO 8601 text, read in this machine's zone where it names none."""
    moment = _moment(text)
    if moment is None:
        return None
    try:
        return _ms(moment if moment.tzinfo is not None else moment.astimezone())
    except (OverflowError, ValueError, OSError):
        return None


def local_offset_min(at_ms: int | None) -> int | None:
    """Distance of the zone of this machine from UTC at an instant, in minutes."""
    if at_ms is None:
        return None
    try:
        offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().utcoffset()
    except (OverflowError, ValueError, OSError):
        return None
    return None if offset is None else round(offset.total_seconds() / 60)


def seconds_ms(value: object) -> int | None:
    """UTC milliseconds of seconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value * 1000) if 0 <= value <= MAX_MS / 1000 else None


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _ms(moment: datetime) -> int | None:
    try:
        value = round(moment.timestamp() * 1000)
    except (OverflowError, ValueError, OSError):
        return None
    return value if 0 <= value <= MAX_MS else None
