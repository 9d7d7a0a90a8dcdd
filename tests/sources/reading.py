"""Reads a made-up home as the pump would, with a plain twin of the archive's rules.

``read_home`` gives a ``Read``: the events of all files, merged.  ``summary`` counts them in
the shape of ``expected.json``.  ``steps`` feeds a file piece by piece, as it grew.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tests.shared import LOGS, shared
from tokenmirror.events import (
    AnyEvent,
    DayTotal,
    Problem,
    Prompt,
    Session,
    Suggestion,
    ToolCall,
    Turn,
    Usage,
)
from tokenmirror.sources.lines import Unreadable
from tokenmirror.sources.source import Batch, Cursor, LogFile, Machine, Source

EVERYWHERE = ("linux", "macos", "windows")
TOKENS = {
    "input": "input_tokens",
    "cache_read": "cache_read_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
}

Order = Callable[[list[LogFile]], Sequence[LogFile]]


@dataclass
class Read:
    """What reading gave: events as they came, and counts over all batches."""

    events: list[AnyEvent] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    records: int = 0
    understood: int = 0
    unknown: Counter[str] = field(default_factory=Counter)

    def take(self, batch: Batch) -> None:
        self.events.extend(batch.events)
        self.problems.extend(batch.problems)
        self.records += batch.records
        self.understood += batch.understood
        self.unknown.update(batch.unknown)

    def rows(self, kind: type[msgspec.Struct]) -> list[AnyEvent]:
        """The rows of one table, sorted by key."""
        return [row for (name, _), row in sorted(self.merged().items()) if name == kind.__name__]

    def merged(self) -> dict[tuple[str, str], AnyEvent]:
        return merged(self.events)


def machine(home: Path, platforms: tuple[str, ...] = EVERYWHERE, **environ: str) -> Machine:
    """A made-up machine; ``environ`` are the tools' own variables."""
    return Machine(home, platforms, environ)  # type: ignore[arg-type]


def in_order(files: list[LogFile]) -> Sequence[LogFile]:
    return files


def read_home(source: Source, home: Path, order: Order = in_order) -> Read:
    """Everything that a source finds under a home folder, read in one go."""
    read = Read()
    for file in order(list(source.find(machine(home)))):
        read_file(source, file, read)
    return read


def read_file(source: Source, file: LogFile, read: Read, cursor: Cursor | None = None) -> Cursor:
    """Reads on from a cursor, and gives the cursor after it."""
    at = cursor or Cursor()
    try:
        for batch in source.read(file, at):
            check_batch(batch)
            read.take(batch)
            at = batch.cursor
    except Unreadable as gone:
        read.unreadable.append(gone.reason)
    return at


def check_batch(batch: Batch) -> None:
    """The limits that every batch keeps."""
    assert len(batch.events) <= 5_100, "a batch holds about 5 000 events"
    assert len(batch.cursor.state) <= 64 * 1024, "a cursor's state holds 64 KiB"
    assert batch.records >= batch.understood >= 0
    assert all(event.key for event in batch.events), "an event without a key"


# -- growth ----------------------------------------------------------------------------------


Cursors = dict[Path, tuple[LogFile, Cursor]]


def read_growing(source: Source, home: Path, cuts: Mapping[Path, Iterable[int]]) -> Read:
    """Reads a home whose files grow: each is cut at its offsets, and read after each step.

    ``cuts`` maps paths to rising offsets.  Other files are there in full from the start.
    The files are written, so ``home`` must be a copy.
    """
    whole = {path: path.read_bytes() for path in cuts}
    for path in cuts:
        path.write_bytes(b"")
    read, cursors = Read(), {}
    read_changed(source, home, read, cursors)
    for path, offsets in cuts.items():
        for offset in [*offsets, len(whole[path])]:
            path.write_bytes(whole[path][:offset])
            read_changed(source, home, read, cursors)
    return read


def read_changed(source: Source, home: Path, read: Read, cursors: Cursors) -> None:
    """Reads what changed since the last time, as the pump does."""
    for file in source.find(machine(home)):
        known = cursors.get(file.path)
        if known is None or _mark(known[0]) != _mark(file):
            cursor = read_file(source, file, read, known[1] if known else None)
            cursors[file.path] = (file, cursor)


def _mark(file: LogFile) -> tuple[int, int, int]:
    return file.size, file.mtime_ns, file.stamp


def record_ends(path: Path) -> list[int]:
    """Offsets after each line of a file."""
    ends, at = [], 0
    for line in path.read_bytes().splitlines(keepends=True):
        at += len(line)
        ends.append(at)
    return ends


# -- the archive's rules, in plain Python ----------------------------------------------------


def merged(events: Iterable[AnyEvent]) -> dict[tuple[str, str], AnyEvent]:
    """One row per kind and key, whatever the order of the events.

    Of events of one session later facts fill in earlier ones.  A key that several sessions
    gave belongs to the one whose event is no copy, else to the one that ended first, else
    to the smaller id; what the owner does not know the others fill in.
    """
    groups: dict[tuple[str, str], dict[str, list[AnyEvent]]] = defaultdict(dict)
    ends: dict[str, int] = {}
    for event in events:
        groups[type(event).__name__, event.key].setdefault(event.session, []).append(event)
        last = max(event.at_ms or 0, getattr(event, "ended_ms", None) or 0)
        if not event.copied:
            ends[event.session] = max(ends.get(event.session, 0), last)
    return {key: _one_row(by_session, ends) for key, by_session in groups.items()}


