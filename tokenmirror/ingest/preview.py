"""What a source would read and keep, before it is allowed to: nothing is written.

``found`` looks at names and sizes only.  ``preview`` opens at most three files and 200
records, in memory.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tokenmirror import seal
from tokenmirror.events import AnyEvent, Prompt, Session, Suggestion
from tokenmirror.sources.lines import Unreadable, opened
from tokenmirror.sources.source import Cursor, LogFile, Machine, Source

MAX_FILES = 3
MAX_RECORDS = 200
DAY_MS = 86_400_000
RECORD_BYTES = 256 * 1024
MASK = "\N{BULLET}"


@dataclass(frozen=True)
class FoundSource:
    """A source with what lies in its places; ``newest_ms`` is ``None`` when nothing does.

    ``fault`` is a reason of ``events.Reason`` why its places could not be looked into.
    """

    key: str
    name: str
    places: tuple[Path, ...]
    files: int
    bytes: int
    oldest_ms: int | None
    newest_ms: int | None
    keeps_days: int | None
    fault: str = ""

    def days_left(self, now_ms: int) -> int | None:
        """Days until the tool removes its oldest log; ``None`` when it keeps them, or has none."""
        if self.keeps_days is None or self.oldest_ms is None:
            return None
        return max(0, self.keeps_days - (now_ms - self.oldest_ms) // DAY_MS)


@dataclass(frozen=True)
class Preview:
    """One record as the log has it, what would be kept of it, and what would not.

    ``record`` holds (field, value, masked value); ``kept`` (field, value); ``dropped`` names.
    """

    key: str
    files: int
    records: int
    record: tuple[tuple[str, str, str], ...]
    kept: tuple[tuple[str, str], ...]
    dropped: tuple[str, ...]
    problem: str | None = None


def found(
    machine: Machine, sources: Iterable[Source], others: Sequence[Machine] = ()
) -> list[FoundSource]:
    """All sources with the size of what they would read; opens no log."""
    return [_found((machine, *others), source) for source in sources]


def places(machines: Iterable[Machine], source: Source) -> tuple[Path, ...]:
    """The places of a source that are there, on any of these machines."""
    every = itertools.chain.from_iterable(map(source.places, machines))
    return tuple(place for place in dict.fromkeys(every) if place.exists())


def log_files(machines: Iterable[Machine], source: Source) -> list[LogFile]:
    """The log files of a source on these machines, each once."""
    return _looked_for(machines, source)[0]


def _looked_for(machines: Iterable[Machine], source: Source) -> tuple[list[LogFile], str]:
    """Log files, each once, and why there may be more; a source may be somebody else's."""
    found: dict[str, LogFile] = {}
    try:
        for file in itertools.chain.from_iterable(map(source.find, machines)):
            found[file.text] = file
    except Unreadable as fault:
        return [*found.values()], fault.reason
    return [*found.values()], ""


def _found(machines: Sequence[Machine], source: Source) -> FoundSource:
    files, fault = _looked_for(machines, source)
    times = [file.mtime_ns // 1_000_000 for file in files]
    return FoundSource(
        key=source.key,
        name=source.name,
        places=places(machines, source),
        files=len(files),
        bytes=sum(file.size for file in files),
        oldest_ms=min(times, default=None),
        newest_ms=max(times, default=None),
        keeps_days=source.keeps_days,
        fault=fault,
    )


def preview(
    machine: Machine,
    source: Source,
    others: Sequence[Machine] = (),
    *,
    keep_text: bool = False,
) -> Preview:
    """What the newest logs of a source hold and what would be kept of one record."""
    files = log_files((machine, *others), source)
    newest = sorted(files, key=lambda file: -file.mtime_ns)[:MAX_FILES]
    events: list[AnyEvent] = []
    problem = None
    opened_files = 0
    for file in newest:
        if len(events) >= MAX_RECORDS:
            break
        opened_files += 1
        try:
            events += _some_events(source, file)
        except Unreadable as error:
            problem = error.reason
    events = events[:MAX_RECORDS]
    record = _record(newest)
    shown = _typical(events)
    kept = _kept(shown, keep_text=keep_text) if shown else ()
    return Preview(
        key=source.key,
        files=opened_files,
        records=len(events),
        record=record,
        kept=kept,
        dropped=tuple(field for field, _value, _masked in record if field not in _COUNTED),
        problem=problem,
    )


# fields of records that are kept in some form; all others are let go
_COUNTED = frozenset({"type", "timestamp", "sessionId", "uuid", "id", "version", "cwd"})
_COUNTED |= {"gitBranch", "promptSource", "entrypoint", "model"}


def _some_events(source: Source, file: LogFile) -> list[AnyEvent]:
    batches = source.read(file, Cursor())
    return list(
        itertools.islice(
            itertools.chain.from_iterable(batch.events for batch in batches), MAX_RECORDS
        )
    )


def _typical(events: Sequence[AnyEvent]) -> AnyEvent | None:
    """The record that tells most: a prompt, else an edit, else anything."""
    for kind in (Prompt, Suggestion):
        for event in events:
            if isinstance(event, kind):
                return event
    return next((event for event in events if not isinstance(event, Session)), None)


def _record(files: Sequence[LogFile]) -> tuple[tuple[str, str, str], ...]:
    """The fields of one real record, with their values and masked; empty for databases."""
    for file in files:
        if file.path.suffix != ".jsonl":
            continue
        try:
            lines = _first_bytes(file.path).split(b"\n")[:-1]
        except Unreadable:
            continue
        best: dict[str, object] = {}
        for line in lines[:MAX_RECORDS]:
            best = max(best, _fields(line), key=_telling)
        if best:
            return tuple((name, _short(value), _masked(value)) for name, value in best.items())
    return ()


def _telling(fields: dict[str, object]) -> tuple[bool, int]:
    return "prompt" in str(fields.get("type", "")) or fields.get("type") == "user", len(fields)


def _first_bytes(path: Path) -> bytes:
    with opened(path) as handle:
        return os.read(handle, RECORD_BYTES)


def _fields(line: bytes) -> dict[str, object]:
    try:
        decoded = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode("utf-8", "replace")
    return text if len(text) <= 60 else text[:59] + "\N{HORIZONTAL ELLIPSIS}"


def _masked(value: object) -> str:
    """Letters and digits of texts hidden, so that the shape can be seen and nothing read."""
    if isinstance(value, bool | int | float) or value is None:
        return _short(value)
    text = _short(value)
    return "".join(MASK if letter.isalnum() else letter for letter in text)


def _kept(event: AnyEvent, *, keep_text: bool) -> tuple[tuple[str, str], ...]:
    """The fields of a row as they would be stored."""
    rows: list[tuple[str, str]] = [("kind", type(event).__name__.lower())]
    if event.at_ms is not None:
        at = datetime.fromtimestamp(event.at_ms / 1000, UTC)
        rows.append(("at", at.isoformat(timespec="seconds")))
    rows.append(("session", event.session))
    if isinstance(event, Prompt):
        rows += [
            ("author", f"{event.author}, {event.basis}"),
            ("words", str(seal.words(event.text))),
            ("text", _short(event.text) if keep_text else "scrambled fingerprint"),
        ]
    if isinstance(event, Suggestion):
        rows += [
            ("file", event.path or ""),
            ("lines", f"+{len(event.added)} \N{MINUS SIGN}{len(event.removed)}"),
            ("decision", " ".join(filter(None, (event.decision, event.how)))),
            ("text of lines", "scrambled fingerprints"),
        ]
    return tuple(rows)