def _one_row(by_session: dict[str, list[AnyEvent]], ends: dict[str, int]) -> AnyEvent:
    rows = [_filled(group) for group in by_session.values()]
    rows.sort(key=lambda row: (row.copied, ends.get(row.session, 0), row.session))
    row = rows[0]
    if isinstance(row, Usage | DayTotal):
        return row
    for other in rows[1:]:
        row = _filled([other, row])
    return row


def _filled(group: list[AnyEvent]) -> AnyEvent:
    row = group[0]
    for event in group[1:]:
        row = _upsert(row, event)
    return row


def _upsert(row: AnyEvent, event: AnyEvent) -> AnyEvent:
    if isinstance(row, Usage) and isinstance(event, Usage):
        return event if (event.output_tokens or 0) >= (row.output_tokens or 0) else row
    if isinstance(row, DayTotal) and isinstance(event, DayTotal):
        return event if event.count >= row.count else row
    facts = {name: getattr(event, name) for name in event.__struct_fields__}
    known = {
        name: value
        for name, value in facts.items()
        if _known(value) or (name == "ok" and value is False)
    }
    known |= {"session": event.session, "copied": row.copied and event.copied}
    if isinstance(row, Session) and isinstance(event, Session):
        known |= _session_facts(row, event)
    if isinstance(row, Suggestion) and isinstance(event, Suggestion):
        # every event of a suggestion carries the change in full: the latest is the truest
        known |= {"added": event.added, "removed": event.removed, "whole": event.whole}
    return msgspec.structs.replace(row, **known)


def _known(value: object) -> bool:
    return value not in (None, "unknown", "undecided", "", ()) and value is not False


def _session_facts(row: Session, event: Session) -> dict[str, object]:
    facts: dict[str, object] = {
        "at_ms": min((at for at in (row.at_ms, event.at_ms) if at is not None), default=None),
        "ended_ms": max(
            (at for at in (row.ended_ms, event.ended_ms) if at is not None), default=None
        ),
    }
    for name in ("folder", "entry", "parent", "relation", "utc_offset_min"):
        if _known(getattr(row, name)):
            facts[name] = getattr(row, name)
    return facts


# -- expected.json ---------------------------------------------------------------------------


def summary(read: Read) -> dict[str, object]:
    """The counts of ``expected.json``, of the merged rows."""
    rows = list(read.merged().values())
    prompts = [row for row in rows if isinstance(row, Prompt)]
    counts: dict[str, object] = {
        "sessions": sum(isinstance(row, Session) for row in rows),
        "prompts": {
            author: sum(p.author == author and not p.removed for p in prompts)
            for author in ("person", "program", "agent", "unknown")
        },
        "suggestions": _suggestions([row for row in rows if isinstance(row, Suggestion)]),
        "turns": dict(sorted(Counter(row.ended for row in rows if isinstance(row, Turn)).items())),
        "tool_calls": sum(isinstance(row, ToolCall) for row in rows),
        "tokens": _tokens([row for row in rows if isinstance(row, Usage)]),
        "problems": len(read.problems) + len(read.unreadable),
    }
    if any(p.removed for p in prompts):
        counts["prompts_removed"] = sum(p.removed for p in prompts)
    days = [row for row in rows if isinstance(row, DayTotal)]
    if days:
        totals: Counter[str] = Counter()
        for day in days:
            totals[day.what] += day.count
        counts["day_totals"] = dict(sorted(totals.items()))
    return counts


def _suggestions(rows: list[Suggestion]) -> list[dict[str, object]]:
    groups: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for row in rows:
        groups[row.kind, row.decision, row.how or ""].update(
            count=1, lines_added=len(row.added), lines_removed=len(row.removed)
        )
    return [
        {
            "kind": kind,
            "decision": decision,
            "how": how or None,
            "count": n["count"],
            "lines_added": n["lines_added"],
            "lines_removed": n["lines_removed"],
        }
        for (kind, decision, how), n in sorted(groups.items())
    ]


def _tokens(rows: list[Usage]) -> dict[str, dict[str, int | None]]:
    models: dict[str, list[Usage]] = defaultdict(list)
    for row in rows:
        models[row.model or "unknown"].append(row)
    return {model: _sums(uses) for model, uses in sorted(models.items())}


def _sums(uses: list[Usage]) -> dict[str, int | None]:
    sums = {name: _sum(getattr(use, attr) for use in uses) for name, attr in TOKENS.items()}
    writes = [_sum((use.cache_write_5m_tokens, use.cache_write_1h_tokens)) for use in uses]
    return {**sums, "cache_write": _sum(writes), "requests": len(uses)}


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


# -- cases -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A fixture: a home folder with what a right reader finds in it."""

    tool: str
    name: str
    expected: Mapping[str, object]
    folder: Path

    def home(self) -> Path:
        """Its home; the test is skipped where it lies in the shared folder and that is gone."""
        place = self.expected.get("home")
        return shared(str(place)) if place else self.folder / "home"

    def copied_to(self, folder: Path) -> Path:
        """A writable copy of its home, links included as they are."""
        shutil.copytree(self.home(), folder, symlinks=True, copy_function=shutil.copyfile)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        return folder

    def counts(self) -> dict[str, object]:
        return {name: value for name, value in self.expected.items() if name in COUNTED}


COUNTED = {
    "sessions",
    "prompts",
    "prompts_removed",
    "suggestions",
    "turns",
    "tool_calls",
    "tokens",
    "day_totals",
    "problems",
}


def cases(tool: str | None = None) -> Iterator[Case]:
    """All fixtures with an ``expected.json``, or those of one tool."""
    for file in sorted(LOGS.glob("*/*/expected.json")):
        if tool in (None, file.parent.parent.name):
            expected = json.loads(file.read_text())
            yield Case(file.parent.parent.name, file.parent.name, expected, file.parent)
